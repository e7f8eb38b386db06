"""Two versions of a text, cut down to what differs between them.

A change at the end of a long text would be lost if its first characters were shown. So an excerpt
is taken around the changes, at the same places of both texts, and says which of its characters
changed. Nothing is cut inside of what a reader sees as one character: a letter with its accents, a
flag, an emoji of several.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final

LIMIT: Final = 100
"""Characters of an excerpt."""
LOOKED_AT: Final = 400
"""Characters, from the first that differs, in which several changes are told apart."""
MOST_CHANGES: Final = 4
"""Changes that an excerpt shows."""
CONTEXTS: Final = (60, 40, 30, 20, 14, 10, 6, 3, 0)
"""Characters on either side of a change, tried in this order."""
LONGEST_WORD: Final = 40
"""Characters after which a word may be cut."""
ELLIPSIS: Final = "…"

_JOINER: Final = "\N{ZERO WIDTH JOINER}"
_FLAGS: Final = ("\N{REGIONAL INDICATOR SYMBOL LETTER A}", "\N{REGIONAL INDICATOR SYMBOL LETTER Z}")
_SKINS: Final = ("\N{EMOJI MODIFIER FITZPATRICK TYPE-1-2}", "\N{EMOJI MODIFIER FITZPATRICK TYPE-6}")

Spans = tuple[tuple[int, int], ...]
Inside = Callable[[str, int], bool]
"""Whether a place in a text parts what belongs together."""


@dataclass(frozen=True, kw_only=True)
class Passages:
    """The same places of two texts."""

    before: str
    after: str
    marks: tuple[Spans, Spans]
    """Of each, start and end of what the other one has not, in characters and in order."""


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """What both texts have, or what each has in its place."""

    before: str
    after: str
    changed: bool = True

    @property
    def size(self) -> int:
        """Room that it takes, in characters."""
        return max(len(self.before), len(self.after))


def passages(before: str, after: str, limit: int = LIMIT) -> Passages:
    """Excerpts of two texts around what differs.

    Args:
        before: A text.
        after: The same text, changed.
        limit: Characters of each excerpt, at least 20.
    """
    pieces = list(_pieces(before, after))
    if max(len(before), len(after)) <= limit:
        return _joined(pieces)
    changes = [place for place, piece in enumerate(pieces) if piece.changed]
    for number in range(min(len(changes), MOST_CHANGES), 0, -1):
        for context in CONTEXTS:
            shown = list(_around(pieces, changes[:number], context))
            if sum(piece.size for piece in shown) <= limit:
                return _joined(shown)
    return _joined(_beginning(pieces, limit))


def _pieces(before: str, after: str) -> Iterator[_Piece]:
    """Both texts from start to end, what is the same and what changed in turns."""
    start, end = _common(before, after, _inside_word)
    middle = _changes(before[start : len(before) - end], after[start : len(after) - end])
    edges = (_same(before[:start]), _same(before[len(before) - end :]))
    found = (piece for piece in (edges[0], *middle, edges[1]) if piece.size)
    for changed, run in groupby(found, key=lambda piece: piece.changed):
        yield _merged(run, changed=changed)


def _common(before: str, after: str, inside: Inside) -> tuple[int, int]:
    """How many characters both have at the start and at the end.

    Neither end is inside of what `inside` says, unless a word is very long.
    """
    room = min(len(before), len(after))
    start = _longest(room, lambda size: before[:size] == after[:size])
    start = _whole(start, lambda size: ((before, size), (after, size)), inside)
    room -= start
    end = _longest(room, lambda size: before[len(before) - size :] == after[len(after) - size :])
    ends = (len(before), len(after))
    return start, _whole(
        end, lambda size: ((before, ends[0] - size), (after, ends[1] - size)), inside
    )


def _longest(room: int, holds: Callable[[int], bool]) -> int:
    """The largest size for which something holds that holds for all smaller ones."""
    low, high = 0, room
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def _whole(size: int, places: Callable[[int], Iterable[tuple[str, int]]], inside: Inside) -> int:
    """The largest size, from a given one down, that parts no word, or at least no character."""
    for less in range(size):
        parts = inside if less < LONGEST_WORD else _inside_character
        if not any(parts(text, place) for text, place in places(size - less)):
            return size - less
    return 0


def _inside_character(text: str, place: int) -> bool:
    """Whether a place parts what a reader sees as one character."""
    if not 0 < place < len(text):
        return False
    left, right = text[place - 1], text[place]
    if left.isascii() and right.isascii():
        return False
    joined = _JOINER in (left, right) or _SKINS[0] <= right <= _SKINS[1]
    flags = all(_FLAGS[0] <= side <= _FLAGS[1] for side in (left, right))
    return joined or flags or unicodedata.category(right).startswith("M")


def _inside_word(text: str, place: int) -> bool:
    if not 0 < place < len(text):
        return False
    return _inside_character(text, place) or (_of_word(text[place - 1]) and _of_word(text[place]))


def _of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _changes(before: str, after: str) -> Iterator[_Piece]:
    """The pieces of two texts that begin and end with a difference."""
    cuts = [_cut(before, LOOKED_AT), _cut(after, LOOKED_AT)]
    rest = _Piece(before=before[cuts[0] :], after=after[cuts[1] :])
    found = _aligned(_words(before[: cuts[0]]), _words(after[: cuts[1]]))
    for changed, run in groupby(_bridged([*found, rest]), key=lambda piece: piece.changed):
        piece = _merged(run, changed=changed)
        yield from _trimmed(piece) if changed else (piece,)


def _cut(text: str, size: int) -> int:
    """Where to cut a text, at most `size` characters from its start."""
    return _whole(min(len(text), size), lambda place: ((text, place),), _inside_character)


def _words(text: str) -> list[str]:
    """Words, and the characters between them."""
    ends = [place for place in range(1, len(text) + 1) if not _inside_word(text, place)]
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _aligned(before: Sequence[str], after: Sequence[str]) -> Iterator[_Piece]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, start_after, end_after in matcher.get_opcodes():
        yield _Piece(
            before="".join(before[start:end]),
            after="".join(after[start_after:end_after]),
            changed=tag != "equal",
        )


def _bridged(pieces: Sequence[_Piece]) -> Iterator[_Piece]:
    """Changes that hardly anything parts are one: marks on each would hide the text."""
    pieces = [piece for piece in pieces if piece.size]
    for place, piece in enumerate(pieces):
        between = 0 < place < len(pieces) - 1
        slight = len(piece.before) <= 2 or piece.before.isspace()
        yield _merged([piece], changed=piece.changed or (between and slight))


def _merged(run: Iterable[_Piece], *, changed: bool) -> _Piece:
    pieces = list(run)
    return _Piece(
        before="".join(piece.before for piece in pieces),
        after="".join(piece.after for piece in pieces),
        changed=changed,
    )


def _same(text: str) -> _Piece:
    return _Piece(before=text, after=text, changed=False)


def _trimmed(piece: _Piece) -> Iterator[_Piece]:
    """A change without the letters that it keeps, if it is one word and keeps most of it."""
    before, after = piece.before, piece.after
    start, end = _common(before, after, _inside_character)
    one_word = all(map(_of_word, before + after))
    if not one_word or 2 * (start + end) < max(2, min(len(before), len(after))):
        yield piece
        return
    yield _same(before[:start])
    yield _Piece(before=before[start : len(before) - end], after=after[start : len(after) - end])
    yield _same(before[len(before) - end :])


def _around(pieces: Sequence[_Piece], changes: Sequence[int], context: int) -> Iterator[_Piece]:
    """Neighbouring changes, with a little of what is before, between and behind them."""
    first, last = changes[0], changes[-1]
    if first:
        yield _same(_tail(pieces[first - 1].before, context))
    for piece in pieces[first : last + 1]:
        text = piece.before
        if piece.changed or len(text) <= 2 * context + 1:
            yield piece
        else:
            yield _same(_head(text, context) + _tail(text, context).removeprefix(ELLIPSIS))
    if last + 1 < len(pieces):
        is_end = last + 2 == len(pieces)
        shown = _head(pieces[last + 1].before, context)
        yield _same(shown if is_end or shown.endswith(ELLIPSIS) else shown + ELLIPSIS)


def _beginning(pieces: Sequence[_Piece], limit: int) -> Iterator[_Piece]:
    """The first change, which is too long to be shown as a whole, or two texts without one."""
    context = limit // 5
    change = next((place for place, piece in enumerate(pieces) if piece.changed), None)
    if change is None:
        yield _same(_head(pieces[0].before, limit - 1))
        return
    before = _tail(pieces[change - 1].before, context) if change else ""
    room = limit - len(before) - 2
    piece = pieces[change]
    cuts = [text[: _cut(text, room)] for text in (piece.before, piece.after)]
    more = change + 1 < len(pieces)
    yield _same(before)
    yield _Piece(before=cuts[0], after=cuts[1])
    yield _Piece(
        before=ELLIPSIS if more or len(cuts[0]) < len(piece.before) else "",
        after=ELLIPSIS if more or len(cuts[1]) < len(piece.after) else "",
        changed=False,
    )


def _head(text: str, size: int) -> str:
    """The first characters, up to the end of a word if there is one near."""
    if len(text) <= size:
        return text
    cut = text[: _cut(text, size)]
    words = cut.rpartition(" ")[0] if not text[len(cut)].isspace() else cut
    return (words if 2 * len(words) > size else cut) + ELLIPSIS


def _tail(text: str, size: int) -> str:
    """The last characters, from the start of a word if there is one near."""
    if len(text) <= size:
        return text
    start = len(text) - size
    while start < len(text) and _inside_character(text, start):
        start += 1
    cut = text[start:]
    words = cut.partition(" ")[2] if not text[start - 1].isspace() else cut
    return ELLIPSIS + (words if 2 * len(words) > size else cut)


def _joined(pieces: Iterable[_Piece]) -> Passages:
    """The excerpts, and where in them something changed."""
    before, after = "", ""
    marks: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for piece in pieces:
        for found, text, more in ((marks[0], before, piece.before), (marks[1], after, piece.after)):
            if piece.changed and more:
                found.append((len(text), len(text) + len(more)))
        before, after = before + piece.before, after + piece.after
    return Passages(before=before, after=after, marks=(tuple(marks[0]), tuple(marks[1])))
