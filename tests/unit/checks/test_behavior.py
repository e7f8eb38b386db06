import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from mlgate.checks.behavior import Behavior
from mlgate.checks.interface import Measurement
from mlgate.config.model import DataSpec, ModelSpec
from mlgate.errors import BaselineNotFound, ModelFailed
from mlgate.results import Finding, Outcome
from mlgate.sandbox.interface import Model
from tests.unit.checks.in_process import Broken, Classifier, Frame, Other, inputs_with

FRAME = pd.DataFrame(
    {
        "id": np.arange(10),
        "x": np.linspace(0.05, 0.95, 10),
        "kind": ["a", "b"] * 5,
        "y": [0, 1] * 5,
    }
)


def check(*tests: dict[str, Any], **more: Any) -> Behavior:
    given = {"type": "behavior", "model": "m", "data": "test", "tests": list(tests)} | more
    return Behavior.model_validate({key: v for key, v in given.items() if v is not None})


def measure(
    root: Path,
    model: Model,
    *tests: dict[str, Any],
    frame: Frame = FRAME,
    base: Model | Exception | None = None,
    without_data: bool = False,
    **spec: Any,
) -> Measurement:
    spec = {"target": "y"} | spec
    with inputs_with(root, frame, model, base, **spec) as inputs:
        return check(*tests, data=None if without_data else "test").run(inputs)


def one(root: Path, model: Model, test: dict[str, Any], **more: Any) -> Finding:
    (finding,) = measure(root, model, test, **more).findings
    return finding


def counterexamples(finding: Finding) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", finding.details["counterexamples"])


def invariance(change: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "ignores it", "kind": "invariance", "change": change, **more}


def directional(change: dict[str, Any], expect: str, **more: Any) -> dict[str, Any]:
    return {"name": "moves", "kind": "directional", "change": change, "expect": expect, **more}


def cases(rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"name": "knows", "kind": "minimum_functionality", "rows": rows, **more}


def by_x() -> Classifier:
    return Classifier(score=lambda rows: rows["x"].clip(0, 1))


def by_id() -> Classifier:
    return Classifier(score=lambda rows: rows["id"] / 9, features=("id", "x"))


# Invariance


def test_a_model_that_ignores_a_column_passes(tmp_path):
    finding = one(tmp_path, by_x(), invariance({"kind": {"set": "c"}}))
    assert finding.outcome is Outcome.PASSED
    assert finding.id == "behavior/ignores-it"
    assert finding.subject == "ignores it"
    assert finding.observed == 1.0
    assert finding.expected == "pass rate >= 1"
    assert finding.message == (
        "ignores it: 0 of 10 predictions change when kind is set to 'c' (0 %); none may"
    )
    assert finding.details["counterexamples"] == []


def test_a_model_that_learned_the_id_fails_with_its_worst_rows(tmp_path):
    finding = one(tmp_path, by_id(), invariance({"id": {"set": 0}}))
    assert finding.outcome is Outcome.FAILED
    assert finding.observed == pytest.approx(4 / 9)
    assert finding.message == (
        "ignores it: 5 of 9 predictions change when id is set to 0 (55.6 %); none may"
    )
    assert finding.details["rows"] == 9
    assert finding.details["unchanged"] == 1
    assert finding.details["violations"] == 5
    worst = counterexamples(finding)
    assert worst[0] == {
        "row": 9,
        "changed": {"id": [9, 0]},
        "prediction_before": 1,
        "prediction_after": 0,
        "score_of": 1,
        "score_before": 1.0,
        "score_after": 0.0,
    }
    assert [example["row"] for example in worst] == [9, 8, 7]


def test_a_share_of_violations_can_be_allowed(tmp_path):
    test = invariance({"id": {"set": 0}}, min_pass_rate=4 / 9)
    finding = one(tmp_path, by_id(), test)
    assert finding.outcome is Outcome.PASSED
    assert finding.message.endswith("(55.6 %); at most 55.6 % may")
    stricter = invariance({"id": {"set": 0}}, min_pass_rate=0.45)
    assert one(tmp_path, by_id(), stricter).outcome is Outcome.FAILED


def test_the_label_alone_decides_without_a_tolerance_and_the_score_too_with_one(tmp_path):
    change = {"x": {"multiply": 0.999}}
    assert one(tmp_path, by_x(), invariance(change)).outcome is Outcome.PASSED
    loose = invariance(change, tolerance=0.01)
    assert one(tmp_path, by_x(), loose).outcome is Outcome.PASSED
    tight = one(tmp_path, by_x(), invariance(change, tolerance=0.0005))
    assert tight.outcome is Outcome.FAILED
    assert tight.observed == 0.5
    assert "5 of 10 predictions change by more than 0.0005 when" in tight.message


