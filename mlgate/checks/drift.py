"""Drift: whether the columns of a data set moved away from those of another."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from mlgate.checks.drift_columns import Kind, family, kind_of, measure
from mlgate.checks.drift_findings import (
    Column,
    column_finding,
    judge,
    ordered,
    plain_finding,
    same_file,
    table_finding,
)
from mlgate.checks.drift_model import Asked
from mlgate.checks.drift_table import Table
from mlgate.checks.identity import is_id, named_like_id
from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.checks.wording import brief, unique
from mlgate.config.direction import FEWER, HIGHER, LOWER, Direction
from mlgate.config.load import nearest
from mlgate.config.model import DataSpec, ModelSpec, References, Strict
from mlgate.errors import MlgateError
from mlgate.results import Finding, Outcome, Severity

Effect = Annotated[float, Field(ge=0, le=1), LOWER]

ALL = Direction(stricter="more", unset="strictest")
EACH = Direction(stricter="lower", unset="strictest")
NOT_SET = Direction(stricter="lower", unset="unknown")


class MinEffect(Strict):
    """Effects below which a column has not drifted, however small its p-value.

    0.05 of KS is what a shift of an eighth of a standard deviation makes, 0.06 of the
    Jensen-Shannon distance one of a seventh, cut into five categories. Among 5,000 rows each, a
    shift of 0.2 standard deviations passes both in more than 95 of 100 samples; among millions, a
    shift that no model would notice passes neither.
    """

    numeric: Effect = 0.05
    """KS statistic of numbers and dates."""
    categorical: Effect = 0.06
    """Jensen-Shannon distance (base 2) of categories and booleans, less what noise adds."""
    text: Effect = 0.1
    """KS statistic of a text's length, and of its share of words that the reference lacks."""
    nulls: Effect = 0.05
    """Change of the share of nulls."""


class ColumnRule(Strict):
    """What holds for one column."""

    kind: Kind | None = None
    """What its values are compared as, such as `categorical` for codes. Default: what they are."""
    min_effect: Annotated[Effect | None, NOT_SET] = None
    """Replaces the floor of its values."""
    min_nulls: Annotated[Effect | None, NOT_SET] = None
    """Replaces the floor of its nulls."""


