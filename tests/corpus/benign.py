"""Files that models are really kept in. `build` yields each file's class, name and content."""

import collections
import datetime as dt
import decimal
import functools
import gzip
import importlib.util
import io
import json
import operator
import pickle
import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse
import scipy.special
import scipy.stats
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.datasets import make_blobs
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.utils import all_estimators

from tests.corpus.hostile import dumped, tarred, zipped

ROWS, LABELS = make_blobs(60, centers=2, n_features=4, random_state=0)
ROWS = np.abs(ROWS)
WORDS = ["the cat sat", "on the mat", "dogs and cats", "mats and dogs"] * 15


def build() -> Iterator[tuple[str, str, bytes]]:
    """Class, file name and content of every benign file."""
    for name, estimator in estimators():
        yield "scikit-learn", f"{name}.joblib", dumped(estimator)
        yield "scikit-learn, compressed", f"{name}-3.joblib", dumped(estimator, compress=3)
        yield "scikit-learn, pickle", f"{name}.pkl", pickle.dumps(estimator)
    for name, value in {**pipelines(), **boosted()}.items():
        yield "pipelines", f"{name}.joblib", dumped(value)
        yield "pipelines", f"{name}-xz.joblib", dumped(value, compress=("xz", 1))
        yield "pipelines", f"{name}.pkl.gz", gzip.compress(pickle.dumps(value))
    for name, value in values().items():
        yield "numpy and pandas", f"{name}.pkl", pickle.dumps(value)
        yield "numpy and pandas", f"{name}.joblib", dumped({"value": value})
    yield from protocols()
    yield from files()


def estimators() -> Iterator[tuple[str, BaseEstimator]]:
    """Every estimator of scikit-learn that can be fitted on one of a few small tables."""
    from sklearn.utils._test_common.instance_generator import _construct_instances

    square = ROWS[:20] @ ROWS[:20].T
    inputs: tuple[tuple[Any, ...], ...] = (
        (ROWS, LABELS),
        (ROWS, np.c_[LABELS, LABELS]),
        (ROWS[:, 0], LABELS),
        (ROWS, ROWS[:, 0] + 1),
        (LABELS,),
        (WORDS,),
        ([{"a": 1}, {"b": 2}],),
        ([("a", "b"), ("c",)],),
        (square,),
        (ROWS[:, :1],),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, kind in all_estimators():
            try:
                estimator = next(iter(_construct_instances(kind)))
            except Exception:  # noqa: BLE001  # some are made only from others
                continue
            if "random_state" in estimator.get_params():
                estimator.set_params(random_state=0)
            for given in inputs:
                try:
                    fitted = estimator.fit(*given)
                except Exception:  # noqa: BLE001  # another table will do
                    continue
                yield name, fitted
                break


def pipelines() -> dict[str, object]:
    """Pipelines with functions in them, searches, text."""
    frame = pd.DataFrame({"a": ROWS[:, 0], "b": ROWS[:, 1], "c": ["x", "y"] * 30})
    columns = ColumnTransformer(
        [
            ("numbers", StandardScaler(), make_column_selector(dtype_include="number")),
            ("texts", OneHotEncoder(handle_unknown="ignore"), ["c"]),
        ]
    )
    clip = functools.partial(np.clip, a_min=0, a_max=1)
    functions = {
        "log1p": np.log1p,
        "clip": clip,
        "power": functools.partial(np.power, 2),
        "nested": functools.partial(functools.partial(np.round), decimals=2),
        "item": operator.itemgetter(slice(0, 10)),
        "expit": scipy.special.expit,
        "numeric": pd.to_numeric,
        "none": None,
    }
    grid = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, scoring="roc_auc")
    chance = RandomizedSearchCV(
        LogisticRegression(), {"C": scipy.stats.loguniform(0.1, 1)}, n_iter=2, cv=2, random_state=0
    )
    return {
        **{
            f"function-{name}": make_pipeline(FunctionTransformer(function), StandardScaler())
            for name, function in functions.items()
        },
        "columns": make_pipeline(columns, RandomForestClassifier(5)).fit(frame, LABELS),
        "grid": grid.fit(ROWS, LABELS),
        "randomized": chance.fit(ROWS, LABELS),
        "text": make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(WORDS, LABELS),
        "lower": CountVectorizer(preprocessor=str.lower).fit(WORDS),
        "dict": {"model": LogisticRegression().fit(ROWS, LABELS), "columns": ["a", "b"]},
        "list": [StandardScaler().fit(ROWS), LogisticRegression().fit(ROWS, LABELS), 0.5],
    }


