"""What holds for every change, whatever the column."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.api import types
from pydantic import TypeAdapter

from mlgate.checks.changes import Changes, changed, describe, differing
from mlgate.errors import MlgateError

CHANGES = TypeAdapter[dict[str, Any]](Changes)
NUMBERS: list[Any] = [
    {"add": 3},
    {"add": -0.5},
    {"multiply": 2},
    {"multiply": 0.1},
    {"noise": {"sd": 2}},
    {"noise": {"relative_sd": 0.1}},
    {"round": 0},
    {"round": -1},
    {"unit": {"from": "km", "to": "mi"}},
    {"unit": {"from": "C", "to": "F"}},
]
TEXTS: list[Any] = [
    "typos",
    {"typos": 3},
    "case",
    {"case": "title"},
    "punctuation",
    "whitespace",
    "accents",
    "contractions",
    "numbers",
    "negate",
    {"swap_terms": "names"},
    {"swap_terms": "genders"},
    {"swap_terms": [["a", "b"], ["red", "green", "blue"]]},
    {"append": " !"},
]
ANY: list[Any] = [
    "shuffle",
    "missing",
    {"permute_within": "beside"},
    {"replace": {"a": "b", "b": "a", 1: 2, 0.5: 1.5}},
]
ALL = [*NUMBERS, *TEXTS, *ANY]
REDISTRIBUTES = ["shuffle", {"permute_within": "beside"}]
"""Changes after which a null may stand elsewhere."""

texts = st.one_of(
    st.sampled_from(["", " ", "a", "A b.", "日本", "Maria isn't 12", "HE can't", "é ü ß"]),
    st.text(max_size=20),
)
COLUMNS: dict[str, tuple[st.SearchStrategy[Any], str]] = {
    "int": (st.integers(-(2**53), 2**53), "int64"),
    "small": (st.integers(0, 255), "uint8"),
    "nullable": (st.none() | st.integers(-100, 100), "Int64"),
    "float": (st.none() | st.floats(-1e9, 1e9) | st.sampled_from([0.5, 1.0]), "float64"),
    "half": (st.none() | st.floats(-100, 100, width=16), "float32"),
    "bool": (st.booleans(), "bool"),
    "text": (st.none() | texts, "str"),
    "object": (st.none() | texts | st.integers(-5, 5), "object"),
    "category": (st.none() | texts, "category"),
    "ordered": (st.none() | st.integers(0, 3), "category"),
    "date": (st.none() | st.datetimes(), "datetime64[us]"),
    "empty text": (st.none(), "str"),
    "empty": (st.none(), "float64"),
}  # fmt: skip


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Columns `x`, of any kind and perhaps constant, and `beside`; the index is any."""
    values, dtype = COLUMNS[draw(st.sampled_from(list(COLUMNS)))]
    size = draw(st.integers(1, 8))
    if draw(st.booleans()):
        drawn = [draw(values)] * size
    else:
        drawn = draw(st.lists(values, min_size=size, max_size=size))
    beside = draw(st.lists(st.none() | st.integers(0, 2), min_size=size, max_size=size))
    index = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    frame = pd.DataFrame(
        {"x": pd.Series(drawn, dtype=dtype), "beside": pd.Series(beside, dtype="Int64")}
    )
    return frame.set_axis(index, axis=0)


def apply(frame: pd.DataFrame, change: Any, seed: int = 0) -> pd.DataFrame | None:
    """The changed rows; None where the column cannot hold what the change would make of it."""
    try:
        return changed(frame, CHANGES.validate_python({"x": change}), seed)
    except MlgateError:
        return None


