"""Markdown cut to a limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.platforms.shorten import shorten

PIECES = st.sampled_from(
    ["text", "\n", "```\n", "~~~~\n", "<details>", "</details>\n", "ü☃𝄞", "| a | b |\n", "  "]
)


@given(
    pieces=st.lists(PIECES, max_size=30),
    times=st.integers(1, 400),
    limit=st.integers(2_000, 6_000),
    unit=st.sampled_from(["characters", "bytes"]),
)
def test_the_answer_never_exceeds_the_limit(
    pieces: list[str], times: int, limit: int, unit: str
) -> None:
    text = "".join(pieces) * times
    size = (lambda s: len(s.encode())) if unit == "bytes" else len
    short = shorten(text, limit, note="cut", unit="bytes" if unit == "bytes" else "characters")
    assert size(short) <= limit
    assert (short == text) == (size(text) <= limit)
    if short != text:
        assert short.endswith("\n\ncut\n")


def test_whole_lines_are_kept() -> None:
    lines = [f"line {number}" for number in range(1_000)]
    short = shorten("\n".join(lines), 3_000, note="cut")
    kept = short.removesuffix("\n\ncut\n").split("\n")
    assert len(kept) > 200
    assert kept == lines[: len(kept)]


def test_a_single_long_line_is_cut_within() -> None:
    short = shorten("x" * 5_000, 3_000, note="cut")
    assert short.count("x") == 2_000


def test_a_character_of_several_bytes_is_not_torn() -> None:
    for shift in range(4):
        short = shorten("a" * shift + "𝄞" * 2_000, 3_000, note="cut", unit="bytes")
        assert "\ufffd" not in short
        assert short.count("𝄞") >= 499


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("<details><summary>s</summary>\n\n", "\n</details>\n\ncut\n"),
        ("<details open>\n<details>\n", "\n</details>\n</details>\n\ncut\n"),
        ("```python\n", "\n```\n\ncut\n"),
        ("<details>\n\n~~~~\n", "\n~~~~\n</details>\n\ncut\n"),
        ("```\nx\n```\n", "y\n\ncut\n"),
    ],
)
def test_what_the_cut_leaves_open_is_closed(opening: str, closing: str) -> None:
    short = shorten(opening + "y\n" * 3_000, 3_000, note="cut")
    assert short.endswith(closing)


def test_a_text_that_fits_exactly_is_untouched() -> None:
    assert shorten("x" * 2_000, 2_000, note="cut") == "x" * 2_000
