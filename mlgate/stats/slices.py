"""In which part of the rows is head worse than base? A search that counts what it looked at.

Head's loss minus base's is known for each row. If head is nowhere worse, then the sign of a row's
difference is as good as a coin's, given its size. So the signs are drawn again and again, and each
time the search is made anew: how large its best result becomes by chance alone is what the observed
one is held against (Westfall and Young 1993, Resampling-Based Multiple Testing, section 2.6, with
the sign flips of Fisher's randomisation test). That covers all slices of a search, however they
overlap, and needs no distribution.

Anything that does not depend on the signs may be decided before: so the slices are chosen where the
two models differ most, whichever is better there.

Where head is worse on the whole, only what a slice is worse by beyond that counts: that a model got
worse everywhere is the finding of the metric itself.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from mlgate.stats.difference import Array
from mlgate.stats.sample import Sample

FLIPS: Final = 1_999
"""Draws of the signs."""
BLOCKS: Final = 2_000
"""Independent units beyond this are thrown into so many blocks, whose signs are drawn."""
MOST_SHARE: Final = 0.9
"""A slice with a larger share of the rows is no slice: the metric of all rows sees it."""
SINGLES: Final = 1_500
"""Slices by one column, at most."""
PAIRS: Final = 500
"""Slices by two columns, at most."""
PAIRED_COLUMNS: Final = 12
"""Columns that slices by two columns are made of, at most."""
COARSE: Final = 4
"""Ordered bins of a column in slices by two columns: finer ones are joined."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Binned:
    """A column whose values were put into bins."""

    codes: Array
    """Bin of each row, from 0; shape (rows,)."""
    ordered: int
    """The first so many bins are in order, and neighbours may be joined."""
    bins: int
    """Number of bins."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """The bins of one column that belong to a slice: `low` to `high`, both included."""

    column: int
    low: int
    high: int


@dataclass(frozen=True, kw_only=True)
class Worse:
    """A slice in which head lost."""

    parts: tuple[Part, ...]
    """All of them hold."""
    rows: int
    """Number of rows."""
    loss: int
    """Which of the losses shows it most."""
    level: float
    """Base's mean of that loss."""
    rise: float
    """Head's mean less base's."""
    beyond: float
    """How much of the rise is beyond that of all rows, where these have one."""
    statistic: float
    """Sum of the differences by the root of the sum of their squares, over blocks."""
    lower: float
    """What `beyond` is at least, in 99 of a hundred searches."""
    p_value: float
    """Chance that the best slice of the search has such a statistic where head is nowhere worse."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """What was looked at, and where head is worse by more than the floors."""

    looked_at: int
    """Number of slices."""
    worse: tuple[Worse, ...]
    """Those above their floor, the worst first by `lower`; none need be beyond chance."""
    critical: float
    """The statistic that chance exceeds in one of a hundred searches."""


@dataclass(frozen=True, kw_only=True)
class Floor:
    """How much a loss must rise in a slice before it matters."""

    absolute: float
    """In the loss's units."""
    relative: float
    """As a share of base's mean loss in the slice; the larger of the two counts."""

    def of(self, baseline: float) -> float:
        """The floor of a slice with some mean loss of base."""
        return max(self.absolute, self.relative * baseline)


def search(
    head: Array,
    base: Array,
    columns: Sequence[Binned],
    rows: Sample,
    *,
    floors: Sequence[Floor],
    least: int,
    seed: int = 0,
) -> Search:
    """Look for slices by one or two columns in which head's losses are larger than base's.

    Args:
        head: Loss of head in each row; shape (rows, losses).
        base: Likewise for base.
        columns: What slices are made of.
        rows: Weights and clusters of the rows.
        floors: How much each loss must rise.
        least: Smallest number of rows of a slice.
        seed: Seed of the random numbers; the same seed gives the same result.
    """
    tables = _Tables(head, base, columns, rows)
    singles = _most_different(_singles(tables, least), SINGLES)
    chosen = [*singles, *_most_different(_pairs(tables, least), PAIRS)]
    if not chosen:
        return Search(looked_at=0, worse=(), critical=math.inf)
    random = np.random.default_rng(seed)
    sums = _block_sums(tables, chosen, random)
    spread = np.sqrt((sums**2).sum(axis=0))
    spread[spread == 0] = np.inf  # the models do not differ there
    largest = _by_chance(sums / spread, random)
    statistics = (sums.sum(axis=0) / spread).reshape(len(floors), -1)
    critical = float(np.quantile(largest, 0.99))
    found = []
    for i, one in enumerate(chosen):
        above = [
            k
            for k, floor in enumerate(floors)
            if statistics[k, i] > 0 and one.beyond[k] >= floor.of(one.levels[k])
        ]
        if above:
            best = max(above, key=lambda k: statistics[k, i])
            found.append(_worse(one, best, float(statistics[best, i]), critical, largest))
    found.sort(key=lambda worse: -worse.lower / (floors[worse.loss].absolute or 1.0))
    return Search(looked_at=len(chosen), worse=tuple(found), critical=critical)


