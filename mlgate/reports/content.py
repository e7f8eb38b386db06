"""A result's findings in the groups and the order in which a reader needs them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from mlgate.results import CheckResult, Finding, Outcome, RunResult, Verdict

COMPARABLE: Final = (Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.PASSED)
"""Outcomes of a comparison that was made, the worst first."""
GOALPOSTS: Final = "policy"
"""Type of the check that compares base's policy with head's."""
BUG: Final = "traceback of mlgate"
"""Detail of a check that mlgate itself broke."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A check with everything that is to be said of it."""

    check: CheckResult
    findings: tuple[Finding, ...]
    """The check's own reason, if it has one, and its findings, each with the severity that counts
    and a place, if only the check's."""

    @property
    def only_warns(self) -> bool:
        """Whether the check failed in nothing that blocks."""
        failed = [f for f in self.findings if f.outcome is Outcome.FAILED]
        return bool(failed) and all(finding.severity == "warning" for finding in failed)


@dataclass(frozen=True, kw_only=True)
class Content:
    """A judged result, sorted. A check's reason is a finding too, with the check's id."""

    result: RunResult
    verdict: Verdict
    checks: tuple[Seen, ...]
    goalposts: tuple[Finding, ...]
    """What this change asks less of than base did, in the order of base's file."""
    compared: tuple[Finding, ...]
    """Comparisons with base that were made: what regressed first, then what is undecided."""
    failing: tuple[Finding, ...]
    """Other failures of severity `error`."""
    warnings: tuple[Finding, ...]
    """Other failures of severity `warning`."""
    errored: tuple[Finding, ...]
    """What could not run."""
    undecided: tuple[Finding, ...]
    """What the data cannot decide, comparisons included."""
    skipped: tuple[Finding, ...]
    """What was not measured, each with its reason."""

    @property
    def regressed(self) -> tuple[Finding, ...]:
        """Comparisons that came out worse than allowed."""
        return tuple(f for f in self.compared if f.outcome is Outcome.FAILED)


def arrange(result: RunResult) -> Content:
    """Sort a result's findings into the groups of a report.

    Raises:
        ValueError: The result was not judged.
    """
    if result.verdict is None:
        raise ValueError("a report needs a verdict: judge the result first")
    checks = tuple(Seen(check=c, findings=tuple(_findings_of(c))) for c in result.checks)
    found = [finding for seen in checks for finding in seen.findings]
    compared = [f for f in found if is_comparison(f)]
    moved = tuple(
        finding
        for seen in checks
        for finding in seen.findings
        if seen.check.type == GOALPOSTS and finding.outcome is Outcome.FAILED
    )
    own = {id(finding) for finding in moved}
    failed = [
        f
        for f in found
        if f.outcome is Outcome.FAILED and not is_comparison(f) and id(f) not in own
    ]
    return Content(
        result=result,
        verdict=result.verdict,
        checks=checks,
        goalposts=moved,
        compared=tuple(
            sorted(compared, key=lambda f: (COMPARABLE.index(f.outcome), f.severity == "warning"))
        ),
        failing=tuple(f for f in failed if f.severity == "error"),
        warnings=tuple(f for f in failed if f.severity == "warning"),
        errored=tuple(f for f in found if f.outcome is Outcome.ERRORED),
        undecided=tuple(f for f in found if f.outcome is Outcome.INCONCLUSIVE),
        skipped=tuple(f for f in found if f.outcome is Outcome.SKIPPED),
    )


def _findings_of(check: CheckResult) -> Iterator[Finding]:
    if check.reason is not None:
        yield Finding(
            id=check.id,
            outcome=check.outcome,
            subject=check.id,
            message=check.reason,
            severity=check.severity,
            location=check.location,
            details={BUG: check.traceback} if check.traceback else {},
        )
    for finding in check.findings:
        yield replace(
            finding,
            severity=finding.severity or check.severity,
            location=finding.location or check.location,
        )


def is_comparison(finding: Finding) -> bool:
    """Whether a finding compares with base, came to a decision, and has a number to show."""
    has_number = finding.observed is not None or finding.baseline is not None
    return "decision" in finding.details and has_number and finding.outcome in COMPARABLE


def lacks_baseline(finding: Finding) -> bool:
    """Whether a finding was skipped because there is nothing to compare with."""
    return finding.outcome is Outcome.SKIPPED and finding.details.get("no_baseline") is True


def grouped(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings by their message: what twenty have in common is said once."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        key = "" if lacks_baseline(finding) else finding.message
        groups.setdefault(key, []).append(finding)
    return list(groups.values())


def long_texts(finding: Finding) -> list[str]:
    """A traceback and other details of several lines, where they explain what went wrong."""
    if finding.outcome is Outcome.PASSED:
        return []
    return [text for text in finding.details.values() if isinstance(text, str) and "\n" in text]


def other_reasons(content: Content) -> list[str]:
    """Reasons of the verdict that no finding tells, such as a policy."""
    if content.verdict.outcome in {"passed", "nothing_checked"}:
        return []  # a summary of what the report shows anyway
    told = set()
    for seen in content.checks:
        for finding in seen.findings:
            told |= {finding.message, f"{seen.check.id}: {finding.message}"}
    return [reason for reason in content.verdict.reasons if reason not in told]
