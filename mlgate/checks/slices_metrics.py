"""Findings about slices: each against limits and base, and the search for one that nobody named."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from mlgate.checks.identity import like_ids
from mlgate.checks.limits import Limits
from mlgate.checks.metric_findings import compared, not_measured, within_limits
from mlgate.checks.responses import EvaluationRows, ModelOnRows, Responses
from mlgate.checks.scorers import Metric, find, known
from mlgate.checks.scoring import difference, score
from mlgate.checks.slices import AUTO, LEAST, Cutting, Slice, Slicing, cut_up, identifier
from mlgate.checks.slices_auto import Look, Seen, look
from mlgate.config.model import DataSpec
from mlgate.errors import MlgateError, ModelFailed
from mlgate.results import Finding, Outcome

if TYPE_CHECKING:
    from mlgate.stats.difference import Array
    from mlgate.stats.sample import Sample

FindingId: TypeAlias = Callable[..., str]

WIDER: Final = 5.0
"""How many times what a metric may lose on all rows it may lose in a slice, by default. A slice of
a fifth of the rows then moves the whole by as much as it may move."""
EXPECTED: Final = "no slice that is worse beyond chance"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What mlgate.yml asks of slices."""

    slices: tuple[Slicing, ...] | None = None
    """None stands for the columns that the data set names, and the search."""
    limits: Mapping[str, Limits] | None = None
    """Limits by metric; None stands for the first metric that is compared, with wider limits."""

    def slicings(self, spec: DataSpec) -> tuple[Slicing, ...]:
        """The entries, written or default."""
        if self.slices is not None:
            return self.slices
        return (*dict.fromkeys((*spec.slices, *spec.sensitive)), AUTO)

    def limits_beside(self, limits: Mapping[str, Limits]) -> Mapping[str, Limits]:
        """Limits in a slice, from those of all rows."""
        if self.limits is not None:
            return self.limits
        for name, limit in limits.items():
            if limit.compares and find(name) is not None:
                return {name: wider(limit)}
        return {}

    def compares(self, limits: Mapping[str, Limits]) -> bool:
        """Whether base is asked at all: where metrics are compared, or slices by word."""
        by_word = AUTO in (self.slices or ()) or any(
            limit.compares for limit in (self.limits or {}).values()
        )
        return by_word or any(limit.compares for limit in limits.values())


def wider(limits: Limits) -> Limits:
    """The comparison of some limits, as it is made in a slice."""
    relative = limits.max_drop_relative
    return Limits(
        max_drop=None if limits.max_drop is None else WIDER * limits.max_drop,
        max_drop_relative=None if relative is None else min(WIDER * relative, 1.0),
    )


@dataclass(frozen=True, kw_only=True)
class Models:
    """Head's and base's model on head's rows; an error stands for one that cannot be asked."""

    head: ModelOnRows
    base: ModelOnRows | MlgateError
    seeds: Sequence[ModelOnRows | MlgateError]
    rows: "Sample"
    hidden: Sequence[str | None]
    """Columns that the search leaves out beside target, weight and ids."""


def measure(
    asked: Asked,
    limits: Mapping[str, Limits],
    models: Models,
    earlier: EvaluationRows | None,
    finding_id: FindingId,
) -> Iterator[Finding]:
    """Look at every slice that is asked for.

    Args:
        asked: What is asked of slices.
        limits: The limits on all rows.
        models: The models on head's rows.
        earlier: Base's rows, where they differ.
        finding_id: Makes the findings' ids.
    """
    rows = models.head.rows
    slicings = asked.slicings(rows.data.spec)
    own = asked.limits_beside(limits)
    compares = asked.compares(limits)
    if slicings and compares and isinstance(models.base, MlgateError):
        yield not_measured(finding_id("slices"), "slices", models.base, expected=EXPECTED)
    for slicing in slicings:
        if slicing == AUTO:
            if compares and not isinstance(models.base, MlgateError):
                yield _searched(models, models.base, finding_id("slices"))
            continue
        key = identifier(_words(slicing))
        try:
            cutting = cut_up(
                rows.data.frame,
                slicing,
                rows.data.name,
                None if earlier is None else earlier.data.frame,
            )
        except MlgateError as error:
            yield _not_cut(key, error, finding_id("slices", key))
            continue
        if cutting.left_out:
            yield _left_out(cutting, finding_id("slices", key))
        for part in cutting.slices:
            if len(part) < len(rows):  # all rows are what the metric itself is about
                yield from _in_slice(part, own, models, finding_id, default=asked.slices is None)


