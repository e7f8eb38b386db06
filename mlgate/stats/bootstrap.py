"""Paired comparison of any metric, by resampling rows."""

import math
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from mlgate.stats.difference import (
    ALPHA,
    MIN_ROWS,
    ROUNDING,
    Array,
    Difference,
    constant,
    undecidable,
)

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
    rows: int,
    *,
    strata: Array | None = None,
    resamples: int = RESAMPLES,
    max_rows: int = MAX_ROWS,
    seed: int = 0,
) -> Difference:
    """Difference of any metric on the same rows, with the percentile interval.

    Efron and Tibshirani 1993, An Introduction to the Bootstrap, section 13.3. Above `max_rows`
    rows, resamples of m of the n rows are drawn and deviations scaled by the root of m / n (Bickel,
    Götze and van Zwet 1997, Stat. Sinica 7:1-31), which holds for metrics with a root-n limit.

    Args:
        difference: Head's metric minus base's on the rows with these indices.
        rows: Number of rows.
        strata: Class of each row, where a resample without one of the classes has no metric.
        resamples: Number of resamples.
        max_rows: Rows in one resample at most.
        seed: Seed of the random numbers; the same seed gives the same interval.
    """
    if rows < MIN_ROWS:
        value = difference(np.arange(rows)) if rows else math.nan
        return undecidable(value, rows, "bootstrap", f"{rows} rows are too few to compare")
    value = difference(np.arange(rows))
    size = min(rows, max_rows)
    samples = _resamples(rows, size, strata, np.random.default_rng(seed))
    drawn = np.array([difference(next(samples)) for _ in range(resamples)])
    undefined = int(np.count_nonzero(~np.isfinite(drawn)))
    if undefined:
        why = f"it is undefined in {undefined} of {resamples} resamples of these rows"
        return undecidable(value, rows, "bootstrap", why)
    shrink = math.sqrt(size / rows)
    standard_error = float(drawn.std(ddof=1)) * shrink
    if standard_error <= ROUNDING * max(abs(value), ROUNDING):
        return constant(value, rows, "bootstrap")
    low, high = value + (np.quantile(drawn, (ALPHA / 2, 1 - ALPHA / 2)) - value) * shrink
    return Difference(
        value=value,
        standard_error=standard_error,
        # A biased metric's percentiles may lie to one side; what was observed is never excluded.
        interval=(min(float(low), value), max(float(high), value)),
        rows=rows,
        method="bootstrap",
    )


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
