"""Metrics files against limits and against base's file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlgate.checks.metric_file import MAX_BYTES
from mlgate.checks.metrics import Metrics
from mlgate.errors import DataNotReadable
from mlgate.results import Finding, Outcome
from tests.support import make_inputs

Run = Callable[..., dict[str, Finding]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(
        metrics: dict[str, Any],
        head: Any,
        base: Any = None,
        *,
        file: str = "metrics.json",
        rows: int | None = None,
    ) -> dict[str, Finding]:
        roots = {side: tmp_path / side for side in ("head", "base")}
        for side, content in (("head", head), ("base", base)):
            roots[side].mkdir()
            if content is not None:
                text = content if isinstance(content, str) else json.dumps(content)
                (roots[side] / file).write_text(text)
        check = Metrics.model_validate({"type": "metrics", "file": file, "metrics": metrics})
        with make_inputs(roots["head"], base_root=roots["base"]) as inputs:
            seen = check.run(inputs)
        assert rows is None or seen.rows == rows
        return {finding.id: finding for finding in seen.findings}

    return run


NESTED = {"train": {"accuracy": 0.9}, "test": {"accuracy": 0.8, "loss": {"total": 3}}}


def test_nested_keys_meet_their_limits(run: Run) -> None:
    found = run({"test.accuracy": {"min": 0.7}, "test.loss.total": {"max": 2}}, NESTED, rows=2)
    assert found["metrics/test.accuracy"].outcome is Outcome.PASSED
    assert found["metrics/test.accuracy"].observed == 0.8
    assert found["metrics/test.loss.total"].outcome is Outcome.FAILED
    assert "test.loss.total is 3 in metrics.json; at most 2 is required" in (
        found["metrics/test.loss.total"].message
    )


def test_yaml_is_read_as_well(run: Run) -> None:
    found = run({"test.accuracy": {"min": 0.7}}, "test:\n  accuracy: 0.6\n", file="metrics.yaml")
    assert found["metrics/test.accuracy"].outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("metrics", "head", "base", "outcome", "expected"),
    [
        ({"max_drop": 0.01}, 0.80, 0.81, Outcome.PASSED, "drop <= 0.01"),  # exactly what is allowed
        ({"max_drop": 0.01}, 0.79, 0.81, Outcome.FAILED, "drop <= 0.01"),
        ({"max_drop": 0}, 0.80, 0.80, Outcome.PASSED, "drop <= 0"),
        ({"max_drop": 0.01}, 0.90, 0.81, Outcome.PASSED, "drop <= 0.01"),
        ({"max_drop_relative": 0.1}, 0.80, 0.81, Outcome.PASSED, "drop <= 10 % of base"),
        ({"max_drop_relative": 0.1}, 0.70, 0.81, Outcome.FAILED, "drop <= 10 % of base"),
        (
            {"max_drop": 0.01, "greater_is_better": False},
            0.9,
            0.8,
            Outcome.FAILED,
            "rise <= 0.01",
        ),
    ],
)
def test_a_comparison_goes_by_the_values_and_says_that_it_has_no_interval(
    run: Run, metrics: dict[str, Any], head: float, base: float, outcome: Outcome, expected: str
) -> None:
    found = run({"accuracy": metrics}, {"accuracy": head}, {"accuracy": base})
    finding = found["metrics/accuracy/regression"]
    assert finding.outcome is outcome
    assert finding.expected == expected
    assert (finding.observed, finding.baseline) == (head, base)
    assert finding.interval is None
    assert finding.details["difference"] == pytest.approx(head - base)
    assert "no interval" in finding.message


def test_the_direction_is_that_of_the_innermost_name(run: Run) -> None:
    metrics = {"a.log_loss": {"max_drop": 0.1}, "a.r2": {"max_drop": 0.1}}
    higher, lower = {"log_loss": 1, "r2": 1}, {"log_loss": 0.5, "r2": 0.5}
    found = run(metrics, {"a": higher}, {"a": lower})
    assert found["metrics/a.log_loss/regression"].outcome is Outcome.FAILED
    assert found["metrics/a.r2/regression"].outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ({"accurcy": 1}, "metrics.json has no accuracy; did you mean 'accurcy'?"),
        ({"accuracy": None}, "has no accuracy"),
        ({"accuracy": "0.9"}, "is not a number: '0.9'"),
        ({"accuracy": True}, "is not a number"),
        ({"accuracy": {"test": 1}}, "is not a number"),
        ({"accuracy": [0.9]}, "is not a number"),
        ('{"accuracy": NaN}', "accuracy in metrics.json is nan"),
        ('{"accuracy": -Infinity}', "is -inf"),
        ('{"accuracy": 1' + "0" * 400 + "}", "is inf"),
        ('{"accuracy": 1e999}', "is inf"),
    ],
)
def test_a_value_that_is_none_is_errored(run: Run, head: Any, says: str) -> None:
    found = run({"accuracy": {"max": 1e308, "max_drop": 1e308}}, head, {"accuracy": 0.5})
    assert {finding.outcome for finding in found.values()} == {Outcome.ERRORED}
    assert len(found) == 2
    assert all(says in finding.message for finding in found.values())


def test_a_relative_drop_from_zero_is_errored(run: Run) -> None:
    found = run({"accuracy": {"max_drop_relative": 0.5}}, {"accuracy": 1}, {"accuracy": 0})
    assert found["metrics/accuracy/regression"].outcome is Outcome.ERRORED


@pytest.mark.parametrize("base", [None, {"other": 1}])
def test_a_base_without_file_or_key_skips_the_comparison_alone(run: Run, base: Any) -> None:
    found = run({"accuracy": {"min": 0.5, "max_drop": 0.1}}, {"accuracy": 0.9}, base)
    assert found["metrics/accuracy"].outcome is Outcome.PASSED
    skipped = found["metrics/accuracy/regression"]
    assert skipped.outcome is Outcome.SKIPPED
    assert skipped.details["no_baseline"] is True
    assert skipped.observed == 0.9


def test_a_damaged_base_file_is_errored_and_limits_still_decide(run: Run) -> None:
    found = run({"accuracy": {"min": 0.5, "max_drop": 0.1}}, {"accuracy": 0.4}, "{")
    assert found["metrics/accuracy"].outcome is Outcome.FAILED
    assert found["metrics/accuracy/regression"].outcome is Outcome.ERRORED
    assert "base's metrics.json cannot be read" in found["metrics/accuracy/regression"].message


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("metrics.json", "{", "cannot be read"),
        ("metrics.json", "[1]", "holds no mapping"),
        ("metrics.yaml", "a: [", "cannot be read"),
        ("metrics.yaml", "- 1", "holds no mapping"),
        ("metrics.yaml", "!!python/object/apply:os.getpid []", "cannot be read"),
        ("metrics.json", "[" * 100_000, "cannot be read"),
        ("metrics.json", "{" + " " * MAX_BYTES + "}", "larger than"),
    ],
)
def test_a_file_that_holds_no_metrics_is_an_error(
    run: Run, file: str, content: str, says: str
) -> None:
    with pytest.raises(DataNotReadable, match=says):
        run({"accuracy": {"min": 0}}, content, file=file)


def test_a_file_that_is_missing_is_an_error(run: Run) -> None:
    with pytest.raises(DataNotReadable, match=r"metrics\.json"):
        run({"accuracy": {"min": 0}}, None)


def test_a_loop_of_anchors_ends(run: Run) -> None:
    found = run({"accuracy": {"min": 0}}, "loop: &a\n  inner: *a\n", file="metrics.yaml")
    assert found["metrics/accuracy"].outcome is Outcome.ERRORED
