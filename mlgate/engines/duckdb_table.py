"""A data set as a view in DuckDB whose columns hold what pandas would hold.

Great Expectations sees the frame that `mlgate.artifacts.formats` reads. So a column of integers
with a null is one of floats here, NaN is null, and a column that pandas keeps as Python objects
has no values here at all, only nulls and others. Columns are called `c0`, `c1`, … and the row
`r`: no name of the data is part of a query.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlgate.artifacts.formats import SUFFIXES, require_content
from mlgate.artifacts.interface import DataSet
from mlgate.engines.duckdb_sql import NotNative, Sql

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

MEMORY_LIMIT: Final = "2GB"
"""Memory of DuckDB's own, beyond which it writes to a temporary folder."""


class Kind(StrEnum):
    """What a column holds, as far as it matters for how values compare."""

    INTEGER = "integer"
    FLOAT = "float"
    TEXT = "text"
    BOOLEAN = "boolean"
    TIME = "time"
    """Times without a time zone, to the microsecond."""
    OTHER = "other"
    """Anything else: only its nulls are known."""


NUMBERS: Final = frozenset({Kind.INTEGER, Kind.FLOAT})

_BY_DTYPE: Final[dict[str, tuple[Kind, str]]] = {
    "int8": (Kind.INTEGER, "TINYINT"),
    "int16": (Kind.INTEGER, "SMALLINT"),
    "int32": (Kind.INTEGER, "INTEGER"),
    "int64": (Kind.INTEGER, "BIGINT"),
    "float64": (Kind.FLOAT, "DOUBLE"),
    "str": (Kind.TEXT, "VARCHAR"),
    "bool": (Kind.BOOLEAN, "BOOLEAN"),
    "datetime64[us]": (Kind.TIME, "TIMESTAMP"),
}
"""pandas' types that have the same values in DuckDB, with the kind and DuckDB's type."""

_ODD: Final = frozenset("\"'`[]")
"""Characters of a column name that Great Expectations takes for quotes."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the view."""

    name: str
    kind: Kind
    dtype: str | None
    """pandas' type, such as `int64`; None where it is not certain."""
    sql: Sql
    """How a query refers to it."""

    @property
    def present(self) -> Sql:
        """Whether it has a value."""
        return Sql(f"{self.sql.text} IS NOT NULL")


@dataclass(frozen=True)
class Table:
    """The view `t`, on a connection of its own."""

    connection: "duckdb.DuckDBPyConnection"
    names: tuple[Any, ...]
    """Column labels as pandas has them."""
    columns: tuple[Column, ...]
    """In the same order."""

    @cached_property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.row(Sql("SELECT count(*) FROM t"))[0])

    def row(self, query: Sql) -> tuple[Any, ...]:
        """The one row that a query yields."""
        found: tuple[Any, ...] = self.all(query)[0]
        return found

    def all(self, query: Sql) -> list[tuple[Any, ...]]:
        """All rows that a query yields."""
        return self.connection.execute(query.text, query.values).fetchall()

    @cached_property
    def folded(self) -> Mapping[str, int]:
        """How many columns have a name, in lower case."""
        return Counter(str(name).lower() for name in self.names)

    def column(self, name: object) -> Column:
        """The column that Great Expectations means by a name.

        Raises:
            NotNative: There is no such column, or it is not certain which one is meant: Great
                Expectations ignores case and reads quotes.
        """
        if not isinstance(name, str) or not name or _ODD & set(name):
            raise NotNative("its column has an unusual name")
        if self.folded.get(name.lower()) != 1 or name not in self.names:
            raise NotNative("its column is not in the data, or differs from another in case only")
        return self.columns[self.names.index(name)]


@contextmanager
def open_table(data: DataSet) -> Iterator[Table]:
    """A data set as a table: a Parquet file in place, anything else through pandas.

    Raises:
        DataNotReadable: The file is missing, empty, truncated, or of another format.
    """
    with tempfile.TemporaryDirectory(prefix="mlgate-duckdb-") as spill:
        dtypes = _parquet_dtypes(data)
        if dtypes is not None:
            with _connected(spill, data.path) as connection:
                table = _parquet_table(connection, data.path, dtypes)
                if table is not None:
                    yield table
                    return
        with _connected(spill) as connection:
            yield _frame_table(connection, data.frame)


@contextmanager
def _connected(spill: str, *allowed: Path) -> "Iterator[duckdb.DuckDBPyConnection]":
    """A connection that reaches no file but those allowed, and loads no extension."""
    import duckdb

    connection = duckdb.connect(":memory:")
    try:
        settings = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": spill,
            "allowed_paths": [str(path) for path in allowed],
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            "enable_progress_bar": False,
            "enable_external_access": False,
            "lock_configuration": True,
        }
        for name, setting in settings.items():
            connection.execute(f"SET {name} = $1", [setting])
        yield connection
    finally:
        connection.close()


