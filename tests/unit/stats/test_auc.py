import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sklearn.metrics import roc_auc_score

from mlgate.stats.auc import midranks, paired_auc


def delong_by_definition(
    positive: np.ndarray, head: np.ndarray, base: np.ndarray
) -> tuple[float, float]:
    """Difference and variance from the kernel of all pairs, as in DeLong et al. 1988."""
    placements = []
    for scores in (head, base):
        x, y = scores[positive][:, None], scores[~positive][None, :]
        kernel = (x > y) + 0.5 * (x == y)
        placements.append((kernel.mean(axis=1), kernel.mean(axis=0)))
    areas = [v10.mean() for v10, _ in placements]
    variance = 0.0
    for part in range(2):
        covariance = np.cov(placements[0][part], placements[1][part], ddof=1)
        size = len(placements[0][part])
        variance += (covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]) / size
    return float(areas[0] - areas[1]), float(variance)


few_values = st.integers(0, 6).map(float)  # so that ties happen
samples = st.integers(4, 50).flatmap(
    lambda n: st.tuples(
        arrays(bool, n),
        arrays(float, n, elements=few_values),
        arrays(float, n, elements=few_values),
    )
)


@given(samples)
def test_delong_agrees_with_its_definition_and_with_sklearn(
    three: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    positive, head, base = three
    assume(2 <= positive.sum() <= len(positive) - 2)
    found = paired_auc(positive, head, base)
    expected = roc_auc_score(positive, head) - roc_auc_score(positive, base)
    assert found.value == pytest.approx(expected, abs=1e-12)
    difference, variance = delong_by_definition(positive, head, base)
    assert found.value == pytest.approx(difference, abs=1e-12)
    if found.method == "DeLong":
        assert found.standard_error == pytest.approx(math.sqrt(variance), rel=1e-9)
    else:
        assert variance == pytest.approx(0, abs=1e-20)
    assert found.interval is not None
    assert found.interval[0] <= found.value <= found.interval[1]


@given(arrays(float, st.integers(1, 60), elements=few_values))
def test_midranks_are_scipys_average_ranks(values: np.ndarray) -> None:
    assert midranks(values).tolist() == stats.rankdata(values).tolist()


def test_two_perfect_models_are_not_certainty() -> None:
    positive = np.repeat([False, True], 20)
    head = np.arange(40.0)
    base = np.where(positive, 100 - head, -head)  # separates as well, in another order
    found = paired_auc(positive, head, base)
    assert found.value == 0
    assert not found.same_answers
    assert found.interval is not None
    assert found.interval[0] == -found.interval[1]
    assert 0.05 < found.interval[1] < 0.15
    assert found.standard_error


def test_the_bound_for_perfect_models_shrinks_with_the_rows() -> None:
    bounds = []
    for rows in (20, 200, 2000):
        positive = np.repeat([False, True], rows)
        head = np.arange(2.0 * rows)
        interval = paired_auc(positive, head, positive.astype(float)).interval
        assert interval is not None
        bounds.append(interval[1])
    assert bounds[0] > 5 * bounds[1] > 25 * bounds[2] > 0


def test_a_perfect_and_an_inverted_model_differ_by_less_than_certainty() -> None:
    positive = np.repeat([False, True], 30)
    found = paired_auc(positive, -positive.astype(float), positive.astype(float))
    assert found.value == -1
    assert found.interval is not None
    assert -1 == found.interval[0] < found.interval[1] < -0.8


def test_a_monotonic_change_of_scores_ranks_alike() -> None:
    random = np.random.default_rng(0)
    positive = random.random(50) < 0.4
    scores = random.random(50)
    found = paired_auc(positive, scores**3, scores)
    assert found.value == 0
    assert found.same_answers
    assert found.note is not None
    assert "alike" in found.note


@pytest.mark.parametrize("positives", [0, 10])
def test_one_class_alone_has_no_area(positives: int) -> None:
    positive = np.arange(10) < positives
    found = paired_auc(positive, np.arange(10.0), -np.arange(10.0))
    assert math.isnan(found.value)
    assert found.interval is None
    assert found.note == "all rows are of one class"


def test_no_rows_have_no_area() -> None:
    empty = np.array([])
    found = paired_auc(empty.astype(bool), empty, empty)
    assert math.isnan(found.value)
    assert found.note == "there are no rows"


def test_one_row_of_a_class_has_a_value_and_no_interval() -> None:
    positive = np.arange(10) == 3
    found = paired_auc(positive, np.arange(10.0), -np.arange(10.0))
    assert math.isfinite(found.value)
    assert found.interval is None
    assert found.note is not None
    assert "rarer class" in found.note
