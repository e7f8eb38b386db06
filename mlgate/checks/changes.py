"""Changes to the rows that a model sees: the questions of a behavioural test.

A change touches only the columns that it names, keeps their types as far as these hold the new
values exactly, leaves nulls null (except `set`, which gives every row the same value), and depends
on nothing but the data and the seed.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from mlgate.checks.change_columns import (
    Add,
    ChangeUnit,
    Missing,
    Multiply,
    Noise,
    PermuteWithin,
    Replace,
    Round,
    Set,
    Shuffle,
    Swap,
)
from mlgate.checks.change_fitting import same
from mlgate.checks.change_text import (
    TEXT_WORDS,
    Append,
    Case,
    SwapTerms,
    TextChange,
    Typos,
)
from mlgate.checks.wording import name
from mlgate.config.load import nearest
from mlgate.errors import ColumnNotFound

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[tuple[int], np.dtype[np.bool_]]

Word = Literal[
    "shuffle",
    "missing",
    "typos",
    "case",
    "punctuation",
    "whitespace",
    "accents",
    "contractions",
    "numbers",
    "negate",
]
"""A change that needs no further word."""
OnColumn = (
    Shuffle
    | PermuteWithin
    | Set
    | Missing
    | Add
    | Multiply
    | Noise
    | Round
    | ChangeUnit
    | Replace
    | Swap
    | TextChange
)
"""What happens to one column."""
_WORDS: Final[Mapping[str, OnColumn]] = {
    "shuffle": Shuffle(),
    "missing": Missing(),
    **{word: kind() for word, kind in TEXT_WORDS.items()},
}
_FORMS: Final = (
    "`shuffle`, `missing`, `{permute_within: column}`, `{set: value}`, `{add: number}`, "
    "`{multiply: number}`, `{noise: {sd: number}}`, `{round: places}`, "
    "`{unit: {from: unit, to: unit}}`, `{replace: {old: new}}`, `{swap: column}`; for texts "
    "`typos`, `case`, `punctuation`, `whitespace`, `accents`, `contractions`, `numbers`, `negate`, "
    "`{swap_terms: names}`, `{append: text}`"
)


def _which(given: object) -> str | None:
    """The kind of change that a value of mlgate.yml spells: its only key, or a word."""
    if isinstance(given, str):
        return "word"
    keys = given if isinstance(given, Mapping) else getattr(type(given), "model_fields", ())
    return str(next(iter(keys))) if len(keys) == 1 else None


Change = Annotated[
    Annotated[Word, Tag("word")]
    | Annotated[PermuteWithin, Tag("permute_within")]
    | Annotated[Set, Tag("set")]
    | Annotated[Add, Tag("add")]
    | Annotated[Multiply, Tag("multiply")]
    | Annotated[Noise, Tag("noise")]
    | Annotated[Round, Tag("round")]
    | Annotated[ChangeUnit, Tag("unit")]
    | Annotated[Replace, Tag("replace")]
    | Annotated[Swap, Tag("swap")]
    | Annotated[Typos, Tag("typos")]
    | Annotated[Case, Tag("case")]
    | Annotated[SwapTerms, Tag("swap_terms")]
    | Annotated[Append, Tag("append")],
    Discriminator(_which, custom_error_type="change", custom_error_message=f"a change is {_FORMS}"),
]
"""What happens to one column, as mlgate.yml spells it."""


def plain(change: Change) -> OnColumn:
    """A change, also where a word stands for it."""
    return _WORDS[change] if isinstance(change, str) else change


def _touched_once(changes: dict[str, Change]) -> dict[str, Change]:
    columns = list(touched(changes))
    for column in columns:
        if columns.count(column) > 1:
            raise ValueError(f"changes {name(column)} twice")
    return changes


Changes = Annotated[dict[str, Change], Field(min_length=1), AfterValidator(_touched_once)]
"""What happens, by column. Each change starts from the data as they are: their order is free."""


def touched(changes: Mapping[str, Change]) -> Iterator[str]:
    """Every column that the changes touch, the partners of swaps included."""
    for column, change in changes.items():
        yield column
        if isinstance(change, Swap):
            yield change.swap


def _read(changes: Mapping[str, Change]) -> Iterator[str]:
    """Every column that the changes touch or go by."""
    yield from touched(changes)
    yield from (c.permute_within for c in changes.values() if isinstance(c, PermuteWithin))


def describe(changes: Mapping[str, Change]) -> str:
    """What happens, as a clause: "12 is added to tenure and region is shuffled"."""
    return " and ".join(plain(change).describe(column) for column, change in changes.items())


def changed(frame: "pd.DataFrame", changes: Mapping[str, Change], seed: int) -> "pd.DataFrame":
    """The same rows with the changes made; the frame that is given stays as it is.

    Raises:
        ColumnNotFound: The frame has no such column.
        MlgateError: A column cannot hold what a change would make of it.
    """
    for column in _read(changes):
        if column not in frame.columns:
            raise ColumnNotFound(
                f"the data have no column {name(column)}{nearest(column, map(str, frame.columns))}",
                cause="the name is mistyped, or the column was renamed or removed",
                remedy="correct the name in the test's `change`",
            )
    result = frame.copy(deep=False)
    for column, change in changes.items():
        for target, values in plain(change).apply(frame, column, [seed, *column.encode()]):
            result[target] = values
    return result


def differing(before: "pd.DataFrame", after: "pd.DataFrame") -> "Array":
    """Which rows differ in any of the columns, which are the same: booleans of shape (rows,)."""
    import numpy as np

    different = np.zeros(len(before), dtype=bool)
    for column in before.columns:
        different |= ~same(before[column], after[column])
    return different
