"""The bias-corrected and accelerated bootstrap."""

import numpy as np
import pytest
from scipy import stats

from mlgate.stats.bca import paired_bca
from mlgate.stats.difference import Difference
from mlgate.stats.sample import Sample, sample


def of_mean(values: np.ndarray, rows: Sample | None = None, resamples: int = 1000) -> Difference:
    def differences(sets: list[np.ndarray]) -> np.ndarray:
        return np.array([values[chosen].mean() for chosen in sets])

    return paired_bca(differences, rows or sample(len(values)), resamples=resamples)


def test_each_end_is_the_wider_of_scipy_s_bca_and_student_s():
    values = np.random.default_rng(3).lognormal(0, 1, 300)
    seen = of_mean(values, resamples=9_000)
    theirs = stats.bootstrap(
        (values,), np.mean, method="BCa", n_resamples=9_000, random_state=1
    ).confidence_interval
    assert seen.interval is not None
    student = stats.t.interval(0.95, 299, values.mean(), stats.sem(values))
    tolerance = 0.1 * (seen.standard_error or 0)  # two sets of draws
    assert seen.interval[0] == pytest.approx(min(theirs.low, student[0]), abs=tolerance)
    assert seen.interval[1] == pytest.approx(max(theirs.high, student[1]), abs=tolerance)
    assert seen.interval[1] > student[1] + 2 * tolerance


def test_the_longer_side_is_where_the_tail_is():
    values = np.random.default_rng(1).lognormal(0, 1.2, 200)
    seen = of_mean(values)
    low, high = seen.interval or (0, 0)
    assert high - seen.value > seen.value - low
    assert seen.method == "bootstrap, BCa or Student's"


@pytest.mark.parametrize("shift", [-0.3, -0.1, -0.02, 0.0, 0.02, 0.1, 0.3])
def test_the_p_value_says_what_the_interval_says(shift):
    random = np.random.default_rng(5)
    for _ in range(5):
        seen = of_mean(random.exponential(1, 150) - 1 + shift, resamples=300)
        low, high = seen.interval or (0, 0)
        assert (low > 0 or high < 0) == ((seen.p_value or 0) <= 0.05)


@pytest.mark.parametrize("losses_only", [True, False])
def test_sums_of_money_are_covered(losses_only):
    random = np.random.default_rng(7)
    missed = 0
    for _ in range(200):
        amount = random.lognormal(2, 1.2, 300)
        won = np.zeros(300) if losses_only else random.random(300) < 0.1
        values = amount * (won * 1.0 - (random.random(300) < 0.1))
        true = -0.1 * np.exp(2 + 1.2**2 / 2) if losses_only else 0.0
        low, high = of_mean(values, resamples=300).interval or (0, 0)
        missed += not low <= true <= high
    assert missed <= 18  # 5 % of 200 are 10, with 2.6 standard errors


def test_a_large_drop_has_a_p_value_beyond_what_resamples_can_count():
    values = np.random.default_rng(2).normal(-1, 1, 400)
    assert 0 <= (of_mean(values, resamples=300).p_value or 0) < 1e-20


def test_rows_that_all_change_alike_have_a_cautious_bound():
    seen = of_mean(np.full(50, -1.0))
    assert seen.interval is not None
    assert seen.interval[1] < 0
    assert "no spread" in seen.method


def test_an_undefined_resample_decides_nothing():
    seen = paired_bca(lambda sets: np.full(len(sets), np.nan), sample(40))
    assert seen.interval is None
    assert "undefined in" in (seen.note or "")


def test_a_single_row_decides_nothing():
    assert of_mean(np.array([1.0])).interval is None


def test_clusters_are_drawn_whole():
    random = np.random.default_rng(4)
    values = np.repeat(random.normal(size=60), 10)
    clustered = of_mean(values, sample(600, clusters=np.repeat(np.arange(60), 10)))
    plain = of_mean(values)
    assert (clustered.standard_error or 0) > 2 * (plain.standard_error or 1)


def test_many_rows_are_resampled_by_fewer_with_student_s_interval():
    values = np.random.default_rng(6).normal(0, 1, 20_000)
    seen = of_mean(values, resamples=300)
    assert seen.method == "bootstrap"
    assert seen.standard_error == pytest.approx(1 / np.sqrt(20_000), rel=0.15)
