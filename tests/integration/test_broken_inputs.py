"""Broken inputs: an exit code, a readable message, a result file, and nothing falsely green."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from mlgate.cli import main

CONFIG = """\
version: 1
data:
  test: {path: test.csv, target: y}
models:
  m: {path: model.joblib, timeout: 20}
checks:
  - type: expectations
    data: test
    suite: [{type: expect_column_values_to_not_be_null, kwargs: {column: a}}]
  - type: metrics
    model: m
    data: test
    metrics: {accuracy: {min: 0.6}}
"""

MODEL = """\
import os, time
class Model:
    classes_ = [0, 1]
    def predict(self, rows):
        return self.answer(rows)
    def answer(self, rows):
        {body}
"""


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str
    result: dict[str, Any]

    @property
    def checks(self) -> dict[str, dict[str, Any]]:
        return {check["id"]: check for check in self.result["checks"]}

    @property
    def text(self) -> str:
        """Everything that a reader of the log sees."""
        return " ".join((self.out + self.err).split())


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> dict[str, bytes]:
    """The files of a repository in which everything passes."""
    folder = tmp_path_factory.mktemp("sound")
    values, labels = make_classification(200, 4, random_state=0)
    frame = pd.DataFrame(values, columns=list("abcd"))
    model = LogisticRegression().fit(frame, labels)
    joblib.dump(model, folder / "model.joblib")
    frame.assign(y=labels).to_csv(folder / "test.csv", index=False)
    frame.assign(y=labels).to_parquet(folder / "test.parquet")
    (folder / "mlgate.yml").write_text(CONFIG)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture
def repository(tmp_path, sound):
    root = tmp_path / "repository"
    root.mkdir()
    for name, content in sound.items():
        (root / name).write_bytes(content)
    for command in (["init", "-q", "-b", "main"], ["add", "-A"]):
        subprocess.run(["git", "-C", str(root), *command], check=True)
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", "-C", str(root), *identity, "commit", "-qm", "x"], check=True)
    return root


@pytest.fixture
def run(repository, capfd) -> Callable[[], Run]:
    def run() -> Run:
        code = main(["run", "-C", str(repository)], {"PATH": os.environ["PATH"]})
        captured = capfd.readouterr()
        result = json.loads((repository / ".mlgate" / "result.json").read_text())
        assert result["verdict"]["exit_code"] == code
        assert (repository / ".mlgate" / "report.md").read_text()
        assert "Traceback" not in captured.out + captured.err
        return Run(code, captured.out, captured.err, result)

    return run


def write_model(repository: Path, body: str) -> None:
    """A model whose class lives in the repository, as a team's own wrapper does."""
    source = MODEL.format(body=textwrap.indent(textwrap.dedent(body), " " * 8).lstrip())
    (repository / "wrapper.py").write_text(source)
    script = "import joblib, wrapper; joblib.dump(wrapper.Model(), 'model.joblib')"
    python = [sys.executable, "-c", script]
    subprocess.run(python, cwd=repository, check=True, env={"PYTHONPATH": str(repository)})
    with (repository / "mlgate.yml").open("a") as file:
        file.write("  - {type: artifact-safety, allow: [wrapper.*]}\n")


def test_the_sound_repository_passes(run):
    done = run()
    assert done.code == 0
    assert {check["outcome"] for check in done.checks.values()} == {"passed"}
    assert done.checks["metrics"]["rows"] == 200


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(repository: Path) -> None:
        text = (repository / name).read_text()
        assert old in text
        (repository / name).write_text(text.replace(old, new))

    return change


