"""Agreement with published examples, and with references that were written by others."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sklearn_metrics

from mlgate.stats import counts
from mlgate.stats.auc import paired_auc, paired_auc_of_classes
from mlgate.stats.calibration import calibration_error, paired_calibration_error
from mlgate.stats.difference import ALPHA, Difference, Z
from mlgate.stats.functional import AveragePrecision, OfMeans, paired_functional
from mlgate.stats.holm import holm
from mlgate.stats.means import paired_mean, paired_proportion, paired_root_mean_square
from mlgate.stats.sample import sample
from mlgate.stats.student import quantile, two_sided

OVARIAN = """
3.0 5.8 10 0  3.2 6.3 5 1  3.9 6.8 3 1  2.8 4.8 6 0  3.2 5.8 3 1  0.9 4.0 5 0  2.5 5.7 8 0
1.6 5.6 5 1  3.8 5.7 5 1  3.7 6.7 6 1  3.2 5.4 4 1  3.8 6.6 6 1  4.1 6.6 5 1  3.6 5.7 5 1
4.3 7.0 4 1  3.6 6.7 4 0  2.3 4.4 6 1  4.2 7.6 4 0  4.0 6.6 6 0  3.5 5.8 6 1  3.8 6.8 7 1
3.0 4.7 8 0  4.5 7.4 5 1  3.7 7.4 5 1  3.1 6.6 6 1  4.1 8.2 6 1  4.3 7.0 5 1  4.3 6.5 4 1
3.2 5.1 5 1  2.6 4.7 6 1  3.3 6.8 6 0  1.7 4.0 7 0  3.7 6.1 5 1  3.3 6.3 7 1  4.2 7.7 6 1
3.5 6.2 5 1  2.9 5.7 9 0  2.1 4.8 7 1  2.8 6.2 8 0  4.0 7.0 7 1  3.3 5.7 6 1  3.7 6.9 5 1
3.6 6.6 5 1
"""
"""Albumin, total protein, K-G score and outcome of patients in DeLong et al. 1988, as they stand in
the SAS/STAT User's Guide, chapter LOGISTIC, example Comparing Receiver Operating Characteristic
Curves."""


def test_mcnemars_p_value_is_the_published_one() -> None:
    """Agresti 1990, Categorical Data Analysis, p. 350: two surveys of the same 1,600 people.

    McNemar's chi-squared without correction is 17.3559, p = 3.099e-05 (Pennsylvania State
    University, STAT 504, lesson on matched pairs).
    """
    cells = [794, 86, 150, 570]
    second = np.repeat([True, True, False, False], cells)
    first = np.repeat([True, False, True, False], cells)
    found = paired_proportion(second, first)
    assert found.value == pytest.approx(-0.04)
    assert found.p_value == pytest.approx(3.099e-05, rel=1e-3)


def test_delong_agrees_with_the_kernel_on_delongs_own_patients() -> None:
    albumin, protein, score, outcome = np.array(OVARIAN.split(), dtype=float).reshape(-1, 4).T
    positive = outcome == 1
    for test in (albumin, protein):
        found = paired_auc(positive, test, -score)
        value, variance = by_kernel(positive, test, -score)
        assert found.value == pytest.approx(value)
        assert found.standard_error == pytest.approx(math.sqrt(variance))
        assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(value) / math.sqrt(variance)))


def by_kernel(positive: np.ndarray, *tests: np.ndarray) -> tuple[float, float]:
    """Difference of two areas and its variance, from all pairs (DeLong et al. 1988, section 2)."""
    kernels = []
    for scores in tests:
        x, y = scores[positive][:, None], scores[~positive][None, :]
        kernels.append((x > y) + 0.5 * (x == y))
    contrast = kernels[0] - kernels[1]
    by_positive, by_negative = contrast.mean(axis=1), contrast.mean(axis=0)
    variance = by_positive.var(ddof=1) / len(by_positive)
    variance += by_negative.var(ddof=1) / len(by_negative)
    return float(contrast.mean()), float(variance)


@pytest.mark.parametrize("freedom", [1, 1.5, 2, 3, 10, 99.5, 1000, 9_999, 10_001, 1e6])
def test_students_distribution_is_scipys(freedom: float) -> None:
    for t in (0.0, 0.1, 1, 1.96, 3, 5):
        assert two_sided(t, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), rel=1e-3)
        assert two_sided(-t, freedom) == two_sided(t, freedom)
    assert quantile(0.05, freedom) == pytest.approx(stats.t.isf(0.025, freedom), rel=1e-7)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_falls_below_and_keeps_the_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))
    assert max(adjusted) <= max(1.0, len(p_values) * max(p_values))
    order = np.argsort(p_values, kind="stable")
    assert np.all(np.diff(np.array(adjusted)[order]) >= 0)
    assert adjusted[order[0]] == pytest.approx(min(1, len(p_values) * p_values[order[0]]))


def test_holm_gives_the_published_adjusted_values() -> None:
    """Worked by hand: 4 x 0.005, 3 x 0.01, 2 x 0.03, then 0.04 raised to the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


