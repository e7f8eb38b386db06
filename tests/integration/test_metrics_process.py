"""The metrics check on joblib models, each in a process of its own."""

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlgate.checks.metrics import Metrics
from mlgate.results import Finding, Outcome
from tests.support import make_inputs

DATA = {"test": {"path": "test.csv", "target": "churned"}}
MODELS = {"churn": "churn.joblib"}


def frame(rows: slice) -> pd.DataFrame:
    values, codes = make_classification(800, 5, n_clusters_per_class=1, flip_y=0.1, random_state=1)
    columns = pd.DataFrame(values, columns=[f"x{i}" for i in range(5)])
    return columns.assign(churned=np.where(codes == 1, "yes", "no"))[rows]


def commit(root: Path, train: pd.DataFrame, test: pd.DataFrame) -> Path:
    """One side's files: a model and its evaluation rows."""
    root.mkdir()
    model = make_pipeline(StandardScaler(), LogisticRegression())
    joblib.dump(model.fit(train.drop(columns="churned"), train.churned), root / "churn.joblib")
    test.to_csv(root / "test.csv", index=False)
    return root


def measure(head: Path, base: Path | None, **parameters: object) -> dict[str, Finding]:
    check = Metrics.model_validate(
        {"type": "metrics", "model": "churn", "data": "test", "slices": [], **parameters}
    )
    with make_inputs(head, data=DATA, models=MODELS, base_root=base) as inputs:
        seen = check.run(inputs)
    assert seen.rows >= 400
    return {finding.id: finding for finding in seen.findings}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return commit(tmp_path / "base", frame(slice(400)), frame(slice(400, None)))


def test_a_retrained_model_is_no_regression_and_its_values_are_scikit_learns(
    tmp_path: Path, base: Path
) -> None:
    head = commit(tmp_path / "head", frame(slice(10, 400)), frame(slice(400, None)))
    found = measure(head, base, metrics={"accuracy": {"max_drop": 0.1}, "roc_auc": {"min": 0.5}})
    assert {finding.outcome for finding in found.values()} == {Outcome.PASSED}
    model, rows = joblib.load(head / "churn.joblib"), pd.read_csv(head / "test.csv")
    features, truth = rows.drop(columns="churned"), rows.churned
    accuracy = found["metrics/accuracy/regression"]
    assert accuracy.observed == pytest.approx(accuracy_score(truth, model.predict(features)))
    assert found["metrics/roc_auc"].observed == pytest.approx(
        roc_auc_score(truth == "yes", model.predict_proba(features)[:, 1])
    )


def test_a_model_of_wrong_labels_regresses_by_default(tmp_path: Path, base: Path) -> None:
    wrong = frame(slice(400))
    flipped = np.random.default_rng(0).random(400) < 0.45
    wrong["churned"] = wrong.churned.where(~flipped, wrong.churned.map({"yes": "no", "no": "yes"}))
    found = measure(commit(tmp_path / "head", wrong, frame(slice(400, None))), base)
    assert set(found) == {
        f"metrics/{metric}/regression" for metric in ("accuracy", "roc_auc", "log_loss")
    }
    assert found["metrics/log_loss/regression"].outcome is Outcome.FAILED
    assert found["metrics/accuracy/regression"].details["decision"] != "no regression"


def test_a_first_pull_request_is_measured_and_not_compared(base: Path) -> None:
    found = measure(base, None, metrics={"accuracy": {"min": 0.5, "max_drop": 0.01}})
    assert found["metrics/accuracy"].outcome is Outcome.PASSED
    assert found["metrics/accuracy/regression"].outcome is Outcome.SKIPPED


def test_base_rows_reach_both_processes(tmp_path: Path, base: Path) -> None:
    head = commit(tmp_path / "head", frame(slice(400)), frame(slice(400, 600)))
    rows = frame(slice(400, 600))
    pd.concat([rows, rows]).to_csv(head / "test.csv", index=False)
    found = measure(head, base, metrics={"accuracy": {"max_drop": 0.01}})
    assert found["metrics/accuracy/base-rows"].outcome is Outcome.PASSED
    assert found["metrics/accuracy/base-rows"].details["n"] == 400
    assert found["metrics/evaluation-data"].outcome is Outcome.PASSED


def test_a_regressor_in_place_of_a_classifier_is_errored(tmp_path: Path, base: Path) -> None:
    head = commit(tmp_path / "head", frame(slice(400)), frame(slice(400, None)))
    train = frame(slice(400))
    numbers = LinearRegression().fit(train.drop(columns="churned"), train.churned == "yes")
    joblib.dump(numbers, head / "churn.joblib")
    found = measure(head, base, metrics={"roc_auc": {"max_drop": 0.1}})
    finding = found["metrics/roc_auc/regression"]
    assert finding.outcome is Outcome.ERRORED
    assert "has no predict_proba" in finding.message
