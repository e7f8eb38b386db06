"""What chance allows, against random splits of populations where rows are equal by nature."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from mlgate.checks.leakage_chance import ALPHA, Chance, by_chance, poisson_quantile
from mlgate.checks.leakage_keys import column_hashes, row_keys
from mlgate.checks.leakage_rows import is_in


def few_categories(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    return pd.DataFrame({f"c{i}": rng.integers(0, 3, rows) for i in range(4)})


def coarse_measurements(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    kind = rng.integers(0, 3, rows)
    return pd.DataFrame({name: np.round(kind + rng.normal(0, 0.4, rows), 1) for name in "abcd"})


def heavy_tail(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    return pd.DataFrame({"a": rng.zipf(1.5, rows).clip(max=10**6), "b": rng.integers(0, 5, rows)})


def one_hot(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    frame = pd.DataFrame({f"c{i}": rng.integers(0, 6, rows) for i in range(5)}).astype(str)
    return pd.get_dummies(frame)


def places(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """A place determines the columns that were joined to it."""
    place = rng.integers(0, 1000, rows)
    joined = {"lat": np.sin(place), "lon": np.cos(place), "weekday": rng.integers(0, 7, rows)}
    return pd.DataFrame({"place": place, **joined})


def overlap(train: pd.DataFrame, test: pd.DataFrame) -> tuple[int, Chance]:
    names = train.columns.tolist()
    keys = row_keys(train, test, names)
    columns = (left for left, _ in column_hashes(train, test, names))
    return int(is_in(keys[1], keys[0]).sum()), by_chance(keys[0], columns, len(test))


@pytest.mark.parametrize("sizes", [(400, 100), (300, 900)], ids=str)
@pytest.mark.parametrize(
    "population", [few_categories, coarse_measurements, heavy_tail, one_hot, places]
)
def test_a_random_split_seldom_has_more_equal_rows_than_chance_allows(population, sizes):
    rng = np.random.default_rng(7)
    seen = []
    for _ in range(60):
        frame = population(rng, sum(sizes))
        seen.append(overlap(frame[: sizes[0]], frame[sizes[0] :]))
    beyond = sum(count > chance.most for count, chance in seen)
    assert beyond <= 1
    counts = np.array([count for count, _ in seen])
    expected = np.array([chance.expected for _, chance in seen])
    # The estimate is right on average, up to four standard errors of the two means.
    spread = 4 * np.hypot(counts.std(), expected.std()) / np.sqrt(len(seen))
    assert abs(expected.mean() - counts.mean()) <= spread + 0.5


@pytest.mark.parametrize("columns", [6, 30])
def test_rows_repeated_on_purpose_excuse_nothing(columns):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(10, 2, (400, columns)).round(2)).rename(columns=str)
    oversampled = pd.concat([frame] * 3).sample(frac=1, random_state=0)
    count, chance = overlap(oversampled[:900], oversampled[900:])
    assert count > 250
    assert chance.most <= 2


def test_oversampling_shows_among_many_categories_and_few_measurements():
    rng = np.random.default_rng(0)
    categories = {f"c{i}": rng.choice(["yes", "no", "none"], 1000) for i in range(10)}
    measured = {"charge": rng.uniform(20, 120, 1000).round(2), "tenure": rng.integers(1, 72, 1000)}
    frame = pd.DataFrame({**categories, **measured})
    oversampled = pd.concat([frame, frame[:500]]).sample(frac=1, random_state=0)
    count, chance = overlap(oversampled[:1200], oversampled[1200:])
    assert count > 100
    assert chance.most <= 10


def test_a_leak_is_found_where_some_equal_rows_are_natural():
    rng = np.random.default_rng(1)
    frame = coarse_measurements(rng, 1000)
    train, test = frame[:800], frame[800:]
    count, chance = overlap(pd.concat([train, test[:40]]), test)
    assert count > chance.most > 0


def test_real_measurements_are_never_equal_by_chance():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 3))).rename(columns=str)
    assert overlap(frame[:100], frame[100:])[1] == Chance(expected=0.0, most=0)


def test_one_row_again_and_again_says_nothing():
    frame = pd.DataFrame({"a": [1] * 50})
    count, chance = overlap(frame[:30], frame[30:])
    assert count == chance.most == 20


@pytest.mark.parametrize("mean", [0.0, 1e-6, 0.01, 0.5, 3.0, 42.0, 99.9, 101.0, 5000.0])
def test_the_quantile_is_scipys(mean):
    exact = poisson.isf(ALPHA, mean) if mean else 0
    assert abs(poisson_quantile(mean) - exact) <= (1 if mean > 100 else 0)
