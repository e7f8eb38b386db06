"""Measures how far apart groups are, for head's model and for base's on the same rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mlgate.checks.fairness_findings import (
    Grouped,
    Pair,
    bounded,
    compared_with_base,
    eased,
    left_out,
    no_groups,
)
from mlgate.checks.fairness_groups import Groups, Sensitive, group, name_of
from mlgate.checks.fairness_metrics import FairnessLimits, known_metric
from mlgate.checks.fairness_values import part_of_sample
from mlgate.checks.interface import Inputs, Measurement
from mlgate.checks.responses import EvaluationRows, ModelOnRows, evaluation_rows
from mlgate.checks.sampling import sample_of
from mlgate.checks.sides import ask, attempt, other_rows, rows_unknown
from mlgate.errors import MlgateError, NoBaseline
from mlgate.results import Finding

FindingId: TypeAlias = Callable[..., str]
"""From the parts of a finding's id to the whole of it."""

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


def measure(inputs: Inputs, question: Question) -> Measurement:
    """Compare the groups of each sensitive column, and with base's where a limit asks for it.

    Raises:
        MlgateError: Head has no evaluation rows, or its model cannot be asked at all.
    """
    rows = evaluation_rows(inputs.data(question.data))
    sample = sample_of(rows, question.cluster)
    head = ask(inputs, question.model, "head", rows, rows.data.spec.positive)
    limits = default_limits(head) if question.limits is None else question.limits
    compares = any(limit.comparison is not None for limit in limits.values())
    base: ModelOnRows | MlgateError = NoBaseline("no limit asks for base")
    if compares:
        base = attempt(lambda: ask(inputs, question.model, "base", rows, head.positive))
    pair = Pair(head=head, base=base, rows=rows, sample=sample, of_base=False)
    findings = list(_of_pair(pair, question, limits))
    looked_at = len(rows)
    if isinstance(base, ModelOnRows):
        other = attempt(lambda: other_rows(inputs, rows, question.cluster))
        if isinstance(other, EvaluationRows):
            looked_at += len(other)
            second = Pair(
                head=attempt(lambda: ask(inputs, question.model, "head", other, head.positive)),
                base=attempt(lambda: ask(inputs, question.model, "base", other, head.positive)),
                rows=other,
                sample=sample_of(other, question.cluster),
                of_base=True,
            )
            findings.extend(_of_pair(second, question, limits))
        elif isinstance(other, MlgateError) and not isinstance(other, NoBaseline):
            own_id = question.finding_id("evaluation-data")
            findings.append(rows_unknown(question.data, other, own_id))
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
        groups = attempt(
            lambda columns=columns: group(  # type: ignore[misc]  # bound now, not later
                pair.rows.data.frame, columns, min_rows=question.min_rows
            )
        )
        if isinstance(groups, MlgateError):
            yield no_groups(own_id, name, groups, pair)
            continue
        if groups.small:
            yield left_out(own_id, groups, pair)
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
            yield bounded(metric, limit.bounds, grouped, question.finding_id(name, column))
        if limit.comparison is not None:
            own_id = question.finding_id(name, column, *(ending or ("regression",)))
            found = compared_with_base(metric, limit.comparison, grouped, own_id)
            # A limit that a team sets holds whoever gains.
            yield found if question.limits is not None else eased(found, metric, grouped)


def _grouped(pair: Pair, groups: Groups) -> Grouped:
    import numpy as np

    chosen = np.flatnonzero(groups.codes >= 0)
    return Grouped(pair=pair, groups=groups, sample=part_of_sample(pair.sample, chosen))
