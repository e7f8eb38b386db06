from typing import Any

import pandas as pd
import pytest

from mlgate.engines.duckdb_engine import answer
from mlgate.engines.interface import ExpectationResult
from tests.differential.parity import data_of, suite_of

Z = "expect_column_value_z_scores_to_be_less_than"
OUTLIERS = "expect_column_values_to_not_be_outliers"
FRAME = pd.DataFrame(
    {
        "x": [1.0, 2.0, 3.0, 4.0, None, 100.0],
        "whole": [10, 11, 12, 13, 100, 12],
        "constant": [7, 7, 7, 7, 7, 7],
        "tenths": [0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
        "infinite": [1.0, 2.0, float("inf"), 4.0, 5.0, 6.0],
        "one": [5.0, None, None, None, None, None],
        "steps": [-1.0, 0.0, 1.0, None, None, None],
    }
)


def decided(kind: str, **kwargs: Any) -> ExpectationResult:
    return answer(data_of(FRAME), suite_of((kind, kwargs))).results[0]


def refused(kind: str, **kwargs: Any) -> str:
    return answer(data_of(FRAME), suite_of((kind, kwargs))).refusals[0]


def test_a_value_far_from_the_mean_is_unexpected():
    result = decided(Z, column="x", threshold=1.5, double_sided=True)
    assert not result.success
    assert (result.unexpected_count, result.missing_count) == (1, 1)
    assert result.partial_unexpected_list == (100.0,)


def test_one_side_only_is_looked_at_where_that_is_asked():
    assert decided(Z, column="x", threshold=0.43, double_sided=True).unexpected_count == 4
    assert decided(Z, column="x", threshold=-0.43, double_sided=False).unexpected_count == 2


def test_values_that_do_not_differ_are_no_outliers():
    assert decided(Z, column="constant", threshold=0.1, double_sided=True).success
    assert decided(OUTLIERS, column="constant", method="std", multiplier=0).success
    assert decided(Z, column="one", threshold=0.1, double_sided=True).unexpected_count == 0


def test_a_value_on_a_fence_is_inside_where_nothing_is_rounded():
    assert decided(OUTLIERS, column="whole").partial_unexpected_list == (100,)
    frame = pd.DataFrame({"a": [0, 1, 2, 3, 9, 2, 3, 1, 6]})  # quartiles 1 and 3, fences -2 and 6
    result = answer(data_of(frame), suite_of((OUTLIERS, {"column": "a"}))).results[0]
    assert result.partial_unexpected_list == (9,)


@pytest.mark.parametrize("dtype", ["int8", "Int8", "int16", "int32", "int64"])
def test_quartiles_whose_distance_the_type_cannot_hold_decide_nothing(dtype: str) -> None:
    most = 2 ** (int(dtype[3:]) - 1) - 1
    frame = pd.DataFrame({"a": pd.Series([most - 30, -most + 3, most, most - 28], dtype=dtype)})
    found = answer(data_of(frame), suite_of((OUTLIERS, {"column": "a"})))
    assert "numpy wraps around" in found.refusals[0]
    near = pd.DataFrame({"a": pd.Series([1, 2, 3, 60, 2, 1], dtype=dtype)})
    found = answer(data_of(near), suite_of((OUTLIERS, {"column": "a"})))
    assert found.results[0].partial_unexpected_list == (60,)


def test_a_value_on_a_fence_that_is_rounded_decides_nothing():
    frame = pd.DataFrame({"a": [0, 1, 2, 3, 4, 7]})  # quartiles 1.25 and 3.75, fences -2 and 7
    spec = (OUTLIERS, {"column": "a", "multiplier": 1.3})
    assert "rounding" in answer(data_of(frame), suite_of(spec)).refusals[0]


@pytest.mark.parametrize(
    ("kind", "kwargs", "reason"),
    [
        (Z, {"column": "steps", "threshold": 1, "double_sided": True}, "rounding"),
        (Z, {"column": "tenths", "threshold": 1, "double_sided": True}, "rounding"),
        (Z, {"column": "infinite", "threshold": 1, "double_sided": True}, "infinit"),
        (Z, {"column": "x", "threshold": "1", "double_sided": True}, "threshold"),
        (Z, {"column": "x", "threshold": 1, "double_sided": None}, "threshold"),
        (OUTLIERS, {"column": "steps", "method": "std", "multiplier": 1.0}, "rounding"),
        (OUTLIERS, {"column": "x", "method": "mad"}, "method"),
        (OUTLIERS, {"column": "x", "multiplier": -1}, "multiplier"),
        (OUTLIERS, {"column": "x", "multiplier": 1e300}, "multiplier"),
    ],
)
def test_what_rounding_or_an_infinity_may_turn_is_left_to_great_expectations(kind, kwargs, reason):
    assert reason in refused(kind, **kwargs)
