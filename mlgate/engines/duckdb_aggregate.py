"""Expectations about one figure of a column."""

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from mlgate.engines.duckdb_bounds import bounds
from mlgate.engines.duckdb_conditions import EXACT, exact
from mlgate.engines.duckdb_map import checked_set, timed_set
from mlgate.engines.duckdb_plan import MAX_SAMPLES, SAMPLES, Ask, Plan, ranks_of
from mlgate.engines.duckdb_sql import NotNative, Sql, among, among_rows, both, count, sql, value
from mlgate.engines.duckdb_table import NUMBERS, Column, Kind
from mlgate.engines.duckdb_unique import distinct_integers

_MAX_MODES: Final = 1000
"""Most common values beyond which the list of them is left to Great Expectations."""
_VALUES: Final = (Kind.INTEGER, Kind.FLOAT, Kind.TEXT)


def extreme(ask: Ask, function: str) -> Plan:
    """The smallest or the largest value."""
    column = ask.column_of(*NUMBERS, Kind.TIME, Kind.DATE)
    figure = sql(f"{function}({{}})", column.sql)
    return _figure(ask, figure, lambda seen: (seen[0], 0.0), bounded=column)


def total(ask: Ask) -> Plan:
    """The sum."""
    return _figure(ask, *_moments(ask), lambda seen: _sum(ask.column, seen))


def mean(ask: Ask) -> Plan:
    """The mean."""

    def compute(seen: Sequence[Any]) -> tuple[Any, float]:
        figure, error = _sum(ask.column, seen)
        return figure / seen[2], error / seen[2]

    return _figure(ask, *_moments(ask), compute)


def _moments(ask: Ask) -> tuple[Sql, Sql, Sql]:
    column = ask.column_of(*NUMBERS)
    name = "sum" if column.kind is Kind.INTEGER else "fsum"
    wide = "HUGEINT" if column.kind is Kind.INTEGER else "DOUBLE"
    return (
        sql(f"{name}({{}})", column.sql),
        sql(f"sum(abs({{}}::{wide}))", column.sql),
        sql("count({})", column.sql),
    )


def _sum(column: Column, seen: Sequence[Any]) -> tuple[Any, float]:
    """A sum, and how far numpy's may be from it.

    Any order of summation is within n * eps * sum(|x|) of the true sum (Higham, Accuracy and
    Stability of Numerical Algorithms, 4.2); integers below 2**53 leave no rest.
    """
    figure, magnitude, number = seen
    if column.kind is Kind.INTEGER:
        if magnitude >= EXACT:
            raise NotNative("its integers add up to more than a float holds")
        return int(figure), 0.0
    return figure, 2 * number * sys.float_info.epsilon * magnitude


def stdev(ask: Ask) -> Plan:
    """The standard deviation of a sample (ddof 1)."""
    column = ask.column_of(*NUMBERS)

    def compute(seen: Sequence[Any]) -> tuple[Any, float]:
        spread, middle, number = seen
        if number < 2:
            raise NotNative("there are fewer than two values")
        # Chan, Golub and LeVeque (1983): n * eps * kappa for the variance; generously.
        kappa = math.hypot(1.0, middle / spread) if spread else math.inf
        slack = 8 * number * sys.float_info.epsilon * kappa * spread if spread else 0.0
        if not spread and middle and column.kind is Kind.FLOAT:
            raise NotNative("its values are equal, but for rounding")
        return spread, slack

    figures = (sql(f"{name}({{}}::DOUBLE)", column.sql) for name in ("stddev_samp", "avg", "count"))
    return _figure(ask, *figures, compute)


def median(ask: Ask) -> Plan:
    """The mean of the middle two."""
    column = ask.column_of(*NUMBERS)
    low, high = bounds(ask)
    ask.order.wanted[column, ask.present].add(0.5)

    def finish(seen: Sequence[Any]) -> Any:
        number = _some(seen[0])
        ranks = ranks_of(0.5, number)[1:]
        middle = [float(ask.order.at(column, ask.present, number, rank)) for rank in ranks]
        figure = middle[0] if ranks[0] == ranks[1] else sum(middle) / 2
        return _judged(ask, figure, 0.0, number, low, high)

    return Plan(figures=(count(ask.present),), finish=finish)


