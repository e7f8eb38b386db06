"""What a report draws of a column: its values in the reference and in current, in shared bins.

Plain data of bounded size: a plot shows what moved, and decides nothing.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from mlgate.checks.wording import brief

if TYPE_CHECKING:
    from mlgate.stats.difference import Array

MAX_BINS: Final = 20
"""Bins of a histogram."""
MAX_BARS: Final = 10
"""Categories that have a bar of their own."""
TAIL: Final = 0.01
"""Share of the values beyond which the outer bins reach: one outlier must not squeeze the rest."""


def histogram(
    reference: "Array", current: "Array", kind: Literal["numeric", "datetime"] = "numeric"
) -> Mapping[str, Any] | None:
    """Counts of two samples of numbers in the same bins.

    The bins are of one width, but for the outer two, which reach to the extremes. Few distinct
    numbers have a bin each.

    Args:
        reference: Sorted numbers without NaN, for dates microseconds since 1970.
        current: Likewise.
        kind: What the edges are written as.

    Returns:
        `kind`, `edges` (one more than bins; the last bin holds its upper edge too), and the counts
        `reference` and `current`. Infinite numbers are counted in the outer bins. None where there
        is no finite number.
    """
    import numpy as np

    both = np.concatenate([reference, current])
    both = np.sort(both[np.isfinite(both)], kind="stable")  # which merges two sorted runs
    if not len(both):
        return None
    low, high = both[int(TAIL * (len(both) - 1))], both[int((1 - TAIL) * (len(both) - 1))]
    edges = np.linspace(low, high, MAX_BINS + 1)
    edges[0], edges[-1] = both[0], both[-1]
    edges = np.unique(edges)
    if len(edges) == 1:
        edges = np.repeat(edges, 2)
    counts = [
        np.diff(np.searchsorted(side, edges[1:-1], side="left"), prepend=0, append=len(side))
        for side in (reference, current)
    ]
    return {
        "kind": kind,
        "edges": _dates(edges) if kind == "datetime" else [float(f"{e:.6g}") for e in edges],
        "reference": counts[0].tolist(),
        "current": counts[1].tolist(),
    }


def bars(categories: Sequence[object], reference: "Array", current: "Array") -> Mapping[str, Any]:
    """Counts of two samples of categories: the most frequent ones, and all others together.

    Args:
        categories: The categories, in any order.
        reference: Count of each.
        current: Likewise.

    Returns:
        `kind`, `labels`, the counts `reference` and `current`, and `other`: the counts of all
        categories without a label, where there are any.
    """
    import numpy as np

    shares = reference / max(reference.sum(), 1) + current / max(current.sum(), 1)
    order = np.argsort(-shares, kind="stable")
    shown, rest = order[:MAX_BARS], order[MAX_BARS:]
    found: dict[str, Any] = {
        "kind": "categorical",
        "labels": [brief(categories[at], 40) for at in shown],
        "reference": reference[shown].tolist(),
        "current": current[shown].tolist(),
    }
    if len(rest):
        found["other"] = [int(reference[rest].sum()), int(current[rest].sum())]
    return found


def _dates(micros: "Array") -> list[str]:
    import numpy as np

    dates = np.asarray(micros).astype("datetime64[us]").astype("datetime64[s]")
    return [str(date).removesuffix("T00:00:00") for date in dates]
