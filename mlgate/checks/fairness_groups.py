"""Which group each row belongs to: by a sensitive column, by bins of one, or by several."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Number
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import AfterValidator, Field

from mlgate.checks import wording
from mlgate.config.load import nearest
from mlgate.errors import ColumnNotFound, DataNotReadable, MlgateError
from mlgate.privacy import foreign, withheld

if TYPE_CHECKING:
    import pandas as pd

    from mlgate.stats.difference import Array

MANY_NUMBERS = 20
"""Distinct numbers above which a column needs bins."""
MANY_GROUPS = 50
"""Groups above which a column is no attribute but a key."""


def _rising(edges: tuple[float, ...]) -> tuple[float, ...]:
    if len(edges) < 2:
        raise ValueError("bins need two edges or more")
    if any(low >= high for low, high in pairwise(edges)):
        raise ValueError("the edges of bins must rise")
    return edges


Edges: TypeAlias = Annotated[
    tuple[float, ...], Field(json_schema_extra={"minItems": 2}), AfterValidator(_rising)
]
Sensitive: TypeAlias = str | Annotated[dict[str, Edges], Field(min_length=1, max_length=1)]
"""A column, or a column of numbers with the edges of its bins."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Groups:
    """The rows of each group that is large enough to be looked at."""

    column: str
    """The column, or several joined by `+`, for ids."""
    words: str
    """The same in words."""
    codes: "Array"
    """Group of each row, from 0; -1 where the group is too small. Shape (rows,)."""
    labels: tuple[str, ...]
    """The groups in words, such as `sex=F`."""
    sizes: tuple[int, ...]
    """Their rows."""
    small: tuple[tuple[str, int], ...]
    """Groups that are too small, with their rows."""
    min_rows: int
    """Rows that a group must have."""
    nulls: int
    """Rows of these groups without a value in a column; they are groups of their own."""

    @property
    def rows(self) -> int:
        """Rows of the groups that are large enough."""
        return sum(self.sizes)

    def left_out(self) -> str:
        """The groups that are too small, in words."""
        shown = ", ".join(f"{label}: {size:,}" for label, size in self.small[:3])
        more = " …" if len(self.small) > 3 else ""
        few = sum(size for _, size in self.small)
        return f"{self.too_small()} left out ({few:,} rows; {shown}{more})"

    def too_small(self) -> str:
        """`2 groups of fewer than 30 rows`."""
        groups = "1 group" if len(self.small) == 1 else f"{len(self.small):,} groups"
        return f"{groups} of fewer than {self.min_rows:,} rows"


@dataclass(frozen=True, kw_only=True, eq=False)
class _Column:
    """One column's groups, before any is left out."""

    name: str
    codes: "Array"
    labels: tuple[str, ...]
    nulls: "Array"
    """Whether a row has no value."""


def name_of(sensitive: Sensitive) -> str:
    """The column's name."""
    return sensitive if isinstance(sensitive, str) else next(iter(sensitive))


def group(frame: "pd.DataFrame", sensitive: Sequence[Sensitive], *, min_rows: int) -> Groups:
    """The groups of rows, by one column or by every combination of several.

    Args:
        frame: The rows.
        sensitive: The columns, at least one.
        min_rows: Rows that a group must have to be looked at.

    Raises:
        ColumnNotFound: A column is not in the data.
        DataNotReadable: Its values make no groups.
        MlgateError: It needs bins, or there is one group only.
    """
    import numpy as np

    columns = [_column(frame, each) for each in sensitive]
    codes = columns[0].codes
    labels = columns[0].labels
    for other in columns[1:]:
        codes = codes * len(other.labels) + other.codes
        filled, codes = np.unique(codes, return_inverse=True)
        labels = tuple(
            f"{labels[code // len(other.labels)]}, {other.labels[code % len(other.labels)]}"
            for code in filled
        )
    words = wording.names([column.name for column in columns], limit=5)
    sizes = np.bincount(codes, minlength=len(labels))
    if len(labels) < 2:
        raise MlgateError(
            f"all {len(frame):,} rows are of one group: {labels[0]}",
            cause="the evaluation data were filtered, or the column was filled with one value",
            remedy=f"use evaluation data with every group of {words}, or another column",
        )
    large = np.flatnonzero(sizes >= min_rows)
    if len(large) > MANY_GROUPS:
        raise MlgateError(
            f"{words} makes {len(large):,} groups of {min_rows:,} rows or more",
            cause="it is a key or free text, and no attribute of a group",
            remedy=f"use a column of at most {MANY_GROUPS} groups, or raise `min_rows`",
        )
    kept = np.full(len(labels), -1)
    kept[large] = np.arange(len(large))
    return Groups(
        column="+".join(column.name for column in columns),
        words=words,
        codes=kept[codes],
        labels=tuple(wording.brief(labels[code], 120) for code in large),
        sizes=tuple(int(sizes[code]) for code in large),
        small=tuple(
            (wording.brief(label, 120), int(size))
            for label, size in zip(labels, sizes, strict=True)
            if 0 < size < min_rows
        ),
        min_rows=min_rows,
        nulls=int((np.any([each.nulls for each in columns], axis=0) & (kept[codes] >= 0)).sum()),
    )


