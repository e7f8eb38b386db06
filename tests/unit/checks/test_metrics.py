"""The metrics check on real models: what is measured, compared, skipped, and never green."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss, mean_absolute_error, roc_auc_score
from sklearn.svm import LinearSVC

from mlgate.artifacts import formats
from mlgate.artifacts.interface import DataSet, Workspace
from mlgate.artifacts.safety.interface import Scan
from mlgate.checks.interface import Inputs, Measurement
from mlgate.checks.limits import Limits
from mlgate.checks.metric_findings import compared
from mlgate.checks.metrics import Metrics
from mlgate.config.model import DataSpec, ModelSpec
from mlgate.errors import (
    BaselineNotFound,
    ColumnNotFound,
    DataNotReadable,
    MlgateError,
    ModelFailed,
    NoBaseline,
)
from mlgate.results import Finding, Outcome, Side, combined
from mlgate.sandbox.interface import Description, Model
from mlgate.stats.decision import decide
from mlgate.stats.difference import Difference


class InProcess(Model):
    """A scikit-learn estimator in the test's own process; counts what it is asked."""

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator
        self.asked: list[str] = []

    def describe(self) -> Description:
        names = getattr(self.estimator, "feature_names_in_", None)
        classes = getattr(self.estimator, "classes_", None)
        return Description(
            kind=type(self.estimator).__name__,
            features=None if names is None else tuple(map(str, names)),
            classes=None if classes is None else tuple(np.asarray(classes).tolist()),
            probabilities=hasattr(self.estimator, "predict_proba"),
        )

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        self.asked.append("predict")
        return np.asarray(self.estimator.predict(rows))

    def predict_proba(self, rows: pd.DataFrame) -> np.ndarray:
        self.asked.append("predict_proba")
        return np.asarray(self.estimator.predict_proba(rows))


class Fixed:
    """An estimator that gives prepared answers, whatever it is asked about."""

    def __init__(self, labels: Any = None, *, classes: Any = None, proba: Any = None) -> None:
        self.labels = labels
        if classes is not None:
            self.classes_ = classes
        if proba is not None:
            self.predict_proba = lambda _: np.asarray(proba)

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        return np.asarray(self.labels)


class Broken(InProcess):
    """A model that fails at every question."""

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        self.asked.append("predict")
        raise ModelFailed("the model raised ZeroDivisionError")


@dataclass(kw_only=True)
class World(Inputs):
    """Real data files of two sides, and models in the test's own process."""

    root: Path
    spec: dict[str, Any] = field(default_factory=lambda: {"target": "y"})
    models: dict[Side, Model | MlgateError] = field(default_factory=dict)
    frames: dict[Side, pd.DataFrame | MlgateError] = field(default_factory=dict)
    features: tuple[str, ...] = ()

    @property
    def head(self) -> Workspace:
        return Workspace(side="head", root=self.root, commit=None)

    @property
    def directory(self) -> str:
        return "."

    def data_spec(self, name: str, side: Side = "head") -> DataSpec:
        return DataSpec.model_validate({"path": f"{side}.parquet", **self.spec})

    def model_spec(self, name: str, side: Side = "head") -> ModelSpec:
        return ModelSpec(path="model.joblib", features=self.features)

    def data(self, name: str, side: Side = "head") -> DataSet:
        frame = self.frames.get(side, NoBaseline(f"{side} has no data set {name}"))
        if isinstance(frame, MlgateError):
            raise frame
        path = self.root / f"{side}.parquet"
        frame.to_parquet(path)
        spec = self.data_spec(name, side)
        return DataSet(name=name, spec=spec, side=side, path=path, read=partial(formats.read))

    def model(self, name: str, side: Side = "head") -> Model:
        model = self.models.get(side, NoBaseline("this repository has no earlier commit"))
        if isinstance(model, MlgateError):
            raise model
        return model

    @property
    def model_names(self) -> Sequence[str]:
        raise NotImplementedError

    def scan_model(self, name: str, side: Side = "head") -> Scan:
        raise NotImplementedError

    def scan_file(self, path: str) -> Scan:
        raise NotImplementedError

    def clocked(self, name, side="head"):
        raise NotImplementedError

    def file(
        self, path: str, side: Side = "head", *, role: Literal["data", "suite"] = "data"
    ) -> Path:
        raise NotImplementedError

    def environment(self, model: str | None) -> Sequence[str]:
        raise NotImplementedError


