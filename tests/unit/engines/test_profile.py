import datetime as dt
import math
import string
import uuid

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.engines.profile import GRID, MAX_VALUES, ColumnProfile, profile
from mlgate.errors import DataNotReadable


def column(values: object, **options: object) -> ColumnProfile:
    return profile(pd.DataFrame({"x": pd.Series(values, **options)}), "data").columns[0]  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "number"),
        ([1.5, None], "number"),
        (pd.array([1, None], dtype="Int64"), "number"),
        ([True, False], "boolean"),
        ([True, None], "boolean"),
        (["a", None], "text"),
        (pd.Categorical(["a", "b"]), "text"),
        (pd.Categorical([1, 2]), "other"),
        (pd.to_datetime(["2024-01-01", "NaT"]), "time"),
        (pd.to_datetime(["2024-01-01"], utc=True), "time"),
        ([dt.date(2024, 1, 1), None], "time"),
        ([[1], [2]], "other"),
        ([1, "a"], "other"),
        ([b"a", b"b"], "other"),
        ([1j, 2j], "other"),
    ],
)
def test_a_column_has_the_kind_of_its_values(values, kind):
    assert column(values).kind == kind


def test_nulls_are_counted_and_left_out_of_everything_else():
    seen = column([2.0, None, 4.0, math.nan])
    assert (seen.rows, seen.nulls, seen.present, seen.null_share) == (4, 2, 2, 0.5)
    assert seen.distinct == 2
    assert seen.numbers is not None
    assert (seen.numbers.minimum, seen.numbers.mean, seen.numbers.maximum) == (2, 3, 4)


def test_a_column_of_nulls_has_no_figures():
    seen = column([None, None], dtype="float64")
    assert (seen.present, seen.distinct, seen.numbers) == (0, 0, None)
    assert not seen.unique
    assert seen.order is None


@given(st.lists(st.integers(-(2**62), 2**62) | st.floats(allow_nan=False), min_size=1))
def test_figures_are_those_of_pandas(values):
    series = pd.Series(values, dtype="float64")
    numbers = column(values, dtype="float64").numbers
    assert numbers is not None
    assert numbers.minimum == series.min()
    assert numbers.maximum == series.max()
    for index in (0, 5, GRID // 2, 95, GRID):
        below = (series < numbers.quantiles[index]).mean()
        upto = (series <= numbers.quantiles[index]).mean()
        off = 1 / len(series)
        assert below <= index / GRID + off
        assert upto >= index / GRID - off
    if np.isfinite(series).all() and abs(series).max() < 1e100:
        assert numbers.mean == pytest.approx(series.mean(), rel=1e-6, abs=1e-6)
    assert numbers.whole == all(math.isfinite(v) and v == math.floor(v) for v in series)


def test_integers_stay_integers_beyond_the_precision_of_floats():
    numbers = column([2**63 - 1, 5]).numbers
    assert numbers is not None
    assert numbers.maximum == 2**63 - 1
    assert isinstance(numbers.maximum, int)


def test_infinities_are_measured_and_are_not_whole():
    numbers = column([1.0, math.inf]).numbers
    assert numbers is not None
    assert numbers.maximum == math.inf
    assert not numbers.whole


def test_few_values_are_listed_in_their_order_with_their_rows():
    assert column(["b", "a", "b", None]).values == (("a", 1), ("b", 2))
    assert column([True, False, True]).values == ((False, 1), (True, 2))
    assert all(type(value) is int for value, _ in column([3, 1]).values)


def test_many_values_are_not_listed():
    assert len(column(range(MAX_VALUES)).values) == MAX_VALUES
    assert column(range(MAX_VALUES + 1)).values == ()


def test_uniqueness_leaves_nulls_out():
    assert column(["a", "b", None, None]).unique
    assert not column(["a", "b", "a"]).unique


@pytest.mark.parametrize(
    ("values", "order"),
    [
        ([1, 2, 3], "increasing"),
        ([3, 2, 1], "decreasing"),
        ([1, 2, 2], None),
        ([2, 1, 3], None),
        ([1], None),
        (pd.to_datetime(["2024-01-01", "2024-01-02"]), "increasing"),
    ],
)
def test_order_is_strict(values, order):
    assert column(values).order == order


CODES = [
    f"{a}{b}{i:04}" for i, (a, b) in enumerate(zip("ABCDEFGHIJKL", "LKJIHGFEDCBA", strict=True))
]


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        (CODES, "^[A-Z]{2}[0-9]{4}$"),
        ([f"ID-{i}" for i in range(20)], "^ID-[0-9]+$"),
        ([f"v{i}.{i % 3}" for i in range(20)], r"^v[0-9]+\.[0-9]$"),
        ([f"{i:05}" for i in range(20)], "^[0-9]{5}$"),
        ([f"{i:032x}" for i in range(2**40, 2**40 + 10**10, 10**8)], "^[0-9a-f]{32}$"),
    ],
)
def test_codes_of_one_shape_are_recognised(texts, pattern):
    words = column(texts).words
    assert words is not None
    assert words.pattern == pattern


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        ([f"2024-01-{d:02}" for d in range(1, 28)], "ISO date"),
        ([f"2024-01-{d:02}T10:00:00Z" for d in range(1, 28)], "ISO date and time"),
        ([str(uuid.UUID(int=i * 10**30)) for i in range(20)], "UUID"),
        ([f"{c}@example.org" for c in string.ascii_letters], "e-mail address"),
    ],
)
def test_well_known_formats_are_named(texts, name):
    words = column(texts).words
    assert words is not None
    assert words.format == name


