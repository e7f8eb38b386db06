"""Files of the repository that a check of mlgate.yml includes: which they are."""

import os
import posixpath
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from mlgate.config.location import is_remote
from mlgate.config.patterns import fixed_part, is_pattern, matching

SUFFIXES: Final = (".yml", ".yaml")
"""What the names of such files end in: nothing else of a repository is ever read as one."""
MOST_FILES: Final = 200
"""Files that one pattern may name."""
MOST_PATTERNS: Final = 50
"""Paths and patterns that a check may have."""
MOST_NAMES: Final = 50_000
"""Names that are looked through for a pattern."""


def from_root(directory: str, path: str) -> str:
    """A path or pattern of mlgate.yml, as one from the repository's root.

    Raises:
        ValueError: It leads out of the repository.
    """
    wanted = posixpath.normpath(posixpath.join(directory, path))
    if is_remote(path) or wanted.startswith(("/", "../")) or wanted == "..":
        raise ValueError(f"{path!r} leads out of the repository: only files of it are included")
    return wanted


def find(root: Path, wanted: str) -> list[str]:
    """The files that a path or pattern names, as paths from the repository's root, by their names.

    Args:
        root: The repository's root.
        wanted: A path or pattern from there, as `from_root` gives it.

    Raises:
        ValueError: There is no such file, it is no YAML file, or it lies outside.
    """
    inside = root.resolve()
    if not (inside / fixed_part(wanted)).resolve().is_relative_to(inside):
        raise ValueError(f"{wanted!r} is a link that leads out of the repository")
    names = _matching(root, wanted) if is_pattern(wanted) else [wanted]
    for name in names:
        file = (inside / name).resolve()
        if not file.is_relative_to(inside):
            raise ValueError(f"{name!r} is a link that leads out of the repository")
        if not file.is_file():
            raise ValueError(f"there is no file {name!r}")
        if not name.lower().endswith(SUFFIXES) or not file.name.lower().endswith(SUFFIXES):
            raise ValueError(f"{name!r} is no YAML file: its name must end in .yml or .yaml")
    return names


def _matching(root: Path, pattern: str) -> list[str]:
    found = matching(islice(_names(root, pattern), MOST_NAMES), pattern)
    if not found:
        raise ValueError(f"no file matches {pattern!r}: nothing would be included")
    if len(found) > MOST_FILES:
        raise ValueError(f"{pattern!r} matches {len(found):,} files; at most {MOST_FILES} can be")
    return found


def _names(root: Path, pattern: str) -> Iterator[str]:
    """Files below the fixed part of a pattern, no deeper than it can mean; follows no link."""
    start = root / fixed_part(pattern)
    parts = pattern.split("/")
    deepest = None if "**" in parts else len(parts) - 1
    for folder, below, files in os.walk(start):
        depth = len(Path(folder).relative_to(root).parts)
        deep_enough = deepest is not None and depth >= deepest
        below[:] = [] if deep_enough else sorted(b for b in below if not b.startswith("."))
        for name in sorted(files):
            yield Path(folder, name).relative_to(root).as_posix()
