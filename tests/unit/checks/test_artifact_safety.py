"""The check artifact-safety, and that nothing loads what it blocks."""

import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.linear_model import LogisticRegression

from mlgate.checks import CHECKS
from mlgate.checks.artifact_safety import ArtifactSafety
from mlgate.config.load import load
from mlgate.errors import ArtifactBlocked, MlgateError
from mlgate.plan import make_plan
from mlgate.results import Finding, Outcome
from tests.corpus.hostile import SYSTEM, call, dumped
from tests.support import make_inputs

SOUND = LogisticRegression().fit(np.eye(4), [0, 1, 0, 1])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "head"
    folder.mkdir()
    joblib.dump(SOUND, folder / "m.joblib")
    return folder


def run(root: Path, base: Path | None = None, **parameters: Any) -> dict[str, Finding]:
    check = ArtifactSafety.model_validate({"type": "artifact-safety", **parameters})
    with make_inputs(
        root, models={"m": "m.joblib"}, base_root=base, allow=parameters.get("allow", ())
    ) as inputs:
        seen = check.run(inputs)
    return {finding.id: finding for finding in seen.findings}


def test_a_sound_model_is_safe_and_what_it_imports_is_in_the_details(root):
    finding = run(root)["artifact-safety/m"]
    assert finding.outcome is Outcome.PASSED
    assert finding.details["format"] == "joblib"
    assert "sklearn.linear_model._logistic.LogisticRegression" in finding.details["imports"]  # type: ignore[operator]


def test_a_blocked_model_fails_with_the_import_the_opcode_and_the_reason(root):
    (root / "m.joblib").write_bytes(dumped([np.ones(3), SYSTEM], compress=3))
    finding = run(root)["artifact-safety/m"]
    assert finding.outcome is Outcome.FAILED
    assert "m (m.joblib, joblib (zlib)) is blocked: it uses posix.system (STACK_GLOBAL at byte" in (
        finding.message
    )
    assert finding.location is not None
    assert finding.details["dangers"] == [
        {
            "place": "byte 290",
            "opcode": "STACK_GLOBAL",
            "import": "posix.system",
            "why": "it can run code or commands",
        }
    ]


def test_a_damaged_model_is_blocked(root):
    (root / "m.joblib").write_bytes(dumped(SOUND)[:-20])
    finding = run(root)["artifact-safety/m"]
    assert finding.outcome is Outcome.FAILED
    assert "cannot be read to its end" in finding.message


def test_a_missing_model_is_errored(root):
    (root / "m.joblib").unlink()
    assert run(root)["artifact-safety/m"].outcome is Outcome.ERRORED


def test_bases_model_is_looked_into_and_warns(root, tmp_path):
    base = tmp_path / "base"
    base.mkdir()
    (base / "m.joblib").write_bytes(pickle.dumps(SYSTEM))
    found = run(root, base)
    assert found["artifact-safety/m"].outcome is Outcome.PASSED
    assert found["artifact-safety/m/base"].outcome is Outcome.FAILED
    assert found["artifact-safety/m/base"].severity == "warning"


def test_a_class_of_the_repository_is_safe_once_it_is_allowed(root):
    (root / "shop.py").write_text("class Model: ...")
    (root / "m.joblib").write_bytes(call("shop", "Model", ()))
    blocked = run(root)["artifact-safety/m"]
    assert blocked.outcome is Outcome.FAILED
    assert "`{type: artifact-safety, allow: ['shop.*']}`" in blocked.message
    assert run(root, allow=["shop.*"])["artifact-safety/m"].outcome is Outcome.PASSED


def test_more_files_are_given_by_patterns(root):
    (root / "more").mkdir()
    (root / "more" / "a.pkl").write_bytes(pickle.dumps([1]))
    (root / "more" / "b.pkl").write_bytes(pickle.dumps(SYSTEM))
    found = run(root, files=["more/*.pkl", "none/*.pkl"])
    assert found["artifact-safety/more/*.pkl"].outcome is Outcome.PASSED
    assert found["artifact-safety/more/b.pkl"].outcome is Outcome.FAILED
    assert found["artifact-safety/none/*.pkl"].outcome is Outcome.ERRORED


@pytest.mark.parametrize(
    "parameters",
    [{"allow": ["os.*"]}, {"allow": ["*"]}, {"files": ["/etc/*"]}, {"files": ["../*"]}],
)
def test_what_must_not_be_allowed_or_named_is_a_problem_of_the_configuration(parameters):
    with pytest.raises(ValidationError):
        ArtifactSafety.model_validate({"type": "artifact-safety", **parameters})


def test_without_models_and_files_nothing_is_green(tmp_path):
    check = ArtifactSafety(type="artifact-safety")
    with make_inputs(tmp_path) as inputs, pytest.raises(MlgateError, match="no file to look into"):
        check.run(inputs)


def test_it_is_recommended_once_for_all_models(tmp_path):
    file = tmp_path / "mlgate.yml"
    file.write_text("version: 1\nmodels: {a: a.joblib, b: b.joblib}\nchecks: recommended\n")
    plan = make_plan(load(file, CHECKS), CHECKS)
    assert [step.check.name for step in plan.steps if step.check.type == "artifact-safety"] == [
        "artifact-safety"
    ]


class TestLoading:
    """With or without the check in mlgate.yml."""

    def test_a_blocked_model_is_never_loaded(self, root):
        touched = root / "touched"
        (root / "m.joblib").write_bytes(call("pathlib", "Path.touch", (str(touched),)))
        with make_inputs(root, models={"m": "m.joblib"}) as inputs:
            with pytest.raises(ArtifactBlocked, match=r"m \(m.joblib, head\) was not loaded"):
                inputs.model("m")
            (record,) = inputs.records()
        assert not touched.exists()
        assert (record.role, record.size) == ("model", (root / "m.joblib").stat().st_size)

    def test_the_repositorys_tests_are_not_given_its_environment(self, root):
        (root / "m.joblib").write_bytes(pickle.dumps(SYSTEM))
        with make_inputs(root, models={"m": "m.joblib"}) as inputs:
            with pytest.raises(ArtifactBlocked):
                inputs.environment("m")
            assert inputs.environment(None)

    def test_bases_blocked_model_is_never_loaded(self, root, tmp_path):
        base = tmp_path / "base"
        base.mkdir()
        (base / "m.joblib").write_bytes(pickle.dumps(SYSTEM))
        with (
            make_inputs(root, models={"m": "m.joblib"}, base_root=base) as inputs,
            pytest.raises(ArtifactBlocked, match="base"),
        ):
            inputs.model("m", "base")

    def test_a_sound_model_is_loaded_and_its_format_is_in_the_ledger(self, root):
        with make_inputs(root, models={"m": "m.joblib"}) as inputs:
            assert inputs.model("m").describe().classes == (0, 1)
            (record,) = inputs.records()
        assert record.format == "joblib"
