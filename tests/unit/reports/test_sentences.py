import pytest

from mlgate.reports import sentences
from mlgate.reports.content import arrange
from mlgate.reports.escape import Style, plain, spaced
from mlgate.results import Finding, Outcome
from tests.golden import cases
from tests.unit.reports.results import findings, with_findings

STYLE = Style(value=plain, sentence=plain, passage=spaced)


@pytest.mark.parametrize(
    ("message", "lines"),
    [
        ("a. Usual cause: b. To fix it: c.", ["a.", "Usual cause: b.", "To fix it: c."]),
        ("a: b; usual cause: c; to fix it: d", ["a: b", "Usual cause: c", "To fix it: d"]),
        ("a; to fix it, b", ["a", "To fix it, b"]),
        ("a\n\n  b\nRead on: c", ["a", "b", "Read on: c"]),
        ("the usual cause is known", ["the usual cause is known"]),
        ("", ["no reason was given"]),
        ("\n", ["no reason was given"]),
    ],
)
def test_cause_and_remedy_are_lines_of_their_own(message, lines):
    assert sentences.message_lines(message) == lines


@pytest.mark.parametrize(
    ("example", "line"),
    [
        ({"row": 3, "changed": {"a": [1, 2]}}, "row 3: a 1 → 2"),
        ({"row": 3, "changed": {"a": [None, "x"]}}, "row 3: a null → x"),
        (
            {"changed": {key: [0, 1] for key in "abcde"}},
            "a 0 → 1, b 0 → 1, c 0 → 1, 2 more columns",
        ),
        ({"row": 1, "case": {"a": 1.5}, "prediction": "No"}, "row 1: a 1.5, prediction No"),
        (
            {"prediction_before": "No", "prediction_after": "No", "score_before": 0.99971,
             "score_after": 0.99974},
            "prediction No as before, score 0.99971 → 0.99974",
        ),
        ({"row": [1], "changed": 3, "case": None}, "row [1]: "),
    ],
)  # fmt: skip
def test_a_counterexample_is_one_line(example, line):
    finding = Finding(
        id="b/x", outcome=Outcome.FAILED, subject="x", message="x",
        details={"counterexamples": [example, "not one"]},
    )  # fmt: skip
    assert sentences.explained(finding, "main", STYLE) == [line]


def test_kinds_are_counted():
    found = findings(3, Outcome.PASSED, details={"kind": "model"})
    check = cases.check("pytest", found, rows=3, seconds=1)
    assert sentences.check_facts(check, plain) == "3 passed · 3 model · 1.0 s"


def test_a_long_message_is_cut_in_the_headline():
    found = Finding(id="a/b", outcome=Outcome.FAILED, subject="b", message="b " + "long " * 99)
    shown = sentences.headline(arrange(with_findings((found,))), STYLE)
    assert len(shown) < 170
    assert shown.endswith("…")


def test_two_failures_are_counted_in_the_headline():
    content = arrange(with_findings(findings(2, Outcome.FAILED)))
    assert sentences.headline(content, STYLE) == "mlgate: failed — 2 findings failed"


def test_a_missing_baseline_that_the_policy_forbids_is_the_headline():
    result = cases.first_pull_request()
    message = result.checks[1].findings[1].message
    failed = cases.run("failed", 1, [message], result.checks)
    assert sentences.headline(arrange(failed), STYLE) == (
        "mlgate: failed — there is nothing to compare with, and the policy is to fail then"
    )


def test_an_unknown_reason_to_fail_is_the_headline():
    failed = cases.run("failed", 1, ["a policy that no report knows"], [cases.GOOD_DATA])
    assert sentences.headline(arrange(failed), STYLE).endswith("— a policy that no report knows")
