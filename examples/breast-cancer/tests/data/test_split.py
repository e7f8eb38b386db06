"""The evaluation rows are fit to judge a model."""

from pathlib import Path

import pandas as pd
import pytest

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def parts() -> dict[str, pd.DataFrame]:
    return {name: pd.read_parquet(DATA / f"{name}.parquet") for name in ("train", "test")}


def test_no_patient_is_on_both_sides(parts: dict[str, pd.DataFrame]) -> None:
    assert set(parts["train"]["patient_id"]).isdisjoint(parts["test"]["patient_id"])


def test_both_sides_have_the_same_columns(parts: dict[str, pd.DataFrame]) -> None:
    assert list(parts["train"]) == list(parts["test"])


@pytest.mark.parametrize("name", ["train", "test"])
def test_both_diagnoses_are_common_enough(parts: dict[str, pd.DataFrame], name: str) -> None:
    assert parts[name]["diagnosis"].value_counts(normalize=True).min() > 0.3
