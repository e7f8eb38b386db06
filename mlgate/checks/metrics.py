"""Metrics of a model against limits, and against base's model on the same rows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import InitErrorDetails

from mlgate.checks import metric_file, model_metrics, own_metric
from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.checks.limits import Limits
from mlgate.checks.scorers import METRICS, find, own
from mlgate.checks.slices import Slicing
from mlgate.checks.slices_metrics import Asked
from mlgate.config.direction import MORE, Direction
from mlgate.config.load import nearest
from mlgate.config.model import DataSpec, ModelSpec, References

DEFAULT: Literal["default"] = "default"
FROM_DATA = Direction(stricter="more", unset="unknown")


class Metrics(Check):
    """Metrics of a model, or of a metrics file, against limits and against base.

    Head's and base's model are both scored now, on the same rows. A comparison ends as `regressed`
    (worse by more than allowed, and the 95 % interval excludes no change), `no regression` (the
    interval excludes a drop larger than allowed) or `inconclusive`. Where base's evaluation rows
    differ from head's, both models see base's rows too, and worse on either counts.

    Findings: `<id>/<metric>` for `min` and `max`, `<id>/<metric>/regression` for the comparison,
    `<id>/<metric>/base-rows` for the one on base's rows, `<id>/evaluation-data` where rows differ,
    `<id>/<metric>/definition` where the code of a metric of your own differs from base's.
    Details of a comparison: `n`, `difference` (head minus base), `standard_error`, `method`,
    `decision`, `allowed_drop`, `smallest_detectable_drop` (at 80 % power), `rows_needed`, `note`,
    `greater_is_better`, `weighted`, `clusters` (their number), `warnings` (scikit-learn's);
    of one that came out worse `flipped_to_wrong` and `flipped_to_right` (rows; for numbers
    `error_grew` and `error_shrank`), `carried_by` (up to three slices: `column`, its `value`,
    `quarter` or `missing`, `rows`, `rows_share`, and `share` of the net loss) and `changed_rows`
    (up to five, from 1, with `features`, `truth` and the answers of `base` and `head`); `p_value`
    (two-sided, of no change), `p_adjusted` (Holm's, over all comparisons of the run that block) and
    `comparisons` (how many); with `seeds` the metric of each, `model` first, and `observed` is
    their mean.

    Parts of the rows: `<id>/<metric>/slice/<slice>` for the comparison in a slice, with `/limits`
    for `min` and `max` there; `<id>/slices/<column>` for slices with too few rows to look at, or
    that base has and head has not; `<id>/slices` for the search `auto`. Their details: `slice` in
    words and `n`, its rows; of the search `looked_at` (slices), `columns`, `least_rows` of a slice,
    `searched` (rows), `metrics`, and where it failed `slices`: up to three with their `rows`,
    `metric`, `observed`, `baseline` and `p_value`.
    The data set's `weight` counts in every value and interval.
    """

    type: Literal["metrics"]
    model: str | None = None
    """Model to score, by its name."""
    data: str | None = None
    """Data set to score it on, by its name; it needs a `target`."""
    file: str | None = None
    """Metrics file to read instead of scoring a model, relative to mlgate.yml: JSON or YAML."""
    cluster: str | None = None
    """Column whose equal values mark rows that are not independent, such as a patient or a user:
    intervals then go by these. Default: the data set's `group`."""
    seeds: tuple[str, ...] = ()
    """Other head models of the same recipe, trained with other seeds, by their names: their mean is
    compared with base, and the chance of a seed is part of the interval. `min` and `max` hold for
    `model` alone."""
    metrics: Annotated[
        Literal["default"] | Annotated[dict[str, Limits], Field(min_length=1)], MORE
    ] = DEFAULT
    """Limits by metric: scikit-learn's scorer names, a `neg_` scorer also without `neg_` as a loss
    (`log_loss`), `ece`, `cohen_kappa`, `pearson`, `spearman`, `quantile_loss_0.9`, and short ones
    such as `rmse`; a function of the repository as `module:function`, with `greater_is_better`; for
    a file its keys, nested ones joined by dots. `default` compares accuracy and
    ROC AUC (a drop of 0.01 is allowed) and log loss (a rise of 10 %), or for numbers the mean
    absolute and the root mean squared error (a rise of 5 %)."""

    slices: Annotated[tuple[Slicing, ...] | None, FROM_DATA] = None
    """Parts of the rows that are looked at by themselves: a column, each of whose values is one;
    `{tenure: [0, 12, 24]}`, bins with their lower edge, the last with both; `{where: "age < 25 AND
    contract = 'monthly'", name: young}`, a condition; `auto`, the search for a part in which head
    is worse than base. Default: the `slices` and `sensitive` columns of the data set, and `auto`
    where a metric is compared. `[]` looks at none."""
    slice_limits: Annotated[dict[str, Limits] | None, Field(min_length=1), MORE] = None
    """Limits in every slice but those of `auto`, by metric. Default: the first metric that is
    compared with base, which may lose five times as much in a slice as on all rows."""

    @field_validator("metrics", "slice_limits")
    @classmethod
    def _names_are_known(
        cls, metrics: str | dict[str, Limits] | None, info: ValidationInfo
    ) -> str | dict[str, Limits] | None:
        if metrics is None or isinstance(metrics, str):
            return metrics
        find = _problem_of_key if info.data.get("file") else _problem_of_scorer
        if info.field_name == "slice_limits" and not info.data.get("file"):
            find = _problem_in_slices
        problems = [
            InitErrorDetails(
                type="value_error", loc=(name,), input=name, ctx={"error": ValueError(problem)}
            )
            for name, limits in metrics.items()
            if (problem := find(name, limits))
        ]
        if problems:  # each at its own place
            raise ValidationError.from_exception_data(info.field_name or "metrics", problems)
        return metrics

    @model_validator(mode="after")
    def _has_one_form(self) -> Self:
        if self.file is None:
            if self.model is None or self.data is None:
                raise ValueError("needs `model` and `data`, or `file`")
        elif self.model is not None or self.data is not None:
            raise ValueError("`file` holds the metrics: leave out `model` and `data`, or `file`")
        elif self.cluster is not None:
            raise ValueError("`cluster` is a column of `data`, and `file` holds no rows")
        elif self.seeds:
            raise ValueError("`seeds` are models, and `file` holds no rows to ask them about")
        elif self.slice_limits or self.slices:
            raise ValueError("`slices` are parts of the rows of `data`, and `file` holds no rows")
        elif self.metrics == DEFAULT:
            raise ValueError("`file` needs `metrics`: the keys to look at, with their limits")
        if len({self.model, *self.seeds}) <= len(self.seeds):
            raise ValueError("`seeds` names a model twice, or `model` itself")
        return self

    def references(self) -> References:
        """The model and the data set, unless a file is read."""
        return References(
            data=(self.data,) if self.data else (),
            models=(self.model, *self.seeds) if self.model else (),
        )

    def problems_beside(
        self, root: Path, directory: str
    ) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Functions of the repository that are not there."""
        if self.file is None and not isinstance(self.metrics, str):
            for name in filter(own, self.metrics):
                if said := own_metric.problem(name, root, directory):
                    yield ("metrics", name), said

    @classmethod
    def recommend(
        cls, data: dict[str, DataSpec], models: dict[str, ModelSpec]
    ) -> Iterator[dict[str, Any]]:
        """Default metrics of each model on each test set that has a target.

        Several of them carry the names of both in their ids; one alone is called `metrics`.
        """
        pairs = [
            (model, name)
            for model in models
            for name, spec in data.items()
            if (spec.role or name) == "test" and spec.target
        ]
        for model, name in pairs:
            own_id = {"id": f"metrics-{model}-{name}"} if len(pairs) > 1 else {}
            yield {**own_id, "model": model, "data": name, "metrics": DEFAULT}

    def run(self, inputs: Inputs) -> Measurement:
        """Score head's model or read head's file, and compare with base's."""
        limits = None if isinstance(self.metrics, str) else self.metrics
        if self.model is not None and self.data is not None:
            with own_metric.OwnMetrics(inputs, self.model, limits or {}) as metrics:
                seen = model_metrics.measure(
                    inputs,
                    self.model,
                    self.data,
                    limits,
                    self.finding_id,
                    self.cluster,
                    self.seeds,
                    metrics.metric,
                    Asked(slices=self.slices, limits=self.slice_limits),
                )
                redefined = list(metrics.redefined(self.finding_id))
            return replace(seen, findings=[*seen.findings, *redefined])
        return metric_file.measure(inputs, self.file or "", limits or {}, self.finding_id)


def _problem_of_scorer(name: str, limits: Limits) -> str | None:
    if own(name) is not None:
        if limits.compares and limits.greater_is_better is None:
            return f"is more of {name!r} better? Say `greater_is_better: true` or `false`"
        return None
    if ":" in name:
        return f"{name!r} is no function: a function of the repository is `module:function`"
    if find(name) is None:
        hint = nearest(name, METRICS) or "; scikit-learn's scorer names are known"
        return f"there is no metric {name!r}{hint}"
    if limits.greater_is_better is not None:
        return "scikit-learn knows whether more is better: leave out `greater_is_better`"
    return None


def _problem_in_slices(name: str, limits: Limits) -> str | None:
    if own(name) is not None:
        return "a function of yours is asked about all rows only, not about slices"
    return _problem_of_scorer(name, limits)


def _problem_of_key(key: str, limits: Limits) -> str | None:
    if limits.compares and metric_file.direction(key, limits) is None:
        return f"is more of {key!r} better? Say `greater_is_better: true` or `false`"
    return None
