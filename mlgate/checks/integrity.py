"""Integrity of a data set: what is wrong with it in itself, and against a reference."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from mlgate.checks import (
    integrity_changes,
    integrity_columns,
    integrity_relations,
    integrity_rows,
)
from mlgate.checks.integrity_findings import (
    Seen,
    findings_of,
    known_before,
    not_measured,
    same_file,
)
from mlgate.checks.integrity_table import Table
from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.config.direction import HIGHER, LOWER
from mlgate.config.model import DataSpec, ModelSpec, References
from mlgate.errors import MlgateError
from mlgate.results import Finding

Share = Annotated[float, Field(strict=True, ge=0, le=1), LOWER]
"""A share of 0 to 1; `true` is no number."""


def _not_zero(item: object) -> object:
    if not isinstance(item, bool):  # 0 is equal to false, and is the strictest limit
        raise ValueError("a share, or false to switch it off")  # noqa: TRY004  # pydantic's word
    return item


Off: TypeAlias = Annotated[Literal[False], BeforeValidator(_not_zero)] | None
"""False or null, which switch a limit off."""

ROLES = ("train", "test", "reference", "current")


class Integrity(Check):
    """Faults of a data set in itself, and against a reference: base's version of the same data set.

    In itself: repeated rows, contradicting labels, repeated ids, constant and nearly constant
    columns, mixed types, broken encodings, infinities. Against the reference: columns, row count,
    categories, nulls, labels, the direction in which features tell of them, the time of the newest
    row. What is compared by sampling fails only where chance does not explain it (one test in ten
    thousand; all columns of an aspect together, one in a hundred).

    A pull request is to be blocked for what it changes. So where a default limit is broken and the
    reference breaks it as much, the finding is a warning; a limit that mlgate.yml sets always
    counts.

    Findings: one `<id>/<aspect>` where nothing is wrong, else `<id>/<aspect>/<column>` for each
    column with a fault, 50 at most, or `<id>/<aspect>` for a fault of the table. Aspects:
    `duplicate-rows`, `conflicting-labels`, `unique-ids`, `constant-columns`, `top-value`,
    `mixed-types`, `broken-text`, `infinities`, `schema`, `row-count`, `unseen-categories`,
    `null-rate`, `label-shift`, `label-relations`, `stale-data`; and `reference` where it is the
    very same file. Details: `rows`, `columns` or `features` that were looked at, `count` of the
    rows concerned, `kind` (the aspect, of a fault), `examples` (row numbers from 1, or values),
    `value`, `types`, `ids`, `p_value`, `method`, `newest`, `newest_in_reference`, `newer`.
    """

    type: Literal["integrity"]
    data: str
    """Data set to look at."""
    reference: str | None = None
    """Data set to compare with. Default: base's version of the same one."""
    in_itself: Annotated[bool, HIGHER] = True
    """Look at the data set in itself, too; false leaves what the reference is for."""
    max_duplicate_share: Share | Off = 0.02
    """Share of rows that may repeat an earlier one in all columns but `ids` and, where none are
    given, what looks like one. One repeated row is always allowed, unless the limit is 0. Well-kept
    tables have a few repeats by chance, up to 0.7 % in common public ones; a table loaded twice or
    a join that fans out has many."""
    max_conflicting_label_share: Share | Off = 0.02
    """Share of labelled rows that may have the features of another row and another label. One such
    pair is always allowed, unless the limit is 0. Looked at where the target holds classes."""
    unique_ids: Annotated[bool | None, HIGHER] = True
    """Fail for rows that share their `ids`, taken together; looked at where the data set has
    `ids`."""
    constant_columns: Annotated[bool | None, HIGHER] = True
    """Fail for columns with one value in all rows; null is a value."""
    max_top_value_share: Annotated[float, Field(strict=True, ge=0.5, le=1), LOWER] | Off = 0.999
    """Share of rows that may have the same value of a feature, 0.5 or more."""
    mixed_types: Annotated[bool | None, HIGHER] = True
    """Fail for columns that hold values of several types, or numbers stored as text. Codes (all
    of one length, or with leading zeros) are text, and so are pandas' categories."""
    broken_text: Annotated[bool | None, HIGHER] = True
    """Fail for text that was read in another encoding than it was written in, such as `KÃ¶ln`."""
    infinities: Annotated[bool | None, HIGHER] = True
    """Fail for infinite numbers."""
    schema_changes: Annotated[bool | None, HIGHER] = True
    """Fail for columns that the reference has and the data have not, or that hold another kind of
    values; warn of new columns."""
    max_row_count_drop: Share | Off = 0.1
    """Share of rows that may be lost since base's version of the same data set."""
    max_unseen_category_share: Share | Off = 0.001
    """Share of rows that may have a category that the reference does not have, in text columns of
    at most 200 different values and in the target's classes. Categories so rare that the reference
    may have missed them by chance do not count, unless the limit is 0."""
    max_null_rate_increase: Share | Off = 0.01
    """Share of rows, as a difference, by which a column may be null more often than in the
    reference."""
    max_label_shift: Share | Off = 0.1
    """How far the distribution of labels may be from the reference's, 0 to 1: total variation
    distance, or for a target of quantities the Kolmogorov-Smirnov distance."""

    label_relations: Annotated[bool | None, HIGHER] = True
    """Fail where a feature that surely rises with a class, or with a target of quantities, as
    surely falls with it in the reference: codes that were exchanged."""
    max_newer_share: Share | Off = 0.05
    """Share of the reference's rows that may be newer than the newest row of the data, by `time`:
    with more, the data are an older version. It warns for a `reference` that is neither base's
    version nor what `current` data follow."""

    @model_validator(mode="after")
    def _reference_is_another(self) -> Self:
        if self.reference == self.data:
            raise ValueError(
                "`reference` is the data set itself: leave it out to compare with base's version"
            )
        return self

    def references(self) -> References:
        """The data set and its reference."""
        return References(data=(self.data, self.reference) if self.reference else (self.data,))

    @classmethod
    def recommend(
        cls, data: dict[str, DataSpec], models: dict[str, ModelSpec]
    ) -> Iterator[dict[str, Any]]:
        """Each data set that has a role, or the name of one, against base's version of it.

        And test against train, current against reference, for what these are compared by.
        """
        del models
        chosen = [name for name, spec in data.items() if (spec.role or name) in ROLES]
        for name in chosen:
            own_id = {"id": f"integrity-{name}"} if len(chosen) > 1 else {}
            yield {**own_id, "data": name}
        by_role = {
            role: [name for name in chosen if (data[name].role or name) == role] for role in ROLES
        }
        for one, other in (("test", "train"), ("current", "reference")):
            for name in by_role[one]:
                for reference in by_role[other]:
                    yield {
                        "id": f"integrity-{name}-{reference}",
                        "data": name,
                        "reference": reference,
                        "in_itself": False,
                    }

    def run(self, inputs: Inputs) -> Measurement:
        """Look at every aspect that is switched on.

        Raises:
            DataNotReadable: The data cannot be read, or have no rows.
        """
        sides = Sides(inputs=inputs, data=self.data, other=self.reference)
        head = sides.head
        findings: list[Finding] = []
        if self.reference is not None and _same_file(inputs, self.data, self.reference):
            # Nothing differs then, whatever is wrong.
            findings.append(same_file(self.data, self.reference, self.finding_id))
        for aspect in ASPECTS:
            if not self.in_itself and aspect.against != "reference":
                continue
            setting = getattr(self, aspect.parameter)
            if setting is None or setting is False:
                continue
            if aspect.parameter == "unique_ids" and not head.spec.ids:
                continue
            if aspect.parameter == "max_newer_share" and head.spec.time is None:
                continue
            try:
                seen = self._look_at(aspect, setting, sides)
            except MlgateError as error:
                findings.append(not_measured(aspect.name, error, self.finding_id))
            else:
                findings.extend(findings_of(aspect.name, seen, self.finding_id))
        return Measurement(rows=head.rows, findings=findings)

    def _look_at(self, aspect: "Aspect", setting: float | bool, sides: "Sides") -> Seen:  # noqa: FBT001  # as in mlgate.yml
        limit = () if setting is True else (setting,)
        if aspect.against is not None:
            other = sides.base if aspect.against == "base" else sides.reference
            return aspect.measure(sides.head, other, *limit)
        seen = aspect.measure(sides.head, *limit)
        if not seen.faults or aspect.parameter in self.model_fields_set:
            return seen
        try:
            reference = sides.reference
            before = aspect.measure(reference, *limit)
        except MlgateError:  # what it does not show excuses nothing
            return seen
        return known_before(seen, sides.head.rows, before, reference.rows, reference.name)


