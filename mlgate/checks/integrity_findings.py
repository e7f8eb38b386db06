"""What one aspect of integrity found, and its findings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from mlgate.checks.wording import brief, percent, unique
from mlgate.errors import MlgateError, NoBaseline
from mlgate.results import Finding, Outcome, Severity

FindingId: TypeAlias = Callable[..., str]
"""From the parts of a finding's id to the whole of it."""

MAX_EXAMPLES = 5
"""Examples in the details of a finding."""
MAX_COLUMNS = 50
"""Columns of one aspect that have a finding of their own."""

ALPHA = 0.0001
"""Level of one test: of ten data sets with ten such tests each, one in a hundred runs has a finding
where nothing changed."""
FAMILY_ALPHA = 0.01
"""Level of all columns together, shared out among them (Bonferroni)."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong."""

    message: str
    column: str | None = None
    """The column that it concerns; None for the table."""
    observed: Any = None
    baseline: Any = None
    count: int
    """Rows that are concerned."""
    severity: Severity | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What an aspect looked at."""

    message: str
    """The sentence for an aspect without faults, or why nothing was looked at."""
    looked_at: int = 0
    """Rows or columns that were looked at; zero is `skipped`."""
    observed: Any = None
    baseline: Any = None
    expected: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str | None, int] = field(default_factory=dict)
    """Rows concerned, also where they are within the limit; by column, None for the table."""
    faults: Sequence[Fault] = ()


def findings_of(aspect: str, seen: Seen, finding_id: FindingId) -> Iterator[Finding]:
    """One finding for an aspect without faults, else one for each fault."""
    if not seen.faults:
        yield Finding(
            id=finding_id(aspect),
            outcome=Outcome.PASSED if seen.looked_at else Outcome.SKIPPED,
            subject=aspect,
            message=seen.message,
            observed=seen.observed,
            baseline=seen.baseline,
            expected=seen.expected,
            details=dict(seen.details),
        )
        return
    shown = seen.faults[:MAX_COLUMNS]
    ids = unique(_id(aspect, fault, finding_id) for fault in shown)
    for own_id, fault in zip(ids, shown, strict=True):
        yield Finding(
            id=own_id,
            outcome=Outcome.FAILED,
            subject=aspect if fault.column is None else brief(fault.column, 80),
            message=fault.message,
            observed=fault.observed,
            baseline=fault.baseline,
            expected=seen.expected,
            severity=fault.severity,
            details={"kind": aspect, "count": fault.count, **fault.details},
        )
    rest = seen.faults[MAX_COLUMNS:]
    if rest:
        blocks = any(fault.severity is None for fault in rest)
        yield Finding(
            id=finding_id(aspect),
            outcome=Outcome.FAILED,
            subject=aspect,
            message=f"the same is wrong with {len(rest):,} more columns, such as "
            f"{brief(rest[0].column)}",
            expected=seen.expected,
            severity=None if blocks else "warning",
            details={"kind": aspect, "count": len(rest)},
        )


def _id(aspect: str, fault: Fault, finding_id: FindingId) -> str:
    parts = [] if fault.column is None else [brief(fault.column, 80)]
    return finding_id(aspect, *parts)


def not_measured(aspect: str, error: MlgateError, finding_id: FindingId) -> Finding:
    """The finding of an aspect that could not be looked at."""
    nothing_there = isinstance(error, NoBaseline)
    return Finding(
        id=finding_id(aspect),
        outcome=Outcome.SKIPPED if nothing_there else Outcome.ERRORED,
        subject=aspect,
        message=error.what if nothing_there else error.sentence(),
        details={"no_baseline": True} if nothing_there else {},
    )


def same_file(data: str, reference: str, finding_id: FindingId) -> Finding:
    """The finding of data that are compared with themselves."""
    return Finding(
        id=finding_id("reference"),
        outcome=Outcome.FAILED,
        subject="reference",
        message=f"{data} and {reference} are the same file: comparing them finds nothing, whatever "
        "is wrong",
        expected="two files",
        details={"kind": "reference", "count": 0},
    )


def known_before(seen: Seen, rows: int, before: Seen, rows_before: int, where: str) -> Seen:
    """The same faults, as warnings where the reference has no fewer of them.

    Args:
        seen: What the data show.
        rows: Rows of the data.
        before: What the reference shows.
        rows_before: Rows of the reference.
        where: The reference, in words.
    """
    old = {**before.counts, **{fault.column: fault.count for fault in before.faults}}
    faults = []
    for fault in seen.faults:
        known = old.get(fault.column, 0)
        if p_of_increase(fault.count, rows, known, rows_before) < ALPHA or not known:
            faults.append(fault)
            continue
        message = (
            f"{fault.message}; not new: {where} has {known:,} of {rows_before:,} such rows "
            f"({percent(known / rows_before)})"
        )
        details = {**fault.details, "count_in_reference": known}
        faults.append(replace(fault, message=message, severity="warning", details=details))
    return replace(seen, faults=faults)


def counted(count: int, noun: str) -> str:
    """`1 column`, `2 columns`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def p_of_increase(count: int, rows: int, count_before: int, rows_before: int) -> float:
    """P-value of "the share did not rise": Fisher's exact test, one-sided."""
    from scipy.stats import hypergeom

    total = rows + rows_before
    return float(hypergeom.sf(count - 1, total, count + count_before, rows))


def level(tests: int) -> float:
    """The level of each of several tests."""
    return min(ALPHA, FAMILY_ALPHA / max(tests, 1))
