"""The footer's plain types are Arrow's."""

from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from mlgate.engines.duckdb_types import dtype_of
from mlgate.engines.parquet_schema import plain_dtype, plain_schema

PLAIN = {
    "i8": pa.int8(),
    "i16": pa.int16(),
    "i32": pa.int32(),
    "i64": pa.int64(),
    "double": pa.float64(),
    "text": pa.string(),
    "large": pa.large_string(),
    "flag": pa.bool_(),
    "naïve ☃": pa.int64(),
}
OTHERS = [
    pa.uint8(),
    pa.uint64(),
    pa.float32(),
    pa.date32(),
    pa.timestamp("us"),
    pa.timestamp("ns", "UTC"),
    pa.duration("s"),
    pa.binary(),
    pa.decimal128(9, 2),
    pa.dictionary(pa.int8(), pa.string()),
    pa.list_(pa.int64()),
    pa.struct([("x", pa.int64())]),
]


@pytest.mark.parametrize("store", [True, False])
@pytest.mark.parametrize("given", [None, "object", "float64", "str", "category"])
def test_plain_types_are_those_that_arrow_reads(store: bool, given: str | None, tmp_path: Path):
    table = pa.table({name: pa.array([None], kind) for name, kind in PLAIN.items()})
    path = tmp_path / "plain.parquet"
    parquet.write_table(table, path, store_schema=store)
    with duckdb.connect() as connection:
        found = plain_schema(connection, path)
    assert found is not None
    theirs = parquet.read_schema(path)
    assert list(found.types) == theirs.names
    for name, kind in found.types.items():
        assert plain_dtype(kind, given) == dtype_of(theirs.field(name).type, given)


@pytest.mark.parametrize("store", [True, False])
@pytest.mark.parametrize("kind", OTHERS, ids=str)
def test_other_types_are_left_to_arrow(kind: pa.DataType, store: bool, tmp_path: Path):
    table = pa.table({"a": pa.array([1]), "b": pa.array([None], kind)})
    path = tmp_path / "other.parquet"
    parquet.write_table(table, path, store_schema=store)
    with duckdb.connect() as connection:
        found = plain_schema(connection, path)
    # Without its schema a duration is the number that is stored, to Arrow, too; a category is text.
    read = str(parquet.read_schema(path).field("b").type)
    assert (found is None) == (read not in {"int64", "string"})


def test_what_pandas_wrote_about_its_types_is_found(tmp_path: Path):
    path = tmp_path / "frame.parquet"
    pd.DataFrame({"a": [1, None]}, dtype="Int64").to_parquet(path)
    with duckdb.connect() as connection:
        found = plain_schema(connection, path)
    assert found is not None
    assert found.pandas == parquet.read_schema(path).pandas_metadata


def test_a_damaged_schema_is_left_to_arrow(tmp_path: Path):
    path = tmp_path / "damaged.parquet"
    with duckdb.connect() as connection:
        options = "FORMAT parquet, KV_METADATA {'ARROW:schema': 'AAAA'}"
        connection.execute(f"COPY (SELECT 1 AS a) TO '{path}' ({options})")
        assert plain_schema(connection, path) is None


def test_a_file_that_is_none_has_no_schema(tmp_path: Path):
    path = tmp_path / "none.parquet"
    path.write_bytes(b"PAR1PAR1")
    with duckdb.connect() as connection:
        assert plain_schema(connection, path) is None
