"""What a table looks like, column by column: plain measurements, as frozen data."""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from mlgate.engines.text_formats import find_format
from mlgate.errors import DataNotReadable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]

Kind = Literal["number", "boolean", "text", "time", "other"]
"""`other`: lists, bytes, mixed objects, and whatever else has nothing to measure but its nulls."""

MAX_VALUES: Final = 25
"""Distinct values up to which a column's values are listed."""
GRID: Final = 100
"""Quantiles are measured at 0/GRID, 1/GRID, …, GRID/GRID."""

_MAX_ORDERED: Final = 100
"""Columns of one kind among which orderings are looked for: their pairs grow quadratically."""
_PAIR_SAMPLE: Final = 1000
"""Rows on which a pair is tried before all rows are."""
_MIN_SURPRISE: Final = 0.1
"""Least surprise of an ordering: below it, one column merely holds larger values than another."""


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """The figures of a column of numbers, nulls left out."""

    minimum: float
    """Smallest value; an `int` where the column holds integers, and so are the next fields."""
    maximum: float
    quantiles: tuple[float, ...]
    """The nearest-rank quantiles of the grid, `GRID + 1` of them, the smallest value first."""
    mean: float
    whole: bool
    """Whether every value is a whole number, however it is stored."""

    @property
    def median(self) -> float:
        """The nearest-rank median."""
        return self.quantiles[GRID // 2]


@dataclass(frozen=True, kw_only=True)
class Words:
    """The shape of a column of text, nulls left out."""

    shortest: int
    """Characters of the shortest value."""
    longest: int
    """Characters of the longest value."""
    spaced: bool
    """Whether white space occurs in any value, as it does in prose and hardly in a key."""
    pattern: str | None
    """A regular expression for a format that every value has; None where none was recognised."""
    format: str | None
    """What the pattern stands for, in a few words."""


@dataclass(frozen=True, kw_only=True)
class Moments:
    """The span of a column of dates or times."""

    first: str
    """Earliest value, ISO 8601."""
    last: str
    """Latest value, ISO 8601."""
    late: str
    """The value that a twentieth of the rows come after, ISO 8601."""
    form: Literal["date", "naive", "aware"]
    """Dates without a time, times without an offset, or times with one."""


@dataclass(frozen=True, kw_only=True)
class ColumnProfile:
    """One column."""

    name: str
    dtype: str
    """The type as pandas names it, such as `int64`."""
    kind: Kind
    rows: int
    """Rows of the table."""
    nulls: int
    """Rows without a value."""
    distinct: int | None
    """Different values, nulls left out; None where values cannot be compared, as lists cannot."""
    values: tuple[tuple[Any, int], ...]
    """Every value with its rows, in the order of the values; empty beyond `MAX_VALUES` values."""
    order: Literal["increasing", "decreasing"] | None
    """Whether each row has more, or each less, than the row before it."""
    numbers: Numbers | None = None
    """None for another kind, and for a column of nulls; so are the next two fields."""
    words: Words | None = None
    moments: Moments | None = None

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.nulls

    @property
    def null_share(self) -> float:
        """Share of the rows without a value, 0 to 1."""
        return self.nulls / self.rows

    @property
    def unique(self) -> bool:
        """Whether no value stands in two rows."""
        return self.present > 1 and self.distinct == self.present


@dataclass(frozen=True, kw_only=True)
class Ordering:
    """Two columns, one of which is nowhere larger than the other, where both have a value."""

    smaller: str
    larger: str
    surprise: float
    """Share of rows, 0 to 1, that break the ordering once the rows of one column are moved."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A table."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    """In the order of the table."""
    orderings: tuple[Ordering, ...]
    """The most surprising first; those that follow from others are left out."""


def profile(frame: "pd.DataFrame", name: str) -> Profile:
    """Measure a table.

    Args:
        frame: At least one row and one column.
        name: What errors call the table.

    Raises:
        DataNotReadable: It has no rows, no columns, or two columns of one name.
    """
    names = [str(column) for column in frame.columns]
    if not len(frame) or not names:
        raise DataNotReadable(
            f"{name} has no {'rows' if names else 'columns'}, so there is nothing to learn from it",
            cause="a filter or an earlier step left nothing over",
            remedy="write the file again, with the rows that a model is trained on",
        )
    twice = next((column for i, column in enumerate(names) if column in names[:i]), None)
    if twice is not None:
        raise DataNotReadable(
            f"{name} has two columns called {twice[:100]!r}, and expectations tell columns by name",
            cause="two tables were joined without suffixes",
            remedy="rename one of the two",
        )
    columns = [_column(column, frame.iloc[:, i]) for i, column in enumerate(names)]
    return Profile(
        rows=len(frame), columns=tuple(columns), orderings=tuple(_orderings(frame, columns))
    )


def _column(name: str, series: "pd.Series[Any]") -> ColumnProfile:
    import pandas as pd

    dtype = str(series.dtype)
    nulls = int(series.isna().sum())
    series = series.dropna()
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(series.cat.categories.dtype)
        kind = _kind(series)
        # Great Expectations has no arithmetic for categories, whatever they stand for.
        kind = kind if kind in {"text", "boolean"} else "other"
    else:
        kind = _kind(series)
    counts = _counts(series)
    distinct = None if counts is None else len(counts)
    few = counts is not None and len(counts) <= MAX_VALUES and kind not in {"time", "other"}
    some = len(series) > 0
    return ColumnProfile(
        name=name,
        dtype=dtype,
        kind=kind,
        rows=len(series) + nulls,
        nulls=nulls,
        distinct=distinct,
        values=_values(counts) if few and counts is not None else (),
        order=_order(series) if kind in {"number", "time"} and distinct == len(series) else None,
        numbers=_numbers(series) if some and kind == "number" else None,
        words=_words(series) if some and kind == "text" else None,
        moments=_moments(series) if some and kind == "time" else None,
    )


def _kind(series: "pd.Series[Any]") -> Kind:
    """The kind of a column without nulls."""
    import pandas as pd

    storage = getattr(series.dtype, "kind", "O")
    if storage in "iuf":
        return "number"
    if storage == "b":
        return "boolean"
    if storage == "M":
        return "time"
    if isinstance(series.dtype, pd.StringDtype):
        return "text"
    inferred = pd.api.types.infer_dtype(series, skipna=True)
    kinds: dict[str, Kind] = {"string": "text", "boolean": "boolean", "date": "time"}
    return kinds.get(inferred, "other")


def _counts(series: "pd.Series[Any]") -> "pd.Series[int] | None":
    """Rows of each value; None where values cannot be compared."""
    try:
        return series.value_counts(sort=False)
    except TypeError:
        return None


def _values(counts: "pd.Series[int]") -> tuple[tuple[Any, int], ...]:
    pairs = [(value, int(count)) for value, count in counts.items()]
    plain = [(_plain(value), count) for value, count in pairs]
    return tuple(sorted(plain, key=lambda pair: (str(type(pair[0])), pair[0])))


def _plain(value: Hashable) -> Any:
    """A numpy scalar as Python's own."""
    return value.item() if hasattr(value, "item") else value


def _order(series: "pd.Series[Any]") -> Literal["increasing", "decreasing"] | None:
    """The order of a column of different values."""
    if len(series) < 2:
        return None
    if series.is_monotonic_increasing:
        return "increasing"
    return "decreasing" if series.is_monotonic_decreasing else None


def _numbers(series: "pd.Series[Any]") -> Numbers:
    import numpy as np

    found = np.sort(series.to_numpy(dtype=_native(series)))
    ranks = np.rint(np.arange(GRID + 1) / GRID * (len(found) - 1)).astype(int)
    integers = found.dtype.kind in "iu"
    with np.errstate(all="ignore"):  # infinities have no mean, and say so themselves
        mean = float(found.mean(dtype=np.float64))
        whole = integers or bool((np.isfinite(found) & (found == np.floor(found))).all())
    return Numbers(
        minimum=found[0].item(),
        maximum=found[-1].item(),
        quantiles=tuple(found[ranks].tolist()),
        mean=mean,
        whole=whole,
    )


def _native(series: "pd.Series[Any]") -> str:
    """The numpy type for a column without nulls, which may be one of pandas' own or Arrow's."""
    kind: str = series.dtype.kind
    return {"i": "int64", "u": "uint64"}.get(kind, "float64")


def _words(series: "pd.Series[Any]") -> Words:
    texts: list[str] = series.drop_duplicates().tolist()
    lengths = [len(text) for text in texts]
    found = find_format(texts)
    return Words(
        shortest=min(lengths),
        longest=max(lengths),
        spaced=any(map(re.compile(r"\s").search, texts)),
        pattern=found.pattern if found else None,
        format=found.name if found else None,
    )


def _moments(series: "pd.Series[Any]") -> Moments:
    moments = series.sort_values()
    first, last = moments.iloc[0], moments.iloc[-1]
    late = moments.iloc[int(0.95 * (len(moments) - 1))]
    if getattr(series.dtype, "kind", "O") != "M":
        form: Literal["date", "naive", "aware"] = "date"
    else:
        form = "naive" if first.tzinfo is None else "aware"
    return Moments(first=first.isoformat(), last=last.isoformat(), late=late.isoformat(), form=form)


def _orderings(frame: "pd.DataFrame", columns: Sequence[ColumnProfile]) -> Iterator[Ordering]:
    """Pairs of columns that are ordered in every row, without those that follow from others."""
    above: dict[str, set[str]] = {}  # each column with all that are known to be no smaller
    for found in sorted(_pairs(frame, columns), key=lambda pair: -pair.surprise):
        if found.larger in above.get(found.smaller, set()):
            continue
        higher = {found.larger} | above.get(found.larger, set())
        for name in [found.smaller, *(n for n, tops in above.items() if found.smaller in tops)]:
            above[name] = above.get(name, set()) | higher
        yield found


def _pairs(frame: "pd.DataFrame", columns: Sequence[ColumnProfile]) -> Iterator[Ordering]:
    """Every surprising pair of comparable columns that is ordered in every row."""
    positions = {column.name: i for i, column in enumerate(columns)}
    for group in _comparable(columns):
        arrays = {name: _floats(frame.iloc[:, positions[name]]) for name in group}
        step = max(1, len(frame) // _PAIR_SAMPLE)
        samples = {name: array[::step] for name, array in arrays.items()}
        for i, left in enumerate(group):
            for right in group[i + 1 :]:
                for low, high in ((left, right), (right, left)):
                    if not _holds(samples[low], samples[high]):
                        continue
                    surprise = _surprise(samples[low], samples[high])
                    if surprise >= _MIN_SURPRISE and _holds(arrays[low], arrays[high]):
                        yield Ordering(smaller=low, larger=high, surprise=surprise)


def _comparable(columns: Sequence[ColumnProfile]) -> list[list[str]]:
    """Groups of columns whose values may be compared with each other."""
    numbers = [
        c.name
        for c in columns
        # Beyond 2**53 two integers may be one float, and few values make no quantity.
        if c.numbers and not c.values and abs(c.numbers.minimum) < 2**53 > abs(c.numbers.maximum)
    ]
    times = [
        [c.name for c in columns if c.moments and c.moments.form == form]
        for form in ("date", "naive", "aware")
    ]
    return [group[:_MAX_ORDERED] for group in (numbers, *times)]


def _floats(series: "pd.Series[Any]") -> "Floats":
    """A column as floating-point numbers, NaN for null."""
    import numpy as np
    import pandas as pd

    if getattr(series.dtype, "kind", "O") in "iuf":
        return series.to_numpy(dtype="float64", na_value=np.nan)
    times = pd.to_datetime(series)
    found = np.full(len(times), np.nan)
    known = times.notna().to_numpy()
    found[known] = times[known].dt.as_unit("us").astype("int64")
    return found


def _holds(low: "Floats", high: "Floats") -> bool:
    """Whether an ordering holds wherever both have a value, and is no plain equality."""
    import numpy as np

    return not np.any(low > high) and bool(np.any(low < high))


def _surprise(low: "Floats", high: "Floats") -> float:
    """How often the ordering breaks between values of different rows, half a table apart."""
    import numpy as np

    moved = np.roll(high, len(high) // 2)
    known = ~(np.isnan(low) | np.isnan(moved))
    return float(np.mean(low[known] > moved[known])) if known.any() else 0.0
