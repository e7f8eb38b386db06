"""Several Parquet files, or files in a store, in DuckDB: the columns that a suite needs, read once.

They go into a table of DuckDB's own, which it moves to its temporary folder where memory is short:
queries after the first read nothing from the store again.
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from mlgate.artifacts.parts import Parts
from mlgate.engines.duckdb_sql import Sql
from mlgate.engines.duckdb_table import Column, Kind, Table
from mlgate.engines.duckdb_types import BY_DTYPE, dtype_of, expression, with_nulls
from mlgate.engines.suite import Suite

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


def parts_labels(parts: Parts) -> tuple[str, ...] | None:
    """Column labels, where pandas has the same ones; None where it makes an index of some.

    Raises:
        DataNotReadable: A part is damaged, or they do not go together.
    """
    kept = parts.schema.pandas_metadata or {}
    index = [entry for entry in kept.get("index_columns", ()) if not isinstance(entry, dict)]
    labels = kept.get("column_indexes") or [{}]
    plain = len(labels) == 1 and labels[0].get("pandas_type") in {None, "unicode", "string"}
    names = tuple(parts.schema.names)
    if index or not plain or len({name.lower() for name in names}) < len(names):
        return None
    return names


def mentioned(suite: Suite | None, labels: Sequence[str]) -> Collection[str]:
    """The columns whose names stand anywhere in the arguments of a suite, conditions included.

    Some that are not needed may be among them, such as one that is called as a value.
    """
    if suite is None:
        return labels
    given = [dict(spec.kwargs) for spec in suite.expectations]
    text = json.dumps(given, ensure_ascii=False, default=str).replace("\\", "")
    words = text.lower()
    found = set()
    for label in labels:
        name = label.lower()
        if name in words and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words):
            found.add(label)
    return found


def parts_table(
    connection: "duckdb.DuckDBPyConnection", parts: Parts, wanted: Collection[str]
) -> Table:
    """The view `t` of the columns that are wanted; the others are known by name alone.

    A query that needs one of those fails, and so another engine decides: it is never wrong.

    Raises:
        DataNotReadable: The store does not answer any more, or a part is damaged.
    """
    import pyarrow as pa

    schema = parts.schema
    kept = schema.pandas_metadata or {}
    given = {entry.get("name"): entry.get("numpy_type") for entry in kept.get("columns", ())}
    read = {
        i: dtype_of(field.type, given.get(field.name))
        for i, field in enumerate(schema)
        if field.name in wanted
    }
    flat = pa.schema(
        [(f"c{i}", schema.field(i).type if dtype else pa.bool_()) for i, dtype in read.items()]
        + [("r", pa.int64())]
    )
    batches = _numbered(parts, [schema.field(i).name for i in read], flat)
    connection.register("incoming", pa.RecordBatchReader.from_batches(flat, batches))
    connection.execute("CREATE TEMP TABLE given AS SELECT * FROM incoming")
    connection.unregister("incoming")
    dtypes = {i: _seen(connection, i, dtype) for i, dtype in read.items()}
    columns = tuple(
        Column(
            name=name,
            kind=BY_DTYPE.get(dtypes.get(i) or "", (Kind.OTHER, ""))[0],
            dtype=dtypes.get(i),
            sql=Sql(f"c{i}"),
        )
        for i, name in enumerate(schema.names)
    )
    shown = ", ".join([*(expression(columns[i]) for i in read), "r"])
    connection.execute(f"CREATE TEMP VIEW t AS SELECT {shown} FROM given")  # noqa: S608
    return Table(connection, tuple(schema.names), columns)


def _numbered(parts: Parts, names: Sequence[str], flat: "pa.Schema") -> "Iterator[pa.RecordBatch]":
    """Batches with the number of each row; of what DuckDB does not hold alike, what is there."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute

    start = 0
    for batch in parts.batches(names):
        arrays = []
        for array, field in zip(batch.columns, flat, strict=False):
            if array.type != field.type:
                present = compute.invert(compute.is_null(array, nan_is_null=True))
                array = compute.replace_with_mask(
                    present, compute.invert(present), pa.scalar(None, pa.bool_())
                )
            arrays.append(array)
        arrays.append(pa.array(np.arange(start, start + len(batch), dtype=np.int64)))
        start += len(batch)
        yield pa.RecordBatch.from_arrays(arrays, schema=flat)


def _seen(connection: "duckdb.DuckDBPyConnection", i: int, dtype: str | None) -> str | None:
    """The type that pandas gives a column, now that its nulls can be counted."""
    if dtype is None:
        return None
    query = f"SELECT any_value(typeof(c{i})), count(*) - count(c{i}) FROM given"  # noqa: S608
    kind, nulls = connection.execute(query).fetchall()[0]
    if kind is not None and kind not in {BY_DTYPE[dtype][1], '"NULL"'}:
        return None
    nullable = dtype == "bool" or dtype.startswith("int")
    return with_nulls(dtype, int(nulls)) if nullable else dtype
