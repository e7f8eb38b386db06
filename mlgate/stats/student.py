"""Student's t distribution with the standard library alone: scipy takes 0.3 s to import."""

import math
from statistics import NormalDist
from typing import Final

from mlgate.stats.difference import score_limit

NORMAL: Final = NormalDist()
MANY: Final = 10_000
"""Degrees of freedom above which an expansion is as good as the integral."""
STEPS: Final = 2_000
"""Terms of the continued fraction at most; MANY degrees of freedom take about a hundred."""


def two_sided(t: float, freedom: float) -> float:
    """Chance of a t at least as far from zero.

    Abramowitz and Stegun 1964, Handbook of Mathematical Functions: 26.7.1 through the incomplete
    beta function, 26.7.8 for many degrees of freedom.

    Args:
        t: The statistic.
        freedom: Degrees of freedom, at least 1; need not be whole.
    """
    if freedom > MANY:
        z = abs(t) * (1 - 1 / (4 * freedom)) / math.sqrt(1 + t * t / (2 * freedom))
        return 2 * NORMAL.cdf(-z)
    return _incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def quantile(alpha: float, freedom: float) -> float:
    """The t that is exceeded, on both sides together, with a chance of `alpha`."""

    def rare(t: float) -> bool:
        return two_sided(t, freedom) < alpha

    limit = 2.0
    while not rare(limit):
        limit *= 2
    return score_limit(0.0, limit, rare)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return min(max(x, 0.0), 1.0)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side only
        return 1 - _incomplete_beta(1 - x, b, a)
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(log + a * math.log(x) + b * math.log1p(-x)) / a
    return front / _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction 1 + d1 / (1 + d2 / …), Abramowitz and Stegun 26.5.8, as 1 / value.

    Evaluated forwards by the modified Lentz method (Thompson and Barnett 1986, J. Comput. Phys.
    64:490-509).
    """
    value = above = 1.0
    below = 0.0
    for step in range(1, STEPS):
        half = step // 2
        if step % 2:
            part = -(a + half) * (a + b + half) * x / ((a + step - 1) * (a + step))
        else:
            part = half * (b - half) * x / ((a + step - 1) * (a + step))
        below = 1 / (1 + part * below or 1e-300)
        above = 1 + part / above or 1e-300
        value *= above * below
        if abs(above * below - 1) < 1e-15:
            break
    return value
