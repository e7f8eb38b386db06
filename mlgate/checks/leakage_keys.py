"""A number for each row, the same for equal rows of two tables that may hold them differently.

Equal means the same values: null equals null, 1 equals 1.0, a category equals its text, and the
order of the columns does not count. Two different rows get the same number with probability 2^-64.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]
    Column = pd.Series[Any]

Kind: TypeAlias = Literal["number", "time", "text", "empty"]
"""How a column is compared; `empty` is all null and fits any other."""

NULL = 0x9E3779B97F4A7C15
"""Hash of a null."""
ODD = 0xD6E8FEB86659FD93
"""Factor that makes a row's number depend on which column a value stands in."""

_KINDS: dict[str, Kind] = {
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "boolean": "number",
    "datetime": "time",
    "datetime64": "time",
    "date": "time",
    "empty": "empty",
}
"""What pandas calls the values of an object column, where they are no text."""


def row_keys(
    one: "pd.DataFrame",
    other: "pd.DataFrame",
    columns: Sequence[str],
    *,
    digits: int | None = None,
) -> tuple["Array", "Array"]:
    """Numbers of the rows of two tables.

    Args:
        one: A table.
        other: The table to compare it with.
        columns: The columns that count; both tables have them.
        digits: None compares the values as they are. A number compares fractions rounded to so many
            significant digits, times in whole seconds, and texts without regard to case, spaces,
            punctuation and Unicode form (NFKC). Whole numbers are codes and counts, and stay.

    Returns:
        Two arrays of unsigned 64-bit integers, of shape (rows,).
    """
    import numpy as np

    ours, theirs = np.zeros(len(one), np.uint64), np.zeros(len(other), np.uint64)
    for left, right in column_hashes(one, other, columns, digits=digits):
        ours, theirs = joined(ours, left), joined(theirs, right)
    return ours, theirs


def joined(keys: "Array", hashes: "Array") -> "Array":
    """Keys of the same rows with one more column."""
    import numpy as np

    return keys * np.uint64(ODD) + hashes


def column_hashes(
    one: "pd.DataFrame",
    other: "pd.DataFrame",
    columns: Iterable[str],
    *,
    digits: int | None = None,
) -> Iterator[tuple["Array", "Array"]]:
    """The hashes of each column's values in two tables; arguments as in `row_keys`."""
    for column in columns:
        yield _hashes(_plain(one[column]), _plain(other[column]), digits)


def null_rows(frame: "pd.DataFrame", columns: Sequence[str]) -> "Array":
    """Which rows have a null in one of the columns: booleans of shape (rows,)."""
    nulls: Array = frame[list(columns)].isna().any(axis=1).to_numpy()
    return nulls


def moments(one: "Column", other: "Column") -> tuple["Array", "Array"] | None:
    """Two columns as numbers that grow with time, NaN for a null; None where they are no times.

    Dates and times count in seconds. Text must hold ISO 8601 dates in every value; numbers, such as
    a year or seconds since an epoch, stand for themselves.
    """
    one, other = _plain(one), _plain(other)
    kinds = _kind(one), _kind(other)
    if {"number", "empty"} >= set(kinds):
        return _floats(one), _floats(other)
    if "number" in kinds:
        return None
    ours, theirs = _times(one), _times(other)
    return None if ours is None or theirs is None else (_seconds(ours), _seconds(theirs))


def numbers_of(column: "Column") -> "Array | None":
    """A column as floats that keep its order, NaN for a null; None where it holds text."""
    column = _plain(column)
    kind = _kind(column)
    if kind == "time":
        times = _times(column)
        return None if times is None else _seconds(times)
    return _floats(column) if kind == "number" else None