def boosted() -> dict[str, object]:
    """Models of other libraries, as far as they are installed."""
    found: dict[str, object] = {}
    if importlib.util.find_spec("xgboost"):
        import xgboost  # type: ignore[import-not-found,unused-ignore]

        found["xgboost"] = xgboost.XGBClassifier(n_estimators=3).fit(ROWS, LABELS)
        found["xgboost-regressor"] = xgboost.XGBRegressor(n_estimators=3).fit(ROWS, LABELS)
        found["xgboost-booster"] = found["xgboost"].get_booster()  # type: ignore[attr-defined]
    if importlib.util.find_spec("lightgbm"):
        import lightgbm  # type: ignore[import-not-found,unused-ignore]

        quick = {"n_estimators": 3, "min_child_samples": 2, "verbose": -1}
        found["lightgbm"] = lightgbm.LGBMClassifier(**quick).fit(ROWS, LABELS)
        found["lightgbm-booster"] = found["lightgbm"].booster_  # type: ignore[attr-defined]
        found["lightgbm-pipeline"] = make_pipeline(
            StandardScaler(), lightgbm.LGBMRegressor(**quick)
        ).fit(ROWS, LABELS)
    return found


def values() -> dict[str, object]:
    """What stands in models besides estimators."""
    times = pd.to_datetime(["2020-01-01", "2021-01-01"])
    frame = pd.DataFrame(
        {
            "number": [1, 2],
            "text": ["x", "y"],
            "time": times,
            "zone": times.tz_localize("Europe/Berlin"),
            "category": pd.Categorical(["a", "b"]),
            "nullable": pd.array([1, None], dtype="Int64"),
            "logical": pd.array([True, None], dtype="boolean"),
            "period": pd.period_range("2020", periods=2, freq="M"),
        }
    )
    return {
        "frame": frame,
        "series": frame["text"],
        "index": frame.set_index(["number", "text"]).index,
        "timestamp": pd.Timestamp("2020-01-01", tz="UTC"),
        "interval": pd.interval_range(0, 2),
        "records": np.zeros(3, dtype=[("a", "f8"), ("b", "i4", (2,))]),
        "objects": np.array([1, "a", None, (1, 2)], dtype=object),
        "texts": np.array(["a", "bcd"]),
        "dates": np.array(["2020-01-01"], dtype="M8[D]"),
        "empty": np.empty((0, 3)),
        "fortran": np.asfortranarray(np.ones((3, 4))),
        "big-endian": np.ones(3, dtype=">f8"),
        "zero-dimensional": np.array(1.5),
        "half": np.ones(3, dtype="f2"),
        "logical": np.array([True, False]),
        "complex": np.ones(2, dtype=complex),
        "masked": np.ma.array([1, 2], mask=[False, True]),
        "scalar": np.float32(1),
        "sparse": scipy.sparse.random(10, 10, 0.2, format="csr", random_state=0),
        "generator": np.random.default_rng(0),
        "random-state": np.random.RandomState(0),
        "dtype": np.dtype("f4"),
        "collections": [collections.OrderedDict(a=1), collections.Counter("ab"), {1, 2}, b"a"],
        "defaultdict": collections.defaultdict(list, a=[1]),
        "times": [dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.timedelta(1), dt.date(2020, 1, 1)],
        "decimal": decimal.Decimal("1.5"),
        "pattern": re.compile(r"\w+"),
        "floats": [float(number) for number in range(5000)],
        "vocabulary": {f"word{number}": number for number in range(70_000)},
        "long": "x" * 300_000,
        "deep": json.loads("[" * 200 + "]" * 200),
    }


def protocols() -> Iterator[tuple[str, str, bytes]]:
    """Every protocol, plain and as joblib writes it."""
    forest = RandomForestClassifier(3, random_state=0).fit(ROWS, LABELS)
    for protocol in range(6):
        yield "protocols", f"{protocol}.pkl", pickle.dumps(forest, protocol)
        yield "protocols", f"{protocol}.joblib", dumped(forest, protocol=protocol)
    for kind in ("zlib", "gzip", "bz2", "lzma", "xz"):
        yield "protocols", f"{kind}.joblib", dumped(forest, compress=(kind, 3))


def files() -> Iterator[tuple[str, str, bytes]]:
    """Archives, and formats that hold no code."""
    forest = pickle.dumps(RandomForestClassifier(3, random_state=0).fit(ROWS, LABELS))
    array, arrays = io.BytesIO(), io.BytesIO()
    np.save(array, ROWS)
    np.savez_compressed(arrays, a=ROWS, b=LABELS, c=np.array(["x", 1], dtype=object))
    booster = {"learner": {"attributes": {}}, "version": [3, 0, 0]}
    yield "files", "array.npy", array.getvalue()
    yield "files", "arrays.npz", arrays.getvalue()
    yield "files", "model.zip", zipped(**{"model.pkl": forest, "README.md": b"# A model\n"})
    yield "files", "model.tar.gz", tarred("w:gz", **{"model.pkl": forest, "a.json": b"{}"})
    yield "files", "model.tar", tarred("w", **{"model.joblib": dumped(ROWS)})
    yield "files", "booster.json", json.dumps(booster).encode()
    yield "files", "metrics.json", b'{"accuracy": 0.9}\n'
    yield "files", "booster.txt", b"tree\nversion=v4\nnum_class=1\n"
    if importlib.util.find_spec("skops"):
        import skops.io  # type: ignore[import-not-found,unused-ignore]

        fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, LABELS)
        yield "files", "model.skops", skops.io.dumps(fitted)
        forest_model = RandomForestClassifier(3).fit(ROWS, LABELS)
        yield "files", "forest.skops", skops.io.dumps(forest_model)
