"""What a report draws of a column that moved: shared bins, every value counted, bounded size."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlgate.checks import drift_plots
from mlgate.checks.drift_plots import MAX_BARS, MAX_BINS, bars
from tests.unit.checks.test_drift import compare, people


def histogram(*arguments: Any) -> dict[str, Any]:
    plot = drift_plots.histogram(*arguments)
    assert plot is not None
    return dict(plot)


def sizes(plot):
    return len(plot["edges"]) - 1, sum(plot["reference"]), sum(plot["current"])


class TestHistogram:
    def test_every_value_is_in_a_bin(self):
        draw = np.random.default_rng(0)
        plot = histogram(np.sort(draw.normal(size=700)), np.sort(draw.normal(3, 1, 300)))
        assert sizes(plot) == (MAX_BINS, 700, 300)
        assert plot["edges"] == sorted(plot["edges"])

    def test_an_outlier_does_not_squeeze_the_others_into_one_bin(self):
        numbers = np.sort(np.append(np.random.default_rng(0).normal(size=999), 1e9))
        plot = histogram(numbers, numbers)
        assert max(plot["reference"]) < 300
        assert plot["edges"][-1] == 1e9

    def test_one_value_has_one_bin(self):
        plot = histogram(np.full(5, 2.0), np.full(7, 2.0))
        assert plot["edges"] == [2.0, 2.0]
        assert sizes(plot) == (1, 5, 7)

    def test_infinities_are_counted_in_the_outer_bins(self):
        numbers = np.sort(np.array([-np.inf, 1.0, 2.0, 3.0, np.inf]))
        plot = histogram(numbers, numbers[1:4])
        assert sizes(plot)[1:] == (5, 3)
        assert np.isfinite(plot["edges"]).all()

    def test_nothing_finite_is_no_plot(self):
        assert drift_plots.histogram(np.array([np.inf]), np.array([-np.inf])) is None

    def test_edges_of_dates_are_dates(self):
        micros = np.arange(5) * 86_400_000_000.0
        plot = histogram(micros, micros, "datetime")
        assert plot["edges"][0] == "1970-01-01"
        assert plot["edges"][-1] == "1970-01-05"


class TestBars:
    def test_the_most_frequent_have_one_and_the_rest_share_one(self):
        counts = np.arange(1, MAX_BARS + 4)
        plot = bars([f"c{i}" for i in range(len(counts))], counts, counts * 2)
        assert plot["labels"][0] == f"c{len(counts) - 1}"
        assert len(plot["labels"]) == MAX_BARS
        assert plot["other"] == [1 + 2 + 3, 2 * (1 + 2 + 3)]
        assert sum(plot["reference"]) + plot["other"][0] == counts.sum()

    def test_without_a_rest_there_is_none(self):
        plot = bars(["x" * 900], np.array([3]), np.array([0]))
        assert "other" not in plot
        assert len(plot["labels"][0]) <= 40


class TestFindings:
    def test_what_drifted_has_a_distribution_and_the_rest_has_none(self, tmp_path):
        found, _ = compare(tmp_path, people(3000), people(2000, 1, age=0.7, month=0.7))
        assert sizes(found["age"].details["distribution"])[1:] == (3000, 2000)
        assert set(found["contract"].details["distribution"]["labels"]) == {
            "month", "year", "two years",
        }  # fmt: skip
        assert "distribution" not in found["active"].details

    def test_the_table_has_a_map_of_nulls(self, tmp_path):
        current = people(1000, 1)
        current.loc[:99, "age"] = None
        found, _ = compare(tmp_path, people(1000), current)
        assert found["table"].details["null_map"] == [
            {"column": "age", "reference": 0.0, "current": pytest.approx(0.1)}
        ]

    def test_a_thousand_columns_that_drifted_stay_a_small_result(self, tmp_path):
        draw = np.random.default_rng(0)
        frames = [
            pd.DataFrame({f"n{i}": draw.normal(by, 1, 60) for i in range(300)}) for by in (0, 9)
        ]
        _, seen = compare(tmp_path, *frames)
        plotted = [f for f in seen.findings if "distribution" in f.details]
        assert len(plotted) == 30
        assert len(json.dumps([dict(f.details) for f in seen.findings])) < 600_000
