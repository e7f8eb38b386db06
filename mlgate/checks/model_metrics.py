"""Measures metrics of head's model and of base's, on the same rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from mlgate.checks.explanation import explain
from mlgate.checks.interface import Inputs, Measurement
from mlgate.checks.limits import Limits
from mlgate.checks.metric_findings import compared, not_measured, within_limits
from mlgate.checks.responses import EvaluationRows, ModelOnRows, evaluation_rows
from mlgate.checks.sampling import sample_of
from mlgate.checks.scorers import Metric, known
from mlgate.checks.scoring import Score, difference, score
from mlgate.checks.sides import ask, attempt, available, of_base, other_rows, rows_unknown
from mlgate.checks.slices_metrics import Asked, Models
from mlgate.checks.slices_metrics import measure as measure_slices
from mlgate.config.model import Scalar
from mlgate.errors import ColumnNotFound, MlgateError, NoBaseline
from mlgate.results import Finding, Outcome

if TYPE_CHECKING:
    from mlgate.stats.sample import Sample

FindingId: TypeAlias = Callable[..., str]
"""From the parts of a finding's id to the whole of it."""

DROP = Limits(max_drop=0.01)
LOG_LOSS_RISE = Limits(max_drop_relative=0.1)
ERROR_RISE = Limits(max_drop_relative=0.05)
NO_SLICES = Asked(slices=())


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Head's and base's model on the same rows; an error stands for one that cannot be asked."""

    head: ModelOnRows | MlgateError
    base: ModelOnRows | MlgateError
    rows: "Sample"
    where: str
    """The rows in words, such as `on 1,409 rows of test`."""
    of_base: bool
    """Whether they are base's evaluation rows."""
    seeds: tuple[ModelOnRows | MlgateError, ...] = ()
    """Other models of head's recipe, trained with other seeds."""


def measure(
    inputs: Inputs,
    model: str,
    data: str,
    limits: Mapping[str, Limits] | None,
    finding_id: FindingId,
    cluster: str | None = None,
    seeds: Sequence[str] = (),
    metric_of: Callable[[str], Metric] = known,
    asked: Asked = NO_SLICES,
) -> Measurement:
    """Score head on its evaluation rows, and base too where a limit compares.

    Args:
        inputs: The run's inputs.
        model: Name of the model.
        data: Name of the data set.
        limits: Limits by metric; None stands for the defaults of the model's task.
        finding_id: Makes the findings' ids.
        cluster: Column whose equal values mark rows that are not independent.
        seeds: Names of other models of head's recipe, trained with other seeds.
        metric_of: From a name to its metric.
        asked: What is asked of slices.

    Raises:
        MlgateError: Head has no evaluation rows, or its model cannot be asked at all.
    """
    rows = evaluation_rows(inputs.data(data))
    sample = sample_of(rows, cluster)
    head = ask(inputs, model, "head", rows, rows.data.spec.positive)
    limits = default_limits(head) if limits is None else limits
    compares = {name: limit for name, limit in limits.items() if limit.compares}
    base: ModelOnRows | MlgateError = NoBaseline("no limit asks for base")
    if compares or asked.compares(limits):
        base = attempt(lambda: ask(inputs, model, "base", rows, head.positive))
    base_rows: EvaluationRows | MlgateError | None = None
    if isinstance(base, ModelOnRows):
        base_rows = attempt(lambda: other_rows(inputs, rows, cluster))
    details = {"base_rows": base_rows.what} if isinstance(base_rows, NoBaseline) else {}
    where = f"on {len(rows):,} rows of {data}"
    pair = Pair(
        head=head,
        base=base,
        rows=sample,
        where=where,
        of_base=False,
        seeds=_seeds(inputs, seeds if asked.compares(limits) else (), rows, head.positive),
    )
    findings: list[Finding] = []
    for name, limit in limits.items():
        if limit.bounds:
            findings.append(_bounded(metric_of(name), limit, pair, finding_id(name)))
        if limit.compares:
            own_id = finding_id(name, "regression")
            findings.append(_compared(metric_of(name), limit, pair, own_id, details))
    models = Models(
        head=head,
        base=base,
        seeds=pair.seeds,
        rows=sample,
        hidden=(cluster, rows.data.spec.group),
    )
    earlier = base_rows if isinstance(base_rows, EvaluationRows) else None
    findings.extend(measure_slices(asked, limits, models, earlier, finding_id))
    looked_at = len(rows)
    if isinstance(base_rows, EvaluationRows):
        looked_at += len(base_rows)
        other = base_rows
        pair = Pair(
            head=attempt(lambda: ask(inputs, model, "head", other, head.positive)),
            base=attempt(lambda: ask(inputs, model, "base", other, head.positive)),
            rows=sample_of(other, cluster),
            where=f"on the {len(other):,} rows of base's {data}",
            of_base=True,
            seeds=_seeds(inputs, seeds, other, head.positive),
        )
        findings.append(_rows_differ(rows, other, pair, finding_id("evaluation-data")))
        findings.extend(
            _compared(metric_of(name), limit, pair, finding_id(name, "base-rows"), {})
            for name, limit in compares.items()
        )
    elif isinstance(base_rows, MlgateError) and not isinstance(base_rows, NoBaseline):
        findings.append(rows_unknown(data, base_rows, finding_id("evaluation-data")))
    return Measurement(rows=looked_at, findings=findings)


