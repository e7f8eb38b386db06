import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.reports import escape
from tests.unit.reports.hostile import HOSTILE
from tests.unit.reports.rendering import assert_harmless, page

SPECIAL = st.text(
    st.sampled_from(list("@#:/.$`|\\<>[]()!*_~-+=&;{}'\"% \n\t01aGHw\u202e\u200b\x1b\u0301é界"))
)
TEXT = st.one_of(
    st.text(), SPECIAL, st.sampled_from(HOSTILE), st.tuples(SPECIAL, SPECIAL).map("".join)
)
PLACES = {
    "paragraph": "{} end\n",
    "after text": "Text {} text.\n",
    "heading": "## ✅ mlgate: {}\n",
    "list": "- {}\n- next\n",
    "nested list": "- first\n  - {}\n",
    "name in a list": "- ❌ {} — text\n",
    "cell": "| a | b |\n|---|--:|\n| {} | x |\n",
    "head of a table": "| a | {} |\n|---|--:|\n| x | y |\n",
    "two in a cell": "| a | b |\n|---|--:|\n| {0} → {0} | {0} |\n",
    "small": "<sub>mlgate {} · text</sub>\n",
}
SHAPES = {name: page(place.format("word")).shape for name, place in PLACES.items()}


def seen(text: str) -> str:
    """What must remain of a text: everything but white space, and backticks, which mean code."""
    return re.sub(r"[\s`]", "", text)


def test_the_list_of_hostile_texts_is_long_and_has_no_duplicates():
    assert len(set(HOSTILE)) == len(HOSTILE) > 90


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:24]))
@pytest.mark.parametrize("escaped", [escape.code, escape.prose], ids=["code", "prose"])
def test_hostile_text_stays_text_wherever_it_stands(escaped, text):
    for name, place in PLACES.items():
        shown = assert_harmless(place.format(escaped(text)))
        assert shown.shape == SHAPES[name], name


@given(TEXT)
def test_code_shows_exactly_the_visible_text(text):
    shown = assert_harmless(f"- {escape.code(text, 200)} end\n")
    expected = escape.visible(text, 200).replace("<!--", "<\\x21--") or "''"
    got = re.fullmatch(r"\s*(.*) end\s*", shown.text, re.DOTALL)
    assert got is not None
    assert re.sub(" +", " ", got[1]).strip() == re.sub(" +", " ", expected).strip()


@given(TEXT)
def test_prose_loses_no_character(text):
    shown = assert_harmless(f"- {escape.prose(text, 300)} end\n")
    flowing = escape.visible(" ".join(text.split()), 300).replace("<!--", "<\\x21--")
    assert seen(shown.text) == seen(f"{flowing or repr('')} end")


@given(TEXT)
def test_prose_in_a_cell_keeps_the_table(text):
    shown = assert_harmless(
        f"| a | b |\n|---|---|\n| {escape.prose(text)} | {escape.code(text)} |\n"
    )
    assert shown.rows == [[2, 2]]


@given(st.lists(TEXT, min_size=2, max_size=5))
def test_several_texts_in_one_line_do_not_join_forces(texts):
    line = " ".join(f"{escape.prose(text, 60)} {escape.code(text, 40)}" for text in texts)
    assert_harmless(f"- {line}\n")


@given(TEXT)
def test_a_summary_and_a_block_hold_any_text(text):
    fold = f"<details><summary>✅ passed: {escape.html_code(text)}</summary>\n\n"
    shown = assert_harmless(f"{fold}{escape.block(text)}\n\n</details>\n\nafter\n")
    assert shown.prose.rstrip().endswith("after")
    assert escape.visible(text) in shown.text


@given(TEXT)
def test_visible_text_is_one_printable_line_of_bounded_length(text):
    shown = escape.visible(text, 50)
    assert shown.isprintable()
    assert len(shown) <= 50
    shown.encode()


@given(TEXT)
def test_plain_text_gives_a_runner_no_command(text):
    shown = escape.plain(text)
    assert not re.search(r"(^|\s)::", shown)
    assert "##[" not in shown
    assert shown.isprintable()


@given(TEXT)
def test_the_tail_of_a_text_is_bounded_and_gives_no_command(text):
    lines = escape.tail(text, most=3, width=20)
    assert len(lines) <= 4
    for line in lines:
        assert line.isprintable()
        assert not re.search(r"^\s*::|##\[", line)


def test_the_end_of_a_traceback_is_kept():
    lines = escape.tail("\n".join(f"line {number}" for number in range(100)), most=2)
    assert lines == ["… and what is above", "line 98", "line 99"]


def test_indentation_of_a_block_is_kept():
    assert "    indented" in escape.block("def f():\n\tindented")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a\\u202eb"),
        ("Yes\u200b", "Yes\\u200b"),
        ("a\nb", "a\\nb"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\ud800", "\\ud800"),
        ("a\u00a0b", "a\\xa0b"),
        ("blank \u3164", "blank \\u3164"),
        ("e\u0301\u0302\u0303", "e\u0301\u0302\\u0303"),
        ("naïve 東京 ✅", "naïve 東京 ✅"),
        ("12345", "12345"),
        ("123456", "1234…"),
    ],
)
def test_what_cannot_be_seen_is_shown(text, shown):
    assert escape.visible(text, 5 if text.isdigit() else 40) == shown


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("age between 18 and 120: 214 of 5,634 values are not (999, 999, 640 …)", None),
        (
            "accuracy fell from 0.834 to 0.810, e.g. by -0.024 or \N{MINUS SIGN}2.9 %; that's it!",
            None,
        ),
        ("Größe und 東京 (neu)", None),
        ("0.834 is first", None),
        ("customer_id, roc_auc", "`customer_id`, `roc_auc`"),
        ("see data/train.csv.", "see `data/train.csv`."),
        ("at least >= 0.8, a -> b, <0.5", "at least &gt;= 0.8, a -&gt; b, &lt;0.5"),
        ("in {'a', 'b c'}: all are", "in `{'a', 'b c'}`: all are"),
        ("f(a, b) gave [1, 2]", "`f(a, b)` gave `[1, 2]`"),
        ("set `max_drop: 0.1` there", "set `max_drop: 0.1` there"),
        ("(@octocat) and 'x_y'", "(`@octocat`) and '`x_y`'"),
        ("an [unclosed list of 3", "an `[unclosed` list of 3"),
        ("1. first", "&#49;. first"),
        ("a|b", "`a`&#124;`b`"),
    ],
)
def test_prose_reads_like_a_sentence_of_a_reviewer(text, markdown):
    assert escape.prose(text) == (text if markdown is None else markdown)


def test_code_keeps_backticks_and_spaces():
    assert page(escape.code("` a `` b")).text.strip() == "` a `` b"
    assert escape.code(" both ") == "`  both  `"


def test_nothing_is_shown_as_nothing():
    assert escape.code("") == "`''`"
    assert escape.prose(" ") == "''"
    assert "''" in page(f"<details>{escape.html_code('')}</details>").text
