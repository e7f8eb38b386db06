"""Paired comparison of metrics that are means over rows, or the root of one."""

import math

import numpy as np

from mlgate.stats.difference import (
    MIN_ROWS,
    Array,
    Difference,
    Z,
    normal_p,
    score_limit,
    undecidable,
)
from mlgate.stats.linear import linear, named, too_few
from mlgate.stats.sample import Sample, sample


def paired_proportion(head: Array, base: Array, rows: Sample | None = None) -> Difference:
    """Difference of two proportions on the same rows, such as two accuracies.

    Tango's score interval (Tango 1998, Stat. Med. 17:891-908) keeps its level with few discordant
    rows, and does not collapse to a point with none. Its p-value is McNemar's (1947, Psychometrika
    12:153-157). The standard error is that of the Wald interval (Fagerland, Lydersen and Laake
    2014, Stat. Med. 33:2850-2875), and the score interval's half-width in units of z where that is
    zero. Rows with weights or clusters are compared as means.

    Args:
        head: Whether head is right, for each row; boolean, shape (rows,).
        base: Likewise for base.
        rows: Their weights and clusters; None where there are none.
    """
    rows = rows or sample(len(head))
    count = rows.rows
    if not rows.plain:
        return _proportion_of_a_sample(head, base, rows)
    gained = int(np.count_nonzero(head & ~base))
    lost = int(np.count_nonzero(~head & base))
    value = (gained - lost) / count if count else math.nan
    if count < MIN_ROWS:
        return undecidable(value, count, "Tango score", too_few(rows))
    interval = _tango(gained, lost, count)
    spread = math.sqrt(max(gained + lost - (gained - lost) ** 2 / count, 0.0)) / count
    return Difference(
        value=value,
        standard_error=spread or (interval[1] - interval[0]) / (2 * Z),
        interval=interval,
        p_value=normal_p((gained - lost) / math.sqrt(gained + lost)) if gained + lost else 1.0,
        rows=count,
        method="Tango score",
    )


def _proportion_of_a_sample(head: Array, base: Array, rows: Sample) -> Difference:
    """As the mean of 1, 0 and -1; where no row differs, Tango's limits for none of the units."""
    if not np.array_equal(head, base) or rows.units < MIN_ROWS:
        return paired_mean(head.astype(float), base.astype(float), rows)
    bound = Z**2 / (rows.units + Z**2)
    return Difference(
        value=0.0,
        standard_error=bound / Z,
        interval=(-bound, bound),
        p_value=1.0,
        rows=rows.rows,
        method=named("Tango score", rows),
    )


def _tango(gained: int, lost: int, rows: int) -> tuple[float, float]:
    """All differences that Tango's score test does not exclude."""

    def excludes(difference: float) -> bool:
        # The share of lost rows that is most likely under this difference.
        a = 2 * rows
        b = (2 * rows - gained + lost) * difference - gained - lost
        c = -lost * difference * (1 - difference)
        share_lost = (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
        variance = rows * max(2 * share_lost + difference * (1 - difference), 0.0)
        return (gained - lost - rows * difference) ** 2 > Z**2 * variance

    estimate = (gained - lost) / rows
    return score_limit(estimate, -1.0, excludes), score_limit(estimate, 1.0, excludes)


def paired_mean(head: Array, base: Array, rows: Sample | None = None) -> Difference:
    """Difference of two means over the same rows: log loss, mean absolute or squared error.

    The paired t interval (Student 1908, Biometrika 6:1-25).

    Args:
        head: What each row adds to head's metric, such as its absolute error; shape (rows,).
        base: Likewise for base.
        rows: Their weights and clusters; None where there are none.
    """
    rows = rows or sample(len(head))
    differences = head - base
    value = rows.mean(differences) if rows.rows else math.nan
    return linear(value, differences, rows, scale=_size(head, base), method="paired t")


def paired_root_mean_square(head: Array, base: Array, rows: Sample | None = None) -> Difference:
    """Difference of two root mean squares over the same rows: RMSE.

    The delta method: a row with squared error s moves the root r of the mean by (s - r²) / (2 r),
    its influence (van der Vaart 1998, Asymptotic Statistics, chapter 3 and section 20.1).

    Args:
        head: Error of head on each row; shape (rows,).
        base: Likewise for base.
        rows: Their weights and clusters; None where there are none.
    """
    rows = rows or sample(len(head))
    squares = head**2, base**2
    roots = [math.sqrt(rows.mean(square)) if rows.rows else math.nan for square in squares]
    value = roots[0] - roots[1]
    if 0.0 in roots:  # the root has no slope at zero: one model, or each, makes no error at all
        return _beside_a_perfect_model(squares[0], squares[1], value, rows)
    influence = squares[0] / (2 * roots[0]) - squares[1] / (2 * roots[1])
    return linear(value, influence, rows, scale=max(roots), method="delta method")


def _beside_a_perfect_model(head: Array, base: Array, value: float, rows: Sample) -> Difference:
    """RMSE where one model has no error: the interval of the other's mean square, then its root."""
    mean = paired_mean(head, base, rows)
    method = mean.method.replace("paired t", "paired t of squares, root")
    if mean.interval is None:
        return undecidable(value, mean.rows, method, mean.note or "")
    low, high = (math.copysign(math.sqrt(abs(end)), end) for end in mean.interval)
    return Difference(
        value=value,
        standard_error=(high - low) / (2 * Z),
        interval=(low, high),
        p_value=mean.p_value,
        rows=mean.rows,
        method=method,
        note=mean.note,
    )


def _size(head: Array, base: Array) -> float:
    return float((np.abs(head).mean() + np.abs(base).mean()) / 2) if len(head) else 0.0
