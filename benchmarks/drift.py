"""Figures of the drift check: cost, memory, false alarms and power. Seeds are fixed.

`python benchmarks/drift.py` prints everything; names of parts, such as `python benchmarks/drift.py
cost rates`, print only these. CPU seconds and peak memory are those of a process of its own, from
its start to its end.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

NUMBERS: Final = 12
CATEGORIES: Final = 8
CONFIG: Final = """\
version: 1
data:
  before: {path: before.parquet}
  now: {path: now.parquet}
checks:
  - {type: drift, reference: before, current: now}
"""
ROOT: Final = Path(__file__).parents[1]
CHECK: Final = """\
import sys
from pathlib import Path
from mlgate.checks.drift import Drift
from mlgate.results import combined
from tests.support import make_inputs
data = {name: f"{name}.parquet" for name in ("before", "now")}
with make_inputs(Path(sys.argv[1]), data=data) as inputs:
    seen = Drift(type="drift", reference="before", current="now").run(inputs)
print(combined(seen.findings), len(seen.findings), "findings")
"""


def main() -> None:
    """Print the figures that are asked for."""
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "cost": cost,
        "few": few,
        "many": many,
        "false-alarms": false_alarms,
        "power": power,
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*parts, []], help="default: all")
    for part in parser.parse_args().part or parts:
        for line in parts[part]():
            print(f"{part}: {line}", flush=True)


def cost() -> Iterator[str]:
    """One million rows and 20 columns against as many, by the whole command and by the check."""
    with _folder() as folder:
        for seed, name in enumerate(("before", "now")):
            _write_apart(folder / f"{name}.parquet", 1_000_000, seed)
        (folder / "mlgate.yml").write_text(CONFIG)
        for label, command in {
            "mlgate run": [sys.executable, "-m", "mlgate", "run", "-C", str(folder)],
            "the check alone": [sys.executable, "-c", CHECK, str(folder)],
        }.items():
            cpu, peak, said = _measured(command)
            yield f"1M x 20 against 1M x 20, {label}: {cpu:.2f} CPU-s, {peak:.0f} MB ({said})"


def few() -> Iterator[str]:
    """Eight rows: what is noise must be undecided, what is another world must be found."""
    import numpy as np
    import pandas as pd

    draw = np.random.default_rng(0)
    seen: dict[str, int] = {}
    for _ in range(200):
        tables = [pd.DataFrame(_columns(8, draw)) for _ in range(2)]
        outcome = _outcome(*tables)
        seen[outcome] = seen.get(outcome, 0) + 1
    yield f"8 rows against 8, nothing moved, 200 runs: {_counts(seen)}"
    found = sum(
        _outcome(
            pd.DataFrame({"a": draw.normal(size=500)}), pd.DataFrame({"a": draw.normal(9, size=8)})
        )
        == "failed"
        for _ in range(200)
    )
    yield f"8 rows, 9 sd away from 500: found in {found} of 200 runs"


def many() -> Iterator[str]:
    """Ten million rows: a tiny shift must not fail, a small one must, and memory is bounded."""
    for shift, name in ((0.02, "tiny"), (0.2, "small")):
        with _folder() as folder:
            few_columns = {"numbers": 3, "categories": 2}
            _write_apart(folder / "before.parquet", 10_000_000, 0, **few_columns)
            _write_apart(folder / "now.parquet", 10_000_000, 1, **few_columns, shift=shift)
            cpu, peak, said = _measured([sys.executable, "-c", CHECK, str(folder)])
            yield (
                f"10M x 5 against 10M x 5, a {name} shift of {shift} sd: {said}; "
                f"{cpu:.1f} CPU-s, {peak:.0f} MB"
            )


def false_alarms() -> Iterator[str]:
    """Forty columns of 300 rows, from one distribution."""
    import numpy as np
    import pandas as pd

    draw = np.random.default_rng(7)
    seen: dict[str, int] = {}
    for _ in range(200):
        tables = [pd.DataFrame(_columns(300, draw, numbers=25, categories=15)) for _ in range(2)]
        outcome = _outcome(*tables)
        seen[outcome] = seen.get(outcome, 0) + 1
    yield f"40 columns x 300 rows, nothing moved, 200 runs: {_counts(seen)}"


def power() -> Iterator[str]:
    """A shift of 0.2 standard deviations among 5,000 rows, in one of 20 columns."""
    import numpy as np
    import pandas as pd

    draw = np.random.default_rng(8)
    found, others = 0, 0
    for _ in range(200):
        before, now = (_columns(5000, draw) for _ in range(2))
        now["n0"] = now["n0"] + 0.2
        findings = _findings(pd.DataFrame(before), pd.DataFrame(now))
        failed = {f.subject for f in findings if f.outcome == "failed"} - {"table"}
        found += "n0" in failed
        others += bool(failed - {"n0"})
    yield (
        f"0.2 sd at 5,000 rows, one of 20 columns: found in {found} of 200 runs, another column "
        f"named in {others}"
    )


def write(
    path: Path,
    rows: int,
    seed: int,
    *,
    numbers: int = NUMBERS,
    categories: int = CATEGORIES,
    shift: float = 0.0,
) -> None:
    """A Parquet file, written in pieces; each column of numbers is moved by `shift` of its sd."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = np.random.default_rng(seed)
    writer = None
    for start in range(0, rows, 1_000_000):
        columns = _columns(min(1_000_000, rows - start), draw, numbers, categories)
        moved = {k: v + shift if k.startswith("n") else v for k, v in columns.items()}
        table = pa.table(moved)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def _write_apart(*arguments: Any, **options: Any) -> None:
    """In another process: a child's peak memory counts from what its parent held at its start."""
    process = get_context("spawn").Process(target=write, args=arguments, kwargs=options)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"writing {arguments[0]} failed")


def _columns(
    rows: int, draw: Any, numbers: int = NUMBERS, categories: int = CATEGORIES
) -> dict[str, Any]:
    import numpy as np

    found: dict[str, Any] = {f"n{i}": draw.normal(size=rows) for i in range(numbers)}
    for i in range(categories):
        names = np.array([f"value {j}" for j in range(3 + 2 * i)], dtype=object)
        found[f"c{i}"] = names[draw.integers(0, len(names), rows)]
    return found


def _findings(before: Any, now: Any) -> list[Any]:
    from mlgate.checks.drift import Drift

    sys.path.insert(0, str(ROOT))
    from tests.support import make_inputs

    with _folder() as folder:
        before.to_parquet(folder / "before.parquet")
        now.to_parquet(folder / "now.parquet")
        data = {name: f"{name}.parquet" for name in ("before", "now")}
        with make_inputs(folder, data=data) as inputs:
            check = Drift(type="drift", reference="before", current="now")
            return list(check.run(inputs).findings)


def _outcome(before: Any, now: Any) -> str:
    from mlgate.results import combined

    return str(combined(_findings(before, now)))


def _counts(seen: dict[str, int]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(seen.items()))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _measured(command: list[str]) -> tuple[float, float, str]:
    """CPU seconds and peak megabytes of a process and its children, and what it said last."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT, env=environment
        )
        _, _, used = os.wait4(process.pid, 0)
        output.seek(0)
        lines = output.read().strip().splitlines()
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, lines[0][:120] if lines else ""


if __name__ == "__main__":
    main()
