from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Literal

import pytest

from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.errors import DataNotReadable, NoBaseline
from mlgate.plan import Plan, Step
from mlgate.results import CheckResult, Finding, Location, Outcome
from mlgate.runner import run_check, run_checks
from tests.support import make_config, make_inputs

Behaviour = Callable[[], Measurement]


class Scripted(Check):
    """A check that does what the test says."""

    type: Literal["scripted"] = "scripted"
    act: Behaviour

    def run(self, inputs: Inputs) -> Measurement:
        return self.act()


def fail_with(error: Exception) -> Behaviour:
    def act() -> Measurement:
        raise error

    return act


def see(rows: int, *outcomes: Outcome) -> Behaviour:
    found = [
        Finding(id=f"s/{i}", outcome=o, subject="x", message="m") for i, o in enumerate(outcomes)
    ]
    return lambda: Measurement(rows=rows, findings=found)


def run(tmp_path: Path, *acts: Behaviour) -> tuple[CheckResult, ...]:
    where = Location(file="mlgate.yml", line=3)
    steps = tuple(
        Step(check=Scripted(id=f"s{i}", act=act), location=where, origin="configured")
        for i, act in enumerate(acts)
    )
    with make_inputs(tmp_path) as inputs:
        plan = Plan(config=make_config(), steps=steps)
        return run_checks(plan, inputs, iter(range(100)).__next__, lambda *_: nullcontext())


@pytest.mark.parametrize(
    ("act", "outcome", "reason"),
    [
        (see(5, Outcome.PASSED), "passed", None),
        (see(5, Outcome.PASSED, Outcome.FAILED), "failed", None),
        (see(0, Outcome.PASSED), "errored", "no rows"),
        (see(5), "errored", "looked at nothing"),
        (
            fail_with(DataNotReadable("gone", remedy="put it back")),
            "errored",
            "gone; to fix it: put it back",
        ),
        (fail_with(NoBaseline("first commit")), "skipped", "first commit"),
        (fail_with(ZeroDivisionError("x")), "errored", "a bug in mlgate: ZeroDivisionError: x"),
        (fail_with(RecursionError()), "errored", "a bug in mlgate: RecursionError"),
    ],
)
def test_how_a_check_ends(tmp_path, act, outcome, reason):
    [result] = run(tmp_path, act)
    assert result.outcome == outcome
    assert (result.reason or "").find(reason or "") >= 0
    assert result.location == Location(file="mlgate.yml", line=3)


def test_a_check_that_breaks_costs_only_itself(tmp_path):
    broken, sound = run(tmp_path, fail_with(ValueError("x")), see(5, Outcome.PASSED))
    assert broken.outcome == "errored"
    assert "ValueError" in (broken.traceback or "")
    assert sound.outcome == "passed"
    assert sound.traceback is None


def test_without_a_baseline_a_comparison_is_a_finding_that_policy_can_judge(tmp_path):
    [result] = run(tmp_path, fail_with(NoBaseline("first commit")))
    assert result.findings[0].details == {"no_baseline": True}


def test_each_check_is_timed(tmp_path):
    assert [result.seconds for result in run(tmp_path, see(1, Outcome.PASSED))] == [1]


def test_a_finding_gets_the_place_that_asks_for_it(tmp_path):
    own = Location(file="own.py", line=1)
    findings = [
        Finding(id=id_, outcome=Outcome.PASSED, subject="x", message="m", location=location)
        for id_, location in (("s/a", None), ("s/a/regression", None), ("s/b", None), ("s/c", own))
    ]
    check = Scripted(act=lambda: Measurement(rows=1, findings=findings))
    places = {"s/a": Location(file="a.yml", line=3), "s/c": Location(file="a.yml", line=9)}
    step = Step(
        check=check, location=Location(file="mlgate.yml"), origin="configured", places=places
    )
    with make_inputs(tmp_path) as inputs:
        result = run_check(step, inputs, lambda: 0.0)
    assert [finding.location for finding in result.findings] == [places["s/a"]] * 2 + [None, own]
