"""Changes to the values of a column, whatever they mean."""

import operator
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from mlgate.checks.change_fitting import computed, fitted, numbers, same, uncategorised
from mlgate.checks.change_text import in_words
from mlgate.checks.units import Unit, conversion
from mlgate.checks.wording import name, value
from mlgate.config.direction import NEITHER
from mlgate.config.load import nearest
from mlgate.config.model import Scalar, Strict
from mlgate.errors import MlgateError
from mlgate.privacy import withheld

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Columns = Iterator[tuple[str, pd.Series[Any]]]
    """Changed columns by name."""

Seed = Sequence[int]
"""What a random change draws from: the test's seed, and the name of the column."""


class Shuffle(Strict):
    """Deal the values of the column out anew among the rows."""

    def apply(self, frame: "pd.DataFrame", column: str, seed: Seed) -> "Columns":
        """The values moved along a random circle through all rows: none keeps its place."""
        import numpy as np

        yield column, _moved(frame[column], [np.arange(len(frame))], seed)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{name(column)} is shuffled"


class PermuteWithin(Strict):
    """Deal the values out anew among the rows that have the same value in another column."""

    permute_within: str
    """The other column, such as a customer or a day."""

    def apply(self, frame: "pd.DataFrame", column: str, seed: Seed) -> "Columns":
        """Each group's values moved along a circle of its own; rows without a group stay."""
        import numpy as np
        import pandas as pd

        codes, _ = pd.factorize(frame[self.permute_within])
        order = np.argsort(codes, kind="stable")
        ends = np.flatnonzero(np.diff(codes[order])) + 1
        groups = [part for part in np.split(order, ends) if len(part) and codes[part[0]] >= 0]
        yield column, _moved(frame[column], groups, seed)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{name(column)} is shuffled within {name(self.permute_within)}"


class Set(Strict):
    """Give every row the same value."""

    set: Scalar
    """The value. A category that the column does not have is added to it."""

    def apply(self, frame: "pd.DataFrame", column: str, seed: Seed) -> "Columns":
        """The column, full of the value."""
        import pandas as pd

        del seed
        yield column, fitted(pd.Series(self.set, index=frame.index), frame[column], column)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{name(column)} is set to {value(self.set)}"


class Missing(Strict):
    """Take every value away."""

    def apply(self, frame: "pd.DataFrame", column: str, seed: Seed) -> "Columns":
        """The column full of nulls; whole numbers and flags become what can hold nulls."""
        import pandas as pd
        from pandas.api import types

        del seed
        given = frame[column]
        dtype: Any = given.dtype
        if not types.is_extension_array_dtype(dtype) and dtype.kind in "iub":
            dtype = "float64" if dtype.kind in "iu" else "object"  # as a file with a hole is read
        yield column, pd.Series([None] * len(given), index=given.index, dtype=dtype)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{name(column)} is missing"


class Add(Strict):
    """Add a number to every value."""

    add: Annotated[float, NEITHER]
    """The number; negative to subtract."""

    def apply(self, frame: "pd.DataFrame", column: str, seed: Seed) -> "Columns":
        """The column with its sums."""
        del seed
        yield column, computed(frame[column], column, operator.add, self.add)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{value(self.add)} is added to {name(column)}"


class Multiply(Strict):
    """Multiply every value by a number."""

    multiply: Annotated[float, NEITHER]
    """The number."""

    def apply(self, frame: "pd.DataFrame", column: str, seed: Seed) -> "Columns":
        """The column with its products."""
        del seed
        yield column, computed(frame[column], column, operator.mul, self.multiply)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{name(column)} is multiplied by {value(self.multiply)}"


