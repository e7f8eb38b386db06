"""Expectations in the words of a reviewer."""

from collections.abc import Mapping
from typing import Any, Final

from mlgate.checks.wording import brief, cell, cells, name, names, percent, value, values
from mlgate.engines.catalogue import Domain
from mlgate.engines.interface import ExpectationResult
from mlgate.engines.suite import ExpectationSpec

PHRASES: Final[dict[str, str]] = {
    "expect_column_distinct_values_to_be_in_set": "distinct values of {column} in {value_set}",
    "expect_column_distinct_values_to_contain_set": "distinct values of {column} contain "
    "{value_set}",
    "expect_column_distinct_values_to_equal_set": "distinct values of {column} are {value_set}",
    "expect_column_kl_divergence_to_be_less_than": "Kullback-Leibler divergence of {column} below "
    "{threshold}",
    "expect_column_max_to_be_between": "maximum of {column} {range}",
    "expect_column_mean_to_be_between": "mean of {column} {range}",
    "expect_column_median_to_be_between": "median of {column} {range}",
    "expect_column_min_to_be_between": "minimum of {column} {range}",
    "expect_column_most_common_value_to_be_in_set": "most common value of {column} in {value_set}",
    "expect_column_pair_values_a_to_be_greater_than_b": "{column_A} greater than {column_B}",
    "expect_column_pair_values_to_be_equal": "{column_A} equal to {column_B}",
    "expect_column_pair_values_to_be_in_set": "{column_A} and {column_B} a pair of the set",
    "expect_column_proportion_of_non_null_values_to_be_between": "share of values of {column} that "
    "are not null {range}",
    "expect_column_proportion_of_unique_values_to_be_between": "share of distinct values of "
    "{column} {range}",
    "expect_column_quantile_values_to_be_between": "quantiles of {column} in their ranges",
    "expect_column_stdev_to_be_between": "standard deviation of {column} {range}",
    "expect_column_sum_to_be_between": "sum of {column} {range}",
    "expect_column_to_exist": "column {column} exists",
    "expect_column_type_to_be": "type of {column} is {type_}",
    "expect_column_unique_value_count_to_be_between": "number of distinct values of {column} "
    "{range}",
    "expect_column_value_lengths_to_be_between": "length of {column} {range}",
    "expect_column_value_lengths_to_equal": "length of {column} is {value}",
    "expect_column_value_z_scores_to_be_less_than": "z-score of {column} below {threshold}",
    "expect_column_values_to_be_between": "{column} {range}",
    "expect_column_values_to_be_dateutil_parseable": "{column} a date",
    "expect_column_values_to_be_decreasing": "{column} decreasing",
    "expect_column_values_to_be_in_set": "{column} in {value_set}",
    "expect_column_values_to_be_in_type_list": "type of {column} in {type_list}",
    "expect_column_values_to_be_increasing": "{column} increasing",
    "expect_column_values_to_be_json_parseable": "{column} JSON",
    "expect_column_values_to_be_null": "{column} null",
    "expect_column_values_to_be_of_type": "type of {column} is {type_}",
    "expect_column_values_to_be_unique": "{column} unique",
    "expect_column_values_to_match_json_schema": "{column} as its JSON Schema says",
    "expect_column_values_to_match_like_pattern": "{column} like {like_pattern}",
    "expect_column_values_to_match_like_pattern_list": "{column} like {like_pattern_list}",
    "expect_column_values_to_match_regex": "{column} matches {regex}",
    "expect_column_values_to_match_regex_list": "{column} matches {regex_list}",
    "expect_column_values_to_match_strftime_format": "{column} a date like {strftime_format}",
    "expect_column_values_to_not_be_in_set": "{column} not in {value_set}",
    "expect_column_values_to_not_be_null": "{column} not null",
    "expect_column_values_to_not_be_outliers": "{column} without outliers",
    "expect_column_values_to_not_match_like_pattern": "{column} not like {like_pattern}",
    "expect_column_values_to_not_match_like_pattern_list": "{column} not like {like_pattern_list}",
    "expect_column_values_to_not_match_regex": "{column} does not match {regex}",
    "expect_column_values_to_not_match_regex_list": "{column} does not match {regex_list}",
    "expect_compound_columns_to_be_unique": "{column_list} together unique",
    "expect_multicolumn_sum_to_equal": "sum of {column_list} is {sum_total}",
    "expect_multicolumn_values_to_be_equal": "{column_list} equal",
    "expect_query_results_to_match_comparison": "query results as in the comparison",
    "expect_select_column_values_to_be_unique_within_record": "{column_list} differ in each row",
    "expect_table_column_count_to_be_between": "number of columns {range}",
    "expect_table_column_count_to_equal": "number of columns is {value}",
    "expect_table_columns_to_match_ordered_list": "columns are {column_list}, in this order",
    "expect_table_columns_to_match_set": "columns are {column_set}",
    "expect_table_row_count_to_be_between": "number of rows {range}",
    "expect_table_row_count_to_equal": "number of rows is {value}",
    "expect_table_row_count_to_equal_other_table": "as many rows as {other_table_name}",
    "unexpected_rows_expectation": "no row found by the query",
}
"""What each expectation of the catalogue asks for."""

