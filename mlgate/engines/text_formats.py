"""Formats of text, such as fixed-length codes: guessed from a sample, then held against all."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

_SAMPLE: Final = 200
"""Values that a guess is made from."""
_MIN_VALUES: Final = 10
"""Different values without which a common shape may be chance."""
_MAX_RUNS: Final = 12
"""Runs beyond which a shape is no format that a person would recognise."""

_MAX_LENGTH: Final = 100
"""Characters beyond which text of one length is no code; RE2 repeats nothing over 1,000 times."""
_MAX_PATTERN: Final = 200
"""Characters beyond which nobody would review a pattern."""

_DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format that texts have in common."""

    name: str
    """What it is, in a few words."""
    pattern: str
    """A regular expression, anchored at both ends; the same for Python's `re` and for RE2."""


_KNOWN: Final = (
    Format(name="ISO date", pattern=f"^{_DATE}$"),
    Format(name="ISO date and time", pattern=f"^{_DATE}[T ]{_TIME}$"),
    Format(
        name="UUID",
        pattern="^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$",
    ),
    Format(name="e-mail address", pattern=r"^[^@ ]+@[^@ ]+\.[^@ ]+$"),
)


def find_format(texts: Sequence[str]) -> Format | None:
    """The format that all of some different texts have.

    Returns:
        None where there is none, or too few texts to tell.
    """
    if len(texts) < _MIN_VALUES:
        return None
    sample = texts[:: max(1, len(texts) // _SAMPLE)]
    for candidate in (*_KNOWN, *_guesses(sample)):
        if len(candidate.pattern) > _MAX_PATTERN:
            continue
        matches = re.compile(candidate.pattern).search
        if all(map(matches, sample)) and all(map(matches, texts)):
            return candidate
    return None


def _guesses(sample: Sequence[str]) -> Iterator[Format]:
    """Formats that a sample suggests, the most telling first."""
    shape = _common_shape(sample)
    if shape is not None:
        yield shape
    lengths = {len(text) for text in sample}
    if len(lengths) != 1 or not 4 <= (length := lengths.pop()) <= _MAX_LENGTH:
        return
    for name, letters in (
        ("hexadecimal", "0-9a-f"),
        ("hexadecimal", "0-9A-F"),
        ("letters and digits", "A-Z0-9"),
        ("letters and digits", "a-z0-9"),
        ("letters and digits", "A-Za-z0-9"),
    ):
        yield Format(name=f"{length} characters, {name}", pattern=f"^[{letters}]{{{length}}}$")


def _common_shape(sample: Sequence[str]) -> Format | None:
    """The runs of letters and digits that all values have in common, such as `[A-Z]{2}[0-9]{4}`."""
    rows = [_runs(text) for text in sample]
    shapes = {tuple(kind for kind, _ in row) for row in rows}
    if len(shapes) != 1 or not 0 < len(shape := shapes.pop()) <= _MAX_RUNS:
        return None
    columns = [[row[i][1] for row in rows] for i in range(len(shape))]
    fixed = len({len(text) for text in sample}) == 1
    if not fixed and "[0-9]" not in shape:  # any word is a run of letters
        return None
    parts = (_part(kind, texts) for kind, texts in zip(shape, columns, strict=True))
    return Format(name="code of one shape", pattern=f"^{''.join(parts)}$")


def _runs(text: str) -> list[tuple[str, str]]:
    """A text as runs of one class of characters: digits, letters of one case, a literal."""
    return [(kind, "".join(run)) for kind, run in groupby(text, key=_class)]


def _class(character: str) -> str:
    for kind, low, high in (("[0-9]", "0", "9"), ("[A-Z]", "A", "Z"), ("[a-z]", "a", "z")):
        if low <= character <= high:
            return kind
    return _escaped(character)


def _part(kind: str, texts: Sequence[str]) -> str:
    """A run as a pattern. Letters that never change are a prefix; digits are numbers and do."""
    if kind != "[0-9]" and len(set(texts)) == 1:
        return _escaped(texts[0])
    lengths = {len(text) for text in texts}
    length = lengths.pop()
    if lengths or length > _MAX_LENGTH:
        return f"{kind}+"
    return kind if length == 1 else f"{kind}{{{length}}}"


def _escaped(text: str) -> str:
    """A literal; `re.escape` escapes spaces and hyphens too, which only makes it hard to read."""
    return re.sub(r"[.^$*+?{}\[\]\\|()]", r"\\\g<0>", text)
