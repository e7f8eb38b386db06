"""Bounds of a range, in the kind of the column that they bound."""

from typing import Any

from mlgate.engines.duckdb_conditions import exact
from mlgate.engines.duckdb_plan import Ask
from mlgate.engines.duckdb_sql import NotNative, Sql, joined, sql, value
from mlgate.engines.duckdb_table import Column, Kind
from mlgate.engines.duckdb_times import day, moment


def bounds(ask: Ask, column: Column | None = None) -> tuple[Any, Any]:
    """The smallest and the largest value that is allowed; None where there is no bound.

    Args:
        ask: The expectation.
        column: The column whose values are bounded; None for a figure that is a number.

    Raises:
        NotNative: They are not of the column's kind, or not in their order, or there are none.
    """
    kind = Kind.FLOAT if column is None else column.kind
    given = [ask["min_value"], ask["max_value"]]
    low, high = (None if bound is None else _of_kind(kind, bound) for bound in given)
    if low is None and high is None:
        raise NotNative("it has no bounds")
    if low is not None and high is not None and low > high:
        raise NotNative("its bounds are not in their order")
    return low, high


def _of_kind(kind: Kind, bound: Any) -> Any:
    if kind is Kind.TIME:
        read: Any = moment(bound)
    elif kind is Kind.DATE:
        read = day(bound)
    else:
        read = bound if exact(bound) else None
    if read is None:
        raise NotNative("its bounds are not of the column's kind")
    return read


def outside(ask: Ask, figure: Sql, low: Any, high: Any) -> Sql:
    """Whether a figure lies outside of its bounds; numbers are compared as floats."""
    low, high = (float(b) if isinstance(b, int) else b for b in (low, high))
    strict_min, strict_max = ask.flag("strict_min"), ask.flag("strict_max")
    parts = []
    if low is not None:
        parts.append(sql(f"{{}} {'<=' if strict_min else '<'} {{}}", figure, value(low)))
    if high is not None:
        parts.append(sql(f"{{}} {'>=' if strict_max else '>'} {{}}", figure, value(high)))
    return sql("({})", joined(" OR ", parts))
