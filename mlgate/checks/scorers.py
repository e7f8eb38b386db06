"""The metrics that can be named: scikit-learn's scorers, without importing scikit-learn.

The names are a copy, so that a typo is an error of the configuration and not of the run; a test
holds it equal to what scikit-learn has. Left out are scorers of clusterings, which compare two
partitions without classes, and the `*_samples` scorers, which need several labels in each row.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Needs: TypeAlias = Literal["labels", "probabilities", "values"]
"""What a metric compares with the target: predicted classes, class probabilities, or numbers."""

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


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric by the name that a user gives it."""

    name: str
    """A scorer's name, or the name of a `neg_` scorer without its `neg_`."""
    scorer: str
    """scikit-learn's name."""
    needs: Needs
    greater_is_better: bool
    """Direction of the value that is shown: `log_loss` is positive, and lower is better."""

    @property
    def sign(self) -> int:
        """What scikit-learn's score is multiplied with to give the value that is shown."""
        return 1 if self.greater_is_better else -1


def _metrics() -> dict[str, Metric]:
    """Each scorer under its own name, and each `neg_` scorer as a loss as well."""
    found = {}
    for needs, scorers in _SCORERS.items():
        for scorer in scorers:
            for name in dict.fromkeys((scorer, scorer.removeprefix("neg_"))):
                found[name] = Metric(
                    name=name, scorer=scorer, needs=needs, greater_is_better=name == scorer
                )
    return found


METRICS: Final = _metrics()
"""Every metric by its name."""
