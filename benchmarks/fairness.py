"""Are the verdicts on groups right? Groups with a known truth, drawn again and again.

    python benchmarks/fairness.py --runs 400 --write

A row of a group is positive with the group's own share; a model selects it where its score, which
may be shifted for the group, is above a limit. Head's and base's scores share most of their noise,
as those of two trainings do. `--write` puts the table into docs/fairness.md.
"""

import argparse
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any, Final

import numpy as np

from mlgate.stats.decision import Decision, decide
from mlgate.stats.difference import Difference
from mlgate.stats.disparity import Aggregate, Rate, aggregated, paired_disparity
from mlgate.stats.holm import holm
from mlgate.stats.sample import sample

PAGE: Final = Path(__file__).parents[1] / "docs" / "fairness.md"
SIZES: Final = (300, 1_000, 10_000)
MIN_ROWS: Final = 30
"""The check's default: smaller groups are left out."""
ALLOWED: Final = 0.05
"""The check's default."""
RISE: Final = 0.15
"""How much further apart the selection rates of a harmful head are."""
SIGNAL: Final = 2.0
LIMIT: Final = 1.2
SHARED: Final = 0.8
"""Correlation of head's and base's noise."""
NORMAL: Final = NormalDist()
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric of groups."""

    name: str
    aggregate: Aggregate
    greater_is_better: bool = False


METRICS: Final = (
    Metric(name="demographic_parity_difference", aggregate="difference"),
    Metric(name="equalized_odds_difference", aggregate="difference"),
    Metric(name="demographic_parity_ratio", aggregate="ratio", greater_is_better=True),
    Metric(name="accuracy_group_min", aggregate="group_min", greater_is_better=True),
)
DEFAULTS: Final = 2
"""So many of them are compared by default."""


@dataclass(frozen=True, kw_only=True)
class World:
    """Groups, and how the two models treat them."""

    name: str
    shares: tuple[float, ...]
    """Share of the rows in each group."""
    positive: tuple[float, ...]
    """Share of positive rows in each group."""
    base: tuple[float, ...]
    """What base adds to the scores of each group."""
    head: tuple[float, ...] | None = None
    """What head adds; None for the same."""


WORLDS: Final = (
    World(name="2 alike", shares=(0.5, 0.5), positive=(0.4, 0.4), base=(0, 0)),
    World(name="2 alike, 1 small", shares=(0.9, 0.1), positive=(0.4, 0.4), base=(0, 0)),
    World(name="2 apart", shares=(0.6, 0.4), positive=(0.3, 0.5), base=(0, 0.5)),
    World(
        name="5 alike",
        shares=(0.4, 0.25, 0.15, 0.1, 0.1),
        positive=(0.4,) * 5,
        base=(0,) * 5,
    ),
    World(
        name="5 apart",
        shares=(0.4, 0.25, 0.15, 0.1, 0.1),
        positive=(0.3, 0.35, 0.4, 0.45, 0.5),
        base=(-0.2, -0.1, 0, 0.1, 0.2),
    ),
)
OTHER_ENDS: Final = World(
    name="6, others at the ends",
    shares=(1 / 6,) * 6,
    positive=(0.4,) * 6,
    base=(-0.3, 0, 0, 0, 0, 0.3),
    head=(-0.3, -0.3, -0.3, 0.3, 0.3, 0.3),
)
"""As far apart as base, but with three groups at each end in place of one."""


def rates(metric: Metric, truth: Array, chosen: Array) -> list[Rate]:
    """What the metric is made of."""
    every = np.ones(len(truth), dtype=bool)
    if metric.name.startswith("equalized"):
        return [Rate(top=truth & chosen, bottom=truth), Rate(top=~truth & chosen, bottom=~truth)]
    top = truth == chosen if metric.name.startswith("accuracy") else chosen
    return [Rate(top=top, bottom=every)]


def true_value(metric: Metric, positive: Sequence[float], shifts: Sequence[float]) -> float:
    """The metric over all rows there could be."""
    hits, alarms = (
        np.array([NORMAL.cdf(signal + shift - LIMIT) for shift in shifts]) for signal in (SIGNAL, 0)
    )
    share = np.array(positive)
    if metric.name.startswith("equalized"):
        values = np.stack([hits, alarms])
    elif metric.name.startswith("accuracy"):
        values = (share * hits + (1 - share) * (1 - alarms))[None]
    else:
        values = (share * hits + (1 - share) * alarms)[None]
    return float(aggregated(values, metric.aggregate))


def harmful(world: World, kept: int) -> tuple[float, ...]:
    """Shifts of a head that selects the most selected group still more often."""
    base = world.base[:kept]
    wanted = true_value(METRICS[0], world.positive[:kept], base) + RISE
    low, high = 0.0, 3.0
    for _ in range(50):
        middle = (low + high) / 2
        moved = (*base[:-1], base[-1] + middle)
        if true_value(METRICS[0], world.positive[:kept], moved) < wanted:
            low = middle
        else:
            high = middle
    return (*base[:-1], base[-1] + high)


def compare(
    random: np.random.Generator,
    world: World,
    sizes: Sequence[int],
    head: Sequence[float],
    seed: int,
) -> list[Difference]:
    """Every metric on one sample."""
    groups = np.repeat(np.arange(len(sizes)), sizes)
    rows = len(groups)
    truth = random.random(rows) < np.array(world.positive)[groups]
    common = math.sqrt(SHARED) * random.normal(size=rows)
    chosen = [
        SIGNAL * truth
        + np.array(shifts)[groups]
        + common
        + math.sqrt(1 - SHARED) * random.normal(size=rows)
        > LIMIT
        for shifts in (head, world.base)
    ]
    return [
        paired_disparity(
            rates(metric, truth, chosen[0]),
            rates(metric, truth, chosen[1]),
            groups,
            metric.aggregate,
            sample(rows),
            seed=seed,
        )
        for metric in METRICS
    ]


def measure(world: World, rows: int, runs: int, seed: int) -> list[str]:
    """The lines of the table for one world and size."""
    random = np.random.default_rng(seed + rows)
    sizes = [round(rows * share) for share in world.shares if round(rows * share) >= MIN_ROWS]
    kept = len(sizes)
    same = (world.head or world.base)[:kept]
    draws = [compare(random, world, sizes, same, number) for number in range(runs)]
    worse = harmful(world, kept) if world.head is None else same
    harmed = [
        compare(random, world, sizes, worse, number)
        for number in range(runs // 2 if world.head is None else 0)
    ]
    lines = []
    for place, metric in enumerate(METRICS):
        seen = [draw[place] for draw in draws]
        truth = change(metric, world, same)
        cells = [
            percent([is_worse(metric, each) for each in seen]),
            percent([decided(metric, each) is Decision.REGRESSED for each in seen]),
            percent([holds(each, truth) for each in seen]),
            percent([decided(metric, each) is Decision.NO_REGRESSION for each in seen]),
        ]
        if harmed:
            there = [draw[place] for draw in harmed]
            truth = change(metric, world, worse)
            cells.append(f"{truth:+.2f}")
            cells.append(percent([holds(each, truth) for each in there]))
            cells.append(percent([decided(metric, each) is Decision.REGRESSED for each in there]))
        else:
            cells.extend(["", "", ""])
        lines.append(f"| {rows:,} | {world.name} | {metric.name} | {' | '.join(cells)} |")
    whole = []
    for draw in draws:
        pair = list(zip(METRICS, draw, strict=True))[:DEFAULTS]
        adjusted = holm([1.0 if each.p_value is None else each.p_value for _, each in pair])
        whole.append(
            any(
                is_worse(metric, each) and p <= 0.05
                for (metric, each), p in zip(pair, adjusted, strict=True)
            )
        )
    lines.append(
        f"| {rows:,} | {world.name} | **both defaults, Holm** | **{percent(whole)}** |" + " |" * 6
    )
    print("\n".join(lines), flush=True)
    return lines


def change(metric: Metric, world: World, head: Sequence[float]) -> float:
    """The true difference of head and base."""
    kept = world.positive[: len(head)]
    return true_value(metric, kept, head) - true_value(metric, kept, world.base[: len(head)])


def is_worse(metric: Metric, seen: Difference) -> bool:
    """Whether the interval excludes that head is as good as base."""
    if seen.interval is None:
        return False
    return seen.interval[1] < 0 if metric.greater_is_better else seen.interval[0] > 0


def decided(metric: Metric, seen: Difference) -> Decision:
    """What the check would say."""
    return decide(seen, allowed=ALLOWED, greater_is_better=metric.greater_is_better).decision


def holds(seen: Difference, truth: float) -> bool:
    """Whether the interval holds the truth; one that there is not excludes nothing."""
    return seen.interval is None or seen.interval[0] <= truth <= seen.interval[1]


def percent(seen: list[bool]) -> str:
    """Share of true ones."""
    return f"{100 * float(np.mean(seen)):.1f} %"


def table(runs: int, seed: int) -> str:
    """The whole table, as Markdown."""
    lines = [
        (
            "| rows | groups | metric | false alarms, nothing allowed | at the default limit "
            "| interval holds truth | passes | true change of a harmful head | held | found |"
        ),
        "|---:|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for world in (*WORLDS, OTHER_ENDS):
        for rows in SIZES:
            found = measure(world, rows, runs, seed)
            lines.extend([*found[:DEFAULTS], found[-1]])
    note = (
        f"{runs:,} runs without a change and {runs // 2:,} of a harmful head, seed {seed}; "
        "`python benchmarks/fairness.py --write`, which prints the ratio and the worst group's "
        "accuracy, too."
    )
    return "\n".join([*lines, "", note])


def main() -> None:
    """Measure, print, and write the table into the page if asked."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--runs", type=int, default=400)
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--write", action="store_true", help="write into docs/fairness.md")
    given = arguments.parse_args()
    start = time.process_time()
    found = table(given.runs, given.seed)
    if given.write:
        page = PAGE.read_text()
        before, _, rest = page.partition("<!-- fairness -->\n")
        after = rest.partition("<!-- /fairness -->")[2]
        PAGE.write_text(f"{before}<!-- fairness -->\n{found}\n<!-- /fairness -->{after}")
    print(f"{time.process_time() - start:.0f} CPU seconds")


if __name__ == "__main__":
    main()
