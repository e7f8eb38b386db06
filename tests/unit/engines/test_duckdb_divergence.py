from typing import Any

import pandas as pd
import pytest
from scipy import stats

from mlgate.engines.duckdb_engine import answer
from mlgate.engines.interface import ExpectationResult
from tests.differential.parity import data_of, suite_of

KL = "expect_column_kl_divergence_to_be_less_than"
FRAME = pd.DataFrame(
    {"letter": ["a", "a", "b", "c", None], "x": [-0.5, 0.5, 1.5, 2.0, 9.0], "all": [None] * 5}
)
LETTERS = {"values": ["a", "b"], "weights": [0.6, 0.4]}


def decided(**kwargs: Any) -> ExpectationResult:
    return answer(data_of(FRAME), suite_of((KL, kwargs))).results[0]


def refused(**kwargs: Any) -> str:
    return answer(data_of(FRAME), suite_of((KL, kwargs))).refusals[0]


def test_values_beyond_the_partition_share_what_is_kept_for_them():
    result = decided(
        column="letter", partition_object=LETTERS, threshold=0.3, tail_weight_holdout=0.05
    )
    assert result.success
    assert result.considered == 4
    assert result.observed_value == pytest.approx(
        stats.entropy([0.5, 0.25, 0.25], [0.57, 0.38, 0.05])
    )
    assert result.details["observed_partition"]["values"] == ["a", "b", "c"]


def test_a_value_of_weight_zero_is_infinitely_far():
    result = decided(column="letter", partition_object=LETTERS, threshold=1000)
    assert not result.success
    assert result.observed_value is None


def test_bins_are_closed_below_and_the_last_one_above():
    result = decided(
        column="x",
        partition_object={"bins": [0, 1, 2], "weights": [0.3, 0.3], "tail_weights": [0.2, 0.2]},
        threshold=1,
    )
    assert result.details["observed_partition"] == {
        "bins": [0, 1, 2],
        "weights": [0.2, 0.4],
        "tail_weights": [0.2, 0.2],
    }


def test_an_open_end_is_a_tail():
    result = decided(
        column="x",
        partition_object={"bins": [float("-inf"), 0, 1, float("inf")], "weights": [0.2, 0.2, 0.6]},
        threshold=0.5,
    )
    assert result.details["observed_partition"] == {
        "bins": [0, 1],
        "weights": [0.2],
        "tail_weights": [0.2, 0.6],
    }


@pytest.mark.parametrize(
    "kwargs",
    [
        {"partition_object": LETTERS, "threshold": -1},
        {"partition_object": LETTERS, "threshold": 1, "internal_weight_holdout": 0.1},
        {"partition_object": LETTERS, "threshold": 1, "tail_weight_holdout": 2},
        {"partition_object": {"values": ["a", "a"], "weights": [0.5, 0.5]}, "threshold": 1},
        {"partition_object": {"values": ["a", 1], "weights": [0.5, 0.5]}, "threshold": 1},
        {"partition_object": {"values": ["a"], "weights": [0.5]}, "threshold": 1},
        {"partition_object": {"bins": [0, 1], "weights": [1]}, "threshold": 1},
        {"partition_object": {}, "threshold": 1},
        {"threshold": 1},
    ],
)
def test_a_partition_that_great_expectations_may_refuse_is_its_own(kwargs):
    assert refused(column="letter", **kwargs)


def test_a_divergence_at_its_threshold_and_a_column_of_nulls_decide_nothing():
    even = {"values": ["a", "b", "c"], "weights": [0.5, 0.25, 0.25]}
    assert "rounding" in refused(column="letter", partition_object=even, threshold=0)
    assert refused(column="all", partition_object=LETTERS, threshold=1)
