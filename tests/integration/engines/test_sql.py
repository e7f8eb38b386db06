"""Data sets that are tables of a database, here of a SQLite file."""

import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from mlgate import cli
from mlgate.artifacts.interface import DataSet
from mlgate.checks.integrity import Integrity
from mlgate.engines.auto import Auto
from mlgate.engines.gx_spark import Spark
from mlgate.engines.gx_sql import Sql
from mlgate.engines.interface import ExpectationResult
from mlgate.errors import DataNotReadable
from tests.differential.parity import data_at, suite_of
from tests.integration.engines.sqlite import data_set, write
from tests.support import make_inputs

FRAME = pd.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "name": ["a", "b", None, "b"],
        "when": pd.Series(["2024-01-01", "2024-01-02", None, "2024-01-04"], dtype="datetime64[us]"),
        "price": [1.5, 2.5, 3.5, None],
    }
)


@pytest.fixture
def folder(tmp_path) -> Path:
    write(tmp_path / "data.sqlite", "orders", FRAME)
    return Path(tmp_path)


def one(data: DataSet, kind: str, **kwargs: object) -> ExpectationResult:
    return Auto().validate(data, suite_of((kind, kwargs))).results[0]


def test_results_keep_the_order_of_the_suite_where_one_is_refused(folder):
    seen = Sql().validate(
        data_set(folder, table="orders"),
        suite_of(
            ("expect_column_values_to_be_unique", {"column": "name"}),
            ("unexpected_rows_expectation",
             {"unexpected_rows_query": "SELECT * FROM {batch}; DROP TABLE orders"}),
            ("expect_table_row_count_to_equal", {"value": 4}),
        ),
    )  # fmt: skip
    assert seen.rows == 4
    assert seen.columns == tuple(FRAME.columns)
    assert [r.success for r in seen.results] == [False, False, True]
    assert "not a single SELECT" in (seen.results[1].exception_message or "")
    assert one(data_set(folder, table="orders"), "expect_table_row_count_to_equal", value=4).success


@pytest.mark.parametrize("table", ["Order", "select", "a b", 'a"b', "x; DROP TABLE orders", "ä"])
def test_any_name_of_a_table_is_quoted(folder, table):
    write(folder / "data.sqlite", table, FRAME.head(2))
    data = data_set(folder, table=table)
    assert one(data, "expect_table_row_count_to_equal", value=2).success
    assert len(data.frame) == 2
    assert one(data_set(folder, table="orders"), "expect_table_row_count_to_equal", value=4).success


def test_a_query_is_the_table(folder):
    data = data_set(folder, query="SELECT id, name FROM orders WHERE id > 1;")
    assert one(data, "expect_column_values_to_not_be_null", column="name").unexpected_count == 1
    assert list(data.frame.columns) == ["id", "name"]
    assert len(data.frame) == 3


def test_another_query_of_the_same_database_is_compared_with(folder):
    arguments = {
        "base_query": "SELECT name FROM {batch} ORDER BY id",
        "comparison_query": "SELECT name FROM orders ORDER BY id",
    }
    kind = "expect_query_results_to_match_comparison"
    data = data_set(folder, table="orders", name="shop")
    same = one(data, kind, comparison_data_source_name="shop", **arguments)
    assert same.exception_message is None
    assert same.success
    arguments["comparison_query"] = "SELECT name FROM orders WHERE id < 3 ORDER BY id"
    assert not one(data, kind, comparison_data_source_name="shop", **arguments).success
    unknown = one(data, kind, comparison_data_source_name="prod", **arguments)
    assert not unknown.success
    assert "there is no data source 'prod'" in (unknown.exception_message or "")


def test_another_table_is_counted(folder):
    write(folder / "data.sqlite", "copy", FRAME.head(3))
    kind = "expect_table_row_count_to_equal_other_table"
    data = data_set(folder, table="orders")
    assert not one(data, kind, other_table_name="copy").success
    assert one(data, kind, other_table_name="orders").success
    assert one(data, kind, other_table_name="nowhere").exception_message


