"""What a comparison that came out worse tells of the rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlgate.checks.metrics import Metrics
from mlgate.privacy import withholding
from mlgate.results import Outcome
from tests.unit.checks.in_process import Classifier, Other, inputs_with


def rows(count: int = 1000) -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": random.normal(size=count),
            "contract": random.choice(["monthly", "yearly", "two years"], count),
            "tenure": random.integers(0, 72, count),
            "customer": [f"id-{n}" for n in range(count)],
            "gender": random.choice(["f", "m"], count),
        }
    ).assign(churned=lambda d: (d.x > 0).astype(int))


def measure(root: Path, head: Any, base: Any, metrics: dict[str, Any], **spec: Any) -> Any:
    check = Metrics.model_validate(
        {"type": "metrics", "model": "m", "data": "test", "metrics": metrics}
    )
    frame = spec.pop("frame", None)
    given = {"target": "churned", "ids": ["customer"]} | spec
    frame = rows() if frame is None else frame
    with inputs_with(root, frame, head, base, **given) as inputs:
        return {finding.id: finding for finding in check.run(inputs).findings}


BASE = Classifier(score=lambda d: np.where(d.x > 0, 0.9, 0.1))
BREAKS_ONE_CONTRACT = Classifier(
    score=lambda d: np.where((d.x > 0) & (d.contract != "two years"), 0.9, 0.1)
)
ACCURACY = {"accuracy": {"max_drop": 0.01}}


@pytest.fixture
def regressed(tmp_path: Path) -> Any:
    return measure(tmp_path, BREAKS_ONE_CONTRACT, BASE, ACCURACY)["metrics/accuracy/regression"]


def test_flipped_rows_are_counted_for_every_metric_of_classes(tmp_path: Path) -> None:
    metrics = {name: {"max_drop": 0.01} for name in ("accuracy", "f1", "roc_auc", "log_loss")}
    found = measure(tmp_path, BREAKS_ONE_CONTRACT, BASE, metrics)
    frame = rows()
    lost = int(((frame.x > 0) & (frame.contract == "two years")).sum())
    for name in metrics:
        finding = found[f"metrics/{name}/regression"]
        assert finding.outcome is Outcome.FAILED
        assert finding.details["flipped_to_wrong"] == lost
        assert finding.details["flipped_to_right"] == 0


def test_the_slice_that_carries_the_loss_is_named_first(regressed: Any) -> None:
    frame = rows()
    first = regressed.details["carried_by"][0]
    count = int((frame.contract == "two years").sum())
    assert first == {
        "column": "contract",
        "value": "two years",
        "rows": count,
        "rows_share": count / len(frame),
        "share": 1.0,
    }
    assert {part["column"] for part in regressed.details["carried_by"]} <= {"contract", "x"}


def test_examples_are_rows_that_flipped_with_what_the_model_sees(regressed: Any) -> None:
    examples = regressed.details["changed_rows"]
    frame = rows()
    assert len(examples) == 5
    for example in examples:
        row = frame.iloc[example["row"] - 1]
        assert example["features"]["contract"] == row.contract == "two years"
        assert (example["truth"], example["base"], example["head"]) == (1, 1, 0)
        assert "customer" not in example["features"]
        assert "churned" not in example["features"]


def test_a_sensitive_column_is_shown_only_where_the_model_sees_it(tmp_path: Path) -> None:
    seen = ("x", "contract")
    head = Classifier(score=BREAKS_ONE_CONTRACT.score, features=seen)
    found = measure(tmp_path, head, BASE, ACCURACY, sensitive=["gender"])
    examples = found["metrics/accuracy/regression"].details["changed_rows"]
    assert {tuple(example["features"]) for example in examples} == {seen}


def test_a_numeric_column_is_told_by_its_quarter(tmp_path: Path) -> None:
    head = Classifier(score=lambda d: np.where((d.x > 0) & (d.tenure > 55), 0.1, BASE.score(d)))
    found = measure(tmp_path, head, BASE, ACCURACY)
    first = found["metrics/accuracy/regression"].details["carried_by"][0]
    assert (first["column"], first["quarter"], first["high"]) == ("tenure", "highest", 71)
    assert first["share"] > 0.9


def test_missing_values_are_a_slice(tmp_path: Path) -> None:
    frame = rows()
    frame["contract"] = frame.contract.where(frame.contract != "two years", None)
    head = Classifier(score=lambda d: np.where((d.x > 0) & d.contract.isna(), 0.1, BASE.score(d)))
    found = measure(tmp_path, head, BASE, ACCURACY, frame=frame)
    assert found["metrics/accuracy/regression"].details["carried_by"][0]["missing"] is True


def test_rows_that_are_broken_at_random_have_no_slice(tmp_path: Path) -> None:
    random = np.random.default_rng(3).random(1000)
    head = Classifier(score=lambda d: np.where(random < 0.1, 1 - BASE.score(d), BASE.score(d)))
    found = measure(tmp_path, head, BASE, ACCURACY)
    assert "carried_by" not in found["metrics/accuracy/regression"].details


def test_errors_that_grew_and_shrank_are_counted(tmp_path: Path) -> None:
    frame = rows().assign(churned=lambda d: 10 * d.x)
    base = Other(values=lambda d: 10 * d.x + 1)
    head = Other(values=lambda d: 10 * d.x + np.where(d.contract == "yearly", 5, 0.5))
    limits = {"mean_absolute_error": {"max_drop": 0.01}, "r2": {"max_drop": 0.0001}}
    found = measure(tmp_path, head, base, limits, frame=frame)
    yearly = int((frame.contract == "yearly").sum())
    for name in limits:
        finding = found[f"metrics/{name}/regression"]
        assert finding.outcome is Outcome.FAILED
        assert finding.details["error_grew"] == yearly
        assert finding.details["error_shrank"] == 1000 - yearly
        assert finding.details["carried_by"][0]["value"] == "yearly"
        assert finding.details["changed_rows"][0]["features"]["contract"] == "yearly"


def test_an_undecided_drop_is_explained_and_an_improvement_is_not(tmp_path: Path) -> None:
    few = rows(60)
    head = Classifier(score=lambda d: np.where(d.index == 7, 1 - BASE.score(d), BASE.score(d)))
    found = measure(tmp_path, head, BASE, ACCURACY, frame=few)["metrics/accuracy/regression"]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.details["flipped_to_wrong"] == 1
    assert len(found.details["changed_rows"]) == 1
    better = measure(tmp_path, BASE, BREAKS_ONE_CONTRACT, {"f1": {"max_drop": 0.01}})
    assert better["metrics/f1/regression"].outcome is Outcome.PASSED
    assert "flipped_to_wrong" not in better["metrics/f1/regression"].details


def test_nothing_of_a_cell_is_told_where_that_is_withheld(tmp_path: Path) -> None:
    with withholding(on=True):
        found = measure(tmp_path, BREAKS_ONE_CONTRACT, BASE, ACCURACY)
    details = found["metrics/accuracy/regression"].details
    assert "changed_rows" not in details
    assert details["flipped_to_wrong"] > 0
    assert set(details["carried_by"][0]) == {"column", "rows", "rows_share", "share"}


def test_labels_in_another_order_on_base_flip_nothing(tmp_path: Path) -> None:
    base = Classifier(score=lambda d: np.where(d.x > 0, 0.1, 0.9), classes=(1, 0))
    found = measure(tmp_path, BREAKS_ONE_CONTRACT, base, ACCURACY)
    assert found["metrics/accuracy/regression"].details["flipped_to_right"] == 0