@settings(max_examples=400, deadline=None)
@given(frame=frames(), change=st.sampled_from(ALL), seed=st.integers(0, 5))
def test_a_change_touches_its_column_alone_keeps_its_type_and_is_repeatable(
    frame: pd.DataFrame, change: Any, seed: int
) -> None:
    original = frame.copy(deep=True)
    after = apply(frame, change, seed)
    pd.testing.assert_frame_equal(frame, original)
    if after is None:
        return
    assert list(after.columns) == ["x", "beside"]
    assert after.index.equals(frame.index)
    pd.testing.assert_series_equal(after["beside"], frame["beside"])
    again = apply(frame, change, seed)
    assert again is not None
    pd.testing.assert_frame_equal(after, again)
    assert_type_is_kept(frame["x"], after["x"], change)
    if change not in REDISTRIBUTES and change != "missing":
        assert after["x"].isna().tolist() == frame["x"].isna().tolist()


def assert_type_is_kept(before: "pd.Series[Any]", after: "pd.Series[Any]", change: Any) -> None:
    if isinstance(before.dtype, pd.CategoricalDtype):
        assert isinstance(after.dtype, pd.CategoricalDtype)
        known = list(before.cat.categories)
        assert list(after.cat.categories)[: len(known)] == known
    elif types.is_integer_dtype(before.dtype):  # which may not hold what comes of it
        assert types.is_numeric_dtype(after.dtype)
        assert types.is_extension_array_dtype(after.dtype) == types.is_extension_array_dtype(
            before.dtype
        )
    elif change == "missing" and before.dtype == "bool":
        assert after.dtype == object  # as a file with a hole is read
    else:
        assert after.dtype == before.dtype


@settings(max_examples=100, deadline=None)
@given(frame=frames(), change=st.sampled_from(ALL))
def test_a_column_without_values_survives_every_change_and_counts_for_nothing(
    frame: pd.DataFrame, change: Any
) -> None:
    if frame["x"].dtype.kind in "iub":
        frame = frame.assign(x=frame["x"].astype("Int64"))
    empty = frame.assign(x=frame["x"].mask(frame["x"].notna()))
    after = apply(empty, change)
    if after is not None:
        assert after["x"].isna().all()
        assert not differing(empty[["x"]], after[["x"]]).any()


@pytest.mark.parametrize("change", NUMBERS, ids=str)
def test_a_change_of_numbers_is_none_of_texts(change: Any) -> None:
    assert apply(pd.DataFrame({"x": ["a", "b"]}), change) is None


@pytest.mark.parametrize("change", TEXTS, ids=str)
def test_a_change_of_texts_is_none_of_numbers(change: Any) -> None:
    assert apply(pd.DataFrame({"x": [1.0, 2.0]}), change) is None


def x(values: list[Any], change: Any, dtype: Any = None, **beside: list[Any]) -> list[Any]:
    """What becomes of some values."""
    frame = pd.DataFrame({"x": pd.Series(values, dtype=dtype), **beside})
    after = changed(frame, CHANGES.validate_python({"x": change}), 0)["x"]
    return [None if pd.isna(item) else item for item in after]


def test_values_are_dealt_out_anew_within_their_group_only() -> None:
    assert x([1, 2, 3, 4, 5], {"permute_within": "g"}, g=["a", "a", "b", "b", None]) == [
        2,
        1,
        4,
        3,
        5,
    ]