def _worse(
    one: "_Candidate", loss: int, statistic: float, critical: float, largest: Array
) -> Worse:
    tests = len(one.beyond) * (SINGLES + PAIRS)
    return Worse(
        parts=one.parts,
        rows=one.rows,
        loss=loss,
        level=one.levels[loss],
        rise=one.rises[loss],
        beyond=one.beyond[loss],
        statistic=statistic,
        lower=one.beyond[loss] * (1 - critical / statistic),
        p_value=_p_value(statistic, largest, tests),
    )


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A slice. It may be chosen by anything here but `rises`, which depends on the signs."""

    parts: tuple[Part, ...]
    rows: int
    mark: float
    """Equal for the same rows."""
    interest: float
    """How much more the models differ here than elsewhere."""
    rises: tuple[float, ...]
    """Of each loss, head's mean minus base's."""
    beyond: tuple[float, ...]
    """How much of these is beyond the rise of all rows."""
    levels: tuple[float, ...]
    """Base's mean losses."""


class _Tables:
    """Sums over the bins of columns, and over pairs of these."""

    def __init__(self, head: Array, base: Array, columns: Sequence[Binned], rows: Sample) -> None:
        self.columns = columns
        self.rows = rows
        weights = np.ones(rows.rows) if rows.weights is None else rows.weights
        differences = (head - base).T
        # Where head is better on the whole, a slice need only be worse than base.
        self.shifts = np.maximum((differences * weights).mean(axis=1) / weights.mean(), 0.0)
        self.differences = (differences - self.shifts[:, None]) * weights
        sizes = np.abs(self.differences)
        scale = sizes.std(axis=1, keepdims=True)
        # How much more than elsewhere the models differ, in standard deviations.
        unlike = (sizes - sizes.mean(axis=1, keepdims=True)) / np.where(scale > 0, scale, 1.0)
        self.values = np.vstack(
            [
                np.ones(rows.rows),
                weights,
                np.random.default_rng(0).random(rows.rows),  # its sum tells slices apart
                unlike,
                self.differences,
                base.T * weights,
            ]
        )
        self.losses = head.shape[1]

    def interest(self, column: int) -> float:
        """How unevenly the differences' sizes are spread over the bins of a column."""
        counts, _, _, *rest = self.sums(column)
        shifts = np.array(rest[: self.losses]) ** 2 / np.maximum(counts, 1)
        return float(shifts.sum(axis=1).max()) / max(int((counts > 0).sum()) - 1, 1)

    def sums(self, first: int, second: int | None = None) -> Array:
        """Sum of each value over the bins; shape (values, bins) or (values, bins, bins)."""
        codes, shape = self.columns[first].codes, [self.columns[first].bins]
        if second is not None:
            shape.append(self.columns[second].bins)
            codes = codes * shape[1] + self.columns[second].codes
        size = math.prod(shape)
        return np.stack([np.bincount(codes, v, size) for v in self.values]).reshape(-1, *shape)

    def candidates(
        self, sums: Array, slices: Sequence[tuple[Part, ...]], least: int
    ) -> Iterator[_Candidate]:
        """The slices of a fit size, from the sums over each; shape (values, slices)."""
        counts, weights, marks = sums[:3]
        unlike, rises, levels = sums[3:].reshape(3, self.losses, -1)
        fit = (counts >= least) & (counts <= MOST_SHARE * self.rows.rows) & (weights > 0)
        for i in np.flatnonzero(fit).tolist():
            beyond = rises[:, i] / weights[i]
            yield _Candidate(
                parts=slices[i],
                rows=round(counts[i]),
                mark=round(float(marks[i]), 6),
                interest=float(unlike[:, i].max() / math.sqrt(counts[i])),
                rises=tuple((beyond + self.shifts).tolist()),
                beyond=tuple(beyond.tolist()),
                levels=tuple((levels[:, i] / weights[i]).tolist()),
            )


def _singles(tables: _Tables, least: int) -> Iterator[_Candidate]:
    for index, column in enumerate(tables.columns):
        parts = _ranges(index, column)
        if parts:
            sums = tables.sums(index) @ _membership(parts, column.bins).T
            yield from tables.candidates(sums, [(part,) for part in parts], least)


