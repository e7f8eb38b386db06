"""What an expectation asks of a table: figures of the common scan, and what follows from them."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from mlgate.engines.catalogue import Domain
from mlgate.engines.duckdb_sql import NotNative, Sql, both, joined, sql, value
from mlgate.engines.duckdb_table import Column, Kind, Table
from mlgate.engines.duckdb_unexpected import find
from mlgate.engines.gx_result import Unexpected, counted_result, reduced, typed
from mlgate.engines.interface import ExpectationResult
from mlgate.engines.suite import ExpectationSpec

NAME: Final = "duckdb"
MAX_SAMPLES: Final = 20
"""Unexpected values that a result shows."""
SAMPLES: Final = value(MAX_SAMPLES)

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
    """The ranks that a quantile needs: the nearest one, and the two that it lies between.

    numpy's `nearest` (Hyndman and Fan, 1996, on a scale from 0 to n - 1), with its roundings: half
    goes to the even rank, and pandas takes percents.
    """
    nearest = round((count - 1) * (quantile * 100 / 100))
    position = (count - 1) * quantile
    return (nearest, math.floor(position), math.ceil(position))


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

    def result(
        self, *, success: bool, considered: int | None = None, **fields: Any
    ) -> ExpectationResult:
        """A result of this engine, about a figure or the table as such.

        Args:
            success: The verdict.
            considered: Values that it rests on.
            fields: What Great Expectations' result holds beside it.
        """
        form = self.spec.result_format
        aggregate = self.spec.signature.domain is Domain.AGGREGATE
        result: dict[str, Any] = {"observed_value": None} if aggregate else {}
        result |= {name: item for name, item in fields.items() if name != "details" or item}
        for name in ("partial_unexpected_list", "partial_missing_list"):
            if name in result:
                result[name] = list(result[name])
            if not form.measured.partial_unexpected_count:
                result.pop(name, None)
        return ExpectationResult(
            expectation=self.spec,
            success=success,
            considered=considered,
            engine=NAME,
            gx=reduced(result, form),
            **typed(result),
        )

    def flag(self, name: str, *, default: bool = False) -> bool:
        """An argument that is true or false."""
        given = self.spec.kwargs.get(name, default)
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
        sample: Query for the first unexpected values or rows, `SELECT … FROM … ORDER BY r LIMIT ?`
            with `r` in reach; asked only where there are any, and for as many as the result shows.

    Raises:
        NotNative: The result format asks for more than the query can tell.
    """
    form = ask.spec.result_format
    if form.include_unexpected_rows:
        raise NotNative("the unexpected rows are wanted whole")
    result = counted_result(
        form,
        total=total,
        present=present,
        unexpected=unexpected,
        found=find(ask.table, ask.spec, sample, unexpected) if unexpected else Unexpected(),
        about_nulls=ask.spec.signature.about_nulls,
        # As it happens to be, Great Expectations repeats them but for one expectation.
        names_rows=ask.spec.type != "expect_column_values_to_be_null",
    )
    return ExpectationResult(
        expectation=ask.spec,
        success=not present or (float(present) - float(unexpected)) / present >= _mostly(ask),
        considered=present,
        engine=NAME,
        gx=reduced(result, form),
        **typed(result),
    )


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