def test_a_misspelt_column_stops_no_other_expectation(folder):
    seen = Sql().validate(
        data_set(folder, table="orders"),
        suite_of(
            ("expect_column_max_to_be_between", {"column": "prise", "max_value": 9}),
            ("expect_column_max_to_be_between", {"column": "price", "max_value": 9}),
        ),
    )
    assert seen.results[0].exception_message
    assert not seen.results[0].success
    assert seen.results[1].success


def test_a_column_of_nulls_is_compared_with_nothing(folder):
    write(folder / "data.sqlite", "halves", pd.DataFrame({"a": [None, None], "b": [1, 2]}))
    kind = "expect_column_pair_values_a_to_be_greater_than_b"
    result = one(data_set(folder, table="halves"), kind, column_A="a", column_B="b")
    assert result.success  # as Great Expectations says; the check calls it failed
    assert result.considered == 0
    other = one(data_set(folder, table="orders"), kind, column_A="id", column_B="price")
    assert other.considered == 4


def test_an_error_is_in_the_words_of_the_database(folder):
    kind = "unexpected_rows_expectation"
    query = "SELECT nowhere FROM {batch}"
    result = one(data_set(folder, table="orders"), kind, unexpected_rows_query=query)
    assert result.exception_message == "no such column: nowhere"


def test_an_empty_table_has_no_rows_and_raises_nothing(folder):
    write(folder / "data.sqlite", "void", FRAME.head(0))
    suite = suite_of(("expect_column_sum_to_be_between", {"column": "price", "min_value": 0}))
    assert Sql().validate(data_set(folder, table="void"), suite).rows == 0
    assert len(data_set(folder, table="void").frame) == 0


def test_the_frame_has_the_types_of_the_table(folder):
    frame = data_set(folder, table="orders").frame
    pd.testing.assert_frame_equal(frame, FRAME, check_dtype=False)
    assert frame["when"].dtype.kind == "M"
    assert frame["id"].dtype.kind == "i"


def test_a_table_that_is_too_large_for_memory_is_an_error(folder):
    with pytest.raises(DataNotReadable, match="more than 3 rows"):
        _ = data_set(folder, table="orders", max_rows=3).frame
    assert len(data_set(folder, table="orders", max_rows=4).frame) == 4


def test_the_file_is_opened_for_reading_only(folder):
    data = data_set(folder, table="orders")
    assert data.sql is not None
    with (
        pytest.raises(DataNotReadable, match="readonly"),
        data.sql.opened() as database,
        database.engine.begin() as connection,
    ):
        connection.execute(sa.text("DROP TABLE orders"))


def test_a_statement_that_takes_too_long_is_interrupted(folder):
    endless = (
        "SELECT a.id FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, "
        "orders h, orders i, orders j, orders k, orders l, orders m, orders n, orders o, orders p"
    )
    with pytest.raises(DataNotReadable, match="interrupted"):
        Sql().validate(
            data_set(folder, query=endless, timeout=1),
            suite_of(("expect_table_row_count_to_equal", {"value": 4})),
        )


@pytest.mark.parametrize(
    ("url", "environment", "words"),
    [
        ("${WAREHOUSE_URL}", {}, "names the variable WAREHOUSE_URL, which is not set"),
        ("${WAREHOUSE_URL}", {"WAREHOUSE_URL": ""}, "which is not set"),
        ("${WAREHOUSE_URL}", {"WAREHOUSE_URL": "s3cret"}, "is no URL of a database"),
        ("${WAREHOUSE_URL}", {"WAREHOUSE_URL": "postgresql://a:s3cret@h:port/x"}, "is no URL"),
        ("nosuchdb://u:${P}@host/db", {"P": "s3cret"}, "no driver for nosuchdb"),
        ("postgresql+psycopg://u:${P}@127.0.0.1:1/db", {"P": "s3cret/@:%"}, "connection"),
        ("${U}", {"U": "postgresql+psycopg://u:s3cret@127.0.0.1:1/db"}, "connection"),
        ("${U}", {"U": "postgresql://127.0.0.1:1/s3cret?password=s3cret&s3cret=s3cret"}, ""),
        ("sqlite:///nowhere.sqlite", {}, "the SQLite file of data is not there"),
    ],
)
def test_what_cannot_be_connected_to_says_so_without_a_secret(tmp_path, url, environment, words):
    data = data_set(tmp_path, environment=environment, url=url, table="orders")
    with pytest.raises(DataNotReadable) as raised:
        _ = data.frame
    assert words in raised.value.what
    assert "s3cret" not in raised.value.explain().replace("s3cret=", "")
    assert "s3cret" not in repr(data)
    assert not (tmp_path / "nowhere.sqlite").exists()