def check(metrics: Any = "default", **more: Any) -> Metrics:
    return Metrics.model_validate(
        {
            "type": "metrics",
            "model": "m",
            "data": "test",
            "metrics": metrics,
            "slices": [],  # test_slices.py has them
            **more,
        }
    )


def findings(seen: Measurement) -> dict[str, Finding]:
    return {finding.id: finding for finding in seen.findings}


def binary(rows: int = 400, labels: tuple[Any, Any] = (0, 1)) -> tuple[pd.DataFrame, pd.Series]:
    values, codes = make_classification(
        2 * rows, 6, n_informative=4, flip_y=0.1, class_sep=0.8, random_state=3
    )
    frame = pd.DataFrame(values, columns=[f"x{i}" for i in range(6)])
    return frame, pd.Series(np.where(codes == 1, labels[1], labels[0]))


@pytest.fixture
def sound(tmp_path: Path) -> World:
    """The same good model on both sides, and 400 rows."""
    frame, target = binary()
    model = LogisticRegression().fit(frame[:400], target[:400])
    rows = frame[400:].assign(y=target[400:]).reset_index(drop=True)
    return World(
        root=tmp_path,
        models={"head": InProcess(model), "base": InProcess(model)},
        frames={"head": rows, "base": rows},
    )


@pytest.fixture
def worse(sound: World) -> World:
    """A head that was trained on labels of which a third is wrong."""
    frame, target = binary()
    noise = np.random.default_rng(0).random(400) < 0.4
    noisy = target[:400].where(~noise, 1 - target[:400])
    model = RandomForestClassifier(20, max_depth=3, random_state=0).fit(frame[:400], noisy)
    sound.models["head"] = InProcess(model)
    return sound


def rows_of(world: World, side: Side = "head") -> pd.DataFrame:
    frame = world.frames[side]
    assert isinstance(frame, pd.DataFrame)
    return frame


def estimator(world: World, side: Side) -> Any:
    model = world.models[side]
    assert isinstance(model, InProcess)
    return model.estimator


def test_the_same_model_is_no_regression_and_says_so(sound: World) -> None:
    seen = check({"accuracy": {"max_drop": 0}, "roc_auc": {"max_drop": 0}}).run(sound)
    assert seen.rows == 400
    assert combined(seen.findings) is Outcome.PASSED
    for finding in seen.findings:
        assert finding.details["decision"] == "no regression"
        assert finding.details["difference"] == 0
        assert finding.interval == (0, 0)
        assert "the two models gave the same answer on every row" in finding.message


def test_values_are_scikit_learns_on_the_model_itself(worse: World) -> None:
    limits = {name: {"max_drop": 0.5} for name in ("accuracy", "roc_auc", "log_loss", "f1")}
    seen = findings(check(limits).run(worse))
    rows = rows_of(worse)
    features, truth = rows.drop(columns="y"), rows.y
    for side, place in (("head", "observed"), ("base", "baseline")):
        model = estimator(worse, side)  # type: ignore[arg-type]
        proba = model.predict_proba(features)
        expected = {
            "accuracy": accuracy_score(truth, model.predict(features)),
            "roc_auc": roc_auc_score(truth, proba[:, 1]),
            "log_loss": log_loss(truth, proba),
            "f1": f1_score(truth, model.predict(features)),
        }
        for name, value in expected.items():
            assert getattr(seen[f"metrics/{name}/regression"], place) == pytest.approx(value)


