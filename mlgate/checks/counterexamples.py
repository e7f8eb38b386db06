"""The rows that break a behavioural test most, for a reader to look at."""

from collections.abc import Iterator
from typing import Any

from mlgate.checks.behavior_test import Tally
from mlgate.checks.subject import Answers
from mlgate.checks.wording import brief

MAX_CELLS = 12
"""Cells of a row that a counterexample shows."""


def counterexamples(tally: Tally, most: int = 3) -> Iterator[dict[str, Any]]:
    """The worst rows, each with what was changed in it and what the model answers."""
    import numpy as np

    broken = np.flatnonzero(tally.counted & ~tally.passed)
    worst = broken[np.argsort(-tally.badness[broken], kind="stable")[:most]]
    before = tally.before.at(worst)
    after = tally.after.at(worst) if tally.after is not None else None
    for place, row in enumerate(worst):
        shown = {"row": int(tally.places[row]), **_cells(tally, int(row))}
        yield shown | _answers(before, after, place, tally.index)


def _cells(tally: Tally, row: int) -> dict[str, Any]:
    columns = tally.shown.columns[:MAX_CELLS]
    cells = {brief(c): _cell(tally.shown[c].iloc[row]) for c in columns}
    if tally.shown_after is None:
        return {"case": cells}
    after = tally.shown_after
    return {"changed": {brief(c): [cells[brief(c)], _cell(after[c].iloc[row])] for c in columns}}


def _answers(
    before: Answers, after: Answers | None, place: int, index: int | None
) -> dict[str, Any]:
    """Predictions, and scores where they are not the same."""
    sides = {"": before} if after is None else {"_before": before, "_after": after}
    shown = {f"prediction{side}": _cell(a.labels[place]) for side, a in sides.items()}
    description = before.subject.description
    if description.classes is None or not description.probabilities:
        return shown
    if index is None and before.labels[place] in description.classes:
        index = description.classes.index(before.labels[place])  # of several, the one predicted
    if index is not None:
        for side, answers in sides.items():
            shown[f"score{side}"] = float(answers.probabilities[place, index])
    return shown


def _cell(item: Any) -> Any:
    """A value for a report: numbers and flags as they are, all else as short text."""
    import pandas as pd

    if hasattr(item, "item"):
        item = item.item()
    if isinstance(item, bool | int | float) and item == item:
        return item
    return None if pd.api.types.is_scalar(item) and pd.isna(item) else brief(item, 80)
