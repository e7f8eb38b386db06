"""What is not as expected: the first values, and the numbers of their rows."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlgate.engines.duckdb_sql import NotNative, Sql, joined, sql, value
from mlgate.engines.duckdb_table import Column, Kind, Table
from mlgate.engines.gx_result import Unexpected
from mlgate.engines.result_format import ResultFormat
from mlgate.engines.suite import ExpectationSpec

if TYPE_CHECKING:
    from mlgate.artifacts.interface import DataSet

_SELECT: Final = "SELECT "
_ENDING: Final = " ORDER BY r LIMIT ?"
_PLAIN: Final = re.compile(r"SELECT c\d+(?:, c\d+)* FROM (t) WHERE ")
"""A query for rows of the table itself."""
_HEAD: Final = 16_384
"""Rows that mostly hold enough of what is unexpected."""


def find(table: Table, spec: ExpectationSpec, sample: Sql, unexpected: int) -> Unexpected:
    """Ask for as much as the result format shows.

    Args:
        table: The table.
        spec: An expectation about values or rows, whose columns are in the table.
        sample: Query for the first unexpected ones: `SELECT … FROM … ORDER BY r LIMIT ?`.
        unexpected: How many there are.

    Raises:
        NotNative: The query has another form, or a column's values are not certain.
    """
    form = spec.result_format.measured
    names = _names(spec.kwargs)
    rows = _first(table, _limited(sample, form.values), unexpected) if form.values else []
    numbers = _numbers(table, sample, form.rows) if form.rows != 0 else []
    index: Sequence[Any] = numbers
    if form.indexed and form.unexpected_index_column_names:
        index = _named_rows(table, names, form, numbers)
    countable: Sequence[Any] = ()
    if form.indexed and rows and form.partial_unexpected_count:
        countable = _as_counted([table.column(name) for name in names], rows)
    return Unexpected(
        values=[_shown(spec.kwargs, row) for row in rows],
        countable=countable,
        index=index,
        rows=numbers,
    )


def plain_index(data: "DataSet") -> bool:
    """Whether pandas numbers the rows from 0, so that a row's number is its label."""
    from mlgate.artifacts.formats import SUFFIXES

    if "frame" not in vars(data) and data.path is not None and data.path.is_file():
        form = data.spec.format or SUFFIXES.get(data.path.suffix.lower())
        if form in {"csv", "jsonl"}:
            return True
        if form == "parquet":
            return _plain_in_parquet(data.path)
    import pandas as pd

    index = data.frame.index
    plain = isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1
    return plain and index.name is None


def _plain_in_parquet(path: Path) -> bool:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        kept = parquet.read_schema(path).pandas_metadata or {}
    except (pa.ArrowException, OSError, ValueError):
        return False  # the reader of the format says what is wrong with the file
    plain = {"kind": "range", "name": None, "start": 0, "step": 1}
    return all(
        isinstance(entry, dict) and {key: entry.get(key) for key in plain} == plain
        for entry in kept.get("index_columns", ())
    )


def _names(given: Mapping[str, Any]) -> list[str]:
    """Columns of an expectation, in the order of its samples."""
    if given.get("column") is not None:
        return [given["column"]]
    if given.get("column_list") is not None:
        return list(given["column_list"])
    return [given["column_A"], given["column_B"]]


def _shown(given: Mapping[str, Any], row: tuple[Any, ...]) -> Any:
    """An unexpected value, pair, or record, in the form of Great Expectations."""
    if given.get("column") is not None:
        return row[0]
    if given.get("column_list") is not None:
        return dict(zip(given["column_list"], row, strict=True))
    return row


def _first(table: Table, limited: Sql, unexpected: int) -> list[tuple[Any, ...]]:
    """The rows of a query, looked for among the first rows of the table first."""
    plain = _PLAIN.match(limited.text)
    if table.rows > _HEAD and plain and limited.text.endswith(_ENDING):
        start, end = plain.span(1)
        head = f"{limited.text[:start]}(FROM t WHERE r < {_HEAD}) t{limited.text[end:]}"
        rows = table.all(Sql(head, limited.values))
        if len(rows) >= min(unexpected, limited.values[-1]):
            return rows
    return table.all(limited)


def _limited(sample: Sql, most: int | None) -> Sql:
    """A sample of another size; None is all."""
    if not (sample.text.startswith(_SELECT) and sample.text.endswith(_ENDING)):
        raise NotNative("its sample is of one size")
    if most is not None:
        return Sql(sample.text, (*sample.values[:-1], most))
    return Sql(sample.text.removesuffix(" LIMIT ?"), sample.values[:-1])


def _numbers(table: Table, sample: Sql, most: int | None) -> list[int]:
    """Numbers of the rows of a sample."""
    limited = _limited(sample, most)
    numbered = Sql(f"{_SELECT}r, {limited.text.removeprefix(_SELECT)}", limited.values)
    return [row[0] for row in table.all(sql("SELECT r FROM ({}) ORDER BY r", numbered))]


def _named_rows(
    table: Table, names: Sequence[str], form: ResultFormat, numbers: Sequence[int]
) -> list[dict[str, Any]]:
    """Rows by the columns that tell them, and unless they are excluded by their values."""
    telling = form.unexpected_index_column_names or ()
    shown = telling if form.exclude_unexpected_values else tuple(dict.fromkeys((*names, *telling)))
    columns = [table.column(name) for name in shown]
    if any(column.kind is Kind.OTHER for column in columns):
        raise NotNative("a column that tells its rows holds objects")
    if not numbers:
        return []
    query = sql(
        "SELECT {} FROM t WHERE r IN (SELECT unnest({})) ORDER BY r",
        joined(", ", (column.sql for column in columns)),
        value(list(numbers)),
    )
    rows = table.all(query)
    if form.exclude_unexpected_values:
        by_column = zip(*rows, strict=True)
        return [dict(zip(shown, map(list, by_column), strict=True))]
    return [dict(zip(shown, row, strict=True)) for row in rows]


def _as_counted(columns: Sequence[Column], rows: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Values as Great Expectations counts them.

    A null is a float that is not equal to itself: each one counts alone where pandas makes a new
    one of every null, as in a column of floats, and all together where it has only one.
    """
    if any(column.kind is Kind.OTHER for column in columns):
        raise NotNative("its column holds objects")
    counted = [
        tuple(
            item if item is not None else float("nan") if column.kind is Kind.FLOAT else math.nan
            for column, item in zip(columns, row, strict=True)
        )
        for row in rows
    ]
    return counted if len(columns) > 1 else [row[0] for row in counted]
