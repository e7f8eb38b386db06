"""Parts of the evaluation rows that are looked at by themselves."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from mlgate.checks import wording
from mlgate.checks.slices_bins import cut, holds_numbers
from mlgate.checks.slices_where import problem, rows_where
from mlgate.config.load import nearest
from mlgate.config.model import Strict
from mlgate.errors import ColumnNotFound, MlgateError
from mlgate.privacy import withheld

if TYPE_CHECKING:
    import pandas as pd

    from mlgate.stats.difference import Array

AUTO: Literal["auto"] = "auto"
LEAST: Final = 30
"""Rows below which a slice says nothing: its intervals would be those of a coin thrown twice."""
MAX_VALUES: Final = 10
"""Values of a column that are slices: each comparison makes the others harder to decide."""
MAX_EDGES: Final = 20
"""Edges of bins, at most."""
BINS: Final = 4
"""Slices of a column of numbers for which no edges are given: its quarters."""


def _parses(text: str) -> str:
    if wrong := problem(text):
        raise ValueError(wrong)
    return text


class Where(Strict):
    """The rows that meet a condition."""

    where: Annotated[str, Field(min_length=1), AfterValidator(_parses)]
    """Comparisons of columns, as SQL has them: `age < 25 AND contract = 'monthly'`."""
    name: str = Field(min_length=1, max_length=60)
    """What the slice is called, in findings and reports."""


def _rises(edges: tuple[float, ...]) -> tuple[float, ...]:
    if not 2 <= len(edges) <= MAX_EDGES:
        raise ValueError(f"needs 2 to {MAX_EDGES} edges: [0, 12, 24] makes two bins")
    if any(low >= high for low, high in pairwise(edges)):
        raise ValueError("should rise: each edge is larger than the one before it")
    return edges


def _of_one_column(bins: dict[str, Any]) -> dict[str, Any]:
    if len(bins) != 1:
        raise ValueError("should be one column with the edges of its bins")
    return bins


Edges = Annotated[tuple[float, ...], AfterValidator(_rises)]
Bins = Annotated[dict[str, Edges], AfterValidator(_of_one_column)]
"""A column, and the edges of its bins."""


def _form(given: object) -> str:
    """Which of the three forms an entry of `slices` has."""
    if isinstance(given, Where) or (isinstance(given, Mapping) and {"where", "name"} & set(given)):
        return "condition"
    return "bins" if isinstance(given, Mapping) else "column"


Slicing = Annotated[
    Annotated[str, Tag("column")]
    | Annotated[Where, Tag("condition")]
    | Annotated[Bins, Tag("bins")],
    Discriminator(_form),
]
"""One entry of `slices`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Slice:
    """Rows of an evaluation that belong together."""

    key: str
    """Part of a finding's id."""
    words: str
    """The slice in words, such as `contract = 'monthly'`."""
    rows: "Array"
    """Places of its rows."""

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.rows)


@dataclass(frozen=True, kw_only=True)
class Cutting:
    """What one entry of `slices` makes of the rows."""

    key: str
    """Part of a finding's id."""
    words: str
    """What is cut, such as the name of a column."""
    slices: tuple[Slice, ...]
    """Those with enough rows."""
    left_out: tuple[str, ...]
    """The others, in words, with their rows."""


def cut_up(
    frame: "pd.DataFrame", slicing: Slicing, data: str, earlier: "pd.DataFrame | None" = None
) -> Cutting:
    """The slices that an entry stands for.

    Args:
        frame: Head's rows.
        slicing: The entry.
        data: Name of the data set.
        earlier: Base's rows, where they differ: a slice of theirs that is gone is said.

    Raises:
        ColumnNotFound: A column is not there.
        MlgateError: A condition cannot be decided, or bins are of a column without numbers.
    """
    if isinstance(slicing, Where):
        return _by_condition(frame, slicing, earlier)
    if isinstance(slicing, Mapping):
        ((column, edges),) = slicing.items()
        return _by_bins(_column(frame, column, data), column, edges, earlier)
    return _by_values(_column(frame, slicing, data), slicing, earlier)


def identifier(text: str) -> str:
    """Text as a part of a finding's id: what would look like two parts is replaced."""
    return re.sub(r"[^\w.+=-]+", "-", text)[:80].strip("-") or "unnamed"


def _column(frame: "pd.DataFrame", name: str, data: str) -> "pd.Series[Any]":
    if name not in frame.columns:
        raise ColumnNotFound(
            f"the column {wording.value(name)} of `slices` is not in the data set {data}"
            f"{nearest(name, map(str, frame.columns))}",
            cause="the column was renamed, or mlgate.yml has a typo",
            remedy=f"change `slices` of the check, or of `data.{data}`",
        )
    column: pd.Series[Any] = frame[name]
    return column


def _by_condition(frame: "pd.DataFrame", slicing: Where, earlier: "pd.DataFrame | None") -> Cutting:
    rows = rows_where(frame, slicing.where)
    before = None
    if earlier is not None:
        try:
            before = int(rows_where(earlier, slicing.where).sum())
        except MlgateError:  # base's rows may lack a column that is new
            before = None
    named = wording.name(slicing.name)
    return _cutting(
        identifier(slicing.name), named, [(identifier(slicing.name), named, rows)], [before]
    )


