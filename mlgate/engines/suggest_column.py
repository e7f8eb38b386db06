"""What a suggested suite expects of one column: types, nulls, keys, formats, sets, and figures."""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from mlgate.engines.limits import (
    DRIFT,
    STANDARD_ERRORS,
    bounds,
    margin,
    mostly,
    quantile_range,
    round_up,
)
from mlgate.engines.profile import ColumnProfile, Numbers, Words

Expectation = dict[str, Any]
"""One expectation as a suite of Great Expectations 1.x spells it."""

MAX_CATEGORIES: Final = 25
"""Categories of text that are listed."""
MAX_CODES: Final = 10
"""Whole numbers that are taken for codes, such as 0 and 1, where they are no more than this."""
_ENOUGH: Final = 20
"""Values below which nothing but nulls is expected of a column that has nulls."""
_ENOUGH_FOR_FIGURES: Final = 30
"""Values below which quantiles and shares say nothing."""
_OUTLIERS: Final = 3
"""Values beyond a range, among as many as were seen: the tail of a few hundred is hardly known."""
_ENOUGH_FOR_FRESHNESS: Final = 300
"""Times of which a twentieth are 15: a sample of half as many rows has none of them by chance once
in 2,000 times."""
_SEEN: Final = 5
"""Rows that each category needs so that a new one, or none of an old one, is no chance."""
_QUANTILES: Final = (0.05, 0.5, 0.95)
"""Quantiles that are limited: where the bulk of the values begins, lies and ends."""
_LONGEST_CATEGORY: Final = 100
"""Characters of a category that can be reviewed in a list."""
_KEY_NAME: Final = re.compile(r"(^|[^a-z])(id|key|uuid|guid|index|nr|no)$|[a-z](Id|ID|Key)$")


def of_column(column: ColumnProfile) -> Iterator[Expectation]:
    """What is expected of a column, most important first."""
    yield from _nulls(column)
    if column.nulls and column.present < _ENOUGH:
        return
    if _closed(column):
        yield _members(column)
        yield from _shares(column)
    elif column.numbers:
        yield from _quantity(column, column.numbers)
    elif column.words:
        yield from _text(column)
    elif column.moments:
        yield _plausible_times(column)
        if column.present >= _ENOUGH_FOR_FRESHNESS:
            yield _fresh(column)


def _nulls(column: ColumnProfile) -> Iterator[Expectation]:
    share = column.null_share
    if not column.nulls:
        yield expect(
            "column_values_to_not_be_null", "critical", "no nulls were seen", column=column.name
        )
        return
    allowed = share + 0.02 + margin(share, column.rows)
    mostly = math.floor((1 - allowed) * 100) / 100
    if mostly > 0:
        yield expect(
            "column_values_to_not_be_null",
            "critical",
            f"{percent(share)} nulls were seen",
            column=column.name,
            mostly=mostly,
        )


def _closed(column: ColumnProfile) -> bool:
    """Whether the values are a closed set: few, and each of them is frequent."""
    counts = [count for _, count in column.values]
    if not counts:
        return False
    if column.kind == "boolean":
        return True
    if column.kind == "number":  # a rare largest code is the tail of a quantity
        codes = all(abs(value) < 2**53 for value, _ in column.values)
        whole = column.numbers is not None and column.numbers.whole
        frequent = min(counts) >= max(_SEEN, 0.02 * column.present)
        return codes and whole and frequent and len(counts) <= MAX_CODES
    readable = all(
        len(value) <= _LONGEST_CATEGORY and value.isprintable() for value, _ in column.values
    )
    return readable and len(counts) <= MAX_CATEGORIES and _unseen_share(counts) <= 0.01


def _unseen_share(counts: Sequence[int]) -> float:
    """Chance that a new row has a value not seen yet: Good's estimate (Biometrika 40, 1953)."""
    return counts.count(1) / sum(counts)


def _members(column: ColumnProfile) -> Expectation:
    values = [value for value, _ in column.values]
    if column.kind == "boolean":
        values = [False, True]
    elif column.numbers:
        values = [int(value) for value in values]
    rare = min(count for _, count in column.values) < _SEEN and column.kind != "boolean"
    why = "true or false" if column.kind == "boolean" else "the only values that were seen"
    return expect(
        "column_values_to_be_in_set",
        "critical",
        why + (", some of them rarely" if rare else ""),
        column=column.name,
        value_set=values,
        **({"mostly": 0.98} if rare else {}),
    )


def _shares(column: ColumnProfile) -> Iterator[Expectation]:
    """How frequent the values are, which finds codes that were exchanged."""
    counts = sorted((count for _, count in column.values), reverse=True)
    if column.present < _ENOUGH_FOR_FIGURES or len(counts) < 2:
        return
    if column.numbers and {value for value, _ in column.values} == {0, 1}:
        share = column.numbers.mean
        slack = DRIFT + margin(share, column.present)
        yield expect(
            "column_mean_to_be_between",
            "warning",
            f"the share of ones was {percent(share)}",
            column=column.name,
            min_value=max(0.0, math.floor((share - slack) * 100) / 100),
            max_value=min(1.0, math.ceil((share + slack) * 100) / 100),
        )
        return
    lead = (counts[0] - counts[1]) / column.present
    # The difference of two shares of one sample has no more than the variance of their sum.
    noise = STANDARD_ERRORS * math.sqrt(2 * (counts[0] + counts[1])) / column.present
    if lead > noise:
        most = next(value for value, count in column.values if count == counts[0])
        yield expect(
            "column_most_common_value_to_be_in_set",
            "warning",
            f"it had {percent(counts[0] / column.present)} of the rows, "
            f"the next {percent(counts[1] / column.present)}",
            column=column.name,
            value_set=[int(most) if column.kind == "number" else most],
        )


