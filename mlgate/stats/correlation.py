"""Correlation of predictions with what came true."""

import math

import numpy as np

from mlgate.stats.auc import midranks
from mlgate.stats.difference import Array


def pearson(truth: Array, answers: Array, weights: Array | None = None) -> float:
    """Pearson's correlation; NaN where one of the two is constant.

    Args:
        truth: Numbers; shape (rows,).
        answers: Likewise.
        weights: How much each row counts; None where all count alike.
    """
    x, y = (values - np.average(values, weights=weights) for values in (truth, answers))
    products = (float(np.average(product, weights=weights)) for product in (x * y, x * x, y * y))
    both, of_x, of_y = products
    return both / math.sqrt(of_x * of_y) if of_x > 0 and of_y > 0 else math.nan


def spearman(truth: Array, answers: Array, weights: Array | None = None) -> float:
    """Pearson's correlation of the ranks; weights count in the correlation, not in the ranks."""
    return pearson(midranks(truth), midranks(answers), weights)