def test_a_worse_model_regresses_in_either_direction_of_the_metric(worse: World) -> None:
    seen = findings(
        check({"accuracy": {"max_drop": 0.01}, "log_loss": {"max_drop": 0.01}}).run(worse)
    )
    accuracy, loss = seen["metrics/accuracy/regression"], seen["metrics/log_loss/regression"]
    assert accuracy.outcome is loss.outcome is Outcome.FAILED
    assert accuracy.interval is not None
    assert loss.interval is not None
    assert accuracy.interval[1] < 0 < loss.interval[0]  # head minus base, in the metric's direction
    assert accuracy.expected == "drop <= 0.01"
    assert loss.expected == "rise <= 0.01"
    assert accuracy.details["greater_is_better"] is True
    assert loss.details["greater_is_better"] is False
    assert accuracy.details["method"] == "Tango score"
    wrong, right = (accuracy.details[f"flipped_to_{way}"] for way in ("wrong", "right"))
    assert isinstance(wrong, int)
    assert isinstance(right, int)
    assert (right - wrong) / 400 == pytest.approx(accuracy.details["difference"])
    assert "fell from" in accuracy.message
    assert "rose from" in loss.message
    assert "400 rows of test" in loss.message
    assert "a rise of at most 0.01 is allowed" in loss.message


def test_a_better_model_passes(worse: World) -> None:
    worse.models["head"], worse.models["base"] = worse.models["base"], worse.models["head"]
    assert combined(check().run(worse).findings) is Outcome.PASSED


def test_few_rows_are_inconclusive_and_say_how_many_would_decide(worse: World) -> None:
    few = rows_of(worse)[:12]
    worse.frames = {"head": few, "base": few}
    finding = findings(check({"roc_auc": {"max_drop": 0.01}}).run(worse))[
        "metrics/roc_auc/regression"
    ]
    assert finding.outcome is Outcome.INCONCLUSIVE
    needed = finding.details["rows_needed"]
    assert isinstance(needed, int)
    assert needed > 12
    assert f"about {needed:,} rows would" in finding.message
    assert finding.details["smallest_detectable_drop"]


@pytest.mark.parametrize(
    ("limits", "outcome", "expected"),
    [
        ({"min": 0.7}, Outcome.PASSED, ">= 0.7"),
        ({"min": 0.99}, Outcome.FAILED, ">= 0.99"),
        ({"max": 0.5}, Outcome.FAILED, "<= 0.5"),
        ({"min": 0.5, "max": 0.95}, Outcome.PASSED, ">= 0.5 and <= 0.95"),
    ],
)
def test_limits_hold_for_the_value(
    sound: World, limits: dict[str, float], outcome: Outcome, expected: str
) -> None:
    del sound.models["base"]  # not needed, and not asked for
    (finding,) = check({"accuracy": limits}).run(sound).findings
    assert finding.id == "metrics/accuracy"
    assert finding.outcome is outcome
    assert finding.expected == expected
    assert finding.baseline is None


def test_limits_and_comparison_are_two_findings_with_both_values(worse: World) -> None:
    seen = findings(check({"accuracy": {"min": 0.1, "max_drop": 0.01}}).run(worse))
    assert set(seen) == {"metrics/accuracy", "metrics/accuracy/regression"}
    assert seen["metrics/accuracy"].outcome is Outcome.PASSED
    assert seen["metrics/accuracy"].baseline == seen["metrics/accuracy/regression"].baseline
    assert seen["metrics/accuracy/regression"].outcome is Outcome.FAILED


def test_a_relative_drop_is_a_share_of_base(worse: World) -> None:
    (finding,) = check({"log_loss": {"max_drop_relative": 0.1}}).run(worse).findings
    assert isinstance(finding.baseline, float)
    assert finding.details["allowed_drop"] == pytest.approx(0.1 * finding.baseline)
    assert finding.expected == "rise <= 10 % of base"
    (both,) = check({"log_loss": {"max_drop": 1e-3, "max_drop_relative": 0.1}}).run(worse).findings
    assert both.details["allowed_drop"] == 1e-3
    assert both.expected == "rise <= 0.001 and <= 10 % of base"


def test_each_model_is_asked_once(worse: World) -> None:
    limits = {name: {"max_drop": 0.1} for name in ("accuracy", "recall_macro", "roc_auc")}
    check({**limits, "log_loss": {"min": 0, "max_drop": 0.2}}).run(worse)
    for model in worse.models.values():
        assert isinstance(model, InProcess)
        assert sorted(model.asked) == ["predict", "predict_proba"]