_BROKEN: Final[dict[str, str]] = {
    "expect_column_values_to_be_unique": "occur more than once",
    "expect_column_values_to_not_be_null": "are null",
    "expect_column_values_to_not_be_outliers": "are outliers",
    "expect_compound_columns_to_be_unique": "occur more than once",
}
"""What is said of the values that break an expectation, where "are not" would not do."""

_COLUMN_NAMES = ("column_list", "column_set")


def phrase(spec: ExpectationSpec) -> str:
    """What is expected: "age between 18 and 120"."""
    given = spec.kwargs
    words = _Words({key: _argument(key, item) for key, item in given.items()})
    words["range"] = _range(given)
    text = PHRASES[spec.type].format_map(words) if spec.type in PHRASES else _own_phrase(spec)
    if given.get("row_condition") is not None:
        text += f" where {brief(given['row_condition'])}"
    mostly = given.get("mostly")
    if isinstance(mostly, int | float) and mostly != 1:
        text += f" for at least {percent(mostly)}"
    return text


def _own_phrase(spec: ExpectationSpec) -> str:
    """A class of the repository: its columns, and its name as words."""
    columns = names(list(spec.columns)) if spec.columns else "table"
    return f"{columns}: {brief(spec.type.removeprefix('expect_').replace('_', ' '), 100)}"


def message(result: ExpectationResult) -> str:
    """What is expected and what was seen: "age between 18 and 120: 214 of 5,634 values are not"."""
    return f"{phrase(result.expectation)}: {_seen(result)}"


def arguments(spec: ExpectationSpec) -> str:
    """The arguments as short text, without the columns, which the subject names."""
    columns = {"column", "column_A", "column_B"}
    shown = (f"{key} {_argument(key, v)}" for key, v in spec.kwargs.items() if key not in columns)
    return brief(", ".join(shown), 200)


def _seen(result: ExpectationResult) -> str:
    domain = result.expectation.signature.domain
    if domain in {Domain.VALUES, Domain.ROWS} and result.unexpected_count is not None:
        return _counted(result, "rows" if domain is Domain.ROWS else "values")
    if result.observed_value is not None:
        return f"found {_observed(result.observed_value)}"
    sets = {
        "not expected": result.partial_unexpected_list,
        "missing": result.partial_missing_list,
    }
    parts = [f"{word}: {cells(items)}" for word, items in sets.items() if items]
    if parts:
        return "; ".join(parts)
    if domain is Domain.AGGREGATE and not result.success:
        return "there is no value to compute it from"
    return "yes" if result.success else "no"


def _counted(result: ExpectationResult, noun: str) -> str:
    count, total = result.unexpected_count or 0, result.considered or 0
    if not count:
        return f"holds for all {total:,} {noun}"
    examples = cells(item for item in result.partial_unexpected_list if item is not None)
    shown = f" ({examples})" if examples else ""
    return f"{count:,} of {total:,} {noun} {_broken(result.expectation.type)}{shown}"


def _broken(kind: str) -> str:
    verb = "do" if "_match_" in kind else "are"
    return _BROKEN.get(kind) or (verb if "_to_not_" in kind else f"{verb} not")


def _observed(found: Any) -> str:
    if isinstance(found, Mapping) and {"quantiles", "values"} <= found.keys():
        pairs = zip(found["quantiles"], found["values"], strict=False)
        return ", ".join(f"{value(q)}: {value(v)}" for q, v in list(pairs)[:5])
    if isinstance(found, list | tuple | set):
        return cells(found, 5)
    return value(found) if isinstance(found, bool | int | float) else cell(found)


def _argument(key: str, item: Any) -> str:
    if key in _COLUMN_NAMES and isinstance(item, list | tuple | set):
        return names(list(item))
    if key.startswith("column") and isinstance(item, str):
        return name(item)
    if isinstance(item, list | tuple | set):
        return f"[{values(item, 5)}]"
    return value(item)


def _range(given: Mapping[str, Any]) -> str:
    low, high = given.get("min_value"), given.get("max_value")
    above = "more than" if given.get("strict_min") else "at least"
    below = "less than" if given.get("strict_max") else "at most"
    if low is None and high is None:
        return "between no limits"
    if high is None:
        return f"{above} {value(low)}"
    if low is None:
        return f"{below} {value(high)}"
    if given.get("strict_min") or given.get("strict_max"):
        return f"{above} {value(low)} and {below} {value(high)}"
    return f"between {value(low)} and {value(high)}"


class _Words(dict[str, str]):
    """Arguments as text; one that is left out says so."""

    def __missing__(self, key: str) -> str:
        return f"({key} not given)"