# Against scipy's own bootstrap


RANDOM = np.random.default_rng(12)
ROWS = 300
TRUTH = RANDOM.integers(0, 3, ROWS)
HEAD, BASE = (np.where(RANDOM.random(ROWS) < e, RANDOM.integers(0, 3, ROWS), TRUTH)
              for e in (0.35, 0.25))  # fmt: skip
NUMBERS = RANDOM.normal(3, 2, ROWS)
OURS = NUMBERS + RANDOM.normal(0.2, 1.2, ROWS)
THEIRS = NUMBERS + RANDOM.normal(0, 1, ROWS)
SCORES = (TRUTH == 1) + RANDOM.normal(0, 1, ROWS), (TRUTH == 1) + RANDOM.normal(0, 0.8, ROWS)


def scipys(metric: object, *columns: np.ndarray, resamples: int = 150) -> tuple[float, float]:
    """Value and standard error of a paired difference by scipy.stats.bootstrap."""
    assert callable(metric)

    def difference(*picked: np.ndarray) -> float:
        return float(metric(picked[0], picked[1]) - metric(picked[0], picked[2]))

    found = stats.bootstrap(
        columns, difference, n_resamples=resamples, paired=True, vectorized=False,
        method="percentile", rng=np.random.default_rng(1),
    )  # fmt: skip
    return difference(*columns), float(found.standard_error)


def of(statistic: counts.Metric, average: counts.Average) -> Difference:
    return counts.paired_counts(TRUTH, HEAD, BASE, 3, counts.averaged(statistic, average))


def r_squared() -> Difference:
    centred = NUMBERS - NUMBERS.mean()
    terms = np.column_stack([(OURS - NUMBERS) ** 2, (THEIRS - NUMBERS) ** 2, centred, centred**2])
    return paired_functional(
        OfMeans(terms, lambda m: (m[:, 1] - m[:, 0]) / (m[:, 3] - m[:, 2] ** 2)), sample(ROWS)
    )


