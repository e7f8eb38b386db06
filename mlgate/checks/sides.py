"""Head's model and base's on the same rows: asking both, and what stands for one that is missing.

An error stands for a side that cannot be asked, so that the other one is still measured.
"""

from collections.abc import Callable
from typing import TypeVar

from mlgate.checks.interface import Inputs
from mlgate.checks.responses import EvaluationRows, ModelOnRows, evaluation_rows
from mlgate.checks.sampling import sample_of
from mlgate.config.model import Scalar
from mlgate.errors import MlgateError, NoBaseline
from mlgate.results import Finding, Outcome, Side

T = TypeVar("T")


def attempt(measure_it: Callable[[], T]) -> T | MlgateError:
    """What is measured, or the error in its place."""
    try:
        return measure_it()
    except MlgateError as error:
        return error


def available(side: ModelOnRows | MlgateError) -> ModelOnRows:
    """A model on rows.

    Raises:
        MlgateError: The one that stands in its place.
    """
    if isinstance(side, MlgateError):
        raise side
    return side


def of_base(measure_it: Callable[[], T]) -> T:
    """What is measured of base; a fault says whose it is."""
    try:
        return measure_it()
    except NoBaseline:
        raise
    except MlgateError as error:
        what = f"base: {error.what}"
        raise type(error)(what, cause=error.cause, remedy=error.remedy) from error


def ask(
    inputs: Inputs, model: str, side: Side, rows: EvaluationRows, positive: Scalar | None
) -> ModelOnRows:
    """One side's model on some rows.

    Raises:
        MlgateError: There is none, it does not load, or a column that it needs is missing.
    """
    return ModelOnRows(inputs.model(model, side), inputs.model_spec(model, side), rows, positive)


def other_rows(inputs: Inputs, rows: EvaluationRows, cluster: str | None) -> EvaluationRows | None:
    """Base's evaluation rows, where they are not the same as head's and can be counted alike.

    Raises:
        MlgateError: There are none, they cannot be read, or a weight or a cluster is missing.
    """
    data = inputs.data(rows.data.name, "base")
    if data.identity == rows.data.identity or data.frame.equals(rows.data.frame):
        return None
    other = evaluation_rows(data)
    sample_of(other, cluster)  # a weight or cluster that is missing is an error here
    return other


def rows_unknown(data: str, error: MlgateError, own_id: str) -> Finding:
    """Base's evaluation rows cannot be read."""
    return Finding(
        id=own_id,
        outcome=Outcome.SKIPPED,
        severity="warning",
        subject=f"evaluation data {data}",
        message=f"whether the evaluation rows differ from base's is not known: {error.what}",
    )
