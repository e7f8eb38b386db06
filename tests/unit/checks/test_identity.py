"""Columns that look like ids, among those that do not."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

from mlgate.checks.identity import is_id, like_ids, named_like_id

ROWS = 400


@pytest.mark.parametrize(
    "name",
    ["id", "ID", "customer_id", "PassengerId", "customerID", "order key", "Unnamed: 0", "uuid"],
)
def test_names_of_ids(name):
    assert named_like_id(name)


@pytest.mark.parametrize(
    "name", ["valid", "monkey", "paid", "identity", "width", "keyboard", "fid2"]
)
def test_names_that_only_end_alike(name):
    assert not named_like_id(name)


def test_distinct_whole_numbers_with_the_name_of_an_id_are_one():
    values = np.random.default_rng(0).choice(10**9, ROWS, replace=False)
    assert is_id(pd.Series(values), "account_id")


def test_distinct_text_with_the_name_of_an_id_is_one():
    assert is_id(pd.Series([f"c{i:05}" for i in range(ROWS)]), "customer_id")


def test_numbers_that_count_the_rows_are_ids_whatever_their_name():
    values = np.random.default_rng(0).permutation(2 * ROWS)[:ROWS]
    assert is_id(pd.Series(values), "n")


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).integers(0, 10**9, ROWS),  # distinct by chance
        np.random.default_rng(0).normal(size=ROWS),
        np.random.default_rng(0).integers(0, 2 * ROWS, ROWS),  # some occur twice
        [f"note {i}" for i in range(ROWS)],
        [[i] for i in range(ROWS)],
    ],
    ids=["sparse numbers", "fractions", "repeats", "texts", "lists"],
)
def test_measurements_and_texts_are_no_ids(values):
    assert not is_id(pd.Series(values), "amount")


def test_an_id_that_repeats_or_is_missing_tells_no_rows_apart():
    ids = pd.Series(range(ROWS))
    assert not is_id(ids.where(ids != 7, 8), "id")
    assert not is_id(ids.astype("Int64").where(ids != 7), "id")


def test_few_rows_say_nothing():
    assert not is_id(pd.Series(range(10)), "id")


@pytest.mark.parametrize("load", [load_breast_cancer, load_diabetes, load_iris, load_wine])
def test_no_column_of_common_tables_is_taken_for_an_id(load):
    assert list(like_ids(load(as_frame=True).frame)) == []


def test_what_mlgate_yml_speaks_of_is_no_id():
    frame = pd.DataFrame({"id": range(ROWS), "day": range(ROWS)})
    assert list(like_ids(frame, ["day", None])) == ["id"]