def test_a_model_that_fails_is_not_asked_again(sound: World) -> None:
    broken = Broken(estimator(sound, "head"))
    sound.models["head"] = broken
    seen = check({"accuracy": {"min": 0.1, "max_drop": 0.1}, "f1": {"min": 0.1}}).run(sound)
    assert [f.outcome for f in seen.findings] == [Outcome.ERRORED] * 3
    assert all("ZeroDivisionError" in f.message for f in seen.findings)
    assert broken.asked == ["predict"]


# Labels, classes and their order


def test_labels_may_be_text_and_the_positive_class_is_the_models_second(tmp_path: Path) -> None:
    frame, target = binary(200, ("no", "yes"))
    model = LogisticRegression().fit(frame[:200], target[:200])
    rows = frame[200:].assign(y=target[200:])
    world = World(root=tmp_path, models={"head": InProcess(model)}, frames={"head": rows})
    names = ("f1", "precision", "recall", "roc_auc", "average_precision", "brier_score")
    seen = findings(check({name: {"min": 0} for name in names}).run(world))
    truth, features = rows.y, rows.drop(columns="y")
    assert seen["metrics/f1"].observed == pytest.approx(
        f1_score(truth, model.predict(features), pos_label="yes")
    )
    assert seen["metrics/roc_auc"].observed == pytest.approx(
        roc_auc_score(truth == "yes", model.predict_proba(features)[:, 1])
    )
    world.spec = {"target": "y", "positive": "no"}
    turned = findings(check({"f1": {"min": 0}, "roc_auc": {"min": 0}}).run(world))
    assert turned["metrics/f1"].observed == pytest.approx(
        f1_score(truth, model.predict(features), pos_label="no")
    )
    assert turned["metrics/roc_auc"].observed == pytest.approx(seen["metrics/roc_auc"].observed)


def test_classes_in_another_order_are_the_same_answers(sound: World) -> None:
    model, rows = estimator(sound, "base"), rows_of(sound).drop(columns="y")
    sound.models["head"] = InProcess(
        Fixed(model.predict(rows), classes=[1, 0], proba=model.predict_proba(rows)[:, ::-1])
    )
    sound.spec = {"target": "y", "positive": 1}
    seen = check({"roc_auc": {"max_drop": 0}, "log_loss": {"max_drop": 0}}).run(sound)
    assert combined(seen.findings) is Outcome.PASSED
    assert all(finding.details["difference"] == 0 for finding in seen.findings)


def test_three_classes_have_accuracy_log_loss_and_averages(tmp_path: Path) -> None:
    values, labels = make_classification(
        600, 6, n_informative=5, n_redundant=0, n_classes=3, flip_y=0.1, random_state=0
    )
    frame = pd.DataFrame(values, columns=list("abcdef"))
    model = LogisticRegression().fit(frame[:300], labels[:300])
    rows = frame[300:].assign(y=labels[300:])
    world = World(
        root=tmp_path,
        models={"head": InProcess(model), "base": InProcess(model)},
        frames={"head": rows, "base": rows},
    )
    assert set(findings(check().run(world))) == {
        "metrics/accuracy/regression",
        "metrics/log_loss/regression",
    }
    names = ("f1_macro", "roc_auc_ovr", "top_k_accuracy", "balanced_accuracy")
    seen = check({name: {"min": 0.3} for name in names}).run(world)
    assert combined(seen.findings) is Outcome.PASSED
    (errored,) = check({"roc_auc": {"min": 0}}).run(world).findings
    assert errored.outcome is Outcome.ERRORED
    assert "two classes, and there are 3" in errored.message
    assert "roc_auc_ovr" in errored.message


def test_a_rare_class_that_the_rows_lack_costs_log_loss_nothing(tmp_path: Path) -> None:
    truth = np.array([0, 1] * 20)
    proba = np.tile([0.6, 0.3, 0.1], (40, 1))
    model = InProcess(Fixed(truth, classes=[0, 1, 2], proba=proba))
    frame = pd.DataFrame({"x": range(40), "y": truth})
    world = World(root=tmp_path, models={"head": model}, frames={"head": frame})
    (finding,) = check({"log_loss": {"max": 1}}).run(world).findings
    assert finding.observed == pytest.approx(-(np.log(0.6) + np.log(0.3)) / 2)


# Numbers


