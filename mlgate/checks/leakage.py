"""Leakage: what a model was trained on and what it is evaluated on are not apart."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from mlgate.artifacts.interface import DataSet
from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.checks.leakage_aspect import Aspect, Tables
from mlgate.checks.leakage_model import Effect, hidden_features
from mlgate.checks.leakage_rows import (
    earlier_rows,
    equal_rows,
    near_rows,
    new_rows_in_base,
    same_groups,
    same_keys,
)
from mlgate.checks.leakage_target import telling_features
from mlgate.config.direction import LOWER
from mlgate.config.model import DataSpec, ModelSpec, References
from mlgate.errors import DataNotReadable, MlgateError, NoBaseline
from mlgate.results import Finding, Outcome

Share = Annotated[float, Field(ge=0, le=1), LOWER]
Look: TypeAlias = Callable[[Aspect], list[Finding]]
"""Looks for one kind of leak. What it raises costs only this kind."""


class Leakage(Check):
    """Evaluation rows in the training data, and features that give the target away.

    Findings, each about the evaluation rows unless it says otherwise:

    - `<id>/rows`: rows with the features of a training row. Ids (without `ids`: what looks like
      one), target and weight do not count; rows that have the target in common too are counted
      beside (`count_with_target`).
    - `<id>/near-rows`: rows that equal a training row only without regard to the case, spaces,
      punctuation and Unicode form of texts, to fractions beyond `significant_digits`, and to parts
      of a second. Whole numbers stay as they are. Two values on both sides of a rounding limit
      differ, however near.
    - `<id>/keys`, `<id>/groups`: rows whose `ids` together, or whose `group`, occur in training.
    - `<id>/time`: rows older than the newest training row, by `time`. It warns: a random split is a
      choice, if seldom a good one where time counts.
    - `<id>/base-rows`: training rows that are not in base's training data and stand in base's
      evaluation rows, which the base branch is judged on.
    - `<id>/features`: no feature alone predicts the target almost perfectly; else
      `<id>/features/<column>` for each that does, and did not on base. Without base to compare
      with it warns: such a feature may be legitimate.
    - `<id>/model-features`: ids, target or weight among what `model` sees. Without `ids`, a column
      of distinct whole numbers or texts that is called as ids are, or of numbers that count rows,
      is one too; it only warns where base's model sees it as well, or cannot be asked.

    Equal rows are natural where columns have few combinations of values. So `rows`, `near-rows` and
    `base-rows` fail only for more than chance explains, which is estimated from how often rows of
    the training data equal each other (`expected_by_chance`, `most_by_chance`: more are seen once
    in a thousand times). Rows repeated on purpose excuse nothing, if several columns hold
    measurements that hardly repeat.

    Details: `count`, `share`, `columns`, `examples` (positions of rows, from 0), and `nulls` (rows
    that were not compared, having no id, group or time). With `model`, what the leaked rows do to
    accuracy, or for numbers to the mean absolute error: `metric`, `metric_value`, `metric_without`,
    `metric_explained` (their difference) and `metric_explained_share` (of the value), or
    `metric_error`.
    """

    type: Literal["leakage"]
    train: str
    """Data set that the model is trained on."""
    test: str
    """Data set that the model is evaluated on."""
    model: str | None = None
    """Model whose features are looked at, and whose metric is measured with and without leaked
    rows."""
    max_share: Share = 0.005
    """Largest share of evaluation rows, 0 to 1, that may equal a training row; likewise of new
    training rows that may stand in base's evaluation rows. One such row is always allowed, unless
    the limit is 0. Well-kept tables hold some equal rows, and so few change no metric by what is
    allowed."""
    max_near_share: Share = 0.005
    """Largest share of evaluation rows that may nearly equal a training row; likewise."""
    max_key_share: Share = 0
    """Largest share of evaluation rows that may have the ids of a training row."""
    max_group_share: Share = 0
    """Largest share of evaluation rows that may be of a group in the training data."""
    max_earlier_share: Share = 0
    """Largest share of evaluation rows that may be older than the newest training row."""
    max_feature_score: Annotated[float, LOWER] = Field(default=0.999, gt=0.5, le=1)
    """How well one feature alone may predict the target: ROC AUC, for numbers R², for categories
    the share of errors that they remove. Unless it is set, a new feature also fails from 0.9 on
    where it leaves less than a quarter of what the best of base's features leaves."""
    significant_digits: Annotated[int, LOWER] = Field(default=4, ge=1, le=15)
    """Digits in which fractions are nearly equal."""

    def references(self) -> References:
        """Both data sets, and the model if one is named."""
        return References(data=(self.train, self.test), models=(self.model,) if self.model else ())

    @classmethod
    def recommend(
        cls, data: dict[str, DataSpec], models: dict[str, ModelSpec]
    ) -> Iterator[dict[str, Any]]:
        """Each training set with each test set; with the model where there is only one.

        Several pairs carry their names in their ids; one alone is called `leakage`.
        """
        by_role = {
            role: [name for name, spec in data.items() if (spec.role or name) == role]
            for role in ("train", "test")
        }
        pairs = [(train, test) for train in by_role["train"] for test in by_role["test"]]
        model = {"model": next(iter(models))} if len(models) == 1 else {}
        for train, test in pairs:
            own_id = {"id": f"leakage-{train}-{test}"} if len(pairs) > 1 else {}
            yield {**own_id, "train": train, "test": test, **model}

    def run(self, inputs: Inputs) -> Measurement:
        """Look for every kind of leak that the data sets declare enough for.

        Raises:
            DataNotReadable: A data set cannot be read, or has no rows.
        """
        tables = Tables(train=inputs.data(self.train), test=inputs.data(self.test))
        for data in (tables.train, tables.test):
            if data.frame.empty:
                raise DataNotReadable(
                    f"the data set {data.name} has no rows, so that no leak can be looked for",
                    cause="a filter or an earlier step left nothing over",
                    remedy="write the file again; columns without rows are not data",
                )
        findings: list[Finding] = []
        for aspect, look in self._aspects(inputs, tables):
            findings.extend(_looked(aspect, look))
        rows = len(tables.train.frame) + len(tables.test.frame)
        return Measurement(rows=rows, findings=findings)

    def _aspects(self, inputs: Inputs, tables: Tables) -> Iterator[tuple[Aspect, Look]]:
        """What is looked for, each with the function that looks."""
        effect = Effect(inputs=inputs, model=self.model, tables=tables) if self.model else None

        def aspect(part: str, subject: str, share: float = 0.0, **more: Any) -> Aspect:
            own_id = self.finding_id(part)
            return Aspect(id=own_id, subject=subject, max_share=share, **more)

        def rows(part: str, subject: str, share: float) -> Aspect:
            return aspect(part, subject, share, effect=effect)

        test = self.test
        yield (
            rows("rows", f"rows of {test} in {self.train}", self.max_share),
            lambda given: [equal_rows(tables, given)],
        )
        yield (
            rows("near-rows", f"rows of {test} nearly in {self.train}", self.max_near_share),
            lambda given: [near_rows(tables, given, self.significant_digits)],
        )
        yield (
            rows("keys", f"ids of {test} in {self.train}", self.max_key_share),
            lambda given: [same_keys(tables, given)],
        )
        yield (
            rows("groups", f"groups of {test} in {self.train}", self.max_group_share),
            lambda given: [same_groups(tables, given)],
        )
        yield (
            aspect("time", f"time of {test}", self.max_earlier_share, severity="warning"),
            lambda given: [earlier_rows(tables, given)],
        )
        yield (
            aspect("base-rows", f"new rows of {self.train} in base's {test}", self.max_share),
            lambda given: [self._base_rows(inputs, tables, given)],
        )
        yield (
            aspect("features", f"features of {self.train}"),
            lambda given: list(
                telling_features(
                    tables.train,
                    _or_none(inputs, self.train),
                    given,
                    self.max_feature_score,
                    looks_for_outstanding="max_feature_score" not in self.model_fields_set,
                )
            ),
        )
        if self.model is not None:
            model = self.model
            yield (
                aspect("model-features", f"features of {model}"),
                lambda given: [hidden_features(inputs, model, tables, given)],
            )

    def _base_rows(self, inputs: Inputs, tables: Tables, aspect: Aspect) -> Finding:
        frozen = inputs.data(self.test, "base")
        before = _or_none(inputs, self.train)
        if frozen.frame.empty or (before is not None and before.frame.empty):
            raise DataNotReadable(
                f"base's {self.test} or {self.train} has no rows to compare with",
                cause="the file of the base branch is empty but for its header",
                remedy="mend it on the base branch",
            )
        return new_rows_in_base(Tables(train=tables.train, test=frozen), before, aspect)


def _looked(aspect: Aspect, look: Look) -> list[Finding]:
    """What an aspect found; an error costs only this aspect."""
    try:
        return list(look(aspect))
    except NoBaseline as error:
        outcome, message, details = Outcome.SKIPPED, error.what, {"no_baseline": True}
    except MlgateError as error:
        outcome, message, details = Outcome.ERRORED, error.sentence(), {}
    return [
        Finding(
            id=aspect.id,
            outcome=outcome,
            subject=aspect.subject,
            message=message,
            severity=aspect.severity,
            details={**details},
        )
    ]


def _or_none(inputs: Inputs, data: str) -> DataSet | None:
    """Base's version of a data set; None where base never had one."""
    try:
        return inputs.data(data, "base")
    except NoBaseline:
        return None
