"""Does `checks: recommended` decide right? Harmless and harmful pull requests on real tables.

    python benchmarks/decisions.py --quick
    python benchmarks/decisions.py --seeds 5 --jobs 2 --json decisions.json --write
    python benchmarks/decisions.py --seeds 5 --bare --json bare.json

Each table is cut anew for each seed, scikit-learn models are trained, and each pull request goes
through every recommended check. Blocked: the exit code is not 0. Beside it, on the same draws, a
gate that fails for a drop of 1 % of accuracy (of the root mean squared error for numbers).

A draw of a harmful case counts only if it is harmful: on rows that no commit holds, a default
metric falls by more than is allowed by default. Others are counted as discarded.

What `--json` names is written after each table and seed, and what it holds already, of the same
code, is not measured again.
"""

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zlib import crc32

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # one core for each job
    os.environ.setdefault(variable, "1")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np  # noqa: E402
from decisions_cases import CLOCKED, HARMFUL, HARMLESS, World  # noqa: E402
from decisions_data import TABLES  # noqa: E402
from decisions_gate import ask, naive  # noqa: E402

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "decisions.md"
QUICK: Final = ("breast cancer", "churn 500", "wages")


@dataclass(frozen=True, kw_only=True)
class Draw:
    """One pull request and what was said of it."""

    code: str
    """Digest of what measured it."""
    bare: bool
    """Whether mlgate.yml names paths and targets only."""
    case: str
    table: str
    seed: int
    harmful: bool
    harm: float | str | None
    counts: bool
    """Whether it is what its case says."""
    blocked: bool
    naive: bool
    exit_code: int
    blocking: Sequence[str]
    warned: Sequence[str]
    undecided: Sequence[str]
    reasons: Sequence[str]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Job:
    """Cases of one table and seed, which share their models."""

    table: str
    seed: int
    bare: bool
    cases: tuple[str, ...]


@cache
def code() -> str:
    """A digest of the gate and of this benchmark: other code may decide otherwise."""
    files = [*ROOT.glob("mlgate/**/*.py"), *ROOT.glob("benchmarks/decisions*.py")]
    return sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:12]


def draws(job: Job) -> list[Draw]:
    """Every case of one table and seed."""
    table = next(t for t in TABLES if t.name == job.table)
    world = World(table, job.seed)
    found = []
    for name in job.cases:
        harmful = name in HARMFUL
        world.random = np.random.default_rng([job.seed, crc32(name.encode())])
        pull = (HARMFUL if harmful else HARMLESS)[name](world)
        if pull is None:
            continue
        counts = not harmful or isinstance(pull.harm, str) or (pull.harm or 0.0) > 1
        common = {
            "code": code(), "bare": job.bare, "case": name, "table": table.name, "seed": job.seed,
            "harmful": harmful, "harm": pull.harm,
        }  # fmt: skip
        if not counts:
            found.append(
                Draw(**common, counts=False, blocked=False, naive=False, exit_code=0, blocking=(),
                     warned=(), undecided=(), reasons=(), seconds=0.0)
            )  # fmt: skip
            continue
        seen = ask(table, pull.base, pull.head, latency=name in CLOCKED, bare=job.bare)
        found.append(
            Draw(
                **common,
                counts=True,
                blocked=seen.exit_code != 0,
                naive=naive(table, pull.base, pull.head),
                exit_code=seen.exit_code,
                blocking=seen.blocking,
                warned=seen.warned,
                undecided=seen.undecided,
                reasons=seen.reasons,
                seconds=seen.seconds,
            )
        )
    return found


def safely(job: Job) -> list[Draw]:
    """The same; a fault of the benchmark says where."""
    try:
        return draws(job)
    except Exception:
        traceback.print_exc()
        raise


def known(file: Path | None) -> list[Draw]:
    """What a file holds of the same code."""
    if file is None or not file.exists():
        return []
    held = json.loads(file.read_text())["draws"]
    return [Draw(**draw) for draw in held if draw.get("code") == code()]


def interval(hits: int, number: int) -> tuple[float, float]:
    """Clopper and Pearson's 95 % interval of a share."""
    from scipy.stats import binomtest

    limits = binomtest(hits, number).proportion_ci()
    return float(limits.low), float(limits.high)


def share(hits: int, number: int) -> str:
    """Such as "3 of 120, 2.5 % (0.5 to 7.1)"."""
    if not number:
        return "none"
    low, high = interval(hits, number)
    return f"{hits} of {number}, {100 * hits / number:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def report(found: Sequence[Draw]) -> Iterator[str]:
    """The tables, as Markdown."""
    tables = [t.name for t in TABLES if any(d.table == t.name for d in found)]
    for title, harmful, cases in (
        ("harmless", False, HARMLESS),
        ("harmful", True, HARMFUL),
    ):
        sums = "blocked | 1 % tolerance | only warned | discarded"
        yield f"| {title} | {' | '.join(tables)} | {sums} |"
        yield f"|---|{'---:|' * (len(tables) + 4)}"
        for case in cases:
            mine = [d for d in found if d.case == case]
            if mine:
                yield row(case, mine, tables)
        counted = [d for d in found if d.harmful == harmful and d.counts]
        for name in ("mlgate", "1 % tolerance"):
            blocked = sum(d.blocked if name == "mlgate" else d.naive for d in counted)
            yield ""
            yield f"**{title} pull requests that {name} blocked: {share(blocked, len(counted))}**"
        if harmful:
            missed = [d for d in counted if not d.blocked]
            undecided = sum(bool(d.undecided) for d in missed)
            yield ""
            yield f"Of {len(missed)} that were missed, {undecided} were undecided for too few rows."
        yield ""


