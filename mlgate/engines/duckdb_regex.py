r"""Regular expressions that pandas, RE2 and Python's `re` understand alike.

Great Expectations searches with pandas' `str.contains`, which follows Python's `re`, on Arrow's
strings partly through RE2. Patterns are sorted by their syntax alone:

- plain ones mean the same to all three, so DuckDB's RE2 decides; `$` at the end is rewritten,
  since Python's also matches before a last newline, and `\d` and `\w` hold for ASCII only;
- those with white space, boundaries, look-around or back-references: pandas answers as `re` does,
  so `re` decides, once for each distinct value;
- anything else (inline flags, POSIX classes, Unicode classes) is left to Great Expectations.
"""

import re
import warnings
from dataclasses import dataclass
from typing import Final

from mlgate.engines.duckdb_sql import NotNative

_PUNCTUATION: Final = r"\\[\\.^$*+?{}()|\[\]/\-_@:,;!#%&=<>~'\" ]"
_ESCAPE: Final = rf"{_PUNCTUATION}|\\[dw]"
_CLASS: Final = rf"\[\^?(?:{_ESCAPE}|[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9 _.,:;@%+*/=!#'\"<>])+-?\]"
_QUANTIFIER: Final = r"(?:[*+?]|\{[0-9]{1,3}(?:,(?:[0-9]{1,3})?)?\})\??(?![*+?{])"
_LITERAL: Final = r"[A-Za-z0-9 _\-@:,;!#%&=<>~/'\"]"
_PLAIN: Final = re.compile(
    rf"(?:{_ESCAPE}|{_CLASS}|{_QUANTIFIER}|{_LITERAL}|\(\?:|\((?!\?)|[).^|])*\$?"
)
_RICH: Final = re.compile(
    rf"(?:{_ESCAPE}|{_CLASS}|{_QUANTIFIER}|{_LITERAL}|\\[sSbBDW1-9]|\(\?(?::|=|!|<=|<!)|\((?!\?)"
    rf"|\[\^?(?:{_ESCAPE}|\\[sSDW]|[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9 _.,:;@%+*/=!#'\"<>])+-?\]"
    r"|[).^|$])*"
)
_ASCII_ONLY: Final = re.compile(r"\\[dw]")
_MAX_LENGTH: Final = 1000
"""Characters beyond which a pattern is left to Great Expectations."""


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A regular expression that is decided here."""

    search: re.Pattern[str]
    """As Python's `re` has it: always right."""
    re2: str | None
    """As RE2 has it, for text that is plain enough; None where it has no equal."""
    ascii_only: bool
    """Whether `re2` is right for ASCII text only."""


def read_pattern(given: object) -> Pattern:
    """Sort a pattern.

    Raises:
        NotNative: It is no pattern, or one that pandas may read otherwise than `re`.
    """
    if not isinstance(given, str) or len(given) > _MAX_LENGTH or not _RICH.fullmatch(given):
        raise NotNative("its regular expression is beyond the common ground of Python and RE2")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            search = re.compile(given)
    except (re.error, Warning, RecursionError, OverflowError) as error:
        raise NotNative("its regular expression is not one of Python's") from error
    plain = _PLAIN.fullmatch(given) is not None
    return Pattern(
        search=search,
        re2=_with_newline(given) if plain else None,
        ascii_only=bool(_ASCII_ONLY.search(given)),
    )


def _with_newline(pattern: str) -> str:
    """`$` at the end as Python means it: the end, or a newline and the end."""
    escaped = re.search(r"(?<!\\)(?:\\\\)*\\\$\Z", pattern)
    return f"{pattern[:-1]}\\n?\\z" if pattern.endswith("$") and not escaped else pattern
