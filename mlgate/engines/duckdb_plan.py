"""What an expectation asks of a table: figures of the common scan, and what follows from them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from mlgate.engines.duckdb_sql import NotNative, Sql, both, joined, sql, value
from mlgate.engines.duckdb_table import Column, Kind, Table
from mlgate.engines.interface import ExpectationResult
from mlgate.engines.suite import ExpectationSpec

NAME: Final = "duckdb"
MAX_SAMPLES: Final = 20
"""Unexpected values that a result shows."""
SAMPLES: Final = value(MAX_SAMPLES)
_HEAD: Final = 16_384
"""Rows that mostly hold enough of what is unexpected."""

Finish = Callable[[Sequence[Any]], ExpectationResult]
"""From the figures of a plan, in its order, to the result; may ask the table more."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How an expectation is decided."""

    figures: tuple[Sql, ...] = ()
    """Aggregates that need one look at each row and hold no values; they share one scan."""
    finish: Finish


@dataclass(frozen=True)
class Order:
    """Order statistics that a suite wants, so that those of a column are found together."""

    table: Table
    wanted: dict[tuple[Column, Sql], set[float]] = field(default_factory=lambda: defaultdict(set))
    """Quantiles by column and by which rows."""
    found: dict[tuple[Column, Sql], Mapping[int, Any]] = field(default_factory=dict)

    def at(self, column: Column, where: Sql, count: int, rank: int) -> Any:
        """The value of a rank, from 0, among the `count` values of a column."""
        key = (column, where)
        if key not in self.found:
            ranks = sorted({r for q in self.wanted[key] for r in ranks_of(q, count)})
            # The value of rank k is that at any share in (k / n, (k + 1) / n].
            shares = value([(rank + 0.5) / count for rank in ranks])
            query = sql("SELECT quantile_disc({}, {}) FROM t WHERE {}", column.sql, shares, where)
            self.found[key] = dict(zip(ranks, self.table.row(query)[0], strict=True))
        return self.found[key][rank]


def ranks_of(quantile: float, count: int) -> tuple[int, ...]:
    """The ranks that a quantile needs: the nearest one, and for the median the middle two.

    numpy's `nearest` (Hyndman and Fan, 1996, on a scale from 0 to n - 1), with its roundings: half
    goes to the even rank, and pandas takes percents.
    """
    nearest = round((count - 1) * (quantile * 100 / 100))
    return (nearest, (count - 1) // 2, count // 2) if quantile == 0.5 else (nearest,)


@dataclass(frozen=True)
class Ask:
    """An expectation that is asked of a table."""

    spec: ExpectationSpec
    table: Table
    where: Sql
    """Which rows its `row_condition` selects."""
    order: Order

    def __getitem__(self, name: str) -> Any:
        """An argument; None where it is not given."""
        return self.spec.kwargs.get(name)

    @cached_property
    def column(self) -> Column:
        """Its column."""
        return self.table.column(self["column"])

    def column_of(self, *kinds: Kind) -> Column:
        """Its column, which must be of one of some kinds."""
        return self.of_kind(self.column, *kinds)

    def of_kind(self, column: Column, *kinds: Kind) -> Column:
        """A column, which must be of one of some kinds."""
        if column.kind not in kinds:
            raise NotNative(f"its column is of type {column.dtype or 'object'}")
        return column

    @property
    def present(self) -> Sql:
        """Which rows are selected and have a value in its column."""
        return both(self.where, self.column.present)

    def result(self, *, success: bool, **fields: Any) -> ExpectationResult:
        """A result of this engine."""
        return ExpectationResult(expectation=self.spec, success=success, engine=NAME, **fields)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """An argument that is true or false."""
        given = self.spec.kwargs.get(name, default)
        if given is None:
            return default
        if not isinstance(given, bool):
            raise NotNative(f"its `{name}` is neither true nor false")
        return given


def counted(ask: Ask, total: int, present: int, unexpected: int, sample: Sql) -> ExpectationResult:
    """The result of an expectation about each value or row.

    Args:
        ask: The expectation.
        total: Rows that it is about.
        present: Those of them that it looks at.
        unexpected: Those of them that break it.
        sample: Query for the first unexpected values or rows; asked only where there are any.
    """
    rows = _samples(ask.table, sample, unexpected)
    about_nulls = ask.spec.signature.about_nulls
    return ask.result(
        success=not present or (float(present) - float(unexpected)) / present >= _mostly(ask),
        considered=present,
        element_count=total,
        unexpected_count=unexpected,
        unexpected_percent=unexpected / present * 100 if present else None,
        missing_count=None if about_nulls else total - present,
        partial_unexpected_list=tuple(_shown(ask, row) for row in rows),
    )


def _samples(table: Table, sample: Sql, unexpected: int) -> list[tuple[Any, ...]]:
    """The first unexpected values or rows, looked for among the first rows of the table first.

    `sample` shows rows of the first `t` that it names, in their order; whatever it compares them
    with stands after that, or before them in the table.
    """
    if not unexpected:
        return []
    if table.rows > _HEAD:
        head = sample.text.replace("FROM t WHERE", f"FROM (FROM t WHERE r < {_HEAD}) t WHERE", 1)
        rows = table.all(Sql(head, sample.values))
        if len(rows) >= min(unexpected, MAX_SAMPLES):
            return rows
    return table.all(sample)


def _shown(ask: Ask, row: tuple[Any, ...]) -> Any:
    """An unexpected value, pair, or record, in the form of Great Expectations."""
    if ask["column"] is not None:
        return row[0]
    if ask["column_list"] is not None:
        return dict(zip(ask["column_list"], row, strict=True))
    return row


def checked_mostly(ask: Ask) -> None:
    """Make sure that `mostly` is a share."""
    given = ask.spec.kwargs.get("mostly", 1)
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 1:
        raise NotNative("its `mostly` is no share")


def _mostly(ask: Ask) -> float:
    given: float = ask.spec.kwargs.get("mostly", 1)
    return given


def first(columns: Sequence[Column], where: Sql) -> Sql:
    """Query for the first rows that meet a condition, in the order of the file."""
    shown = joined(", ", (column.sql for column in columns))
    return sql("SELECT {} FROM t WHERE {} ORDER BY r LIMIT {}", shown, where, SAMPLES)


def scan(table: Table, figures: Sequence[Sql]) -> dict[Sql, Any]:
    """All figures in one look at the data."""
    if not figures:
        return {}
    distinct = list(dict.fromkeys(figures))
    query = sql("SELECT {} FROM t", joined(", ", distinct))
    return dict(zip(distinct, table.row(query), strict=True))
