"""How often does latency's check err? One model against itself, and against a slower one.

    python benchmarks/latency.py --comparisons 200 --write

Both models run in processes of their own, as in the check, and new ones are started after every
few comparisons. Each comparison is the check's own, with its default limits and a short time to
measure. It is done beside processes that compute without end, as many as `--load` says; beside that
stands the machine's load average, which other work raises. `would block at 2` counts comparisons
that the same timings would have blocked if twice as slow were the limit.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent))

from mlgate.checks.latency import DEFAULT, Latency
from mlgate.checks.latency_clock import Timed
from mlgate.config.model import ModelSpec
from mlgate.results import Finding, Outcome
from mlgate.sandbox.process import ModelProcess

PAGE: Final = Path(__file__).parents[1] / "docs" / "decisions.md"
WORDS: Final = ("blocked", "warned", "undecided", "passed")
FEW: Final = 5
"""Comparisons of one pair of processes."""
STRICTER: Final = 2
"""A limit to compare the default with: times base's."""
AGAINST: Final = {"itself": (1, 1), "1.5": (3, 2), "2": (2, 1), "4": (4, 1), "20": (20, 1)}
"""By how many times head is slower: the copies of one model that vote in head's and in base's."""
BUSY: Final = "while True: sum(i * i for i in range(10_000))"


def word(finding: Finding) -> str:
    """What a finding does to a pull request."""
    if finding.outcome is Outcome.FAILED:
        return "warned" if finding.severity == "warning" else "blocked"
    return {Outcome.INCONCLUSIVE: "undecided", Outcome.PASSED: "passed"}[finding.outcome]


def is_stricter(finding: Finding) -> bool:
    """Whether a finding would fail at `STRICTER` times base's."""
    grown = finding.observed - finding.baseline
    low, _ = finding.details["ratio_interval"]
    return bool(low > STRICTER and grown > Latency.model_fields["min_increase"].default)


@dataclass(kw_only=True)
class Tally:
    """What was seen of one comparison with one load."""

    model: str
    times: str
    load: int
    checks: Counter[str] = field(default_factory=Counter)
    measures: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: float = 0.0
    queue: float = 0.0
    """The machine's load averages, added up."""
    stricter: int = 0
    """Comparisons that a limit of `STRICTER` would have blocked."""

    def add(self, findings: Sequence[Finding], seconds: float) -> None:
        """One comparison more."""
        self.seconds += seconds
        self.queue += os.getloadavg()[0]
        said = [(finding.subject, word(finding)) for finding in findings]
        words = [each for _, each in said]
        self.checks[min(words, key=WORDS.index)] += 1
        self.measures.update(said)
        self.stricter += any(map(is_stricter, findings))

    def row(self) -> str:
        """A row of the table."""
        number = sum(self.checks.values())
        what = "itself" if self.times == "itself" else f"{self.times} times slower"
        cells = [f"{self.checks[each]}" for each in WORDS] + [str(self.stricter)]
        each = ", ".join(
            f"{measure} {self.measures[measure, 'blocked']}/{self.measures[measure, 'undecided']}"
            for measure in DEFAULT
        )
        mean = f"{self.seconds / max(number, 1):.1f} s"
        load = f"{self.load} ({self.queue / max(number, 1):.0f})"
        row = [self.model, what, load, str(number), *cells, each, mean]
        return f"| {' | '.join(row)} |"


HEAD: Final = (
    "| model | against | busy (load) | comparisons | blocked | warned | undecided | passed "
    "| would block at 2 | blocked/undecided by measure | one takes |\n"
    "|---|---|---:|---:|---:|---:|---:|---:|---:|---|---:|"
)


def models(folder: Path) -> tuple[Any, dict[str, dict[int, Path]]]:
    """Rows, and files of models: one that takes a millisecond and one that takes ten."""
    import joblib
    from decisions_cases import World, copies
    from decisions_data import TABLES

    found: dict[str, dict[int, Path]] = {}
    rows = None
    for label, name in (("linear", "churn 2,000"), ("boosting", "churn 500")):
        world = World(next(t for t in TABLES if t.name == name), 0)
        rows = world.test[world.features].head(500)
        found[label] = {}
        for times in sorted({number for pair in AGAINST.values() for number in pair}):
            file = folder / f"{label}-{times}.joblib"
            joblib.dump(world.model if times == 1 else copies(world, times), file)
            found[label][times] = file
    return rows, found


def started(file: Path) -> ModelProcess:
    """A model in a process of its own."""
    return ModelProcess.start(
        file=file,
        workspace=file.parent,
        spec=ModelSpec(path=file.name),
        python=(sys.executable,),
        name=f"model ({file.name})",
    )


@contextlib.contextmanager
def busy(number: int) -> Iterator[None]:
    """Processes that compute without end."""
    running = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(number)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def compare(tally: Tally, files: Sequence[Path], rows: Any, number: int, seconds: float) -> None:
    """Some comparisons of head's file and base's."""
    done = 0
    check = Latency(type="latency", model="model", data="test", seconds=seconds)
    while done < number:
        with started(files[0]) as head, started(files[1]) as base:
            for _ in range(min(FEW, number - done)):
                start = time.monotonic()
                sides = [Timed(model=model, rows=rows) for model in (head, base)]
                check.measure(*sides)
                tally.add(list(check.findings(*sides)), time.monotonic() - start)
                done += 1


def main() -> None:
    """Compare, and print how often what was said."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--comparisons", type=int, default=200, help="of a model with itself")
    parser.add_argument("--slower", type=int, default=20, help="of each slower model")
    parser.add_argument("--seconds", type=float, default=1.0, help="time to measure; default 1")
    parser.add_argument("--load", type=int, nargs="*", default=[0, os.cpu_count() or 1])
    parser.add_argument("--model", choices=["linear", "boosting"], action="append")
    parser.add_argument("--write", action="store_true", help=f"write into {PAGE.name}")
    given = parser.parse_args()
    lines = [HEAD]
    print(HEAD)
    with tempfile.TemporaryDirectory(prefix="mlgate-latency-") as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)  # a model's process may run as another user
        rows, files = models(folder)
        wanted = given.model or list(files)
        for load in given.load:
            for name in wanted:
                for times, (head, base) in AGAINST.items():
                    own = times == "itself"
                    number = given.comparisons // len(wanted) if own else given.slower
                    tally = Tally(model=name, times=times, load=load)
                    with busy(load):
                        pair = (files[name][head], files[name][base])
                        compare(tally, pair, rows, number, given.seconds)
                    lines.append(tally.row())
                    print(lines[-1], flush=True)
                    if given.write:  # what is there stays, if the run is stopped
                        write("\n".join(lines))


def write(text: str) -> None:
    """Put the table into the page."""
    before, _, rest = PAGE.read_text().partition("<!-- latency -->\n")
    after = rest.partition("<!-- /latency -->")[2]
    PAGE.write_text(f"{before}<!-- latency -->\n{text}\n<!-- /latency -->{after}")


if __name__ == "__main__":
    main()
