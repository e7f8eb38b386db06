"""How well one feature alone predicts a target, against scikit-learn and scipy."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.metrics import roc_auc_score

from mlgate.checks import leakage_features
from mlgate.checks.leakage_features import strengths


def score(feature: object, target: object) -> float | None:
    frame = pd.DataFrame({"x": feature, "y": target})
    return strengths(frame, "y", ["x"]).get("x")


def test_a_number_and_two_classes_are_scored_by_auc_in_the_better_direction():
    data = load_breast_cancer(as_frame=True)
    found = strengths(data.frame, "target", list(data.data.columns))
    for column in data.data.columns:
        area = roc_auc_score(data.target, data.data[column])
        assert found[column] == pytest.approx(max(area, 1 - area))
    assert max(found.values()) < 0.98


def test_numbers_are_scored_by_spearman():
    data = load_diabetes(as_frame=True)
    found = strengths(data.frame, "target", ["bmi", "s5"])
    for column in ("bmi", "s5"):
        rho = spearmanr(data.data[column], data.target)[0]
        assert found[column] == pytest.approx(rho**2)


def test_any_growing_function_of_a_quantity_tells_it():
    y = np.random.default_rng(0).normal(size=200)
    assert score(np.exp(3 * y), y) == pytest.approx(1)
    assert score(-y, y) == pytest.approx(1)


def test_more_classes_count_by_their_worst_pair():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 600)
    assert score(y * 10 + rng.normal(0, 0.1, 600), y) == 1
    found = score(np.where(y == 2, 0, y) * 10 + rng.normal(0, 0.1, 600), y)
    assert found is not None
    assert found < 0.6


def test_a_category_tells_what_it_tells_on_other_rows():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    regions = np.array([f"r{i}" for i in range(20)])
    told = regions[(rng.integers(0, 10, 400)) + 10 * y]
    assert score(told, y) == 1
    assert score(pd.Series(told).astype("category"), y) == 1
    by_luck = score(regions[rng.integers(0, 20, 400)], y)
    assert by_luck is not None
    assert by_luck < 0.2


def test_codes_without_an_order_are_categories():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 10, 500)
    assert score(codes, codes % 2) == 1
    assert score(codes, np.array([5.0, 1.5, 9.0, 3.0, 7.5, 0.5, 4.5, 8.0, 2.5, 6.0])[codes]) == 1


def test_to_be_missing_may_tell():
    y = np.arange(200) % 2
    assert score(np.where(y, np.random.default_rng(0).normal(size=200), np.nan), y) == 1
    when = pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(200), "D"))
    assert score(when.where(y == 1), y) == 1
    assert score(pd.Series("x", index=range(200)).where(y == 1), y) == 1


def test_a_text_target_and_a_flag_are_classes():
    y = np.arange(60) % 2
    assert score(y * 2.5, np.where(y, "yes", "no")) == 1
    assert score(y * 2.5, y == 1) == 1


@pytest.mark.parametrize(
    ("feature", "target"),
    [
        ([f"text {i}" for i in range(60)], [0, 1] * 30),
        (range(60), [1] * 60),
        (range(60), [None] * 60),
        (range(19), [0, 1] * 9 + [0]),
        (range(60), [0] * 51 + [1] * 9),
        (range(60), [f"name {i}" for i in range(60)]),
    ],
    ids=["keys", "one class", "nulls", "few rows", "rare class", "texts"],
)
def test_what_cannot_be_scored_is_left_out(feature, target):
    assert score(feature, target) is None


def test_a_constant_tells_nothing():
    assert score([1.0] * 60, [0, 1] * 30) == 0
    assert score(["x"] * 60, [0, 1] * 30) == 0


def test_a_target_of_lists_is_one_of_classes():
    y = np.arange(60) % 2
    assert score(y * 2.5, [[int(label)] for label in y]) == 1


def test_rows_without_a_target_do_not_count():
    y = np.arange(100) % 2
    target = pd.Series(y, dtype="Int64").mask(np.arange(100) < 20)
    feature = np.where(np.arange(100) < 20, 0.7, y * 1.5)
    assert score(feature, target) == 1


def test_a_large_table_is_sampled(monkeypatch):
    monkeypatch.setattr(leakage_features, "MOST_ROWS", 500)
    y = np.arange(5000) % 2
    assert score(y * 3, y) == 1
