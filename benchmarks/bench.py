"""`make bench`: CPU seconds and memory of whole processes, and whether the promised ratios hold.

Every contender runs in a process of its own, in turns, and the best of its runs counts: other work
on the machine only ever adds. CPU is user and system time of the process and of all that it
waited for; memory is the largest resident set of one of them.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from data import SIZES
from suite import suite

HERE = Path(__file__).parent
FOLDER = HERE / ".data"
"""Where data and results are kept; git ignores it."""


@dataclass(frozen=True, kw_only=True)
class Race:
    """Contenders on one file."""

    name: str
    size: str
    form: str
    contenders: Sequence[str]
    runs: int


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a process cost."""

    cpu: float
    """Seconds, user and system."""
    wall: float
    """Seconds."""
    memory: float
    """Largest resident set, in MB."""


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A figure and its limit."""

    text: str
    figure: float
    limit: float
    at_least: bool = False

    @property
    def kept(self) -> bool:
        """Whether the figure is on the right side of its limit."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit


EVERYONE = ("scan", "mlgate", "mlgate run", "pandera", "gx")
QUICK = (
    Race(name="100k Parquet", size="100k", form="parquet", contenders=EVERYONE, runs=5),
    Race(name="1M Parquet", size="1m", form="parquet", contenders=EVERYONE, runs=3),
    Race(name="1M CSV", size="1m", form="csv", contenders=EVERYONE, runs=3),
)
FULL = (
    *QUICK,
    Race(
        name="10M Parquet",
        size="10m",
        form="parquet",
        contenders=(*EVERYONE, "mlgate 512MB"),
        runs=1,
    ),
)


def main() -> int:
    """Run the races and print what they came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extent", nargs="?", choices=["quick", "full"], default="quick")
    parser.add_argument("--runs", type=int, help="runs of each contender")
    parser.add_argument("--output", type=Path, default=FOLDER / "results.json")
    arguments = parser.parse_args()
    costs: dict[str, dict[str, Cost]] = {}
    for race in FULL if arguments.extent == "full" else QUICK:
        costs[race.name] = measure(race, arguments.runs or race.runs)
        print(*table(race.name, costs[race.name]), sep="\n", flush=True)
    promises = list(promised(costs))
    for promise in promises:
        sign = "at least" if promise.at_least else "at most"
        word = "kept  " if promise.kept else "BROKEN"
        print(f"{word} {promise.text}: {promise.figure:.2f}, {sign} {promise.limit:g}")
    document = {
        "cores": os.cpu_count(),
        "costs": {race: {n: asdict(c) for n, c in found.items()} for race, found in costs.items()},
        "promises": [{**asdict(promise), "kept": promise.kept} for promise in promises],
    }
    arguments.output.write_text(json.dumps(document, indent=1) + "\n")
    return 0 if all(promise.kept for promise in promises) else 1


def measure(race: Race, runs: int) -> dict[str, Cost]:
    """The best run of each contender; they take turns, so that a busy minute hits all of them."""
    # In a process of its own: a child's largest resident set begins with that of its parent.
    subprocess.run([sys.executable, str(HERE / "data.py"), race.size, str(FOLDER)], check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    path = (FOLDER / f"orders-{race.size}.{race.form}").absolute()
    rows = SIZES[race.size]
    seen: dict[str, list[Cost]] = {name: [] for name in race.contenders}
    with tempfile.TemporaryDirectory(prefix="mlgate-bench-") as folder:
        repository(Path(folder), path, rows)
        for number in range(runs + 1):
            for name in race.contenders:
                if number == 0 and name == "gx" and race.size == "10m":
                    continue  # it is warm from the smaller races
                cost = run(name, path, rows, Path(folder))
                if number:  # the first run of all compiles modules and fills the cache
                    seen[name].append(cost)
    return {
        name: Cost(
            cpu=min(cost.cpu for cost in found),
            wall=min(cost.wall for cost in found),
            memory=min(cost.memory for cost in found),
        )
        for name, found in seen.items()
    }


def repository(folder: Path, path: Path, rows: int) -> None:
    """A git repository with a configuration, the suite, and the data beside them."""
    (folder / "suite.json").write_text(json.dumps(suite(rows)))
    (folder / f"orders{path.suffix}").symlink_to(path)
    (folder / ".gitignore").write_text(".mlgate/\norders.*\n")
    (folder / "mlgate.yml").write_text(
        f"version: 1\ndata: {{orders: orders{path.suffix}}}\n"
        "checks:\n- {type: expectations, data: orders, suite: suite.json}\n"
    )
    git = ["git", "-C", str(folder), "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "bench"]):
        subprocess.run([*git, *command], check=True)


def run(name: str, path: Path, rows: int, folder: Path) -> Cost:
    """One run of a contender, which must find the two expectations that do not hold."""
    # Modules are compiled once, as an installation does it.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"GX_ANALYTICS_ENABLED": "false"}
    contender, _, option = name.partition(" ")
    if option == "run":
        command = [str(Path(sys.executable).with_name("mlgate")), "run"]
    else:
        command = [sys.executable, str(HERE / "contenders.py"), contender, str(path), str(rows)]
        environment |= {"MLGATE_MEMORY_LIMIT": option} if option else {}
    with tempfile.TemporaryFile() as output:
        before = os.times()
        process = subprocess.Popen(command, stdout=output, cwd=folder, env=environment,
                                   stderr=subprocess.DEVNULL)  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = os.times().elapsed - before.elapsed
        output.seek(0)
        check(name, process.returncode, output.read().decode(), folder)
    return Cost(cpu=usage.ru_utime + usage.ru_stime, wall=wall, memory=usage.ru_maxrss / 1024)


def check(name: str, code: int, output: str, folder: Path) -> None:
    """Make sure that a contender did its work."""
    expected = {"passed": 34, "failed": 2}
    if name == "mlgate run":
        result = json.loads((folder / ".mlgate" / "result.json").read_text())
        outcomes = [finding["outcome"] for finding in result["checks"][0]["findings"]]
        found = {outcome: outcomes.count(outcome) for outcome in set(outcomes)}
        done = code == 1 and found == expected
    else:
        done = code == 0 and (name == "scan" or json.loads(output) == expected)
    if not done:
        raise SystemExit(f"{name} ended with exit code {code} and {output[-500:]!r}")


def table(race: str, costs: Mapping[str, Cost]) -> Iterator[str]:
    """The figures of a race, and the ratios to mlgate's."""
    own = costs["mlgate"].cpu
    yield f"\n{race}\n{'':14}{'CPU s':>8}{'wall s':>8}{'MB':>7}{'CPU / mlgate':>14}"
    for name, cost in costs.items():
        yield (f"{name:14}{cost.cpu:8.2f}{cost.wall:8.2f}{cost.memory:7.0f}{cost.cpu / own:13.2f}x")


