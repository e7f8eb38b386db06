"""Measures how far one column moved, by what kind of column it is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from mlgate.checks.wording import cell, percent
from mlgate.errors import MlgateError
from mlgate.privacy import foreign

if TYPE_CHECKING:
    import pandas as pd

    from mlgate.stats.difference import Array
    from mlgate.stats.drift import Samples

Kind: TypeAlias = Literal["numeric", "boolean", "categorical", "datetime", "text"]

FEW_CATEGORIES: Final = 50
"""Text with at most so many distinct values in the reference is categorical."""
ROWS_PER_CATEGORY: Final = 20
"""So is text whose values occur as often on average."""
MAX_VALUES: Final = 250_000
"""Numbers of one side that are looked at: a random sample of more moves KS by about 0.0015, little
beside its floor, and sorting a million costs four times as much."""
MAX_TEXTS: Final = 50_000
"""Texts of one side that are taken apart into words."""
MAX_SHIFTS: Final = 5
"""Categories that a finding shows."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One comparison of a column: its values, its nulls, the lengths or the words of its text."""

    name: Literal["values", "nulls", "length", "vocabulary"]
    effect: float
    """How far it moved, in units of `measure`; compared with a floor."""
    measure: str
    """What the effect is, such as `KS`."""
    p_value: float
    method: str
    words: str
    """What moved, for the end of a sentence, such as `median 41 → 47`."""
    details: Mapping[str, Any] = field(default_factory=dict)
    plot: Mapping[str, Any] | None = None
    """Both distributions, for a report to draw."""


def kind_of(column: "pd.Series[Any]") -> Kind | None:
    """The kind of a column of one table; None where every value is null.

    Text that is dates throughout, as every date in a CSV file, is datetime.

    Raises:
        MlgateError: The values are lists, mappings, or of several types.
    """
    import pandas as pd
    from pandas.api import types

    present = column.dropna()
    if present.empty:
        return None
    dtype = present.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "categorical"
    if types.is_bool_dtype(dtype):
        return "boolean"
    if types.is_timedelta64_dtype(dtype) or types.is_numeric_dtype(dtype):
        return "numeric"
    if types.is_datetime64_any_dtype(dtype):
        return "datetime"
    inferred = types.infer_dtype(present, skipna=True)
    known: dict[str, Kind] = {
        "boolean": "boolean",
        "decimal": "numeric",
        "integer": "numeric",
        "floating": "numeric",
        "mixed-integer-float": "numeric",
        "date": "datetime",
        "datetime": "datetime",
        "datetime64": "datetime",
    }
    if inferred in known:
        return known[inferred]
    if inferred != "string":
        raise MlgateError(f"its values are {inferred}, which have no distribution to compare")
    if _is_dates(present):
        return "datetime"
    distinct = present.nunique()
    few = distinct <= max(FEW_CATEGORIES, len(present) / ROWS_PER_CATEGORY)
    return "categorical" if few else "text"


