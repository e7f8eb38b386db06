"""Paired comparison of two areas under the ROC curve."""

import math

import numpy as np

from mlgate.stats.difference import (
    MIN_ROWS,
    Array,
    Difference,
    Z,
    score_limit,
    unchanged,
    undecidable,
)


def paired_auc(positive: Array, head: Array, base: Array) -> Difference:
    """Difference of two areas under the ROC curve on the same rows.

    DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837-845, with the placements from midranks
    in O(n log n) (Sun and Xu 2014, IEEE Signal Process. Lett. 21:1389-1393).

    Args:
        positive: Whether a row is of the positive class; boolean, shape (rows,).
        head: Head's score for the positive class; shape (rows,).
        base: Likewise for base.
    """
    rows = len(positive)
    counts = int(np.count_nonzero(positive)), int(np.count_nonzero(~positive))
    if min(counts) == 0:
        why = "all rows are of one class" if rows else "there are no rows"
        return undecidable(math.nan, rows, "DeLong", why)
    ranks = midranks(head), midranks(base)
    if np.array_equal(*ranks):
        return unchanged(rows, "the two models rank all rows alike")
    of_head, of_base = (
        _placements(positive, scores, rank)
        for scores, rank in zip((head, base), ranks, strict=True)
    )
    areas = float(of_head[0].mean()), float(of_base[0].mean())
    value = areas[0] - areas[1]
    if min(counts) < MIN_ROWS:
        why = f"{min(counts)} rows of the rarer class are too few to compare"
        return undecidable(value, rows, "DeLong", why)
    variance = sum(
        float((ours - theirs).var(ddof=1)) / len(ours)
        for ours, theirs in zip(of_head, of_base, strict=True)
    )
    if math.sqrt(variance) < 1e-12:  # placements lie between 0 and 1: what is left is rounding
        return _without_spread(areas, counts)
    standard_error = math.sqrt(variance)
    return Difference(
        value=value,
        standard_error=standard_error,
        interval=(max(value - Z * standard_error, -1.0), min(value + Z * standard_error, 1.0)),
        rows=rows,
        method="DeLong",
    )


def midranks(values: Array) -> Array:
    """Ranks from 1, equal values share the mean of their ranks; shape of `values`."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Array = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return ranks


def _placements(positive: Array, scores: Array, ranks: Array) -> tuple[Array, Array]:
    """Share of the other class on the right side of each positive, and of each negative row.

    A tie counts half. The mean of either is the area.
    """
    positives, negatives = scores[positive], scores[~positive]
    below = (ranks[positive] - midranks(positives)) / len(negatives)
    above = 1 - (ranks[~positive] - midranks(negatives)) / len(positives)
    return below, above


def _without_spread(areas: tuple[float, float], counts: tuple[int, int]) -> Difference:
    """The interval where DeLong's variance is zero, as for two models that separate perfectly.

    That variance says nothing then, so each area gets an interval of its own that does not collapse
    (Newcombe 2006, Stat. Med. 25:559-573, method 5), and the two are combined as if they were
    independent (Newcombe 1998, Stat. Med. 17:873-890, method 10), which is cautious for models that
    agree.
    """
    head, base = areas
    (head_low, head_high), (base_low, base_high) = (_newcombe(area, counts) for area in areas)
    low = head - base - math.hypot(head - head_low, base_high - base)
    high = head - base + math.hypot(head_high - head, base - base_low)
    return Difference(
        value=head - base,
        standard_error=(high - low) / (2 * Z),
        interval=(max(low, -1.0), min(high, 1.0)),
        rows=sum(counts),
        method="Newcombe score",
        note="no two rows show a spread, so the interval is a cautious bound",
    )


def _newcombe(area: float, counts: tuple[int, int]) -> tuple[float, float]:
    """Score interval of one area; variance of Hanley and McNeil 1982, Radiology 143:29-36."""
    others = sum(counts) / 2 - 1

    def excludes(value: float) -> bool:
        spread = 1 + others * ((1 - value) / (2 - value) + value / (1 + value))
        variance = value * (1 - value) * spread / (counts[0] * counts[1])
        return (area - value) ** 2 > Z**2 * variance

    return score_limit(area, 0.0, excludes), score_limit(area, 1.0, excludes)
