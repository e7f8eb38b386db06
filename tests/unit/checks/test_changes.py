from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from mlgate.checks.changes import Changes, changed, describe, differing, touched
from mlgate.errors import ColumnNotFound, MlgateError

few = settings(max_examples=40, deadline=None)

CHANGES = TypeAdapter[dict[str, Any]](Changes)


def change(frame: pd.DataFrame, changes: Mapping[str, Any], seed: int = 0) -> pd.DataFrame:
    return changed(frame, CHANGES.validate_python(changes), seed)


def column(values: list[Any], dtype: Any = None) -> pd.DataFrame:
    return pd.DataFrame({"x": pd.Series(values, dtype=dtype)})


def plain(series: "pd.Series[Any]") -> list[Any]:
    """Python's values, with None for every null."""
    return [None if pd.isna(value) else value for value in series]


words = st.sampled_from(["", "a", "b", "ß", "日本", "c d"])
whole = st.integers(-100, 100)
real = st.floats(-1e6, 1e6)


KINDS: dict[str, tuple[st.SearchStrategy[Any], str]] = {
    "int": (whole, "int64"),
    "small": (st.integers(0, 255), "uint8"),
    "nullable": (st.none() | whole, "Int64"),
    "float": (st.none() | real, "float64"),
    "half": (st.none() | real, "float32"),
    "bool": (st.booleans(), "bool"),
    "text": (st.none() | words, "str"),
    "object": (st.none() | words | whole, "object"),
    "category": (st.none() | words, "category"),
    "date": (st.none() | whole.map(lambda day: pd.Timestamp(day, unit="D")), "datetime64[us]"),
    "empty": (st.none(), "float64"),
}
"""Values and type of each kind of column."""


@st.composite
def frames(draw: st.DrawFn, *kinds: str) -> pd.DataFrame:
    """A few rows, a column of each kind that is asked for and one beside it; the index is any."""
    index = draw(st.lists(st.integers(0, 9), min_size=1, max_size=6))
    columns = {"beside": pd.Series(range(len(index)))}
    for kind in kinds:
        values, dtype = KINDS[kind]
        drawn = draw(st.lists(values, min_size=len(index), max_size=len(index)))
        columns[kind] = pd.Series(drawn, dtype=dtype)
    return pd.DataFrame(columns).set_axis(index, axis=0)


def named(kinds: Iterable[str]) -> st.SearchStrategy[tuple[str, pd.DataFrame]]:
    """A kind of column, and a frame that has it."""
    return st.sampled_from(list(kinds)).flatmap(lambda kind: st.tuples(st.just(kind), frames(kind)))


NUMBERS = ["int", "small", "nullable", "float", "half", "empty"]
STAYING = {"int": 5, "small": 200, "nullable": 5, "float": 0.5, "half": 0.1, "bool": True,
           "text": "new", "object": "new", "category": "new", "date": "2024-05-06"}  # fmt: skip
"""A value that each kind of column holds."""


@few
@given(drawn=named(KINDS), data=st.data())
def test_only_the_columns_that_are_named_change_and_the_original_does_not(drawn, data):
    name, frame = drawn
    original = frame.copy(deep=True)
    kinds: list[Any] = ["shuffle", *([{"add": 3}, {"multiply": 0.5}] if name in NUMBERS else [])]
    if name in STAYING:
        kinds.append({"set": STAYING[name]})
    after = change(frame, {name: data.draw(st.sampled_from(kinds))})
    pd.testing.assert_frame_equal(frame, original)
    assert list(after.columns) == list(frame.columns)
    pd.testing.assert_series_equal(after["beside"], frame["beside"])
    assert after.index.equals(frame.index)


@few
@given(drawn=named(KINDS), seed=st.integers(0, 1000))
def test_a_shuffle_deals_the_same_values_out_anew_and_is_repeatable(drawn, seed):
    name, frame = drawn
    after = change(frame, {name: "shuffle"}, seed)
    again = change(frame, {name: "shuffle"}, seed)
    pd.testing.assert_frame_equal(after, again)
    assert after[name].dtype == frame[name].dtype
    assert sorted(map(repr, after[name])) == sorted(map(repr, frame[name]))


@few
@given(size=st.integers(2, 200), seed=st.integers(0, 1000))
def test_a_shuffle_leaves_no_row_in_its_place(size, seed):
    after = change(column(list(range(size))), {"x": "shuffle"}, seed)
    assert (after["x"] != np.arange(size)).all()


