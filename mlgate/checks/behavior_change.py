"""Behavioural tests that change rows: invariance and directional expectation."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from mlgate.checks.behavior_sweep import Sweep
from mlgate.checks.behavior_test import NOISE, NotSeen, RowsTest, Tally, positive_class
from mlgate.checks.changes import Changes, changed, describe, differing, touched
from mlgate.checks.interface import Inputs
from mlgate.checks.subject import Answers, Subject
from mlgate.checks.wording import names, percent, value
from mlgate.config.model import Scalar
from mlgate.errors import MlgateError

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


class ChangingTest(RowsTest):
    """A test that compares the answers before and after a change."""

    change: Changes
    """What to change, by column. For any column `shuffle`, `{permute_within: other column}`,
    `{set: value}`, `missing`, `{replace: {old: new}}`, `{swap: other column}`; for numbers
    `{add: number}`, `{multiply: number}`, `{noise: {sd: number}}`, `{round: places}`,
    `{unit: {from: km, to: mi}}`; for texts `typos`, `case`, `punctuation`, `whitespace`,
    `accents`, `contractions`, `numbers`, `negate`, `{swap_terms: names}`, `{append: text}`."""

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
        return self.measure_change(subject, self.change)

    def measure_change(self, subject: Subject, changes: Changes) -> Tally:
        """The same for given changes."""
        assert subject.data is not None  # noqa: S101  # the check has seen to it
        frame = subject.data.frame
        places, of = self.chosen(subject)
        before = subject.unchanged
        given = list(touched(changes))
        columns = [column for column in given if column in before.rows.columns]
        after = changed(frame, changes, self.seed)
        if len(places) < len(frame):
            frame, after, before = frame.iloc[places], after.iloc[places], before.at(places)
        if not columns and not self.must_respond:
            raise NotSeen(
                f"not applicable: the model does not see {names(given)}, so that changing "
                f"{'it' if len(given) == 1 else 'them'} cannot matter"
            )
        columns = columns or given
        counted = differing(frame[columns], after[columns])
        if not counted.any():
            raise MlgateError(
                f"no row counts: {len(frame):,} rows stay as they were when {describe(changes)}",
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
            places=places,
            of=of,
        )


class Invariance(ChangingTest):
    """A change that must not matter."""

    kind: Literal["invariance"]
    on: Literal["label", "score", "rank"] | None = None
    """What must stay: the label; the scores, within `tolerance`; or a row's rank by score among the
    others, within `tolerance` as a share of all rows. Default: the label, with a `tolerance` the
    scores too; of a regressor its value."""

    def violation(self) -> str:
        """What the rows that do not behave do."""
        if self.on == "rank":
            share = percent(self.tolerance or 0)
            return f"rows change rank by more than {share} of all when {describe(self.change)}"
        by = f" by more than {value(self.tolerance)}" if self.tolerance else ""
        return f"predictions change{by} when {describe(self.change)}"

    def compare(self, before: Answers, after: Answers) -> tuple["Array", "Array", int | None]:
        """The label must stay, and scores where a tolerance is given; or a regressor's value."""
        import numpy as np

        subject = before.subject
        if self.on == "rank":
            return self._ranks(before, after)
        is_classifier = subject.description.classes is not None
        if not is_classifier and np.issubdtype(before.labels.dtype, np.number):
            values_before = before.scores(None)
            shift = np.abs(after.scores(None) - values_before)
            return shift <= self.slack(values_before), shift, None
        wants_labels = self.on != "score"
        passed = np.asarray(before.labels == after.labels) | (not wants_labels)
        badness = np.zeros(len(passed))
        wants_scores = self.on == "score" or (self.on is None and self.tolerance is not None)
        if wants_scores or (subject.description.probabilities and not passed.all()):
            badness = np.abs(after.probabilities - before.probabilities).max(axis=1)
        if wants_scores:
            passed &= badness <= self.slack(badness)
        return passed, badness, positive_class(subject)

    def _ranks(self, before: Answers, after: Answers) -> tuple["Array", "Array", int | None]:
        """How far each row moves in the order of the scores, as a share of all rows."""
        import numpy as np
        from scipy.stats import rankdata

        index = before.subject.class_index()
        ranks = [rankdata(side.scores(index)) / len(side.rows) for side in (before, after)]
        shift: Array = np.abs(ranks[1] - ranks[0])
        return shift <= (self.tolerance or 0) + NOISE, shift, index


class Directional(ChangingTest):
    """A change that must move the score, or must not move it, in a direction."""

    kind: Literal["directional"]
    change: Changes | None = None  # type: ignore[assignment]  # or `monotonic`
    monotonic: Sweep | None = None
    """Sweeps one feature over values and looks at every step, in place of `change`:
    `{column: area, over: quantiles}` or `{column: area, over: [20, 50, 100]}`."""
    expect: Literal["increase", "decrease", "not_increase", "not_decrease"]
    """Where the score of the class, or a regressor's prediction, must go."""
    class_: Scalar | None = Field(default=None, alias="class")
    """Class whose probability is the score. Default: the data's `positive`, else the second of two
    classes."""

    @model_validator(mode="after")
    def _has_one_form(self) -> Self:
        if (self.change is None) == (self.monotonic is None):
            raise ValueError("give either `change` or `monotonic`")
        return self

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
        what = self.monotonic.describe() if self.monotonic else describe(self.change or {})
        return f"scores {verb}{by} when {what}"

    def measure(self, subject: Subject, inputs: Inputs) -> Tally:
        """As every change; of a sweep one batch for each value."""
        if self.monotonic is None:
            return super().measure(subject, inputs)
        places, of = self.chosen(subject)
        index = subject.class_index(self.class_)
        sees = self.monotonic.column in subject.unchanged.rows.columns
        if not sees and not self.must_respond:
            raise NotSeen(
                f"not applicable: the model does not see {names([self.monotonic.column])}, so that "
                "changing it cannot matter"
            )
        return self.monotonic.measure(subject, places, of, index, self._passes)

    def compare(self, before: Answers, after: Answers) -> tuple["Array", "Array", int | None]:
        """The score must move by more than the tolerance, or against it by no more than that."""
        index = before.subject.class_index(self.class_)
        return *self._passes(before.scores(index), after.scores(index)), index

    def _passes(self, start: "Array", end: "Array") -> tuple["Array", "Array"]:
        """Which rows move as they must, and how far off each is."""
        rise, slack = end - start, self.slack(start)
        if self.expect == "increase":
            return rise > slack, -rise
        if self.expect == "decrease":
            return rise < -slack, rise
        if self.expect == "not_increase":
            return rise <= slack, rise
        return rise >= -slack, -rise