def _quantity(column: ColumnProfile, numbers: Numbers) -> Iterator[Expectation]:
    if re.fullmatch("u?int[0-9]+", column.dtype):
        yield expect(
            "column_values_to_be_of_type",
            "critical",
            "whole numbers",
            column=column.name,
            type_=column.dtype,
        )
    ordered = column.order is not None and column.present >= _ENOUGH
    named = _KEY_NAME.search(column.name) or _KEY_NAME.search(column.name.lower())
    if numbers.whole and column.unique and (ordered or named):
        yield _unique(column)
        return
    yield from _range(column, numbers)
    ranges = [quantile_range(numbers, p, column.present) for p in _QUANTILES]
    if column.present >= _ENOUGH_FOR_FIGURES and ranges != [[None, None]] * len(ranges):
        yield expect(
            "column_quantile_values_to_be_between",
            "warning",
            f"the median was {_brief(numbers.median)}",
            column=column.name,
            quantile_ranges={"quantiles": list(_QUANTILES), "value_ranges": ranges},
        )


def _range(column: ColumnProfile, numbers: Numbers) -> Iterator[Expectation]:
    """A range for all values; of few rows some may be beyond it, but not beyond a natural bound.

    Natural bounds are 0, and the 1 of shares: they are no matter of the sample.
    """
    low, high = bounds(numbers)
    top = 0 if numbers.maximum <= 0 else high
    whole = top == 0 or numbers.maximum == 1 == high
    natural = (0 if numbers.minimum >= 0 else None, top if whole else None)
    exceptions = few_exceptions(column.present, _OUTLIERS)
    why = f"{_brief(numbers.minimum)} to {_brief(numbers.maximum)} were seen"
    limits = {natural: {}, (low, high): exceptions} if exceptions else {(low, high): {}}
    if natural == (low, high):
        limits = {natural: {}}
    for (bottom, top), share in limits.items():
        if bottom is not None or top is not None:
            yield expect(
                "column_values_to_be_between",
                "critical",
                why if (bottom, top) == (low, high) else "no value was beyond",
                column=column.name,
                min_value=bottom,
                max_value=top,
                **share,
            )


def _text(column: ColumnProfile) -> Iterator[Expectation]:
    words = column.words
    assert words is not None  # noqa: S101  # the caller has asked
    if words.pattern is not None:
        yield expect(
            "column_values_to_match_regex",
            "critical",
            f"{words.format}",
            column=column.name,
            regex=words.pattern,
        )
    else:
        yield expect(
            "column_value_lengths_to_be_between",
            "critical",
            f"{words.shortest} to {words.longest} characters were seen",
            column=column.name,
            min_value=min(1, words.shortest),
            max_value=int(round_up(2 * words.longest + 1, words.longest + 1)),
        )
    if column.unique and column.present >= _ENOUGH and not (words.spaced or _is_time(words)):
        yield _unique(column)


def _is_time(words: Words) -> bool:
    """Whether it is text that stands for a moment, which tells rows apart by chance only."""
    return (words.format or "").startswith("ISO date")


def _unique(column: ColumnProfile) -> Expectation:
    return expect(
        "column_values_to_be_unique", "critical", "a key: no value twice", column=column.name
    )


def _plausible_times(column: ColumnProfile) -> Expectation:
    """Years around those that were seen: finds the epoch and other stand-ins for a missing time."""
    moments = column.moments
    assert moments is not None  # noqa: S101  # the caller has asked
    first, last = int(moments.first[:4]), int(moments.last[:4])
    slack = max(5, (last - first) // 2)
    written = {"date": "{}", "naive": "{}T{}", "aware": "{}T{}+00:00"}[moments.form]
    oldest, newest = max(1, first - slack), last + 1 + slack
    end = (f"{newest:04}-01-01", "00:00:00")
    if newest > 9999:  # the last year that a date can have: all of it
        end = ("9999-12-31", "23:59:59.999999")
    return expect(
        "column_values_to_be_between",
        "critical",
        f"{moments.first[:10]} to {moments.last[:10]} were seen",
        column=column.name,
        min_value=written.format(f"{oldest:04}-01-01", "00:00:00"),
        max_value=written.format(*end),
    )


def _fresh(column: ColumnProfile) -> Expectation:
    """Some rows from the end of the time that was seen: an older version has none."""
    moments = column.moments
    assert moments is not None  # noqa: S101  # the caller has asked
    return expect(
        "column_values_to_be_between",
        "critical",
        f"the newest value was {moments.last[:10]}: data that end before {moments.late[:10]} are "
        "an older version",
        column=column.name,
        min_value=moments.late,
        mostly=0.001,
    )


def expect(kind: str, severity: str, why: str, /, **kwargs: Any) -> Expectation:
    """An expectation of a suite, with its severity and why it is expected."""
    return {
        "type": f"expect_{kind}",
        "kwargs": kwargs,
        "severity": severity,
        "meta": {"notes": why},
    }


def few_exceptions(count: int, exceptions: int) -> dict[str, float]:
    """The `mostly` that allows some exceptions among so many values; none where all must hold."""
    share = mostly(count, exceptions)
    return {} if share is None else {"mostly": share}


def percent(share: float) -> str:
    """A share as text."""
    return f"{100 * share:.3g} %"


def _brief(value: float) -> str:
    return f"{value:.4g}"
