"""Weights, clusters, and the metrics that scikit-learn has no scorer for, through the check."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sklearn_metrics

from mlgate.checks.metrics import Metrics
from mlgate.checks.scorers import METRICS, find
from mlgate.errors import ColumnNotFound, DataNotReadable, MlgateError
from mlgate.results import Finding, Outcome
from tests.unit.checks.in_process import Broken, Classifier, Other, inputs_with

ROWS = 300


def rows(seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    y = (random.random(ROWS) < 0.4).astype(int)
    signal = y + random.normal(0, 0.8, ROWS)
    return pd.DataFrame(
        {
            "a": 1 / (1 + np.exp(1.2 - 2 * (signal + random.normal(0, 0.3, ROWS)))),
            "b": 1 / (1 + np.exp(1.2 - 2 * signal)),
            "w": random.uniform(0, 3, ROWS),
            "user": np.arange(ROWS) // 6,
            "y": y,
        }
    )


@contextmanager
def world(root: Path, frame: pd.DataFrame, **spec: Any) -> Iterator[Any]:
    head = Classifier(score=lambda rows: rows["a"], features=("a",))
    base = Classifier(score=lambda rows: rows["b"], features=("b",))
    with inputs_with(root, frame, head, base, target="y", **spec) as inputs:
        yield inputs


def run(inputs: Any, metrics: dict[str, Any], **more: Any) -> dict[str, Finding]:
    check = Metrics.model_validate(
        {"type": "metrics", "model": "m", "data": "test", "metrics": metrics, "slices": [], **more}
    )
    return {finding.id.removeprefix("metrics/"): finding for finding in check.run(inputs).findings}


def test_weights_count_in_values_and_intervals(tmp_path: Path) -> None:
    frame = rows()
    limits = {name: {"max_drop": 1} for name in ("accuracy", "f1", "roc_auc", "log_loss", "ece")}
    with world(tmp_path, frame, weight="w") as inputs:
        seen = run(inputs, limits)
    with world(tmp_path, frame.drop(columns="w")) as inputs:
        plain = run(inputs, limits)
    labels, weights = frame.a > 0.5, frame.w
    expected = {
        "accuracy": sklearn_metrics.accuracy_score(frame.y, labels, sample_weight=weights),
        "f1": sklearn_metrics.f1_score(frame.y, labels, sample_weight=weights),
        "roc_auc": sklearn_metrics.roc_auc_score(frame.y, frame.a, sample_weight=weights),
        "log_loss": sklearn_metrics.log_loss(frame.y, frame.a, sample_weight=weights),
    }
    for name, value in expected.items():
        finding = seen[f"{name}/regression"]
        assert finding.observed == pytest.approx(value)
        assert finding.details["weighted"] is True
        assert "weighted" in str(finding.details["method"])
        assert isinstance(finding.observed, float)
        assert isinstance(finding.baseline, float)
        assert finding.details["difference"] == pytest.approx(finding.observed - finding.baseline)
    for name in limits:
        weighted, unweighted = seen[f"{name}/regression"], plain[f"{name}/regression"]
        assert weighted.observed != unweighted.observed
        assert "weighted" not in unweighted.details


@pytest.mark.parametrize("how", ["cluster", "group"])
def test_clusters_widen_the_interval_and_are_counted(tmp_path: Path, how: str) -> None:
    frame = rows()
    random = np.random.default_rng(1)
    frame["a"] = (frame.a + np.repeat(random.normal(0, 0.3, ROWS // 6), 6)).clip(0.01, 0.99)
    spec = {"group": "user"} if how == "group" else {}
    more = {"cluster": "user"} if how == "cluster" else {}
    with world(tmp_path, frame, **spec) as inputs:
        clustered = run(inputs, {"log_loss": {"max_drop": 0}}, **more)["log_loss/regression"]
    with world(tmp_path, frame) as inputs:
        plain = run(inputs, {"log_loss": {"max_drop": 0}})["log_loss/regression"]
    assert clustered.details["clusters"] == ROWS // 6
    assert clustered.details["difference"] == pytest.approx(plain.details["difference"])
    assert clustered.details["standard_error"] != plain.details["standard_error"]
    assert "50 clusters" in str(clustered.details["method"])


@pytest.mark.parametrize(
    ("column", "spec", "error", "says"),
    [
        ({"w": -1.0}, {"weight": "w"}, DataNotReadable, "300 of 300 weights of test are missing, "),
        ({"w": np.nan}, {"weight": "w"}, DataNotReadable, "300 of 300 weights"),
        ({"w": np.inf}, {"weight": "w"}, DataNotReadable, "300 of 300 weights"),
        ({"w": "much"}, {"weight": "w"}, DataNotReadable, "300 of 300 weights"),
        ({"w": 0}, {"weight": "w"}, DataNotReadable, "all weights of test are zero"),
        ({}, {"weight": "W"}, ColumnNotFound, "'W' is not in the data set test"),
        ({}, {"group": "users"}, ColumnNotFound, "'users' is not in the data set test"),
        ({"user": None}, {"group": "user"}, DataNotReadable, "300 of 300 rows of test have no v"),
        ({"user": [[1]] * ROWS}, {"group": "user"}, DataNotReadable, "holds no keys"),
    ],
)
def test_what_is_no_weight_or_cluster_is_never_green(
    tmp_path: Path,
    column: dict[str, Any],
    spec: dict[str, Any],
    error: type[MlgateError],
    says: str,
) -> None:
    with (
        world(tmp_path, rows().assign(**column), **spec) as inputs,
        pytest.raises(error) as caught,
    ):
        run(inputs, {"accuracy": {"min": 0}})
    assert says in caught.value.what
    assert caught.value.remedy


def test_a_cluster_of_a_metrics_file_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="holds no rows"):
        Metrics.model_validate(
            {"type": "metrics", "file": "m.json", "cluster": "u", "metrics": {"a": {"min": 0}}}
        )


# Classes that are missing


def three_classes(root: Path, present: int, metric: str) -> Finding:
    random = np.random.default_rng(0)
    truth = random.integers(0, present, ROWS)
    proba = random.dirichlet([1, 1, 1], ROWS)
    frame = pd.DataFrame({"i": np.arange(ROWS), "y": truth})
    model = Other(
        values=lambda rows: proba.argmax(axis=1)[rows.i],
        classes=(0, 1, 2),
        probabilities=lambda rows: proba[rows.i],
    )
    with inputs_with(root, frame, model, target="y") as inputs:
        (finding,) = run(inputs, {metric: {"min": -1}}).values()
    return finding


@pytest.mark.parametrize(
    "metric", ["f1_macro", "balanced_accuracy", "roc_auc_ovr", "average_precision", "recall_macro"]
)
def test_a_mean_over_classes_needs_every_class(tmp_path: Path, metric: str) -> None:
    assert three_classes(tmp_path, 3, metric).outcome is Outcome.PASSED
    finding = three_classes(tmp_path, 2, metric)
    assert finding.outcome is Outcome.ERRORED
    assert "1 of 3 are not in the target: 2" in finding.message


@pytest.mark.parametrize("metric", ["accuracy", "f1_weighted", "f1_micro", "log_loss", "ece"])
def test_a_mean_over_rows_keeps_its_meaning_without_a_class(tmp_path: Path, metric: str) -> None:
    assert three_classes(tmp_path, 2, metric).outcome is Outcome.PASSED


def test_a_class_whose_rows_weigh_nothing_is_missing(tmp_path: Path) -> None:
    frame = rows()
    frame["w"] = np.where(frame.y == 1, 0.0, 1.0)
    with world(tmp_path, frame, weight="w") as inputs:
        (finding,) = run(inputs, {"roc_auc": {"min": 0}}).values()
    assert finding.outcome is Outcome.ERRORED
    assert "holds only one" in finding.message


# Numbers


def regression(root: Path, metrics: dict[str, Any], truth: Any = None) -> dict[str, Finding]:
    random = np.random.default_rng(2)
    y = random.normal(10, 2, ROWS) if truth is None else truth
    frame = pd.DataFrame(
        {"a": y + random.normal(0, 1.5, ROWS), "b": y + random.normal(0, 1, ROWS), "y": y}
    )
    head = Other(values=lambda rows: rows["a"].to_numpy())
    base = Other(values=lambda rows: rows["b"].to_numpy())
    with inputs_with(root, frame, head, base, target="y") as inputs:
        return run(inputs, metrics)


def test_a_quantile_has_a_loss_of_its_own(tmp_path: Path) -> None:
    seen = regression(
        tmp_path, {"quantile_loss_0.9": {"max_drop": 0.01}, "quantile_loss": {"min": 0}}
    )
    finding = seen["quantile_loss_0.9/regression"]
    assert finding.outcome is Outcome.FAILED
    assert finding.expected == "rise <= 0.01"
    assert isinstance(finding.observed, float)
    assert isinstance(finding.baseline, float)
    assert finding.details["difference"] == pytest.approx(finding.observed - finding.baseline)
    assert finding.observed != seen["quantile_loss"].observed


@pytest.mark.parametrize("name", ["quantile_loss_0", "quantile_loss_1", "quantile_loss_1.5",
                                  "quantile_loss_0.0", "quantile_loss_x"])  # fmt: skip
def test_a_quantile_lies_between_0_and_1(name: str) -> None:
    assert find(name) is None
    with pytest.raises(ValueError, match="there is no metric"):
        Metrics.model_validate(
            {"type": "metrics", "model": "m", "data": "d", "metrics": {name: {"min": 0}}}
        )


def test_short_names_are_the_long_ones() -> None:
    for short, name in {"rmse": "root_mean_squared_error", "brier": "brier_score"}.items():
        assert METRICS[short].scorer == METRICS[name].scorer
        assert METRICS[short].name == short
        assert not METRICS[short].greater_is_better


def test_a_relative_error_beside_a_target_of_zero_is_never_green(tmp_path: Path) -> None:
    truth = np.arange(ROWS) % 5
    (finding,) = regression(tmp_path, {"mape": {"max": 1e30}}, truth).values()
    assert finding.outcome is Outcome.ERRORED
    assert "which is 0 in 60 of 300 rows" in finding.message


@pytest.mark.parametrize("metric", ["r2", "explained_variance", "pearson", "spearman",
                                    "d2_absolute_error_score"])  # fmt: skip
def test_a_constant_target_has_no_share_to_explain(tmp_path: Path, metric: str) -> None:
    seen = regression(tmp_path, {metric: {"min": -1e9, "max_drop": 1e9}}, np.full(ROWS, 3.0))
    assert {finding.outcome for finding in seen.values()} == {Outcome.ERRORED}
    assert all("which is 3 in every row" in finding.message for finding in seen.values())


def test_a_negative_baseline_keeps_the_direction_of_a_relative_limit(tmp_path: Path) -> None:
    seen = regression(tmp_path, {"neg_mean_absolute_error": {"max_drop_relative": 0.1}})
    finding = seen["neg_mean_absolute_error/regression"]
    assert isinstance(finding.baseline, float)
    assert finding.baseline < 0
    assert finding.outcome is Outcome.FAILED
    assert finding.details["allowed_drop"] == pytest.approx(-0.1 * finding.baseline)
    assert finding.expected == "drop <= 10 % of base"
    assert finding.details["p_value"] is not None


# Seeds


def by_column(column: str) -> Classifier:
    return Classifier(score=lambda rows: rows[column], features=(column,))


def seeded(root: Path, frame: pd.DataFrame, third: Any) -> dict[str, Finding]:
    frame.to_parquet(root / "test.parquet")
    models = {"m": by_column("a"), "m2": by_column("b"), "m3": third}
    with inputs_with(root, frame, by_column("a"), by_column("b"), target="y") as inputs:

        class Named:
            def __getattr__(self, name: str) -> Any:
                return getattr(inputs, name)

            def model(self, name: str, side: str = "head") -> Any:
                return inputs.model(name, side) if side == "base" else models[name]

            def model_spec(self, name: str, side: str = "head") -> Any:
                return inputs.model_spec("m", "head")

        return run(Named(), {"log_loss": {"min": 0, "max_drop": 0.01}}, seeds=["m2", "m3"])


def test_the_mean_of_several_seeds_is_compared(tmp_path: Path) -> None:
    seen = seeded(tmp_path, rows(), by_column("a"))
    finding = seen["log_loss/regression"]
    values = finding.details["seeds"]
    assert isinstance(values, list)
    assert len(values) == 3
    assert finding.observed == pytest.approx(np.mean(np.array(values, dtype=float)))
    assert finding.baseline == values[1]
    assert str(finding.details["method"]).startswith("3 seeds, ")
    assert seen["log_loss"].observed == values[0]


def test_a_seed_that_fails_is_never_green(tmp_path: Path) -> None:
    seen = seeded(tmp_path, rows(), Broken())
    assert seen["log_loss"].outcome is Outcome.PASSED
    assert seen["log_loss/regression"].outcome is Outcome.ERRORED
    assert "predict raised ValueError" in seen["log_loss/regression"].message


@pytest.mark.parametrize("seeds", [["m"], ["a", "a"]])
def test_a_seed_is_another_model(seeds: list[str]) -> None:
    with pytest.raises(ValueError, match="twice, or `model` itself"):
        Metrics.model_validate({"type": "metrics", "model": "m", "data": "d", "seeds": seeds})
    known = Metrics.model_validate({"type": "metrics", "model": "m", "data": "d", "seeds": ["x"]})
    assert known.references().models == ("m", "x")
