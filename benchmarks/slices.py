"""Does the search for slices leave harmless pull requests alone, and find what is broken?

    nice python benchmarks/slices.py --runs 40 --write

Real scikit-learn data and models. Each run splits the data anew, trains base's and head's model,
and looks for slices as the check `metrics` does by default. Harmless: another seed, another sample
of the same data, a quarter more data, a better kind of model. Harmful: in one group of the training
rows (a category, or a range of a number) the labels are wrong, or the target is shifted. `--write`
puts the table into docs/slices.md.
"""

import argparse
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_wine,
    make_classification,
    make_friedman1,
)
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from mlgate.checks.responses import Responses
from mlgate.checks.slices_auto import Seen, look
from mlgate.stats.sample import sample

PAGE: Final = Path(__file__).parents[1] / "docs" / "slices.md"
GROUP: Final = "group"
SHARES: Final = {"a": 0.4, "b": 0.3, "c": 0.15, "d": 0.15}
"""A column that says nothing of the target: its values are drawn."""
BROKEN: Final = "c"
FLIPPED: Final = 0.85
"""Share of wrong labels in the broken group of the training rows."""


@dataclass(frozen=True, kw_only=True)
class World:
    """Rows to split, and what is trained on them."""

    frame: pd.DataFrame
    target: pd.Series
    classes: bool
    train: int
    test: int


def world(name: str, random: np.random.Generator) -> World:
    """The rows of a data set, in a random order, with a group for each."""
    seed = int(random.integers(1 << 30))
    makers: dict[str, Callable[[], tuple[Any, Any, int]]] = {
        "breast cancer": lambda: (*load_breast_cancer(return_X_y=True), 285),
        "wine": lambda: (*load_wine(return_X_y=True), 89),
        "digits": lambda: (*load_digits(return_X_y=True), 900),
        "diabetes": lambda: (*load_diabetes(return_X_y=True), 221),
        "made, 500": lambda: (*_made(1500, seed), 500),
        "made, 1,000": lambda: (*_made(3000, seed), 1000),
        "made, 5,000": lambda: (*_made(8000, seed), 5000),
        "made rare, 2,000": lambda: (*_made(5000, seed, rare=0.08), 2000),
        "friedman, 500": lambda: (*make_friedman1(1500, 10, noise=2, random_state=seed), 500),
        "friedman, 5,000": lambda: (*make_friedman1(8000, 10, noise=2, random_state=seed), 5000),
    }
    values, target, test = makers[name]()
    order = random.permutation(len(target))
    frame = pd.DataFrame(values[order]).rename(columns=lambda i: f"x{i}")
    frame[GROUP] = random.choice(list(SHARES), len(frame), p=list(SHARES.values()))
    classes = name not in {"diabetes"} and not name.startswith("friedman")
    return World(
        frame=frame,
        target=pd.Series(target[order]),
        classes=classes,
        train=len(frame) - test,
        test=test,
    )


def _made(rows: int, seed: int, rare: float = 0.5) -> tuple[Any, Any]:
    values, target = make_classification(
        rows, 15, n_informative=6, weights=[1 - rare], flip_y=0.05, random_state=seed
    )
    return values, target


def models(*, classes: bool) -> dict[str, Any]:
    """Recipes, the better ones last."""
    if classes:
        return {
            "tree": DecisionTreeClassifier(max_depth=6),
            "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
            "forest": RandomForestClassifier(50),
            "boosting": HistGradientBoostingClassifier(max_iter=40),
        }
    return {
        "tree": DecisionTreeRegressor(max_depth=6),
        "ridge": make_pipeline(StandardScaler(), Ridge()),
        "forest": RandomForestRegressor(50),
        "boosting": HistGradientBoostingRegressor(max_iter=40),
    }


def features(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns as numbers."""
    return pd.get_dummies(frame, columns=[GROUP], dtype=float)


def fitted(recipe: Any, world: World, rows: Any, target: pd.Series, seed: int) -> Any:
    """A model of a recipe."""
    model = clone(recipe)
    for key in model.get_params():
        if key.endswith("random_state"):
            model.set_params(**{key: seed})
    return model.fit(features(world.frame).iloc[rows], target.iloc[rows])


def seen(model: Any, world: World) -> Seen:
    """What the model says of the test rows."""
    rows = features(world.frame).iloc[world.train :]
    truth = world.target.iloc[world.train :].to_numpy()
    if not world.classes:
        return Seen(
            values=Responses(labels=(), truth=truth.astype(float), answers=model.predict(rows))
        )
    labels = tuple(model.classes_.tolist())
    return Seen(
        labels=Responses(labels=labels, truth=truth, answers=model.predict(rows)),
        probabilities=Responses(labels=labels, truth=truth, answers=model.predict_proba(rows)),
    )


def broken_rows(world: World, kind: str) -> Any:
    """Which rows belong to the part that breaks."""
    if kind == "one category":
        return world.frame[GROUP] == BROKEN
    first = world.frame["x2"]
    return (first >= first.quantile(0.5)) & (first < first.quantile(0.7))


def broken(world: World, kind: str, random: np.random.Generator) -> pd.Series:
    """The target with wrong labels in one part of the rows."""
    target = world.target.copy()
    part = broken_rows(world, kind) & (random.random(len(target)) < FLIPPED)
    if world.classes:
        classes = np.unique(target)
        target[part] = classes[(np.searchsorted(classes, target[part]) + 1) % len(classes)]
    else:
        target[part] += 1.5 * target.std()
    return target


def pairs(world: World, random: np.random.Generator) -> Iterator[tuple[str, str, Any, Any]]:
    """What happened, to which model, base and head."""
    train = np.arange(world.train)
    recipes = models(classes=world.classes)
    for name, recipe in recipes.items():
        base = fitted(recipe, world, train[: int(0.8 * world.train)], world.target, 1)
        again = random.permutation(world.train)[: int(0.8 * world.train)]
        yield (
            "another seed",
            name,
            base,
            fitted(recipe, world, train[: int(0.8 * world.train)], world.target, 2),
        )
        yield "another sample", name, base, fitted(recipe, world, again, world.target, 3)
        full = fitted(recipe, world, train, world.target, 4)
        yield "more data", name, base, full
        for kind in ("one category", "one range"):
            wrong = broken(world, kind, random)
            yield kind, name, base, fitted(recipe, world, train, wrong, 5)
    names = list(recipes)
    for worse, better in (("tree", names[2]), (names[1], names[2]), (names[2], names[3])):
        chosen = train[: int(0.8 * world.train)]
        yield (
            "another kind of model",
            f"{worse} to {better}",
            *(fitted(recipes[kind], world, chosen, world.target, 1) for kind in (worse, better)),
        )
