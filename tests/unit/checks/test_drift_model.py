"""Drift of what a model answers, and the order that its importances give to the columns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlgate.checks.drift import Drift
from mlgate.checks.drift_model import MAX_ROWS
from mlgate.config.model import DataSpec, ModelSpec
from mlgate.errors import ModelFailed
from mlgate.results import Outcome, combined
from mlgate.sandbox.interface import Description
from tests.support import make_inputs
from tests.unit.checks.in_process import Broken, Classifier, Other, WithModels

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
SKIPPED, ERRORED = Outcome.SKIPPED, Outcome.ERRORED


def compare(root, reference, current, model, *, spec=None, **options):
    """The findings by subject, in their order."""
    for name, frame in {"before": reference, "now": current}.items():
        frame.to_parquet(root / f"{name}.parquet", index=False)
    data = {name: {"path": f"{name}.parquet", **(spec or {})} for name in ("before", "now")}
    check = Drift.model_validate(
        {"type": "drift", "reference": "before", "current": "now", "model": "m", **options}
    )
    with make_inputs(root, data=data, models={"m": "m.joblib"}) as inputs:
        seen = check.run(WithModels(inputs, {"head": model}))
    return {finding.subject: finding for finding in seen.findings}


def rows(count, seed=0, **shifts):
    draw = np.random.default_rng(seed)
    return pd.DataFrame({name: draw.normal(shifts.get(name, 0), 1, count) for name in "abc"})


def sigmoid(numbers):
    return 1 / (1 + np.exp(-numbers))


@dataclass(kw_only=True)
class Weighted:
    """A regressor that says what it goes by."""

    importances: dict[str, float] | None = None
    coefficients: dict[str, float] | None = None

    def describe(self) -> Description:
        return Description(
            kind="Weighted",
            features=("a", "b", "c"),
            classes=None,
            probabilities=False,
            importances=self.importances,
            coefficients=self.coefficients,
        )

    def predict(self, frame: pd.DataFrame) -> Any:
        return frame["a"].to_numpy()

    predict_proba = predict


class TestAnswers:
    def test_many_small_drifts_that_add_up_are_found_in_the_score(self, tmp_path):
        model = Classifier(score=lambda f: sigmoid(f["a"] + f["b"] + f["c"]))
        small = {"a": 0.09, "b": 0.09, "c": 0.09}
        found = compare(tmp_path, rows(9000), rows(9000, 1, **small), model)
        assert {found[name].outcome for name in "abc"} == {PASSED}
        assert found["prediction"].outcome is FAILED
        assert found["prediction"].id == "drift/prediction"
        assert found["prediction"].details["kind"] == "numeric"
        assert found["prediction"].details["n_current"] == 9000
        assert "1 of 4 columns of now drifted (prediction)" in found["table"].message

    def test_a_fresh_sample_passes(self, tmp_path):
        model = Classifier(score=lambda f: sigmoid(f["a"]))
        found = compare(tmp_path, rows(2000), rows(2000, 1), model)
        assert combined(found.values()) is PASSED
        assert "prediction" in found

    def test_the_score_is_that_of_the_positive_class(self, tmp_path):
        model = Classifier(score=lambda f: f["a"] * 0 + 0.9, classes=("no", "yes"))
        spec = {"positive": "no"}
        found = compare(tmp_path, rows(300), rows(300, 1), model, spec=spec)
        assert "median 0.1 in both" in found["prediction"].message

    def test_each_class_of_several_is_compared(self, tmp_path):
        def scores(frame):
            first = sigmoid(frame["a"])
            return np.column_stack([first, 1 - first, 0 * first])

        model = Other(values=lambda f: f["a"], classes=("x", "y", "z"), probabilities=scores)
        found = compare(tmp_path, rows(2000), rows(2000, 1, a=1), model)
        outcomes = [found[f"prediction of {label}"].outcome for label in "xyz"]
        assert outcomes == [FAILED, FAILED, PASSED]

    def test_labels_without_probabilities_are_categories(self, tmp_path):
        model = Other(values=lambda f: np.where(f["a"] > 0, "up", "down"), classes=("down", "up"))
        found = compare(tmp_path, rows(2000), rows(2000, 1, a=1), model)
        assert found["prediction"].outcome is FAILED
        assert found["prediction"].details["kind"] == "categorical"

    def test_a_regressor_s_values_are_numbers(self, tmp_path):
        found = compare(tmp_path, rows(900), rows(900, 1, a=1), Other(values=lambda f: f["a"]))
        assert found["prediction"].outcome is FAILED
        assert found["prediction"].details["kind"] == "numeric"

    def test_the_model_is_asked_about_a_sample_of_many_rows(self, tmp_path):
        model = Other(values=lambda f: f["a"])
        found = compare(tmp_path, rows(MAX_ROWS + 500), rows(200, 1), model)
        details = found["prediction"].details
        assert (details["n_reference"], details["n_current"]) == (MAX_ROWS, 200)

    def test_an_override_moves_the_floor(self, tmp_path):
        options = {"overrides": {"prediction": {"min_effect": 0.9}}}
        frames = rows(900), rows(900, 1, a=1)
        found = compare(tmp_path, *frames, Other(values=lambda f: f["a"]), **options)
        assert found["prediction"].outcome is PASSED


class TestBrokenModels:
    @pytest.mark.parametrize("model", [Broken(), ModelFailed("m.joblib does not load")])
    def test_one_costs_only_its_own_finding(self, tmp_path, model):
        found = compare(tmp_path, rows(900), rows(900, 1, b=1), model)
        assert found["prediction"].outcome is ERRORED
        assert found["a"].outcome is PASSED
        assert found["b"].outcome is FAILED

    def test_answers_that_are_nan_are_an_error(self, tmp_path):
        found = compare(tmp_path, rows(50), rows(50, 1), Other(values=lambda f: f["a"] * np.nan))
        assert found["prediction"].outcome is ERRORED
        assert "NaN" in found["prediction"].message

    def test_one_that_only_orders_is_no_error(self, tmp_path):
        model = ModelFailed("m.joblib does not load")
        found = compare(tmp_path, rows(900), rows(900, 1), model, predictions=False)
        assert found["prediction"].outcome is SKIPPED
        assert combined(found.values()) is PASSED

    def test_a_column_that_one_side_lacks_fails_by_itself_only(self, tmp_path):
        model = Weighted()
        found = compare(tmp_path, rows(900).drop(columns="c"), rows(900, 1), model)
        assert found["c"].outcome is FAILED
        assert found["prediction"].outcome is SKIPPED
        assert "before lacks c, which m sees" in found["prediction"].message

    def test_a_column_that_no_side_has_is_an_error(self, tmp_path):
        before, now = (rows(90, seed).drop(columns="c") for seed in (0, 1))
        found = compare(tmp_path, before, now, Weighted())
        assert found["prediction"].outcome is ERRORED


class TestOrder:
    SHIFTS = rows(3000, 1, a=0.5, b=1.0)

    def test_an_effect_counts_by_what_the_model_goes_by(self, tmp_path):
        model = Weighted(importances={"a": 3.0, "b": 1.0, "c": 0.0})
        found = compare(tmp_path, rows(3000), self.SHIFTS, model, predictions=False)
        assert list(found) == ["table", "a", "b", "c"]
        assert found["a"].details["importance"] == 0.75
        assert "75 % of what counts in the model" in found["a"].message

    def test_without_importances_the_largest_effect_comes_first(self, tmp_path):
        found = compare(tmp_path, rows(3000), self.SHIFTS, Weighted(), predictions=False)
        assert list(found) == ["table", "b", "a", "c"]
        assert "importance" not in found["a"].details

    def test_coefficients_count_times_the_spread_of_their_column(self, tmp_path):
        model = Weighted(coefficients={"a": 1.0, "b": 1.0, "c": 1.0})
        before, now = rows(3000), self.SHIFTS.copy()
        before["c"], now["c"] = before["c"] * 98, now["c"] * 98
        found = compare(tmp_path, before, now, model, predictions=False)
        assert found["c"].details["importance"] == pytest.approx(0.98, abs=0.01)

    def test_what_did_not_drift_never_comes_before_what_did(self, tmp_path):
        model = Weighted(importances={"a": 0.0, "b": 0.0, "c": 1.0})
        found = compare(tmp_path, rows(3000), self.SHIFTS, model)
        assert list(found)[-1] == "c"
        assert list(found)[1:3] != ["c", "a"]


class TestRecommended:
    DATA = {  # noqa: RUF012  # a class of tests
        "train": DataSpec(path="a"),
        "test": DataSpec(path="b", target="y"),
    }

    def test_one_model_answers_but_not_for_the_rows_that_it_knows(self):
        entries = list(Drift.recommend(self.DATA, {"m": ModelSpec(path="m")}))
        said = {entry["id"]: (entry["model"], entry.get("predictions", True)) for entry in entries}
        assert said == {
            "drift-test-train": ("m", False),
            "drift-train-base": ("m", False),
            "drift-test-base": ("m", True),
        }

    def test_of_several_models_none_does(self):
        models = {"m": ModelSpec(path="m"), "n": ModelSpec(path="n")}
        assert not any("model" in entry for entry in Drift.recommend(self.DATA, models))
