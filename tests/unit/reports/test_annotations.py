from dataclasses import replace

import pytest

from mlgate.reports.annotations import annotations
from mlgate.results import Finding, Location, Outcome
from tests.golden import cases
from tests.golden.cases import CASES
from tests.unit.reports.hostile import HOSTILE
from tests.unit.reports.results import everywhere, with_findings


def test_failures_come_before_warnings_and_what_is_undecided():
    shown = annotations(cases.harmful())
    assert [(a.level, a.title) for a in shown] == [
        ("error", "mlgate: metrics/accuracy/regression: failed"),
        ("error", "mlgate: expectations/age/between: failed"),
        ("error", "mlgate: behavior/ignores-the-customer-id: failed"),
        ("error", "mlgate: pytest/tests/models/test_size.py::test_size: failed"),
        ("warning", "mlgate: behavior/known-churners: warning"),
        ("warning", "mlgate: metrics/roc_auc/regression: undecided"),
    ]


def test_an_annotation_stands_where_the_finding_is():
    shown = annotations(cases.harmful())[1]
    assert (shown.file, shown.line) == ("expectations/train.json", 41)
    assert shown.message.startswith("age between 18 and 120: 214 of 5,634")


def test_a_finding_without_a_place_stands_at_its_check():
    shown = annotations(cases.harmful())[2]
    assert (shown.file, shown.line) == ("mlgate.yml", 12)


def test_what_has_no_place_at_all_is_not_annotated():
    finding = Finding(id="x/y", outcome=Outcome.FAILED, subject="y", message="y is wrong")
    result = with_findings((finding,))
    nowhere = replace(result, checks=(replace(result.checks[0], location=None),))
    assert annotations(nowhere) == []


def test_a_warning_is_annotated_as_one():
    assert {a.level for a in annotations(cases.warnings_only())} == {"warning"}


def test_a_check_that_could_not_run_is_an_error_with_its_remedy():
    shown = annotations(cases.errored_model())
    assert [a.level for a in shown] == ["error", "error"]
    assert "To fix it: name it in requirements.txt" in shown[0].message


def test_an_undecided_comparison_says_what_would_decide():
    shown = annotations(cases.undecided())[0]
    assert shown.level == "warning"
    assert shown.message.startswith("about 3,200 rows would decide")


@pytest.mark.parametrize("case", ["all_green", "first_pull_request", "nothing_checked"])
def test_what_passed_or_was_skipped_is_not_annotated(case):
    assert annotations(CASES[case]()) == []


def test_a_problem_of_the_configuration_is_annotated_at_its_line():
    shown = annotations(cases.configuration_error())
    assert [(a.file, a.line) for a in shown] == [
        ("mlgate.yml", 14),
        ("mlgate.yml", 19),
        ("mlgate.yml", 23),
    ]
    assert shown[0].message == "checks[1].metric: unknown key, did you mean 'metrics'?"


def test_a_reason_without_a_place_is_not_annotated():
    assert annotations(cases.run("errored", 2, ["no such branch: main", "a:0:1: x"])) == []


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:24]))
def test_hostile_text_is_one_bounded_line(text):
    shown = annotations(everywhere(cases.harmful(), text))
    assert len(shown) == 6
    for annotation in shown:
        for part in (annotation.title, annotation.message, annotation.file or ""):
            assert part.isprintable()
            assert len(part) <= 700


def test_a_path_is_shown_as_it_is():
    place = Location(file="data/two  spaces.json", line=3)
    finding = Finding(id="x", outcome=Outcome.FAILED, subject="x", message="m", location=place)
    assert annotations(with_findings((finding,)))[0].file == "data/two  spaces.json"
