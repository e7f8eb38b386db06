"""Evaluation rows that are in the training data: equal, near, by key, by group, by time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mlgate.artifacts.interface import DataSet
from mlgate.checks.leakage_aspect import Aspect, Tables
from mlgate.checks.leakage_chance import Chance, by_chance
from mlgate.checks.leakage_keys import column_hashes, joined, moments, null_rows, row_keys
from mlgate.checks.wording import brief, name, names
from mlgate.errors import DataNotReadable
from mlgate.privacy import foreign
from mlgate.results import Finding, Outcome

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MAX_EXAMPLES = 5
"""Rows that a finding points at."""


def equal_rows(tables: Tables, aspect: Aspect) -> Finding:
    """Evaluation rows with the features of a training row; target and ids may differ.

    Rows that have the target in common too are also counted, and fail where these are more than
    chance allows, even if the features alone say nothing.
    """
    columns = tables.features
    theirs, ours = tables.keys
    leaked = is_in(ours, theirs)
    chance = _chance(tables, columns, theirs, leaked)
    excused = chance is not None and leaked.sum() <= chance.most
    details: dict[str, Any] = {"examples": _pairs(leaked, ours, theirs), "columns": columns}
    also = ""
    if tables.target is not None:
        labels = row_keys(tables.train.frame, tables.test.frame, [tables.target])
        with_target = joined(theirs, labels[0]), joined(ours, labels[1])
        labelled = is_in(with_target[1], with_target[0])
        details["count_with_target"] = int(labelled.sum())
        by_label = _chance(tables, [*columns, tables.target], with_target[0], labelled)
        excused = excused and (by_label is None or labelled.sum() <= by_label.most)
        also = f", {int(labelled.sum()):,} of them with the same target" if leaked.any() else ""
    what = f"rows of {tables.test.name} have the features of a row of {tables.train.name}{also}"
    return aspect.judged(leaked, what, chance=chance, excused=excused, details=details)


def near_rows(tables: Tables, aspect: Aspect, digits: int) -> Finding:
    """Evaluation rows that equal a training row only after their values were normalised."""
    columns, exact = tables.features, tables.keys
    theirs, ours = row_keys(tables.train.frame, tables.test.frame, columns, digits=digits)
    leaked = is_in(ours, theirs) & ~is_in(exact[1], exact[0])
    chance = _chance(tables, columns, theirs, leaked, digits=digits)
    return aspect.judged(
        leaked,
        f"rows of {tables.test.name} have nearly the features of a row of {tables.train.name}: "
        f"texts alike, fractions equal in {digits} digits",
        chance=chance,
        excused=chance is not None and leaked.sum() <= chance.most,
        details={"examples": _pairs(leaked, ours, theirs), "columns": columns},
    )


def same_keys(tables: Tables, aspect: Aspect) -> Finding:
    """Evaluation rows whose ids, taken together, are those of a training row."""
    columns = tables.declared("ids")
    if isinstance(columns, str):
        return aspect.skipped(columns)
    if len(columns) == 1 and _number_the_rows(tables, columns[0]):
        return aspect.skipped(
            f"{name(columns[0])} numbers the rows of both sides from the same start, so that equal "
            "ids are not the same thing: let `ids` name what a row is about"
        )
    return _shared_values(tables, aspect, columns, "ids")


def same_groups(tables: Tables, aspect: Aspect) -> Finding:
    """Evaluation rows of a group that training rows are of too."""
    columns = tables.declared("group")
    if isinstance(columns, str):
        return aspect.skipped(columns)
    return _shared_values(tables, aspect, columns, "group")


def earlier_rows(tables: Tables, aspect: Aspect) -> Finding:
    """Evaluation rows that are older than the newest training row."""
    import numpy as np

    columns = tables.declared("time")
    if isinstance(columns, str):
        return aspect.skipped(columns)
    column = columns[0]
    found = moments(tables.train.frame[column], tables.test.frame[column])
    if found is None:
        raise DataNotReadable(
            f"{name(column)} of {tables.train.name} and {tables.test.name} cannot be put in order",
            cause="it holds text that is no ISO 8601 date, or dates on one side only",
            remedy="write dates as 2024-01-31, with the time after a T or a space",
        )
    train, test = found
    _require_values(np.isnan(train), tables.train.name, columns)
    _require_values(np.isnan(test), tables.test.name, columns)
    earlier = test < np.nanmax(train)
    newest, oldest = int(np.nanargmax(train)), int(np.nanargmin(test))
    return aspect.judged(
        earlier,
        f"rows of {tables.test.name} are older than the newest row of {tables.train.name} "
        f"({foreign(brief(tables.train.frame[column].iloc[newest], 40))})",
        within=int((~np.isnan(test)).sum()),
        details={
            "examples": _positions(earlier),
            "columns": list(columns),
            "nulls": int(np.isnan(test).sum()),
            "newest_train": str(tables.train.frame[column].iloc[newest]),
            "oldest_test": str(tables.test.frame[column].iloc[oldest]),
            "train_rows_after_oldest_test": int((train > np.nanmin(test)).sum()),
        },
    )


def new_rows_in_base(tables: Tables, before: DataSet | None, aspect: Aspect) -> Finding:
    """Training rows that are new and stand in base's evaluation rows.

    Args:
        tables: Head's training data, and base's evaluation rows.
        before: Base's training data; None where base has none, so that every row is new.
        aspect: The aspect.
    """
    import numpy as np

    train, test, columns = tables.train, tables.test, tables.features
    new = np.full(len(train.frame), before is None or before.identity != train.identity)
    if before is not None and new.any():
        new = ~is_in(*Tables(train=train, test=before).keys)
    details: dict[str, Any] = {"columns": columns, "new_rows": int(new.sum())}
    if not new.any():
        return Finding(
            id=aspect.id,
            outcome=Outcome.PASSED,
            subject=aspect.subject,
            message=f"none of {len(train.frame):,} rows of {train.name} is new since base",
            observed=0,
            details={"count": 0, "share": 0.0, **details},
        )
    ours, theirs = tables.keys
    leaked = is_in(ours, theirs) & new
    chance = None
    if leaked.any():
        hashes = (pair[1] for pair in column_hashes(train.frame, test.frame, columns))
        chance = by_chance(theirs, hashes, int(new.sum()))
    return aspect.judged(
        leaked,
        f"new rows of {train.name} stand in base's {test.name}, the evaluation data that the base "
        "branch is judged on",
        within=int(new.sum()),
        chance=chance,
        excused=chance is not None and leaked.sum() <= chance.most,
        details={
            "examples": _pairs(leaked, ours, theirs, ("train_row", "base_test_row")),
            **details,
        },
    )


def is_in(keys: "Array", others: "Array") -> "Array":
    """Which keys occur among others: booleans of shape (rows,)."""
    import pandas as pd

    found: Array = pd.Series(keys).isin(others).to_numpy()
    return found


def _shared_values(
    tables: Tables, aspect: Aspect, columns: tuple[str, ...], declared_as: str
) -> Finding:
    """Evaluation rows whose values in some columns occur in training; nulls are nobody's value."""
    import numpy as np

    train, test = tables.train.frame, tables.test.frame
    absent = null_rows(train, columns), null_rows(test, columns)
    _require_values(absent[0], tables.train.name, columns)
    _require_values(absent[1], tables.test.name, columns)
    theirs, ours = row_keys(train, test, columns)
    leaked = is_in(ours, theirs) & ~absent[1]
    return aspect.judged(
        leaked,
        f"rows of {tables.test.name} have the {declared_as} ({names(columns)}) of a row of "
        f"{tables.train.name}",
        within=int((~absent[1]).sum()),
        details={
            "examples": _pairs(leaked, ours, theirs),
            "columns": list(columns),
            "values": len(np.unique(ours[leaked])),
            "nulls": int(absent[1].sum()),
        },
    )


