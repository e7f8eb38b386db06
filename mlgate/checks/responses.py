"""What a model responds to the rows of a data set, brought into the form that metrics take."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from mlgate.artifacts.interface import DataSet
from mlgate.checks import wording
from mlgate.checks.features import features
from mlgate.checks.scorers import Needs
from mlgate.config.load import nearest
from mlgate.config.model import ModelSpec, Scalar
from mlgate.errors import ColumnNotFound, DataNotReadable, MlgateError, ModelFailed
from mlgate.privacy import foreign
from mlgate.sandbox.interface import Description, Model

if TYPE_CHECKING:
    import pandas as pd

    from mlgate.stats.difference import Array

T = TypeVar("T")

TOLERANCE = 1e-3
"""How far probabilities may be from 0 to 1, and their sum from 1: float32 is no fault."""


@dataclass(frozen=True, kw_only=True)
class EvaluationRows:
    """Rows of which the target is known."""

    data: DataSet
    target: "pd.Series[Any]"
    """The target column, without nulls."""

    def __len__(self) -> int:
        """Number of rows, at least one."""
        return len(self.target)


def evaluation_rows(data: DataSet) -> EvaluationRows:
    """The rows of a data set, with their target.

    Raises:
        ColumnNotFound: The target is not named or not there.
        DataNotReadable: There are no rows, or a target is missing.
    """
    target = data.spec.target
    if target is None:
        raise ColumnNotFound(
            f"the data set {data.name} has no target",
            cause="mlgate.yml does not say which column holds the label or value to predict",
            remedy=f"add `target: COLUMN` to `data.{data.name}`",
        )
    if target not in data.frame.columns:
        raise ColumnNotFound(
            f"the target {wording.value(target)} is not in the data set {data.name}"
            f"{nearest(target, map(str, data.frame.columns))}",
            cause="the column was renamed, or `target` in mlgate.yml has a typo",
            remedy=f"change `data.{data.name}.target`",
        )
    if not len(data.frame):
        raise DataNotReadable(
            f"the data set {data.name} has no rows",
            cause="the step that writes it filtered everything out",
            remedy="write it again; nothing can be measured on it",
        )
    column: pd.Series[Any] = data.frame[target]
    nulls = int(column.isna().sum())
    if nulls:
        raise DataNotReadable(
            f"{nulls:,} of {len(column):,} rows of {data.name} have no value in the target "
            f"{wording.value(target)}",
            cause="rows without a label were joined in",
            remedy="remove these rows or give them their label",
        )
    return EvaluationRows(data=data, target=column)


@dataclass(frozen=True, kw_only=True)
class Responses:
    """A target and a model's answers, as scikit-learn's metrics take them."""

    labels: tuple[Scalar, ...]
    """Classes in the order of their codes; of two, the positive one is last. Empty for numbers."""
    truth: "Array"
    """Codes of the classes, or numbers; shape (rows,)."""
    answers: "Array"
    """What the model said: codes or numbers, shape (rows,), or probabilities, (rows, labels).
    Everything, for a function of the repository: the row's position, the prediction, and the
    probabilities, where there are some, (rows, 2 + labels)."""
    frame: "pd.DataFrame | None" = field(default=None, compare=False, repr=False)
    """All rows of the data set, by the positions; for a function of the repository."""


class ModelOnRows:
    """One model's responses to some rows.

    Each question is asked once, even where it failed: a model that hangs takes its whole time limit
    every time.

    Args:
        model: The model.
        spec: What mlgate.yml says of it.
        rows: The rows.
        positive: Positive class of a binary target; None means the model's second class.

    Raises:
        ModelFailed: The model does not say what it is.
        ColumnNotFound: A column that it needs is not in the data.
    """

    def __init__(
        self, model: Model, spec: ModelSpec, rows: EvaluationRows, positive: Scalar | None
    ) -> None:
        frame = rows.data.frame
        self.description = _consistent(model.describe())
        self.rows = rows
        self.positive = _positive(self.description.classes, positive)
        columns = features(self.description, spec, rows.data.spec, list(frame.columns))
        self._model = model
        self._frame = frame[columns]
        self._known: dict[str, Any] = {}

    @property
    def seen(self) -> "pd.DataFrame":
        """The columns that the model sees."""
        return self._frame

    def responses(self, needs: Needs) -> Responses:
        """The answers that a kind of metric needs.

        Raises:
            ModelFailed: The model fails, or its answers are no answers.
            MlgateError: Target and model do not fit each other or the kind of metric.
        """
        kinds = {
            "labels": self._labels,
            "probabilities": self._probabilities,
            "values": self._values,
            "everything": self._everything,
        }
        return self.once(needs, kinds[needs])

    def once(self, question: str, ask: Callable[[], T]) -> T:
        """The answer to a question about this model and these rows; the same error, every time."""
        if question not in self._known:
            try:
                self._known[question] = ask()
            except MlgateError as error:
                self._known[question] = error
        answer = self._known[question]
        if isinstance(answer, MlgateError):
            raise answer
        known: T = answer
        return known

    def _predicted(self) -> "Array":
        return self.once(
            "predict", lambda: _predictions(self._model.predict(self._frame), self.rows)
        )

    def _labels(self) -> Responses:
        predicted = self._predicted().tolist()
        labels = self._classes(predicted)
        return Responses(
            labels=labels, truth=_codes(labels, self._truth), answers=_codes(labels, predicted)
        )

    def _values(self) -> Responses:
        import numpy as np

        name = self.rows.data.name
        try:
            truth = self.rows.target.to_numpy(dtype=float)
            predicted = self._predicted().astype(float)
        except (ValueError, TypeError) as error:
            raise MlgateError(
                f"the target of {name} or the predictions are not numbers: "
                f"{foreign(str(error)[:100])}",
                cause="the metric is one of regression, and the model is a classifier",
                remedy="use a metric of classes, such as accuracy",
            ) from error
        infinite = int(np.count_nonzero(~np.isfinite(truth)))
        if infinite:
            raise DataNotReadable(
                f"{infinite:,} of {len(truth):,} targets of {name} are infinite",
                cause="a division by zero made them",
                remedy="remove these rows or mend their target",
            )
        return Responses(labels=(), truth=truth, answers=predicted)

    def _probabilities(self) -> Responses:
        import numpy as np

        classes = self.description.classes
        if not self.description.probabilities or classes is None:
            lacks = "classes_" if self.description.probabilities else "predict_proba"
            raise MlgateError(
                f"the model ({wording.brief(self.description.kind)}) has no {lacks}",
                cause="it is a regressor, or a classifier that gives no probabilities",
                remedy="use a metric of predicted classes, or wrap it in CalibratedClassifierCV",
            )
        given = self._model.predict_proba(self._frame)
        answer = _probabilities(given, (len(self.rows), len(classes)))
        labels = self._classes()
        aligned = np.zeros((len(self.rows), len(labels)), dtype=answer.dtype)
        for column, label in enumerate(classes):
            aligned[:, labels.index(label)] = answer[:, column]
        return Responses(
            labels=labels, truth=_codes(labels, self._truth), answers=aligned.clip(0, 1)
        )

    def _everything(self) -> Responses:
        import numpy as np
        from pandas.api.types import is_numeric_dtype

        classes = self.description.classes
        numbers = classes is None and is_numeric_dtype(self.rows.target.dtype)
        plain = self.responses("values" if numbers else "labels")
        positions = np.arange(len(self.rows), dtype=float)
        columns = [positions, plain.answers.astype(float)]
        if classes is not None and self.description.probabilities:
            probable = self.responses("probabilities")
            shares = np.zeros((len(positions), len(plain.labels)))
            for column, label in enumerate(probable.labels):
                shares[:, plain.labels.index(label)] = probable.answers[:, column]
            columns.append(shares)
        return Responses(
            labels=plain.labels,
            truth=plain.truth,
            answers=np.column_stack(columns),
            frame=self.rows.data.frame,
        )

    @property
    def _truth(self) -> list[Scalar]:
        return self.rows.target.tolist()

    def _classes(self, predicted: Iterable[Scalar] = ()) -> tuple[Scalar, ...]:
        """The model's classes in their order, then others that occur; of two, the positive last."""
        target = _distinct(self._truth, "target's values")
        others = _distinct([*target, *predicted], "predictions")
        classes = self.description.classes
        if classes is not None and not set(classes) & set(target):
            raise MlgateError(
                f"none of the target's values ({wording.cells(target)}) is a class of the model "
                f"({wording.values(classes)})",
                cause="the labels were encoded in one place and not in the other, as 1 and '1'",
                remedy="write the labels as the model was trained on them",
            )
        known = list(classes or sorted(others, key=lambda label: (type(label).__name__, label)))
        labels = [*known, *(label for label in others if label not in set(known))]
        if len(labels) == 2:
            positive = labels[1] if self.positive is None else self.positive
            if positive not in labels:
                raise MlgateError(
                    f"the positive class {wording.value(positive)} is none of "
                    f"{wording.cells(labels)}",
                    cause="it has a typo or another type; YAML reads an unquoted yes as true",
                    remedy=f"change `data.{self.rows.data.name}.positive`, in quotes if it is text",
                )
            labels = [*(label for label in labels if label != positive), positive]
        return tuple(labels)


