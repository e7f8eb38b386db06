"""Columns cut into bins, for the search for slices, and slices of these in words."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from mlgate.checks import wording
from mlgate.privacy import foreign

if TYPE_CHECKING:
    import pandas as pd

    from mlgate.stats.difference import Array
    from mlgate.stats.slices import Binned, Part

BINS: Final = 8
"""Bins of a column of numbers: cut at its quantiles."""
VALUES: Final = 8
"""Frequent values of a column of other things; the rest are one more bin."""
MISSING: Final = "is missing"


@dataclass(frozen=True, kw_only=True, eq=False)
class Cut:
    """A column in bins."""

    name: str
    binned: "Binned"
    edges: tuple[str, ...]
    """What separates the ordered bins, as text; the upper one begins with it."""
    singles: tuple[str | None, ...]
    """The value of an ordered bin that holds one only, as text."""
    others: tuple[str, ...]
    """The bins after the ordered ones, in words that follow the column's name."""

    def words(self, part: "Part") -> str:
        """A slice of this column in words, such as `12 <= tenure < 24`."""
        own = wording.name(self.name)
        ordered = self.binned.ordered
        if part.low >= ordered:
            return f"{own} {self.others[part.low - ordered]}"
        if part.low == part.high and (value := self.singles[part.low]) is not None:
            return f"{own} = {value}"
        low = f"{self.edges[part.low - 1]} <= " if part.low else ""
        high = f" < {self.edges[part.high]}" if part.high < ordered - 1 else ""
        if low and not high:
            return f"{own} >= {self.edges[part.low - 1]}"
        return f"{low}{own}{high}" if low or high else f"{own} is not missing"


def cut(column: "pd.Series[Any]", name: str, least: int, *, bins: int = BINS) -> Cut | None:
    """A column in bins; None where it has no two, or its values cannot be told apart.

    Args:
        column: The values.
        name: The column's name.
        least: Smallest number of rows that makes a value frequent.
        bins: Bins of a column of numbers, at most.
    """
    from pandas.api.types import is_datetime64_any_dtype

    try:
        if is_datetime64_any_dtype(column.dtype):
            return _of_times(column, name, bins)
        if holds_numbers(column):
            numbers = column.to_numpy(dtype=float, na_value=float("nan"))
            return _ordered(numbers, name, wording.cell, bins, rounded=True)
        return _of_values(column, name, least)
    except (TypeError, ValueError):  # lists, mappings
        return None


def holds_numbers(column: "pd.Series[Any]") -> bool:
    """Whether the values of a column are in an order and can be averaged."""
    from pandas.api.types import is_bool_dtype, is_complex_dtype, is_numeric_dtype

    dtype = column.dtype
    return is_numeric_dtype(dtype) and not is_bool_dtype(dtype) and not is_complex_dtype(dtype)


def _of_times(column: "pd.Series[Any]", name: str, bins: int) -> Cut | None:
    import numpy as np
    import pandas as pd

    times = pd.to_datetime(column, utc=True).dt.tz_localize(None).astype("datetime64[us]")
    numbers = times.to_numpy().astype(np.int64).astype(float)
    numbers[times.isna().to_numpy()] = np.nan

    def word(edge: float) -> str:
        return foreign(str(pd.Timestamp(int(edge), unit="us")))

    return _ordered(numbers, name, word, bins)


def _ordered(
    numbers: "Array", name: str, word: Callable[[float], str], most: int, *, rounded: bool = False
) -> Cut | None:
    import numpy as np

    from mlgate.stats.slices import Binned

    missing = np.isnan(numbers)
    known = numbers[~missing]
    if not len(known):
        return None
    distinct = np.unique(known)
    if len(distinct) <= most:
        edges = distinct[1:]
    else:
        shares = np.arange(1, most) / most
        edges = np.unique(np.quantile(known, shares, method="inverted_cdf"))
        edges = _short(edges, float(distinct[-1] - distinct[0])) if rounded else edges
        edges = edges[(edges > distinct[0]) & (edges <= distinct[-1])]
    codes = np.searchsorted(edges, numbers, side="right")
    ordered = len(edges) + 1
    codes[missing] = ordered
    bins = ordered + bool(missing.any())
    if bins < 2:
        return None
    values = np.searchsorted(distinct, [-np.inf, *edges, np.inf])
    singles = tuple(
        word(float(distinct[low])) if high - low == 1 else None for low, high in pairwise(values)
    )
    return Cut(
        name=name,
        binned=Binned(codes=codes, ordered=ordered, bins=bins),
        edges=tuple(word(float(edge)) for edge in edges),
        singles=singles,
        others=(MISSING,) * (bins - ordered),
    )


def _short(edges: "Array", spread: float) -> "Array":
    """Edges with no more digits than tell three significant ones of the column's spread.

    They are read by people; of years, unlike of incomes, the fourth digit matters.
    """
    import numpy as np

    if not 0 < spread < math.inf:
        return edges
    places = 2 - math.floor(math.log10(spread))
    found: Array = np.unique([round(float(edge), places) for edge in edges])
    return found


def _of_values(column: "pd.Series[Any]", name: str, least: int) -> Cut | None:
    import numpy as np
    import pandas as pd

    from mlgate.stats.slices import Binned

    codes, values = pd.factorize(column, use_na_sentinel=True)
    missing = codes < 0
    counts = np.bincount(codes[~missing], minlength=len(values))
    order = np.argsort(-counts, kind="stable")[:VALUES]
    frequent = [int(code) for code in order if counts[code] >= least]
    if not frequent:
        return None
    places = np.full(len(values) + 1, len(frequent))  # the last is for what is missing
    places[frequent] = np.arange(len(frequent))
    found = places[codes]
    others = [f"= {wording.cell(values[code])}" for code in frequent]
    if len(frequent) < len(values):
        others.append(f"is none of its {len(frequent)} frequent values")
    if missing.any():
        found[missing] = len(others)
        others.append(MISSING)
    if len(others) < 2:
        return None
    return Cut(
        name=name,
        binned=Binned(codes=found, ordered=0, bins=len(others)),
        edges=(),
        singles=(),
        others=tuple(others),
    )


def in_words(cuts: Sequence[Cut], parts: "Sequence[Part]") -> str:
    """A slice in words: `tenure < 12 and contract = 'monthly'`."""
    return " and ".join(cuts[part.column].words(part) for part in parts)
