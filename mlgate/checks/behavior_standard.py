"""Tests that every model should pass: what it answers depends on the row alone."""

from typing import TYPE_CHECKING, Final, Literal

from mlgate.checks.behavior_test import RowsTest, Tally, positive_class
from mlgate.checks.interface import Inputs
from mlgate.checks.subject import Answers, Subject

if TYPE_CHECKING:
    import numpy as np


TOLERANCE: Final = 1e-6
"""Difference of scores, or share of a value above 1, that is rounding: sums of single precision
depend on how many rows go together."""
SINGLY: Final = 20
"""Rows that are asked about one by one."""


class Standard(RowsTest):
    """Asks about the same rows in another way; every answer must be the same."""

    kind: Literal["standard"] = "standard"
    way: Literal["again", "order", "batch", "repeats"]
    """How they are asked about."""

    def violation(self) -> str:
        """What the rows that do not behave do."""
        way = {
            "again": "the model is asked again",
            "order": "the rows come in another order",
            "batch": "the model is asked about one row at a time",
            "repeats": "rows are repeated",
        }[self.way]
        return f"answers differ when {way}"

    def measure(self, subject: Subject, inputs: Inputs) -> Tally:
        """One more batch, or as many as rows are asked about one by one."""
        del inputs
        import numpy as np

        places, _ = self.chosen(subject)
        if self.way == "batch":
            places = places[:SINGLY]
        before = subject.unchanged.at(places)
        again = self._asked(subject, before, np.random.default_rng(self.seed))
        passed = np.asarray(before.labels == again.labels)
        badness = np.zeros(len(passed))
        description = subject.description
        if description.classes is None and np.issubdtype(before.labels.dtype, np.number):
            badness = np.abs(again.scores(None) - before.scores(None))
            passed = badness <= TOLERANCE * np.maximum(1, np.abs(before.scores(None)))
        elif description.probabilities:
            badness = np.abs(again.probabilities - before.probabilities).max(axis=1)
            passed &= badness <= TOLERANCE
        return Tally(
            counted=np.ones(len(places), dtype=bool),
            passed=passed,
            badness=badness,
            before=before,
            after=again,
            shown=before.rows,
            index=positive_class(subject),
            places=places,
            of=len(places),
        )

    def _asked(self, subject: Subject, before: Answers, rng: "np.random.Generator") -> Answers:
        """The answers to the same rows, asked about in another way, in the order of the rows."""
        import numpy as np

        everything = np.arange(len(before.rows))
        batches = {
            "again": [everything],
            "order": [rng.permutation(everything)],
            "batch": [everything[i : i + 1] for i in everything],
            "repeats": [np.repeat(everything, 2)],
        }[self.way]
        asked = [Answers(subject=subject, rows=before.rows.iloc[batch]) for batch in batches]
        order = np.concatenate(batches)
        last = np.empty_like(everything)
        last[order] = np.arange(len(order))
        found = Answers(subject=subject, rows=before.rows)
        vars(found)["labels"] = np.concatenate([answers.labels for answers in asked])[last]
        if subject.description.probabilities:
            scores = np.concatenate([answers.probabilities for answers in asked])
            vars(found)["probabilities"] = scores[last]
        return found


STANDARD: Final = (
    Standard(name="answers the same when asked twice", way="again"),
    Standard(name="does not depend on the order of rows", way="order"),
    Standard(name="does not depend on the batch", way="batch"),
    Standard(name="does not depend on repeated rows", way="repeats"),
)
"""What `standard: true` stands for."""
