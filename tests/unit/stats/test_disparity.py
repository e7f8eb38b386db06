"""How far apart groups are, compared: values beside fairlearn, errors beside naive resampling."""

from typing import Any

import numpy as np
import pytest
from fairlearn import metrics as fairlearn
from sklearn.metrics import roc_auc_score

from mlgate.stats.auc import paired_auc
from mlgate.stats.decision import Decision, decide
from mlgate.stats.disparity import (
    Aggregate,
    Rate,
    aggregated,
    areas,
    paired_disparity,
    paired_evaluation,
)
from mlgate.stats.sample import sample

Array = np.ndarray[Any, Any]


def draw(
    sizes: list[int], base: list[float], head: list[float], seed: int = 0, *, same: float = 0.9
) -> tuple[Array, Array, Array]:
    """Groups, and what base and head select; a share of the rows has one fate in both."""
    random = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    fate = random.random(len(groups))
    other = np.where(random.random(len(groups)) < same, fate, random.random(len(groups)))
    return groups, fate < np.array(base)[groups], other < np.array(head)[groups]


def selection(chosen: Array) -> list[Rate]:
    return [Rate(top=chosen, bottom=np.ones(len(chosen), dtype=bool))]


def odds(truth: Array, chosen: Array) -> list[Rate]:
    return [Rate(top=truth & chosen, bottom=truth), Rate(top=~truth & chosen, bottom=~truth)]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("aggregate", ["difference", "ratio"])
def test_values_are_fairlearns(aggregate: Aggregate, weighted: bool) -> None:
    groups, base, head = draw([60, 90, 40], [0.3, 0.5, 0.4], [0.4, 0.4, 0.6])
    random = np.random.default_rng(1)
    truth = random.random(len(groups)) < 0.5
    weights = random.uniform(0, 2, len(groups)) if weighted else None
    rows = sample(len(groups), weights)
    for name, rates in (
        ("demographic_parity", lambda chosen: selection(chosen)),
        ("equalized_odds", lambda chosen: odds(truth, chosen)),
        ("equal_opportunity", lambda chosen: odds(truth, chosen)[:1]),
    ):
        measure = getattr(fairlearn, f"{name}_{aggregate}")
        more = {"sensitive_features": groups, "sample_weight": weights}
        expected = measure(truth, head, **more) - measure(truth, base, **more)
        seen = paired_disparity(rates(head), rates(base), groups, aggregate, rows)
        assert seen.value == pytest.approx(expected, abs=1e-12)


def naive(head: Array, base: Array, groups: Array, units: Array, *, times: int = 1_000) -> Array:
    """The difference of demographic parity differences in resamples of units, one at a time."""
    random = np.random.default_rng(7)
    members = [np.flatnonzero(units == unit) for unit in range(units.max() + 1)]
    found = []
    for _ in range(times):
        chosen = np.concatenate(
            [members[u] for u in random.integers(0, len(members), len(members))]
        )
        own = groups[chosen]
        values = [
            [side[chosen][own == g].mean() for g in range(groups.max() + 1)]
            for side in (head, base)
        ]
        found.append(np.ptp(values[0]) - np.ptp(values[1]))
    return np.array(found)


def test_the_error_of_counts_is_that_of_resampled_rows() -> None:
    groups, base, head = draw([150, 200, 100], [0.3, 0.5, 0.4], [0.3, 0.6, 0.4])
    seen = paired_disparity(
        selection(head), selection(base), groups, "difference", sample(len(groups))
    )
    drawn = naive(head, base, groups, np.arange(len(groups)))
    assert seen.standard_error == pytest.approx(drawn.std(), rel=0.1)
    assert seen.interval is not None
    assert seen.interval[0] < seen.value < seen.interval[1]


