"""Expectations about each value of a column."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from mlgate.engines.duckdb_bounds import bounds, outside
from mlgate.engines.duckdb_conditions import comparable, exact
from mlgate.engines.duckdb_plan import SAMPLES, Ask, Plan, checked_mostly, counted, first
from mlgate.engines.duckdb_regex import read_pattern
from mlgate.engines.duckdb_sql import NotNative, Sql, among, both, count, joined, sql, value
from mlgate.engines.duckdb_table import Column, Kind
from mlgate.engines.duckdb_times import day, moment
from mlgate.engines.duckdb_unique import repeated

_MAX_SPAN: Final = timedelta(days=290 * 365)
"""Nanoseconds in 64 bits reach 292 years."""
MAX_SET: Final = 10_000
"""Values of a set beyond which it is left to Great Expectations."""

Holds = Callable[[str], bool]
"""Whether a value is as expected."""


def not_null(ask: Ask) -> Plan:
    """Nulls are unexpected."""
    missing = sql("{} IS NULL", ask.column.sql)
    return _about_nulls(ask, missing)


def null(ask: Ask) -> Plan:
    """Everything but nulls is unexpected."""
    if ask.column.kind is Kind.OTHER:
        raise NotNative("its column holds objects")
    return _about_nulls(ask, ask.column.present)


def _about_nulls(ask: Ask, unexpected: Sql) -> Plan:
    checked_mostly(ask)
    unexpected = both(ask.where, unexpected)
    return Plan(
        figures=(count(ask.where), count(unexpected)),
        finish=lambda seen: counted(
            ask, seen[0], seen[0], seen[1], first([ask.column], unexpected)
        ),
    )


def _each(ask: Ask, unexpected: Sql) -> Plan:
    """A plan by a condition that DuckDB evaluates, for the values that are not null."""
    checked_mostly(ask)
    broken = both(ask.present, unexpected)
    return Plan(
        figures=(count(ask.where), count(ask.present), count(broken)),
        finish=lambda seen: counted(ask, seen[0], seen[1], seen[2], first([ask.column], broken)),
    )


def between(ask: Ask) -> Plan:
    """Values lie in a range; numbers as floats, which Great Expectations makes of the bounds."""
    column = ask.column_of(Kind.INTEGER, Kind.FLOAT, Kind.SINGLE, Kind.TIME, Kind.DATE)
    timed = column.kind in {Kind.TIME, Kind.DATE}
    figure = column.sql if timed else sql("{}::DOUBLE", column.sql)
    return _each(ask, outside(ask, figure, *bounds(ask, column)))


def lengths_between(ask: Ask) -> Plan:
    """Texts, and integers as text, have a length in a range."""
    for name in ("min_value", "max_value"):
        _whole(ask[name])
    return _each(ask, outside(ask, sql("length({})", _text(ask)), *bounds(ask)))


def lengths_equal(ask: Ask) -> Plan:
    """Texts, and integers as text, have one length."""
    if not exact(ask["value"]):
        raise NotNative("its `value` is no number")
    _whole(ask["value"])
    return _each(ask, sql("length({}) <> {}::DOUBLE", _text(ask), value(ask["value"])))


def _whole(length: Any) -> None:
    """Make sure that a length is whole; Great Expectations cuts any other one off."""
    if isinstance(length, float) and not length.is_integer():
        raise NotNative("its length is no whole number")


def _text(ask: Ask) -> Sql:
    column = ask.column_of(Kind.TEXT, Kind.INTEGER)
    return column.sql if column.kind is Kind.TEXT else sql("{}::VARCHAR", column.sql)


def in_set(ask: Ask) -> Plan:
    """Values are some of a set."""
    return _each(ask, sql("NOT {}", _inside(ask)))


def not_in_set(ask: Ask) -> Plan:
    """Values are none of a set; of a set for times, texts are read as times."""
    if ask.column.kind is Kind.TIME:
        return _each(ask, among(ask.column.sql, timed_set(ask.column, ask["value_set"])))
    return _each(ask, _inside(ask))


def _inside(ask: Ask) -> Sql:
    column = ask.column_of(Kind.INTEGER, Kind.FLOAT, Kind.TEXT, Kind.BOOLEAN)
    given = checked_set(column, ask["value_set"])
    floats = column.kind is Kind.INTEGER and any(isinstance(item, float) for item in given)
    return among(sql("{}::DOUBLE", column.sql) if floats else column.sql, given)


def checked_set(column: Column, given: Any) -> list[Any]:
    """A set of values that are all of a column's kind."""
    if not isinstance(given, list | tuple) or len(given) > MAX_SET:
        raise NotNative("its set is no list, or a very long one")
    if not all(comparable(column, item) for item in given):
        raise NotNative("its set holds values of another type than the column")
    return list(given)


