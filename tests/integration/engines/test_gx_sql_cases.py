"""The test definitions of Great Expectations that need a database; see tests/cases/README.md."""

import json
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from mlgate.engines.auto import Auto
from tests.differential.parity import differences, suite_of
from tests.integration.engines.sqlite import data_set, write

CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "cases" / "gx_sql_cases.jsonl")
    .read_text()
    .splitlines()
]


def frame_of(case: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(case["data"]).astype(object)
    for name, dtype in case["dtypes"].items():
        if dtype in {"date", "timestamp", "datetime", "datetime64"}:
            moments = pd.to_datetime(frame[name])
            frame[name] = moments.dt.date if dtype == "date" else moments
        elif dtype in {"int", "int64", "float", "float64", "bool"}:
            frame[name] = frame[name].astype(dtype)
    return frame.infer_objects()


def test_every_case_is_here():
    assert len(CASES) == 34


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}-{case['title']}")
def test_a_table_in_a_database_gets_the_answer_of_great_expectations(case, tmp_path):
    frame = frame_of(case)
    # pandas alone would make every column of integers a BIGINT.
    types: dict[str, Any] = {str(c): sa.INTEGER() for c in frame.select_dtypes("integer")}
    types |= {name: getattr(sa, kind)() for name, kind in case["sql_dtypes"].items()}
    write(tmp_path / "data.sqlite", "case_table", frame, types)
    for name, columns in case["other_tables"].items():
        write(tmp_path / "data.sqlite", name, pd.DataFrame(columns))
    suite = suite_of((case["expectation_type"], case["kwargs"]))
    result = Auto().validate(data_set(tmp_path, table="case_table"), suite).results[0]
    assert result.engine == "sql"
    assert (result.exception_message is not None) == case["expects_error"]
    assert result.success == bool(case["gx"]["success"])
    found = result.observed_value
    if isinstance(found, datetime):  # the cases are JSON
        result = replace(result, observed_value=found.isoformat())
    assert not differences(asdict(result), case["gx"]["result"] or {})
