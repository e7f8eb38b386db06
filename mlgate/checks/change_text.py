"""Changes to texts, after CheckList's perturbations (Ribeiro et al., ACL 2020, section 3).

A text changes in the same way wherever it stands: what is drawn depends on the seed and on the
text. A text in which a change finds nothing to do stays as it is, and then does not count.
"""

import random
import re
import unicodedata
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from mlgate.checks.change_fitting import fitted, text_of, uncategorised
from mlgate.checks.terms import AUXILIARIES, CONTRACTIONS, TERMS, TermList
from mlgate.checks.wording import name, value
from mlgate.config.direction import NEITHER
from mlgate.config.model import Strict
from mlgate.errors import MlgateError

if TYPE_CHECKING:
    import pandas as pd

    from mlgate.checks.change_columns import Columns, Seed

Draw = random.Random
Terms = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=2)]
"""Terms that may stand for each other."""


class TextChange(Strict):
    """A change to every text of a column."""

    words: ClassVar[str]
    """What happens to the texts, as the end of a clause."""

    @abstractmethod
    def text(self, given: str, draw: Draw) -> str:
        """The changed text."""

    def apply(self, frame: "pd.DataFrame", column: str, seed: "Seed") -> "Columns":
        """The column with its texts changed, each different one once; what is no text stays.

        Raises:
            MlgateError: The column holds no text.
        """
        given = uncategorised(frame[column])
        texts = text_of(given)
        if texts is None:
            if given.notna().any():
                raise MlgateError(
                    f"{name(column)} holds {given.dtype} values, and no text",
                    cause="the change is one of texts",
                    remedy="name a column of texts, or another change",
                )
            yield column, frame[column]
            return
        new = {
            text: self.text(text, Draw(f"{[*seed]} {text}"))  # nothing is secret here
            for text in given[texts].unique()
        }
        mapped = given.astype(object).where(~texts, given.astype(object).map(new.get))
        yield column, fitted(mapped, frame[column], column)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{name(column)} {self.words}"


class Typos(TextChange):
    """Make slips of the keyboard: two neighbouring letters change places."""

    words = "gets typos"
    typos: Annotated[int, Field(ge=1, le=100), NEITHER] = 1
    """How many, in each text."""

    def text(self, given: str, draw: Draw) -> str:
        """The text with letters swapped that differ."""
        letters = [*given]
        pairs = [
            i
            for i, (one, two) in enumerate(pairwise(letters))
            if one != two and one.isalpha() and two.isalpha()
        ]
        draw.shuffle(pairs)
        swapped: set[int] = set()
        for i in pairs:
            if len(swapped) == self.typos:
                break
            if not {i - 1, i, i + 1} & swapped:  # no letter moves twice
                letters[i], letters[i + 1] = letters[i + 1], letters[i]
                swapped.add(i)
        return "".join(letters)


class Case(TextChange):
    """Write in other letters."""

    words = "changes case"
    case: Literal["upper", "lower", "title"] = "upper"
    """Which."""

    def text(self, given: str, draw: Draw) -> str:
        """The text in other letters."""
        del draw
        changed: str = getattr(given, self.case)()
        return changed


class Punctuation(TextChange):
    """Take the punctuation at the end away, or put a full stop where there is none."""

    words = "gets other punctuation"

    def text(self, given: str, draw: Draw) -> str:
        """The text with another end."""
        del draw
        bare = given.rstrip()
        without = re.sub(r"[.!?,;:…]+$", "", bare)
        if not bare or not without.strip():
            return given
        return without if without != bare else f"{bare}."


class Whitespace(TextChange):
    """Put more space between words and around the text."""

    words = "gets more whitespace"

    def text(self, given: str, draw: Draw) -> str:
        """The text with one gap doubled and a blank at its end."""
        gaps = [found.start() for found in re.finditer(" ", given)]
        if gaps:
            place = draw.choice(gaps)
            given = f"{given[:place]} {given[place:]}"
        return f"{given} " if given else given


class Accents(TextChange):
    """Write letters without their accents."""

    words = "loses its accents"

    def text(self, given: str, draw: Draw) -> str:
        """The text with plain letters where there are such."""
        del draw
        parts = unicodedata.normalize("NFD", given)
        plain = "".join(part for part in parts if unicodedata.category(part) != "Mn")
        return unicodedata.normalize("NFC", plain)


class Contractions(TextChange):
    """Write short forms out, or long ones short where there is none: `isn't`, `is not`."""

    words = "gets other contractions"

    def text(self, given: str, draw: Draw) -> str:
        """The text with the other forms."""
        del draw
        long = _written_out(given)
        return long if long != given else _contracted(given)


