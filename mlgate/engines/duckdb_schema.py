"""Expectations about the table as such: its columns, their types, the number of rows."""

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from mlgate.engines.duckdb_plan import Ask, Plan
from mlgate.engines.duckdb_sql import NotNative, count
from mlgate.engines.duckdb_table import Kind

_TYPES: Final[dict[str, tuple[str, frozenset[str]]]] = {
    "int8": ("int8", frozenset({"int8"})),
    "int16": ("int16", frozenset({"int16"})),
    "int32": ("int32", frozenset({"int32"})),
    "int64": ("int64", frozenset({"int64", "int"})),
    "float64": ("float64", frozenset({"float64", "float"})),
    "bool": ("bool", frozenset({"bool"})),
    "str": ("str", frozenset({"str"})),
    "uint8": ("uint8", frozenset({"uint8"})),
    "uint16": ("uint16", frozenset({"uint16"})),
    "uint32": ("uint32", frozenset({"uint32"})),
    "float32": ("float32", frozenset({"float32"})),
    "datetime64[s]": ("datetime64", frozenset({"datetime64"})),
    "datetime64[ms]": ("datetime64", frozenset({"datetime64"})),
    "datetime64[us]": ("datetime64", frozenset({"datetime64"})),
    "datetime64[ns]": ("datetime64", frozenset({"datetime64"})),
}
"""For pandas' types, what Great Expectations calls the type of their values, and the names among
`_NAMES` that it takes for that type."""
_NAMES: Final = frozenset(
    {
        "int8", "int16", "int32", "int64", "int", "float64", "float", "bool", "str",
        "uint8", "uint16", "uint32", "float32", "object", "datetime64",
    }
)  # fmt: skip
"""Names of types whose meaning is certain."""


def row_count_between(ask: Ask) -> Plan:
    """The number of rows lies in a range."""
    return _rows(ask, _range(ask))


def row_count_equal(ask: Ask) -> Plan:
    """The number of rows is one number."""
    wanted = _whole(ask["value"])
    return _rows(ask, lambda rows: rows == wanted)


def _rows(ask: Ask, holds: Callable[[int], bool]) -> Plan:
    def finish(seen: Sequence[Any]) -> Any:
        return ask.result(success=holds(seen[0]), observed_value=seen[0])

    return Plan(figures=(count(ask.where),), finish=finish)


def column_count_between(ask: Ask) -> Plan:
    """The number of columns lies in a range."""
    return _columns(ask, _range(ask))


def column_count_equal(ask: Ask) -> Plan:
    """The number of columns is one number."""
    wanted = _whole(ask["value"])
    return _columns(ask, lambda columns: columns == wanted)


def _columns(ask: Ask, holds: Callable[[int], bool]) -> Plan:
    number = len(ask.table.names)
    return _known(ask, success=holds(number), observed_value=number)


def column_exists(ask: Ask) -> Plan:
    """A column of a name is there, at a position if one is given.

    Great Expectations takes the position 0 for none; here it is the first column.
    """
    name, index, names = ask["column"], ask["column_index"], ask.table.names
    if not isinstance(name, str) or not name or isinstance(index, bool):
        raise NotNative("its column is no name")
    if index is None:
        return _known(ask, success=name in names)
    if not isinstance(index, int):
        raise NotNative("its position is no number")
    inside = -len(names) <= index < len(names)
    return _known(ask, success=inside and names[index] == name)


def columns_in_order(ask: Ask) -> Plan:
    """The columns are those of a list, in its order."""
    wanted, found = _names(ask["column_list"]), list(ask.table.names)
    if wanted == found:
        return _known(ask, success=True, observed_value=found)
    compared = enumerate(zip_longest(wanted, found))
    wrong = [
        {"Expected Column Position": i, "Expected": expected, "Found": there}
        for i, (expected, there) in compared
        if expected != there
    ]
    return _known(ask, success=False, observed_value=found, details={"mismatched": wrong})


def columns_in_set(ask: Ask) -> Plan:
    """The columns are those of a set, or with `exact_match: false` hold it."""
    wanted, found = set(_names(ask["column_set"])), set(ask.table.names)
    unexpected, missing = sorted(found - wanted), sorted(wanted - found)
    exactly = ask.flag("exact_match", default=True)
    sides = {"unexpected": unexpected, "missing": missing}
    wrong = {name: columns for name, columns in sides.items() if columns}
    return _known(
        ask,
        success=not missing and not (exactly and unexpected),
        observed_value=sorted(found),
        details={"mismatched": wrong} if wrong else {},
    )


def column_type(ask: Ask) -> Plan:
    """A column has a type of pandas."""
    dtype, wanted = _typed(ask), ask["type_"]
    if wanted == dtype:
        return _known(ask, success=True, observed_value=dtype)
    if wanted not in _NAMES - {"int", "float", "datetime64"}:
        raise NotNative("its type has other names")
    return _known(ask, success=False, observed_value=dtype)


def values_type(ask: Ask) -> Plan:
    """A column's values are of a type."""
    shown, names = _TYPES[_typed(ask)]
    (wanted,) = _known_types([ask["type_"]])
    return _known(ask, success=wanted in names, observed_value=shown)


def values_types(ask: Ask) -> Plan:
    """A column's values are of one of some types.

    Unlike a single type, Great Expectations compares these with the column's type, not with that of
    its values; and for text and times, whose type has more to it, the two differ.
    """
    shown, names = _TYPES[_typed(ask)]
    wanted = _known_types(ask["type_list"])
    simple = ask.column.kind not in {Kind.TEXT, Kind.TIME}
    return _known(ask, success=simple and not names.isdisjoint(wanted), observed_value=shown)


def _known_types(given: Any) -> list[str]:
    if not isinstance(given, list) or not given or not set(map(str, given)) <= _NAMES:
        raise NotNative("its types have other names")
    return given


def _typed(ask: Ask) -> str:
    dtype = ask.column.dtype
    if dtype not in _TYPES or ask["row_condition"] is not None:
        raise NotNative(f"its column is of type {dtype or 'object'}")
    return dtype


def _known(ask: Ask, *, success: bool, **fields: Any) -> Plan:
    result = ask.result(success=success, **fields)
    return Plan(finish=lambda _: result)


def _names(given: Any) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise NotNative("its columns are no list of names")
    return given


def _whole(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise NotNative("its `value` is no whole number")
    return given


def _range(ask: Ask) -> Callable[[int], bool]:
    low, high = ask["min_value"], ask["max_value"]
    bounds = [_whole(bound) for bound in (low, high) if bound is not None]
    if not bounds or bounds != sorted(bounds) or ask.flag("strict_min") or ask.flag("strict_max"):
        raise NotNative("its bounds are not two whole numbers in their order")
    return lambda number: (low is None or low <= number) and (high is None or number <= high)


SCHEMA: Final[Mapping[str, Callable[[Ask], Plan]]] = {
    "expect_column_to_exist": column_exists,
    "expect_column_type_to_be": column_type,
    "expect_column_values_to_be_in_type_list": values_types,
    "expect_column_values_to_be_of_type": values_type,
    "expect_table_column_count_to_be_between": column_count_between,
    "expect_table_column_count_to_equal": column_count_equal,
    "expect_table_columns_to_match_ordered_list": columns_in_order,
    "expect_table_columns_to_match_set": columns_in_set,
    "expect_table_row_count_to_be_between": row_count_between,
    "expect_table_row_count_to_equal": row_count_equal,
}
"""Plans of expectations about the table as such."""
