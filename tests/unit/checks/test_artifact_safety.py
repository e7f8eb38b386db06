"""The check artifact-safety, and that nothing loads what it blocks."""

import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from pydantic import ValidationError
from sklearn.linear_model import LogisticRegression

from mlgate.checks import CHECKS
from mlgate.checks.artifact_safety import ArtifactSafety
from mlgate.config.load import load
from mlgate.errors import ArtifactBlocked, MlgateError, ModelFailed
from mlgate.plan import make_plan
from mlgate.results import Finding, Outcome
from tests.corpus.aged import aged
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


def test_the_versions_that_a_model_was_made_with_are_those_of_its_environment(root):
    finding = run(root)["artifact-safety/m/versions"]
    assert finding.outcome is Outcome.PASSED
    assert f"m fits its environment: scikit-learn {sklearn.__version__}" in finding.message
    assert f"scikit-learn {sklearn.__version__}" in finding.details["environment"]  # type: ignore[operator]


@pytest.mark.parametrize(("versions", "severity"), [("warning", "warning"), ("error", None)])
def test_other_versions_are_a_finding_before_the_model_is_loaded(root, versions, severity):
    (root / "m.joblib").write_bytes(aged(SOUND, "1.5.2"))
    found = run(root, versions=versions)
    assert found["artifact-safety/m"].outcome is Outcome.PASSED
    finding = found["artifact-safety/m/versions"]
    assert (finding.outcome, finding.severity) == (Outcome.FAILED, severity)
    assert finding.location is not None
    assert finding.message == (
        f"m: trained on scikit-learn 1.5.2, this environment has {sklearn.__version__}; to fix it: "
        "name a file with `scikit-learn==1.5.2` as the `requirements` of the model, or train it "
        "again"
    )


def test_other_versions_of_bases_model_only_ever_warn(root, tmp_path):
    base = tmp_path / "base"
    base.mkdir()
    (base / "m.joblib").write_bytes(aged(SOUND, "1.5.2"))
    found = run(root, base, versions="error")
    assert found["artifact-safety/m/versions"].outcome is Outcome.PASSED
    finding = found["artifact-safety/m/base/versions"]
    assert (finding.outcome, finding.severity) == (Outcome.FAILED, "warning")
    assert finding.message.startswith("base's m: trained on scikit-learn 1.5.2")


def test_a_model_that_tells_no_version_is_not_green_for_it(root):
    (root / "m.joblib").write_bytes(pickle.dumps([1]))
    finding = run(root)["artifact-safety/m/versions"]
    assert finding.outcome is Outcome.SKIPPED
    assert "does not tell which versions" in finding.message


def test_versions_are_not_looked_at_where_nobody_asks_or_nothing_would_be_loaded(root):
    assert set(run(root, versions="ignore")) == {"artifact-safety/m"}
    (root / "m.joblib").write_bytes(dumped([SOUND, SYSTEM]))
    assert set(run(root)) == {"artifact-safety/m"}


def test_an_environment_that_cannot_be_built_is_not_green(root):
    (root / "requirements.txt").write_text("--no-index\nno-such-package\n")
    check = ArtifactSafety(type="artifact-safety")
    models = {"m": {"path": "m.joblib", "requirements": "requirements.txt"}}
    with make_inputs(root, models=models) as inputs:
        found = {finding.id: finding for finding in check.run(inputs).findings}
    assert found["artifact-safety/m"].outcome is Outcome.PASSED
    assert found["artifact-safety/m/versions"].outcome is Outcome.ERRORED
    assert "requirements.txt cannot be built" in found["artifact-safety/m/versions"].message


def test_a_failure_is_explained_by_the_versions(root):
    content = aged(SOUND, "1.5.2").replace(b"linear_model._logistic\n", b"linear_model._goneaway\n")
    (root / "m.joblib").write_bytes(content)
    with (
        make_inputs(root, models={"m": "m.joblib"}) as inputs,
        pytest.raises(ModelFailed) as caught,
    ):
        inputs.model("m")
    assert "ModuleNotFoundError" in caught.value.what
    assert caught.value.cause == (
        f"trained on scikit-learn 1.5.2, this environment has {sklearn.__version__}"
    )
    assert "`scikit-learn==1.5.2`" in caught.value.remedy


def test_what_a_library_warned_of_while_it_loaded_a_model_is_a_note(root):
    (root / "m.joblib").write_bytes(aged(SOUND, "1.5.2"))
    with make_inputs(root, models={"m": "m.joblib"}) as inputs:
        inputs.model("m").predict(pd.DataFrame(np.eye(4)))
        notes = inputs.notes()
    assert any(
        note.startswith(
            "The model m (m.joblib, head) warned as it was loaded: Trying to unpickle estimator "
            "LogisticRegression from version 1.5.2"
        )
        for note in notes
    )


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
