"""Repeated values are counted alike by hashes and by groups."""

import duckdb
import pytest

from mlgate.engines import duckdb_unique
from mlgate.engines.duckdb_sql import TRUE, Sql
from mlgate.engines.duckdb_table import Column, Kind, Table
from mlgate.engines.duckdb_unique import distinct_integers, repeated

COLUMNS = tuple(
    Column(name=name, kind=Kind.FLOAT, dtype="float64", sql=Sql(name)) for name in ("c0", "c1")
)


def count(select: str, key: int = 1, where: Sql = TRUE) -> int:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW t AS {select}")
        table = Table(connection, ("c0", "c1"), COLUMNS)
        rows = table.row(Sql(f"SELECT count(*) FROM t WHERE {where.text}"))[0]
        return repeated(table, COLUMNS[:key], where, rows)


NEGATIVE_ZERO = "SELECT if(i = 0, -0.0::DOUBLE, (i - 1)::DOUBLE) AS c0, 0 AS c1, i AS r"
CASES = [
    ("SELECT i AS c0, 0 AS c1, i AS r FROM range(1000) x(i)", 1, TRUE, 0),
    ("SELECT i % 999 AS c0, 0 AS c1, i AS r FROM range(1000) x(i)", 1, TRUE, 2),
    ("SELECT i % 500 AS c0, i // 500 AS c1, i AS r FROM range(1000) x(i)", 2, TRUE, 0),
    ("SELECT i % 500 AS c0, i // 501 AS c1, i AS r FROM range(1001) x(i)", 2, TRUE, 2),
    (f"{NEGATIVE_ZERO} FROM range(1000) x(i)", 1, TRUE, 2),
    ("SELECT nullif(i % 10, 0) AS c0, NULL AS c1, i AS r FROM range(20) x(i)", 2, TRUE, 20),
    ("SELECT i % 999 AS c0, 0 AS c1, i AS r FROM range(1000) x(i)", 1, Sql("c0 <> 0"), 0),
    ("SELECT 'x' || (i % 998) AS c0, 0 AS c1, i AS r FROM range(1000) x(i)", 1, TRUE, 4),
]  # fmt: skip


@pytest.mark.parametrize(("select", "key", "where", "expected"), CASES)
@pytest.mark.parametrize(("sorted_from", "part"), [(10**9, 10**9), (0, 10**9), (0, 300)])
def test_all_rows_of_a_repeated_key_are_counted(
    select: str,
    key: int,
    where: Sql,
    expected: int,
    sorted_from: int,
    part: int,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(duckdb_unique, "SORTED", sorted_from)
    monkeypatch.setattr(duckdb_unique, "PART", part)
    assert count(select, key, where) == expected


INTEGERS = (Column(name="c0", kind=Kind.INTEGER, dtype="int64", sql=Sql("c0")),)


@pytest.mark.parametrize(
    ("select", "where", "expected"),
    [
        ("SELECT i - 500 AS c0 FROM range(1000) x(i)", TRUE, 1000),
        ("SELECT i % 400 AS c0 FROM range(1000) x(i)", TRUE, 400),
        ("SELECT i % 400 AS c0 FROM range(1000) x(i)", Sql("c0 < 90"), 90),
        ("SELECT 4611686018427387904 + i AS c0 FROM range(1000) x(i)", TRUE, 1000),
        ("SELECT -9223372036854775808 + i AS c0 FROM range(0, 1000) x(i)", TRUE, 1000),
        ("SELECT (i % 300)::UTINYINT AS c0 FROM range(250) x(i)", TRUE, 250),
    ],
)
def test_integers_that_lie_close_are_counted_by_bits(select: str, where: Sql, expected: int):
    assert _distinct(select, where) == expected


@pytest.mark.parametrize(
    ("select", "kind"),
    [
        ("SELECT i * 100 AS c0 FROM range(1000) x(i)", Kind.INTEGER),
        ("SELECT i % 9 AS c0 FROM range(1000) x(i)", Kind.INTEGER),
        ("SELECT (9223372036854775808 + i)::UBIGINT AS c0 FROM range(1000) x(i)", Kind.INTEGER),
        ("SELECT if(i = 0, -9223372036854775808, 9223372036854775807) AS c0 FROM range(2) x(i)",
         Kind.INTEGER),
        ("SELECT i AS c0 FROM range(0) x(i)", Kind.INTEGER),
        ("SELECT i::DOUBLE AS c0 FROM range(1000) x(i)", Kind.FLOAT),
    ],
)  # fmt: skip
def test_other_columns_are_not(select: str, kind: Kind):
    assert _distinct(select, kind=kind) is None


def _distinct(select: str, where: Sql = TRUE, kind: Kind = Kind.INTEGER) -> int | None:
    column = Column(name="c0", kind=kind, dtype=None, sql=Sql("c0"))
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW t AS {select}")
        table = Table(connection, ("c0",), (column,))
        rows = table.row(Sql(f"SELECT count(*) FROM t WHERE {where.text}"))[0]
        return distinct_integers(table, column, where, rows)


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("SELECT i AS c0, i AS r FROM range(1000) x(i)", 0),
        ("SELECT i - (i = 999)::INT AS c0, i AS r FROM range(1000) x(i)", 2),
    ],
)
def test_integers_repeat_or_do_not(select: str, expected: int):
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW t AS {select}")
        table = Table(connection, ("c0",), INTEGERS)
        assert repeated(table, INTEGERS, TRUE, 1000) == expected
