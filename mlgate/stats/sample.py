"""What is known of the rows beside the answers: how much each counts, and which belong together."""

from dataclasses import dataclass

import numpy as np

from mlgate.stats.difference import Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """The rows of an evaluation. Rows alone are independent and count alike."""

    rows: int
    """Number of rows."""
    weights: Array | None = None
    """How much each row counts; finite, not negative, not all zero. None where all count alike."""
    clusters: Array | None = None
    """Code of each row's cluster, from 0 without gaps: rows of one are not independent."""

    @property
    def plain(self) -> bool:
        """Whether rows count alike and are independent."""
        return self.weights is None and self.clusters is None

    @property
    def total(self) -> float:
        """Sum of the weights."""
        return float(self.rows if self.weights is None else self.weights.sum())

    @property
    def units(self) -> float:
        """How many independent units of equal weight are worth as much as these rows.

        Kish 1965, Survey Sampling, section 8.2. For clusters of unequal size it is close to the
        effective number of Carter, Schnepel and Steigerwald 2017, Rev. Econ. Stat. 99:698-709.
        """
        if self.plain:
            return float(self.rows)
        sums = self.by_unit(np.ones(self.rows))
        return float(sums.sum() ** 2 / (sums**2).sum())

    @property
    def clustered(self) -> int | None:
        """Number of clusters; None where rows are independent."""
        return None if self.clusters is None else int(self.clusters.max()) + 1

    def weighted(self, values: Array) -> Array:
        """Each row's value times its weight."""
        return values if self.weights is None else values * self.weights

    def mean(self, values: Array) -> float:
        """Weighted mean."""
        return float(self.weighted(values).sum()) / self.total

    def by_unit(self, values: Array) -> Array:
        """Weighted values, summed over what is independent: clusters, else rows."""
        weighted = self.weighted(values)
        if self.clusters is None:
            return weighted
        return np.bincount(self.clusters, weights=weighted)

    def standard_error(self, influence: Array) -> float:
        """Standard error of a statistic from the influence that each row has on it.

        The infinitesimal jackknife; with clusters the influences of one are summed first (Liang and
        Zeger 1986, Biometrika 73:13-22), with the factor G / (G - 1) for G of them.

        Args:
            influence: How fast the statistic moves with a row's share of all weight; shape (rows,).
        """
        sums = self.by_unit(influence - self.mean(influence))
        return float(np.sqrt(sums.var(ddof=1) * len(sums))) / self.total


def sample(rows: int, weights: Array | None = None, clusters: Array | None = None) -> Sample:
    """The sample of some rows, as plain as it can be.

    Args:
        rows: Number of rows.
        weights: Weight of each row; equal ones are as good as none.
        clusters: Code of each row's cluster; all different ones are as good as none.
    """
    if weights is not None and (not rows or weights.min() == weights.max()):
        weights = None
    if clusters is not None:
        names, codes = np.unique(clusters, return_inverse=True)
        clusters = codes if len(names) < rows else None
    return Sample(rows=rows, weights=weights, clusters=clusters)
