"""How fast is a paired comparison? Against the loop that one would write with scikit-learn.

    python benchmarks/paired.py

Accuracy, F1, ROC AUC and log loss of two models on 1,000,000 rows, each with the difference and its
interval, in one process from the import of numpy on. Beside it scikit-learn's functions on 2,000
resamples of the rows; a few resamples are run, and the rest is their multiple. Ratios of CPU time
count, since other processes disturb the wall clock.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

ROWS = 1_000_000
FEW = 10_000
RESAMPLES = 2_000

DATA = """
import numpy as np
random = np.random.default_rng(3)
rows = {rows}
truth = (random.random(rows) < 0.3).astype(np.intp)
shared = random.normal(size=rows)
chances = [
    1 / (1 + np.exp(-(1.5 * truth - 1.5 + 0.9 * shared + 0.4 * random.normal(size=rows))))
    for _ in range(2)
]
labels = [(chance >= 0.5).astype(np.intp) for chance in chances]
"""


def ours(rows: int) -> dict[str, float]:
    """CPU seconds of a whole process and of its comparisons, and its peak memory in MiB."""
    code = """
import time, resource, json, sys
from mlgate.stats.auc import paired_auc
from mlgate.stats.counts import averaged, f1, paired_counts
from mlgate.stats.means import paired_mean, paired_proportion
start = time.process_time()
found = [
    paired_proportion(labels[0] == truth, labels[1] == truth),
    paired_counts(truth, *labels, 2, averaged(f1, "binary")),
    paired_auc(truth == 1, *chances),
    paired_mean(*(-np.log(np.where(truth == 1, c, 1 - c)) for c in chances)),
]
assert all(difference.interval for difference in found)
assert not {"scipy", "sklearn", "pandas"} & set(sys.modules)
own = time.process_time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"cpu": time.process_time(), "compare": own, "peak": peak}))
"""
    done = subprocess.run(
        [sys.executable, "-c", DATA.format(rows=rows) + code],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds: dict[str, float] = json.loads(done.stdout)
    return seconds


def theirs(rows: int, resamples: int) -> dict[str, float]:
    """CPU seconds of one resample for each metric of both models."""
    code = """
import time, json
from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score
spent = dict.fromkeys(("resample", "accuracy", "f1", "roc_auc", "log_loss"), 0.0)
def timed(name, function, *arguments):
    start = time.process_time()
    answer = function(*arguments)
    spent[name] += time.process_time() - start
    return answer
for _ in range({resamples}):
    picked = timed("resample", random.integers, 0, rows, rows)
    for chance, label in zip(chances, labels):
        y, p, c = timed("resample", lambda: (truth[picked], label[picked], chance[picked]))
        timed("accuracy", accuracy_score, y, p)
        timed("f1", f1_score, y, p)
        timed("roc_auc", roc_auc_score, y, c)
        timed("log_loss", log_loss, y, c)
print(json.dumps({{name: seconds / {resamples} for name, seconds in spent.items()}}))
"""
    program = DATA.format(rows=rows) + code.format(resamples=resamples)
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    seconds: dict[str, float] = json.loads(done.stdout)
    return seconds


def best(measure: Callable[[], dict[str, float]], times: int) -> dict[str, Any]:
    """The run with the least CPU time: what others do on the machine only adds."""
    runs = [measure() for _ in range(times)]
    return min(runs, key=lambda run: run.get("cpu", sum(run.values())))


def main() -> None:
    """Measure both and print their ratio."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--resamples", type=int, default=5, help="of scikit-learn, run for real")
    given = arguments.parse_args()
    start = time.perf_counter()
    large = best(lambda: ours(ROWS), given.repeat)
    small = best(lambda: ours(FEW), given.repeat)
    loop = theirs(ROWS, given.resamples)
    whole = sum(loop.values()) * RESAMPLES
    print(f"{ROWS:,} rows: {large['compare']:.2f} CPU s, {large['cpu']:.2f} CPU s with imports and "
          f"data, peak {large['peak']:.0f} MiB")  # fmt: skip
    print(f"{FEW:,} rows: {small['compare']:.3f} CPU s, {small['cpu']:.2f} CPU s with imports and "
          f"data, peak {small['peak']:.0f} MiB")  # fmt: skip
    print(f"loop over scikit-learn, {RESAMPLES:,} resamples: {whole:,.0f} CPU s "
          f"({given.resamples} were run); a resample: {loop}")  # fmt: skip
    print(f"ratio: {whole / large['compare']:,.0f}, of whole processes {whole / large['cpu']:,.0f}")
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = children.ru_utime + children.ru_stime
    print(f"{used:.0f} CPU s, {time.perf_counter() - start:.0f} s in all")


if __name__ == "__main__":
    main()
