"""What is said of timings, and when timing ends."""

from typing import cast

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from mlgate.checks.latency import Latency, Most
from mlgate.checks.latency_clock import MAX_ROUNDS, MIN_ROUNDS, Timed, alternate
from mlgate.checks.latency_findings import Growth, increased, is_settled
from mlgate.results import Outcome
from mlgate.sandbox.interface import Clocked, Description, Usage

ROWS = pd.DataFrame({"a": [1.0, 2.0]})
DEFAULT = Growth(fails=3, warns=0.5, least=1)


class Steady:
    """A model that takes a time of its own for every call; it says so, and does not wait."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.calls = 0

    def describe(self) -> Description:
        return Description(kind="steady", features=None, classes=None, probabilities=False)

    def predict(self, rows: pd.DataFrame) -> "np.ndarray":
        return np.zeros(len(rows))

    def predict_proba(self, rows: pd.DataFrame) -> "np.ndarray":
        return np.zeros((len(rows), 2))

    def time(self, rows: pd.DataFrame) -> float:
        self.calls += len(rows)
        return self.seconds

    def usage(self) -> Usage:
        return Usage(load_seconds=1.0, peak_bytes=1, size_bytes=1)


def timed(seconds: list[float]) -> Timed:
    return Timed(model=cast("Clocked", None), rows=ROWS, batches=[[each] for each in seconds])


def pair(ratios: list[float], base: float = 0.1) -> tuple[Timed, Timed]:
    return timed([base * ratio for ratio in ratios]), timed([base] * len(ratios))


@pytest.mark.parametrize(
    ("spread", "outcome"), [(0.1, Outcome.PASSED), (2.0, Outcome.INCONCLUSIVE)]
)
def test_what_may_be_slower_than_allowed_does_not_pass(spread: float, outcome: Outcome) -> None:
    head, base = pair(np.linspace(1.3 - spread / 2, 1.3 + spread / 2, 11).tolist())
    assert increased("id", "batch_p50", head, base, Growth(fails=0.5)).outcome is outcome


@pytest.mark.parametrize(
    ("ratio", "outcome", "severity"),
    [
        (1.0, Outcome.PASSED, None),
        (1.4, Outcome.PASSED, None),
        (2.0, Outcome.FAILED, "warning"),
        (3.9, Outcome.FAILED, "warning"),
        (4.1, Outcome.FAILED, None),
        (20.0, Outcome.FAILED, None),
    ],
)
def test_twice_as_slow_warns_and_four_times_fails(
    ratio: float, outcome: Outcome, severity: str | None
) -> None:
    finding = increased("id", "batch_p50", *pair([ratio] * 11), DEFAULT)
    assert (finding.outcome, finding.severity) == (outcome, severity)
    assert finding.details["ratio"] == pytest.approx(ratio)


def test_what_surely_does_not_fail_passes_though_it_may_be_worth_a_warning() -> None:
    head, base = pair(np.linspace(1.0, 2.0, 11).tolist())
    assert increased("id", "batch_p50", head, base, DEFAULT).outcome is Outcome.PASSED


def test_a_limit_that_only_warns_never_blocks() -> None:
    finding = increased("id", "batch_p50", *pair([9.0] * 11), Growth(fails=None, warns=1))
    assert (finding.outcome, finding.severity) == (Outcome.FAILED, "warning")
    assert "worth a look" in finding.message


def test_less_than_a_millisecond_more_does_not_count() -> None:
    finding = increased("id", "batch_p50", *pair([8.0] * 11, base=0.0001), DEFAULT)
    assert finding.outcome is Outcome.PASSED
    assert "less than 1 ms more does not count" in finding.message
    finding = increased("id", "batch_p50", *pair([20.0] * 11, base=0.0001), DEFAULT)
    assert (finding.outcome, finding.severity) == (Outcome.FAILED, None)


def test_one_interrupted_batch_of_a_round_does_not_make_its_ratio() -> None:
    head, base = (
        Timed(model=cast("Clocked", None), rows=ROWS, batches=[[0.1, late, 0.1]] * 11)
        for late in (9.0, 0.1)
    )
    finding = increased("id", "batch_p50", head, base, DEFAULT)
    assert finding.details["ratio"] == pytest.approx(1)
    assert finding.details["n"] == 33


def test_timing_ends_when_nothing_is_in_doubt() -> None:
    check = Latency(type="latency", model="m", data="test", seconds=1000)
    for seconds in (0.1, 2.0):  # as fast as base, and twenty times as slow
        sides = Timed(model=Steady(seconds), rows=ROWS), Timed(model=Steady(0.1), rows=ROWS)
        check.measure(*sides)
        assert len(sides[0].batches) == len(sides[1].singles) == MIN_ROUNDS


def test_timing_goes_on_while_there_is_doubt() -> None:
    sides = Timed(model=Steady(0.4), rows=ROWS), Timed(model=Steady(0.1), rows=ROWS)
    alternate(*sides, seconds=1000)
    assert len(sides[0].batches) == MAX_ROUNDS


def test_without_time_each_round_asks_once() -> None:
    model = Steady(0.1)
    side = Timed(model=model, rows=ROWS)
    alternate(side, None, seconds=0)
    assert len(side.batches) == len(side.singles) == MIN_ROUNDS
    assert {len(each) for each in (*side.batches, *side.singles)} == {1}
    assert model.calls == (MIN_ROUNDS + 2) * (len(ROWS) + 1)  # and twice to begin with


@pytest.mark.parametrize(("ratios", "settled"), [([1.2] * 11, True), ([1.2] * 10 + [1.6], False)])
def test_eleven_rounds_that_agree_are_enough(ratios: list[float], settled: bool) -> None:
    assert is_settled("batch_p50", *pair(ratios), None, DEFAULT) is settled


def test_a_quantile_far_out_is_not_settled_by_a_few_timings() -> None:
    head, base = pair([1.0] * 11)
    assert is_settled("batch_p50", head, base, 200, None)
    assert not is_settled("batch_p95", head, base, 200, None)


def test_a_warning_must_come_before_the_failure() -> None:
    with pytest.raises(ValidationError, match="warns where it fails"):
        Most(max_increase=0.5, warn_increase=0.5)
    with pytest.raises(ValidationError, match="has no limit"):
        Most()
    assert Most(warn_increase=0.5).compares
