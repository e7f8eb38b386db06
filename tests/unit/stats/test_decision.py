import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.stats.decision import Decision, decide
from mlgate.stats.difference import Difference, Z, unchanged, undecidable
from mlgate.stats.means import paired_mean, paired_proportion


def difference(value: float, half_width: float, rows: int = 100) -> Difference:
    return Difference(
        value=value,
        standard_error=half_width / Z,
        interval=(value - half_width, value + half_width),
        rows=rows,
        method="test",
    )


REGRESSED, FINE, UNDECIDED = Decision.REGRESSED, Decision.NO_REGRESSION, Decision.INCONCLUSIVE


@pytest.mark.parametrize(
    ("head_minus_base", "half_width", "allowed", "expected"),
    [
        (-0.03, 0.01, 0.01, REGRESSED),
        (-0.03, 0.025, 0.01, REGRESSED),  # excludes no change, though not the allowed drop
        (-0.03, 0.04, 0.01, UNDECIDED),  # larger than allowed, and may be noise
        (-0.005, 0.002, 0.01, FINE),  # a real drop that is allowed
        (-0.005, 0.01, 0.01, UNDECIDED),
        (-0.009, 0.005, 0.01, UNDECIDED),  # a real drop of which the size is not known
        (0.0, 0.005, 0.01, FINE),
        (0.0, 0.02, 0.01, UNDECIDED),
        (0.03, 0.01, 0.01, FINE),
        (0.03, 0.05, 0.01, UNDECIDED),
        (0.03, 0.02, 0.0, FINE),
        (0.0, 0.0001, 0.0, UNDECIDED),
        (-0.001, 0.0001, 0.0, REGRESSED),
        (-0.01, 0.0, 0.01, FINE),  # exactly what is allowed
    ],
)
def test_decisions(
    head_minus_base: float, half_width: float, allowed: float, expected: Decision
) -> None:
    seen = difference(head_minus_base, half_width)
    assert decide(seen, allowed=allowed, greater_is_better=True).decision is expected
    loss = decide(seen.negated(), allowed=allowed, greater_is_better=False)
    assert loss.decision is expected
    assert loss.drop == pytest.approx(-head_minus_base)


def test_the_same_answers_are_no_regression_even_where_nothing_is_allowed() -> None:
    seen = decide(unchanged(3), allowed=0.0, greater_is_better=True)
    assert seen.decision is FINE
    assert math.copysign(1, seen.drop) == 1
    assert seen.difference.note == "the two models gave the same answer on every row"
    assert seen.smallest_detectable_drop is None
    assert seen.rows_needed is None


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0, math.nan])
def test_without_an_interval_nothing_is_decided(value: float) -> None:
    seen = decide(undecidable(value, 1, "test", "why"), allowed=0.5, greater_is_better=True)
    assert seen.decision is UNDECIDED
    assert seen.rows_needed is None
    assert seen.difference.note == "why"


def test_a_not_a_number_is_never_no_regression() -> None:
    broken = Difference(
        value=math.nan, standard_error=math.nan, interval=(math.nan, math.nan), rows=9, method="x"
    )
    seen = decide(broken, allowed=1.0, greater_is_better=True)
    assert seen.decision is UNDECIDED
    assert seen.rows_needed is None


def test_the_smallest_detectable_drop_is_shown_four_times_in_five() -> None:
    """A drop of exactly that size is told from no change in 80 of 100 samples."""
    random = np.random.default_rng(11)
    detectable = decide(
        paired_mean(random.normal(size=400), np.zeros(400)), allowed=0.0, greater_is_better=True
    ).smallest_detectable_drop
    assert detectable is not None
    shown = [
        paired_mean(random.normal(-detectable, 1, 400), np.zeros(400)).interval[1] < 0  # type: ignore[index]
        for _ in range(600)
    ]
    assert 0.74 < np.mean(shown) < 0.86


@given(
    st.floats(-0.5, 0.5),
    st.floats(0.001, 0.5),
    st.floats(0, 0.3),
    st.integers(2, 10_000),
)
def test_the_rows_needed_would_decide(
    value: float, half_width: float, allowed: float, rows: int
) -> None:
    seen = decide(difference(value, half_width, rows), allowed=allowed, greater_is_better=True)
    if seen.decision is not UNDECIDED:
        assert seen.rows_needed is None
    elif seen.rows_needed is None:
        gap = seen.drop if seen.drop > allowed else allowed - seen.drop
        assert half_width >= 999 * gap
    else:
        assert seen.rows_needed > rows
        shrunk = half_width * math.sqrt(rows / seen.rows_needed) * (1 - 1e-9)
        then = decide(difference(value, shrunk), allowed=allowed, greater_is_better=True)
        assert then.decision is not UNDECIDED


ORDER = [FINE, UNDECIDED, REGRESSED]


@given(
    st.floats(-0.5, 0.5), st.floats(0, 0.5), st.floats(0, 0.3), st.floats(0, 0.5), st.floats(0, 0.3)
)
def test_a_larger_drop_is_never_judged_better_nor_a_larger_allowance_worse(
    value: float, half_width: float, allowed: float, worse_by: float, more: float
) -> None:
    def rank(value: float, allowed: float) -> int:
        seen = decide(difference(value, half_width), allowed=allowed, greater_is_better=True)
        return ORDER.index(seen.decision)

    assert rank(value - worse_by, allowed) >= rank(value, allowed)
    assert rank(value, allowed + more) <= rank(value, allowed)


def test_more_rows_of_the_same_kind_move_towards_a_decision() -> None:
    head = np.array([True] * 8 + [False] * 2)
    base = np.array([True] * 9 + [False])
    decisions = [
        decide(
            paired_proportion(np.tile(head, times), np.tile(base, times)),
            allowed=0.01,
            greater_is_better=True,
        ).decision
        for times in (1, 3, 100)
    ]
    assert decisions == [UNDECIDED, UNDECIDED, REGRESSED]