class Spread(Strict):
    """How far noise goes."""

    sd: Annotated[float, Field(gt=0), NEITHER] | None = None
    """Standard deviation, in the units of the column."""
    relative_sd: Annotated[float, Field(gt=0), NEITHER] | None = None
    """The same as a share of the column's own standard deviation: 0.01 is a hundredth."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.sd is None) == (self.relative_sd is None):
            raise ValueError("needs either `sd` or `relative_sd`")
        return self


class Noise(Strict):
    """Add normal noise to every value; whole numbers stay whole."""

    noise: Spread
    """How far it goes."""

    def apply(self, frame: "pd.DataFrame", column: str, seed: Seed) -> "Columns":
        """The column with another draw added to each row."""
        import numpy as np
        from pandas.api import types

        given = frame[column]
        values = numbers(given, column)
        known = values.dropna().to_numpy(float)
        own = float(known.std()) if len(known) else 0.0
        sd = self.noise.sd or (self.noise.relative_sd or 0) * own
        drawn = np.random.default_rng([*seed]).normal(0, sd, len(given))
        if types.is_integer_dtype(given.dtype):
            drawn = drawn.round()
        yield column, fitted(values + drawn, given, column)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        of = "" if self.noise.relative_sd is None else "of its own "
        sd = self.noise.sd or self.noise.relative_sd
        return f"{name(column)} gets noise (sd {value(sd)} {of}".rstrip() + ")"


class Round(Strict):
    """Round every value."""

    round: Annotated[int, Field(ge=-12, le=12), NEITHER]
    """Decimal places; negative for tens, hundreds and so on."""

    def apply(self, frame: "pd.DataFrame", column: str, seed: Seed) -> "Columns":
        """The column, rounded half to even."""
        del seed
        yield (
            column,
            fitted(numbers(frame[column], column).round(self.round), frame[column], column),
        )

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{name(column)} is rounded to {self.round} decimal places"


class Conversion(Strict):
    """Two units of one quantity."""

    from_: Unit = Field(alias="from")
    """Unit that the column is in."""
    to: Unit
    """Unit that it is converted to."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        conversion(self.from_, self.to)
        return self


class ChangeUnit(Strict):
    """Convert every value from one unit to another, as if the column's unit had changed."""

    unit: Conversion
    """The units: `{from: km, to: mi}`."""

    def apply(self, frame: "pd.DataFrame", column: str, seed: Seed) -> "Columns":
        """The column, converted."""
        del seed
        scale, offset = conversion(self.unit.from_, self.unit.to)
        converted = numbers(frame[column], column) * scale + offset
        yield column, fitted(converted, frame[column], column)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{name(column)} is converted from {self.unit.from_} to {self.unit.to}"


class Replace(Strict):
    """Put values in the place of others."""

    replace: Annotated[dict[Scalar, Scalar], Field(min_length=1)]
    """New values by old ones. In text, whole words are replaced, too: `{good: excellent}`."""

    def apply(self, frame: "pd.DataFrame", column: str, seed: Seed) -> "Columns":
        """The column with the new values; an error where none of the old ones occurs."""
        del seed
        given = uncategorised(frame[column])
        new = given.astype(object)
        words = {old: str(to) for old, to in self.replace.items() if isinstance(old, str)}
        if words:
            in_text = in_words(words)
            new = new.map(lambda item: in_text(item) if isinstance(item, str) else item)
        for old, instead in self.replace.items():
            new[same(given, _key_of(given, old))] = instead
        if bool(same(given, new).all()):
            seen = () if withheld() else map(str, given.dropna().unique()[:1000])
            hint = nearest(str(next(iter(self.replace))), seen)
            raise MlgateError(
                f"{name(column)} has none of the values that are to be replaced{hint}",
                cause="a value is mistyped, or has another type, such as 1 for '1'",
                remedy="correct the keys of `replace`",
            )
        yield column, fitted(new, frame[column], column)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        shown = [f"{value(old)} by {value(new)}" for old, new in self.replace.items()]
        more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
        return f"{name(column)}: {', '.join(shown[:3])}{more} replaced"


class Swap(Strict):
    """Exchange the values of two columns in every row."""

    swap: str
    """The other column."""

    def apply(self, frame: "pd.DataFrame", column: str, seed: Seed) -> "Columns":
        """Both columns, each with the other's values."""
        del seed
        ours, theirs = frame[column], frame[self.swap]
        yield column, fitted(uncategorised(theirs), ours, column)
        yield self.swap, fitted(uncategorised(ours), theirs, self.swap)

    def describe(self, column: str) -> str:
        """A clause for a message."""
        return f"{name(column)} and {name(self.swap)} are swapped"


def _key_of(column: "pd.Series[Any]", key: Scalar) -> Scalar:
    """A key as a value of the column: those of mlgate.yml are text, and it may hold numbers."""
    from pandas.api import types

    if not isinstance(key, str) or not types.is_numeric_dtype(column.dtype):
        return key
    if types.is_bool_dtype(column.dtype):
        return {"true": True, "false": False}.get(key.lower(), key)
    try:
        return float(key)
    except ValueError:
        return key


def _moved(
    column: "pd.Series[Any]", groups: "Sequence[np.ndarray[Any, Any]]", seed: Seed
) -> "pd.Series[Any]":
    """The values of each group of positions moved along a random circle through them."""
    import numpy as np

    rng = np.random.default_rng([*seed])
    source = np.arange(len(column))
    for positions in groups:
        circle = rng.permutation(positions)
        source[circle] = np.roll(circle, 1)
    return column.iloc[source].set_axis(column.index)