def default_limits(head: ModelOnRows) -> dict[str, Limits]:
    """What is compared where no metric is named.

    For classes accuracy, with probabilities also log loss and for two classes ROC AUC: a hundredth
    of accuracy or of AUC is what a reviewer would ask about, and log loss, whose level depends on
    the task, may rise by a tenth. For numbers the mean absolute and the root mean squared error,
    which may rise by a twentieth.
    """
    from pandas.api.types import is_numeric_dtype

    classes = head.description.classes
    if classes is None:
        if is_numeric_dtype(head.rows.target.dtype):
            return {"mean_absolute_error": ERROR_RISE, "root_mean_squared_error": ERROR_RISE}
        return {"accuracy": DROP}
    limits = {"accuracy": DROP}
    if head.description.probabilities:
        if len(classes) == 2:
            limits["roc_auc"] = DROP
        limits["log_loss"] = LOG_LOSS_RISE
    return limits


def _seeds(
    inputs: Inputs, names: Sequence[str], rows: EvaluationRows, positive: Scalar | None
) -> tuple[ModelOnRows | MlgateError, ...]:
    def one(name: str) -> ModelOnRows | MlgateError:
        return attempt(lambda: ask(inputs, name, "head", rows, positive))

    return tuple(one(name) for name in names)


def _score(metric: Metric, side: ModelOnRows | MlgateError, rows: "Sample") -> Score:
    model = available(side)
    return model.once(
        f"score {metric.name}", lambda: score(metric, model.responses(metric.needs), rows)
    )


def _bounded(metric: Metric, limits: Limits, pair: Pair, own_id: str) -> Finding:
    """Head's value against `min` and `max`."""
    try:
        seen = _score(metric, pair.head, pair.rows)
    except MlgateError as error:
        return not_measured(own_id, metric.name, error, expected=limits.bounds_text())
    base = attempt(lambda: _score(metric, pair.base, pair.rows))
    return within_limits(
        own_id,
        metric.name,
        limits,
        seen.value,
        baseline=base.value if isinstance(base, Score) else None,
        where=pair.where,
        details={
            "n": pair.rows.rows,
            "greater_is_better": metric.greater_is_better,
            **_sample_details(pair.rows),
            **_warnings(seen),
        },
    )


def _compared(
    metric: Metric, limits: Limits, pair: Pair, own_id: str, details: Mapping[str, Any]
) -> Finding:
    """Head's value against base's."""
    from mlgate.stats.decision import decide
    from mlgate.stats.seeds import across_seeds

    subject = f"{metric.name} on base's rows" if pair.of_base else metric.name
    observed = None
    try:
        ours = _score(metric, pair.head, pair.rows)
        observed = ours.value
        theirs = of_base(lambda: _score(metric, pair.base, pair.rows))
        values = [_score(metric, side, pair.rows).value for side in (pair.head, *pair.seeds)]
        sides = [available(side).responses(metric.needs) for side in (pair.head, *pair.seeds)]
        base = available(pair.base).responses(metric.needs)
        comparison = decide(
            across_seeds([difference(metric, side, base, pair.rows) for side in sides]),
            allowed=limits.allowed_drop(theirs.value),
            greater_is_better=metric.greater_is_better,
        )
    except MlgateError as error:
        return not_measured(
            own_id,
            subject,
            error,
            expected=limits.drop_text(greater_is_better=metric.greater_is_better),
            observed=observed,
            # Head's model may need a column that base's rows do not have yet.
            skipped=isinstance(pair.head, ColumnNotFound),
            details=details,
        )
    more = dict(details) | _sample_details(pair.rows) | _warnings(ours)
    both = available(pair.head), available(pair.base)
    more |= explain(metric, comparison, *both, pair.rows)
    if pair.seeds:
        more["seeds"] = values
    return compared(
        own_id,
        metric.name,
        limits,
        comparison,
        (sum(values) / len(values), theirs.value),
        subject=subject,
        greater_is_better=metric.greater_is_better,
        where=pair.where,
        details=more,
    )


def _sample_details(rows: "Sample") -> dict[str, Any]:
    weighted = {"weighted": True} if rows.weights is not None else {}
    return weighted | ({} if rows.clustered is None else {"clusters": rows.clustered})


def _warnings(seen: Score) -> dict[str, Any]:
    return {"warnings": list(seen.warnings)} if seen.warnings else {}


def _rows_differ(rows: EvaluationRows, other: EvaluationRows, pair: Pair, own_id: str) -> Finding:
    """Says that the evaluation rows changed. Passed only where both sets were looked at."""
    counts = f"{len(rows):,} rows, {len(other):,} on base"
    subject = f"evaluation data {rows.data.name}"
    if isinstance(pair.head, MlgateError):
        ending = f"head's model cannot be asked about base's rows: {pair.head.what}"
    elif isinstance(pair.base, MlgateError):
        ending = f"base's model cannot be asked about base's rows: {pair.base.what}"
    else:
        ending = "both models were scored on both, and worse on either counts"
    both = isinstance(pair.head, ModelOnRows) and isinstance(pair.base, ModelOnRows)
    return Finding(
        id=own_id,
        outcome=Outcome.PASSED if both else Outcome.SKIPPED,
        severity="warning",
        subject=subject,
        message=f"the evaluation rows differ from base's ({counts}); {ending}",
        observed=len(rows),
        baseline=len(other),
        details={"sha256": rows.data.sha256, "base_sha256": other.data.sha256},
    )
