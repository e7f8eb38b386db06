"""Values of metrics, and the differences of two models."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlgate.checks import losses, own_metric, paired, wording
from mlgate.checks.responses import Responses
from mlgate.checks.scorers import Metric
from mlgate.errors import MlgateError
from mlgate.privacy import foreign

if TYPE_CHECKING:
    from mlgate.stats.difference import Array, Difference
    from mlgate.stats.sample import Sample

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
EVERY_CLASS = frozenset(
    {
        "average_precision",
        "balanced_accuracy",
        "roc_auc_ovo",
        "roc_auc_ovo_weighted",
        "roc_auc_ovr",
        "roc_auc_ovr_weighted",
        *(f"{name}_macro" for name in ("f1", "jaccard", "precision", "recall")),
    }
)
"""Means over classes: a class without rows was not looked at, whatever the others give."""
NEEDS_SPREAD = frozenset(
    {"d2_absolute_error_score", "explained_variance", "pearson", "r2", "spearman"}
)
"""Metrics that have no meaning where all targets are equal."""

UNDEFINED = (ValueError, TypeError, ArithmeticError, LookupError)
"""What scikit-learn raises where a metric does not apply to the data."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """One metric of one model."""

    value: float
    """Finite, in the direction of the metric's name."""
    warnings: tuple[str, ...] = ()
    """What scikit-learn warns of, shortened."""


def score(metric: Metric, responses: Responses, rows: "Sample | None" = None) -> Score:
    """The value of a metric over all rows.

    Args:
        metric: The metric.
        responses: A model's responses.
        rows: Weights of the rows; None where all count alike.

    Raises:
        MlgateError: The metric does not apply, or its value is not a finite number.
    """
    import numpy as np

    weights = None if rows is None else rows.weights
    if metric.needs == "everything":
        return _score_of_own(metric, responses, weights)
    _require_classes(metric, responses, weights)
    _require_values(metric, responses)
    evaluate = _evaluation(metric, responses, weights)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = evaluate(np.arange(len(responses.truth)))
        except UNDEFINED as error:
            raise _not_defined(metric, foreign(str(error))) from error
    texts = tuple(dict.fromkeys(str(warning.message)[:200] for warning in caught))
    if not np.isfinite(value):
        raise _not_defined(metric, f"its value is {value}" + "".join(f"; {t}" for t in texts))
    return Score(value=value, warnings=texts)


def difference(
    metric: Metric, head: Responses, base: Responses, rows: "Sample | None" = None
) -> "Difference":
    """How much a metric of head differs from base's on the same rows; `score` works for both.

    Args:
        metric: The metric.
        head: Head's responses.
        base: Base's responses to the same rows.
        rows: Weights and clusters of the rows; None where there are none.
    """
    from mlgate.stats.sample import sample

    rows = rows or sample(len(head.truth))
    if metric.needs == "everything":
        return own_metric.difference(metric, head, base, rows)

    def evaluation() -> Callable[["Array"], float]:
        of_head, of_base = (_evaluation(metric, of, rows.weights) for of in (head, base))

        def resampled(indices: "Array") -> float:
            try:
                return of_head(indices) - of_base(indices)
            except UNDEFINED:
                return float("nan")

        return resampled

    return paired.difference(metric, head, base, rows, evaluation)


def _score_of_own(metric: Metric, responses: Responses, weights: "Array | None") -> Score:
    import math

    value = own_metric.value(metric, responses, weights)
    if not math.isfinite(value):
        raise MlgateError(
            f"the metric {metric.name} gave NaN or an infinite number, which is no value",
            cause="it divides by a count that is zero here, or the data hold what it cannot use",
            remedy="let it give a finite number for every evaluation set",
        )
    ignored = weights is not None and "sample_weight" not in metric.function.wants  # type: ignore[union-attr]  # it gave the value
    texts = ("it has no parameter `sample_weight`: every row counts alike",) if ignored else ()
    return Score(value=value, warnings=texts)


