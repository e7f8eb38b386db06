"""Whether a pull request moves its own goalposts: the check `policy` of every run with a base.

Base's word decides what comes of it, so that a pull request cannot switch it off for itself.
"""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mlgate.artifacts.access import Artifacts
from mlgate.config.model import POLICY, Config
from mlgate.config.policy_diff import Policy
from mlgate.errors import MlgateError, NoBaseline
from mlgate.plan import Plan, make_plan
from mlgate.privacy import foreign, withholding
from mlgate.results import (
    CheckResult,
    Finding,
    Location,
    Outcome,
    Severity,
    combined,
)

if TYPE_CHECKING:
    from mlgate.checks.policy import Compared

SUMMARY: Final = "options"
"""Last part of the id of the finding that says what was compared."""


def look_at_goalposts(
    plan: Plan,
    artifacts: Artifacts,
    clock: Callable[[], float],
    check_types: Mapping[str, str],
) -> tuple[CheckResult, ...]:
    """The result of the check, first of all; none where there is nothing to compare with.

    Where a whole run has no base, the result says so by itself. Base's configuration that cannot be
    read is an error: what it asked for is not known. A bug here costs only this check.
    """
    start = clock()
    with withholding(on=plan.config.privacy == "no-examples"):
        try:
            return _look(plan, artifacts, clock, check_types)
        except MlgateError as error:
            why, trace = f"base's policy cannot be compared: {error.sentence()}", None
        except Exception as error:  # noqa: BLE001  # a bug here must not cost the other checks
            why = f"a bug in mlgate: {type(error).__name__}: {foreign(str(error)[:300])}"
            trace = "".join(traceback.format_tb(error.__traceback__))[-8000:]
    broken = _result(plan, Outcome.ERRORED, why, "error", seconds=clock() - start)
    return (replace(broken, traceback=trace),)


def _look(
    plan: Plan,
    artifacts: Artifacts,
    clock: Callable[[], float],
    check_types: Mapping[str, str],
) -> tuple[CheckResult, ...]:
    start = clock()
    base = artifacts.base
    if isinstance(base, NoBaseline):
        return ()
    if isinstance(base, MlgateError):
        raise base
    if base.config is None:
        why = f"base has no {plan.config.file}: there is no policy to compare with"
        return (_result(plan, Outcome.SKIPPED, why, "warning", seconds=clock() - start),)
    mode = base.config.policy.goalposts
    if mode == "off":
        why = f"base's {base.config.file} says goalposts: off"
        return (_result(plan, Outcome.SKIPPED, why, "warning", seconds=clock() - start),)
    from mlgate.checks.policy import compare_policies

    severity: Severity = "error" if mode == "fail" else "warning"
    compared = compare_policies(
        side_of(make_plan(base.config, check_types)),
        side_of(make_plan(plan.config, check_types)),
        artifacts,
        severity,
    )
    findings = (*compared.findings, _summary(plan.config, compared))
    outcome = combined(findings) or Outcome.ERRORED
    return (_result(plan, outcome, None, severity, findings, seconds=clock() - start),)


def side_of(plan: Plan) -> Policy:
    """A plan as the comparison needs it."""
    return Policy(
        config=plan.config,
        checks=[step.check for step in plan.steps],
        places={step.check.name: step.place for step in plan.steps},
    )


def _summary(config: Config, compared: "Compared") -> Finding:
    """What was compared; it passed, whatever the others say."""
    more = f"; {compared.stricter:,} things are stricter than base's" if compared.stricter else ""
    moved = sum(f.outcome is Outcome.FAILED for f in compared.findings)
    said = (
        f"{moved:,} of them ask for less or for something else" if moved else "none asks for less"
    )
    return Finding(
        id=f"{POLICY}/{SUMMARY}",
        outcome=Outcome.PASSED,
        subject=config.file,
        message=f"the options of {config.file}, its suites and its evaluation rows were compared "
        f"with base's: {said}{more}",
        details={"stricter": compared.stricter},
    )


def _result(
    plan: Plan,
    outcome: Outcome,
    reason: str | None,
    severity: Severity,
    findings: tuple[Finding, ...] = (),
    *,
    seconds: float,
) -> CheckResult:
    return CheckResult(
        id=POLICY,
        type=POLICY,
        severity=severity,
        outcome=outcome,
        reason=reason,
        rows=0,
        seconds=round(seconds, 3),
        findings=findings,
        location=Location(file=plan.config.file),
    )
