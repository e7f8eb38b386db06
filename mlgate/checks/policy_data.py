"""Base's evaluation rows against head's: how many were added, removed, edited, labelled anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from mlgate.config.model import CheckSpec, Config

ROWS_OF_SOMETHING_ELSE: Final = frozenset({"train"})
"""Roles of data that a model learns from: other rows of them are no moved goalposts."""


@dataclass(frozen=True, kw_only=True)
class RowsMoved:
    """What differs between two tables of rows; their order does not count."""

    rows: int
    """Head's."""
    base_rows: int
    added: int = 0
    removed: int = 0
    relabelled: int = 0
    """Rows with the same values and another target."""
    edited: int = 0
    """Rows with the same ids, or in the same place of a table as long, and other values."""
    columns: tuple[str, ...] = ()
    """Columns that one side alone has."""

    @property
    def none(self) -> bool:
        """Whether both hold the same rows."""
        counts = (self.added, self.removed, self.relabelled, self.edited)
        return not any(counts) and not self.columns

    @property
    def sentence(self) -> str:
        """What changed, with counts."""
        said = [
            f"{count:,} {word}"
            for count, word in (
                (self.removed, "removed"),
                (self.relabelled, "with another label"),
                (self.edited, "edited"),
                (self.added, "added"),
            )
            if count
        ]
        if self.columns:
            few = ", ".join(self.columns[:3])
            more = f" and {len(self.columns) - 3:,} more" if len(self.columns) > 3 else ""
            said.append(f"columns on one side alone: {few}{more}")
        return f"{self.base_rows:,} → {self.rows:,} rows: {', '.join(said)}"


def rows_moved(
    base: "pd.DataFrame", head: "pd.DataFrame", *, target: str | None, ids: Sequence[str]
) -> RowsMoved:
    """Compare two tables by the columns that both have.

    Args:
        base: Base's rows.
        head: Head's rows.
        target: Column with the label.
        ids: Columns that identify a row.
    """
    import numpy as np

    from mlgate.checks.leakage_keys import row_keys

    shared = [column for column in head.columns if column in set(base.columns)]
    alone = [str(c) for c in (*base.columns, *head.columns) if c not in set(shared)]
    ours, theirs = row_keys(head, base, shared)
    new, gone = _surplus(ours, theirs), _surplus(theirs, ours)
    relabelled = 0
    if target in shared and len(shared) > 1:
        features = [column for column in shared if column != target]
        relabelled, new, gone = _paired(head, base, features, new, gone)
    edited = 0
    known = [column for column in ids if column in shared]
    if known and len(known) == len(ids):
        edited, new, gone = _paired(head, base, known, new, gone)
    elif len(head) == len(base):
        places = np.intersect1d(new, gone)
        edited = len(places)
        new, gone = np.setdiff1d(new, places), np.setdiff1d(gone, places)
    return RowsMoved(
        rows=len(head),
        base_rows=len(base),
        added=len(new),
        removed=len(gone),
        relabelled=relabelled,
        edited=edited,
        columns=tuple(alone),
    )


def _surplus(keys: "np.ndarray", others: "np.ndarray") -> "np.ndarray":
    """Positions of the keys that stand more often here than among the others."""
    import pandas as pd

    counts = pd.Series(others).value_counts()
    number = pd.Series(keys).groupby(keys).cumcount()
    there = pd.Series(keys).map(counts).fillna(0)
    found: np.ndarray = (number >= there).to_numpy().nonzero()[0]
    return found


def _paired(
    head: "pd.DataFrame",
    base: "pd.DataFrame",
    columns: Sequence[str],
    new: "np.ndarray",
    gone: "np.ndarray",
) -> "tuple[int, np.ndarray, np.ndarray]":
    """How many rows of both are one by some columns, and the positions that remain."""
    from mlgate.checks.leakage_keys import row_keys

    ours, theirs = row_keys(head.iloc[new], base.iloc[gone], list(columns))
    rest, lost = _surplus(ours, theirs), _surplus(theirs, ours)
    return len(new) - len(rest), new[rest], gone[lost]


def evaluation_data(checks: Iterable["CheckSpec"], config: "Config") -> tuple[str, ...]:
    """The data sets that models are measured on, and those whose role is test."""
    names = [name for name, spec in config.data.items() if (spec.role or name) == "test"]
    for check in checks:
        data = getattr(check, "data", None)
        if data is not None and getattr(check, "model", None) is not None:
            names.append(data)
    known = config.data
    return tuple(
        name
        for name in dict.fromkeys(names)
        if name in known and (known[name].role or name) not in ROWS_OF_SOMETHING_ELSE
    )
