"""What a model makes of both sides: its answers as one more column, and what it goes by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.drift_columns import Kind, Part, measure
from mlgate.checks.drift_table import Table
from mlgate.checks.features import features
from mlgate.checks.interface import Inputs
from mlgate.checks.subject import Answers, Subject
from mlgate.checks.wording import brief, name, names
from mlgate.errors import MlgateError
from mlgate.sandbox.interface import Description, Model

if TYPE_CHECKING:
    import pandas as pd

    from mlgate.stats.difference import Array

MAX_ROWS: Final = 100_000
"""Rows of one side that the model is asked about: a random sample of more."""
MAX_CLASSES: Final = 20
"""Classes of which each has its probabilities compared."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One of the model's answers, compared."""

    name: str
    """`prediction`, or that and a class."""
    kind: Kind
    rows: tuple[int, int]
    """Rows that the model was asked about, of the reference and of current."""
    parts: list[Part]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A model, asked about both sides when it is first needed."""

    inputs: Inputs
    model_name: str
    reference: Table
    current: Table

    @cached_property
    def _model(self) -> Model:
        return self.inputs.model(self.model_name)

    @cached_property
    def _description(self) -> Description:
        return self._model.describe()

    def cannot_see(self) -> str | None:
        """Columns that the model sees and one side alone has, in words: they fail by themselves.

        Raises:
            MlgateError: The model does not load, or a column is on neither side.
        """
        sides = self.reference, self.current
        every = list(dict.fromkeys(column for side in sides for column in side.columns))
        seen = self._seen(every)
        for side in sides:
            missing = [column for column in seen if column not in side.columns]
            if missing:
                return f"{side.called} lacks {names(missing)}, which {name(self.model_name)} sees"
        return None

    def answers(self) -> Iterator[Answered]:
        """The comparisons of the model's answers.

        The score of a classifier of two classes, the probability of each class of one of more, the
        predicted labels of one without probabilities, the values of a regressor.

        Raises:
            MlgateError: The model fails, or its answers are no answers.
        """
        sides = [self._ask(self.reference), self._ask(self.current)]
        description = self._description
        classes = description.classes
        if classes is None or not description.probabilities:
            labels = [_series(side.labels) for side in sides]
            numeric = classes is None and all(column.dtype.kind in "iuf" for column in labels)
            yield _compared("prediction", labels, "numeric" if numeric else "categorical")
        elif len(classes) == 2:
            index = sides[0].subject.class_index()
            yield _compared("prediction", [_series(side.scores(index)) for side in sides])
        else:
            for index, label in enumerate(classes[:MAX_CLASSES]):
                scores = [_series(side.scores(index)) for side in sides]
                yield _compared(f"prediction of {brief(label, 60)}", scores)

    def importances(self) -> Mapping[str, float] | None:
        """The share of each column in what the model goes by, 0 to 1; None where it does not tell.

        Its `feature_importances_`, else the size of its coefficients, each times the standard
        deviation of the reference's column where nothing scales the columns before.

        Raises:
            MlgateError: The model does not load.
        """
        description = self._description
        found = description.importances
        if found is None and description.coefficients is not None:
            found = {
                column: size * self._spread(column)
                for column, size in description.coefficients.items()
            }
        total = sum(found.values()) if found else 0.0
        if not found or not 0 < total < float("inf"):
            return None
        return {column: weight / total for column, weight in found.items()}

    def _spread(self, column: str) -> float:
        import pandas as pd

        if column not in self.reference.columns:
            return 0.0
        values = pd.to_numeric(self.reference.column(column), errors="coerce").astype(float)
        spread = float(values.std(ddof=0))
        return spread if spread < float("inf") else 0.0

    def _seen(self, columns: list[str]) -> list[str]:
        spec = self.inputs.model_spec(self.model_name)
        return features(self._description, spec, self.current.data.spec, columns)

    def _ask(self, table: Table) -> Answers:
        import numpy as np

        frame = table.data.frame
        if len(frame) > MAX_ROWS:
            chosen = np.random.default_rng(0).choice(len(frame), MAX_ROWS, replace=False)
            frame = frame.iloc[np.sort(chosen)]
        subject = Subject(
            model=self._model,
            description=self._description,
            model_spec=self.inputs.model_spec(self.model_name),
            data_spec=self.current.data.spec,
            data=None,
        )
        return subject.ask(frame)


def _series(answers: "Array") -> "pd.Series[Any]":
    import pandas as pd

    return pd.Series(answers)


def _compared(name: str, sides: "list[pd.Series[Any]]", kind: Kind = "numeric") -> Answered:
    parts = [part for part in measure(sides[0], sides[1], kind) if part.name == "values"]
    if not parts:
        raise MlgateError("the model answered no row")
    return Answered(name=name, kind=kind, rows=(len(sides[0]), len(sides[1])), parts=parts)
