"""Which rows meet a condition of mlgate.yml, such as `age < 25 AND contract = 'monthly'`.

A condition is text of a stranger. It is read by the grammar below and by nothing else, and becomes
SQL whose names and values are bound, over the frame alone, in a DuckDB that reaches no file. There
are comparisons of columns with values and with each other, IN, BETWEEN, LIKE, IS NULL, AND, OR, NOT
and parentheses; no function, no arithmetic, no query within a query. As in SQL, a comparison with a
missing value is not true.
"""

import re
from typing import TYPE_CHECKING, Any, Final

from mlgate.checks import wording
from mlgate.config.load import nearest
from mlgate.engines.duckdb_conditions import EXACT
from mlgate.engines.duckdb_sql import Sql, among, joined, sql, value
from mlgate.engines.duckdb_table import Column, Kind, Table
from mlgate.engines.duckdb_times import moment
from mlgate.errors import ColumnNotFound, MlgateError

if TYPE_CHECKING:
    import pandas as pd

    from mlgate.stats.difference import Array

MAX_LENGTH: Final = 500
"""Characters of a condition."""
MAX_DEPTH: Final = 20
"""Parentheses and NOT within each other."""

_TOKEN: Final = re.compile(
    r"\s*(?:"
    r"(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|'(?P<text>(?:[^']|'')*)'"
    r'|"(?P<quoted>(?:[^"]|"")+)"'
    r"|`(?P<ticked>[^`]+)`"
    r"|(?P<word>[^\W\d]\w*)"
    r"|(?P<mark><=|>=|<>|!=|==|[=<>(),])"
    r"|(?P<end>\Z))"
)
_OPERATORS: Final = {"=", "==", "<>", "!=", "<", "<=", ">", ">="}
_WORDS: Final = frozenset(
    {"and", "or", "not", "in", "between", "like", "is", "null", "true", "false"}
)
_SQL_OPERATORS: Final = {"==": "=", "!=": "<>"}
_NUMBERS: Final = frozenset({Kind.INTEGER, Kind.FLOAT, Kind.SINGLE})


class NotACondition(ValueError):
    """A condition does not parse; the message says where."""


def problem(text: str) -> str | None:
    """Why a condition does not parse, whatever the columns are; None where it does."""
    try:
        _Reader(text).whole()
    except NotACondition as error:
        return str(error)
    return None


def rows_where(frame: "pd.DataFrame", text: str) -> "Array":
    """Which rows of a frame meet a condition; boolean, shape (rows,).

    Raises:
        ColumnNotFound: The condition names a column that is not there.
        MlgateError: It does not parse, or compares things of different kinds.
    """
    import duckdb
    import numpy as np

    from mlgate.engines.duckdb_open import open_frame

    try:
        reader = _Reader(text)
        reader.whole()
        columns = _columns(frame, reader.named, text)
        with open_frame(_plain(frame[columns])) as table:
            condition = _Reader(text, table).whole()
            query = sql("SELECT coalesce({}, FALSE) FROM t ORDER BY r", condition)
            answer = table.all(query)
    except (NotACondition, duckdb.Error) as error:
        raise MlgateError(
            f"the slice `where: {wording.brief(text)}` {wording.brief(error, 200)}",
            cause="it is not written as one condition of SQL",
            remedy="compare columns with values: age < 25 AND contract = 'monthly'",
        ) from error
    return np.fromiter((row[0] for row in answer), dtype=bool, count=len(frame))


def _columns(frame: "pd.DataFrame", named: list[str], text: str) -> list[str]:
    known = list(map(str, frame.columns))
    for name in named:
        if name not in known:
            raise ColumnNotFound(
                f"the slice `where: {wording.brief(text)}` names the column {wording.name(name)}, "
                f"which is not in the data{nearest(name, known)}",
                cause="it has a typo; or text stands without 'single quotes'",
                remedy="change `where`; odd names of columns go in double quotes",
            )
    return list(dict.fromkeys(named))


