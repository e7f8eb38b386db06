"""Slices of the metrics check: which there are, what is found in them, and what is said."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from mlgate.checks.metrics import Metrics
from mlgate.checks.slices import Cutting, Slicing, Where, cut_up
from mlgate.checks.slices_bins import cut, in_words
from mlgate.errors import ColumnNotFound, MlgateError, ModelFailed
from mlgate.multiplicity import corrected
from mlgate.results import CheckResult, Finding, Outcome
from mlgate.stats.slices import Part
from tests.unit.checks.in_process import Broken, Classifier, Frame, Other, inputs_with

ROWS = 1_000
Score = Callable[[Frame], Any]


def rows(count: int = ROWS) -> Frame:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "x": random.random(count),
            "z": random.random(count),
            "age": random.integers(18, 80, count),
            "contract": random.choice(
                ["month", "year", "two", "rare"], count, p=[0.4, 0.39, 0.2, 0.01]
            ),
            "sex": random.choice(["f", "m"], count),
        }
    )
    return frame.assign(y=((frame.x > 0.5) ^ (random.random(count) < 0.1)).astype(int))


def good(frame: Frame) -> Any:
    return np.where(frame.x > 0.5, 0.85, 0.15)


def dull(frame: Frame) -> Any:
    """Wrong for half of the monthly contracts."""
    wrong = (frame.contract == "month") & (frame.z < 0.5)
    return np.where(wrong, 1 - good(frame), good(frame))


def broken(frame: Frame) -> Any:
    """A coin for the contracts of two years."""
    coin = np.where(frame.z > 0.5, 0.85, 0.15)
    return np.where(frame.contract == "two", coin, good(frame))


def measure(
    root: Path,
    head: Score | Any = good,
    base: Score | Any = good,
    frame: Frame | None = None,
    spec: dict[str, Any] | None = None,
    **parameters: Any,
) -> dict[str, Finding]:
    check = Metrics.model_validate({"type": "metrics", "model": "m", "data": "test", **parameters})
    models = [Classifier(score=side) if callable(side) else side for side in (head, base)]
    with inputs_with(
        root, rows() if frame is None else frame, *models, target="y", **(spec or {})
    ) as inputs:
        return {
            finding.id.removeprefix("metrics/"): finding for finding in check.run(inputs).findings
        }


def detail(finding: Finding, key: str) -> Any:
    return finding.details[key]


# Which slices there are


def keys(cutting: Cutting) -> list[str]:
    return [part.key for part in cutting.slices]


def test_each_frequent_value_of_a_column_is_a_slice_and_the_rest_is_said() -> None:
    frame = rows()
    cutting = cut_up(frame, "contract", "test")
    assert keys(cutting) == ["contract=year", "contract=month", "contract=two"]
    rare = int((frame.contract == "rare").sum())
    assert cutting.left_out == (f"contract = 'rare' ({rare} rows)",)
    for part in cutting.slices:
        assert (frame.contract.iloc[part.rows] == part.key.split("=")[1]).all()
    assert sum(map(len, cutting.slices)) == ROWS - rare


def test_at_most_ten_values_are_slices() -> None:
    frame = pd.DataFrame({"city": [f"c{i:02}" for i in range(12)] * 40})
    cutting = cut_up(frame, "city", "test")
    assert len(cutting.slices) == 10
    assert cutting.left_out == (
        "2 rarer values of city (80 rows together; at most 10 values are slices)",
    )


def test_a_column_of_many_numbers_is_cut_into_quarters() -> None:
    cutting = cut_up(rows(), "age", "test")
    assert keys(cutting) == [f"age=quarter-{k}" for k in (1, 2, 3, 4)]
    assert cutting.slices[0].words == "age < 32"
    assert all(0.2 * ROWS < len(part) < 0.3 * ROWS for part in cutting.slices)


def test_bins_have_their_lower_edge_the_last_both_and_nothing_is_lost() -> None:
    values = [0] * 40 + [12] * 40 + [24] * 40 + [72] * 40 + [73] * 40 + [None] * 40
    cutting = cut_up(pd.DataFrame({"tenure": values}), {"tenure": (0, 12, 24, 72)}, "test")
    assert [(part.key, part.words, len(part)) for part in cutting.slices] == [
        ("tenure=0..12", "0 <= tenure < 12", 40),
        ("tenure=12..24", "12 <= tenure < 24", 40),
        ("tenure=24..72", "24 <= tenure <= 72", 80),
        ("tenure=outside", "tenure outside 0 to 72", 40),
        ("tenure=missing", "tenure missing", 40),
    ]


def test_a_condition_is_one_slice() -> None:
    frame = rows()
    where = Where(where="age < 30 AND contract = 'month'", name="young monthly")
    (part,) = cut_up(frame, where, "test").slices
    assert part.key == "young-monthly"
    assert (
        part.rows.tolist()
        == np.flatnonzero((frame.age < 30) & (frame.contract == "month")).tolist()
    )


@pytest.mark.parametrize(
    ("slicing", "said"),
    [
        ("contract", "contract = 'two' (no rows, 200 on base)"),
        ({"age": (0, 50, 100)}, "0 <= age < 50 (0 rows, 500 on base)"),
        (Where(where="age < 50", name="young"), "young (0 rows, 500 on base)"),
    ],
)
def test_a_slice_that_disappears_is_said(slicing: Slicing, said: str) -> None:
    before = pd.DataFrame({"contract": ["one"] * 800 + ["two"] * 200, "age": [20, 60] * 500})
    now = pd.DataFrame({"contract": ["one"] * 800, "age": [60] * 800})
    assert said in cut_up(now, slicing, "test", before).left_out
    assert said not in cut_up(now, slicing, "test").left_out


def test_values_that_look_alike_in_an_id_have_different_ids() -> None:
    frame = pd.DataFrame({"a/b": ["x/y"] * 40 + ["x y"] * 50 + [None] * 60})
    assert keys(cut_up(frame, "a/b", "test")) == ["a-b=x-y", "a-b=x-y-2", "a-b=missing"]


@pytest.mark.parametrize("dtype", ["category", "string", "object"])
def test_the_kind_of_text_column_does_not_matter(dtype: Any) -> None:
    frame = pd.DataFrame({"c": pd.Series(["a"] * 40 + ["b"] * 40 + [None] * 40).astype(dtype)})
    cutting = cut_up(frame, "c", "test")
    assert [(part.words, len(part)) for part in cutting.slices] == [
        ("c = 'a'", 40), ("c = 'b'", 40), ("c missing", 40)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("slicing", "error", "match"),
    [
        ("contrakt", ColumnNotFound, "did you mean 'contract'"),
        ({"contract": (0, 1)}, MlgateError, "holds no numbers"),
        (Where(where="agee < 3", name="x"), ColumnNotFound, "did you mean 'age'"),
        ("lists", MlgateError, "holds no plain values"),
    ],
)
def test_what_cannot_be_cut_says_why(
    slicing: Slicing, error: type[MlgateError], match: str
) -> None:
    frame = rows()
    frame["lists"] = pd.Series([[1]] * ROWS, dtype=object)
    with pytest.raises(error, match=match):
        cut_up(frame, slicing, "test")


# The bins of the search, in words


def words(values: Sequence[Any], *ranges: tuple[int, int]) -> list[str]:
    found = cut(pd.Series(values), "a b", 2)
    assert found is not None
    return [in_words([found], [Part(column=0, low=low, high=high)]) for low, high in ranges]


def test_parts_of_a_column_read_like_conditions() -> None:
    numbers = [*range(80), None]
    assert words(numbers, (0, 0), (1, 2), (3, 7), (8, 8), (0, 7)) == [
        "'a b' < 9", "9 <= 'a b' < 29", "'a b' >= 29", "'a b' is missing", "'a b' is not missing"
    ]  # fmt: skip
    assert words([1, 2, 2, 5], (1, 1), (0, 1)) == ["'a b' = 2", "'a b' < 5"]
    assert words(["x", "x", "y", "y", "z", None], (0, 0), (2, 2), (3, 3)) == [
        "'a b' = 'x'", "'a b' is none of its 2 frequent values", "'a b' is missing"
    ]  # fmt: skip
    assert words([*range(2010, 2026)], (0, 0), (7, 7)) == ["'a b' = 2010", "'a b' >= 2023"]
    assert words([1000 + k / 1e4 for k in range(64)], (0, 0)) == ["'a b' < 1000.0007"]
    days = pd.date_range("2020-01-01", periods=3)
    assert words(list(days), (0, 0), (1, 2)) == [
        "'a b' = 2020-01-01 00:00:00", "'a b' >= 2020-01-02 00:00:00"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "values",
    [[1, 1, 1], [None, None], ["a", "b", "c", "d"], [[1], [2]], [1 + 2j, 2, 3], ["a", "a"], []],
    ids=str,
)
def test_a_column_that_tells_no_parts_is_left_out(values: list[Any]) -> None:
    assert cut(pd.Series(values), "c", 2) is None


def test_every_row_is_in_the_bin_that_the_words_name() -> None:
    column = pd.Series(np.random.default_rng(0).normal(size=500) * 1e4)
    found = cut(column, "v", 30)
    assert found is not None
    for code in range(found.binned.bins):
        text = found.words(Part(column=0, low=code, high=code))
        inside: Any = pd.DataFrame({"v": column}).eval(text)
        assert inside.tolist() == (found.binned.codes == code).tolist()


# The check


def test_by_default_the_columns_of_the_data_set_and_the_search_are_looked_at(
    tmp_path: Path,
) -> None:
    found = measure(tmp_path, spec={"slices": ["contract"], "sensitive": ["sex", "contract"]})
    assert {key for key in found if "slice" in key} == {
        "accuracy/slice/contract=month", "accuracy/slice/contract=year",
        "accuracy/slice/contract=two", "slices/contract",
        "accuracy/slice/sex=f", "accuracy/slice/sex=m", "slices",
    }  # fmt: skip
    assert found["slices"].outcome is Outcome.PASSED
    assert detail(found["slices"], "looked_at") > 200
    assert "p_value" not in found["slices"].details  # the same answers: it could not have regressed
    assert found["slices/contract"].outcome is Outcome.SKIPPED


def test_no_slices_are_looked_at_where_none_are_wanted(tmp_path: Path) -> None:
    found = measure(tmp_path, slices=[], spec={"slices": ["contract"]})
    assert not [key for key in found if "slice" in key]


def test_base_is_asked_for_the_search_alone_only_where_it_is_named(tmp_path: Path) -> None:
    limits = {"accuracy": {"min": 0.5}}
    assert set(measure(tmp_path, broken, metrics=limits)) == {"accuracy"}
    found = measure(tmp_path, broken, metrics=limits, slices=["auto"])
    assert found["slices"].outcome is Outcome.FAILED


def test_one_broken_slice_fails_though_the_average_rises(tmp_path: Path) -> None:
    found = measure(
        tmp_path,
        broken,
        dull,
        slices=["contract", "auto"],
        metrics={"accuracy": {"max_drop": 0.01}},
    )
    assert found["accuracy/regression"].outcome is Outcome.PASSED
    named = found["accuracy/slice/contract=two"]
    assert named.outcome is Outcome.FAILED
    assert named.expected == "drop <= 0.05"
    assert named.details["slice"] == "contract = 'two'"
    assert named.details["n"] == (rows().contract == "two").sum()
    assert found["accuracy/slice/contract=month"].outcome is Outcome.PASSED
    searched = found["slices"]
    assert searched.outcome is Outcome.FAILED
    assert searched.subject == "accuracy where contract = 'two'"
    assert f"contract = 'two': accuracy {named.baseline:.3g} → {named.observed:.3g} on " in (
        searched.message
    )
    assert detail(searched, "p_value") < 0.001
    assert detail(searched, "slices")[0]["slice"] == "contract = 'two'"


def test_values_in_a_slice_are_those_of_its_rows(tmp_path: Path) -> None:
    frame = rows()
    found = measure(
        tmp_path,
        broken,
        slices=["contract"],
        slice_limits={"accuracy": {"min": 0.8, "max_drop": 0.1}},
    )
    own = frame[frame.contract == "two"]
    finding = found["accuracy/slice/contract=two"]
    assert finding.observed == pytest.approx(((broken(own) > 0.5) == own.y).mean())
    assert finding.baseline == pytest.approx(((good(own) > 0.5) == own.y).mean())
    bounded = found["accuracy/slice/contract=two/limits"]
    assert bounded.outcome is Outcome.FAILED
    assert bounded.observed == finding.observed
    assert found["accuracy/slice/contract=year/limits"].outcome is Outcome.PASSED


def test_weights_and_clusters_count_in_slices_too(tmp_path: Path) -> None:
    frame = rows().assign(w=1.0)
    frame.loc[frame.contract == "two", "w"] = np.arange((frame.contract == "two").sum()) % 3 + 1.0
    frame["user"] = np.arange(ROWS) // 2
    found = measure(
        tmp_path, broken, frame=frame, slices=["contract"], cluster="user", spec={"weight": "w"}
    )
    own = frame[frame.contract == "two"]
    finding = found["accuracy/slice/contract=two"]
    assert finding.observed == pytest.approx(
        np.average((broken(own) > 0.5) == own.y, weights=own.w)
    )
    assert "clusters" in str(finding.details["method"])


def test_a_slice_that_cannot_be_decided_is_undecided_where_asked_for_and_else_said(
    tmp_path: Path,
) -> None:
    def noisy(frame: Frame) -> Any:
        return np.where(np.arange(len(frame)) % 9 == 0, 1 - good(frame), good(frame))

    metrics = {"accuracy": {"max_drop": 0.01}}
    asked = measure(tmp_path, noisy, slices=["sex"], metrics=metrics)
    assert asked["accuracy/slice/sex=f"].outcome in {Outcome.INCONCLUSIVE, Outcome.FAILED}
    few = rows(80)
    asked = measure(tmp_path, noisy, frame=few, slices=["sex"], metrics=metrics)
    said = measure(tmp_path, noisy, frame=few, spec={"sensitive": ["sex"]}, metrics=metrics)
    assert asked["accuracy/slice/sex=f"].outcome is Outcome.INCONCLUSIVE
    assert said["accuracy/slice/sex=f"].outcome is Outcome.SKIPPED
    assert "cannot decide" in said["accuracy/slice/sex=f"].message


def test_a_metric_that_a_slice_does_not_have_is_said_and_never_green(tmp_path: Path) -> None:
    frame = rows()
    frame.loc[frame.contract == "two", "y"] = 1
    found = measure(
        tmp_path,
        frame=frame,
        slices=["contract"],
        slice_limits={"roc_auc": {"min": 0.5, "max_drop": 0.1}},
    )
    for key in ("roc_auc/slice/contract=two", "roc_auc/slice/contract=two/limits"):
        assert found[key].outcome is Outcome.SKIPPED
        assert "needs two classes" in found[key].message
    assert found["roc_auc/slice/contract=year/limits"].outcome is Outcome.PASSED


def test_a_column_that_holds_one_value_is_no_slice(tmp_path: Path) -> None:
    found = measure(tmp_path, frame=rows().assign(one="x"), slices=["one"])
    assert not [key for key in found if "slice" in key]


def test_without_base_limits_hold_and_the_comparison_is_skipped(tmp_path: Path) -> None:
    check = Metrics.model_validate(
        {"type": "metrics", "model": "m", "data": "test", "slices": ["sex", "auto"],
         "slice_limits": {"accuracy": {"min": 0.5, "max_drop": 0.1}}}
    )  # fmt: skip
    with inputs_with(tmp_path, rows(), Classifier(score=good), None, target="y") as inputs:
        found = {
            finding.id.removeprefix("metrics/"): finding for finding in check.run(inputs).findings
        }
    assert found["slices"].outcome is Outcome.SKIPPED
    assert found["slices"].details["no_baseline"] is True
    assert found["accuracy/slice/sex=f/limits"].outcome is Outcome.PASSED
    assert "accuracy/slice/sex=f" not in found


def test_a_base_that_fails_is_never_green(tmp_path: Path) -> None:
    found = measure(tmp_path, good, Broken(), slices=["auto"])
    assert found["slices"].outcome is Outcome.ERRORED
    found = measure(tmp_path, good, ModelFailed("does not load"), slices=["auto"])
    assert found["slices"].outcome is Outcome.ERRORED


def test_too_few_rows_are_not_searched_and_not_green(tmp_path: Path) -> None:
    found = measure(tmp_path, broken, frame=rows(32), slices=["auto"])
    assert found["slices"].outcome is Outcome.SKIPPED
    assert "no slice was searched" in found["slices"].message


def test_the_search_leaves_out_target_ids_weight_and_cluster(tmp_path: Path) -> None:
    frame = rows()[["x", "y"]].assign(id=1, w=1.0, g=1)
    for name in ("id", "w", "g"):
        frame[name] = np.arange(ROWS) % 4 + 1
    plain = measure(tmp_path, broken_x, frame=frame, slices=["auto"])
    assert plain["slices"].details["columns"] == 4
    hidden = measure(
        tmp_path, broken_x, frame=frame, slices=["auto"],
        spec={"ids": ["id"], "weight": "w", "group": "g"},
    )  # fmt: skip
    assert hidden["slices"].details["columns"] == 1


def broken_x(frame: Frame) -> Any:
    return np.where(frame.x > 0.9, 0.2, good(frame))


def test_odd_columns_hinder_no_search(tmp_path: Path) -> None:
    frame = rows().assign(
        infinite=np.where(np.arange(ROWS) % 3, np.inf, -np.inf),
        nothing=None,
        when=pd.date_range("2020-01-01", periods=ROWS, freq="h", tz="Europe/Berlin"),
        code=pd.array([1, None] * (ROWS // 2), dtype="Int64"),
        flag=np.arange(ROWS) % 2 == 0,
        lists=pd.Series([[1]] * ROWS),
    )
    found = measure(tmp_path, broken, frame=frame, slices=["auto"])
    assert found["slices"].subject == "accuracy where contract = 'two'"
    assert found["slices"].details["columns"] == 9  # all but target, nothing and lists


def test_numbers_of_rows_make_no_slices_though_no_ids_are_declared(tmp_path: Path) -> None:
    plain = measure(tmp_path, broken, slices=["auto"])["slices"]
    numbered = rows().assign(row_id=range(ROWS))
    seen = measure(tmp_path, broken, frame=numbered, slices=["auto"])["slices"]
    assert seen.details["columns"] == plain.details["columns"]


def test_a_regressor_is_searched_by_its_errors(tmp_path: Path) -> None:
    frame = rows().assign(y=lambda f: 100 * f.x)

    def head(frame: Frame) -> Any:
        return 100 * frame.x + np.where(frame.contract == "two", 30, np.sin(100 * frame.z))

    def base(frame: Frame) -> Any:
        return 100 * frame.x + np.cos(100 * frame.z)

    found = measure(tmp_path, Other(values=head), Other(values=base), frame=frame, slices=["auto"])
    assert found["slices"].outcome is Outcome.FAILED
    assert found["slices"].subject == "mean_absolute_error where contract = 'two'"
    assert found["slices"].observed == pytest.approx(30)


def test_a_classifier_without_probabilities_is_searched_by_its_labels(tmp_path: Path) -> None:
    def labels(score: Score) -> Other:
        return Other(values=lambda frame: (score(frame) > 0.5).astype(int), classes=(0, 1))

    found = measure(
        tmp_path,
        labels(broken),
        labels(good),
        slices=["auto"],
        metrics={"accuracy": {"max_drop": 0.01}},
    )
    assert found["slices"].outcome is Outcome.FAILED
    assert found["slices"].details["metrics"] == ["accuracy"]


def test_slices_are_corrected_together_with_all_other_comparisons(tmp_path: Path) -> None:
    seen = list(measure(tmp_path, broken, slices=["contract", "auto"]).values())
    check = CheckResult(
        id="metrics", type="metrics", severity="error", outcome=Outcome.FAILED, reason=None,
        rows=ROWS, seconds=0.0, findings=tuple(seen),
    )  # fmt: skip
    (after,) = corrected([check])
    by_id = {finding.id: finding for finding in after.findings}
    searched = by_id["metrics/slices"]
    assert searched.outcome is Outcome.FAILED
    assert searched.details["comparisons"] == sum("p_value" in f.details for f in seen)
    assert detail(searched, "p_adjusted") >= detail(searched, "p_value")


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"slices": [{"age": [3, 2]}]}, "should rise"),
        ({"slices": [{"age": [3]}]}, "needs 2 to 20 edges"),
        ({"slices": [{"age": [1, 2], "b": [1, 2]}]}, "should be one column"),
        ({"slices": [{"where": "age <", "name": "x"}]}, "ends too early"),
        ({"slices": [{"where": "age < 3"}]}, "name"),
        ({"slice_limits": {"acuracy": {"min": 0}}}, "did you mean 'accuracy'"),
        ({"slice_limits": {}}, "at least 1"),
    ],
)
def test_a_mistake_in_mlgate_yml_is_told_before_anything_runs(
    parameters: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValidationError, match=problem):
        Metrics.model_validate({"type": "metrics", "model": "m", "data": "d", **parameters})


@pytest.mark.parametrize("more", [{"slices": ["a"]}, {"slice_limits": {"a": {"min": 0}}}])
def test_a_metrics_file_has_no_slices(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="holds no rows"):
        Metrics.model_validate(
            {"type": "metrics", "file": "m.json", "metrics": {"a": {"min": 0}}, **more}
        )
    none = {"type": "metrics", "file": "m.json", "metrics": {"a": {"min": 0}}, "slices": []}
    assert Metrics.model_validate(none).slices == ()
