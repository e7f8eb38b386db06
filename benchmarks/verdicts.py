"""Are the verdicts right? Head and base with a known truth, drawn again and again.

    python benchmarks/verdicts.py --runs 1000 --write

Two models answer the same rows: a classifier (accuracy, F1, ROC AUC, log loss) and a regressor
(RMSE), five comparisons in one run, as two models of a repository would have. Head and base err
on their own by half of their noise's variance or less. `--write` puts the table into
docs/regression.md.
"""

import argparse
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any, Final

import numpy as np

from mlgate.stats.auc import paired_auc
from mlgate.stats.counts import averaged, f1, paired_counts
from mlgate.stats.difference import Z_POWER, Difference, Z
from mlgate.stats.holm import holm
from mlgate.stats.means import paired_mean, paired_proportion, paired_root_mean_square

PAGE: Final = Path(__file__).parents[1] / "docs" / "regression.md"
SIZES: Final = (300, 1_000, 10_000)
PREVALENCE: Final = 0.3
SIGNAL: Final = 2.0
"""Distance of the two classes' mean scores, in standard deviations of a score."""
ERROR: Final = 10.0
"""Root mean squared error of the regressor."""
SHARED: Final = 0.8
"""Correlation of head's and base's noise: two trainings err mostly on the same rows."""
NORMAL: Final = NormalDist()
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric, its true value at a quality, and how a pair of samples is compared."""

    name: str
    truth: Callable[[float], float]
    """From the signal (for RMSE: the share of the error that is left) to the metric's value."""
    greater_is_better: bool


def posterior(scores: Array, signal: float) -> Array:
    """Probability of the positive class at a score, of a calibrated model."""
    odds = signal * scores - signal**2 / 2 + math.log(PREVALENCE / (1 - PREVALENCE))
    return 1 / (1 + np.exp(-odds))


def rates(signal: float) -> tuple[float, float]:
    """True and false positive rate at a probability of a half."""
    limit = signal / 2 - math.log(PREVALENCE / (1 - PREVALENCE)) / signal
    return NORMAL.cdf(signal - limit), NORMAL.cdf(-limit)


def true_accuracy(signal: float) -> float:
    """Share of right answers."""
    hits, alarms = rates(signal)
    return PREVALENCE * hits + (1 - PREVALENCE) * (1 - alarms)


def true_f1(signal: float) -> float:
    """F1 of the positive class."""
    hits, alarms = rates(signal)
    predicted = PREVALENCE * hits + (1 - PREVALENCE) * alarms
    return 2 * PREVALENCE * hits / (PREVALENCE + predicted)


def true_auc(signal: float) -> float:
    """Area under the ROC curve of two normal scores."""
    return NORMAL.cdf(signal / math.sqrt(2))


def true_log_loss(signal: float) -> float:
    """Mean log loss, integrated over the normal noise of either class."""
    points, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    missed = -np.log(posterior(points + signal, signal))
    false = -np.log1p(-posterior(points, signal))
    return float(weights @ (PREVALENCE * missed + (1 - PREVALENCE) * false))


METRICS: Final = (
    Metric(name="accuracy", truth=true_accuracy, greater_is_better=True),
    Metric(name="F1", truth=true_f1, greater_is_better=True),
    Metric(name="ROC AUC", truth=true_auc, greater_is_better=True),
    Metric(name="log loss", truth=true_log_loss, greater_is_better=False),
    Metric(name="RMSE", truth=lambda left: ERROR * SIGNAL / left, greater_is_better=False),
)


def noise(random: np.random.Generator, rows: int, shared: Array | None = None) -> Array:
    """Head's and base's noise; shape (2, rows), each with variance 1."""
    common = random.normal(size=rows) if shared is None else shared
    return math.sqrt(SHARED) * common + math.sqrt(1 - SHARED) * random.normal(size=(2, rows))


def compare(
    random: np.random.Generator, rows: int, head: float, wanted: Mapping[str, Metric], seed: int
) -> dict[str, tuple[Difference, float]]:
    """Every wanted metric on one sample: head minus base, and base's value."""
    positive = random.random(rows) < PREVALENCE
    scores = noise(random, rows) + np.array([[head], [SIGNAL]]) * positive
    chances = [posterior(s, signal) for s, signal in zip(scores, (head, SIGNAL), strict=True)]
    labels = [(chance >= 0.5).astype(np.intp) for chance in chances]
    found: dict[str, tuple[Difference, float]] = {}
    if "accuracy" in wanted:
        right = [label == positive for label in labels]
        found["accuracy"] = paired_proportion(*right), float(right[1].mean())
    if "F1" in wanted:
        difference = paired_counts(
            positive.astype(np.intp), *labels, 2, averaged(f1, "binary"), seed=seed
        )
        both = float((labels[1] * positive).sum())
        found["F1"] = difference, 2 * both / float(labels[1].sum() + positive.sum())
    if "ROC AUC" in wanted:
        found["ROC AUC"] = paired_auc(positive, *scores), true_auc(SIGNAL)
    if "log loss" in wanted:
        losses = [-np.log(np.where(positive, chance, 1 - chance)) for chance in chances]
        found["log loss"] = paired_mean(*losses), float(losses[1].mean())
    if "RMSE" in wanted:
        tails = random.standard_t(6, rows) / math.sqrt(6 / 4)  # heavier than normal
        errors = noise(random, rows, tails) * np.array([[ERROR * SIGNAL / head], [ERROR]])
        found["RMSE"] = paired_root_mean_square(*errors), float(np.sqrt((errors[1] ** 2).mean()))
    return found


