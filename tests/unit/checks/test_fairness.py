"""The fairness check: what is compared, what is said of the groups, and what is never green."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fairlearn
from sklearn import metrics as sklearn_metrics

from mlgate.checks.fairness import Fairness
from mlgate.checks.interface import Measurement
from mlgate.config.model import DataSpec, ModelSpec
from mlgate.errors import BaselineNotFound, ColumnNotFound, MlgateError
from mlgate.results import Finding, Outcome, Side, combined
from mlgate.sandbox.interface import Model
from tests.support import make_inputs
from tests.unit.checks.in_process import Broken, Classifier, Other, WithModels, inputs_with

ROWS = 3_000


def people(rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """`fair` scores both sexes alike, `unfair` adds to those of men."""
    random = np.random.default_rng(seed)
    y = (random.random(rows) < 0.4).astype(int)
    signal = y + random.normal(0, 0.6, rows)
    sex = random.choice(["F", "M"], rows)

    def score(shift: Any) -> Any:
        return 1 / (1 + np.exp(1.5 - 3 * (signal + random.normal(0, 0.05, rows)) - shift))

    return pd.DataFrame(
        {
            "sex": sex,
            "age": random.integers(18, 80, rows),
            "fair": score(0),
            "again": score(0),
            "unfair": score(1.5 * (sex == "M")),
            "w": random.uniform(0, 2, rows),
            "user": np.arange(rows) // 3,
            "y": y,
        }
    )


FRAME = people()


@contextmanager
def world(
    root: Path,
    head: str = "unfair",
    base: str | Exception | None = "fair",
    frame: pd.DataFrame = FRAME,
    **spec: Any,
) -> Iterator[Any]:
    def model(column: str) -> Classifier:
        return Classifier(score=lambda rows: rows[column], features=(column,))

    of_base = model(base) if isinstance(base, str) else base
    spec = {"target": "y", "sensitive": ["sex"], **spec}
    with inputs_with(root, frame, model(head), of_base, **spec) as inputs:
        yield inputs


def measured(inputs: Any, **parameters: Any) -> Measurement:
    check = Fairness.model_validate(
        {"type": "fairness", "model": "m", "data": "test", **parameters}
    )
    return check.run(inputs)


def run(inputs: Any, **parameters: Any) -> dict[str, Finding]:
    findings = measured(inputs, **parameters).findings
    return {finding.id.removeprefix("fairness/"): finding for finding in findings}


PARITY = "demographic_parity_difference"
RISE = {PARITY: {"max_increase": 0.05}}


# Values


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "name",
    [
        "demographic_parity_difference",
        "demographic_parity_ratio",
        "equalized_odds_difference",
        "equalized_odds_ratio",
        "equal_opportunity_difference",
        "equal_opportunity_ratio",
        "false_positive_rate_difference",
        "selection_rate_ratio",
        "accuracy_score_group_min",
        "recall_score_ratio",
        "precision_score_difference",
        "f1_score_group_max",
        "roc_auc_score_difference",
        "balanced_accuracy_score_group_min",
        "log_loss_group_max",
    ],
)
def test_a_user_finds_the_same_number_with_fairlearn(
    name: str, weighted: bool, tmp_path: Path
) -> None:
    frame = FRAME[:400]
    better = not name.endswith("difference") and not name.startswith("log_loss")
    limit = {"max_drop": 1} if better else {"max_increase": 1}
    with world(tmp_path, frame=frame, **({"weight": "w"} if weighted else {})) as inputs:
        seen = run(inputs, limits={name: limit | {"max": 9}})
    more = {"sample_weight": frame.w} if weighted else {}
    for column, value in (
        ("unfair", seen[f"{name}/sex/regression"].observed),
        ("fair", seen[f"{name}/sex/regression"].baseline),
        ("unfair", seen[f"{name}/sex"].observed),
    ):
        answers = frame[column] if name.startswith(("roc_auc", "log_loss")) else frame[column] > 0.5
        if name in fairlearn.__all__:
            measure = getattr(fairlearn, name)
            expected = measure(frame.y, answers, sensitive_features=frame.sex, **more)
        else:
            of, _, aggregate = name.rpartition("_group_" if "_group_" in name else "_")
            metric = getattr(sklearn_metrics, of)
            table = fairlearn.MetricFrame(
                metrics=metric,
                y_true=frame.y,
                y_pred=answers,
                sensitive_features=frame.sex,
                sample_params=more,
            )
            method = f"group_{aggregate}" if "_group_" in name else aggregate
            expected = getattr(table, method)()
        assert value == pytest.approx(expected)
    comparison = seen[f"{name}/sex/regression"]
    details = comparison.details
    assert isinstance(comparison.observed, float)
    assert isinstance(comparison.baseline, float)
    assert details["difference"] == pytest.approx(comparison.observed - comparison.baseline)
    assert comparison.interval is not None
    assert "p_value" in details


def test_the_groups_are_said_in_words_and_in_details(tmp_path: Path) -> None:
    with world(tmp_path) as inputs:
        seen = run(inputs, limits={PARITY: {"max": 0.1, "max_increase": 0.05}})
    women, men = FRAME[FRAME.sex == "F"], FRAME[FRAME.sex == "M"]
    finding = seen[f"{PARITY}/sex"]
    assert finding.outcome is Outcome.FAILED
    assert finding.subject == f"{PARITY} by sex"
    low, high = (women.unfair > 0.5).mean(), (men.unfair > 0.5).mean()
    assert (
        f"selection rate {low:.3g} (sex=F, {len(women):,} rows) to "
        f"{high:.3g} (sex=M, {len(men):,} rows)" in finding.message
    )
    assert finding.details["groups"] == [
        {
            "group": f"sex={sex}",
            "n": len(rows),
            "selection_rate": pytest.approx((rows.unfair > 0.5).mean()),
            "base_selection_rate": pytest.approx((rows.fair > 0.5).mean()),
        }
        for sex, rows in (("F", women), ("M", men))
    ]


def test_the_positive_class_is_the_one_that_the_data_set_names(tmp_path: Path) -> None:
    frame = FRAME.assign(y=np.where(FRAME.y == 1, "yes", "no"))
    model = Classifier(
        score=lambda rows: rows["unfair"], features=("unfair",), classes=("no", "yes")
    )
    for positive, chosen in ((None, FRAME.unfair > 0.5), ("no", FRAME.unfair <= 0.5)):
        spec: dict[str, Any] = {"target": "y", "sensitive": ["sex"], "positive": positive}
        with inputs_with(tmp_path, frame, model, **spec) as inputs:
            finding = run(inputs, limits={"selection_rate_group_min": {"max": 1}})
        seen = finding["selection_rate_group_min/sex"].observed
        assert seen == pytest.approx(chosen.groupby(FRAME.sex).mean().min())


# Comparison with base


def test_a_model_that_became_unfair_regresses(tmp_path: Path) -> None:
    with world(tmp_path) as inputs:
        seen = run(inputs)
    assert {name: finding.outcome for name, finding in seen.items()} == {
        f"{PARITY}/sex/regression": Outcome.FAILED,
        "equalized_odds_difference/sex/regression": Outcome.FAILED,
    }
    finding = seen[f"{PARITY}/sex/regression"]
    assert finding.details["decision"] == "regressed"
    assert finding.expected == "rise <= 0.05"
    assert "a rise of at most 0.05 is allowed" in finding.message
    assert ", on base 0." in finding.message


@pytest.mark.parametrize(("head", "base"), [("again", "fair"), ("fair", "unfair")])
def test_a_model_that_is_as_fair_or_fairer_passes(head: str, base: str, tmp_path: Path) -> None:
    with world(tmp_path, head, base) as inputs:
        seen = run(inputs)
    assert {finding.outcome for finding in seen.values()} == {Outcome.PASSED}


def test_a_model_that_errs_no_more_in_any_group_warns_unless_a_limit_is_set(tmp_path: Path) -> None:
    frame = FRAME.assign(useless=0.1)  # all alike, and so to both sexes
    with world(tmp_path, "unfair", "useless", frame) as inputs:
        seen, limited = run(inputs), run(inputs, limits=RISE)
    finding = seen[f"{PARITY}/sex/regression"]
    assert (finding.outcome, finding.severity) == (Outcome.FAILED, "warning")
    assert "head errs no more than base in any group" in finding.message
    assert limited[f"{PARITY}/sex/regression"].severity is None


def test_a_regressor_that_fails_no_group_more_warns(tmp_path: Path) -> None:
    y = np.random.default_rng(0).normal(100, 20, ROWS)
    frame = FRAME.assign(y=y, base=y + 10, head=y + np.where(FRAME.sex == "M", 9, 2))
    head, base = Other(values=lambda rows: rows["head"]), Other(values=lambda rows: rows["base"])
    with inputs_with(tmp_path, frame, head, base, target="y", sensitive=["sex"]) as inputs:
        finding = run(inputs)["mean_absolute_error_ratio/sex/regression"]
    assert (finding.outcome, finding.severity) == (Outcome.FAILED, "warning")


def test_the_same_model_is_no_regression_and_says_so(tmp_path: Path) -> None:
    with world(tmp_path, "unfair", "unfair") as inputs:
        finding = run(inputs, limits=RISE)[f"{PARITY}/sex/regression"]
    assert finding.outcome is Outcome.PASSED
    assert "the two models gave the same answer on every row" in finding.message


def test_few_rows_are_inconclusive_and_say_how_many_would_decide(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    frame = FRAME[:120].assign(again=random.permutation(FRAME.fair[:120]))
    with world(tmp_path, "again", frame=frame) as inputs:
        finding = run(inputs, limits=RISE)[f"{PARITY}/sex/regression"]
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.details["rows_needed"] is not None


def test_a_group_with_few_positives_decides_nothing_and_is_named(tmp_path: Path) -> None:
    men = FRAME.sex == "M"
    frame = FRAME.assign(y=FRAME.y.where(~men | (FRAME.y[men].cumsum() <= 3), 0))
    with world(tmp_path, "again", frame=frame) as inputs:
        seen = run(inputs, limits={"equalized_odds_difference": {"max_increase": 0.05}})
    finding = seen["equalized_odds_difference/sex/regression"]
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "undefined in" in finding.message
    assert "the true positive rate of sex=M rests on 3 rows" in finding.message


def test_a_ratio_and_the_worst_group_get_worse_by_falling(tmp_path: Path) -> None:
    limits = {
        "demographic_parity_ratio": {"max_drop": 0.05},
        "accuracy_group_min": {"max_drop": 0.01},
        "log_loss_group_max": {"max_increase": 0.01},
    }
    with world(tmp_path) as inputs:
        seen = run(inputs, limits=limits)
    assert {finding.outcome for finding in seen.values()} == {Outcome.FAILED}
    assert "fell from" in seen["demographic_parity_ratio/sex/regression"].message
    assert "rose from" in seen["log_loss_group_max/sex/regression"].message


def test_weights_and_clusters_count_in_the_interval(tmp_path: Path) -> None:
    with world(tmp_path, weight="w", group="user") as inputs:
        finding = run(inputs, limits=RISE)[f"{PARITY}/sex/regression"]
    assert finding.details["weighted"] is True
    assert finding.details["clusters"] == ROWS // 3
    assert "clusters" in str(finding.details["method"])
    with world(tmp_path) as inputs:
        finding = run(inputs, limits=RISE, cluster="user")[f"{PARITY}/sex/regression"]
    assert finding.details["clusters"] == ROWS // 3


def test_without_a_baseline_limits_are_checked_and_comparisons_skipped(tmp_path: Path) -> None:
    with world(tmp_path, base=None) as inputs:
        seen = run(inputs, limits={PARITY: {"max": 0.5, "max_increase": 0.05}})
    assert seen[f"{PARITY}/sex"].outcome is Outcome.PASSED
    assert seen[f"{PARITY}/sex/regression"].outcome is Outcome.SKIPPED
    assert seen[f"{PARITY}/sex/regression"].details["no_baseline"] is True


def test_a_base_that_cannot_be_had_is_errored(tmp_path: Path) -> None:
    with world(tmp_path, base=BaselineNotFound("base cannot be fetched")) as inputs:
        assert run(inputs, limits=RISE)[f"{PARITY}/sex/regression"].outcome is Outcome.ERRORED


def test_a_model_that_fails_is_never_green(tmp_path: Path) -> None:
    fair = Classifier(score=lambda rows: rows["fair"], features=("fair",))
    for head, base in ((Broken(), fair), (fair, Broken())):
        with inputs_with(tmp_path, FRAME, head, base, target="y", sensitive=["sex"]) as inputs:
            seen = run(inputs, limits=RISE)
        assert seen[f"{PARITY}/sex/regression"].outcome is Outcome.ERRORED


def test_a_less_fair_model_does_not_pass_on_other_rows(tmp_path: Path) -> None:
    """On head's rows the two models are alike; on base's, head is unfair."""
    sides = {"head": FRAME.assign(unfair=FRAME.fair), "base": FRAME}
    for side, frame in sides.items():
        (tmp_path / side).mkdir()
        frame.to_parquet(tmp_path / side / "test.parquet")
    spec = {"path": "test.parquet", "target": "y", "sensitive": ["sex"]}
    models: dict[Side, Model | Exception] = {
        "head": Classifier(score=lambda rows: rows["unfair"], features=("unfair",)),
        "base": Classifier(score=lambda rows: rows["fair"], features=("fair",)),
    }
    with make_inputs(
        tmp_path / "head",
        data={"test": spec},
        models={"m": "m.joblib"},
        base_root=tmp_path / "base",
    ) as real:
        measurement = measured(WithModels(real, models), limits=RISE)
    seen = {finding.id.removeprefix("fairness/"): finding for finding in measurement.findings}
    assert measurement.rows == 2 * ROWS
    assert seen[f"{PARITY}/sex/regression"].outcome is Outcome.PASSED
    assert seen[f"{PARITY}/sex/base-rows"].outcome is Outcome.FAILED
    assert "of base's test" in seen[f"{PARITY}/sex/base-rows"].message


def test_base_rows_without_the_column_skip_only_their_comparison(tmp_path: Path) -> None:
    for side, frame in {"head": FRAME, "base": FRAME.drop(columns="sex")}.items():
        (tmp_path / side).mkdir()
        frame.to_parquet(tmp_path / side / "test.parquet")
    spec = {"path": "test.parquet", "target": "y", "sensitive": ["sex"]}
    fair = Classifier(score=lambda rows: rows["fair"], features=("fair",))
    with make_inputs(
        tmp_path / "head",
        data={"test": spec},
        models={"m": "m.joblib"},
        base_root=tmp_path / "base",
    ) as real:
        seen = run(WithModels(real, {"head": fair, "base": fair}), limits=RISE)
    assert seen[f"{PARITY}/sex/regression"].outcome is Outcome.PASSED
    assert seen["groups/sex/base-rows"].outcome is Outcome.SKIPPED


# Groups


def test_small_groups_are_left_out_and_said(tmp_path: Path) -> None:
    frame = FRAME.assign(sex=FRAME.sex.where(FRAME.index >= 12, "X"))
    with world(tmp_path, frame=frame) as inputs:
        seen = run(inputs, limits=RISE)
    assert seen["groups/sex"].outcome is Outcome.SKIPPED
    assert seen["groups/sex"].severity == "warning"
    assert "sex=X: 12" in seen["groups/sex"].message
    finding = seen[f"{PARITY}/sex/regression"]
    assert "on 2,988 rows of test (without 1 group of fewer than 30 rows)" in finding.message
    assert finding.details["left_out"] == [{"group": "sex=X", "n": 12}]
    assert finding.details["n"] == 2_988


def test_rows_without_a_value_are_a_group_of_their_own(tmp_path: Path) -> None:
    frame = FRAME.assign(sex=FRAME.sex.where(FRAME.index >= 200))
    with world(tmp_path, frame=frame) as inputs:
        finding = run(inputs, limits={PARITY: {"max": 0.01}})[f"{PARITY}/sex"]
    assert "200 rows without a value are a group of their own" in finding.message
    assert finding.details["missing"] == 200
    groups = finding.details["groups"]
    assert isinstance(groups, list)
    assert [group["group"] for group in groups] == ["sex=F", "sex=M", "sex missing"]  # type: ignore[index,call-overload]


def test_bins_are_half_open_and_the_last_is_closed(tmp_path: Path) -> None:
    frame = FRAME.assign(age=np.resize([0, 24, 25, 65, 66, -1, np.nan], ROWS))
    with world(tmp_path, frame=frame) as inputs:
        seen = run(inputs, sensitive=[{"age": [0, 25, 65]}], limits={PARITY: {"max": 1}})
    groups = seen[f"{PARITY}/age"].details["groups"]
    assert isinstance(groups, list)
    sizes = {group["group"]: group["n"] for group in groups}  # type: ignore[index,call-overload]
    assert list(sizes) == ["age<0", "age=[0, 25)", "age=[25, 65]", "age>65", "age missing"]
    assert sizes["age=[0, 25)"] == sizes["age=[25, 65]"] == pytest.approx(2 * ROWS / 7, abs=2)


def test_groups_of_numbers_stand_in_their_order(tmp_path: Path) -> None:
    with world(tmp_path, frame=FRAME.assign(rooms=np.resize([10, 2, 1], ROWS))) as inputs:
        seen = run(inputs, sensitive=["rooms"], limits={PARITY: {"max": 1}})
    groups = seen[f"{PARITY}/rooms"].details["groups"]
    assert isinstance(groups, list)
    names = [group["group"] for group in groups if isinstance(group, dict)]
    assert names == ["rooms=1", "rooms=2", "rooms=10"]


def test_combinations_of_columns_are_groups_where_asked(tmp_path: Path) -> None:
    with world(tmp_path) as inputs:
        seen = run(
            inputs,
            sensitive=["sex", {"age": [18, 40, 80]}],
            intersections=True,
            limits={PARITY: {"max": 1}},
        )
    assert set(seen) == {f"{PARITY}/sex", f"{PARITY}/age", f"{PARITY}/sex+age"}
    groups = seen[f"{PARITY}/sex+age"].details["groups"]
    assert isinstance(groups, list)
    assert len(groups) == 4
    first = groups[0]
    assert isinstance(first, dict)
    chosen = FRAME[(FRAME.sex == "F") & (FRAME.age < 40)]
    assert first["group"] == "sex=F, age=[18, 40)"
    assert first["n"] == len(chosen)
    assert first["selection_rate"] == pytest.approx((chosen.unfair > 0.5).mean())


def test_values_of_groups_are_kept_short(tmp_path: Path) -> None:
    frame = FRAME.assign(sex=np.where(FRAME.sex == "F", "x" * 5_000 + "</td>", "@everyone"))
    with world(tmp_path, frame=frame) as inputs:
        finding = run(inputs, limits=RISE)[f"{PARITY}/sex/regression"]
    assert len(finding.message) < 600
    assert "x" * 50 not in str(finding.details)


def no_rows_of_men(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(y=frame.y.where(frame.sex == "F", 0))


NEVER_GREEN: dict[str, tuple[pd.DataFrame, dict[str, Any], str]] = {
    "a column that is not there": (FRAME, {"sensitive": ["sx"]}, "did you mean 'sex'?"),
    "a single group": (FRAME.assign(sex="F"), {}, "are of one group: sex=F"),
    "nulls alone": (FRAME.assign(sex=None), {}, "are of one group: sex missing"),
    "numbers without bins": (FRAME, {"sensitive": ["age"]}, "62 different numbers, from 18 to 79"),
    "a key": (
        FRAME.assign(sex=(FRAME.index % 90).map("k{}".format)),
        {},
        "makes 90 groups of 30 rows or more",
    ),
    "lists": (FRAME.assign(sex=pd.Series([["F"]] * ROWS)), {}, "holds no values of groups"),
    "bins of text": (FRAME, {"sensitive": [{"sex": [0, 1]}]}, "3,000 of 3,000 values of 'sex'"),
}


@pytest.mark.parametrize("name", NEVER_GREEN)
def test_a_column_that_makes_no_groups_is_errored(name: str, tmp_path: Path) -> None:
    frame, parameters, why = NEVER_GREEN[name]
    with world(tmp_path, frame=frame) as inputs:
        findings = measured(inputs, limits=RISE, **parameters).findings
    assert combined(findings) is Outcome.ERRORED
    assert why in findings[0].message


def test_groups_that_are_all_too_small_decide_nothing(tmp_path: Path) -> None:
    with world(tmp_path, frame=FRAME[:40]) as inputs:
        findings = measured(inputs, limits={PARITY: {"max": 1}}).findings
    assert [finding.outcome for finding in findings] == [Outcome.INCONCLUSIVE]
    assert "no group has 30 rows or more" in findings[0].message


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("equal_opportunity_difference", "none of its 1,478 rows is of the positive class"),
        ("equalized_odds_difference", "the true positive rate of sex=M is undefined"),
        ("roc_auc_difference", "sex=M: roc_auc needs two classes"),
    ],
)
def test_a_group_without_positives_is_errored(name: str, why: str, tmp_path: Path) -> None:
    with world(tmp_path, frame=no_rows_of_men(FRAME)) as inputs:
        seen = run(inputs, limits={name: {"max": 1, "max_increase": 1}})
    assert {finding.outcome for finding in seen.values()} == {Outcome.ERRORED}
    assert all(why in finding.message for finding in seen.values())


def test_a_ratio_of_nothing_is_errored(tmp_path: Path) -> None:
    frame = FRAME.assign(unfair=0.0)
    with world(tmp_path, frame=frame) as inputs:
        seen = run(inputs, limits={"demographic_parity_ratio": {"min": 0}, PARITY: {"max": 1}})
    assert seen["demographic_parity_ratio/sex"].outcome is Outcome.ERRORED
    assert "the largest value, which is 0" in seen["demographic_parity_ratio/sex"].message
    assert seen[f"{PARITY}/sex"].observed == 0


def test_a_check_without_columns_says_where_to_name_them(tmp_path: Path) -> None:
    with world(tmp_path, sensitive=[]) as inputs, pytest.raises(ColumnNotFound) as caught:
        run(inputs)
    assert "add `sensitive: [COLUMN]` to `data.test`" in caught.value.remedy


def test_rows_without_a_target_or_of_no_number_are_errors(tmp_path: Path) -> None:
    frame = FRAME.assign(y=FRAME.y.where(FRAME.index > 2))
    with world(tmp_path, frame=frame) as inputs, pytest.raises(MlgateError, match="3 of 3,000"):
        run(inputs)


# Other models


def test_three_classes_are_compared_by_accuracy(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    y = random.integers(0, 3, ROWS)
    frame = FRAME.assign(
        y=np.array(["a", "b", "c"])[y],
        head=np.where((FRAME.sex == "M") & (random.random(ROWS) < 0.5), (y + 1) % 3, y),
        base=np.where(random.random(ROWS) < 0.1, (y + 1) % 3, y),
    )

    def model(column: str) -> Other:
        labels = np.array(["a", "b", "c"])
        return Other(values=lambda rows: labels[rows[column]], classes=("a", "b", "c"))

    with inputs_with(
        tmp_path, frame, model("head"), model("base"), target="y", sensitive=["sex"]
    ) as inputs:
        seen = run(inputs)
        two = run(inputs, limits=RISE)
    finding = seen["accuracy_difference/sex/regression"]
    assert finding.outcome is Outcome.FAILED
    right = (frame["head"] == y).groupby(frame.sex).mean()
    assert finding.observed == pytest.approx(right["F"] - right["M"])
    assert two[f"{PARITY}/sex/regression"].outcome is Outcome.ERRORED
    assert "there are 3 classes" in two[f"{PARITY}/sex/regression"].message


def test_a_regressor_is_compared_by_the_ratio_of_its_errors(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    y = random.normal(100, 20, ROWS)
    noise = random.normal(0, 5, ROWS)
    men = FRAME.sex == "M"
    frame = FRAME.assign(y=y, base=y + noise, head=y + noise * np.where(men, 2, 1))

    def model(column: str) -> Other:
        return Other(values=lambda rows: rows[column])

    with inputs_with(
        tmp_path, frame, model("head"), model("base"), target="y", sensitive=["sex"]
    ) as inputs:
        seen = run(inputs)
        more = run(inputs, limits={"r2_difference": {"max": 1}, "rmse_group_max": {"max": 20}})
    finding = seen["mean_absolute_error_ratio/sex/regression"]
    assert finding.outcome is Outcome.FAILED
    errors = abs(frame["head"] - y).groupby(frame.sex).mean()
    assert finding.observed == pytest.approx(errors["F"] / errors["M"])
    rmse = np.sqrt(((frame["head"] - y)[men] ** 2).mean())
    assert more["rmse_group_max/sex"].observed == pytest.approx(rmse)
    assert more["r2_difference/sex"].outcome is Outcome.PASSED


# Configuration


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"limits": {"demographic_parity": {"max": 1}}}, "demographic_parity_ratio'?"),
        ({"limits": {"acuracy_difference": {"max": 1}}}, "did you mean 'accuracy_difference'?"),
        ({"limits": {"zzz": {"max": 1}}}, "known are fairlearn's"),
        ({"limits": {"neg_log_loss_ratio": {"max": 1}}}, "there is no metric"),
        ({"limits": {"equalized_odds_group_min": {"max": 1}}}, "there is no metric"),
        ({"limits": {PARITY: {}}}, "has no limit"),
        ({"limits": {PARITY: {"min": 1, "max": 0}}}, "min 1 is larger than max 0"),
        ({"limits": {PARITY: {"max_drop": 0.1}}}, "give max_increase in place of max_drop"),
        (
            {"limits": {"accuracy_group_min": {"max_increase": 0.1}}},
            "give max_drop in place of max_increase",
        ),
        (
            {"limits": {"selection_rate_group_min": {"max_drop": 0.1}}},
            "neither more nor less of 'selection_rate_group_min' is better",
        ),
        ({"limits": {}}, "at least 1 item"),
        ({"sensitive": [{"age": [1]}]}, "bins need two edges or more"),
        ({"sensitive": [{"age": [2, 1]}]}, "must rise"),
        ({"sensitive": [{"age": [1, 2], "b": [1, 2]}]}, "at most 1 item"),
        ({"sensitive": ["sex", "sex"]}, "names 'sex' twice"),
        ({"min_rows": 1}, "greater than or equal to 2"),
    ],
)
def test_what_has_no_meaning_is_an_error_of_the_configuration(
    parameters: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValueError) as caught:
        Fairness.model_validate({"type": "fairness", "model": "m", "data": "test", **parameters})
    assert why in str(caught.value)


def test_test_sets_with_sensitive_columns_are_recommended() -> None:
    models = {"m": ModelSpec(path="m.joblib")}
    data = {
        "train": DataSpec(path="a.csv", target="y", sensitive=("sex",)),
        "test": DataSpec(path="b.csv", target="y", sensitive=("sex",)),
        "fresh": DataSpec(path="c.csv", target="y", role="test"),
    }
    assert list(Fairness.recommend(data, models)) == [
        {"model": "m", "data": "test", "limits": "default"}
    ]
    data["fresh"] = DataSpec(path="c.csv", target="y", role="test", sensitive=("sex",))
    assert [entry["id"] for entry in Fairness.recommend(data, models)] == [
        "fairness-m-test",
        "fairness-m-fresh",
    ]