def test_parts_of_a_url_are_taken_as_they_are(folder):
    data = data_set(
        folder, environment={"NAME": "data.sqlite"}, url="sqlite:///${NAME}", table="orders"
    )
    assert len(data.frame) == 4


def test_checks_that_need_a_frame_read_the_table(folder):
    check = Integrity.model_validate({"type": "integrity", "data": "orders"})
    spec = {"sql": {"url": "sqlite:///data.sqlite", "table": "orders"}, "target": "name"}
    with make_inputs(folder, data={"orders": spec}, base_root=folder) as inputs:
        seen = check.run(inputs)
        (head, base) = sorted(inputs.records(), key=lambda r: r.version, reverse=True)
    assert seen.rows == 4
    assert (head.path, head.sha256, head.rows) == ("sql: orders", None, 4)
    assert (base.path, base.sha256, base.rows) == ("sql: orders", None, 4)


def test_base_reads_the_table_that_its_own_configuration_names(folder):
    write(folder / "data.sqlite", "before", FRAME.head(3))

    def spec(table: str) -> dict[str, dict[str, str]]:
        return {"sql": {"url": "sqlite:///data.sqlite", "table": table}}

    with make_inputs(
        folder,
        data={"orders": spec("orders")},
        base_root=folder,
        base_data={"orders": spec("before")},
    ) as inputs:
        assert len(inputs.data("orders").frame) == 4
        assert len(inputs.data("orders", "base").frame) == 3
        assert inputs.data("orders").sha256 != inputs.data("orders", "base").sha256


def test_spark_reads_no_database_and_sql_no_file(folder):
    suite = suite_of(("expect_table_row_count_to_equal", {"value": 4}))
    with pytest.raises(DataNotReadable, match="which Spark does not read"):
        Spark().validate(data_set(folder, table="orders"), suite)
    FRAME.to_csv(folder / "orders.csv", index=False)
    with pytest.raises(DataNotReadable, match="is a file"):
        Sql().validate(data_at(folder / "orders.csv"), suite)


def test_spark_without_java_or_pyspark_says_what_is_missing(folder):
    FRAME.to_csv(folder / "orders.csv", index=False)
    suite = suite_of(("expect_table_row_count_to_equal", {"value": 4}))
    with pytest.raises(DataNotReadable, match=r"`engine: spark` needs (pyspark|Java)"):
        Spark().validate(data_at(folder / "orders.csv"), suite)


def test_a_run_on_a_table_leaves_a_result(tmp_path, capsys):
    frame = pd.DataFrame({"price": [Decimal("1.50"), Decimal("2.25")]})
    write(tmp_path / "shop.sqlite", "orders", frame, {"price": sa.NUMERIC(10, 2)})
    (tmp_path / "mlgate.yml").write_text(
        "version: 1\n"
        "data: {orders: {sql: {url: 'sqlite:///shop.sqlite', table: orders}}}\n"
        "checks:\n  - type: expectations\n    data: orders\n    suite:\n"
        "      - {type: expect_column_max_to_be_between, kwargs: {column: price, max_value: 2}}\n"
        "      - {type: expect_column_values_to_be_in_set, kwargs: {column: price, "
        "value_set: [9]}}\n"
    )
    assert cli.main(["run", "-C", str(tmp_path)], {}) == 1
    result = json.loads((tmp_path / ".mlgate" / "result.json").read_text())
    check = result["checks"][0]
    assert check["rows"] == 2
    assert [f["outcome"] for f in check["findings"]] == ["failed", "failed"]
    assert float(check["findings"][0]["observed"]) == 2.25
    assert "none: a database" in (tmp_path / ".mlgate" / "report.md").read_text()
    assert "sql: orders" in (tmp_path / ".mlgate" / "report.md").read_text()
    capsys.readouterr()
