"""The test definitions of Great Expectations itself; see tests/cases/README.md."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mlgate.engines.duckdb_engine import answer
from tests.differential.parity import data_of, differences, suite_of

CASES = [
    case
    for line in (Path(__file__).parents[1] / "cases" / "gx_cases.jsonl").read_text().splitlines()
    if (case := json.loads(line))["engine"] == "pandas"
]
NATIVE = 255
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


def decided(case: dict[str, Any]) -> Any:
    suite = suite_of((case["expectation_type"], case["kwargs"]))
    return answer(data_of(frame_of(case)), suite).results.get(0)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}-{case['title']}")
def test_what_duckdb_decides_is_what_great_expectations_answered(case):
    result = decided(case)
    if result is None:
        return  # left to Great Expectations itself, which the adapter's tests are about
    assert result.success == case["gx"]["success"]
    assert not differences(asdict(result), case["gx"]["result"] or {})


def test_duckdb_decides_most_of_them():
    assert sum(decided(case) is not None for case in CASES) >= NATIVE
