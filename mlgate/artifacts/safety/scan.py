"""What a file of a model would do when it is loaded, told without loading it."""

import contextlib
import gc
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from mlgate.artifacts.safety import arrays, formats, recorded, unpacking
from mlgate.artifacts.safety.imports import Policy
from mlgate.artifacts.safety.interface import Enough, Limits, Notes, Scan, Unreadable
from mlgate.artifacts.safety.machine import Machine
from mlgate.artifacts.safety.window import AHEAD, CHUNK, Window

DEFAULT_LIMITS = Limits()
MAX_DEPTH = 4
"""Archives within archives."""
MAX_MEMBERS = 10_000
MAX_NESTED_ZIP = 1 << 30
"""Bytes of a zip archive within another file; it is unpacked to a temporary file."""


def scan(path: Path, policy: Policy, limits: Limits = DEFAULT_LIMITS) -> Scan:
    """Look into a file, or into all files of a folder.

    Nothing of it is imported or executed. Memory is bounded; what is too large, damaged, or of an
    unknown format is `unreadable`, and so not safe.
    """
    notes = Notes(bytes_left=limits.unpacked, opcodes_left=limits.opcodes)
    found, unreadable = "unknown", None
    try:
        look = _Look(notes=notes, policy=policy)
        with _no_collection():
            found = _folder(path, look) if path.is_dir() else _file(path, look)
    except Unreadable as error:
        unreadable = str(error)
    except Enough:
        unreadable = "there are more dangers than are listed"
    except OSError as error:
        unreadable = f"it cannot be opened: {error.strerror}"
    return Scan(
        format=found,
        dangers=tuple(notes.dangers),
        imports=tuple(sorted(notes.imports)),
        unreadable=unreadable,
        recorded=tuple(sorted(notes.recorded)),
    )


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Python's search for circles of values takes longer than the scan that makes none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _file(path: Path, look: "_Look") -> str:
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
        raise Unreadable("it is not a regular file")
    with path.open("rb", buffering=0) as file:
        return look.at(Window(file, look.notes), lambda: path.open("rb"))


def _folder(path: Path, look: "_Look") -> str:
    root = path.resolve()
    files = sorted(file for file in path.rglob("*") if not file.is_dir())
    if not files or len(files) > MAX_MEMBERS:
        raise Unreadable(f"the folder holds {len(files):,} files")
    for file in files:
        inside = file.relative_to(path).as_posix()
        if not file.resolve().is_relative_to(root):
            raise Unreadable(f"{inside} is a link that leads out of the folder")
        found = _file(file, replace(look, place=f"{inside}: "))
        recorded.in_folder(file, look.notes)
        if file.name == "MLmodel":
            _mlflow(file.read_bytes()[: formats.MAX_JSON], look.notes)
        elif found == "text" and file.suffix in (".py", ".pth"):
            look.notes.note(inside, "file", file.name, "it is Python code")
    return "folder"


def _mlflow(text: bytes, notes: Notes) -> None:
    """Note what an MLflow model would import besides its pickle."""
    for line in text.decode("utf-8", "replace").splitlines():
        key, _, value = line.strip().partition(":")
        module = value.strip().strip("'\"")
        if key == "loader_module" and not re.fullmatch(r"mlflow\.\w+", module):
            notes.note("MLmodel", "loader_module", module[:100], "it is not MLflow's own")
        if key == "code" and module not in ("", "null"):
            notes.note("MLmodel", "code", module[:100], "it puts Python code beside the model")


