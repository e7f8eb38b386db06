"""The training code does what its callers rely on."""

import pandas as pd
import pytest
from train import IDS, ROOT, TARGET, features, train


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return pd.read_parquet(ROOT / "data/train.parquet")


def test_the_model_learns_from_measurements_only(frame: pd.DataFrame) -> None:
    assert features(frame)
    assert not {TARGET, *IDS} & set(features(frame))


def test_the_same_rows_give_the_same_model(frame: pd.DataFrame) -> None:
    rows = frame[features(frame)]
    first, second = train(frame), train(frame)
    assert (first.predict_proba(rows) == second.predict_proba(rows)).all()
