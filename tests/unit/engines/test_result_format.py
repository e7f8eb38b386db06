from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from mlgate.engines.duckdb_engine import DuckDb
from mlgate.engines.interface import ExpectationResult
from mlgate.engines.result_format import BASIC, ResultFormat
from tests.differential.parity import data_of, suite_of

FRAME = pd.DataFrame({"x": [1.0, None, 5.0, 7.0, 7.0], "id": list("abcde")})
BETWEEN = ("expect_column_values_to_be_between", {"column": "x", "max_value": 2})
COUNTS = {
    "element_count": 5,
    "unexpected_count": 3,
    "unexpected_percent": 75.0,
    "missing_count": 1,
    "missing_percent": 20.0,
    "unexpected_percent_total": 60.0,
    "unexpected_percent_nonmissing": 75.0,
}


def one(form: Any, question: tuple[str, dict[str, Any]] = BETWEEN) -> ExpectationResult:
    (spec,) = suite_of(question).expectations
    spec = replace(spec, result_format=ResultFormat.model_validate(form))
    suite = replace(suite_of(), expectations=(spec,))
    return DuckDb().validate(data_of(FRAME), suite).results[0]


def test_basic_is_the_default_and_has_counts_and_values():
    assert suite_of(BETWEEN).expectations[0].result_format == BASIC
    assert one("BASIC").to_gx() == COUNTS | {"partial_unexpected_list": [5.0, 7.0, 7.0]}


def test_boolean_only_has_nothing_and_still_knows_what_it_looked_at():
    result = one("BOOLEAN_ONLY")
    assert result.to_gx() == {}
    assert (result.success, result.considered, result.unexpected_count) == (False, 4, 3)
    assert result.partial_unexpected_list == ()


def test_summary_adds_how_often_and_where():
    assert one("SUMMARY").to_gx() == COUNTS | {
        "partial_unexpected_list": [5.0, 7.0, 7.0],
        "partial_unexpected_counts": [{"value": 7.0, "count": 2}, {"value": 5.0, "count": 1}],
        "partial_unexpected_index_list": [2, 3, 4],
    }


def test_complete_adds_all_of_it():
    added = set(one("COMPLETE").to_gx()) - set(one("SUMMARY").to_gx())
    assert added == {"unexpected_list", "unexpected_index_list", "unexpected_index_query"}


def test_rows_are_told_by_columns_where_these_are_named():
    form = {"result_format": "SUMMARY", "unexpected_index_column_names": ["id"]}
    rows = one(form).to_gx()["partial_unexpected_index_list"]
    assert rows == [{"x": 5.0, "id": "c"}, {"x": 7.0, "id": "d"}, {"x": 7.0, "id": "e"}]


def test_unexpected_values_can_be_kept_out():
    result = one({"result_format": "COMPLETE", "exclude_unexpected_values": True})
    assert result.partial_unexpected_list == ()
    assert not {"partial_unexpected_list", "unexpected_list"} & result.to_gx().keys()
    assert result.to_gx()["unexpected_index_list"] == [2, 3, 4]


def test_whole_rows_are_left_to_great_expectations():
    result = one({"result_format": "BASIC", "include_unexpected_rows": True})
    assert not result.success
    assert "the unexpected rows are wanted whole" in (result.exception_message or "")


def test_an_index_column_that_is_not_there_is_never_a_verdict():
    result = one({"result_format": "SUMMARY", "unexpected_index_column_names": ["nowhere"]})
    assert not result.success
    assert result.exception_message is not None


def test_what_could_not_be_evaluated_has_no_result_and_says_so():
    result = one("SUMMARY", ("expect_column_values_to_be_unique", {"column": "nowhere"}))
    assert result.to_gx() == {}
    assert result.exception_info == {
        "raised_exception": True,
        "exception_message": "the data have no column 'nowhere'",
        "exception_traceback": None,
    }
    assert one("BASIC").exception_info["raised_exception"] is False


@pytest.mark.parametrize(
    "wrong",
    [
        "VERBOSE",
        {"partial_unexpected_count": 3},
        {"result_format": "BASIC", "partial_unexpected_count": -1},
        {"result_format": "BASIC", "unexpected_index_columns": ["id"]},
        {"result_format": "SUMMARY", "unexpected_index_column_names": []},
    ],
)
def test_a_format_that_does_not_exist_is_refused(wrong):
    with pytest.raises(ValidationError):
        ResultFormat.model_validate(wrong)
