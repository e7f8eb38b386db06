"""A first suite of expectations for a data file, to be reviewed and then kept with the data.

The suite is made from one file, so every limit has slack. What is structural (columns, types,
nulls, keys, formats, closed sets, bounds) is `critical`; where the values lie is a `warning`.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from mlgate.engines.limits import round_down
from mlgate.engines.profile import ColumnProfile, Ordering, Profile, profile
from mlgate.engines.suggest_column import Expectation, expect, few_exceptions, of_column, percent

MAX_EXPECTATIONS: Final = 300
"""Expectations of a suite, since a person is to review it; warnings go first beyond it."""
MAX_ORDERINGS: Final = 10
"""Pairs of columns whose order is expected."""
_EXCEPTIONS: Final = 10
"""Rows that may break an ordering, among as many as were seen."""


def suggest(path: Path, *, format: str | None = None) -> str:  # noqa: A002  # as in mlgate.yml
    """A suite that a data file passes, as the text of a suite file.

    Args:
        path: The data file.
        format: A key of `mlgate.artifacts.DATA_FORMATS`; None goes by the file's name.

    Returns:
        JSON, the same for the same file, with a newline at its end.

    Raises:
        DataNotReadable: The file is missing, damaged, or holds no rows.
    """
    from mlgate.artifacts.formats import read

    seen = profile(read(path, format), path.name)
    return _layout(suite(seen, path.stem))


def _layout(document: dict[str, Any]) -> str:
    """A suite as JSON: a line for each part of an expectation, so that a person can review it."""

    def compact(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    blocks = (
        "    {\n" + ",\n".join(f'      "{key}": {compact(e[key])}' for key in e) + "\n    }"
        for e in document["expectations"]
    )
    return (
        f'{{\n  "name": {compact(document["name"])},\n  "expectations": [\n'
        + ",\n".join(blocks)
        + f'\n  ],\n  "meta": {compact(document["meta"])}\n}}\n'
    )


def suite(seen: Profile, name: str) -> dict[str, Any]:
    """A suite for a table, as Great Expectations 1.x writes it."""
    skipped = _unaddressable(seen.columns)
    wanted = [
        *_table(seen),
        *(e for c in seen.columns if c.name not in skipped for e in of_column(c)),
        *(_ordering(pair, seen.rows) for pair in _evident(seen.orderings, skipped)),
    ]
    kept = _within(wanted, MAX_EXPECTATIONS)
    notes = [f"Suggested by mlgate from {seen.rows} rows; review it, then change it at will."]
    if skipped:
        notes.append(
            f"{len(skipped)} columns are left out: Great Expectations takes no empty name, and "
            "cannot tell names apart that differ in case only."
        )
    if len(kept) < len(wanted):
        notes.append(f"{len(wanted) - len(kept)} more expectations are left out for brevity.")
    return {"name": name, "expectations": kept, "meta": {"notes": notes}}


def _within(wanted: Sequence[Expectation], limit: int) -> list[Expectation]:
    """The expectations in their order, without the last warnings, then the last of all."""
    by_weight = sorted(range(len(wanted)), key=lambda i: wanted[i]["severity"] != "critical")
    return [wanted[i] for i in sorted(by_weight[:limit])]


def _unaddressable(columns: Sequence[ColumnProfile]) -> set[str]:
    """Columns that Great Expectations cannot be asked about.

    It takes no empty name; and of names that differ in case only it looks, on pandas, at the first
    one's column, whichever it is asked about.
    """
    names = Counter(column.name.lower() for column in columns)
    return {c.name for c in columns if not c.name or names[c.name.lower()] > 1}


def _table(seen: Profile) -> Iterator[Expectation]:
    yield expect(
        "table_columns_to_match_ordered_list",
        "critical",
        "the columns, in their order",
        column_list=[column.name for column in seen.columns],
    )
    yield expect(
        "table_row_count_to_be_between",
        "critical",
        f"half of the {seen.rows} rows that were seen, so that a truncated file is found",
        min_value=max(1, int(round_down(seen.rows // 2, seen.rows / 20))),
    )


def _evident(orderings: Sequence[Ordering], skipped: set[str]) -> list[Ordering]:
    """Orderings that no chance made: names that share a word, or one that would often break."""
    return [
        pair
        for pair in orderings
        if not skipped & {pair.smaller, pair.larger}
        and (pair.surprise >= 0.3 or _words_of(pair.smaller) & _words_of(pair.larger))
    ][:MAX_ORDERINGS]


def _words_of(name: str) -> set[str]:
    spaced = re.sub("([a-z0-9])([A-Z])", r"\1 \2", name).lower()
    return set(re.findall("[a-z]{2,}", spaced))


def _ordering(pair: Ordering, rows: int) -> Expectation:
    return expect(
        "column_pair_values_a_to_be_greater_than_b",
        "critical",
        f"true in every row; between unrelated rows it breaks in {percent(pair.surprise)}",
        column_A=pair.larger,
        column_B=pair.smaller,
        or_equal=True,
        ignore_row_if="either_value_is_missing",
        **few_exceptions(rows, _EXCEPTIONS),
    )
