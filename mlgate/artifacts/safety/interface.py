"""What a look into a file yields."""

import re
from dataclasses import dataclass, field
from typing import Literal

MAX_DANGERS = 200
"""After so many nothing more is looked for: the file is blocked anyway."""


_VERSION = re.compile(r"\d[\w.+!-]{0,30}", re.ASCII)
_LIBRARY = re.compile(r"[A-Za-z][\w.-]{0,40}", re.ASCII)

MAX_RECORDED = 100
"""Versions of libraries that are kept of one file; a sound one has a handful."""

Rule = Literal["same", "not older", "at least", "shown"]
"""Which versions of a library read what another version of it has written.

`same`: those that differ in the patch only; `not older`: this one and newer ones; `at least`:
likewise, where the file tells the oldest that can read it and not the one that wrote it; `shown`:
the library is not what loads the file.
"""


@dataclass(frozen=True, kw_only=True, order=True)
class Recorded:
    """The version of a library, as it stands in a file that a stranger may have made."""

    library: str
    """Name of its distribution, such as `scikit-learn`; `python` for Python itself."""
    version: str
    rule: Rule


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much of a file, and of all that is packed in it, is looked at."""

    unpacked: int = 8 << 30
    """Bytes."""
    opcodes: int = 512 << 20
    """Bytes of pickle opcodes. They bound time and memory: an opcode costs a tenth of a microsecond
    or two, and some bytes."""


class Unreadable(Exception):
    """A file cannot be read to its end as its format says; never safe."""


class Enough(Exception):
    """There are more dangers than anyone reads."""


@dataclass(frozen=True, kw_only=True)
class Danger:
    """One reason to block a file."""

    place: str
    """Where in the file: byte offset, and the path inside of archives."""
    opcode: str
    """Pickle opcode, or what stands in its place in another format."""
    subject: str
    """Import concerned; empty where it is none."""
    why: str
    """What is wrong with it, as the end of a sentence."""
    allow: str | None = None
    """What a team would add to `allow` if the import is its own; None where that helps nothing."""


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What a file holds, as far as it can be told without executing anything."""

    format: str
    """Format by content, such as `joblib (zlib)`."""
    dangers: tuple[Danger, ...]
    imports: tuple[str, ...]
    """Names that the file imports, sorted."""
    unreadable: str | None = None
    """Why it could not be read to its end."""
    recorded: tuple[Recorded, ...] = ()
    """Versions of libraries that it was made with, sorted."""

    @property
    def safe(self) -> bool:
        """Whether it was read to its end and nothing was found."""
        return not self.dangers and self.unreadable is None


@dataclass(kw_only=True)
class Notes:
    """What is found on the way, and how much may still be read."""

    bytes_left: int
    """Unpacked bytes that may still be read, over all members."""
    opcodes_left: int
    """Bytes of pickle opcodes that may still be read: they bound time and memory."""
    dangers: list[Danger] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    recorded: set[Recorded] = field(default_factory=set)

    def record(self, library: str, version: object, rule: Rule) -> None:
        """Remember a version of a library; what is none is left out."""
        is_version = isinstance(version, str) and _VERSION.fullmatch(version)
        if is_version and _LIBRARY.fullmatch(library) and len(self.recorded) < MAX_RECORDED:
            self.recorded.add(Recorded(library=library, version=str(version), rule=rule))

    def note(
        self, place: str, opcode: str, subject: str, why: str, *, allow: str | None = None
    ) -> None:
        """Remember a danger, once for each import and reason.

        Raises:
            Enough: There are too many.
        """
        if any((d.subject, d.why, d.opcode) == (subject, why, opcode) for d in self.dangers):
            return
        self.dangers.append(
            Danger(place=place, opcode=opcode, subject=subject, why=why, allow=allow)
        )
        if len(self.dangers) >= MAX_DANGERS:
            raise Enough

    def spend(self, size: int) -> None:
        """Account for unpacked bytes.

        Raises:
            Unreadable: They are more than is ever looked at.
        """
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise Unreadable("it unpacks to more than is looked at")
