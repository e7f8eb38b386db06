import re
from dataclasses import replace

import pytest

from mlgate.reports.escape import visible
from mlgate.reports.markdown import COMMENT_LIMIT, render
from mlgate.results import ArtifactRecord, CheckResult, Finding, Outcome, RunResult
from tests.golden import cases
from tests.golden.cases import CASES
from tests.unit.reports.hostile import HOSTILE
from tests.unit.reports.rendering import assert_harmless, page
from tests.unit.reports.results import everywhere, findings, with_findings

FOLD = re.compile(r"<details>.*?</details>", re.DOTALL)


def unfolded(comment: str) -> str:
    """What a reader sees without a click."""
    return FOLD.sub("", comment)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:24]))
@pytest.mark.parametrize(
    "case", ["harmful", "misbehaving", "errored_model", "configuration_error", "bug"]
)
def test_hostile_text_in_every_field_stays_text(case, text):
    comment = render(everywhere(CASES[case](), text))
    assert len(comment) <= COMMENT_LIMIT
    shown = assert_harmless(comment)
    assert shown.shape.count("h2") == 1
    assert shown.tags >= {"h2", "sub"}


@pytest.mark.parametrize("text", ["", "|", "@octocat", "<b>"])
def test_hostile_text_changes_no_part_of_the_comment(text):
    calm = page(render(everywhere(cases.harmful(), "word"))).shape
    assert page(render(everywhere(cases.harmful(), text))).shape == calm


@pytest.mark.parametrize("case", CASES)
def test_every_icon_has_its_word(case):
    words = {
        "✅": "passed|no regression|mlgate: passed",
        "❌": r"failed|\*\*regressed|mlgate|\*\*`",
        "⚠️": r"undecided|warning|could not run|\*\*regressed \(warning|mlgate|\*\*`",
        "⏭️": "skipped",
    }
    for line in render(CASES[case]()).splitlines():
        for icon, word in words.items():
            for _, behind in re.findall(rf"({icon}) (\S.{{0,40}})", line):
                assert re.match(word, behind), line


@pytest.mark.parametrize(
    ("case", "first"),
    [
        ("all_green", "## ✅ mlgate: passed — 4 checks, no regression against `main`"),
        (
            "harmful",
            "## ❌ mlgate: failed — `accuracy` fell from 0.834 to 0.810 and 3 other findings ",
        ),
        ("undecided", "## ✅ mlgate: passed — 2 undecided"),
        ("first_pull_request", "## ✅ mlgate: passed — 2 checks, nothing to compare with"),
        ("errored_model", "## ⚠️ mlgate could not run 2 checks"),
        ("bug", "## ⚠️ mlgate could not run 1 check because of a bug in mlgate"),
        ("configuration_error", "## ⚠️ mlgate could not start, so nothing was checked"),
        ("nothing_checked", "## ⚠️ mlgate checked nothing"),
        ("warnings_only", "## ✅ mlgate: passed — 2 warnings"),
        ("undecided_fails", "## ❌ mlgate (`nightly`): failed — `accuracy` is undecided, and the "),
    ],
)
def test_the_first_line_says_the_verdict_and_why(case, first):
    line = render(CASES[case]()).splitlines()[0]
    assert line.startswith(first) if first.endswith(" ") else line == first


def test_a_single_failure_is_the_headline():
    found = cases.expectation("age", "age between 18 and 120: 3 of 9 are not", Outcome.FAILED)
    first = render(with_findings((found,))).splitlines()[0]
    assert first == "## ❌ mlgate: failed — age between 18 and 120: 3 of 9 are not"


def test_a_message_without_its_subject_gets_it_in_the_headline():
    found = Finding(id="pytest/t", outcome=Outcome.FAILED, subject="test_x", message="failed: no")
    assert "failed — `test_x`: failed: no" in render(with_findings((found,))).splitlines()[0]


def test_on_green_five_lines_are_enough():
    lines = [line for line in unfolded(render(cases.all_green())).splitlines() if line]
    assert len(lines) == 5
    assert lines[1].startswith("Compared with `main`")
    assert lines[2].startswith("**Checked** — 4 checks: 4 passed, 0 failed")


@pytest.mark.parametrize("case", sorted(set(CASES) - {"configuration_error"}))
def test_what_was_checked_is_always_there(case):
    assert unfolded(render(CASES[case]())).count("**Checked** — ") == 1


