"""Faults planted in real data are found by `mlgate suggest` and the defaults, and nothing else is.

Base has one half of a table, and the suites that `mlgate suggest` writes for it; head has the other
half, with the fault. `benchmarks/faults.py` measures the same over many resamples.
"""

from pathlib import Path

import pytest

from tests.planted import FAULTS, TABLES, TRUNCATED, Repository, Table, failed, planted_in

EVIDENCE = {
    "unit x 1000": {"expectations", "drift"},
    "unit x 2.54": {"expectations", "drift"},
    "swapped columns": {"expectations", "drift"},
    "flipped labels": {"integrity"},
    "mojibake": {"expectations", "integrity", "drift"},
    "nulls": {"expectations"},
    "duplicates": {"integrity"},
    "new category": {"expectations"},
    "leakage": {"leakage"},
    "stale data": {"integrity"},
    TRUNCATED: {"expectations", "integrity"},
}
"""Checks of which each must have found the fault, however small the table is."""
ONLY_SHOWN = {("diabetes", "unit x 2.54"): {"drift"}}
"""Standardised features have no range that tells a unit: their distribution does, as a warning."""
SEED = 3


def plant(root: Path, table: Table, fault: str | None) -> tuple[int, dict[str, str]]:
    """The exit code, and the findings that failed."""
    base, head = table.halves(SEED)
    repository = Repository(root / "repository", table, base)
    repository.write(planted_in(table, head, fault))
    if fault == TRUNCATED:
        repository.truncate()
    code, findings = repository.run()
    assert len(findings) > 40
    return code, failed(findings)


@pytest.mark.parametrize("name", TABLES)
def test_an_untouched_resample_has_no_finding(tmp_path, name):
    assert plant(tmp_path, TABLES[name], None) == (0, {})


@pytest.mark.parametrize("fault", EVIDENCE)
@pytest.mark.parametrize("name", TABLES)
def test_a_planted_fault_is_found(tmp_path, name, fault):
    code, found = plant(tmp_path, TABLES[name], fault)
    types = {"train-suite": "expectations", "test-suite": "expectations"}
    checks = {id_.partition("/")[0] for id_ in found}
    kinds = {types.get(check, check.partition("-")[0]) for check in checks}
    assert kinds >= ONLY_SHOWN.get((name, fault), EVIDENCE[fault])
    assert code == (0 if (name, fault) in ONLY_SHOWN else 1)


def test_every_fault_is_looked_for():
    assert set(EVIDENCE) == {*FAULTS, TRUNCATED}