def write(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda repository: (repository / name).write_bytes(content)


def remove(name: str) -> Callable[[Path], None]:
    return lambda repository: (repository / name).unlink()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (remove("mlgate.yml"), "mlgate.yml:1:1: cannot be read: No such file"),
        (write("mlgate.yml", b"version: 1\nchecks: [\n"), "mlgate.yml:3:1: while parsing"),
        (edit("mlgate.yml", "metrics: {", "mertics: {"), "did you mean 'metrics'?"),
        (edit("mlgate.yml", "accuracy", "acuracy"), "did you mean 'accuracy'?"),
        (edit("mlgate.yml", "model: m\n", "model: n\n"), "'n' is not defined under `models`"),
    ],
    ids=["missing config", "broken YAML", "unknown key", "unknown metric", "unknown model"],
)
def test_a_wrong_configuration_ends_with_2(repository, run, damage, message):
    damage(repository)
    done = run()
    assert done.code == 2
    assert message in done.text
    assert done.checks == {}


def truncate_parquet(repository: Path) -> None:
    edit("mlgate.yml", "test.csv", "test.parquet")(repository)
    content = (repository / "test.parquet").read_bytes()
    (repository / "test.parquet").write_bytes(content[: len(content) // 2])


def use_misspelt_suite(repository: Path) -> None:
    edit(
        "mlgate.yml", "[{type: expect_column_values_to_not_be_null, kwargs: {column: a}}]", "s.json"
    )(repository)
    suite = {
        "name": "s",
        "expectations": [{"type": "expect_colum_to_exist", "kwargs": {"column": "a"}}],
    }
    (repository / "s.json").write_text(json.dumps(suite))


def one_nan_prediction(repository: Path) -> None:
    write_model(repository, "import numpy as np\nreturn np.where(rows.a > 0, 1.0, np.nan)")


@pytest.mark.parametrize(
    ("damage", "broken", "message"),
    [
        (remove("test.csv"), {"expectations", "metrics"}, "test.csv cannot be opened"),
        (write("test.csv", b""), {"expectations", "metrics"}, "test.csv is empty (0 bytes)"),
        (write("test.csv", b"a,b,c,d,y\n"), {"expectations", "metrics"}, "rows"),
        (truncate_parquet, {"expectations", "metrics"}, "test.parquet cannot be read as parquet"),
        (write("model.joblib", b"not a model"), {"metrics"}, "model.joblib"),
        (lambda r: write_model(r, "raise ValueError('no such unit')"), {"metrics"}, "no such unit"),
        (lambda r: write_model(r, "os._exit(0)"), {"metrics"}, "exit"),
        (lambda r: write_model(r, "import ctypes; ctypes.string_at(0)"), {"metrics"}, "SIGSEGV"),
        (use_misspelt_suite, {"expectations"}, "expect_column_to_exist"),
        (edit("mlgate.yml", "target: y", "target: z"), {"metrics"}, "'z'"),
        (one_nan_prediction, {"metrics"}, "NaN"),
    ],
    ids=[
        "missing data file",
        "empty CSV",
        "CSV without rows",
        "truncated Parquet",
        "a joblib that is not one",
        "predict raises",
        "os._exit(0)",
        "segmentation fault",
        "misspelt expectation",
        "missing target",
        "NaN prediction",
    ],
)
def test_what_could_not_run_ends_with_4_and_is_never_green(
    repository, run, damage, broken, message
):
    damage(repository)
    done = run()
    assert done.code == 4
    assert message in done.text
    for name, check in done.checks.items():
        if name != "policy":  # which has its own view of files that are others than base's
            assert check["outcome"] == ("errored" if name in broken else "passed")


def test_a_model_that_sleeps_for_ever_meets_its_time_limit(repository, run):
    write_model(repository, "time.sleep(1e6)")
    edit("mlgate.yml", "timeout: 20", "timeout: 6")(repository)
    done = run()
    assert done.code == 4
    assert done.checks["metrics"]["outcome"] == "errored"
    assert "6 s" in done.text
    assert "timeout" in done.text


def test_an_earlier_result_is_never_left_behind(repository, run):
    assert run().code == 0
    remove("mlgate.yml")(repository)
    assert run().result["verdict"]["outcome"] == "errored"