def _is_dates(texts: "pd.Series[Any]") -> bool:
    import pandas as pd

    if not re.match(r"\d{4}-\d{2}-\d{2}", str(texts.iloc[0])):
        return False
    return bool(pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce").notna().all())


def family(kind: Kind | None) -> str | None:
    """Kinds of one family may follow each other: a text column may turn out categorical."""
    return "text" if kind in ("categorical", "text") else kind


def measure(
    reference: "pd.Series[Any]", current: "pd.Series[Any]", kind: Kind | None
) -> list[Part]:
    """Compare a column's nulls and, where both sides have some, its values.

    Args:
        reference: The column in the reference, with its nulls; not empty.
        current: Likewise in current.
        kind: What its values are compared as; None compares nulls alone.

    Raises:
        MlgateError: The values cannot be had as that kind.
    """
    parts = []
    present = reference.dropna(), current.dropna()
    if kind is not None and len(present[0]) and len(present[1]):
        try:
            parts = list(_values(*present, kind))
        except (ValueError, TypeError, OverflowError) as error:
            raise MlgateError(
                f"it cannot be read as {kind}: {foreign(str(error)[:100])}"
            ) from error
        most = {"numeric": MAX_VALUES, "datetime": MAX_VALUES, "text": MAX_TEXTS}.get(kind)
        if most is not None and max(map(len, present)) > most:
            parts = [replace(part, details={**part.details, "sampled": most}) for part in parts]
    return [*parts, _nulls(reference, current)]


def _values(reference: "pd.Series[Any]", current: "pd.Series[Any]", kind: Kind) -> Iterator[Part]:
    if kind in ("boolean", "categorical"):
        yield _categories(reference, current)
    elif kind == "text":
        yield from _texts(reference, current)
    else:
        yield _numbers(_as_numbers(reference, kind), _as_numbers(current, kind), kind)


def _nulls(reference: "pd.Series[Any]", current: "pd.Series[Any]") -> Part:
    """Compares two proportions: the change in the share of nulls."""
    import numpy as np

    from mlgate.stats.drift import compare_counts

    sizes = len(reference), len(current)
    nulls = int(reference.isna().sum()), int(current.isna().sum())
    counts = [np.array([n, size - n]) for n, size in zip(nulls, sizes, strict=True)]
    before, after = (n / size for n, size in zip(nulls, sizes, strict=True))
    significance = compare_counts(*counts)
    return Part(
        name="nulls",
        effect=abs(after - before),
        measure="change of the share of nulls",
        p_value=significance.p_value,
        method=significance.method,
        words=f"nulls {percent(before)} → {percent(after)}",
        details={"nulls_reference": before, "nulls_current": after},
    )


def _as_numbers(column: "pd.Series[Any]", kind: Kind) -> "Array":
    """Sorted floating-point numbers; for dates microseconds since 1970."""
    import numpy as np
    import pandas as pd

    if kind == "datetime":
        dates = pd.to_datetime(column, utc=True, format="ISO8601" if _is_text(column) else None)
        column = dates.dt.as_unit("us").astype("int64")
    elif pd.api.types.is_timedelta64_dtype(column.dtype):
        column = column.dt.total_seconds()
    numbers = column.to_numpy(dtype=float)
    if len(numbers) > MAX_VALUES:
        numbers = numbers[_chosen(len(numbers))]
    return np.sort(numbers)


@lru_cache(maxsize=2)
def _chosen(rows: int) -> "Array":
    """Positions of a random sample, in their order: the same for all columns without nulls."""
    import numpy as np

    chosen: Array = np.flatnonzero(np.random.default_rng(0).random(rows) < MAX_VALUES / rows)
    return chosen


def _is_text(column: "pd.Series[Any]") -> bool:
    return isinstance(column.iloc[0], str)


def _numbers(reference: "Array", current: "Array", kind: Kind) -> Part:
    from mlgate.checks.drift_plots import histogram
    from mlgate.stats.drift import Samples, jensen_shannon, stability_index

    both = Samples(reference, current)
    significance, bins = both.ks_test(), both.quantile_counts()
    return Part(
        name="values",
        effect=both.ks,
        measure="KS",
        p_value=significance.p_value,
        method=significance.method,
        words=_medians(both, kind),
        details={
            "wasserstein": both.wasserstein(),
            "psi": stability_index(*bins),
            "js": jensen_shannon(*bins),
        },
        plot=histogram(reference, current, "datetime" if kind == "datetime" else "numeric"),
    )


def _medians(both: "Samples", kind: Kind) -> str:
    """The medians in words; of an even count the upper one, which is a value of the data."""
    import numpy as np

    medians = [float(sample[len(sample) // 2]) for sample in (both.reference, both.current)]
    if kind == "datetime":
        dates = np.array(medians).astype("datetime64[us]").astype("datetime64[s]")
        before, after = (str(date).removesuffix("T00:00:00") for date in dates)
    else:
        before, after = (f"{median:.4g}" for median in medians)
    return f"median {before} → {after}" if before != after else f"median {before} in both"


def _categories(reference: "pd.Series[Any]", current: "pd.Series[Any]") -> Part:
    import pandas as pd

    from mlgate.checks.drift_plots import bars
    from mlgate.stats.drift import compare_counts, jensen_shannon, stability_index

    counts = pd.concat(
        [column.astype(str).value_counts() for column in (reference, current)],
        axis="columns",
        keys=["reference", "current"],
    ).fillna(0).sort_index()  # fmt: skip
    counts = counts.astype("int64")
    before, after = (counts[side].to_numpy() for side in ("reference", "current"))
    significance = compare_counts(before, after)
    shares = counts / counts.sum()
    change = (shares["current"] - shares["reference"]).abs()
    largest = shares.loc[change.sort_values(ascending=False, kind="stable").index[:MAX_SHIFTS]]
    shifts = [
        {"category": cell(name), "reference": row["reference"], "current": row["current"]}
        for name, row in largest.iterrows()
    ]
    return Part(
        name="values",
        effect=jensen_shannon(before, after, corrected=True),
        measure="Jensen-Shannon distance",
        p_value=significance.p_value,
        method=significance.method,
        words=", ".join(
            f"{s['category']} {percent(s['reference'])} → {percent(s['current'])}"
            for s in shifts[:2]
        ),
        details={
            "psi": stability_index(before, after),
            "js": jensen_shannon(before, after),
            "shifts": shifts,
        },
        plot=bars(list(counts.index), before, after),
    )


def _texts(reference: "pd.Series[Any]", current: "pd.Series[Any]") -> Iterator[Part]:
    """Compares the lengths of texts, and how many of their words are unknown.

    The words of one half of the reference's texts are the vocabulary. The other half has unknown
    words too, and current is compared with it: new words alone are no drift.
    """
    import numpy as np

    texts = [_sample(column) for column in (reference, current)]
    lengths = [np.sort([float(len(text)) for text in side]) for side in texts]
    length = _numbers(lengths[0], lengths[1], "numeric")
    yield Part(
        name="length",
        effect=length.effect,
        measure="KS of the length",
        p_value=length.p_value,
        method=length.method,
        words=f"{length.words} characters",
        details=length.details,
        plot=length.plot,
    )
    known, held_out = texts[0][::2], texts[0][1::2]
    if not held_out:
        return
    vocabulary = {word for text in known for word in _words(text)}
    unknown = [
        np.sort([_share_unknown(text, vocabulary) for text in side])
        for side in (held_out, texts[1])
    ]
    part = _numbers(unknown[0], unknown[1], "numeric")
    before, after = (float(side.mean()) for side in unknown)
    yield Part(
        name="vocabulary",
        effect=part.effect,
        measure="KS of the share of unknown words",
        p_value=part.p_value,
        method=part.method,
        words=f"unknown words {percent(before)} → {percent(after)}",
        details={"out_of_vocabulary_reference": before, "out_of_vocabulary_current": after},
        plot=part.plot,
    )


def _sample(column: "pd.Series[Any]") -> list[str]:
    """Texts in random order: the first half of a file may be of another time than the second."""
    import numpy as np

    texts = column.to_numpy(dtype=object)
    chosen = np.random.default_rng(0).permutation(len(texts))[:MAX_TEXTS]
    return [str(text) for text in texts[chosen]]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _share_unknown(text: str, vocabulary: set[str]) -> float:
    words = _words(text)
    return sum(word not in vocabulary for word in words) / len(words) if words else 0.0
