"""Loaders that need no library, called as the model's process does."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlgate.artifacts import MODEL_FORMATS
from mlgate.artifacts.models import format_of, loader
from mlgate.config.model import ModelSpec
from mlgate.sandbox import loaders

OPTIONS: dict[str, Any] = {"classes": None, "timeout": 5}


def predictions(tmp_path: Path, table: pd.DataFrame, **options: Any) -> Any:
    from mlgate.sandbox.loaders.predictions import load

    table.to_csv(tmp_path / "answers.csv", index=False)
    return load(str(tmp_path / "answers.csv"), OPTIONS | options)


TABLE = pd.DataFrame(
    {"id": [3, 1, 2], "prediction": ["no", "yes", "yes"], "score": [0.1, 0.9, 0.8]}
)


def test_every_format_has_a_loader_of_its_own() -> None:
    files = {file.stem for file in Path(loaders.__path__[0]).glob("*.py")} - {"__init__"}
    assert files == {module.rpartition(".")[2] for module in MODEL_FORMATS.values()}
    for name in MODEL_FORMATS:
        module = importlib.import_module(MODEL_FORMATS[name])
        assert callable(module.load)
        assert module.__file__ == str(loader(name))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("models/churn.joblib", "pickle"),
        ("models/churn.pkl", "pickle"),
        ("models/churn", "pickle"),
        ("m.SKOPS", "skops"),
        ("m.onnx", "onnx"),
        ("m.ubj", "xgboost"),
        ("m.json", "xgboost"),
        ("m.txt", "lightgbm"),
        ("m.cbm", "catboost"),
        ("answers.parquet", "predictions"),
        ("shop.scoring:model", "function"),
        ("http://127.0.0.1:5000/invocations", "endpoint"),
        ("folder", "mlflow"),
    ],
)
def test_the_path_tells_the_format(tmp_path: Path, path: str, expected: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "MLmodel").touch()
    assert format_of(ModelSpec(path=path), tmp_path) == expected
    assert format_of(ModelSpec(path=path, format="onnx"), tmp_path) == "onnx"


def test_predictions_are_found_by_their_key(tmp_path: Path) -> None:
    model = predictions(tmp_path, TABLE)
    rows = pd.DataFrame({"id": [1, 3]})
    assert list(model.feature_names_in_) == ["id"]
    assert model.classes_ == ["no", "yes"]
    assert list(model.predict(rows)) == ["yes", "no"]
    assert model.predict_proba(rows) == pytest.approx(np.array([[0.1, 0.9], [0.9, 0.1]]))
    assert model.fixed


def test_a_row_without_prediction_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no prediction for 1 of 2 rows"):
        predictions(tmp_path, TABLE).predict(pd.DataFrame({"id": [1, 4]}))


def test_a_repeated_key_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1 rows have a key"):
        predictions(tmp_path, TABLE.assign(id=[1, 1, 2]))


def test_predictions_without_keys_are_those_of_all_rows_in_their_order(tmp_path: Path) -> None:
    model = predictions(tmp_path, TABLE.drop(columns="id"))
    assert list(model.predict(pd.DataFrame({"x": [0, 0, 0]}))) == ["no", "yes", "yes"]
    with pytest.raises(ValueError, match="3 rows without keys, and 2 are asked"):
        model.predict(pd.DataFrame({"x": [0, 0]}))


def test_values_without_scores_are_a_regressors(tmp_path: Path) -> None:
    model = predictions(tmp_path, pd.DataFrame({"id": [1, 2], "prediction": [0.5, 1.5]}))
    assert not hasattr(model, "classes_")
    assert not hasattr(model, "predict_proba")


def test_probabilities_of_several_classes_are_named(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "id": [1, 2],
            "prediction": ["a", "c"],
            "probability_a": [0.6, 0.1],
            "probability_b": [0.3, 0.1],
            "probability_c": [0.1, 0.8],
        }
    )
    with pytest.raises(ValueError, match="`classes` in mlgate"):
        predictions(tmp_path, table)
    model = predictions(tmp_path, table, classes=["c", "b", "a"])
    assert model.predict_proba(pd.DataFrame({"id": [2]})).tolist() == [[0.8, 0.1, 0.1]]


def test_a_score_is_for_two_classes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two classes"):
        predictions(tmp_path, TABLE.assign(prediction=["a", "b", "c"]))


def test_a_table_without_predictions_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no column `prediction`"):
        predictions(tmp_path, TABLE.rename(columns={"prediction": "label"}))
