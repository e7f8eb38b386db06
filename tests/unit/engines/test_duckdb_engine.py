from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mlgate.artifacts import formats
from mlgate.artifacts.interface import DataSet
from mlgate.config.model import DataSpec
from mlgate.engines.catalogue import EXPECTATIONS, GX_ONLY, NATIVE
from mlgate.engines.duckdb_engine import PLANS, DuckDb, answer
from mlgate.engines.interface import ExpectationResult
from mlgate.engines.suite import Expectation, ExpectationSpec, Suite

FRAME = pd.DataFrame(
    {
        "age": [20.0, 30.0, 999.0, None],
        "letter": ["x", "y", "z", None],
        "code": ["1", "٣", "a\n", "1"],
        "n": [3, 1, 2, 2],
        "m": [1, 1, 2, 3],
        "json": ['{"a": 1}', "[]", '{"a": "x"}', None],
        "empty": [None, None, None, None],
    }
)
Question = tuple[str, dict[str, Any]]


def data_of(frame: pd.DataFrame) -> DataSet:
    return DataSet(
        name="data", spec=DataSpec(path="-"), side="head", path=Path("-"), read=lambda _: frame
    )


def suite_of(*questions: Question) -> Suite:
    specs = tuple(Expectation(type=kind, kwargs=kwargs).spec() for kind, kwargs in questions)
    return Suite(name="suite", expectations=specs)


def one(kind: str, frame: pd.DataFrame = FRAME, **kwargs: Any) -> ExpectationResult:
    (result,) = DuckDb().validate(data_of(frame), suite_of((kind, kwargs))).results
    return result


def test_every_expectation_is_classified_once():
    assert NATIVE.keys() == PLANS.keys()
    assert not NATIVE.keys() & GX_ONLY.keys()
    assert NATIVE.keys() | GX_ONLY.keys() == EXPECTATIONS.keys()


def test_a_map_expectation_has_the_counts_of_great_expectations():
    result = one("expect_column_values_to_be_between", column="age", min_value=18, max_value=120)
    assert not result.success
    assert result.element_count == 4
    assert result.missing_count == 1
    assert result.unexpected_count == 1
    assert result.unexpected_percent == pytest.approx(100 / 3)
    assert result.partial_unexpected_list == (999.0,)
    assert result.considered == 3
    assert result.engine == "duckdb"


def test_nulls_are_counted_among_all_rows():
    result = one("expect_column_values_to_not_be_null", column="age", mostly=0.75)
    assert result.success
    assert (result.considered, result.unexpected_count, result.missing_count) == (4, 1, None)
    assert result.partial_unexpected_list == (None,)


def test_all_rows_of_a_repeated_value_count():
    result = one("expect_column_values_to_be_unique", column="n")
    assert (result.unexpected_count, result.partial_unexpected_list) == (2, (2, 2))


@pytest.mark.parametrize("ignored", ["never", "all_values_are_missing", "any_value_is_missing"])
def test_a_key_with_a_unique_column_repeats_where_that_one_is_missing(ignored):
    frame = pd.DataFrame({"id": [1.0, 2.0, None, None], "part": [5, 5, 7, 7]})
    key = {"column_list": ["part", "id"], "ignore_row_if": ignored}
    questions: list[Question] = [
        ("expect_column_values_to_be_unique", {"column": "id"}),
        ("expect_compound_columns_to_be_unique", key),
    ]
    single, pair = DuckDb().validate(data_of(frame), suite_of(*questions)).results
    assert single.success
    assert pair.unexpected_count == (0 if ignored == "any_value_is_missing" else 2)


def test_a_key_with_a_unique_column_is_not_asked_for_again():
    frame = pd.DataFrame({"id": [1, 2, 3, 4], "part": [5, 5, 7, 7]})
    questions: list[Question] = [
        ("expect_column_values_to_be_unique", {"column": "id"}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["part", "id"]}),
    ]
    results = DuckDb().validate(data_of(frame), suite_of(*questions)).results
    assert [(r.success, r.unexpected_count, r.considered) for r in results] == [(True, 0, 4)] * 2


def test_records_are_samples_of_compound_keys():
    frame = pd.DataFrame({"a": [1, 1, 2, 1], "b": ["x", "x", "x", None]})
    result = one("expect_compound_columns_to_be_unique", frame, column_list=["a", "b"])
    assert result.unexpected_count == 2
    assert result.partial_unexpected_list == ({"a": 1, "b": "x"}, {"a": 1, "b": "x"})


def test_samples_are_the_first_twenty_in_the_order_of_the_rows():
    frame = pd.DataFrame({"a": [*range(500, 0, -1)]})
    result = one("expect_column_values_to_be_in_set", frame, column="a", value_set=[500])
    assert result.unexpected_count == 499
    assert result.partial_unexpected_list == tuple(range(499, 479, -1))


def test_digits_of_other_scripts_are_digits():
    result = one("expect_column_values_to_match_regex", column="code", regex=r"^\d$")
    assert result.partial_unexpected_list == ("a\n",)
    result = one("expect_column_values_to_match_regex", column="code", regex=r"^[a-z]$")
    assert result.partial_unexpected_list == ("1", "٣", "1")


def test_a_json_schema_is_read_as_jsonschema_reads_it():
    schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/n"}},
              "$defs": {"n": {"type": "number"}}}  # fmt: skip
    result = one("expect_column_values_to_match_json_schema", column="json", json_schema=schema)
    assert result.partial_unexpected_list == ("[]", '{"a": "x"}')
    assert (result.unexpected_count, result.considered) == (2, 3)


