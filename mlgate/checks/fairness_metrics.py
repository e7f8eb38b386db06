"""The metrics of the fairness check, by fairlearn's names."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from mlgate.checks.limits import Limits
from mlgate.checks.scorers import METRICS, Metric, Needs, find
from mlgate.config.direction import HIGHER, LOWER
from mlgate.config.model import Strict

Aggregate: TypeAlias = Literal["difference", "ratio", "group_min", "group_max"]

RATES: Final[dict[str, bool | None]] = {
    "selection_rate": None,
    "true_positive_rate": True,
    "true_negative_rate": True,
    "false_positive_rate": False,
    "false_negative_rate": False,
}
"""fairlearn's rates of two classes, and whether more is better; of selections neither is."""
_NAMED: Final[dict[str, tuple[str, ...]]] = {
    "demographic_parity": ("selection_rate",),
    "equalized_odds": ("true_positive_rate", "false_positive_rate"),
    "equal_opportunity": ("true_positive_rate",),
}
"""Notions of fairness, and the rates that they want equal."""
_AGGREGATES: Final[tuple[Aggregate, ...]] = ("difference", "ratio", "group_min", "group_max")


@dataclass(frozen=True, kw_only=True)
class FairnessMetric:
    """How far apart groups are, or how the worst of them is."""

    name: str
    """As the user gave it."""
    values: tuple[str, ...]
    """What each group's value is: names of rates, or of one metric of mlgate."""
    aggregate: Aggregate
    greater_is_better: bool | None
    """Direction; None where neither is better."""
    metric: Metric | None = None
    """Metric of the groups; None for rates of two classes."""

    @property
    def needs(self) -> Needs:
        """What a model is asked for."""
        return "labels" if self.metric is None else self.metric.needs


def find_metric(name: str) -> FairnessMetric | None:
    """The metric of a name, such as `equalized_odds_difference` or `accuracy_group_min`."""
    for aggregate in _AGGREGATES:
        of = name.removesuffix(f"_{aggregate}")
        if of == name:
            continue
        spread = {"difference": False, "ratio": True}.get(aggregate)
        if of in _NAMED and spread is not None:
            return FairnessMetric(
                name=name, values=_NAMED[of], aggregate=aggregate, greater_is_better=spread
            )
        if of in RATES:
            better = RATES[of] if spread is None else spread
            return FairnessMetric(
                name=name, values=(of,), aggregate=aggregate, greater_is_better=better
            )
        metric = find(of) or find(of.removesuffix("_score"))  # fairlearn has scikit-learn's name
        if metric is not None and not metric.name.startswith("neg_"):
            return FairnessMetric(
                name=name,
                values=(metric.name,),
                aggregate=aggregate,
                greater_is_better=metric.greater_is_better if spread is None else spread,
                metric=metric,
            )
    return None


def known_metric(name: str) -> FairnessMetric:
    """The metric of a name that the configuration has accepted.

    Raises:
        KeyError: There is none.
    """
    metric = find_metric(name)
    if metric is None:
        raise KeyError(name)
    return metric


def names() -> list[str]:
    """Names to suggest for a typo: those of fairlearn, and differences and minima of metrics."""
    of_rates = [
        f"{name}_{aggregate}"
        for name in (*_NAMED, *RATES)
        for aggregate in _AGGREGATES
        if name in RATES or aggregate in {"difference", "ratio"}
    ]
    plain = [name for name in METRICS if not name.startswith("neg_")]
    return of_rates + [f"{name}_{aggregate}" for name in plain for aggregate in _AGGREGATES]


class FairnessLimits(Strict):
    """What must hold for a metric of groups. At least one limit is given."""

    min: Annotated[float | None, HIGHER] = None
    """Smallest value that passes."""
    max: Annotated[float | None, LOWER] = None
    """Largest value that passes."""
    max_increase: Annotated[float | None, LOWER] = Field(default=None, ge=0)
    """How much larger than base's the metric may be; for one whose smaller values are better, such
    as a difference between groups."""
    max_drop: Annotated[float | None, LOWER] = Field(default=None, ge=0)
    """How much smaller than base's the metric may be; for one whose larger values are better, such
    as a ratio of groups, or the accuracy of the worst group."""

    @model_validator(mode="after")
    def _something_is_limited(self) -> Self:
        if {self.min, self.max, self.max_increase, self.max_drop} == {None}:
            raise ValueError("has no limit: give min, max, max_increase or max_drop")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is larger than max {self.max:g}")
        return self

    @property
    def bounds(self) -> Limits | None:
        """Limits of the value itself."""
        if self.min is None and self.max is None:
            return None
        return Limits(min=self.min, max=self.max)

    @property
    def comparison(self) -> Limits | None:
        """The limit of the comparison with base."""
        worse = self.max_drop if self.max_increase is None else self.max_increase
        return None if worse is None else Limits(max_drop=worse)


def problem(name: str, limits: FairnessLimits) -> str | None:
    """What is wrong with a metric and its limits; None where nothing is."""
    from mlgate.config.load import nearest

    metric = find_metric(name)
    if metric is None:
        hint = nearest(name, names()) or (
            "; known are fairlearn's (demographic_parity_difference, equalized_odds_ratio …) and "
            "each metric with _difference, _ratio, _group_min or _group_max"
        )
        return f"there is no metric {name!r}{hint}"
    compares = limits.max_increase is not None or limits.max_drop is not None
    if metric.greater_is_better is None and compares:
        return f"neither more nor less of {name!r} is better: give min or max, or its _difference"
    if metric.greater_is_better is True and limits.max_increase is not None:
        return f"more of {name!r} is better: give max_drop in place of max_increase"
    if metric.greater_is_better is False and limits.max_drop is not None:
        return f"less of {name!r} is better: give max_increase in place of max_drop"
    return None
