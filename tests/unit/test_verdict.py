import pytest

from mlgate.config.model import Policy
from mlgate.results import CheckResult, Finding, Outcome, Revision, RunResult, take_stock
from mlgate.verdict import decide


def finding(outcome: Outcome, **more) -> Finding:
    return Finding(id="c/x", outcome=outcome, subject="x", message=f"x {outcome}", **more)


def check(outcome: Outcome, *findings: Finding, **more) -> CheckResult:
    values = {
        "id": "c",
        "type": "t",
        "severity": "error",
        "reason": None,
        "rows": 10,
        "seconds": 0.1,
    }
    return CheckResult(**{**values, "outcome": outcome, "findings": findings, **more})


def result(*checks: CheckResult) -> RunResult:
    return RunResult(
        mlgate="1",
        name="default",
        verdict=None,
        head=Revision(commit=None),
        base=None,
        checks=checks,
        ledger=take_stock(checks),
    )


PASSED = check(Outcome.PASSED, finding(Outcome.PASSED))
FAILED = check(Outcome.FAILED, finding(Outcome.FAILED))
ERRORED = check(Outcome.ERRORED, reason="it broke", rows=0)
SKIPPED = check(Outcome.SKIPPED, reason="no baseline", rows=0)
UNDECIDED = check(Outcome.INCONCLUSIVE, finding(Outcome.INCONCLUSIVE))
WARNING = check(Outcome.FAILED, finding(Outcome.FAILED), severity="warning")
BUG = check(Outcome.ERRORED, reason="a bug in mlgate", traceback="Traceback …", rows=0)
NO_BASELINE = check(
    Outcome.PASSED,
    finding(Outcome.PASSED),
    finding(Outcome.SKIPPED, details={"no_baseline": True}),
)


@pytest.mark.parametrize(
    ("checks", "outcome", "code"),
    [
        ([PASSED], "passed", 0),
        ([PASSED, FAILED], "failed", 1),
        ([PASSED, WARNING], "passed", 0),
        ([PASSED, ERRORED], "errored", 4),
        ([FAILED, ERRORED], "failed", 1),
        ([FAILED, BUG], "failed", 1),
        ([PASSED, BUG], "errored", 70),
        ([], "nothing_checked", 3),
        ([SKIPPED], "nothing_checked", 3),
        ([UNDECIDED], "nothing_checked", 3),
        ([PASSED, UNDECIDED, SKIPPED], "passed", 0),
        ([NO_BASELINE], "passed", 0),
    ],
)
def test_the_default_policy(checks, outcome, code):
    verdict = decide(result(*checks), Policy())
    assert (verdict.outcome, verdict.exit_code) == (outcome, code)
    assert verdict.reasons


def test_undecided_fails_where_the_policy_says_so():
    assert decide(result(PASSED, UNDECIDED), Policy(on_inconclusive="fail")).exit_code == 1


def test_errors_are_shown_where_the_policy_says_so_but_never_alone():
    policy = Policy(on_error="warn")
    assert decide(result(PASSED, ERRORED), policy).exit_code == 0
    assert decide(result(ERRORED), policy).outcome == "nothing_checked"


def test_a_bug_of_mlgate_fails_whatever_the_policy():
    assert decide(result(PASSED, BUG), Policy(on_error="warn")).exit_code == 70


def test_an_errored_finding_of_a_warning_is_still_an_error():
    part = check(
        Outcome.ERRORED, finding(Outcome.PASSED), finding(Outcome.ERRORED), severity="warning"
    )
    assert decide(result(PASSED, part), Policy()).exit_code == 4


def test_a_missing_baseline_fails_where_the_policy_says_so():
    assert decide(result(NO_BASELINE), Policy(on_missing_baseline="fail")).exit_code == 1


def test_warnings_fail_with_fail_on_warning():
    assert decide(result(PASSED, WARNING), Policy(), "warning").exit_code == 1


def test_a_finding_has_its_own_severity():
    mixed = check(Outcome.FAILED, finding(Outcome.FAILED, severity="warning"))
    assert decide(result(PASSED, mixed), Policy()).exit_code == 0
    hard = check(Outcome.FAILED, finding(Outcome.FAILED, severity="error"), severity="warning")
    assert decide(result(PASSED, hard), Policy()).exit_code == 1


@pytest.mark.parametrize("checks", [[FAILED], [ERRORED], [BUG], []])
def test_fail_on_never_changes_the_exit_code_and_not_the_outcome(checks):
    strict, lax = decide(result(*checks), Policy()), decide(result(*checks), Policy(), "never")
    assert lax.exit_code == 0
    assert lax.outcome == strict.outcome != "passed"