def test_rounding_is_no_change(tmp_path):
    noisy = Classifier(score=lambda rows: 0.25 + 1e-12 * rows["id"], features=("id",))
    test = invariance({"id": "shuffle"}, tolerance=0)
    assert one(tmp_path, noisy, test).outcome is Outcome.PASSED


def test_a_regressor_must_stay_within_the_tolerance(tmp_path):
    model = Other(values=lambda rows: 1000 + rows["x"])
    change = {"x": {"add": 0.5}}
    assert one(tmp_path, model, invariance(change)).outcome is Outcome.FAILED
    assert one(tmp_path, model, invariance(change, tolerance=0.4)).outcome is Outcome.FAILED
    assert one(tmp_path, model, invariance(change, tolerance=0.5)).outcome is Outcome.PASSED


def test_a_classifier_without_probabilities_is_tested_by_its_labels(tmp_path):
    model = Other(values=lambda rows: np.where(rows["x"] > 0.5, "hi", "lo"), classes=("lo", "hi"))
    assert one(tmp_path, model, invariance({"kind": "shuffle"})).outcome is Outcome.PASSED
    failing = one(tmp_path, model, invariance({"x": {"add": 1}}))
    assert failing.outcome is Outcome.FAILED
    assert counterexamples(failing)[0]["prediction_after"] == "hi"


def test_scores_that_do_not_exist_cannot_be_tested(tmp_path):
    model = Other(values=lambda rows: np.zeros(len(rows), int), classes=(0, 1))
    for test in (
        invariance({"x": "shuffle"}, tolerance=0.1),
        directional({"x": {"add": 1}}, "not_increase"),
    ):
        finding = one(tmp_path, model, test)
        assert finding.outcome is Outcome.ERRORED
        assert "no predict_proba" in finding.message


def test_all_classes_count_for_a_tolerance(tmp_path):
    def probabilities(rows: Frame) -> Any:
        third = np.full(len(rows), 0.4)
        return np.column_stack([0.6 - 0.1 * rows["id"].clip(0, 1), 0.1 * rows["id"].clip(0, 1),
                                third])  # fmt: skip

    model = Other(
        values=lambda rows: np.full(len(rows), "a"),
        classes=("a", "b", "c"),
        probabilities=probabilities,
    )
    finding = one(tmp_path, model, invariance({"id": {"set": 0}}, tolerance=0.05), ids=[])
    assert finding.outcome is Outcome.FAILED
    assert counterexamples(finding)[0]["score_before"] == 0.5


# Directional expectation


@pytest.mark.parametrize(
    ("expect", "step", "passes"),
    [
        ("increase", 0.02, True),
        ("increase", -0.02, False),
        ("increase", 1e-12, False),
        ("decrease", -0.02, True),
        ("decrease", 0.02, False),
        ("not_increase", -0.02, True),
        ("not_increase", 1e-12, True),
        ("not_increase", 0.02, False),
        ("not_decrease", 0.02, True),
        ("not_decrease", -0.02, False),
    ],
)
def test_the_score_must_go_where_it_is_expected(tmp_path, expect, step, passes):
    finding = one(tmp_path, by_x(), directional({"x": {"add": step}}, expect))
    assert (finding.outcome is Outcome.PASSED) == passes
    assert finding.observed == (1.0 if passes else 0.0)


def test_a_tolerance_is_slack_against_the_direction_and_a_hurdle_in_it(tmp_path):
    change = {"x": {"add": 0.02}}
    for expect, outcome in (("not_increase", Outcome.PASSED), ("increase", Outcome.FAILED)):
        test = directional(change, expect, tolerance=0.03)
        assert one(tmp_path, by_x(), test).outcome is outcome


def test_a_violation_shows_the_rows_that_moved_most_the_wrong_way(tmp_path):
    model = Classifier(score=lambda rows: rows["x"] ** 2)
    finding = one(tmp_path, model, directional({"x": {"multiply": 0.9}}, "not_decrease"))
    assert "10 of 10 scores fall when x is multiplied by 0.9 (100 %)" in finding.message
    worst = counterexamples(finding)
    assert [example["row"] for example in worst] == [9, 8, 7]
    assert worst[0]["prediction_before"] == 1
    assert worst[0]["score_after"] < worst[0]["score_before"]


