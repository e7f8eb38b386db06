"""A table read one column at a time, so that two large ones need not fit into memory."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mlgate.artifacts.formats import SUFFIXES
from mlgate.artifacts.interface import DataSet
from mlgate.errors import DataNotReadable

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Table:
    """Columns of a data set.

    A Parquet file is read column by column, unless another check holds the whole of it already. All
    else is read at once; so is a Parquet file that does not open, whose reader says why.
    """

    data: DataSet

    @property
    def called(self) -> str:
        """The data set in words."""
        return f"base's {self.data.name}" if self.data.side == "base" else self.data.name

    @cached_property
    def rows(self) -> int:
        """Number of rows, at least one.

        Raises:
            DataNotReadable: The file cannot be read, or has no rows.
        """
        rows = len(self.data.frame) if self._file is None else int(self._file.metadata.num_rows)
        if not rows:
            raise DataNotReadable(
                f"{self.data.name} ({self.data.side}) has no rows, so that nothing can be compared",
                cause="a filter or an earlier step left nothing over",
                remedy="write the file again",
            )
        return rows

    @cached_property
    def columns(self) -> dict[str, Any]:
        """Names of the columns, as text, in the table's order, with the names that reading takes.

        Raises:
            DataNotReadable: The file cannot be read.
        """
        names = self.data.frame.columns if self._file is None else self._file.schema_arrow.names
        return {str(name): name for name in names}

    def column(self, name: str) -> "pd.Series[Any]":
        """All values of a column."""
        if self._file is None:
            column: pd.Series[Any] = self.data.frame[self.columns[name]]
            return column
        table = self._file.read(columns=[name], use_pandas_metadata=False)
        values: pd.Series[Any] = table.column(name).to_pandas()
        return values

    @cached_property
    def _file(self) -> Any:
        """The Parquet file, where its columns can be read one by one; else None."""
        if self.data.path is None:
            return None
        format_ = self.data.spec.format or SUFFIXES.get(self.data.path.suffix.lower())
        if format_ != "parquet" or "frame" in vars(self.data):
            return None
        import pyarrow.parquet as pq
        from pyarrow.types import is_nested

        try:
            file = pq.ParquetFile(self.data.path)
        except (ValueError, OSError):
            return None
        schema = file.schema_arrow
        # pandas keeps an index among the columns, and takes it out again by its own metadata.
        has_index = any(isinstance(i, str) for i in (schema.pandas_metadata or {}).get(
            "index_columns", ()
        ))  # fmt: skip
        plain = len(set(schema.names)) == len(schema.names) and not any(
            map(is_nested, schema.types)
        )
        return file if plain and not has_index else None
