"""Aspects of integrity that compare with a reference: what came, what went, what shifted."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlgate.checks.integrity_findings import (
    ALPHA,
    MAX_EXAMPLES,
    Fault,
    Seen,
    counted,
    level,
    p_of_increase,
)
from mlgate.checks.integrity_table import Table, as_floats, cell_keys, plain, short
from mlgate.checks.wording import cells, name, percent

if TYPE_CHECKING:
    import pandas as pd

MAX_CATEGORIES = 200
"""Different texts up to which a column holds categories."""
ROWS_OF_A_CATEGORY = 5
"""Rows that a category of the reference has on average, at least: else the texts are free."""
MIN_EXPECTED = 5
"""Rows that a class must be expected to have for the chi-squared test; rarer ones are pooled."""


@dataclass(frozen=True, kw_only=True)
class Shift:
    """How far two distributions of a target are from each other."""

    distance: float
    """Total variation, 0 to 1; for quantities Kolmogorov-Smirnov's distance, which is no larger."""
    p_value: float
    method: str
    shares: dict[str, tuple[float, float]]
    """Share of the classes that changed most, before and now; empty for quantities."""


def schema_changes(table: Table, reference: Table) -> Seen:
    """Columns that are gone, new, or hold another kind of values."""
    faults = []
    for column in reference.columns:
        if column in table.columns or (table.role == "current" and column == reference.spec.target):
            continue
        message = f"{name(column)} is gone: {reference.name} has it and {table.name} has not"
        faults.append(Fault(message=message, column=column, observed="missing", count=table.rows))
    common = [column for column in table.columns if column in reference.columns]
    for column in table.columns:
        if column not in reference.columns:
            message = f"{name(column)} is new: {table.name} has it and {reference.name} has not"
            fault = Fault(
                message=message,
                column=column,
                observed="new",
                count=table.rows,
                severity="warning",
            )
            faults.append(fault)
            continue
        kinds = reference.kinds[column], table.kinds[column]
        if kinds[0] != kinds[1] and "empty" not in kinds:
            fault = Fault(
                message=f"{name(column)} holds {_plural(kinds[1])} in {table.name} and "
                f"{_plural(kinds[0])} in {reference.name}",
                column=column,
                observed=kinds[1],
                baseline=kinds[0],
                count=table.rows,
                details={
                    "types": [
                        str(reference.columns[column].dtype),
                        str(table.columns[column].dtype),
                    ]
                },
            )
            faults.append(fault)
    return Seen(
        message=f"{table.name} has the {counted(len(common), 'column')} of {reference.name}, and "
        "each holds the same kind of values",
        looked_at=len(common),
        details={"columns": len(common)},
        faults=faults,
    )


def row_count(table: Table, base: Table, limit: float) -> Seen:
    """Rows lost since base."""
    lost = max(base.rows - table.rows, 0)
    share = lost / base.rows
    text = f"{table.name} has {table.rows:,} rows, {base.name} has {base.rows:,}"
    faults = []
    if share > limit:
        message = f"{text}: {percent(share)} are gone; {percent(limit)} may be"
        faults = [Fault(message=message, observed=table.rows, baseline=base.rows, count=lost)]
    return Seen(
        message=text,
        looked_at=table.rows,
        observed=table.rows,
        baseline=base.rows,
        expected=f">= {1 - limit:g} of base's rows",
        details={"rows": table.rows},
        faults=faults,
    )


def unseen_categories(table: Table, reference: Table, limit: float) -> Seen:
    """Rows with a category that the reference does not have.

    That a few rare categories are missing from the reference is chance: how often, the categories
    that it has only once tell (Good 1953, "The population frequencies of species").
    """
    from scipy.stats import binom

    known = {
        column: seen
        for column in table.columns
        if (seen := _categories(table, reference, column)) is not None
    }
    faults = []
    for column, before in known.items():
        filled = plain(table.columns[column].dropna())
        unseen = filled[~filled.isin(before.index)]
        count = len(unseen)
        singles = int((before == 1).sum())
        by_chance = max(limit, (singles + 1) / int(before.sum())) if limit else 0.0  # none at all
        share = count / len(filled)
        p_value = float(binom.sf(count - 1, len(filled), min(by_chance, 1.0)))
        if p_value >= level(len(known)):
            continue
        found = unseen.value_counts()
        shown = cells(map(short, found.index))
        fault = Fault(
            message=f"{count:,} of {len(filled):,} rows of {table.name} ({percent(share)}) have "
            f"a {name(column)} that {reference.name} does not have: {shown}; "
            f"{percent(limit)} are allowed",
            column=column,
            observed=share,
            count=count,
            details={
                "rows": len(filled),
                "p_value": p_value,
                "examples": {_label(k): int(v) for k, v in found.iloc[:MAX_EXAMPLES].items()},
            },
        )
        faults.append(fault)
    return Seen(
        message=f"{counted(len(known), 'column')} of categories of {table.name}, none with more "
        f"than {percent(limit)} of rows of a value that {reference.name} does not have"
        if known
        else f"{table.name} and {reference.name} have no column of categories in common",
        looked_at=len(known),
        expected=f"<= {limit:g}",
        details={"columns": len(known)},
        faults=faults,
    )


