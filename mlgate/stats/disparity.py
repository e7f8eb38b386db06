"""Paired comparison of how far apart groups are for two models, on the same rows.

A group's value is a ratio of sums over its rows, such as a recall. How far apart groups are is the
largest value less the smallest, their ratio, or one of the two: neither smooth nor unbiased, since
the largest of several noisy values is too large. The bootstrap shows that bias, but not all of it,
so that the interval holds the difference with and without it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from mlgate.stats.difference import (
    ALPHA,
    MIN_ROWS,
    ROUNDING,
    Array,
    Difference,
    Z,
    constant,
    undecidable,
)
from mlgate.stats.linear import named, too_few
from mlgate.stats.sample import Sample
from mlgate.stats.student import quantile, two_sided

RESAMPLES: Final = 2_000
"""The bias is then uncertain by a fiftieth of a standard error."""
EVALUATED: Final = 200
"""Resamples of a metric that is no ratio of sums: each takes a call for each group and model."""
MAX_ROWS: Final = 5_000
"""Rows of a group in such a resample at most."""
FEW: Final = 2_000
"""Up to so many independent units these are drawn; above, their sums are, which are near normal."""

Aggregate: TypeAlias = Literal["difference", "ratio", "group_min", "group_max"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Rate:
    """A value of each group, as a ratio of two sums over the group's rows."""

    top: Array
    """What each row adds above; boolean where it counts; shape (rows,)."""
    bottom: Array
    """What each row adds below; likewise."""
    root: bool = False
    """Whether the value is the square root of the ratio."""


def aggregated(values: Array, aggregate: Aggregate) -> Array:
    """How far apart the groups are; of several rates the worst, as fairlearn has it.

    Args:
        values: Value of each group; shape (…, rates, groups).
        aggregate: What is made of them.

    Returns:
        Shape (…). NaN where a value is, and for a ratio where all values are zero.
    """
    low, high = values.min(axis=-1), values.max(axis=-1)
    found: Array
    if aggregate == "difference":
        found = (high - low).max(axis=-1)
    elif aggregate == "ratio":
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (low / high).min(axis=-1)
    else:
        found = low.min(axis=-1) if aggregate == "group_min" else high.max(axis=-1)
    return found


def areas(positive: Array, scores: Array, groups: Array, rows: Sample) -> Rate:
    """ROC AUC of each group, as the mean of what each row adds to it.

    A row adds the area and its influence on it: how much its placement among the rows of the other
    class differs from the mean placement (DeLong et al. 1988, Biometrics 44:837-845).

    Args:
        positive: Whether a row is of the positive class; boolean, shape (rows,). Each group holds
            both classes.
        scores: The model's score of the positive class; shape (rows,).
        groups: Code of each row's group, from 0 without gaps; shape (rows,).
        rows: Weights of the rows.
    """
    weights = rows.weighted(np.ones(rows.rows))
    added = np.zeros(rows.rows)
    for code in range(int(groups.max()) + 1):
        inside = groups == code
        for own, others in (
            (positive & inside, ~positive & inside),
            (~positive & inside, positive & inside),
        ):
            order = np.argsort(scores[others])
            ordered = scores[others][order]
            sums = np.append(0.0, np.cumsum(weights[others][order]))
            sides = (np.searchsorted(ordered, scores[own], side=side) for side in ("left", "right"))
            below = sum(sums[place] for place in sides) / (2 * sums[-1])
            placements = np.where(positive[own], below, 1 - below)
            area = np.average(placements, weights=weights[own])
            share = weights[own].sum() / weights[inside].sum()
            added[own] = area + (placements - area) / share
    return Rate(top=added, bottom=np.ones(rows.rows, dtype=bool))


def paired_disparity(
    head: Sequence[Rate],
    base: Sequence[Rate],
    groups: Array,
    aggregate: Aggregate,
    rows: Sample,
    *,
    seed: int = 0,
) -> Difference:
    """How much further apart the groups are for head than for base.

    Student's intervals around the difference and around the difference less its bias, taken
    together; the bias and the standard error come from a paired bootstrap (Efron and Tibshirani
    1993, An Introduction to the Bootstrap, sections 10.2 and 12.2). Counts of plain rows are drawn
    exactly, from the multinomial distribution of (group, truth, head, base); few other rows, and
    clusters, as they are; the sums of many from their joint normal distribution. Degrees of freedom
    are those of the smallest sum that a value rests on.

    Args:
        head: Head's rates, at least one.
        base: Base's, in the same order.
        groups: Code of each row's group, from 0 without gaps; shape (rows,).
        aggregate: What is made of the groups' values.
        rows: Weights and clusters of the rows.
        seed: Seed of the random numbers; the same seed gives the same interval.
    """
    rates = [*head, *base]
    if rows.units < MIN_ROWS:
        return undecidable(math.nan, rows.rows, "bootstrap", too_few(rows))
    sums = _Sums(rates, groups, rows)

    def apart(totals: Array) -> Array:
        values = _values(totals, rates)
        ours, theirs = values[:, : len(head)], values[:, len(head) :]
        return aggregated(ours, aggregate) - aggregated(theirs, aggregate)

    value = float(apart(sums.totals[None])[0])
    drawn = apart(sums.drawn(RESAMPLES, np.random.default_rng(seed)))
    found = _decided(value, drawn, rows, behind=sums.behind())
    counts = all(rate.top.dtype == bool and not rate.root for rate in rates)
    if found.interval is None and value == 0 and not drawn.any() and counts:
        return _untouched(sums.behind(), rows, both=aggregate == "difference")
    return found


