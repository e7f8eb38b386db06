"""Opening a data set in DuckDB: a Parquet file in place, anything else through pandas."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlgate.artifacts.formats import SUFFIXES, require_content
from mlgate.artifacts.interface import DataSet
from mlgate.config.model import DataSpec
from mlgate.engines.duckdb_json import parse_jsonl
from mlgate.engines.duckdb_parts import mentioned, parts_labels, parts_table
from mlgate.engines.duckdb_sql import Sql
from mlgate.engines.duckdb_table import Column, Kind, Table
from mlgate.engines.duckdb_text import parse_csv
from mlgate.engines.duckdb_types import (
    BY_DTYPE,
    array_of,
    changes_with_nulls,
    dtype_of,
    expression,
    series_dtype,
    with_nulls,
)
from mlgate.engines.parquet_schema import plain_dtype, plain_schema
from mlgate.engines.suite import Suite
from mlgate.errors import UsageError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

MEMORY_LIMIT: Final = "2GB"
"""Memory of DuckDB's own, beyond which it writes to a temporary folder."""
LIMIT_VARIABLE: Final = "MLGATE_MEMORY_LIMIT"
"""Variable with another limit: the machine has it, not the repository."""
_SIZE: Final = re.compile(r"[1-9][0-9]{0,8} ?[KMGT]i?B")


def memory_limit() -> str:
    """How much memory DuckDB may use for itself.

    Raises:
        UsageError: The variable is not a size.
    """
    given = os.environ.get(LIMIT_VARIABLE, "").strip()
    if not given:
        return MEMORY_LIMIT
    if not _SIZE.fullmatch(given):
        raise UsageError(
            f"{LIMIT_VARIABLE} is {given[:50]!r}, which is not a size",
            remedy="write a whole number and a unit, such as 512MB or 2GB",
        )
    return given


@contextmanager
def open_table(data: DataSet, suite: Suite | None = None) -> Iterator[Table]:
    """A data set as a table: a Parquet file in place, anything else through pandas.

    Args:
        data: The data set.
        suite: What the table is opened for. Of several files, or files in a store, only the columns
            that it mentions are read; without it, all are.

    Raises:
        DataNotReadable: The file is missing, empty, truncated, or of another format.
    """
    with tempfile.TemporaryDirectory(prefix="mlgate-duckdb-") as spill:
        if data.parts is not None and (labels := parts_labels(data.parts)) is not None:
            with _connected(spill) as connection:
                yield parts_table(connection, data.parts, mentioned(suite, labels))
                return
        if data.path is not None and _in_place(data.path, data.spec):
            require_content(data.path)
            with _connected(spill, data.path) as connection:
                dtypes = _parquet_dtypes(connection, data.path)
                table = dtypes and _parquet_table(connection, data.path, dtypes)
                if table:
                    yield table
                    return
        with _connected(spill) as connection:
            table = _text_table(connection, data)
            if table:
                yield table
                return
        with _connected(spill) as connection:  # a new one: the other may hold half of the text
            yield _frame_table(connection, data.frame)


@contextmanager
def open_frame(frame: "pd.DataFrame") -> Iterator[Table]:
    """A frame in memory as a table: queries reach it and nothing else."""
    with tempfile.TemporaryDirectory(prefix="mlgate-duckdb-") as spill, _connected(spill) as own:
        yield _frame_table(own, frame)


@contextmanager
def _connected(spill: str, *allowed: Path) -> "Iterator[duckdb.DuckDBPyConnection]":
    """A connection that reaches no file but those allowed, and loads no extension."""
    import duckdb

    connection = duckdb.connect(":memory:")
    try:
        settings = {
            "memory_limit": memory_limit(),
            "temp_directory": spill,
            "allowed_paths": [str(path) for path in allowed],
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            "enable_external_file_cache": False,  # the system has one, outside of the limit
            "enable_progress_bar": False,
            "enable_external_access": False,
            "lock_configuration": True,
        }
        for name, setting in settings.items():
            connection.execute(f"SET {name} = $1", [setting])
        yield connection
    finally:
        connection.close()


def _format(path: Path, spec: DataSpec) -> str | None:
    return spec.format or SUFFIXES.get(path.suffix.lower())


def _text_table(connection: "duckdb.DuckDBPyConnection", data: DataSet) -> Table | None:
    """A table of a file of text; None where pandas might read it otherwise, or has read it."""
    if data.path is None or "frame" in vars(data):
        return None
    parse = {"csv": parse_csv, "jsonl": parse_jsonl}.get(_format(data.path, data.spec) or "")
    if parse is None:
        return None
    require_content(data.path)
    parsed = parse(connection, data.path)
    return _view(connection, "given", parsed.names, parsed.dtypes) if parsed else None


