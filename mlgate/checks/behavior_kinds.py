"""The kinds of behavioural test: minimum functionality, invariance, directional expectation.

The kinds are those of CheckList (Ribeiro et al., "Beyond Accuracy", ACL 2020, section 2).
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from mlgate.artifacts import formats
from mlgate.checks.changes import Changes, changed, describe, differing, touched
from mlgate.checks.interface import Inputs
from mlgate.checks.subject import Answers, Subject
from mlgate.checks.wording import brief, cells, names, value, values
from mlgate.config.model import Scalar, Strict
from mlgate.errors import MlgateError
from mlgate.results import Severity

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

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
    min_pass_rate: float = Field(default=1.0, gt=0, le=1)
    """Least share of the rows that must behave as expected."""
    tolerance: float | None = Field(default=None, ge=0)
    """Difference of scores or predicted values that does not count. Rounding (1e-9) never does."""
    severity: Severity | None = None
    """Overrides the severity of the check."""

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


class ChangingTest(BehaviorTest):
    """A test that compares the answers before and after a change."""

    change: Changes
    """What to change, by column: `shuffle`, `{set: value}`, `{add: number}`, `{multiply: number}`
    or `{swap: other column}`."""
    seed: int = Field(default=0, ge=0)
    """Seed of `shuffle`."""

    @abstractmethod
    def compare(self, before: Answers, after: Answers) -> tuple["Array", "Array", int | None]:
        """Which rows pass, how far off each is, and the class whose probability is the score."""

    @property
    def must_respond(self) -> bool:
        """Whether a model that does not see the change breaks the test."""
        return False

    def measure(self, subject: Subject, inputs: Inputs) -> Tally:
        """One batch for the rows as they are, shared by all tests, and one for the changed rows."""
        del inputs
        before = subject.unchanged
        assert subject.data is not None  # noqa: S101  # else `unchanged` would have raised
        frame = subject.data.frame
        after = changed(frame, self.change, self.seed)
        given = list(touched(self.change))
        columns = [column for column in given if column in before.rows.columns]
        if not columns and not self.must_respond:
            raise NotSeen(
                f"not applicable: the model does not see {names(given)}, so that changing "
                f"{'it' if len(given) == 1 else 'them'} cannot matter"
            )
        columns = columns or given
        counted = differing(frame[columns], after[columns])
        if not counted.any():
            raise MlgateError(
                f"no row counts: {len(frame):,} rows stay as they were when "
                f"{describe(self.change)}",
                cause="the rows have that value already, are null, or there is only one",
                remedy="choose a change that these rows show, or other data",
            )
        answers = subject.ask(after)
        passed, badness, index = self.compare(before, answers)
        return Tally(
            counted=counted,
            passed=passed,
            badness=badness,
            before=before,
            after=answers,
            shown=frame[columns],
            shown_after=after[columns],
            index=index,
        )


class Invariance(ChangingTest):
    """A change that must not matter."""

    kind: Literal["invariance"]

    def violation(self) -> str:
        """What the rows that do not behave do."""
        by = f" by more than {value(self.tolerance)}" if self.tolerance else ""
        return f"predictions change{by} when {describe(self.change)}"

    def compare(self, before: Answers, after: Answers) -> tuple["Array", "Array", int | None]:
        """The label must stay, and scores where a tolerance is given; or a regressor's value."""
        import numpy as np

        subject = before.subject
        is_classifier = subject.description.classes is not None
        if not is_classifier and np.issubdtype(before.labels.dtype, np.number):
            values_before = before.scores(None)
            shift = np.abs(after.scores(None) - values_before)
            return shift <= self.slack(values_before), shift, None
        passed = np.asarray(before.labels == after.labels)
        badness = np.zeros(len(passed))
        wants_scores = self.tolerance is not None
        if wants_scores or (subject.description.probabilities and not passed.all()):
            badness = np.abs(after.probabilities - before.probabilities).max(axis=1)
        if wants_scores:
            passed &= badness <= self.slack(badness)
        return passed, badness, _positive(subject)


class Directional(ChangingTest):
    """A change that must move the score, or must not move it, in a direction."""

    kind: Literal["directional"]
    expect: Literal["increase", "decrease", "not_increase", "not_decrease"]
    """Where the score of the class, or a regressor's prediction, must go."""
    class_: Scalar | None = Field(default=None, alias="class")
    """Class whose probability is the score. Default: the data's `positive`, else the second of two
    classes."""

    @property
    def must_respond(self) -> bool:
        """A score that must rise or fall must see the change."""
        return self.expect in {"increase", "decrease"}

    def violation(self) -> str:
        """What the rows that do not behave do."""
        verb = {
            "increase": "do not rise",
            "decrease": "do not fall",
            "not_increase": "rise",
            "not_decrease": "fall",
        }[self.expect]
        by = f" by more than {value(self.tolerance)}" if self.tolerance else ""
        return f"scores {verb}{by} when {describe(self.change)}"

    def compare(self, before: Answers, after: Answers) -> tuple["Array", "Array", int | None]:
        """The score must move by more than the tolerance, or against it by no more than that."""
        index = before.subject.class_index(self.class_)
        start = before.scores(index)
        rise = after.scores(index) - start
        slack = self.slack(start)
        if self.expect == "increase":
            return rise > slack, -rise, index
        if self.expect == "decrease":
            return rise < -slack, rise, index
        if self.expect == "not_increase":
            return rise <= slack, rise, index
        return rise >= -slack, -rise, index