def _plain(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Columns of categories and of objects of one kind, as columns of that kind."""
    import pandas as pd
    from pandas.api.types import infer_dtype

    def plain(column: "pd.Series[Any]") -> "pd.Series[Any]":
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype(column.cat.categories.dtype)
        if str(column.dtype) != "object":
            return column
        kinds = {"string": "string", "boolean": "boolean"}
        kind = kinds.get(infer_dtype(column, skipna=True))
        return column.astype(kind) if kind else column  # type: ignore[call-overload]

    return pd.DataFrame({name: plain(frame[name]) for name in frame.columns})


class _Reader:
    """A recursive descent. Without a table it looks at the form only, and collects the names."""

    def __init__(self, text: str, table: Table | None = None) -> None:
        if len(text) > MAX_LENGTH:
            raise NotACondition(f"is longer than {MAX_LENGTH} characters")
        self.text = text
        self.table = table
        self.named: list[str] = []
        self.position = 0
        self.depth = 0
        self._next()

    def whole(self) -> Sql:
        """The condition; nothing may follow it."""
        found = self._any()
        if self.kind != "end":
            raise self._unexpected()
        return found

    def _any(self) -> Sql:
        parts = [self._all()]
        while self._takes("or"):
            parts.append(self._all())
        return sql("({})", joined(" OR ", parts)) if len(parts) > 1 else parts[0]

    def _all(self) -> Sql:
        parts = [self._not()]
        while self._takes("and"):
            parts.append(self._not())
        return sql("({})", joined(" AND ", parts)) if len(parts) > 1 else parts[0]

    def _not(self) -> Sql:
        if self._takes("not"):
            return self._deeper(lambda: sql("(NOT {})", self._not()))
        if self.kind == "mark" and self.part == "(":
            self._next()
            found = self._deeper(self._any)
            self._expect(")")
            return found
        return self._comparison()

    def _deeper(self, read: Any) -> Sql:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotACondition("is nested too deeply")
        found: Sql = read()
        self.depth -= 1
        return found

    def _comparison(self) -> Sql:
        column = self._column()
        if self.kind == "mark" and self.part in _OPERATORS:
            operator = _SQL_OPERATORS.get(self.part, self.part)
            self._next()
            return sql(f"({{}} {operator} {{}})", self._of(column), self._operand(column))
        if self._takes("is"):
            template = "({} IS NOT NULL)" if self._takes("not") else "({} IS NULL)"
            self._expect("null")
            return sql(template, self._of(column))
        negated = self._takes("not")
        if self._takes("in"):
            found = self._in(column)
        elif self._takes("between"):
            low = self._operand(column)
            self._expect("and")
            found = sql("({} BETWEEN {} AND {})", self._of(column), low, self._operand(column))
        elif self._takes("like"):
            found = sql("({} LIKE {})", self._of(column), self._pattern(column))
        elif negated or (column is not None and column.kind is not Kind.BOOLEAN):
            raise self._unexpected()
        else:
            found = self._of(column)
        return sql("(NOT {})", found) if negated else found

    def _in(self, column: Column | None) -> Sql:
        self._expect("(")
        values = [self._value(column)]
        while self.kind == "mark" and self.part == ",":
            self._next()
            values.append(self._value(column))
        self._expect(")")
        return among(self._of(column), values)

    def _pattern(self, column: Column | None) -> Sql:
        pattern = self._value(column)
        if not isinstance(pattern, str) or (column is not None and column.kind is not Kind.TEXT):
            raise NotACondition("has a LIKE that does not compare text with text")
        return value(pattern)

    def _operand(self, column: Column | None) -> Sql:
        """A value, or another column of the same kind."""
        if self.kind in {"quoted", "ticked"} or self._is_name():
            other = self._column()
            if column and other and not _alike(column.kind, other.kind):
                names = f"{wording.name(column.name)} with {wording.name(other.name)}"
                raise NotACondition(f"compares {names}, which hold different kinds of values")
            return self._of(other)
        return value(self._value(column))

    def _column(self) -> Column | None:
        if not (self.kind in {"quoted", "ticked"} or self._is_name()):
            raise self._unexpected()
        name = self.part.replace('""', '"') if self.kind == "quoted" else self.part
        self._next()
        self.named.append(name)
        if self.table is None:
            return None
        column = self.table.columns[self.table.names.index(name)]
        if column.kind is Kind.OTHER and not (self.kind == "word" and self.part.lower() == "is"):
            raise NotACondition(
                f"compares the column {wording.name(name)}, whose values have no single kind"
            )
        return column

    @staticmethod
    def _of(column: Column | None) -> Sql:
        return Sql("TRUE") if column is None else column.sql

    def _value(self, column: Column | None) -> Any:
        """A literal, if the column can be compared with it."""
        given: Any
        if self.kind == "number":
            given = float(self.part)
            if given.is_integer() and abs(given) < EXACT:
                given = int(given)
        elif self.kind == "text":
            given = self.part.replace("''", "'")
        elif self.kind == "word" and self.part.lower() in {"true", "false"}:
            given = self.part.lower() == "true"
        else:
            raise self._unexpected()
        self._next()
        return given if column is None else _comparable(column, given)

    def _is_name(self) -> bool:
        return self.kind == "word" and self.part.lower() not in _WORDS

    def _takes(self, word: str) -> bool:
        if self.kind == "word" and self.part.lower() == word:
            self._next()
            return True
        return False

    def _expect(self, part: str) -> None:
        if self.kind not in {"word", "mark"} or self.part.lower() != part:
            raise self._unexpected()
        self._next()

    def _next(self) -> None:
        match = _TOKEN.match(self.text, self.position)
        if match is None:
            self.start = self.position
            raise self._unexpected()
        self.kind = match.lastgroup or ""
        self.part = match[self.kind]
        self.start = match.start()
        self.position = match.end()

    def _unexpected(self) -> NotACondition:
        rest = self.text[self.start :].strip()[:20]
        return NotACondition(f"does not parse at {rest!r}" if rest else "ends too early")


def _alike(one: Kind, other: Kind) -> bool:
    return one is other or {one, other} <= _NUMBERS


def _comparable(column: Column, given: Any) -> Any:
    """A literal as it compares with a column."""
    kinds = {bool: {Kind.BOOLEAN}, str: {Kind.TEXT, Kind.TIME, Kind.DATE}}
    if column.kind not in kinds.get(type(given), _NUMBERS):
        raise NotACondition(
            f"compares the column {wording.name(column.name)}, which holds {_PLURAL[column.kind]}, "
            f"with {wording.value(given)}"
        )
    if column.kind in {Kind.TIME, Kind.DATE}:
        read = moment(given)
        if read is None:
            raise NotACondition(f"compares a time with {wording.value(given)}, which is none")
        return read
    return given


_PLURAL: Final = {
    Kind.INTEGER: "numbers",
    Kind.FLOAT: "numbers",
    Kind.SINGLE: "numbers",
    Kind.TEXT: "text",
    Kind.BOOLEAN: "true and false",
    Kind.TIME: "times",
    Kind.DATE: "dates",
    Kind.OTHER: "values of several kinds",
}
