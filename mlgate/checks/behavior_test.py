"""What every kind of behavioural test has, and what it yields."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from mlgate.checks.interface import Inputs
from mlgate.checks.slices_where import problem
from mlgate.checks.subject import Answers, Subject
from mlgate.config.direction import HIGHER, LOWER, NEITHER, Direction
from mlgate.config.model import SEVERITY, Strict
from mlgate.errors import MlgateError
from mlgate.results import Severity

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

ALL = Direction(stricter="higher", unset="strictest")
ANY_COUNTS = Direction(stricter="lower", unset="strictest")
NOISE = 1e-9
"""Differences below this, or below this share of a score above 1, are rounding."""


class NotSeen(MlgateError):
    """A change touches only columns that the model does not see: there is nothing to test."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Which rows behave."""

    counted: "Array"
    """Rows that say anything, as booleans; a change leaves some rows as they were."""
    passed: "Array"
    """Rows that behave as expected."""
    badness: "Array"
    """How far off a row is, for the worst ones; comparable within a test only."""
    before: Answers
    after: Answers | None = None
    """Answers to the changed rows; None where nothing was changed."""
    shown: "pd.DataFrame"
    """Columns that a counterexample shows, before the change."""
    shown_after: "pd.DataFrame | None" = None
    index: int | None = None
    """Class whose probability is the score."""
    places: "Array"
    """Position of each row in the data, from 0."""
    of: int
    """Rows that these were drawn from; as many as they are, where none was left out."""
    curve: "tuple[dict[str, Any], ...]" = ()
    """By value of a feature that was swept: the mean score, and how many rows go the wrong way from
    the value before."""

    @property
    def rows(self) -> int:
        """How many rows count."""
        return int(self.counted.sum())

    @property
    def violations(self) -> int:
        """How many of them do not behave."""
        return int((self.counted & ~self.passed).sum())

    @property
    def pass_rate(self) -> float:
        """Share of the rows that behave; at least one row must count."""
        return (self.rows - self.violations) / self.rows


class BehaviorTest(Strict):
    """What all kinds of test have."""

    kind: str
    """What kind of test this is."""
    name: str = Field(min_length=1)
    """What is tested, in words; also the name of the finding."""
    min_pass_rate: Annotated[float, HIGHER] = Field(default=1.0, gt=0, le=1)
    """Least share of the rows that must behave as expected."""
    tolerance: Annotated[float | None, ANY_COUNTS] = Field(default=None, ge=0)
    """Difference of scores or predicted values that does not count. Rounding (1e-9) never does."""
    severity: Annotated[Severity | None, SEVERITY] = None
    """Overrides the severity of the check."""
    max_drop: Annotated[float | None, LOWER] = Field(default=None, ge=0, le=1)
    """How much less than base's the pass rate may be, on the same rows: 0.01 is a hundredth. The
    comparison is a finding of its own."""

    @abstractmethod
    def measure(self, subject: Subject, inputs: Inputs) -> Tally:
        """Ask the model.

        Raises:
            NotSeen: The test does not apply to the model.
            MlgateError: The test could not be made.
        """

    @abstractmethod
    def violation(self) -> str:
        """What the rows that do not behave do, as the end of "3 of 100 …"."""

    def slack(self, scores: "Array") -> "Array":
        """Difference from each of the scores that does not count."""
        import numpy as np

        slack: Array = (self.tolerance or 0) + NOISE * np.maximum(1, np.abs(scores))
        return slack


def positive_class(subject: Subject) -> int | None:
    """The class whose probability a reader wants to see, if there is one."""
    try:
        return subject.class_index()
    except MlgateError:
        return None


def _parses(text: str) -> str:
    if wrong := problem(text):
        raise ValueError(wrong)
    return text


class RowsTest(BehaviorTest):
    """A test on the rows of the data set."""

    where: Annotated[str, Field(min_length=1), AfterValidator(_parses)] | None = None
    """Only the rows that meet a condition: `age < 25 AND contract = 'monthly'`."""
    sample: Annotated[int | None, ALL] = Field(default=None, ge=1)
    """Only so many of them, drawn at random. The pass rate is then decided with its interval."""
    seed: Annotated[int, NEITHER] = Field(default=0, ge=0)
    """Seed of what is random: the sample, and changes such as `shuffle`."""

    def chosen(self, subject: Subject) -> tuple["Array", int]:
        """The positions of the rows that are looked at, and how many they were drawn from.

        Raises:
            MlgateError: No row meets the condition.
        """
        import numpy as np

        from mlgate.checks.slices_where import rows_where

        assert subject.data is not None  # noqa: S101  # the check has seen to it
        frame = subject.data.frame
        places = np.arange(len(frame))
        if self.where is not None:
            places = places[rows_where(frame, self.where)]
            if not len(places):
                raise MlgateError(
                    f"no row counts: none of {len(frame):,} meets `where`",
                    cause="a value is mistyped, or the data hold no such rows",
                    remedy="correct the condition, or use other data",
                )
        of = len(places)
        if self.sample is not None and self.sample < of:
            drawn = np.random.default_rng(self.seed).choice(of, self.sample, replace=False)
            places = places[np.sort(drawn)]
        return places, of
