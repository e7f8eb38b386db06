"""Models without a process, for tests of what checks make of answers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlgate.checks.interface import Inputs
from mlgate.config.model import Scalar
from mlgate.errors import ModelFailed, NoBaseline
from mlgate.results import Side
from mlgate.sandbox.interface import Description, Model
from tests.support import make_inputs

Frame = pd.DataFrame
Array = np.ndarray[Any, Any]


@dataclass(kw_only=True)
class Classifier:
    """Two classes; the probability of the second is a function of the rows."""

    score: Callable[[Frame], Any]
    features: tuple[str, ...] | None = None
    classes: tuple[Scalar, ...] = (0, 1)
    asked: list[tuple[str, Frame]] = field(default_factory=list)
    """Every request, in order."""

    def describe(self) -> Description:
        return Description(
            kind="Classifier", features=self.features, classes=self.classes, probabilities=True
        )

    def predict(self, rows: Frame) -> Array:
        self.asked.append(("predict", rows))
        labels: Array = np.array(self.classes)[self._probabilities(rows).argmax(axis=1)]
        return labels

    def predict_proba(self, rows: Frame) -> Array:
        self.asked.append(("predict_proba", rows))
        return self._probabilities(rows)

    def _probabilities(self, rows: Frame) -> Array:
        second = np.asarray(self.score(rows), dtype=float)
        return np.column_stack([1 - second, second])


@dataclass(kw_only=True)
class Other:
    """Answers whatever the test says, without probabilities unless it gives some."""

    values: Callable[[Frame], Any]
    classes: tuple[Scalar, ...] | None = None
    probabilities: Callable[[Frame], Any] | None = None

    def describe(self) -> Description:
        return Description(
            kind="Other",
            features=None,
            classes=self.classes,
            probabilities=self.probabilities is not None,
        )

    def predict(self, rows: Frame) -> Array:
        return np.asarray(self.values(rows))

    def predict_proba(self, rows: Frame) -> Array:
        assert self.probabilities is not None
        return np.asarray(self.probabilities(rows))


@dataclass(kw_only=True)
class Broken:
    """Loads, and then fails."""

    def describe(self) -> Description:
        return Description(kind="Broken", features=None, classes=(0, 1), probabilities=True)

    def predict(self, rows: Frame) -> Array:
        raise ModelFailed("predict raised ValueError: no")

    predict_proba = predict


class WithModels:
    """Real inputs, except that models are objects in this process."""

    def __init__(self, inputs: Inputs, models: Mapping[Side, Model | Exception]) -> None:
        self._inputs = inputs
        self._models = models

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inputs, name)

    def model(self, name: str, side: Side = "head") -> Model:
        model = self._models.get(side, NoBaseline("base has no such model"))
        if isinstance(model, Exception):
            raise model
        return model


@contextmanager
def inputs_with(
    root: Path,
    frame: Frame,
    head: Model | Exception,
    base: Model | Exception | None = None,
    **spec: Any,
) -> Iterator[Any]:
    """Inputs with a data set `test` and a model `m`."""
    frame.to_parquet(root / "test.parquet")
    data = {"test": {"path": "test.parquet", **spec}}
    models: dict[Side, Model | Exception] = {"head": head}
    if base is not None:
        models["base"] = base
    base_root = None if base is None else root
    with make_inputs(root, data=data, models={"m": "m.joblib"}, base_root=base_root) as inputs:
        yield WithModels(inputs, models)
