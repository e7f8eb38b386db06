"""What mlgate.yml may say of the metrics check: problems are found before anything runs."""

from pathlib import Path
from typing import Any

import pytest

from mlgate.checks.metrics import Metrics
from mlgate.config.load import load
from mlgate.config.model import Config, DataSpec, ModelSpec
from mlgate.errors import ConfigurationError

TYPES = {"metrics": "mlgate.checks.metrics:Metrics"}
HEAD = """\
version: 1
data: {test: {path: test.csv, target: y}}
models: {m: model.joblib}
checks:
  - type: metrics
"""


def configured(tmp_path: Path, lines: str) -> Config:
    path = tmp_path / "mlgate.yml"
    path.write_text(HEAD + "".join(f"    {line}\n" for line in lines.splitlines()))
    return load(path, TYPES)


def problems(tmp_path: Path, lines: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        configured(tmp_path, lines)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "lines",
    [
        "model: m\ndata: test",
        "model: m\ndata: test\nmetrics: default",
        "model: m\ndata: test\nmetrics: {roc_auc: {min: 0.8, max_drop: 0.01}, log_loss: {max: 1}}",
        "file: metrics.json\nmetrics: {test.accuracy: {max_drop: 0.01}, cost: {max: 3}}",
        "file: m.yaml\nmetrics: {cost: {max_drop_relative: 0.1, greater_is_better: false}}",
    ],
)
def test_both_forms_load(tmp_path: Path, lines: str) -> None:
    (entry,) = configured(tmp_path, lines).entries
    assert isinstance(entry.check, Metrics)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("metrics: default", "needs `model` and `data`, or `file`"),
        ("model: m", "needs `model` and `data`, or `file`"),
        (
            "model: m\nfile: metrics.json\nmetrics: {accuracy: {min: 1}}",
            "leave out `model` and `data`, or `file`",
        ),
        ("file: metrics.json", "`file` needs `metrics`"),
        ("model: m\ndata: test\nmetrics: {}", "is empty"),
        ("model: m\ndata: test\nmetrics: {accuracy: {}}", "has no limit"),
        ("model: m\ndata: test\nmetrics: {accuracy: {min: 1, max: 0}}", "larger than max"),
        ("model: m\ndata: test\nmetrics: {accuracy: {max_drop: -1}}", "greater than or equal to 0"),
        ("model: m\ndata: test\nmetrics: {accuracy: {max_drop_relative: 5}}", "less than or equal"),
        ("model: m\ndata: test\nmetrics: {accuracy: {min: .nan}}", "finite"),
        ("model: m\ndata: tset", "'tset' is not defined under `data`; did you mean 'test'?"),
        ("model: n\ndata: test", "'n' is not defined under `models`"),
        (
            "model: m\ndata: test\nmetrics: {accuracy: {min: 1, greater_is_better: true}}",
            "leave out `greater_is_better`",
        ),
        (
            "file: metrics.json\nmetrics: {test.cost: {max_drop: 1}}",
            "is more of 'test.cost' better? Say `greater_is_better: true` or `false`",
        ),
    ],
)
def test_what_cannot_be_meant_is_a_problem(tmp_path: Path, lines: str, expected: str) -> None:
    (problem,) = problems(tmp_path, lines)
    assert expected in problem


def test_each_unknown_metric_is_reported_where_it_stands_with_the_nearest_name(
    tmp_path: Path,
) -> None:
    found = problems(
        tmp_path,
        "model: m\ndata: test\nmetrics:\n  roc_auk: {min: 0.8}\n  accuracy: {min: 0.8}\n"
        "  logloss: {max: 1}\n  zzz: {max: 1}",
    )
    for problem, start, end in zip(
        found,
        ("mlgate.yml:9:", "mlgate.yml:11:", "mlgate.yml:12:"),
        (
            ": checks[0].metrics.roc_auk: there is no metric 'roc_auk'; did you mean 'roc_auc'?",
            ": checks[0].metrics.logloss: there is no metric 'logloss'; did you mean 'log_loss'?",
            ": there is no metric 'zzz'; scikit-learn's scorer names are known",
        ),
        strict=True,
    ):
        assert problem.startswith(start)
        assert problem.endswith(end)


def recommended(data: dict[str, Any], models: dict[str, Any]) -> list[dict[str, Any]]:
    return list(
        Metrics.recommend(
            {name: DataSpec.model_validate(spec) for name, spec in data.items()},
            {name: ModelSpec.model_validate(spec) for name, spec in models.items()},
        )
    )


def test_one_model_and_one_test_set_recommend_one_check() -> None:
    found = recommended(
        {"train": {"path": "a", "target": "y"}, "test": {"path": "b", "target": "y"}}, {"m": "c"}
    )
    assert found == [{"model": "m", "data": "test", "metrics": "default"}]
    assert Metrics.model_validate({"type": "metrics", **found[0]}).name == "metrics"


def test_several_recommended_checks_have_ids_of_their_own() -> None:
    data = {"test": {"path": "a", "target": "y"}, "holdout": {"path": "b", "target": "y"}}
    data["holdout"]["role"] = "test"
    found = recommended(data, {"m": "c", "n": "d"})
    assert [check["id"] for check in found] == [
        "metrics-m-test",
        "metrics-m-holdout",
        "metrics-n-test",
        "metrics-n-holdout",
    ]


@pytest.mark.parametrize(
    ("data", "models"),
    [
        ({"test": {"path": "a"}}, {"m": "c"}),
        ({"train": {"path": "a", "target": "y"}}, {"m": "c"}),
        ({"test": {"path": "a", "target": "y", "role": "current"}}, {"m": "c"}),
        ({"test": {"path": "a", "target": "y"}}, {}),
    ],
)
def test_nothing_is_recommended_without_model_target_and_test_set(
    data: dict[str, Any], models: dict[str, Any]
) -> None:
    assert recommended(data, models) == []
