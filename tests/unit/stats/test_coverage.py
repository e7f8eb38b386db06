"""The intervals hold the truth as often as they say: seeded simulations with a known truth."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import norm

from mlgate.stats.auc import paired_auc
from mlgate.stats.bootstrap import paired_bootstrap
from mlgate.stats.difference import Difference
from mlgate.stats.means import paired_mean, paired_proportion, paired_root_mean_square

Draw = Callable[[np.random.Generator, int], Difference]


def accuracies(random: np.random.Generator, rows: int) -> Difference:
    u = random.random(rows)  # 3 % of rows gained, 5 % lost
    base = u < 0.85
    head = (u < 0.80) | (u > 0.97)
    return paired_proportion(head, base)


def rarely_discordant(random: np.random.Generator, rows: int) -> Difference:
    u = random.random(rows)  # 0.5 % gained, 1 % lost: often no discordant row at all
    return paired_proportion((u < 0.90) | (u > 0.995), u < 0.91)


def absolute_errors(random: np.random.Generator, rows: int) -> Difference:
    base = random.exponential(1.0, rows)
    return paired_mean(base * 0.5 + random.exponential(0.6, rows), base)


def root_mean_squares(random: np.random.Generator, rows: int) -> Difference:
    shared = random.normal(0, 1, rows)
    return paired_root_mean_square(shared + random.normal(0, 0.75, rows), shared)


def areas(random: np.random.Generator, rows: int) -> Difference:
    positive = random.random(rows) < 0.3
    shared = random.normal(0, 1, rows)
    noise = random.normal(0, 1, (2, rows))
    head, base = shared + noise + np.array([[1.2], [1.6]]) * positive
    return paired_auc(positive, head, base)


def bootstrapped_medians(random: np.random.Generator, rows: int) -> Difference:
    base = random.normal(0, 1, rows)
    head = base + random.normal(0.3, 0.5, rows)
    return paired_bootstrap(
        lambda i: float(np.median(head[i]) - np.median(base[i])), rows, resamples=200, max_rows=100
    )


# Two normals at distance d with variance 2 (shared and own noise) have an area of Phi(d / 2).
AREAS = float(norm.cdf(1.2 / 2) - norm.cdf(1.6 / 2))


@pytest.mark.parametrize(
    ("draw", "truth", "rows", "runs"),
    [
        (accuracies, -0.02, 200, 600),
        (accuracies, -0.02, 2000, 600),
        (rarely_discordant, -0.005, 100, 600),
        (absolute_errors, 0.1, 100, 600),
        (root_mean_squares, 0.25, 300, 600),
        (areas, AREAS, 300, 600),
        (bootstrapped_medians, 0.3, 150, 200),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_intervals_hold_the_truth(draw: Draw, truth: float, rows: int, runs: int) -> None:
    random = np.random.default_rng(20)
    intervals = [draw(random, rows).interval for _ in range(runs)]
    held = np.mean([low <= truth <= high for low, high in intervals])  # type: ignore[misc]
    assert held >= 0.93
