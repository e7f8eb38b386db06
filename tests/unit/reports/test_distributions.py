"""Distributions as text: shares before and now, bars on one scale, nothing for what is no plot."""

import pytest

from mlgate.reports import distributions
from mlgate.reports.markdown import render
from mlgate.results import Finding, Outcome
from tests.unit.reports.results import with_findings


def finding(name="age", outcome=Outcome.FAILED, **details):
    return Finding(
        id=f"drift/{name}", outcome=outcome, subject=name, message=f"{name} moved", details=details
    )


NUMBERS = {"kind": "numeric", "edges": [0.0, 1.5, 3.0], "reference": [75, 25], "current": [10, 40]}
WORDS = {
    "kind": "categorical",
    "labels": ["month", "``` @octocat <b>"],
    "reference": [50, 0],
    "current": [40, 40],
    "other": [50, 20],
}


def test_bins_have_their_shares_and_bars_on_one_scale():
    lines = (distributions.drawn(finding(distribution=NUMBERS)) or "").splitlines()
    assert lines[0].split() == ["before", "now"]
    assert lines[1] == "0 to 1.5   75.0 % ███████████     20.0 % ███"
    assert lines[2].startswith("1.5 to 3   25.0 % ████ ")
    assert lines[2].endswith("80.0 % ████████████")


def test_categories_without_a_bar_share_one():
    lines = (distributions.drawn(finding(distribution=WORDS)) or "").splitlines()
    assert len(lines) == 4
    assert lines[-1].startswith("(all others)      ")
    assert " 20.0 % " in lines[-1]


@pytest.mark.parametrize(
    "plot",
    [
        None,
        "text",
        {},
        {"labels": ["a"], "reference": [1, 2], "current": [1]},
        {"edges": [0, 1], "reference": ["x"], "current": [1]},
        {"labels": [], "reference": [], "current": []},
    ],
)
def test_what_is_no_plot_is_not_drawn(plot):
    assert distributions.drawn(finding(distribution=plot)) is None


def test_counts_of_zero_are_drawn_without_bars():
    plot = {"labels": ["a"], "reference": [0], "current": [0]}
    assert "0.0 %" in (distributions.drawn(finding(distribution=plot)) or "")


def test_the_comment_draws_the_first_few_and_maps_nulls():
    moved = [finding(f"c{i}", distribution=NUMBERS) for i in range(9)]
    nulls = [{"column": f"n|{i}", "reference": 0.0, "current": 0.25} for i in range(12)]
    table = finding("table", null_map=nulls)
    text = render(with_findings((*moved, table)))
    assert text.count("by its distribution") == distributions.MAX_SHOWN
    assert text.count("| 0.0 % | 25.0 % |") == distributions.MAX_NULLS
    assert "and 2 more, in `.mlgate/result.json`" in text


def test_a_hostile_category_cannot_leave_its_block():
    text = render(with_findings((finding(distribution=WORDS),)))
    before, fenced = text.split("````\n", 1)
    assert "@octocat" not in before
    assert "@octocat" in fenced.split("\n````")[0]
