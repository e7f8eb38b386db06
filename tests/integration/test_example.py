"""The committed example is what its scripts make."""

import shutil
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

from mlgate.results import from_json

EXAMPLE = Path(__file__).parents[2] / "examples" / "breast-cancer"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with its data, cases and model made anew."""
    copy = tmp_path_factory.mktemp("example") / "breast-cancer"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns(".mlgate", "__pycache__"))
    shutil.rmtree(copy / "data")
    shutil.rmtree(copy / "models")
    (copy / "tests/models/known.csv").unlink()
    subprocess.run([sys.executable, "prepare.py"], cwd=copy, check=True)
    return copy


@pytest.mark.parametrize("name", ["train", "test"])
def test_the_committed_data_are_those_that_prepare_makes(made: Path, name: str) -> None:
    file = f"data/{name}.parquet"
    pd.testing.assert_frame_equal(
        pd.read_parquet(made / file), pd.read_parquet(EXAMPLE / file), check_exact=True
    )


def test_the_committed_cases_are_those_that_prepare_makes(made: Path) -> None:
    file = "tests/models/known.csv"
    assert (made / file).read_text() == (EXAMPLE / file).read_text()


def test_the_committed_model_is_the_one_that_train_makes(made: Path) -> None:
    rows = pd.read_parquet(EXAMPLE / "data/test.parquet")
    new, committed = (joblib.load(root / "models/model.joblib") for root in (made, EXAMPLE))
    assert list(new.feature_names_in_) == list(committed.feature_names_in_)
    features = rows[committed.feature_names_in_]
    assert (new.predict(features) == committed.predict(features)).all()
    np.testing.assert_allclose(
        new.predict_proba(features), committed.predict_proba(features), rtol=0, atol=1e-4
    )


def test_the_examples_own_tests_pass() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    run = subprocess.run(command, cwd=EXAMPLE, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


def test_the_model_is_run_with_the_versions_that_it_was_made_with() -> None:
    locked = (EXAMPLE.parents[1] / "requirements/runtime.txt").read_text()
    for requirement in (EXAMPLE / "requirements.txt").read_text().splitlines():
        assert f"\n{requirement} " in locked


def test_the_demo_passes_the_harmless_pull_request_and_fails_the_other(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLE.parent / "demo.py"), "--into", str(tmp_path)]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    for branch, expected in (("regularise", "passed"), ("fewer-features", "failed")):
        result = from_json((tmp_path / branch / "result.json").read_bytes())
        assert result.verdict is not None
        assert result.verdict.outcome == expected
        assert result.ledger.inconclusive == result.ledger.skipped == result.ledger.errored == 0
