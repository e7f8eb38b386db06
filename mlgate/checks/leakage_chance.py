"""How many rows of one table are in another where nothing leaked."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

ALPHA = 0.001
"""Probability of seeing more rows than `Chance.most` where nothing leaked."""
Z = 3.09
"""Standard errors that a normal variable exceeds with that probability."""
SIMILAR_ROWS = 4000
"""Distinct rows that are compared with each other."""


@dataclass(frozen=True, kw_only=True)
class Chance:
    """Rows that are equal because their columns have few combinations of values."""

    expected: float
    """Rows to be expected."""
    most: int
    """The largest number that is no surprise: more are seen with a probability below `ALPHA`."""


def by_chance(keys: "Array", columns: Iterable["Array"], drawn: int) -> Chance:
    """How many rows of a new sample are in a table of the same population.

    The share of a population that a sample of n rows has seen is 1 - N1/n, where N1 rows of the
    sample are unlike all others (Good 1953, Biometrika 40:237-264); its standard error is Esty's
    (1983, Ann. Stat. 11:905-912). Two corrections:

    - Rows that a training set holds several times on purpose, as after oversampling, must not
      excuse a leak. Where rows are equal by chance, more are equal but for one column. So the share
      is no larger than that of rows that are so close to one of the table's distinct rows: with
      several columns of real measurements this is near 0.
    - A small sample may happen to hold no equal rows: the error is that of one more pair.

    Args:
        keys: Keys of the rows of the table, of shape (rows,).
        columns: Hashes of each column's values in the table, of shape (rows,) each.
        drawn: Rows of the new sample.
    """
    import numpy as np

    _, first, times = np.unique(keys, return_index=True, return_counts=True)
    rows, alone, twice = len(keys), int((times == 1).sum()), int((times == 2).sum())
    seen = 1 - alone / rows
    error = math.sqrt(alone * seen + 2 * (twice + 1)) / rows
    some = np.random.default_rng(0).permutation(first)[:SIMILAR_ROWS]
    ceiling = min(1.0, rows * _similar(column[some] for column in columns))
    most = poisson_quantile(drawn * min(seen + Z * error, ceiling))
    return Chance(expected=drawn * min(seen, ceiling), most=min(drawn, most))


def poisson_quantile(mean: float) -> int:
    """The smallest number that a Poisson variable exceeds with a probability below `ALPHA`."""
    if mean > 100:  # normal, with the first term of Cornish and Fisher for its skewness
        return math.ceil(mean + Z * math.sqrt(mean) + (Z * Z - 1) / 6)
    term = math.exp(-mean)
    below, number = term, 0
    while 1 - below >= ALPHA:
        number += 1
        term *= mean / number
        below += term
    return number


def _similar(columns: Iterable["Array"]) -> float:
    """The share of pairs of distinct rows that differ in one column only.

    Or in two columns of two values: a category that was one-hot encoded changes two at once.

    Args:
        columns: Hashes of each column's values in distinct rows.
    """
    import numpy as np

    distance = np.zeros((1, 1), np.uint16)
    for column in columns:
        rows, values = len(column), len(np.unique(column))
        if values < 2:
            continue
        if len(distance) < rows:
            distance = np.zeros((rows, rows), np.uint16)
        np.add(distance, 1 if values == 2 else 2, out=distance, where=column[:, None] != column)
    rows = len(distance)
    if rows == 1:  # the table is one row, again and again
        return 1.0
    return int(np.count_nonzero(distance <= 2) - rows) / (rows * (rows - 1))
