"""Aspects of integrity that concern single columns: one value only, mixed types, infinities."""

import numbers
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from mlgate.checks.integrity_findings import MAX_EXAMPLES, Fault, Seen, counted
from mlgate.checks.integrity_table import Table, plain, short
from mlgate.checks.wording import brief, cell, name, percent, value

if TYPE_CHECKING:
    import pandas as pd

BROKEN_TEXT = (
    "\N{REPLACEMENT CHARACTER}"
    "|[\u00c2\u00c3][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
    "|\u00e2(?:\u20ac|\u0080)"
)
"""What UTF-8 looks like that was read as Latin-1 or Windows-1252: `KÃ¶ln`, `donâ€™t`. The first of
two bytes becomes a capital A with a circumflex or a tilde, and the second no letter that follows
one in any language."""
NUMERIC_TEXT = 0.9
"""Share of a text column's values that must be numbers for it to be a column of numbers."""


def constant_columns(table: Table) -> Seen:
    """Columns with one value, nulls counted as a value. Equal ids and weights are no fault here."""
    looked_at = set(table.columns) - {*table.spec.ids, table.spec.weight}
    if table.rows == 1 or not looked_at:
        return Seen(message=f"{table.name} has one row, or no columns but ids and weight")
    faults = [
        Fault(
            message=f"{name(column)} has one value in all {table.rows:,} rows of {table.name}: "
            f"{value(table.shown(column, top.row))}",
            column=column,
            observed=1,
            count=table.rows,
            details={"value": table.shown(column, top.row), "rows": table.rows},
        )
        for column, top in table.tops.items()
        if top.count == table.rows and column in looked_at
    ]
    return Seen(
        message=f"{counted(len(looked_at), 'column')} of {table.name}, none with one value only",
        looked_at=len(looked_at),
        expected=">= 2",
        details={"columns": len(looked_at)},
        counts={column: top.count for column, top in table.tops.items()},
        faults=faults,
    )


def top_value(table: Table, limit: float) -> Seen:
    """Features of which nearly all rows have one value; those with one value alone are constant."""
    features = table.features
    if table.rows == 1 or not features:
        return Seen(message=f"{table.name} has one row or no features")
    tops = {column: table.tops[column] for column in features if column in table.tops}
    faults = [
        Fault(
            message=f"{top.count:,} of {table.rows:,} rows of {table.name} "
            f"({100 * top.count / table.rows:.5g} %) have the same {name(column)}, "
            f"{value(table.shown(column, top.row))}; {percent(limit)} are allowed",
            column=column,
            observed=top.count / table.rows,
            count=top.count,
            details={"value": table.shown(column, top.row), "rows": table.rows},
        )
        for column, top in tops.items()
        if limit < top.count / table.rows < 1
    ]
    return Seen(
        message=f"{counted(len(features), 'feature')} of {table.name}, none with one value in more "
        f"than {percent(limit)} of the rows",
        looked_at=len(features),
        expected=f"<= {limit:g}",
        details={"columns": len(features)},
        counts={column: top.count for column, top in tops.items()},
        faults=faults,
    )


def mixed_types(table: Table) -> Seen:
    """Columns that hold values of several types, or numbers stored as text."""
    features = set(table.features)
    faults = []
    for column, values in table.columns.items():
        if table.kinds[column] == "mixed":
            fault = _of_several_types(table, column)
        elif table.kinds[column] == "text" and column in features:
            fault = _numbers_as_text(table, column, values)
        else:
            continue
        if fault is not None:
            faults.append(fault)
    return Seen(
        message=f"{counted(len(table.columns), 'column')} of {table.name}, each of one type",
        looked_at=len(table.columns),
        details={"columns": len(table.columns)},
        faults=faults,
    )


def broken_text(table: Table) -> Seen:
    """Columns with text that was written in one encoding and read in another."""
    import pandas as pd

    looked_at = [column for column in table.columns if table.kinds[column] == "text"]
    faults = []
    for column in looked_at:
        filled = plain(table.columns[column].dropna())
        distinct = pd.Series(filled.unique(), dtype=object)
        broken = distinct[distinct.str.contains(BROKEN_TEXT, regex=True)]
        if broken.empty:
            continue
        count = int(filled.isin(broken).sum())
        message = (
            f"{count:,} of {table.rows:,} rows of {table.name} have a {name(column)} that was read "
            f"in another encoding than it was written in, such as {cell(broken.iloc[0])}"
        )
        examples = [short(text) for text in broken.iloc[:MAX_EXAMPLES]]
        details = {"rows": table.rows, "examples": examples}
        faults.append(
            Fault(message=message, column=column, observed=count, count=count, details=details)
        )
    return Seen(
        message=f"{counted(len(looked_at), 'column')} of text of {table.name}, none broken by an "
        "encoding"
        if looked_at
        else f"{table.name} has no column of text",
        looked_at=len(looked_at),
        expected="0",
        details={"columns": len(looked_at)},
        faults=faults,
    )


