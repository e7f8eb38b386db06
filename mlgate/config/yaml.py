"""YAML with positions: plain values, and where in the file each of them stands.

Scalars follow YAML 1.2's core schema: `no` stays a word, `1e-3` is a number and `1:30` is not.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yaml import MappingNode, Node, ScalarNode

Path = tuple[str | int, ...]
"""A place in a document: keys and indexes from the top."""

MAX_NODES = 100_000
"""Values that a document may expand to: an anchor that is used again and again stops here."""
MAX_DEPTH = 50


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A position in the text, from 1."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A parsed document."""

    value: Any
    """Plain lists, dicts with text keys, and scalars."""
    values: dict[Path, Mark]
    """Where each value begins."""
    keys: dict[Path, Mark]
    """Where the key of each value of a mapping begins."""
    problems: list[tuple[Path, Mark, str]] = field(default_factory=list)
    """What is wrong with the document although it parses, such as a key that stands twice."""

    def mark(self, path: Path) -> Mark:
        """The position of a value; that of the nearest one above it where it is not in the text."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Mark(line=1, column=1))

    def key_mark(self, path: Path) -> Mark:
        """The position of a key; that of its value where it has none."""
        return self.keys.get(path) or self.mark(path)

    def extend(self, path: Path, key: str, other: "Tree") -> dict[Path, Path]:
        """Put what another document lists under a key at the end of the list below a path.

        Returns:
            The place here of each item that was added, and its place in the other document.
        """
        here = self.at(path)
        items = here.setdefault(key, [])
        if not isinstance(items, list):
            return {}  # it is wrong itself
        start, added = len(items), other.value[key]
        for ours, theirs in ((self.values, other.values), (self.keys, other.keys)):
            for (first, *below), mark in [(p, m) for p, m in theirs.items() if len(p) > 1]:
                if first == key:
                    ours[*path, key, start + int(below[0]), *below[1:]] = mark
        self.values.setdefault((*path, key), self.mark(path))
        items.extend(added)
        return {(*path, key, start + i): (key, i) for i in range(len(added))}

    def at(self, path: Path) -> Any:
        """The value at a place, which must be there."""
        value = self.value
        for part in path:
            value = value[part]
        return value


class InvalidYaml(Exception):
    """The text is no YAML document."""

    def __init__(self, mark: Mark, message: str) -> None:
        super().__init__(message)
        self.mark = mark
        self.message = message


def parse(text: str) -> Tree:
    """Parse one document.

    Raises:
        InvalidYaml: The text is no YAML, holds several documents, or expands beyond the limits.
    """
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        where = error.problem_mark or error.context_mark
        raise InvalidYaml(
            _mark(where), ", ".join(filter(None, (error.context, error.problem)))
        ) from error
    except yaml.YAMLError as error:  # a character that YAML does not allow
        position = getattr(error, "position", 0)
        line = text.count("\n", 0, position) + 1
        column = position - text.rfind("\n", 0, position)
        reason = getattr(error, "reason", "not YAML")
        raise InvalidYaml(Mark(line=line, column=column), str(reason)) from error
    except RecursionError as error:
        raise InvalidYaml(Mark(line=1, column=1), "nested too deeply") from error
    tree = Tree(value=None, values={}, keys={})
    if root is None:
        return tree
    value = _Builder(tree).build(root, ())
    return Tree(value=value, values=tree.values, keys=tree.keys, problems=tree.problems)


class _Builder:
    """Turns nodes into values and notes where they stand."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.count = 0

    def build(self, node: "Node", path: Path) -> Any:
        from yaml import MappingNode, ScalarNode, SequenceNode

        mark = _mark(node.start_mark)
        self.count += 1
        if self.count > MAX_NODES:
            raise InvalidYaml(
                mark, f"expands to more than {MAX_NODES:,} values through its anchors"
            )
        if len(path) > MAX_DEPTH:
            raise InvalidYaml(mark, f"nested more than {MAX_DEPTH} levels deep")
        self.tree.values[path] = mark
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, i)) for i, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)  # noqa: S101  # the only kind that is left
        return self._scalar(node, path, mark)

    def _mapping(self, node: "MappingNode", path: Path) -> dict[str, Any]:
        from yaml import ScalarNode

        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            mark = _mark(key_node.start_mark)
            if not isinstance(key_node, ScalarNode):
                self.tree.problems.append((path, mark, "a key must be a plain word"))
                continue
            key = key_node.value
            if key == "<<" and key_node.style is None:
                self.tree.problems.append((path, mark, "merge keys (<<) are not supported"))
                continue
            here = (*path, key)
            if key in built:
                first = self.tree.keys[here]
                message = f"stands twice; the first is in line {first.line}"
                self.tree.problems.append((here, mark, message))
                continue
            self.tree.keys[here] = mark
            built[key] = self.build(value_node, here)
        return built

    def _scalar(self, node: "ScalarNode", path: Path, mark: Mark) -> Any:
        text: str = node.value
        standard = "tag:yaml.org,2002:"
        if not node.tag.startswith(standard):
            self.tree.problems.append((path, mark, f"the tag {node.tag} is not supported"))
            return text
        return plain(text) if node.style is None else text


_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def plain(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar in YAML 1.2's core schema (section 10.3.2)."""
    if text in {"", "~", "null", "Null", "NULL"}:
        return None
    if text in {"true", "True", "TRUE"}:
        return True
    if text in {"false", "False", "FALSE"}:
        return False
    if _INTEGER.fullmatch(text) and len(text) < 400:  # Python refuses longer ones
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "", 1))
    return text


def _mark(mark: Any) -> Mark:
    return Mark(line=mark.line + 1, column=mark.column + 1) if mark else Mark(line=1, column=1)