class Drift(Check):
    """Each column of a data set against the same column of a reference.

    Numbers and dates: Kolmogorov-Smirnov; categories and booleans: chi-squared and the
    Jensen-Shannon distance; free text: its length, and its share of words that the reference lacks;
    of every column also the share of nulls. A part has drifted where its p-value, corrected over
    all parts of all columns (Benjamini-Hochberg), is below `alpha` and its effect reaches
    `min_effect`. A column that only one side has, or whose type changed, fails. With few rows (an
    effective size n m / (n + m) below 10) what was not seen to drift is inconclusive.

    Not compared unless `columns` names them: `ids`, `group` and `time` of the data, which differ by
    design, what is called as ids are and tells all rows apart where no `ids` are given, and a
    target that current does not have. The target is a column like any other.

    With `model`, its answers to the rows of both sides are one more column: the score of two
    classes, the probability of each of more, or the predicted value. They move where many small
    drifts add up for the model, or a large one does where it matters. A model answers the rows that
    it was trained on more surely than others: compare its answers on rows that it did not see, or
    set `predictions: false`.

    Findings: `<id>/table` for the share of columns that drifted, and `<id>/<column>` and
    `<id>/prediction`. What drifted comes first, the largest effect before the others. Where the
    model tells what it goes by (`feature_importances_`, or `coef_` times the spread of the
    column), an effect counts times the column's `importance`.

    Details of a column: `kind`; `importance` (0 to 1); of its deciding part `part` (`values`,
    `nulls`, `length` or `vocabulary`), `measure`, `p_value`, `p_adjusted`, `method`; `n_reference`
    and `n_current` (values that are not null); `tests` (over which p was corrected); where they
    apply `psi` (less its noise), `wasserstein` (in standard deviations of the reference), `js`,
    `shifts` (up to five categories with their shares), `out_of_vocabulary_reference` and
    `_current`, `nulls_reference` and `nulls_current`; `sampled` (values of a side that were looked
    at, where it has more); `parts`, the same for every part; and of what drifted `distribution`:
    its `kind`, `edges` or `labels`, and the counts of `reference` and `current`. Of the table:
    `null_map`, the shares of nulls by column.
    """

    type: Literal["drift"]
    current: str
    """Data set to look at."""
    reference: str | None = None
    """Data set that it should resemble. Default: base's version of `current`."""
    model: str | None = None
    """Model whose answers are compared too, and by whose importances findings are ordered."""
    predictions: Annotated[bool, HIGHER] = True
    """Compare the answers of `model`; false only orders by its importances."""
    columns: Annotated[tuple[str, ...] | None, Field(min_length=1), ALL] = None
    """Columns to compare. Default: all."""
    ignore: Annotated[tuple[str, ...], FEWER] = ()
    """Columns not to compare."""
    alpha: Annotated[float, Field(gt=0, lt=1), HIGHER] = 0.001
    """Share of false alarms among the columns that are called drifted: where nothing moved, one run
    in so many fails."""
    min_effect: MinEffect = MinEffect()
    """Effects below which nothing has drifted."""
    max_drifted_share: Annotated[float | None, Field(ge=0, le=1), EACH] = None
    """Share of columns that may drift: the table decides, and a column that drifted only warns.
    Default: each column decides."""
    overrides: dict[str, ColumnRule] = Field(default_factory=dict)
    """Rules of single columns, by name."""

    @model_validator(mode="after")
    def _compares_two_things(self) -> Self:
        if self.reference == self.current:
            raise ValueError(
                "`reference` is `current`; leave it out to compare with base's version"
            )
        return self

    def references(self) -> References:
        """The data sets, and the model if one is named."""
        return References(
            data=tuple(filter(None, (self.reference, self.current))),
            models=(self.model,) if self.model else (),
        )

    @classmethod
    def recommend(
        cls, data: dict[str, DataSpec], models: dict[str, ModelSpec]
    ) -> Iterator[dict[str, Any]]:
        """Test against train, current against reference, and each data set against its base.

        The last one warns: data are refreshed on purpose, and what that does to the model is for
        the metrics to say. With one model its answers are compared too, but for the training data,
        which it knows.
        """
        roles = [(spec.role or name, name) for name, spec in data.items()]
        model = {"model": next(iter(models))} if len(models) == 1 else {}
        unseen = {**model, "predictions": False} if model else {}
        for reference_role, current_role in (("train", "test"), ("reference", "current")):
            references = [name for role, name in roles if role == reference_role]
            currents = [name for role, name in roles if role == current_role]
            for current in currents:
                for reference in references:
                    yield {
                        "id": f"drift-{current}-{reference}",
                        "current": current,
                        "reference": reference,
                        **(unseen if reference_role == "train" else model),
                    }
        for role, name in roles:
            if role in ("train", "test", "reference", "current"):
                yield {
                    "id": f"drift-{name}-base",
                    "current": name,
                    "severity": "warning",
                    **(unseen if role == "train" else model),
                }

    def run(self, inputs: Inputs) -> Measurement:
        """Compare column by column.

        Raises:
            DataNotReadable: A file cannot be read, or has no rows.
            NoBaseline: There is no reference.
        """
        current = Table(inputs.data(self.current))
        if self.reference is None:
            reference = Table(inputs.data(self.current, "base"))
        else:
            reference = Table(inputs.data(self.reference))
        rows = reference.rows + current.rows
        if reference.data.identity == current.data.identity:
            same = same_file(self.finding_id("table"), reference, current)
            return Measurement(rows=rows, findings=[same])
        names = self._names(reference, current)
        guessed = self._like_ids(names, reference, current)
        names = [name for name in names if name not in guessed]
        looked_at = [self._compared(name, reference, current) for name in names]
        problems = [each for each in looked_at if isinstance(each, Finding)] + [
            plain_finding(
                self.finding_id(name), name, Outcome.SKIPPED, "tells all rows apart, as an id does"
            )
            for name in guessed
        ]
        columns = [each for each in looked_at if isinstance(each, Column)]
        if self.model is not None:
            asked = Asked(
                inputs=inputs, model_name=self.model, reference=reference, current=current
            )
            columns, problem = self._with_model(asked, columns)
            problems += problem
        judged = judge(columns, self.alpha)
        table = table_finding(
            self.finding_id("table"), judged, self.current, self.max_drifted_share
        )
        severity: Severity | None = None if self.max_drifted_share is None else "warning"
        compared = [
            column_finding(self.finding_id(each.column.name), each, judged, severity)
            for each in judged.columns
        ]
        findings = [table, *ordered(problems, compared)]
        # A column may be called `table`, and long names may begin alike.
        ids = unique(brief(finding.id, 120) for finding in findings)
        distinct = [replace(each, id=id_) for each, id_ in zip(findings, ids, strict=True)]
        return Measurement(rows=rows, findings=distinct)

    def _with_model(
        self, asked: Asked, columns: list[Column]
    ) -> tuple[list[Column], list[Finding]]:
        """The columns with their importances and with the model's answers, or why without."""
        try:
            importances = asked.importances()
        except MlgateError as error:
            # Without an order nothing is less sure; without its answers something was not seen.
            outcome = Outcome.ERRORED if self.predictions else Outcome.SKIPPED
            return columns, [self._unanswered(outcome, error.sentence())]
        if importances is not None:
            columns = [
                replace(each, importance=importances.get(each.name, 0.0)) for each in columns
            ]
        if not self.predictions:
            return columns, []
        try:
            lacking = asked.cannot_see()
            answers = [] if lacking else list(asked.answers())
        except MlgateError as error:
            return columns, [self._unanswered(Outcome.ERRORED, error.sentence())]
        if lacking:
            return columns, [self._unanswered(Outcome.SKIPPED, lacking)]
        rule = self.overrides.get("prediction", ColumnRule())
        compared = [
            Column(
                name=each.name,
                kind=each.kind,
                present=each.rows,
                parts=each.parts,
                floors=self._floors(each.kind, rule),
                importance=None if importances is None else 1.0,
            )
            for each in answers
        ]
        return [*columns, *compared], []

    def _unanswered(self, outcome: Outcome, why: str) -> Finding:
        return plain_finding(
            self.finding_id("prediction"), "prediction", outcome, f"was not compared: {why}"
        )

    def _names(self, reference: Table, current: Table) -> list[str]:
        """The columns to compare, in current's order, then those that only the reference has."""
        known = dict.fromkeys([*current.columns, *reference.columns])
        if self.columns is not None:
            wanted = list(self.columns)
        else:
            specs = reference.data.spec, current.data.spec
            by_design = {
                name for spec in specs for name in (*spec.ids, spec.group, spec.time) if name
            }
            wanted = [name for name in known if name not in by_design]
        own = {"prediction"} if self.model else set()
        unknown = [name for name in self.overrides if name not in {*known, *own}]
        return [name for name in dict.fromkeys([*wanted, *unknown]) if name not in self.ignore]

    def _like_ids(self, names: list[str], reference: Table, current: Table) -> list[str]:
        """Columns with an id's name that tell all rows apart, where mlgate.yml says nothing."""
        sides = reference, current
        if self.columns is not None or any(side.data.spec.ids for side in sides):
            return []
        spec = current.data.spec
        others = {spec.target, spec.weight, *self.overrides}
        found = [
            name
            for name in names
            if name not in others
            and named_like_id(name)
            and all(name in side.columns and is_id(side.column(name), name) for side in sides)
        ]
        return found if set(names) - set(found) - others else []

    def _compared(self, name: str, reference: Table, current: Table) -> Column | Finding:
        """A column that was compared, or why it was not."""

        def problem(outcome: Outcome, message: str) -> Finding:
            return plain_finding(self.finding_id(name), name, outcome, message)

        absent = [table for table in (reference, current) if name not in table.columns]
        if len(absent) == 2:
            hint = nearest(name, {**reference.columns, **current.columns})
            return problem(Outcome.ERRORED, f"is no column of the reference or of current{hint}")
        if absent:
            if (
                absent == [current]
                and name == reference.data.spec.target != current.data.spec.target
            ):
                return problem(
                    Outcome.SKIPPED, f"is the target, which {self.current} does not have"
                )
            has = current if absent == [reference] else reference
            return problem(
                Outcome.FAILED, f"is missing in {absent[0].called} and is in {has.called}"
            )
        rule = self.overrides.get(name, ColumnRule())
        before, after = reference.column(name), current.column(name)
        try:
            kinds = (rule.kind,) * 2 if rule.kind else (kind_of(before), kind_of(after))
            if kinds == (None, None):
                return problem(Outcome.SKIPPED, "was not compared: all its values are null")
            if None not in kinds and family(kinds[0]) != family(kinds[1]):
                return problem(
                    Outcome.FAILED,
                    f"changed its type: {kinds[0]} in {reference.called}, {kinds[1]} in "
                    f"{current.called}",
                )
            kind = kinds[0] if None not in kinds else None
            parts = measure(before, after, kind)
        except MlgateError as error:
            return problem(Outcome.ERRORED, f"was not compared: {error.what}")
        return Column(
            name=name,
            kind=kind,
            present=(int(before.notna().sum()), int(after.notna().sum())),
            parts=parts,
            floors=self._floors(kind, rule),
            nulls=(float(before.isna().mean()), float(after.isna().mean())),
        )

    def _floors(self, kind: Kind | None, rule: ColumnRule) -> dict[str, float]:
        floors = self.min_effect
        categorical = kind in ("boolean", "categorical")
        parts = {
            "values": floors.categorical if categorical else floors.numeric,
            "length": floors.text,
            "vocabulary": floors.text,
            "nulls": floors.nulls,
        }
        if rule.min_effect is not None:
            parts.update(dict.fromkeys(("values", "length", "vocabulary"), rule.min_effect))
        if rule.min_nulls is not None:
            parts["nulls"] = rule.min_nulls
        return parts
