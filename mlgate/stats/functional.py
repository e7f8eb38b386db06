"""Paired comparison of metrics that are functions of weighted rows, by bootstrap or influence.

Such a metric is known by two functions: its values under many sets of row weights at once, and how
fast it moves with each row's weight. The first gives the bootstrap, the second the delta method.
"""

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import numpy as np

from mlgate.stats.difference import MIN_ROWS, ROUNDING, Array, Difference, constant, undecidable
from mlgate.stats.linear import linear, student, too_few
from mlgate.stats.sample import Sample

RESAMPLES: Final = 2_000
FEW: Final = 2_000
"""Up to so many independent units the bootstrap is drawn; the delta method is as good above."""
CHUNK: Final = 2_000_000
"""Numbers in one array at most: 16 MB."""


class Functional(Protocol):
    """A difference of two models' metrics as a function of the rows' weights."""

    @abstractmethod
    def values(self, weights: Array) -> Array:
        """The difference under each set of weights; shape (sets, rows) to shape (sets,)."""

    @abstractmethod
    def influence(self, weights: Array) -> Array:
        """How fast it moves with a row's share of all weight; shape (rows,) to shape (rows,)."""


def paired_functional(
    metric: Functional, rows: Sample, *, scale: float = 1.0, seed: int = 0
) -> Difference:
    """Difference of a metric on the same rows.

    Student's interval. Its standard error comes from a bootstrap where rows are few, of whole
    clusters at a time where there are some (Davison and Hinkley 1997, Bootstrap Methods and their
    Application, section 3.8), else from the delta method (Efron 1982, The Jackknife, the Bootstrap
    and Other Resampling Plans, chapter 6).

    Args:
        metric: The difference as a function of weights.
        rows: The sample.
        scale: Size of the two metrics; a spread that vanishes beside it is none.
        seed: Seed of the random numbers; the same seed gives the same interval.
    """
    few = rows.units <= FEW and rows.rows <= 5 * FEW  # a cluster may be large
    method = "bootstrap" if few else "delta method"
    own = np.ones(rows.rows) if rows.weights is None else rows.weights
    value = float(metric.values(own[None])[0]) if rows.rows else math.nan
    if rows.units < MIN_ROWS or not math.isfinite(value):
        why = too_few(rows) if rows.units < MIN_ROWS else "it is undefined on these rows"
        return undecidable(value, rows.rows, method, why)
    if not few:
        return linear(value, metric.influence(own), rows, scale=scale, method=method)
    drawn = _resampled(metric, own, rows, np.random.default_rng(seed))
    undefined = int(np.count_nonzero(~np.isfinite(drawn)))
    if undefined:
        why = f"it is undefined in {undefined:,} of {len(drawn):,} resamples of these rows"
        return undecidable(value, rows.rows, method, why)
    error = float(drawn.std(ddof=1))
    if error <= ROUNDING * scale:
        return constant(value if abs(value) > ROUNDING * scale else 0.0, rows.rows, method)
    return student(value, error, rows, method=method)


