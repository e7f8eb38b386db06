"""Long runs of texts in a pickle, such as a vocabulary's: taken at once, and not text by text."""

import re
from typing import Any

LEAST = 512
"""Bytes from which on a run is taken at once. A shorter one may be the state of an array, of which
the numbers matter."""

_TEXT = b"|".join(re.escape(bytes([size])) + b".{%d}" % size for size in range(256))
"""A byte with a length, and so many bytes."""
TEXTS = re.compile(b"(?:\x8c(?:" + _TEXT + b")\x94)++", re.DOTALL)
"""SHORT_BINUNICODE and MEMOIZE, again and again. Possessive: it goes back over nothing."""
PAIRS = re.compile(b"(?:\x8c(?:" + _TEXT + rb")\x94(?:K.|M..|J.{4}|G.{8}))++", re.DOTALL)
"""The same, each followed by BININT1, BININT2, BININT or BINFLOAT."""
_ONE_TEXT = re.compile("\x8c(" + _TEXT.decode("latin-1") + ")\x94", re.DOTALL)
_ONE_PAIR = re.compile(_ONE_TEXT.pattern + r"(?:K.|M..|J.{4}|G.{8})", re.DOTALL)

_WIDTHS = {0x4B: 2, 0x4D: 3, 0x4A: 5, 0x47: 9}
TO_NEXT = bytes(_WIDTHS.get(code, 0) for code in range(256))
"""By the opcode after a text: bytes to the next opcode, where the two are a pair; else none."""


def texts_of(data: bytes, start: int, end: int, *, pairs: bool) -> list[str]:
    """The texts of a run.

    Args:
        data: Holds the run.
        start: Where it begins.
        end: Where it ends.
        pairs: Whether it is one of `PAIRS`, and not of `TEXTS`.

    Raises:
        ValueError: One is no UTF-8.
    """
    one = _ONE_PAIR if pairs else _ONE_TEXT
    # A character for each byte; the first of each match is its length.
    texts = [text[1:] for text in one.findall(data[start:end].decode("latin-1"))]
    if "".join(texts).isascii():
        return texts
    return [text.encode("latin-1").decode("utf-8", "surrogatepass") for text in texts]


def with_numbers(texts: list[str], number: Any) -> list[Any]:
    """The values of pairs, with one value for all numbers."""
    values: list[Any] = [number] * (2 * len(texts))
    values[::2] = texts
    return values