def _require_values(absent: "Array", table: str, columns: tuple[str, ...]) -> None:
    if absent.all():
        raise DataNotReadable(
            f"every row of {table} has a null in {names(columns)}",
            cause="a join found no partner, or the column was added and never filled",
            remedy="fill it, or take it out of mlgate.yml",
        )


def _number_the_rows(tables: Tables, column: str) -> bool:
    """Whether a column only counts the rows of both tables, from the same number on.

    A part of one numbered table could not do so, unless it is its beginning; equal rows tell then.
    """
    from pandas.api import types

    starts = []
    for frame in (tables.train.frame, tables.test.frame):
        values = frame[column]
        if not types.is_integer_dtype(values.dtype) or not values.is_unique:
            return False
        if values.max() - values.min() + 1 != len(values):
            return False
        starts.append(values.min())
    return bool(starts[0] == starts[1])


def _chance(
    tables: Tables,
    columns: Sequence[str],
    keys: "Array",
    leaked: "Array",
    *,
    digits: int | None = None,
) -> Chance | None:
    """What chance allows; None where nothing leaked, so that nobody asks."""
    if not leaked.any():
        return None
    pairs = column_hashes(tables.train.frame, tables.test.frame, columns, digits=digits)
    return by_chance(keys, (train for train, _ in pairs), len(leaked))


def _pairs(
    leaked: "Array",
    ours: "Array",
    theirs: "Array",
    called: tuple[str, str] = ("test_row", "train_row"),
) -> list[dict[str, int]]:
    """A few leaked rows and the first row that each equals; rows count from 0."""
    return [
        {called[0]: row, called[1]: int((theirs == ours[row]).argmax())}
        for row in _positions(leaked)
    ]


def _positions(leaked: "Array") -> list[int]:
    positions: list[int] = leaked.nonzero()[0][:MAX_EXAMPLES].tolist()
    return positions
