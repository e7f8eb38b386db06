"""Which paired comparison belongs to which metric."""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from mlgate.checks import losses
from mlgate.checks.responses import Responses
from mlgate.checks.scorers import Metric

if TYPE_CHECKING:
    from mlgate.stats.auc import Scheme
    from mlgate.stats.counts import Average
    from mlgate.stats.difference import Array, Difference
    from mlgate.stats.sample import Sample

Compare: TypeAlias = Callable[[Responses, Responses, "Sample"], "Difference"]
"""Head minus base of a score; of a `neg_` scorer as the loss."""


def difference(
    metric: Metric,
    head: Responses,
    base: Responses,
    rows: "Sample",
    evaluation: Callable[[], Callable[["Array"], float]],
) -> "Difference":
    """How much a metric of head differs from base's on the same rows, in the metric's direction.

    Args:
        metric: The metric.
        head: Head's responses.
        base: Base's responses to the same rows.
        rows: Weights and clusters of the rows.
        evaluation: Gives the difference on the rows with given indices, as a function; called for
            metrics without a comparison of their own.
    """
    from mlgate.stats.bootstrap import paired_bootstrap
    from mlgate.stats.difference import same_answers, unchanged

    if set(head.labels) == set(base.labels):
        base = losses.coded_as(base, head.labels)
        if same_answers(head.answers, base.answers):
            return unchanged(len(head.truth))
    compare = _comparison(metric)
    if compare is not None:
        found = compare(head, base, rows)
        as_loss = metric.scorer.startswith("neg_")
        return found.negated() if as_loss and metric.greater_is_better else found
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of the whole data are kept with the score
        return paired_bootstrap(evaluation(), rows, strata=head.truth if head.labels else None)


def has_own(metric: Metric) -> bool:
    """Whether a metric is compared without calling scikit-learn on resampled rows."""
    return _comparison(metric) is not None


def _comparison(metric: Metric) -> Compare | None:
    name = metric.scorer
    if name in _COMPARISONS:
        return _COMPARISONS[name]
    if name in losses.ROW_LOSSES:
        return _means(losses.ROW_LOSSES[name])
    if name == "neg_quantile_loss":
        return _means(lambda r: losses.pinball_losses(r, metric.quantile))
    statistic, _, average = name.partition("_")
    if statistic in {"f1", "jaccard", "precision", "recall"}:
        return _counts(statistic, average or "binary")
    return None


# Means over rows


def _means(loss: Callable[[Responses], "Array"]) -> Compare:
    def compare(head: Responses, base: Responses, rows: "Sample") -> "Difference":
        from mlgate.stats.means import paired_mean

        return paired_mean(loss(head), loss(base), rows)

    return compare


def _accuracy(head: Responses, base: Responses, rows: "Sample") -> "Difference":
    from mlgate.stats.means import paired_proportion

    return paired_proportion(losses.right(head), losses.right(base), rows)


def _top_two(head: Responses, base: Responses, rows: "Sample") -> "Difference":
    from mlgate.stats.means import paired_proportion

    return paired_proportion(losses.among_two(head), losses.among_two(base), rows)


def _rmse(head: Responses, base: Responses, rows: "Sample") -> "Difference":
    from mlgate.stats.means import paired_root_mean_square

    return paired_root_mean_square(losses.errors(head), losses.errors(base), rows)


def _rmsle(head: Responses, base: Responses, rows: "Sample") -> "Difference":
    from mlgate.stats.means import paired_root_mean_square

    return paired_root_mean_square(losses.log_errors(head), losses.log_errors(base), rows)


# Ranks


def _roc_auc(head: Responses, base: Responses, rows: "Sample") -> "Difference":
    from mlgate.stats.auc import paired_auc

    return paired_auc(head.truth == 1, head.answers[:, 1], base.answers[:, 1], rows)


def _area(scheme: "Scheme") -> Compare:
    def compare(head: Responses, base: Responses, rows: "Sample") -> "Difference":
        from mlgate.stats.auc import paired_auc_of_classes

        if len(head.labels) == 2:  # as scikit-learn: the average is for more classes
            return _roc_auc(head, base, rows)
        return paired_auc_of_classes(head.truth, head.answers, base.answers, scheme, rows)

    return compare


def _average_precision(head: Responses, base: Responses, rows: "Sample") -> "Difference":
    from mlgate.stats.functional import AveragePrecision, MeanOf, paired_functional

    classes = [1] if len(head.labels) == 2 else range(len(head.labels))
    parts = [
        AveragePrecision(head.truth == k, head.answers[:, k], base.answers[:, k]) for k in classes
    ]
    return paired_functional(MeanOf(parts), rows)


# Counts


def _counts(statistic: str, average: "str | None" = None) -> Compare:
    def compare(head: Responses, base: Responses, rows: "Sample") -> "Difference":
        from mlgate.stats import counts

        metric: counts.Metric = getattr(counts, statistic)
        if average is not None:
            kind: Average = average  # type: ignore[assignment]  # part of a name in the table
            metric = counts.averaged(metric, kind)
        # One of the two may predict a class that nobody else knows.
        labels = tuple(dict.fromkeys((*head.labels, *base.labels)))
        ours, theirs = (losses.coded_as(side, labels) for side in (head, base))
        return counts.paired_counts(
            ours.truth, ours.answers, theirs.answers, len(labels), metric, rows
        )

    return compare


