"""Findings about groups: values against limits, comparisons with base, and what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlgate.checks import losses
from mlgate.checks.fairness_groups import Groups
from mlgate.checks.fairness_metrics import FairnessMetric
from mlgate.checks.fairness_values import OfGroups, further_apart, of_groups, part
from mlgate.checks.limits import Limits
from mlgate.checks.metric_findings import compared, not_measured, within_limits
from mlgate.checks.responses import EvaluationRows, ModelOnRows, Responses
from mlgate.checks.sides import attempt, available, of_base
from mlgate.errors import ColumnNotFound, MlgateError
from mlgate.results import Finding, Outcome

if TYPE_CHECKING:
    from mlgate.stats.difference import Array
    from mlgate.stats.sample import Sample


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

        everything = available(side).responses(metric.needs)
        if not self.groups.small:
            return everything
        return part(everything, np.flatnonzero(self.groups.codes >= 0))

    def values(self, side: ModelOnRows | MlgateError, metric: FairnessMetric) -> OfGroups:
        """A model's values of the groups."""
        return available(side).once(
            f"fairness {metric.name} {self.groups.labels}",
            lambda: of_groups(metric, self.responses(side, metric), self.groups, self.sample),
        )


def bounded(metric: FairnessMetric, limits: Limits, grouped: Grouped, own_id: str) -> Finding:
    """Head's value against `min` and `max`."""
    pair, name = grouped.pair, f"{metric.name} by {grouped.groups.words}"
    try:
        seen = grouped.values(pair.head, metric)
    except MlgateError as error:
        return not_measured(own_id, name, error, expected=limits.bounds_text())
    base = attempt(lambda: grouped.values(pair.base, metric))
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


def compared_with_base(
    metric: FairnessMetric, limits: Limits, grouped: Grouped, own_id: str
) -> Finding:
    """Head's value against base's."""
    from mlgate.stats.decision import decide

    pair, name = grouped.pair, f"{metric.name} by {grouped.groups.words}"
    better = metric.greater_is_better is True
    subject = f"{name} on base's rows" if pair.of_base else name
    observed = None
    try:
        ours = grouped.values(pair.head, metric)
        observed = ours.value
        theirs = of_base(lambda: grouped.values(pair.base, metric))
        difference = further_apart(
            metric,
            grouped.responses(pair.head, metric),
            grouped.responses(pair.base, metric),
            grouped.groups,
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


def eased(found: Finding, metric: FairnessMetric, grouped: Grouped) -> Finding:
    """A regression only warns where head errs no more than base in any group.

    A model that answers all alike treats groups alike, and hardly any better one does. Where every
    group gains, and one gains more, that is to be seen; but to block it would keep the worse model
    for all.
    """
    if found.outcome is not Outcome.FAILED:
        return found
    ours, theirs = (
        _errors(side, metric, grouped) for side in (grouped.pair.head, grouped.pair.base)
    )
    if not (ours <= theirs).all():
        return found
    message = f"{found.message}; it only warns, as head errs no more than base in any group"
    return replace(found, severity="warning", message=message)


def _errors(side: ModelOnRows | MlgateError, metric: FairnessMetric, grouped: Grouped) -> "Array":
    """Weighted sum of the errors of each group: wrong labels, or absolute errors of numbers."""
    import numpy as np

    responses, codes = grouped.responses(side, metric), grouped.groups.codes
    wrong = (
        abs(losses.errors(responses))
        if metric.needs == "values"
        else (~losses.right(responses)).astype(float)
    )
    sums: Array = np.bincount(codes[codes >= 0], weights=grouped.sample.weighted(wrong))
    return sums


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


def no_groups(own_id: str, name: str, error: MlgateError, pair: Pair) -> Finding:
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


def left_out(own_id: str, groups: Groups, pair: Pair) -> Finding:
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
