"""Measures how far apart groups are, for head's model and for base's on the same rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from mlgate.checks.fairness_groups import Groups, Sensitive, group, name_of
from mlgate.checks.fairness_metrics import FairnessLimits, FairnessMetric, known_metric
from mlgate.checks.fairness_values import (
    OfGroups,
    further_apart,
    of_groups,
    part,
    part_of_sample,
)
from mlgate.checks.interface import Inputs, Measurement
from mlgate.checks.limits import Limits
from mlgate.checks.metric_findings import compared, not_measured, within_limits
from mlgate.checks.responses import EvaluationRows, ModelOnRows, Responses, evaluation_rows
from mlgate.checks.sampling import sample_of
from mlgate.config.model import Scalar
from mlgate.errors import ColumnNotFound, MlgateError, NoBaseline
from mlgate.results import Finding, Outcome, Side

if TYPE_CHECKING:
    from mlgate.stats.sample import Sample

T = TypeVar("T")
FindingId = Callable[..., str]

INCREASE = FairnessLimits(max_increase=0.05)
DROP = FairnessLimits(max_drop=0.05)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, as the check's parameters say."""

    model: str
    data: str
    sensitive: Sequence[Sensitive]
    """Columns; at least one."""
    intersections: bool
    """Whether combinations of all columns are groups, too."""
    limits: Mapping[str, FairnessLimits] | None
    """Limits by metric; None for the defaults of the model's task."""
    min_rows: int
    cluster: str | None
    finding_id: FindingId


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Head's and base's model on the same rows; an error stands for one that cannot be asked."""

    head: ModelOnRows | MlgateError
    base: ModelOnRows | MlgateError
    rows: EvaluationRows
    sample: "Sample"
    of_base: bool
    """Whether they are base's evaluation rows."""


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """Two models on the rows of groups that are large enough."""

    pair: Pair
    groups: Groups
    sample: "Sample"
    """Of these rows alone."""

    def responses(self, side: ModelOnRows | MlgateError, metric: FairnessMetric) -> Responses:
        """A model's responses to these rows."""
        import numpy as np

        everything = _available(side).responses(metric.needs)
        if not self.groups.small:
            return everything
        return part(everything, np.flatnonzero(self.groups.codes >= 0))

    def values(self, side: ModelOnRows | MlgateError, metric: FairnessMetric) -> OfGroups:
        """A model's values of the groups."""
        return _available(side).once(
            f"fairness {metric.name} {self.groups.column}",
            lambda: of_groups(metric, self.responses(side, metric), self.groups, self.sample),
        )


def measure(inputs: Inputs, question: Question) -> Measurement:
    """Compare the groups of each sensitive column, and with base's where a limit asks for it.

    Raises:
        MlgateError: Head has no evaluation rows, or its model cannot be asked at all.
    """
    rows = evaluation_rows(inputs.data(question.data))
    sample = sample_of(rows, question.cluster)
    head = _ask(inputs, question.model, "head", rows, rows.data.spec.positive)
    limits = default_limits(head) if question.limits is None else question.limits
    compares = any(limit.comparison is not None for limit in limits.values())
    base: ModelOnRows | MlgateError = NoBaseline("no limit asks for base")
    if compares:
        base = _attempt(lambda: _ask(inputs, question.model, "base", rows, head.positive))
    pair = Pair(head=head, base=base, rows=rows, sample=sample, of_base=False)
    findings = list(_of_pair(pair, question, limits))
    looked_at = len(rows)
    if isinstance(base, ModelOnRows):
        other = _attempt(lambda: _other_rows(inputs, rows, question.cluster))
        if isinstance(other, EvaluationRows):
            looked_at += len(other)
            second = Pair(
                head=_attempt(lambda: _ask(inputs, question.model, "head", other, head.positive)),
                base=_attempt(lambda: _ask(inputs, question.model, "base", other, head.positive)),
                rows=other,
                sample=sample_of(other, question.cluster),
                of_base=True,
            )
            findings.extend(_of_pair(second, question, limits))
        elif isinstance(other, MlgateError) and not isinstance(other, NoBaseline):
            own_id = question.finding_id("evaluation-data")
            findings.append(_rows_unknown(question.data, other, own_id))
    return Measurement(rows=looked_at, findings=findings)


def default_limits(head: ModelOnRows) -> dict[str, FairnessLimits]:
    """What is compared with base where no metric is named.

    Of two classes selections and errors; of more accuracy; of numbers the ratio of the groups' mean
    absolute errors, which has no unit. How far apart groups may be is a team's own choice, so that
    nothing but a change is limited.
    """
    from pandas.api.types import is_numeric_dtype

    classes = head.description.classes
    if classes is None and is_numeric_dtype(head.rows.target.dtype):
        return {"mean_absolute_error_ratio": DROP}
    if classes is not None and len(classes) == 2:
        return {
            "demographic_parity_difference": INCREASE,
            "equalized_odds_difference": INCREASE,
        }
    return {"accuracy_difference": INCREASE}


