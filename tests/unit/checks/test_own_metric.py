"""What is told of an own metric before it runs."""

from pathlib import Path

import pytest

from mlgate.checks import CHECKS
from mlgate.checks.own_metric import folders, problem
from mlgate.config.load import load
from mlgate.errors import ConfigurationError

CONFIG = """version: 1
data: {{test: {{path: test.csv, target: churned}}}}
models: {{churn: churn.joblib}}
checks:
  - type: metrics
    model: churn
    data: test
    metrics:
      accuracy: {{min: 0.5}}
      {metric}
"""


def problems(root: Path, metric: str) -> list[str]:
    file = root / "mlgate.yml"
    file.write_text(CONFIG.format(metric=metric))
    with pytest.raises(ConfigurationError) as caught:
        load(file, CHECKS, root=root)
    return [str(found) for found in caught.value.problems]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "metrics.py").write_text(
        "import numpy as np\n"
        "def expected_profit(y_true, y_pred): return 1.0\n"
        "try:\n    fast = 1\nexcept ImportError:\n    def slow(y_true, y_pred): return 0\n"
    )
    (tmp_path / "shop" / "wrong.py").write_text("x = 1\ndef f(:\n")
    (tmp_path / "shop" / "stars.py").write_text("from shop.metrics import *\n")
    return tmp_path


def test_a_function_that_is_there_is_accepted(root: Path) -> None:
    file = root / "mlgate.yml"
    metric = "shop.metrics:expected_profit: {max_drop: 1, greater_is_better: true}"
    file.write_text(CONFIG.format(metric=metric))
    assert len(load(file, CHECKS, root=root).entries) == 1


def test_an_unknown_function_is_an_error_at_its_key_with_the_nearest_name(root: Path) -> None:
    (said,) = problems(root, "shop.metrics:expectd_profit: {min: 1}")
    assert said.startswith("mlgate.yml:10:7: checks[0].metrics.shop.metrics:expectd_profit: ")
    assert said.endswith(
        "shop/metrics.py defines no 'expectd_profit'; did you mean 'expected_profit'?"
    )


def test_an_unknown_module_is_an_error_at_its_key(root: Path) -> None:
    said = problems(root, "shop.metric:expected_profit: {min: 1}")[0]
    assert said.startswith("mlgate.yml:10:7: ")
    assert said.endswith(
        "there is no module 'shop.metric' in the repository: shop/metric.py; did you mean "
        "'shop.metrics'?"
    )


def test_a_comparison_needs_to_know_which_direction_is_worse(root: Path) -> None:
    said = problems(root, "shop.metrics:expected_profit: {max_drop: 1}")[0]
    assert "is more of 'shop.metrics:expected_profit' better?" in said


@pytest.mark.parametrize("name", ["shop.metrics:", ":f", "shop/metrics.py:f", "a b:c"])
def test_what_is_no_name_of_a_function_is_an_error(root: Path, name: str) -> None:
    assert "is `module:function`" in problems(root, f"'{name}': {{min: 1}}")[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("shop.metrics:expected_profit", None),
        ("shop.metrics:np", None),
        ("shop.metrics:fast", None),
        ("shop.metrics:slow", None),
        ("shop.stars:anything", None),
        ("shop.wrong:f", "shop/wrong.py:2: "),
        ("shop:f", "there is no module 'shop'"),
    ],
)
def test_names_are_found_in_the_source_without_running_it(
    root: Path, name: str, said: str | None
) -> None:
    found = problem(name, root, ".")
    assert found is None if said is None else str(found).startswith(said)


def test_modules_are_looked_for_from_the_folder_of_mlgate_yml_upwards(tmp_path: Path) -> None:
    (tmp_path / "apps" / "churn" / "src").mkdir(parents=True)
    assert list(folders(tmp_path, "apps/churn")) == [
        tmp_path / "apps" / "churn",
        tmp_path / "apps" / "churn" / "src",
        tmp_path / "apps",
        tmp_path,
    ]
    assert list(folders(tmp_path, ".")) == [tmp_path]
