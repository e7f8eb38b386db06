"""What a look into a file yields."""

from dataclasses import dataclass, field

MAX_DANGERS = 200
"""After so many nothing more is looked for: the file is blocked anyway."""


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
