"""Whether evaluation rows became easier, told by base's model."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlgate.checks.evaluation_rows import Easier, difference
from mlgate.config.model import DataSpec, ModelSpec
from mlgate.results import Finding, Outcome
from mlgate.sandbox.interface import Description
from tests.support import make_inputs
from tests.unit.checks.in_process import Other, WithModels

RNG = np.random.default_rng


def rows(seed: int, number: int = 600, wrong: float = 0.2) -> pd.DataFrame:
    """Rows whose target a model that answers `x` gets wrong so often."""
    draw = RNG(seed)
    x = draw.integers(0, 2, number)
    return pd.DataFrame(
        {"key": draw.permutation(number) + 10_000 * seed, "x": x,
         "y": np.where(draw.random(number) < wrong, 1 - x, x)}
    )  # fmt: skip


def numbers(seed: int, error: float = 1.0) -> pd.DataFrame:
    draw = RNG(seed)
    x = draw.normal(size=400)
    return pd.DataFrame({"x": x, "y": x + error * draw.normal(size=400)})


class SeesTheKey(Other):
    def describe(self) -> Description:
        return Description(kind="o", features=("key", "x"), classes=(0, 1), probabilities=False)


CLASSES = Other(values=lambda frame: frame["x"], classes=(0, 1))
NUMBERS = Other(values=lambda frame: frame["x"])


def look(
    root: Path, head: pd.DataFrame, base: pd.DataFrame | None, model: Any = CLASSES, **more: Any
) -> Finding:
    for side, frame in (("head", head), ("base", base)):
        (root / side).mkdir(parents=True)
        if frame is not None:
            frame.to_parquet(root / side / "test.parquet")
    with inputs(root, model, with_base=base is not None) as given:
        seen = Easier(type="evaluation-rows", model="m", data="test", **more).run(given)
    assert seen.rows > 0
    (finding,) = seen.findings
    assert finding.id == "evaluation-rows/easier"
    return finding


@contextmanager
def inputs(root: Path, model: Any, *, with_base: bool) -> Iterator[Any]:
    data = {"test": {"path": "test.parquet", "target": "y"}}
    base_root = root / "base" if with_base else None
    models = {"m": "m.joblib"}
    with make_inputs(root / "head", data=data, models=models, base_root=base_root) as given:
        yield WithModels(given, {"head": model, "base": model})


def test_the_same_rows_are_as_easy(tmp_path: Path) -> None:
    finding = look(tmp_path, rows(1), rows(1))
    assert finding.outcome is Outcome.PASSED
    assert "are base's" in finding.message


def test_rows_that_were_filtered_by_what_the_model_gets_right_are_easier(tmp_path: Path) -> None:
    base = rows(1)
    wrong = base["x"] != base["y"]
    finding = look(tmp_path, base[~wrong | (base.index % 4 == 0)], base)
    assert finding.outcome is Outcome.FAILED
    assert isinstance(finding.observed, float)
    assert finding.observed > 0.92
    assert finding.baseline == pytest.approx(0.8, abs=0.05)
    assert finding.details["metric"] == "accuracy"
    assert "the rows are easier" in finding.message


def test_other_rows_that_are_easier_fail_and_harder_ones_pass(tmp_path: Path) -> None:
    assert look(tmp_path / "a", rows(1, wrong=0.05), rows(2)).outcome is Outcome.FAILED
    assert look(tmp_path / "b", rows(1, wrong=0.4), rows(2)).outcome is Outcome.PASSED


def test_numbers_go_by_the_absolute_error(tmp_path: Path) -> None:
    finding = look(tmp_path / "a", numbers(1, error=0.5), numbers(2), NUMBERS)
    assert finding.outcome is Outcome.FAILED
    assert finding.details["metric"] == "mean absolute error"
    assert look(tmp_path / "b", numbers(1), numbers(2), NUMBERS).outcome is Outcome.PASSED


def test_what_is_allowed_passes_however_sure(tmp_path: Path) -> None:
    finding = look(tmp_path, rows(1, wrong=0.05), rows(2), max_gain=0.3)
    assert finding.outcome is Outcome.PASSED
    p_value = finding.details["p_value"]
    assert isinstance(p_value, float)
    assert p_value < 0.001


def test_few_rows_do_not_tell(tmp_path: Path) -> None:
    assert look(tmp_path, rows(1, 20, 0.0), rows(2, 600, 0.5)).outcome is Outcome.INCONCLUSIVE


def test_a_model_that_lacks_a_column_of_head_is_not_compared(tmp_path: Path) -> None:
    finding = look(tmp_path, rows(1).drop(columns="key"), rows(2), SeesTheKey(values=len))
    assert finding.outcome is Outcome.SKIPPED


def test_fresh_rows_alarm_as_seldom_as_alpha_says() -> None:
    alarms, runs = 0, 2000
    for seed in range(runs):
        draw = RNG(seed)
        losses = (draw.random(300) < 0.1).astype(float)
        head, base = np.split(losses, 2)
        gain, error = difference(head, base, np.arange(150), np.arange(150, 300))
        alarms += error > 0 and gain / error > 1.645
    assert 0.03 < alarms / runs < 0.07


def test_rows_of_both_sets_count_for_neither() -> None:
    losses = np.r_[np.ones(100), np.zeros(100)]
    keys = np.arange(200)
    assert difference(losses, losses, keys, keys) == (0.0, 0.0)
    gain, error = difference(losses[50:], losses, keys[50:], keys)
    # By hand: weights 1/200 for 50 rows, 1/200 - 1/150 for 150, and the variance of the losses.
    weights = 50 * (1 / 200) ** 2 + 150 * (1 / 200 - 1 / 150) ** 2
    assert gain == pytest.approx(0.5 - 1 / 3)
    assert error == pytest.approx(np.sqrt(np.var(losses, ddof=1) * weights))


def test_each_test_set_with_a_target_is_recommended_with_one_model() -> None:
    data = {"test": DataSpec(path="t.csv", target="y"), "train": DataSpec(path="a.csv", target="y")}
    models = {"answers": ModelSpec(path="a.csv"), "m": ModelSpec(path="m.joblib")}
    assert list(Easier.recommend(data, models)) == [{"model": "m", "data": "test"}]
    assert not list(Easier.recommend({"test": DataSpec(path="t.csv")}, models))
