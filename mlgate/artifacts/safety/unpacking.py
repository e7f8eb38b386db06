"""Compressed streams and tar archives, unpacked a piece at a time."""

import bz2
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from mlgate.artifacts.safety.interface import Unreadable
from mlgate.artifacts.safety.window import CHUNK, Window

MAX_TAR_HEADER = 1 << 20
"""Bytes of a long name or of extended headers in a tar archive."""
_BLOCK = 512


class Decompressor(Protocol):
    """What `bz2` and `lzma` have."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out before something goes in."""

    @property
    def unused_data(self) -> bytes:
        """What followed the stream."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """The next bytes, at most so many."""


class Inflate:
    """zlib with the methods of `bz2`'s decompressor."""

    def __init__(self, bits: int) -> None:
        self._inner = zlib.decompressobj(bits)
        self._full = False

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out before something goes in."""
        return not self._full and not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """What followed the stream."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """The next bytes, at most so many."""
        out = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self._full = len(out) == max_length
        return out


COMPRESSIONS: tuple[tuple[str, bytes, Callable[[], Decompressor]], ...] = (
    ("gzip", b"\x1f\x8b", lambda: Inflate(31)),
    ("bz2", b"BZh", bz2.BZ2Decompressor),
    ("xz", b"\xfd7zXZ", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _MEMORY)),
    ("lzma", b"\x5d\x00", lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, _MEMORY)),
    ("zlib", b"\x78", lambda: Inflate(15)),
)
"""Name, first bytes and decompressor; those that joblib and pandas know."""

_MEMORY = 256 << 20
"""Bytes that lzma may take for its dictionary."""

OPAQUE = (
    ("LZ4", b"\x04\x22\x4d\x18"),
    ("Zstandard", b"\x28\xb5\x2f\xfd"),
    ("7-Zip", b"7z\xbc\xaf\x27\x1c"),
    ("RAR", b"Rar!\x1a\x07"),
    ("HDF5", b"\x89HDF\r\n\x1a\n"),
)
"""Formats that may hold code and cannot be looked into."""


class Unpacked:
    """The content of a compressed stream, or of several in a row. Has `read`, as a file has."""

    def __init__(self, packed: Window, make: Callable[[], Decompressor]) -> None:
        self._packed = packed
        self._make = make
        self._inner = make()

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end.

        Raises:
            Unreadable: The stream is damaged or cut off.
        """
        try:
            return self._read(size)
        except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
            raise Unreadable(f"it cannot be unpacked: {str(error)[:100]}") from error

    def _read(self, size: int) -> bytes:
        given = b""
        while True:
            if self._inner.eof:
                given += self._inner.unused_data
                if not given and self._packed.at_end():
                    return b""
                self._inner = self._make()
            if not given and self._inner.needs_input:
                if self._packed.at_end():
                    raise Unreadable("it ends within a compressed stream")
                given = self._packed.take(min(CHUNK, len(self._packed.peek(CHUNK))))
            out = self._inner.decompress(given, size)
            given = b""
            if out:
                return out


class Part:
    """The next bytes of a window as a file of their own."""

    def __init__(self, window: Window, size: int) -> None:
        self._window = window
        self.left = size

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        part = self._window.take(min(size, self.left, CHUNK))
        self.left -= len(part)
        return part


def tar_members(window: Window) -> Iterator[tuple[str, Part]]:
    """The regular files of a tar archive, each to be read before the next one.

    Raises:
        Unreadable: It is damaged, or says the size of a file in two ways.
    """
    long_name = None
    while True:
        block = window.take(_BLOCK)
        if not any(block):
            break
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise Unreadable("a header of the tar archive is damaged") from error
        padded = -(-info.size // _BLOCK) * _BLOCK
        if info.type in (b"x", b"g", b"L", b"K", b"X"):
            if not 0 <= info.size <= MAX_TAR_HEADER:
                raise Unreadable("a header of the tar archive is too long")
            content = window.take(padded)[: info.size]
            if info.type in (b"x", b"g", b"X") and (b" size=" in content or b"sparse" in content):
                raise Unreadable("the tar archive says the size of a file in two ways")
            if info.type == b"L":
                long_name = content.rstrip(b"\0").decode("utf-8", "replace")
            continue
        name, long_name = long_name or info.name, None
        if info.type == b"S":
            raise Unreadable("the tar archive has a sparse file")
        if not info.isreg():
            continue
        part = Part(window, info.size)
        yield name, part
        window.skip(part.left + padded - info.size)
