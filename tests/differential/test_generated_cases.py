"""Random tables and random arguments: what DuckDB decides, Great Expectations decides alike.

Every example is a table and a suite that asks each expectation once. `MLGATE_DIFFERENTIAL=20000`
asks as many as it says.
"""

import os
import tempfile
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mlgate.engines.catalogue import EXPECTATIONS
from mlgate.engines.duckdb_engine import PLANS, answer
from mlgate.engines.gx import GreatExpectations
from tests.differential.parity import between_engines, data_at, data_of, suite_of

TABLES = -(-int(os.environ.get("MLGATE_DIFFERENTIAL", "600")) // len(PLANS))

INTEGERS = st.one_of(
    st.integers(-4, 4), st.integers(-(2**53), 2**53), st.integers(-(2**63), 2**63 - 1)
)
FLOATS = st.one_of(
    st.integers(-4, 4).map(float),
    st.sampled_from([0.1, 0.5, 2.5, -0.0, 1e-300, 1e300, float("inf"), float("-inf")]),
    st.floats(allow_nan=False, allow_infinity=False),
)
WORDS = st.one_of(
    st.sampled_from(["a", "b", "ab", "", "A1", "x\n", "é", "٣", "2020-01-02", "{}", "1", "a b\t"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
)
JSONS = st.sampled_from(
    ["1", "2.5", '"a"', "null", "[1, 2]", "{}", '{"a": 1}', '{"a": "x", "b": null}', "[]", "NaN"]
)
NEW_YEAR = datetime(2024, 1, 1)  # noqa: DTZ001  # a time without a zone
TIMES = st.one_of(
    st.sampled_from([NEW_YEAR, NEW_YEAR.replace(hour=12), NEW_YEAR.replace(month=6)]),
    st.datetimes(NEW_YEAR.replace(year=1970), NEW_YEAR.replace(year=2100)),
)
DAYS = st.one_of(
    st.sampled_from([date(2024, 1, 1), date(2024, 6, 1)]),
    st.dates(date(1970, 1, 1), date(2100, 1, 1)),
)
SINGLES = st.one_of(
    st.sampled_from([0.1, 0.5, -0.0, 2.0, float("inf")]), st.floats(width=32, allow_nan=False)
)
ZONED = TIMES.map(lambda time: time.replace(tzinfo=UTC))
DECIMALS = st.decimals(-5, 5, places=2)
FLAGS = st.booleans()
OBJECTS = st.one_of(st.integers(0, 3), st.sampled_from(["a", "b", 2**70, 0.5, True, "é"]))
COLUMNS: dict[str, tuple[st.SearchStrategy[Any], str, bool]] = {
    "i": (INTEGERS, "int64", False),
    "small": (st.integers(-5, 5), "int64", False),
    "short": (st.integers(-128, 127), "int8", False),
    "n": (st.integers(-3, 3), "float64", True),
    "f": (FLOATS, "float64", True),
    "g": (st.sampled_from([0.25, 1.5, -2.0, 3.0]), "float64", False),
    "s": (WORDS, "str", True),
    "u": (st.sampled_from(["a", "b", "ab"]), "str", False),
    "j": (JSONS, "str", True),
    "b": (FLAGS, "bool", False),
    "t": (TIMES, "datetime64[us]", True),
    "later": (TIMES, "datetime64[us]", True),
    "ns": (TIMES, "datetime64[ns]", True),
    "fine": (st.integers(0, 10**18), "datetime64[ns]", False),
    "sec": (TIMES.map(lambda time: time.replace(microsecond=0)), "datetime64[s]", False),
    "zoned": (ZONED, "datetime64[us, UTC]", True),
    "day": (DAYS, "object", True),
    "dec": (DECIMALS, "object", True),
    "u8": (st.integers(0, 255), "uint8", False),
    "u32": (st.integers(0, 2**32 - 1), "uint32", False),
    "u64": (st.integers(0, 2**64 - 1), "uint64", False),
    "f32": (SINGLES, "float32", True),
    "I": (st.integers(-4, 4), "Int64", True),
    "J": (INTEGERS, "Int64", True),
    "B": (FLAGS, "boolean", True),
    "T": (st.sampled_from(["a", "b", "", "é", "12"]), "string", True),
    "c": (st.sampled_from(["a", "b", "ab"]), "category", True),
    "o": (OBJECTS, "object", True),
    "where": (st.integers(0, 3), "int64", False),
}
"""Values, type, and whether there may be nulls."""

NUMBERS = st.one_of(
    st.integers(-5, 5),
    st.sampled_from([0.5, 2.5, -1.5, 0.25, 1e300, float("nan"), True]),
    st.integers(-(2**60), 2**60),
    st.none(),
)
PATTERNS = st.sampled_from(
    [
        "a", "^a", "b$", "^[a-z]+$", r"\d", r"\w", r"^\w+$", r"\s", "(a|b)$", "^.$", ".", "",
        "[^a]", r"a(?!b)", "(?i)A", r"(.)\1", "^(?:a|ab)?$", r"\.", "[[:alpha:]]", "a{1,2}",
        r"\bA", "(", r"^\d{4}-\d{2}", "x$", r"[\d-]+", "a++", "é", r"\Aa", "a\\Z", "$", "^$",
        "[^ab]$", r"\D$",
    ]
)  # fmt: skip
ISO = st.sampled_from(
    ["2024-01-01 00:00:00", "2024-01-01T12:00", "2024-06-01 00:00:00.000001", "1999-12-31T00:00:00",
     NEW_YEAR, NEW_YEAR.replace(month=6, hour=12)]
)  # fmt: skip
ISO_DAYS = st.sampled_from(["2024-01-01", "2024-06-01", "1999-12-31", date(2024, 1, 1)])
SETS = st.one_of(
    st.lists(ISO, max_size=4),
    st.lists(ISO_DAYS, max_size=4),
    st.lists(st.integers(-3, 3), max_size=5),
    st.lists(st.sampled_from([0.5, 2.5, 1, -1.0]), max_size=4),
    st.lists(st.sampled_from(["a", "b", "é", ""]), max_size=4),
    st.lists(st.one_of(st.integers(0, 2), st.sampled_from(["a", None, True])), max_size=4),
    st.lists(FLAGS, max_size=2),
)
NAMES = st.sampled_from([*COLUMNS, "nowhere", "S"])
TEXTS = ["s", "u"]
TIMED = ["t", "later", "ns", "sec", "day"]
NUMERIC = ["i", "small", "short", "n", "f", "g"]
FITTING = {
    "between": [*NUMERIC, "u8", "u32", "f32", "I"],
    "creasing": [*NUMERIC, "t", "ns"],
    "quantile": NUMERIC,
    "sum": ["i", "small", "short"],
    "match": ["s", "u", "small"],
    "json_schema": ["j"],
    "z_score": NUMERIC,
    "outlier": NUMERIC,
    "divergence": ["u", "small", "n", "f"],
    "length": [*TEXTS, "i"],
    "parseable": TEXTS,
}
"""Columns that an expectation is meant for, by a part of its name."""
CONDITIONS = st.one_of(
    st.sampled_from(
        [
            {"row_condition": text, "condition_parser": "pandas"}
            for text in (
                "where > 1", "where == 0 or f > 0.5", "not (s == 'a')", "s != 'a' and where < 3",
                "n.isnull()", "s.notnull() and where in [0, 1]", "b == True", "u not in ['a']",
                "n != 1", "not (n > 1 or where == 2)", "where == 'x'", "o == 1", "i > 0 & f < 1",
                "f <= -0.5", "s in ['a', 'b', '']", "i >= 4503599627370496",
                "(where > 0) & (s == 'a')", "where > 1 | n == 1", "~(where == 1) & s.notnull()",
                "where > 0 & n < 1 | s == 'a'", "t > '2024-01-01'", "t == '2024-01-01 12:00'",
                "t != '2024-01-01' and ns <= '2024-06-01T00:00'", "day > '2024-01-01'", "I > 1",
                "t > '2024'", "zoned > '2024-01-01'", "u8 > 100", "f32 > 0.1", "c == 'a'",
                "B == True", "T == 'a'", "I.isnull()", "dec > 1", "~s == 'a'",
                "t in ['2024-01-01']",
                "fine > '2000-01-01'", "sec >= '2024-01-01'", "u64 > 5", "J.notnull()",
            )
        ]
    ),
    st.sampled_from(
        [
            {"row_condition": text, "condition_parser": "great_expectations"}
            for text in (
                'col("where") > 1', 'col("s") == "a"', 'col("f").notNull()', 'col("n") != 1',
                'col("where") <= 2', "col('u') == 'b'", 'col("f") >= 0.5', 'col("n") < -1',
            )
        ]
    ),
    st.sampled_from(
        [
            {"type": "comparison", "column": {"name": "where"}, "operator": "<", "parameter": 2},
            {"type": "nullity", "column": {"name": "f"}, "is_null": True},
            {
                "type": "and",
                "conditions": [
                    {"type": "nullity", "column": {"name": "s"}, "is_null": False},
                    {"type": "comparison", "column": {"name": "u"}, "operator": "!=",
                     "parameter": "a"},
                ],
            },
            {"type": "comparison", "column": {"name": "n"}, "operator": "IN", "parameter": [1, 2]},
            {"type": "comparison", "column": {"name": "n"}, "operator": "in", "parameter": [1, 2]},
            {"type": "comparison", "column": {"name": "n"}, "operator": "IN",
             "parameter": [1, 2.5]},
            {"type": "comparison", "column": {"name": "t"}, "operator": ">=",
             "parameter": "2024-01-01"},
            {"type": "and", "conditions": [{"type": "or", "conditions": [
                {"type": "nullity", "column": {"name": "s"}, "is_null": False}]}]},
            {"type": "or", "conditions": [
                {"type": "nullity", "column": {"name": "I"}, "is_null": True},
                {"type": "and", "conditions": [
                    {"type": "comparison", "column": {"name": "u"}, "operator": "==",
                     "parameter": "a"},
                    {"type": "comparison", "column": {"name": "where"}, "operator": ">",
                     "parameter": 0.5}]}]},
            {"type": "comparison", "column": {"name": "n"}, "operator": "NOT_IN",
             "parameter": [1, 2]},
        ]
    ).map(lambda condition: {"row_condition": condition}),
)  # fmt: skip
PARTITIONS: list[Any] = [
    {}, {"values": ["a", "b"], "weights": [0.6, 0.4]},
    {"values": ["a", "b", "ab"], "weights": [1 / 3, 1 / 3, 1 / 3]},
    {"values": ["a", "a"], "weights": [0.5, 0.5]}, {"values": ["a", None], "weights": [0.5, 0.5]},
    {"values": [0, 1], "weights": [0.5, 0.4]}, {"values": ["a"], "weights": [0.999991]},
    {"bins": [-2, 0, 2], "weights": [0.4, 0.4], "tail_weights": [0.1, 0.1]},
    {"bins": [-2, 0, 2], "weights": [0.5, 0.5], "tail_weights": [0, 0]},
    {"bins": [-2, 0, 0], "weights": [0.5, 0.5]}, {"bins": [0, 1], "weights": [1]},
    {"bins": [float("-inf"), 0, float("inf")], "weights": [0.5, 0.5]},
    {"bins": [float("-inf"), 0, 1, float("inf")], "weights": [0.5, 0.0, 0.5]},
    {"bins": [-1, 0, 1, 2], "weights": [0.5, 0.0, 0.5]},
]  # fmt: skip
BOUNDS = st.sampled_from([float("-inf"), -3, -1, -0.5, 0, 0.25, 1, 2, 3.5, float("inf")])


@st.composite
def partitions(draw: st.DrawFn, column: str) -> dict[str, Any]:
    """Arguments about a distribution that fit a column."""
    if column in TEXTS:
        words = st.sampled_from(["a", "b", "ab", "c", ""])
        items: list[Any] = draw(st.lists(words, min_size=1, max_size=4, unique=True))
    elif column == "small" and draw(FLAGS):
        items = draw(st.lists(st.integers(-5, 5), min_size=1, max_size=9, unique=True))
    else:
        items = sorted(draw(st.sets(BOUNDS, min_size=2, max_size=7)))
    name = "values" if column in TEXTS or items != sorted(items) else "bins"
    name = "values" if len(items) < 2 else name
    given = draw(st.lists(st.integers(0, 5), min_size=9, max_size=9))
    better: dict[str, Any] = {"partition_object": weighted(name, items, given)}
    better |= {"min_value": None, "max_value": None}
    if name == "values":
        better["internal_weight_holdout"] = 0
    return better | {"threshold": draw(st.sampled_from([0.05, 0.5, 1.5, 10, None]))}


def weighted(name: str, items: list[Any], given: list[int]) -> dict[str, Any]:
    """A partition of some values or bins, by whole weights."""
    used = given[: len(items) - (name == "bins")]
    used = used if any(used) else [1] * len(used)
    total = sum(used)
    return {name: items, "weights": [weight / total for weight in used]}


CELLS = st.sampled_from([None, -1, 0, 1, "a", "b", 0.25])
ARGUMENTS: dict[str, st.SearchStrategy[Any]] = {
    "column": NAMES,
    "column_A": NAMES,
    "column_B": NAMES,
    "column_list": st.lists(NAMES, min_size=2, max_size=3),
    "column_set": st.one_of(st.lists(NAMES, max_size=14), st.just([*COLUMNS])),
    "column_index": st.sampled_from([None, 1, 3, -1, 99]),
    "min_value": NUMBERS,
    "max_value": NUMBERS,
    "strict_min": FLAGS,
    "strict_max": FLAGS,
    "strictly": FLAGS,
    "or_equal": FLAGS,
    "ties_okay": FLAGS,
    "exact_match": FLAGS,
    "mostly": st.sampled_from([0, 0.5, 2 / 3, 0.9, 1]),
    "regex": PATTERNS,
    "regex_list": st.lists(PATTERNS, min_size=1, max_size=3),
    "match_on": st.sampled_from(["any", "all"]),
    "value_set": SETS,
    "value_pairs_set": st.lists(st.tuples(CELLS, CELLS).map(list), max_size=4),
    "value": st.integers(0, 12),
    "sum_total": st.sampled_from([0, 1, -3, 2.0, 2.5]),
    "strftime_format": st.sampled_from(["%Y-%m-%d", "%d", "%H:%M", "a%m"]),
    "type_": st.sampled_from(
        ["int64", "float", "str", "bool", "object", "int", "datetime64", "uint8", "float32"]
    ),
    "type_list": st.lists(
        st.sampled_from(["int64", "float64", "str", "int8", "uint8", "datetime64"]), min_size=1
    ),
    "quantile_ranges": st.lists(
        st.tuples(
            st.sampled_from([0, 0.05, 0.25, 0.5, 0.75, 0.9, 1.0]),
            st.sampled_from([(None, 1), (-1, 1), (0, None), (-2.0, 2.5), (0.5, 0.5)]).map(list),
        ),
        min_size=1,
        max_size=4,
    ).map(
        lambda pairs: {"quantiles": [p for p, _ in pairs], "value_ranges": [r for _, r in pairs]}
    ),
}


ARGUMENTS |= {
    "threshold": st.sampled_from([0, 0.01, 0.1, 0.5, 1, 1.5, 2, 3, -1, 0.7071, 1e300, None]),
    "double_sided": FLAGS,
    "method": st.sampled_from(["iqr", "std", "mad"]),
    "multiplier": st.sampled_from([0, 0.1, 0.5, 1, 1.5, 2, 3.0, -1, 1e300]),
    "json_schema": st.sampled_from(
        [
            {"type": "object"}, {"type": ["object", "array"]}, {"required": ["a"]}, {},
            {"type": "nothing"}, {"properties": {"a": {"type": "integer"}}, "minProperties": 1},
            {"anyOf": [{"type": "number"}, {"type": "null"}]}, {"minimum": 2}, {"enum": [1, "a"]},
            {"$ref": "#/$defs/n", "$defs": {"n": {"type": "number"}}}, {"$ref": "#/nowhere"},
            {"$schema": "http://json-schema.org/draft-07/schema#", "maxItems": 1},
            {"type": "string", "pattern": "^a"}, {"pattern": "("},
        ]
    ),
    "partition_object": st.sampled_from(PARTITIONS),
    "tail_weight_holdout": st.sampled_from([0, 0, 0.01, 0.1, 1]),
    "internal_weight_holdout": st.sampled_from([0, 0, 0.01, 0.5]),
    "bucketize_data": st.sampled_from([True, True, False]),
}  # fmt: skip


ODD = st.sampled_from(
    [
        None, "", "5", "a", [], {}, True, False, 0, -1, 2, 2.0, 0.5, 1e308, float("inf"), 2**63,
        float("nan"), {"$PARAMETER": "x"}, "2024-01-01", "2024-01-01T00:00:00Z", ["a"], [1, "a"],
        [None], [[1, 2]], [["a"]], "any", "all", "none", "b'", '"', "n", ["n", "g"], ["s", "u"],
        {"quantiles": [0.5], "value_ranges": [[1, 0]]}, {"a": 1}, date(2024, 1, 1), NEW_YEAR,
    ]
)  # fmt: skip
"""What no argument is meant to be, or only some are."""
ODDS = 9
"""One expectation of so many, and one more, has such an argument."""


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(0, 25))
    columns = {}
    for name, (values, dtype, nullable) in COLUMNS.items():
        cells = st.one_of(st.none(), values, values, values) if nullable else values
        drawn = draw(st.lists(cells, min_size=rows, max_size=rows))
        columns[name] = pd.Series(drawn, dtype=dtype)
    return pd.DataFrame(columns)


ABOUT_TIMES = {
    "expect_column_values_to_be_between",
    "expect_column_min_to_be_between",
    "expect_column_max_to_be_between",
    "expect_column_values_to_not_be_in_set",
    "expect_column_distinct_values_to_be_in_set",
    "expect_column_distinct_values_to_contain_set",
    "expect_column_distinct_values_to_equal_set",
}


@st.composite
def fitting(draw: st.DrawFn, kind: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Arguments that an author who knows the data would give."""
    known = [columns for part, columns in FITTING.items() if part in kind]
    columns = known[-1] if known else draw(st.sampled_from([NUMERIC, TEXTS, ["n", "g"]]))
    chosen = draw(st.permutations(columns))
    better: dict[str, Any] = dict(zip(("column", "column_A"), [*chosen, *chosen], strict=False))
    words = st.sampled_from(["a", "b", "ab", "é", "zz"])
    cells: st.SearchStrategy[Any] = words if chosen[0] in TEXTS else st.integers(-3, 3)
    low = draw(st.integers(-4, 2))
    if kind in ABOUT_TIMES and draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(TIMED))
        values = ISO_DAYS if name == "day" else ISO
        ends = sorted(draw(st.tuples(values, values)), key=str)
        wanted = draw(st.lists(values, min_size=1, max_size=4))
        fits = {"column": name, "min_value": ends[0], "max_value": ends[1], "value_set": wanted}
        return {key: item for key, item in fits.items() if key in kwargs}
    better |= {
        "column_B": chosen[-1],
        "column_list": list(chosen[:3]),
        "value_set": draw(st.lists(cells, min_size=1, max_size=5)),
        "value_pairs_set": draw(st.lists(st.tuples(cells, cells).map(list), max_size=4)),
        "min_value": low,
        "max_value": low + draw(st.sampled_from([0, 0.5, 3, 8])),
    }
    if "divergence" in kind:
        better = {"column": chosen[0], **draw(partitions(chosen[0]))}
    if "divergence" in kind:
        return kwargs | better
    return {name: item for name, item in better.items() if name in kwargs}


@st.composite
def questions(draw: st.DrawFn, kind: str) -> tuple[str, dict[str, Any]]:
    signature = EXPECTATIONS[kind]
    known = sorted(signature.kwargs & ARGUMENTS.keys())
    chosen = [name for name in known if name in signature.required or draw(FLAGS)]
    kwargs = {name: draw(ARGUMENTS[name]) for name in chosen}
    if draw(st.integers(0, 4)):
        kwargs |= draw(fitting(kind, kwargs))
    if "ignore_row_if" in signature.kwargs and draw(FLAGS):
        pair = ["both_values_are_missing", "either_value_is_missing", "neither"]
        several = ["all_values_are_missing", "any_value_is_missing", "never"]
        kwargs["ignore_row_if"] = draw(st.sampled_from(pair if "column_A" in known else several))
    if "row_condition" in signature.kwargs and draw(st.integers(0, 2)) == 0:
        kwargs |= draw(CONDITIONS)
    if draw(st.integers(0, ODDS)) == 0:
        name = draw(st.sampled_from([*sorted(signature.kwargs), "unknown"]))
        kwargs[name] = draw(ODD)
    if draw(st.integers(0, 60)) == 0 and kwargs:
        del kwargs[draw(st.sampled_from(sorted(kwargs)))]
    if "partition_object" in known and not isinstance(kwargs.get("partition_object"), dict):
        kwargs["partition_object"] = {}  # numpy's own bins for 1e300 and 1 fill the memory
    return kind, kwargs


SEEN: Counter[str] = Counter()


@settings(
    max_examples=TABLES,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a table is shrunk for minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    frame=frames(),
    asked=st.tuples(*map(questions, sorted(PLANS))),
    in_place=FLAGS,
)
def test_what_duckdb_decides_great_expectations_decides_alike(frame, asked, in_place):
    assert not disagreements(frame, asked, in_place=in_place)


def disagreements(
    frame: pd.DataFrame, asked: tuple[tuple[str, dict[str, Any]], ...], *, in_place: bool
) -> list[str]:
    """Where the engines do not answer a suite alike."""
    suite = suite_of(*asked)
    with tempfile.TemporaryDirectory() as folder:
        data = data_of(frame)
        if in_place:
            path = Path(folder) / "data.parquet"
            frame.astype({"o": "str"}).to_parquet(path)
            data = data_at(path)
        ours = answer(data, suite)
        # The others are Great Expectations' to decide, which is asked for what DuckDB decided only.
        theirs = GreatExpectations().validate(data, suite_of(*(asked[i] for i in ours.results)))
    assert (ours.rows, ours.columns) == (theirs.rows, theirs.columns)
    found = []
    for result, other in zip(ours.results.values(), theirs.results, strict=True):
        SEEN[result.expectation.type] += 1
        if wrong := between_engines(result, other):
            column = frame.get(str(result.expectation.kwargs.get("column")))
            shown = None if column is None else (column.dtype, column.tolist())
            found.append(f"{result.expectation}: {wrong}, in {shown}")
    return found


def test_the_generated_cases_reached_most_expectations():
    print(f"{sum(SEEN.values())} of {TABLES * len(PLANS)} cases were decided by DuckDB")
    assert len(SEEN) >= 0.9 * len(PLANS), sorted(PLANS.keys() - SEEN.keys())
