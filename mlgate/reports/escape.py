r"""Makes text harmless that mlgate did not write: values, names, messages, paths, versions.

Everything goes through `visible` first, which leaves one bounded line of printable characters and
shows the others the way Python writes them (`\u202e`): a zero-width space that hides in a category
is the cause of a failure, so it is shown and not removed. One function for each place where text
can stand then takes its meaning away.

GitHub gives meaning to text twice: the Markdown parser to its source, and later filters to the
*rendered* text (mentions, `#1`, commit ids, bare addresses, `:emoji:`, `$math$`). A backslash or an
entity stops the first and not the second; only inside of code do both keep off. So `prose` lets
through words that cannot mean anything, and puts every other one into a code span, where a reader
expects technical names anyway.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

VALUE: Final = 80
"""Characters of a value or a name."""
SENTENCE: Final = 600
"""Characters of a message."""
PASSAGE: Final = 240
"""Characters of a part of a text, with the signs on what changed in it."""

_ACCENT: Final = r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_BLANK: Final = (  # printable by their category, and yet nothing is seen
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    r"\U000e0100-\U000e01ef]"
)
_ODD = re.compile(f"{_BLANK}|(?<={_ACCENT}{{2}}){_ACCENT}")
"""Blanks, and the third accent of a pile."""
_COMMAND = re.compile(r"(?<!\S)::|##(?=\[)")
"""A workflow command to a runner: `::` where a line may start, `##[` anywhere."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a format makes text harmless that mlgate did not write."""

    value: Callable[[str], str]
    """Escapes a name or a value inside of a sentence of ours."""
    sentence: Callable[[str], str]
    """Escapes a whole sentence."""
    passage: Callable[[str], str]
    """Escapes a part of a text, in which every blank may matter."""


def visible(text: str, limit: int = VALUE) -> str:
    """One line of printable characters, at most `limit` of them."""
    shown = text[: limit + 1]
    if not (shown.isascii() and shown.isprintable()):
        shown = _ODD.sub(lambda odd: _notation(odd[0]), shown)
        shown = "".join(c if c.isprintable() else _notation(c) for c in shown)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def plain(text: str, limit: int = SENTENCE) -> str:
    """A sentence for a log, a terminal or an annotation."""
    return _without_commands(visible(_flow(text, limit), limit))


def spaced(text: str, limit: int = PASSAGE) -> str:
    """A part of a text for a log or a terminal, with all its blanks."""
    return _without_commands(visible(text, limit))


def tail(text: str, most: int = 40, width: int = 160) -> list[str]:
    """The last lines of a text, for a log or a code block: a traceback's end says what happened."""
    every = text[-most * width * 4 :].expandtabs(4).splitlines()
    kept = [_without_commands(visible(line.rstrip(), width)) for line in every[-most:]]
    return kept if len(every) <= most else ["… and what is above", *kept]


def code(text: str, limit: int = VALUE) -> str:
    r"""A Markdown code span, for any place inside of a line, cells of a table included.

    A bar would end a cell, and `\|` would not help behind another backslash, so it stands outside
    of the span as an entity.
    """
    shown = _without_comments(visible(text, limit)) or "''"
    return "&#124;".join(map(_span, shown.split("|")))


def prose(text: str, limit: int = SENTENCE) -> str:
    """A Markdown sentence, for any place where a line or a cell of a table may begin."""
    words: list[str] = []
    technical = ""  # neighbours that go into one code span
    for word in _words(visible(_flow(text, limit), limit)):
        before, core, behind = _peel(word)
        harmless = _is_harmless(core)
        if technical and (harmless or before):
            words.append(code(technical, limit))
            technical = ""
        if harmless:
            words.append(word.replace("<", "&lt;").replace(">", "&gt;"))
            continue
        if _QUOTED.fullmatch(core):  # written as code already: keep the meaning, not the marks
            core = core[1:-1]
        technical = f"{technical} {core}" if technical else core
        if before or behind:
            words.append(before + code(technical, limit) + behind)
            technical = ""
    if technical:
        words.append(code(technical, limit))
    sentence = " ".join(words) or "''"  # a list item without text would underline the line above
    if re.match(r"([-+]|\d{1,9}[.)])(\s|$)|=", sentence):  # begins a list, underlines a heading
        return f"&#{ord(sentence[0])};{sentence[1:]}"
    return sentence


def html_code(text: str, limit: int = VALUE) -> str:
    """An HTML `code` element, for `<summary>` and other HTML blocks: no Markdown applies there."""
    shown = visible(text, limit) or "''"
    return f"<code>{html.escape(shown)}</code>"