@dataclass(frozen=True, kw_only=True)
class _Look:
    """One file, or one member of an archive."""

    notes: Notes
    policy: Policy
    place: str = ""
    """What stands before an offset: the path inside of archives."""
    depth: int = 0
    joblib: bool = True
    """Whether joblib may be what reads it."""

    def into(self, member: str) -> "_Look":
        """A member of an archive.

        Raises:
            Unreadable: It lies too deep.
        """
        if self.depth >= MAX_DEPTH:
            raise Unreadable("archives are packed too deeply into each other")
        name = member if len(member) <= 100 else f"{member[:99]}…"
        return replace(self, place=f"{self.place}{name}: ", depth=self.depth + 1)

    def at(self, window: Window, reopen: Callable[[], IO[bytes]] | None = None) -> str:
        """Look at what a window shows, and return its format.

        Args:
            window: Stands at the start.
            reopen: Opens the same bytes again, where they are a file.

        Raises:
            Unreadable: It cannot be read to its end.
            Enough: There are too many dangers.
        """
        head = window.peek(AHEAD)
        if not head:
            raise Unreadable(f"{self.place}it is empty")
        for name, magic in unpacking.OPAQUE:
            if head.startswith(magic):
                raise Unreadable(f"{self.place}{name} cannot be looked into")
        if head.startswith(b"PK"):
            with reopen() if reopen else _spool(window) as file:
                return self._zip(file)
        if head.startswith(b"\x93NUMPY"):
            return self._npy(window)
        if head[257:262] == b"ustar" and not formats.might_be_pickle(head):
            return self._tar(window)
        if head.startswith(b"ZF0x"):
            return self._old_joblib(window)
        for name, magic, make in unpacking.COMPRESSIONS:
            if head.startswith(magic):
                inner = self.into("")
                packed = unpacking.Unpacked(window, make)
                found = replace(inner, place=self.place).at(Window(packed, self.notes))
                return f"{found} ({name})"
        found_free = formats.without_code(head, whole=len(head) < AHEAD)
        if found_free:
            recorded.in_plain(found_free, window, self.notes)
            return found_free
        return self.pickles(window)

    def pickles(self, window: Window) -> str:
        """Look at one pickle, or at several in a row, and return their format."""
        arrays_seen = 0
        try:
            while True:
                machine = Machine(
                    window, self.notes, self.policy, place=self.place, joblib=self.joblib
                )
                machine.run()
                arrays_seen += machine.arrays
                if window.at_end():
                    return "joblib" if arrays_seen else "pickle"
        except Unreadable as error:
            raise Unreadable(f"{self.place}{error}") from error

    def _npy(self, window: Window) -> str:
        start = window.take(8)
        width = {1: 2, 2: 4, 3: 4}.get(start[6])
        if width is None:
            raise Unreadable(f"{self.place}the version of the array's format is unknown")
        size = int.from_bytes(window.take(width), "little")
        if size > arrays.MAX_HEADER:
            raise Unreadable(f"{self.place}the header of the array is too long")
        if arrays.header_holds_objects(window.take(size)):
            return f"npy, {replace(self, joblib=False).pickles(window)}"
        return "npy"

    def _tar(self, window: Window) -> str:
        count = 0
        for name, part in unpacking.tar_members(window):
            count += 1
            if count > MAX_MEMBERS:
                raise Unreadable(f"{self.place}the archive has too many members")
            self.into(name).at(Window(part, self.notes))
        if not count:
            raise Unreadable(f"{self.place}the archive is empty")
        return "tar"

    def _old_joblib(self, window: Window) -> str:
        """A file of joblib before 0.9.3: a length in hexadecimal digits, and zlib."""
        window.skip(2 + 19)
        if window.peek(1) == b" ":
            window.skip(1)
        packed = unpacking.Unpacked(window, lambda: unpacking.Inflate(15))
        inner = replace(self.into(""), place=self.place)
        return f"{inner.pickles(Window(packed, self.notes))} (zlib)"

    def _zip(self, file: IO[bytes]) -> str:
        try:
            with zipfile.ZipFile(file) as archive:
                members = [info for info in archive.infolist() if not info.is_dir()]
                self._require_plain(members)
                return self._members(archive, members)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, zlib.error,
                EOFError) as error:  # fmt: skip
            raise Unreadable(f"{self.place}the archive is damaged: {str(error)[:100]}") from error

    def _require_plain(self, members: list[zipfile.ZipInfo]) -> None:
        """Raise `Unreadable` for an archive that two readers might read differently."""
        listed = [info.filename for info in members]
        if not listed or len(listed) > MAX_MEMBERS:
            raise Unreadable(f"{self.place}the archive has {len(listed):,} members")
        if len({name.casefold() for name in listed}) < len(listed):
            raise Unreadable(f"{self.place}the archive has two members of one name")
        if any(info.flag_bits & 0x1 for info in members):
            raise Unreadable(f"{self.place}the archive is encrypted")

    def _members(self, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> str:
        listed = {info.filename for info in members}
        roots = [n.removesuffix("data.pkl") for n in listed if n.endswith("/data.pkl")]
        torch = len(roots) == 1 and f"{roots[0]}version" in listed
        keras = {"config.json", "metadata.json"} <= listed
        policy = replace(self.policy, torch=True) if torch else self.policy
        for info in members:
            name = info.filename
            inner = replace(self.into(name), policy=policy)
            if torch and re.fullmatch(re.escape(roots[0]) + r"data/\d+", name):
                continue  # bytes of a tensor, which nothing unpickles
            if torch and name.startswith(f"{roots[0]}code/"):
                self.notes.note(inner.place, "TorchScript", name[:100], "it is code")
                continue
            if keras and name.endswith(".weights.h5"):
                continue
            with archive.open(info) as content:
                window = Window(content, self.notes)
                if name == "schema.json" or (keras and name == "config.json"):
                    text = window.peek(formats.MAX_JSON + 1)
                    if len(text) > formats.MAX_JSON:
                        raise Unreadable(f"{inner.place}it is too long")
                    if keras:
                        formats.look_at_keras(text, inner.place, self.notes)
                    else:
                        formats.look_at_skops(text, inner.place, self.notes, policy)
                else:
                    inner.at(window)
        if torch:
            return "torch"
        if "schema.json" in listed:
            return "skops"
        if keras:
            return "Keras"
        return "npz" if all(name.endswith(".npy") for name in listed) else "zip"


def _spool(window: Window) -> IO[bytes]:
    """The rest of a window as a file that can be read in any order."""
    file = tempfile.SpooledTemporaryFile(max_size=64 << 20)  # noqa: SIM115  # the caller closes it
    size = 0
    while part := window.take(min(CHUNK, len(window.peek(CHUNK)))):
        size += len(part)
        if size > MAX_NESTED_ZIP:
            file.close()
            raise Unreadable("an archive within it is too large")
        file.write(part)
    file.seek(0)
    return file
