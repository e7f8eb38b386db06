"""Counterexamples: before → after, with signs on what changed within a text."""

from typing import Any

import pytest

from mlgate.reports import examples
from mlgate.reports.escape import PASSAGE, Style, code, plain, prose, spaced
from mlgate.reports.markdown import render
from mlgate.results import Finding, Outcome
from tests.unit.reports.hostile import HOSTILE
from tests.unit.reports.rendering import assert_harmless, page
from tests.unit.reports.results import with_findings

PLAIN = Style(value=plain, sentence=plain, passage=spaced)
MARKDOWN = Style(value=code, sentence=prose, passage=lambda text: code(text, PASSAGE))


def finding(*found: Any, **details: Any) -> Finding:
    return Finding(
        id="b/x", outcome=Outcome.FAILED, subject="x", message="x changes",
        details={"counterexamples": list(found), **details},
    )  # fmt: skip


def changed(before: str, after: str, *marks: Any) -> dict[str, Any]:
    return {"row": 3, "changed": {"text": [before, after]}, "marks": {"text": list(marks)}}


PRIYA = changed("…it works. Priya", "…it works. Jack", [[11, 16]], [[11, 15]])


def test_what_changed_within_a_text_has_signs_around_it():
    assert examples.lines(finding(PRIYA), PLAIN) == [
        "row 3: text …it works. [-Priya-] → …it works. {+Jack+}"
    ]
    assert examples.lines(finding(PRIYA), MARKDOWN) == [
        "row 3: `text` `…it works. [-Priya-]` → `…it works. {+Jack+}`"
    ]
    assert "{+Jack+}" in page(render(with_findings((finding(PRIYA),)))).unfolded


def test_several_changes_and_blanks_are_all_seen():
    found = changed("so good ,ok", "so  bad ,ok  ", [[3, 7]], [[3, 4], [4, 7], [11, 13]])
    assert examples.lines(finding(found), PLAIN) == [
        "row 3: text so [-good-] ,ok → so {+ +}{+bad+} ,ok{+  +}"
    ]


@pytest.mark.parametrize(
    "marks",
    [
        None, [], [[[0, 1]]], [1, 2], [[[5, 2]], [["a", "b"]]], [[[0, 99]], [[-3, -1]]],
        [[[True, 2]], [[0.5, 1]]], [[[0, 1, 2]], [None]],
    ],
)  # fmt: skip
def test_marks_that_fit_no_text_are_left_out(marks):
    found = {"changed": {"text": ["one", "two"]}, "marks": {"text": marks}}
    assert examples.lines(finding(found), PLAIN) == ["text one → two"]


def test_how_many_more_rows_there_are_comes_first():
    rows: list[Any] = [{"row": row, "changed": {"a": [0, 1]}} for row in range(5)]
    lines = examples.lines(finding(*rows, violations=1204), PLAIN)
    assert lines == ["the worst 3 of 1,204:", *(f"row {row}: a 0 → 1" for row in range(3))]
    assert examples.lines(finding(*rows[:1], violations=2), PLAIN)[0] == "the worst of 2:"
    assert len(examples.lines(finding(*rows[:2], violations=2), PLAIN)) == 2


def test_of_a_case_what_is_expected_comes_first():
    case = {"area": 1, "rooms": 2, "baths": 1, "expected_min": None, "expected_max": 40}
    assert examples.lines(finding({"row": 0, "case": case, "prediction": 51234.5678}), PLAIN) == [
        "row 0: expected_max 40, area 1, rooms 2, baths 1, prediction 51,235"
    ]


def test_large_predictions_have_the_digits_that_tell_them_apart():
    found = {"prediction_before": 440129.968, "prediction_after": 310294.169}
    assert examples.lines(finding(found), PLAIN) == ["prediction 440,130 → 310,294"]
    near = {"prediction_before": 440129.968, "prediction_after": 440129.912}
    assert examples.lines(finding(near), PLAIN) == ["prediction 440,129.9680 → 440,129.9120"]


def test_a_score_names_its_class():
    found = {"score_of": "ill", "score_before": 0.5, "score_after": 0.25}
    assert examples.lines(finding(found), PLAIN) == ["score 0.5 → 0.25 (of ill)"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_text_between_the_signs(text):
    spans = [[[0, len(text)]], [[0, len(text)], [len(text), len(text) + 1]]]
    found = changed(text, f"{text}!", *spans) | {"score_of": text, "score": 0.5}
    assert_harmless(render(with_findings((finding(found),))))
    for line in examples.lines(finding(found), PLAIN):
        assert line.isprintable()
        assert "##[" not in line