def test_shuffles_of_two_columns_are_independent_and_their_order_is_free():
    frame = pd.DataFrame({"a": range(100), "b": range(100)})
    both = change(frame, {"a": "shuffle", "b": "shuffle"})
    assert (both["a"] != both["b"]).any()
    pd.testing.assert_frame_equal(both, change(frame, {"b": "shuffle", "a": "shuffle"}))
    pd.testing.assert_series_equal(both["a"], change(frame, {"a": "shuffle"})["a"])
    assert (change(frame, {"a": "shuffle"}, 1)["a"] != both["a"]).any()


@few
@given(drawn=named(STAYING))
def test_set_gives_every_row_the_value_in_the_type_of_the_column(drawn):
    name, frame = drawn
    after = change(frame, {name: {"set": STAYING[name]}})
    if name == "category":
        assert set(frame[name].cat.categories) <= set(after[name].cat.categories)
    else:
        assert after[name].dtype == frame[name].dtype
    wanted = pd.Timestamp("2024-05-06") if name == "date" else STAYING[name]
    wanted = np.float32(0.1) if name == "half" else wanted
    assert (after[name] == wanted).all()


@few
@given(
    drawn=named(NUMBERS),
    operand=st.integers(-50, 50) | st.floats(-50, 50),
    operation=st.sampled_from(["add", "multiply"]),
)
def test_arithmetic_is_pythons_and_nulls_survive(drawn, operand, operation):
    name, frame = drawn
    after = change(frame, {name: {operation: operand}})[name]
    for before, now in zip(frame[name], after, strict=True):
        if pd.isna(before):
            assert pd.isna(now)
            continue
        exact = before.item() if hasattr(before, "item") else before
        exact = exact + operand if operation == "add" else exact * operand
        assert now == pytest.approx(exact, rel=1e-6 if name == "half" else 1e-12, abs=1e-3)


@few
@given(
    values=st.lists(
        st.integers(-(2**63), 2**63 - 1)
        | st.sampled_from([2**53 + 1, 2**62, 2**63 - 1, -(2**62), -(2**63)]),
        min_size=1,
    ),
    operand=st.integers(-1000, 1000),
    operation=st.sampled_from(["add", "multiply"]),
)
def test_whole_numbers_stay_whole_and_exact_or_become_floats_and_never_wrap(
    values, operand, operation
):
    after = change(column(values, "int64"), {"x": {operation: operand}})["x"]
    exact = [v + operand if operation == "add" else v * operand for v in values]
    if all(-(2**63) < number < 2**63 for number in [*values, *exact]):
        assert after.dtype == "int64"
        assert after.tolist() == exact
    else:
        assert after.tolist() == pytest.approx([float(number) for number in exact])


@pytest.mark.parametrize(
    ("values", "dtype", "kind", "result", "kept"),
    [
        ([2, 4], "int64", {"multiply": 0.5}, [1, 2], "int64"),
        ([2, 3], "int64", {"multiply": 0.5}, [1.0, 1.5], "float64"),
        ([2, 3], "int8", {"add": 200}, [202, 203], "int64"),
        ([2, 3], "uint8", {"add": -3}, [-1, 0], "int64"),
        ([2, 3], "int8", {"add": 1}, [3, 4], "int8"),
        ([2**60 + 1], "int64", {"add": 1}, [2**60 + 2], "int64"),
        ([2, 3], "int64", {"set": 1.5}, [1.5, 1.5], "float64"),
        ([2, 3], "int64", {"set": 2.0}, [2, 2], "int64"),
        ([2.5, None], "float32", {"add": 0.25}, [2.75, None], "float32"),
        ([1, None], "Int64", {"multiply": 3}, [3, None], "Int64"),
        ([1, None], "Int64", {"multiply": 0.5}, [0.5, None], "Float64"),
        ([True, False], "bool", {"set": False}, [False, False], "bool"),
    ],
)
def test_types_are_kept_where_they_hold_the_result(values, dtype, kind, result, kept):
    after = change(column(values, dtype), {"x": kind})["x"]
    assert str(after.dtype) == kept
    assert plain(after) == result


@pytest.mark.parametrize(
    "pair",
    [("int", "float"), ("text", "category"), ("int", "nullable"), ("float", "empty")],
)
@few
@given(data=st.data())
def test_a_swap_exchanges_the_values_of_every_row(pair, data):
    one, other = pair
    frame = data.draw(frames(one, other))
    after = change(frame, {one: {"swap": other}})
    assert plain(after[one]) == plain(frame[other])
    assert plain(after[other]) == plain(frame[one])


