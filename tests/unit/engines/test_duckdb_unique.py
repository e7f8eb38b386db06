"""Repeated values are counted alike by hashes and by groups."""

import duckdb
import pytest

from mlgate.engines import duckdb_unique
from mlgate.engines.duckdb_sql import TRUE, Sql
from mlgate.engines.duckdb_table import Column, Kind, Table
from mlgate.engines.duckdb_unique import repeated

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
@pytest.mark.parametrize(("worthwhile", "part"), [(10**9, 10**9), (0, 10**9), (0, 300)])
def test_all_rows_of_a_repeated_key_are_counted(
    select: str,
    key: int,
    where: Sql,
    expected: int,
    worthwhile: int,
    part: int,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(duckdb_unique, "WORTHWHILE", worthwhile)
    monkeypatch.setattr(duckdb_unique, "PART", part)
    assert count(select, key, where) == expected
