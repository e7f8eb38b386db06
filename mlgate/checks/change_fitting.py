"""What a changed column holds: values in the type of the column that they go into."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mlgate.checks.wording import brief, cell, name
from mlgate.config.model import Scalar
from mlgate.errors import MlgateError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def same(one: "pd.Series[Any]", other: "pd.Series[Any] | Scalar") -> "np.ndarray[Any, Any]":
    """Where two columns, or a column and a value, have the same value or are both null."""
    import numpy as np
    import pandas as pd

    if not isinstance(other, pd.Series):
        other = pd.Series([other] * len(one), index=one.index, dtype=object)
    one_null, other_null = one.isna().to_numpy(), other.isna().to_numpy()
    if one.dtype.kind in "iuf" and other.dtype.kind == one.dtype.kind:
        equal = one.to_numpy() == other.to_numpy()
    else:
        equal = np.equal(
            one.astype(object).to_numpy(), other.astype(object).to_numpy(), dtype=object
        )
    return np.where(one_null | other_null, one_null & other_null, equal).astype(bool)


def _require_numbers(column: "pd.Series[Any]", label: str) -> None:
    from pandas.api import types

    if not types.is_numeric_dtype(column.dtype) or types.is_bool_dtype(column.dtype):
        raise MlgateError(
            f"{name(label)} holds {column.dtype} values, which one cannot calculate with",
            cause="the change is one of numbers, as `add`, `multiply` and `noise` are",
            remedy="use `set`, `swap` or `shuffle` for this column",
        )


def numbers(column: "pd.Series[Any]", label: str) -> "pd.Series[Any]":
    """A column of numbers as floats that hold its nulls.

    Raises:
        MlgateError: It holds something else.
    """
    from pandas.api import types

    _require_numbers(column, label)
    extension = types.is_extension_array_dtype(column.dtype)
    return column.astype("Float64" if extension else "float64")


def computed(
    column: "pd.Series[Any]",
    label: str,
    operate: Callable[[Any, Any], Any],
    operand: float,
) -> "pd.Series[Any]":
    """The result for every value; whole numbers stay whole where all results are."""
    from pandas.api import types

    _require_numbers(column, label)
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
    return fitted(computed, column, label)


def fitted(values: "pd.Series[Any]", like: "pd.Series[Any]", label: str) -> "pd.Series[Any]":
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
            new = fitted(new[~new.isin(known)], known.to_series(), label)
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
        or bool(same(values, cast).all())
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


def uncategorised(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """The values themselves, in the type of the categories."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        dtype = column.dtype.categories.dtype
        holds_nulls = dtype.kind not in "iub" or not column.hasnans
        return column.astype(dtype if holds_nulls else object)
    return column


def text_of(column: "pd.Series[Any]") -> "pd.Series[Any] | None":
    """Which rows hold text, as booleans; None where none does."""
    from pandas.api import types

    if not (types.is_object_dtype(column.dtype) or types.is_string_dtype(column.dtype)):
        return None
    found: pd.Series[Any] = column.map(lambda item: isinstance(item, str)).astype(bool)
    return found if found.any() else None
