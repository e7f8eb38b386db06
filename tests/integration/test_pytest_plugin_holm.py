"""A regression is judged among all comparisons, whether a run or an item of pytest finds it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlgate.testing import Gate
from tests.integration.test_pytest_plugin import run_pytest

CONFIG = """\
version: 1
models: {m: {path: "own:predict", classes: [0, 1]}}
checks:
  - type: behavior
    model: m
    tests:
      - {name: a, kind: minimum_functionality, cases: a.csv, min_pass_rate: 0.5, max_drop: 0.0}
"""
SECOND = """\
      - {name: b, kind: minimum_functionality, cases: b.csv, min_pass_rate: 0.5, max_drop: 0.0}
  - {type: pytest, paths: [tests]}
"""
REGRESSION = "behavior/a/regression"


def cases(lost: int, won: int) -> pd.DataFrame:
    """200 cases whose columns are the answers of base and head; `lost` and `won` say how often."""
    rows = pd.DataFrame({"before": np.ones(200, int), "after": np.ones(200, int), "expected": 1})
    rows.loc[: lost - 1, "after"] = 0
    rows.loc[lost : lost + won - 1, "before"] = 0
    return rows


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Alone, the first comparison is a regression (p = 0.03); of two, it may be chance."""
    cases(11, 3).to_csv(tmp_path / "a.csv", index=False)
    cases(6, 5).to_csv(tmp_path / "b.csv", index=False)
    (tmp_path / "own.py").write_text("def predict(rows):\n    return rows.before\n")
    (tmp_path / "mlgate.yml").write_text(CONFIG + SECOND)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text("def test_it():\n    pass\n")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "base"]):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", *identity, *command], cwd=tmp_path, check=True)
    (tmp_path / "own.py").write_text("def predict(rows):\n    return rows.after\n")
    return tmp_path


def findings_of_run(root: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "mlgate", "run"]
    subprocess.run(command, cwd=root, capture_output=True, check=False)
    result = json.loads((root / ".mlgate" / "result.json").read_text())
    return {f["id"]: f for check in result["checks"] for f in check["findings"]}


def findings_of_parts(root: Path, name: str) -> dict[str, Any]:
    gate = Gate.open(root / "mlgate.yml")
    try:
        (part,) = [part for part in gate.parts() if part.name == name]
        result = gate.run(part)
    finally:
        gate.close()
    return {finding.id: finding for check in result.checks for finding in check.findings}


def test_an_item_counts_the_comparisons_of_all_checks(repository: Path) -> None:
    whole = findings_of_run(repository)[REGRESSION]
    assert whole["outcome"] == "inconclusive"
    part = findings_of_parts(repository, "behavior/a")[REGRESSION]
    assert part.outcome == "inconclusive"
    assert part.details == whole["details"]
    assert part.details["comparisons"] == 2
    code, output = run_pytest(repository, "--mlgate", "-rs", "mlgate.yml::behavior/a")
    assert code == 0, output
    assert "1 skipped" in output
    said = " ".join(output.split())
    assert "undecided: " in said
    assert "of 2 comparisons one may look like this by chance" in said


def test_an_undecided_item_fails_where_the_policy_says_so(repository: Path) -> None:
    strict = (CONFIG + SECOND).replace("checks:", "policy: {on_inconclusive: fail}\nchecks:")
    (repository / "mlgate.yml").write_text(strict)
    code, output = run_pytest(repository, "--mlgate", "mlgate.yml::behavior/a")
    assert code == 1, output
    assert "1 failed" in output


def test_a_comparison_that_is_alone_still_fails_both_ways(repository: Path) -> None:
    (repository / "mlgate.yml").write_text(CONFIG)
    assert findings_of_run(repository)[REGRESSION]["outcome"] == "failed"
    code, output = run_pytest(repository, "--mlgate", "mlgate.yml::behavior/a")
    assert code == 1
    assert "1 failed" in output


def test_other_checks_are_left_alone_where_nothing_regressed(repository: Path) -> None:
    (repository / "a.csv").unlink()  # reading it would make the first test an error
    gate = Gate.open(repository / "mlgate.yml")
    try:
        parts = {part.name: part for part in gate.parts()}
        result = gate.run(parts["behavior/b"])
        assert result.checks[0].outcome == "inconclusive"
        assert set(gate._measured) == {"behavior/b"}
    finally:
        gate.close()
