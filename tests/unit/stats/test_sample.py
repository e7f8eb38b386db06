"""Weights and clusters: what they do to values and to intervals."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from mlgate.stats import counts
from mlgate.stats.auc import paired_auc
from mlgate.stats.bootstrap import paired_bootstrap
from mlgate.stats.calibration import paired_calibration_error
from mlgate.stats.difference import Array, Difference, Z
from mlgate.stats.functional import AveragePrecision, MeanOf, OfMeans, paired_functional
from mlgate.stats.means import paired_mean, paired_proportion, paired_root_mean_square
from mlgate.stats.sample import Sample, sample


def test_equal_weights_and_clusters_of_one_are_as_good_as_none() -> None:
    assert sample(4, np.full(4, 2.5), np.arange(4)).plain
    assert sample(0, np.array([])).plain
    assert not sample(4, np.array([1, 1, 1, 2.0])).plain
    assert not sample(4, None, np.array(["a", "a", "b", "c"])).plain


def test_units_count_what_is_independent() -> None:
    assert sample(10).units == 10
    assert sample(4, np.array([1.0, 0.0, 0.0, 0.0])).units == 1
    assert sample(6, None, np.repeat([0, 1, 2], 2)).units == pytest.approx(3)
    assert sample(6, None, np.array([0, 0, 0, 0, 0, 1])).units < 2


def test_clusters_of_equal_size_are_a_paired_t_of_their_means() -> None:
    random = np.random.default_rng(1)
    clusters = np.repeat(np.arange(30), 10)
    shift = random.normal(0, 1, 30)[clusters]
    head, base = random.normal(0.3, 1, 300) + shift, random.normal(0, 1, 300)
    found = paired_mean(head, base, sample(300, None, clusters))
    means = [np.bincount(clusters, v) / 10 for v in (head, base)]
    expected = stats.ttest_rel(*means)
    interval = expected.confidence_interval()
    assert found.interval == pytest.approx((interval.low, interval.high))
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.method == "paired t, 30 clusters"
    naive = paired_mean(head, base).standard_error
    assert naive is not None
    assert (found.standard_error or 0) > 1.5 * naive


def test_a_weight_of_zero_leaves_a_row_out() -> None:
    random = np.random.default_rng(2)
    head, base = random.normal(size=(2, 50))
    weights = np.repeat([1.0, 0.0], [40, 10])
    found = paired_mean(head, base, sample(50, weights))
    left = paired_mean(head[:40], base[:40])
    assert found.value == pytest.approx(left.value)
    assert found.standard_error == pytest.approx(left.standard_error, rel=0.02)
    assert found.interval == pytest.approx(left.interval, rel=0.03)


def test_one_cluster_decides_nothing() -> None:
    random = np.random.default_rng(3)
    found = paired_mean(random.normal(size=50), np.zeros(50), sample(50, None, np.zeros(50)))
    assert found.interval is None
    assert found.note == "1 clusters are worth too few independent rows to compare"


@pytest.mark.parametrize("weights", [None, np.linspace(1, 2, 40)])
def test_no_discordant_row_among_clusters_is_no_certainty(weights: Array | None) -> None:
    right = np.arange(40) % 3 > 0
    rows = sample(40, weights, np.repeat(np.arange(8), 5))
    found = paired_proportion(right, right, rows)
    bound = Z**2 / (rows.units + Z**2)
    assert found.interval == pytest.approx((-bound, bound))
    assert found.p_value == 1


# Every comparison with clusters: the error is that of resampling whole clusters.

CLUSTERS = np.repeat(np.arange(60), 5)
RANDOM = np.random.default_rng(4)
SHARED = RANDOM.normal(0, 1, 60)[CLUSTERS]
POSITIVE = RANDOM.random(300) < 1 / (1 + np.exp(-SHARED))
SCORES = POSITIVE + SHARED + RANDOM.normal(0, 0.6, (2, 300))
WEIGHTS = RANDOM.uniform(0.5, 2, 300)
CHANCES = 1 / (1 + np.exp(-SCORES))
LABELS = (SCORES > 0.5).astype(int)
ERRORS = SHARED + RANDOM.normal(0, 1, (2, 300))

Compare = Callable[[Array, Sample], Difference]


def f1(i: Array, rows: Sample) -> Difference:
    metric = counts.averaged(counts.f1, "binary")
    return counts.paired_counts(
        POSITIVE[i].astype(int), LABELS[0, i], LABELS[1, i], 2, metric, rows
    )


def average_precision(i: Array, rows: Sample) -> Difference:
    one = AveragePrecision(POSITIVE[i], SCORES[0, i], SCORES[1, i])
    return paired_functional(MeanOf([one, one]), rows)


def mean_squares(i: Array, rows: Sample) -> Difference:
    return paired_functional(OfMeans(ERRORS[:, i].T ** 2, lambda m: m[:, 0] - m[:, 1]), rows)


COMPARISONS: dict[str, Compare] = {
    "accuracy": lambda i, rows: paired_proportion(
        LABELS[0, i] == POSITIVE[i], LABELS[1, i] == POSITIVE[i], rows
    ),
    "mean error": lambda i, rows: paired_mean(abs(ERRORS[0, i]), abs(ERRORS[1, i]), rows),
    "rmse": lambda i, rows: paired_root_mean_square(ERRORS[0, i], ERRORS[1, i], rows),
    "roc_auc": lambda i, rows: paired_auc(POSITIVE[i], SCORES[0, i], SCORES[1, i], rows),
    "f1": f1,
    "average_precision": average_precision,
    "function of means": mean_squares,
    "ece": lambda i, rows: paired_calibration_error(
        (CHANCES[0, i], POSITIVE[i]), (CHANCES[1, i], POSITIVE[i]), rows
    ),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", COMPARISONS)
def test_errors_with_clusters_are_those_of_resampled_clusters(name: str, weighted: bool) -> None:
    weights = WEIGHTS if weighted else None
    compare = COMPARISONS[name]
    found = compare(np.arange(300), sample(300, weights, CLUSTERS))
    random = np.random.default_rng(5)
    drawn = []
    for _ in range(100):
        rows = (random.integers(0, 60, 60)[:, None] * 5 + np.arange(5)).ravel()
        again = compare(rows, sample(300, None if weights is None else weights[rows]))
        drawn.append(again.value)
    # An absolute value adds noise of its own to each resample, so that ECE agrees only roughly.
    assert found.standard_error == pytest.approx(np.std(drawn), rel=0.5 if name == "ece" else 0.25)
    assert found.interval is not None
    assert found.interval[0] <= found.value <= found.interval[1]
    assert "60 clusters" in found.method


def test_the_resampling_of_any_metric_takes_whole_clusters() -> None:
    seen = []

    def difference(rows: Array) -> float:
        seen.append(np.bincount(CLUSTERS[rows], minlength=60))
        return float(abs(ERRORS[0, rows]).mean() - abs(ERRORS[1, rows]).mean())

    found = paired_bootstrap(difference, sample(300, None, CLUSTERS), resamples=200)
    exact = paired_mean(abs(ERRORS[0]), abs(ERRORS[1]), sample(300, None, CLUSTERS))
    assert all((times % 5 == 0).all() for times in seen)
    assert found.standard_error == pytest.approx(exact.standard_error, rel=0.2)


def test_large_and_small_tables_of_counts_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    metric = counts.averaged(counts.f1, "macro")
    random = np.random.default_rng(6)
    truth = random.integers(0, 20, 3000)
    head, base = (
        np.where(random.random(3000) < 0.3, random.integers(0, 20, 3000), truth) for _ in range(2)
    )
    drawn = counts.paired_counts(truth, head, base, 20, metric)
    monkeypatch.setattr(counts, "MOST", 0)
    by_slope = counts.paired_counts(truth, head, base, 20, metric)
    assert by_slope.method == "delta method"
    assert by_slope.value == drawn.value
    assert by_slope.standard_error == pytest.approx(drawn.standard_error, rel=0.05)


def test_few_and_many_rows_agree_on_average_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    metric = AveragePrecision(POSITIVE, *SCORES)
    drawn = paired_functional(metric, sample(300))
    monkeypatch.setattr("mlgate.stats.functional.FEW", 0)
    by_influence = paired_functional(metric, sample(300))
    assert by_influence.method == "delta method"
    assert drawn.method == "bootstrap"
    assert by_influence.standard_error == pytest.approx(drawn.standard_error, rel=0.1)


def test_an_area_from_few_clusters_has_students_interval() -> None:
    few = np.arange(300) // 75
    found = paired_auc(POSITIVE, SCORES[0], SCORES[1], sample(300, None, few))
    assert found.interval is not None
    assert found.standard_error
    half_width = found.interval[1] - found.value
    assert half_width / found.standard_error == pytest.approx(stats.t.isf(0.025, 3), rel=1e-6)


def test_clusters_keep_their_level() -> None:
    """95 % intervals hold no change in about 95 of 100 samples of 40 unequal clusters."""
    held = []
    for seed in range(300):
        random = np.random.default_rng(seed)
        clusters = np.repeat(np.arange(40), random.integers(1, 12, 40))
        shift = random.normal(0, 1, (2, 40))[:, clusters]
        head, base = shift + random.normal(0, 1, (2, len(clusters)))
        interval = paired_mean(head, base, sample(len(clusters), None, clusters)).interval
        assert interval is not None
        held.append(interval[0] <= 0 <= interval[1])
    assert 0.92 < np.mean(held) < 0.98