def block(text: str) -> str:
    """A fenced code block with the last lines of a text."""
    shown = _without_comments("\n".join(tail(text)))
    fence = "`" * max(3, 1 + _longest_run(shown))
    return f"{fence}\n{shown}\n{fence}"


def _flow(text: str, limit: int) -> str:
    """The start of a text, each run of white space as one space."""
    return " ".join(text[: 4 * limit].split())


def _notation(character: str) -> str:
    if " " <= character <= "~":
        return f"\\x{ord(character):02x}"
    return character.encode("unicode_escape").decode("ascii")


def _without_commands(text: str) -> str:
    """Text that a runner prints and does not obey."""
    return _COMMAND.sub(lambda found: found[0][:-1] + _notation(found[0][-1]), text)


def _without_comments(text: str) -> str:
    """Text in which nobody finds an HTML comment, such as the hidden marker of another comment."""
    return text.replace("<!--", "<\\x21--")


def _span(text: str) -> str:
    if not text:
        return ""
    fence = "`" * (1 + _longest_run(text))
    spaced = text.startswith(" ") and text.endswith(" ") and not text.isspace()
    pad = " " if spaced or text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _longest_run(text: str) -> int:
    """Length of the longest run of backticks."""
    return max(map(len, re.findall("`+", text)), default=0)


_CLOSERS: Final = {"(": ")", "[": "]", "{": "}", "`": "`"}
_QUOTED = re.compile("`[^`]+`")
_AROUND: Final = {
    "(": ")",
    "'": "'",
    '"': '"',
    "\N{LEFT DOUBLE QUOTATION MARK}": "\N{RIGHT DOUBLE QUOTATION MARK}",
    "\N{LEFT SINGLE QUOTATION MARK}": "\N{RIGHT SINGLE QUOTATION MARK}",
}
_ENDS: Final = {end: start for start, end in _AROUND.items()}
_WORD = re.compile(
    r"""
    [<>]=? | -> | [-=+\N{MINUS SIGN}\N{PLUS-MINUS SIGN}\N{MULTIPLICATION SIGN}→≥≤\N{EN DASH}—·…%]
    | (?: [<>≥≤]=? | [-=+\N{MINUS SIGN}\N{PLUS-MINUS SIGN}] )?
      (?: [^\W_]+ (?: [,.'\N{RIGHT SINGLE QUOTATION MARK}\N{EN DASH}-] [^\W_]+ )* [%°]?
        | \d+ (?: \. \d+ )? e \+ \d+ )
    """,
    re.VERBOSE,
)
"""A comparison, an arrow or a dash; or letters and digits, alone or joined, with a sign."""
_RISKY = re.compile(
    r"""
    ^ www\.                                        # an address
    | \. [^\W\d_]{2}                               # a host, a file, a dotted name
    | (?<![^\W_]) [^\W\d_] [^\W_]* - \d            # GH-1, and the prefixes that a repository links
    | (?<![^\W_]) [0-9a-f]{7,} (?![^\W_])          # a commit
    """,
    re.VERBOSE | re.IGNORECASE,
)


def _words(text: str) -> Iterator[str]:
    """The words of a text; a list, a dictionary, a call or a text in backticks is one word."""
    start = 0
    closers: list[str] = []
    for index, character in enumerate(text):
        quoted = closers[-1:] == ["`"]
        called = character == "(" and index > start and text[index - 1].isalnum()
        if closers and character == closers[-1]:
            closers.pop()
        elif character == "`" or (not quoted and (character in "[{" or called)):
            closers.append(_CLOSERS[character])
        elif character == "(" and closers and not quoted:
            closers.append(")")
        elif character == " " and not closers:
            yield text[start:index]
            start = index + 1
    if closers:  # what nothing closes groups nothing
        yield from text[start:].split(" ")
    else:
        yield text[start:]


def _peel(word: str) -> tuple[str, str, str]:
    """A word without the punctuation around it: before, core, behind."""
    start, end = 0, len(word)
    while start < end:
        first, last = word[start], word[end - 1]
        if last in ",.;:!?…":
            end -= 1
        elif first in _AROUND and (
            last == _AROUND[first] or _AROUND[first] not in word[start + 1 : end]
        ):
            start += 1
        elif last in _ENDS and _ENDS[last] not in word[start : end - 1]:
            end -= 1
        else:
            break
    return word[:start], word[start:end], word[end:]


def _is_harmless(core: str) -> bool:
    return not core or (_WORD.fullmatch(core) is not None and _RISKY.search(core) is None)
