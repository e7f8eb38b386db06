from hypothesis import given
from hypothesis import strategies as st

from mlgate.sandbox.text import last_line, one_line


@given(st.text(), st.integers(2, 100))
def test_text_of_a_stranger_becomes_one_bounded_printable_line(text: str, limit: int) -> None:
    for line in (one_line(text, limit), last_line(text, limit)):
        assert len(line) <= limit
        assert line.isprintable()


def test_control_and_direction_characters_are_dropped() -> None:
    assert one_line("a\x1b[31m\u202eb\r\nc\ud800") == "a[31mb c"


def test_the_end_of_a_text_is_kept() -> None:
    assert last_line("first\n" * 100 + "the last words", 20).endswith("the last words")
