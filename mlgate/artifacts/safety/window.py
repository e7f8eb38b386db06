"""A file of any size through a window of a few megabytes."""

import io
import os
from typing import Protocol

from mlgate.artifacts.safety.interface import Notes, Unreadable

CHUNK = 1 << 20
"""Bytes that are read at a time."""
AHEAD = 1 << 17
"""Bytes that are at hand after `fill`, unless the file ends before."""


class Readable(Protocol):
    """What a window looks at: an open file, a decompressor."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


class Window:
    """The bytes around the reading position.

    `data` and `at` are public: the pickle machine works on them directly, and calls `fill` before
    they run out.
    """

    def __init__(self, source: Readable, notes: Notes) -> None:
        self.data = b""
        self.at = 0
        self.base = 0
        """Position of `data[0]` in the file."""
        self.ended = False
        self._source = source
        self._notes = notes

    @property
    def position(self) -> int:
        """Position in the file."""
        return self.base + self.at

    def fill(self, ahead: int = AHEAD) -> None:
        """Have the next bytes at hand."""
        parts = [self.data[self.at :]]
        have = len(parts[0])
        self.base += self.at
        self.at = 0
        while have < ahead and not self.ended:
            part = self._read(CHUNK)
            parts.append(part)
            have += len(part)
        self.data = b"".join(parts)

    def ensure(self) -> None:
        """Have the next bytes at hand, if they are not."""
        if len(self.data) - self.at < AHEAD and not self.ended:
            self.fill()

    def take(self, size: int) -> bytes:
        """The next bytes.

        Raises:
            Unreadable: There are fewer.
        """
        if len(self.data) - self.at < size:
            self.fill(size)
        part = self.data[self.at : self.at + size]
        if len(part) < size:
            raise Unreadable("it ends too early")
        self.at += size
        return part

    def peek(self, size: int) -> bytes:
        """The next bytes, or fewer at the end, without moving."""
        if len(self.data) - self.at < size:
            self.fill(size)
        return self.data[self.at : self.at + size]

    def skip(self, size: int) -> None:
        """Move over bytes.

        Raises:
            Unreadable: There are fewer.
        """
        here = len(self.data) - self.at
        if size <= here:
            self.at += size
            return
        self.base += self.at + here
        self.data, self.at = b"", 0
        left = size - here
        if isinstance(self._source, io.FileIO):
            self._notes.spend(left)
            where = self._source.seek(left, os.SEEK_CUR)
            if where > os.fstat(self._source.fileno()).st_size:
                raise Unreadable("it ends too early")
            self.base += left
            return
        while left > 0:
            part = self._read(min(left, CHUNK))
            if not part:
                raise Unreadable("it ends too early")
            self.base += len(part)
            left -= len(part)

    def line(self, longest: int) -> bytes | None:
        """The next bytes up to a line feed, without it; None where they are too long to keep.

        Raises:
            Unreadable: There is no line feed.
        """
        whole: bytes | None = b""
        while True:
            end = self.data.find(b"\n", self.at)
            upto = len(self.data) if end < 0 else end
            if whole is not None:
                whole += self.data[self.at : upto]
                whole = whole if len(whole) <= longest else None
            if end >= 0:
                self.at = end + 1
                return whole
            self.at = upto
            if self.ended:
                raise Unreadable("it ends within a line")
            self.fill(1)

    def at_end(self) -> bool:
        """Whether nothing follows."""
        return not self.peek(1)

    def _read(self, size: int) -> bytes:
        try:
            part = self._source.read(size)
        except (OSError, EOFError, ValueError) as error:
            raise Unreadable(f"it cannot be read: {str(error)[:100]}") from error
        self.ended = not part
        self._notes.spend(len(part))
        return part
