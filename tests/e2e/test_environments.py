"""Two models of two versions of scikit-learn, compared by an mlgate that has a third one."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.datasets import make_classification
from uv import find_uv_bin

from mlgate.sandbox.environment import interpreter

pytestmark = pytest.mark.e2e

VERSIONS = {
    "old": {"scikit-learn": "==1.5.2", "numpy": "==1.26.4", "pandas": "==2.2.3"},
    "new": {"scikit-learn": "==1.7.2", "pandas": "<3"},
}
"""Of the model on main, and of the one on the branch."""
CONFIG = """\
version: 1
data:
  test: {path: test.csv, target: label, positive: "yes", ids: [id]}
models:
  m: {path: model.joblib%s}
checks:
  - {type: artifact-safety}
  - {type: metrics, model: m, data: test, metrics: {accuracy: {min: 0.7, max_drop: 0.05}}}
"""


@dataclass(frozen=True, kw_only=True)
class Repository:
    root: Path

    def require(self, version: str, file: str = "requirements.txt") -> None:
        """Write requirements in several files, each of which belongs to one commit."""
        pins = [name + pin for name, pin in VERSIONS[version].items()]
        if file == "requirements.txt":
            (self.root / file).write_text("-r more.txt\n--constraint pins.txt\npandas\n")
            (self.root / "more.txt").write_text("scikit-learn\nnumpy\n")
            (self.root / "pins.txt").write_text("\n".join(pins))
            return
        project = {"name": "shop", "version": "1", "requires-python": "==3.11.*"}
        lines = [f"{key} = {json.dumps(value)}" for key, value in project.items()]
        text = "\n".join(["[project]", *lines, f"dependencies = {json.dumps(pins)}"])
        (self.root / "pyproject.toml").write_text(text)
        subprocess.run([find_uv_bin(), "lock", "--quiet"], cwd=self.root, check=True)

    def train(self, trees: int) -> float:
        """Train a model in the environment of the requirements; its accuracy, counted there."""
        script = Path(__file__).with_name("environments_train.py")
        python = interpreter(self.root / "requirements.txt", cache())
        command = [*python, str(script), str(self.root), str(trees)]
        return float(subprocess.run(command, check=True, capture_output=True).stdout)

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=mlgate", "-c", "user.email=mlgate@example.org"]
        subprocess.run(["git", "-C", str(self.root), *identity, *arguments], check=True,
                       capture_output=True)  # fmt: skip

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def gate(self) -> tuple[int, dict[str, Any]]:
        """Run the gate against main; its exit code and its result."""
        command = [sys.executable, "-m", "mlgate", "run", "-C", str(self.root), "--base", "main"]
        variables = os.environ | {"MLGATE_CACHE": str(cache())}
        done = subprocess.run(command, env=variables, capture_output=True, check=False)
        text = (self.root / ".mlgate" / "result.json").read_text()
        return done.returncode, json.loads(text)


def cache() -> Path:
    return Path.home() / ".cache" / "mlgate-tests"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float, float]:
    """Data, models of both versions, and their accuracies where they were trained."""
    folder = tmp_path_factory.mktemp("versions")
    repository = Repository(root=folder)
    values, codes = make_classification(1200, 5, n_clusters_per_class=1, flip_y=0.1, random_state=1)
    rows = pd.DataFrame(values, columns=[f"x{i}" for i in range(5)])
    cities = np.random.default_rng(0).choice(["Bonn", "Oslo"], len(rows))
    rows = rows.assign(city=cities, id=np.arange(len(rows)))
    rows["label"] = np.where(codes == 1, "yes", "no")
    rows[:800].to_csv(folder / "train.csv", index=False)
    rows[800:].to_csv(folder / "test.csv", index=False)
    repository.require("old")
    old = repository.train(10)
    (folder / "model.joblib").rename(folder / "old.joblib")
    repository.require("new")
    new = repository.train(30)
    (folder / "model.joblib").rename(folder / "new.joblib")
    return folder, old, new


def make(trained: Path, root: Path, requirements: str | None) -> Repository:
    """A repository whose main has the older model, and the branch on top of it the newer one."""
    root.mkdir()
    root.chmod(0o755)
    repository = Repository(root=root)
    repository.git("init", "-q", "-b", "main")
    config = CONFIG % (f", requirements: {requirements}" if requirements else "")
    for name, text in {"mlgate.yml": config, ".gitignore": ".mlgate/"}.items():
        (root / name).write_text(text)
    for name in ("train.csv", "test.csv"):
        (root / name).write_bytes((trained / name).read_bytes())
    for version, branch in (("old", "main"), ("new", "newer")):
        if branch != "main":
            repository.git("checkout", "-qb", branch)
        (root / "model.joblib").write_bytes((trained / f"{version}.joblib").read_bytes())
        repository.require(version, requirements or "requirements.txt")
        repository.commit(f"A model of the {version} scikit-learn")
    return repository


def findings(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for check in result["checks"] for one in check["findings"]}


@pytest.mark.parametrize("requirements", ["requirements.txt", "uv.lock", "pyproject.toml"])
def test_each_side_runs_with_the_requirements_of_its_own_commit(
    trained: tuple[Path, float, float], tmp_path: Path, requirements: str
) -> None:
    folder, old, new = trained
    assert sklearn.__version__.startswith("1.9.")  # a third one, of mlgate itself
    repository = make(folder, tmp_path / "shop", requirements)
    code, result = repository.gate()
    found = findings(result)
    assert (code, result["verdict"]["outcome"]) == (0, "passed"), result["verdict"]
    head = found["artifact-safety/m/versions"]
    base = found["artifact-safety/m/base/versions"]
    assert (head["outcome"], base["outcome"]) == ("passed", "passed")
    assert "scikit-learn 1.7.2" in head["message"]
    assert "scikit-learn 1.5.2" in base["message"]
    accuracy = found["metrics/accuracy/regression"]
    assert accuracy["observed"] == pytest.approx(new)
    assert accuracy["baseline"] == pytest.approx(old)
    assert accuracy["interval"] is not None
    assert not [note for note in result["notes"] if "warned" in note]


def test_without_requirements_the_versions_are_told_and_explain_the_crash(
    trained: tuple[Path, float, float], tmp_path: Path
) -> None:
    repository = make(trained[0], tmp_path / "shop", None)
    code, result = repository.gate()
    assert (code, result["verdict"]["outcome"]) == (4, "errored")
    found = findings(result)
    here = f"this environment has {sklearn.__version__}"
    for name, version in (("m", "1.7.2"), ("m/base", "1.5.2")):
        finding = found[f"artifact-safety/{name}/versions"]
        assert (finding["outcome"], finding["severity"]) == ("failed", "warning")
        assert f"trained on scikit-learn {version}, {here}" in finding["message"]
        assert f"`scikit-learn=={version}`" in finding["message"]
    broken = found["metrics/accuracy/regression"]
    assert broken["outcome"] == "errored"
    assert "AttributeError while loading: Can't get attribute '_Rem" in broken["message"]
    assert f"usual cause: trained on scikit-learn 1.5.2, {here}" in broken["message"]
    assert "Trying to unpickle estimator OneHotEncoder from version 1.7.2" in str(result["notes"])