def null_rate(table: Table, reference: Table, limit: float) -> Seen:
    """Columns that are null more often than in the reference, by more than chance."""
    common = [column for column in table.columns if column in reference.columns]
    faults = []
    for column in common:
        now, before = table.nulls[column], reference.nulls[column]
        share, share_before = now / table.rows, before / reference.rows
        if share - share_before <= limit:
            continue
        p_value = p_of_increase(now, table.rows, before, reference.rows)
        if p_value >= level(len(common)):
            continue
        fault = Fault(
            message=f"{name(column)} is null in {now:,} of {table.rows:,} rows of {table.name} "
            f"({percent(share)}) and in {percent(share_before)} of {reference.name}; "
            f"a rise of {percent(limit)} is allowed",
            column=column,
            observed=share,
            baseline=share_before,
            count=now,
            details={"rows": table.rows, "p_value": p_value},
        )
        faults.append(fault)
    return Seen(
        message=f"none of {counted(len(common), 'column')} of {table.name} is null more often than "
        f"in {reference.name} by more than {percent(limit)} and chance"
        if common
        else f"{table.name} and {reference.name} have no column in common",
        looked_at=len(common),
        expected=f"<= {limit:g} more",
        details={"columns": len(common)},
        faults=faults,
    )


def label_shift(table: Table, reference: Table, limit: float) -> Seen:
    """How far the labels' distribution moved, if by more than chance."""
    target = table.target
    if target is None:
        return Seen(message=f"{table.name} has no `target`: there are no labels to compare")
    if target not in reference.columns:
        return Seen(message=f"{reference.name} has no column {name(target)}")
    kinds = table.kinds[target], reference.kinds[target]
    if "empty" in kinds:
        return Seen(message=f"every label of {table.name} or of {reference.name} is null")
    if kinds[0] != kinds[1]:
        return Seen(
            message=f"the labels are {_plural(kinds[0])} in {table.name} and {_plural(kinds[1])} "
            f"in {reference.name}: they have no distribution in common"
        )
    if kinds[0] in {"date", "duration"}:
        return Seen(message=f"the labels are {_plural(kinds[0])}, neither classes nor numbers")
    now, before = (plain(side.columns[target].dropna()) for side in (table, reference))
    if kinds[0] == "number":  # whole or not, in whatever type they are stored
        now, before = as_floats(now), as_floats(before)
    classes = table.is_class(target) and reference.is_class(target)
    shift = _of_classes(now, before) if classes else _of_quantities(now, before)
    kind = "total variation" if shift.shares else "Kolmogorov-Smirnov distance"
    text = (
        f"the labels of {table.name} ({len(now):,}) and {reference.name} ({len(before):,}) differ "
        f"by {shift.distance:.3g} ({kind}, p = {shift.p_value:.2g}); {limit:g} is allowed"
    )
    details = {
        "rows": len(now),
        "p_value": shift.p_value,
        "method": shift.method,
        "examples": {label: list(pair) for label, pair in shift.shares.items()},
    }
    shifted = shift.distance > limit and shift.p_value < ALPHA
    if shift.distance > limit and not shifted:
        text += ", which chance explains"
    fault = Fault(message=text, observed=shift.distance, count=len(now), details=details)
    return Seen(
        message=text,
        looked_at=len(now),
        observed=shift.distance,
        expected=f"<= {limit:g}",
        details=details,
        faults=[fault] if shifted else [],
    )


def _plural(kind: str) -> str:
    return {"mixed": "mixed values", "text": "text"}.get(kind, f"{kind}s")


def _categories(table: Table, reference: Table, column: str) -> "pd.Series[int] | None":
    """Rows of each category in the reference; None where the column holds none."""
    if column not in reference.columns or column in {*table.spec.ids, table.spec.weight}:
        return None
    kind = table.kinds[column]
    if kind != reference.kinds[column]:
        return None
    of_target = column == table.spec.target and reference.is_class(column) and kind != "mixed"
    if kind != "text" and not of_target:
        return None
    filled = plain(reference.columns[column].dropna())
    if filled.iloc[:10_000].nunique() > MAX_CATEGORIES:
        return None
    counts = filled.value_counts()
    if len(counts) > MAX_CATEGORIES or len(filled) < ROWS_OF_A_CATEGORY * len(counts):
        return None
    return counts


def _label(cell: object) -> str:
    return f"{cell:.15g}" if isinstance(cell, float) else str(short(cell))


def _of_classes(now: "pd.Series[Any]", before: "pd.Series[Any]") -> Shift:
    import numpy as np
    import pandas as pd
    from scipy.stats import chi2_contingency

    both = pd.concat([now, before], ignore_index=True)
    codes, distinct = pd.factorize(cell_keys(both))
    first = np.unique(codes, return_index=True)[1]
    counts = np.stack(
        [np.bincount(part, minlength=len(distinct)) for part in np.split(codes, [len(now)])]
    )
    shares = counts / counts.sum(axis=1, keepdims=True)
    difference = np.abs(shares[0] - shares[1])
    rare = counts.sum(axis=0) * min(len(now), len(before)) < MIN_EXPECTED * len(both)
    pooled = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    pooled = pooled[:, pooled.sum(axis=0) > 0]
    p_value = chi2_contingency(pooled).pvalue if pooled.shape[1] > 1 else 1.0
    most = np.argsort(-difference, kind="stable")[:MAX_EXAMPLES]
    return Shift(
        distance=float(difference.sum() / 2),
        p_value=float(p_value),
        method="chi-squared",
        shares={
            _label(both.iloc[int(first[at])]): (float(shares[1, at]), float(shares[0, at]))
            for at in most
        },
    )


def _of_quantities(now: "pd.Series[Any]", before: "pd.Series[Any]") -> Shift:
    from scipy.stats import ks_2samp

    found = ks_2samp(now, before, method="asymp")
    return Shift(
        distance=float(found.statistic), p_value=float(found.pvalue), method="ks", shares={}
    )