def quantiles(ask: Ask) -> Plan:
    """Nearest-rank quantiles lie in their ranges, which Great Expectations widens by 1e-4."""
    column = ask.column_of(*NUMBERS)
    given = ask["quantile_ranges"]
    relative = ask.spec.kwargs.get("allow_relative_error", False)
    if relative is not False or not isinstance(given, Mapping):
        raise NotNative("its quantiles are interpolated")
    wanted: Any = given.get("quantiles")
    ranges: Any = given.get("value_ranges")
    if not _are_quantiles(wanted) or not _are_ranges(ranges) or len(wanted) != len(ranges):
        raise NotNative("its quantiles and ranges do not fit together")
    ask.order.wanted[column, ask.present] |= set(map(float, wanted))

    def finish(seen: Sequence[Any]) -> Any:
        number = _some(seen[0])
        ranks = (ranks_of(float(quantile), number)[0] for quantile in wanted)
        values = [ask.order.at(column, ask.present, number, rank) for rank in ranks]
        inside = [_within(v, low, high) for v, (low, high) in zip(values, ranges, strict=True)]
        return ask.result(
            success=all(inside),
            considered=number,
            observed_value={"quantiles": wanted, "values": values},
            details={"success_details": inside},
        )

    return Plan(figures=(count(ask.present),), finish=finish)


