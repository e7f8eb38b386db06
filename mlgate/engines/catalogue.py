"""The expectations of Great Expectations 1.x and their keyword arguments.

A table of our own, so that a suite is checked for misspelt names without importing Great
Expectations (3 s). A test holds it equal to the registry of the installed version.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mlgate.config.direction import ELSEWHERE, FEWER, HIGHER, LOWER, MORE, NEITHER, Direction


class Domain(StrEnum):
    """What an expectation looks at, and so what it means that there was nothing to look at."""

    TABLE = "table"
    """The table as such: its columns, their types, the number of rows, a query."""
    AGGREGATE = "aggregate"
    """One figure for a column."""
    VALUES = "values"
    """Each value of a column."""
    ROWS = "rows"
    """Each row of several columns."""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """How an expectation is called."""

    domain: Domain
    required: frozenset[str]
    optional: frozenset[str]
    about_nulls: bool
    """Whether a null is one of the values that it looks at; the others leave nulls out."""

    @property
    def kwargs(self) -> frozenset[str]:
        """All keyword arguments."""
        return self.required | self.optional


RUNTIME_KWARGS: Final = frozenset(
    {
        "batch_id",
        "catch_exceptions",
        "include_config",
        "library_metadata",
        "result_format",
        "windows",
    }
)
"""Arguments that suites carry and that decide nothing; they are left out."""

_CONDITION = "row_condition condition_parser "
_RANGE = "min_value max_value "
_STRICT = _RANGE + "strict_min strict_max "


def _signature(
    domain: Domain, required: str, optional: str, *, about_nulls: bool = False
) -> Signature:
    return Signature(
        domain=domain,
        required=frozenset(required.split()),
        optional=frozenset(optional.split()),
        about_nulls=about_nulls,
    )


def _table(required: str = "", optional: str = "") -> Signature:
    return _signature(Domain.TABLE, required, optional)


def _aggregate(required: str = "", optional: str = "", *, about_nulls: bool = False) -> Signature:
    return _signature(
        Domain.AGGREGATE, "column " + required, _CONDITION + optional, about_nulls=about_nulls
    )


def _values(required: str = "", optional: str = "", *, about_nulls: bool = False) -> Signature:
    return _signature(
        Domain.VALUES,
        "column " + required,
        _CONDITION + "mostly " + optional,
        about_nulls=about_nulls,
    )


def _rows(required: str, optional: str = "") -> Signature:
    return _signature(Domain.ROWS, required, _CONDITION + "mostly ignore_row_if " + optional)


EXPECTATIONS: Final[dict[str, Signature]] = {
    "expect_column_distinct_values_to_be_in_set": _aggregate("value_set"),
    "expect_column_distinct_values_to_contain_set": _aggregate("value_set"),
    "expect_column_distinct_values_to_equal_set": _aggregate("value_set"),
    "expect_column_kl_divergence_to_be_less_than": _aggregate(
        optional="partition_object threshold internal_weight_holdout tail_weight_holdout "
        "bucketize_data " + _RANGE
    ),
    "expect_column_max_to_be_between": _aggregate(optional=_STRICT),
    "expect_column_mean_to_be_between": _aggregate(optional=_STRICT),
    "expect_column_median_to_be_between": _aggregate(optional=_STRICT),
    "expect_column_min_to_be_between": _aggregate(optional=_STRICT),
    "expect_column_most_common_value_to_be_in_set": _aggregate("value_set", "ties_okay"),
    "expect_column_pair_values_a_to_be_greater_than_b": _rows("column_A column_B", "or_equal"),
    "expect_column_pair_values_to_be_equal": _rows("column_A column_B"),
    "expect_column_pair_values_to_be_in_set": _rows("column_A column_B value_pairs_set"),
    "expect_column_proportion_of_non_null_values_to_be_between": _aggregate(
        optional=_STRICT, about_nulls=True
    ),
    "expect_column_proportion_of_unique_values_to_be_between": _aggregate(optional=_STRICT),
    "expect_column_quantile_values_to_be_between": _aggregate(
        "quantile_ranges", "allow_relative_error"
    ),
    "expect_column_stdev_to_be_between": _aggregate(optional=_STRICT),
    "expect_column_sum_to_be_between": _aggregate(optional=_STRICT),
    "expect_column_to_exist": _table("column", "column_index"),
    "expect_column_type_to_be": _table("column type_"),
    "expect_column_unique_value_count_to_be_between": _aggregate(optional=_STRICT),
    "expect_column_value_lengths_to_be_between": _values(optional=_STRICT),
    "expect_column_value_lengths_to_equal": _values("value"),
    "expect_column_value_z_scores_to_be_less_than": _values("threshold double_sided"),
    "expect_column_values_to_be_between": _values(optional=_STRICT),
    "expect_column_values_to_be_dateutil_parseable": _values(),
    "expect_column_values_to_be_decreasing": _values(optional="strictly"),
    "expect_column_values_to_be_in_set": _values("value_set"),
    "expect_column_values_to_be_in_type_list": _values(optional="type_list"),
    "expect_column_values_to_be_increasing": _values(optional="strictly"),
    "expect_column_values_to_be_json_parseable": _values(),
    "expect_column_values_to_be_null": _values(about_nulls=True),
    "expect_column_values_to_be_of_type": _values("type_"),
    "expect_column_values_to_be_unique": _values(),
    "expect_column_values_to_match_json_schema": _values("json_schema"),
    "expect_column_values_to_match_like_pattern": _values("like_pattern", "escape"),
    "expect_column_values_to_match_like_pattern_list": _values(
        "like_pattern_list", "match_on escape"
    ),
    "expect_column_values_to_match_regex": _values(optional="regex"),
    "expect_column_values_to_match_regex_list": _values("regex_list", "match_on"),
    "expect_column_values_to_match_strftime_format": _values("strftime_format"),
    "expect_column_values_to_not_be_in_set": _values("value_set"),
    "expect_column_values_to_not_be_null": _values(about_nulls=True),
    "expect_column_values_to_not_be_outliers": _values(optional="method multiplier"),
    "expect_column_values_to_not_match_like_pattern": _values("like_pattern", "escape"),
    "expect_column_values_to_not_match_like_pattern_list": _values("like_pattern_list", "escape"),
    "expect_column_values_to_not_match_regex": _values("regex"),
    "expect_column_values_to_not_match_regex_list": _values("regex_list"),
    "expect_compound_columns_to_be_unique": _rows("column_list"),
    "expect_multicolumn_sum_to_equal": _rows("column_list sum_total"),
    "expect_multicolumn_values_to_be_equal": _rows("column_list"),
    "expect_query_results_to_match_comparison": _table(
        "base_query comparison_data_source_name comparison_query", "mostly"
    ),
    "expect_select_column_values_to_be_unique_within_record": _rows("column_list"),
    "expect_table_column_count_to_be_between": _table(optional=_RANGE),
    "expect_table_column_count_to_equal": _table("value"),
    "expect_table_columns_to_match_ordered_list": _table(optional="column_list"),
    "expect_table_columns_to_match_set": _table(optional="column_set exact_match"),
    "expect_table_row_count_to_be_between": _table(optional=_STRICT + _CONDITION),
    "expect_table_row_count_to_equal": _table("value", _CONDITION),
    "expect_table_row_count_to_equal_other_table": _table("other_table_name", _CONDITION),
    "unexpected_rows_expectation": _table("unexpected_rows_query"),
}
"""Every expectation that Great Expectations registers."""

_RANGED = "a column of numbers, dates or times, and bounds of the same; times as ISO text"
_NUMBERS = "a column of numbers; the bounds are numbers"
_ANY = "a column of numbers, text, flags, dates or times"
_FIGURE = "a column of numbers whose figure is no closer to a bound than rounding may move it"
_SET = "a column of numbers or text, and a set of the same"
_TIMED_SET = "a column of numbers, text or times, and a set of the same; times as ISO text"
_PATTERN = "a column of text or integers; patterns that pandas, RE2 and `re` read alike"
_TEXT = "a column of text"
_LENGTH = "a column of text or integers"
_ORDERED = "a column of 64-bit numbers or of times"
_SEVERAL = "columns of numbers, of text, of flags or of times, that compare with each other"
_TABLE = "any table"
_SPREAD = "a column of finite numbers, none as close to its limit as rounding may move it"

NATIVE: Final[dict[str, str]] = {
    "expect_column_distinct_values_to_be_in_set": _TIMED_SET,
    "expect_column_distinct_values_to_contain_set": _TIMED_SET,
    "expect_column_distinct_values_to_equal_set": _TIMED_SET,
    "expect_column_kl_divergence_to_be_less_than": "a partition of its own: values of a column of "
    "text or integers, or bins for numbers; a divergence that is not at the threshold",
    "expect_column_max_to_be_between": _RANGED,
    "expect_column_mean_to_be_between": _FIGURE,
    "expect_column_median_to_be_between": _NUMBERS,
    "expect_column_min_to_be_between": _RANGED,
    "expect_column_most_common_value_to_be_in_set": _SET,
    "expect_column_pair_values_a_to_be_greater_than_b": "two columns of numbers, text or times",
    "expect_column_pair_values_to_be_equal": _SEVERAL,
    "expect_column_pair_values_to_be_in_set": "no row condition; pairs of the columns' types",
    "expect_column_proportion_of_non_null_values_to_be_between": "any column; numbers as bounds",
    "expect_column_proportion_of_unique_values_to_be_between": _ANY,
    "expect_column_quantile_values_to_be_between": "a column of numbers; no `allow_relative_error`",
    "expect_column_stdev_to_be_between": _FIGURE,
    "expect_column_sum_to_be_between": _FIGURE,
    "expect_column_to_exist": _TABLE,
    "expect_column_type_to_be": "pandas' name of the type",
    "expect_column_unique_value_count_to_be_between": _ANY,
    "expect_column_value_lengths_to_be_between": _LENGTH,
    "expect_column_value_lengths_to_equal": _LENGTH,
    "expect_column_value_z_scores_to_be_less_than": _SPREAD,
    "expect_column_values_to_be_between": _RANGED,
    "expect_column_values_to_be_dateutil_parseable": _TEXT,
    "expect_column_values_to_be_decreasing": _ORDERED,
    "expect_column_values_to_be_in_set": _SET,
    "expect_column_values_to_be_in_type_list": "pandas' names of the types",
    "expect_column_values_to_be_increasing": _ORDERED,
    "expect_column_values_to_be_json_parseable": _TEXT,
    "expect_column_values_to_be_null": _ANY,
    "expect_column_values_to_be_of_type": "pandas' name of the type",
    "expect_column_values_to_be_unique": _ANY,
    "expect_column_values_to_match_json_schema": "a column of text that is JSON; a schema that "
    "refers to no other one",
    "expect_column_values_to_match_regex": _PATTERN,
    "expect_column_values_to_match_regex_list": _PATTERN,
    "expect_column_values_to_match_strftime_format": _TEXT,
    "expect_column_values_to_not_be_in_set": _TIMED_SET,
    "expect_column_values_to_not_be_null": "any column",
    "expect_column_values_to_not_be_outliers": _SPREAD,
    "expect_column_values_to_not_match_regex": _PATTERN,
    "expect_column_values_to_not_match_regex_list": _PATTERN,
    "expect_compound_columns_to_be_unique": "columns of numbers, text, flags or times",
    "expect_multicolumn_sum_to_equal": "columns of integers without nulls",
    "expect_multicolumn_values_to_be_equal": _SEVERAL,
    "expect_select_column_values_to_be_unique_within_record": "columns of one type",
    "expect_table_column_count_to_be_between": _TABLE,
    "expect_table_column_count_to_equal": _TABLE,
    "expect_table_columns_to_match_ordered_list": _TABLE,
    "expect_table_columns_to_match_set": _TABLE,
    "expect_table_row_count_to_be_between": "the bounds are whole numbers, and inclusive",
    "expect_table_row_count_to_equal": _TABLE,
}
"""Expectations that DuckDB decides, and for what; in any other case Great Expectations does.