@pytest.fixture
def numbers(tmp_path: Path) -> World:
    values, target = make_regression(600, 4, noise=10, random_state=0)
    frame = pd.DataFrame(values, columns=list("abcd"))
    model = LinearRegression().fit(frame[:300], target[:300])
    rows = frame[300:].assign(y=target[300:])
    return World(
        root=tmp_path,
        models={"head": InProcess(model), "base": InProcess(model)},
        frames={"head": rows, "base": rows},
    )


def test_a_regressor_is_compared_by_its_errors(numbers: World) -> None:
    model, rows = estimator(numbers, "base"), rows_of(numbers)
    predicted = model.predict(rows.drop(columns="y"))
    noise = np.random.default_rng(0).normal(0, 10, 300)
    numbers.models["head"] = InProcess(Fixed(predicted + noise))
    seen = findings(check().run(numbers))
    assert set(seen) == {
        "metrics/mean_absolute_error/regression",
        "metrics/root_mean_squared_error/regression",
    }
    for finding in seen.values():
        assert finding.outcome is Outcome.FAILED
        assert finding.details["greater_is_better"] is False
    assert seen["metrics/mean_absolute_error/regression"].observed == pytest.approx(
        mean_absolute_error(rows.y, predicted + noise)
    )


def test_a_relative_limit_beside_a_perfect_base_is_never_green(numbers: World) -> None:
    truth = rows_of(numbers).y.to_numpy()
    numbers.models = {"head": InProcess(Fixed(truth + 1)), "base": InProcess(Fixed(truth))}
    (finding,) = check({"mean_absolute_error": {"max_drop_relative": 0.1}}).run(numbers).findings
    assert finding.outcome is Outcome.ERRORED
    assert "base's value is 0" in finding.message
    assert "use max_drop" in finding.message


def test_a_unit_change_that_moves_every_row_alike_still_fails(numbers: World) -> None:
    truth = rows_of(numbers).y.to_numpy()
    numbers.models = {"head": InProcess(Fixed(truth + 12)), "base": InProcess(Fixed(truth + 2))}
    (finding,) = check({"mean_absolute_error": {"max_drop": 0.5}}).run(numbers).findings
    assert finding.outcome is Outcome.FAILED
    assert finding.details["difference"] == pytest.approx(10)


def test_the_largest_error_has_no_interval_and_decides_nothing(numbers: World) -> None:
    truth = rows_of(numbers).y.to_numpy()
    numbers.models["head"] = InProcess(Fixed(truth + 1))
    (finding,) = check({"max_error": {"max_drop": 0.5}}).run(numbers).findings
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.interval is None
    assert "one row" in finding.message


# No baseline


def test_without_a_baseline_limits_are_checked_and_comparisons_skipped(sound: World) -> None:
    del sound.models["base"]
    seen = findings(check({"accuracy": {"min": 0.5, "max_drop": 0.01}}).run(sound))
    assert seen["metrics/accuracy"].outcome is Outcome.PASSED
    skipped = seen["metrics/accuracy/regression"]
    assert skipped.outcome is Outcome.SKIPPED
    assert skipped.details["no_baseline"] is True
    assert skipped.observed == seen["metrics/accuracy"].observed
    assert "no earlier commit" in skipped.message


def test_comparisons_alone_without_a_baseline_are_not_green(sound: World) -> None:
    del sound.models["base"]
    assert combined(check().run(sound).findings) is Outcome.SKIPPED


@pytest.mark.parametrize(
    "error",
    [BaselineNotFound("the base commit cannot be fetched"), ModelFailed("base does not load")],
)
def test_a_base_that_cannot_be_had_is_errored_and_limits_still_decide(
    sound: World, error: MlgateError
) -> None:
    sound.models["base"] = error
    seen = findings(check({"accuracy": {"min": 0.99, "max_drop": 0.01}}).run(sound))
    assert seen["metrics/accuracy"].outcome is Outcome.FAILED
    assert seen["metrics/accuracy/regression"].outcome is Outcome.ERRORED
    assert f"base: {error.what}" in seen["metrics/accuracy/regression"].message


def test_a_base_that_fails_at_predicting_is_errored(sound: World) -> None:
    sound.models["base"] = Broken(estimator(sound, "base"))
    seen = findings(check({"accuracy": {"min": 0.5, "max_drop": 0.01}}).run(sound))
    assert seen["metrics/accuracy"].outcome is Outcome.PASSED
    assert seen["metrics/accuracy/regression"].outcome is Outcome.ERRORED