def test_a_swap_of_equal_types_keeps_them():
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]}).astype("int32")
    after = change(frame, {"a": {"swap": "b"}})
    assert after.dtypes.tolist() == frame.dtypes.tolist()
    assert after.to_numpy().tolist() == [[3, 1], [4, 2]]


def test_a_new_category_is_added_behind_the_known_ones():
    frame = column(["lo", "hi", None], pd.CategoricalDtype(["lo", "hi"], ordered=True))
    after = change(frame, {"x": {"set": "top"}})["x"]
    assert after.cat.categories.tolist() == ["lo", "hi", "top"]
    assert after.cat.ordered


def test_every_change_starts_from_the_data_as_they_are():
    frame = pd.DataFrame({"a": [1], "b": [10], "c": [100]})
    after = change(frame, {"a": {"add": 1}, "b": {"swap": "c"}})
    assert after.to_numpy().tolist() == [[2, 100, 10]]


@pytest.mark.parametrize(
    ("values", "dtype", "kind", "what"),
    [
        (["a"], "str", {"add": 1}, "which one cannot calculate with"),
        ([True], "bool", {"multiply": 2}, "which one cannot calculate with"),
        (["a"], "category", {"add": 1}, "which one cannot calculate with"),
        ([1], "int64", {"set": "old"}, "x holds int64 values, and 'old' is none"),
        (["1"], "str", {"set": 1}, "and 1 is none"),
        (["1"], "category", {"set": 1}, "and 1 is none"),
        ([True], "bool", {"set": 2}, "and 2 is none"),
        ([pd.Timestamp(2024, 1, 1)], None, {"set": 5}, "and 5 is none"),
        ([pd.Timestamp(2024, 1, 1)], None, {"set": "soon"}, "and 'soon' is none"),
    ],
)
def test_a_value_of_another_kind_is_an_error_and_not_a_silent_object(values, dtype, kind, what):
    with pytest.raises(MlgateError, match=what):
        change(column(values, dtype), {"x": kind})


def test_text_and_numbers_cannot_be_swapped():
    frame = pd.DataFrame({"a": [1], "b": ["x"]})
    with pytest.raises(MlgateError, match="a holds int64 values, and 'x' is none"):
        change(frame, {"a": {"swap": "b"}})


@pytest.mark.parametrize("changes", [{"tenuer": "shuffle"}, {"age": {"swap": "tenuer"}}])
def test_a_column_that_is_not_there_is_named_with_the_nearest(changes):
    frame = pd.DataFrame({"tenure": [1], "age": [2]})
    with pytest.raises(ColumnNotFound, match="no column tenuer; did you mean 'tenure'"):
        change(frame, changes)


@few
@given(drawn=named(KINDS))
def test_rows_differ_where_their_values_do_and_nulls_are_equal(drawn):
    name, frame = drawn
    after = change(frame, {name: "shuffle"})
    pairs = zip(plain(frame[name]), plain(after[name]), strict=True)
    assert differing(frame, after).tolist() == [one != other for one, other in pairs]
    assert not differing(frame, frame.copy(deep=True)).any()


def test_a_column_may_be_touched_only_once():
    with pytest.raises(ValidationError, match="changes b twice"):
        CHANGES.validate_python({"a": {"swap": "b"}, "b": "shuffle"})
    with pytest.raises(ValidationError, match="changes a twice"):
        CHANGES.validate_python({"a": {"swap": "a"}})


@pytest.mark.parametrize(
    "wrong", ["shufle", {}, {"add": 1, "set": 2}, {"ad": 1}, 3, None, {"set": None}, {"add": "x"}]
)
def test_what_is_no_change_is_refused(wrong):
    with pytest.raises(ValidationError):
        CHANGES.validate_python({"x": wrong})


def test_numbers_without_end_are_refused():
    with pytest.raises(ValidationError, match="finite"):
        CHANGES.validate_python({"x": {"add": float("inf")}})


def test_changes_have_words():
    changes = CHANGES.validate_python(
        {
            "id": "shuffle",
            "tenure": {"add": 12},
            "price": {"multiply": 1.5},
            "first name": {"set": "Ann"},
            "a": {"swap": "b"},
        }
    )
    assert describe(changes) == (
        "id is shuffled and 12 is added to tenure and price is multiplied by 1.5 and 'first name' "
        "is set to 'Ann' and a and b are swapped"
    )
    assert list(touched(changes)) == ["id", "tenure", "price", "first name", "a", "b"]
