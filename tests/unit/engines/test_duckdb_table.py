import decimal
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from mlgate.artifacts import formats
from mlgate.artifacts.interface import DataSet
from mlgate.config.model import DataSpec
from mlgate.engines.duckdb_open import open_table
from mlgate.engines.duckdb_sql import NotNative, Sql
from mlgate.engines.duckdb_table import Kind, Table
from mlgate.errors import DataNotReadable

TIME = datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001  # naive on purpose


def data_at(path: Path) -> DataSet:
    return DataSet(
        name="data", spec=DataSpec(path=path.name), side="head", path=path, read=formats.read
    )


def in_place(table: Table) -> bool:
    """Whether a table is a view over the file."""
    views = table.all(Sql("SELECT sql FROM duckdb_views() WHERE view_name = 't'"))
    return "read_parquet" in views[0][0]


ARROW = {
    "i8": pa.array([1, 2], pa.int8()),
    "i16 null": pa.array([1, None], pa.int16()),
    "i32": pa.array([1, 2], pa.int32()),
    "i64": pa.array([1, 2], pa.int64()),
    "i64 null": pa.array([2**53 + 1, None], pa.int64()),
    "u8": pa.array([1, 2], pa.uint8()),
    "u8 null": pa.array([1, None], pa.uint8()),
    "u32": pa.array([2**32 - 1, 2], pa.uint32()),
    "u64": pa.array([2**64 - 1, 2], pa.uint64()),
    "f32": pa.array([0.5, float("nan")], pa.float32()),
    "f64": pa.array([0.5, float("nan")], pa.float64()),
    "f64 null": pa.array([0.5, None], pa.float64()),
    "text": pa.array(["a", None]),
    "large text": pa.array(["a", None], pa.large_string()),
    "coded": pa.array(["a", "b"]).dictionary_encode(),
    "bool": pa.array([True, False]),
    "bool null": pa.array([True, None]),
    "nothing": pa.nulls(2),
    "us": pa.array([TIME, None], pa.timestamp("us")),
    "ns": pa.array([TIME, None], pa.timestamp("ns")),
    "ms": pa.array([TIME, None], pa.timestamp("ms")),
    "s": pa.array([TIME, None], pa.timestamp("s")),
    "zoned": pa.array([TIME.replace(tzinfo=UTC), None], pa.timestamp("us", tz="UTC")),
    "date": pa.array([date(2024, 1, 2), None]),
    "decimal": pa.array([decimal.Decimal("1.5"), None]),
    "bytes": pa.array([b"a", None]),
    "list": pa.array([[1], None]),
    "struct": pa.array([{"x": 1}, None]),
}
PANDAS = {
    "Int64": pd.array([1, None], dtype="Int64"),
    "boolean": pd.array([True, None], dtype="boolean"),
    "string": pd.array(["a", None], dtype="string"),
    "category": pd.Categorical(["a", "b"]),
    "object": pd.Series(["a", None], dtype=object),
    "dates": pd.Series([date(2024, 1, 2), None], dtype=object),
    "ns": pd.Series([TIME, None], dtype="datetime64[ns]"),
    "float32": pd.Series([0.5, None], dtype="float32"),
    "objects": pd.Series([1, None], dtype=object),
    "flags": pd.Series([True, None], dtype=object),
    "float": [0.5, None],
    "int": [1, 2],
}


class TestTypes:
    @pytest.mark.parametrize("name", ARROW)
    def test_a_column_of_a_file_has_the_type_that_pandas_gives_it(self, tmp_path, name):
        parquet.write_table(pa.table({name: ARROW[name]}), tmp_path / "data.parquet")
        self.check(tmp_path / "data.parquet")

    @pytest.mark.parametrize("name", PANDAS)
    def test_pandas_own_types_are_restored(self, tmp_path, name):
        pd.DataFrame({name: PANDAS[name]}).to_parquet(tmp_path / "data.parquet")
        self.check(tmp_path / "data.parquet")

    @staticmethod
    def check(path: Path) -> None:
        frame = formats.read(path)
        with open_table(data_at(path)) as table:
            (column,) = table.columns
            values = [row[0] for row in table.all(Sql("SELECT c0 FROM t ORDER BY r"))]
            assert in_place(table)
        series = frame.iloc[:, 0]
        dtype = "object" if column.dtype == "date" else column.dtype
        assert dtype in {None, str(series.dtype)}
        assert (column.kind is Kind.OTHER) == (column.dtype in {None, "object"})
        assert [value is None for value in values] == series.isna().tolist()
        if column.kind is not Kind.OTHER:
            assert values == [None if pd.isna(item) else item for item in series.tolist()]

    def test_common_types_are_not_left_to_pandas(self, tmp_path):
        names = [
            "i8", "i16 null", "i32", "i64", "i64 null", "f64", "text", "bool", "us", "ns", "ms",
            "s", "u8", "u32", "f32", "date",
        ]  # fmt: skip
        parquet.write_table(pa.table({n: ARROW[n] for n in names}), tmp_path / "data.parquet")
        with open_table(data_at(tmp_path / "data.parquet")) as table:
            assert Kind.OTHER not in {column.kind for column in table.columns}

    def test_pandas_own_types_are_not_left_to_pandas(self, tmp_path):
        names = ["Int64", "boolean", "string", "dates", "ns", "float32"]
        pd.DataFrame({n: PANDAS[n] for n in names}).to_parquet(tmp_path / "data.parquet")
        with open_table(data_at(tmp_path / "data.parquet")) as table:
            assert Kind.OTHER not in {column.kind for column in table.columns}

    def test_a_time_finer_than_a_microsecond_is_no_answer(self, tmp_path):
        frame = pd.DataFrame({"t": pd.to_datetime([1, 2000]), "a": [1, 2]})
        frame.to_parquet(tmp_path / "data.parquet")
        with open_table(data_at(tmp_path / "data.parquet")) as table:
            assert table.all(Sql("SELECT c1 FROM t ORDER BY r")) == [(1,), (2,)]
            with pytest.raises(duckdb.Error, match="microsecond"):
                table.all(Sql("SELECT max(c0) FROM t"))


