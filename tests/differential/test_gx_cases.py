"""The test definitions of Great Expectations itself; see tests/cases/README.md."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mlgate.engines.auto import Auto
from mlgate.engines.duckdb_engine import answer
from mlgate.engines.suite import Suite
from tests.differential.parity import data_of, differences, suite_of

CASES = [
    case
    for line in (Path(__file__).parents[1] / "cases" / "gx_cases.jsonl").read_text().splitlines()
    if (case := json.loads(line))["engine"] == "pandas"
]
NATIVE = 260
"""Cases that DuckDB decides, at least."""


def frame_of(case: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(case["data"])
    for name, dtype in case["dtypes"].items():
        if name not in frame:
            continue
        if dtype == "date":
            frame[name] = pd.to_datetime(frame[name]).dt.date
        elif dtype in {"timestamp", "datetime", "datetime64"}:
            frame[name] = pd.to_datetime(frame[name])
        elif dtype == "Int64Dtype":
            frame[name] = frame[name].astype("Int64")
        elif dtype == "str":  # Great Expectations' own definitions mean Python objects
            frame[name] = frame[name].astype("str").astype(object)
        else:
            frame[name] = frame[name].astype(dtype)
    return frame


def suite_for(case: dict[str, Any]) -> Suite:
    return suite_of((case["expectation_type"], case["kwargs"]))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}-{case['title']}")
def test_the_verdict_and_the_counts_are_what_great_expectations_answered(case):
    (result,) = Auto().validate(data_of(frame_of(case)), suite_for(case)).results
    given = case["gx"]
    # Great Expectations answered nothing at all where a case is a mistake.
    assert result.success == bool(given["success"])
    if given["success"] is None:
        assert result.exception_message
    assert not differences(asdict(result), given["result"] or {})


def test_duckdb_decides_most_of_them():
    seen = Counter(0 in answer(data_of(frame_of(c)), suite_for(c)).results for c in CASES)
    print(f"{seen[True]} of {len(CASES)} cases are decided by DuckDB")
    assert seen[True] >= NATIVE
