"""What changed, for a comparison that came out worse: rows, the parts that carry it, and examples.

Nothing here decides anything. It tells a reader where to look.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.checks import losses, wording
from mlgate.checks.responses import ModelOnRows, Responses
from mlgate.checks.scorers import Metric
from mlgate.errors import MlgateError
from mlgate.privacy import withheld

if TYPE_CHECKING:
    import pandas as pd

    from mlgate.stats.decision import Comparison
    from mlgate.stats.difference import Array
    from mlgate.stats.sample import Sample

MOST_SLICES: Final = 3
MOST_EXAMPLES: Final = 5
MOST_CELLS: Final = 12
"""Columns of an example that are shown."""
FEW_NUMBERS: Final = 10
"""Different numbers up to which a column is looked at by value, and not by quarters."""
SMALLEST: Final = 20
"""Rows of a slice at least."""
SMALLEST_SHARE: Final = 0.01
"""Share of all rows that a slice has at least."""
LEAST_SHARE: Final = 0.2
"""Share of the net loss that a slice carries at least to be named."""
BEYOND_CHANCE: Final = 3.5
"""Standard errors by which a slice's mean loss stands out: of a few hundred slices, one in ten runs
has one by chance."""
QUARTERS: Final = ("lowest", "second", "third", "highest")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """A column's rows, sorted into slices: by value, or numbers by quarter; nulls are one."""

    column: str
    codes: "Array"
    """Number of each row's slice, or `count` where that is too small; small whole numbers, shape
    (rows,)."""
    count: int
    """How many slices there are."""
    about: Callable[[int], dict[str, Any]]
    """What says which value or quarter a slice is."""


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One slice that carries a part of the loss."""

    parts: Parts
    code: int
    size: int
    share: float
    """Its part of the net loss."""


def is_worse(comparison: "Comparison") -> bool:
    """Whether a comparison regressed, or is undecided with a drop."""
    from mlgate.stats.decision import Decision

    return comparison.decision is not Decision.NO_REGRESSION and comparison.drop > 0


def explain(
    metric: Metric,
    comparison: "Comparison",
    head: ModelOnRows,
    base: ModelOnRows,
    rows: "Sample",
) -> dict[str, Any]:
    """Details for a finding: counts of rows that flipped, `carried_by`, and `changed_rows`.

    Args:
        metric: The metric that was compared.
        comparison: What it came to; only for accuracy is something told where it is no worse.
        head: Head's model on the rows.
        base: Base's model on the same rows.
        rows: Their weights.
    """
    worse = is_worse(comparison)
    if not worse and metric.scorer != "accuracy":
        return {}
    try:
        sides = _plain(metric, head, base)
        counts, gain = _moved(*sides)
    except MlgateError:  # the metric itself was measured: a model may lack other answers
        return {}
    if not worse:
        return counts
    details: dict[str, Any] = dict(counts)
    added = _added(metric, head, base)
    gain = gain if added is None else added
    parts = head.once("parts of the explanation", lambda: list(_all_parts(head)))
    carried = _carriers(parts, gain, rows)
    if carried:
        details["carried_by"] = [_told(part, len(gain)) for part in carried]
    if not withheld():
        first = carried[0].parts.codes == carried[0].code if carried else None
        examples = list(_examples(head, sides, gain, first))
        if examples:
            details["changed_rows"] = examples
    return details


def _plain(metric: Metric, head: ModelOnRows, base: ModelOnRows) -> tuple[Responses, Responses]:
    """Labels, or for a regressor its numbers, with one order of the classes."""
    from pandas.api.types import is_numeric_dtype

    by_number = metric.needs == "values" or (
        metric.needs == "everything"
        and head.description.classes is None
        and is_numeric_dtype(head.rows.target.dtype)
    )
    ours, theirs = (side.responses("values" if by_number else "labels") for side in (head, base))
    if by_number or ours.labels == theirs.labels:
        return ours, theirs
    labels = tuple(dict.fromkeys((*ours.labels, *theirs.labels)))
    return losses.coded_as(ours, labels), losses.coded_as(theirs, labels)


def _moved(head: Responses, base: Responses) -> tuple[dict[str, int], "Array"]:
    """Counts of rows that moved, and what each row adds to the loss."""
    import numpy as np

    if head.labels:
        is_right, was_right = losses.right(head), losses.right(base)
        counts = {
            "flipped_to_wrong": int((was_right & ~is_right).sum()),
            "flipped_to_right": int((~was_right & is_right).sum()),
        }
        return counts, was_right.astype(float) - is_right.astype(float)
    now, before = abs(losses.errors(head)), abs(losses.errors(base))
    grown = now - before
    rounding = 1e-9 * np.maximum(now, before)
    counts = {
        "error_grew": int((grown > rounding).sum()),
        "error_shrank": int((grown < -rounding).sum()),
    }
    return counts, grown


def _added(metric: Metric, head: ModelOnRows, base: ModelOnRows) -> "Array | None":
    """What each row adds to the loss of a metric that is a mean of losses; None for others."""
    loss = _row_loss(metric)
    if loss is None:
        return None
    try:
        ours, theirs = (side.responses(metric.needs) for side in (head, base))
    except MlgateError:
        return None
    found: Array = loss(ours) - loss(theirs)
    return found


def _row_loss(metric: Metric) -> Callable[[Responses], Any] | None:
    if metric.scorer in {"neg_root_mean_squared_error", "r2", "explained_variance"}:
        return losses.ROW_LOSSES["neg_mean_squared_error"]
    if metric.scorer in {"neg_root_mean_squared_log_error"}:
        return losses.ROW_LOSSES["neg_mean_squared_log_error"]
    if metric.scorer == "neg_quantile_loss":
        return lambda responses: losses.pinball_losses(responses, metric.quantile)
    if metric.scorer.startswith("roc_auc") or metric.scorer == "average_precision":
        return losses.brier_losses  # ranks have no loss of a single row; this one is near
    return losses.ROW_LOSSES.get(metric.scorer)


def _all_parts(head: ModelOnRows) -> Iterator[Parts]:
    """Every column that the model sees, and those that mlgate.yml names for slices."""
    spec, frame = head.rows.data.spec, head.rows.data.frame
    hidden = {spec.target, spec.weight, *spec.ids}
    more = [c for c in (*spec.slices, *spec.sensitive) if c in frame.columns and c not in hidden]
    for name in dict.fromkeys((*map(str, head.seen.columns), *more)):
        column = head.seen[name] if name in head.seen.columns else frame[name]
        parts = _of_column(name, column) if getattr(column, "ndim", 1) == 1 else None
        if parts is not None:  # two columns of one name are no slice
            yield parts


def _of_column(name: str, column: "pd.Series[Any]") -> Parts | None:
    import numpy as np
    import pandas as pd
    from pandas.api import types

    try:
        codes, values = pd.factorize(column)
    except TypeError:  # lists, as JSON lines may hold
        return None
    count = len(values)
    numeric = types.is_numeric_dtype(column.dtype) and not types.is_bool_dtype(column.dtype)
    if not numeric or count <= FEW_NUMBERS:

        def by_value(code: int) -> dict[str, Any]:
            return {"missing": True} if code == count else {"value": _cell(values[code])}

        codes = np.where(codes < 0, count, codes)
        return _large(Parts(column=name, codes=codes, count=count + 1, about=by_value))
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    edges = np.nanquantile(numbers, [0, 0.25, 0.5, 0.75, 1])
    if not np.isfinite(edges).all():
        return None

    def by_quarter(code: int) -> dict[str, Any]:
        if code == len(QUARTERS):
            return {"missing": True}
        low, high = _cell(edges[code]), _cell(edges[code + 1])
        return {"quarter": QUARTERS[code], "low": low, "high": high}

    codes = np.where(np.isnan(numbers), 4, np.searchsorted(edges[1:4], numbers, side="right"))
    return _large(Parts(column=name, codes=codes, count=5, about=by_quarter))


def _smallest(rows: int) -> int:
    return max(SMALLEST, math.ceil(SMALLEST_SHARE * rows))


def _large(parts: Parts) -> Parts | None:
    """The slices that are large enough to be told, with their numbers in little memory."""
    import numpy as np

    sizes = np.bincount(parts.codes, minlength=parts.count)
    large = np.flatnonzero(sizes >= _smallest(len(parts.codes)))
    if not len(large):
        return None
    renumbered = np.full(parts.count, len(large), dtype=np.int16)  # at most 100 are large
    renumbered[large] = np.arange(len(large))
    return Parts(
        column=parts.column,
        codes=renumbered[parts.codes],
        count=len(large),
        about=lambda code: parts.about(int(large[code])),
    )


def _carriers(every: Iterable[Parts], gain: "Array", rows: "Sample") -> list[Slice]:
    """The slices that carry the largest part of the loss beyond their share of the rows."""
    weighted = rows.weighted(gain)
    if not weighted.sum() > 0:  # as where F1 falls while accuracy rises: no row loss goes with it
        return []
    best = [part for parts in every if (part := _heaviest(parts, weighted)) is not None]
    best.sort(key=lambda part: part.size / len(gain) - part.share)
    return best[:MOST_SLICES]


def _heaviest(parts: Parts, added: "Array") -> Slice | None:
    """The slice of one column that stands out most; None where none does."""
    import numpy as np

    total, net = len(added), float(added.sum())
    count = parts.count
    sizes = np.bincount(parts.codes, minlength=count)[:count]
    sums = np.bincount(parts.codes, added, minlength=count)[:count]
    squares = np.bincount(parts.codes, added**2, minlength=count)[:count]
    kept = (sizes >= _smallest(total)) & (total - sizes >= SMALLEST)
    inside, outside = np.maximum(sizes, 1), np.maximum(total - sizes, 1)
    mean, rest = sums / inside, (net - sums) / outside
    spread = (squares / inside - mean**2) / inside
    spread += ((float((added**2).sum()) - squares) / outside - rest**2) / outside
    shares = sums / net
    kept &= (shares >= LEAST_SHARE) & (shares * total >= 1.5 * sizes)
    kept &= mean - rest > BEYOND_CHANCE * np.sqrt(np.maximum(spread, 0))
    if not kept.any():
        return None
    code = int(np.argmax(np.where(kept, shares - sizes / total, -np.inf)))
    return Slice(parts=parts, code=code, size=int(sizes[code]), share=float(shares[code]))


def _told(part: Slice, total: int) -> dict[str, Any]:
    """A slice as a detail of a finding; which value it is may be a secret."""
    kept = {"missing", "quarter"} if withheld() else {"missing", "quarter", "value", "low", "high"}
    about = {key: value for key, value in part.parts.about(part.code).items() if key in kept}
    figures = {"rows": part.size, "rows_share": part.size / total, "share": part.share}
    return {"column": wording.brief(part.parts.column), **about, **figures}


def _examples(
    head: ModelOnRows, sides: tuple[Responses, Responses], gain: "Array", first: "Array | None"
) -> Iterator[dict[str, Any]]:
    """Rows that got worse most, those of the slice that carries most of it before others."""
    import numpy as np

    ours, theirs = sides
    worse = gain > 0
    if ours.labels:
        flipped = losses.right(theirs) & ~losses.right(ours)
        worse = flipped if flipped.any() else worse
    candidates = np.flatnonzero(worse)
    inside = np.zeros(len(candidates)) if first is None else first[candidates]
    order = np.lexsort((-gain[candidates], -inside.astype(float)))
    columns = list(head.seen.columns[:MOST_CELLS])
    for row in candidates[order[:MOST_EXAMPLES]]:
        cells = {wording.brief(c): _cell(head.seen[c].iloc[row]) for c in columns}
        yield {
            "row": int(row) + 1,
            "features": cells,
            "more_features": len(head.seen.columns) - len(columns),
            "truth": _answer(ours, ours.truth[row]),
            "base": _answer(theirs, theirs.answers[row]),
            "head": _answer(ours, ours.answers[row]),
        }


def _answer(responses: Responses, answer: Any) -> Any:
    return _cell(responses.labels[int(answer)] if responses.labels else answer)


def _cell(item: Any) -> Any:
    """A value for a report: numbers and flags as they are, all else as short text."""
    import pandas as pd

    if hasattr(item, "item"):
        item = item.item()
    if isinstance(item, bool | int | float) and item == item:
        return item
    return None if pd.api.types.is_scalar(item) and pd.isna(item) else wording.brief(item)