def _require_classes(metric: Metric, responses: Responses, weights: "Array | None") -> None:
    import numpy as np

    if metric.needs == "values":
        return
    counted = responses.truth if weights is None else responses.truth[weights > 0]
    classes = len(responses.labels)
    occurs = np.bincount(counted, minlength=classes) > 0
    present = int(occurs.sum())
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
    if metric.scorer in EVERY_CLASS and present < classes:
        lacking = [responses.labels[k] for k in np.flatnonzero(~occurs)]
        raise MlgateError(
            f"{metric.name} is a mean over classes, and {len(lacking):,} of {classes:,} are not in "
            f"the target: {wording.cells(lacking)}",
            cause="the evaluation data are too few for the rarest classes, or were filtered",
            remedy="use evaluation data that hold every class, or a metric over rows, such as "
            "accuracy, log_loss or f1_weighted",
        )


def _require_values(metric: Metric, responses: Responses) -> None:
    """Refuse targets for which scikit-learn gives a number that means nothing."""
    import numpy as np

    truth = responses.truth
    zeros = int(np.count_nonzero(truth == 0))
    if metric.scorer == "neg_mean_absolute_percentage_error" and zeros:
        raise MlgateError(
            f"{metric.name} divides by the target, which is 0 in {zeros:,} of {len(truth):,} rows",
            cause="an error of any size is infinitely large beside zero",
            remedy="use mean_absolute_error, or remove these rows from the evaluation data",
        )
    if metric.scorer in NEEDS_SPREAD and len(truth) and truth.min() == truth.max():
        raise MlgateError(
            f"{metric.name} compares with the spread of the target, which is "
            f"{wording.cell(float(truth[0]))} in every row",
            cause="the evaluation data were filtered, or the column is no target",
            remedy="use evaluation data with different targets, or mean_absolute_error",
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


def _evaluation(
    metric: Metric, responses: Responses, weights: "Array | None"
) -> Callable[["Array"], float]:
    """A function from row indices to the metric on these rows.

    scikit-learn's scorers take an estimator and its input. Ours is given the indices as its input
    and looks the answers up, so that every scorer works as it does on the model itself.
    """
    own = _own(metric, responses, weights)
    if own is not None:
        return own
    scorer, estimator = _scorer(metric, responses), _stand_in(responses)
    weighted = weights is not None and metric.scorer != "neg_max_error"  # the largest is weightless

    def evaluate(indices: "Array") -> float:
        more = {"sample_weight": weights[indices]} if weighted and weights is not None else {}
        return float(metric.sign * scorer(estimator, indices, responses.truth[indices], **more))

    return evaluate


def _own(
    metric: Metric, responses: Responses, weights: "Array | None"
) -> Callable[["Array"], float] | None:
    """Metrics that need no scikit-learn."""
    if metric.scorer == "neg_ece":
        from mlgate.stats.calibration import calibration_error

        confidence, came_true = losses.calibration(responses)
        return lambda i: calibration_error(
            confidence[i], came_true[i], None if weights is None else weights[i]
        )
    if metric.scorer in {"pearson", "spearman"}:
        from mlgate.stats.correlation import pearson, spearman

        correlation = pearson if metric.scorer == "pearson" else spearman
        return lambda i: correlation(
            responses.truth[i], responses.answers[i], None if weights is None else weights[i]
        )
    return None


def _scorer(metric: Metric, responses: Responses) -> Any:
    from sklearn.metrics import (
        cohen_kappa_score,
        get_scorer,
        log_loss,
        make_scorer,
        mean_pinball_loss,
    )

    if metric.scorer == "neg_log_loss":
        # scikit-learn's scorer takes the classes from the target, and fails where one is missing.
        labels = range(len(responses.labels))
        return make_scorer(
            log_loss, response_method="predict_proba", greater_is_better=False, labels=labels
        )
    if metric.scorer == "neg_quantile_loss":
        return make_scorer(mean_pinball_loss, greater_is_better=False, alpha=metric.quantile)
    if metric.scorer == "cohen_kappa":
        return make_scorer(cohen_kappa_score)
    try:
        return get_scorer(metric.scorer)
    except ValueError as error:
        raise _unknown_scorer(metric) from error


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
