"""Limits with slack, for figures that were seen in one sample and are to hold in others."""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from mlgate.engines.profile import GRID, Numbers

STANDARD_ERRORS: Final = 4.0
"""Standard errors of the difference of two samples by which a figure may move: 6 in 100,000 do. A
suite for 30 columns has some 200 such limits, and must not warn of chance."""
DRIFT: Final = 0.05
"""Share that may move, and part of the spread that a quantile may move, beside chance."""
_LARGEST: Final = 1e300
"""Magnitude from which on there is no room left for slack below the largest float."""
_LONGEST_TAIL: Final = 20
"""Times by which the room of a range is larger for a tail, at most."""


def bounds(numbers: Numbers) -> tuple[float | None, float | None]:
    """The range that was seen, with room on either side; 0, and 1 for shares, hold.

    The room is half of the width where values are spread evenly, and the more the longer the tail
    is, since the extremes of a long tail differ widely between samples.
    """
    low, high = numbers.minimum, numbers.maximum
    width = high - low
    if not max(width, -low, high) < _LARGEST:  # infinities among them
        return (0 if low >= 0 else None, 0 if high <= 0 else None)
    room = width / 2 or abs(high) / 2 or 1
    middle, fifth, last_fifth = (numbers.quantiles[i] for i in (GRID // 2, 5, GRID - 5))
    below = room * _tail(middle - fifth, middle - low)
    above = room * _tail(last_fifth - middle, high - middle)
    bottom, top = round_down(low - below, below), round_up(high + above, above)
    if low >= 0:
        bottom = max(0, bottom)
    if high <= 0:
        top = min(0, top)
    if 0 <= low <= 0.05 and 0.99 <= high <= 1 and not numbers.whole:
        top = 1
    return bottom, top


def _tail(near: float, far: float) -> float:
    """How far the extreme is from the median, in distances of the 5 % quantile; 1 or more."""
    return max(1.0, far / max(near, far / _LONGEST_TAIL)) if far else 1.0


def quantile_range(numbers: Numbers, p: float, present: int) -> list[float | None]:
    """Where a quantile of another sample of the same size lies, and some room for drift.

    The interval is that of the order statistics (David and Nagaraja, Order Statistics, 7.1), with
    the variance of the difference of two samples. A side on which the interval reaches the extreme
    of the sample has no limit: another sample's extreme lies beyond it half of the time.
    """
    low_share, high_share = interval(p, present)
    first, last = math.floor(low_share * GRID), math.ceil(high_share * GRID)
    low = numbers.quantiles[first] if first > 0 else -math.inf
    high = numbers.quantiles[last] if last < GRID else math.inf
    slack = (numbers.quantiles[GRID - 5] - numbers.quantiles[5]) * DRIFT
    if not slack < _LARGEST:  # infinities among them
        slack = 0.0
    bottom = round_down(low - slack, slack) if abs(low) < _LARGEST else None
    top = round_up(high + slack, slack) if abs(high) < _LARGEST else None
    if bottom is not None and numbers.minimum >= 0:
        bottom = max(0, bottom)
    return [bottom, top]


def interval(share: float, count: int) -> tuple[float, float]:
    """Between which shares a share of another sample of the same size lies.

    Those that a test of two proportions with pooled variance does not reject: near 0 and 1 it
    reaches not as far on one side as on the other. Below 0 or above 1 there is no limit.
    """
    return share - _reach(share, count), share + _reach(1 - share, count)


def _reach(share: float, count: int) -> float:
    """The d > 0 with d = z sqrt(2 m (1 - m) / count), where m is in the middle of share - d."""
    c = 2 * STANDARD_ERRORS**2 / count
    linear = c * (2 * share - 1) / 2
    root = math.sqrt(linear**2 + 4 * (1 + c / 4) * c * share * (1 - share))
    return (linear + root) / (2 + c / 2)


def margin(share: float, count: int) -> float:
    """How far a share may lie from that of another sample of the same size."""
    return STANDARD_ERRORS * math.sqrt(2 * share * (1 - share) / count)


def mostly(count: int, exceptions: int) -> float | None:
    """The share that must hold what held in all of some rows; None where they are many.

    Of a few rows some may be exceptions that were not seen: a sample of the same size has more than
    k of them with a probability of no more than 2^-(k+1), whatever their share is.

    Args:
        count: Rows that were seen.
        exceptions: Exceptions to allow among as many.
    """
    share = exceptions / count
    return None if share < 0.003 else max(0.0, math.floor((1 - share) * 1000) / 1000)


def round_down(value: float, slack: float) -> float:
    """The next number below that has no more digits than the slack has meaning."""
    return _rounded(value, slack, ROUND_FLOOR)


def round_up(value: float, slack: float) -> float:
    """The next number above that has no more digits than the slack has meaning."""
    return _rounded(value, slack, ROUND_CEILING)


def _rounded(value: float, slack: float, rounding: str) -> float:
    """An `int` where the rounded number is whole, so that it reads as one."""
    if slack <= 0:
        return value
    step = Decimal(1).scaleb(math.floor(math.log10(slack)))
    steps = (Decimal(repr(value)) / step).to_integral_value(rounding=rounding)
    found = steps * step
    return int(found) if found == found.to_integral_value() else float(found)
