"""Paired comparison of metrics that are means over rows, or the root of one."""

import math

import numpy as np

from mlgate.stats.difference import (
    ALPHA,
    MIN_ROWS,
    ROUNDING,
    Array,
    Difference,
    Z,
    constant,
    score_limit,
    undecidable,
)


def paired_proportion(head: Array, base: Array) -> Difference:
    """Difference of two proportions on the same rows, such as two accuracies.

    Tango's score interval (Tango 1998, Stat. Med. 17:891-908) keeps its level with few discordant
    rows, and does not collapse to a point with none. The standard error is that of the Wald
    interval (Fagerland, Lydersen and Laake 2014, Stat. Med. 33:2850-2875), and the score interval's
    half-width in units of z where that is zero.

    Args:
        head: Whether head is right, for each row; boolean, shape (rows,).
        base: Likewise for base.
    """
    rows = len(head)
    gained = int(np.count_nonzero(head & ~base))
    lost = int(np.count_nonzero(~head & base))
    value = (gained - lost) / rows if rows else math.nan
    if rows < MIN_ROWS:
        return undecidable(value, rows, "Tango score", f"{rows} rows are too few to compare")
    interval = _tango(gained, lost, rows)
    spread = math.sqrt(max(gained + lost - (gained - lost) ** 2 / rows, 0.0)) / rows
    return Difference(
        value=value,
        standard_error=spread or (interval[1] - interval[0]) / (2 * Z),
        interval=interval,
        rows=rows,
        method="Tango score",
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


def paired_mean(head: Array, base: Array) -> Difference:
    """Difference of two means over the same rows: log loss, mean absolute or squared error.

    The paired t interval (Student 1908, Biometrika 6:1-25).

    Args:
        head: What each row adds to head's metric, such as its absolute error; shape (rows,).
        base: Likewise for base.
    """
    return _t_interval(head - base, scale=_size(head, base), method="paired t")


def paired_root_mean_square(head: Array, base: Array) -> Difference:
    """Difference of two root mean squares over the same rows: RMSE.

    The delta method: a row with squared error s moves the root r of the mean by (s - r²) / (2 r),
    its influence (van der Vaart 1998, Asymptotic Statistics, chapter 3 and section 20.1).

    Args:
        head: Error of head on each row; shape (rows,).
        base: Likewise for base.
    """
    method = "delta method"
    squares = head**2, base**2
    roots = [math.sqrt(square.mean()) if len(square) else math.nan for square in squares]
    value = roots[0] - roots[1]
    if 0.0 in roots:  # the root has no slope at zero: one model, or each, makes no error at all
        return _beside_a_perfect_model(squares[0], squares[1], value)
    influence = [
        (square - root**2) / (2 * root) for square, root in zip(squares, roots, strict=True)
    ]
    return _t_interval(value + influence[0] - influence[1], scale=max(roots), method=method)


def _beside_a_perfect_model(head: Array, base: Array, value: float) -> Difference:
    """RMSE where one model has no error: the interval of the other's mean square, then its root."""
    mean = _t_interval(head - base, scale=_size(head, base), method="paired t of squares, root")
    if mean.interval is None:
        return undecidable(value, mean.rows, mean.method, mean.note or "")
    low, high = (math.copysign(math.sqrt(abs(end)), end) for end in mean.interval)
    return Difference(
        value=value,
        standard_error=(high - low) / (2 * Z),
        interval=(low, high),
        rows=mean.rows,
        method=mean.method,
        note=mean.note,
    )


def _size(head: Array, base: Array) -> float:
    return float((np.abs(head).mean() + np.abs(base).mean()) / 2) if len(head) else 0.0


def _t_interval(differences: Array, *, scale: float, method: str) -> Difference:
    """Student's interval of a mean.

    Args:
        differences: One value for each row; their mean is the difference.
        scale: Size of the numbers that were subtracted; a spread that vanishes beside it is none.
        method: Name of the method.
    """
    from scipy.special import stdtrit

    rows = len(differences)
    value = float(differences.mean()) if rows else math.nan
    if rows < MIN_ROWS:
        return undecidable(value, rows, method, f"{rows} rows are too few to compare")
    spread = float(differences.std(ddof=1))
    if spread <= ROUNDING * scale:
        return constant(value if abs(value) > ROUNDING * scale else 0.0, rows, method)
    standard_error = spread / math.sqrt(rows)
    half_width = float(stdtrit(rows - 1, 1 - ALPHA / 2)) * standard_error
    return Difference(
        value=value,
        standard_error=standard_error,
        interval=(value - half_width, value + half_width),
        rows=rows,
        method=method,
    )
