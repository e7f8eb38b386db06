from typing import Any

import pytest

from mlgate.multiplicity import corrected, notes
from mlgate.results import CheckResult, Finding, Outcome, Severity, combined


def comparison(
    name: str, p_value: float | None, *, regressed: bool = True, severity: Severity | None = None
) -> Finding:
    details: dict[str, Any] = {"n": 400, "decision": "regressed" if regressed else "no regression"}
    if p_value is not None:
        details["p_value"] = p_value
    return Finding(
        id=f"m/{name}/regression",
        outcome=Outcome.FAILED if regressed else Outcome.PASSED,
        subject=name,
        message=f"{name} fell",
        interval=(-0.1, -0.01),
        severity=severity,
        details=details,
    )


def check(
    *findings: Finding, severity: Severity = "error", reason: str | None = None
) -> CheckResult:
    return CheckResult(
        id="m",
        type="metrics",
        severity=severity,
        outcome=combined(findings) or Outcome.ERRORED,
        reason=reason,
        rows=400,
        seconds=0.1,
        findings=findings,
    )


def outcomes(checks: tuple[CheckResult, ...]) -> list[Outcome]:
    return [finding.outcome for check in checks for finding in check.findings]


def test_one_comparison_stays_as_it_was() -> None:
    (done,) = corrected([check(comparison("accuracy", 0.04))])
    assert done.outcome is Outcome.FAILED
    assert done.findings[0].details["p_adjusted"] == 0.04
    assert done.findings[0].details["comparisons"] == 1
    assert list(notes([done])) == []


def test_what_may_be_chance_among_many_is_undecided_and_says_so() -> None:
    others = [comparison(f"f{i}", 0.5, regressed=False) for i in range(3)]
    (first, second) = corrected([check(comparison("accuracy", 0.02)), check(*others)])
    (finding,) = first.findings
    assert finding.outcome is first.outcome is Outcome.INCONCLUSIVE
    assert finding.details["decision"] == "inconclusive"
    assert finding.details["p_adjusted"] == pytest.approx(0.08)
    assert finding.details["comparisons"] == 4
    assert finding.message == (
        "accuracy fell; but of 4 comparisons one may look like this by chance (p = 0.02, 0.08 "
        "corrected for their number)"
    )
    assert second.outcome is Outcome.PASSED
    assert list(notes([first, second])) == [
        (
            "4 comparisons with base were judged together: a regression must be beyond chance "
            "among all of them (Holm's correction)"
        )
    ]


def test_more_rows_would_decide_what_the_correction_left_open() -> None:
    (done,) = corrected([check(*(comparison(f"f{i}", p) for i, p in enumerate((0.03, 0.2, 0.3))))])
    needed = done.findings[0].details["rows_needed"]
    assert isinstance(needed, int)
    assert 400 < needed < 800


def test_a_clear_regression_stays_one_among_many() -> None:
    others = [comparison(f"f{i}", 0.9, regressed=False) for i in range(20)]
    (done,) = corrected([check(comparison("accuracy", 1e-4), *others)])
    assert done.outcome is Outcome.FAILED
    assert done.findings[0].details["p_adjusted"] == pytest.approx(21e-4)


def test_all_regressions_of_one_cause_stay_regressions() -> None:
    """Holm and not Bonferroni: the second of two needs 5 % only."""
    (done,) = corrected([check(comparison("accuracy", 0.02), comparison("f1", 0.04))])
    assert outcomes((done,)) == [Outcome.FAILED, Outcome.FAILED]


def test_what_only_warns_does_not_make_what_blocks_harder_to_see() -> None:
    warn = [comparison(f"w{i}", 0.9, regressed=False, severity="warning") for i in range(9)]
    (done,) = corrected([check(comparison("accuracy", 0.03), *warn)])
    assert done.findings[0].outcome is Outcome.FAILED
    assert done.findings[0].details["comparisons"] == 1
    assert done.findings[1].details["comparisons"] == 9
    (strict,) = corrected([check(comparison("accuracy", 0.03), *warn)], warnings_block=True)
    assert strict.findings[0].outcome is Outcome.INCONCLUSIVE
    assert strict.findings[0].details["comparisons"] == 10


def test_same_answers_and_other_findings_count_for_nothing() -> None:
    same = comparison("auc", None, regressed=False)
    drift = Finding(
        id="drift/x", outcome=Outcome.FAILED, subject="x", message="", details={"p_value": 0.9}
    )
    checks = [check(comparison("accuracy", 0.04), same), check(drift)]
    first, second = corrected(checks)
    assert first.findings[0].outcome is Outcome.FAILED
    assert "p_adjusted" not in first.findings[1].details
    assert second is checks[1]


def test_a_checks_own_reason_keeps_its_outcome() -> None:
    broken = check(reason="the model does not load")
    assert corrected([broken]) == (broken,)


@pytest.mark.parametrize("strange", [True, "0.01", None, float("nan")])
def test_a_p_value_that_is_no_number_is_none(strange: Any) -> None:
    finding = comparison("accuracy", None)
    finding.details["p_value"] = "NaN" if strange != strange else strange
    (done,) = corrected([check(finding)])
    assert done.outcome is Outcome.FAILED
    assert "p_adjusted" not in done.findings[0].details