def test_quantiles_and_the_median_of_a_column():
    ranges = {"quantiles": [0.5, 1], "value_ranges": [[None, 20.0], [1000, None]]}
    (quantiles, median) = (
        DuckDb()
        .validate(
            data_of(FRAME),
            suite_of(
                (
                    "expect_column_quantile_values_to_be_between",
                    {"column": "age", "quantile_ranges": ranges},
                ),
                ("expect_column_median_to_be_between", {"column": "n", "min_value": 2}),
            ),
        )
        .results
    )
    assert not quantiles.success
    assert quantiles.observed_value == {"quantiles": [0.5, 1], "values": [30.0, 999.0]}
    assert quantiles.details == {"success_details": [False, False]}
    assert median.observed_value == 2.0


def test_the_first_position_is_a_position():
    assert one("expect_column_to_exist", column="age", column_index=0).success
    assert not one("expect_column_to_exist", column="letter", column_index=0).success


def test_a_column_that_is_absent_is_an_exception():
    result = one("expect_column_max_to_be_between", column="nowhere", max_value=1)
    assert not result.success
    assert "nowhere" in str(result.exception_message)


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("expect_column_values_to_be_between", {"column": "letter", "min_value": 1}),
        ("expect_column_values_to_be_between", {"column": "age", "min_value": "2020-01-01"}),
        ("expect_column_values_to_be_between", {"column": "age", "min_value": 2, "max_value": 1}),
        ("expect_column_values_to_be_between", {"column": "age", "min_value": {"$PARAMETER": "x"}}),
        ("expect_column_values_to_be_between", {"column": "age", "min_value": float("nan")}),
        ("expect_column_values_to_be_between", {"column": "age", "max_value": 1, "mostly": 2}),
        ("expect_column_values_to_be_in_set", {"column": "age", "value_set": [None]}),
        ("expect_column_values_to_be_in_set", {"column": "n", "value_set": [2**53]}),
        ("expect_column_values_to_be_unique", {"column": "empty"}),
        ("expect_column_value_lengths_to_be_between", {"column": "letter", "max_value": 0.5}),
        ("expect_column_values_to_match_regex", {"column": "letter", "regex": "(?i)x"}),
        ("expect_column_max_to_be_between", {"column": "letter", "max_value": 1}),
        ("expect_column_distinct_values_to_be_in_set", {"column": "n", "value_set": []}),
        ("expect_column_values_to_be_unique", {"column": "n", "row_condition": "n > m",
                                               "condition_parser": "pandas"}),
        ("expect_multicolumn_sum_to_equal", {"column_list": ["n", "age"], "sum_total": 1}),
        ("expect_column_to_exist", {"column": ""}),
        ("expect_column_values_to_be_of_type", {"column": "n", "type_": "int", "mostly": "all"}),
        ("expect_column_values_to_be_unique", {"column": "n", "condition_parser": "sql"}),
        ("expect_column_values_to_be_unique", {"column": "n", "unknown": 1}),
        ("expect_column_value_lengths_to_equal", {"column": "letter"}),
        ("expect_column_max_to_be_between", {"column": "n", "max_value": 1, "strict_max": None}),
        ("expect_column_values_to_match_json_schema",
         {"column": "letter", "json_schema": {"$ref": "https://example.org/schema.json"}}),
        ("expect_column_values_to_match_json_schema",
         {"column": "letter", "json_schema": {"type": "string"}}),
        ("expect_column_values_to_match_json_schema",
         {"column": "json", "json_schema": {"type": "nothing"}}),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_refused_with_a_reason(kind, kwargs):
    spec = ExpectationSpec(type=kind, kwargs=kwargs)
    suite = Suite(name="suite", expectations=(spec,))
    answers = answer(data_of(FRAME), suite)
    assert not answers.results
    assert answers.refusals[0]
    (alone,) = DuckDb().validate(data_of(FRAME), suite).results
    assert not alone.success
    assert answers.refusals[0] in str(alone.exception_message)


def test_a_figure_that_rounding_may_move_over_its_bound_is_refused():
    frame = pd.DataFrame({"x": [0.1] * 10})
    question = ("expect_column_sum_to_be_between", {"column": "x", "min_value": 1.0})
    assert "rounding" in answer(data_of(frame), suite_of(question)).refusals[0]
    assert one("expect_column_sum_to_be_between", frame, column="x", min_value=0.99).success


def test_a_column_that_breaks_the_scan_costs_the_others_nothing():
    frame = pd.DataFrame({"a": [2**62, 2**62], "b": [2**62, 2**62], "c": [1, 2]})
    answers = answer(
        data_of(frame),
        suite_of(
            ("expect_multicolumn_sum_to_equal", {"column_list": ["a", "b"], "sum_total": 1}),
            ("expect_column_max_to_be_between", {"column": "c", "max_value": 2}),
        ),
    )
    assert answers.results[1].success
    assert "raised" in answers.refusals[0]


def test_an_integer_with_a_null_is_a_float_as_in_pandas(tmp_path):
    path = tmp_path / "data.parquet"
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"a": pa.array([1, None, 3])}), path)
    data = DataSet(
        name="d", spec=DataSpec(path=path.name), side="head", path=path, read=formats.read
    )
    suite = suite_of(
        ("expect_column_values_to_be_of_type", {"column": "a", "type_": "float64"}),
        ("expect_column_values_to_be_in_set", {"column": "a", "value_set": [3]}),
    )
    kind, inside = DuckDb().validate(data, suite).results
    assert kind.success
    assert isinstance(inside.partial_unexpected_list[0], float)


def test_an_empty_suite_has_no_results():
    seen = DuckDb().validate(data_of(FRAME), Suite(name="empty", expectations=()))
    assert (seen.rows, seen.results) == (4, ())
