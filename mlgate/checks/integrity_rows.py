"""Aspects of integrity that concern whole rows: repeated rows, contradicting labels, ids."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlgate.checks.integrity_findings import MAX_EXAMPLES, Fault, Seen, counted
from mlgate.checks.integrity_table import Table, cell_keys
from mlgate.checks.wording import names, percent

if TYPE_CHECKING:
    import numpy as np

    from mlgate.checks.integrity_table import Keys

COARSE = 10
"""Rows for each combination of features from which on equal features say little."""


def duplicate_rows(table: Table, limit: float) -> Seen:
    """Rows that repeat an earlier one in every column but the ids, and what looks like one."""
    ids = {*table.ids, *table.like_ids}
    compared = [column for column in table.columns if column not in ids]
    if not compared:
        return Seen(message=f"every column of {table.name} is an id: rows cannot repeat")
    repeats = _repeats(table.row_keys.rows)
    count = int(repeats.sum())
    share = count / table.rows
    text = (
        f"{count:,} of {table.rows:,} rows of {table.name} ({percent(share)}) repeat an earlier "
        f"row in {counted(len(compared), 'column')}"
    )
    if table.like_ids:
        text += f" (without {names(table.like_ids)}, which tells all rows apart)"
    examples = {"examples": _pairs(table.row_keys.rows, repeats)} if count else {}
    seen = Seen(
        message=f"{text}; {percent(limit)} are allowed",
        looked_at=table.rows,
        observed=share,
        expected=f"<= {limit:g}",
        details={"rows": table.rows, "count": count, **examples},
    )
    return _limited(seen, count, within=share <= limit or (limit > 0 and count <= 1))


def conflicting_labels(table: Table, limit: float) -> Seen:
    """Rows whose features occur again with another label."""
    import numpy as np
    import pandas as pd

    target, features = table.target, table.features
    if target is None:
        return Seen(message=f"{table.name} has no `target`: there are no labels to compare")
    if not features:
        return Seen(message=f"{table.name} has no columns but ids, weight and target")
    if not table.is_class(target):
        return Seen(message="the target is a quantity: equal features may well have other values")
    rows = np.flatnonzero(table.columns[target].notna().to_numpy())
    if not len(rows):
        return Seen(message="every label is null")
    keys = table.row_keys.features[rows]
    distinct = len(pd.unique(keys))
    if len(rows) >= COARSE * distinct:
        return Seen(
            message=f"the features of {table.name} tell only {distinct:,} kinds of rows apart: "
            "equal features say nothing about the label"
        )
    pairs = pd.DataFrame({"features": keys, "label": cell_keys(table.columns[target])[rows]})
    twins = pairs[pairs["features"].duplicated(keep=False)]
    different = twins.drop_duplicates()["features"]
    contradicted = twins[twins["features"].isin(different[different.duplicated()])]
    count, share = len(contradicted), len(contradicted) / len(rows)
    seen = Seen(
        message=f"{count:,} of {len(rows):,} labelled rows of {table.name} ({percent(share)}) have "
        f"the features of another row and another label; {percent(limit)} are allowed",
        looked_at=len(rows),
        observed=share,
        expected=f"<= {limit:g}",
        details={
            "rows": len(rows),
            "count": count,
            **_examples_of_labels(table, target, contradicted, rows),
        },
    )
    return _limited(seen, count, within=share <= limit or (limit > 0 and count <= 2))


def unique_ids(table: Table) -> Seen:
    """Rows whose ids, taken together, occurred before."""
    ids = table.ids
    keys = table.keys_of(ids)
    repeats = _repeats(keys)
    count = int(repeats.sum())
    together = " together" if len(ids) > 1 else ""
    examples = {}
    if count:
        first = repeats.nonzero()[0][:MAX_EXAMPLES]
        examples = {"examples": [[table.shown(c, int(row)) for c in ids] for row in first]}
    seen = Seen(
        message=f"{count:,} of {table.rows:,} rows of {table.name} have an id that an earlier row "
        f"has too ({names(ids)}{together})",
        looked_at=table.rows,
        observed=count,
        expected="0",
        details={"rows": table.rows, "count": count, "ids": list(ids)[:50], **examples},
    )
    return _limited(seen, count, within=not count)


def _limited(seen: Seen, count: int, *, within: bool) -> Seen:
    """With the fault, unless the rows concerned are within the limit."""
    faults = []
    if not within:
        fault = Fault(
            message=seen.message, observed=seen.observed, count=count, details=seen.details
        )
        faults = [fault]
    return replace(seen, counts={None: count}, faults=faults)


def _repeats(keys: "Keys") -> "np.ndarray[Any, np.dtype[np.bool_]]":
    import pandas as pd

    return pd.Series(keys).duplicated().to_numpy()


def _pairs(keys: "Keys", repeats: "np.ndarray[Any, np.dtype[np.bool_]]") -> list[list[int]]:
    """The first repeated rows, each with the row that it repeats; from 1."""
    import numpy as np

    later = np.flatnonzero(repeats)[:MAX_EXAMPLES]
    return [[int(np.argmax(keys == keys[row])) + 1, int(row) + 1] for row in later]


def _examples_of_labels(
    table: Table, target: str, contradicted: Any, rows: Any
) -> dict[str, list[dict[str, Any]]]:
    """The first groups of equal features: a few row numbers, from 1, and their labels."""
    examples = []
    for key in contradicted["features"].unique()[:MAX_EXAMPLES]:
        group = contradicted[contradicted["features"] == key].drop_duplicates("label")
        some = [int(rows[at]) for at in group.index[:MAX_EXAMPLES]]
        labels = [table.shown(target, row) for row in some]
        examples.append({"rows": [row + 1 for row in some], "labels": labels})
    return {"examples": examples} if examples else {}