class Numbers(TextChange):
    """Put other numbers of as many digits in the place of numbers."""

    words = "gets other numbers"

    def text(self, given: str, draw: Draw) -> str:
        """The text with every run of digits drawn anew."""

        def another(found: re.Match[str]) -> str:
            old = found[0]
            first = draw.choice([digit for digit in "123456789" if digit != old[0]])
            return first + "".join(draw.choices("0123456789", k=len(old) - 1))

        return re.sub(r"[0-9]+", another, given)


class SwapTerms(TextChange):
    """Put a name, a place or another term of a list in the place of each that occurs."""

    words = "gets other terms"
    swap_terms: TermList | tuple[Terms, ...]
    """`names`, `places` or `genders`, which come with mlgate, or lists of terms that may stand for
    each other: `[[red, green, blue], [small, large]]`."""

    @cached_property
    def _groups(self) -> dict[str, tuple[str, Sequence[str]]]:
        """Of each term, in lower case: as it is spelled, and what may stand for it."""
        groups: Sequence[Sequence[str]]
        groups = TERMS[self.swap_terms] if isinstance(self.swap_terms, str) else self.swap_terms
        found: dict[str, tuple[str, Sequence[str]]] = {}
        for group in groups:
            for term in group:  # of several groups with a term, the first counts
                others = [other for other in group if other.lower() != term.lower()]
                found.setdefault(term.lower(), (term, others or [term]))
        return found

    @cached_property
    def _pattern(self) -> "re.Pattern[str]":
        return _pattern_of(self._groups)

    def text(self, given: str, draw: Draw) -> str:
        """The text with every term replaced; equal ones by the same."""
        chosen: dict[str, str] = {}

        def another(found: re.Match[str]) -> str:
            term = found[0].lower()
            spelled, others = self._groups[term]
            if term not in chosen:
                chosen[term] = draw.choice(others)
            return _in_case_of(found[0], spelled, chosen[term])

        return self._pattern.sub(another, given)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        which = self.swap_terms if isinstance(self.swap_terms, str) else "terms"
        return f"{which} in {name(column)} are swapped"


class Append(TextChange):
    """Put something behind every text."""

    append: Annotated[str, Field(min_length=1)]
    """What to append, as it is: begin with a blank where one is wanted."""

    def text(self, given: str, draw: Draw) -> str:
        """The text and what follows it."""
        del draw
        return given + self.append

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{value(self.append)} is appended to {name(column)}"


class Negate(TextChange):
    """Say the opposite: put `not` behind the first verb that takes it, or take one away."""

    words = "is negated"

    def text(self, given: str, draw: Draw) -> str:
        """The text negated; one without such a verb stays."""
        del draw
        without = re.sub(
            r"(?<=\w)\s+not\b|(?<=\bcan)not\b",
            "",
            _written_out(given),
            count=1,
            flags=re.IGNORECASE,
        )
        if without != _written_out(given):
            return without
        return re.sub(
            rf"\b({'|'.join(AUXILIARIES)})\b", r"\1 not", given, count=1, flags=re.IGNORECASE
        )


def in_words(instead: Mapping[str, str]) -> Callable[[str], str]:
    """A function that replaces whole words, or several, in a text, in whatever case they stand."""
    spelled = {old.lower(): old for old in instead}
    pattern = _pattern_of(spelled)

    def another(found: re.Match[str]) -> str:
        old = spelled[found[0].lower()]
        return _in_case_of(found[0], old, instead[old])

    return lambda text: pattern.sub(another, text)


def _pattern_of(terms: Iterable[str]) -> "re.Pattern[str]":
    longest_first = sorted(terms, key=len, reverse=True)
    any_term = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?<!\w)(?:{any_term})(?!\w)", re.IGNORECASE)


def _in_case_of(found: str, old: str, new: str) -> str:
    """The new term as it is spelled, if the old one stands as it is; else in the case it is in."""
    if found == old:
        return new
    if len(found) > 1 and found.isupper():
        return new.upper()
    return new[:1].upper() + new[1:] if found[:1].isupper() else new.lower()


_contracted = in_words(CONTRACTIONS)
_long_forms = in_words({short: long for long, short in CONTRACTIONS.items()})


def _written_out(text: str) -> str:
    """A text without short forms."""
    return _long_forms(text.replace("\u2019", "'"))


TEXT_WORDS: dict[str, type[TextChange]] = {
    "typos": Typos,
    "case": Case,
    "punctuation": Punctuation,
    "whitespace": Whitespace,
    "accents": Accents,
    "contractions": Contractions,
    "numbers": Numbers,
    "negate": Negate,
}
"""Changes that a word alone names."""