A row condition must be plain comparisons of columns with values, for each of them: in pandas'
language with `and`, `or`, `not`, `&`, `|` and `~`, in Great Expectations' own, or as an object.
"""

_LIKE = "Great Expectations has no LIKE on pandas, and says so"
_QUERY = "its query is for a database"

GX_ONLY: Final[dict[str, str]] = {
    "expect_column_values_to_match_like_pattern": _LIKE,
    "expect_column_values_to_match_like_pattern_list": _LIKE,
    "expect_column_values_to_not_match_like_pattern": _LIKE,
    "expect_column_values_to_not_match_like_pattern_list": _LIKE,
    "expect_query_results_to_match_comparison": _QUERY,
    "expect_table_row_count_to_equal_other_table": "the other table is a database's",
    "unexpected_rows_expectation": _QUERY,
}
"""Expectations that Great Expectations alone decides, and why."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Something that mlgate answers otherwise than Great Expectations, on purpose."""

    subject: str
    theirs: str
    """What Great Expectations answers."""
    ours: str
    """What mlgate answers."""
    test: str
    """The test that holds it: a file under `tests/` and a function."""


_CHECK: Final = "unit/checks/test_expectations.py::"

DIFFERENCES: Final[tuple[Difference, ...]] = (
    Difference(
        subject="an ISO date as a bound of a column of times",
        theirs="an exception: pandas 3 compares no time with a date, nor Python one bound with the "
        "other",
        ours="the date is its midnight: in `column_values_to_be_between`, "
        "`column_min_to_be_between` and `column_max_to_be_between`",
        test="unit/engines/test_duckdb_times.py::test_a_date_as_a_bound_of_times_is_its_midnight",
    ),
    Difference(
        subject="`column_index: 0` of `column_to_exist`",
        theirs="the position is ignored",
        ours="the first column",
        test="unit/engines/test_duckdb_engine.py::test_the_first_position_is_a_position",
    ),
    Difference(
        subject="two columns whose names differ in case only",
        theirs="the first of them, whichever is asked for",
        ours="the expectation could not be evaluated",
        test="unit/engines/test_gx.py::"
        "test_a_column_whose_name_another_has_in_another_case_is_never_judged_by_the_other",
    ),
    Difference(
        subject="two quantile expectations about one column",
        theirs="one is judged by the figures of the other",
        ours="each by its own",
        test="unit/engines/test_gx.py::"
        "test_two_quantile_expectations_about_one_column_are_judged_each_by_its_own_figures",
    ),
    Difference(
        subject="the order of the results",
        theirs="expectations about the table first, then column by column",
        ours="that of the suite",
        test="unit/engines/test_auto.py::"
        "test_each_engine_decides_its_own_and_the_order_is_the_suite_s",
    ),
    Difference(
        subject="a suite without an expectation",
        theirs="a success",
        ours="an error that says so",
        test=_CHECK + "test_an_empty_suite_file_is_never_green",
    ),
    Difference(
        subject="a table without a row",
        theirs="a success of most expectations",
        ours="an error that says so",
        test=_CHECK + "test_an_empty_table_is_never_green",
    ),
    Difference(
        subject="a column of nulls, for an expectation about its values",
        theirs="a success",
        ours="a failure: no value was checked",
        test=_CHECK + "test_a_column_of_nulls_fails_where_great_expectations_lets_it_pass",
    ),
    Difference(
        subject="a row condition that no row meets",
        theirs="a success of most expectations",
        ours="an error: no value was checked",
        test=_CHECK + "test_a_condition_that_selects_no_row_decides_nothing",
    ),
)
"""Every such difference; where there is none, verdict and counts are the same."""

