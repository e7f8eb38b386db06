"""Paired comparison of any metric, by resampling rows."""

import math
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from mlgate.stats.difference import (
    MIN_ROWS,
    ROUNDING,
    Array,
    Difference,
    constant,
    undecidable,
)
from mlgate.stats.linear import student, too_few
from mlgate.stats.sample import Sample, sample

RESAMPLES: Final = 500
"""An end of the interval is then uncertain by an eighth of a standard error, and a metric of
scikit-learn, at some milliseconds a call, costs a few seconds."""
MAX_ROWS: Final = 5_000
"""Rows in one resample at most, so that the cost does not grow with the data."""
RARE: Final = 20
"""Below so many expected rows of a class, resamples hold a fixed number of each class: left to
chance, a resample lacks it with a probability of exp(-20) at 20 rows, but of 1 in 150 at 5."""


def paired_bootstrap(
    difference: Callable[[Array], float],
    rows: int | Sample,
    *,
    strata: Array | None = None,
    resamples: int = RESAMPLES,
    max_rows: int = MAX_ROWS,
    seed: int = 0,
) -> Difference:
    """Difference of any metric on the same rows: Student's interval, with a resampled error.

    Efron and Tibshirani 1993, An Introduction to the Bootstrap, section 12.2. Above `max_rows`
    rows, resamples of m of the n rows are drawn and deviations scaled by the root of m / n (Bickel,
    Götze and van Zwet 1997, Stat. Sinica 7:1-31), which holds for metrics with a root-n limit.
    Clusters are drawn whole.

    Args:
        difference: Head's metric minus base's on the rows with these indices.
        rows: The sample, or the number of its rows.
        strata: Class of each row, where a resample without one of the classes has no metric.
        resamples: Number of resamples.
        max_rows: Rows in one resample at most.
        seed: Seed of the random numbers; the same seed gives the same interval.
    """
    rows = sample(rows) if isinstance(rows, int) else rows
    count = rows.rows
    value = difference(np.arange(count)) if count else math.nan
    if rows.rows < MIN_ROWS or rows.units < MIN_ROWS:
        return undecidable(value, count, "bootstrap", too_few(rows))
    size = min(count, max_rows)
    random = np.random.default_rng(seed)
    samples = resampled(rows, size, strata, random)
    drawn = np.array([difference(next(samples)) for _ in range(resamples)])
    undefined = int(np.count_nonzero(~np.isfinite(drawn)))
    if undefined:
        why = f"it is undefined in {undefined} of {resamples} resamples of these rows"
        return undecidable(value, count, "bootstrap", why)
    error = float(drawn.std(ddof=1)) * math.sqrt(size / count)
    if error <= ROUNDING * max(abs(value), ROUNDING):
        return constant(value, count, "bootstrap", rows.units)
    return student(value, error, rows, method="bootstrap")


def resampled(
    rows: Sample, size: int, strata: Array | None, random: np.random.Generator
) -> Iterator[Array]:
    """Endless index arrays of about `size` rows, drawn with replacement; clusters whole."""
    if rows.clusters is None:
        return _resamples(rows.rows, size, strata, random)
    return _resampled_clusters(rows.clusters, size, random)


def _resamples(
    rows: int, size: int, strata: Array | None, random: np.random.Generator
) -> Iterator[Array]:
    """Endless index arrays, drawn with replacement; within classes where one of them is rare."""
    groups = [np.arange(rows)]
    if strata is not None:
        classes, counts = np.unique(strata, return_counts=True)
        if counts.min() * size / rows < RARE:
            groups = [np.flatnonzero(strata == name) for name in classes]
    sizes = [max(1, round(len(group) * size / rows)) for group in groups]
    while True:
        yield np.concatenate(
            [random.choice(group, count) for group, count in zip(groups, sizes, strict=True)]
        )


def _resampled_clusters(clusters: Array, size: int, random: np.random.Generator) -> Iterator[Array]:
    """Endless index arrays of about `size` rows: whole clusters, drawn with replacement."""
    order = np.argsort(clusters, kind="stable")
    sizes = np.bincount(clusters)
    starts = np.cumsum(sizes) - sizes
    wanted = max(MIN_ROWS, round(len(sizes) * size / len(clusters)))
    while True:
        chosen = random.integers(0, len(sizes), wanted)
        lengths = sizes[chosen]
        ends = np.cumsum(lengths)
        steps = np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)
        yield order[np.repeat(starts[chosen], lengths) + steps]