def _positive(classes: Sequence[Scalar] | None, given: Scalar | None) -> Scalar | None:
    if given is None and classes is not None and len(classes) == 2:
        return classes[1]
    return given


def _consistent(description: Description) -> Description:
    classes = description.classes
    if classes is not None and len(set(classes)) != len(classes):
        raise ModelFailed(
            f"the model's classes_ are not distinct: {wording.values(classes, limit=10)}",
            cause="the object that was saved is not a fitted scikit-learn classifier",
            remedy="save the fitted model",
        )
    return description


def _distinct(values: Iterable[Scalar], what: str) -> list[Scalar]:
    try:
        return list(dict.fromkeys(values))
    except TypeError as error:  # lists, as JSON lines may hold
        raise MlgateError(
            f"the {what} are no classes: {foreign(str(error)[:100])}",
            cause="they hold lists or mappings",
            remedy="give each row one label",
        ) from error


def _codes(labels: Sequence[Scalar], values: Iterable[Scalar]) -> "Array":
    import numpy as np

    codes = {label: code for code, label in enumerate(labels)}
    return np.fromiter((codes[value] for value in values), dtype=np.intp)


def _predictions(given: "Array", rows: EvaluationRows) -> "Array":
    """Predictions, if there is exactly one usable one for each row."""
    import numpy as np
    import pandas as pd

    answer = np.asarray(given)
    if answer.shape != (len(rows),):
        raise ModelFailed(
            f"the model's predictions have shape {answer.shape} for {len(rows):,} rows",
            cause="it drops rows, or predicts several outputs",
            remedy="make `predict` give one label or number for each row",
        )
    numbers = answer.dtype.kind in "fc"
    _refuse(~np.isfinite(answer) if numbers else np.asarray(pd.isna(answer)), "predictions")
    return answer