def test_the_positive_class_is_the_datas_or_the_tests(tmp_path):
    test = directional({"x": {"add": 0.02}}, "increase")
    assert one(tmp_path, by_x(), test, positive=1).outcome is Outcome.PASSED
    assert one(tmp_path, by_x(), test, positive=0).outcome is Outcome.FAILED
    named = test | {"class": 0}
    assert one(tmp_path, by_x(), named, positive=1).outcome is Outcome.FAILED


def test_a_class_that_the_model_does_not_have_cannot_be_tested(tmp_path):
    test = directional({"x": {"add": 0.02}}, "increase") | {"class": "yes"}
    finding = one(tmp_path, by_x(), test)
    assert finding.outcome is Outcome.ERRORED
    assert "The model has no class 'yes': its classes are 0, 1" in finding.message


def test_of_three_classes_one_must_be_named(tmp_path):
    model = Other(
        values=lambda rows: np.zeros(len(rows), int),
        classes=(0, 1, 2),
        probabilities=lambda rows: np.column_stack([1 - rows["x"], rows["x"], 0 * rows["x"]]),
    )
    test = directional({"x": {"add": 0.02}}, "increase")
    assert one(tmp_path, model, test).outcome is Outcome.ERRORED
    assert one(tmp_path, model, test | {"class": 1}).outcome is Outcome.PASSED


def test_a_regressors_prediction_is_its_score(tmp_path):
    model = Other(values=lambda rows: -3 * rows["x"])
    assert one(tmp_path, model, directional({"x": {"add": 1}}, "decrease")).observed == 1.0


def test_labels_have_no_direction(tmp_path):
    model = Other(values=lambda rows: np.full(len(rows), "a"))
    finding = one(tmp_path, model, directional({"x": {"add": 1}}, "increase"))
    assert finding.outcome is Outcome.ERRORED


# What counts


def test_a_change_that_leaves_a_row_as_it_was_does_not_count(tmp_path):
    finding = one(tmp_path, by_x(), invariance({"kind": {"set": "a"}}))
    assert finding.details["rows"] == 5
    assert finding.details["unchanged"] == 5


def test_nulls_that_stay_null_do_not_count(tmp_path):
    frame = FRAME.assign(x=FRAME["x"].mask(FRAME["id"] < 4))
    model = Classifier(score=lambda rows: rows["x"].fillna(0))
    finding = one(tmp_path, model, directional({"x": {"add": 0.01}}, "increase"), frame=frame)
    assert finding.outcome is Outcome.PASSED
    assert finding.details["rows"] == 6


@pytest.mark.parametrize(
    ("frame", "change"),
    [
        (FRAME, {"x": {"add": 0}}),
        (FRAME.assign(kind="a"), {"kind": "shuffle"}),
        (FRAME.head(1), {"x": "shuffle"}),
        (FRAME.head(0), {"x": {"set": 0.5}}),
        (FRAME.assign(x=np.nan), {"x": {"add": 1}}),
    ],
)
def test_a_test_in_which_no_row_counts_is_never_green(tmp_path, frame, change):
    seen = measure(tmp_path, by_x(), invariance(change), frame=frame)
    assert seen.rows == 0
    assert seen.findings[0].outcome is Outcome.ERRORED
    assert "no row counts" in seen.findings[0].message


def test_a_column_that_the_model_does_not_see_is_skipped_with_the_reason(tmp_path):
    finding = one(tmp_path, by_x(), invariance({"id": "shuffle"}), ids=["id"])
    assert finding.outcome is Outcome.SKIPPED
    assert "the model does not see id, so that changing it cannot matter" in finding.message


def test_only_changes_that_the_model_sees_count(tmp_path):
    test = invariance({"id": "shuffle", "kind": {"set": "a"}})
    finding = one(tmp_path, by_x(), test, ids=["id"])
    assert finding.outcome is Outcome.PASSED
    assert finding.details["rows"] == 5


def test_a_model_that_must_respond_to_what_it_does_not_see_fails(tmp_path):
    finding = one(tmp_path, by_x(), directional({"id": {"add": 1}}, "increase"), ids=["id"])
    assert finding.outcome is Outcome.FAILED
    assert finding.observed == 0.0


