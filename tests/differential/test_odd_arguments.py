"""Odd arguments: what DuckDB decides, Great Expectations decides alike.

Every expectation that DuckDB decides is asked with plain arguments, and then with each argument
that it knows replaced by each of some odd ones.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from mlgate.engines.catalogue import EXPECTATIONS, NATIVE
from mlgate.engines.duckdb_engine import answer
from mlgate.engines.gx import GreatExpectations
from tests.differential.parity import between_engines, data_of, suite_of

FRAME = pd.DataFrame(
    {
        "n": [1, 2, 3, 3, 10],
        "m": [1, 1, 4, 3, 11],
        "f": [0.5, None, 2.0, 2.5, 2.0],
        "s": ["a", "b", None, "a", "2024-01-02"],
        "j": ["{}", "[]", "1", None, '{"a": 1}'],
        "t": pd.Series(["2024-01-01", None, None, "2024-06-01", "2024-06-01"], dtype="M8[us]"),
    }
)  # fmt: skip
ODD: list[Any] = [
    None, "", "5", "a", "n", "any", "neither", "never", True, False, 0, 1, -1, 2, 2.0, 0.5, 1.5,
    1e308, float("inf"), float("nan"), 2**63, [], {}, ["a"], [1, "a"], [None], [[1, 2]], [["a"]],
    ["n"], ["n", "m"], ["n", "n"], ["s", "n"], "(", ["("], "2024-01-01", "2024-01-01T00:00:00Z",
    date(2024, 1, 1), datetime(2024, 1, 1),  # noqa: DTZ001  # a time without a zone
    {"$PARAMETER": "x"}, {"a": 1}, {"quantiles": [0.5], "value_ranges": [[1, 0]]},
    {"quantiles": [], "value_ranges": []}, {"quantiles": [0.5], "value_ranges": [[None, None]]},
    {"quantiles": [2], "value_ranges": [[1, 3]]}, {"quantiles": ["a"], "value_ranges": [[1, 3]]},
    {"values": [], "weights": []}, {"values": ["a"], "weights": [1], "bins": [0, 1]},
    {"values": ["a"], "weights": ["a"]}, {"bins": [0, 1, 20], "weights": [1, 0]},
    {"bins": [0], "weights": []}, {"bins": [0, 20], "weights": [1], "tail_weights": [0]},
    {"bins": ["a", "b"], "weights": [1]},
]  # fmt: skip
PLAIN: dict[str, Any] = {
    "column": "n", "column_A": "n", "column_B": "m", "column_list": ["n", "m"], "min_value": 1,
    "max_value": 20, "column_set": ["n", "m"], "value": 5, "value_set": [1, 2, 3],
    "value_pairs_set": [[1, 1]], "sum_total": 2, "regex": "a", "regex_list": ["a"],
    "strftime_format": "%Y-%m-%d", "type_": "int64", "type_list": ["int64"], "threshold": 1.1,
    "double_sided": True, "json_schema": {"type": "object"},
    "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[1, 3]]},
    "partition_object": {"bins": [0, 2.5, 20], "weights": [0.5, 0.5]},
}  # fmt: skip
COLUMNS = {"regex": "s", "strftime": "s", "parseable": "s", "json_schema": "j", "length": "s"}
"""Columns that fit better than the one of whole numbers, by a part of the name."""


def plain_arguments(kind: str) -> dict[str, Any]:
    kwargs = {name: PLAIN[name] for name in EXPECTATIONS[kind].kwargs & PLAIN.keys()}
    if "divergence" in kind:
        kwargs = {name: kwargs[name] for name in ("column", "partition_object", "threshold")}
    for part, column in COLUMNS.items():
        if part in kind:
            kwargs["column"] = column
    return kwargs


def questions(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    kwargs = plain_arguments(kind)
    yield kind, kwargs
    for name in [*sorted(EXPECTATIONS[kind].kwargs), "unknown"]:
        yield kind, {key: item for key, item in kwargs.items() if key != name}
        for odd in ODD:
            wide = name == "partition_object" and not isinstance(odd, dict)
            if not wide:  # numpy would choose the bins
                yield kind, kwargs | {name: odd}


@pytest.mark.parametrize("kind", sorted(NATIVE))
def test_what_duckdb_decides_with_an_odd_argument_great_expectations_decides_alike(kind):
    asked = list(questions(kind))
    ours = answer(data_of(FRAME), suite_of(*asked)).results
    assert 0 in ours, "plain arguments are native"
    theirs = GreatExpectations().validate(data_of(FRAME), suite_of(*(asked[i] for i in ours)))
    wrong = [
        (mine.expectation.kwargs, found)
        for mine, other in zip(ours.values(), theirs.results, strict=True)
        if (found := between_engines(mine, other))
    ]
    assert not wrong
