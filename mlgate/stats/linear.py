"""Intervals of statistics that are, near enough, means of what each row adds to them."""

import numpy as np

from mlgate.stats.difference import (
    ALPHA,
    MIN_ROWS,
    ROUNDING,
    Array,
    Difference,
    constant,
    undecidable,
)
from mlgate.stats.sample import Sample
from mlgate.stats.student import quantile, two_sided


def linear(
    value: float, influence: Array, rows: Sample, *, scale: float, method: str
) -> Difference:
    """Student's interval of a difference, from the influence of each row on it.

    Exact for means of normal differences (Student 1908, Biometrika 6:1-25); for other smooth
    statistics the delta method (van der Vaart 1998, Asymptotic Statistics, section 20.1).

    Args:
        value: Head's statistic minus base's.
        influence: How fast the difference moves with a row's share of all weight; shape (rows,).
        rows: The sample.
        scale: Size of the numbers that were subtracted; a spread that vanishes beside it is none.
        method: Name of the method.
    """
    units = rows.units if rows.rows else 0.0
    if units < MIN_ROWS:
        return undecidable(value, rows.rows, method, too_few(rows))
    error = rows.standard_error(influence)
    if not error * np.sqrt(units) > ROUNDING * scale:
        return constant(value if abs(value) > ROUNDING * scale else 0.0, rows.rows, method, units)
    return student(value, error, rows, method=method)


def student(value: float, error: float, rows: Sample, *, method: str) -> Difference:
    """Student's interval of a difference with a known standard error."""
    freedom = rows.units - 1
    half_width = quantile(ALPHA, freedom) * error
    return Difference(
        value=value,
        standard_error=error,
        interval=(value - half_width, value + half_width),
        p_value=two_sided(value / error, freedom),
        rows=rows.rows,
        method=named(method, rows),
    )


def named(method: str, rows: Sample) -> str:
    """A method's name, with what was made of the rows."""
    parts = [
        *(["weighted"] if rows.weights is not None else []),
        *([f"{rows.clustered:,} clusters"] if rows.clusters is not None else []),
    ]
    return ", ".join([method, *parts])


def too_few(rows: Sample) -> str:
    """Why a sample is too small, in half a sentence."""
    if rows.clusters is not None:
        return f"{rows.clustered:,} clusters are worth too few independent rows to compare"
    if rows.weights is not None:
        return f"{rows.rows:,} rows with such weights are worth too few to compare"
    return f"{rows.rows} rows are too few to compare"