def _parquet_dtypes(data: DataSet) -> dict[str, str | None] | None:
    """The types that pandas gives a Parquet file's columns; None where it is not read in place.

    The schema is Arrow's, which is what pandas builds its frame from.
    """
    import pyarrow as pa
    from pyarrow import parquet

    form = data.spec.format or SUFFIXES.get(data.path.suffix.lower())
    path = str(data.path)
    if form != "parquet" or any(mark in path for mark in "*?[]{}="):
        return None
    require_content(data.path)
    try:
        schema = parquet.read_schema(data.path)
    except (pa.ArrowException, OSError, ValueError):
        return None  # the reader of the format says what is wrong with the file
    kept = schema.pandas_metadata or {}
    labels = kept.get("column_indexes") or [{}]
    plain = len(labels) == 1 and labels[0].get("pandas_type") in {None, "unicode", "string"}
    index = [entry for entry in kept.get("index_columns", ()) if not isinstance(entry, dict)]
    names = list(schema.names)
    if index or not plain or len({name.lower() for name in names}) < len(names):
        return None
    given = {entry.get("name"): entry.get("numpy_type") for entry in kept.get("columns", ())}
    return {field.name: _dtype(field.type, given.get(field.name)) for field in schema}


def _dtype(arrow: "pa.DataType", given: str | None) -> str | None:
    """The type that pandas gives an Arrow type; None where it is Python objects, or is not certain.

    Args:
        arrow: The type in the file.
        given: The type that pandas had when it wrote the file, and restores.
    """
    import pyarrow as pa

    if pa.types.is_string(arrow) or pa.types.is_large_string(arrow):
        return "str" if given in {None, "object", "str"} else None
    if arrow == pa.timestamp("us"):
        return "datetime64[us]" if given in {None, "datetime64[us]"} else None
    name = {"double": "float64"}.get(str(arrow), str(arrow))
    if name not in _BY_DTYPE:
        return None
    # Nulls make pandas write another type than it would read back.
    return name if given in {None, name, "float64", "object"} else None


def _parquet_table(
    connection: "duckdb.DuckDBPyConnection", path: Path, dtypes: Mapping[str, str | None]
) -> Table | None:
    """A view over the file itself; None where DuckDB reads it otherwise than Arrow."""
    import duckdb

    names = ", ".join(f"c{i}" for i in range(len(dtypes)))
    quoted = str(path).replace("'", "''")
    source = f"read_parquet('{quoted}', file_row_number = true, hive_partitioning = false)"
    source += f" AS p({names}{', ' if names else ''}r)"
    nullable = [
        i for i, d in enumerate(dtypes.values()) if d == "bool" or (d or "").startswith("int")
    ]
    counts = "".join(f", count(c{i})" for i in nullable)
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608
        total, *present = connection.execute(
            f"SELECT count(*){counts} FROM {source}"  # noqa: S608  # names of our own
        ).fetchall()[0]
    except duckdb.Error:
        return None
    if len(described) != len(dtypes) + 1:
        return None
    nulls = {i: total - seen for i, seen in zip(nullable, present, strict=True)}
    types = [
        _with_nulls(dtype, nulls.get(i, 0))
        if dtype and _BY_DTYPE[dtype][1] == described[i][1]
        else None
        for i, dtype in enumerate(dtypes.values())
    ]
    return _view(connection, source, tuple(dtypes), types)


def _with_nulls(dtype: str, nulls: int) -> str:
    if not nulls:
        return dtype
    return "object" if dtype == "bool" else "float64"


def _view(
    connection: "duckdb.DuckDBPyConnection",
    source: str,
    names: Sequence[Any],
    dtypes: Sequence[str | None],
) -> Table:
    columns = tuple(
        Column(
            name=str(name),
            kind=_BY_DTYPE.get(dtype or "", (Kind.OTHER, ""))[0],
            dtype=dtype,
            sql=Sql(f"c{i}"),
        )
        for i, (name, dtype) in enumerate(zip(names, dtypes, strict=True))
    )
    shown = ", ".join([*(_expression(column) for column in columns), "r"])
    connection.execute(f"CREATE TEMP VIEW t AS SELECT {shown} FROM {source}")  # noqa: S608
    return Table(connection, tuple(names), columns)


def _expression(column: Column) -> str:
    name = column.sql.text
    if column.kind is Kind.FLOAT:
        return f"CASE WHEN isnan({name}::DOUBLE) THEN NULL ELSE {name}::DOUBLE END AS {name}"
    if column.kind is Kind.OTHER:
        return f"CASE WHEN {name} IS NULL THEN NULL ELSE 1 END AS {name}"
    return name


def _frame_table(connection: "duckdb.DuckDBPyConnection", frame: "pd.DataFrame") -> Table:
    """A table of a frame's values; of a column of objects, whether there is one."""
    import numpy as np
    import pyarrow as pa

    arrays, dtypes = [], []
    for position in range(frame.shape[1]):
        series = frame.iloc[:, position]
        dtype = str(series.dtype)
        arrays.append(_array(series, dtype))
        dtypes.append(dtype)
    arrays.append(pa.array(np.arange(len(frame))))
    labels = [*(f"c{i}" for i in range(frame.shape[1])), "r"]
    connection.register("given", pa.table(arrays, names=labels))
    return _view(connection, "given", tuple(frame.columns), dtypes)


def _array(series: "pd.Series[Any]", dtype: str) -> "pa.Array":
    import pyarrow as pa

    if dtype in _BY_DTYPE and dtype != "str":
        return pa.array(series, from_pandas=True)
    if dtype == "str":
        return pa.array(series, type=pa.large_string(), from_pandas=True)
    return pa.array(series.notna(), mask=series.isna())