def _probabilities(given: "Array", shape: tuple[int, int]) -> "Array":
    """Floating-point probabilities, if there is one usable one for each row and class."""
    import numpy as np

    answer = np.asarray(given)
    if answer.shape != shape:
        raise ModelFailed(
            f"the model's probabilities have shape {answer.shape} for {shape[0]:,} rows and "
            f"{shape[1]} classes",
            cause="it drops rows, or its `classes_` do not belong to its probabilities",
            remedy="make `predict_proba` give one line for each row and one column for each class",
        )
    if answer.dtype.kind not in "fiub":
        raise ModelFailed(
            f"the model's probabilities are not numbers but {answer.dtype}",
            cause="`predict_proba` gives labels or text",
            remedy="make `predict_proba` give floating-point numbers",
        )
    answer = answer if answer.dtype.kind == "f" else answer.astype(float)
    _refuse(~np.isfinite(answer).all(axis=1), "rows of probabilities")
    outside = (answer < -TOLERANCE) | (answer > 1 + TOLERANCE)
    wrong = outside.any(axis=1) | (np.abs(answer.sum(axis=1) - 1) > TOLERANCE)
    if wrong.any():
        raise ModelFailed(
            f"{int(wrong.sum()):,} of {len(answer):,} rows of probabilities do not lie between 0 "
            "and 1 or do not sum to 1",
            cause="they are scores, or a calibration went wrong",
            remedy="make `predict_proba` give probabilities",
        )
    return answer


def _refuse(broken: "Array", what: str) -> None:
    import numpy as np

    if broken.any():
        raise ModelFailed(
            f"{int(broken.sum()):,} of {len(broken):,} {what} are missing, NaN or infinite, the "
            f"first in row {int(np.argmax(broken)) + 1:,}",
            cause="a feature is null, or a division or logarithm overflowed",
            remedy="find out what the model does with that row",
        )
