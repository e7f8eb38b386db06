"""From results to a decision. The only place that knows severity and policy."""

from collections.abc import Iterator
from typing import Literal

from mlgate.config.model import POLICY, Policy
from mlgate.errors import ExitCode
from mlgate.results import CheckResult, Finding, Outcome, RunResult, Severity, Verdict

FailOn = Literal["error", "warning", "never"]
"""The least severity that fails the gate."""


def decide(result: RunResult, policy: Policy, fail_on: FailOn = "error") -> Verdict:
    """Judge a run.

    What failed comes first, then bugs of mlgate, then what could not run, then that nothing was
    decided. `fail_on="never"` keeps the outcome and its reasons and changes the exit code to 0.
    """
    failed = [reason for check in result.checks for reason in _failures(check, policy, fail_on)]
    bugs = [f"{check.id}: {check.reason}" for check in result.checks if check.traceback]
    errors = [reason for check in result.checks for reason in _errors(check)]
    decided = any(
        check.outcome in {Outcome.PASSED, Outcome.FAILED}
        for check in result.checks
        if check.type != POLICY  # it looks at what is asked, and at no data and no model
    )
    if failed:
        verdict = _verdict("failed", ExitCode.FAILED, [*failed, *errors])
    elif bugs:
        verdict = _verdict("errored", ExitCode.BUG, bugs)
    elif errors and policy.on_error == "fail":
        verdict = _verdict("errored", ExitCode.ERRORED, errors)
    elif not decided:
        verdict = _verdict("nothing_checked", ExitCode.NOTHING_CHECKED, _undecided(result))
    else:
        verdict = _verdict("passed", ExitCode.PASSED, list(_summary(result)))
    if fail_on == "never" and verdict.outcome != "passed":
        shown = (*verdict.reasons, "reported only: `fail-on: never`")
        return Verdict(outcome=verdict.outcome, exit_code=0, reasons=shown)
    return verdict


def severity_of(finding: Finding, check: CheckResult) -> Severity:
    """A finding's own severity, or its check's."""
    return finding.severity or check.severity


def _failures(check: CheckResult, policy: Policy, fail_on: FailOn) -> Iterator[str]:
    """Why a check fails the gate."""
    for finding in check.findings:
        blocks = severity_of(finding, check) == "error" or fail_on == "warning"
        fails = (
            finding.outcome is Outcome.FAILED
            or (finding.outcome is Outcome.INCONCLUSIVE and policy.on_inconclusive == "fail")
            or (lacks_baseline(finding) and policy.on_missing_baseline == "fail")
        )
        if fails and blocks and finding.waiver is None:
            yield finding.message


def lacks_baseline(finding: Finding) -> bool:
    """Whether a finding was skipped because there is nothing to compare with."""
    return finding.outcome is Outcome.SKIPPED and finding.details.get("no_baseline") is True


def _errors(check: CheckResult) -> Iterator[str]:
    """What a check could not do. Severity plays no part: what could not run was not checked."""
    if check.outcome is Outcome.ERRORED and check.reason:
        yield f"{check.id}: {check.reason}"
    for finding in check.findings:
        if finding.outcome is Outcome.ERRORED:
            yield f"{check.id}: {finding.message}"


def _undecided(result: RunResult) -> list[str]:
    if all(check.type == POLICY for check in result.checks):
        return ["no check is configured that applies"]
    return [
        f"{check.id}: {check.outcome}" + (f", {check.reason}" if check.reason else "")
        for check in result.checks
    ]


def _summary(result: RunResult) -> Iterator[str]:
    ledger = result.ledger
    yield f"{ledger.passed} of {ledger.checks} checks passed on {ledger.rows:,} rows"
    if ledger.inconclusive:
        yield f"{ledger.inconclusive} undecided"
    if ledger.failed or ledger.errored:
        yield f"{ledger.failed + ledger.errored} with warnings"


def _verdict(
    outcome: Literal["passed", "failed", "errored", "nothing_checked"],
    code: ExitCode,
    reasons: list[str],
) -> Verdict:
    return Verdict(outcome=outcome, exit_code=int(code), reasons=tuple(reasons))
