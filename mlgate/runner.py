"""From a plan to results: runs each check by itself, takes its time, and lets nothing escape."""

import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.errors import MlgateError, NoBaseline
from mlgate.plan import Plan, Step
from mlgate.privacy import concealed, figure_alone, foreign, withheld, withholding
from mlgate.results import CheckResult, Finding, Outcome, combined

Clock = Callable[[], float]
"""Seconds from some fixed point, such as `time.monotonic`."""
Around = Callable[[Step, int, int], AbstractContextManager[object]]
"""What surrounds each check, its number (from 1) and how many there are: progress, a log group."""


def run_checks(plan: Plan, inputs: Inputs, clock: Clock, around: Around) -> tuple[CheckResult, ...]:
    """Run every step. One that breaks costs only itself."""
    results = []
    with withholding(on=plan.config.privacy == "no-examples"):
        for number, step in enumerate(plan.steps, 1):
            with around(step, number, len(plan.steps)):
                results.append(run_check(step, inputs, clock))
    return tuple(results)


def run_check(step: Step, inputs: Inputs, clock: Clock) -> CheckResult:
    """One check's result; whatever it raises becomes an outcome with a reason."""
    start = clock()
    nothing = Measurement(rows=0, findings=())
    trace = None
    try:
        seen = step.check.run(inputs)
        outcome, reason = judge(seen)
    except NoBaseline as error:
        seen, outcome, reason = nothing_to_compare(step.check, error), Outcome.SKIPPED, error.what
    except MlgateError as error:
        seen, outcome, reason = nothing, Outcome.ERRORED, error.sentence()
    except Exception as error:  # noqa: BLE001  # a bug here must not cost the other checks
        seen, outcome = nothing, Outcome.ERRORED
        reason = f"a bug in mlgate: {type(error).__name__}: {foreign(str(error)[:300])}"
        trace = "".join(_trace(error))[-8000:]
    return CheckResult(
        id=step.check.name,
        type=step.check.type,
        severity=step.check.severity,
        outcome=outcome,
        reason=reason,
        rows=seen.rows,
        seconds=round(clock() - start, 3),
        findings=tuple(as_told(_placed(finding, step)) for finding in seen.findings),
        location=step.location,
        traceback=trace,
    )


def _placed(finding: Finding, step: Step) -> Finding:
    """A finding with the place that asks for it; a comparison has that of what it stands below."""
    above = finding.id.rpartition("/")[0]
    place = step.places.get(finding.id) or step.places.get(above)
    return finding if finding.location or place is None else replace(finding, location=place)


def _trace(error: Exception) -> list[str]:
    """The lines of a traceback; without the exception's text, where that may quote the data."""
    if withheld():
        return traceback.format_tb(error.__traceback__)
    return traceback.format_exception(error)


def as_told(finding: Finding) -> Finding:
    """A finding without cells of the data, where these are withheld."""
    if not withheld():
        return finding
    return replace(
        finding,
        observed=figure_alone(finding.observed),
        baseline=figure_alone(finding.baseline),
        details=concealed(finding.details),
    )


def judge(seen: Measurement) -> tuple[Outcome, str | None]:
    """The outcome of a check's findings. What looked at nothing is never green."""
    outcome = combined(seen.findings)
    if outcome is None:
        return Outcome.ERRORED, "the check looked at nothing: it has no findings"
    if outcome is Outcome.PASSED and seen.rows == 0:
        return Outcome.ERRORED, "the check looked at no rows"
    return outcome, None


def nothing_to_compare(check: Check, error: NoBaseline) -> Measurement:
    """The one finding of a check that only compares, where there is no baseline."""
    finding = Finding(
        id=check.finding_id("baseline"),
        outcome=Outcome.SKIPPED,
        subject="baseline",
        message=error.what,
        details={"no_baseline": True},
    )
    return Measurement(rows=0, findings=[finding])
