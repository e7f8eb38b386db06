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
    path: Path
    """The file itself; `-` for a table in a database."""
    read: Callable[[Path], "pd.DataFrame"]
    """Reader of the file's format."""
    sql: "SqlTable | None" = None
    """The table in a database that stands in place of a file."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """The run's variables, for engines that reach beyond this machine."""

    @cached_property
    def frame(self) -> "pd.DataFrame":
        """All rows and columns, read once.

        Raises:
            DataNotReadable: The file is empty, truncated, or of another format; or the database
                does not give its rows.
        """
        return self.read(self.path)

    @cached_property
    def sha256(self) -> str:
        """Digest of the file; of the rows that were read, where they are a database's."""
        if self.sql is not None:
            return self.sql.digest(self.frame)
        return sha256(self.path)


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
