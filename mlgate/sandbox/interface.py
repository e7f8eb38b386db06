"""What a model can be asked, whatever its format and wherever it runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a model says about itself."""

    kind: str
    """Class of the model, such as `sklearn.pipeline.Pipeline`. Text from a stranger."""
    features: tuple[str, ...] | None
    """Its `feature_names_in_`; None where it has none."""
    classes: tuple[str | int | float | bool, ...] | None
    """Its `classes_`, in the order of the columns of `predict_proba`; None for a regressor."""
    probabilities: bool
    """Whether it has `predict_proba`."""
    importances: Mapping[str, float] | None = None
    """Its `feature_importances_` by the columns it sees, or the coefficients of a pipeline's last
    step, without their signs. None where it has none, or they are of columns of its own making."""
    coefficients: Mapping[str, float] | None = None
    """Its `coef_` by the columns it sees, without signs: per unit of each column. None likewise."""
    fixed: bool = False
    """Whether it answers certain rows only, and as they are, as a file of predictions does."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a model has taken of the machine, as its own process counts it."""

    load_seconds: float
    """Time that loading took, imports included."""
    peak_bytes: int
    """Most memory that its process had at once."""
    size_bytes: int | None
    """Size of its file or folder; None for a model without one."""


class Model(Protocol):
    """A model in a process of its own. Every method may raise `ModelFailed`."""

    def describe(self) -> Description:
        """What the model says about itself."""

    def predict(self, rows: "pd.DataFrame") -> "np.ndarray":
        """Labels or values: an array of shape (rows,)."""

    def predict_proba(self, rows: "pd.DataFrame") -> "np.ndarray":
        """Class probabilities: a float array of shape (rows, classes), columns as in `classes`."""


class Clocked(Model, Protocol):
    """A model whose process keeps the time."""

    def time(self, rows: "pd.DataFrame") -> float:
        """Seconds that `predict` takes for some rows, without the way there and back."""

    def usage(self) -> Usage:
        """What it has taken so far."""