def _of_pair(
    pair: Pair, question: Question, limits: Mapping[str, FairnessLimits]
) -> Iterator[Finding]:
    wanted: list[tuple[Sensitive, ...]] = [(each,) for each in question.sensitive]
    if question.intersections:
        wanted.append(tuple(question.sensitive))
    ending = ("base-rows",) if pair.of_base else ()
    for columns in wanted:
        name = "+".join(map(name_of, columns))
        own_id = question.finding_id("groups", name, *ending)
        groups = _attempt(
            lambda columns=columns: group(  # type: ignore[misc]  # bound now, not later
                pair.rows.data.frame, columns, min_rows=question.min_rows
            )
        )
        if isinstance(groups, MlgateError):
            yield _no_groups(own_id, name, groups, pair)
            continue
        if groups.small:
            yield _left_out(own_id, groups, pair)
        if len(groups.labels) >= 2:
            grouped = _grouped(pair, groups)
            yield from _of_groups(grouped, question, limits, ending)


def _of_groups(
    grouped: Grouped,
    question: Question,
    limits: Mapping[str, FairnessLimits],
    ending: tuple[str, ...],
) -> Iterator[Finding]:
    column = grouped.groups.column
    for name, limit in limits.items():
        metric = known_metric(name)
        if limit.bounds is not None and not grouped.pair.of_base:
            yield _bounded(metric, limit.bounds, grouped, question.finding_id(name, column))
        if limit.comparison is not None:
            own_id = question.finding_id(name, column, *(ending or ("regression",)))
            yield _compared(metric, limit.comparison, grouped, own_id)


def _bounded(metric: FairnessMetric, limits: Limits, grouped: Grouped, own_id: str) -> Finding:
    """Head's value against `min` and `max`."""
    pair, name = grouped.pair, f"{metric.name} by {grouped.groups.words}"
    try:
        seen = grouped.values(pair.head, metric)
    except MlgateError as error:
        return not_measured(own_id, name, error, expected=limits.bounds_text())
    base = _attempt(lambda: grouped.values(pair.base, metric))
    baseline = base if isinstance(base, OfGroups) else None
    return within_limits(
        own_id,
        name,
        limits,
        seen.value,
        baseline=None if baseline is None else baseline.value,
        where=_where(metric, grouped, seen),
        details={
            "n": grouped.sample.rows,
            "greater_is_better": metric.greater_is_better,
            **_details(metric, grouped, seen, baseline),
        },
    )


def _compared(metric: FairnessMetric, limits: Limits, grouped: Grouped, own_id: str) -> Finding:
    """Head's value against base's."""
    import numpy as np

    from mlgate.stats.decision import decide

    pair, name = grouped.pair, f"{metric.name} by {grouped.groups.words}"
    better = metric.greater_is_better is True
    subject = f"{name} on base's rows" if pair.of_base else name
    observed = None
    try:
        ours = grouped.values(pair.head, metric)
        observed = ours.value
        theirs = _of_base(lambda: grouped.values(pair.base, metric))
        difference = further_apart(
            metric,
            grouped.responses(pair.head, metric),
            grouped.responses(pair.base, metric),
            grouped.groups.codes[np.flatnonzero(grouped.groups.codes >= 0)],
            grouped.sample,
        )
    except MlgateError as error:
        return not_measured(
            own_id,
            subject,
            error,
            expected=limits.drop_text(greater_is_better=better),
            observed=observed,
            # Head's model may need a column that base's rows do not have yet.
            skipped=isinstance(pair.head, ColumnNotFound),
        )
    allowed = limits.allowed_drop(theirs.value)
    return compared(
        own_id,
        name,
        limits,
        decide(difference, allowed=allowed, greater_is_better=better),
        (ours.value, theirs.value),
        subject=subject,
        greater_is_better=better,
        where=_where(metric, grouped, ours, theirs),
        details=_details(metric, grouped, ours, theirs),
    )


def _where(
    metric: FairnessMetric, grouped: Grouped, seen: OfGroups, base: OfGroups | None = None
) -> str:
    """The rows and the groups in words: what differs between which groups, and by how much."""
    groups, pair = grouped.groups, grouped.pair
    data = pair.rows.data.name
    of = f"the {groups.rows:,} rows of base's {data}" if pair.of_base else ""
    parts = [f"on {of or f'{groups.rows:,} rows of {data}'}"]
    if groups.small:
        parts[0] += f" (without {groups.too_small()})"
    name, low, high = seen.extremes(metric)
    parts.append(
        f"{name.replace('_', ' ')} {_from_to(groups, seen.by_group[name], low, high, sizes=True)}"
    )
    if base is not None:
        own, low, high = base.extremes(metric)
        what = "" if own == name else f"{own.replace('_', ' ')} "
        ends = _from_to(groups, base.by_group[own], low, high, sizes=False)
        parts.append(f"on base {what}{ends}")
    if groups.nulls:
        parts.append(f"{groups.nulls:,} rows without a value are a group of their own")
    return ", ".join(parts)