def _pairs(tables: _Tables, least: int) -> Iterator[_Candidate]:
    by_interest = sorted(range(len(tables.columns)), key=lambda i: -tables.interest(i))
    for a, b in combinations(sorted(by_interest[:PAIRED_COLUMNS]), 2):
        first, second = (_coarse_ranges(i, tables.columns[i]) for i in (a, b))
        if not first or not second:
            continue
        inside = [
            _membership(parts, tables.columns[i].bins) for i, parts in ((a, first), (b, second))
        ]
        sums = inside[0] @ tables.sums(a, b) @ inside[1].T
        slices = [(one, other) for one in first for other in second]
        yield from tables.candidates(sums.reshape(len(sums), -1), slices, least)


def _ranges(index: int, column: Binned) -> list[Part]:
    """All runs of neighbours among the ordered bins but the whole, and every other bin."""
    runs = [
        (low, high)
        for low in range(column.ordered)
        for high in range(low, column.ordered)
        if high - low + 1 < column.bins
    ]
    others = [(bin_, bin_) for bin_ in range(column.ordered, column.bins)]
    return [Part(column=index, low=low, high=high) for low, high in (*runs, *others)]


def _coarse_ranges(index: int, column: Binned) -> list[Part]:
    """As `_ranges`, with quarters and halves in place of many ordered bins."""
    if column.ordered <= COARSE:
        return _ranges(index, column)
    edges = [round(column.ordered * k / COARSE) for k in range(COARSE + 1)]
    runs = [(edges[k], edges[k + 1] - 1) for k in range(COARSE)]
    runs += [(edges[0], edges[2] - 1), (edges[2], edges[4] - 1)]
    others = [(bin_, bin_) for bin_ in range(column.ordered, column.bins)]
    return [Part(column=index, low=low, high=high) for low, high in (*runs, *others)]


def _membership(parts: Sequence[Part], bins: int) -> Array:
    """Whether a bin belongs to a part; shape (parts, bins)."""
    places = np.arange(bins)
    return np.array([(places >= p.low) & (places <= p.high) for p in parts], dtype=float)


def _most_different(candidates: Iterator[_Candidate], limit: int) -> list[_Candidate]:
    """Those in which the models differ most; of slices with the same rows, the first."""
    distinct: dict[tuple[int, float], _Candidate] = {}
    for one in candidates:
        distinct.setdefault((one.rows, one.mark), one)
    return sorted(distinct.values(), key=lambda one: -one.interest)[:limit]


def _block_sums(
    tables: _Tables, chosen: Sequence[_Candidate], random: np.random.Generator
) -> Array:
    """Each block's sum of each slice's differences; shape (blocks, losses times slices)."""
    clusters = tables.rows.clusters
    blocks = np.arange(tables.rows.rows) if clusters is None else clusters
    units = int(blocks.max()) + 1
    count = min(units, BLOCKS)
    if units > BLOCKS:
        blocks = (random.permutation(units) % BLOCKS)[blocks]
    sums = np.zeros((tables.losses, len(chosen), count), dtype=np.float32)
    inside = {
        part: _membership([part], tables.columns[part.column].bins)[0].astype(bool)
        for one in chosen
        for part in one.parts
    }
    masks = {part: bins[tables.columns[part.column].codes] for part, bins in inside.items()}
    for i, one in enumerate(chosen):
        mask = np.logical_and.reduce([masks[part] for part in one.parts])
        where = blocks[mask]
        for k in range(tables.losses):
            sums[k, i] = np.bincount(where, tables.differences[k][mask], count)
    return sums.reshape(-1, count).T


def _by_chance(shares: Array, random: np.random.Generator) -> Array:
    """The largest statistic of a search, for each draw of the signs; shape (FLIPS,)."""
    largest = np.empty(FLIPS)
    step = 250
    for start in range(0, FLIPS, step):
        size = min(step, FLIPS - start)
        signs = random.integers(0, 2, (size, len(shares)), dtype=np.int8).astype(np.float32)
        largest[start : start + size] = ((2 * signs - 1) @ shares).max(axis=1)
    return largest


def _p_value(statistic: float, largest: Array, tests: int) -> float:
    """The chance of a statistic, counted over the draws.

    Where no draw reached it: a sum with random signs exceeds t roots of its sum of squares with a
    chance of at most exp(-t² / 2), whatever the summands are (Hoeffding 1963, J. Am. Stat. Assoc.
    58:13-30), and all slices together with at most so many times that.
    """
    reached = int(np.count_nonzero(largest >= statistic * (1 - 1e-6)))
    counted = (1 + reached) / (1 + len(largest))
    return min(counted, tests * math.exp(-(statistic**2) / 2)) if not reached else counted