class TestFiles:
    def test_an_index_is_no_column(self, tmp_path):
        frame = pd.DataFrame({"a": [1, 2], "key": ["x", "y"]}).set_index("key")
        frame.to_parquet(tmp_path / "data.parquet")
        with open_table(data_at(tmp_path / "data.parquet")) as table:
            assert table.names == ("a",)
            assert not in_place(table)

    @pytest.mark.parametrize("name", ["da*ta.parquet", "[d].parquet", "x=1.parquet"])
    def test_a_path_is_no_pattern(self, tmp_path, name):
        (tmp_path / "data.parquet").write_bytes(b"another file that a pattern would find")
        pd.DataFrame({"a": [1, 2]}).to_parquet(tmp_path / name)
        with open_table(data_at(tmp_path / name)) as table:
            assert table.rows == 2

    def test_a_quote_in_a_path_ends_nothing(self, tmp_path):
        path = tmp_path / "it's; DROP.parquet"
        pd.DataFrame({"a": [1, 2]}).to_parquet(path)
        with open_table(data_at(path)) as table:
            assert in_place(table)
            assert table.rows == 2

    @pytest.mark.parametrize(
        "name", ['a"; DROP VIEW t; --', "r", "t", "c1", "file_row_number", "ü {}?", "select"]
    )
    def test_a_name_of_a_column_is_never_read_as_sql(self, tmp_path, name):
        frame = pd.DataFrame({name: [1, 2], "other": ["x", "y"]})
        frame.to_parquet(tmp_path / "data.parquet")
        with open_table(data_at(tmp_path / "data.parquet")) as table:
            assert table.names == (name, "other")
            assert table.all(Sql("SELECT c0, c1 FROM t ORDER BY r")) == [(1, "x"), (2, "y")]

    def test_csv_has_the_types_of_pandas(self, tmp_path):
        (tmp_path / "data.csv").write_text("a,b,c\n1,x,2024-01-01\n,,\n")
        with open_table(data_at(tmp_path / "data.csv")) as table:
            assert [column.dtype for column in table.columns] == ["float64", "str", "str"]
            assert table.all(Sql("SELECT c0, c1 FROM t ORDER BY r")) == [(1.0, "x"), (None, None)]

    def test_a_damaged_file_is_an_error_that_explains(self, tmp_path):
        (tmp_path / "data.parquet").write_bytes(b"PAR1 and no more")
        with (
            pytest.raises(DataNotReadable, match=r"data\.parquet"),
            open_table(data_at(tmp_path / "data.parquet")),
        ):
            pass


class TestIsolation:
    def test_no_other_file_can_be_read_or_written_and_no_extension_loaded(self, tmp_path):
        pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "data.parquet")
        (tmp_path / "secret.csv").write_text("x\n1\n")
        with open_table(data_at(tmp_path / "data.parquet")) as table:
            for query in (
                f"SELECT * FROM read_csv('{tmp_path}/secret.csv')",
                f"COPY (SELECT 1) TO '{tmp_path}/stolen.csv'",
                "INSTALL httpfs",
                "SET enable_external_access = true",
            ):
                with pytest.raises(duckdb.Error):
                    table.all(Sql(query))
        assert not (tmp_path / "stolen.csv").exists()


class TestColumns:
    @pytest.mark.parametrize("name", ["b", "A", '"a"', "", None, 1])
    def test_a_name_that_may_mean_another_column_is_left_alone(self, tmp_path, name):
        (tmp_path / "data.csv").write_text("a\n1\n")
        with open_table(data_at(tmp_path / "data.csv")) as table:
            assert table.column("a").kind is Kind.INTEGER
            with pytest.raises(NotNative):
                table.column(name)

    def test_of_twins_neither_is_certain(self, tmp_path):
        pd.DataFrame({"a": [1], "A": [2], "b": [3]}).to_parquet(tmp_path / "data.parquet")
        with open_table(data_at(tmp_path / "data.parquet")) as table:
            assert table.column("b").dtype == "int64"
            with pytest.raises(NotNative):
                table.column("a")