@pytest.mark.parametrize(
    ("units", "value", "expected"),
    [
        (("C", "F"), 100.0, 212.0),
        (("F", "C"), -40.0, -40.0),
        (("C", "K"), 0.0, 273.15),
        (("mi", "km"), 1.0, 1.609344),
        (("lb", "kg"), 1.0, 0.45359237),
        (("gal", "l"), 1.0, 3.785411784),
        (("acre", "m2"), 1.0, 4046.8564224),
        (("psi", "Pa"), 1.0, 6894.757293168361),
        (("kWh", "kcal"), 1.0, 860.4206500956024),
        (("share", "percent"), 0.25, 25.0),
    ],
)
def test_units_are_converted(units: tuple[str, str], value: float, expected: float) -> None:
    (found,) = x([value], {"unit": {"from": units[0], "to": units[1]}})
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"unit": {"from": "km", "to": "kg"}}, "km measures length, and kg mass"),
        ({"unit": {"from": "kms", "to": "m"}}, "no unit 'kms' is known; did you mean 'ms'"),
        ({"noise": {}}, "needs either `sd` or `relative_sd`"),
        ({"noise": {"sd": 1, "relative_sd": 1}}, "needs either `sd` or `relative_sd`"),
        ({"swap_terms": "colours"}, "names"),
        ({"swap_terms": [["a"]]}, "at least 2"),
        ({"append": ""}, "at least 1 character"),
        ("typo", "typos"),
    ],
)
def test_what_is_no_change_says_why(change: Any, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        CHANGES.validate_python({"x": change})


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        ("case", "Good stuff", "GOOD STUFF"),
        ({"case": "lower"}, "GOOD", "good"),
        ("punctuation", "Good.", "Good"),
        ("punctuation", "Good", "Good."),
        ("punctuation", "...", "..."),
        ("accents", "café Übung naïve", "cafe Ubung naive"),
        ("contractions", "It isn't bad", "It is not bad"),
        ("contractions", "That is not bad", "That's not bad"),
        ("contractions", "They do not care", "They don't care"),
        ("contractions", "You're late", "You are late"),
        ("negate", "This is good", "This is not good"),
        ("negate", "This isn't good", "This is good"),
        ("negate", "I cannot see", "I can see"),
        ("negate", "Good stuff", "Good stuff"),
        ({"swap_terms": "genders"}, "He said his SON", "She said her DAUGHTER"),
        ({"swap_terms": [["red", "blue"]]}, "red Red RED redder", "blue Blue BLUE redder"),
        ({"append": " Thanks."}, "Good.", "Good. Thanks."),
        (
            {"replace": {"good": "bad", "bad": "good"}},
            "Good, not bad; goods",
            "Bad, not good; goods",
        ),
        ({"replace": {"C++": "Rust"}}, "I use C++.", "I use Rust."),
    ],
)
def test_texts_change_as_the_name_says(change: Any, before: str, after: str) -> None:
    assert x([before, None], change) == [after, None]


def test_typos_swap_neighbouring_letters() -> None:
    (after,) = x(["recommendation"], {"typos": 2})
    assert sorted(after) == sorted("recommendation")
    assert sum(one != two for one, two in zip(after, "recommendation", strict=True)) == 4


def test_numbers_keep_their_length_and_never_their_value() -> None:
    (after,) = x(["call 0049 or 7"], "numbers")
    assert [len(word) for word in after.split()] == [4, 4, 2, 1]
    assert after.split()[1] != "0049"
    assert after.split()[3] != "7"


def test_equal_texts_change_in_the_same_way() -> None:
    after = x(["Maria met John"] * 2 + ["John met Maria"], {"swap_terms": "names"})
    assert after[0] == after[1]
    assert not {"Maria", "John"} & set(after[0].split())


def test_values_are_replaced_in_the_type_of_the_column() -> None:
    assert x(["a", "b", None], {"replace": {"a": "c"}}, "category") == ["c", "b", None]
    assert x([1, 2, 3], {"replace": {1: 9}}) == [9, 2, 3]
    assert x([1, 2, 3], {"replace": {"1": 9}}) == [9, 2, 3]  # a key of mlgate.yml is text
    assert x([True, False], {"replace": {"true": False}}) == [False, False]
    assert x(["1", "2"], {"replace": {"1": "9"}}) == ["9", "2"]


def test_replacing_what_does_not_occur_is_an_error_with_the_nearest_value() -> None:
    with pytest.raises(MlgateError, match=r"none of the values .*did you mean 'month'"):
        x(["month", "year"], {"replace": {"mnth": "year"}})


@pytest.mark.parametrize("change", [*ALL, {"swap": "y"}, {"set": 1}], ids=str)
def test_every_change_has_words(change: Any) -> None:
    text = describe(CHANGES.validate_python({"x": change}))
    assert "x" in text
    assert len(text) < 200
