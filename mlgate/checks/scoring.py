"""Values of metrics, and the differences of two models."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlgate.checks.responses import Responses
from mlgate.checks.scorers import Metric
from mlgate.errors import MlgateError

if TYPE_CHECKING:
    from mlgate.stats.difference import Array, Difference

TWO_CLASSES = frozenset(
    {
        "f1",
        "jaccard",
        "neg_negative_likelihood_ratio",
        "positive_likelihood_ratio",
        "precision",
        "recall",
        "roc_auc",
    }
)
"""Metrics of one positive and one negative class."""
ONE_CLASS_IS_ENOUGH = frozenset({"accuracy", "neg_brier_score", "neg_log_loss", "top_k_accuracy"})
"""Metrics of classes that are means over rows, and so keep their meaning where a class is missing.
The others are undefined then, and scikit-learn gives some of them a number all the same."""

UNDEFINED = (ValueError, TypeError, ArithmeticError, LookupError)
"""What scikit-learn raises where a metric does not apply to the data."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """One metric of one model."""

    value: float
    """Finite, in the direction of the metric's name."""
    warnings: tuple[str, ...] = ()
    """What scikit-learn warns of, shortened."""


def score(metric: Metric, responses: Responses) -> Score:
    """The value of a metric over all rows.

    Raises:
        MlgateError: The metric does not apply, or its value is not a finite number.
    """
    import numpy as np

    _require_classes(metric, responses)
    evaluate = _evaluation(metric, responses)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = evaluate(np.arange(len(responses.truth)))
        except UNDEFINED as error:
            raise _not_defined(metric, str(error)) from error
    texts = tuple(dict.fromkeys(str(warning.message)[:200] for warning in caught))
    if not np.isfinite(value):
        raise _not_defined(metric, f"its value is {value}" + "".join(f"; {t}" for t in texts))
    return Score(value=value, warnings=texts)


def difference(metric: Metric, head: Responses, base: Responses) -> "Difference":
    """How much a metric of head differs from base's on the same rows; `score` works for both."""
    from mlgate.stats.bootstrap import paired_bootstrap
    from mlgate.stats.difference import same_answers, unchanged

    rows = len(head.truth)
    if head.labels == base.labels and same_answers(head.answers, base.answers):
        return unchanged(rows)
    if metric.scorer in _PAIRED:
        found = _PAIRED[metric.scorer](head, base)
        as_loss = metric.scorer.startswith("neg_")
        return found.negated() if as_loss and metric.greater_is_better else found
    of_head, of_base = _evaluation(metric, head), _evaluation(metric, base)

    def resampled(indices: "Array") -> float:
        try:
            return of_head(indices) - of_base(indices)
        except UNDEFINED:
            return float("nan")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `score` has kept those of the whole data
        return paired_bootstrap(resampled, rows, strata=head.truth if head.labels else None)


def flips(head: Responses, base: Responses) -> tuple[int, int]:
    """Rows that base had right and head has wrong, and the reverse."""
    right, was_right = _right(head), _right(base)
    return int((was_right & ~right).sum()), int((~was_right & right).sum())


def _require_classes(metric: Metric, responses: Responses) -> None:
    import numpy as np

    if metric.needs == "values":
        return
    classes, present = len(responses.labels), len(np.unique(responses.truth))
    if metric.scorer in TWO_CLASSES and classes != 2:
        raise MlgateError(
            f"{metric.name} is a metric of two classes, and there are {classes}",
            remedy=f"use an average over the classes: {_averages(metric.scorer)}",
        )
    if metric.scorer == "top_k_accuracy" and classes <= 2:
        raise MlgateError(
            f"top_k_accuracy counts the two likeliest classes, and there are {classes}: it is 1",
            remedy="use accuracy",
        )
    if present < 2 and metric.scorer not in ONE_CLASS_IS_ENOUGH:
        raise MlgateError(
            f"{metric.name} needs two classes, and the target holds only one",
            cause="the evaluation data were filtered or sorted before they were cut",
            remedy="use evaluation data that hold every class",
        )


def _averages(scorer: str) -> str:
    if scorer == "roc_auc":
        return "roc_auc_ovr or roc_auc_ovo"
    if scorer.endswith("likelihood_ratio"):
        return "recall_macro or precision_macro"
    return f"{scorer}_macro or {scorer}_weighted"


def _not_defined(metric: Metric, why: str) -> MlgateError:
    return MlgateError(
        f"{metric.name} cannot be computed: {' '.join(why.split())[:300]}",
        cause="the metric does not suit the target or the model's answers",
        remedy="use another metric, or mend the evaluation data",
    )


