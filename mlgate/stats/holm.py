"""Many comparisons at once: how much each must show so that all together seldom cry wolf."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values: the chance of any false rejection is at most the level.

    Holm 1979, Scand. J. Stat. 6:65-70; holds whatever the tests have to do with each other.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [1.0] * len(p_values)
    least = 0.0
    for place, index in enumerate(order):
        least = max(least, min(1.0, (len(order) - place) * p_values[index]))
        adjusted[index] = least
    return adjusted