LABELS = TRUTH, HEAD, BASE
VALUES = NUMBERS, OURS, THEIRS
RANKS = (TRUTH == 1).astype(int), *SCORES
CASES = {
    "accuracy": (lambda: paired_proportion(HEAD == TRUTH, BASE == TRUTH),
                 sklearn_metrics.accuracy_score, LABELS),
    "f1_macro": (lambda: of(counts.f1, "macro"),
                 lambda y, p: sklearn_metrics.f1_score(y, p, average="macro"), LABELS),
    "precision_weighted": (
        lambda: of(counts.precision, "weighted"),
        lambda y, p: sklearn_metrics.precision_score(y, p, average="weighted"), LABELS),
    "balanced_accuracy": (
        lambda: counts.paired_counts(TRUTH, HEAD, BASE, 3, counts.balanced_accuracy),
        sklearn_metrics.balanced_accuracy_score, LABELS),
    "mcc": (lambda: counts.paired_counts(TRUTH, HEAD, BASE, 3, counts.matthews),
            sklearn_metrics.matthews_corrcoef, LABELS),
    "kappa": (lambda: counts.paired_counts(TRUTH, HEAD, BASE, 3, counts.kappa),
              sklearn_metrics.cohen_kappa_score, LABELS),
    "mean_absolute_error": (
        lambda: paired_mean(abs(OURS - NUMBERS), abs(THEIRS - NUMBERS)),
        sklearn_metrics.mean_absolute_error, VALUES),
    "rmse": (lambda: paired_root_mean_square(OURS - NUMBERS, THEIRS - NUMBERS),
             sklearn_metrics.root_mean_squared_error, VALUES),
    "r2": (r_squared, sklearn_metrics.r2_score, VALUES),
    "roc_auc": (lambda: paired_auc(TRUTH == 1, *SCORES), sklearn_metrics.roc_auc_score, RANKS),
    "average_precision": (
        lambda: paired_functional(AveragePrecision(TRUTH == 1, *SCORES), sample(ROWS)),
        sklearn_metrics.average_precision_score, RANKS),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_values_and_standard_errors_are_those_of_scipys_bootstrap(name: str) -> None:
    compare, metric, columns = CASES[name]
    found = compare()
    value, error = scipys(metric, *columns)
    assert found.value == pytest.approx(value, abs=1e-9)
    # 150 resamples leave the reference itself uncertain by 6 %, one standard deviation.
    assert found.standard_error == pytest.approx(error, rel=0.2)


@pytest.mark.parametrize("name", CASES)
def test_a_p_value_is_small_exactly_where_the_interval_excludes_no_change(name: str) -> None:
    found = CASES[name][0]()
    assert found.interval is not None
    assert found.p_value is not None
    assert (found.p_value < ALPHA) == (not found.interval[0] <= 0 <= found.interval[1])
    assert abs(found.value) < 6 * Z * (found.standard_error or 0)


# Areas of more than two classes


def probabilities(random: np.random.Generator, truth: np.ndarray, signal: float) -> np.ndarray:
    scores = random.normal(size=(len(truth), 3))
    scores[np.arange(len(truth)), truth] += signal
    odds = np.exp(scores)
    shares: np.ndarray = odds / odds.sum(axis=1, keepdims=True)
    return shares


@pytest.mark.parametrize("scheme", ["ovr", "ovr_weighted", "ovo", "ovo_weighted"])
def test_areas_of_classes_are_sklearns_and_their_error_is_the_bootstraps(scheme: str) -> None:
    random = np.random.default_rng(3)
    head, base = (probabilities(random, TRUTH, signal) for signal in (0.8, 1.0))
    how = {"multi_class": scheme[:3], "average": "weighted" if "_" in scheme else "macro"}

    def metric(rows: np.ndarray) -> float:
        areas = [sklearn_metrics.roc_auc_score(TRUTH[rows], s[rows], **how) for s in (head, base)]
        return float(areas[0] - areas[1])

    found = paired_auc_of_classes(TRUTH, head, base, scheme)  # type: ignore[arg-type]
    drawn = [metric(random.integers(0, ROWS, ROWS)) for _ in range(100)]
    assert found.value == pytest.approx(metric(np.arange(ROWS)), abs=1e-12)
    assert found.standard_error == pytest.approx(np.std(drawn), rel=0.25)


def test_a_class_with_one_row_has_no_interval() -> None:
    truth = np.array([0, 1] * 10 + [2])
    random = np.random.default_rng(0)
    head, base = (probabilities(random, truth, 1.0) for _ in range(2))
    found = paired_auc_of_classes(truth, head, base, "ovr")
    assert math.isfinite(found.value)
    assert found.interval is None
    assert "rarest class" in (found.note or "")


# Calibration


def test_calibration_error_counts_the_gap_of_each_bin() -> None:
    confidence = np.array([0.1, 0.1, 0.9, 1.0])
    right = np.array([False, True, True, True])
    # Bins: two rows at 0.1 of which one came true; one row at 0.9; one at 1.0.
    assert calibration_error(confidence, right) == pytest.approx((0.8 + 0.1) / 4)
    weights = np.array([1.0, 0.0, 2.0, 1.0])
    assert calibration_error(confidence, right, weights) == pytest.approx((0.1 + 0.2) / 4)


def test_an_overconfident_head_is_told_from_a_calibrated_base() -> None:
    random = np.random.default_rng(5)
    base = random.random(4000)
    came_true = random.random(4000) < base
    sharper = base**2 / (base**2 + (1 - base) ** 2)
    found = paired_calibration_error((sharper, came_true), (base, came_true))
    assert found.value > 0.05
    assert found.interval is not None
    assert found.interval[0] > 0
    assert found.p_value is not None
    assert found.p_value < 1e-6
