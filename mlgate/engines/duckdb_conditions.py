"""Row conditions of Great Expectations as SQL, where pandas' query would say the same.

A condition is pandas' query language (`condition_parser: pandas`), Great Expectations' own
(`col("x") > 1`), or the object of version 1.9 and later. Each is read with a parser; whatever is
not a plain comparison of a column with a value of its kind is left to Great Expectations.
"""

import ast
import io
import re
import tokenize
from collections.abc import Mapping
from typing import Any, Final

from mlgate.engines.duckdb_sql import TRUE, NotNative, Sql, among, joined, sql, value
from mlgate.engines.duckdb_table import NUMBERS, Column, Kind, Table
from mlgate.engines.duckdb_times import moment

_OPERATORS: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_SQL_OPERATORS: Final = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_OBJECT_OPERATORS: Final = {
    **{name: name for name in _SQL_OPERATORS},
    "IN": "in",
    "NOT_IN": "not in",
}
_MAX_PARTS: Final = 30
"""Parts of one `and` or `or`; Great Expectations allows 100 in all."""
_NULL_TESTS: Final = {"isnull": True, "isna": True, "notnull": False, "notna": False}
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OWN: Final = re.compile(
    r'col\("[A-Za-z0-9_]+"\)'
    r'(\.notNull\(\)| *(==|!=|<=|>=|<|>) *(-?[0-9]+(\.[0-9]+)?|"[A-Za-z0-9 _-]*"))'
)
"""The conditions of Great Expectations' own language that its grammar surely reads."""
_MAX_LENGTH: Final = 2000
"""Characters of a condition beyond which it is left to Great Expectations."""
EXACT: Final = 2**53
"""Below it every whole number is a float, too."""


def row_condition(kwargs: Mapping[str, Any], table: Table) -> Sql:
    """Which rows an expectation is about; true for every row where it has no condition.

    Raises:
        NotNative: It is not one of the plain comparisons.
    """
    given, parser = kwargs.get("row_condition"), kwargs.get("condition_parser")
    if given is None:
        return TRUE
    if isinstance(given, Mapping):
        return _of_object(given, table)
    if not isinstance(given, str) or len(given) > _MAX_LENGTH or "\n" in given:
        raise _unusual()
    own = parser == "great_expectations"
    if not (_OWN.fullmatch(given) if own else parser == "pandas"):
        raise _unusual()
    try:
        words = given if own else _with_words(given)
        tree = ast.parse(words.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError) as error:
        raise _unusual() from error
    return _boolean(tree, table, own=own)


def _with_words(condition: str) -> str:
    """A condition with `and` and `or` in place of `&` and `|`, which mean the same to pandas.

    pandas replaces them before it reads anything, so they bind as loosely as the words.
    """
    tokens = tokenize.generate_tokens(io.StringIO(condition).readline)
    words = {(tokenize.OP, "&"): (tokenize.NAME, "and"), (tokenize.OP, "|"): (tokenize.NAME, "or")}
    return tokenize.untokenize(words.get(token[:2], token[:2]) for token in tokens)


def _boolean(node: ast.expr, table: Table, *, own: bool) -> Sql:
    if isinstance(node, ast.BoolOp):
        word = " AND " if isinstance(node.op, ast.And) else " OR "
        parts = (_boolean(part, table, own=own) for part in node.values)
        return sql("({})", joined(word, parts))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        return sql("(NOT {})", _boolean(node.operand, table, own=own))
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        operator = _OPERATORS.get(type(node.ops[0]), "")
        column = _column(node.left, table, own=own)
        return _comparison(column, operator, _constant(node.comparators[0]))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _null_test(node, node.func, table, own=own)
    raise _unusual()


def _null_test(call: ast.Call, method: ast.Attribute, table: Table, *, own: bool) -> Sql:
    tests = {"notNull": False} if own else _NULL_TESTS
    if call.args or call.keywords or method.attr not in tests:
        raise _unusual()
    column = _column(method.value, table, own=own)
    return sql("({} IS NULL)" if tests[method.attr] else "({} IS NOT NULL)", column.sql)


