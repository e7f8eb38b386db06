"""Numbers as people write them: the digits that data support, a true minus, commas in counts."""

import json
import math
from collections.abc import Sequence
from typing import Final

from pydantic import JsonValue

MINUS: Final = "\N{MINUS SIGN}"
TO: Final = " … "
"""Between the ends of an interval: a dash would look like one more minus."""


def decimals(values: Sequence[float], interval: tuple[float, float] | None) -> int:
    """Decimal places for the two values of a comparison and their difference.

    One or two significant digits of the interval's half width, by the rule of the Particle Data
    Group (Review of Particle Physics, section 5.3 of the introduction): two up to 3.54, else one.
    One place more where the smaller value would have a single digit. Without an interval, four
    significant digits of the smaller value that is not zero.
    """
    sizes = [abs(value) for value in values if value]
    half_width = (interval[1] - interval[0]) / 2 if interval else 0.0
    if not 0 < half_width < math.inf:
        return _places(min(sizes), significant=4) if sizes else 1
    leading = float(f"{half_width:e}".partition("e")[0])
    places = _places(half_width, significant=2 if leading < 3.55 else 1)
    coarse = bool(sizes) and _places(min(sizes), significant=2) > places
    return min(6, places + coarse)


def fixed(value: float, places: int) -> str:
    """A number with a given number of decimal places, such as `1,234.50`."""
    text = f"{value:,.{places}f}"
    if not text.strip("-0.,"):
        return text.lstrip("-")  # minus nothing is nothing
    return text.replace("-", MINUS)


def signed(value: float, places: int) -> str:
    """A difference: always with its sign, unless it rounds to nothing."""
    text = fixed(value, places)
    return f"+{text}" if value > 0 and text.strip("0.,") else text


def span(interval: tuple[float, float], places: int) -> str:
    """An interval of a difference, such as `+0.012 … +0.036`."""
    return TO.join(signed(end, places) for end in interval)


def about(value: float) -> str:
    """An estimate with two significant digits, such as `3,900`."""
    if value < 100:
        return f"{math.ceil(value):,}"
    return f"{round(value, 1 - math.floor(math.log10(value))):,.0f}"


def limit(text: str) -> str:
    """A limit such as `drop <= 0.01`, with the signs that are read at a glance."""
    return text.replace("<=", "≤").replace(">=", "≥")


def percent(share: float) -> str:
    """A share as percent; what is not quite nothing or all never looks as if it were."""
    if 0 < share < 0.0005:
        return "< 0.1 %"
    if 0.9995 < share < 1:
        return "> 99.9 %"
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun, such as `1,409 rows`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def duration(seconds: float) -> str:
    """Wall-clock time, such as `0.4 s`, `41 s` or `3 min 20 s`."""
    if not math.isfinite(seconds):
        return "an unknown time"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def cell(value: JsonValue, digits: int = 4) -> str:
    """Any measured value as text that still is to be escaped."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return fixed(value, 0)
        texts = [f"{value:.{more}g}" for more in (digits, 6, 9)]  # 0.99999 is no 1
        text = next((text for text in texts if not float(text).is_integer()), texts[-1])
        return text.replace("-", MINUS)
    return json.dumps(value, ensure_ascii=False)


def cells(values: Sequence[JsonValue]) -> list[str]:
    """Values side by side, with the digits that it takes to tell them apart."""
    large = [value for value in values if isinstance(value, float) and abs(value) >= 1000]
    if large and len(large) == len(values) and not all(value.is_integer() for value in large):
        apart = max(large) - min(large) or max(map(abs, large))
        if 0 < apart < math.inf and (places := _places(apart, significant=3)) < 6:
            return [fixed(value, places) for value in large]
    texts = [cell(value) for value in values]
    for digits in (6, 9, 15):
        if len(set(texts)) == len({json.dumps(value) for value in values}):
            break
        texts = [cell(value, digits) for value in values]
    return texts


def number(value: JsonValue) -> float | None:
    """A JSON value as a number; None where it is none, or too large to be a measurement."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e300 else None


def _places(size: float, significant: int) -> int:
    return min(6, max(0, significant - 1 - math.floor(math.log10(size))))