def worse_by(metric: Metric, drop: float) -> float:
    """The signal of a head whose metric is worse than base's by `drop`."""
    sign = 1 if metric.greater_is_better else -1
    low, high = 1e-3, SIGNAL
    for _ in range(60):
        middle = (low + high) / 2
        if sign * (metric.truth(SIGNAL) - metric.truth(middle)) > drop:
            low = middle
        else:
            high = middle
    return high


@dataclass(frozen=True, kw_only=True)
class Row:
    """What was counted for one metric and size."""

    metric: str
    rows: int
    detectable: float
    alarms: float
    held: float
    held_at_drop: float
    found: float
    tolerance_alarms: float
    tolerance_found: float


def is_worse(metric: Metric, seen: Difference) -> bool:
    """Whether head did worse on these rows."""
    return seen.value < 0 if metric.greater_is_better else seen.value > 0


def beyond(metric: Metric, seen: Difference, base: float) -> bool:
    """What a fixed tolerance of 1 % of base's value says."""
    return is_worse(metric, seen) and abs(seen.value) > 0.01 * base


def holds(seen: Difference, truth: float) -> bool:
    """Whether the interval holds the truth."""
    return seen.interval is not None and seen.interval[0] <= truth <= seen.interval[1]


def measure(rows: int, runs: int, seed: int) -> tuple[list[Row], tuple[float, float]]:
    """The figures of one size, and false alarms of whole runs: mlgate's, the tolerance's."""
    random = np.random.default_rng(seed + rows)
    every = {metric.name: metric for metric in METRICS}
    draws = [compare(random, rows, SIGNAL, every, number) for number in range(runs)]
    whole = [0, 0]
    for draw in draws:
        p_values = [1.0 if d.p_value is None else d.p_value for d, _ in draw.values()]
        adjusted = holm(p_values)
        judged = list(zip(METRICS, draw.values(), adjusted, strict=True))
        whole[0] += any(is_worse(m, d) and p <= 0.05 for m, (d, _), p in judged)
        whole[1] += any(beyond(m, d, base) for m, (d, base), _ in judged)
    found = []
    for metric in METRICS:
        seen = [draw[metric.name] for draw in draws]
        error = float(np.mean([d.standard_error for d, _ in seen if d.standard_error]))
        detectable = (Z + Z_POWER) * error
        head = worse_by(metric, 3 * detectable)
        truth = metric.truth(head) - metric.truth(SIGNAL)
        dropped = [
            compare(random, rows, head, {metric.name: metric}, number)[metric.name]
            for number in range(max(runs // 2, 1))
        ]
        found.append(
            Row(
                metric=metric.name,
                rows=rows,
                detectable=detectable,
                alarms=share(
                    [is_worse(metric, d) and d.p_value is not None and d.p_value <= 0.05
                     for d, _ in seen]
                ),
                held=share([holds(d, 0.0) for d, _ in seen]),
                held_at_drop=share([holds(d, truth) for d, _ in dropped]),
                # As the first of five in Holm's order, which asks for the most.
                found=share(
                    [is_worse(metric, d) and (d.p_value or 0) * len(METRICS) <= 0.05
                     for d, _ in dropped]
                ),
                tolerance_alarms=share([beyond(metric, d, base) for d, base in seen]),
                tolerance_found=share([beyond(metric, d, base) for d, base in dropped]),
            )
        )  # fmt: skip
    return found, (whole[0] / runs, whole[1] / runs)


def share(seen: list[bool]) -> float:
    """Share of true ones."""
    return float(np.mean(seen))


def percent(value: float) -> str:
    """A share in percent."""
    return f"{100 * value:.1f} %"


def table(runs: int, seed: int) -> str:
    """The table of all sizes, as Markdown."""
    lines = [
        (
            "| rows | metric | detectable drop | false alarms | interval holds truth: no change "
            "| at the drop | drop found | 1 % tolerance: false alarms | drop found |"
        ),
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for rows in SIZES:
        found, (ours, theirs) = measure(rows, runs, seed)
        for row in found:
            values = (
                row.alarms, row.held, row.held_at_drop, row.found, row.tolerance_alarms,
                row.tolerance_found,
            )  # fmt: skip
            cells = " | ".join(map(percent, values))
            lines.append(f"| {row.rows:,} | {row.metric} | {row.detectable:.2g} | {cells} |")
        whole = f"| | | | {percent(theirs)} | |"
        lines.append(f"| {rows:,} | **whole run, Holm** | | **{percent(ours)}** {whole}")
        print("\n".join(lines[-6:]), flush=True)
    note = (
        f"{runs:,} runs without a change and {runs // 2:,} for each drop, seed {seed}; "
        "`python benchmarks/verdicts.py --write`."
    )
    return "\n".join([*lines, "", note])


def main() -> None:
    """Measure, print, and write the table into the page if asked."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--runs", type=int, default=1000)
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--write", action="store_true", help="write into docs/regression.md")
    given = arguments.parse_args()
    start = time.process_time()
    found = table(given.runs, given.seed)
    if given.write:
        page = PAGE.read_text()
        before, _, rest = page.partition("<!-- verdicts -->\n")
        after = rest.partition("<!-- /verdicts -->")[2]
        PAGE.write_text(f"{before}<!-- verdicts -->\n{found}\n<!-- /verdicts -->{after}")
    print(f"{time.process_time() - start:.0f} CPU seconds")


if __name__ == "__main__":
    main()