def test_the_error_of_clusters_is_that_of_resampled_clusters() -> None:
    groups, base, head = draw([120, 150], [0.3, 0.5], [0.3, 0.65])
    clusters = np.repeat(np.arange(len(groups) // 3), 3)
    seen = paired_disparity(
        selection(head),
        selection(base),
        groups,
        "difference",
        sample(len(groups), clusters=clusters),
    )
    drawn = naive(head, base, groups, clusters)
    assert seen.standard_error == pytest.approx(drawn.std(), rel=0.1)
    assert "90 clusters" in seen.method


def test_rows_that_are_repeated_in_clusters_decide_no_more() -> None:
    groups, base, head = draw([120, 150], [0.3, 0.5], [0.3, 0.65])
    once = paired_disparity(
        selection(head), selection(base), groups, "difference", sample(len(groups))
    )
    times = np.repeat(np.arange(len(groups)), 5)
    often = paired_disparity(
        selection(head[times]),
        selection(base[times]),
        groups[times],
        "difference",
        sample(len(times), clusters=times),
    )
    assert often.value == pytest.approx(once.value)
    assert often.standard_error == pytest.approx(once.standard_error, rel=0.1)


@pytest.mark.parametrize("size", [500, 5_000])
def test_drawn_rows_and_drawn_sums_have_the_error_of_drawn_counts(size: int) -> None:
    groups, base, head = draw([size, size, size // 10], [0.3, 0.5, 0.4], [0.3, 0.55, 0.45])
    rows = sample(len(groups))
    exact = paired_disparity(selection(head), selection(base), groups, "difference", rows)
    ours, theirs = (selection(side * 1.0) for side in (head, base))
    seen = paired_disparity(ours, theirs, groups, "difference", rows)
    assert seen.value == pytest.approx(exact.value)
    assert seen.standard_error == pytest.approx(exact.standard_error, rel=0.1)


def test_a_root_is_taken_of_the_ratio() -> None:
    random = np.random.default_rng(3)
    groups = np.repeat([0, 1], 200)
    errors = random.normal(0, 1 + groups)
    other = errors + random.normal(0, 0.1, 400)
    every = np.ones(400, dtype=bool)
    ours, theirs = ([Rate(top=each**2, bottom=every, root=True)] for each in (errors, other))
    seen = paired_disparity(ours, theirs, groups, "group_max", sample(400))
    expected = np.sqrt((errors[200:] ** 2).mean()) - np.sqrt((other[200:] ** 2).mean())
    assert seen.value == pytest.approx(expected)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_areas_of_groups_are_scikit_learns_and_their_error_delongs(weighted: bool) -> None:
    random = np.random.default_rng(5)
    groups = np.repeat([0, 1], [300, 200])
    truth = random.random(500) < 0.4
    scores = np.round(truth + random.normal(0, 1, 500), 1)  # with ties
    other = scores + random.normal(0, 0.3, 500)
    weights = random.uniform(0, 2, 500) if weighted else None
    rate = areas(truth, scores, groups, sample(500, weights))
    for group in (0, 1):
        chosen = groups == group
        own = None if weights is None else weights[chosen]
        expected = roc_auc_score(truth[chosen], scores[chosen], sample_weight=own)
        assert np.average(rate.top[chosen], weights=own) == pytest.approx(expected)
    one = np.zeros(500, dtype=int)
    ours, theirs = ([areas(truth, side, one, sample(500, weights))] for side in (scores, other))
    seen = paired_disparity(ours, theirs, one, "group_min", sample(500, weights))
    delong = paired_auc(truth, scores, other, sample(500, weights))
    assert seen.value == pytest.approx(delong.value)
    assert seen.standard_error == pytest.approx(delong.standard_error, rel=0.1)


def test_any_metric_can_be_evaluated_on_resampled_rows() -> None:
    groups, base, head = draw([150, 200], [0.3, 0.5], [0.3, 0.65])
    rows = sample(len(groups))
    exact = paired_disparity(selection(head), selection(base), groups, "difference", rows)
    seen = paired_evaluation(
        lambda i: float(head[i].mean()), lambda i: float(base[i].mean()), groups, "difference", rows
    )
    assert seen.value == pytest.approx(exact.value)
    assert seen.standard_error == pytest.approx(exact.standard_error, rel=0.2)
    clusters = np.arange(len(groups)) // 2
    clustered = paired_evaluation(
        lambda i: float(head[i].mean()),
        lambda i: float(base[i].mean()),
        groups,
        "difference",
        sample(len(groups), clusters=clusters),
    )
    assert clustered.value == pytest.approx(exact.value)
    assert clustered.interval is not None


def test_a_rate_that_resamples_lose_is_not_decided() -> None:
    truth = np.zeros(200, dtype=bool)
    truth[[0, 1, 100, 101]] = True
    random = np.random.default_rng(0)
    chosen, others = random.random(200) < 0.5, random.random(200) < 0.5
    groups = np.repeat([0, 1], 100)
    ours, theirs = (odds(truth, side)[:1] for side in (chosen, others))
    seen = paired_disparity(ours, theirs, groups, "difference", sample(200))
    assert seen.interval is None
    assert seen.note is not None
    assert "undefined" in seen.note


def test_a_change_between_the_ends_is_bounded_by_the_rows_at_the_ends() -> None:
    groups = np.repeat([0, 1, 2], 1_000)
    place = np.tile(np.arange(1_000), 3)
    base = np.select([groups == 0, groups == 1], [place < 100, place < 500], place < 900)
    head = np.where(groups == 1, place < 520, base)
    seen = paired_disparity(selection(head), selection(base), groups, "difference", sample(3_000))
    assert seen.value == 0
    assert seen.interval == pytest.approx((-0.00765, 0.00765), rel=0.01)
    few = np.flatnonzero(place % 20 == 0)
    seen = paired_disparity(
        selection(head[few]), selection(base[few]), groups[few], "difference", sample(150)
    )
    comparison = decide(seen, allowed=0.05, greater_is_better=False)
    assert comparison.decision is Decision.INCONCLUSIVE


def test_groups_that_did_not_change_are_rarely_called_further_apart() -> None:
    alarms = 0
    for seed in range(200):
        groups, base, head = draw([60] * 4, [0.3, 0.4, 0.4, 0.5], [0.3, 0.4, 0.4, 0.5], seed)
        seen = paired_disparity(
            selection(head), selection(base), groups, "difference", sample(len(groups))
        )
        assert seen.interval is not None
        alarms += seen.interval[0] > 0
    assert alarms <= 10


def test_groups_that_moved_apart_are_found() -> None:
    groups, base, head = draw([500, 500, 500], [0.4, 0.4, 0.4], [0.4, 0.4, 0.6])
    seen = paired_disparity(
        selection(head), selection(base), groups, "difference", sample(len(groups))
    )
    comparison = decide(seen, allowed=0.05, greater_is_better=False)
    assert comparison.decision is Decision.REGRESSED
    assert seen.p_value is not None
    assert seen.p_value < 0.001


def test_p_is_below_five_percent_exactly_where_the_interval_excludes_no_change() -> None:
    for seed in range(40):
        groups, base, head = draw([100, 100], [0.4, 0.5], [0.36, 0.54], seed)
        seen = paired_disparity(
            selection(head), selection(base), groups, "difference", sample(len(groups))
        )
        assert seen.interval is not None
        assert seen.p_value is not None
        excluded = seen.interval[0] > 0 or seen.interval[1] < 0
        assert excluded == (seen.p_value < 0.05)


def test_an_undefined_value_of_a_group_is_no_aggregate() -> None:
    values = np.array([[0.2, np.nan, 0.5]])
    assert all(
        np.isnan(aggregated(values, aggregate))
        for aggregate in ("difference", "ratio", "group_min", "group_max")
    )
    assert np.isnan(aggregated(np.zeros((1, 3)), "ratio"))