def _resampled(metric: Functional, own: Array, rows: Sample, random: np.random.Generator) -> Array:
    """The difference in each resample of the independent units."""
    units = rows.clustered or rows.rows
    at_once = max(1, CHUNK // rows.rows)
    drawn = []
    for start in range(0, RESAMPLES, at_once):
        size = min(at_once, RESAMPLES - start)
        picked = random.integers(0, units, (size, units)) + np.arange(size)[:, None] * units
        times = np.bincount(picked.ravel(), minlength=size * units).reshape(size, units)
        if rows.clusters is not None:
            times = times[:, rows.clusters]
        drawn.append(metric.values(times * own))
    return np.concatenate(drawn)


class OfMeans(Functional):
    """A smooth function of weighted means over rows, such as R² or a correlation.

    Args:
        terms: What each row adds to each mean; shape (rows, means).
        function: From means to the difference; shape (sets, means) to shape (sets,).
    """

    def __init__(self, terms: Array, function: Callable[[Array], Array]) -> None:
        self._terms = terms
        self._function = function

    def values(self, weights: Array) -> Array:
        """The difference under each set of weights."""
        means = (weights @ self._terms) / weights.sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._function(means)

    def influence(self, weights: Array) -> Array:
        """By the function's slope at the means, from central differences."""
        means = np.average(self._terms, axis=0, weights=weights)
        # A step that is small beside the spread of a mean, and large beside rounding.
        steps = 1e-5 * np.sqrt(np.average((self._terms - means) ** 2, axis=0, weights=weights))
        moved = np.diag(steps)
        with np.errstate(divide="ignore", invalid="ignore"):
            rise = self._function(means + moved) - self._function(means - moved)
            slopes = np.where(steps > 0, rise / (2 * steps), 0.0)
        influence: Array = (self._terms - means) @ slopes
        return influence


class AveragePrecision(Functional):
    """Difference of two average precisions, as scikit-learn defines them: without interpolation.

    Args:
        positive: Whether a row is of the positive class; boolean, shape (rows,).
        head: Head's score for the positive class; shape (rows,).
        base: Likewise for base.
    """

    def __init__(self, positive: Array, head: Array, base: Array) -> None:
        self._sides = [_Ranking(positive, scores) for scores in (head, base)]

    def values(self, weights: Array) -> Array:
        """The difference under each set of weights."""
        head, base = (side.values(weights) for side in self._sides)
        return head - base

    def influence(self, weights: Array) -> Array:
        """From the derivative of each average precision by each weight."""
        head, base = (side.influence(weights) for side in self._sides)
        return head - base


class MeanOf(Functional):
    """The mean of several, such as of the average precision of each class.

    Args:
        parts: The functionals; at least one.
    """

    def __init__(self, parts: Sequence[Functional]) -> None:
        self._parts = parts

    def values(self, weights: Array) -> Array:
        """The mean under each set of weights."""
        found: Array = np.mean([part.values(weights) for part in self._parts], axis=0)
        return found

    def influence(self, weights: Array) -> Array:
        """The mean of the influences."""
        found: Array = np.mean([part.influence(weights) for part in self._parts], axis=0)
        return found


class _Ranking:
    """One model's ranking, from the highest score down, equal scores together."""

    def __init__(self, positive: Array, scores: Array) -> None:
        self._order = np.argsort(-scores, kind="stable")
        self._positive = positive[self._order].astype(float)
        ordered = scores[self._order]
        ends = np.append(np.diff(ordered) != 0, [True] * bool(len(scores)))
        self._last: Array = np.flatnonzero(ends)
        """Place of the last row of each group of equal scores."""
        self._group = np.searchsorted(self._last, np.arange(len(scores)))

    def values(self, weights: Array) -> Array:
        ranked = weights[:, self._order]
        rows = np.cumsum(ranked, axis=1)[:, self._last]
        hits = np.cumsum(ranked * self._positive, axis=1)[:, self._last]
        gained = np.diff(hits, axis=1, prepend=0.0)
        precision = np.divide(hits, rows, out=np.zeros_like(hits), where=rows > 0)
        with np.errstate(invalid="ignore"):
            found: Array = (gained * precision).sum(axis=1) / hits[:, -1]
        return found

    def influence(self, weights: Array) -> Array:
        """Derivative by each weight, times the sum of weights; shape (rows,).

        A row moves its own term, and the precision at every threshold that it passes.
        """
        ranked = weights[self._order]
        rows = np.cumsum(ranked)[self._last]
        hits = np.cumsum(ranked * self._positive)[self._last]
        gained = np.diff(hits, prepend=0.0)
        precision = np.divide(hits, rows, out=np.zeros_like(hits), where=rows > 0)
        average = float((gained * precision).sum() / hits[-1])
        share = np.divide(gained, rows, out=np.zeros_like(hits), where=rows > 0)
        as_hit = np.cumsum(share[::-1])[::-1]
        as_row = np.cumsum((share * precision)[::-1])[::-1]
        by_group = self._group
        moved = self._positive * (precision[by_group] - average + as_hit[by_group])
        moved -= as_row[by_group]
        found = np.empty(len(weights))
        found[self._order] = moved / hits[-1] * weights.sum()
        return found
