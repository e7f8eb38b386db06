"""The curve of a sweep: a plot for a terminal, a chart and a table for Markdown."""

import re
from typing import Any

import pytest

from mlgate.reports import curves
from mlgate.reports.console import render as console
from mlgate.reports.markdown import render
from mlgate.results import Finding, Outcome
from tests.unit.reports.hostile import HOSTILE
from tests.unit.reports.rendering import page
from tests.unit.reports.results import with_findings


def finding(points: Any, outcome: Outcome = Outcome.FAILED, **details: Any) -> Finding:
    given = {"column": "area", "expect": "not_decrease", "rows": 9, "curve": points} | details
    return Finding(id="b/area", outcome=outcome, subject="area", message="it falls", details=given)


DIPS = [
    {"value": 20, "score": 1000.0, "wrong": 0, "base": 1000.0},
    {"value": 50, "score": 3000.0, "wrong": 0, "base": 2000.0},
    {"value": 90, "score": 2000.0, "wrong": 9, "base": 3000.0},
    {"value": 120, "score": 2500.0, "wrong": 1, "base": 2500.0},
]


def test_a_plot_has_both_curves_on_one_scale_and_names_the_steps_that_go_wrong():
    assert curves.drawn(finding(DIPS), "main") == [
        "mean score at each value of area:",
        "  area   here   main  ● here, ○ main",
        "    20  1,000  1,000  ◉·······················",
        "    50  3,000  2,000  ············○··········●",
        "    90  2,000  3,000  ············●··········○  all 9 rows fall",
        "   120  2,500  2,500  ·················◉······  1 of 9 rows falls",
    ]


def test_without_base_there_is_one_curve():
    alone = [{key: item for key, item in point.items() if key != "base"} for point in DIPS]
    lines = curves.drawn(finding(alone), "main")
    assert lines[1] == "  area   here  ● here"
    assert not any("main" in line or "○" in line for line in lines)
    (chart,) = re.findall(r"line \[.*\]", curves.chart(finding(alone)) or "")
    assert chart == "line [1000, 3000, 2000, 2500]"


def test_a_base_that_was_asked_at_some_values_only_is_left_out():
    some = [DIPS[0], {**DIPS[1], "base": None}]
    assert not any("main" in line for line in curves.drawn(finding(some), "main"))
    assert (curves.chart(finding(some)) or "").count("line [") == 1


@pytest.mark.parametrize(
    ("expect", "wrong", "words"),
    [
        ("increase", 3, "3 of 9 rows do not rise"),
        ("increase", 1, "1 of 9 rows does not rise"),
        ("decrease", 9, "all 9 rows do not fall"),
        ("not_increase", 2, "2 of 9 rows rise"),
        ("not_decrease", 0, ""),
        (None, 2, "2 of 9 rows go the wrong way"),
        ("sideways", 1, "1 of 9 rows goes the wrong way"),
        ("increase", "many", ""),
        ("increase", -1, ""),
    ],
)
def test_a_step_that_goes_wrong_is_told_in_words(expect, wrong, words):
    points = [DIPS[0], {**DIPS[1], "wrong": wrong}]
    found = curves.curve(finding(points, expect=expect))
    assert found is not None
    assert found.points[1].step == words


def test_a_curve_that_passed_is_drawn_in_the_fold_and_not_in_the_terminal():
    passed = finding(DIPS[:2], Outcome.PASSED)
    assert curves.drawn(passed, "main") == []
    assert "```mermaid\nxychart-beta" in render(with_findings((passed,)))
    assert "mean score" not in console(with_findings((passed,)))


@pytest.mark.parametrize(
    "points",
    [None, "x", [], DIPS[:1], [1, 2], [{"value": 1}, {"value": 2}],
     [{"value": 1, "score": "NaN"}, {"value": 2, "score": 1.0}]],
)  # fmt: skip
def test_what_is_no_curve_is_not_drawn(points):
    assert curves.curve(finding(points)) is None
    assert curves.chart(finding(points)) is None
    assert curves.drawn(finding(points), "main") == []
    assert list(curves.in_markdown(finding(points), "main")) == []


def test_many_points_are_listed_and_some_of_them_drawn_both_ends_included():
    points = [{"value": value, "score": float(value)} for value in range(60)]
    found = curves.curve(finding(points))
    assert found is not None
    assert len(found.points) == curves.MAX_POINTS
    assert curves.drawn(finding(points), "main")[-1] == "  and 10 more values"
    chart = curves.chart(finding(points)) or ""
    (labels,) = re.findall(r"x-axis .*\[(.*)\]", chart)
    assert len(labels.split(", ")) == curves.MAX_DRAWN
    assert labels.startswith('"0", ')
    assert labels.endswith(', "49"')


@pytest.mark.parametrize(
    ("scores", "is_drawn"),
    [((0.2, 0.2), False), ((1e13, 2e13), False), ((-1e-5, 1e-5), True), ((5.0, -5.0), True)],
)
def test_what_has_no_scale_has_a_table_alone(scores, is_drawn):
    points = [{"value": place, "score": score} for place, score in enumerate(scores)]
    assert (curves.chart(finding(points)) is not None) is is_drawn
    assert len(list(curves.in_markdown(finding(points), "main"))) == 4 + is_drawn


def test_numbers_of_a_chart_have_no_exponent():
    points = [{"value": 1e-7, "score": 1e-6}, {"value": 1e22, "score": 2e-6}]
    lines = (curves.chart(finding(points)) or "").splitlines()
    assert lines[-1] == "    line [0.000001, 0.000002]"


def test_labels_that_would_be_the_same_are_numbered():
    points = [{"value": name, "score": place} for place, name in enumerate(("a|", "a$", "a"))]
    assert '["value 1", "value 2", "value 3"]' in (curves.chart(finding(points)) or "")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_value_or_name_stays_text(text):
    points = [{"value": text, "score": 1.0, "wrong": 1}, {"value": 2, "score": 2.0}]
    hostile = finding(points, column=text)
    chart = curves.chart(hostile) or ""
    assert re.fullmatch(
        r'xychart-beta\n    x-axis "[\w .+-]+" \["[\w .+-]+", "[\w .+-]+"\]\n'
        r'    y-axis "mean score" [\d.]+ --> [\d.]+\n    line \[[\d.]+, [\d.]+\]',
        chart,
        re.ASCII,
    )
    shown = page(render(with_findings((hostile,))))
    assert not shown.open
    assert shown.tags.isdisjoint({"script", "img", "a", "h1"})
    for line in curves.drawn(hostile, "main"):
        assert line.isprintable()
