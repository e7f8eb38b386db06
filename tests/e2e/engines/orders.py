"""A table, and a suite of many kinds about it: some hold, some do not, one has a typo."""

from typing import Any

import numpy as np
import pandas as pd

ROWS = 400


def orders() -> pd.DataFrame:
    """The same 400 rows every time."""
    random = np.random.default_rng(7)
    number = np.arange(ROWS)
    age = random.integers(18, 90, ROWS).astype(float)
    age[::25] = np.nan
    segment = np.array(["retail", "trade", "online"], dtype=object)[number % 3]
    segment[::40] = None
    return pd.DataFrame(
        {
            "id": number,
            "age": age,
            "segment": segment,
            "code": [f"AB{i:03d}" for i in number],
            "amount": np.round(random.gamma(2.0, 40.0, ROWS), 2),
            "active": number % 4 != 0,
            "low": number % 10,
            "high": number % 10 + 5,
            "rest": 20 - 2 * (number % 10),
            "joined": pd.Timestamp("2024-01-01") + pd.to_timedelta(number, unit="h"),
        }
    )


CONDITION = {
    "row_condition": 'col("segment") == "retail"',
    "condition_parser": "great_expectations",
}

SUITE: list[tuple[str, dict[str, Any], str]] = [
    ("expect_table_row_count_to_equal", {"value": ROWS}, "passed"),
    ("expect_table_row_count_to_be_between", {"min_value": 500}, "failed"),
    ("expect_table_column_count_to_equal", {"value": 10}, "passed"),
    ("expect_table_columns_to_match_set", {"column_set": list(orders().columns)}, "passed"),
    ("expect_table_columns_to_match_ordered_list", {"column_list": ["age", "id"]}, "failed"),
    ("expect_column_to_exist", {"column": "amount"}, "passed"),
    ("expect_column_to_exist", {"column": "amounts"}, "failed"),
    ("expect_column_values_to_not_be_null", {"column": "age", "mostly": 0.95}, "passed"),
    ("expect_column_values_to_not_be_null", {"column": "segment"}, "failed"),
    ("expect_column_values_to_be_null", {"column": "age", "mostly": 0.5}, "failed"),
    ("expect_column_values_to_be_between", {"column": "age", "min_value": 18, "max_value": 90},
     "passed"),
    ("expect_column_values_to_be_between", {"column": "age", "min_value": 30, "mostly": 0.9},
     "failed"),
    ("expect_column_values_to_be_between", {"column": "agee", "min_value": 18}, "failed"),
    ("expect_column_values_to_be_in_set",
     {"column": "segment", "value_set": ["retail", "trade", "online"]}, "passed"),
    ("expect_column_values_to_not_be_in_set", {"column": "segment", "value_set": ["trade"]},
     "failed"),
    ("expect_column_values_to_match_regex", {"column": "code", "regex": "^[A-Z]{2}[0-9]{3}$"},
     "passed"),
    ("expect_column_values_to_match_regex", {"column": "code", "regex": "7$", "mostly": 0.5},
     "failed"),
    ("expect_column_values_to_not_match_regex", {"column": "code", "regex": "^X"}, "passed"),
    ("expect_column_value_lengths_to_equal", {"column": "code", "value": 5}, "passed"),
    ("expect_column_value_lengths_to_be_between", {"column": "segment", "max_value": 5}, "failed"),
    ("expect_column_values_to_be_unique", {"column": "id"}, "passed"),
    ("expect_column_values_to_be_unique", {"column": "segment"}, "failed"),
    ("expect_compound_columns_to_be_unique", {"column_list": ["low", "high"]}, "failed"),
    ("expect_compound_columns_to_be_unique", {"column_list": ["id", "segment"]}, "passed"),
    ("expect_column_min_to_be_between", {"column": "amount", "min_value": 0}, "passed"),
    ("expect_column_max_to_be_between", {"column": "amount", "max_value": 50}, "failed"),
    ("expect_column_mean_to_be_between",
     {"column": "amount", "min_value": 60, "max_value": 100}, "passed"),
    ("expect_column_sum_to_be_between", {"column": "low", "min_value": 1800, "max_value": 1800},
     "passed"),
    ("expect_column_stdev_to_be_between", {"column": "amount", "min_value": 1, "max_value": 10},
     "failed"),
    ("expect_column_median_to_be_between",
     {"column": "amount", "min_value": 50, "max_value": 90}, "passed"),
    ("expect_column_quantile_values_to_be_between",
     {"column": "age", "quantile_ranges":
      {"quantiles": [0.1, 0.9], "value_ranges": [[18, 35], [70, 90]]}}, "passed"),
    ("expect_column_unique_value_count_to_be_between",
     {"column": "segment", "min_value": 3, "max_value": 3}, "passed"),
    ("expect_column_proportion_of_unique_values_to_be_between",
     {"column": "segment", "min_value": 0.5}, "failed"),
    ("expect_column_distinct_values_to_be_in_set",
     {"column": "segment", "value_set": ["retail", "trade"]}, "failed"),
    ("expect_column_distinct_values_to_equal_set",
     {"column": "segment", "value_set": ["retail", "trade", "online"]}, "passed"),
    ("expect_column_most_common_value_to_be_in_set",
     {"column": "active", "value_set": [True]}, "passed"),
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "high", "column_B": "low"},
     "passed"),
    ("expect_column_pair_values_to_be_equal", {"column_A": "high", "column_B": "low"}, "failed"),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["low", "high", "rest"], "sum_total": 25},
     "passed"),
    ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["low", "high"]},
     "passed"),
    ("expect_column_values_to_be_between", {"column": "age", "min_value": 40, **CONDITION},
     "failed"),
    ("expect_column_mean_to_be_between", {"column": "amount", "min_value": 60, **CONDITION},
     "passed"),
]  # fmt: skip
"""Type, arguments, and what a check makes of it."""