@pytest.mark.parametrize("case", CASES)
def test_what_is_not_green_is_never_folded(case):
    result = CASES[case]()
    outside = page(render(result)).unfolded
    for check in result.checks:
        for finding in check.findings:
            if finding.outcome in {Outcome.FAILED, Outcome.ERRORED, Outcome.INCONCLUSIVE}:
                compared = "decision" in finding.details
                assert visible(finding.subject if compared else finding.id)[:12] in outside


def test_what_got_worse_comes_before_what_only_failed_and_what_passed():
    comment = render(cases.harmful())
    places = [
        comment.index(text)
        for text in (
            "**regressed**",
            "Also failing",
            "**Warnings**",
            "**Undecided**",
            "**Checked**",
            "Note:",
            "<details>",
            "<sub>",
        )
    ]
    assert places == sorted(places)


def test_a_regression_that_only_warns_is_no_cross():
    comment = render(cases.warnings_only())
    assert "❌" not in comment
    assert "⚠️ **regressed (warning)**" in comment
    assert "⚠️ warning: <code>expectations</code>" in comment


def test_an_undecided_comparison_says_how_many_rows_would_decide():
    assert "about 3,200 rows would decide" in unfolded(render(cases.undecided()))


def test_an_undecided_comparison_without_an_estimate_shows_its_message():
    found = cases.comparison("f1", Outcome.INCONCLUSIVE, 0.5, 0.49, 0.1)
    assert "that cannot decide whether" in unfolded(render(with_findings((found,))))


def test_a_comparison_without_an_interval_says_so():
    found = replace(
        cases.comparison("rmse", Outcome.FAILED, 12.5, 14.25, 1, greater=False), interval=None
    )
    assert "12.50 → 14.25 | +1.75 (no interval)" in render(with_findings((found,)))


def test_a_difference_never_looks_like_the_limit_that_it_breaks():
    found = cases.comparison("f1", Outcome.FAILED, 0.9, 0.8651, 0.04, allowed=0.03)
    assert "| \N{MINUS SIGN}0.035 (" in render(with_findings((found,)))


def test_equal_answers_are_no_difference():
    found = cases.comparison("f1", Outcome.PASSED, 0.9, 0.9, 0)
    assert "| none (same answers) |" in render(with_findings((found,)))


@pytest.mark.parametrize("decision", ["regressed", "anything"])
def test_the_outcome_and_not_the_decision_is_the_verdict_of_a_comparison(decision):
    found = cases.comparison("f1", Outcome.PASSED, 0.5, 0.6, 0.01, decision=decision)
    assert "✅ no regression |" in render(with_findings((found,)))


def test_a_missing_baseline_is_said_outside_of_any_fold():
    result = cases.first_pull_request()
    assert "**Not compared** — main has no model" in unfolded(render(result))
    assert "skipped `metrics/roc_auc/regression`" in unfolded(render(result))


def test_a_baseline_that_only_one_metric_lacks_is_said_too():
    result = replace(cases.first_pull_request(), no_baseline=None)
    shown = unfolded(render(result))
    assert "**Not compared** — `roc_auc` is 0.86 and was not compared: main has no model" in shown


def test_an_error_names_cause_and_remedy_and_is_said_once_for_two_checks():
    shown = unfolded(render(cases.errored_model()))
    assert shown.count("Usual cause:") == shown.count("To fix it:") == 1
    assert "**`metrics`**, **`behavior`**" in shown


def test_a_policy_that_no_finding_tells_is_shown():
    assert "- reported only: `fail-on: never`" in unfolded(render(cases.reported_only()))


def test_the_three_worst_counterexamples_are_shown_before_and_after():
    shown = page(unfolded(render(cases.harmful()))).text
    assert "row 17: customer_id 7590 → 1183, prediction No → Yes, score 0.3121 → 0.6423" in shown
    assert "row 2:" not in shown


def test_a_bug_before_any_check_shows_its_traceback():
    result = cases.run("errored", 70, ["a bug in mlgate: KeyError: 1", "Traceback:", "  @x"])
    comment = render(result)
    assert "```\nTraceback:\n  @x\n```" in comment
    assert "says nothing about the model" in comment


def test_a_result_without_a_verdict_is_refused():
    with pytest.raises(ValueError, match="verdict"):
        render(replace(cases.all_green(), verdict=None))


def counted(comment: str, outcome_title: str, number: int) -> bool:
    """Whether all of a number of findings are named or counted below a title."""
    section = comment.split(f"**{outcome_title}**", 1)[1].split("\n\n", 1)[0]
    more = re.search(r"and ([\d,]+) more, listed in", section)
    named = sum(line.startswith("- ") for line in section.splitlines()) - bool(more)
    return named + (int(more[1].replace(",", "")) if more else 0) == number


