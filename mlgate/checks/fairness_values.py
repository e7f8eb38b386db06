"""Values of groups, which fairlearn computes, and the sums that they are ratios of."""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlgate.checks import losses
from mlgate.checks.fairness_groups import Groups
from mlgate.checks.fairness_metrics import RATES, FairnessMetric
from mlgate.checks.responses import Responses
from mlgate.checks.scorers import Metric
from mlgate.checks.scoring import score
from mlgate.errors import MlgateError

if TYPE_CHECKING:
    import pandas as pd

    from mlgate.stats.difference import Array, Difference
    from mlgate.stats.disparity import Rate
    from mlgate.stats.sample import Sample

OUT_OF: Mapping[str, str] = {
    "true_positive_rate": "is of the positive class",
    "false_negative_rate": "is of the positive class",
    "false_positive_rate": "is of the negative class",
    "true_negative_rate": "is of the negative class",
    "recall": "is of the positive class",
    "precision": "is predicted to be of the positive class",
    "f1": "is, or is predicted to be, of the positive class",
    "jaccard": "is, or is predicted to be, of the positive class",
}
"""What a rate is a share of."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OfGroups:
    """One model's values of each group, and what is made of them."""

    value: float
    """The metric: how far apart the groups are, or the value of the worst."""
    by_group: Mapping[str, tuple[float, ...]]
    """Values of the groups in their order, by the name of the value."""

    def extremes(self, metric: FairnessMetric) -> tuple[str, int, int]:
        """The value that decides, and the groups with its smallest and its largest."""

        def worse(name: str) -> float:
            low, high = min(self.by_group[name]), max(self.by_group[name])
            if metric.aggregate == "ratio":
                return -low / high if high > 0 else -math.inf
            return high - low

        name = max(metric.values, key=worse)
        values = self.by_group[name]
        return name, values.index(min(values)), values.index(max(values))