def paired_evaluation(
    head: Callable[[Array], float],
    base: Callable[[Array], float],
    groups: Array,
    aggregate: Aggregate,
    rows: Sample,
    *,
    seed: int = 0,
) -> Difference:
    """As `paired_disparity`, for a metric that is no ratio of sums, such as ROC AUC.

    Rows of each group are drawn by themselves; of a group above `MAX_ROWS` that many, and
    deviations are scaled by the root of their share (Bickel, Götze and van Zwet 1997, Stat. Sinica
    7:1-31). Clusters are drawn whole, from all groups together.

    Args:
        head: Head's metric on the rows with these indices; NaN where it is undefined.
        base: Likewise for base.
        groups: Code of each row's group, from 0 without gaps; shape (rows,).
        aggregate: What is made of the groups' values.
        rows: Weights and clusters of the rows.
        seed: Seed of the random numbers; the same seed gives the same interval.
    """
    if rows.units < MIN_ROWS:
        return undecidable(math.nan, rows.rows, "bootstrap", too_few(rows))
    members = [np.flatnonzero(groups == code) for code in range(int(groups.max()) + 1)]

    def of_groups(chosen: Sequence[Array]) -> Array:
        return np.array([[side(each) for each in chosen] for side in (head, base)])

    def apart(values: Array) -> Array:  # (…, sides, groups)
        return aggregated(values[..., :1, :], aggregate) - aggregated(values[..., 1:, :], aggregate)

    whole = of_groups(members)
    random = np.random.default_rng(seed)
    if rows.clusters is None:
        sizes = [min(len(each), MAX_ROWS) for each in members]
        scale = np.sqrt([size / len(each) for size, each in zip(sizes, members, strict=True)])
        draws = [
            of_groups([random.choice(*pair) for pair in zip(members, sizes, strict=True)])
            for _ in range(EVALUATED)
        ]
    else:
        scale = np.ones(len(members))
        draws = [of_groups(each) for each in _clusters_drawn(rows.clusters, groups, random)]
    drawn = whole + (np.array(draws) - whole) * scale
    behind = min(_kish(rows, each) for each in members)
    return _decided(float(apart(whole)), apart(drawn), rows, behind=behind)


def _decided(value: float, drawn: Array, rows: Sample, *, behind: float) -> Difference:
    """The interval, from the difference in each resample."""
    method = named("bootstrap of groups", rows)
    undefined = int(np.count_nonzero(~np.isfinite(drawn)))
    if not math.isfinite(value) or undefined:
        why = (
            f"a group's value is undefined in {undefined:,} of {len(drawn):,} resamples of its rows"
        )
        return undecidable(value, rows.rows, method, why)
    if behind < MIN_ROWS:
        why = "a group's value rests on a single independent row"
        return undecidable(value, rows.rows, method, why)
    error = float(drawn.std(ddof=1))
    if error <= ROUNDING * max(abs(value), ROUNDING):
        return constant(value, rows.rows, method, behind)
    low, high = sorted((value, 2 * value - float(drawn.mean())))
    half_width = quantile(ALPHA, behind - 1) * error
    return Difference(
        value=value,
        standard_error=error,
        interval=(low - half_width, high + half_width),
        p_value=two_sided(max(low, -high, 0.0) / error, behind - 1),
        rows=rows.rows,
        method=method,
    )


def _untouched(behind: float, rows: Sample, *, both: bool) -> Difference:
    """The interval where only groups differ that are nowhere near an end of the range.

    None of the rows at an end moved, so at most a share of z² / (rows + z²) of them does (the score
    limit for none of n; Wilson 1927, J. Am. Stat. Assoc. 22:209-212), at each end.
    """
    half_width = (2 if both else 1) * Z**2 / (behind + Z**2)
    return Difference(
        value=0.0,
        standard_error=half_width / Z,
        interval=(-half_width, half_width),
        p_value=1.0,
        rows=rows.rows,
        method=named("bootstrap of groups, no spread", rows),
        note="only groups between the others changed, so the interval is a cautious bound",
    )