class MinimumFunctionality(BehaviorTest):
    """Cases that the model must get right."""

    kind: Literal["minimum_functionality"]
    cases: str | None = None
    """File of cases, relative to mlgate.yml (CSV, Parquet or JSON lines): the columns that the
    model sees, and what is expected: `expected` or the data's target for a label or value,
    `expected_min` and `expected_max` for limits of the score."""
    rows: list[dict[str, Scalar | None]] | None = Field(default=None, min_length=1)
    """The cases themselves, one mapping each, instead of a file."""

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.cases is None) == (self.rows is None):
            raise ValueError("give either `cases`, a file, or `rows`")
        return self

    def violation(self) -> str:
        """What the rows that do not behave do."""
        return "cases are not answered as expected"

    def measure(self, subject: Subject, inputs: Inputs) -> Tally:
        """One batch of all cases."""
        import numpy as np
        import pandas as pd

        frame = (
            pd.DataFrame(self.rows) if self.cases is None else formats.read(inputs.file(self.cases))
        )
        wanted = _Expected.of(frame, subject)
        counted = wanted.given.notna().any(axis=1).to_numpy()
        if not counted.any():
            raise MlgateError(
                f"no case counts: none of {len(frame):,} says what is expected",
                cause="the file has no rows, or its column of expected answers is empty",
                remedy="give at least one case with the answer that it must get",
            )
        answers = subject.ask(wanted.features)
        passed, badness = np.ones(len(frame), dtype=bool), np.zeros(len(frame))
        index = _positive(subject)
        if wanted.label is not None:
            right, badness = self._right(answers, wanted.label)
            passed &= right | wanted.label.isna().to_numpy()
        limits = [(s, sign) for s, sign in ((wanted.low, 1), (wanted.high, -1)) if s is not None]
        if limits:
            index = subject.class_index()
            score = answers.scores(index)
        for limit, sign in limits:
            short = np.nan_to_num(sign * (_numbers(limit) - score))  # NaN: this case has no limit
            passed &= short <= self.slack(score)
            badness = np.maximum(badness, short)
        return Tally(
            counted=counted,
            passed=passed,
            badness=badness,
            before=answers,
            shown=frame,
            index=index,
        )

    def _right(self, answers: Answers, expected: "pd.Series[Any]") -> tuple["Array", "Array"]:
        """Which answers are the expected label or value, and how far off each is."""
        import numpy as np

        description = answers.subject.description
        if description.classes is None and np.issubdtype(answers.labels.dtype, np.number):
            numbers = _numbers(expected)
            off = np.nan_to_num(np.abs(answers.scores(None) - numbers))
            return off <= self.slack(numbers), off
        if description.classes is not None:
            _require_classes(expected, description.classes)
        right = np.equal(answers.labels.astype(object), expected.to_numpy(object), dtype=object)
        return right.astype(bool), np.zeros(len(right))


@dataclass(frozen=True, kw_only=True)
class _Expected:
    """A frame of cases, taken apart."""

    features: "pd.DataFrame"
    given: "pd.DataFrame"
    """The columns that say what is expected."""
    label: "pd.Series[Any] | None"
    low: "pd.Series[Any] | None"
    high: "pd.Series[Any] | None"

    @classmethod
    def of(cls, frame: "pd.DataFrame", subject: Subject) -> Self:
        label = "expected" if "expected" in frame.columns else subject.data_spec.target
        columns = [c for c in (label, "expected_min", "expected_max") if c in frame.columns]
        if not columns:
            target = f" or {brief(label)}" if label else ""
            raise MlgateError(
                f"the cases do not say what is expected: there is no column expected{target}",
                cause="a case is a row of features and the answer that it must get",
                remedy="add a column `expected`, or `expected_min` and `expected_max` for scores",
            )
        return cls(
            features=frame.drop(columns=columns),
            given=frame[columns],
            label=frame[label] if label in columns else None,
            low=frame.get("expected_min"),
            high=frame.get("expected_max"),
        )


Test = Annotated[MinimumFunctionality | Invariance | Directional, Field(discriminator="kind")]
"""One behavioural test."""


def _positive(subject: Subject) -> int | None:
    """The class whose probability a reader wants to see, if there is one."""
    try:
        return subject.class_index()
    except MlgateError:
        return None


def _numbers(expected: "pd.Series[Any]") -> "Array":
    try:
        return expected.to_numpy(float)
    except (TypeError, ValueError) as error:
        raise MlgateError(
            f"the model predicts numbers, and {cells(expected.dropna())} is expected",
            cause="the cases belong to another model",
            remedy="give the expected values as numbers",
        ) from error


def _require_classes(expected: "pd.Series[Any]", classes: tuple[Scalar, ...]) -> None:
    strange = [label for label in expected.dropna().unique() if label not in classes]
    if strange:
        raise MlgateError(
            f"the cases expect {cells(strange)}, and the model's classes are {values(classes, 5)}",
            cause="the label is mistyped, or has another type, such as 1 for '1'",
            remedy="write the labels of the cases as the model's classes",
        )