def _by_bins(
    column: "pd.Series[Any]", name: str, edges: Sequence[float], earlier: "pd.DataFrame | None"
) -> Cutting:
    def parts(values: "pd.Series[Any]") -> "list[tuple[str, str, Array]]":
        return list(_bins(_numbers(values, name), name, edges))

    before: list[int | None] = [None] * (len(edges) + 1)
    if earlier is not None and name in earlier.columns:
        with suppress(MlgateError):
            before = [int(rows.sum()) for _, _, rows in parts(earlier[name])]
    return _cutting(identifier(name), wording.name(name), parts(column), before)


def _bins(
    numbers: "Array", name: str, edges: Sequence[float]
) -> "Iterator[tuple[str, str, Array]]":
    """Bins with their lower edge, the last with both; then what is outside, and what is missing."""
    import numpy as np

    own, key = wording.name(name), identifier(name)
    for place, (low, high) in enumerate(pairwise(edges)):
        last = place == len(edges) - 2
        rows = (numbers >= low) & ((numbers <= high) if last else (numbers < high))
        sign = "<=" if last else "<"
        words = f"{low:.10g} <= {own} {sign} {high:.10g}"
        yield f"{key}={low:.10g}..{high:.10g}", words, rows
    ends = f"{edges[0]:.10g} to {edges[-1]:.10g}"
    outside = (numbers < edges[0]) | (numbers > edges[-1])
    yield f"{key}=outside", f"{own} outside {ends}", outside
    yield f"{key}=missing", f"{own} missing", np.isnan(numbers)


def _numbers(column: "pd.Series[Any]", name: str) -> "Array":
    if not holds_numbers(column):
        raise MlgateError(
            f"the column {wording.value(name)} of `slices` has bins, and holds no numbers",
            cause="it is text or times, or was read as such",
            remedy=f"use `{name}` alone for each of its values, or `where` for a condition",
        )
    return column.to_numpy(dtype=float, na_value=float("nan"))


def _by_values(column: "pd.Series[Any]", name: str, earlier: "pd.DataFrame | None") -> Cutting:
    """Each frequent value is a slice; of many numbers, each quarter."""
    if holds_numbers(column) and column.nunique() > MAX_VALUES:
        return _by_quarters(column, name)
    own, key = wording.name(name), identifier(name)
    counts = _counts(column, name)
    known = {} if earlier is None or name not in earlier.columns else _counts(earlier[name], name)
    parts: list[tuple[str, str, Array]] = []
    for value in list(counts)[:MAX_VALUES]:
        words = wording.cell(value)
        shown = _key(value)
        rows = (column == value).to_numpy(dtype=bool, na_value=False)
        parts.append((f"{key}={shown}", f"{own} = {words}", rows))
    parts.append((f"{key}=missing", f"{own} missing", column.isna().to_numpy()))
    more = []
    if len(counts) > MAX_VALUES:
        rest = sum(list(counts.values())[MAX_VALUES:])
        more.append(
            f"{len(counts) - MAX_VALUES:,} rarer values of {own} ({rest:,} rows together; at most "
            f"{MAX_VALUES} values are slices)"
        )
    gone = [value for value, rows in known.items() if rows >= LEAST and value not in counts]
    more += [
        f"{own} = {wording.cell(value)} (no rows, {known[value]:,} on base)"
        for value in gone[:MAX_VALUES]
    ]
    return _cutting(key, own, parts, [None] * len(parts), more)


def _key(value: Any) -> str:
    """What stands for a value in an id: the value, or its digest where it must not be shown."""
    if withheld():
        return sha256(str(value).encode()).hexdigest()[:8]
    return identifier(wording.value(value).strip("'"))


def _by_quarters(column: "pd.Series[Any]", name: str) -> Cutting:
    from mlgate.stats.slices import Part

    found = cut(column, name, LEAST, bins=BINS)
    parts: list[tuple[str, str, Array]] = []
    for code in range(found.binned.bins if found else 0):
        assert found is not None  # noqa: S101  # it has bins
        part = Part(column=0, low=code, high=code)
        ordered = code < found.binned.ordered
        key = f"{identifier(name)}={f'quarter-{code + 1}' if ordered else 'missing'}"
        parts.append((key, found.words(part), found.binned.codes == code))
    return _cutting(identifier(name), wording.name(name), parts, [None] * len(parts))


def _counts(column: "pd.Series[Any]", name: str) -> dict[Any, int]:
    """How many rows each value has, the most frequent first; of equals, by their text."""
    try:
        counts = column.value_counts().to_dict()
    except TypeError as error:
        raise MlgateError(
            f"the column {wording.value(name)} of `slices` holds no plain values: {error}",
            cause="they are lists or mappings",
            remedy="name another column, or write the values as text",
        ) from error
    return dict(sorted(counts.items(), key=lambda item: (-item[1], str(item[0]))))


def _cutting(
    key: str,
    words: str,
    parts: "Sequence[tuple[str, str, Array]]",
    before: Sequence[int | None],
    more: Sequence[str] = (),
) -> Cutting:
    """Large enough slices, and the others in words. One without rows is said if base has some."""
    import numpy as np

    slices, left_out = [], []
    keys = wording.unique(part[0] for part in parts)
    for own_key, (_, own_words, rows), earlier in zip(keys, parts, before, strict=True):
        count = int(rows.sum())
        if count >= LEAST:
            slices.append(Slice(key=own_key, words=own_words, rows=np.flatnonzero(rows)))
        elif count or (earlier or 0) >= LEAST or len(parts) == 1:
            on_base = f", {earlier:,} on base" if earlier else ""
            plural = "" if count == 1 else "s"
            left_out.append(f"{own_words} ({count:,} row{plural}{on_base})")
    return Cutting(key=key, words=words, slices=tuple(slices), left_out=(*left_out, *more))
