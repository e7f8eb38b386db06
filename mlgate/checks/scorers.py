"""The metrics that can be named: scikit-learn's scorers, without importing scikit-learn.

The names are a copy, so that a typo is an error of the configuration and not of the run; a test
holds it equal to what scikit-learn has. A few metrics that it has no scorer for are added. Left out
are scorers of clusterings, which compare two partitions without classes, and the `*_samples`
scorers, which need several labels in each row.
"""

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from mlgate.errors import MlgateError

if TYPE_CHECKING:
    from mlgate.sandbox.metric_process import MetricProcess

Needs: TypeAlias = Literal["labels", "probabilities", "values", "everything"]
"""What a metric compares with the target: predicted classes, class probabilities, or numbers. A
function of the repository may look at all that the model says."""

_AVERAGES: Final = ("", "_macro", "_micro", "_weighted")
_SCORERS: Final[dict[Needs, tuple[str, ...]]] = {
    "labels": (
        "accuracy",
        "balanced_accuracy",
        "matthews_corrcoef",
        "neg_negative_likelihood_ratio",
        "positive_likelihood_ratio",
        *(
            f"{name}{average}"
            for name in ("f1", "jaccard", "precision", "recall")
            for average in _AVERAGES
        ),
    ),
    "probabilities": (
        "average_precision",
        "d2_brier_score",
        "d2_log_loss_score",
        "neg_brier_score",
        "neg_log_loss",
        "roc_auc",
        "roc_auc_ovo",
        "roc_auc_ovo_weighted",
        "roc_auc_ovr",
        "roc_auc_ovr_weighted",
        "top_k_accuracy",
    ),
    "values": (
        "d2_absolute_error_score",
        "explained_variance",
        "neg_max_error",
        "neg_mean_absolute_error",
        "neg_mean_absolute_percentage_error",
        "neg_mean_gamma_deviance",
        "neg_mean_poisson_deviance",
        "neg_mean_squared_error",
        "neg_mean_squared_log_error",
        "neg_median_absolute_error",
        "neg_root_mean_squared_error",
        "neg_root_mean_squared_log_error",
        "r2",
    ),
}


_OWN: Final[dict[Needs, tuple[str, ...]]] = {
    "labels": ("cohen_kappa",),
    "probabilities": ("neg_ece",),
    "values": ("neg_quantile_loss", "pearson", "spearman"),
}
"""Metrics without a scorer in scikit-learn; a `neg_` one is named without its `neg_` only."""
_SHORT: Final = {
    "brier": "brier_score",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mcc": "matthews_corrcoef",
    "mse": "mean_squared_error",
    "rmse": "root_mean_squared_error",
    "rmsle": "root_mean_squared_log_error",
}
"""Names that people use, and the names that they stand for."""
OWN: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
"""How a function of the repository is named: `module:function`."""
_QUANTILE: Final = re.compile(r"quantile_loss_(0?\.\d*[1-9]\d*)")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric by the name that a user gives it."""

    name: str
    """A scorer's name, the name of a `neg_` scorer without its `neg_`, or a short one."""
    scorer: str
    """scikit-learn's name, or ours where it has none."""
    needs: Needs
    greater_is_better: bool
    """Direction of the value that is shown: `log_loss` is positive, and lower is better."""
    own: bool = False
    """Whether scikit-learn has no scorer for it."""
    quantile: float = 0.5
    """Which quantile is predicted, 0 to 1; for `quantile_loss` alone."""
    function: "MetricProcess | None" = field(default=None, compare=False, repr=False)
    """The process of a function of the repository; None for every other metric."""
    broken: MlgateError | None = field(default=None, compare=False)
    """Why there is no such process."""

    @property
    def sign(self) -> int:
        """What scikit-learn's score is multiplied with to give the value that is shown."""
        return 1 if self.greater_is_better else -1


def _metrics() -> dict[str, Metric]:
    """Each scorer under its own name, each `neg_` scorer as a loss as well, and the short names."""
    found = {}
    for needs, scorers in _SCORERS.items():
        for scorer in scorers:
            for name in dict.fromkeys((scorer, scorer.removeprefix("neg_"))):
                found[name] = Metric(
                    name=name, scorer=scorer, needs=needs, greater_is_better=name == scorer
                )
    for needs, scorers in _OWN.items():
        for scorer in scorers:
            name = scorer.removeprefix("neg_")
            found[name] = Metric(
                name=name, scorer=scorer, needs=needs, greater_is_better=name == scorer, own=True
            )
    return found | {short: replace(found[name], name=short) for short, name in _SHORT.items()}


METRICS: Final = _metrics()
"""Every metric by its name; `find` knows `quantile_loss_0.9` and its like too."""


def find(name: str) -> Metric | None:
    """The metric of a name; None where there is none.

    `quantile_loss_0.9` is the loss of a model that predicts the 0.9 quantile.
    """
    if matched := _QUANTILE.fullmatch(name):
        return replace(METRICS["quantile_loss"], name=name, quantile=float(matched[1]))
    return METRICS.get(name)


def own(name: str) -> Metric | None:
    """The metric that is a function of the repository; None where the name is no function's."""
    if not OWN.fullmatch(name):
        return None
    return Metric(name=name, scorer=name, needs="everything", greater_is_better=True, own=True)


def known(name: str) -> Metric:
    """The metric of a name that the configuration has accepted.

    Raises:
        KeyError: There is none.
    """
    metric = find(name)
    if metric is None:
        raise KeyError(name)
    return metric
