from typing import Any

import pandas as pd
import pytest

from mlgate.engines.catalogue import LEFT
from mlgate.engines.duckdb_engine import answer
from mlgate.engines.interface import ExpectationResult
from tests.differential.parity import data_at, data_of, suite_of

BETWEEN = "expect_column_values_to_be_between"
UNIQUE = "expect_column_values_to_be_unique"
IN_SET = "expect_column_values_to_be_in_set"
NULLS = "expect_column_values_to_not_be_null"
FRAME = pd.DataFrame(
    {
        "Int64": pd.array([2**53 + 1, 2**53, None, 1], dtype="Int64"),
        "boolean": pd.array([True, None, False, True], dtype="boolean"),
        "string": pd.array(["a", None, "b", "a"], dtype="string"),
        "uint8": pd.Series([0, 255, 255, 1], dtype="uint8"),
        "float32": pd.Series([0.1, None, 0.5, 0.1], dtype="float32"),
        "uint64": pd.Series([0, 2**64 - 1, 1, 1], dtype="uint64"),
        "category": pd.Categorical(["a", "b", "a", None]),
        "zoned": pd.to_datetime(["2024-01-01"] * 4).tz_localize("UTC"),
    }
)
CASES: list[tuple[str, dict[str, Any], int]] = [
    (UNIQUE, {"column": "Int64"}, 0),
    (UNIQUE, {"column": "string"}, 2),
    (UNIQUE, {"column": "uint8"}, 2),
    (UNIQUE, {"column": "float32"}, 2),
    (IN_SET, {"column": "boolean", "value_set": [True]}, 1),
    (IN_SET, {"column": "string", "value_set": ["b"]}, 2),
    (IN_SET, {"column": "uint8", "value_set": [-1, 255]}, 2),
    (BETWEEN, {"column": "uint8", "max_value": 254.5}, 2),
    (BETWEEN, {"column": "float32", "max_value": 0.1}, 3),  # 0.1 of 32 bits is more than 0.1
    ("expect_column_values_to_match_regex", {"column": "string", "regex": "^a$"}, 1),
    (NULLS, {"column": "Int64"}, 1),
]


@pytest.fixture(params=["frame", "file"])
def data(request, tmp_path):
    if request.param == "frame":
        return data_of(FRAME)
    FRAME.to_parquet(tmp_path / "data.parquet")
    return data_at(tmp_path / "data.parquet")


@pytest.mark.parametrize(("kind", "kwargs", "unexpected"), CASES)
def test_types_that_pandas_and_duckdb_hold_alike_are_decided(data, kind, kwargs, unexpected):
    result: ExpectationResult = answer(data, suite_of((kind, kwargs))).results[0]
    assert result.unexpected_count == unexpected
    assert result.success == (unexpected == 0)


@pytest.mark.parametrize("column", ["uint64", "category", "zoned"])
def test_of_other_types_only_the_nulls_are_known(data, column):
    assert LEFT
    questions = [(UNIQUE, {"column": column}), (NULLS, {"column": column})]
    answers = answer(data, suite_of(*questions))
    assert list(answers.refusals) == [0]
    assert answers.results[1].considered == len(FRAME)


def test_comparisons_with_pandas_own_null_are_left_to_great_expectations(data):
    pair = {"column_A": "Int64", "column_B": "uint8"}
    answers = answer(data, suite_of(("expect_column_pair_values_to_be_equal", pair)))
    assert "neither true nor false" in answers.refusals[0]