@pytest.mark.parametrize("number", [30, 300, 700, 2000, 20_000])
def test_every_failure_is_named_or_counted_and_fits(number):
    comment = render(with_findings(findings(number, Outcome.FAILED)))
    assert len(comment) <= COMMENT_LIMIT
    assert counted(comment, "Failing", number)
    assert f"{number:,} findings failed" in comment.splitlines()[0]


def test_a_thousand_failures_are_all_named():
    found = findings(1000, Outcome.FAILED, "{}: " + "long " * 30)
    comment = render(with_findings(found))
    assert all(finding.id in comment for finding in found)
    assert "Shortened to fit: findings are only named." in comment


def test_what_passed_is_left_out_before_any_failure_is_shortened():
    passed = findings(2000, Outcome.PASSED)
    broken = cases.harmful().checks[2].findings[0]
    comment = render(with_findings((*passed, broken)))
    assert broken.message.split(": ")[1][:20] in comment
    assert "row 17" in comment
    assert "Shortened to fit: what passed is counted, not listed." in comment
    assert passed[0].id not in comment
    assert "2,000 passed" in comment


def test_tracebacks_are_left_out_before_the_findings_of_a_check():
    found = findings(
        40,
        Outcome.FAILED,
        details={"traceback": "x" * 150 + "\n" + "y" * 150}
        | {f"more{index}": "\n".join(["z" * 150] * 30) for index in range(2)},
    )
    comment = render(with_findings(found))
    assert "all tracebacks are left out" in comment
    assert comment.count("❌ failed | `column-") == 40


def many(result: RunResult) -> list[RunResult]:
    """Results that are large in one way each."""
    pipes = "|" * 200
    regressed = tuple(
        replace(cases.comparison("f1", Outcome.FAILED, 0.5, 0.4, 0.01), subject=f"{i}{pipes}")
        for i in range(2000)
    )
    errors = [
        cases.check("t", id_=f"{i}{pipes}", outcome=o, reason=f"{pipes}{i}", rows=0, seconds=0)
        for i in range(2000)
        for o in (Outcome.ERRORED, Outcome.SKIPPED)
    ]
    records = tuple(
        ArtifactRecord(role="data", name=pipes, path=pipes, version="head", sha256=pipes)
        for _ in range(2000)
    )
    one = cases.check("t", findings(2000, Outcome.ERRORED, "the same"), rows=0, seconds=0)
    hostile = tuple(replace(f, id=f"{pipes}{f.id}") for f in findings(2000, Outcome.FAILED, pipes))
    return [
        with_findings(regressed),
        with_findings(hostile),
        cases.run("errored", 4, [pipes] * 2000, errors),
        cases.run("errored", 4, ["x"], [one]),
        cases.run("errored", 2, [f"{pipes}{i}" for i in range(2000)]),
        cases.run("errored", 2, ["\n".join([pipes] * 2000)]),
        cases.run("errored", 70, [pipes * 9] * 2000),
        replace(result, notes=(pipes,) * 2000),
        replace(result, artifacts=records),
        replace(result, name=pipes * 9, mlgate=pipes * 9, no_baseline=pipes * 9),
    ]


@pytest.mark.parametrize("index", range(10))
def test_whatever_is_large_the_comment_fits_and_keeps_its_form(index):
    result = many(cases.harmful())[index]
    comment = render(result)
    assert len(comment) <= COMMENT_LIMIT
    assert comment.startswith("## ")
    assert "full result: `.mlgate/result.json`" in comment.splitlines()[-1]
    assert_harmless(comment)


def test_what_is_left_out_can_be_had_with_a_larger_limit():
    result = with_findings(findings(2000, Outcome.FAILED))
    comment = render(result, limit=1_000_000)
    assert "Shortened" not in comment
    assert comment.count("❌ failed |") == 2000


def test_a_check_of_a_type_that_reports_do_not_know_is_shown_like_any_other():
    found = Finding(id="new/x", outcome=Outcome.FAILED, subject="x", message="x is 3, at most 2")
    check = CheckResult(
        id="new", type="brand-new", severity="error", outcome=Outcome.FAILED, reason=None,
        rows=5, seconds=0.1, findings=(found,),
    )  # fmt: skip
    comment = render(cases.run("failed", 1, [found.message], [check]))
    assert "**`new/x`** — x is 3, at most 2" in comment
    assert "❌ failed: <code>new</code> (<code>brand-new</code>) — 1 failed · 5 rows" in comment