def _in_place(path: Path, spec: DataSpec) -> bool:
    """Whether a file is Parquet, at a path that means nothing but itself to DuckDB."""
    return _format(path, spec) == "parquet" and not any(mark in str(path) for mark in "*?[]{}=")


def _parquet_dtypes(
    connection: "duckdb.DuckDBPyConnection", path: Path
) -> dict[str, str | None] | None:
    """The types that pandas gives a Parquet file's columns; None where it is not read in place.

    The schema is Arrow's, which is what pandas builds its frame from.
    """
    plain = plain_schema(connection, path)
    if plain is not None:
        return _dtypes(plain.pandas, list(plain.types.items()), plain_dtype)
    import pyarrow as pa
    from pyarrow import parquet

    try:
        schema = parquet.read_schema(path)
    except (pa.ArrowException, OSError, ValueError):
        return None  # the reader of the format says what is wrong with the file
    types = [(field.name, field.type) for field in schema]
    return _dtypes(schema.pandas_metadata or {}, types, dtype_of)


def _dtypes(
    kept: Mapping[str, Any],
    types: Sequence[tuple[str, Any]],
    dtype: Callable[[Any, str | None], str | None],
) -> dict[str, str | None] | None:
    """The types that pandas gives columns; None where it would make labels or an index of them.

    Args:
        kept: What pandas wrote about its types.
        types: Names and types of the columns.
        dtype: From a column's type, and the one that pandas had, to the one that it gives.
    """
    labels = kept.get("column_indexes") or [{}]
    simple = len(labels) == 1 and labels[0].get("pandas_type") in {None, "unicode", "string"}
    index = [entry for entry in kept.get("index_columns", ()) if not isinstance(entry, dict)]
    if index or not simple or len({name.lower() for name, _ in types}) < len(types):
        return None
    given = {entry.get("name"): entry.get("numpy_type") for entry in kept.get("columns", ())}
    return {name: dtype(kind, given.get(name)) for name, kind in types}


def _parquet_table(
    connection: "duckdb.DuckDBPyConnection", path: Path, dtypes: Mapping[str, str | None]
) -> Table | None:
    """A view over the file itself; None where DuckDB reads it otherwise than Arrow."""
    import duckdb

    names = ", ".join(f"c{i}" for i in range(len(dtypes)))
    quoted = str(path).replace("'", "''")
    source = f"read_parquet('{quoted}', file_row_number = true, hive_partitioning = false)"
    source += f" AS p({names}{', ' if names else ''}r)"
    nullable = [i for i, dtype in enumerate(dtypes.values()) if changes_with_nulls(dtype)]
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
        with_nulls(dtype, nulls.get(i, 0))
        if dtype and BY_DTYPE[dtype][1] == described[i][1]
        else None
        for i, dtype in enumerate(dtypes.values())
    ]
    return _view(connection, source, tuple(dtypes), types)


def _view(
    connection: "duckdb.DuckDBPyConnection",
    source: str,
    names: Sequence[Any],
    dtypes: Sequence[str | None],
) -> Table:
    columns = tuple(
        Column(
            name=str(name),
            kind=BY_DTYPE.get(dtype or "", (Kind.OTHER, ""))[0],
            dtype=dtype,
            sql=Sql(f"c{i}"),
        )
        for i, (name, dtype) in enumerate(zip(names, dtypes, strict=True))
    )
    shown = ", ".join([*(expression(column) for column in columns), "r"])
    connection.execute(f"CREATE TEMP VIEW t AS SELECT {shown} FROM {source}")  # noqa: S608
    return Table(connection, tuple(names), columns)


def _frame_table(connection: "duckdb.DuckDBPyConnection", frame: "pd.DataFrame") -> Table:
    """A table of a frame's values; of a column of objects, whether there is one."""
    import numpy as np
    import pyarrow as pa

    arrays, dtypes = [], []
    for position in range(frame.shape[1]):
        series = frame.iloc[:, position]
        dtype = series_dtype(series)
        arrays.append(array_of(series, dtype))
        dtypes.append(dtype)
    arrays.append(pa.array(np.arange(len(frame))))
    labels = [*(f"c{i}" for i in range(frame.shape[1])), "r"]
    connection.register("given", pa.table(arrays, names=labels))
    return _view(connection, "given", tuple(frame.columns), dtypes)
