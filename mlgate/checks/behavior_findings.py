"""Findings of behavioural tests: the pass rate against its limit, and against base's."""

from typing import TYPE_CHECKING, Any

from mlgate.checks.behavior_change import Directional
from mlgate.checks.behavior_test import BehaviorTest, NotSeen, Tally
from mlgate.checks.counterexamples import counterexamples
from mlgate.checks.interface import Inputs
from mlgate.checks.limits import Limits
from mlgate.checks.metric_findings import compared, not_measured
from mlgate.checks.subject import Subject
from mlgate.checks.wording import brief, percent
from mlgate.errors import MlgateError
from mlgate.results import Finding, Outcome

if TYPE_CHECKING:
    from mlgate.checks.behavior_test import Array

ROUNDING = 1e-12
"""By which a share of rows may miss a limit of as many decimals."""


def look(
    id_: str, test: BehaviorTest, head: Subject, base: Subject | MlgateError, inputs: Inputs
) -> tuple[list[Finding], int]:
    """The findings of a test, and the rows that count."""
    try:
        tally = test.measure(head, inputs)
        examples = list(counterexamples(tally))
        interval = pass_rate_interval(tally)
    except NotSeen as error:
        return [_undecided(id_, test, Outcome.SKIPPED, error.what)], 0
    except MlgateError as error:
        return [_undecided(id_, test, Outcome.ERRORED, error.sentence())], 0
    theirs = _of_base(test, base, inputs)
    details: dict[str, Any] = {
        "kind": test.kind,
        "rows": tally.rows,
        "unchanged": len(tally.counted) - tally.rows,
        "violations": tally.violations,
        "interval": list(interval),
        "counterexamples": examples,
    }
    if len(tally.counted) < tally.of:
        details["sampled_of"] = tally.of
    if isinstance(test, Directional):
        details |= _of_direction(test, tally, theirs)
    if isinstance(theirs, Tally):
        details["base_interval"] = list(pass_rate_interval(theirs))
    before = _base_passes(tally, theirs)
    new = 0
    if before is not None:
        new = details["new_violations"] = int((tally.counted & ~tally.passed & before).sum())
    elif isinstance(theirs, MlgateError):
        details["no_base"] = theirs.what
    finding = Finding(
        id=id_,
        outcome=_outcome(test, tally, interval),
        subject=brief(test.name),
        message=f"{brief(test.name)}: {_sentence(test, tally, interval, new)}",
        observed=tally.pass_rate,
        expected=f"pass rate >= {test.min_pass_rate:g}",
        baseline=_rate(theirs),
        severity=test.severity,
        details=details,
    )
    compared_too = [] if test.max_drop is None else [_regression(id_, test, tally, theirs)]
    return [finding, *compared_too], tally.rows


def _of_direction(test: Directional, tally: Tally, theirs: Tally | MlgateError) -> dict[str, Any]:
    """What is expected; of a sweep its curve, with base's beside it."""
    told: dict[str, Any] = {"expect": test.expect}
    if test.monotonic is None:
        return told
    points = [dict(point) for point in tally.curve]
    if isinstance(theirs, Tally):
        for point, of_base in zip(points, theirs.curve, strict=True):  # the same rows and values
            point["base"] = of_base["score"]
    return {**told, "column": brief(test.monotonic.column), "curve": points}


def pass_rate_interval(tally: Tally) -> tuple[float, float]:
    """Wilson's 95 % interval of the pass rate (Wilson 1927, J. Am. Stat. Assoc. 22:209-212)."""
    from scipy.stats import binomtest

    passed = tally.rows - tally.violations
    interval = binomtest(passed, tally.rows).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def _outcome(test: BehaviorTest, tally: Tally, interval: tuple[float, float]) -> Outcome:
    least = test.min_pass_rate - ROUNDING
    if len(tally.counted) == tally.of or test.min_pass_rate == 1:
        # All rows were looked at; or none may break the rule, and one that does is enough.
        return Outcome.PASSED if tally.pass_rate >= least else Outcome.FAILED
    if interval[0] >= least:
        return Outcome.PASSED
    return Outcome.FAILED if interval[1] < least else Outcome.INCONCLUSIVE


def _of_base(
    test: BehaviorTest, base: Subject | MlgateError, inputs: Inputs
) -> Tally | MlgateError:
    """What the base model does, or why it cannot be told."""
    if isinstance(base, MlgateError):
        return base
    try:
        return test.measure(base, inputs)
    except MlgateError as error:
        return error


def _rate(theirs: Tally | MlgateError) -> float | None:
    if isinstance(theirs, NotSeen):  # what a model does not see cannot change its answers
        return 1.0
    return None if isinstance(theirs, MlgateError) else theirs.pass_rate


def _base_passes(tally: Tally, theirs: Tally | MlgateError) -> "Array | None":
    """Which of head's rows base gets right, those included that say nothing of base."""
    if isinstance(theirs, NotSeen):
        return tally.counted | True
    return None if isinstance(theirs, MlgateError) else theirs.passed | ~theirs.counted


def _regression(id_: str, test: BehaviorTest, tally: Tally, theirs: Tally | MlgateError) -> Finding:
    """Head's pass rate against base's, row by row."""
    from mlgate.stats.decision import decide
    from mlgate.stats.means import paired_proportion

    limits = Limits(max_drop=test.max_drop)
    own_id, subject = f"{id_}/regression", brief(test.name)
    before = _base_passes(tally, theirs)
    if before is None:
        assert isinstance(theirs, MlgateError)  # noqa: S101  # else there were answers
        expected = limits.drop_text(greater_is_better=True)
        return not_measured(own_id, subject, theirs, expected=expected)
    ours, before = tally.passed[tally.counted], before[tally.counted]
    return compared(
        own_id,
        "pass rate",
        limits,
        decide(
            paired_proportion(ours, before), allowed=test.max_drop or 0.0, greater_is_better=True
        ),
        (float(ours.mean()), float(before.mean())),
        subject=subject,
        greater_is_better=True,
        where=f"on {tally.rows:,} rows",
        details={"kind": test.kind},
    )


def _undecided(id_: str, test: BehaviorTest, outcome: Outcome, why: str) -> Finding:
    return Finding(
        id=id_,
        outcome=outcome,
        subject=brief(test.name),
        message=f"{brief(test.name)}: {why}",
        expected=f"pass rate >= {test.min_pass_rate:g}",
        severity=test.severity,
        details={"kind": test.kind},
    )


def _sentence(test: BehaviorTest, tally: Tally, interval: tuple[float, float], new: int) -> str:
    """Such as "86 of 1,409 predictions change when customer_id is shuffled (6.1 %); none may"."""
    share = percent(tally.violations / tally.rows)
    allowed = 1 - test.min_pass_rate
    limit = f"at most {percent(allowed)} may" if allowed else "none may"
    text = f"{tally.violations:,} of {tally.rows:,} {test.violation()} ({share}); {limit}"
    if len(tally.counted) < tally.of:
        low, high = (percent(1 - end) for end in reversed(interval))
        text += f"; {tally.of:,} rows were sampled from, of which {low} to {high} may do so"
    if new and new != tally.violations:
        text += f"; {new:,} of them did not on base"
    return text