# Evaluation rows that changed


def easier(world: World) -> pd.DataFrame:
    """Only the rows that head has right."""
    rows = rows_of(world, "base")
    right = estimator(world, "head").predict(rows.drop(columns="y")) == rows.y
    easy: pd.DataFrame = rows.loc[right]
    return easy


def test_a_worse_model_does_not_pass_on_an_easier_set(worse: World) -> None:
    worse.frames["head"] = easier(worse)
    seen = check({"accuracy": {"max_drop": 0.01}}).run(worse)
    found = findings(seen)
    assert found["metrics/accuracy/regression"].outcome is Outcome.PASSED
    on_base = found["metrics/accuracy/base-rows"]
    assert on_base.outcome is Outcome.FAILED
    assert "base's" in on_base.subject
    differ = found["metrics/evaluation-data"]
    assert differ.outcome is Outcome.PASSED
    assert differ.severity == "warning"
    assert "differ" in differ.message
    assert differ.details["sha256"] != differ.details["base_sha256"]
    assert seen.rows == len(rows_of(worse)) + 400


def test_the_same_rows_in_another_file_do_not_differ(sound: World, tmp_path: Path) -> None:
    rows = rows_of(sound)
    sound.frames["base"] = rows.copy()
    original = sound.data("test", "base").sha256
    rows.attrs["written"] = "anew"
    assert sound.data("test", "head").sha256 != original
    seen = findings(check({"accuracy": {"max_drop": 0.01}}).run(sound))
    assert set(seen) == {"metrics/accuracy/regression"}


def test_a_base_without_the_data_set_is_noted_only(sound: World) -> None:
    del sound.frames["base"]
    (finding,) = check({"accuracy": {"max_drop": 0.01}}).run(sound).findings
    assert finding.outcome is Outcome.PASSED
    assert finding.details["base_rows"] == "base has no data set test"


def test_base_rows_that_cannot_be_read_are_said_to_be_unknown(sound: World) -> None:
    sound.frames["base"] = DataNotReadable("base.parquet is a Git LFS pointer")
    seen = findings(check({"accuracy": {"max_drop": 0.01}}).run(sound))
    assert seen["metrics/evaluation-data"].outcome is Outcome.SKIPPED
    assert "LFS pointer" in seen["metrics/evaluation-data"].message
    assert seen["metrics/accuracy/regression"].outcome is Outcome.PASSED


def test_a_new_feature_skips_only_the_comparison_on_base_rows(sound: World) -> None:
    rows = rows_of(sound)
    wider = rows.assign(new=1.0)
    sound.frames["head"] = wider
    model = LogisticRegression().fit(wider.drop(columns="y"), wider.y)
    sound.models["head"] = InProcess(model)
    seen = findings(check({"accuracy": {"max_drop": 0.05}}).run(sound))
    assert seen["metrics/accuracy/regression"].outcome is Outcome.PASSED
    assert seen["metrics/accuracy/base-rows"].outcome is Outcome.SKIPPED
    assert seen["metrics/evaluation-data"].outcome is Outcome.SKIPPED
    assert "new" in seen["metrics/evaluation-data"].message


def test_changed_rows_alone_make_nothing_green(sound: World) -> None:
    sound.frames["base"] = rows_of(sound)[:200]
    del sound.models["base"]
    assert combined(check().run(sound).findings) is Outcome.SKIPPED


# What is never green


def replace(**columns: Any) -> Callable[[World], None]:
    def change(world: World) -> None:
        frame = rows_of(world).assign(**columns)
        world.frames = {"head": frame, "base": frame}

    return change


def spec(**values: Any) -> Callable[[World], None]:
    return lambda world: world.spec.update(values)


def answer(**answers: Any) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.models["head"] = InProcess(Fixed(**answers))

    return change


def one_nan(world: World) -> None:
    labels = rows_of(world).y.to_numpy().astype(float)
    labels[6] = np.nan
    answer(labels=labels, classes=[0, 1])(world)


def no_rows(world: World) -> None:
    world.frames = {"head": rows_of(world)[:0]}


