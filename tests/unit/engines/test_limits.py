import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.engines.limits import (
    bounds,
    interval,
    margin,
    mostly,
    quantile_range,
    round_down,
    round_up,
)
from mlgate.engines.profile import Numbers, profile

floats = st.floats(allow_nan=False)


def numbers(values: list[float]) -> Numbers:
    found = profile(pd.DataFrame({"x": pd.Series(values, dtype="float64")}), "d").columns[0].numbers
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("value", "slack", "down", "up"),
    [
        (127.3, 36, 120, 130),
        (0.0349, 0.02, 0.03, 0.04),
        (-18, 36, -20, -10),
        (1234567, 300000, 1200000, 1300000),
        (0.3, 0.1, 0.3, 0.3),
        (5.25, 0, 5.25, 5.25),
    ],
)
def test_limits_are_rounded_outward_to_the_digits_of_their_slack(value, slack, down, up):
    assert round_down(value, slack) == down
    assert round_up(value, slack) == up


@given(st.lists(floats, min_size=1))
def test_a_range_holds_the_data_and_their_sign(values):
    seen = numbers(values)
    low, high = bounds(seen)
    assert low is None or -math.inf < low <= seen.minimum
    assert high is None or seen.maximum <= high < math.inf
    if seen.minimum >= 0:
        assert low is not None
        assert low >= 0
    if seen.maximum <= 0:
        assert high is not None
        assert high <= 0


@given(st.lists(floats, min_size=1), st.sampled_from([0.05, 0.5, 0.95]))
def test_the_range_of_a_quantile_holds_the_quantile(values, p):
    seen = numbers(values)
    low, high = quantile_range(seen, p, len(values))
    at = seen.quantiles[round(100 * p)]
    assert low is None or -math.inf < low <= at
    assert high is None or at <= high < math.inf


def test_a_quantile_has_less_room_the_more_rows_there_are():
    widths = []
    for rows in (100, 10_000):
        low, high = quantile_range(numbers([i / rows for i in range(rows)]), 0.5, rows)
        assert low is not None
        assert high is not None
        widths.append(high - low)
    assert widths[1] < 0.6 * widths[0]


def test_the_margin_is_four_standard_errors_of_the_difference_of_two_samples():
    assert margin(0.5, 200) == pytest.approx(4 * math.sqrt(2 * 0.25 / 200))
    assert margin(0, 200) == 0


@given(st.floats(0.01, 0.99), st.integers(10, 10**6))
def test_an_interval_ends_four_standard_errors_of_two_samples_away(share, count):
    low, high = interval(share, count)
    assert low < share < high
    for end in (low, high):
        middle = (share + end) / 2
        error = math.sqrt(2 * middle * (1 - middle) / count)
        assert abs(share - end) == pytest.approx(4 * error)


def test_what_held_in_few_rows_may_have_exceptions():
    assert mostly(100, 3) == 0.97
    assert mostly(86, 10) == 0.883
    assert mostly(2, 10) == 0
    assert mostly(1001, 3) is None