def _evaluation(metric: Metric, responses: Responses) -> Callable[["Array"], float]:
    """A function from row indices to the metric on these rows.

    scikit-learn's scorers take an estimator and its input. Ours is given the indices as its input
    and looks the answers up, so that every scorer works as it does on the model itself.
    """
    from sklearn.metrics import get_scorer, log_loss, make_scorer

    if metric.scorer == "neg_log_loss":
        # scikit-learn's scorer takes the classes from the target, and fails where one is missing.
        scorer = make_scorer(
            log_loss,
            response_method="predict_proba",
            greater_is_better=False,
            labels=range(len(responses.labels)),
        )
    else:
        try:
            scorer = get_scorer(metric.scorer)
        except ValueError as error:
            raise _unknown_scorer(metric) from error
    estimator = _stand_in(responses)

    def evaluate(indices: "Array") -> float:
        return float(metric.sign * scorer(estimator, indices, responses.truth[indices]))

    return evaluate


def _unknown_scorer(metric: Metric) -> MlgateError:
    import sklearn

    return MlgateError(
        f"scikit-learn {sklearn.__version__} has no scorer {metric.scorer}",
        cause="the installed scikit-learn is older or newer than the metric",
        remedy="use another metric, or another version of scikit-learn beside mlgate",
    )


def _stand_in(responses: Responses) -> Any:
    """An estimator that answers row indices with a model's answers for these rows."""
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    class Classifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        classes_ = np.arange(len(responses.labels))

    class Regressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
        pass

    estimator = Classifier() if responses.labels else Regressor()
    method = "predict" if responses.answers.ndim == 1 else "predict_proba"

    def look_up(indices: "Array") -> "Array":
        looked_up: Array = responses.answers[indices]
        return looked_up

    look_up.__name__ = method  # scikit-learn goes by the name
    setattr(estimator, method, look_up)
    return estimator


def _accuracy(head: Responses, base: Responses) -> "Difference":
    from mlgate.stats.means import paired_proportion

    return paired_proportion(_right(head), _right(base))


def _right(responses: Responses) -> "Array":
    right: Array = responses.answers == responses.truth
    return right


def _log_loss(head: Responses, base: Responses) -> "Difference":
    from mlgate.stats.means import paired_mean

    return paired_mean(_log_losses(head), _log_losses(base))


def _log_losses(responses: Responses) -> "Array":
    """Log loss of each row; clipped as scikit-learn does."""
    import numpy as np

    answers = responses.answers
    precision = np.finfo(answers.dtype).eps
    of_truth = answers[np.arange(len(answers)), responses.truth]
    losses: Array = -np.log(of_truth.clip(precision, 1 - precision)).astype(float)
    return losses


def _mean_absolute_error(head: Responses, base: Responses) -> "Difference":
    from mlgate.stats.means import paired_mean

    return paired_mean(abs(_errors(head)), abs(_errors(base)))


def _mean_squared_error(head: Responses, base: Responses) -> "Difference":
    from mlgate.stats.means import paired_mean

    return paired_mean(_errors(head) ** 2, _errors(base) ** 2)


def _root_mean_squared_error(head: Responses, base: Responses) -> "Difference":
    from mlgate.stats.means import paired_root_mean_square

    return paired_root_mean_square(_errors(head), _errors(base))


def _errors(responses: Responses) -> "Array":
    errors: Array = responses.answers - responses.truth
    return errors


def _roc_auc(head: Responses, base: Responses) -> "Difference":
    from mlgate.stats.auc import paired_auc

    return paired_auc(head.truth == 1, head.answers[:, 1], base.answers[:, 1])


def _max_error(head: Responses, base: Responses) -> "Difference":
    from mlgate.stats.difference import undecidable

    value = float(abs(_errors(head)).max() - abs(_errors(base)).max())
    why = "the largest error is that of one row, which has no interval"
    return undecidable(value, len(head.truth), "none", why)


_PAIRED: dict[str, Callable[[Responses, Responses], "Difference"]] = {
    "accuracy": _accuracy,
    "neg_log_loss": _log_loss,
    "neg_max_error": _max_error,
    "neg_mean_absolute_error": _mean_absolute_error,
    "neg_mean_squared_error": _mean_squared_error,
    "neg_root_mean_squared_error": _root_mean_squared_error,
    "roc_auc": _roc_auc,
}
"""Metrics whose difference has an interval of its own, by scikit-learn's name; a `neg_` one as the
loss. All others are resampled."""
