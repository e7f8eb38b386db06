"""What a report of coverage says, which tests have written while they ran.

Tests may write what they like, so nothing of it is trusted: sizes are limited, and XML that
declares an entity is refused.
"""

import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.parsers import expat

from pydantic import BaseModel, Field, ValidationError

REPORTS: Final = ("coverage.json", "coverage.xml", ".coverage")
"""Files that are looked for: the names that coverage.py and pytest-cov give them."""
MAX_BYTES: Final = 64 << 20
"""Bytes of a report that are read."""
_COUNT: Final = re.compile(r"[0-9]{1,15}")

Stamp = tuple[int, int, int]
"""Inode, time of the last change of content and of anything, in nanoseconds."""


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much of the code the tests have run."""

    source: str
    """File that says so, relative to where the tests ran."""
    lines: int
    """Lines with code."""
    covered_lines: int
    branches: int = 0
    """Ways that the code may take; zero where they were not measured."""
    covered_branches: int = 0

    @property
    def line_rate(self) -> float:
        """Share of the lines, from 0 to 1."""
        return self.covered_lines / self.lines

    @property
    def branch_rate(self) -> float | None:
        """Share of the branches; None where these were not measured."""
        return self.covered_branches / self.branches if self.branches else None


class NotReadable(Exception):
    """A report says nothing; the text is why."""


def stamps(folder: Path, names: Sequence[str]) -> dict[str, Stamp | None]:
    """The state of files before the tests ran."""
    return {name: _stamp(folder / name) for name in names}


def written(folder: Path, before: Mapping[str, Stamp | None]) -> str | None:
    """The first file that is there and is not what it was before the tests ran."""
    for name, old in before.items():
        if (new := _stamp(folder / name)) is not None and new != old:
            return name
    return None


def read(file: Path, name: str) -> Coverage:
    """The totals of a report.

    Args:
        file: The report: coverage.py's JSON, or Cobertura's XML where its name ends in `.xml`.
        name: What the report is called.

    Raises:
        NotReadable: It is no such report, or no line was measured.
    """
    content = _content(file)
    counts = _of_xml(content) if file.suffix == ".xml" else _of_json(content)
    coverage = Coverage(source=name, **counts)
    if not coverage.lines:
        raise NotReadable("no line of code was measured")
    if coverage.covered_lines > coverage.lines or coverage.covered_branches > coverage.branches:
        raise NotReadable("it counts more as covered than there is")
    return coverage


class _Totals(BaseModel):
    covered_lines: int = Field(ge=0, strict=True)
    lines: int = Field(ge=0, strict=True, alias="num_statements")
    branches: int = Field(default=0, ge=0, strict=True, alias="num_branches")
    covered_branches: int = Field(default=0, ge=0, strict=True)


class _Report(BaseModel):
    totals: _Totals


def _of_json(content: bytes) -> dict[str, int]:
    try:
        return _Report.model_validate_json(content).totals.model_dump()
    except ValidationError as error:
        raise NotReadable("it is not coverage.py's JSON") from error


def _of_xml(content: bytes) -> dict[str, int]:
    root: list[tuple[str, dict[str, str]]] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        if not root:
            root.append((name, attributes))

    def refuse(*_: object) -> None:
        raise NotReadable("it declares an entity, which no report of coverage does")

    parser = expat.ParserCreate()  # which opens no external entity unless a handler does
    parser.StartElementHandler = begin
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)  # noqa: FBT003  # expat's own signature: this is all of it
    except (expat.ExpatError, ValueError) as error:
        raise NotReadable("it is not well-formed XML") from error
    name, given = root[0]
    keys = {
        "lines": "lines-valid",
        "covered_lines": "lines-covered",
        "branches": "branches-valid",
        "covered_branches": "branches-covered",
    }
    texts = {key: given.get(key_there, "") for key, key_there in keys.items()}
    if name != "coverage" or not all(_COUNT.fullmatch(texts[key]) for key in list(keys)[:2]):
        raise NotReadable("it is not Cobertura's XML with the numbers of lines")
    return {key: int(text) for key, text in texts.items() if _COUNT.fullmatch(text)}


def _content(file: Path) -> bytes:
    try:
        # No link to a file that only mlgate may read is opened, and no pipe waited for.
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as report:
            if not stat.S_ISREG(os.fstat(report.fileno()).st_mode):
                raise NotReadable("it is no file")
            content = report.read(MAX_BYTES + 1)
    except OSError as error:
        raise NotReadable(f"it cannot be opened: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise NotReadable(f"it is larger than {MAX_BYTES >> 20} MiB")
    return content


def _stamp(file: Path) -> Stamp | None:
    try:
        found = file.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns
