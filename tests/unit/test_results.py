import dataclasses
import datetime as dt
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mlgate.results import (
    CheckResult,
    Finding,
    Location,
    Outcome,
    Revision,
    RunResult,
    combined,
    from_json,
    jsonable,
    take_stock,
    to_json,
)

texts = st.text(max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(texts, v, max_size=3), max_leaves=8
)
findings = st.builds(
    Finding,
    id=texts,
    outcome=st.sampled_from(Outcome),
    subject=texts,
    message=texts,
    observed=values,
    baseline=values,
    interval=st.none() | st.tuples(st.floats(), st.floats()),
    location=st.none() | st.builds(Location, file=texts, line=st.integers(1)),
    details=st.dictionaries(texts, values, max_size=3),
)


def result(*found: Finding) -> RunResult:
    check = CheckResult(
        id="c",
        type="t",
        severity="error",
        outcome=combined(found) or Outcome.SKIPPED,
        reason=None,
        rows=1,
        seconds=0.5,
        findings=tuple(found),
    )
    return RunResult(
        mlgate="1",
        name="default",
        verdict=None,
        head=Revision(commit="a" * 40),
        base=None,
        checks=(check,),
        ledger=take_stock([check]),
    )


@given(st.lists(findings, max_size=3))
def test_every_result_survives_the_trip_through_json(found):
    written = to_json(result(*found))
    json.loads(written, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert from_json(written) == result(*found)


@pytest.mark.parametrize(
    ("value", "held"),
    [
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (np.float64("nan"), "NaN"),
        (np.int64(3), 3),
        (np.array([1.5, np.nan]), [1.5, "NaN"]),
        (np.bool_(True), True),
        (dt.date(2026, 1, 2), "2026-01-02"),
        ({1: (2, {3})}, {"1": [2, [3]]}),
        (1 + 2j, "(1+2j)"),
    ],
)
def test_values_are_held_as_json(value, held):
    assert jsonable(value) == held


def test_text_that_no_file_could_hold_does_not_cost_the_result():
    half = "\ud800"
    found = Finding(
        id=half, outcome=Outcome.FAILED, subject=half, message=half, details={half: [half]}
    )
    broken = dataclasses.replace(result(found), no_baseline=half)
    assert from_json(to_json(broken).encode("utf-8")).checks[0].findings[0].message == "?"


def test_an_interval_that_is_not_finite_is_no_interval():
    made = Finding(
        id="a", outcome=Outcome.PASSED, subject="a", message="", interval=(0.0, float("nan"))
    )
    assert made.interval is None


@pytest.mark.parametrize(
    ("outcomes", "whole"),
    [
        ([], None),
        (["passed", "skipped"], "passed"),
        (["skipped"], "skipped"),
        (["passed", "inconclusive"], "inconclusive"),
        (["passed", "errored", "inconclusive"], "errored"),
        (["errored", "failed"], "failed"),
    ],
)
def test_a_check_ends_as_its_worst_finding(outcomes, whole):
    found = [Finding(id=o, outcome=Outcome(o), subject="", message="") for o in outcomes]
    assert combined(found) == whole


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"schema": "other/1"}', "null", b"\xff", "{" * 10_000],
)
def test_what_is_no_result_is_refused(text):
    with pytest.raises(ValidationError):
        from_json(text)


def test_a_result_of_another_schema_is_refused():
    text = to_json(result()).replace("mlgate-result/1", "mlgate-result/2")
    with pytest.raises(ValidationError, match="mlgate-result/1"):
        from_json(text)