@pytest.mark.parametrize(
    "texts",
    [
        ["apple", "fig", "cherry", "plum", "pear", "kiwi", "lime", "mango", "date", "melon"],
        [f"{i} 名前 {'é' * i}" for i in range(20)],
        CODES[:5],
        ["x" * 50_000 + c for c in string.ascii_letters],
    ],
    ids=["words", "unicode", "too few to tell", "a literal that nobody would review"],
)
def test_plain_text_has_no_format(texts):
    words = column(texts).words
    assert words is not None
    assert words.pattern is None


def test_a_format_is_held_against_every_value_and_not_only_a_sample():
    texts = [f"AB{i:06}" for i in range(5000)]
    words = column([*texts[:1234], "oops", *texts[1234:]]).words
    assert words is not None
    assert words.pattern is None


def test_the_span_of_times_knows_dates_offsets_and_plain_times():
    days = ["2024-01-02", "2024-03-04"]
    naive = column(pd.to_datetime(days)).moments
    aware = column(pd.to_datetime(days, utc=True)).moments
    dates = column([dt.date.fromisoformat(day) for day in days]).moments
    assert naive is not None
    assert aware is not None
    assert dates is not None
    assert (naive.form, aware.form, dates.form) == ("naive", "aware", "date")
    assert dates.first == "2024-01-02"
    assert aware.last == "2024-03-04T00:00:00+00:00"


def prices(rows: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(0)
    low = random.normal(100, 10, rows)
    step = random.exponential(3, (2, rows))
    return pd.DataFrame({"high": low + step.sum(axis=0), "low": low, "open": low + step[0]})


def test_orderings_that_follow_from_others_are_left_out():
    found = profile(prices(), "data").orderings
    assert {(o.smaller, o.larger) for o in found} == {("low", "open"), ("open", "high")}


def test_an_ordering_that_one_row_breaks_is_none():
    frame = prices(5000)
    frame.loc[1234, "high"] = 0  # not among the sampled rows
    found = profile(frame, "data").orderings
    assert {(o.smaller, o.larger) for o in found} == {("low", "open")}


def test_an_ordering_leaves_rows_with_a_null_out():
    frame = prices()
    frame.loc[::7, "low"] = None
    assert any((o.smaller, o.larger) == ("low", "open") for o in profile(frame, "d").orderings)


def test_columns_that_are_merely_far_apart_or_equal_are_not_ordered():
    frame = prices()[["low"]]
    frame["far"] = frame["low"] + 1000
    frame["same"] = frame["low"]
    assert profile(frame, "data").orderings == ()


def test_times_of_different_precision_are_ordered():
    start = pd.Series(pd.date_range("2024-01-01", periods=100, freq="h"))
    frame = pd.DataFrame(
        {"end": (start + pd.Timedelta("1D")).dt.as_unit("ns"), "start": start.dt.as_unit("s")}
    ).sample(frac=1, random_state=0)
    assert [(o.smaller, o.larger) for o in profile(frame, "d").orderings] == [("start", "end")]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"x": []}), "train.csv has no rows"),
        (pd.DataFrame(index=[1, 2]), "train.csv has no columns"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "two columns called 'x'"),
    ],
)
def test_what_cannot_be_profiled_is_an_error(frame, message):
    with pytest.raises(DataNotReadable, match=message):
        profile(frame, "train.csv")