@dataclass(frozen=True, kw_only=True)
class Aspect:
    """One thing that the check looks at."""

    name: str
    parameter: str
    """Parameter with its limit, or true."""
    measure: Callable[..., Seen]
    """Takes the table, what it is compared with, if anything, and the limit, if there is one."""
    against: Literal["reference", "base"] | None = None


ASPECTS = (
    Aspect(
        name="duplicate-rows",
        parameter="max_duplicate_share",
        measure=integrity_rows.duplicate_rows,
    ),
    Aspect(
        name="conflicting-labels",
        parameter="max_conflicting_label_share",
        measure=integrity_rows.conflicting_labels,
    ),
    Aspect(name="unique-ids", parameter="unique_ids", measure=integrity_rows.unique_ids),
    Aspect(
        name="constant-columns",
        parameter="constant_columns",
        measure=integrity_columns.constant_columns,
    ),
    Aspect(
        name="top-value",
        parameter="max_top_value_share",
        measure=integrity_columns.top_value,
    ),
    Aspect(name="mixed-types", parameter="mixed_types", measure=integrity_columns.mixed_types),
    Aspect(name="broken-text", parameter="broken_text", measure=integrity_columns.broken_text),
    Aspect(name="infinities", parameter="infinities", measure=integrity_columns.infinities),
    Aspect(
        name="schema",
        parameter="schema_changes",
        measure=integrity_changes.schema_changes,
        against="reference",
    ),
    Aspect(
        name="row-count",
        parameter="max_row_count_drop",
        measure=integrity_changes.row_count,
        against="base",
    ),
    Aspect(
        name="unseen-categories",
        parameter="max_unseen_category_share",
        measure=integrity_changes.unseen_categories,
        against="reference",
    ),
    Aspect(
        name="null-rate",
        parameter="max_null_rate_increase",
        measure=integrity_changes.null_rate,
        against="reference",
    ),
    Aspect(
        name="label-shift",
        parameter="max_label_shift",
        measure=integrity_changes.label_shift,
        against="reference",
    ),
    Aspect(
        name="label-relations",
        parameter="label_relations",
        measure=integrity_relations.label_relations,
        against="reference",
    ),
    Aspect(
        name="stale-data",
        parameter="max_newer_share",
        measure=integrity_relations.newest_time,
        against="reference",
    ),
)
"""In the order of the findings."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The data set and what it is compared with, each read when it is first asked for."""

    inputs: Inputs
    data: str
    other: str | None
    """Name of the reference; None for base's version of the data set."""

    @cached_property
    def head(self) -> Table:
        """The data set."""
        return Table.of(self.inputs.data(self.data))

    @property
    def base(self) -> Table:
        """Base's version of the data set."""
        return _there(self._base)

    @property
    def reference(self) -> Table:
        """What the data set is compared with."""
        return _there(self._base if self.other is None else self._other)

    @cached_property
    def _base(self) -> Table | MlgateError:
        try:
            data, head = self.inputs.data(self.data, "base"), self.inputs.data(self.data)
            if data.identity == head.identity:  # not read a second time
                return replace(self.head, name=f"base's {self.data}")
            return Table.of(data)
        except MlgateError as error:
            return error

    @cached_property
    def _other(self) -> Table | MlgateError:
        try:
            return Table.of(self.inputs.data(self.other or ""))
        except MlgateError as error:
            return error


def _there(table: Table | MlgateError) -> Table:
    if isinstance(table, MlgateError):
        raise table
    return table


def _same_file(inputs: Inputs, data: str, reference: str) -> bool:
    try:
        return inputs.data(data).sha256 == inputs.data(reference).sha256
    except MlgateError:  # each aspect says why there is no reference
        return False
