"""The whole job on real repositories: baselines, changed data, wrong checkouts."""

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
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from mlgate.cli import main
from mlgate.platforms.interface import Change

CONFIG = """\
version: 1
data:
  test: {path: test.csv, target: y}
models:
  m: {path: model.joblib}
checks:
  - type: metrics
    model: m
    data: test
    metrics: {accuracy: {min: 0.5, max_drop: 0.03}}
"""


class Repository:
    """A repository with a sound model on main."""

    def __init__(self, root: Path) -> None:
        self.root = root
        values, labels = make_classification(400, 4, n_informative=3, n_redundant=0, random_state=3)
        self.frame = pd.DataFrame(values, columns=list("abcd"))
        self.labels = labels
        root.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        command = ["git", "-C", str(self.root), *identity, *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return str(done.stdout).strip()

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-qm", "x", "--allow-empty")
        return self.git("rev-parse", "HEAD")

    def write_config(self, text: str = CONFIG) -> None:
        (self.root / "mlgate.yml").write_text(text)

    def write_data(self, rows: slice = slice(None)) -> None:
        self.frame[rows].assign(y=self.labels[rows]).to_csv(self.root / "test.csv", index=False)

    def write_model(self, *, good: bool = True) -> None:
        kind = LogisticRegression() if good else DummyClassifier(strategy="constant", constant=1)
        joblib.dump(kind.fit(self.frame, self.labels), self.root / "model.joblib")

    def run(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        code = main(["run", "-C", str(self.root), *arguments], {"PATH": os.environ["PATH"]})
        return code, json.loads((self.root / ".mlgate" / "result.json").read_text())

    def findings(self, result: dict[str, Any]) -> dict[str, dict[str, Any]]:
        return {f["id"]: f for check in result["checks"] for f in check["findings"]}


@pytest.fixture
def repository(tmp_path) -> Repository:
    repository = Repository(tmp_path / "repository")
    repository.write_config()
    repository.write_data()
    repository.write_model()
    repository.commit()
    return repository


def test_a_worse_model_fails_against_the_base_branch(repository):
    repository.git("checkout", "-qb", "feature")
    repository.write_model(good=False)
    head = repository.commit()
    code, result = repository.run()
    regression = repository.findings(result)["metrics/accuracy/regression"]
    assert code == 1
    assert regression["outcome"] == "failed"
    assert regression["details"]["decision"] == "regressed"
    assert regression["baseline"] > regression["observed"]
    assert (result["head"]["commit"], result["base"]["ref"]) == (head, "main")


def test_the_same_model_is_no_regression(repository):
    repository.git("checkout", "-qb", "feature")
    repository.commit()
    code, result = repository.run()
    assert code == 0
    assert repository.findings(result)["metrics/accuracy/regression"]["outcome"] == "passed"


def test_a_first_pull_request_checks_thresholds_and_says_that_nothing_was_compared(tmp_path):
    repository = Repository(tmp_path / "repository")
    repository.commit()
    repository.git("checkout", "-qb", "adopt")
    repository.write_config()
    repository.write_data()
    repository.write_model()
    repository.commit()
    code, result = repository.run()
    found = repository.findings(result)
    assert code == 0
    assert found["metrics/accuracy"]["outcome"] == "passed"
    assert found["metrics/accuracy/regression"]["outcome"] == "skipped"
    report = (repository.root / ".mlgate" / "report.md").read_text()
    assert "not in the base commit" in report


def test_the_model_of_a_base_without_configuration_is_compared_by_its_path(tmp_path):
    repository = Repository(tmp_path / "repository")
    repository.write_data()
    repository.write_model()
    repository.commit()
    repository.git("checkout", "-qb", "adopt")
    repository.write_config()
    repository.write_model(good=False)
    repository.commit()
    assert repository.run()[0] == 1


def test_a_renamed_model_file_is_compared_by_its_name(repository):
    repository.git("checkout", "-qb", "feature")
    repository.git("mv", "model.joblib", "renamed.joblib")
    joblib.dump(
        DummyClassifier(strategy="constant", constant=1).fit(repository.frame, repository.labels),
        repository.root / "renamed.joblib",
    )
    repository.write_config(CONFIG.replace("model.joblib", "renamed.joblib"))
    repository.commit()
    assert repository.run()[0] == 1


def test_a_worse_model_does_not_pass_on_an_easier_set(repository):
    repository.git("checkout", "-qb", "feature")
    repository.write_model(good=False)
    always_right = np.flatnonzero(repository.labels == 1)
    easy = repository.frame.iloc[always_right].assign(y=1)
    easy.to_csv(repository.root / "test.csv", index=False)
    repository.commit()
    code, result = repository.run()
    assert code == 1
    found = repository.findings(result)
    assert found["metrics/accuracy/base-rows"]["outcome"] == "failed"


def test_the_base_runs_its_own_code(repository):
    source = "class Model:\n    def predict(self, rows):\n        return [{}] * len(rows)\n"
    dump = "import joblib, own; joblib.dump(own.Model(), 'model.joblib')"

    def write(answer: int) -> None:
        (repository.root / "own.py").write_text(source.format(answer))
        environment = {"PYTHONPATH": str(repository.root), "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run(
            [sys.executable, "-c", dump], cwd=repository.root, check=True, env=environment
        )

    write(1)
    allow = "  - {type: artifact-safety, allow: [own.*]}\n"
    repository.write_config(CONFIG.replace("min: 0.5, ", "") + allow)
    repository.commit()
    repository.git("checkout", "-qb", "feature")
    write(0)  # the pickle is the same, and the code that it names is not
    repository.commit()
    finding = repository.findings(repository.run()[1])["metrics/accuracy/regression"]
    share = float(np.mean(repository.labels == 1))
    assert finding["baseline"] == pytest.approx(share)
    assert finding["observed"] == pytest.approx(1 - share)


def test_a_base_that_names_a_model_that_git_does_not_hold_is_errored(repository):
    repository.git("rm", "-q", "--cached", "model.joblib")
    (repository.root / ".gitignore").write_text("model.joblib\n")
    repository.commit()
    repository.git("checkout", "-qb", "feature")
    repository.commit()
    code, result = repository.run()
    assert code == 4
    assert repository.findings(result)["metrics/accuracy/regression"]["outcome"] == "errored"


def test_outside_of_git_thresholds_are_checked(repository, tmp_path):
    folder = tmp_path / "plain"
    repository.root.rename(folder)
    (folder / ".git").rename(tmp_path / "git")
    repository.root = folder
    code, result = repository.run()
    assert code == 0
    assert "not in a git repository" in result["no_baseline"]


def test_only_one_check_runs(repository):
    code, result = repository.run("--only", "metrics")
    assert code == 0
    assert [check["id"] for check in result["checks"]] == ["metrics"]


def test_a_pull_request_that_is_not_what_is_checked_out_is_an_error(repository):
    main_tip = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "-qb", "feature")
    head = repository.commit()
    repository.git("checkout", "-q", "main")
    change = Change(event="pull_request_target", pull_request=5, head_commit=head,
                    base_commit=main_tip)  # fmt: skip
    code, result = repository.run("--change", change.to_json())
    assert code == 2
    assert "is checked out" in result["verdict"]["reasons"][0]


def test_a_pull_request_is_gated_on_its_merge_commit(repository):
    repository.git("checkout", "-qb", "feature")
    head = repository.commit()
    repository.git("checkout", "-q", "--detach", "main")
    repository.git("merge", "-q", "--no-ff", "feature")
    base = repository.git("rev-parse", "main")
    change = Change(event="pull_request", pull_request=5, head_commit=head, base_commit=base)
    code, result = repository.run("--change", change.to_json())
    assert code == 0
    assert result["head"]["commit"] == head
    assert result["base"]["commit"] == base
