"""Columns that look like ids, where mlgate.yml does not say which columns are."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd

NAMED: Final = re.compile(
    r"(^|[\W_])(id|ids|uid|uuid|guid|idx|index|key|rowid|row|rownum|rownames)$|^unnamed: \d+$",
    re.IGNORECASE,
)
CAMEL: Final = re.compile(r"[a-z](Id|ID|Uuid|UUID|Key|Index)$")
"""As in `PassengerId`. Cases count: `valid` and `monkey` end in no id."""
FEWEST: Final = 20
"""Rows below which distinct values say nothing."""
SURPRISE: Final = 14.0
"""Natural logarithm of how unlikely it must be that measured numbers are all distinct: once in a
million columns."""


def named_like_id(column: str) -> bool:
    """Whether a name is one that ids have: `customer_id`, `PassengerId`, `Unnamed: 0`."""
    return bool(NAMED.search(column) or CAMEL.search(column))


def is_id(values: "pd.Series[Any]", name: str) -> bool:
    """Whether a column tells every row apart, as an id does and a measurement does not.

    All values are distinct, none is null, and they are whole numbers or text. Then either the name
    is one of an id; or they are whole numbers that lie so close together that n measured ones would
    coincide: of n numbers from a range of R, none are equal with a chance of about exp(-n² / 2R)
    (the birthday problem), and less where they are not spread evenly.
    """
    from pandas.api import types

    if len(values) < FEWEST or values.isna().any():
        return False
    whole = types.is_integer_dtype(values.dtype)
    text = types.is_object_dtype(values.dtype) or types.is_string_dtype(values.dtype)
    if not (whole or (text and named_like_id(name))):
        return False
    try:
        if not values.is_unique:
            return False
    except TypeError:  # lists and the like
        return False
    if named_like_id(name):
        return True
    spread = float(values.max()) - float(values.min()) + 1
    return len(values) ** 2 / (2 * spread) > SURPRISE


def like_ids(frame: "pd.DataFrame", others: Iterable[str | None] = ()) -> Iterator[str]:
    """The columns of a table that look like ids.

    Args:
        frame: The table.
        others: Columns that mlgate.yml says something else of, such as the target and the time.
    """
    known = set(others)
    once = frame.columns[~frame.columns.duplicated(keep=False)]
    yield from (name for name in once if name not in known and is_id(frame[name], str(name)))
