"""A data set as the integrity check sees it: what its columns hold, and keys for its cells."""

import math
import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from mlgate.artifacts.interface import DataSet
from mlgate.checks.identity import is_id
from mlgate.checks.wording import brief, value
from mlgate.config.load import nearest
from mlgate.config.model import DataSpec
from mlgate.errors import ColumnNotFound, DataNotReadable
from mlgate.privacy import HIDDEN, withheld

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Keys: TypeAlias = np.ndarray[Any, np.dtype[np.uint64]]

Kind: TypeAlias = Literal["number", "boolean", "text", "date", "duration", "mixed", "empty"]
"""What a column holds, however it is stored; `empty` is a column of nulls."""

MAX_CLASSES = 20
"""Different values up to which a column of numbers is taken for classes."""

_KINDS: Mapping[str, Kind] = {
    "string": "text",
    "integer": "number",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "boolean": "boolean",
    "datetime64": "date",
    "datetime": "date",
    "date": "date",
    "timedelta64": "duration",
    "timedelta": "duration",
    "empty": "empty",
}
"""Answers of `pandas.api.types.infer_dtype`; all others are `mixed`."""


@dataclass(frozen=True, kw_only=True)
class Top:
    """The value that more than half of a column's rows have, nulls counted as a value."""

    count: int
    """Rows that have it."""
    row: int
    """The first of them, from 0."""


@dataclass(frozen=True, kw_only=True)
class RowKeys:
    """Keys of rows: equal rows have equal keys; shape (rows,) each.

    Two different rows share a 64-bit key with a probability of 2^-64: among a million rows, one
    false pair in 37 million files.
    """

    features: "Keys"
    """Over all columns but ids, weight and target."""
    rows: "Keys"
    """Over all columns but ids."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A data set of one side. Everything is computed when it is first asked for."""

    name: str
    """The data set in words."""
    spec: DataSpec
    role: str
    """What it is for, or else its name."""
    columns: Mapping[str, "pd.Series[Any]"]
    """Columns by name, in the file's order."""
    rows: int

    @classmethod
    def of(cls, data: DataSet) -> "Table":
        """The table of a data set.

        Raises:
            DataNotReadable: It has no rows, no columns, or two columns of one name.
        """
        name = data.name if data.side == "head" else f"base's {data.name}"
        frame = data.frame
        if frame.empty:
            what = "rows" if len(frame.columns) else "columns"
            raise DataNotReadable(
                f"{name} has no {what}",
                cause="the step that writes it filtered everything out",
                remedy="write it again; nothing can be checked on it",
            )
        columns = {str(label): frame.iloc[:, at] for at, label in enumerate(frame.columns)}
        if len(columns) < len(frame.columns):
            raise DataNotReadable(
                f"{name} has several columns of one name",
                cause="two tables that share a column were put side by side",
                remedy="rename or remove the columns that occur twice",
            )
        role = data.spec.role or data.name
        return cls(name=name, spec=data.spec, role=role, columns=columns, rows=len(frame))

    @property
    def ids(self) -> tuple[str, ...]:
        """Columns that identify a row.

        Raises:
            ColumnNotFound: mlgate.yml names one that is not there.
        """
        for column in self.spec.ids:
            self._require(column, "ids")
        return self.spec.ids

    @property
    def target(self) -> str | None:
        """Column with the label; None where mlgate.yml names none, or current data have none yet.

        Raises:
            ColumnNotFound: mlgate.yml names one that is not there.
        """
        target = self.spec.target
        if target is None or (self.role == "current" and target not in self.columns):
            return None
        self._require(target, "target")
        return target

    @property
    def time(self) -> str | None:
        """Column with the time of a row; None where mlgate.yml names none.

        Raises:
            ColumnNotFound: mlgate.yml names one that is not there.
        """
        if self.spec.time is not None:
            self._require(self.spec.time, "time")
        return self.spec.time

    @property
    def features(self) -> list[str]:
        """Columns that are neither id, weight nor target."""
        others = {*self.spec.ids, self.spec.weight, self.spec.target}
        return [column for column in self.columns if column not in others]

    @cached_property
    def like_ids(self) -> tuple[str, ...]:
        """Columns that look like ids, where mlgate.yml names none; others are left in any case."""
        if self.spec.ids:
            return ()
        others = {self.spec.target, self.spec.weight, self.spec.time, self.spec.group}
        found = [c for c in self.columns if c not in others and is_id(self.columns[c], c)]
        return tuple(found) if {*self.columns} - {*found} - others else ()

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """What each column holds."""
        return {
            name: "empty" if self.nulls[name] == self.rows else kind_of(column)
            for name, column in self.columns.items()
        }

    @cached_property
    def nulls(self) -> Mapping[str, int]:
        """Nulls of each column."""
        return {name: int(column.isna().sum()) for name, column in self.columns.items()}

    @cached_property
    def row_keys(self) -> RowKeys:
        """Keys of the rows."""
        return self._passed_over[0]

    @cached_property
    def tops(self) -> Mapping[str, Top]:
        """Columns of which more than half of the rows have one value."""
        return self._passed_over[1]

    @cached_property
    def _passed_over(self) -> tuple[RowKeys, Mapping[str, Top]]:
        """One pass over the columns, which holds the keys of one at a time."""
        ids = {*self.spec.ids, *self.like_ids}
        features = [column for column in self.features if column not in ids]
        rest = set(self.columns) - {*features, *ids}
        keys = _no_keys(self.rows)
        tops, after = {}, []
        for part in (features, sorted(rest)):
            for name in part:
                own = cell_keys(self.columns[name])
                keys = _joined(keys, own)
                top = _top(own)
                if top is not None:
                    tops[name] = top
            after.append(keys)
        return RowKeys(features=after[0], rows=after[1]), tops

    def keys_of(self, columns: Iterable[str]) -> "Keys":
        """Keys of the rows over some columns."""
        keys = _no_keys(self.rows)
        for name in columns:
            keys = _joined(keys, cell_keys(self.columns[name]))
        return keys

    def is_class(self, column: str) -> bool:
        """Whether a column holds classes and not quantities."""
        if self.kinds[column] in {"text", "boolean", "mixed"}:
            return True
        few = self.columns[column].nunique() if self.kinds[column] == "number" else MAX_CLASSES + 1
        return bool(few <= MAX_CLASSES)

    def shown(self, column: str, row: int) -> object:
        """A cell, short enough to show."""
        return short(self.columns[column].iloc[row])

    def _require(self, column: str, key: str) -> None:
        if column not in self.columns:
            raise ColumnNotFound(
                f"the column {value(column)} is not in {self.name}{nearest(column, self.columns)}",
                cause=f"the column was renamed, or `{key}` in mlgate.yml has a typo",
                remedy=f"change `{key}` of the data set",
            )


