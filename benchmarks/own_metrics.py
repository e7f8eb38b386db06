"""How often the interval of an own metric holds the truth, on sums of money with long tails.

`python benchmarks/own_metrics.py` prints the table of docs/own-metrics.md: the interval that mlgate
gives, and the two that it is made of, on the same draws. Seeds are fixed.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from mlgate.stats import bca
from mlgate.stats.linear import student
from mlgate.stats.sample import sample

Array = np.ndarray[Any, Any]
SAMPLES = 1_000
RESAMPLES = 500


def losses_only(random: np.random.Generator, rows: int) -> tuple[Array, Array]:
    """Head loses a tenth of the rows, each worth an amount with a long tail."""
    amount = random.lognormal(2, 1.2, rows)
    return -amount * (random.random(rows) < 0.1), amount


def both_ways(random: np.random.Generator, rows: int) -> tuple[Array, Array]:
    """Head and base are right on 80 and 85 % of the rows, apart from each other."""
    amount = random.lognormal(2, 1.2, rows)
    return amount * ((random.random(rows) < 0.8) * 1.0 - (random.random(rows) < 0.85)), amount


def short_tails(random: np.random.Generator, rows: int) -> tuple[Array, Array]:
    """The same with amounts of a gamma distribution."""
    amount = random.gamma(2, 1, rows)
    return amount * ((random.random(rows) < 0.8) * 1.0 - (random.random(rows) < 0.85)), amount


def of_sums(gain: Array, amount: Array) -> Array:
    """The mean gain of a row."""
    del amount
    return gain.mean(axis=-1)


def of_shares(gain: Array, amount: Array) -> Array:
    """The gain as a share of all that was at stake."""
    return gain.sum(axis=-1) / amount.sum(axis=-1)


CASES: dict[str, tuple[Callable[..., tuple[Array, Array]], Callable[[Array, Array], Array]]] = {
    "mean loss, long tail on one side": (losses_only, of_sums),
    "lost share, long tail on one side": (losses_only, of_shares),
    "mean gain, long tails on both sides": (both_ways, of_sums),
    "mean gain, short tails": (short_tails, of_sums),
}


class Draws:
    """A metric's differences on sets of rows, kept."""

    def __init__(self, metric: Callable[[Array, Array], Array], gain: Array, amount: Array) -> None:
        self._metric, self._gain, self._amount = metric, gain, amount
        self.drawn = self.without = np.empty(0)

    def __call__(self, sets: list[Array]) -> Array:
        """As `paired_bca` asks: the whole sample, the resamples, the jackknife."""

        def of(rows: Array) -> Array:
            return self._metric(self._gain[rows], self._amount[rows])

        self.drawn = of(np.stack(sets[1 : RESAMPLES + 1]))
        self.without = np.array([of(rows) for rows in sets[RESAMPLES + 1 :]])
        return np.concatenate([[of(sets[0])], self.drawn, self.without])


def coverage(case: str, rows: int, samples: int) -> list[float]:
    """Shares of samples whose interval holds the truth: mlgate's, BCa's, Student's."""
    draw, metric = CASES[case]
    true = float(metric(*draw(np.random.default_rng(1), 4_000_000)))
    random = np.random.default_rng(7)
    held, used = np.zeros(3), 0
    for number in range(samples):
        draws = Draws(metric, *draw(random, rows))
        seen = bca.paired_bca(draws, sample(rows), resamples=RESAMPLES, seed=number)
        if seen.interval is None:
            continue
        used += 1
        error = float(draws.drawn.std(ddof=1))
        students = student(seen.value, error, sample(rows), method="").interval or (0.0, 0.0)
        bias, skew = bca.bias_of(seen.value, draws.drawn), bca.acceleration_of(draws.without)
        reach = (students[1] - seen.value) / error
        alone = bca.accelerated(draws.drawn, bias, skew, reach)
        held += [low <= true <= high for low, high in (seen.interval, alone, students)]
    return [float(share) for share in held / used]


def main(samples: int) -> None:
    """Print the table."""
    print("| metric | rows | the wider of both | BCa alone | Student's alone |")
    print("|---|--:|--:|--:|--:|")
    for case in CASES:
        for rows in (300, 1_000):
            shares = " | ".join(f"{100 * share:.1f} %" for share in coverage(case, rows, samples))
            print(f"| {case} | {rows:,} | {shares} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES)
