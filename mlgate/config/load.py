"""From the text of mlgate.yml to a `Config`, with every problem at once and where it stands."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from mlgate import registry
from mlgate.config import include, yaml
from mlgate.config.model import (
    POLICY,
    RECOMMENDED,
    CheckSpec,
    Config,
    Document,
    Entry,
    Strict,
    Waiver,
    WaiverSpec,
)
from mlgate.errors import ConfigurationError, Problem
from mlgate.results import Location

MAX_BYTES = 1 << 20
WAIVERS = ".mlgate/waivers.yml"
"""File with waivers, beside mlgate.yml."""
T = TypeVar("T", bound=BaseModel)


def load(
    path: Path,
    check_types: Mapping[str, str],
    *,
    shown: str | None = None,
    root: Path | None = None,
    includes: Path | None = None,
) -> Config:
    """Read and validate a configuration file.

    Args:
        path: The file.
        check_types: The registry of check types.
        shown: The file's path from the repository's root, as problems and reports give it.
        root: The repository's root, which must hold what the file names of it; None to believe that
            it does.
        includes: Where files are included from; default: the root. None with it: none are.

    Raises:
        ConfigurationError: The file is missing or wrong; holds every problem that was found.
    """
    name = shown or path.name
    try:
        tree = yaml.parse(_text(path, name))
    except yaml.InvalidYaml as error:
        raise ConfigurationError([_problem(name, error.mark, "", error.message)]) from error
    config = _Loader(name, tree, check_types, root, includes or root).config()
    return replace(config, waivers=(*config.waivers, *_more_waivers(path, config.directory)))


class WaiverFile(Strict):
    """`.mlgate/waivers.yml`."""

    waivers: tuple[WaiverSpec, ...] = ()


def _more_waivers(beside: Path, directory: str) -> tuple[Waiver, ...]:
    """The waivers of the file of their own, if there is one."""
    path = beside.parent / WAIVERS
    if not path.exists():
        return ()
    name = PurePosixPath(directory, WAIVERS).as_posix()
    try:
        tree = yaml.parse(_text(path, name))
    except yaml.InvalidYaml as error:
        raise ConfigurationError([_problem(name, error.mark, "", error.message)]) from error
    loader = _Loader(name, tree, {})
    if not isinstance(tree.value, dict):
        loader.report((), "the top level must be a mapping with `waivers`")
    file = loader.validate(WaiverFile, tree.value, ()) if not loader.problems else None
    if file is None:
        raise ConfigurationError(loader.problems)
    return _waivers(file.waivers, name, tree)


def _waivers(specs: Iterable[WaiverSpec], file: str, tree: yaml.Tree) -> tuple[Waiver, ...]:
    found = []
    for index, spec in enumerate(specs):
        mark = tree.mark(("waivers", index))
        location = Location(file=file, line=mark.line)
        found.append(Waiver(**dict(spec), location=location, column=mark.column))
    return tuple(found)


def _text(path: Path, name: str) -> str:
    start = yaml.Mark(line=1, column=1)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(
            [_problem(name, start, "", f"cannot be read: {error.strerror}")],
            remedy="write an mlgate.yml at the root of the repository, or name it with --config",
        ) from error
    if len(content) > MAX_BYTES:
        raise ConfigurationError([_problem(name, start, "", f"larger than {MAX_BYTES:,} bytes")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        mark = yaml.Mark(line=line, column=column)
        message = f"not UTF-8: byte 0x{content[error.start]:02x}"
        raise ConfigurationError(
            [_problem(name, mark, "", message)], remedy="save the file as UTF-8"
        ) from error
    if not text.strip():
        raise ConfigurationError(
            [_problem(name, start, "", "the file is empty: nothing would be checked")],
            remedy="start with `version: 1` and a list of `checks`",
        )
    return text


class _Loader:
    """One document on its way to a `Config`; gathers problems."""

    def __init__(
        self,
        name: str,
        tree: yaml.Tree,
        check_types: Mapping[str, str],
        root: Path | None = None,
        includes: Path | None = None,
    ) -> None:
        self.name = name
        self.root = root
        self.includes = includes
        self.tree = tree
        self.types = check_types
        self.directory = PurePosixPath(name).parent.as_posix()
        self.grafted: dict[yaml.Path, tuple[str, yaml.Path]] = {}
        self.patterns: list[str] = []
        self.problems = [
            _problem(name, mark, _dotted(path), message) for path, mark, message in tree.problems
        ]

    def config(self) -> Config:
        if not isinstance(self.tree.value, dict):
            self.report((), "the top level must be a mapping that starts with `version: 1`")
            raise ConfigurationError(self.problems)
        document = self.validate(Document, self.tree.value, ())
        raw = self.tree.value.get("checks")
        entries = tuple(self._entries(raw if isinstance(raw, list) else [raw] if raw else []))
        if document is not None:
            self._check_names(entries)
            self._check_references(document, entries)
        if self.problems or document is None:
            raise ConfigurationError(sorted(self.problems, key=self._order))
        return Config(
            file=self.name,
            directory=self.directory,
            name=document.name,
            data=document.data,
            models=document.models,
            policy=document.policy,
            privacy=document.privacy,
            waivers=_waivers(document.waivers, self.name, self.tree),
            entries=entries,
            includes=tuple(dict.fromkeys(self.patterns)),
            included=tuple(sorted({file for file, _ in self.grafted.values()})),
            tree=self.tree,
        )

    def _order(self, problem: Problem) -> tuple[bool, str, int, int]:
        """Those of this file first, each file's by their places."""
        return problem.file != self.name, problem.file, problem.line, problem.column

    def _entries(self, items: list[Any]) -> Iterator[Entry]:
        for index, item in enumerate(items):
            path = ("checks", index)
            location = Location(file=self.name, line=self.tree.mark(path).line)
            if item == RECOMMENDED:
                yield Entry(check=RECOMMENDED, location=location, place=path)
            elif isinstance(item, dict):
                check = self._check(item, path)
                if check is not None:
                    self._check_code(check, path)
                    yield Entry(
                        check=check,
                        location=location,
                        place=path,
                        places=self._places(check, path),
                    )

    def _check(self, item: dict[str, Any], path: yaml.Path) -> CheckSpec | None:
        kind = item.get("type")
        if kind is None:
            self.report(path, f"has no `type`; one of {', '.join(sorted(self.types))}")
        elif not isinstance(kind, str) or kind not in self.types:
            message = f"there is no check type {kind!r}{nearest(str(kind), self.types)}"
            self.report((*path, "type"), message)
        else:
            spec: type[CheckSpec] = registry.load(self.types, kind)
            if spec.included is not None and self.includes is not None:
                self._include(spec.included, item, path, self.includes)
            return self.validate(spec, item, path)
        return None

    def _include(
        self, form: type[BaseModel], item: dict[str, Any], path: yaml.Path, root: Path
    ) -> None:
        """Put what the included files list at the end of the check's own lists."""
        given, at = item.get("include"), (*path, "include")
        named: dict[yaml.Path, Any] = {at: given}
        if isinstance(given, list):
            few = given[: include.MOST_PATTERNS]  # the check's own type refuses more
            named = {(*at, index): text for index, text in enumerate(few)}
        files: dict[str, None] = {}
        for where, text in named.items():
            if not isinstance(text, str):
                continue  # the check's own type says so
            try:
                wanted = include.from_root(self.directory, text)
                files |= dict.fromkeys(include.find(root, wanted))
            except ValueError as error:
                self.report(where, str(error))
            else:
                self.patterns.append(wanted)
        for file in files:
            self._add(form, file, path, root)

    def _add(self, form: type[BaseModel], file: str, path: yaml.Path, root: Path) -> None:
        """Read one included file; what is wrong with it is told of its own lines."""
        try:
            tree = yaml.parse(_text(root / file, file))
        except yaml.InvalidYaml as error:
            self.problems.append(_problem(file, error.mark, "", error.message))
            return
        except ConfigurationError as error:
            self.problems.extend(error.problems)
            return
        own = _Loader(file, tree, self.types)
        if isinstance(tree.value, dict):
            own.validate(form, tree.value, ())
        else:
            keys = " and ".join(f"`{key}`" for key in form.model_fields)
            own.report((), f"the top level must be a mapping with {keys}")
        self.problems.extend(own.problems)
        for key in [] if own.problems else tree.value:
            for here, there in self.tree.extend(path, key, tree).items():
                self.grafted[here] = file, there

    def _places(self, check: CheckSpec, path: yaml.Path) -> dict[str, Location]:
        """Where findings of a check are asked for, by their ids."""
        return {
            name: Location(
                file=self._origin((*path, *below))[0], line=self.tree.mark((*path, *below)).line
            )
            for name, below in check.places()
        }

    def _check_code(self, check: CheckSpec, path: yaml.Path) -> None:
        if self.root is not None:
            for below, message in check.problems_beside(self.root, self.directory):
                self.report((*path, *below), message, at_key=True)

    def _check_names(self, entries: Iterable[Entry]) -> None:
        first: dict[str, int] = {}
        for entry in entries:
            if isinstance(entry.check, str):
                continue
            name = entry.check.name
            if name in first:
                self.report(
                    self._find(entry, name),
                    f"two checks are called {name!r}, the first in line {first[name]}: "
                    "give one of them an `id` of its own",
                )
            first.setdefault(name, entry.location.line)
            if name == POLICY:
                self.report(self._find(entry, name), "mlgate's own check is called `policy`")
        self._check_former_names(entries, first)

    def _check_former_names(self, entries: Iterable[Entry], names: Mapping[str, int]) -> None:
        """`was` names one check that is gone: else a strict check could stand for two."""
        used: dict[str, int] = {}
        for entry in entries:
            former = None if isinstance(entry.check, str) else entry.check.was
            if former is None:
                continue
            where = (*entry.place, "was")
            if former in names:
                self.report(where, f"the check {former!r} is still there, line {names[former]}")
            if former in used:
                self.report(where, f"the check in line {used[former]} was {former!r}, too")
            used.setdefault(former, entry.location.line)

    def _check_references(self, document: Document, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if isinstance(entry.check, str):
                continue
            used = entry.check.references()
            for section, names in (("data", used.data), ("models", used.models)):
                known = getattr(document, section)
                for name in names:
                    if name not in known:
                        hint = nearest(name, known) or f"; known: {', '.join(known) or 'none'}"
                        message = f"{name!r} is not defined under `{section}`{hint}"
                        self.report(self._find(entry, name), message)

    def _find(self, entry: Entry, value: str) -> yaml.Path:
        """Where a check's entry says a value."""
        index = next(
            path
            for path, mark in self.tree.values.items()
            if len(path) == 2 and path[0] == "checks" and mark.line == entry.location.line
        )
        below = (path for path in self.tree.values if path[:2] == index and len(path) > 2)
        return next((path for path in below if self.tree.at(path) == value), index)

    def validate(self, model: type[T], value: Any, path: yaml.Path) -> T | None:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            found: dict[yaml.Path, list[str]] = {}
            for detail in error.errors(include_url=False):
                where = self._inside(path, detail["loc"])
                message = _words(detail, model, where[len(path) :])
                if detail["type"] in {"missing", "extra_forbidden"}:
                    self.report(where, message, at_key=True)
                else:
                    found.setdefault(where, []).append(message)
            for where, messages in found.items():
                # Each form that a value may have reports its own problem: the one that came
                # furthest is the one that was meant.
                if not any(where == other[: len(where)] != other for other in found):
                    self.report(where, " or ".join(dict.fromkeys(messages)))
            return None

    def _inside(self, path: yaml.Path, loc: tuple[str | int, ...]) -> yaml.Path:
        """A place that pydantic names, without the parts that are names of types."""
        for part in loc:
            if (*path, part) in self.tree.values:
                path = (*path, part)
        return path

    def report(self, path: yaml.Path, message: str, *, at_key: bool = False) -> None:
        mark = self.tree.key_mark(path) if at_key else self.tree.mark(path)
        file, own = self._origin(path)
        self.problems.append(_problem(file, mark, _dotted(own), message))

    def _origin(self, path: yaml.Path) -> tuple[str, yaml.Path]:
        """The file that a place was written in, and where it is there."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.grafted:
                file, own = self.grafted[path[:length]]
                return file, (*own, *path[length:])
        return self.name, path


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?` with the nearest of the known names; empty where none is near."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _problem(file: str, mark: yaml.Mark, path: str, message: str) -> Problem:
    return Problem(file=file, line=mark.line, column=mark.column, path=path, message=message)


def _dotted(path: Sequence[str | int]) -> str:
    """`checks[2].metrics.roc_auc`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _words(detail: Any, model: type[BaseModel], path: yaml.Path) -> str:
    """One of pydantic's problems, as a user of the file would say it."""
    kind, given = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        key = str(detail["loc"][-1])
        known = set(_keys(model, path[:-1]))
        hint = nearest(key, known) or f"; known: {', '.join(sorted(known))}"
        return f"unknown key {key!r}{hint}"
    if kind == "missing":
        return f"has no `{detail['loc'][-1]}`"
    if kind == "literal_error":
        options = [option.strip(" '") for option in detail["ctx"]["expected"].split(" or ")]
        names = [part.strip(" '") for option in options for part in option.split(",")]
        hint = nearest(given, names) if isinstance(given, str) else ""
        return f"{_short(given)} is not one of {', '.join(names)}{hint}"
    if kind == "union_tag_not_found":
        return f"has no `{detail['ctx']['discriminator'].strip(chr(39))}`"
    if kind == "union_tag_invalid":
        tags = [tag.strip(" '") for tag in detail["ctx"]["expected_tags"].split(",")]
        tag = detail["ctx"]["tag"]
        return f"{_short(tag)} is not one of {', '.join(tags)}{nearest(str(tag), tags)}"
    if kind == "too_short":
        return "is empty"
    if kind == "string_pattern_mismatch":
        return f"{_short(given)} is not a name: letters, digits, '.', '_' and '-' only"
    if kind in {"value_error", "assertion_error"}:
        return str(detail["ctx"]["error"])
    message = detail["msg"].removeprefix("Input ").replace("valid dictionary", "mapping")
    return f"{message}, not {_short(given)}"


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return "nothing" if value is None else repr(value)[:60]


def _keys(annotation: Any, path: Sequence[str | int]) -> Iterator[str]:
    """The keys that a type allows at a place below it, over all alternatives of a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not path:
            yield from (field.alias or name for name, field in annotation.model_fields.items())
        elif path[0] in annotation.model_fields:
            yield from _keys(annotation.model_fields[str(path[0])].annotation, path[1:])
        return
    arguments = get_args(annotation)
    is_container = getattr(annotation, "__origin__", None) in {dict, list, tuple}
    for argument in arguments:
        yield from _keys(argument, path[1:] if is_container else path)
