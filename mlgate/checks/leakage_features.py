"""How well each feature alone predicts the target."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mlgate.checks.leakage_keys import numbers_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]
    Column = pd.Series[Any]

MOST_ROWS = 100_000
"""A larger table is sampled: what predicts perfectly does so on any part."""
MOST_CLASSES = 20
"""A target of whole numbers with more distinct values is a quantity."""
FEWEST_ROWS = 10
"""Rows of a class, or half the rows of all, below which a feature fits by luck."""
FEW_VALUES = 50
"""Numbers with no more distinct values may be codes, whose order means nothing."""


def strengths(frame: "pd.DataFrame", target: str, features: Iterable[str]) -> dict[str, float]:
    """How well each feature alone predicts the target, from 0 to 1; 1 is perfectly.

    - A number and classes: the area under the ROC curve, in the better direction; for more than two
      classes the smallest of all pairs (Hand and Till 2001, Mach. Learn. 45:171-186, take the
      mean). A null counts as the lowest value: to be missing may tell the target too.
    - A number and a number: the square of Spearman's rank correlation.
    - A category and classes: the share of the majority class's errors that the majority of each
      category removes, on held-out rows.
    - A category and a number: R² of each category's mean, on held-out rows.

    A feature of one value has 0. Texts that hardly ever repeat are left out. So is all where there
    are too few rows: an empty answer says nothing.
    """
    import numpy as np
    import pandas as pd

    known = frame[frame[target].notna()]
    if numbers_of(known[target]) is None:  # lists, too, have a text
        known = known.assign(**{target: known[target].astype(str)})
    if len(known) > MOST_ROWS:
        known = known.sample(MOST_ROWS, random_state=0)
    classes = _is_classes(known[target])
    if classes:
        sizes = known[target].map(known[target].value_counts()).astype(int)
        known = known[sizes >= FEWEST_ROWS]
        outcome: Array = pd.factorize(known[target].astype(object))[0]
    else:
        numbers = numbers_of(known[target])
        if numbers is None:
            return {}
        usable = np.isfinite(numbers)
        known, outcome = known[usable], numbers[usable]
    if len(known) < 2 * FEWEST_ROWS or len(np.unique(outcome)) < 2:
        return {}
    found = {column: _strength(known[column], outcome, classes=classes) for column in features}
    return {column: strength for column, strength in found.items() if strength is not None}


def weight_of(frame: "pd.DataFrame", target: str) -> int:
    """Rows that a score of `strengths` rests on: the smallest class, or all rows for quantities."""
    known = frame[target][frame[target].notna()]
    if numbers_of(known) is None:
        known = known.astype(str)
    if not _is_classes(known):
        return len(known)
    sizes = known.value_counts()
    return int(sizes[sizes >= FEWEST_ROWS].min()) if (sizes >= FEWEST_ROWS).any() else 0


def _is_classes(target: "Column") -> bool:
    import numpy as np

    numbers = numbers_of(target)
    if numbers is None or target.dtype.kind == "b":
        return bool(target.nunique() * FEWEST_ROWS <= len(target))
    numbers = np.unique(numbers[~np.isnan(numbers)])
    return len(numbers) <= MOST_CLASSES and bool((numbers == np.trunc(numbers)).all())


def _strength(feature: "Column", outcome: "Array", *, classes: bool) -> float | None:
    import numpy as np
    import pandas as pd

    numbers = numbers_of(feature)
    if numbers is None:
        codes = pd.factorize(feature.astype(str).where(feature.notna(), None))[0]
        codes = codes + 1  # a null is a category too
    else:
        lowest = np.where(np.isnan(numbers), -np.inf, numbers)
        codes = np.unique(lowest, return_inverse=True)[1]
    distinct = len(np.unique(codes))
    if distinct < 2:
        return 0.0
    if numbers is None and distinct > len(codes) / 4:
        return None
    seen = []
    if numbers is not None:
        seen.append(_separation(codes, outcome) if classes else _rank_correlation(codes, outcome))
    if numbers is None or distinct <= FEW_VALUES:
        seen.append(_errors_removed(codes, outcome) if classes else _explained(codes, outcome))
    return max(seen)


def _separation(order: "Array", outcome: "Array") -> float:
    """The smallest AUC of two classes, from the ranks of the values and the classes' codes."""
    import numpy as np

    table = _table(order, outcome).astype(float)
    below = table.cumsum(axis=0) - table / 2  # a tie counts half
    sizes = table.sum(axis=0)
    areas = below.T @ table / np.outer(sizes, sizes)
    pairs = areas[np.triu_indices(len(sizes), 1)]
    return float(np.maximum(pairs, 1 - pairs).min())


def _rank_correlation(order: "Array", outcome: "Array") -> float:
    import pandas as pd

    ranks = pd.DataFrame({"feature": order, "outcome": outcome}).rank()
    return float(ranks["feature"].corr(ranks["outcome"]) ** 2)


def _errors_removed(codes: "Array", outcome: "Array") -> float:
    import numpy as np

    right = 0
    folds = _folds(len(codes))
    for held_out in (folds, ~folds):
        table = _table(codes[~held_out], outcome[~held_out], codes.max() + 1, outcome.max() + 1)
        majority = table.argmax(axis=1)
        majority[table.sum(axis=1) == 0] = table.sum(axis=0).argmax()
        right += int((majority[codes[held_out]] == outcome[held_out]).sum())
    wrong_without = len(outcome) - np.bincount(outcome).max()
    return max(0.0, 1 - (len(outcome) - right) / float(wrong_without))


def _explained(codes: "Array", outcome: "Array") -> float:
    import numpy as np

    predicted = np.empty(len(outcome))
    folds = _folds(len(codes))
    for held_out in (folds, ~folds):
        rest = outcome[~held_out]
        counts = np.bincount(codes[~held_out], minlength=codes.max() + 1)
        sums = np.bincount(codes[~held_out], rest, minlength=codes.max() + 1)
        means = np.where(counts > 0, sums / np.maximum(counts, 1), rest.mean())
        predicted[held_out] = means[codes[held_out]]
    residual, total = ((outcome - predicted) ** 2).sum(), ((outcome - outcome.mean()) ** 2).sum()
    return max(0.0, float(1 - residual / total))


def _folds(rows: int) -> "Array":
    """Two halves by lot: the order of the rows may follow the target."""
    import numpy as np

    half = np.zeros(rows, dtype=bool)
    half[: rows // 2] = True
    return np.random.default_rng(0).permutation(half)


def _table(rows: "Array", columns: "Array", height: int = 0, width: int = 0) -> "Array":
    """Counts of pairs of codes."""
    import numpy as np

    height, width = height or int(rows.max()) + 1, width or int(columns.max()) + 1
    counts: Array = np.bincount(rows * width + columns, minlength=height * width)
    return counts.reshape(height, width)
