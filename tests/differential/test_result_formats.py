"""Every result format: the dictionary of DuckDB's result is the one of Great Expectations."""

import os
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlgate.artifacts.interface import DataSet
from mlgate.engines.duckdb_engine import answer
from mlgate.engines.gx import GreatExpectations
from mlgate.engines.result_format import ResultFormat
from mlgate.engines.suite import Suite
from tests.differential.parity import data_at, data_of, plain, same, suite_of

TABLES = -(-int(os.environ.get("MLGATE_DIFFERENTIAL", "600")) // 25)

FRAME = pd.DataFrame(
    {
        "i": [*range(150), *range(150)],
        "n": [float(i % 7) if i % 5 else None for i in range(300)],
        "m": [i % 7 if i % 3 else 2 for i in range(300)],
        "s": ["abc"[i % 3] * (i % 4 + 1) if i % 6 else None for i in range(300)],
        "u": [f"x{i % 40}" for i in range(300)],
        "t": pd.to_datetime(
            pd.Series([f"2024-01-{i % 28 + 1:02}" if i % 4 else None for i in range(300)])
        ),
        "b": [i % 3 == 0 for i in range(300)],
        "id": [f"id-{i}" for i in range(300)],
    }
)
CONDITION = {"row_condition": "m > 1", "condition_parser": "pandas"}
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("expect_column_values_to_be_between", {"column": "n", "max_value": 3}),
    ("expect_column_values_to_be_between", {"column": "n", "max_value": 3, **CONDITION}),
    ("expect_column_values_to_be_between", {"column": "i", "min_value": 0}),
    ("expect_column_values_to_be_in_set", {"column": "s", "value_set": ["a", "bb"]}),
    ("expect_column_values_to_not_be_in_set", {"column": "b", "value_set": [True]}),
    ("expect_column_values_to_not_be_null", {"column": "n"}),
    ("expect_column_values_to_not_be_null", {"column": "s"}),
    ("expect_column_values_to_not_be_null", {"column": "t", "mostly": 0.5}),
    ("expect_column_values_to_not_be_null", {"column": "i"}),
    ("expect_column_values_to_be_null", {"column": "n"}),
    ("expect_column_values_to_be_null", {"column": "t"}),
    ("expect_column_values_to_be_unique", {"column": "u"}),
    ("expect_column_values_to_be_unique", {"column": "t", **CONDITION}),
    ("expect_column_values_to_be_unique", {"column": "id"}),
    ("expect_column_values_to_be_increasing", {"column": "n"}),
    ("expect_column_values_to_be_decreasing", {"column": "i", "strictly": True}),
    ("expect_column_values_to_match_regex", {"column": "s", "regex": "^a"}),
    ("expect_column_values_to_not_match_regex", {"column": "u", "regex": r"(\d)\1"}),
    ("expect_column_value_lengths_to_equal", {"column": "s", "value": 2}),
    ("expect_column_values_to_be_of_type", {"column": "i", "type_": "int64"}),
    ("expect_column_pair_values_to_be_equal", {"column_A": "n", "column_B": "m"}),
    ("expect_column_pair_values_to_be_equal", {"column_A": "s", "column_B": "u"}),
    ("expect_column_pair_values_a_to_be_greater_than_b",
     {"column_A": "m", "column_B": "n", "ignore_row_if": "either_value_is_missing"}),
    ("expect_column_pair_values_to_be_in_set",
     {"column_A": "n", "column_B": "b", "value_pairs_set": [[1.0, True]]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["n", "s"]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["m", "b"], **CONDITION}),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["i", "m"], "sum_total": 9}),
    ("expect_multicolumn_values_to_be_equal", {"column_list": ["n", "m", "i"]}),
    ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["s", "u"]}),
    ("expect_column_mean_to_be_between", {"column": "n", "max_value": 1}),
    ("expect_column_quantile_values_to_be_between",
     {"column": "n", "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[0, 1]]}}),
    ("expect_column_distinct_values_to_be_in_set", {"column": "m", "value_set": [1]}),
    ("expect_column_distinct_values_to_equal_set", {"column": "u", "value_set": ["x1", "z", "y"]}),
    ("expect_column_distinct_values_to_contain_set", {"column": "u", "value_set": ["x1", "zz"]}),
    ("expect_column_most_common_value_to_be_in_set", {"column": "m", "value_set": [2]}),
    ("expect_column_to_exist", {"column": "i"}),
    ("expect_table_row_count_to_equal", {"value": 300}),
    ("expect_table_columns_to_match_set", {"column_set": ["i", "n"]}),
    ("expect_table_columns_to_match_ordered_list", {"column_list": list(FRAME)}),
]  # fmt: skip
BY_ID = {"unexpected_index_column_names": ["id", "m"]}
FORMATS: list[Any] = [
    "BOOLEAN_ONLY",
    "BASIC",
    "SUMMARY",
    "COMPLETE",
    {"result_format": "BOOLEAN_ONLY", "return_unexpected_index_query": True, **BY_ID},
    {"result_format": "BASIC", "partial_unexpected_count": 3, **BY_ID},
    {"result_format": "BASIC", "partial_unexpected_count": 0},
    {"result_format": "BASIC", "exclude_unexpected_values": True},
    {"result_format": "BASIC", "return_unexpected_index_query": True},
    {"result_format": "SUMMARY", "partial_unexpected_count": 0},
    {"result_format": "SUMMARY", "partial_unexpected_count": 500},
    {"result_format": "SUMMARY", "exclude_unexpected_values": True, **BY_ID},
    {"result_format": "SUMMARY", "return_unexpected_index_query": True, **BY_ID},
    {"result_format": "COMPLETE", "partial_unexpected_count": 5, **BY_ID},
    {"result_format": "COMPLETE", "exclude_unexpected_values": True},
    {"result_format": "COMPLETE", "exclude_unexpected_values": True, **BY_ID},
    {"result_format": "COMPLETE", "return_unexpected_index_query": False},
]


def asked(suite: Suite, form: ResultFormat) -> Suite:
    """The same suite in another result format."""
    specs = tuple(replace(spec, result_format=form) for spec in suite.expectations)
    return replace(suite, expectations=specs)


def unequal(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """What differs; values of a set that do not occur are in no order."""
    ours, theirs = dict(ours), dict(theirs)
    for result in (ours, theirs):
        if "partial_missing_list" in result:
            result["partial_missing_list"] = sorted(map(str, result["partial_missing_list"]))
    return [
        f"{key}: {plain(ours.get(key, '(absent)'))!r}, not {plain(theirs.get(key, '(absent)'))!r}"
        for key in ours.keys() | theirs.keys()
        if not (key in ours and key in theirs and same(ours[key], theirs[key]))
    ]


def assert_equal(data: DataSet, suite: Suite) -> int:
    """Compare what DuckDB decides; how much that is."""
    ours = answer(data, suite)
    theirs = GreatExpectations().validate(data, suite).results
    for i, result in ours.results.items():
        shown = (suite.expectations[i].type, suite.expectations[i].kwargs)
        assert result.success == theirs[i].success, shown
        assert result.considered == theirs[i].considered, shown
        differences = unequal(result.to_gx(), theirs[i].to_gx())
        assert not differences, (shown, suite.expectations[i].result_format, differences)
    return len(ours.results)


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_each_format_has_the_fields_and_values_of_great_expectations(form, tmp_path):
    path = tmp_path / "data.parquet"
    FRAME.to_parquet(path)
    suite = asked(suite_of(*QUESTIONS), ResultFormat.model_validate(form))
    assert assert_equal(data_at(path), suite) == len(QUESTIONS)


@pytest.mark.parametrize("form", ["SUMMARY", "COMPLETE"])
def test_rows_of_an_empty_selection_and_of_an_all_null_column_are_none(form):
    frame = pd.DataFrame({"a": [1, 2, 3], "f": [None, None, None]}).astype({"f": "float64"})
    none = {"row_condition": "a > 9", "condition_parser": "pandas"}
    suite = suite_of(
        ("expect_column_values_to_be_between", {"column": "a", "max_value": 0, **none}),
        ("expect_column_values_to_be_between", {"column": "f", "max_value": 0}),
        ("expect_column_values_to_not_be_null", {"column": "f"}),
        ("expect_column_values_to_not_be_null", {"column": "f", **none}),
    )
    seen = assert_equal(data_of(frame), asked(suite, ResultFormat(result_format=form)))
    assert seen >= 3


@pytest.mark.parametrize("rows", [slice(5, 90), slice(None, None, 2)])
def test_rows_with_labels_of_their_own_keep_them(rows, tmp_path):
    path = tmp_path / "data.parquet"
    FRAME.iloc[rows].to_parquet(path)
    suite = suite_of(*QUESTIONS[:1], *QUESTIONS[-3:-2])
    summary = asked(suite, ResultFormat(result_format="SUMMARY"))
    assert set(answer(data_at(path), summary).results) == {1}
    assert set(answer(data_at(path), suite).results) == {0, 1}
    result = GreatExpectations().validate(data_at(path), summary).results[0].to_gx()
    labels = set(FRAME.iloc[rows].index)
    assert set(result["partial_unexpected_index_list"]) <= labels


CELLS: dict[str, tuple[st.SearchStrategy[Any], str]] = {
    "a": (st.integers(-3, 3), "int64"),
    "f": (st.none() | st.integers(-3, 3).map(float), "float64"),
    "g": (st.none() | st.sampled_from([0.5, 1.5]), "float64"),
    "s": (st.none() | st.sampled_from(["x", "y", "zz"]), "str"),
    "w": (st.sampled_from(["x", "y"]), "str"),
    "k": (st.booleans(), "bool"),
}


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(1, 40))
    return pd.DataFrame(
        {
            name: pd.Series(draw(st.lists(cell, min_size=rows, max_size=rows)), dtype=dtype)
            for name, (cell, dtype) in CELLS.items()
        }
    )


@st.composite
def formats(draw: st.DrawFn) -> ResultFormat:
    names = st.lists(st.sampled_from(["a", "w", "f"]), min_size=1, max_size=2, unique=True)
    return ResultFormat(
        result_format=draw(st.sampled_from(["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"])),
        partial_unexpected_count=draw(st.sampled_from([20, 0, 1, 4, 300])),
        unexpected_index_column_names=draw(st.none() | names.map(tuple)),
        exclude_unexpected_values=draw(st.sampled_from([False, False, True])),
        return_unexpected_index_query=draw(st.sampled_from([None, None, True, False])),
    )


@settings(
    max_examples=TABLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(frame=frames(), form=formats())
def test_random_tables_and_formats_agree(frame: pd.DataFrame, form: ResultFormat):
    suite = suite_of(
        ("expect_column_values_to_be_between", {"column": "f", "max_value": 0}),
        ("expect_column_values_to_be_in_set", {"column": "s", "value_set": ["x"]}),
        ("expect_column_values_to_not_be_null", {"column": "g"}),
        ("expect_column_values_to_be_null", {"column": "s"}),
        ("expect_column_values_to_be_unique", {"column": "f"}),
        ("expect_column_values_to_be_increasing", {"column": "a"}),
        ("expect_column_pair_values_to_be_equal", {"column_A": "f", "column_B": "g"}),
        ("expect_column_pair_values_to_be_equal", {"column_A": "s", "column_B": "w"}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["f", "k"]}),
        ("expect_multicolumn_values_to_be_equal", {"column_list": ["a", "f"]}),
        ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["s", "w"]}),
        ("expect_column_max_to_be_between", {"column": "a", "max_value": 1}),
        ("expect_column_distinct_values_to_equal_set", {"column": "w", "value_set": ["x", "q"]}),
    )
    assert assert_equal(data_of(frame), asked(suite, form)) >= 8
