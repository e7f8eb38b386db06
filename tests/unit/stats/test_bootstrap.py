import math

import numpy as np
import pytest
from sklearn.metrics import f1_score

from mlgate.stats.bootstrap import paired_bootstrap
from mlgate.stats.means import paired_mean

RANDOM = np.random.default_rng(5)


def test_the_bootstrap_of_a_mean_agrees_with_the_paired_t() -> None:
    head, base = RANDOM.normal(1, 1, 400), RANDOM.normal(0.8, 1, 400)
    found = paired_bootstrap(lambda rows: float((head[rows] - base[rows]).mean()), 400)
    exact = paired_mean(head, base)
    assert found.value == pytest.approx(exact.value)
    assert found.interval is not None
    assert exact.interval is not None
    assert found.standard_error == pytest.approx(exact.standard_error, rel=0.1)
    assert found.interval == pytest.approx(exact.interval, abs=0.02)


def test_many_rows_cost_no_more_and_give_the_same_error() -> None:
    head, base = RANDOM.normal(1, 1, 20_000), RANDOM.normal(0.8, 1, 20_000)
    sizes = set()

    def difference(rows: np.ndarray) -> float:
        sizes.add(len(rows))
        return float((head[rows] - base[rows]).mean())

    found = paired_bootstrap(difference, 20_000, max_rows=500, resamples=400)
    exact = paired_mean(head, base)
    assert sizes == {20_000, 500}
    assert found.value == pytest.approx(exact.value)
    assert found.standard_error == pytest.approx(exact.standard_error, rel=0.15)


def test_one_seed_gives_one_interval() -> None:
    values = RANDOM.normal(size=50)
    first, second, other = (
        paired_bootstrap(lambda rows: float(np.median(values[rows])), 50, seed=seed).interval
        for seed in (1, 1, 2)
    )
    assert first == second != other


def test_a_rare_class_never_vanishes() -> None:
    truth = np.arange(300) < 3
    lacking = []

    def difference(rows: np.ndarray) -> float:
        lacking.append(truth[rows].sum() != 3)
        return float(f1_score(truth[rows], truth[rows]))

    paired_bootstrap(difference, 300, strata=truth, resamples=100)
    assert not any(lacking)


def test_a_common_class_varies_as_it_would_in_new_rows() -> None:
    truth = np.arange(300) < 150
    counts = set()

    def difference(rows: np.ndarray) -> float:
        counts.add(int(truth[rows].sum()))
        return 0.0

    paired_bootstrap(difference, 300, strata=truth, resamples=50)
    assert len(counts) > 5


def test_an_undefined_resample_decides_nothing() -> None:
    def difference(rows: np.ndarray) -> float:
        return math.nan if 0 not in rows else 0.5

    found = paired_bootstrap(difference, 20, resamples=100)
    assert found.value == 0.5
    assert found.interval is None
    assert found.note is not None
    assert "undefined in" in found.note


def test_no_spread_is_not_certainty() -> None:
    nothing = paired_bootstrap(lambda _: 0.0, 50, resamples=50)
    assert nothing.interval is None
    same = paired_bootstrap(lambda _: -0.2, 50, resamples=50)
    assert same.interval is not None
    assert same.interval[0] < -0.2 < same.interval[1] < 0


def test_the_interval_holds_the_observed_difference_of_a_biased_metric() -> None:
    values = RANDOM.normal(size=30)
    found = paired_bootstrap(lambda rows: float(len(set(rows))) + values[rows].mean(), 30)
    assert found.interval is not None
    assert found.interval[0] <= found.value <= found.interval[1]


@pytest.mark.parametrize("rows", [0, 1])
def test_fewer_than_two_rows_decide_nothing(rows: int) -> None:
    found = paired_bootstrap(lambda _: 0.3, rows)
    assert found.interval is None
    assert found.note is not None
    assert "too few" in found.note
