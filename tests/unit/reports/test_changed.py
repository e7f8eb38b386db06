"""Where a report says what changed since base."""

from dataclasses import replace

from mlgate.reports import console
from mlgate.reports.markdown import render
from tests.golden.cases import CASES

TEXT = "changed since base: the data data/<b>@octocat.csv; not changed: the model file m.joblib"


def test_a_comment_tells_it_near_the_top_where_something_failed():
    lines = render(replace(CASES["harmful"](), changed=TEXT)).splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("Changed since base: "))
    assert place < next(i for i, line in enumerate(lines) if line.startswith("**Checked**"))
    assert "<b>" not in lines[place].replace("`data/<b>@octocat.csv`", "")
    assert "`data/<b>@octocat.csv`" in lines[place]


def test_a_comment_that_is_green_does_not():
    assert "Changed since base" not in render(replace(CASES["all_green"](), changed=TEXT))


def test_a_console_tells_it_always():
    for case in ("all_green", "harmful"):
        assert "Changed since base: the data" in console.render(
            replace(CASES[case](), changed=TEXT)
        )


def test_nothing_is_said_where_nothing_is_known():
    assert "hanged since base" not in render(CASES["harmful"]())
