from dataclasses import replace

import pytest

from mlgate.reports.problems import problems
from mlgate.results import Finding, Outcome, Verdict
from tests.golden import cases
from tests.golden.cases import CASES
from tests.unit.reports.hostile import HOSTILE
from tests.unit.reports.results import everywhere, with_findings


@pytest.mark.parametrize("case", CASES)
def test_a_result_that_did_not_pass_has_a_problem_that_blocks_and_others_have_none(case):
    result = CASES[case]()
    assert result.verdict is not None
    blocking = [p for p in problems(result) if p.level == "error"]
    assert bool(blocking) == (result.verdict.outcome != "passed")


def test_what_only_warns_is_a_warning():
    assert {p.level for p in problems(cases.warnings_only())} == {"warning"}


def test_what_is_undecided_blocks_where_the_policy_says_so():
    assert {p.level for p in problems(cases.undecided())} == {"undecided"}
    assert {p.level for p in problems(cases.undecided_fails())} == {"error"}


def test_a_missing_baseline_is_a_problem_only_where_the_policy_says_so():
    result = cases.first_pull_request()
    assert problems(result) == []
    skipped = next(f for c in result.checks for f in c.findings if f.details.get("no_baseline"))
    verdict = Verdict(outcome="failed", exit_code=1, reasons=(skipped.message,))
    assert {p.level for p in problems(replace(result, verdict=verdict))} == {"error"}


def test_the_worst_come_first():
    levels = [p.level for p in problems(cases.harmful())]
    assert levels == sorted(levels, key=("error", "warning", "undecided").index)
    assert problems(cases.harmful())[0].id == "metrics/accuracy/regression"


def test_a_fingerprint_is_the_findings_own_and_stays():
    first, second = problems(cases.harmful()), problems(cases.harmful())
    assert [p.fingerprint for p in first] == [p.fingerprint for p in second]
    assert len({p.fingerprint for p in first}) == len(first)


def test_a_run_that_checked_nothing_is_one_problem():
    only = problems(cases.nothing_checked())
    assert [p.kind for p in only] == ["gate"]
    assert only[0].message.startswith("nothing was checked; metrics: skipped")
    assert only[0].place.file == "mlgate.yml"


def test_a_reason_of_several_lines_is_one_problem():
    result = cases.run("errored", 2, ["no such branch: main", "To fix it: fetch it"])
    assert [p.message for p in problems(result)] == ["no such branch: main; To fix it: fetch it"]


def test_a_thousand_findings_of_one_message_are_all_there():
    found = tuple(
        Finding(id=f"x/{n}", outcome=Outcome.FAILED, subject=str(n), message="wrong")
        for n in range(1000)
    )
    assert len(problems(with_findings(found))) == 1000


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:24]))
def test_hostile_text_is_one_bounded_line(text):
    for problem in problems(everywhere(cases.harmful(), text)):
        for part in (problem.kind, problem.id, problem.message, problem.place.file):
            assert part.isprintable()
            assert len(part) <= 700
