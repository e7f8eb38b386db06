"""Whether two samples come from one distribution, and how far apart they are.

A p-value alone finds any difference once there are enough rows, and a distance alone is noise where
there are few: each function here gives one or the other, and the caller asks for both.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from mlgate.stats.difference import Array

EXACT_KS: Final = 10_000
"""Product of the sample sizes up to which the Kolmogorov-Smirnov test is exact."""
MIN_EXPECTED: Final = 5
"""Expected count of a cell from which chi-squared holds (Cochran 1954, Biometrics 10:417-451)."""
RESAMPLES: Final = 9_999
"""Random tables behind a Monte Carlo p-value, whose smallest value is 1 / (RESAMPLES + 1)."""
BINS: Final = 10
"""Quantile bins of the population stability index."""


@dataclass(frozen=True, kw_only=True)
class Significance:
    """How unlikely two samples are, if they come from one distribution."""

    p_value: float
    method: str
    """Name of the test, such as `chi-squared`."""


@dataclass(frozen=True)
class Samples:
    """Two samples of numbers and their cumulative distribution functions.

    Args:
        reference: Sorted numbers without NaN; shape (n,), n > 0.
        current: Likewise; shape (m,), m > 0.
    """

    reference: Array
    current: Array

    @cached_property
    def _order(self) -> Array:
        """Positions of the pooled numbers in reference followed by current, in their order."""
        # Two sorted runs are merged in one pass by a stable sort.
        return np.argsort(np.concatenate([self.reference, self.current]), kind="stable")

    @cached_property
    def pooled(self) -> Array:
        """All numbers, sorted; shape (n + m,)."""
        numbers: Array = np.concatenate([self.reference, self.current])[self._order]
        return numbers

    @cached_property
    def _tie_ends(self) -> Array:
        """Whether the next pooled number is another: only there the functions have their values."""
        return np.append(self.pooled[1:] != self.pooled[:-1], True)

    @cached_property
    def _gap(self) -> Array:
        """Reference's distribution function minus current's at each pooled number, times n m.

        Zero within ties.
        """
        n, m = len(self.reference), len(self.current)
        from_reference = np.cumsum(self._order < n)
        gap: Array = from_reference * (n + m) - np.arange(1, n + m + 1) * n
        return gap * self._tie_ends

    @property
    def ks(self) -> float:
        """The Kolmogorov-Smirnov statistic: the largest gap between the two functions, 0 to 1."""
        return self._largest_gap / (len(self.reference) * len(self.current))

    @cached_property
    def _largest_gap(self) -> int:
        return int(np.abs(self._gap).max())

    def ks_test(self) -> Significance:
        """The two-sided Kolmogorov-Smirnov test.

        Exact, with ties, for few numbers: the share of all orders of the pooled numbers whose
        largest gap is at least as large (Schroeer and Trenkler 1995, Comput. Stat. Data Anal.
        20:185-202). Else Kolmogorov's limit with the effective size n m / (n + m) (Smirnov 1948,
        Ann. Math. Stat. 19:279-281), which is conservative where there are ties.
        """
        n, m = len(self.reference), len(self.current)
        if n * m <= EXACT_KS:
            return Significance(p_value=self._exact_ks(), method="exact Kolmogorov-Smirnov")
        from scipy.special import kolmogorov

        p_value = float(kolmogorov(math.sqrt(n * m / (n + m)) * self.ks))
        return Significance(p_value=p_value, method="Kolmogorov-Smirnov")

    def _exact_ks(self) -> float:
        """Walks all orders at once: after k numbers, `chance[i]` is that of i from reference.

        A walk that reaches the observed gap, at a place where no tie goes on, is counted and
        leaves; what has left at the end is the p-value.
        """
        n, m = len(self.reference), len(self.current)
        taken = np.arange(n + 1)
        chance = np.zeros(n + 1)
        chance[0] = 1.0
        left = 0.0
        for drawn in range(n + m):
            from_reference = chance * (n - taken) / (n + m - drawn)
            # Where less was drawn than taken there is no chance, and what is left does not matter.
            chance = chance * (m - drawn + taken) / (n + m - drawn)
            chance[1:] += from_reference[:-1]
            if self._tie_ends[drawn]:
                gap = np.abs(taken * m - (drawn + 1 - taken) * n)
                reached = gap >= self._largest_gap
                left += float(chance[reached].sum())
                chance[reached] = 0.0
        return min(left, 1.0)

    def wasserstein(self) -> float | None:
        """The first Wasserstein distance, in standard deviations of the reference.

        The area between the two distribution functions (Vallender 1974, Theory Probab. Appl.
        18:784-786). None where the reference has no spread, or a number is infinite.
        """
        if not np.isfinite(self.pooled[[0, -1]]).all():
            return None
        spread = float(self.reference.std())
        # Equal numbers have a spread of rounding errors.
        if spread <= 1e-12 * float(np.abs(self.reference[[0, -1]]).max()):
            return None
        share = np.abs(self._gap[:-1]) / (len(self.reference) * len(self.current))
        return float(share @ np.diff(self.pooled)) / spread

    def quantile_counts(self, bins: int = BINS) -> tuple[Array, Array]:
        """Counts of both samples between the quantiles of the reference.

        The outer bins are open, so that no number of current falls outside. Quantiles that
        coincide make one edge: a bin is never empty in the reference.
        """
        n = len(self.reference)
        places = np.ceil(np.arange(1, bins) / bins * n).astype(int) - 1
        edges = np.unique(self.reference[places])
        edges = edges[edges < self.reference[-1]]
        reference, current = (
            np.diff(np.searchsorted(sample, edges, side="right"), prepend=0, append=len(sample))
            for sample in (self.reference, self.current)
        )
        return reference, current


def compare_counts(reference: Array, current: Array) -> Significance:
    """Whether two samples of categories come from one distribution.

    Categories that are too rare for chi-squared are pooled, and the pool takes in the next rarest
    until it is large enough. Where that leaves a single category there are few rows, and the
    categories as they are take an exact test (two of them: Fisher's, else by Monte Carlo).

    Args:
        reference: Count of each category; shape (categories,), with a sum above zero.
        current: Likewise, for the same categories.
    """
    occurs = reference + current > 0
    table = np.stack([reference[occurs], current[occurs]]).astype(np.int64)
    if table.shape[1] < 2:
        return Significance(p_value=1.0, method="one category")
    pooled = _pool_rare(table)
    if pooled.shape[1] >= 2:
        return Significance(p_value=_chi_squared(pooled), method="chi-squared")
    if table.shape[1] == 2:
        return Significance(p_value=_fisher(table), method="Fisher's exact test")
    return Significance(p_value=_monte_carlo(table), method="Monte Carlo chi-squared")


def _pool_rare(table: Array) -> Array:
    """The table with its rare categories as one, whose expected counts suffice too."""
    totals = table.sum(axis=0)
    order = np.argsort(totals, kind="stable")
    expected = totals[order] * (table.sum(axis=1).min() / totals.sum())
    rare = int(np.searchsorted(expected, MIN_EXPECTED))
    if rare == 0:
        return table
    large_enough = np.cumsum(expected) >= MIN_EXPECTED
    pooled = max(rare, int(np.argmax(large_enough)) + 1 if large_enough.any() else len(order))
    pool = table[:, order[:pooled]].sum(axis=1, keepdims=True)
    return np.concatenate([table[:, order[pooled:]], pool], axis=1)


def _statistic(table: Array) -> Array:
    """Pearson's chi-squared of tables of shape (…, 2, categories)."""
    rows = table.sum(axis=-1, keepdims=True)
    columns = table.sum(axis=-2, keepdims=True)
    expected = rows * (columns / rows.sum(axis=-2, keepdims=True))
    statistic: Array = ((table - expected) ** 2 / expected).sum(axis=(-2, -1))
    return statistic


def _chi_squared(table: Array) -> float:
    """Pearson 1900, Philos. Mag. 50:157-175; without Yates' correction."""
    from scipy.special import chdtrc

    return float(chdtrc(table.shape[1] - 1, float(_statistic(table))))


def _fisher(table: Array) -> float:
    """Fisher's exact test, two-sided: all tables that are no likelier than the observed one.

    Fisher 1935, J. R. Stat. Soc. 98:39-82; the margins of the table are held.
    """
    from scipy.special import gammaln

    n, total, first = int(table[0].sum()), int(table.sum()), int(table[:, 0].sum())
    counts = np.arange(max(0, first - (total - n)), min(n, first) + 1)
    cells = (counts, n - counts, first - counts, total - n - first + counts)
    weight = -sum(gammaln(cell + 1) for cell in cells)
    chance = np.exp(weight - weight.max())
    observed = chance[int(table[0, 0]) - counts[0]]
    # Equally likely tables differ by rounding.
    return float(chance[chance <= observed * (1 + 1e-7)].sum() / chance.sum())


def _monte_carlo(table: Array) -> float:
    """Chi-squared against random tables with the same margins (Hope 1968, JRSS B 30:582-598)."""
    margin = table.sum(axis=0)
    draws = np.random.default_rng(0).multivariate_hypergeometric(
        margin, int(table[0].sum()), size=RESAMPLES, method="marginals"
    )
    random = _statistic(np.stack([draws, margin - draws], axis=1))
    as_large = int(np.count_nonzero(random >= float(_statistic(table)) * (1 - 1e-9)))
    return (as_large + 1) / (RESAMPLES + 1)


def jensen_shannon(reference: Array, current: Array, *, corrected: bool = False) -> float:
    """The Jensen-Shannon distance of two samples of categories: base 2, so 0 to 1.

    The root of the divergence (Lin 1991, IEEE Trans. Inf. Theory 37:145-151; Endres and Schindelin
    2003, ibid. 49:1858-1860). Natural logarithms would give it times the root of ln 2.

    Args:
        reference: Count of each category; shape (categories,), with a sum above zero.
        current: Likewise, for the same categories.
        corrected: Whether to take off what the divergence of two samples from one distribution is
            on average, (categories - 1) (1 / n + 1 / m) / (8 ln 2): a second-order expansion.
    """
    n, m = int(reference.sum()), int(current.sum())
    p, q = reference / n, current / m
    middle = (p + q) / 2
    terms = [np.where(share > 0, share, 1) for share in (p, q)]
    safe = np.where(middle > 0, middle, 1)
    divergence = float(
        sum((share * np.log2(term / safe)).sum() for share, term in zip((p, q), terms, strict=True))
        / 2
    )
    if corrected:
        categories = int(np.count_nonzero(middle))
        divergence -= (categories - 1) * (1 / n + 1 / m) / (8 * math.log(2))
    return math.sqrt(max(divergence, 0.0))


def stability_index(reference: Array, current: Array) -> float:
    """The population stability index of two samples of categories or bins, less its noise.

    The sum of (p - q) ln(p / q). Two samples of n and m from one distribution have about
    (bins - 1) (1 / n + 1 / m) on average (Yurdakul 2018, Statistical Properties of Population
    Stability Index, Western Michigan University), which is taken off; never below zero. Half a
    count is added to each bin, so that an empty one does not make it infinite.

    Args:
        reference: Count of each bin; shape (bins,), with a sum above zero.
        current: Likewise, for the same bins.
    """
    occurs = reference + current > 0
    counts = [sample[occurs] + 0.5 for sample in (reference, current)]
    p, q = (sample / sample.sum() for sample in counts)
    index = float(((p - q) * np.log(p / q)).sum())
    noise = (len(p) - 1) * (1 / int(reference.sum()) + 1 / int(current.sum()))
    return max(index - noise, 0.0)


def benjamini_hochberg(p_values: Array) -> Array:
    """Adjusted p-values: those below a level hold the false discovery rate at that level.

    Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57:289-300.

    Args:
        p_values: One for each test; shape (tests,).
    """
    tests = len(p_values)
    falling = np.argsort(p_values)[::-1]
    scaled = p_values[falling] * tests / np.arange(tests, 0, -1)
    adjusted = np.empty(tests)
    adjusted[falling] = np.minimum.accumulate(np.minimum(scaled, 1.0))
    return adjusted
