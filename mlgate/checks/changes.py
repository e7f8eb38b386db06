"""Changes to the rows that a model sees: the questions of a behavioural test.

A change touches only the columns that it names, keeps their types as far as these hold the new
values exactly, leaves nulls null (except `set`, which gives every row the same value), and depends
on nothing but the data and the seed.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from mlgate.checks.wording import brief, cell, name, value
from mlgate.config.load import nearest
from mlgate.config.model import Scalar, Strict
from mlgate.errors import ColumnNotFound, MlgateError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Columns = Iterator[tuple[str, pd.Series[Any]]]
    """Changed columns by name."""


class Set(Strict):
    """Give every row the same value."""

    set: Scalar
    """The value. A category that the column does not have is added to it."""

    def apply(self, frame: "pd.DataFrame", column: str) -> "Columns":
        """The column, full of the value."""
        import pandas as pd

        new = pd.Series(self.set, index=frame.index)
        yield column, _fitted(new, frame[column], column)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{name(column)} is set to {value(self.set)}"


class Add(Strict):
    """Add a number to every value."""

    add: float
    """The number; negative to subtract."""

    def apply(self, frame: "pd.DataFrame", column: str) -> "Columns":
        """The column with its sums."""
        yield column, _computed(frame[column], column, operator.add, self.add)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{value(self.add)} is added to {name(column)}"


class Multiply(Strict):
    """Multiply every value by a number."""

    multiply: float
    """The number."""

    def apply(self, frame: "pd.DataFrame", column: str) -> "Columns":
        """The column with its products."""
        yield column, _computed(frame[column], column, operator.mul, self.multiply)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{name(column)} is multiplied by {value(self.multiply)}"


class Swap(Strict):
    """Exchange the values of two columns in every row."""

    swap: str
    """The other column."""

    def apply(self, frame: "pd.DataFrame", column: str) -> "Columns":
        """Both columns, each with the other's values."""
        ours, theirs = frame[column], frame[self.swap]
        yield column, _fitted(_uncategorised(theirs), ours, column)
        yield self.swap, _fitted(_uncategorised(ours), theirs, self.swap)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{name(column)} and {name(self.swap)} are swapped"


def _which(given: object) -> str | None:
    """The kind of change that a value of mlgate.yml spells: its only key, or `shuffle`."""
    if isinstance(given, str):
        return given
    keys = given if isinstance(given, Mapping) else getattr(type(given), "model_fields", ())
    return str(next(iter(keys))) if len(keys) == 1 else None


Change = Annotated[
    Annotated[Literal["shuffle"], Tag("shuffle")]
    | Annotated[Set, Tag("set")]
    | Annotated[Add, Tag("add")]
    | Annotated[Multiply, Tag("multiply")]
    | Annotated[Swap, Tag("swap")],
    Discriminator(
        _which,
        custom_error_type="change",
        custom_error_message="a change is `shuffle`, `{set: value}`, `{add: number}`, "
        "`{multiply: number}` or `{swap: column}`",
    ),
]
"""What happens to one column. `shuffle` deals its values out anew among the rows."""


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


def describe(changes: Mapping[str, Change]) -> str:
    """What happens, as a clause: "12 is added to tenure and region is shuffled"."""
    return " and ".join(
        f"{name(column)} is shuffled" if change == "shuffle" else change.describe(column)
        for column, change in changes.items()
    )


def changed(frame: "pd.DataFrame", changes: Mapping[str, Change], seed: int) -> "pd.DataFrame":
    """The same rows with the changes made; the frame that is given stays as it is.

    Raises:
        ColumnNotFound: The frame has no such column.
        MlgateError: A column cannot hold what a change would make of it.
    """
    for column in touched(changes):
        if column not in frame.columns:
            raise ColumnNotFound(
                f"the data have no column {name(column)}{nearest(column, map(str, frame.columns))}",
                cause="the name is mistyped, or the column was renamed or removed",
                remedy="correct the name in the test's `change`",
            )
    result = frame.copy(deep=False)
    for column, change in changes.items():
        if change == "shuffle":
            result[column] = _shuffled(frame[column], [seed, *column.encode()])
            continue
        for target, values in change.apply(frame, column):
            result[target] = values
    return result


def differing(before: "pd.DataFrame", after: "pd.DataFrame") -> "np.ndarray[Any, Any]":
    """Which rows differ in any of the columns, which are the same: booleans of shape (rows,)."""
    import numpy as np

    different = np.zeros(len(before), dtype=bool)
    for column in before.columns:
        different |= ~_same(before[column], after[column])
    return different


