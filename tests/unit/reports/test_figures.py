import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.reports import figures

FINITE = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12)


@pytest.mark.parametrize(
    ("half_width", "places"),
    [(0.012, 3), (0.0354, 3), (0.036, 2), (0.008, 3), (0.0051, 3), (0.0096, 3), (0.2, 2),
     (0.5, 1), (1.2, 1), (4, 0), (12, 0), (400, 0), (1e-9, 6)],
)  # fmt: skip
def test_no_more_digits_than_the_interval_supports(half_width, places):
    assert figures.decimals([30 * half_width], (-half_width, half_width)) == places


@pytest.mark.parametrize(
    ("values", "places"), [([0.8342, 0.81], 4), ([12.5, 14.25], 2), ([0.0], 1), ([1234.5, 3], 3)]
)
@pytest.mark.parametrize("interval", [None, (0.0, 0.0)])
def test_without_an_interval_four_digits_are_shown(values, places, interval):
    assert figures.decimals(values, interval) == places


@given(FINITE, st.integers(0, 6))
def test_a_number_reads_back_as_itself(value, places):
    text = figures.fixed(value, places).replace(figures.MINUS, "-").replace(",", "")
    assert float(text) == pytest.approx(value, abs=0.51 * 10**-places, rel=1e-12)
    assert not text.startswith("-0") or float(text) != 0


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(-0.024, 3, "\N{MINUS SIGN}0.024"), (0.002, 3, "+0.002"), (-0.0001, 3, "0.000"),
     (0.0001, 3, "0.000"), (1234.5, 1, "+1,234.5"), (0, 0, "0"), (-1000, 0, "\N{MINUS SIGN}1,000")],
)  # fmt: skip
def test_a_difference_has_its_sign_unless_it_is_nothing(value, places, text):
    assert figures.signed(value, places) == text


def test_an_interval_shows_both_signs():
    assert figures.span((-0.014, 0.002), 3) == "\N{MINUS SIGN}0.014 … +0.002"


@pytest.mark.parametrize(
    ("value", "text"),
    [(3871, "3,900"), (99.2, "100"), (42.1, "43"), (1_234_567, "1,200,000"), (100, "100")],
)
def test_an_estimate_has_two_digits(value, text):
    assert figures.about(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"),
     (math.inf, "an unknown time"), (math.nan, "an unknown time")],
)  # fmt: skip
def test_a_duration_has_its_unit(seconds, text):
    assert figures.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.99999, "0.99999"), (1.0, "1"), (-0.5, "\N{MINUS SIGN}0.5"), (1e20, "1e+20"), (None, "null"),
     (True, "true"), ("x", "x"), ({"a": 1}, '{"a": 1}'), (3, "3"), (0.71234, "0.7123")],
)  # fmt: skip
def test_a_cell_shows_any_value(value, text):
    assert figures.cell(value) == text


@pytest.mark.parametrize("value", [True, None, "1", [1], 10**400, -(10**301)])
def test_what_is_no_measurement_is_no_number(value):
    assert figures.number(value) is None


def test_values_side_by_side_have_the_digits_that_tell_them_apart():
    assert figures.cells([0.99971, 0.99974]) == ["0.99971", "0.99974"]
    assert figures.cells([0.5, 0.75]) == ["0.5", "0.75"]
    assert figures.cells([0.1, 0.1]) == ["0.1", "0.1"]
    assert figures.cells([None, "x"]) == ["null", "x"]


def test_a_small_value_has_two_digits_beside_a_wide_interval():
    assert figures.decimals([0.062, 0.171], (0.066, 0.152)) == 3


def test_a_count_has_its_noun():
    assert figures.counted(1, "row") == "1 row"
    assert figures.counted(1409, "row") == "1,409 rows"
