"""Intervals for quantiles that assume nothing of the distribution."""

import math
from collections.abc import Sequence
from typing import Final

CONFIDENCE: Final = 0.95


def interval(
    values: Sequence[float], p: float, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """An interval that holds a quantile of the population in at least 95 of 100 samples.

    The order statistics whose ranks the binomial distribution excludes in less than 2.5 % of all
    samples on either side (David and Nagaraja, Order Statistics, 2003, 7.1).

    Args:
        values: A sample; independent draws.
        p: Which quantile, 0 to 1.
        confidence: Share of samples, 0 to 1, in place of 0.95.

    Returns:
        The limits; infinite where the sample is too small to set one.
    """
    ordered, number = sorted(values), len(values)
    tail = (1 - confidence) / 2
    below = -1  # the largest rank r with P(fewer than r + 1 values lie below the quantile) <= tail
    above = number  # the smallest rank with P(at least that many lie below) <= tail
    cumulative = 0.0
    for count in range(number + 1):
        chance = _binomial(count, number, p)
        cumulative += chance
        if cumulative <= tail:
            below = count
        if 1 - cumulative + chance <= tail:
            above = min(above, count - 1)
    low = ordered[below] if below >= 0 else -math.inf
    high = ordered[above] if above < number else math.inf
    return low, high


def _binomial(count: int, number: int, p: float) -> float:
    if p in (0, 1):
        return float(count == number * p)
    log = math.lgamma(number + 1) - math.lgamma(count + 1) - math.lgamma(number - count + 1)
    return math.exp(log + count * math.log(p) + (number - count) * math.log1p(-p))


def quantile(values: Sequence[float], p: float) -> float:
    """The nearest-rank quantile of a sample."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(p * len(ordered)) - 1)]
