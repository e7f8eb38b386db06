import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.config.yaml import InvalidYaml, Mark, parse, plain


def test_values_and_their_positions():
    tree = parse("a: 1\nb:\n  - x\n  - {c: 2.5}\n")
    assert tree.value == {"a": 1, "b": ["x", {"c": 2.5}]}
    assert tree.mark(("b", 1, "c")) == Mark(line=4, column=9)
    assert tree.key_mark(("b", 1, "c")) == Mark(line=4, column=6)


def test_a_place_that_is_not_in_the_text_has_the_position_of_the_nearest_one_above():
    tree = parse("a:\n  b: {c: 1}\n")
    assert tree.mark(("a", "b", "missing", 3)) == tree.mark(("a", "b"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("1e-3", 0.001),
        ("1:30", "1:30"),
        ("012", 12),
        ("~", None),
        ("true", True),
        ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"),
        (".5", 0.5),
        ("0x1F", "0x1F"),
    ],
)
def test_scalars_follow_the_core_schema(text, value):
    assert parse(f"a: {text}").value == {"a": value}


def test_a_quoted_scalar_stays_text():
    assert parse("a: 'true'\nb: \"1\"").value == {"a": "true", "b": "1"}


@given(st.floats(allow_nan=False))
def test_every_float_that_python_writes_is_read_back(number):
    assert plain(repr(number)) == number or math.isinf(number)


def test_a_key_that_stands_twice_is_a_problem():
    tree = parse("a: 1\na: 2\n")
    [(path, mark, message)] = tree.problems
    assert path == ("a",)
    assert mark == Mark(line=2, column=1)
    assert "line 1" in message


def test_an_anchor_bomb_stops():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(InvalidYaml, match="anchors"):
        parse("\n".join(lines))


def test_an_anchor_that_contains_itself_stops():
    with pytest.raises(InvalidYaml, match="nested"):
        parse("a: &a [*a]")


def test_deep_nesting_stops():
    with pytest.raises(InvalidYaml, match="nested"):
        parse("[" * 5000 + "]" * 5000)


def test_a_tag_builds_no_object():
    tree = parse("a: !!python/object/apply:os.system [echo]\nb: !mine x\n")
    assert tree.value["b"] == "x"
    assert tree.value["a"] == ["echo"]
    assert any("!mine" in message for _, _, message in tree.problems)


@pytest.mark.parametrize("text", ["a: [1", "a: b: c", "\ta: 1", "a: 'x", "--- 1\n--- 2", "a: \x00"])
def test_text_that_is_no_yaml_has_a_position(text):
    with pytest.raises(InvalidYaml) as caught:
        parse(text)
    assert caught.value.mark.line >= 1
    assert caught.value.message
