from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from mlgate.artifacts.interface import DataSet
from mlgate.config.model import DataSpec
from mlgate.engines.duckdb_conditions import row_condition
from mlgate.engines.duckdb_open import open_table
from mlgate.engines.duckdb_sql import NotNative, sql
from mlgate.engines.duckdb_table import Table

FRAME = pd.DataFrame(
    {
        "i": [1, 2, 3, 2**53 + 1],
        "f": [0.5, None, 2.0, float("inf")],
        "s": ["a", None, "b'; DROP", "é"],
        "b": [True, False, True, False],
        "t": pd.Series(["2024-01-01", "2024-01-02T12:00", None, "2023-05-01"], dtype="M8[us]"),
        "n": pd.array([1, None, 2, 3], dtype="Int64"),
    }
)


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    data = DataSet(
        name="d", spec=DataSpec(path="-"), side="head", path=Path("-"), read=lambda _: FRAME
    )
    with open_table(data) as opened:
        yield opened


@pytest.mark.parametrize(
    "condition",
    [
        "i > 1", "i >= 2.5", "f < 1", "f != 0.5", "not (f == 0.5)", "f == 0.5 or s == 'a'",
        "i > 1 and f.isnull()", "s.notnull()", "s != 'a'", "s in ['a', 'é']", "s not in ['a']",
        "i in [1, 2.0]", "b == True", "b != True", "not b == True", 's == "b\'; DROP"',
        "(i > 1) & (s == 'a')", "i > 1 | f < 1", "i > 1 & f < 1 | s == 'a'",
        "~(i == 1) & b == True",
        "t > '2024-01-01'", "t <= '2024-01-02T12:00'", "not t < '2024-01-02'", "n.isnull()",
        "(i > 1 or f > 0) and not (s == 'é')", "i > -1", "f not in [0.5]",
    ],
)  # fmt: skip
def test_a_condition_selects_the_rows_that_pandas_selects(table, condition):
    where = row_condition({"row_condition": condition, "condition_parser": "pandas"}, table)
    found = [row[0] for row in table.all(sql("SELECT r FROM t WHERE {} ORDER BY r", where))]
    assert found == FRAME.query(condition).index.tolist()


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ('col("i") > 1', [1, 2, 3]),
        ('col("s") == "a"', [0]),
        ('col("f").notNull()', [0, 2, 3]),
        ('col("i") != 2', [0, 2, 3]),
    ],
)
def test_great_expectations_own_language_is_read(table, condition, rows):
    given = {"row_condition": condition, "condition_parser": "great_expectations"}
    where = row_condition(given, table)
    found = table.all(sql("SELECT r FROM t WHERE {} ORDER BY r", where))
    assert [row[0] for row in found] == rows


@pytest.mark.parametrize(
    ("condition", "parser"),
    [
        ("i > 1", None), ("i > 1", "spark"), ("i > j", "pandas"), ("i > f", "pandas"),
        ("1 < i < 3", "pandas"), ("i > 1 & (f", "pandas"), ("i == 's'", "pandas"),
        ("~i > 1", "pandas"), ("t > '1 May 2024'", "pandas"), ("t in ['2024-01-01']", "pandas"),
        ("n > 1", "pandas"), ("t > 5", "pandas"), ("t == '2024-01-01'", "pandas"),
        ("t != '2024-01-01'", "pandas"), ("t == '2024-01-01T00:00:00Z'", "pandas"),
        ("s == 1", "pandas"), ("s > 'a' or", "pandas"), ("`i` > 1", "pandas"), ("@x > 1", "pandas"),
        ("i + 1 > 2", "pandas"), ("__import__('os').system('x')", "pandas"), ("i > None", "pandas"),
        ("s.str.len() > 1", "pandas"), ("i > 9007199254740993", "pandas"), ("t > '2024'", "pandas"),
        ("b > False", "pandas"), ("b", "pandas"), ("i in []", "pandas"), ("I > 1", "pandas"),
        ("s.isnull(1)", "pandas"), ("(" * 500 + "i > 1" + ")" * 500, "pandas"), ("", "pandas"),
        ("i > 1\nf > 1", "pandas"), ("i > 1" + " " * 3000, "pandas"),
        ("col('i') > 1", "great_expectations"), ('col("i") > 1 or 1', "great_expectations"),
        ('col("x") > 1', "great_expectations"), ('i > 1', "great_expectations"),
        ({"type": "pass_through", "pass_through_filter": "i > 1"}, None),
        ({"type": "and", "conditions": []}, None), ({}, None),
        ({"type": "and", "conditions": ["i > 1"]}, None),
        ({"type": "and", "conditions": [{"type": "or", "conditions": [
            {"type": "nullity", "column": {"name": "s"}, "is_null": True}]}]}, None),
        ({"type": "comparison", "column": {"name": "i"}, "operator": "in", "parameter": [1]}, None),
        ({"type": "comparison", "column": {"name": "i"}, "operator": "><", "parameter": 1}, None),
    ],
)  # fmt: skip
def test_any_other_condition_is_left_to_great_expectations(table, condition, parser):
    with pytest.raises(NotNative):
        row_condition({"row_condition": condition, "condition_parser": parser}, table)


def test_no_condition_selects_every_row(table):
    assert row_condition({}, table).text == "TRUE"