def _values(totals: Array, rates: Sequence[Rate]) -> Array:
    """Value of each rate and group: (…, groups, columns) to (…, rates, groups); NaN for x / 0."""
    top, bottom = (np.swapaxes(totals[..., start::2], -1, -2) for start in (0, 1))
    values = np.full(top.shape, math.nan)
    np.divide(top, bottom, out=values, where=bottom > 0)
    roots = [place for place, rate in enumerate(rates) if rate.root]
    values[..., roots, :] = np.sqrt(np.maximum(values[..., roots, :], 0))
    return values


class _Sums:
    """Sums over the rows of each group, and how they vary over samples."""

    def __init__(self, rates: Sequence[Rate], groups: Array, rows: Sample) -> None:
        self._columns = [part for rate in rates for part in (rate.top, rate.bottom)]
        self._groups = groups
        self._count = int(groups.max()) + 1
        self._rows = rows
        self._exact = rows.plain and all(column.dtype == bool for column in self._columns)
        self._units = None if self._exact else self._by_unit()
        self.totals: Array = np.stack(
            [
                np.bincount(groups, weights=rows.weighted(column * 1.0), minlength=self._count)
                for column in self._columns
            ],
            axis=-1,
        )
        """Shape (groups, columns); a rate's columns are its top and its bottom."""

    def behind(self) -> float:
        """Independent rows that the value rests on which rests on the fewest."""
        if self._units is None:
            return float(self.totals[:, 1::2].min())
        squares = np.asarray(self._units.multiply(self._units).sum(axis=0))
        bottoms, squares = (
            part.reshape(self.totals.shape)[:, 1::2] for part in (self.totals, squares)
        )
        if not squares.all():
            return 0.0
        return float((bottoms**2 / squares).min())

    def drawn(self, times: int, random: np.random.Generator) -> Array:
        """The sums in so many resamples; shape (times, groups, columns)."""
        if self._units is None:
            found = self._from_cells(times, random)
        elif self._units.shape[0] <= FEW:
            units = self._units.shape[0]
            counts = random.multinomial(units, np.full(units, 1 / units), size=times)
            found = (self._units.T @ counts.T).T
        else:
            found = self._from_normal(self._units, times, random)
        return found.reshape(times, *self.totals.shape)

    def _from_cells(self, times: int, random: np.random.Generator) -> Array:
        """Rows that count for the same sums are drawn by their number, which is exact."""
        codes = self._groups.astype(np.int64)
        for column in self._columns:
            codes = codes * 2 + column
        counts = np.bincount(codes)
        filled = np.flatnonzero(counts)
        drawn = random.multinomial(len(codes), counts[filled] / len(codes), size=times)
        bits = (filled[:, None] >> np.arange(len(self._columns))[::-1]) & 1
        adds = np.zeros((len(filled), *self.totals.shape))
        adds[np.arange(len(filled)), filled >> len(self._columns)] = bits
        found: Array = drawn @ adds.reshape(len(filled), -1)
        return found

    def _by_unit(self) -> Any:
        """What each independent unit adds to each sum; sparse, shape (units, groups * columns)."""
        from scipy.sparse import csr_array

        rows, width = self._rows, len(self._columns)
        units = np.arange(rows.rows) if rows.clusters is None else rows.clusters
        values = np.stack([rows.weighted(column * 1.0) for column in self._columns], axis=-1)
        places = self._groups[:, None] * width + np.arange(width)
        return csr_array(
            (values.ravel(), (np.repeat(units, width), places.ravel())),
            shape=(int(units.max()) + 1, self._count * width),
        )

    def _from_normal(self, units: Any, times: int, random: np.random.Generator) -> Array:
        """Sums over many units are near normal, with the covariance that resampling them has."""
        means = self.totals.ravel()
        moments = (units.T @ units).toarray()
        variances, axes = np.linalg.eigh(moments - np.outer(means, means) / units.shape[0])
        scaled = axes * np.sqrt(np.maximum(variances, 0))
        found: Array = means + random.standard_normal((times, len(means))) @ scaled.T
        return found


def _kish(rows: Sample, chosen: Array) -> float:
    """Independent units of equal weight that some of the rows are worth; see `Sample.units`."""
    inside = np.zeros(rows.rows)
    inside[chosen] = 1.0
    sums = rows.by_unit(inside)
    squares = float((sums**2).sum())
    return float(sums.sum()) ** 2 / squares if squares else 0.0


def _clusters_drawn(
    clusters: Array, groups: Array, random: np.random.Generator
) -> list[list[Array]]:
    """The rows of each group in each resample of whole clusters."""
    order = np.argsort(clusters, kind="stable")
    sizes = np.bincount(clusters)
    starts = np.cumsum(sizes) - sizes
    found = []
    for _ in range(EVALUATED):
        chosen = random.integers(0, len(sizes), len(sizes))
        lengths = sizes[chosen]
        ends = np.cumsum(lengths)
        steps = np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)
        rows = order[np.repeat(starts[chosen], lengths) + steps]
        found.append([rows[groups[rows] == code] for code in range(int(groups.max()) + 1)])
    return found
