"""A metric of two models on the same rows, head minus base, and how sure that difference is."""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

ALPHA: Final = 0.05
"""Share of intervals, over many runs, that may miss the true difference; two-sided."""
POWER: Final = 0.8
"""Chance with which the smallest detectable drop would be detected."""
Z: Final = NormalDist().inv_cdf(1 - ALPHA / 2)
Z_POWER: Final = NormalDist().inv_cdf(POWER)
MIN_ROWS: Final = 2
"""A single row has no spread."""
ROUNDING: Final = 1e-9
"""Relative size below which a spread is that of floating-point sums, not of the rows."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Head minus base, in the metric's own units and direction."""

    value: float
    """The difference on these rows."""
    standard_error: float | None
    """Standard deviation of `value` over samples of as many rows; None where it cannot be had."""
    interval: tuple[float, float] | None
    """Interval of the true difference at level 1 - ALPHA; None where it cannot be had."""
    rows: int
    """Number of paired rows."""
    method: str
    """How the interval was made, such as `DeLong`."""
    p_value: float | None = None
    """Two-sided, of no difference; at most ALPHA exactly where the interval excludes zero. None
    where it cannot be had, and where both models answered the same."""
    note: str | None = None
    """Why there is no interval, or what is special about it; half a sentence."""
    same_answers: bool = False
    """True where both models answered the same on every row: then `value` is 0 by definition."""

    def negated(self) -> "Difference":
        """The same comparison of the metric with its sign turned."""
        interval = self.interval and (-self.interval[1], -self.interval[0])
        return dataclasses.replace(self, value=-self.value, interval=interval)


def same_answers(head: Array, base: Array) -> bool:
    """Whether two models answered the same on every row; numbers up to rounding.

    A model's sums depend on the number of threads, so that one and the same model may differ in the
    last digits between two runs.
    """
    if head.shape != base.shape:
        return False
    if head.dtype.kind == "f" and base.dtype.kind == "f":
        return bool(np.allclose(head, base, rtol=ROUNDING, atol=0))
    return bool(np.array_equal(head, base))


def unchanged(
    rows: int, why: str = "the two models gave the same answer on every row"
) -> Difference:
    """The difference between two models that answer the same on every row."""
    return Difference(
        value=0.0,
        standard_error=0.0,
        interval=(0.0, 0.0),
        rows=rows,
        method="identical answers",
        note=why,
        same_answers=True,
    )


def undecidable(value: float, rows: int, method: str, why: str) -> Difference:
    """A difference that is known on these rows, and of which nothing more can be said."""
    return Difference(
        value=value, standard_error=None, interval=None, rows=rows, method=method, note=why
    )


def constant(value: float, rows: int, method: str, units: float | None = None) -> Difference:
    """The interval where every row differs by the same amount, so that there is no spread to go by.

    No spread is no certainty. None of `rows` rows went the opposite way, so at most a share of
    z² / (rows + z²) of all rows does (the score limit for none of n; Wilson 1927, J. Am. Stat.
    Assoc. 22:209-212). If these went by the same amount in the opposite direction, the mean would
    move by twice that share. Zero is excluded from 4 rows on, as in a score test of the sign.

    Args:
        value: The difference.
        rows: Number of rows.
        method: Name of the method that found no spread.
        units: Independent rows that they are worth; None for all of them.
    """
    if value == 0:
        why = "every row's contribution to the metric is equal, so its spread cannot be estimated"
        return undecidable(value, rows, method, why)
    units = rows if units is None else units
    half_width = 2 * Z**2 / (units + Z**2) * abs(value)
    return Difference(
        value=value,
        standard_error=half_width / Z,
        interval=(value - half_width, value + half_width),
        p_value=normal_p(math.sqrt(units)),
        rows=rows,
        method=f"{method}, no spread",
        note="every row changed by the same amount, so the interval is a cautious bound",
    )


def normal_p(z: float) -> float:
    """Chance of a standard normal value at least as far from zero."""
    return math.erfc(abs(z) / math.sqrt(2))


def score_limit(inside: float, outside: float, excludes: Callable[[float], bool]) -> float:
    """The end of an interval of all values that a score test does not exclude.

    Args:
        inside: A value that the test does not exclude, normally the estimate.
        outside: The limit of the parameter's range on the wanted side.
        excludes: Whether the test excludes a value strictly between the two; monotonic.
    """
    for _ in range(60):  # halvings: the distance falls below the precision of a float
        middle = (inside + outside) / 2
        if excludes(middle):
            outside = middle
        else:
            inside = middle
    return outside