def short(cell: object) -> object:
    """A value of a cell in bounded form: numbers and flags as they are, all else as text."""
    if withheld():
        return HIDDEN
    if type(cell).__module__ == "numpy" and hasattr(cell, "item") and not hasattr(cell, "__len__"):
        cell = cell.item()
    if cell is None or isinstance(cell, bool | int | float):
        return cell
    return brief(cell if isinstance(cell, str | date) else reprlib.repr(cell), 80)


def kind_of(column: "pd.Series[Any] | pd.Index[Any]") -> Kind:
    """What a column holds: by its type, or for a column of objects by its values."""
    import pandas as pd
    from pandas.api import types

    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return kind_of(dtype.categories)
    if types.is_bool_dtype(dtype):
        return "boolean"
    if types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype):
        return "number"
    if types.is_datetime64_any_dtype(dtype):
        return "date"
    if types.is_timedelta64_dtype(dtype):
        return "duration"
    return _KINDS.get(types.infer_dtype(column, skipna=True), "mixed")


def plain(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """The column itself; for a column of pandas categories, its values."""
    import pandas as pd

    return column.astype(object) if isinstance(column.dtype, pd.CategoricalDtype) else column


def as_floats(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Numbers as floating point; what is too large for it is infinite."""
    import pandas as pd

    try:
        return column.astype(float)
    except OverflowError:
        return pd.Series([_as_float(cell) for cell in column], dtype=float)


def _as_float(cell: Any) -> float:
    try:
        return float(cell)
    except OverflowError:
        return math.inf if cell > 0 else -math.inf


def cell_keys(column: "pd.Series[Any]") -> "Keys":
    """A key for each cell of a column: equal cells, nulls among them, have equal keys."""
    import numpy as np
    import pandas as pd

    dtype = column.dtype
    kind = dtype.kind if isinstance(dtype, np.dtype) else ""
    bits: np.ndarray[Any, Any]
    if kind and kind in "biu":
        bits = column.to_numpy().astype("i8")
    elif kind and kind in "mM":
        bits = column.to_numpy().view("i8")
    elif kind == "f":
        numbers = column.to_numpy(dtype="f8") + 0.0  # a new array, in which -0.0 is 0.0
        numbers[np.isnan(numbers)] = np.nan  # of which there are many in bits
        bits = numbers.view("i8")
    else:
        cells = _texts(column) if kind == "O" else column
        bits = pd.factorize(cells)[0].astype("i8")
    return _mixed(bits.view("u8"))


def _texts(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Objects as text: lists and mappings have no hash, and True would be equal to 1."""
    import sys

    import numpy as np

    with np.printoptions(threshold=sys.maxsize):  # arrays without an ellipsis
        return column.map(lambda cell: f"{type(cell).__name__} {cell!r}", na_action="ignore")


def _mixed(bits: "Keys") -> "Keys":
    """The finalizer of SplitMix64 (Steele, Lea and Flood 2014): one to one, and without pattern."""
    import numpy as np

    keys = bits + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        keys ^= keys >> np.uint64(shift)
        keys *= np.uint64(factor)
    keys ^= keys >> np.uint64(31)
    return keys


def _joined(keys: "Keys", more: "Keys") -> "Keys":
    import numpy as np

    return keys * np.uint64(0xD1342543DE82EF95) + more


def _no_keys(rows: int) -> "Keys":
    import numpy as np

    return np.zeros(rows, dtype="u8")


def _top(keys: "Keys") -> Top | None:
    """What more than half of the rows have stands in the middle of their order."""
    import numpy as np

    middle = len(keys) // 2
    same = keys == np.partition(keys, middle)[middle]
    count = int(np.count_nonzero(same))
    return Top(count=count, row=int(np.argmax(same))) if count > middle else None
