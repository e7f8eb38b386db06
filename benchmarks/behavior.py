"""What behavioural tests cost beside the predictions that they need.

A gradient-boosting classifier, 100,000 rows of 20 features, 20 tests. `mlgate run` is measured as a
whole, with its start, the model's process and all that it sends there; beside it stands a process
that loads the same model and does nothing but predict as often. CPU is user and system time of a
process and of all that it waited for.

    python benchmarks/behavior.py [--rows 100000] [--profile]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

COLUMNS = 20
PROMISED = 1.3
"""Times the CPU of the predictions alone."""
ALONE = """
import sys
import joblib
import pandas as pd

rows = pd.read_parquet("test.parquet").drop(columns="y")
model = joblib.load("m.joblib")
for asked in sys.argv[1].split(","):
    getattr(model, asked)(rows)
"""


def tests() -> list[dict[str, object]]:
    """Twenty tests: on each feature one, of every cost."""
    changes: list[object] = [
        "shuffle",
        {"add": 0.5},
        {"multiply": 1.01},
        {"noise": {"relative_sd": 0.05}},
        {"round": 1},
        {"set": 0},
        {"swap": "x19"},
        {"permute_within": "x0"},
        {"replace": {0: 1}},
        {"unit": {"from": "km", "to": "mi"}},
    ]
    found: list[dict[str, object]] = []
    for number in range(COLUMNS):
        change = changes[number % (6 if number > 9 else len(changes))]
        base = {"name": f"test {number}", "min_pass_rate": 0.01, "change": {f"x{number}": change}}
        if number % 4 == 3:
            found.append({**base, "kind": "directional", "expect": "not_decrease"})
        else:
            found.append({**base, "kind": "invariance", "tolerance": 0.2})
    found[8]["change"] = {"x18": {"replace": {0: 1}}}
    return found


def prepare(folder: Path, rows: int) -> None:
    """A model, its data, and the configuration."""
    import joblib
    import numpy as np
    import pandas as pd
    import yaml
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        rng.normal(size=(rows, COLUMNS)).round(3), columns=[f"x{i}" for i in range(COLUMNS)]
    )
    frame["x0"] = rng.integers(0, 50, rows)
    frame["x18"] = rng.integers(0, 3, rows)
    frame["y"] = (frame.x1 + frame.x2 * frame.x3 + rng.normal(size=rows) > 0).astype(int)
    model = HistGradientBoostingClassifier(max_iter=200, random_state=0)
    joblib.dump(model.fit(frame.drop(columns="y")[:20_000], frame.y[:20_000]), folder / "m.joblib")
    frame.to_parquet(folder / "test.parquet")
    config = {
        "version": 1,
        "data": {"test": {"path": "test.parquet", "target": "y"}},
        "models": {"m": {"path": "m.joblib"}},
        "checks": [{"type": "behavior", "model": "m", "data": "test", "tests": tests()}],
    }
    (folder / "mlgate.yml").write_text(yaml.safe_dump(config))


def cpu(command: list[str], folder: Path) -> tuple[float, int]:
    """CPU seconds of a command and of its children, and its exit code."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, process.returncode


def main() -> int:
    """Measure, and print the ratio; 1 if the promise does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="where the time of the run goes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlgate-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        prepare(folder, arguments.rows)
        # Labels and probabilities of the rows as they are and of each change; a direction needs
        # probabilities alone.
        directions = sum(test["kind"] == "directional" for test in tests())
        asked = ["predict", "predict_proba"] * (1 + COLUMNS - directions)
        asked += ["predict_proba"] * directions
        run = [str(Path(sys.executable).with_name("mlgate")), "run"]
        alone = [sys.executable, "-c", ALONE, ",".join(asked)]
        whole, only = [], []
        for _ in range(arguments.runs):
            spent, code = cpu(run, folder)
            result = json.loads((folder / ".mlgate" / "result.json").read_text())
            outcomes = {f["outcome"] for c in result["checks"] for f in c["findings"]}
            if code not in (0, 1) or outcomes - {"passed", "failed"}:
                raise SystemExit(f"the run ended with {code}: {outcomes}")
            whole.append(spent)
            only.append(cpu(alone, folder)[0])
        ratio = min(whole) / min(only)
        print(f"{len(asked)} predictions of {arguments.rows:,} rows alone: {min(only):.2f} CPU-s")
        times = f"{ratio:.2f} times; at most {PROMISED}"
        print(f"mlgate run, 20 tests: {min(whole):.2f} CPU-s, {times}")
        if arguments.profile:
            profile = [sys.executable, "-m", "cProfile", "-s", "cumulative", "-m", "mlgate", "run"]
            done = subprocess.run(profile, cwd=folder, capture_output=True, text=True, check=False)
            print(*done.stdout.splitlines()[:60], sep="\n")
    return int(not ratio <= PROMISED)


if __name__ == "__main__":
    sys.exit(main())