HALF = np.full((400, 2), 0.5)
ONES = np.ones(400, dtype=int)


@pytest.mark.parametrize(
    ("damage", "metric", "says"),
    [
        (one_nan, "accuracy", "1 of 400 predictions are missing, NaN or infinite, the first in ro"),
        (answer(labels=ONES[1:], classes=[0, 1]), "accuracy", "shape (399,) for 400 rows"),
        (answer(labels=np.ones((400, 2)), classes=[0, 1]), "accuracy", "shape (400, 2)"),
        (answer(labels=[[1]] * 400, classes=[0, 1]), "accuracy", "shape (400, 1)"),
        (answer(labels=[None] * 400, classes=[0, 1]), "accuracy", "400 of 400 predictions"),
        (answer(labels=ONES, classes=[0, 1]), "roc_auc", "has no predict_proba"),
        (answer(labels=ONES, proba=HALF), "roc_auc", "has no classes_"),
        (answer(labels=ONES, classes=[0, 1], proba=HALF * 3), "log_loss", "between 0 and 1"),
        (answer(labels=ONES, classes=[0, 1], proba=HALF[:, :1]), "log_loss", "shape (400, 1)"),
        (answer(labels=ONES, classes=[0, 1], proba=HALF * np.nan), "roc_auc", "NaN"),
        (
            answer(labels=ONES, classes=[0, 1], proba=[["a", "b"]] * 400),
            "roc_auc",
            "are not numbers",
        ),
        (answer(labels=["1"] * 400, classes=["0", "1"]), "accuracy", "is a class of the model"),
        (answer(labels=["a"] * 400), "mean_absolute_error", "are not numbers"),
        (answer(labels=np.full(400, np.inf)), "r2", "NaN or infinite"),
        (replace(y=1), "roc_auc", "needs two classes, and the target holds only one"),
        (replace(y=1), "recall", "needs two classes"),
        (replace(y=1), "balanced_accuracy", "needs two classes"),
        (replace(y=np.inf), "mean_absolute_error", "400 of 400 targets of test are infinite"),
        (replace(y=-1.0), "mean_poisson_deviance", "cannot be computed"),
        (replace(y=[[1]] * 400), "accuracy", "are no classes"),
        (spec(positive=True), "f1", None),
        (spec(positive="yes"), "f1", "positive class 'yes' is none of 0, 1"),
        (lambda world: None, "top_k_accuracy", "use accuracy"),
    ],
)
def test_a_metric_that_cannot_be_had_is_errored_and_says_why(
    sound: World, damage: Callable[[World], None], metric: str, says: str | None
) -> None:
    damage(sound)
    seen = check({metric: {"min": -1e9, "max_drop": 1e9}}).run(sound).findings
    if says is None:  # True is 1 in Python and in scikit-learn
        assert {finding.outcome for finding in seen} == {Outcome.PASSED}
        return
    assert [finding.outcome for finding in seen] == [Outcome.ERRORED] * 2
    assert all(says in finding.message for finding in seen)
    assert all(finding.observed is None for finding in seen)


@pytest.mark.parametrize(
    ("damage", "error", "says"),
    [
        (spec(target=None), ColumnNotFound, "the data set test has no target"),
        (spec(target="Y"), ColumnNotFound, "'Y' is not in the data set test"),
        (replace(y=None), DataNotReadable, "400 of 400 rows of test have no value in the target"),
        (
            replace(y=lambda frame: frame.y.where(frame.index > 2)),
            DataNotReadable,
            "3 of 400 rows of test have no value",
        ),
        (no_rows, DataNotReadable, "has no rows"),
        (answer(labels=ONES, classes=[1, 1]), ModelFailed, "not distinct"),
        (
            lambda world: world.frames.update(head=rows_of(world).drop(columns="x2")),
            ColumnNotFound,
            "the data have no column x2, which the model was trained on",
        ),
    ],
)
def test_without_rows_or_model_the_check_says_why(
    sound: World, damage: Callable[[World], None], error: type[MlgateError], says: str
) -> None:
    damage(sound)
    with pytest.raises(error) as caught:
        check({"accuracy": {"min": 0}}).run(sound)
    assert says in caught.value.what
    assert caught.value.remedy


