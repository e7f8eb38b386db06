"""Behavioural tests of real models, each in a process of its own, on head and base."""

from pathlib import Path
from typing import Any, cast

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlgate.checks.behavior import Behavior
from mlgate.results import Finding, Outcome
from tests.support import make_inputs

ROWS = 300


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Customers that were numbered by when they left: the id tells the target."""
    rng = np.random.default_rng(0)
    tenure = rng.integers(1, 72, ROWS)
    churned = (rng.random(ROWS) < 1 / (1 + np.exp((tenure - 24) / 12))).astype(int)
    return pd.DataFrame(
        {
            "customer_id": np.arange(ROWS) + 10_000 * churned,
            "tenure": tenure,
            "charge": rng.normal(60, 20, ROWS).round(2),
            "churned": np.where(churned == 1, "yes", "no"),
        }
    )


def worst(finding: Finding) -> dict[str, Any]:
    return cast("list[dict[str, Any]]", finding.details["counterexamples"])[0]


def save(root: Path, model: Any, frame: pd.DataFrame, columns: list[str], target: str) -> None:
    root.mkdir()
    frame.to_parquet(root / "test.parquet")
    joblib.dump(model.fit(frame[columns], frame[target]), root / "model.joblib")


def test_a_model_that_learned_the_id_is_caught_and_the_base_model_is_not(tmp_path, frame):
    head, base = tmp_path / "head", tmp_path / "base"
    classifier = make_pipeline(StandardScaler(), LogisticRegression())
    save(head, classifier, frame, ["customer_id", "tenure", "charge"], "churned")
    save(base, classifier, frame, ["tenure", "charge"], "churned")
    (head / "known.csv").write_text(
        "tenure,charge,customer_id,churned\n70,20,7,no\n1,80,10007,yes\n"
    )
    check = Behavior.model_validate(
        {
            "type": "behavior",
            "model": "churn",
            "data": "test",
            "tests": [
                {
                    "name": "ignores the customer id",
                    "kind": "invariance",
                    "change": {"customer_id": "shuffle"},
                },
                {
                    "name": "longer tenure never raises risk",
                    "kind": "directional",
                    "change": {"tenure": {"add": 12}},
                    "expect": "not_increase",
                },
                {
                    "name": "known customers",
                    "kind": "minimum_functionality",
                    "cases": "known.csv",
                },
            ],
        }
    )
    spec = {"path": "test.parquet", "target": "churned", "ids": ["customer_id"], "positive": "yes"}
    with make_inputs(
        head, data={"test": spec}, models={"churn": "model.joblib"}, base_root=base
    ) as inputs:
        seen = check.run(inputs)
    assert seen.rows == ROWS + 2
    ids, tenure, known = seen.findings
    assert ids.outcome is Outcome.FAILED
    assert ids.baseline == 1.0
    assert isinstance(ids.observed, float)
    assert ids.observed < 0.9
    example = worst(ids)
    assert {example["prediction_before"], example["prediction_after"]} == {"yes", "no"}
    assert (tenure.outcome, tenure.observed, tenure.baseline) == (Outcome.PASSED, 1.0, 1.0)
    assert (known.outcome, known.baseline) == (Outcome.PASSED, 1.0)


def run_one(root: Path, test: dict[str, Any]) -> Finding:
    check = Behavior.model_validate(
        {"type": "behavior", "model": "price", "data": "test", "tests": [test]}
    )
    data = {"test": {"path": "test.parquet", "target": "price"}}
    with make_inputs(root, data=data, models={"price": "model.joblib"}) as inputs:
        (finding,) = check.run(inputs).findings
    return finding


def test_a_regressor_whose_price_falls_with_area_is_caught(tmp_path):
    rng = np.random.default_rng(1)
    area = rng.uniform(20, 200, ROWS)
    houses = pd.DataFrame({"area": area, "price": 1000 - 3 * area})
    root = tmp_path / "head"
    save(root, HistGradientBoostingRegressor(max_iter=30), houses, ["area"], "price")
    finding = run_one(
        root,
        {
            "name": "more area costs more",
            "kind": "directional",
            "change": {"area": {"multiply": 1.5}},
            "expect": "not_decrease",
            "min_pass_rate": 0.9,
        },
    )
    assert finding.outcome is Outcome.FAILED
    assert finding.baseline is None
    example = worst(finding)
    before, after = example["prediction_before"], example["prediction_after"]
    assert after < before
