"""How differently a model treats groups of people, against limits and against base's model."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_core import InitErrorDetails

from mlgate.checks import fairness_measure
from mlgate.checks.fairness_groups import Sensitive, name_of
from mlgate.checks.fairness_metrics import FairnessLimits, problem
from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.config.direction import HIGHER, LOWER, MORE, Direction
from mlgate.config.model import DataSpec, ModelSpec, References
from mlgate.errors import ColumnNotFound

DEFAULT: Literal["default"] = "default"
FROM_DATA = Direction(stricter="more", unset="unknown")


class Fairness(Check):
    """How far apart groups of rows are, by fairlearn's metrics, against limits and against base.

    The groups are the values of a sensitive column, or bins of it, and every column is looked at by
    itself. Rows without a value are a group of their own. Groups of fewer than `min_rows` rows are
    left out, and the report says which. fairlearn computes the values; a comparison ends as
    `regressed`, `no regression` or `inconclusive`, like that of any other metric. Where base's
    evaluation rows differ from head's, both models see base's rows too.

    Findings: `<id>/<metric>/<column>` for `min` and `max`, `<id>/<metric>/<column>/regression` for
    the comparison, `<id>/<metric>/<column>/base-rows` for the one on base's rows,
    `<id>/groups/<column>` where groups are left out or there are none, `<id>/evaluation-data` where
    base's rows cannot be read. Combinations of columns are named `sex+age`.
    Details: those of a comparison of `metrics`, and `groups`, a list of at most 50 with `group` (in
    words), `n` and its value by name (`selection_rate`), of base too (`base_selection_rate`);
    `left_out`, the first 20 groups that are too small, with `n`; `missing`, the rows without a
    value; `weighted`, and `clusters` (their number).
    """

    type: Literal["fairness"]
    model: str
    """Model to look at, by its name."""
    data: str
    """Data set to look at it on, by its name; it needs a `target`."""
    sensitive: Annotated[tuple[Sensitive, ...], FROM_DATA] = ()
    """Columns with a protected attribute: a name, or for numbers a name with the edges of bins,
    `{age: [0, 25, 65]}`. Bins hold their lower edge, the last one both. Default: the data set's
    `sensitive`."""
    intersections: Annotated[bool, HIGHER] = False
    """Whether every combination of all these columns is a group as well."""
    min_rows: Annotated[int, LOWER] = Field(default=30, ge=2)
    """Rows that a group must have to be looked at."""
    cluster: str | None = None
    """Column whose equal values mark rows that are not independent, such as a patient or a user.
    Default: the data set's `group`."""
    limits: Annotated[
        Literal["default"] | Annotated[dict[str, FairnessLimits], Field(min_length=1)], MORE
    ] = DEFAULT
    """Limits by metric: fairlearn's `demographic_parity_difference`, `equalized_odds_difference`,
    `equal_opportunity_difference` and their `_ratio`, and of each metric of `metrics`, of
    `selection_rate` and of `true_positive_rate` and its kin the `_difference`, `_ratio`,
    `_group_min` and `_group_max`, such as `accuracy_group_min`. `default` compares with base only:
    demographic parity and equalized odds may rise by 0.05; with more than two classes the
    difference of accuracies; for numbers the ratio of mean absolute errors may drop by 0.05. It
    only warns where head errs no more than base in any group."""

    @field_validator("limits")
    @classmethod
    def _names_are_known(
        cls, limits: str | dict[str, FairnessLimits]
    ) -> str | dict[str, FairnessLimits]:
        if isinstance(limits, str):
            return limits
        problems = [
            InitErrorDetails(
                type="value_error", loc=(name,), input=name, ctx={"error": ValueError(wrong)}
            )
            for name, limit in limits.items()
            if (wrong := problem(name, limit))
        ]
        if problems:  # each at its own place
            raise ValidationError.from_exception_data("limits", problems)
        return limits

    @field_validator("sensitive")
    @classmethod
    def _columns_are_named_once(cls, sensitive: tuple[Sensitive, ...]) -> tuple[Sensitive, ...]:
        columns = [name_of(each) for each in sensitive]
        for column in columns:
            if columns.count(column) > 1:
                raise ValueError(f"names {column!r} twice")
        return sensitive

    def references(self) -> References:
        """The model and the data set."""
        return References(data=(self.data,), models=(self.model,))

    @classmethod
    def recommend(
        cls, data: dict[str, DataSpec], models: dict[str, ModelSpec]
    ) -> Iterator[dict[str, Any]]:
        """A comparison with base for each model on each test set with sensitive columns.

        Several of them carry the names of both in their ids; one alone is called `fairness`.
        """
        pairs = [
            (model, name)
            for model in models
            for name, spec in data.items()
            if (spec.role or name) == "test" and spec.target and spec.sensitive
        ]
        for model, name in pairs:
            own_id = {"id": f"fairness-{model}-{name}"} if len(pairs) > 1 else {}
            yield {**own_id, "model": model, "data": name, "limits": DEFAULT}

    def run(self, inputs: Inputs) -> Measurement:
        """Look at the groups of each sensitive column."""
        sensitive = self.sensitive or inputs.data_spec(self.data).sensitive
        if not sensitive:
            raise ColumnNotFound(
                f"no column of {self.data} is said to be sensitive",
                cause="neither the check nor the data set names one",
                remedy=f"add `sensitive: [COLUMN]` to `data.{self.data}` or to the check",
            )
        return fairness_measure.measure(
            inputs,
            fairness_measure.Question(
                model=self.model,
                data=self.data,
                sensitive=sensitive,
                intersections=self.intersections and len(sensitive) > 1,
                limits=None if isinstance(self.limits, str) else self.limits,
                min_rows=self.min_rows,
                cluster=self.cluster,
                finding_id=self.finding_id,
            ),
        )
