"""The committed model behaves like a classifier."""

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def model() -> Pipeline:
    return joblib.load(ROOT / "models/model.joblib")


@pytest.fixture(scope="module")
def rows(model: Pipeline) -> pd.DataFrame:
    return pd.read_parquet(ROOT / "data/test.parquet")[list(model.feature_names_in_)]


def test_probabilities_are_probabilities(model: Pipeline, rows: pd.DataFrame) -> None:
    probabilities = model.predict_proba(rows)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert np.allclose(probabilities.sum(axis=1), 1)


def test_a_row_is_judged_by_itself(model: Pipeline, rows: pd.DataFrame) -> None:
    alone = np.vstack([model.predict_proba(rows.iloc[[place]]) for place in range(20)])
    assert np.allclose(alone, model.predict_proba(rows)[:20])
