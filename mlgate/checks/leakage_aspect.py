"""The two tables that a leak runs between, and the finding that one way of looking ends in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from mlgate.artifacts.interface import DataSet
from mlgate.checks.identity import like_ids
from mlgate.checks.leakage_chance import Chance
from mlgate.checks.leakage_keys import row_keys
from mlgate.checks.wording import name, names, percent
from mlgate.config.load import nearest
from mlgate.errors import ColumnNotFound
from mlgate.results import Finding, Outcome, Severity

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Effect: TypeAlias = Callable[["Array"], Mapping[str, Any]]
"""From the evaluation rows that leaked to what they do to the model's metric, as details."""


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Training data, and the rows that a model is evaluated on."""

    train: DataSet
    test: DataSet

    @cached_property
    def target(self) -> str | None:
        """The target, where both sides have it."""
        target = self.test.spec.target or self.train.spec.target
        both = {*self.train.frame.columns} & {*self.test.frame.columns}
        return target if target in both else None

    @cached_property
    def features(self) -> list[str]:
        """Columns of both sides that are no target, weight or id, in the order of `train`.

        Raises:
            ColumnNotFound: There is none, or all of them are null.
        """
        hidden = {
            column
            for spec in (self.train.spec, self.test.spec)
            for column in (spec.target, spec.weight, *spec.ids)
        } | self.like_ids
        theirs = set(self.test.frame.columns) - hidden
        shared = [
            column
            for column in self.train.frame.columns
            if column in theirs
            and (self.train.frame[column].notna().any() or self.test.frame[column].notna().any())
        ]
        if not shared:
            raise ColumnNotFound(
                f"{self.train.name} and {self.test.name} share no feature that has a value",
                cause="their columns have different names, or all that they share are the target, "
                "the weight and ids",
                remedy="give the columns the same names on both sides",
            )
        return shared

    @cached_property
    def like_ids(self) -> set[str]:
        """Columns that look like ids, where neither side declares any.

        An id tells equal rows apart, and so would hide every leak. Not all columns can be ids.
        """
        specs = self.train.spec, self.test.spec
        if any(spec.ids for spec in specs):
            return set()
        others = [c for spec in specs for c in (spec.target, spec.weight, spec.time, spec.group)]
        found = set(like_ids(self.train.frame, others))
        return found if set(self.train.frame.columns) - found - set(others) else set()

    @cached_property
    def keys(self) -> tuple["Array", "Array"]:
        """Keys of the rows of `train` and of `test`, over the features.

        Raises:
            ColumnNotFound: There is no feature to compare.
        """
        return row_keys(self.train.frame, self.test.frame, self.features)

    def declared(self, what: str) -> tuple[str, ...] | str:
        """The columns that `ids`, `group` or `time` names; text says why they cannot be compared.

        Raises:
            ColumnNotFound: A data set does not have a column that it declares itself.
        """
        own = {data.name: _listed(data, what) for data in (self.test, self.train)}
        columns = own[self.test.name] or own[self.train.name]
        if not columns:
            return (
                f"{self.test.name} declares no `{what}`: add `{what}: "
                f"{'[COLUMN]' if what == 'ids' else 'COLUMN'}` to `data.{self.test.name}`"
            )
        for data in (self.test, self.train):
            missing = [column for column in columns if column not in data.frame.columns]
            if missing and missing[0] in own[data.name]:
                raise ColumnNotFound(
                    f"{data.name} has no column {name(missing[0])}, which its `{what}` names"
                    f"{nearest(missing[0], map(str, data.frame.columns))}",
                    cause="the column was renamed, or mlgate.yml has a typo",
                    remedy=f"change `data.{data.name}.{what}`",
                )
            if missing:
                return f"{data.name} has no column {names(missing)} to compare"
        return columns


def _listed(data: DataSet, what: str) -> tuple[str, ...]:
    given = getattr(data.spec, what)
    return given if isinstance(given, tuple) else (given,) if given else ()


@dataclass(frozen=True, kw_only=True)
class Aspect:
    """One way of looking for a leak, and its limit."""

    id: str
    """The finding's id."""
    subject: str
    """What the finding is about."""
    max_share: float = 0.0
    """Largest share of the rows, 0 to 1, that passes. One row always does, unless it is 0."""
    severity: Severity | None = None
    """Overrides the check's."""
    effect: Effect | None = None
    """Measures what leaked rows do to a metric; None where no model is named."""

    def skipped(self, why: str) -> Finding:
        """The finding of an aspect that has nothing to look at."""
        return Finding(id=self.id, outcome=Outcome.SKIPPED, subject=self.subject, message=why)

    def judged(
        self,
        leaked: "Array",
        what: str,
        *,
        within: int | None = None,
        chance: Chance | None = None,
        excused: bool = False,
        details: Mapping[str, Any],
    ) -> Finding:
        """The finding about some rows.

        Args:
            leaked: Which rows leaked: booleans of shape (rows,).
            what: Completes the sentence "7 of 100 …".
            within: Rows that were looked at; None means all of them.
            chance: How many such rows are to be expected where nothing leaked.
            excused: Whether the rows are no more than that.
            details: More details.
        """
        count, of = int(leaked.sum()), len(leaked) if within is None else within
        share = count / of
        few = count <= 1 and self.max_share > 0
        failed = share > self.max_share and not few and not excused
        message = f"{count:,} of {of:,} ({percent(share)}) {what}; "
        message += f"at most {percent(self.max_share)} may" if self.max_share else "none may"
        if count and excused and chance is not None:
            message += (
                f", but up to {chance.most:,} are expected by chance: these columns have few "
                "combinations of values"
            )
        more: dict[str, Any] = {"count": count, "share": share, **details}
        if chance is not None:
            more |= {"expected_by_chance": chance.expected, "most_by_chance": chance.most}
        if failed and self.effect is not None:
            effect = self.effect(leaked)
            more |= effect
            if "metric_without" in effect:
                message += (
                    f"; {effect['metric']} is {effect['metric_value']:.4g} with these rows and "
                    f"{effect['metric_without']:.4g} without"
                )
        return Finding(
            id=self.id,
            outcome=Outcome.FAILED if failed else Outcome.PASSED,
            subject=self.subject,
            message=message,
            observed=count,
            expected=f"at most {percent(self.max_share)} of the rows",
            severity=self.severity,
            details=more,
        )
