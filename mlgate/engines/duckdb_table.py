"""A data set as a view in DuckDB whose columns hold what pandas would hold.

Columns are called `c0`, `c1`, … and the row `r`: no name of the data is part of a query.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from mlgate.engines.duckdb_sql import NotNative, Sql

if TYPE_CHECKING:
    import duckdb


class Kind(StrEnum):
    """What a column holds, as far as it matters for how values compare."""

    INTEGER = "integer"
    FLOAT = "float"
    TEXT = "text"
    BOOLEAN = "boolean"
    SINGLE = "single"
    """Floats of 32 bits, whose sums numpy rounds to 32 bits."""
    TIME = "time"
    """Times without a time zone, to the microsecond."""
    DATE = "date"
    """Python's dates, which pandas keeps as objects."""
    OTHER = "other"
    """Anything else: only its nulls are known."""


NUMBERS: Final = frozenset({Kind.INTEGER, Kind.FLOAT})

_ODD: Final = frozenset("\"'`[]")
"""Characters of a column name that Great Expectations takes for quotes."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the view."""

    name: str
    kind: Kind
    dtype: str | None
    """pandas' type, such as `int64`; None where it is not certain."""
    sql: Sql
    """How a query refers to it."""

    @property
    def nullable(self) -> bool:
        """Whether its nulls are `pandas.NA`, whose comparisons are neither true nor false."""
        name = self.dtype or ""
        return name[:1].isupper() or name in {"boolean", "string"}

    @property
    def present(self) -> Sql:
        """Whether it has a value."""
        return Sql(f"{self.sql.text} IS NOT NULL")


@dataclass(frozen=True)
class Table:
    """The view `t`, on a connection of its own."""

    connection: "duckdb.DuckDBPyConnection"
    names: tuple[Any, ...]
    """Column labels as pandas has them."""
    columns: tuple[Column, ...]
    """In the same order."""
    different: dict[tuple[Column, Sql], int] = field(default_factory=dict)
    """Columns found without a repeated value, with which rows were looked at, and how many."""

    @cached_property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.row(Sql("SELECT count(*) FROM t"))[0])

    def row(self, query: Sql) -> tuple[Any, ...]:
        """The one row that a query yields."""
        found: tuple[Any, ...] = self.all(query)[0]
        return found

    def all(self, query: Sql) -> list[tuple[Any, ...]]:
        """All rows that a query yields."""
        return self.connection.execute(query.text, query.values).fetchall()

    @cached_property
    def folded(self) -> Mapping[str, int]:
        """How many columns have a name, in lower case."""
        return Counter(str(name).lower() for name in self.names)

    def column(self, name: object) -> Column:
        """The column that Great Expectations means by a name.

        Raises:
            NotNative: There is no such column, or it is not certain which one is meant: Great
                Expectations ignores case and reads quotes.
        """
        if not isinstance(name, str) or not name or _ODD & set(name):
            raise NotNative("its column has an unusual name")
        if self.folded.get(name.lower()) != 1 or name not in self.names:
            raise NotNative("its column is not in the data, or differs from another in case only")
        return self.columns[self.names.index(name)]
