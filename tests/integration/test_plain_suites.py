"""A repository whose tests are plain pytest, gated with three lines of configuration."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

CONFIG = """\
version: 1
checks:
  - {type: pytest, paths: [tests]}
"""
CODE = """
import pytest
from features import ratio


@pytest.mark.unit
def test_a_ratio_of_nothing_is_nothing():
    # Arrange
    part, whole = 0, 5
    # Act
    found = ratio(part, whole)
    # Assert
    assert found == 0
"""
DATA = """
import pandas as pd
import pytest


@pytest.fixture
def rows():
    return pd.read_csv("data/test.csv")


def test_no_value_is_missing(rows):
    assert not rows.isna().any().any()


@pytest.mark.parametrize("column", ["income", "age"])
def test_a_column_is_positive(rows, column):
    assert (rows[column] > 0).all()
"""
BEHAVIOR = """
import joblib
import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def model():
    return joblib.load("models/credit.joblib")


@pytest.fixture
def rows():
    return pd.read_csv("data/test.csv").drop(columns="default")


@pytest.mark.acceptance
def test_minimum_functionality_rich_customers_pay(model):
    rich = pd.DataFrame({"income": [250_000], "age": [50]})
    assert model.predict(rich)[0] == 0


@pytest.mark.regression
def test_invariance_a_birthday_changes_little(model, rows):
    before = model.predict_proba(rows)[:, 1]
    after = model.predict_proba(rows.assign(age=rows.age + 1))[:, 1]
    assert np.abs(after - before).max() < 0.05


def test_directional_more_income_lowers_the_risk(model, rows):
    before = model.predict_proba(rows)[:, 1]
    after = model.predict_proba(rows.assign(income=rows.income + 10_000))[:, 1]
    assert (after <= before + 1e-9).all()
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = tmp_path_factory.mktemp("course")
    for folder in ("data", "models", "tests/code", "tests/data", "tests/models"):
        (root / folder).mkdir(parents=True)
    (root / "mlgate.yml").write_text(CONFIG)
    markers = ["unit", "integration", "system", "acceptance", "regression", "load", "security"]
    lines = "\n".join(f"    {name}: a kind" for name in markers)
    (root / "pytest.ini").write_text(f"[pytest]\npythonpath = .\nmarkers =\n{lines}\n")
    (root / "features.py").write_text("def ratio(part, whole):\n    return part / whole\n")
    (root / "tests/code/test_features.py").write_text(CODE)
    (root / "tests/data/test_rows.py").write_text(DATA)
    (root / "tests/models/test_behavioral.py").write_text(BEHAVIOR)
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {"income": rng.uniform(10_000, 200_000, 300).round(), "age": rng.integers(18, 90, 300)}
    )
    rows["default"] = (rows.income + rng.normal(0, 20_000, 300) < 60_000).astype(int)
    rows.to_csv(root / "data/test.csv", index=False)
    save(root, rows, sign=1)
    return root


def save(root: Path, rows: pd.DataFrame, *, sign: int) -> None:
    """A model of the risk; of its opposite where the sign is turned."""
    target = rows.default if sign > 0 else 1 - rows.default
    model = LogisticRegression(max_iter=10_000).fit(rows[["income", "age"]], target)
    joblib.dump(model, root / "models/credit.joblib")


def gate(root: Path) -> tuple[int, str, list[Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "mlgate", "run"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    result = json.loads((root / ".mlgate" / "result.json").read_text())
    (check,) = result["checks"]
    return done.returncode, done.stdout, check["findings"]


def test_plain_tests_run_unchanged_and_are_told_apart_by_kind_and_marker(repository: Path) -> None:
    code, report, findings = gate(repository)
    assert code == 0, report
    kinds = [finding["details"]["kind"] for finding in findings]
    assert {kind: kinds.count(kind) for kind in kinds} == {"code": 1, "data": 3, "model": 3}
    assert "3 data, 3 model, 1 code" in " ".join(report.split())
    assert "marked 1 unit, 1 acceptance, 1 regression" in " ".join(report.split())


def test_a_model_that_turned_around_fails_its_own_tests(repository: Path) -> None:
    rows = pd.read_csv(repository / "data/test.csv")
    save(repository, rows, sign=-1)
    try:
        code, report, findings = gate(repository)
    finally:
        save(repository, rows, sign=1)
    assert code == 1
    failed = {finding["subject"] for finding in findings if finding["outcome"] == "failed"}
    assert failed == {
        "tests/models/test_behavioral.py::test_minimum_functionality_rich_customers_pay",
        "tests/models/test_behavioral.py::test_directional_more_income_lowers_the_risk",
    }
    assert "test_directional_more_income_lowers_the_risk" in report
