import socket
import sys
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate import registry
from mlgate.artifacts.interface import DataSet
from mlgate.config.model import DataSpec
from mlgate.engines import ENGINES
from mlgate.engines.gx import GreatExpectations
from mlgate.engines.interface import ExpectationResult, Validation
from mlgate.engines.suite import Expectation, Suite

FRAME = pd.DataFrame(
    {
        "age": [20.0, 30.0, 999.0, None],
        "letter": ["x", "y", "z", None],
        "empty": [None, None, None, None],
    }
)
Question = tuple[str, dict[str, object]]


def validate(frame: pd.DataFrame, *questions: Question) -> Validation:
    data = DataSet(
        name="data", spec=DataSpec(path="-"), side="head", path=Path("-"), read=lambda _: frame
    )
    specs = tuple(Expectation(type=kind, kwargs=kwargs).spec() for kind, kwargs in questions)
    return GreatExpectations().validate(data, Suite(name="suite", expectations=specs))


def one(kind: str, frame: pd.DataFrame = FRAME, **kwargs: object) -> ExpectationResult:
    return validate(frame, (kind, kwargs)).results[0]


def test_the_registry_names_the_adapter():
    assert registry.load(ENGINES, "gx") is GreatExpectations


def test_a_map_expectation_has_the_counts_of_great_expectations():
    result = one("expect_column_values_to_be_between", column="age", min_value=18, max_value=120)
    assert not result.success
    assert result.element_count == 4
    assert result.missing_count == 1
    assert result.unexpected_count == 1
    assert result.unexpected_percent == pytest.approx(100 / 3)
    assert result.partial_unexpected_list == (999.0,)
    assert result.considered == 3
    assert result.exception_message is None


def test_results_come_in_the_order_of_the_suite():
    questions: list[Question] = [
        ("expect_column_values_to_be_unique", {"column": "letter"}),
        ("expect_column_values_to_be_in_set", {"column": "nowhere", "value_set": [1]}),
        ("expect_column_max_to_be_between", {"column": "age", "max_value": 1}),
        ("expect_table_row_count_to_equal", {"value": 4}),
        ("expect_column_values_to_not_be_null", {"column": "age"}),
        ("expect_column_values_to_be_unique", {"column": "letter"}),
    ]
    seen = validate(FRAME, *questions)
    assert [r.expectation.type for r in seen.results] == [kind for kind, _ in questions]
    assert [r.success for r in seen.results] == [True, False, False, True, False, True]
    assert seen.rows == 4
    assert seen.columns == ("age", "letter", "empty")


def test_an_empty_suite_has_no_results():
    assert validate(FRAME).results == ()


@pytest.mark.parametrize(
    ("kind", "kwargs", "message"),
    [
        ("expect_column_values_to_be_unique", {"column": "nowhere"}, "nowhere"),
        ("expect_column_values_to_match_regex", {"column": "letter", "regex": "("}, "regular exp"),
        ("expect_column_values_to_be_between", {"column": "age", "min_value": "x"}, "min_value"),
        (
            "expect_column_values_to_be_between",
            {"column": "age", "min_value": 2, "max_value": 1},
            "min_value cannot be greater",
        ),
        (
            "expect_column_values_to_match_like_pattern",
            {"column": "letter", "like_pattern": "x%"},
            "PandasExecutionEngine",
        ),
        (
            "expect_column_values_to_be_between",
            {"column": "age", "max_value": {"$PARAMETER": "limit"}},
            "limit",
        ),
        (
            "expect_column_values_to_be_unique",
            {"column": "age", "row_condition": "age >", "condition_parser": "pandas"},
            "invalid syntax",
        ),
    ],
)
def test_what_raises_is_a_result_and_costs_the_others_nothing(kind, kwargs, message):
    good: Question = ("expect_column_values_to_be_unique", {"column": "letter"})
    before, broken, after = validate(FRAME, good, (kind, kwargs), good).results
    assert not broken.success
    assert broken.exception_message is not None
    assert message in broken.exception_message
    assert "\n" not in broken.exception_message
    assert len(broken.exception_message) <= 500
    for other in (before, after):
        assert other.success
        assert other.exception_message is None
        assert other.considered == 3


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("expect_column_values_to_be_in_set", {"value_set": ["x"]}),
        ("expect_column_sum_to_be_between", {"min_value": 0}),
        ("expect_column_unique_value_count_to_be_between", {"min_value": 0}),
        ("expect_column_distinct_values_to_be_in_set", {"value_set": ["x"]}),
    ],
)
def test_what_looked_at_nothing_says_so_although_great_expectations_succeeds(kind, kwargs):
    result = one(kind, column="empty", **kwargs)
    assert result.success
    assert result.considered == 0


def test_a_condition_that_selects_nothing_leaves_nothing_to_look_at():
    none = {"column": "age", "row_condition": "age > 5000", "condition_parser": "pandas"}
    mapped, added = validate(
        FRAME,
        ("expect_column_values_to_be_unique", dict(none)),
        ("expect_column_sum_to_be_between", {**none, "min_value": 0}),
    ).results
    assert (mapped.success, mapped.considered) == (True, 0)
    assert (added.success, added.considered) == (True, 0)