# Functions of means


def _beside_a_constant(
    of_model: Callable[[Responses], "Array"], null: "Callable[[Responses, Sample], Array]"
) -> Compare:
    """One less a ratio: of a model's mean loss to that of the best constant, given by `null`.

    The best constant is a minimum: rows move it without moving its loss, to first order.
    """

    def compare(head: Responses, base: Responses, rows: "Sample") -> "Difference":
        import numpy as np

        from mlgate.stats.functional import OfMeans, paired_functional

        terms = np.column_stack([of_model(head), of_model(base), null(head, rows)])
        return paired_functional(OfMeans(terms, lambda m: (m[:, 1] - m[:, 0]) / m[:, 2]), rows)

    return compare


def _r2(head: Responses, base: Responses, rows: "Sample") -> "Difference":
    import numpy as np

    from mlgate.stats.functional import OfMeans, paired_functional

    truth = head.truth - rows.mean(head.truth)
    terms = np.column_stack([losses.errors(head) ** 2, losses.errors(base) ** 2, truth, truth**2])
    return paired_functional(
        OfMeans(terms, lambda m: (m[:, 1] - m[:, 0]) / (m[:, 3] - m[:, 2] ** 2)), rows
    )


def _explained_variance(head: Responses, base: Responses, rows: "Sample") -> "Difference":
    import numpy as np

    from mlgate.stats.functional import OfMeans, paired_functional

    of_head, of_base, truth = (
        values - rows.mean(values)
        for values in (losses.errors(head), losses.errors(base), head.truth)
    )
    columns = (of_head, of_base, truth)
    terms = np.column_stack([*columns, *(column**2 for column in columns)])

    def explained(m: "Array") -> "Array":
        variances = m[:, 3:] - m[:, :3] ** 2
        found: Array = (variances[:, 1] - variances[:, 0]) / variances[:, 2]
        return found

    return paired_functional(OfMeans(terms, explained), rows)


def _pearson(head: Responses, base: Responses, rows: "Sample") -> "Difference":
    import numpy as np

    from mlgate.stats.functional import OfMeans, paired_functional

    truth, ours, theirs = (
        _standardised(values, rows) for values in (head.truth, head.answers, base.answers)
    )
    terms = np.column_stack(
        [truth, ours, theirs, truth**2, ours**2, theirs**2, truth * ours, truth * theirs]
    )

    def correlations(m: "Array") -> "Array":
        variances = m[:, 3:6] - m[:, :3] ** 2
        products = m[:, 6:] - m[:, :1] * m[:, 1:3]
        both = products / np.sqrt(variances[:, :1] * variances[:, 1:])
        found: Array = both[:, 0] - both[:, 1]
        return found

    return paired_functional(OfMeans(terms, correlations), rows)


def _standardised(values: "Array", rows: "Sample") -> "Array":
    import numpy as np

    centred = values - rows.mean(values)
    found: Array = centred / (np.sqrt(rows.mean(centred**2)) or 1.0)
    return found


# Others


def _calibration_error(head: Responses, base: Responses, rows: "Sample") -> "Difference":
    from mlgate.stats.calibration import paired_calibration_error

    return paired_calibration_error(losses.calibration(head), losses.calibration(base), rows)


def _max_error(head: Responses, base: Responses, rows: "Sample") -> "Difference":
    from mlgate.stats.difference import undecidable

    value = float(abs(losses.errors(head)).max() - abs(losses.errors(base)).max())
    why = "the largest error is that of one row, which has no interval"
    return undecidable(value, rows.rows, "none", why)


_COMPARISONS: dict[str, Compare] = {
    "accuracy": _accuracy,
    "average_precision": _average_precision,
    "balanced_accuracy": _counts("balanced_accuracy"),
    "cohen_kappa": _counts("kappa"),
    "d2_absolute_error_score": _beside_a_constant(
        lambda r: abs(losses.errors(r)), losses.null_absolute_errors
    ),
    "d2_brier_score": _beside_a_constant(losses.brier_losses, losses.null_brier_losses),
    "d2_log_loss_score": _beside_a_constant(losses.log_losses, losses.null_log_losses),
    "explained_variance": _explained_variance,
    "matthews_corrcoef": _counts("matthews"),
    "neg_ece": _calibration_error,
    "neg_max_error": _max_error,
    "neg_negative_likelihood_ratio": _counts("negative_likelihood_ratio"),
    "neg_root_mean_squared_error": _rmse,
    "neg_root_mean_squared_log_error": _rmsle,
    "pearson": _pearson,
    "positive_likelihood_ratio": _counts("positive_likelihood_ratio"),
    "r2": _r2,
    "roc_auc": _roc_auc,
    "roc_auc_ovo": _area("ovo"),
    "roc_auc_ovo_weighted": _area("ovo_weighted"),
    "roc_auc_ovr": _area("ovr"),
    "roc_auc_ovr_weighted": _area("ovr_weighted"),
    "top_k_accuracy": _top_two,
}
"""Comparisons by scikit-learn's name. Every other metric is resampled."""
