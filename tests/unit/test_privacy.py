"""What is kept of a finding where cells of the data are withheld."""

import pytest
from pydantic import JsonValue

from mlgate import privacy
from mlgate.checks import wording
from mlgate.config.model import Document
from mlgate.privacy import HIDDEN, withholding


def test_nothing_is_withheld_unless_it_is_asked_for():
    assert privacy.foreign("text") == "text"
    with withholding(on=False):
        assert wording.cells(["a", "b"]) == "'a', 'b'"
    with withholding(on=True):
        assert privacy.foreign("text") == HIDDEN
        assert privacy.foreign("") == ""
        assert wording.cell("a") == wording.cells(["a"]) == HIDDEN
        assert wording.value("a limit") == "'a limit'"
    assert not privacy.withheld()


def test_it_ends_where_a_check_raises():
    with pytest.raises(ValueError, match="x"), withholding(on=True):
        raise ValueError("x")
    assert not privacy.withheld()


def test_figures_stay_and_what_nobody_vouches_for_goes():
    details: dict[str, JsonValue] = {
        "n": 3,
        "share": 0.5,
        "weighted": True,
        "rows_needed": None,
        "decision": "regressed",
        "columns": ["a"],
        "value": 4,
        "examples": [1, 2],
        "partial_unexpected_list": ["x"],
        "observed_value": "x",
        "shares": {"x": 1},
        "some_new_key": "x",
    }
    kept = {"n", "share", "weighted", "rows_needed", "decision", "columns"}
    assert privacy.concealed(details) == {key: details[key] for key in kept}


@pytest.mark.parametrize("value", [None, True, 3, 0.5, "NaN", "-Infinity"])
def test_a_measured_figure_stays(value):
    assert privacy.figure_alone(value) == value


@pytest.mark.parametrize("value", ["Smith", ["Smith"], {"Smith": 1}, ""])
def test_a_measured_value_that_is_no_figure_goes(value):
    assert privacy.figure_alone(value) == HIDDEN


def test_the_configuration_takes_two_words():
    given = {"version": 1, "checks": "recommended"}
    assert Document.model_validate(given).privacy == "examples"
    assert Document.model_validate(given | {"privacy": "no-examples"}).privacy == "no-examples"