def _column(frame: "pd.DataFrame", sensitive: Sensitive) -> _Column:
    name = name_of(sensitive)
    if name not in frame.columns:
        raise ColumnNotFound(
            f"the sensitive column {wording.value(name)} is not in the data"
            f"{nearest(name, map(str, frame.columns))}",
            cause="the column was renamed or dropped, or mlgate.yml has a typo",
            remedy="change `sensitive` of the check or of the data set",
        )
    column: pd.Series[Any] = frame[name]
    if isinstance(sensitive, str):
        return _by_value(name, column)
    return _by_bins(name, column, sensitive[name])


def _by_value(name: str, column: "pd.Series[Any]") -> _Column:
    import numpy as np
    import pandas as pd
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    try:
        codes, values = pd.factorize(column)
    except TypeError as error:  # lists, as JSON lines may hold
        raise DataNotReadable(
            f"{wording.value(name)} holds no values of groups: {foreign(str(error)[:100])}",
            cause="it holds lists or mappings",
            remedy="give each row one value",
        ) from error
    is_number = is_numeric_dtype(column.dtype) and not is_bool_dtype(column.dtype)
    if is_number and len(values) > MANY_NUMBERS:
        low, high = (wording.cell(float(end)) for end in (column.min(), column.max()))
        raise MlgateError(
            f"{wording.value(name)} holds {len(values):,} different numbers, from {low} to {high}",
            cause="each would be a group of its own",
            remedy=f"give bins in `sensitive`, such as `{{{wording.brief(name)}: [0, 25, 65]}}`",
        )
    order = sorted(
        range(len(values)), key=lambda place: (str(type(values[place])), _key(values[place]))
    )
    place_of = np.empty(len(values) + 1, dtype=np.intp)
    place_of[order] = np.arange(len(values))
    place_of[-1] = len(values)  # code -1: null
    nulls = codes < 0
    labels = [_label(name, values[place], number) for number, place in enumerate(order, 1)]
    return _Column(
        name=name,
        codes=place_of[codes],
        labels=(*labels, f"{wording.name(name)} missing") if nulls.any() else tuple(labels),
        nulls=nulls,
    )


def _key(value: Any) -> Any:
    return value if isinstance(value, Number) else str(value)


def _label(name: str, value: Any, which: int) -> str:
    """A group in words; its number where its value must not be shown."""
    if withheld():
        return f"{wording.name(name)}=group {which}"
    number = isinstance(value, float) and not isinstance(value, str)
    text = wording.value(value) if number else wording.brief(value, 40)
    return f"{wording.name(name)}={text}"


def _by_bins(name: str, column: "pd.Series[Any]", edges: Sequence[float]) -> _Column:
    """Half-open bins, the last one closed; what lies outside them is a group on either side."""
    import numpy as np
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    texts = int((np.isnan(numbers) & column.notna().to_numpy()).sum())
    if texts:
        raise DataNotReadable(
            f"{texts:,} of {len(column):,} values of {wording.value(name)} are no numbers",
            cause="the column holds text, or dates",
            remedy="leave out its bins, or write it as numbers",
        )
    own = wording.name(name)
    shown = [wording.value(float(edge)) for edge in edges]
    bins = [f"{own}=[{low}, {high})" for low, high in pairwise(shown)]
    bins[-1] = f"{bins[-1][:-1]}]"
    codes = np.searchsorted(edges, numbers, side="right")
    codes[numbers == edges[-1]] -= 1
    codes[np.isnan(numbers)] = len(edges) + 1
    every = [f"{own}<{shown[0]}", *bins, f"{own}>{shown[-1]}", f"{own} missing"]
    filled, codes = np.unique(codes, return_inverse=True)
    return _Column(
        name=name,
        codes=codes,
        labels=tuple(every[code] for code in filled),
        nulls=np.isnan(numbers),
    )
