"""Paired comparison of two expected calibration errors."""

import dataclasses
import math
from typing import Final

import numpy as np

from mlgate.stats.difference import MIN_ROWS, ROUNDING, Array, Difference, constant, undecidable
from mlgate.stats.linear import student, too_few
from mlgate.stats.sample import Sample, sample

BINS: Final = 15
"""Bins of equal width, as in Guo et al. 2017."""
RESAMPLES: Final = 10_000
METHOD: Final = "normal bootstrap of bins"


def calibration_error(confidence: Array, right: Array, weights: Array | None = None) -> float:
    """Expected calibration error: the mean gap between confidence and frequency over bins.

    Naeini, Cooper and Hauskrecht 2015, AAAI; Guo, Pleiss, Sun and Weinberger 2017, ICML.

    Args:
        confidence: Probability, 0 to 1, that a model gives an event; shape (rows,).
        right: Whether it came true; boolean, shape (rows,).
        weights: How much each row counts; None where all count alike.
    """
    rows = Sample(rows=len(confidence), weights=weights)
    gaps = rows.weighted(confidence - right)
    sums = np.bincount(_bins(confidence), weights=gaps, minlength=BINS)
    return float(np.abs(sums).sum()) / rows.total


def paired_calibration_error(
    head: tuple[Array, Array],
    base: tuple[Array, Array],
    rows: Sample | None = None,
    *,
    seed: int = 0,
) -> Difference:
    """Difference of two expected calibration errors on the same rows.

    The sums of the gaps in all bins of both models are close to jointly normal. Draws from that
    distribution, at a cost that does not grow with the rows, give the standard error; the interval
    is Student's. Percentiles will not do: each resample adds to an absolute value its own noise.

    So do the rows themselves: a calibrated model has an error above zero, and a model that is worse
    than it looks less so than it is. The draws show that bias once more, for a calibrated model
    by its sqrt(2) - 1 (the mean of an absolute normal value grows with its standard deviation).
    The interval holds both the observed difference and the one without the bias.

    Args:
        head: Head's confidence and whether it came true, each of shape (rows,).
        base: Likewise for base.
        rows: Weights and clusters of the rows; None where there are none.
        seed: Seed of the random numbers; the same seed gives the same interval.
    """
    count = len(head[0])
    rows = rows or sample(count)
    if not count or rows.units < MIN_ROWS:
        return undecidable(math.nan, count, METHOD, too_few(rows))
    gaps = [confidence - right for confidence, right in (head, base)]
    bins = [_bins(head[0]), _bins(base[0]) + BINS]
    sums = np.concatenate(
        [
            np.bincount(place % BINS, weights=rows.weighted(gap), minlength=BINS)
            for place, gap in zip(bins, gaps, strict=True)
        ]
    )
    value = float(_difference(sums)) / rows.total
    random = np.random.default_rng(seed)
    noise = random.standard_normal((RESAMPLES, 2 * BINS)) @ _root(_covariance(bins, gaps, rows))
    drawn = _difference(sums + noise) / rows.total
    error = float(drawn.std(ddof=1))
    if error <= ROUNDING:
        return constant(value, count, METHOD, rows.units)
    return _with_bias(value, (1 + math.sqrt(2)) * (float(drawn.mean()) - value), error, rows)


def _with_bias(value: float, bias: float, error: float, rows: Sample) -> Difference:
    """The hull of the intervals around the value and around the value less its bias."""
    seen = student(value, error, rows, method=METHOD)
    moved = student(value - bias, error, rows, method=METHOD)
    assert seen.interval is not None  # noqa: S101  # Student's always has one
    assert moved.interval is not None  # noqa: S101
    p_values = [one.p_value for one in (seen, moved) if one.p_value is not None]
    return dataclasses.replace(
        seen,
        interval=(
            min(seen.interval[0], moved.interval[0]),
            max(seen.interval[1], moved.interval[1]),
        ),
        p_value=max(p_values) if value * (value - bias) > 0 else 1.0,
    )


def _bins(confidence: Array) -> Array:
    bins: Array = np.minimum((confidence * BINS).astype(np.intp), BINS - 1)
    return bins


def _difference(sums: Array) -> Array:
    sizes = np.abs(sums)
    found: Array = sizes[..., :BINS].sum(axis=-1) - sizes[..., BINS:].sum(axis=-1)
    return found


def _covariance(bins: list[Array], gaps: list[Array], rows: Sample) -> Array:
    """Covariance of the sums of gaps in head's and base's bins."""
    size = 2 * BINS
    weighted = [rows.weighted(gap) for gap in gaps]
    if rows.clusters is None:
        units = rows.rows
        sums, flat = np.zeros(size), np.zeros(size * size)
        for place, gap in zip(bins, weighted, strict=True):
            sums += np.bincount(place, weights=gap, minlength=size)
            for other, of_other in zip(bins, weighted, strict=True):
                flat += np.bincount(
                    place * size + other, weights=gap * of_other, minlength=size * size
                )
        crossed = flat.reshape(size, size)
    else:
        units = int(rows.clusters.max()) + 1
        flat = np.zeros(units * size)
        for place, gap in zip(bins, weighted, strict=True):
            flat += np.bincount(rows.clusters * size + place, weights=gap, minlength=units * size)
        by_unit = flat.reshape(units, size)
        sums, crossed = by_unit.sum(axis=0), by_unit.T @ by_unit
    covariance: Array = (crossed - np.outer(sums, sums) / units) * units / (units - 1)
    return covariance


def _root(covariance: Array) -> Array:
    """A matrix whose square, with its transpose on the left, is the covariance."""
    values, vectors = np.linalg.eigh(covariance)
    root: Array = (vectors * np.sqrt(values.clip(0))).T
    return root
