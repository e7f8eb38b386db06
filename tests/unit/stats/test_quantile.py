import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlgate.stats.quantile import interval, quantile


@given(st.integers(1, 300), st.sampled_from([0.5, 0.95, 0.99]))
def test_the_ranks_are_those_that_the_binomial_distribution_gives(number: int, p: float) -> None:
    low, high = interval(list(range(number)), p)
    binomial = stats.binom(number, p)
    below = [rank for rank in range(number) if binomial.cdf(rank) <= 0.025 + 1e-12]
    above = [rank for rank in range(number) if binomial.sf(rank) <= 0.025 + 1e-12]
    assert low == (max(below) if below else -math.inf)
    assert high == (min(above) if above else math.inf)


def test_an_interval_of_the_median_of_eleven() -> None:
    # Table of sign test critical values, n = 11, two-sided 5 %: the second and the tenth.
    assert interval(range(1, 12), 0.5) == (2, 10)


def test_a_small_sample_sets_no_limit() -> None:
    assert interval([1.0, 2.0], 0.5) == (-math.inf, math.inf)


@pytest.mark.parametrize(("p", "expected"), [(0.5, 5), (0.95, 10), (0.01, 1), (1, 10)])
def test_a_quantile_is_the_nearest_rank(p: float, expected: int) -> None:
    assert quantile(range(10, 0, -1), p) == expected