def test_a_column_that_is_not_in_the_data_is_named_with_the_nearest(tmp_path):
    finding = one(tmp_path, by_x(), invariance({"kinds": "shuffle"}))
    assert finding.outcome is Outcome.ERRORED
    assert "the data have no column kinds; did you mean 'kind'?" in finding.message


def test_a_test_that_cannot_be_made_does_not_stop_the_others(tmp_path):
    seen = measure(
        tmp_path,
        by_x(),
        invariance({"kind": {"add": 1}}, name="broken"),
        invariance({"kind": {"set": "c"}}, name="good"),
    )
    assert [f.outcome for f in seen.findings] == [Outcome.ERRORED, Outcome.PASSED]
    assert seen.rows == 10


def test_predictions_that_are_nan_are_never_green(tmp_path):
    model = Other(values=lambda rows: rows["x"].mask(rows["x"] > 0.9))
    finding = one(tmp_path, model, invariance({"kind": "shuffle"}))
    assert finding.outcome is Outcome.ERRORED
    assert "predict answered 1 of 10 rows with NaN" in finding.message


def test_probabilities_that_are_nan_are_never_green(tmp_path):
    model = Classifier(score=lambda rows: rows["x"].mask(rows["x"] > 0.9))
    finding = one(tmp_path, model, directional({"x": {"add": 0.01}}, "increase"))
    assert finding.outcome is Outcome.ERRORED
    assert "predict_proba answered 1 of 10 rows with NaN" in finding.message


def test_a_model_that_fails_is_never_green(tmp_path):
    seen = measure(tmp_path, Broken(), invariance({"x": "shuffle"}), cases([{"x": 1, "y": 1}]))
    assert [f.outcome for f in seen.findings] == [Outcome.ERRORED, Outcome.ERRORED]
    assert "predict raised ValueError: no" in seen.findings[0].message
    assert seen.rows == 0


# Minimum functionality


def test_cases_that_are_answered_right_pass_without_data(tmp_path):
    rows = [{"x": 0.1, "expected": 0}, {"x": 0.9, "expected": 1}]
    seen = measure(tmp_path, by_x(), cases(rows), without_data=True)
    assert seen.findings[0].outcome is Outcome.PASSED
    assert seen.rows == 2


def test_a_wrong_case_is_shown(tmp_path):
    rows = [{"x": 0.1, "kind": "a", "y": 0}, {"x": 0.2, "kind": "b", "y": 1}]
    finding = one(tmp_path, by_x(), cases(rows))
    assert finding.outcome is Outcome.FAILED
    assert finding.message == ("knows: 1 of 2 cases are not answered as expected (50 %); none may")
    assert finding.details["counterexamples"] == [
        {
            "row": 1,
            "case": {"x": 0.2, "kind": "b", "y": 1},
            "prediction": 0,
            "score_of": 1,
            "score": 0.2,
        }
    ]
    assert list(counterexamples(finding)[0]["case"]) == ["y", "x", "kind"]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_cases_come_from_a_file_too(tmp_path, suffix):
    rows = pd.DataFrame({"x": [0.1, 0.9], "y": [0, 0]})
    file = tmp_path / f"known.{suffix}"
    if suffix == "csv":
        rows.to_csv(file, index=False)
    elif suffix == "jsonl":
        rows.to_json(file, orient="records", lines=True)
    else:
        rows.to_parquet(file)
    test = {"name": "knows", "kind": "minimum_functionality", "cases": file.name}
    assert one(tmp_path, by_x(), test).observed == 0.5


def test_a_regressors_value_may_be_off_by_the_tolerance(tmp_path):
    model = Other(values=lambda rows: rows["x"] * 100)
    rows = [{"x": 1, "expected": 101.0}, {"x": 2, "expected": 203.0}]
    assert one(tmp_path, model, cases(rows, tolerance=3)).outcome is Outcome.PASSED
    finding = one(tmp_path, model, cases(rows, tolerance=2))
    assert finding.observed == 0.5
    assert counterexamples(finding)[0]["row"] == 1


def test_scores_may_have_limits(tmp_path):
    rows: list[dict[str, Any]] = [
        {"x": 0.2, "expected_max": 0.3, "expected_min": None},
        {"x": 0.2, "expected_max": 0.1, "expected_min": None},
        {"x": 0.2, "expected_max": None, "expected_min": 0.2},
        {"x": 0.2, "expected_max": 0.5, "expected_min": 0.4},
    ]
    finding = one(tmp_path, by_x(), cases(rows))
    assert finding.observed == 0.5
    worst = counterexamples(finding)
    assert [example["row"] for example in worst] == [3, 1]