def _plain(column: "Column") -> "Column":
    """The values themselves, where a column holds categories."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype(column.dtype.categories.dtype)
    return column


def _kind(column: "Column") -> Kind:
    from pandas.api import types

    if not column.notna().any():
        return "empty"
    if types.is_numeric_dtype(column.dtype) or types.is_timedelta64_dtype(column.dtype):
        return "number"
    if types.is_datetime64_any_dtype(column.dtype):
        return "time"
    if not types.is_object_dtype(column.dtype):
        return "text"
    return _KINDS.get(types.infer_dtype(column, skipna=True), "text")


def _hashes(one: "Column", other: "Column", digits: int | None) -> tuple["Array", "Array"]:
    kinds = {_kind(one), _kind(other)} - {"empty"} or {"text"}
    if kinds == {"number"}:
        return _number_hashes(one, other, digits)
    if kinds <= {"time", "text"} and "time" in kinds:
        times = _times(one), _times(other)
        if times[0] is not None and times[1] is not None:
            return _time_hashes(times[0], digits), _time_hashes(times[1], digits)
    return _text_hashes(one, digits), _text_hashes(other, digits)


def _number_hashes(one: "Column", other: "Column", digits: int | None) -> tuple["Array", "Array"]:
    import numpy as np
    from pandas.api import types

    if types.is_integer_dtype(one.dtype) and types.is_integer_dtype(other.dtype):
        # As integers: a float would not tell apart those beyond 2^53.
        return tuple(
            _masked(column.fillna(0).to_numpy(np.int64), column) for column in (one, other)
        )  # type: ignore[return-value]
    values = [_floats(one), _floats(other)]
    if digits is not None and any(_has_fraction(array) for array in values):
        values = [_rounded(array, digits) for array in values]
    return _masked(values[0], one), _masked(values[1], other)


def _floats(column: "Column") -> "Array":
    import numpy as np
    import pandas as pd
    from pandas.api import types

    if types.is_timedelta64_dtype(column.dtype):
        column = column.dt.total_seconds()
    if types.is_object_dtype(column.dtype):
        column = pd.to_numeric(column.where(column.notna(), None).astype(float))
    numbers: Array = column.to_numpy(dtype=float, na_value=np.nan)
    return numbers


def _has_fraction(numbers: "Array") -> bool:
    import numpy as np

    finite = numbers[np.isfinite(numbers)]
    return bool((finite != np.trunc(finite)).any())


def _rounded(numbers: "Array", digits: int) -> "Array":
    """Numbers rounded to significant digits; zero, infinities and NaN stay."""
    import numpy as np

    usable = np.isfinite(numbers) & (numbers != 0)
    magnitude = np.floor(np.log10(np.abs(numbers, where=usable, out=np.ones_like(numbers))))
    places = (digits - 1 - magnitude).astype(int)
    scale = (10.0 ** np.arange(301))[np.clip(np.abs(places), 0, 300)]
    with np.errstate(over="ignore", invalid="ignore"):
        # Divided by a whole power of ten, so that equal decimals give the same float.
        fine, coarse = np.rint(numbers * scale) / scale, np.rint(numbers / scale) * scale
    rounded = np.where(places >= 0, fine, coarse)
    return np.where(usable & np.isfinite(rounded), rounded, numbers)


def _times(column: "Column") -> "Column | None":
    """A column as UTC times without a zone; None where a value is no ISO 8601 date."""
    import pandas as pd

    try:
        times = pd.to_datetime(column, utc=True, format="ISO8601")
    except (ValueError, TypeError, OverflowError):
        return None
    return times.dt.tz_localize(None)


def _time_hashes(times: "Column", digits: int | None) -> "Array":
    import numpy as np

    unit = "us" if digits is None else "s"
    counts = times.to_numpy(f"datetime64[{unit}]").astype(np.int64)
    return _masked(counts, times)


def _seconds(times: "Column") -> "Array":
    import numpy as np

    micros = times.to_numpy("datetime64[us]").astype(np.int64)
    return np.where(times.isna(), np.nan, micros / 1e6)


def _text_hashes(column: "Column", digits: int | None) -> "Array":
    """Hashes of the distinct values, dealt out to the rows."""
    import numpy as np
    import pandas as pd

    codes, distinct = pd.factorize(_as_text(column))
    if not len(distinct):
        return np.full(len(column), NULL, dtype=np.uint64)
    texts = np.asarray(distinct, dtype=object)
    if digits is not None:
        texts = np.array(_normalised(texts.tolist()), dtype=object)
    try:
        hashes = pd.util.hash_array(texts, categorize=False)
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON may hold
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts.tolist()]
        hashes = pd.util.hash_array(np.array(encoded, dtype=object), categorize=False)
    return np.where(codes < 0, np.uint64(NULL), hashes[codes])


def _as_text(column: "Column") -> "Column":
    import pandas as pd
    from pandas.api import types

    if types.is_float_dtype(column.dtype):  # its partner is text: 1.0 may stand there as 1
        texts = [_text_of(number) for number in _floats(column).tolist()]
        return pd.Series(texts, index=column.index, dtype=object).where(column.notna(), None)
    if types.is_object_dtype(column.dtype):
        if types.infer_dtype(column, skipna=True) == "string":
            return column
        # Lists and mixed values have no faster way to a text.
        return column.map(_text_of, na_action="ignore")
    return column.astype(str).where(column.notna(), None)


def _text_of(item: Any) -> str:
    if isinstance(item, float):
        return repr(float(item)).removesuffix(".0")
    return repr(item.tolist()) if hasattr(item, "tolist") else str(item)


def _normalised(texts: Sequence[str]) -> list[str]:
    """Texts in NFKC and without case, punctuation or repeated spaces.

    They are joined and changed in one go, which is many times as fast as one by one.
    """
    joined = "\0".join(text.replace("\0", " ") for text in texts)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", joined).casefold())
    words = re.sub(r"[^\w\0]+|_", " ", folded)
    return [" ".join(text.split()) for text in words.split("\0")]


def _masked(values: "Array", column: "Column") -> "Array":
    """Hashes of the values, with one of their own for nulls."""
    import numpy as np
    import pandas as pd

    nulls = column.isna().to_numpy()
    return np.where(nulls, np.uint64(NULL), pd.util.hash_array(values, categorize=False))
