"""What each row adds to a metric, from a model's responses."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlgate.checks.responses import Responses
from mlgate.config.model import Scalar

if TYPE_CHECKING:
    from mlgate.stats.difference import Array
    from mlgate.stats.sample import Sample


def coded_as(responses: Responses, labels: Sequence[Scalar]) -> Responses:
    """The same responses with the codes of other labels, which hold all of its own.

    Two models may know the same classes in different orders.
    """
    import numpy as np

    if responses.labels == tuple(labels):
        return responses
    codes = np.array([labels.index(label) for label in responses.labels], dtype=np.intp)
    if responses.answers.ndim == 1:
        answers = codes[responses.answers]
    else:
        answers = np.zeros((len(responses.answers), len(labels)), dtype=responses.answers.dtype)
        answers[:, codes] = responses.answers
    return Responses(labels=tuple(labels), truth=codes[responses.truth], answers=answers)


def right(responses: Responses) -> "Array":
    """Whether each prediction is right."""
    found: Array = responses.answers == responses.truth
    return found


def among_two(responses: Responses) -> "Array":
    """Whether the truth is among the two likeliest classes; of equal ones the later, as sklearn."""
    import numpy as np

    likeliest = np.argsort(responses.answers, axis=1, kind="stable")[:, -2:]
    found: Array = (likeliest == responses.truth[:, None]).any(axis=1)
    return found


def log_losses(responses: Responses) -> "Array":
    """Log loss of each row; clipped as scikit-learn does."""
    import numpy as np

    answers = responses.answers
    precision = np.finfo(answers.dtype).eps
    of_truth = answers[np.arange(len(answers)), responses.truth]
    losses: Array = -np.log(of_truth.clip(precision, 1 - precision)).astype(float)
    return losses


def brier_losses(responses: Responses) -> "Array":
    """Squared error of each row's probabilities; of two classes that of one, as scikit-learn."""
    answers = responses.answers.astype(float)
    if len(responses.labels) == 2:
        of_positive: Array = (answers[:, 1] - responses.truth) ** 2
        return of_positive
    import numpy as np

    truth = np.eye(answers.shape[1])[responses.truth]
    losses: Array = ((answers - truth) ** 2).sum(axis=1)
    return losses


def errors(responses: Responses) -> "Array":
    """Prediction less truth."""
    found: Array = responses.answers - responses.truth
    return found


def relative_errors(responses: Responses) -> "Array":
    """Absolute error as a share of the target, which is not zero."""
    found: Array = abs(errors(responses)) / abs(responses.truth)
    return found


def log_errors(responses: Responses) -> "Array":
    """Logarithm of one more than the prediction, less that of the target."""
    import numpy as np

    found: Array = np.log1p(responses.answers) - np.log1p(responses.truth)
    return found


def poisson_losses(responses: Responses) -> "Array":
    """Poisson deviance of each row, as scikit-learn has it."""
    import numpy as np

    truth, answers = responses.truth, responses.answers
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(truth > 0, truth * np.log(truth / answers), 0.0)
    found: Array = 2 * (logs - truth + answers)
    return found


def gamma_losses(responses: Responses) -> "Array":
    """Gamma deviance of each row, as scikit-learn has it."""
    import numpy as np

    ratio = responses.truth / responses.answers
    found: Array = 2 * (ratio - np.log(ratio) - 1)
    return found


def pinball_losses(responses: Responses, quantile: float) -> "Array":
    """Quantile loss of each row (Koenker and Bassett 1978, Econometrica 46:33-50)."""
    import numpy as np

    above = -errors(responses)
    found: Array = np.maximum(quantile * above, (quantile - 1) * above)
    return found


def _shares(responses: Responses, rows: "Sample") -> "Array":
    """Weighted share of each class."""
    import numpy as np

    totals = np.bincount(responses.truth, rows.weights, minlength=len(responses.labels))
    return totals / rows.total


def null_log_losses(responses: Responses, rows: "Sample") -> "Array":
    """Log loss of each row where every class has the chance of its share."""
    import numpy as np

    losses: Array = -np.log(_shares(responses, rows)[responses.truth])
    return losses


def null_brier_losses(responses: Responses, rows: "Sample") -> "Array":
    """Brier loss of each row where every class has the chance of its share."""
    import numpy as np

    shares = np.tile(_shares(responses, rows), (rows.rows, 1))
    return brier_losses(replace(responses, answers=shares))


def null_absolute_errors(responses: Responses, rows: "Sample") -> "Array":
    """Distance of each target from their weighted median."""
    import numpy as np

    order = np.argsort(responses.truth)
    weights = rows.weighted(np.ones(rows.rows))[order]
    middle = np.searchsorted(np.cumsum(weights), weights.sum() / 2)
    distances: Array = abs(responses.truth - responses.truth[order][middle])
    return distances


def calibration(responses: Responses) -> tuple["Array", "Array"]:
    """A confidence and whether it came true: of two classes the positive one's, else the likeliest.

    With two classes all probabilities are looked at, also those below a half.
    """
    import numpy as np

    if len(responses.labels) == 2:
        return responses.answers[:, 1].astype(float), responses.truth == 1
    likeliest = responses.answers.argmax(axis=1)
    confidence = responses.answers[np.arange(len(likeliest)), likeliest]
    return confidence.astype(float), likeliest == responses.truth


ROW_LOSSES: dict[str, Callable[[Responses], Any]] = {
    "neg_brier_score": brier_losses,
    "neg_log_loss": log_losses,
    "neg_mean_absolute_error": lambda r: abs(errors(r)),
    "neg_mean_absolute_percentage_error": relative_errors,
    "neg_mean_gamma_deviance": gamma_losses,
    "neg_mean_poisson_deviance": poisson_losses,
    "neg_mean_squared_error": lambda r: errors(r) ** 2,
    "neg_mean_squared_log_error": lambda r: log_errors(r) ** 2,
}
"""What each row adds to a metric that is a mean."""
