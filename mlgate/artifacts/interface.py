"""What a run reads: work trees and the data sets in them."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate.config.model import DataSpec
from mlgate.results import Side

if TYPE_CHECKING:  # pandas takes 0.3 s to import, and a plan needs none of it
    import pandas as pd

    from mlgate.artifacts.parts import Parts
    from mlgate.artifacts.remote import Objects
    from mlgate.artifacts.sql import SqlTable


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The files of one side, as a folder."""

    side: Side
    root: Path
    """Root of the repository's files: the work tree, or a copy of the base commit."""
    commit: str | None
    """Commit that the files belong to; None outside of git."""


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A data set of one side."""

    name: str
    spec: DataSpec
    side: Side
    path: Path | None
    """The file itself; None where the data are several files, a store's, or a database's."""
    read: Callable[[Path], "pd.DataFrame"]
    """Reader of the file's format."""
    place: Path | None = None
    """Where `path` of mlgate.yml leads, a folder or a pattern included, for an engine that reads
    files itself; None where that is not this machine."""
    parts: "Parts | None" = None
    """Parquet files that are read where they are: several, or those of a store."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """Several files of this machine, by their names, in the order of the rows."""
    remote: "Objects | None" = None
    """What the files are copies of, or where they are, if that is a store."""
    sql: "SqlTable | None" = None
    """The table in a database that stands in place of a file."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """The run's variables, for engines that reach beyond this machine."""

    @cached_property
    def frame(self) -> "pd.DataFrame":
        """All rows and columns, read once.

        Raises:
            DataNotReadable: A file is empty, truncated, or of another format; or the database does
                not give its rows.
        """
        if self.parts is not None:
            return self.parts.frame
        if self.path is not None or self.sql is not None:
            return self.read(self.path or Path("-"))
        import pandas as pd

        return pd.concat([self.read(file) for file in self.files.values()], ignore_index=True)

    @cached_property
    def sha256(self) -> str | None:
        """Digest of the file; of several, a digest of their names and digests.

        Of a table in a database, a digest of the rows that were read. None for what stays in a
        store: nobody has read all of it.
        """
        if self.sql is not None:
            return self.sql.digest(self.frame)
        if self.path is not None:
            return sha256(self.path)
        if not self.files:
            return None
        return _of_several(self.files)

    @property
    def recorded_sha256(self) -> str | None:
        """The digest for the ledger: None for a database, whose rows may change at any time."""
        return None if self.sql is not None else self.sha256

    @property
    def fingerprint(self) -> str | None:
        """What a store says of the version and size of the data; None for local files."""
        return None if self.remote is None else self.remote.fingerprint

    @cached_property
    def identity(self) -> str:
        """Equal for two data sets that are the same bytes; where it differs, they may be, too."""
        if self.sha256 is not None:
            return self.sha256
        return f"{self.name}\0{self.side}" if self.remote is None else self.remote.identity

    @property
    def rows(self) -> int | None:
        """Number of rows, where that is known without reading the data; else None."""
        if "frame" in vars(self):
            return len(self.frame)
        if self.parts is not None:
            return self.parts.rows if "dataset" in vars(self.parts) else None
        return vars(self).get("_counted")

    def note_rows(self, rows: int) -> None:
        """Tell how many rows an engine has counted, for the ledger."""
        vars(self)["_counted"] = rows


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 digest of a file; of a folder, a digest of names and digests."""
    if path.is_dir():
        return _of_several(dict(_files_in(path)))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    files = [file for _, file in _files_in(path)] if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)


def _files_in(folder: Path) -> list[tuple[str, Path]]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return sorted((file.relative_to(folder).as_posix(), file) for file in files)


def _of_several(files: Mapping[str, Path]) -> str:
    lines = "".join(f"{sha256(file)}  {name}\n" for name, file in files.items())
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()
