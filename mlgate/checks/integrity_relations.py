"""Aspects of integrity that say whose data these are: how labels relate to features, how new."""

from typing import TYPE_CHECKING, Any

from mlgate.checks.integrity_findings import ALPHA, Fault, Seen, counted
from mlgate.checks.integrity_table import Table, as_floats, cell_keys, plain, short
from mlgate.checks.leakage_keys import moments
from mlgate.checks.wording import name, names, percent
from mlgate.errors import DataNotReadable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

MAX_ROWS = 20_000
"""Rows of one side that relations are measured on: a random sample of more."""
MIN_ROWS = 5
"""Rows of a class on either side below which its relations are not looked at."""


def label_relations(table: Table, reference: Table) -> Seen:
    """Features whose relation to the target turned around, as where codes were exchanged.

    The relation is the correlation of a feature's ranks with each class, or with the ranks of a
    target of quantities. It has turned around where it is sure on both sides, and has opposite
    signs: each side by itself is wrong about the sign once in ten thousand tables, so that two
    samples of one population disagree practically never.
    """
    import numpy as np
    from scipy.special import ndtri

    target = table.target
    if target is None:
        return Seen(message=f"{table.name} has no `target`: there are no relations to compare")
    outcomes = _outcomes(table, reference, target)
    features = [
        column
        for column in table.features
        if column in reference.columns and _has_order(table, reference, column)
    ]
    if outcomes is None or not features:
        return Seen(
            message=f"{table.name} and {reference.name} have no feature with an order, or no "
            "labels, in common"
        )
    (now, rows), (before, rows_before) = outcomes
    found = np.stack([_relations(table, features, now, rows),
                      _relations(reference, features, before, rows_before)])  # fmt: skip
    sure = -ndtri(ALPHA / 2 / max(found[0].size, 1))
    related = (np.abs(found) > sure).all(axis=0)
    turned = related & (found[0] * found[1] < 0)
    columns = [features[at] for at in np.flatnonzero(turned.any(axis=1))]
    known = int(related.any(axis=1).sum())
    faults = []
    if columns:
        which = f"of {names(columns)} to {name(target)}"
        message = (
            f"the relation {which} turned around between {reference.name} and {table.name} "
            f"({len(columns)} of {counted(known, 'feature')} that tell something of it)"
        )
        if 2 * len(columns) > known:
            message += f": the codes of {name(target)} may have been exchanged"
        else:
            message += ": their codes or signs may have been exchanged"
        column = None if len(columns) > 1 else columns[0]
        details = {"columns": columns[:50], "features": known, "rows": len(rows)}
        faults = [Fault(message=message, column=column, count=len(rows), details=details)]
    return Seen(
        message=f"{counted(known, 'feature')} of {counted(len(features), 'feature')} of "
        f"{table.name} tell something of {name(target)}, each in the direction as in "
        f"{reference.name}",
        looked_at=known,
        expected="the same direction",
        details={"features": known, "rows": len(rows)},
        faults=faults,
    )


def newest_time(table: Table, reference: Table, limit: float) -> Seen:
    """Data that end before those that they replace, or follow.

    Chance may put the newest rows into either of two samples: how likely it puts all the newest
    ones into the reference, is counted.
    """
    import numpy as np
    from scipy.special import gammaln

    column = table.time
    if column is None:
        return Seen(message=f"{table.name} declares no `time`: nobody knows how old it is")
    if column not in reference.columns:
        return Seen(message=f"{reference.name} has no column {name(column)}")
    times = moments(table.columns[column], reference.columns[column])
    if times is None:
        raise DataNotReadable(
            f"{name(column)} of {table.name} and {reference.name} cannot be put in order",
            cause="it holds text that is no ISO 8601 date, or dates on one side only",
            remedy="write dates as 2024-01-31, with the time after a T or a space",
        )
    now, before = (side[~np.isnan(side)] for side in times)
    if not len(now) or not len(before):
        return Seen(message=f"{name(column)} of {table.name} or of {reference.name} is null")
    newest = [
        short(side.columns[column].iloc[int(np.nanargmax(values))])
        for side, values in zip((table, reference), times, strict=True)
    ]
    newer = int((before > now.max()).sum())
    m, total = len(before), len(before) + len(now)
    log_p = (
        gammaln(m + 1) - gammaln(m - newer + 1) - gammaln(total + 1) + gammaln(total - newer + 1)
    )
    p_value = float(np.exp(log_p))
    text = (
        f"{table.name} ends at {newest[0]} and {reference.name} at {newest[1]}: "
        f"{newer:,} of {m:,} rows there ({percent(newer / m)}) are newer than all of "
        f"{table.name}; {percent(limit)} may be"
    )
    details = {
        "rows": len(now),
        "newer": newer,
        "p_value": p_value,
        "newest": str(newest[0]),
        "newest_in_reference": str(newest[1]),
    }
    faults = []
    if newer > limit * m and p_value < ALPHA:
        # Evaluation data may be of another time than training data; data that replace others, or
        # that are called current, may not be older.
        of_base = reference.role == table.role
        mild = not of_base and table.role != "current"
        faults = [
            Fault(
                message=f"{text}: an older version may have been taken",
                observed=str(newest[0]),
                baseline=str(newest[1]),
                count=len(now),
                severity="warning" if mild else None,
                details=details,
            )
        ]
    return Seen(
        message=text,
        looked_at=len(now),
        observed=str(newest[0]),
        baseline=str(newest[1]),
        expected="no older than the reference",
        details=details,
        faults=faults,
    )