def timed_set(column: Column, given: Any) -> list[Any]:
    """A set of times or dates, some of them as ISO text, in the column's kind."""
    if not isinstance(given, list | tuple) or len(given) > MAX_SET:
        raise NotNative("its set is no list, or a very long one")
    read: list[Any] = [day(item) if column.kind is Kind.DATE else _time(item) for item in given]
    if None in read:
        raise NotNative("its set holds values of another type than the column")
    return read


def _time(given: Any) -> datetime | None:
    """A time, which pandas does not compare with a mere date unless that is text."""
    return moment(given) if isinstance(given, str | datetime) else None


def unique(ask: Ask) -> Plan:
    """No value stands in two rows; all rows of a repeated value count."""
    checked_mostly(ask)
    column = ask.column_of(*Kind)
    if column.kind is Kind.OTHER:
        raise NotNative("its column holds objects")
    groups = sql(
        "SELECT {} AS v, count(*) AS n FROM t WHERE {} GROUP BY v HAVING n > 1",
        column.sql,
        ask.present,
    )

    def finish(seen: Any) -> Any:
        found = repeated(ask.table, [column], ask.present, seen[1])
        if not found:
            ask.table.different[column, ask.present] = seen[1]
        broken = both(ask.present, sql("{} IN (SELECT v FROM ({}))", column.sql, groups))
        return counted(ask, seen[0], seen[1], found, first([column], broken))

    return Plan(figures=(count(ask.where), count(ask.present)), finish=finish)


def ordered(ask: Ask, *, falling: bool) -> Plan:
    """Each value is no less, or no more, than the one before it, nulls left out."""
    checked_mostly(ask)
    column = ask.column_of(Kind.INTEGER, Kind.FLOAT, Kind.TIME)
    if column.dtype not in {"int64", "float64"} and column.kind is not Kind.TIME:
        raise NotNative("differences of short integers wrap around")
    good = ("<" if falling else ">") + ("" if ask.flag("strictly") else "=")
    steps = sql(
        "SELECT r, {} AS v, lag({}) OVER (ORDER BY r) AS u FROM t WHERE {}",
        column.sql, column.sql, ask.present,
    )  # fmt: skip
    broken = sql("SELECT r, v FROM ({}) WHERE NOT v {} u", steps, Sql(good))
    if column.kind is Kind.FLOAT:  # infinities of one sign differ by NaN, which is fine
        broken = sql("{} AND NOT (v = u AND isinf(v))", broken)

    def finish(seen: Any) -> Any:
        low, high = seen[2:]
        if column.kind is Kind.INTEGER and low is not None and high - low >= 2**63:
            raise NotNative("differences of its integers wrap around")
        if column.kind is Kind.TIME and low is not None and high - low >= _MAX_SPAN:
            raise NotNative("differences of its times may wrap around")
        found = ask.table.row(sql("SELECT count(*) FROM ({})", broken))[0]
        sample = sql("SELECT v FROM ({}) ORDER BY r LIMIT {}", broken, SAMPLES)
        return counted(ask, seen[0], seen[1], found, sample)

    extremes = (sql("min({}) FILTER (WHERE {})", column.sql, ask.where),
                sql("max({}) FILTER (WHERE {})", column.sql, ask.where))  # fmt: skip
    return Plan(figures=(count(ask.where), count(ask.present), *extremes), finish=finish)


def matches(ask: Ask) -> Plan:
    """A pattern is found in every value."""
    return _patterns(ask, [ask["regex"]], all, wanted=True)


def not_matches(ask: Ask) -> Plan:
    """A pattern is found in no value."""
    return _patterns(ask, [ask["regex"]], any, wanted=False)


def matches_list(ask: Ask) -> Plan:
    """One of some patterns, or all of them, are found in every value."""
    match_on = ask.spec.kwargs.get("match_on", "any")
    if match_on not in {"any", "all"}:
        raise NotNative("its `match_on` is neither any nor all")
    return _patterns(ask, ask["regex_list"], any if match_on == "any" else all, wanted=True)


def not_matches_list(ask: Ask) -> Plan:
    """None of some patterns is found in any value."""
    return _patterns(ask, ask["regex_list"], any, wanted=False)


def _patterns(ask: Ask, given: Any, combine: Any, *, wanted: bool) -> Plan:
    if not isinstance(given, list) or not 0 < len(given) <= 50:
        raise NotNative("its patterns are no list")
    patterns = [read_pattern(item) for item in given]
    text = _text(ask)

    def holds(text: str) -> bool:
        return bool(combine(p.search.search(text) for p in patterns)) is wanted

    if any(pattern.re2 is None for pattern in patterns):
        return by_value(ask, text, holds)
    found = [sql("regexp_matches({}, {})", text, value(p.re2)) for p in patterns]
    matched = sql("({})", joined(" OR " if combine is any else " AND ", found))
    plan = _each(ask, sql("NOT {}", matched) if wanted else matched)
    if not any(pattern.ascii_only for pattern in patterns) or ask.column.kind is Kind.INTEGER:
        return plan
    foreign = count(both(ask.present, sql("strlen({}) <> length({})", text, text)))

    def finish(seen: Any) -> Any:
        if not seen[-1]:
            return plan.finish(seen[:-1])
        return by_value(ask, text, holds).finish(seen[:2])

    return Plan(figures=(*plan.figures, foreign), finish=finish)


