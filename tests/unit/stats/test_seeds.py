import numpy as np
import pytest

from mlgate.stats.difference import unchanged, undecidable
from mlgate.stats.means import paired_mean
from mlgate.stats.seeds import across_seeds


def test_one_model_alone_has_no_seeds() -> None:
    random = np.random.default_rng(0)
    found = paired_mean(*random.normal(size=(2, 40)))
    assert across_seeds([found]) is found


def test_the_same_answers_of_all_seeds_do_not_differ() -> None:
    assert across_seeds([unchanged(9), unchanged(9)]).same_answers


def test_a_seed_without_an_interval_decides_nothing() -> None:
    random = np.random.default_rng(0)
    found = paired_mean(*random.normal(size=(2, 40)))
    both = across_seeds([found, undecidable(0.1, 40, "paired t", "why")])
    assert both.interval is None
    assert both.note == "why"
    assert both.value == pytest.approx((found.value + 0.1) / 2)


def test_the_chance_of_a_seed_is_part_of_the_interval() -> None:
    """Recipes of equal quality whose seeds differ: rows alone cry wolf, rows and seeds do not."""
    held, by_rows = [], []
    for run in range(300):
        random = np.random.default_rng(run)
        rows = random.normal(0, 1, 2000)
        luck = random.normal(0, 0.05, 5)  # of four seeds of head, and of base
        losses = rows + luck[:, None] + random.normal(0, 0.3, (5, 2000))
        found = [paired_mean(losses[seed], losses[4]) for seed in range(4)]
        both = across_seeds(found)
        assert both.interval is not None
        assert found[0].interval is not None
        held.append(both.interval[0] <= 0 <= both.interval[1])
        by_rows.append(found[0].interval[0] <= 0 <= found[0].interval[1])
    assert np.mean(by_rows) < 0.3
    assert np.mean(held) > 0.92