def _has_order(table: Table, reference: Table, column: str) -> bool:
    """Numbers, flags, and texts of two values, which are codes too."""
    kind = table.kinds[column]
    if kind != reference.kinds[column]:
        return False
    if kind == "text":
        values = [set(plain(side.columns[column].dropna()).unique()) for side in (table, reference)]
        return values[0] == values[1] and len(values[0]) == 2
    return kind in {"number", "boolean"}


def _outcomes(
    table: Table, reference: Table, target: str
) -> "tuple[tuple[Array, Array], tuple[Array, Array]] | None":
    """Of both sides an array (rows, outcomes) and the rows that it is of; None where they differ.

    An outcome is a class, as 0 and 1, or the rank of a quantity.
    """
    import numpy as np
    import pandas as pd

    if target not in reference.columns or table.kinds[target] != reference.kinds[target]:
        return None
    sides = [_labels(side, target) for side in (table, reference)]
    if not all(len(rows) for _, rows in sides):
        return None
    if table.is_class(target) and reference.is_class(target):
        both = pd.concat([labels for labels, _ in sides], ignore_index=True)
        codes = pd.factorize(cell_keys(both))[0]
        parts = np.split(codes, [len(sides[0][0])])
        counts = [np.bincount(part, minlength=codes.max() + 1) for part in parts]
        usable = np.flatnonzero(np.minimum(*counts) >= MIN_ROWS)
        if len(usable) < 2:
            return None
        arrays = [(part[:, None] == usable).astype(float) for part in parts]
    elif table.kinds[target] == "number":
        arrays = [labels.rank().to_numpy(float)[:, None] for labels, _ in sides]
    else:
        return None
    return (arrays[0], sides[0][1]), (arrays[1], sides[1][1])


def _labels(side: Table, target: str) -> "tuple[pd.Series[Any], Array]":
    """The labels of a sample of the rows that have one, and these rows."""
    import numpy as np

    column = plain(side.columns[target])
    rows = np.flatnonzero(column.notna().to_numpy())
    if len(rows) > MAX_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, MAX_ROWS, replace=False))
    labels = column.iloc[rows]
    if side.kinds[target] == "number":
        labels = as_floats(labels)
    return labels.reset_index(drop=True), rows


def _relations(side: Table, features: list[str], outcomes: "Array", rows: "Array") -> "Array":
    """Correlations in units of their standard error where there is none: (features, outcomes)."""
    import numpy as np

    outcomes = _standard(outcomes)
    found = [_standard(_ranks(side, column, rows)[:, None]).T @ outcomes for column in features]
    relations: Array = np.concatenate(found) / np.sqrt(len(rows))
    return relations


def _ranks(side: Table, column: str, rows: "Array") -> "Array":
    """Ranks of the values; a null has the mean one."""
    values = plain(side.columns[column]).iloc[rows]
    if side.kinds[column] == "boolean":
        values = values.astype("boolean").astype("Float64")
    elif side.kinds[column] == "number":
        values = as_floats(values)
    ranks = values.rank()
    found: Array = ranks.fillna(ranks.mean()).to_numpy(float)
    return found


def _standard(columns: "Array") -> "Array":
    """Columns with mean 0 and spread 1; those without a spread are 0."""
    import numpy as np

    centred = columns - columns.mean(axis=0)
    spread = centred.std(axis=0)
    standard: Array = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)
    return standard
