import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sklearn.metrics import accuracy_score, mean_absolute_error, root_mean_squared_error

from mlgate.stats.difference import Z, same_answers
from mlgate.stats.means import paired_mean, paired_proportion, paired_root_mean_square


def pairs(both: int, gained: int, lost: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    """Head's and base's right answers, from the four counts of a paired table."""
    counts = [both, gained, lost, neither]
    return np.repeat([True, True, False, False], counts), np.repeat(
        [True, False, True, False], counts
    )


def test_tango_agrees_with_a_published_interval() -> None:
    """Fagerland, Lydersen and Laake 2014, table V: airway hyper-responsiveness."""
    found = paired_proportion(*pairs(1, 1, 7, 12))
    assert found.interval is not None
    assert found.interval == pytest.approx((-0.517, -0.026), abs=5e-4)
    assert found.value == pytest.approx(-6 / 21)


def test_tango_excludes_zero_exactly_where_mcnemar_does() -> None:
    """At zero Tango's statistic is McNemar's, (gained - lost)² / (gained + lost)."""
    for gained in range(13):
        for lost in range(13):
            interval = paired_proportion(*pairs(20, gained, lost, 7)).interval
            assert interval is not None
            rejects = (gained - lost) ** 2 > Z**2 * (gained + lost)
            assert rejects == (not interval[0] <= 0 <= interval[1])


def test_tango_is_wilson_where_base_is_never_right() -> None:
    """With nothing to lose, the difference is one proportion."""
    interval = paired_proportion(*pairs(0, 30, 0, 70)).interval
    wilson = stats.binomtest(30, 100).proportion_ci(method="wilson")
    assert interval == pytest.approx((wilson.low, wilson.high), abs=1e-9)


@pytest.mark.parametrize("rows", [2, 20, 1000])
def test_no_discordant_row_is_not_certainty(rows: int) -> None:
    found = paired_proportion(*pairs(rows - 1, 0, 0, 1))
    bound = Z**2 / (rows + Z**2)
    assert found.value == 0
    assert found.interval == pytest.approx((-bound, bound))
    assert found.standard_error == pytest.approx(bound / Z)


def test_every_row_lost_is_not_certainty() -> None:
    found = paired_proportion(*pairs(0, 0, 10, 0))
    assert found.value == -1
    assert found.interval is not None
    wilson = stats.binomtest(10, 10).proportion_ci(method="wilson").low
    assert found.interval == pytest.approx((-1, -(2 * wilson - 1)))
    assert found.standard_error


counts = st.integers(0, 60)


@given(counts, counts, counts, counts)
def test_tango_holds_the_estimate_and_mirrors(
    both: int, gained: int, lost: int, neither: int
) -> None:
    head, base = pairs(both, gained, lost, neither)
    found, mirrored = paired_proportion(head, base), paired_proportion(base, head)
    if len(head) < 2:
        assert found.interval is None
        return
    assert found.value == pytest.approx(
        accuracy_score(np.ones(len(head)), head) - accuracy_score(np.ones(len(head)), base)
    )
    assert found.interval is not None
    assert -1 <= found.interval[0] <= found.value <= found.interval[1] <= 1
    assert found.interval[0] < found.interval[1]
    assert mirrored.negated().interval == pytest.approx(found.interval, abs=1e-9)


numbers = st.floats(-1e3, 1e3, width=32)
samples = st.integers(2, 40).flatmap(
    lambda n: st.tuples(
        arrays(float, n, elements=numbers),
        arrays(float, n, elements=numbers),
        arrays(float, n, elements=numbers),
    )
)


@given(samples)
def test_paired_mean_is_scipys_paired_t(three: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    truth, head, base = three
    losses = np.abs(truth - head), np.abs(truth - base)
    found = paired_mean(*losses)
    expected = mean_absolute_error(truth, head) - mean_absolute_error(truth, base)
    assert found.value == pytest.approx(expected, abs=1e-6)
    if np.ptp(losses[0] - losses[1]) > 1e-3:
        interval = stats.ttest_rel(*losses).confidence_interval()
        assert found.interval == pytest.approx((interval.low, interval.high), rel=1e-6, abs=1e-9)


@given(samples)
def test_root_mean_square_agrees_with_sklearn_and_holds_its_estimate(
    three: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    truth, head, base = three
    found = paired_root_mean_square(truth - head, truth - base)
    expected = root_mean_squared_error(truth, head) - root_mean_squared_error(truth, base)
    assert found.value == pytest.approx(expected, abs=1e-9)
    if found.interval is not None:
        assert found.interval[0] <= found.value <= found.interval[1]


def test_root_mean_square_has_the_standard_error_of_the_jackknife() -> None:
    random = np.random.default_rng(1)
    base = random.normal(0, 2, 400)
    head = base + random.normal(0.2, 1, 400)

    def metric(keep: np.ndarray) -> float:
        return float(np.sqrt(np.mean(head[keep] ** 2)) - np.sqrt(np.mean(base[keep] ** 2)))

    left_out = np.array([metric(np.arange(400) != row) for row in range(400)])
    jackknife = math.sqrt(399 / 400 * np.sum((left_out - left_out.mean()) ** 2))
    assert paired_root_mean_square(head, base).standard_error == pytest.approx(jackknife, rel=0.01)


def test_a_constant_difference_is_not_certainty() -> None:
    base = np.linspace(1, 2, 50)
    found = paired_mean(base + 0.5, base)
    assert found.value == pytest.approx(0.5)
    assert found.interval is not None
    assert 0 < found.interval[0] < 0.48
    assert found.interval[1] > 0.52
    assert found.note


@pytest.mark.parametrize(("rows", "excludes_zero"), [(2, False), (3, False), (4, True)])
def test_a_constant_difference_on_few_rows_excludes_zero_only_as_a_sign_test_does(
    rows: int, excludes_zero: bool
) -> None:
    interval = paired_mean(np.full(rows, 2.0), np.full(rows, 1.0)).interval
    assert interval is not None
    assert (interval[0] > 0) == excludes_zero


def test_equal_losses_of_different_answers_have_no_interval() -> None:
    found = paired_mean(np.ones(30), np.ones(30))
    assert found.value == 0
    assert found.interval is None
    assert not found.same_answers
    assert found.note


def test_rmse_beside_a_perfect_base_keeps_an_interval() -> None:
    random = np.random.default_rng(2)
    errors = random.normal(0, 1, 200)
    found = paired_root_mean_square(errors, np.zeros(200))
    assert found.value == pytest.approx(math.sqrt(np.mean(errors**2)))
    assert found.interval is not None
    assert 0.7 < found.interval[0] < found.value < found.interval[1] < 1.3


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("compare", [paired_mean, paired_root_mean_square])
def test_fewer_than_two_rows_decide_nothing(rows: int, compare: object) -> None:
    assert callable(compare)
    found = compare(np.ones(rows), np.zeros(rows))
    assert found.interval is None
    assert "too few" in found.note


def test_rounding_is_no_different_answer() -> None:
    scores = np.random.default_rng(3).random(100)
    assert same_answers(scores, scores * (1 + 1e-15))
    assert not same_answers(scores, scores * (1 + 1e-6))
    assert not same_answers(scores, scores[:-1])
    assert same_answers(np.array(["a", "b"]), np.array(["a", "b"]))
    assert not same_answers(np.array(["a", "b"]), np.array(["a", "c"]))
