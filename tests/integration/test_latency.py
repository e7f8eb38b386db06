"""The latency check on real models, each in a process of its own."""

import shutil
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from mlgate.checks.latency import Latency
from mlgate.errors import ModelFailed
from mlgate.results import Outcome
from tests.support import make_inputs

SLOW = """
import time


class Slow:
    def __init__(self, seconds):
        self.seconds = seconds

    def predict(self, rows):
        time.sleep(self.seconds)
        return [0] * len(rows)


class Timeless(Slow):
    def predict(self, rows):
        time.perf_counter = lambda: 1e12
        return [0] * len(rows)


class Hungry(Slow):
    def predict(self, rows):
        self.memory = bytearray(300 << 20)
        return super().predict(rows)
"""


@pytest.fixture
def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Head and base with the same rows, and a module of models."""
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 3)), columns=["a", "b", "c"])
    folders = {side: tmp_path / side for side in ("head", "base")}
    for folder in folders.values():
        folder.mkdir()
        rows.assign(y=(rows.a > 0).astype(int)).to_csv(folder / "test.csv", index=False)
        (folder / "slow_models.py").write_text(SLOW)
    monkeypatch.syspath_prepend(str(folders["head"]))
    return folders


def save(folder: Path, model: object) -> None:
    joblib.dump(model, folder / "m.joblib")


def measure(sides: dict[str, Path], *, base: bool = True, **parameters: Any) -> dict[str, Any]:
    given = {"type": "latency", "model": "m", "data": "test", "seconds": 0.1} | parameters
    with make_inputs(
        sides["head"],
        data={"test": {"path": "test.csv", "target": "y"}},
        models={"m": {"path": "m.joblib", "timeout": 30}},
        base_root=sides["base"] if base else None,
        allow=["slow_models.*"],
    ) as inputs:
        seen = Latency.model_validate(given).run(inputs)
    assert seen.rows == 200
    return {finding.id: finding for finding in seen.findings}


def test_the_same_model_is_as_fast_as_itself(sides: dict[str, Path]) -> None:
    rows = pd.read_csv(sides["head"] / "test.csv")
    save(sides["head"], LogisticRegression().fit(rows[["a", "b", "c"]], rows.y))
    shutil.copy(sides["head"] / "m.joblib", sides["base"])
    limits = {
        "single_p50": {"max": 10_000, "max_increase": 9},
        "batch_p50": {"max_increase": 9},
        "memory": {"max_increase": 9},
        "size": {"max": 1, "max_increase": 0},
        "load": {"max": 1000},
    }
    found = measure(sides, limits=limits)
    assert len(found) == 7
    assert {finding.outcome for finding in found.values()} == {Outcome.PASSED}
    increase = found["latency/single_p50/increase"]
    assert increase.details["rounds"] >= 11
    assert increase.details["n"] >= increase.details["rounds"]
    assert 0 < increase.details["p50"] <= increase.details["p95"] <= increase.details["p99"]


def test_a_model_that_takes_twenty_times_as_long_fails_by_default(sides: dict[str, Path]) -> None:
    from slow_models import Slow  # type: ignore[import-not-found]

    save(sides["head"], Slow(0.02))
    save(sides["base"], Slow(0.001))
    found = measure(sides)
    for measure_ in ("single_p50", "batch_p50"):
        finding = found[f"latency/{measure_}/increase"]
        assert finding.outcome is Outcome.FAILED
        assert finding.details["ratio"] > 5
        assert finding.baseline is not None


def test_a_model_that_became_faster_passes(sides: dict[str, Path]) -> None:
    from slow_models import Slow

    save(sides["head"], Slow(0.001))
    save(sides["base"], Slow(0.02))
    assert {f.outcome for f in measure(sides).values()} == {Outcome.PASSED}


def test_what_is_too_slow_in_itself_fails(sides: dict[str, Path]) -> None:
    from slow_models import Slow

    save(sides["head"], Slow(0.02))
    found = measure(sides, base=False, limits={"single_p50": {"max": 5}, "single_p95": {"max": 5}})
    assert {finding.outcome for finding in found.values()} == {Outcome.FAILED}


def test_memory_that_grew_fails(sides: dict[str, Path]) -> None:
    from slow_models import Hungry, Slow

    save(sides["head"], Hungry(0.0))
    save(sides["base"], Slow(0.0))
    (finding,) = measure(sides, limits={"memory": {"max_increase": 0.5}}).values()
    assert finding.outcome is Outcome.FAILED
    assert finding.details["unit"] == "MiB"


def test_without_a_base_there_is_nothing_to_compare_with(sides: dict[str, Path]) -> None:
    from slow_models import Slow

    save(sides["head"], Slow(0.0))
    found = measure(sides, base=False)
    assert {finding.outcome for finding in found.values()} == {Outcome.SKIPPED}
    assert all(finding.details["no_baseline"] for finding in found.values())


def test_a_base_model_that_fails_is_errored(sides: dict[str, Path]) -> None:
    from slow_models import Slow

    save(sides["head"], Slow(0.0))
    (sides["base"] / "m.joblib").write_bytes(b"nonsense")
    assert {finding.outcome for finding in measure(sides).values()} == {Outcome.ERRORED}


def test_a_model_that_claims_to_take_no_time_is_errored(sides: dict[str, Path]) -> None:
    import slow_models

    for folder in sides.values():
        save(folder, slow_models.Timeless(0.0))
    with pytest.raises(ModelFailed, match="answered that it took no time"):
        measure(sides)
