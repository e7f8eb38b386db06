"""From a difference and what is allowed to a decision."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mlgate.stats.difference import Z_POWER, Difference, Z

MAX_GROWTH: Final = 1_000
"""Root of the growth of a data set up to which more rows are an answer: a million times as many."""


class Decision(StrEnum):
    """What the rows say about a drop."""

    REGRESSED = "regressed"
    """Worse by more than is allowed, and the interval excludes no change."""
    NO_REGRESSION = "no regression"
    """The interval excludes a drop larger than allowed."""
    INCONCLUSIVE = "inconclusive"
    """Neither: these rows cannot decide."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A decision about head and base, and how far these rows can be trusted with it."""

    decision: Decision
    difference: Difference
    """Head minus base, in the metric's own direction."""
    drop: float
    """How much worse head is, in the metric's units; negative where it is better."""
    allowed: float
    """The largest drop that is no regression."""
    smallest_detectable_drop: float | None
    """Drop that so many rows would show with a chance of 80 %; None without a standard error."""
    rows_needed: int | None
    """Rows that would decide if the observed drop held; None where it is decided, or none would."""


def decide(difference: Difference, *, allowed: float, greater_is_better: bool) -> Comparison:
    """Judge a difference.

    Args:
        difference: Head minus base, in the metric's own direction.
        allowed: Largest drop that is no regression, in the metric's units; not negative.
        greater_is_better: The metric's direction.
    """
    worse = difference.negated() if greater_is_better else difference
    decision = _decision(worse, allowed)
    error = worse.standard_error
    return Comparison(
        decision=decision,
        difference=difference,
        drop=worse.value + 0.0,  # never -0.0
        allowed=allowed,
        # Power of a two-sided z test: e.g. Fleiss, Levin and Paik 2003, Statistical Methods for
        # Rates and Proportions, chapter 4.
        smallest_detectable_drop=(Z + Z_POWER) * error if error else None,
        rows_needed=_rows_needed(worse, allowed) if decision is Decision.INCONCLUSIVE else None,
    )


def _decision(worse: Difference, allowed: float) -> Decision:
    if worse.interval is None:
        return Decision.INCONCLUSIVE
    low, high = worse.interval
    if worse.value > allowed and low > 0:
        return Decision.REGRESSED
    if worse.value <= allowed and high <= allowed:
        return Decision.NO_REGRESSION
    return Decision.INCONCLUSIVE


def _rows_needed(worse: Difference, allowed: float) -> int | None:
    """Rows at which z standard errors, which shrink with the root of their number, fit the gap.

    The gap is the distance to no change where the drop is larger than allowed, else the distance to
    the allowed drop: the end of the interval must move there.
    """
    gap = worse.value if worse.value > allowed else allowed - worse.value
    half_width = Z * (worse.standard_error or 0.0)
    if not 0 < half_width < MAX_GROWTH * gap:
        return None
    # The next whole number, not the nearest: at the exact one, rounding decides.
    return max(math.floor(worse.rows * (half_width / gap) ** 2), worse.rows) + 1
