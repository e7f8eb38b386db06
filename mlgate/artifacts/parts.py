"""Parquet files that are one table, wherever they are: only what is needed of them is read."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mlgate.errors import DataNotReadable
from mlgate.privacy import foreign

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyarrow import dataset
    from pyarrow.fs import FileSystem

Explained = Callable[[], AbstractContextManager[None]]
"""Surrounds each access: turns what a file system raises into an error with a remedy."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """One or more Parquet files with the rows of a table.

    Columns are united by name: a column that a part lacks is null there. Folders of the form
    `key=value` become columns.
    """

    shown: str
    """What to call them in a message."""
    filesystem: "FileSystem"
    paths: Sequence[str]
    """Where they are, in the order of the rows."""
    explained: Explained
    partitioned: bool = True
    """Whether folders of the form `key=value` are columns."""

    @cached_property
    def dataset(self) -> "dataset.FileSystemDataset":
        """The table, opened: the end of each file has been read, and nothing else.

        Raises:
            DataNotReadable: A part is damaged, or two give a column types that do not go together.
        """
        from pyarrow import dataset

        with self.explained():
            options = dataset.FileSystemFactoryOptions(exclude_invalid_files=False)
            if self.partitioned:
                hive = dataset.HivePartitioning.discover(infer_dictionary=True)
                options.partitioning_factory = hive
            factory = dataset.FileSystemDatasetFactory(
                self.filesystem, list(self.paths), dataset.ParquetFileFormat(), options
            )
            try:
                found = factory.inspect(promote_options="permissive")
                given = factory.finish(found)
                files = list(given.get_fragments())
                folders = {
                    key
                    for file in files
                    for key in dataset.get_partition_keys(file.partition_expression)
                }
                own = [file.physical_schema for file in files]
                schema = _united(own, [found.field(name) for name in sorted(folders)])
            except (TypeError, KeyError) as error:  # Arrow's TypeError is both
                raise DataNotReadable(
                    f"the files of {self.shown} do not go together: {foreign(str(error)[:200])}",
                    cause="one file has another type in a column of the same name, or a folder "
                    "`key=value` is called as a column",
                    remedy="write all of them with one schema",
                ) from error
        with self.explained():
            return dataset.FileSystemDataset(files, schema, given.format, self.filesystem)

    @cached_property
    def rows(self) -> int:
        """Number of rows, from the ends of the files."""
        with self.explained():
            return sum(part.metadata.num_rows for part in self.dataset.get_fragments())

    @property
    def schema(self) -> "pa.Schema":
        """Columns of all parts, then those of the folders."""
        return self.dataset.schema

    def batches(self, columns: Sequence[str]) -> "Iterator[pa.RecordBatch]":
        """Some columns, in the order of the rows.

        Raises:
            DataNotReadable: The store does not answer any more, or a part is damaged.
        """
        with self.explained():
            yield from self.dataset.scanner(columns=list(columns)).to_batches()

    @cached_property
    def frame(self) -> "pd.DataFrame":
        """All rows and columns, read once.

        Raises:
            DataNotReadable: The store does not answer any more, or a part is damaged.
        """
        with self.explained():
            frame: pd.DataFrame = self.dataset.to_table().to_pandas()
        return frame


def _united(own: "Sequence[pa.Schema]", folders: "Sequence[pa.Field]") -> "pa.Schema":
    """The union of the files' columns, with what pandas noted where all files say the same.

    An integer column with nulls is written as one of floats, and one that is all null has no type:
    both go together with the others.
    """
    import pyarrow as pa

    notes = {(schema.metadata or {}).get(b"pandas") for schema in own}
    plain = [schema.remove_metadata() for schema in own]
    united = pa.unify_schemas(plain, promote_options="permissive")
    twice = {field.name for field in folders} & set(united.names)
    if twice:
        raise pa.ArrowTypeError(f"a folder and a column are called {min(twice)}")
    for field in folders:
        united = united.append(field)
    note: Any = notes.pop() if len(notes) == 1 else None
    return united.with_metadata({b"pandas": note}) if note else united