def infinities(table: Table) -> Seen:
    """Columns of numbers with infinite ones."""
    looked_at = [column for column in table.columns if table.kinds[column] in {"number", "mixed"}]
    faults = []
    for column in looked_at:
        infinite = _infinite(table.columns[column])
        count = int(infinite.sum())
        if count:
            rows = [int(row) + 1 for row in infinite.nonzero()[0][:MAX_EXAMPLES]]
            message = (
                f"{count:,} of {table.rows:,} rows of {table.name} have an infinite "
                f"{name(column)}, the first is row {rows[0]:,}"
            )
            details = {"rows": table.rows, "examples": rows}
            faults.append(
                Fault(message=message, column=column, observed=count, count=count, details=details)
            )
    return Seen(
        message=f"no infinity in {counted(len(looked_at), 'column')} of numbers of {table.name}"
        if looked_at
        else f"{table.name} has no column of numbers",
        looked_at=len(looked_at),
        expected="0",
        details={"columns": len(looked_at)},
        faults=faults,
    )


def _of_several_types(table: Table, column: str) -> Fault | None:
    """The types, where a few rows have another than the rest."""
    filled = plain(table.columns[column].dropna())
    types = filled.map(type)
    types = types.map({kind: _type_name(kind) for kind in types.unique()})
    counts = {str(kind): int(count) for kind, count in types.value_counts().items()}
    if len(counts) < 2:
        return None
    others = filled[types != next(iter(counts))]
    most = dict(islice(counts.items(), MAX_EXAMPLES))
    shown = ", ".join(f"{count:,} {brief(kind, 30)}" for kind, count in most.items())
    return Fault(
        message=f"{name(column)} of {table.name} holds values of {len(counts)} types: {shown}",
        column=column,
        observed=len(counts),
        count=len(others),
        details={
            "types": most,
            "examples": [short(cell) for cell in others.iloc[:MAX_EXAMPLES]],
        },
    )


def _type_name(kind: type) -> str:
    """The name of a type; all numbers are of one, and so are all lists and all dates."""
    if kind is bool or kind.__name__ in {"bool", "bool_"}:
        return "boolean"
    if issubclass(kind, numbers.Number | Decimal):
        return "number"
    if issubclass(kind, str):
        return "text"
    if issubclass(kind, list | tuple) or kind.__name__ == "ndarray":
        return "list"
    if issubclass(kind, Mapping):
        return "mapping"
    return "date" if issubclass(kind, date) else kind.__name__


def _numbers_as_text(table: Table, column: str, values: "pd.Series[Any]") -> Fault | None:
    """Numbers in a text column, unless they are codes: all of one length, or with leading zeros."""
    import numpy as np
    import pandas as pd

    if isinstance(values.dtype, pd.CategoricalDtype):  # someone said that they are no quantities
        return None
    filled = values.dropna()
    counts = filled.value_counts()
    texts = pd.Series(counts.index.astype(object), dtype=object)
    parsed = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    numeric = np.isfinite(parsed)
    count = int(counts.to_numpy()[numeric].sum())
    if count < NUMERIC_TEXT * len(filled):
        return None
    of_numbers = texts[numeric]
    codes = of_numbers.str.match(r"\s*0\d").any() or (
        of_numbers.str.len().nunique() == 1 and of_numbers.str.isdigit().all()
    )
    if codes:
        return None
    others = texts[~numeric]
    examples = list(others.iloc[:MAX_EXAMPLES]) or list(of_numbers.iloc[:MAX_EXAMPLES])
    but = f"; the others are such as {cell(examples[0])}" if len(others) else ""
    return Fault(
        message=f"{name(column)} of {table.name} is stored as text, and {count:,} of "
        f"{len(filled):,} values are numbers{but}",
        column=column,
        observed=count,
        count=count,
        details={
            "types": {"number as text": count, "text": len(filled) - count},
            "examples": [short(text) for text in examples],
        },
    )


def _infinite(column: "pd.Series[Any]") -> Any:
    """Which cells are infinite; in a column of objects, too."""
    import numpy as np
    from pandas.api import types

    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "fc":
        return np.isinf(column.to_numpy())
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return np.zeros(len(column), dtype=bool)
    if types.is_numeric_dtype(dtype):
        return np.isinf(column.to_numpy(dtype=float, na_value=np.nan))
    cells = plain(column).map(lambda cell: isinstance(cell, float | np.floating) and np.isinf(cell))
    return cells.to_numpy(dtype=bool)
