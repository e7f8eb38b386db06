"""Keys of rows: equal for equal rows, however they are held, and different otherwise."""

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.checks.leakage_keys import moments, numbers_of, row_keys

Series = pd.Series


def equal(one: Any, other: Any, digits: int | None = None) -> list[bool]:
    left, right = (pd.DataFrame({"c": Series(values)}) for values in (one, other))
    keys = row_keys(left, right, ["c"], digits=digits)
    same: list[bool] = (keys[0] == keys[1]).tolist()
    return same


CELLS = st.one_of(
    st.none(),
    st.integers(-3, 3),
    st.sampled_from([0.5, -0.0, 1.0, float("inf")]),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(CELLS, st.sampled_from(["a", "A", "b ", None, ""])), min_size=1),
    st.lists(st.tuples(CELLS, st.sampled_from(["a", "A", "b ", None, ""])), min_size=1),
)
def test_keys_are_equal_exactly_where_rows_are(one, other):
    left, right = (pd.DataFrame(rows, columns=["n", "t"]) for rows in (one, other))
    keys = row_keys(left, right[["t", "n"]], ["n", "t"])
    for row, key in zip(one, keys[0], strict=True):
        for other_row, other_key in zip(other, keys[1], strict=True):
            assert (key == other_key) == (row == other_row)


def test_a_value_counts_in_its_own_column():
    frame = pd.DataFrame({"a": [1, 2], "b": [2, 1]})
    keys, _ = row_keys(frame, frame, ["a", "b"])
    assert keys[0] != keys[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2], [1.0, 2.0]),
        ([True, False], [1, 0]),
        ([0.0, 1.0], [-0.0, 1.0]),
        ([1, 2], ["1", "2"]),
        ([1.5, None, 0.1], ["1.5", None, "0.1"]),
        ([2**60, 1], [str(2**60), "1"]),
        ([10**30, None], [str(10**30), None]),
        ([1, None], Series([1, None], dtype=object)),
        (Series([1, 2], dtype=object), [1, 2]),
        ([1.0, float("nan")], Series([1, None], dtype="Int64")),
        ([Decimal("1.5"), None], [1.5, None]),
        ([pd.Timestamp("2024-01-31"), None], ["2024-01-31", None]),
        (
            [pd.Timestamp("2024-01-31 12:00", tz="Europe/Berlin")],
            [pd.Timestamp("2024-01-31 11:00")],
        ),
        ([dt.date(2024, 1, 31)], [pd.Timestamp("2024-01-31")]),
        ([pd.Timedelta("1s")], [1.0]),
        (["x", None], Series(["x", None], dtype="category")),
        ([1, 2], Series([1, 2], dtype="category")),
        ([True, None], ["True", None]),
        ([None, None], [float("nan"), float("nan")]),
        ([None, None], Series([None, None], dtype="object")),
        ([[1, 2], [3]], [np.array([1, 2]), np.array([3])]),
    ],
)
def test_the_same_values_in_another_type(one, other):
    assert all(equal(one, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([2**60], [2**60 + 1]),
        ([10**30], [10**30 + 1]),
        (["a"], ["a "]),
        (["é"], ["e\u0301"]),
        ([0.1], [0.1 + 2**-55]),
        ([""], [None]),
        ([0.0], [None]),
        (["ab"], ["ba"]),
        (Series(["\ud800"], dtype=object), Series(["\udc00"], dtype=object)),
        ([pd.Timestamp("2024-01-31")], ["yesterday"]),
    ],
)
def test_other_values(one, other):
    assert not any(equal(one, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["Straße"], ["STRASSE"]),
        (["é"], ["e\u0301"]),
        (["\uff21-\u2460"], ["a 1"]),
        (["a,  b\u00a0c"], ["A b_c!"]),
        (["x\0y", "z"], ["x y", "z"]),
        ([1233.8], [1234.4]),
        ([-0.00012344], [-0.00012341]),
        ([9.99996, 0.5], [10.0, 0.5]),
        ([1e-320, 0.5], [1e-320, 0.5]),
        ([float("inf"), 0.5], [float("inf"), 0.5]),
        ([pd.Timestamp("2024-01-31 12:00:00.25")], [pd.Timestamp("2024-01-31 12:00")]),
    ],
)
def test_near_values(one, other):
    assert all(equal(one, other, digits=4))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["a b"], ["ab"]),
        ([1.2341], [1.2349]),
        ([0.5, -1.0], [0.25, 1.0]),
        ([123456], [123457]),
        ([pd.Timestamp("2024-01-31 12:00:01")], [pd.Timestamp("2024-01-31 12:00")]),
        (["a"], [None]),
    ],
)
def test_values_that_are_not_near(one, other):
    assert not any(equal(one, other, digits=4))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-12), min_size=1),
    st.integers(1, 12),
)
def test_fractions_are_rounded_as_python_prints_them(numbers, digits):
    numbers = [*numbers, 0.5]  # one fraction makes it a column of fractions
    printed = [float(f"{number:.{digits - 1}e}") for number in numbers]
    # Halfway cases may go either way: what is far from one must agree.
    clear = [
        abs(abs(float(f"{number:.{digits + 3}e}")) - abs(number)) == 0
        or f"{number:.{digits + 2}e}".partition("e")[0][-3:-2] not in "45"
        for number in numbers
    ]
    same = equal(numbers, [*printed[:-1], 0.5], digits=digits)
    assert all(s for s, c in zip(same, clear, strict=True) if c)


def test_moments_keep_the_order_of_text_dates_and_numbers():
    dates = Series(["2024-01-31", None, "2024-02-01T12:00:00Z"])
    found = moments(dates, Series(pd.to_datetime(["2024-02-01"])))
    assert found is not None
    assert found[0][0] < found[1][0] < found[0][2]
    assert np.isnan(found[0][1])
    numbers = moments(Series([2020, 2021]), Series([2020.5]))
    assert numbers is not None
    assert numbers[0][0] < numbers[1][0] < numbers[0][1]
    assert moments(dates, Series([2020])) is None
    assert moments(Series(["soon"]), dates) is None


def test_text_is_no_number():
    assert numbers_of(Series(["1", "2"])) is None
    assert numbers_of(Series(["x", None], dtype="category")) is None
    numbers = numbers_of(Series([True, None, False]))
    assert numbers is not None
    assert numbers[[0, 2]].tolist() == [1.0, 0.0]
    assert np.isnan(numbers[1])
