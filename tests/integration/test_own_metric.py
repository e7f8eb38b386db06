"""A metric of the repository's own code, in the metrics check."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from mlgate.checks.metrics import Metrics
from mlgate.results import Finding, Outcome
from tests.support import make_inputs

PROFIT = """
def expected_profit(y_true, y_pred, rows):
    won = (y_true == "yes") & (y_pred == "yes")
    lost = (y_true == "no") & (y_pred == "yes")
    return (rows.amount * (won * 1.0 - lost * 0.5)).mean()


def ranks(y_true, y_score):
    return float(y_score[y_true == "yes"].mean() - y_score[y_true == "no"].mean())


def broken(y_true, y_pred):
    return float("nan")
"""
NAME = "shop.metrics:expected_profit"
LIMITS = {NAME: {"max_drop": 0.5, "greater_is_better": True}}


def rows(seed: int, count: int = 600) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, 2))
    churned = np.where(x[:, 0] + 0.5 * random.normal(size=count) > 0, "yes", "no")
    amount = random.lognormal(2, 1, count)
    return pd.DataFrame({"x0": x[:, 0], "x1": x[:, 1], "amount": amount, "churned": churned})


def commit(root: Path, *, features: tuple[str, ...] = ("x0", "x1"), code: str = PROFIT) -> Path:
    train = rows(1)
    model = LogisticRegression().fit(train[list(features)], train.churned)
    (root / "shop").mkdir(parents=True)
    joblib.dump(model, root / "churn.joblib")
    (root / "shop" / "metrics.py").write_text(code)
    rows(2).to_csv(root / "test.csv", index=False)
    return root


def measure(head: Path, base: Path | None, metrics: dict[str, Any]) -> dict[str, Finding]:
    check = Metrics.model_validate(
        {"type": "metrics", "model": "churn", "data": "test", "metrics": metrics}
    )
    data = {"test": {"path": "test.csv", "target": "churned"}}
    models = {"churn": {"path": "churn.joblib"}}
    with make_inputs(head, data=data, models=models, base_root=base) as inputs:
        return {finding.id: finding for finding in check.run(inputs).findings}


def test_an_own_metric_is_compared_on_the_same_rows(tmp_path: Path) -> None:
    base = commit(tmp_path / "base")
    head = commit(tmp_path / "head", features=("x1",))  # it lost the feature that matters
    found = measure(head, base, LIMITS | {NAME: LIMITS[NAME] | {"min": 0}})
    regression = found[f"metrics/{NAME}/regression"]
    assert regression.outcome is Outcome.FAILED
    model, test = joblib.load(base / "churn.joblib"), pd.read_csv(base / "test.csv")
    predicted = model.predict(test[["x0", "x1"]])
    says = predicted == "yes"
    worth = np.where(test.churned == "yes", 1.0, -0.5)
    assert regression.baseline == pytest.approx((test.amount * says * worth).mean())
    assert regression.details["method"] == "bootstrap, BCa or Student's"
    assert regression.interval is not None
    assert regression.interval[1] < 0
    assert found[f"metrics/{NAME}"].outcome is Outcome.PASSED


def test_one_model_on_both_sides_is_no_regression(tmp_path: Path) -> None:
    head, base = commit(tmp_path / "head"), commit(tmp_path / "base")
    ranks = {"shop.metrics:ranks": {"max_drop_relative": 0.1, "greater_is_better": True}}
    found = measure(head, base, LIMITS | ranks)
    assert {finding.outcome for finding in found.values()} == {Outcome.PASSED}
    assert found[f"metrics/{NAME}/regression"].details["method"] == "identical answers"


def test_head_s_function_judges_both_sides(tmp_path: Path) -> None:
    base = commit(tmp_path / "base", code="def other(): ...")
    head = commit(tmp_path / "head")
    found = measure(head, base, LIMITS)
    assert found[f"metrics/{NAME}/regression"].outcome is Outcome.PASSED


def test_a_function_that_differs_from_base_s_is_a_warning(tmp_path: Path) -> None:
    head = commit(tmp_path / "head")
    same = measure(head, commit(tmp_path / "same"), LIMITS)
    assert f"metrics/{NAME}/definition" not in same
    other = measure(head, commit(tmp_path / "other", code=PROFIT + "\n"), LIMITS)
    definition = other[f"metrics/{NAME}/definition"]
    assert (definition.outcome, definition.severity) == (Outcome.FAILED, "warning")
    assert definition.location is not None
    assert definition.location.file == "shop/metrics.py"


def test_a_metric_that_gives_nan_is_an_error_and_costs_no_other(tmp_path: Path) -> None:
    head = commit(tmp_path / "head")
    found = measure(head, None, {"shop.metrics:broken": {"min": 0}, "accuracy": {"min": 0.5}})
    assert found["metrics/shop.metrics:broken"].outcome is Outcome.ERRORED
    assert "gave NaN or an infinite number" in found["metrics/shop.metrics:broken"].message
    assert found["metrics/accuracy"].outcome is Outcome.PASSED


def test_a_metric_of_numbers(tmp_path: Path) -> None:
    code = "def worst(y_true, y_pred): return abs(y_true - y_pred).max()"
    for side, column in (("base", "x0"), ("head", "x1")):
        root = tmp_path / side
        root.mkdir()
        train = rows(1)
        joblib.dump(LinearRegression().fit(train[[column]], train.amount), root / "churn.joblib")
        rows(2).assign(churned=lambda d: d.amount).to_csv(root / "test.csv", index=False)
        (root / "own.py").write_text(code)
    limits = {"own:worst": {"max": 1e6, "max_drop": 1e5, "greater_is_better": False}}
    found = measure(tmp_path / "head", tmp_path / "base", limits)
    assert {finding.outcome for finding in found.values()} == {Outcome.PASSED}