def test_a_case_may_limit_the_score_and_leave_the_label_open(tmp_path):
    rows: list[dict[str, Any]] = [
        {"x": 0.9, "y": 1, "expected_max": None},
        {"x": 0.2, "y": None, "expected_max": 0.3},
    ]
    finding = one(tmp_path, by_x(), cases(rows))
    assert finding.details["rows"] == 2
    assert finding.outcome is Outcome.PASSED


def test_a_case_that_says_nothing_does_not_count(tmp_path):
    rows: list[dict[str, Any]] = [{"x": 0.9, "y": 1}, {"x": 0.9, "y": None}]
    finding = one(tmp_path, by_x(), cases(rows))
    assert finding.details["rows"] == 1
    assert finding.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([{"x": 0.9}], "the cases do not say what is expected: there is no column expected or y"),
        ([{"x": 0.9, "y": None}], "no case counts: none of 1 says what is expected"),
        ([{"x": 0.9, "y": "yes"}], "the cases expect 'yes', and the model's classes are 0, 1"),
        ([{"x": 0.9, "expected_min": "high"}], "the model predicts numbers, and 'high' is"),
    ],
)
def test_cases_that_cannot_be_judged_are_never_green(
    tmp_path: Path, rows: list[dict[str, Any]], what: str
) -> None:
    finding = one(tmp_path, by_x(), cases(rows))
    assert finding.outcome is Outcome.ERRORED
    assert what in finding.message


def test_cases_without_a_column_that_the_model_needs_are_never_green(tmp_path):
    finding = one(tmp_path, by_id(), cases([{"x": 0.9, "y": 1}]))
    assert finding.outcome is Outcome.ERRORED
    assert "no column id" in finding.message


def test_a_missing_file_of_cases_is_never_green(tmp_path):
    test = {"name": "knows", "kind": "minimum_functionality", "cases": "nowhere.csv"}
    finding = one(tmp_path, by_x(), test)
    assert finding.outcome is Outcome.ERRORED
    assert "nowhere.csv" in finding.message


# Base


def test_the_base_models_pass_rate_is_the_baseline_and_head_alone_decides(tmp_path):
    test = invariance({"id": {"set": 0}})
    worse = one(tmp_path, by_id(), test, base=by_x())
    assert worse.outcome is Outcome.FAILED
    assert worse.baseline == 1.0  # what base does not see cannot change its answers
    better = one(tmp_path, by_x(), test | {"change": {"kind": {"set": "c"}}}, base=by_id())
    assert (better.outcome, better.baseline) == (Outcome.PASSED, 1.0)
    eager = Classifier(score=lambda rows: (rows["x"] + 0.2).clip(0, 1))
    other = one(tmp_path, by_x(), invariance({"x": {"add": 0.5}}), base=eager)
    assert (other.observed, other.baseline) == (0.5, 0.7)


@pytest.mark.parametrize(
    "base", [None, ModelFailed("it does not load"), BaselineNotFound("gone"), Broken()]
)
def test_without_a_base_model_there_is_no_baseline_and_no_harm(tmp_path, base):
    finding = one(tmp_path, by_x(), invariance({"kind": "shuffle"}), base=base)
    assert finding.outcome is Outcome.PASSED
    assert finding.baseline is None
    assert finding.details["no_base"]


def test_a_head_model_that_does_not_load_is_raised(tmp_path):
    with (
        inputs_with(tmp_path, FRAME, ModelFailed("it does not load")) as inputs,
        pytest.raises(ModelFailed),
    ):
        check(invariance({"x": "shuffle"})).run(inputs)


# Cost


def test_rows_as_they_are_are_asked_once_and_each_change_in_one_batch(tmp_path):
    model = by_x()
    tests = [
        invariance({"x": {"add": step}}, name=f"{step}", min_pass_rate=0.01)
        for step in (0.01, 0.02, 0.03)
    ]
    measure(tmp_path, model, *(test | {"tolerance": 1} for test in tests))
    assert len(model.asked) == 2 * (1 + len(tests))
    assert {len(rows) for _, rows in model.asked} == {10}


def test_labels_alone_are_asked_where_labels_alone_decide(tmp_path):
    model = by_x()
    measure(tmp_path, model, invariance({"kind": "shuffle"}))
    assert [method for method, _ in model.asked] == ["predict", "predict"]


