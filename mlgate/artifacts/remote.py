"""What an address stands for, and fetching it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlgate.artifacts.parts import Parts
from mlgate.artifacts.stores import (
    explained,
    in_time,
    missing,
    open_store,
    version_of,
)
from mlgate.config.location import Remote, parse
from mlgate.config.patterns import data_files, fixed_part, is_pattern, matching
from mlgate.errors import DataNotReadable

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

MAX_FILES: Final = 10_000
MAX_FETCHED: Final = 4 << 30
"""Bytes that are fetched of what cannot be read in place."""


@dataclass(frozen=True, kw_only=True)
class Objects:
    """The files that an address stands for; there is at least one."""

    remote: Remote
    filesystem: "FileSystem" = field(repr=False)
    paths: tuple[str, ...]
    """From the bucket, sorted."""
    fingerprint: str
    """What the store says of their version and size: no digest of the content."""
    environment: Mapping[str, str] = field(repr=False)

    @property
    def identity(self) -> str:
        """Equal for two that are the same version of the same files."""
        return f"{self.remote.shown}\0{self.remote.key}\0{self.fingerprint}"

    @property
    def in_place(self) -> bool:
        """Whether parts of a file can be read."""
        return self.remote.store != "https" or self.filesystem.handler.about(self.paths[0]).ranges

    def parts(self) -> Parts:
        """Parquet files, to be read in place."""
        from pyarrow.fs import SubTreeFileSystem

        filesystem, paths = self.filesystem, self.paths
        if self.remote.store != "https":  # a bucket's name is no folder of a partition
            filesystem = SubTreeFileSystem(self.remote.bucket, filesystem)
            paths = tuple(path.partition("/")[2] for path in paths)
        return Parts(
            shown=self.remote.shown,
            filesystem=filesystem,
            paths=paths,
            explained=lambda: explained(self.remote, self.environment),
            partitioned=self.remote.store != "https",
        )

    def fetch(self, to: Path) -> tuple[Path, ...]:
        """Copies of the files in a folder, which is made.

        Raises:
            DataNotReadable: One cannot be had, or they are too large.
        """
        files, left = [], MAX_FETCHED
        for number, path in enumerate(self.paths):
            whole = path.partition("?")[0] if self.remote.store == "https" else path
            file = to / str(number) / (whole.rpartition("/")[2] or "file")
            file.parent.mkdir(parents=True)
            with (
                explained(self.remote, self.environment),
                self.filesystem.open_input_stream(path) as source,
                file.open("wb") as target,
            ):
                while chunk := source.read(1 << 20):
                    left -= len(chunk)
                    if left < 0:
                        raise DataNotReadable(
                            f"{self.remote.shown} is larger than {MAX_FETCHED >> 30} GiB",
                            remedy="write it as Parquet, which is read in place",
                        )
                    target.write(chunk)
            files.append(file)
        return tuple(files)


def find(path: str, environment: Mapping[str, str], suffixes: tuple[str, ...]) -> Objects:
    """Ask a store which files an address stands for: one, those of a pattern, or of a folder.

    Args:
        path: The address, as mlgate.yml has it.
        environment: Endpoints and credentials.
        suffixes: What the data files of a folder end in.

    Raises:
        DataNotReadable: There is none, or the store does not answer or refuses.
    """
    try:
        remote = parse(path)
    except ValueError as error:
        raise DataNotReadable(f"{path.partition('://')[0]}://…: {error}") from None
    filesystem = open_store(remote, environment)
    whole = f"{remote.bucket}/{remote.key}"
    with explained(remote, environment):
        infos = in_time(lambda: _infos(filesystem, remote, whole, suffixes), remote)
        if not infos:
            raise _nothing(filesystem, remote)
        if len(infos) > MAX_FILES:
            raise DataNotReadable(f"{remote.shown} stands for more than {MAX_FILES:,} files")
        empty = next((info.path for info in infos if info.size == 0), None)
        if empty is not None:
            raise DataNotReadable(
                f"{remote.scheme}://{empty.partition('?')[0]} is empty (0 bytes)",
                cause="the step that writes it failed half way",
                remedy="write it again; nothing can be checked on it",
            )
        fingerprint = in_time(lambda: _fingerprint(filesystem, remote, infos), remote)
    return Objects(
        remote=remote,
        filesystem=filesystem,
        paths=tuple(info.path for info in infos),
        fingerprint=fingerprint,
        environment=environment,
    )


def _infos(
    filesystem: "FileSystem", remote: Remote, whole: str, suffixes: tuple[str, ...]
) -> list[Any]:
    from pyarrow.fs import FileSelector, FileType

    if remote.store != "https" and is_pattern(remote.key):
        folder = f"{remote.bucket}/{fixed_part(remote.key)}".rstrip("/")
        deep = whole.removeprefix(f"{folder}/").count("/") > 0
        selector = FileSelector(folder, recursive=deep, allow_not_found=True)
        files = {i.path: i for i in filesystem.get_file_info(selector) if i.type == FileType.File}
        bucket = f"{remote.bucket}/"
        names = (path.removeprefix(bucket) for path in files)
        return [files[f"{bucket}{name}"] for name in matching(names, remote.key)]
    whole = whole.rstrip("/")
    info = filesystem.get_file_info(whole)
    if info.type == FileType.File:
        return [info]
    if info.type == FileType.NotFound:
        return []
    selector = FileSelector(whole, recursive=True)
    files = {i.path: i for i in filesystem.get_file_info(selector) if i.type == FileType.File}
    return [files[path] for path in data_files(files, whole, suffixes)]


def _nothing(filesystem: "FileSystem", remote: Remote) -> DataNotReadable:
    from pyarrow.fs import FileType

    if remote.store == "https":
        return missing(remote)
    try:
        found = in_time(lambda: filesystem.get_file_info(remote.bucket), remote)
    except (OSError, DataNotReadable):  # the right to ask this is another
        return missing(remote)
    return missing(remote, bucket=found.type == FileType.NotFound)


def _fingerprint(filesystem: "FileSystem", remote: Remote, infos: list[Any]) -> str:
    """ETag or generation and size of one file; of several, a digest of names, sizes and times."""
    if len(infos) == 1:
        info = infos[0]
        if remote.store == "https":
            version = filesystem.handler.about(info.path).version
        else:
            with filesystem.open_input_file(info.path) as stream:
                version = version_of(stream)
        size = None if info.size is None else f"{info.size} bytes"
        return ", ".join(part for part in (version, size) if part) or "unknown"
    text = "\n".join(f"{info.path}\0{info.size}\0{info.mtime_ns}" for info in infos)
    return f"{len(infos)} files, {hashlib.sha256(text.encode()).hexdigest()[:32]}"
