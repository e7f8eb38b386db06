"""What a model answers to rows: asked in one batch, once, and only when it is needed."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, Self

from mlgate.checks.features import features
from mlgate.checks.wording import brief, value, values
from mlgate.config.model import DataSpec, ModelSpec, Scalar
from mlgate.errors import MlgateError, ModelFailed
from mlgate.sandbox.interface import Description, Model

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]


class HasFrame(Protocol):
    """A data set, or rows that a test in Python brings."""

    @property
    def frame(self) -> "pd.DataFrame":
        """The rows."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A model under test, and the rows that it is asked about."""

    model: Model
    description: Description
    model_spec: ModelSpec
    data_spec: DataSpec
    """What is known of the columns, of cases too."""
    data: "HasFrame | None"
    """Rows to change; None where every test brings its own."""

    @cached_property
    def unchanged(self) -> "Answers":
        """The answers to the data as they are, shared by all tests."""
        if self.data is None:
            raise MlgateError("this test needs `data`")
        return self.ask(self.data.frame)

    def ask(self, frame: "pd.DataFrame") -> "Answers":
        """The answers to all rows of a frame; nothing is asked yet.

        Raises:
            ColumnNotFound: The frame lacks a column that the model sees.
        """
        seen = features(self.description, self.model_spec, self.data_spec, list(frame.columns))
        return Answers(subject=self, rows=frame[seen])

    def class_index(self, wanted: Scalar | None = None) -> int | None:
        """The class whose probability is the score; None for a regressor.

        Args:
            wanted: A class; None for the data's `positive`, else the second of two classes.

        Raises:
            MlgateError: The model has no such class, or more than two and none is named.
        """
        classes = self.description.classes
        if classes is None:
            return None
        chosen = self.data_spec.positive if wanted is None else wanted
        if chosen is None and len(classes) == 2:
            return 1
        if chosen is None or chosen not in classes:
            what = "" if chosen is None else f" {value(chosen)}"
            raise MlgateError(
                f"the score is the probability of which class? The model has no class{what}: its "
                f"classes are {values(classes, 5)}",
                cause="with more than two classes none is the positive one by itself",
                remedy="name it as `class` in the test, or as `positive` of the data",
            )
        return classes.index(chosen)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Rows as a model sees them, and what it answers."""

    subject: Subject
    rows: "pd.DataFrame"

    @cached_property
    def labels(self) -> "Array":
        """Predicted labels or values, of shape (rows,).

        Raises:
            ModelFailed: One of them is null.
        """
        import pandas as pd

        predicted = self.subject.model.predict(self.rows)
        self._refuse(pd.isna(predicted), "predict")
        return predicted

    @cached_property
    def probabilities(self) -> "Array":
        """Class probabilities, of shape (rows, classes).

        Raises:
            MlgateError: The model has no `predict_proba`.
            ModelFailed: One of them is not a number.
        """
        import numpy as np

        if not self.subject.description.probabilities:
            raise MlgateError(
                f"the model ({brief(self.subject.description.kind)}) has no predict_proba, so that "
                "there is no score to compare",
                cause="only some classifiers give probabilities",
                remedy="leave out `tolerance` and score limits, or calibrate the model",
            )
        predicted = self.subject.model.predict_proba(self.rows)
        self._refuse(~np.isfinite(predicted).all(axis=1), "predict_proba")
        return predicted

    def scores(self, index: int | None) -> "Array":
        """The probability of a class, or a regressor's values where the index is None.

        Raises:
            MlgateError: The model predicts something that is no number.
        """
        import numpy as np

        if index is not None:
            probabilities: Array = self.probabilities[:, index]
            return probabilities
        if not np.issubdtype(self.labels.dtype, np.number):
            raise MlgateError(
                "the model predicts labels and has no `classes_`, so that there is no score",
                remedy="give the model `classes_` and `predict_proba`, as scikit-learn's have",
            )
        return self.labels.astype(float)

    def at(self, positions: "Array") -> Self:
        """Some of the rows, with the answers that are known already."""
        part = type(self)(subject=self.subject, rows=self.rows.iloc[positions])
        for known in {"labels", "probabilities"} & vars(self).keys():
            vars(part)[known] = vars(self)[known][positions]
        return part

    def _refuse(self, broken: "Array", method: str) -> None:
        if broken.any():
            raise ModelFailed(
                f"{method} answered {int(broken.sum()):,} of {len(broken):,} rows with NaN",
                cause="nulls in the data that the model does not handle, or a division by zero",
                remedy="let the model answer every row of the data, or remove these rows",
            )
