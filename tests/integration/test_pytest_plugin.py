"""pytest, with mlgate's plugin, in a repository of its own."""

import json
import os
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
data:
  test: {path: test.csv, target: y, ids: [id]}
models:
  m: {path: m.joblib, features: [x, id]}
checks:
  - type: metrics
    model: m
    data: test
    metrics: {accuracy: {min: 0.5}}
  - type: behavior
    model: m
    data: test
    tests:
      - {name: x raises the score, kind: directional, change: {x: {add: 1}}, expect: increase}
      - {name: ignores the id, kind: invariance, change: {id: shuffle}, min_pass_rate: 0.95}
"""
TESTS = """\
import json

import pytest

from mlgate.testing import assert_directional, assert_invariant, assert_minimum_functionality


def test_x_raises_the_score(mlgate_model, mlgate_data):
    found = assert_directional(mlgate_model("m"), mlgate_data("test"), {"x": {"add": 1}},
                               expect="increase")
    assert found.observed == 1


@pytest.mark.regression
def test_ignores_the_id(mlgate_model, mlgate_data):
    assert_invariant(mlgate_model(), mlgate_data(), {"id": "shuffle"}, min_pass_rate=0.95)


def test_knows_extremes(mlgate_model):
    assert_minimum_functionality(mlgate_model(), rows=[{"x": 9, "id": 0, "expected": 1}])


def test_predicts(mlgate_predict, mlgate_data, mlgate_model):
    rows = mlgate_data()
    assert (mlgate_predict("m", rows) == rows.y).mean() > 0.5
    assert mlgate_model().predict_proba(rows).shape == (len(rows), 2)
    assert mlgate_model().classes == (0, 1)