def _column(node: ast.expr, table: Table, *, own: bool) -> Column:
    if own and isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        name = _constant(node.args[0])
        if isinstance(node.func, ast.Name) and node.func.id == "col":
            return _named(name, table)
    if not own and isinstance(node, ast.Name):
        return _named(node.id, table)
    raise _unusual()


def _named(name: Any, table: Table) -> Column:
    """A column by a name that pandas' query takes as it stands."""
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name == "index":
        raise _unusual()
    return table.column(name)


def _constant(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError) as error:
        raise _unusual() from error


def _of_object(given: Any, table: Table, depth: int = 0) -> Sql:
    """A condition as version 1.9 writes it to a suite."""
    if not isinstance(given, Mapping):
        raise _unusual()
    kind = given.get("type")
    if kind in {"and", "or"} and set(given) == {"type", "conditions"}:
        below = given["conditions"]
        if depth > 5 or not isinstance(below, list) or not 0 < len(below) <= _MAX_PARTS:
            raise _unusual()
        if any(isinstance(part, Mapping) and part.get("type") == "or" for part in below):
            raise _unusual()  # Great Expectations has `or` outermost only
        parts = [_of_object(part, table, depth + 1) for part in below]
        if parts:
            return sql("({})", joined(f" {kind.upper()} ", parts))
    if isinstance(named := given.get("column"), Mapping):
        column = _named(named.get("name"), table)
        if kind == "nullity" and isinstance(given.get("is_null"), bool):
            test = "({} IS NULL)" if given["is_null"] else "({} IS NOT NULL)"
            return sql(test, column.sql)
        if kind == "comparison":
            operator = _OBJECT_OPERATORS.get(str(given.get("operator")), "")
            return _comparison(column, operator, given.get("parameter"))
    raise _unusual()


def _comparison(column: Column, operator: str, given: Any) -> Sql:
    """A comparison, with pandas' nulls: they differ from everything, and compare with nothing."""
    if column.nullable:
        raise _unusual()
    if column.kind is Kind.TIME:
        return _timed(column, operator, given)
    if operator in {"in", "not in"}:
        listed = given if isinstance(given, list | tuple) else ()
        if not listed or not all(comparable(column, item) for item in listed):
            raise _unusual()
        inside = sql("coalesce({}, FALSE)", among(_side(column, listed), listed))
        return inside if operator == "in" else sql("(NOT {})", inside)
    if operator not in _SQL_OPERATORS or not comparable(column, given):
        raise _unusual()
    if column.kind is Kind.BOOLEAN and operator not in {"==", "!="}:
        raise _unusual()
    test = sql(f"({{}} {_SQL_OPERATORS[operator]} {{}})", _side(column, [given]), value(given))
    return sql(f"coalesce({{}}, {operator == '!='})", test)


def _timed(column: Column, operator: str, given: Any) -> Sql:
    """An order of times and ISO text, which pandas reads as a time; but not for `==` and `!=`."""
    read = moment(given) if isinstance(given, str) else None
    if operator not in {"<", "<=", ">", ">="} or read is None:
        raise _unusual()
    return sql(f"coalesce({{}} {operator} {{}}, FALSE)", column.sql, value(read))


def _side(column: Column, given: list[Any] | tuple[Any, ...]) -> Sql:
    """A column as numpy compares it: as floats where a float is among the values."""
    if column.kind is Kind.INTEGER and any(isinstance(item, float) for item in given):
        return sql("{}::DOUBLE", column.sql)
    return column.sql


def comparable(column: Column, given: Any) -> bool:
    """Whether a value compares with a column's in DuckDB as it does in pandas."""
    if isinstance(given, bool):
        return column.kind is Kind.BOOLEAN
    if isinstance(given, str):
        return column.kind is Kind.TEXT and "\0" not in given
    return column.kind in NUMBERS and exact(given)


def exact(given: Any) -> bool:
    """Whether something is a number that means the same as an integer and as a float."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        return False
    return abs(given) < EXACT  # false for NaN, too


def _unusual() -> NotNative:
    return NotNative("its row condition is not a plain comparison")
