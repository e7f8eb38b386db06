"""What real models say they go by, from their own processes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from mlgate.sandbox.interface import Description

draw = np.random.default_rng(0)
FRAME = pd.DataFrame({"age": draw.normal(size=200), "age_group": draw.choice([1, 2], 200)}).assign(
    city=draw.choice(["Bonn", "Rome", "Oslo"], 200)
)
NUMBERS = FRAME[["age", "age_group"]]
LABELS = (FRAME["age"] > 0) ^ (FRAME["city"] == "Bonn")


def described(start: Callable[..., Any], model: Any, frame: pd.DataFrame) -> Description:
    answer: Description = start(model.fit(frame, LABELS)).describe()
    return answer


def test_a_forest_names_its_importances(start):
    model = RandomForestClassifier(10, random_state=0)
    said = described(start, model, NUMBERS)
    assert said.importances == pytest.approx(
        dict(zip(NUMBERS.columns, model.feature_importances_, strict=True))
    )
    assert said.coefficients is None


def test_a_linear_model_s_coefficients_have_no_sign(start):
    said = described(start, LinearRegression(), -NUMBERS)
    assert said.coefficients is not None
    assert said.importances is None
    assert min(said.coefficients.values()) >= 0


def test_columns_that_a_pipeline_makes_are_traced_to_what_they_were_made_of(start):
    columns = make_column_transformer(
        (StandardScaler(), ["age", "age_group"]), (OneHotEncoder(), ["city"])
    )
    model = make_pipeline(columns, LogisticRegression())
    said = described(start, model, FRAME)
    sizes = np.abs(model[-1].coef_[0])
    assert said.importances == pytest.approx(
        {"age": sizes[0], "age_group": sizes[1], "city": sizes[2:].sum()}
    )


def test_a_search_speaks_for_its_best_model(start):
    search = GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression()), {}, cv=2)
    said = described(start, search, NUMBERS)
    assert said.importances is not None
    assert set(said.importances) == {"age", "age_group"}


def test_columns_of_a_pipeline_s_own_making_have_no_importances(start):
    model = make_pipeline(StandardScaler(), PCA(2), LogisticRegression())
    said = described(start, model, NUMBERS)
    assert said.importances is None
    assert said.coefficients is None


def test_a_model_without_importances_works_all_the_same(start, shop):
    said = start(shop.Double()).describe()
    assert said.importances is None
    assert said.coefficients is None