def _are_quantiles(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(exact(q) and 0 <= q <= 1 for q in given)


def _are_ranges(given: Any) -> bool:
    return isinstance(given, list) and all(
        isinstance(pair, list | tuple)
        and len(pair) == 2
        and all(bound is None or exact(bound) for bound in pair)
        for pair in given
    )


def _within(figure: float, low: float | None, high: float | None) -> bool:
    if any(bound is not None and _close(figure, bound) for bound in (low, high)):
        return True
    if math.isinf(figure):  # close to an absent bound, which is an infinity of its sign
        return (high is None) if figure > 0 else (low is None)
    return (low is None or low <= figure) and (high is None or figure <= high)


def _close(figure: float, bound: float) -> bool:
    return abs(figure - bound) <= 1e-8 + 1e-4 * abs(bound)


def unique_count(ask: Ask) -> Plan:
    """How many different values there are."""
    return _distinct(ask, lambda distinct, _: distinct)


def unique_share(ask: Ask) -> Plan:
    """How many different values there are for each value."""
    return _distinct(ask, lambda distinct, present: distinct / present)


def _distinct(ask: Ask, compute: Callable[[int, int], Any]) -> Plan:
    column = ask.column
    if column.kind is Kind.OTHER:
        raise NotNative("its column holds objects")
    low, high = bounds(ask)

    def finish(seen: Sequence[Any]) -> Any:
        number = _some(seen[0])
        distinct = distinct_integers(ask.table, column, ask.present, number)
        if distinct is None:
            query = sql("SELECT count(DISTINCT {}) FROM t WHERE {}", column.sql, ask.present)
            distinct = int(ask.table.row(query)[0])
        figure = compute(distinct, number)
        return _judged(ask, figure, 0.0, number, low, high)

    return Plan(figures=(count(ask.present),), finish=finish)


def present_share(ask: Ask) -> Plan:
    """Which share of the rows has a value."""
    low, high = bounds(ask)

    def finish(seen: Sequence[Any]) -> Any:
        rows = _some(seen[0])
        return _judged(ask, seen[1] / rows, 0.0, rows, low, high)

    return Plan(figures=(count(ask.where), count(ask.present)), finish=finish)


def most_common(ask: Ask) -> Plan:
    """The most common value, or with ties one of them, is in a set."""
    column = ask.column_of(*_VALUES)
    wanted = set(_some_of(column, ask["value_set"]))
    ties_okay = ask.flag("ties_okay")

    def finish(seen: Sequence[Any]) -> Any:
        number = _some(seen[0])
        query = sql(
            "SELECT {} AS v FROM t WHERE {} GROUP BY v QUALIFY count(*) = max(count(*)) OVER () "
            "ORDER BY v LIMIT {}",
            column.sql,
            ask.present,
            value(_MAX_MODES + 1),
        )
        modes = [row[0] for row in ask.table.all(query)]
        if len(modes) > _MAX_MODES:
            raise NotNative("very many values are equally common")
        hits = len(wanted.intersection(modes))
        success = hits > 0 if ties_okay else len(modes) == hits == 1
        return ask.result(success=success, considered=number, observed_value=modes)

    return Plan(figures=(count(ask.present),), finish=finish)


def distinct_set(ask: Ask, *, unexpected: bool, missing: bool) -> Plan:
    """How the different values compare with a set.

    Args:
        ask: The expectation.
        unexpected: Whether values beyond the set break it.
        missing: Whether values of the set that do not occur break it.
    """
    column = ask.column_of(*_VALUES, Kind.TIME, Kind.DATE)
    given = _some_of(column, ask["value_set"])

    def finish(seen: Sequence[Any]) -> Any:
        number = _some(seen[0])
        fields: dict[str, Any] = {}
        if unexpected:
            beyond = both(ask.present, sql("NOT {}", among(column.sql, given)))
            query = sql(
                "SELECT v, count(*) OVER () FROM (SELECT DISTINCT {} AS v FROM t WHERE {}) "
                "ORDER BY v LIMIT {}",
                column.sql,
                beyond,
                SAMPLES,
            )
            rows = ask.table.all(query)
            fields["unexpected_count"] = rows[0][1] if rows else 0
            fields["partial_unexpected_list"] = tuple(row[0] for row in rows)
        if missing:
            # Where no value lies beyond the set, to look for its values only takes time.
            all_inside = fields.get("unexpected_count") == 0
            inside = ask.present if all_inside else both(ask.present, among(column.sql, given))
            query = sql("SELECT DISTINCT {} FROM t WHERE {}", column.sql, inside)
            occurring = {row[0] for row in ask.table.all(query)}
            absent = [item for item in dict.fromkeys(given) if item not in occurring]
            fields["missing_count"] = len(absent)
            fields["partial_missing_list"] = tuple(absent[:MAX_SAMPLES])
        success = not fields.get("unexpected_count") and not fields.get("missing_count")
        return ask.result(success=success, considered=number, **fields)

    return Plan(figures=(count(ask.present),), finish=finish)


def _some_of(column: Column, given: Any) -> list[Any]:
    """A set that is not empty; Great Expectations refuses an empty one."""
    timed = column.kind in {Kind.TIME, Kind.DATE}
    values = timed_set(column, given) if timed else checked_set(column, given)
    if not values:
        raise NotNative("its set is empty")
    return values


def _figure(ask: Ask, *parts: Any, bounded: Column | None = None) -> Plan:
    """A plan for a figure of the common scan.

    Args:
        ask: The expectation.
        parts: The aggregates, and a function from what they yield to the figure and how far
            numpy's may be from it.
        bounded: The column whose kind the bounds have; None for numbers.
    """
    *aggregates, compute = parts
    low, high = bounds(ask, bounded)
    filtered = [among_rows(part, ask.where) for part in aggregates]

    def finish(seen: Sequence[Any]) -> Any:
        number = _some(seen[-1])
        figure, error = compute(seen[:-1])
        return _judged(ask, figure, error, number, low, high)

    return Plan(figures=(*filtered, count(ask.present)), finish=finish)


def _some(number: int) -> int:
    if not number:
        raise NotNative("there is no value")
    return number


def _judged(ask: Ask, figure: Any, error: float, number: int, low: Any, high: Any) -> Any:
    """Whether a figure lies between its bounds.

    Raises:
        NotNative: Rounding alone could move it over a bound, or it is not finite.
    """
    strict_min, strict_max = ask.flag("strict_min"), ask.flag("strict_max")
    given = [bound for bound in (low, high) if bound is not None]
    if not math.isfinite(error) or figure != figure:  # NaN, which no date is
        raise NotNative("it is not finite")
    if error and any(abs(figure - bound) <= error for bound in given):
        raise NotNative("its figure is as close to a bound as rounding may move it")
    above = low is None or (figure > low if strict_min else figure >= low)
    below = high is None or (figure < high if strict_max else figure <= high)
    return ask.result(success=above and below, considered=number, observed_value=figure)


AGGREGATES: Final[Mapping[str, Callable[[Ask], Plan]]] = {
    "expect_column_distinct_values_to_be_in_set": lambda ask: distinct_set(
        ask, unexpected=True, missing=False
    ),
    "expect_column_distinct_values_to_contain_set": lambda ask: distinct_set(
        ask, unexpected=False, missing=True
    ),
    "expect_column_distinct_values_to_equal_set": lambda ask: distinct_set(
        ask, unexpected=True, missing=True
    ),
    "expect_column_max_to_be_between": lambda ask: extreme(ask, "max"),
    "expect_column_mean_to_be_between": mean,
    "expect_column_median_to_be_between": median,
    "expect_column_min_to_be_between": lambda ask: extreme(ask, "min"),
    "expect_column_most_common_value_to_be_in_set": most_common,
    "expect_column_proportion_of_non_null_values_to_be_between": present_share,
    "expect_column_proportion_of_unique_values_to_be_between": unique_share,
    "expect_column_quantile_values_to_be_between": quantiles,
    "expect_column_stdev_to_be_between": stdev,
    "expect_column_sum_to_be_between": total,
    "expect_column_unique_value_count_to_be_between": unique_count,
}
"""Plans of expectations about one figure of a column."""