def test_the_model_sees_its_columns_in_its_order_and_never_the_target(tmp_path):
    model = by_x()
    measure(tmp_path, model, invariance({"kind": "shuffle"}), ids=["id"])
    assert [list(rows.columns) for _, rows in model.asked] == [["x", "kind"]] * 2


# Configuration


def test_findings_have_ids_from_the_names_of_the_tests(tmp_path):
    names = ["Longer tenure: never raises risk!", "longer tenure never raises risk", "日本"]
    tests = [invariance({"kind": "shuffle"}, name=name, severity="warning") for name in names]
    seen = measure(tmp_path, by_x(), *tests)
    assert [f.id for f in seen.findings] == [
        "behavior/longer-tenure-never-raises-risk",
        "behavior/longer-tenure-never-raises-risk-2",
        "behavior/日本",
    ]
    assert {f.severity for f in seen.findings} == {"warning"}


def test_what_is_shown_of_a_row_is_bounded(tmp_path):
    long = "v" * 5000
    wide = pd.DataFrame({f"{'c' * 500}{i}": [long, "w"] for i in range(50)})
    model = Other(values=lambda rows: rows.iloc[:, 0].str.len())
    change: dict[str, Any] = dict.fromkeys(wide.columns, "shuffle")
    finding = one(tmp_path, model, invariance(change, name="n" * 5000), frame=wide)
    assert finding.outcome is Outcome.FAILED
    assert len(json.dumps([finding.id, finding.subject, finding.details])) < 10_000


@pytest.mark.parametrize(
    ("tests", "more", "what"),
    [
        ([invariance({"x": "shuffle"})], {"data": None}, "needs `data`"),
        ([invariance({"x": "shuffle"})] * 2, {}, "two tests are called 'ignores it'"),
        ([], {}, "has no test"),
        ([invariance({"x": "shuffle"}, min_pass_rate=0)], {}, "greater than 0"),
        ([invariance({"x": "shuffle"}, min_pass_rate=1.1)], {}, "less than or equal to 1"),
        ([invariance({"x": "shuffle"}, tolerance=-1)], {}, "greater than or equal to 0"),
        ([invariance({"x": "shuffle"}, expect="increase")], {}, "Extra inputs"),
        ([directional({"x": "shuffle"}, "up")], {}, "increase"),
        ([cases([], cases="a.csv")], {}, "at least 1"),
        ([cases([{"x": 1}], cases="a.csv")], {}, "either `cases`, a file, or `rows`"),
        ([{"name": "n", "kind": "minimum_functionality"}], {}, "either `cases`, a file"),
        ([{"name": "n", "kind": "invariants"}], {}, "invariants"),
    ],
)
def test_what_makes_no_sense_is_a_mistake_in_the_configuration(tests, more, what):
    with pytest.raises(ValidationError, match=what):
        check(*tests, **more)


def test_what_is_used_is_referred_to_by_name():
    used = check(invariance({"x": "shuffle"})).references()
    assert (used.models, used.data) == (("m",), ("test",))
    assert check(cases([{"x": 1, "y": 1}]), data=None).references().data == ()


def test_each_model_is_recommended_to_ignore_each_id_of_the_test_data():
    data = {
        "train": DataSpec(path="a.csv", ids=("id",)),
        "test": DataSpec(path="b.csv", ids=("id", "email")),
        "holdout": DataSpec(path="c.csv", role="test"),
    }
    models = {"a": ModelSpec(path="a.joblib"), "b": ModelSpec(path="b.joblib")}
    entries = list(Behavior.recommend(data, models))
    checks = [Behavior.model_validate({"type": "behavior", **entry}) for entry in entries]
    assert [c.name for c in checks] == ["behavior-a-test", "behavior-b-test"]
    assert [test.name for test in checks[0].tests] == ["ignores id", "ignores email"]
    (alone,) = Behavior.recommend({"test": data["test"]}, {"a": models["a"]})
    assert Behavior.model_validate({"type": "behavior", **alone}).name == "behavior"


def test_a_recommended_test_finds_a_model_that_learned_the_id(tmp_path):
    spec = DataSpec(path="-", ids=("id",))
    (entry,) = Behavior.recommend({"test": spec}, {"m": ModelSpec(path="-")})
    (test,) = entry["tests"]
    assert one(tmp_path, by_id(), test, ids=["id"]).outcome is Outcome.FAILED
    assert one(tmp_path, by_x(), test, ids=["id"]).outcome is Outcome.SKIPPED
