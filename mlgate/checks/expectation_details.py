"""What a finding keeps of Great Expectations' result: all of its fields, within bounds."""

import math
from collections.abc import Mapping
from typing import Any, Final

from mlgate.checks.wording import brief

MAX_ITEMS: Final = 20
"""Values or rows of a list."""
MAX_ROWS: Final = 5
"""Whole rows of the data."""
MAX_ENTRIES: Final = 50
"""Columns of a record, or keys of another mapping."""
MAX_TEXT: Final = 80
"""Characters of a value."""
MAX_QUERY: Final = 2000
"""Characters of an expression for rows; a longer one is left out, since half of it is of no use."""
MAX_DEPTH: Final = 4


def bounded(result: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a result, small enough for the result file.

    Returns:
        The fields by Great Expectations' names. `shortened` has the true length of each list or
        text that was cut.
    """
    kept: dict[str, Any] = {}
    shortened: dict[str, int] = {}
    for field, item in result.items():
        if field == "unexpected_index_query" and len(item) > MAX_QUERY:
            shortened[field] = len(item)
            continue
        rows = item.to_dict("records") if hasattr(item, "to_dict") else item
        most = MAX_ROWS if field == "unexpected_rows" else MAX_ITEMS
        if isinstance(rows, list | tuple) and len(rows) > most:
            shortened[field] = len(rows)
            rows = rows[:most]
        whole = field == "unexpected_index_query"
        kept[field] = rows if whole else _bounded(rows, MAX_DEPTH)
    return kept | ({"shortened": shortened} if shortened else {})


def _bounded(item: Any, depth: int) -> Any:
    if isinstance(item, Mapping) and depth:
        entries = list(item.items())[:MAX_ENTRIES]
        return {brief(str(key), MAX_TEXT): _bounded(value, depth - 1) for key, value in entries}
    if isinstance(item, list | tuple) and depth:
        return [_bounded(value, depth - 1) for value in item[:MAX_ITEMS]]
    return value_of(item)


def value_of(item: Any) -> Any:
    """A number, a flag, null, or else text of bounded length."""
    if getattr(getattr(item, "dtype", None), "kind", "") in {"b", "i", "u", "f"}:  # numpy's
        item = item.item()
    if isinstance(item, float) and math.isnan(item):
        return None
    if item is None or isinstance(item, bool | int | float):
        return item
    text = brief(item, MAX_TEXT)
    return None if text in {"NaT", "<NA>"} and not isinstance(item, str) else text
