"""Sweeping one feature over values, to see whether the score goes one way."""

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from mlgate.checks.behavior_test import Tally
from mlgate.checks.change_columns import Set
from mlgate.checks.changes import changed
from mlgate.checks.counterexamples import cell
from mlgate.checks.subject import Subject
from mlgate.checks.wording import name
from mlgate.config.direction import NEITHER
from mlgate.config.model import Scalar, Strict
from mlgate.errors import MlgateError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]
    Passes = Callable[[Array, Array], tuple[Array, Array]]
    """From the scores before and after a step: which rows pass, and how far off each is."""


class Sweep(Strict):
    """A feature, and the values that it takes one after the other."""

    column: str = Field(min_length=1)
    """The feature."""
    over: Literal["quantiles"] | Annotated[tuple[Scalar, ...], Field(min_length=2, max_length=50)]
    """The values in their order, or `quantiles`: those of the column in the data."""
    points: Annotated[int, NEITHER] = Field(default=10, ge=3, le=50)
    """How many quantiles, the smallest and the largest value included."""

    def describe(self) -> str:
        """A clause for a message."""
        values = "its quantiles" if self.over == "quantiles" else f"{len(self.over)} values"
        return f"{name(self.column)} rises over {values}"

    def values(self, frame: "pd.DataFrame") -> tuple[Scalar, ...]:
        """The values, at least two.

        Raises:
            MlgateError: The quantiles of the column cannot be had, or are all the same.
        """
        if not isinstance(self.over, str):
            return self.over
        from pandas.api import types

        column = frame[self.column].dropna()
        if not types.is_numeric_dtype(column.dtype) or types.is_bool_dtype(column.dtype):
            raise MlgateError(
                f"{name(self.column)} holds {column.dtype} values, which have no quantiles",
                cause="quantiles are for numbers",
                remedy="give the values in their order: `over: [low, middle, high]`",
            )
        shares = [i / (self.points - 1) for i in range(self.points)]
        found = column.quantile(shares, interpolation="nearest").dropna().unique().tolist()
        if len(found) < 2:
            raise MlgateError(
                f"no row counts: {name(self.column)} has {len(found)} value in the data",
                cause="the column is constant or null",
                remedy="give the values: `over: [low, middle, high]`",
            )
        return tuple(found)

    def measure(
        self, subject: Subject, places: "Array", of: int, index: int | None, passes: "Passes"
    ) -> Tally:
        """Ask the model about all rows at each value, one batch a value.

        A row passes where every step does; its worst step is what a counterexample shows.

        Args:
            subject: The model and the data.
            places: Positions of the rows.
            of: Rows that they were drawn from.
            index: Class whose probability is the score.
            passes: Judges one step.
        """
        import numpy as np

        assert subject.data is not None  # noqa: S101  # the check has seen to it
        rows = subject.data.frame.iloc[places]
        frames = [self._at(rows, item) for item in self.values(subject.data.frame)]
        scores = [subject.ask(frame).scores(index) for frame in frames]
        steps = [passes(*pair) for pair in pairwise(scores)]
        wrongs = [0, *(int((~ok).sum()) for ok, _ in steps)]
        badness = np.array([off for _, off in steps])
        badness[np.array([ok for ok, _ in steps])] = -np.inf
        worst = badness.argmax(axis=0)
        before, after = (self._picked(frames, worst + step) for step in (0, 1))
        return Tally(
            counted=np.ones(len(rows), dtype=bool),
            passed=np.all([ok for ok, _ in steps], axis=0),
            badness=badness.max(axis=0),
            before=subject.ask(before),
            after=subject.ask(after),
            shown=before[[self.column]],
            shown_after=after[[self.column]],
            index=index,
            places=places,
            of=of,
            curve=tuple(
                {
                    "value": cell(frame[self.column].iloc[0]),
                    "score": float(of_value.mean()),
                    "wrong": wrong,
                }
                for frame, of_value, wrong in zip(frames, scores, wrongs, strict=True)
            ),
        )

    def _at(self, rows: "pd.DataFrame", item: Scalar) -> "pd.DataFrame":
        """The rows with the feature at a value."""
        return changed(rows, {self.column: Set(set=item)}, 0)

    def _picked(self, frames: "list[pd.DataFrame]", which: "Array") -> "pd.DataFrame":
        """Each row from one of the frames, which differ in the feature alone."""
        import pandas as pd

        items = pd.concat([frame[self.column].iloc[:1] for frame in frames], ignore_index=True)
        picked = items.iloc[which].set_axis(frames[0].index)
        return frames[0].assign(**{self.column: picked})