_OFF_IS_STRICTEST = Direction(stricter="lower", unset="strictest")

DIRECTIONS: Final[dict[str, Direction]] = {
    "condition_parser": ELSEWHERE,  # nothing by itself
    "double_sided": HIGHER,
    "ignore_row_if": NEITHER,  # another way to leave rows out
    "max_value": LOWER,
    "min_value": HIGHER,
    "mostly": Direction(stricter="higher", unset="strictest"),
    "or_equal": _OFF_IS_STRICTEST,
    "row_condition": Direction(stricter="fewer", unset="strictest"),  # which rows are looked at
    "strict_max": HIGHER,
    "strict_min": HIGHER,
    "strictly": HIGHER,
    "threshold": LOWER,
    "ties_okay": _OFF_IS_STRICTEST,
    "type_list": FEWER,
    "value_pairs_set": FEWER,
    "value_set": FEWER,
    **dict.fromkeys(
        (
            *("allow_relative_error", "base_query", "bucketize_data", "comparison_query"),
            *("comparison_data_source_name", "escape", "exact_match", "internal_weight_holdout"),
            *("json_schema", "like_pattern", "like_pattern_list", "match_on", "method"),
            *("multiplier", "other_table_name", "partition_object", "quantile_ranges", "regex"),
            *("regex_list", "strftime_format", "sum_total", "tail_weight_holdout", "type_"),
            *("unexpected_rows_query", "value"),
        ),
        NEITHER,
    ),
}
"""Which way an argument is stricter, for all but those that say which columns are meant."""

WANTED_VALUES: Final = {
    "expect_column_distinct_values_to_contain_set": MORE,
    "expect_column_distinct_values_to_equal_set": NEITHER,
    "expect_column_values_to_not_be_in_set": MORE,
}
"""The direction of `value_set`, where it is not the set of what is let by."""

LEFT: Final[dict[str, str]] = {
    "unsigned integers of 64 bits, integers beyond 64 bits": "numpy makes floats of some of them",
    "decimals": "Python compares a decimal with a float exactly, DuckDB as floats",
    "categories": "pandas counts categories that do not occur",
    "times with a time zone": "DuckDB shows them in another zone",
    "times finer than a microsecond": "Python's times are not",
    "objects of several types, lists, records, bytes": "they compare in Python's own ways",
    "pandas' `Float32` and `Float64`": "NaN and NA are two things there",
}
"""Types of columns of which DuckDB knows only which values are null, and why."""