def promised(costs: Mapping[str, Mapping[str, Cost]]) -> Iterator[Promise]:
    """What is promised of the races that were run."""
    limits = {"1M Parquet": (8.0, 4.0, 300.0), "10M Parquet": (5.0, 8.0, 800.0)}
    for race, (gx, scan, memory) in limits.items():
        if race in costs:
            found, own = costs[race], costs[race]["mlgate"]
            yield Promise(text=f"{race}, CPU of Great Expectations / mlgate",
                          figure=found["gx"].cpu / own.cpu, limit=gx, at_least=True)  # fmt: skip
            yield Promise(text=f"{race}, CPU of mlgate / scan",
                          figure=own.cpu / found["scan"].cpu, limit=scan)  # fmt: skip
            yield Promise(text=f"{race}, MB of mlgate", figure=own.memory, limit=memory)
    found = costs["1M CSV"]
    yield Promise(text="1M CSV, CPU of Great Expectations / mlgate",
                  figure=found["gx"].cpu / found["mlgate"].cpu, limit=3.5,
                  at_least=True)  # fmt: skip
    yield Promise(text="1M CSV, MB of mlgate", figure=found["mlgate"].memory, limit=600)
    yield Promise(text="100k Parquet, CPU seconds of `mlgate run`",
                  figure=costs["100k Parquet"]["mlgate run"].cpu, limit=0.6)  # fmt: skip
    if "10M Parquet" in costs:
        yield Promise(text="10M Parquet, MB of mlgate with a limit of 512MB",
                      figure=costs["10M Parquet"]["mlgate 512MB"].memory,
                      limit=600)  # fmt: skip


if __name__ == "__main__":
    if shutil.which("git") is None:
        raise SystemExit("the benchmark needs git")
    sys.exit(main())
