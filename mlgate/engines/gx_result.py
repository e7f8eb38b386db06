"""The result dictionary of an expectation about values or rows, as Great Expectations lays it out.

What is in it for which format, and what is left out, follows `Expectation` of version 1.24; a
differential test holds the two equal.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlgate.engines.result_format import ResultFormat


@dataclass(frozen=True, kw_only=True)
class Unexpected:
    """What was found of the values or rows that are not as expected."""

    values: Sequence[Any] = ()
    """The first ones: values, pairs, or records by column."""
    countable: Sequence[Any] = ()
    """The same as they are counted: records as tuples, nulls as pandas holds them."""
    index: Sequence[Any] = ()
    """Numbers of their rows, or what `unexpected_index_column_names` tells of them."""
    rows: Sequence[int] = ()
    """Numbers of all of their rows, where pandas' expression for them is wanted."""


def counted_result(
    asked: ResultFormat,
    *,
    total: int,
    present: int,
    unexpected: int,
    found: Unexpected,
    about_nulls: bool,
    names_rows: bool,
) -> dict[str, Any]:
    """Lay out what was counted, whole: see `reduced`.

    Args:
        asked: How much the result tells.
        total: Rows that the expectation is about.
        present: Those of them that it looks at.
        unexpected: Those of them that break it.
        found: What is known of these.
        about_nulls: Whether a null is a value to look at; then none is missing.
        names_rows: Whether the result repeats `unexpected_index_column_names`.
    """
    form = asked.measured
    percent = unexpected / present * 100 if present else None
    result: dict[str, Any] = {
        "element_count": total,
        "unexpected_count": unexpected,
        "unexpected_percent": percent,
    }
    partial = form.partial_unexpected_count
    if not form.exclude_unexpected_values:
        result["partial_unexpected_list"] = list(found.values[:partial])
    if names_rows and form.unexpected_index_column_names is not None:
        result["unexpected_index_column_names"] = list(form.unexpected_index_column_names)
    if not about_nulls:
        result["missing_count"] = total - present
        result["missing_percent"] = (total - present) / total * 100 if total else None
        result["unexpected_percent_total"] = unexpected / total * 100 if total else None
        result["unexpected_percent_nonmissing"] = percent
    if form.indexed and partial:
        counts = None if form.exclude_unexpected_values else _occurrences(found.countable, partial)
        if counts is not None:
            result["partial_unexpected_counts"] = counts
        result["partial_unexpected_index_list"] = list(found.index[:partial])
    if form.result_format == "COMPLETE":
        if not form.exclude_unexpected_values:
            result["unexpected_list"] = list(found.values)
        result["unexpected_index_list"] = list(found.index)
    if form.queried:
        result["unexpected_index_query"] = f"df.filter(items={list(found.rows)}, axis=0)"
    return result


def _occurrences(values: Sequence[Any], most: int) -> list[dict[str, Any]] | None:
    """How often each of the first unexpected values occurs among them, the most common ones first.

    None where they do not compare: Great Expectations leaves the counts out then.
    """
    try:
        common = sorted(Counter(values).most_common(most), key=lambda item: (-item[1], item[0]))
    except TypeError:
        return None
    return [{"value": value, "count": count} for value, count in common]


def typed(result: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an `ExpectationResult` that a whole result gives."""
    lists = ("partial_unexpected_list", "partial_missing_list")
    single = (
        "element_count", "unexpected_count", "unexpected_percent", "missing_count",
        "observed_value",
    )  # fmt: skip
    fields: dict[str, Any] = {name: result.get(name) for name in single}
    fields |= {name: tuple(result.get(name) or ()) for name in lists}
    return fields | {"details": result.get("details") or {}}


def reduced(result: Mapping[str, Any], asked: ResultFormat) -> dict[str, Any]:
    """What the format shows of a result that was measured for it."""
    if asked.result_format != "BOOLEAN_ONLY":
        return dict(result)
    if "unexpected_index_query" not in result:
        return {}
    kept = ("unexpected_index_query", "unexpected_index_column_names")
    return {name: result[name] for name in kept if name in result}
