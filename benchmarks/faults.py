"""How often planted faults are found, and untouched data are not: `suggest` and the defaults.

`python benchmarks/faults.py [RESAMPLES]` prints, for each real table of `tests/planted.py`, how
many resamples of untouched data have any finding that failed, and how many of those with a fault
have one, and block. Head is always a resample that shares no row with base.
"""

import contextlib
import io
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.planted import FAULTS, TABLES, TRUNCATED, Repository, Table, failed, planted_in


def main() -> None:
    """Print both rates for each table."""
    resamples = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    for table in TABLES.values():
        for line in (*untouched(table, resamples), *planted(table, max(1, resamples // 25))):
            print(f"{table.name}: {line}", flush=True)


def untouched(table: Table, resamples: int) -> Iterator[str]:
    """False alarms."""
    alarms: Counter[str] = Counter()
    runs = blocked = 0
    for seed in range(resamples):
        code, found = _run(table, seed)
        blocked += code != 0
        runs += bool(found)
        alarms.update(found)
    named = "".join(f"; {name} {count}" for name, count in alarms.most_common(5))
    yield f"untouched: {runs} of {resamples} resamples have a finding, {blocked} block{named}"


def planted(table: Table, resamples: int) -> Iterator[str]:
    """Faults that are found."""
    for fault in (*FAULTS, TRUNCATED):
        seen = blocked = 0
        for seed in range(resamples):
            before = _run(table, seed)[1] if resamples > 1 else set()
            code, found = _run(table, seed, fault)
            seen += bool(found - before)
            blocked += code != 0
        yield f"{fault}: found in {seen} of {resamples}, {blocked} block"


def _run(table: Table, seed: int, fault: str | None = None) -> tuple[int, set[str]]:
    base, head = table.halves(seed)
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        repository = Repository(Path(folder) / "repository", table, base)
        repository.write(planted_in(table, head, fault))
        if fault == TRUNCATED:
            repository.truncate()
        code, findings = repository.run()
    return code, set(failed(findings))


if __name__ == "__main__":
    main()
