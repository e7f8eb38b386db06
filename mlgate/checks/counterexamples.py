"""The rows that break a behavioural test most, for a reader to look at."""

from collections.abc import Iterator
from typing import Any

from mlgate.checks.behavior_test import Tally
from mlgate.checks.passages import passages
from mlgate.checks.subject import Answers
from mlgate.checks.wording import brief

MAX_CELLS = 12
"""Cells of a row that a counterexample shows."""
SHORT = 30
"""Characters of a text whose change is seen without marks, if it is no sentence."""


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
    cells = {brief(c): tally.shown[c].iloc[row] for c in columns}
    if tally.shown_after is None:
        return {"case": {name: cell(item) for name, item in cells.items()}}
    after = tally.shown_after
    pairs = {brief(c): (cells[brief(c)], after[c].iloc[row]) for c in columns}
    changed = {name: _pair(*pair) for name, pair in pairs.items()}
    marks = {name: found for name, (_, found) in changed.items() if found}
    return {"changed": {name: cells for name, (cells, _) in changed.items()}} | (
        {"marks": marks} if marks else {}
    )


def _pair(before: Any, after: Any) -> tuple[list[Any], list[list[list[int]]] | None]:
    """A cell before and after; of texts the parts around what changed, and where in them it did."""
    if not (isinstance(before, str) and isinstance(after, str)):
        return [cell(before), cell(after)], None
    found = passages(before, after)
    cells = [found.before, found.after]
    is_short = max(map(len, cells)) <= SHORT and max(len(cell.split()) for cell in cells) < 3
    has_more = any(
        sum(end - start for start, end in spans) < len(cell)
        for cell, spans in zip(cells, found.marks, strict=True)
    )
    if is_short or not has_more:
        return cells, None
    return cells, [[list(span) for span in spans] for spans in found.marks]


def _answers(
    before: Answers, after: Answers | None, place: int, index: int | None
) -> dict[str, Any]:
    """Predictions, and scores where they are not the same."""
    sides = {"": before} if after is None else {"_before": before, "_after": after}
    shown = {f"prediction{side}": cell(a.labels[place]) for side, a in sides.items()}
    description = before.subject.description
    if description.classes is None or not description.probabilities:
        return shown
    if index is None and before.labels[place] in description.classes:
        index = description.classes.index(before.labels[place])  # of several, the one predicted
    if index is not None:
        shown["score_of"] = cell(description.classes[index])
        for side, answers in sides.items():
            shown[f"score{side}"] = float(answers.probabilities[place, index])
    return shown


def cell(item: Any) -> Any:
    """A value for a report: numbers and flags as they are, all else as short text."""
    import pandas as pd

    if hasattr(item, "item"):
        item = item.item()
    if isinstance(item, bool | int | float) and item == item:
        return item
    return None if pd.api.types.is_scalar(item) and pd.isna(item) else brief(item, 80)