def by_value(ask: Ask, text: Sql, holds: Holds) -> Plan:
    """A plan that asks Python, once for each distinct value."""
    checked_mostly(ask)

    def finish(seen: Any) -> Any:
        query = sql("SELECT {} AS v, count(*) FROM t WHERE {} GROUP BY v", text, ask.present)
        broken, unexpected = [], 0
        for item, times in ask.table.all(query):
            if not holds(item):
                broken.append(item)
                unexpected += times
        inside = sql("{} IN (SELECT unnest({}))", text, value(broken))
        sample = first([ask.column], both(ask.present, inside))
        return counted(ask, seen[0], seen[1], unexpected, sample)

    return Plan(figures=(count(ask.where), count(ask.present)), finish=finish)


def strftime(ask: Ask) -> Plan:
    """Values are dates of one format, as `datetime.strptime` reads it."""
    form = ask["strftime_format"]
    if not isinstance(form, str):
        raise NotNative("its format is no text")
    # Great Expectations refuses a format that it cannot read back itself.
    datetime.strptime(datetime.strftime(datetime(2000, 1, 2), form), form)  # noqa: DTZ001, DTZ007
    return by_value(ask, ask.column_of(Kind.TEXT).sql, lambda text: _is_date(text, form))


def _is_date(text: str, form: str) -> bool:
    try:
        if form == "%Y-%m-%d" and text[4:8:3] == "--":
            date.fromisoformat(text)  # what it reads, `strptime` does, too, in 20 times the time
            return True
    except ValueError:
        pass
    try:
        datetime.strptime(text, form)  # noqa: DTZ007
    except ValueError:
        return False
    return True


def dateutil(ask: Ask) -> Plan:
    """Values are dates, as `dateutil` reads them."""
    from dateutil.parser import parse  # type: ignore[import-untyped]

    def holds(text: str) -> bool:
        try:
            parse(text)
        except (ValueError, OverflowError):
            return False
        return True

    return by_value(ask, ask.column_of(Kind.TEXT).sql, holds)


def json_parseable(ask: Ask) -> Plan:
    """Values are JSON, as Python's reader has it."""

    def holds(text: str) -> bool:
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return False
        return True

    return by_value(ask, ask.column_of(Kind.TEXT).sql, holds)


def json_schema(ask: Ask) -> Plan:
    """Values are JSON that a schema describes, as `jsonschema` reads it."""
    schema = ask["json_schema"]
    if not isinstance(schema, Mapping) or not _is_local(schema):
        raise NotNative("its schema is no object, or refers to another one")
    from jsonschema.validators import validator_for

    validator = validator_for(schema)
    validator.check_schema(schema)
    errors = validator(schema).iter_errors

    def holds(text: str) -> bool:
        # What is no JSON raises, as in Great Expectations; so does an error after the first one.
        return not list(errors(json.loads(text)))

    return by_value(ask, ask.column_of(Kind.TEXT).sql, holds)


def _is_local(schema: Any) -> bool:
    """Whether a schema refers to nothing but itself, and holds no suite parameter."""
    if isinstance(schema, Mapping):
        return all(
            isinstance(key, str)
            and not key.startswith("$PARAMETER")
            and (not key.endswith(("$ref", "Ref")) or str(inner).startswith("#"))
            and _is_local(inner)
            for key, inner in schema.items()
        )
    return all(map(_is_local, schema)) if isinstance(schema, list) else True


COLUMN: Final[Mapping[str, Callable[[Ask], Plan]]] = {
    "expect_column_value_lengths_to_be_between": lengths_between,
    "expect_column_value_lengths_to_equal": lengths_equal,
    "expect_column_values_to_be_between": between,
    "expect_column_values_to_be_dateutil_parseable": dateutil,
    "expect_column_values_to_be_decreasing": lambda ask: ordered(ask, falling=True),
    "expect_column_values_to_be_in_set": in_set,
    "expect_column_values_to_be_increasing": lambda ask: ordered(ask, falling=False),
    "expect_column_values_to_be_json_parseable": json_parseable,
    "expect_column_values_to_be_null": null,
    "expect_column_values_to_be_unique": unique,
    "expect_column_values_to_match_json_schema": json_schema,
    "expect_column_values_to_match_regex": matches,
    "expect_column_values_to_match_regex_list": matches_list,
    "expect_column_values_to_match_strftime_format": strftime,
    "expect_column_values_to_not_be_in_set": not_in_set,
    "expect_column_values_to_not_be_null": not_null,
    "expect_column_values_to_not_match_regex": not_matches,
    "expect_column_values_to_not_match_regex_list": not_matches_list,
}
"""Plans of expectations about each value of a column."""