def _words(slicing: Slicing) -> str:
    if isinstance(slicing, str):
        return slicing
    return next(iter(slicing)) if isinstance(slicing, Mapping) else slicing.name


def _not_cut(key: str, error: MlgateError, own_id: str) -> Finding:
    return Finding(
        id=own_id,
        outcome=Outcome.ERRORED,
        subject=f"slices by {key}",
        message=f"slices by {key} were not looked at: {error.sentence()}",
    )


def _left_out(cutting: Cutting, own_id: str) -> Finding:
    listed = "; ".join(cutting.left_out[:5])
    more = f"; and {len(cutting.left_out) - 5:,} more" if len(cutting.left_out) > 5 else ""
    return Finding(
        id=own_id,
        outcome=Outcome.SKIPPED,
        severity="warning",
        subject=f"slices by {cutting.words}",
        message=f"not looked at, for fewer than {LEAST} rows: {listed}{more}",
        observed=len(cutting.left_out),
        expected=f">= {LEAST} rows",
        details={"left_out": [*cutting.left_out[:50]]},
    )


# One slice


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One slice, and the models on its rows."""

    slice: Slice
    models: Models
    rows: "Sample"

    def responses(self, side: ModelOnRows | MlgateError, metric: Metric) -> Responses:
        """What a model answers to the rows of the slice."""
        if isinstance(side, MlgateError):
            raise side
        whole, places = side.responses(metric.needs), self.slice.rows
        return replace(whole, truth=whole.truth[places], answers=whole.answers[places])

    @property
    def where(self) -> str:
        """The rows in words."""
        return f"on the {len(self.slice):,} rows with {self.slice.words}"

    @property
    def details(self) -> dict[str, Any]:
        """Details of every finding about it."""
        return {"slice": self.slice.words, "n": len(self.slice)}

    def subject(self, metric: Metric) -> str:
        """What was looked at."""
        return f"{metric.name} where {self.slice.words}"


def _in_slice(
    part: Slice,
    limits: Mapping[str, Limits],
    models: Models,
    finding_id: FindingId,
    *,
    default: bool,
) -> Iterator[Finding]:
    own = _Part(slice=part, models=models, rows=_sample_of(models.rows, part.rows))
    for name, limit in limits.items():
        if limit.bounds:
            own_id = finding_id(name, "slice", part.key, "limits")
            yield _bounded(known(name), limit, own, own_id)
        if limit.compares and not isinstance(models.base, MlgateError):
            finding = _compared(known(name), limit, own, finding_id(name, "slice", part.key))
            yield _said(finding) if default else finding


def _said(finding: Finding) -> Finding:
    """A slice that only the data set names, and that its rows cannot decide, holds nothing up."""
    if finding.outcome is not Outcome.INCONCLUSIVE:
        return finding
    return replace(finding, outcome=Outcome.SKIPPED)


def _bounded(metric: Metric, limits: Limits, part: _Part, own_id: str) -> Finding:
    try:
        seen = score(metric, part.responses(part.models.head, metric), part.rows)
    except MlgateError as error:
        return _undefined(own_id, part, metric, error, limits.bounds_text())
    found = within_limits(
        own_id,
        metric.name,
        limits,
        seen.value,
        baseline=None,
        where=part.where,
        details=part.details,
    )
    return replace(found, subject=part.subject(metric))


def _compared(metric: Metric, limits: Limits, part: _Part, own_id: str) -> Finding:
    from mlgate.stats.decision import decide
    from mlgate.stats.seeds import across_seeds

    models = part.models
    try:
        sides = [part.responses(side, metric) for side in (models.head, *models.seeds)]
        theirs = part.responses(models.base, metric)
        values = [score(metric, side, part.rows).value for side in sides]
        before = score(metric, theirs, part.rows).value
        comparison = decide(
            across_seeds([difference(metric, side, theirs, part.rows) for side in sides]),
            allowed=limits.allowed_drop(before),
            greater_is_better=metric.greater_is_better,
        )
    except MlgateError as error:
        expected = limits.drop_text(greater_is_better=metric.greater_is_better)
        return _undefined(own_id, part, metric, error, expected)
    return compared(
        own_id,
        metric.name,
        limits,
        comparison,
        (sum(values) / len(values), before),
        subject=part.subject(metric),
        greater_is_better=metric.greater_is_better,
        where=part.where,
        details=part.details,
    )


def _undefined(
    own_id: str, part: _Part, metric: Metric, error: MlgateError, expected: str
) -> Finding:
    """A metric that a slice does not have, such as the AUC of one class, is said and not judged."""
    return not_measured(
        own_id,
        part.subject(metric),
        error,
        expected=expected,
        skipped=not isinstance(error, ModelFailed),
        details=part.details,
    )


def _sample_of(rows: "Sample", places: "Array") -> "Sample":
    from mlgate.stats.sample import sample

    return sample(
        len(places),
        None if rows.weights is None else rows.weights[places],
        None if rows.clusters is None else rows.clusters[places],
    )


# The search


def _searched(models: Models, base: ModelOnRows, own_id: str) -> Finding:
    """What the search found: failed only where head is worse beyond chance and the floors."""
    frame, spec = models.head.rows.data.frame, models.head.rows.data.spec
    hidden = {spec.target, spec.weight, *spec.ids, *models.hidden}
    if not spec.ids:  # a slice of row numbers is nobody's, and makes the others harder to decide
        hidden |= set(like_ids(frame, (*hidden, spec.time)))
    named = frame.columns[~frame.columns.duplicated(keep=False)]
    columns = [name for name in named if name not in hidden]
    try:
        heads = [_seen(side) for side in (models.head, *models.seeds)]
        found = look(frame, heads, _seen(base), models.rows, columns)
    except MlgateError as error:
        return not_measured(own_id, "slices", error, expected=EXPECTED)
    details: dict[str, Any] = {
        "looked_at": found.looked_at,
        "columns": found.columns,
        "least_rows": found.least,
        "searched": found.searched,
        "metrics": list(found.metrics),
    }
    if not found.looked_at:
        return Finding(
            id=own_id,
            outcome=Outcome.SKIPPED,
            subject="slices",
            message=f"no part of the {found.searched:,} rows has {found.least} of them and can be "
            f"told by one of {len(columns):,} columns: no slice was searched",
            details=details,
        )
    return _judged(found, own_id, details)


def _judged(found: Look, own_id: str, seen: Mapping[str, Any]) -> Finding:
    from mlgate.stats.sign_flips import LEVEL

    searched = f"{found.looked_at:,} slices of at least {found.least:,} rows were looked at"
    bad = [one for one in found.worst if one.p_value <= LEVEL]
    details: dict[str, Any]
    if not bad:
        details = {**seen, "decision": "no regression", "n": found.searched}
        if not found.same:  # else it could not have regressed
            details["p_value"] = min((one.p_value for one in found.worst), default=1.0)
        same = " since both models gave the same answers" if found.same else ""
        return Finding(
            id=own_id,
            outcome=Outcome.PASSED,
            subject="slices",
            message=f"{searched}, and in none is head worse than base beyond chance and by enough "
            f"to matter{same}",
            expected=EXPECTED,
            details=details,
        )
    first = bad[0]
    words = "; ".join(
        f"{one.words}: {one.metric} {one.base:.3g} → {one.head:.3g} on {one.rows:,} rows"
        for one in bad
    )
    details = {
        **seen,
        "decision": "regressed",
        "n": first.rows,
        "p_value": first.p_value,
        "slices": [
            {
                "slice": one.words,
                "rows": one.rows,
                "metric": one.metric,
                "observed": one.head,
                "baseline": one.base,
                "p_value": one.p_value,
            }
            for one in bad
        ],
    }
    return Finding(
        id=own_id,
        outcome=Outcome.FAILED,
        subject=f"{first.metric} where {first.words}",
        message=f"head is worse in a part of the rows: {words} ({searched}, "
        f"p = {first.p_value:.2g})",
        observed=first.head,
        baseline=first.base,
        expected=EXPECTED,
        details=details,
    )


def _seen(side: ModelOnRows | MlgateError) -> Seen:
    """Every kind of answer that a model gives."""
    from pandas.api.types import is_numeric_dtype

    if isinstance(side, MlgateError):
        raise side
    if side.description.classes is None and is_numeric_dtype(side.rows.target.dtype):
        return Seen(values=side.responses("values"))
    labels = side.responses("labels")
    try:
        return Seen(labels=labels, probabilities=side.responses("probabilities"))
    except MlgateError:  # it has none; or bad ones, which are the fault of a metric that asks
        return Seen(labels=labels)
