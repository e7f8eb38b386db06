"""Drift statistics against scipy, and at their edges."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats
from scipy.spatial.distance import jensenshannon

from mlgate.stats import drift
from mlgate.stats.drift import Samples


def samples(reference, current):
    return Samples(np.sort(np.asarray(reference, float)), np.sort(np.asarray(current, float)))


def numbers(largest):
    """Few values, so that ties are common, or any."""
    few = st.integers(-3, 3).map(float)
    many = st.floats(-1e6, 1e6, allow_subnormal=False)
    return st.one_of(st.lists(few, min_size=1, max_size=largest),
                     st.lists(many, min_size=1, max_size=largest))  # fmt: skip


def counts(categories):
    return arrays.arrays(np.int64, categories, elements=st.integers(0, 400))


tables = st.integers(2, 12).flatmap(lambda k: st.tuples(counts(k), counts(k))).filter(
    lambda pair: pair[0].sum() > 0 and pair[1].sum() > 0
)  # fmt: skip


class TestSamples:
    @pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of scipy's p-value with ties
    @given(numbers(40), numbers(40))
    def test_the_statistic_and_the_distance_are_scipys(self, reference, current):
        ours = samples(reference, current)
        assert ours.ks == pytest.approx(stats.ks_2samp(reference, current).statistic, abs=1e-12)
        distance, spread = ours.wasserstein(), np.std(reference)
        if distance is None:
            assert spread <= 1e-11 * np.abs(reference).max()
        else:
            theirs = stats.wasserstein_distance(reference, current)
            assert distance * spread == pytest.approx(theirs, rel=1e-6, abs=1e-9)

    @settings(max_examples=50)
    @given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 10**6))
    def test_few_numbers_without_ties_get_scipys_exact_p_value(self, n, m, seed):
        draw = np.random.default_rng(seed)
        reference, current = draw.normal(size=n), draw.normal(0.5, size=m)
        theirs = stats.ks_2samp(reference, current, method="exact").pvalue
        ours = samples(reference, current).ks_test()
        assert ours.p_value == pytest.approx(theirs, rel=1e-7)
        assert ours.method == "exact Kolmogorov-Smirnov"

    @settings(max_examples=40)
    @given(st.lists(st.integers(0, 2), min_size=2, max_size=9), st.data())
    def test_with_ties_it_is_the_share_of_all_orders(self, pooled, data):
        n = data.draw(st.integers(1, len(pooled) - 1))
        observed = samples(pooled[:n], pooled[n:])
        splits = list(combinations(range(len(pooled)), n))
        gaps = [
            samples(
                [pooled[i] for i in split],
                [pooled[i] for i in range(len(pooled)) if i not in split],
            ).ks
            for split in splits
        ]
        share = np.mean([gap >= observed.ks - 1e-12 for gap in gaps])
        assert observed.ks_test().p_value == pytest.approx(share, abs=1e-9)

    def test_many_numbers_get_the_limit(self):
        draw = np.random.default_rng(1)
        reference, current = draw.normal(size=3000), draw.normal(0.05, size=2000)
        theirs = stats.ks_2samp(reference, current, method="exact").pvalue
        ours = samples(reference, current).ks_test()
        assert ours.method == "Kolmogorov-Smirnov"
        assert theirs <= ours.p_value < theirs + 0.02

    def test_infinite_numbers_have_a_statistic_and_no_distance(self):
        ours = samples([1, 2, math.inf], [1, 2, 3])
        assert ours.ks == pytest.approx(1 / 3)
        assert ours.wasserstein() is None

    def test_the_distance_of_a_shift_is_the_shift_in_standard_deviations(self):
        reference = np.linspace(-3, 3, 101)
        shifted = reference + 0.5 * reference.std()
        assert samples(reference, shifted).wasserstein() == pytest.approx(0.5)

    def test_quantile_bins_are_open_at_both_ends(self):
        reference, current = samples(np.arange(100), [-1e9, 1e9, 5, 50]).quantile_counts()
        assert reference.tolist() == [10] * 10
        assert current.tolist() == [2, 0, 0, 0, 0, 1, 0, 0, 0, 1]

    @given(numbers(60), numbers(60))
    def test_every_number_is_in_a_bin_and_no_bin_of_the_reference_is_empty(self, ref, current):
        ours = samples(ref, current).quantile_counts()
        assert [part.sum() for part in ours] == [len(ref), len(current)]
        assert (ours[0] > 0).all()


class TestCounts:
    @given(tables)
    def test_where_no_category_is_rare_it_is_scipys_chi_squared(self, pair):
        table = np.stack(pair)
        table = table[:, table.sum(axis=0) > 0]
        if table.shape[1] < 2:
            assert drift.compare_counts(*pair).p_value == 1.0
            return
        theirs = stats.chi2_contingency(table, correction=False)
        if theirs.expected_freq.min() < drift.MIN_EXPECTED:
            return
        ours = drift.compare_counts(*pair)
        assert ours.method == "chi-squared"
        assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-7, abs=1e-300)

    @given(st.lists(st.integers(0, 9), min_size=4, max_size=4))
    def test_two_rare_categories_take_fishers_test(self, cells):
        table = np.array(cells).reshape(2, 2)
        if (table.sum(axis=0) == 0).any() or (table.sum(axis=1) == 0).any():
            return
        ours = drift.compare_counts(*table)
        if ours.method == "chi-squared":
            assert stats.contingency.expected_freq(table).min() >= drift.MIN_EXPECTED
            return
        assert ours.p_value == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)

    def test_one_rare_event_in_a_million_rows_is_exact(self):
        ours = drift.compare_counts(np.array([10**6, 0]), np.array([10**6 - 3, 3]))
        assert ours.method == "Fisher's exact test"
        assert ours.p_value == pytest.approx(0.25, rel=1e-4)

    def test_rare_categories_are_pooled(self):
        common, rare = [500, 500], [1] * 30
        ours = drift.compare_counts(np.array(common + rare), np.array(common + [0] * 30))
        theirs = stats.chi2_contingency([[500, 500, 30], [500, 500, 0]]).pvalue
        assert ours.method == "chi-squared"
        assert ours.p_value == pytest.approx(theirs)

    def test_a_pool_that_stays_rare_takes_in_the_next_category(self):
        ours = drift.compare_counts(np.array([900, 90, 9, 1]), np.array([90, 9, 0, 1]))
        theirs = stats.chi2_contingency([[900, 100], [90, 10]], correction=False).pvalue
        assert ours.method == "chi-squared"
        assert ours.p_value == pytest.approx(theirs)

    def test_few_rows_of_many_categories_take_random_tables(self):
        table = np.array([[4, 0, 1], [0, 3, 2]])
        ours = drift.compare_counts(*table)
        assert ours.method == "Monte Carlo chi-squared"
        # Each table with these margins has the chance of its multivariate hypergeometric draw.
        margin, n = table.sum(axis=0), int(table[0].sum())
        exact = 0.0
        limit = stats.chi2_contingency(table, correction=False).statistic
        for first in range(margin[0] + 1):
            for second in range(margin[1] + 1):
                row = np.array([first, second, n - first - second])
                if row[2] < 0 or row[2] > margin[2]:
                    continue
                other = np.stack([row, margin - row])
                statistic = stats.chi2_contingency(other, correction=False).statistic
                if statistic >= limit - 1e-9:
                    exact += stats.multivariate_hypergeom.pmf(row, margin, n)
        assert ours.p_value == pytest.approx(exact, abs=0.01)
        assert drift.compare_counts(*table) == ours

    def test_disjoint_categories_of_few_rows_are_found(self):
        reference, current = np.array([3, 3, 2, 0, 0, 0]), np.array([0, 0, 0, 3, 3, 2])
        assert drift.compare_counts(reference, current).p_value < 0.01

    @given(tables)
    def test_the_jensen_shannon_distance_is_scipys_with_base_two(self, pair):
        theirs = jensenshannon(*pair, base=2)
        ours = drift.jensen_shannon(*pair)
        assert ours**2 == pytest.approx(0 if math.isnan(theirs) else theirs**2, abs=1e-12)
        assert 0 <= drift.jensen_shannon(*pair, corrected=True) <= ours <= 1 + 1e-12

    def test_the_correction_is_the_mean_divergence_of_noise(self):
        draw = np.random.default_rng(2)
        shares = np.array([0.4, 0.3, 0.2, 0.1])
        pairs = [(draw.multinomial(400, shares), draw.multinomial(900, shares)) for _ in range(800)]
        raw = np.mean([drift.jensen_shannon(*pair) ** 2 for pair in pairs])
        assert raw == pytest.approx(3 * (1 / 400 + 1 / 900) / (8 * math.log(2)), rel=0.1)

    def test_the_stability_index_of_much_data_is_the_textbooks(self):
        reference, current = np.array([500_000, 500_000]), np.array([400_000, 600_000])
        expected = 0.1 * math.log(0.5 / 0.4) + 0.1 * math.log(0.6 / 0.5)
        assert drift.stability_index(reference, current) == pytest.approx(expected, rel=1e-3)

    def test_the_stability_index_of_an_empty_bin_is_finite_and_large(self):
        assert 1 < drift.stability_index(np.array([500, 500]), np.array([0, 1000])) < 10

    def test_the_stability_index_of_noise_is_small_however_few_rows(self):
        draw = np.random.default_rng(3)
        found = [
            drift.stability_index(*samples(draw.normal(size=100), draw.normal(size=100))
                                  .quantile_counts())
            for _ in range(300)
        ]  # fmt: skip
        assert np.median(found) < 0.03  # uncorrected it would be about 0.18

    @given(arrays.arrays(float, st.integers(1, 30), elements=st.floats(0, 1)))
    def test_adjusted_p_values_are_scipys(self, p_values):
        theirs = stats.false_discovery_control(p_values)
        assert drift.benjamini_hochberg(p_values) == pytest.approx(theirs)
