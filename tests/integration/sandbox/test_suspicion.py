"""What is known to be odd about a model explains its failure, where it can."""

import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from mlgate.config.model import ModelSpec
from mlgate.errors import ModelFailed
from mlgate.sandbox.process import ModelProcess

ODD = "trained on scikit-learn 1.5.2, this environment has 1.9.1"
PIN = "pin scikit-learn"
TWO = pd.DataFrame({"x": [1.0, 2.0]})


def start(file: Path, workspace: Path) -> ModelProcess:
    return ModelProcess.start(
        file=file,
        workspace=workspace,
        spec=ModelSpec(path="m", timeout=60, memory=1024),
        python=[sys.executable],
        name="churn (head)",
        suspicion=ODD,
        settle=PIN,
    )


@pytest.fixture
def file(workspace: Path) -> Path:
    return workspace / "m.pkl"


def failure(file: Path, workspace: Path) -> ModelFailed:
    with pytest.raises(ModelFailed) as caught:
        start(file, workspace)
    return caught.value


def test_an_exception_while_loading_is_explained(file: Path, workspace: Path) -> None:
    file.write_bytes(b"ccollections\nNoSuchClass\n)\x81.")
    error = failure(file, workspace)
    assert (error.cause, error.remedy) == (ODD, PIN)


@pytest.mark.parametrize(("name", "also"), [("Raises", ""), ("Crashes", "; or native code failed")])
def test_a_failure_of_predict_is_explained(
    file: Path, workspace: Path, shop: ModuleType, name: str, also: str
) -> None:
    shop.save(getattr(shop, name)(), file)
    with start(file, workspace) as model, pytest.raises(ModelFailed) as caught:
        model.predict(TWO)
    assert caught.value.cause.startswith(f"{ODD}{also}")
    assert caught.value.remedy.startswith(PIN)


def test_a_part_of_a_library_that_moved_is_explained(file: Path, workspace: Path) -> None:
    file.write_bytes(b"csklearn.no_such_part\nModel\n)\x81.")
    error = failure(file, workspace)
    assert (error.cause, error.remedy) == (ODD, PIN)


def test_a_missing_package_has_another_cause(file: Path, workspace: Path) -> None:
    file.write_bytes(b"cacme\nModel\n)\x81.")
    error = failure(file, workspace)
    assert "acme is not in the model's environment" in error.cause


@pytest.mark.parametrize("name", ["TakesMemory", "Kills", "Leaves"])
def test_what_versions_do_not_do_has_another_cause(
    file: Path, workspace: Path, shop: ModuleType, name: str
) -> None:
    shop.save(getattr(shop, name)(), file)
    with start(file, workspace) as model, pytest.raises(ModelFailed) as caught:
        model.predict(TWO)
    assert ODD not in caught.value.cause
