"""How large the best of many statistics becomes by chance: the signs of differences, drawn anew."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from mlgate.stats.difference import Array

FLIPS: Final = 3_999
"""Draws of the signs."""
LEVEL: Final = 0.01
"""Chance, at most, that a search finds a slice where head is nowhere worse."""
SHARES: Final = (0.4, 0.3, 0.3)
"""Shares of that chance: of groups (one value of a column), of ranges, and of pairs of columns."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chance:
    """What chance makes of the best slice of one kind."""

    largest: Array
    """The largest statistic of each draw."""
    tests: int
    """Number of statistics of the kind."""
    share: float
    """Share of the chance of a false alarm that the kind has."""

    @property
    def critical(self) -> float:
        """The statistic that is beyond chance."""
        return float(np.quantile(self.largest, 1 - LEVEL * self.share))

    def p_value(self, statistic: float) -> float:
        """The chance of a statistic, counted over the draws, corrected for the other kinds.

        Where no draw reached it: a sum with random signs exceeds t roots of its sum of squares with
        a chance of at most exp(-t² / 2), whatever the summands are (Hoeffding 1963, J. Am. Stat.
        Assoc. 58:13-30), and all slices together with at most so many times that.
        """
        reached = int(np.count_nonzero(self.largest >= statistic * (1 - 1e-6)))
        chance = (1 + reached) / (1 + len(self.largest))
        if not reached:
            chance = min(chance, self.tests * math.exp(-(statistic**2) / 2))
        return min(1.0, chance / self.share)


def chances(shares: Array, kinds: Sequence[int], random: np.random.Generator) -> dict[int, Chance]:
    """What chance makes of each kind of slices.

    Args:
        shares: What each block adds to each statistic; shape (blocks, losses times slices).
        kinds: Kind of each slice.
        random: Source of the signs.
    """
    places = np.tile(kinds, shares.shape[1] // len(kinds))
    present = np.unique(places).tolist()
    total = sum(SHARES[kind] for kind in present)
    largest = {kind: np.empty(FLIPS) for kind in present}
    step = 250
    for start in range(0, FLIPS, step):
        size = min(step, FLIPS - start)
        signs = random.integers(0, 2, (size, len(shares)), dtype=np.int8).astype(np.float32)
        drawn = (2 * signs - 1) @ shares
        for kind in present:
            largest[kind][start : start + size] = drawn[:, places == kind].max(axis=1)
    return {
        kind: Chance(
            largest=largest[kind],
            tests=int((places == kind).sum()),
            share=SHARES[kind] / total,
        )
        for kind in present
    }