def row(case: str, mine: Sequence[Draw], tables: Sequence[str]) -> str:
    """One case: blocked of counted, by table."""
    cells = []
    for table in tables:
        own = [d for d in mine if d.table == table and d.counts]
        cells.append(f"{sum(d.blocked for d in own)}/{len(own)}" if own else "-")
    counted = [d for d in mine if d.counts]
    sums = [
        f"{sum(d.blocked for d in counted)}/{len(counted)}",
        f"{sum(d.naive for d in counted)}/{len(counted)}",
        str(sum(bool(d.warned) and not d.blocked for d in counted)),
        str(len(mine) - len(counted)),
    ]
    return f"| {case} | {' | '.join([*cells, *sums])} |"


def wrong(found: Sequence[Draw]) -> Iterator[str]:
    """Each decision that was not right, and what was said."""
    for d in found:
        if d.counts and d.blocked != d.harmful:
            said = d.blocking if d.blocked else f"warned {d.warned} undecided {d.undecided}"
            harm = f"{d.harm:.1f}" if isinstance(d.harm, float) else d.harm
            yield f"{d.table} | {d.case} | seed {d.seed} | harm {harm} | {d.exit_code} | {said}"


def main() -> None:
    """Draw, decide, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="three tables, one seed")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--bare", action="store_true", help="mlgate.yml: paths and targets only")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--case", action="append", choices=[*HARMLESS, *HARMFUL])
    parser.add_argument("--table", action="append", choices=[t.name for t in TABLES])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write", action="store_true", help=f"write into {PAGE.name}")
    given = parser.parse_args()
    names = given.table or (QUICK if given.quick else [t.name for t in TABLES])
    seeds = range(given.first, given.first + (1 if given.quick else given.seeds))
    cases = given.case or [*HARMLESS, *HARMFUL]
    start = time.perf_counter()
    found = [d for d in known(given.json) if d.bare == given.bare]
    held = {(d.table, d.seed, d.case) for d in found}
    jobs = [
        Job(table=name, seed=seed, bare=given.bare, cases=wanted)
        for seed in seeds
        for name in names
        if (wanted := tuple(case for case in cases if (name, seed, case) not in held))
    ]
    with ProcessPoolExecutor(given.jobs) as pool:
        running = {pool.submit(safely, job): job for job in jobs}
        for done in as_completed(running):
            found.extend(done.result())
            job = running[done]
            seconds = time.perf_counter() - start
            print(f"{job.table}, seed {job.seed}: {seconds:.0f} s", file=sys.stderr)
            if given.json:  # whatever comes later, this is kept
                given.json.write_text(json.dumps(summary(found), indent=1))
    text = "\n".join(report(found))
    print(text)
    print("\n".join(wrong(found)))
    print(f"{time.perf_counter() - start:.0f} s with {given.jobs} jobs")
    if given.write:
        write(text, len(seeds), bare=given.bare)


def summary(found: Sequence[Draw]) -> dict[str, Any]:
    """All draws and the totals, as data."""
    totals = {}
    for harmful in (False, True):
        counted = [d for d in found if d.counts and d.harmful == harmful]
        blocked, tolerance = sum(d.blocked for d in counted), sum(d.naive for d in counted)
        totals["harmful" if harmful else "harmless"] = {
            "n": len(counted),
            "discarded": sum(d.harmful == harmful and not d.counts for d in found),
            "blocked": blocked,
            "interval": interval(blocked, len(counted)) if counted else None,
            "tolerance_blocked": tolerance,
            "only_warned": sum(bool(d.warned) and not d.blocked for d in counted),
        }
    return {"totals": totals, "draws": [asdict(d) for d in found]}


def write(text: str, seeds: int, *, bare: bool) -> None:
    """Put the tables into the page."""
    page, part, flag = PAGE.read_text(), "bare" if bare else "decisions", " --bare" if bare else ""
    before, _, rest = page.partition(f"<!-- {part} -->\n")
    after = rest.partition(f"<!-- /{part} -->")[2]
    note = f"{seeds} seeds; `python benchmarks/decisions.py --seeds {seeds}{flag} --write`."
    PAGE.write_text(f"{before}<!-- {part} -->\n{text}\n{note}\n<!-- /{part} -->{after}")


if __name__ == "__main__":
    main()
