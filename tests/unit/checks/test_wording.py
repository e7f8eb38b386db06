import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.checks.wording import brief, name, names, percent, slug, unique, value, values


@settings(deadline=None)
@given(st.text(), st.integers(2, 50))
def test_text_is_never_longer_than_its_limit(text, limit):
    short = brief(text, limit)
    assert len(short) <= limit
    assert short == text or short.endswith("…")


def test_names_read_as_one_word():
    assert name("customer_id") == "customer_id"
    assert name("first name") == "'first name'"
    assert name("") == "''"


def test_many_names_are_counted():
    assert names(["a"]) == "a"
    assert names(["a", "b"]) == "a and b"
    assert names(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("x", "'x'"),
        (999.0, "999"),
        (0.1, "0.1"),
        (None, "None"),
        (True, "True"),
        (float("nan"), "nan"),
        ([1, 2], "[1, 2]"),
    ],
)
def test_values_read_as_a_reviewer_would_write_them(item, text):
    assert value(item) == text


def test_more_values_than_fit_are_hinted_at():
    assert values([1, 2, 3]) == "1, 2, 3"
    assert values(range(10**9)) == "0, 1, 2 …"


@settings(deadline=None)
@given(st.integers(1, 10**7), st.data())
def test_a_few_never_read_as_none_and_almost_all_never_as_all(total, data):
    part = data.draw(st.integers(0, total))
    assert (percent(part / total) == "0 %") == (part == 0)
    assert (percent(part / total) == "100 %") == (part == total)


def test_percent_has_the_digits_that_matter():
    assert percent(0.061) == "6.1 %"
    assert percent(0.05) == "5 %"


@settings(deadline=None)
@given(st.text())
def test_a_slug_is_one_part_of_an_id(text):
    assert slug(text)
    assert not set(slug(text)) & set("/ \t\n")


def test_ids_that_repeat_are_numbered_in_their_order():
    assert list(unique(["a", "a", "b", "a"])) == ["a", "a-2", "b", "a-3"]
    assert list(unique(["a-2", "a", "a"])) == ["a-2", "a", "a-3"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "a-2", "a-2-2", "b"]), max_size=20))
def test_ids_are_unique(ids):
    assert len(set(unique(ids))) == len(ids)
