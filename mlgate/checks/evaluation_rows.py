"""Evaluation rows: whether those of a pull request are easier than those of base."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from mlgate.artifacts.models import format_of
from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.checks.responses import EvaluationRows, ModelOnRows, evaluation_rows
from mlgate.checks.wording import percent
from mlgate.config.direction import HIGHER, LOWER
from mlgate.config.model import DataSpec, ModelSpec, References
from mlgate.errors import ColumnNotFound
from mlgate.results import Finding, Outcome

if TYPE_CHECKING:
    from mlgate.stats.difference import Array

FEWEST = 30
"""Rows of a side below which the normal distribution says too little of a difference of means."""


class Easier(Check):
    """Whether base's model does better on head's evaluation rows than on base's own.

    Rows that suit a model make every later comparison kinder, and no comparison of two models on
    the same rows shows it. So one model, base's, answers both sets: it fails where its accuracy
    (for numbers its mean absolute error) is better on head's by more than is allowed, and chance
    does not explain it. Rows that both sets hold count for neither. Other rows of the same kind
    pass, as do harder ones.

    Findings: `<id>/easier`. Details: `metric`, `n`, `n_base`, `z` (standard errors of no
    difference), `p_value` (one-sided).
    """

    type: Literal["evaluation-rows"]
    model: str
    """Model whose base version is asked."""
    data: str
    """Data set that it is evaluated on."""
    max_gain: Annotated[float, Field(ge=0), LOWER] = 0.01
    """How much better accuracy may be on head's rows than on base's."""
    max_gain_relative: Annotated[float, Field(ge=0), LOWER] = 0.05
    """For numbers: by which share of the error on base's rows it may be smaller on head's."""
    alpha: Annotated[float, Field(gt=0, lt=0.5), HIGHER] = 0.001
    """Share of false alarms where rows were drawn anew and nothing else changed."""

    def references(self) -> References:
        """The model and the data set."""
        return References(models=(self.model,), data=(self.data,))

    @classmethod
    def recommend(
        cls, data: dict[str, DataSpec], models: dict[str, ModelSpec]
    ) -> Iterator[dict[str, Any]]:
        """The first model on each test set with a target: whether rows are easy is theirs to say.

        Several of them carry the data set's name in their ids; one alone is `evaluation-rows`.
        """
        # A table of predictions answers no other rows.
        asked = [n for n, spec in models.items() if format_of(spec, Path()) != "predictions"]
        tests = [n for n, spec in data.items() if (spec.role or n) == "test" and spec.target]
        for name in tests:
            own_id = {"id": f"evaluation-rows-{name}"} if len(tests) > 1 else {}
            for model in asked[:1]:
                yield {**own_id, "model": model, "data": name}

    def run(self, inputs: Inputs) -> Measurement:
        """Ask base's model about both sets of rows.

        Raises:
            NoBaseline: There is no base, or it has no such data or model.
            MlgateError: The rows cannot be read, or the model cannot be asked.
        """
        head = evaluation_rows(inputs.data(self.data))
        there = inputs.data(self.data, "base")
        same = head.data.identity == there.identity or head.data.frame.equals(there.frame)
        if same:
            message = f"the {len(head):,} evaluation rows of {self.data} are base's"
            return Measurement(rows=len(head), findings=[self._finding(Outcome.PASSED, message)])
        base = evaluation_rows(there)
        if min(len(head), len(base)) < FEWEST:
            message = (
                f"{min(len(head), len(base)):,} rows of {self.data} do not tell whether head's are "
                f"easier than base's: {FEWEST} are needed on each side"
            )
            found = self._finding(Outcome.INCONCLUSIVE, message)
        else:
            try:
                found = self._compared(inputs, head, base)
            except ColumnNotFound as error:  # the schema changed, which integrity tells
                found = self._finding(
                    Outcome.SKIPPED, f"base's model cannot be asked about both sets: {error.what}"
                )
        return Measurement(rows=len(head) + len(base), findings=[found])

    def _compared(self, inputs: Inputs, head: EvaluationRows, base: EvaluationRows) -> Finding:
        from statistics import NormalDist

        model, spec = inputs.model(self.model, "base"), inputs.model_spec(self.model, "base")
        asked = [ModelOnRows(model, spec, rows, rows.data.spec.positive) for rows in (head, base)]
        values = asked[0].description.classes is None and _is_number(head)
        losses = [_losses(side, values=values) for side in asked]
        ours, theirs = _keys(head, base)
        gain, error = difference(losses[0], losses[1], ours, theirs)
        before = float(losses[1].mean())
        allowed = self.max_gain_relative * before if values else self.max_gain
        z = gain / error if error else 0.0
        chance = 1 - NormalDist().cdf(z)
        failed = gain > allowed and chance < self.alpha
        metric = "mean absolute error" if values else "accuracy"
        shown = [float(each.mean()) if values else 1 - float(each.mean()) for each in losses]
        limit = (
            f"an error smaller by {percent(self.max_gain_relative)} is allowed"
            if values
            else f"a gain of {self.max_gain:g} is allowed"
        )
        ending = (
            f"{limit}, and chance does not explain it (p = {chance:.2g}): the rows are easier"
            if failed
            else f"{limit}; p = {chance:.2g}"
        )
        return self._finding(
            Outcome.FAILED if failed else Outcome.PASSED,
            f"{metric} of base's model is {shown[0]:.4g} on head's {len(head):,} rows of "
            f"{self.data} and {shown[1]:.4g} on base's {len(base):,}; {ending}",
            observed=shown[0],
            baseline=shown[1],
            expected=limit,
            details={
                "metric": metric,
                "n": len(head),
                "n_base": len(base),
                "z": z,
                "p_value": chance,
            },
        )

    def _finding(self, outcome: Outcome, message: str, **more: Any) -> Finding:
        subject = f"evaluation rows of {self.data}"
        own_id = self.finding_id("easier")
        return Finding(id=own_id, outcome=outcome, subject=subject, message=message, **more)


def difference(
    head: "Array", base: "Array", keys: "Array", base_keys: "Array"
) -> tuple[float, float]:
    """How much smaller the mean loss is on head's rows, and its standard error at no difference.

    The difference of means is a weighted sum over the distinct rows of both sets, whose weights add
    up to 0; a row that both hold has its two weights in one. Where rows were assigned to the sets
    by lot, its variance is that of the losses times the sum of squared weights (a permutation's
    variance; Hájek 1961, Ann. Math. Stat. 32:506-523, gives when it is normal).

    Args:
        head: Loss of each of head's rows.
        base: Loss of each of base's rows.
        keys: What identifies each of head's rows; equal for equal rows.
        base_keys: The same of base's rows.
    """
    import numpy as np

    losses = np.concatenate([head, base]).astype(float)
    signs = np.r_[np.full(len(head), -1 / len(head)), np.full(len(base), 1 / len(base))]
    _, first, place = np.unique(
        np.concatenate([keys, base_keys]), return_index=True, return_inverse=True
    )
    weights = np.bincount(place, signs)
    if len(first) < 2:
        return 0.0, 0.0
    spread = float(np.var(losses[first], ddof=1))
    gain = float(weights @ losses[first])  # equal rows have equal losses
    return gain, float(np.sqrt(spread * (weights**2).sum()))


def _losses(side: ModelOnRows, *, values: bool) -> "Array":
    from mlgate.checks import losses

    found: Array
    if values:
        found = abs(losses.errors(side.responses("values")))
    else:
        found = ~losses.right(side.responses("labels")) * 1.0
    return found


def _is_number(rows: EvaluationRows) -> bool:
    from pandas.api.types import is_numeric_dtype

    return is_numeric_dtype(rows.target.dtype)


def _keys(head: EvaluationRows, base: EvaluationRows) -> "tuple[Array, Array]":
    """What identifies the rows: their values in the columns of both sides."""
    from mlgate.checks.leakage_keys import row_keys

    one, other = head.data.frame, base.data.frame
    shared = [column for column in one.columns if column in set(other.columns)]
    return row_keys(one, other, shared)