def test_a_warning_of_scikit_learn_is_kept(sound: World) -> None:
    frame = rows_of(sound)
    never = DummyClassifier(strategy="constant", constant=0).fit(frame.drop(columns="y"), frame.y)
    sound.models["head"] = InProcess(never)
    (finding,) = check({"precision": {"min": 0.5}}).run(sound).findings
    assert finding.outcome is Outcome.FAILED
    warnings = finding.details["warnings"]
    assert isinstance(warnings, list)
    assert "ill-defined" in str(warnings[0])


def test_a_model_that_stops_predicting_a_class_regresses(sound: World) -> None:
    frame = rows_of(sound)
    never = DummyClassifier(strategy="constant", constant=0).fit(frame.drop(columns="y"), frame.y)
    sound.models["head"] = InProcess(never)
    (finding,) = check({"recall": {"max_drop": 0.1}}).run(sound).findings
    assert finding.outcome is Outcome.FAILED
    assert finding.details["method"] == "bootstrap of counts"


def test_a_classifier_without_probabilities_is_compared_by_accuracy(sound: World) -> None:
    frame = rows_of(sound)
    model = LinearSVC().fit(frame.drop(columns="y"), frame.y)
    sound.models = {"head": InProcess(model), "base": InProcess(model)}
    assert set(findings(check().run(sound))) == {"metrics/accuracy/regression"}


def test_a_classifier_that_hides_its_classes_is_compared_by_accuracy(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": range(40), "y": ["a", "b"] * 20})
    model = InProcess(Fixed(["a", "b"] * 20))
    world = World(
        root=tmp_path, models={"head": model, "base": model}, frames=dict.fromkeys(SIDES, frame)
    )
    (finding,) = check().run(world).findings
    assert finding.id == "metrics/accuracy/regression"
    assert finding.observed == 1


SIDES: tuple[Side, Side] = ("head", "base")


def test_the_model_sees_its_columns_only(sound: World) -> None:
    seen: list[list[str]] = []

    class Watching(Fixed):
        def predict(self, rows: pd.DataFrame) -> np.ndarray:
            seen.append(list(rows.columns))
            return super().predict(rows)

    sound.models = {"head": InProcess(Watching(ONES, classes=[0, 1]))}
    frame = rows_of(sound)
    sound.frames = dict.fromkeys(SIDES, frame.assign(x1=frame.x1.abs()))
    sound.spec = {"target": "y", "ids": ["x0"], "weight": "x1"}
    check({"accuracy": {"min": 0}}).run(sound)
    sound.features = ("x3", "x0")
    check({"accuracy": {"min": 0}}).run(sound)
    assert seen == [["x2", "x3", "x4", "x5"], ["x3", "x0"]]


def test_a_failing_value_never_looks_like_its_limit(tmp_path: Path) -> None:
    truth = np.array([1] * 79_999 + [0] * 20_001)
    frame = pd.DataFrame({"x": np.zeros(100_000), "y": truth})
    model = InProcess(Fixed(np.ones(100_000, dtype=int), classes=[0, 1]))
    world = World(root=tmp_path, models={"head": model}, frames={"head": frame})
    (finding,) = check({"accuracy": {"min": 0.8}}).run(world).findings
    assert finding.outcome is Outcome.FAILED
    assert (
        "accuracy is 0.79999 on 100,000 rows of test; at least 0.8 is required" in finding.message
    )


def test_an_interval_that_excludes_no_change_never_looks_as_if_it_ended_there() -> None:
    seen = Difference(
        value=0.142, standard_error=0.07, interval=(0.0012, 0.283), rows=60, method="paired t"
    )
    finding = compared(
        "metrics/log_loss/regression",
        "log_loss",
        Limits(max_drop=0.05),
        decide(seen, allowed=0.05, greater_is_better=False),
        (0.65, 0.508),
        subject="log_loss",
        greater_is_better=False,
        where="on 60 rows of test",
        details={},
    )
    assert finding.message == (
        "log_loss rose from 0.508 to 0.650 on 60 rows of test; head minus base is 0.142 "
        "(95 % interval 0.001 to 0.283), and a rise of at most 0.05 is allowed"
    )