def test_nulls_are_looked_at_where_the_expectation_is_about_nulls():
    assert one("expect_column_values_to_be_null", column="empty").considered == 4
    assert one("expect_column_values_to_not_be_null", column="empty").considered == 4
    share = "expect_column_proportion_of_non_null_values_to_be_between"
    assert one(share, column="empty", max_value=0).considered == 4


def test_an_aggregate_counts_the_values_that_it_is_made_of():
    result = one("expect_column_mean_to_be_between", column="age", max_value=1)
    assert result.observed_value == pytest.approx(1049 / 3)
    assert result.considered == 3


def test_expectations_about_the_table_look_at_no_values():
    assert one("expect_table_row_count_to_equal", value=4).considered is None
    assert one("expect_column_to_exist", column="age").considered is None


def test_two_quantile_expectations_about_one_column_are_judged_each_by_its_own_figures():
    frame = pd.DataFrame({"x": range(101)})
    kind = "expect_column_quantile_values_to_be_between"

    def question(quantile: float, low: int, high: int) -> Question:
        ranges = {"quantiles": [quantile], "value_ranges": [[low, high]]}
        return kind, {"column": "x", "quantile_ranges": ranges}

    seen = validate(frame, question(0.1, 9, 11), question(0.9, 89, 91), question(0.5, 9, 11))
    assert [r.success for r in seen.results] == [True, True, False]
    assert [r.observed_value["values"] for r in seen.results] == [[10], [90], [50]]


def test_sets_tell_what_is_unexpected_and_what_is_missing():
    result = one(
        "expect_column_distinct_values_to_equal_set", column="letter", value_set=["x", "y", "w"]
    )
    assert not result.success
    assert result.partial_unexpected_list == ("z",)
    assert result.partial_missing_list == ("w",)


def test_the_data_are_left_as_they_were():
    frame = FRAME.copy()
    validate(
        frame,
        ("expect_column_values_to_be_unique", {"column": "letter"}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["age", "letter"]}),
    )
    pd.testing.assert_frame_equal(frame, FRAME)


def test_nothing_is_printed_and_nobody_is_called(capfd, monkeypatch):
    def refuse(*args: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    bins = {"bins": [0, 100, 1000], "weights": [0.5, 0.5]}
    seen = validate(
        FRAME,
        ("unexpected_rows_expectation", {"unexpected_rows_query": "select 1"}),
        ("expect_column_mean_to_be_between", {"column": "letter", "min_value": 0}),
        (
            "expect_column_kl_divergence_to_be_less_than",
            {"column": "age", "partition_object": bins, "threshold": 0.9},
        ),
    )
    assert [r.exception_message is None for r in seen.results] == [False, False, True]
    assert capfd.readouterr() == ("", "")


def test_telemetry_is_off(monkeypatch):
    import great_expectations as gx

    contexts = []
    make = gx.get_context

    def noted(mode: Literal["ephemeral"]) -> object:
        contexts.append(make(mode=mode))
        return contexts[-1]

    monkeypatch.setattr(gx, "get_context", noted)
    one("expect_table_row_count_to_equal", value=4)
    assert [context.config.analytics_enabled for context in contexts] == [False]


def test_no_network_library_of_telemetry_is_loaded():
    one("expect_table_row_count_to_equal", value=4)
    assert not {"posthog", "segment", "snowplow_tracker"} & sys.modules.keys()


@settings(max_examples=25, deadline=None)
@given(
    numbers=st.lists(st.none() | st.integers(-50, 50), min_size=1, max_size=30),
    low=st.integers(-60, 60),
    width=st.integers(0, 40),
    mostly=st.sampled_from([0.5, 0.9, 1.0]),
)
def test_counts_are_those_of_a_plain_loop(numbers, low, width, mostly):
    frame = pd.DataFrame({"x": np.array([np.nan if n is None else n for n in numbers])})
    result = one(
        "expect_column_values_to_be_between",
        frame,
        column="x",
        min_value=low,
        max_value=low + width,
        mostly=mostly,
    )
    known = [n for n in numbers if n is not None]
    outside = [n for n in known if not low <= n <= low + width]
    assert result.element_count == len(numbers)
    assert result.missing_count == len(numbers) - len(known)
    assert result.considered == len(known)
    assert result.unexpected_count == len(outside)
    assert list(result.partial_unexpected_list) == outside[:20]
    share = 1.0 if not known else (len(known) - len(outside)) / len(known)
    assert result.success == (share >= mostly)


def test_a_column_whose_name_another_has_in_another_case_is_never_judged_by_the_other():
    frame = pd.DataFrame({"A": [1, 2], "a": [7, 8], "b": [1, 2]})
    kind = "expect_column_values_to_be_in_set"
    confused = one(kind, frame, column="a", value_set=[1, 2])
    assert not confused.success
    assert "in case only" in (confused.exception_message or "")
    assert one(kind, frame, column="b", value_set=[1, 2]).success
