"""Expectations about how far a value may lie from the others: z-scores and outliers.

The limit of each value is a rounded figure. So a value that lies within rounding of its limit
decides nothing here, and the expectation is Great Expectations' own.
"""

import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from mlgate.engines.duckdb_conditions import EXACT, exact
from mlgate.engines.duckdb_plan import Ask, Plan, checked_mostly, counted, first
from mlgate.engines.duckdb_sql import NotNative, Sql, both, count, joined, sql, value
from mlgate.engines.duckdb_table import NUMBERS, Kind
from mlgate.engines.interface import ExpectationResult

_EPS: Final = sys.float_info.epsilon
_QUARTILES: Final = (0.25, 0.75)
_SIGNED: Final = re.compile("[iI]nt([0-9]+)")
"""pandas' names of signed whole numbers, with their bits."""


def z_scores(ask: Ask) -> Plan:
    """Values lie fewer than a number of standard deviations from the mean."""
    threshold, double_sided = ask["threshold"], ask["double_sided"]
    if not exact(threshold) or not isinstance(double_sided, bool):
        raise NotNative("its threshold is no number")
    limit = abs(float(threshold)) if double_sided else float(threshold)
    return _by_spread(ask, limit, double_sided=double_sided)


def outliers(ask: Ask) -> Plan:
    """Values lie within a number of interquartile ranges, or of standard deviations."""
    given = ask.spec.kwargs.get("multiplier", 1.5)
    if not exact(given) or given < 0:
        raise NotNative("its multiplier is no number")
    method = ask.spec.kwargs.get("method", "iqr")
    if method == "std":
        return _by_spread(ask, float(given), double_sided=True)
    if method != "iqr":
        raise NotNative("its method is unknown")
    return _by_quartiles(ask, float(given))


def _by_spread(ask: Ask, limit: float, *, double_sided: bool) -> Plan:
    """Distances from the mean, against a number of standard deviations (ddof 1)."""
    checked_mostly(ask)
    floats = sql("{}::DOUBLE", ask.column_of(*NUMBERS).sql)
    finite = both(ask.present, sql("isfinite({})", floats))

    def finish(seen: Sequence[Any]) -> ExpectationResult:
        total, present, number, mean, spread, low, high = seen
        if number < present:
            raise NotNative("it holds infinities")
        if present < 2 or _constant(low, high, present):  # nothing to measure a distance by
            return counted(ask, total, present, 0, Sql(""))
        magnitude = max(abs(low), abs(high))
        # As for the expectations about the mean and the standard deviation themselves.
        kappa = math.hypot(1.0, magnitude / spread) if spread else math.inf
        error = 8 * present * _EPS * (magnitude + limit * spread * kappa) + 16 * _EPS * magnitude
        reach = limit * spread
        if not math.isfinite(error + reach):
            raise NotNative("its spread is lost in rounding")
        distance = sql("({} - {})", floats, value(mean))
        if double_sided:
            distance = sql("abs{}", distance)
        return _beyond(ask, seen, [(distance, reach, error)])

    return Plan(
        figures=(
            count(ask.where),
            count(ask.present),
            count(finite),
            sql("avg({}) FILTER (WHERE {})", floats, finite),
            sql("stddev_samp({}) FILTER (WHERE {})", floats, finite),
            sql("min({}) FILTER (WHERE {})", floats, finite),
            sql("max({}) FILTER (WHERE {})", floats, finite),
        ),
        finish=finish,
    )


def _constant(low: float, high: float, number: int) -> bool:
    """Whether all values are equal, and their mean is exactly that value."""
    if low != high:
        return False
    if not low.is_integer() or abs(low) * number >= EXACT:
        raise NotNative("its values are equal, but for rounding")
    return True


