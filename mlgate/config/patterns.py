"""Paths that stand for several files: patterns, and folders of data files."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from mlgate.config.location import MARKS


def is_pattern(path: str) -> bool:
    """Whether a path has one of the marks `*`, `?` and `[`."""
    return bool(MARKS & set(path))


def fixed_part(pattern: str) -> str:
    """The folders before the first one with a mark; for a path without marks, the path."""
    parts = pattern.split("/")
    first = next((i for i, part in enumerate(parts) if is_pattern(part)), len(parts))
    return "/".join(parts[:first])


def matching(names: Iterable[str], pattern: str) -> list[str]:
    """The names that a pattern means, sorted. `*` stays in its folder, `**` goes to any depth.

    As in a shell, a mark does not stand for a name's leading dot.
    """
    expression = "/".join(map(_segment, pattern.split("/"))).replace(f"{_DEEP}/", f"(?:{_DEEP}/)?")
    compiled = re.compile(expression)
    return sorted(name for name in names if compiled.fullmatch(name))


_DEEP = r"(?!\.)[^/]+(?:/(?!\.)[^/]+)*"


def _segment(text: str) -> str:
    if text == "**":
        return _DEEP
    parts, position = [r"(?!\.)"] if text[:1] in MARKS else [], 0
    while position < len(text):
        mark = text[position]
        position += 1
        end = text.find("]", position + 1)
        if mark == "*":
            parts.append("[^/]*")
        elif mark == "?":
            parts.append("[^/]")
        elif mark == "[" and end > 0:
            content = text[position:end]
            negated = content.startswith("!")
            escaped = re.sub(r"([\\\[\]^&~|])", r"\\\1", content[1:] if negated else content)
            parts.append(f"(?!/)[{'^' if negated else ''}{escaped}]")
            position = end + 1
        else:
            parts.append(re.escape(mark))
    return "".join(parts)


def data_files(names: Iterable[str], folder: str, suffixes: Iterable[str]) -> list[str]:
    """The data files of a folder, at any depth, sorted.

    What starts with a dot or an underscore (`_SUCCESS`, `_temporary/`) is no data, as Spark and
    Arrow have it.
    """
    endings = tuple(suffixes)
    found = []
    for name in names:
        below = PurePosixPath(name).relative_to(folder).parts if folder else name.split("/")
        if name.lower().endswith(endings) and not any(part[:1] in "._" for part in below):
            found.append(name)
    return sorted(found)