def _from_to(groups: Groups, values: Sequence[float], low: int, high: int, *, sizes: bool) -> str:
    """`0.42 (sex=F, 310 rows) to 0.61 (sex=M, 402 rows)`."""

    def one(place: int) -> str:
        rows = f", {groups.sizes[place]:,} rows" if sizes else ""
        return f"{values[place]:.3g} ({groups.labels[place]}{rows})"

    return f"{one(low)} to {one(high)}"


def _details(
    metric: FairnessMetric, grouped: Grouped, seen: OfGroups, base: OfGroups | None
) -> dict[str, Any]:
    groups, sample = grouped.groups, grouped.sample
    every = [
        {
            "group": label,
            "n": groups.sizes[place],
            **{name: seen.by_group[name][place] for name in metric.values},
            **(
                {f"base_{name}": base.by_group[name][place] for name in metric.values}
                if base is not None
                else {}
            ),
        }
        for place, label in enumerate(groups.labels)
    ]
    left_out = [{"group": label, "n": size} for label, size in groups.small[:20]]
    return {
        "groups": every,
        **({"left_out": left_out} if left_out else {}),
        **({"missing": groups.nulls} if groups.nulls else {}),
        **({"weighted": True} if sample.weights is not None else {}),
        **({} if sample.clustered is None else {"clusters": sample.clustered}),
    }


def _no_groups(own_id: str, name: str, error: MlgateError, pair: Pair) -> Finding:
    """There are no groups to compare. Base's rows may lack a column that is new."""
    skipped = pair.of_base and isinstance(error, ColumnNotFound)
    where = " on base's rows" if pair.of_base else ""
    return Finding(
        id=own_id,
        outcome=Outcome.SKIPPED if skipped else Outcome.ERRORED,
        severity="warning" if skipped else None,
        subject=f"groups of {name}{where}",
        message=f"the groups of {name} were not compared{where}: {error.sentence()}",
    )


def _left_out(own_id: str, groups: Groups, pair: Pair) -> Finding:
    """Says which groups nobody looked at. Undecided where so few are left that none is compared."""
    where = f"base's {pair.rows.data.name}" if pair.of_base else pair.rows.data.name
    enough = len(groups.labels) >= 2
    if enough:
        message = f"not all groups of {groups.words} in {where} were compared: {groups.left_out()}"
    else:
        message = (
            f"nothing can be decided about {groups.words} in {where}: "
            f"{'one group has' if groups.labels else 'no group has'} {groups.min_rows:,} rows or "
            f"more; {groups.left_out()}"
        )
    return Finding(
        id=own_id,
        outcome=Outcome.SKIPPED if enough else Outcome.INCONCLUSIVE,
        severity="warning" if enough else None,
        subject=f"groups of {groups.words}" + (" on base's rows" if pair.of_base else ""),
        message=message,
        observed=len(groups.labels),
        details={
            "left_out": [{"group": label, "n": size} for label, size in groups.small[:20]],
            "min_rows": groups.min_rows,
        },
    )


def _rows_unknown(data: str, error: MlgateError, own_id: str) -> Finding:
    return Finding(
        id=own_id,
        outcome=Outcome.SKIPPED,
        severity="warning",
        subject=f"evaluation data {data}",
        message=f"whether the evaluation rows differ from base's is not known: {error.what}",
    )


def _grouped(pair: Pair, groups: Groups) -> Grouped:
    import numpy as np

    chosen = np.flatnonzero(groups.codes >= 0)
    return Grouped(pair=pair, groups=groups, sample=part_of_sample(pair.sample, chosen))


def _attempt(measure_it: Callable[[], T]) -> T | MlgateError:
    try:
        return measure_it()
    except MlgateError as error:
        return error


def _available(side: ModelOnRows | MlgateError) -> ModelOnRows:
    if isinstance(side, MlgateError):
        raise side
    return side


def _of_base(measure_it: Callable[[], T]) -> T:
    """A fault of base's says whose it is."""
    try:
        return measure_it()
    except NoBaseline:
        raise
    except MlgateError as error:
        what = f"base: {error.what}"
        raise type(error)(what, cause=error.cause, remedy=error.remedy) from error


def _ask(
    inputs: Inputs, model: str, side: Side, rows: EvaluationRows, positive: Scalar | None
) -> ModelOnRows:
    return ModelOnRows(inputs.model(model, side), inputs.model_spec(model, side), rows, positive)


def _other_rows(inputs: Inputs, rows: EvaluationRows, cluster: str | None) -> EvaluationRows | None:
    """Base's evaluation rows, where they are not the same as head's and can be counted alike."""
    data = inputs.data(rows.data.name, "base")
    if data.identity == rows.data.identity or data.frame.equals(rows.data.frame):
        return None
    other = evaluation_rows(data)
    sample_of(other, cluster)  # a weight or cluster that is missing is an error here
    return other
