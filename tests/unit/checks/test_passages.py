"""Excerpts of long texts show what changed in them, wherever it is."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.checks.passages import LIMIT, Passages, passages

LONG = (
    "we got a plan from them which saves us a lot of money every month, and the service is fine. "
)
CUT = "we got a plan\u2026service is fine."
WORDS = st.lists(st.sampled_from(["good", "bad", "caf\u00e9", "e\u0301t\u00e9", "1,000", "a"]))
ODD = st.text(
    st.one_of(
        st.sampled_from("ab \n\u0301\u0308\u200d\ufe0f\ud800\udfff"),
        st.sampled_from("\N{WOMAN}\N{MICROSCOPE}\U0001f1e9\U0001f1ea\U0001f3fd"),
        st.characters(),
    ),
    max_size=300,
)
TEXTS = st.one_of(ODD, WORDS.map(" ".join), st.text(string.ascii_letters + " ", max_size=900))


def marked(found: Passages) -> tuple[str, str]:
    sides = []
    for text, spans in zip((found.before, found.after), found.marks, strict=True):
        for start, end in reversed(spans):
            text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
        sides.append(text)
    return sides[0], sides[1]


def unmarked(text: str, spans: tuple[tuple[int, int], ...]) -> str:
    for start, end in reversed(spans):
        text = text[:start] + text[end:]
    return text


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("the plan is good", "the plan is bad", ("the plan is [good]", "the plan is [bad]")),
        (
            2 * LONG + "Priya",
            2 * LONG + "Jack",
            (
                "\u2026us a lot of money every month, and the service is fine. [Priya]",
                "\u2026us a lot of money every month, and the service is fine. [Jack]",
            ),
        ),
        (
            "Priya: " + 2 * LONG,
            "Jack: " + 2 * LONG,
            (
                "[Priya]: we got a plan from them which saves us a lot of money\u2026",
                "[Jack]: we got a plan from them which saves us a lot of money\u2026",
            ),
        ),
        (
            f"John saw {LONG}Maria and {LONG}Priya",
            f"Jack saw {LONG}Ana and {LONG}Greta",
            (
                f"[John] saw {CUT} [Maria] and {CUT} [Priya]",
                f"[Jack] saw {CUT} [Ana] and {CUT} [Greta]",
            ),
        ),
        ("the terrible end", "the terribel end", ("the terrib[le] end", "the terrib[el] end")),
        ("isn't it good", "is not it good", ("[isn't] it good", "[is not] it good")),
        ("so very good", "so good", ("so [very ]good", "so good")),
        ("so good", "so good  !", ("so good", "so good[  !]")),
    ],
    ids=["short", "at the end", "at the start", "several", "letters", "words", "less", "more"],
)
def test_the_part_around_a_change_is_shown_and_marked(before, after, shown):
    assert marked(passages(before, after)) == shown


def test_a_change_of_everything_is_shown_from_its_start():
    found = passages(3 * LONG, (3 * LONG).upper())
    assert found.before.startswith("we got a plan")
    assert found.after.startswith("WE GOT A PLAN")
    assert found.before.endswith("\u2026")
    assert len(found.after) <= LIMIT


def test_a_letter_keeps_its_accents_and_an_emoji_its_parts():
    accent = passages(LONG + "cafe\u0301 " + LONG, LONG + "cafe " + LONG)
    assert " caf[e\u0301] " in marked(accent)[0]
    assert " caf[e] " in marked(accent)[1]
    scientist = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{MICROSCOPE}"
    emoji = passages(f"{LONG}{scientist} {LONG}", f"{LONG}\N{WOMAN} {LONG}")
    assert f"[{scientist}]" in marked(emoji)[0]
    assert "[\N{WOMAN}]" in marked(emoji)[1]


def test_texts_of_a_million_characters_are_shown_too():
    found = passages("x" * 1_000_000 + "y" + LONG, "x" * 1_000_000 + "z" + LONG)
    assert "xxx[y]we got" in marked(found)[0]
    assert "xxx[z]we got" in marked(found)[1]
    assert len(found.before) <= LIMIT


def test_equal_texts_have_no_marks():
    found = passages(3 * LONG, 3 * LONG)
    assert found.marks == ((), ())
    assert found.before == found.after
    assert passages("", "") == Passages(before="", after="", marks=((), ()))


@given(TEXTS, TEXTS, TEXTS, TEXTS, st.integers(20, 120))
def test_excerpts_are_short_true_to_the_texts_and_differ_where_these_do(
    start, before, after, end, limit
):
    texts = (start + before + end, start + after + end)
    found = passages(*texts, limit)
    for excerpt, text, spans in zip((found.before, found.after), texts, found.marks, strict=True):
        assert len(excerpt) <= limit
        if len(texts[0]) <= limit and len(texts[1]) <= limit:
            assert excerpt == text
        if "\u2026" not in text:
            assert all(part in text for part in excerpt.split("\u2026"))
        places = [place for span in spans for place in span]
        assert places == sorted(places)
        assert all(0 <= s < e <= len(excerpt) for s, e in spans)
    same = [
        unmarked(excerpt, spans).replace("\u2026", "")
        for excerpt, spans in zip((found.before, found.after), found.marks, strict=True)
    ]
    assert same[0] == same[1]
    assert (texts[0] != texts[1]) == any(found.marks)