def _by_quartiles(ask: Ask, multiplier: float) -> Plan:
    """Tukey's fences, which belong to what is inside."""
    checked_mostly(ask)
    column = ask.column_of(*NUMBERS)
    floats = sql("{}::DOUBLE", column.sql)
    for quartile in _QUARTILES:
        ask.order.wanted[column, ask.present].add(quartile)

    def finish(seen: Sequence[Any]) -> ExpectationResult:
        total, present = seen
        if not present:
            return counted(ask, total, 0, 0, Sql(""))
        low, high = (_quartile(ask, quartile, present) for quartile in _QUARTILES)
        reach = multiplier * (high - low)
        fences = (low - reach, high + reach)
        if not all(map(math.isfinite, (low, high, *fences))):
            raise NotNative("its fences are not finite")
        error = 16 * _EPS * (abs(low) + abs(high) + reach)
        if _is_exact(ask, multiplier, present, fences):
            error = 0.0
        below = sql("({} - {})", value(fences[0]), floats)
        above = sql("({} - {})", floats, value(fences[1]))
        return _beyond(ask, seen, [(below, 0.0, error), (above, 0.0, error)], inclusive=False)

    return Plan(figures=(count(ask.where), count(ask.present)), finish=finish)


def _neighbours(ask: Ask, quartile: float, number: int) -> tuple[Any, Any, float]:
    """The values around a quartile, and its place between them, 0 to 1."""
    position = (number - 1) * quartile
    rank = math.floor(position)
    ranks = (rank, math.ceil(position))
    before, after = (ask.order.at(ask.column, ask.present, number, r) for r in ranks)
    return before, after, position - rank


def _quartile(ask: Ask, quartile: float, number: int) -> float:
    """A quartile by linear interpolation (type 7 of Hyndman and Fan, 1996)."""
    before, after, share = _neighbours(ask, quartile, number)
    signed = _SIGNED.fullmatch(ask.column.dtype or "")
    if signed and after - before >= 2 ** (int(signed[1]) - 1):
        raise NotNative(
            "its quartiles lie further apart than its type can hold: numpy wraps around"
        )
    low, high = float(before), float(after)
    if low == high:
        return low
    return low + (high - low) * share


def _is_exact(ask: Ask, multiplier: float, number: int, fences: tuple[float, float]) -> bool:
    """Whether no way to compute the fences rounds anything: short integers, a short multiplier."""
    if ask.column.kind is not Kind.INTEGER or not (multiplier * 1024).is_integer():
        return False
    exactly = []
    for quartile in _QUARTILES:
        before, after, share = _neighbours(ask, quartile, number)
        if max(abs(before), abs(after)) * (multiplier + 1) > 2**32:
            return False
        exactly.append(Fraction(before) + (after - before) * Fraction(share))
    reach = Fraction(multiplier) * (exactly[1] - exactly[0])
    return fences == (exactly[0] - reach, exactly[1] + reach)


def _beyond(
    ask: Ask,
    seen: Sequence[Any],
    sides: Sequence[tuple[Sql, float, float]],
    *,
    inclusive: bool = True,
) -> ExpectationResult:
    """The result, by distances and how far each may reach.

    Args:
        ask: The expectation.
        seen: How many rows there are, and how many have a value.
        sides: A distance, its limit, and how far rounding may move either.
        inclusive: Whether a value at its limit is beyond it.

    Raises:
        NotNative: A value is as close to its limit as rounding may move it.
    """
    sign = ">=" if inclusive else ">"
    beyond = [sql(f"{{}} {sign} {{}}", d, value(limit)) for d, limit, _ in sides]
    close = [
        sql("abs({} - {}) <= {}", d, value(limit), value(error))
        for d, limit, error in sides
        if error
    ]
    broken = both(ask.present, sql("({})", joined(" OR ", beyond)))
    doubtful = both(ask.present, sql("({})", joined(" OR ", close))) if close else Sql("FALSE")
    query = sql("SELECT {}, {} FROM t", count(broken), count(doubtful))
    unexpected, doubts = ask.table.row(query)
    if doubts:
        raise NotNative("a value is as close to its limit as rounding may move it")
    return counted(ask, seen[0], seen[1], unexpected, first([ask.column], broken))


SPREAD: Final[Mapping[str, Callable[[Ask], Plan]]] = {
    "expect_column_value_z_scores_to_be_less_than": z_scores,
    "expect_column_values_to_not_be_outliers": outliers,
}
"""Plans of expectations about how far a value lies from the others."""