def _same(one: "pd.Series[Any]", other: "pd.Series[Any]") -> "np.ndarray[Any, Any]":
    """Where two columns have the same value or are both null."""
    import numpy as np

    one_null, other_null = one.isna().to_numpy(), other.isna().to_numpy()
    if one.dtype.kind in "iuf" and other.dtype.kind == one.dtype.kind:
        equal = one.to_numpy() == other.to_numpy()
    else:
        equal = np.equal(
            one.astype(object).to_numpy(), other.astype(object).to_numpy(), dtype=object
        )
    return np.where(one_null | other_null, one_null & other_null, equal).astype(bool)


def _shuffled(column: "pd.Series[Any]", seed: list[int]) -> "pd.Series[Any]":
    """The values moved along a random circle through all rows: none keeps its place."""
    import numpy as np

    circle = np.random.default_rng(seed).permutation(len(column))
    source = np.empty_like(circle)
    source[circle] = np.roll(circle, 1)
    return column.iloc[source].set_axis(column.index)


def _computed(
    column: "pd.Series[Any]",
    label: str,
    operate: Callable[[Any, Any], Any],
    operand: float,
) -> "pd.Series[Any]":
    """The result for every value; whole numbers stay whole where all results are."""
    from pandas.api import types

    if not types.is_numeric_dtype(column.dtype) or types.is_bool_dtype(column.dtype):
        raise MlgateError(
            f"{name(label)} holds {column.dtype} values, which one cannot calculate with",
            cause="`add` and `multiply` are for numbers",
            remedy="use `set`, `swap` or `shuffle` for this column",
        )
    if not types.is_integer_dtype(column.dtype):
        result: pd.Series[Any] = operate(column, operand)
        return result
    known = column.dropna()
    whole = int(operand) if operand.is_integer() else None
    ends = [int(end) for end in ((known.min(), known.max()) if len(known) else ())]
    results = [] if whole is None else [operate(end, whole) for end in ends]
    is_exact = whole is not None and all(abs(number) < 2**63 for number in ends + results)
    wide: Any = "int64" if is_exact else "float64"
    if types.is_extension_array_dtype(column.dtype):  # these hold nulls beside whole numbers
        wide = wide.capitalize()
    computed = operate(column.astype(wide), whole if is_exact else operand)
    return _fitted(computed, column, label)


def _fitted(values: "pd.Series[Any]", like: "pd.Series[Any]", label: str) -> "pd.Series[Any]":
    """Values in the type of a column that they go into.

    Numbers that the type does not hold exactly keep their own; floats are rounded to the width of
    the column; a category that is new is added.

    Raises:
        MlgateError: The values are of another kind than the column.
    """
    import numpy as np
    import pandas as pd
    from pandas.api import types

    wanted = like.dtype
    if values.dtype == wanted or types.is_object_dtype(wanted):
        return values.astype(wanted)
    if isinstance(wanted, pd.CategoricalDtype):
        known = wanted.categories
        new = pd.Series(values.dropna().unique())
        if len(known):
            new = _fitted(new[~new.isin(known)], known.to_series(), label)
        gained = pd.CategoricalDtype([*known, *new], ordered=wanted.ordered)
        return values.astype(gained)
    try:
        with np.errstate(invalid="ignore", over="ignore"):
            cast = values.astype(wanted)
    except (ValueError, TypeError, OverflowError):
        cast = None
    are_numbers = all(
        types.is_numeric_dtype(dtype) and not types.is_bool_dtype(dtype)
        for dtype in (wanted, values.dtype)
    )
    if cast is not None and (
        (are_numbers and types.is_float_dtype(wanted))
        or (types.is_datetime64_any_dtype(wanted) and not types.is_numeric_dtype(values.dtype))
        or bool(_same(values, cast).all())
    ):
        return cast
    if are_numbers:
        return values
    example = values.dropna().head(1).tolist()
    raise MlgateError(
        f"{name(label)} holds {brief(wanted)} values, and {', '.join(map(cell, example))} is none",
        cause="the value has another type than the column, such as text for a number",
        remedy="give a value of the column's type; text is written in quotes",
    )


def _uncategorised(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """The values themselves, in the type of the categories."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype(column.dtype.categories.dtype)
    return column
