from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mlgate.engines.catalogue import DIFFERENCES
from mlgate.engines.duckdb_engine import answer
from mlgate.engines.duckdb_times import day, moment
from mlgate.engines.gx import GreatExpectations
from mlgate.engines.interface import ExpectationResult
from tests.differential.parity import data_at, data_of, suite_of

TESTS = Path(__file__).parents[2]
BETWEEN = "expect_column_values_to_be_between"
TIMES = ["2024-01-01", "2024-06-01T12:00", None, "2024-01-01"]
UNITS = ["s", "ms", "us", "ns"]


def frame_of(unit: str) -> pd.DataFrame:
    days = [date(2024, 1, 1), date(2024, 6, 1), None, date(2024, 1, 1)]
    return pd.DataFrame(
        {"t": pd.Series(TIMES, dtype=f"datetime64[{unit}]"), "day": pd.Series(days, dtype=object)}
    )


def decided(frame: pd.DataFrame, kind: str, **kwargs: Any) -> ExpectationResult:
    return answer(data_of(frame), suite_of((kind, kwargs))).results[0]


def refused(kind: str, **kwargs: Any) -> str:
    return answer(data_of(frame_of("us")), suite_of((kind, kwargs))).refusals[0]


@pytest.mark.parametrize("unit", UNITS)
def test_a_date_as_a_bound_of_times_is_its_midnight(unit):
    frame = frame_of(unit)
    result = decided(frame, BETWEEN, column="t", min_value="2024-01-01", max_value="2024-06-01")
    assert (result.unexpected_count, result.considered) == (1, 3)
    assert result.partial_unexpected_list == (datetime.fromisoformat("2024-06-01T12:00"),)
    assert decided(
        frame, "expect_column_max_to_be_between", column="t", max_value="2024-06-02"
    ).success
    assert not decided(
        frame, "expect_column_min_to_be_between", column="t", min_value=date(2024, 1, 1),
        strict_min=True,
    ).success  # fmt: skip


def test_great_expectations_does_not_compare_times_with_a_date():
    suite = suite_of((BETWEEN, {"column": "t", "min_value": "2024-01-01"}))
    (result,) = GreatExpectations().validate(data_of(frame_of("us")), suite).results
    assert "date" in str(result.exception_message)


@pytest.mark.parametrize("unit", UNITS)
def test_times_of_every_unit_are_decided_in_the_file_and_in_a_frame(unit, tmp_path):
    frame = frame_of(unit)
    sources = [data_of(frame)]
    if unit != "s":  # a file has no seconds, and pandas' note of them is not certain
        frame.to_parquet(tmp_path / "data.parquet")
        sources.append(data_at(tmp_path / "data.parquet"))
    suite = suite_of(
        (BETWEEN, {"column": "t", "min_value": "2024-02-01T00:00"}),
        ("expect_column_values_to_be_unique", {"column": "t"}),
        ("expect_column_values_to_be_increasing", {"column": "t"}),
        ("expect_column_values_to_not_be_in_set", {"column": "t", "value_set": ["2024-01-01"]}),
        ("expect_column_distinct_values_to_equal_set",
         {"column": "t", "value_set": ["2024-01-01", "2024-06-01 12:00"]}),
        (BETWEEN, {"column": "day", "max_value": "2024-02-01"}),
        ("expect_column_values_to_be_unique", {"column": "day"}),
        ("expect_column_distinct_values_to_be_in_set",
         {"column": "day", "value_set": ["2024-01-01"]}),
    )  # fmt: skip
    for data in sources:
        answers = answer(data, suite)
        assert not answers.refusals
        seen = [answers.results[i] for i in range(len(suite.expectations))]
        assert [r.unexpected_count for r in seen] == [2, 2, 1, 2, 0, 1, 2, 1]
        assert [r.success for r in seen] == [False] * 4 + [True] + [False] * 3


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        (BETWEEN, {"column": "t", "min_value": 5}),
        (BETWEEN, {"column": "t", "min_value": "2024-01-01T00:00:00Z"}),
        (BETWEEN, {"column": "t", "min_value": "1 May 2024"}),
        (BETWEEN, {"column": "t", "min_value": "2024-13-01"}),
        (BETWEEN, {"column": "t", "min_value": "2024-02-01", "max_value": "2024-01-01"}),
        (BETWEEN, {"column": "day", "min_value": "2024-01-01T00:00"}),
        ("expect_column_values_to_be_in_set", {"column": "t", "value_set": ["2024-01-01"]}),
        ("expect_column_values_to_not_be_in_set", {"column": "t", "value_set": ["x"]}),
        ("expect_column_distinct_values_to_be_in_set", {"column": "t", "value_set": [5]}),
        ("expect_column_median_to_be_between", {"column": "t", "min_value": "2024-01-01"}),
    ],
)
def test_any_other_bound_or_set_is_left_to_great_expectations(kind, kwargs):
    assert refused(kind, **kwargs)


def test_a_pandas_time_may_be_finer_than_what_is_read():
    assert moment(pd.Timestamp("2024-01-01 00:00:00.000000001")) is None
    assert day(datetime.fromisoformat("2024-01-01T00:00")) is None


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.subject)
def test_every_deliberate_difference_has_a_test(difference):
    file, _, name = difference.test.partition("::")
    assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8")
