"""Paired comparison of any metric by a bootstrap whose interval heeds the skew of the metric.

The metric is asked for many sets of rows at once, so that a process that holds it is asked once.
"""

import math
from collections.abc import Callable
from itertools import islice
from statistics import NormalDist
from typing import Final

import numpy as np

from mlgate.stats.bootstrap import MAX_ROWS, resampled
from mlgate.stats.difference import (
    ALPHA,
    MIN_ROWS,
    ROUNDING,
    Array,
    Difference,
    constant,
    undecidable,
)
from mlgate.stats.linear import named, student, too_few
from mlgate.stats.sample import Sample

RESAMPLES: Final = 1_000
"""An end of the interval is then uncertain by about a tenth of a standard error."""
FEWEST: Final = 200
"""Resamples below which the ends of an interval are not worth their name."""
GROUPS: Final = 100
"""Groups of rows that the jackknife leaves out, one at a time."""
METHOD: Final = "bootstrap, BCa or Student's"
SEEN: Final = 10
"""Draws beyond zero below which their share is too uncertain, and the normal tail is taken."""
_NORMAL: Final = NormalDist()


def paired_bca(
    differences: Callable[[list[Array]], Array],
    rows: Sample,
    *,
    strata: Array | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Difference:
    """Difference of any metric on the same rows: at each end the wider of two intervals.

    One is bias-corrected and accelerated (Efron 1987, J. Am. Stat. Assoc. 82:171-185). Its
    acceleration comes from a jackknife of groups of rows (Efron and Tibshirani 1993, An
    Introduction to the Bootstrap, section 14.3), and Student's quantile stands for the normal one,
    since the spread of few rows is uncertain itself. The other is Student's with the bootstrap's
    error. For sums of money the first misses the truth too often where losses and gains have long
    tails alike, the second where only losses have one: docs/own-metrics.md has both.

    Above `MAX_ROWS` rows resamples are smaller than the sample, which has little skew left: there
    Student's interval with the bootstrap's error, as in `paired_bootstrap`.

    Args:
        differences: Head's metric minus base's for each set of row indices; called once.
        rows: The sample.
        strata: Class of each row, where a resample without one of the classes has no metric.
        resamples: Number of resamples.
        seed: Seed of the random numbers; the same seed gives the same interval.
    """
    count = rows.rows
    whole = np.arange(count)
    if count < MIN_ROWS or rows.units < MIN_ROWS:
        value = float(differences([whole])[0]) if count else math.nan
        return undecidable(value, count, "bootstrap", too_few(rows))
    random = np.random.default_rng(seed)
    size = min(count, MAX_ROWS)
    drawn_rows = list(islice(resampled(rows, size, strata, random), resamples))
    accelerates = size == count
    left_out = _without_groups(rows, random) if accelerates else []
    found = np.asarray(differences([whole, *drawn_rows, *left_out]), dtype=float)
    value, drawn, without = float(found[0]), found[1 : resamples + 1], found[resamples + 1 :]
    undefined = int(np.count_nonzero(~np.isfinite(drawn)))
    if undefined:
        why = f"it is undefined in {undefined} of {resamples} resamples of these rows"
        return undecidable(value, count, "bootstrap", why)
    error = float(drawn.std(ddof=1)) * math.sqrt(size / count)
    if error <= ROUNDING * max(abs(value), ROUNDING):
        return constant(value, count, "bootstrap", rows.units)
    usable = len(without) > MIN_ROWS and bool(np.isfinite(without).all())
    if not usable:
        return student(value, error, rows, method="bootstrap")
    return _bca(value, drawn, error, acceleration_of(without), rows)


def _without_groups(rows: Sample, random: np.random.Generator) -> list[Array]:
    """All rows but those of one group, for each group: of clusters where there are some."""
    units = rows.clusters if rows.clusters is not None else np.arange(rows.rows)
    number = int(units.max()) + 1
    group = random.permutation(np.arange(number) % min(GROUPS, number))[units]
    return [np.flatnonzero(group != chosen) for chosen in range(int(group.max()) + 1)]


def acceleration_of(without: Array) -> float:
    """The skew of what the groups add, by the jackknife."""
    added = without.mean() - without
    squares = float((added**2).sum())
    return float((added**3).sum()) / (6 * squares**1.5) if squares > 0 else 0.0


def _bca(value: float, drawn: Array, error: float, acceleration: float, rows: Sample) -> Difference:
    plain = student(value, error, rows, method=METHOD)
    bias = bias_of(value, drawn)
    # Student's quantile for the normal one: with few rows the spread itself is uncertain.
    assert plain.interval is not None  # noqa: S101  # Student's always has one
    reach = (plain.interval[1] - value) / error
    ends = accelerated(drawn, bias, acceleration, reach)
    low, high = min(ends[0], plain.interval[0]), max(ends[1], plain.interval[1])
    p_value = max(_p_value(drawn, error, bias, acceleration, reach), plain.p_value or 0.0)
    excludes = low > 0 or high < 0
    if excludes:  # said alike by both, to the last draw
        p_value = min(p_value, ALPHA)
    elif p_value <= ALPHA:
        p_value = math.nextafter(ALPHA, 1)
    return Difference(
        value=value,
        standard_error=error,
        interval=(low, high),
        rows=rows.rows,
        method=named(METHOD, rows),
        p_value=p_value,
    )


def bias_of(value: float, drawn: Array) -> float:
    """Normal quantile of the share of draws below the metric itself; of equal ones, half."""
    below = float(np.mean(drawn < value) + np.mean(drawn == value) / 2)
    return _NORMAL.inv_cdf(min(max(below, 1 / len(drawn)), 1 - 1 / len(drawn)))


def accelerated(
    drawn: Array, bias: float, acceleration: float, reach: float
) -> tuple[float, float]:
    """The ends of the interval that is bias-corrected and accelerated (Efron 1987, equation 2.3).

    Args:
        drawn: The metric on the resamples.
        bias: Normal quantile of the share of them below the metric itself.
        acceleration: Skew of what rows add.
        reach: Quantile that stands for 1.96.
    """
    levels = []
    for z in (-reach, reach):
        shifted = bias + z
        levels.append(_NORMAL.cdf(bias + shifted / max(1 - acceleration * shifted, 0.1)))
    low, high = np.quantile(drawn, levels)
    return float(low), float(high)


def _p_value(drawn: Array, error: float, bias: float, acceleration: float, reach: float) -> float:
    """Two-sided: the level at which an end of the interval is zero.

    A share of few draws says little of a tail: there the normal one goes on from the draws' mean
    and spread.
    """
    beyond = min(np.count_nonzero(drawn <= 0), np.count_nonzero(drawn >= 0))
    if beyond >= SEEN:
        share = float(np.mean(drawn < 0) + np.mean(drawn == 0) / 2)
        shifted = _NORMAL.inv_cdf(min(max(share, 1 / len(drawn)), 1 - 1 / len(drawn))) - bias
    else:
        shifted = -float(drawn.mean()) / error - bias
    z = shifted / max(1 + acceleration * shifted, 0.1) - bias
    # On the scale on which the interval's ends lie at `reach`, and a normal one's at 1.96.
    normal = z * -_NORMAL.inv_cdf(ALPHA / 2) / reach
    return min(1.0, 2 * _NORMAL.cdf(-abs(normal)))
