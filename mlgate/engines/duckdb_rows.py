"""Expectations about each row of several columns."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

from mlgate.engines.duckdb_conditions import comparable, exact
from mlgate.engines.duckdb_plan import SAMPLES, Ask, Plan, checked_mostly, counted, first
from mlgate.engines.duckdb_sql import NotNative, Sql, both, count, joined, sql, value
from mlgate.engines.duckdb_table import NUMBERS, Column, Kind
from mlgate.engines.duckdb_unique import repeated

_MAX_PAIRS: Final = 200
"""Pairs of a set beyond which it is left to Great Expectations."""
_IGNORED: Final[dict[str, str | None]] = {
    "both_values_are_missing": " OR ",
    "either_value_is_missing": " AND ",
    "neither": None,
    "all_values_are_missing": " OR ",
    "any_value_is_missing": " AND ",
    "never": None,
}
"""Which columns must have a value for a row to count: one, all, or none."""


def greater(ask: Ask) -> Plan:
    """The first column is greater; a null is not."""
    left, right = _pair(ask)
    sign = ">=" if ask.flag("or_equal") else ">"
    if left.kind is Kind.BOOLEAN:
        raise NotNative("its columns are flags")
    return _each(ask, [left, right], _not(sql(f"{{}} {sign} {{}}", *_sides([left, right]))))


def equal(ask: Ask) -> Plan:
    """The columns are equal; two nulls are not."""
    pair = _pair(ask)
    return _each(ask, pair, _not(sql("{} = {}", *_sides(pair))))


def pair_in_set(ask: Ask) -> Plan:
    """The values are a pair of a set, in which None stands for null."""
    left, right = _columns(ask, [ask["column_A"], ask["column_B"]])
    given = ask["value_pairs_set"]
    if ask["row_condition"] is not None:
        raise NotNative("Great Expectations does not honour the row condition of this one")
    if not isinstance(given, list | tuple) or len(given) > _MAX_PAIRS:
        raise NotNative("its pairs are no list, or a very long one")
    same = sql("{} IS NOT DISTINCT FROM {{}} AND {} IS NOT DISTINCT FROM {{}}",
               *_sides([left, right]))  # fmt: skip
    found = []
    for pair in given:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise NotNative("one of its pairs is none")
        for column, item in zip((left, right), pair, strict=True):
            if item is not None and not comparable(column, item):
                raise NotNative("its pairs hold values of another type than the columns")
        found.append(sql(f"({same.text})", *map(value, pair)))
    inside = sql("({})", joined(" OR ", found)) if found else Sql("FALSE")
    return _each(ask, [left, right], sql("NOT {}", inside))


def compound_unique(ask: Ask) -> Plan:
    """No row repeats another one; nulls are equal, and all rows of a group count."""
    checked_mostly(ask)
    columns = _columns(ask, ask["column_list"])
    rows = _counted_rows(ask, columns)
    key = joined(", ", (column.sql for column in columns))
    groups = sql(
        "SELECT {}, count(*) AS n FROM t WHERE {} GROUP BY {} HAVING n > 1", key, rows, key
    )
    same = joined(
        " AND ",
        (sql("g.{} IS NOT DISTINCT FROM t.{}", c.sql, c.sql) for c in columns),
    )
    shown = joined(", ", (sql("t.{}", column.sql) for column in columns))

    def finish(seen: Any) -> Any:
        told_apart = _told_apart(ask, columns, seen[1])
        found = 0 if told_apart else repeated(ask.table, columns, rows, seen[1])
        sample = sql(
            "SELECT {} FROM t WHERE {} AND EXISTS (SELECT 1 FROM ({}) g WHERE {}) "
            "ORDER BY r LIMIT {}",
            shown, rows, groups, same, SAMPLES,
        )  # fmt: skip
        return counted(ask, seen[0], seen[1], found, sample)

    return Plan(figures=(count(ask.where), count(rows)), finish=finish)


def _told_apart(ask: Ask, columns: Sequence[Column], rows: int) -> bool:
    """Whether one of the columns is known to have another value in each of the counted rows.

    Rows are counted where all columns have a value, or else at least where one has: no more rows
    than that column has values are then no other rows.
    """
    different = ask.table.different
    return any(rows <= different.get((c, both(ask.where, c.present)), -1) for c in columns)


def sum_equal(ask: Ask) -> Plan:
    """Integers of a row add up to a number."""
    if not exact(ask["sum_total"]):
        raise NotNative("its `sum_total` is no number")
    columns = [ask.of_kind(c, Kind.INTEGER) for c in _columns(ask, ask["column_list"])]
    total = joined(" + ", (sql("{}::BIGINT", column.sql) for column in columns))
    return _each(ask, columns, sql("({}) <> {}::DOUBLE", total, value(float(ask["sum_total"]))))


def values_equal(ask: Ask) -> Plan:
    """All columns are equal, or all are null."""
    columns = _alike(_columns(ask, ask["column_list"]))
    one, *others = columns
    same = [sql("{} IS NOT DISTINCT FROM {}", *_sides([one, other])) for other in others]
    return _each(ask, columns, sql("NOT ({})", joined(" AND ", same)))


def unique_within_record(ask: Ask) -> Plan:
    """No two columns are equal in a row; null is a value."""
    columns = _alike(_columns(ask, ask["column_list"]))
    if len({column.dtype for column in columns}) > 1:
        raise NotNative("its columns are of different types")
    pairs = combinations(columns, 2)
    same = [sql("{} IS NOT DISTINCT FROM {}", a.sql, b.sql) for a, b in pairs]
    return _each(ask, columns, sql("({})", joined(" OR ", same)))


def _each(ask: Ask, columns: Sequence[Column], unexpected: Sql) -> Plan:
    checked_mostly(ask)
    rows = _counted_rows(ask, columns)
    broken = both(rows, unexpected)
    return Plan(
        figures=(count(ask.where), count(rows), count(broken)),
        finish=lambda seen: counted(ask, seen[0], seen[1], seen[2], first(columns, broken)),
    )


def _counted_rows(ask: Ask, columns: Sequence[Column]) -> Sql:
    """Rows that are selected and not ignored."""
    pair = ask["column_list"] is None
    default = "both_values_are_missing" if pair else "all_values_are_missing"
    given = ask.spec.kwargs.get("ignore_row_if", default)
    known = list(_IGNORED)[:3] if pair else list(_IGNORED)[3:]
    if given not in known:
        raise NotNative("its `ignore_row_if` is unknown")
    word = _IGNORED[given]
    if word is None:
        return ask.where
    return both(ask.where, sql("({})", joined(word, (column.present for column in columns))))


def _columns(ask: Ask, names: Any) -> list[Column]:
    if not isinstance(names, list | tuple) or len(names) < 2 or len(names) > 50:
        raise NotNative("its columns are no list")
    columns = [ask.table.column(name) for name in names]
    if len(set(columns)) < len(columns):
        raise NotNative("one of its columns stands twice")
    if any(column.nullable for column in columns):
        raise NotNative("comparisons with its nulls are neither true nor false")
    kinds = (Kind.INTEGER, Kind.FLOAT, Kind.TEXT, Kind.BOOLEAN, Kind.TIME)
    return [ask.of_kind(column, *kinds) for column in columns]


def _pair(ask: Ask) -> list[Column]:
    return _alike(_columns(ask, [ask["column_A"], ask["column_B"]]))


def _alike(columns: list[Column]) -> list[Column]:
    """Columns that compare with each other."""
    kinds = {column.kind for column in columns}
    if len(kinds) > 1 and not kinds <= NUMBERS:
        raise NotNative("its columns are of different kinds")
    return columns


def _sides(columns: Sequence[Column]) -> list[Sql]:
    """Columns as numpy compares them: as floats where one of them is."""
    mixed = len({column.kind for column in columns}) > 1 and any(
        column.kind is Kind.FLOAT for column in columns
    )
    return [
        sql("{}::DOUBLE", column.sql) if mixed and column.kind is Kind.INTEGER else column.sql
        for column in columns
    ]


def _not(test: Sql) -> Sql:
    """What is not true: false, or unknown."""
    return sql("NOT coalesce({}, FALSE)", test)


ROWS: Final[Mapping[str, Callable[[Ask], Plan]]] = {
    "expect_column_pair_values_a_to_be_greater_than_b": greater,
    "expect_column_pair_values_to_be_equal": equal,
    "expect_column_pair_values_to_be_in_set": pair_in_set,
    "expect_compound_columns_to_be_unique": compound_unique,
    "expect_multicolumn_sum_to_equal": sum_equal,
    "expect_multicolumn_values_to_be_equal": values_equal,
    "expect_select_column_values_to_be_unique_within_record": unique_within_record,
}
"""Plans of expectations about each row of several columns."""