def of_groups(
    metric: FairnessMetric, responses: Responses, groups: Groups, rows: "Sample"
) -> OfGroups:
    """A model's values of each group, by fairlearn's MetricFrame.

    Args:
        metric: The metric.
        responses: The model's responses to the rows of groups that are large enough.
        groups: The groups.
        rows: Weights of the same rows.

    Raises:
        MlgateError: A value is undefined, or the metric does not apply.
    """
    codes = groups.codes[groups.codes >= 0]
    _require_two_classes(metric, responses)
    _require_rows(metric, responses, groups, codes, rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = _frame(metric, responses, groups, codes, rows)
    by_group = {name: tuple(map(float, frame.by_group[name])) for name in metric.values}
    every = [value for values in by_group.values() for value in values]
    if not all(map(math.isfinite, every)):
        raise _undefined(metric, "a group's value is not finite")
    if metric.aggregate == "ratio" and min(every) < 0:
        raise _undefined(metric, f"a group's value is negative ({min(every):.4g})")
    whole = {
        "difference": lambda: max(frame.difference()),
        "ratio": lambda: min(frame.ratio()),
        "group_min": lambda: min(frame.group_min()),
        "group_max": lambda: max(frame.group_max()),
    }
    if metric.aggregate == "ratio" and any(max(values) == 0 for values in by_group.values()):
        raise _undefined(metric, "it divides by the largest value, which is 0")
    value = float(whole[metric.aggregate]())
    if not math.isfinite(value):
        raise _undefined(metric, f"its value is {value}")
    return OfGroups(value=value, by_group=by_group)


def further_apart(
    metric: FairnessMetric, head: Responses, base: Responses, groups: Groups, rows: "Sample"
) -> "Difference":
    """How much the metric of head differs from base's on the same rows; both have values.

    Args:
        metric: The metric.
        head: Head's responses to the rows of groups that are large enough.
        base: Base's responses to the same rows.
        groups: The groups.
        rows: Weights and clusters of the same rows.
    """
    from mlgate.stats.difference import same_answers, unchanged
    from mlgate.stats.disparity import paired_disparity, paired_evaluation

    if set(head.labels) == set(base.labels):
        alike = losses.coded_as(base, head.labels)
        if same_answers(head.answers, alike.answers):
            return unchanged(len(head.truth))
    codes = groups.codes[groups.codes >= 0]
    ours, theirs = (_rates(metric, side, codes, rows) for side in (head, base))
    if ours is not None and theirs is not None:
        found = paired_disparity(ours, theirs, codes, metric.aggregate, rows)
        if found.interval is None:
            return replace(found, note=f"{found.note}; {_rarest(metric, ours, groups, codes)}")
        return found
    if metric.metric is None:
        raise KeyError(metric.name)
    evaluate = [_evaluation(metric.metric, side, rows) for side in (head, base)]
    return paired_evaluation(evaluate[0], evaluate[1], codes, metric.aggregate, rows)


def _rarest(metric: FairnessMetric, rates: "Sequence[Rate]", groups: Groups, codes: "Array") -> str:
    """Which value of which group rests on the fewest rows."""
    import numpy as np

    rows = [np.bincount(codes, weights=rate.bottom > 0) for rate in rates]
    which = min(range(len(rows)), key=lambda place: rows[place].min())
    group = int(rows[which].argmin())
    name = metric.values[which].replace("_", " ")
    return f"the {name} of {groups.labels[group]} rests on {int(rows[which][group]):,} rows"


def part(responses: Responses, chosen: "Array") -> Responses:
    """The responses to some of the rows."""
    return replace(responses, truth=responses.truth[chosen], answers=responses.answers[chosen])


def part_of_sample(rows: "Sample", chosen: "Array") -> "Sample":
    """Some of the rows of a sample; `chosen` holds their indices."""
    from mlgate.stats.sample import sample

    weights = None if rows.weights is None else rows.weights[chosen]
    clusters = None if rows.clusters is None else rows.clusters[chosen]
    return sample(len(chosen), weights, clusters)


def _frame(
    metric: FairnessMetric, responses: Responses, groups: Groups, codes: "Array", rows: "Sample"
) -> Any:
    import numpy as np
    from fairlearn import metrics as fairlearn

    if metric.metric is None:
        # Rows of a group with the same truth and answer are one row that counts for all of them.
        cells = codes * 4 + (responses.truth == 1) * 2 + (responses.answers == 1)
        counts = np.bincount(cells, weights=rows.weights)
        filled = np.flatnonzero(counts)
        return fairlearn.MetricFrame(
            metrics={name: getattr(fairlearn, name) for name in metric.values},
            y_true=filled // 2 % 2,
            y_pred=filled % 2,
            sensitive_features=_series(filled // 4),
            sample_params={name: {"sample_weight": counts[filled]} for name in metric.values},
        )
    own = metric.metric
    # fairlearn takes each row in its hands: it gets one for each group, and these are looked up.
    members = [np.flatnonzero(codes == code) for code in range(len(groups.labels))]

    def value(chosen: "Array", _same: "Array") -> float:
        places = np.concatenate([members[code] for code in chosen])
        try:
            return score(own, part(responses, places), part_of_sample(rows, places)).value
        except MlgateError as error:
            whose = groups.labels[chosen[0]] if len(chosen) == 1 else "all groups together"
            what = f"{whose}: {error.what}"
            raise type(error)(what, cause=error.cause, remedy=error.remedy) from error

    every = np.arange(len(members))
    return fairlearn.MetricFrame(
        metrics={metric.values[0]: value},
        y_true=every,
        y_pred=every,
        sensitive_features=_series(every),
    )


def _series(codes: "Array") -> "pd.Series[Any]":
    import pandas as pd

    return pd.Series(codes, name="group")


def _rates(
    metric: FairnessMetric, responses: Responses, codes: "Array", rows: "Sample"
) -> "list[Rate] | None":
    """The values as ratios of sums; None where one is not."""
    from mlgate.stats.disparity import areas

    if metric.metric is not None and metric.metric.scorer == "roc_auc":
        return [areas(responses.truth == 1, responses.answers[:, 1], codes, rows)]
    found = [_rate(name, metric.metric, responses) for name in metric.values]
    known = [rate for rate in found if rate is not None]
    return known if len(known) == len(found) else None


def _rate(name: str, metric: Metric | None, responses: Responses) -> "Rate | None":
    import numpy as np

    from mlgate.stats.disparity import Rate

    every = np.ones(len(responses.truth), dtype=bool)
    scorer = name if metric is None else metric.scorer
    if scorer in RATES or (
        scorer in {"recall", "precision", "f1", "jaccard"} and len(responses.labels) == 2
    ):
        true, chosen = responses.truth == 1, responses.answers == 1
        both = true & chosen
        return {
            "selection_rate": lambda: Rate(top=chosen, bottom=every),
            "true_positive_rate": lambda: Rate(top=both, bottom=true),
            "recall": lambda: Rate(top=both, bottom=true),
            "false_negative_rate": lambda: Rate(top=true & ~chosen, bottom=true),
            "false_positive_rate": lambda: Rate(top=chosen & ~true, bottom=~true),
            "true_negative_rate": lambda: Rate(top=~chosen & ~true, bottom=~true),
            "precision": lambda: Rate(top=both, bottom=chosen),
            "jaccard": lambda: Rate(top=both, bottom=true | chosen),
            "f1": lambda: Rate(top=both * 2.0, bottom=true * 1.0 + chosen),
        }[scorer]()
    if scorer == "accuracy":
        return Rate(top=losses.right(responses), bottom=every)
    if scorer in {"neg_root_mean_squared_error", "neg_root_mean_squared_log_error"}:
        of_row = losses.errors if scorer.endswith("squared_error") else losses.log_errors
        return Rate(top=of_row(responses) ** 2, bottom=every, root=True)
    if scorer in losses.ROW_LOSSES:
        return Rate(top=losses.ROW_LOSSES[scorer](responses), bottom=every)
    if metric is not None and scorer == "neg_quantile_loss":
        return Rate(top=losses.pinball_losses(responses, metric.quantile), bottom=every)
    return None


def _evaluation(metric: Metric, responses: Responses, rows: "Sample") -> "Callable[[Array], float]":
    def value(chosen: "Array") -> float:
        try:
            return score(metric, part(responses, chosen), part_of_sample(rows, chosen)).value
        except MlgateError:
            return math.nan

    return value


def _require_two_classes(metric: FairnessMetric, responses: Responses) -> None:
    if metric.metric is None and len(responses.labels) != 2:
        raise MlgateError(
            f"{metric.name} is about one positive and one negative class, and there are "
            f"{len(responses.labels)} classes",
            cause="selection and its errors have no meaning for more classes",
            remedy="use a metric of all classes, such as accuracy_difference",
        )


def _require_rows(
    metric: FairnessMetric, responses: Responses, groups: Groups, codes: "Array", rows: "Sample"
) -> None:
    """Refuse groups in which a rate is a share of nothing, which fairlearn takes for 0."""
    import numpy as np

    for name in metric.values:
        rate = _rate(name, metric.metric, responses)
        if rate is None:
            continue
        weights = rows.weighted(rate.bottom * 1.0)
        sums = np.bincount(codes, weights=weights, minlength=len(groups.labels))
        for place in np.flatnonzero(sums <= 0)[:1]:
            what = OUT_OF.get(name, "has a weight above zero")
            raise MlgateError(
                f"the {name.replace('_', ' ')} of {groups.labels[place]} is undefined: none of its "
                f"{groups.sizes[place]:,} rows {what}",
                cause="the group is rare in the evaluation data, or these were filtered",
                remedy="use evaluation data with such rows of every group, or a larger `min_rows`",
            )


def _undefined(metric: FairnessMetric, why: str) -> MlgateError:
    return MlgateError(
        f"{metric.name} cannot be computed: {why}",
        cause="the metric does not suit the target or the model's answers",
        remedy="use another metric, such as a difference in place of a ratio",
    )