def test_against_base(mlgate_base_model):
    assert mlgate_base_model("m")
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that goes by the id, its data, and tests of it."""
    root: Path = tmp_path_factory.mktemp("repository")
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"x": rng.normal(size=200), "id": np.arange(200)})
    rows["y"] = (rows.x + rows.id / 50 > 2).astype(int)
    rows.to_csv(root / "test.csv", index=False)
    model = LogisticRegression(max_iter=10_000).fit(rows[["x", "id"]], rows.y)
    joblib.dump(model, root / "m.joblib")
    (root / "mlgate.yml").write_text(CONFIG)
    (root / "tests").mkdir()
    (root / "tests" / "test_model.py").write_text(TESTS)
    (root / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    return root


def run_pytest(root: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return done.returncode, done.stdout + done.stderr


def result_of(root: Path, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "mlgate", "run", *arguments]
    subprocess.run(command, cwd=root, capture_output=True, check=False)
    result = json.loads((root / ".mlgate" / "result.json").read_text())
    return {f["id"]: f for check in result["checks"] for f in check["findings"]}


def test_a_test_says_the_same_in_yaml_in_python_and_as_an_item(repository: Path) -> None:
    found = result_of(repository)["behavior/ignores-the-id"]
    assert found["outcome"] == "failed"
    said = found["message"].partition(": ")[2]
    example = found["details"]["counterexamples"][0]
    row = f"row {example['row']}: id {example['changed']['id'][0]} → "
    code, as_item = run_pytest(repository, "--mlgate", "-k", "ignores-the-id")
    assert code == 1
    code, in_python = run_pytest(repository, "tests", "-k", "ignores_the_id")
    assert code == 1
    for output in (as_item, in_python):
        flat = " ".join(output.split())
        assert said in flat
        assert row in flat
        assert "1 failed" in output


def test_every_check_is_an_item_and_so_is_every_behavioural_test(repository: Path) -> None:
    code, output = run_pytest(repository, "--mlgate", "--collect-only", "-q")
    assert code == 0
    assert {
        "mlgate.yml::metrics",
        "mlgate.yml::behavior/x-raises-the-score",
        "mlgate.yml::behavior/ignores-the-id",
        "tests/test_model.py::test_x_raises_the_score",
    } <= set(output.splitlines())


def test_one_item_can_be_named(repository: Path) -> None:
    code, output = run_pytest(repository, "--mlgate", "mlgate.yml::metrics")
    assert code == 0
    assert "1 passed" in output


def test_fixtures_and_helpers_serve_tests_in_python(repository: Path) -> None:
    code, output = run_pytest(repository, "-rs", "tests")
    assert code == 1  # the model does go by the id
    assert "3 passed, 1 skipped" in output.replace("1 failed, ", "")
    assert "not in a git repository" in output


def test_tests_of_included_files_are_run_and_shown_at_their_lines(repository: Path) -> None:
    head, _, tests = CONFIG.partition("    tests:\n")
    (repository / "included.yml").write_text(f"{head}    include: more/*.yml\n")
    (repository / "more").mkdir()
    (repository / "more" / "tests.yml").write_text(f"tests:\n{tests}")
    found = result_of(repository, "--config", "included.yml")["behavior/ignores-the-id"]
    assert found["outcome"] == "failed"
    assert found["location"] == {"file": "more/tests.yml", "line": 3}
    code, output = run_pytest(
        repository, "--mlgate", "--mlgate-config", "included.yml", "-k", "ignores-the-id", "-v"
    )
    assert code == 1
    assert found["message"].partition(": ")[2] in " ".join(output.split())
    assert "more/tests.yml" in output


def test_a_mistake_in_an_included_file_is_told_by_every_command(repository: Path) -> None:
    head = CONFIG.partition("    tests:\n")[0]
    (repository / "wrong.yml").write_text(f"{head}    include: typo.yml\n")
    (repository / "typo.yml").write_text("tests: [{name: a, kind: invarance, change: {}}]\n")
    outputs = [run_pytest(repository, "--mlgate", "--mlgate-config", "wrong.yml")]
    for command in ("run", "validate", "plan"):
        done = subprocess.run(
            [sys.executable, "-m", "mlgate", command, "--config", "wrong.yml"],
            cwd=repository,
            capture_output=True,
            text=True,
            check=False,
        )
        outputs.append((done.returncode, done.stdout + done.stderr))
    for code, output in outputs:
        assert code != 0
        assert "typo.yml:1:" in output
        assert "did you mean 'invariance'?" in output


def test_a_mistake_in_the_configuration_is_no_traceback(repository: Path) -> None:
    (repository / "broken.yml").write_text("version: 1\nchecks: [{type: metrcs}]\n")
    code, output = run_pytest(repository, "--mlgate", "--mlgate-config", "broken.yml")
    assert code != 0
    assert "broken.yml:2" in output
    assert "did you mean 'metrics'" in output
    assert "Traceback" not in output


def test_without_the_option_mlgate_yml_is_no_test_and_nothing_is_imported(tmp_path: Path) -> None:
    (tmp_path / "mlgate.yml").write_text("nonsense: [")
    (tmp_path / "test_it.py").write_text(
        "import sys\n\n\ndef test_it():\n"
        "    assert [m for m in sys.modules if m.startswith('mlgate')]"
        " == ['mlgate', 'mlgate.pytest_plugin']\n"
    )
    code, output = run_pytest(tmp_path)
    assert code == 0, output
    assert "1 passed" in output


def test_cells_are_withheld_where_mlgate_yml_asks_for_that(repository: Path) -> None:
    config = repository / "private.yml"
    config.write_text(CONFIG.replace("version: 1", "version: 1\nprivacy: no-examples"))
    for chosen in (["--mlgate", "-k", "ignores-the-id"], ["tests", "-k", "ignores_the_id"]):
        code, output = run_pytest(repository, "--mlgate-config", "private.yml", *chosen)
        assert code == 1
        assert "predictions change when id is shuffled" in " ".join(output.split())
        assert " → " not in output