def traps() -> pd.DataFrame:
    """A table on which the engines of Great Expectations do not agree."""
    return pd.DataFrame(
        {
            "n": [1, 2, 3, 4],
            "x": [1.0, np.nan, 3.0, 4.0],
            "y": [1.0, 2.0, np.nan, 5.0],
            "t": ["a1", "B2", None, "a1"],
            "j": ["{}", "[1]", "x", None],
        }
    )


def _quantile(quantile: float, value: int) -> dict[str, Any]:
    ranges = {"quantiles": [quantile], "value_ranges": [[value, value]]}
    return {"column": "n", "quantile_ranges": ranges}


DIFFERENCES: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("expect_column_quantile_values_to_be_between", _quantile(0.5, 3),
     "passed", "failed", "failed"),
    ("expect_column_quantile_values_to_be_between", _quantile(0.5, 2),
     "failed", "passed", "passed"),
    ("expect_column_quantile_values_to_be_between", _quantile(0.2, 1),
     "failed", "passed", "passed"),
    ("expect_column_pair_values_a_to_be_greater_than_b",
     {"column_A": "y", "column_B": "x", "or_equal": True}, "failed", "passed", "passed"),
    ("expect_column_values_to_be_increasing", {"column": "n"}, "passed", "errored", "passed"),
    ("expect_column_values_to_be_json_parseable", {"column": "j", "mostly": 0.5},
     "passed", "errored", "passed"),
    ("expect_column_values_to_be_of_type", {"column": "n", "type_": "int64"},
     "passed", "failed", "errored"),
    ("expect_column_values_to_be_of_type", {"column": "n", "type_": "BIGINT"},
     "failed", "passed", "errored"),
    ("expect_column_values_to_be_of_type", {"column": "n", "type_": "LongType"},
     "failed", "failed", "passed"),
    ("expect_column_value_lengths_to_equal", {"column": "n", "value": 1},
     "passed", "errored", "passed"),
    ("expect_column_values_to_be_in_set", {"column": "n", "value_set": ["1", "2", "3", "4"]},
     "failed", "errored", "passed"),
    ("expect_column_values_to_match_like_pattern",
     {"column": "t", "like_pattern": "a%", "mostly": 0.6}, "errored", "passed", "errored"),
    ("expect_column_values_to_be_between",
     {"column": "n", "min_value": 3, "row_condition": "n > 2", "condition_parser": "pandas"},
     "passed", "errored", "passed"),
    ("unexpected_rows_expectation",
     {"unexpected_rows_query": "SELECT * FROM {batch} WHERE n > 4"},
     "errored", "passed", "passed"),
]  # fmt: skip
"""Type, arguments, and what a check makes of it on pandas, in PostgreSQL and on Spark.

docs/engines.md lists them.
"""
