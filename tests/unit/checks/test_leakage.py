"""The leakage check on real data sets: planted leaks of each kind, and clean splits."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

from mlgate.checks.interface import Measurement
from mlgate.checks.leakage import Leakage
from mlgate.config.model import DataSpec, ModelSpec
from mlgate.errors import DataNotReadable, ModelFailed
from mlgate.results import Finding, Outcome, combined, jsonable
from tests.support import make_inputs
from tests.unit.checks.in_process import Classifier, Other, WithModels

LOADERS = {
    "iris": load_iris,
    "wine": load_wine,
    "breast cancer": load_breast_cancer,
    "diabetes": load_diabetes,
}
Frame = pd.DataFrame


def frame_of(name: str) -> Frame:
    frame: Frame = LOADERS[name](as_frame=True).frame
    return frame


def split(frame: Frame, seed: int = 0, share: float = 0.8) -> tuple[Frame, Frame]:
    shuffled = frame.sample(frac=1, random_state=seed).reset_index(drop=True)
    cut = int(len(frame) * share)
    return shuffled[:cut].reset_index(drop=True), shuffled[cut:].reset_index(drop=True)


class Seen:
    """What the check found, by the end of the findings' ids."""

    def __init__(self, measurement: Measurement) -> None:
        self.rows = measurement.rows
        self.findings = measurement.findings
        self.outcome = combined(measurement.findings)

    def __getitem__(self, part: str) -> Finding:
        (finding,) = [f for f in self.findings if f.id == f"leakage/{part}"]
        return finding

    @property
    def failed(self) -> set[str]:
        failed = [f for f in self.findings if f.outcome is Outcome.FAILED]
        return {f.id.removeprefix("leakage/") for f in failed}


def look(
    root: Path,
    train: Frame,
    test: Frame,
    *,
    base: tuple[Frame | None, Frame | None] | None = None,
    spec: dict[str, Any] | None = None,
    test_spec: dict[str, Any] | None = None,
    model: Any = None,
    other: Any = None,
    suffix: str = "parquet",
    **parameters: Any,
) -> Seen:
    """Run the check on files of both sides; `base` holds base's train and test."""
    own = {"target": "target"} if spec is None else spec
    paths = {name: f"{name}.{suffix}" for name in ("train", "test")}
    data = {
        "train": {"path": paths["train"], **own},
        "test": {"path": paths["test"], **(own if test_spec is None else test_spec)},
    }
    sides = {"head": (train, test)} | ({"base": base} if base else {})
    kept = {}
    for side, frames in sides.items():
        (root / side).mkdir(exist_ok=True)
        for name, frame in zip(("train", "test"), frames, strict=True):
            if frame is not None:
                _write(frame, root / side / paths[name])
                kept[side, name] = data[name]
    with make_inputs(
        root / "head",
        data=data,
        models={"m": "m.joblib"},
        base_root=root / "base" if base else None,
        base_data={name: spec for (side, name), spec in kept.items() if side == "base"},
    ) as inputs:
        given: Any = inputs
        if model is not None:
            given = WithModels(inputs, {"head": model, **({"base": other} if other else {})})
            parameters = {"model": "m", **parameters}
        check = Leakage.model_validate(
            {"type": "leakage", "train": "train", "test": "test", **parameters}
        )
        return Seen(check.run(given))


def _write(frame: Frame, path: Path) -> None:
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)


class TestCleanSplits:
    @pytest.mark.parametrize("seed", range(20))
    @pytest.mark.parametrize("name", LOADERS)
    def test_a_random_split_of_real_data_passes(self, name, seed, tmp_path):
        seen = look(tmp_path, *split(frame_of(name), seed))
        assert not seen.failed
        assert seen.outcome is Outcome.PASSED
        assert seen.rows == len(frame_of(name))
        assert not [f for f in seen.findings if f.outcome is Outcome.ERRORED]

    @pytest.mark.parametrize("name", LOADERS)
    def test_data_that_base_has_too_pass(self, name, tmp_path):
        train, test = split(frame_of(name))
        seen = look(tmp_path, train, test, base=(train, test))
        assert seen.outcome is Outcome.PASSED
        assert seen["base-rows"].outcome is Outcome.PASSED
        assert seen["base-rows"].details["new_rows"] == 0

    def test_new_training_rows_that_are_truly_new_pass(self, tmp_path):
        frame = frame_of("breast cancer")
        train, test = split(frame)
        seen = look(tmp_path, train, test, base=(train[:-50], test))
        assert seen["base-rows"].outcome is Outcome.PASSED
        assert seen["base-rows"].details["new_rows"] == 50

    def test_a_natural_double_of_iris_is_shown_with_what_chance_allows(self, tmp_path):
        frame = frame_of("iris")
        double = frame.duplicated(keep="last")
        some = frame[~double].sample(29, random_state=0)
        train, test = frame[~double].drop(some.index), pd.concat([frame[double], some])
        seen = look(tmp_path, train, test)["rows"]
        assert seen.outcome is Outcome.PASSED
        assert seen.observed == 1
        assert "are expected by chance" in seen.message
        most = seen.details["most_by_chance"]
        assert isinstance(most, int)
        assert most >= 1


@pytest.mark.parametrize("name", LOADERS)
class TestPlantedRows:
    def test_copied_rows_are_counted_and_pointed_at(self, name, tmp_path):
        frame = frame_of(name).drop_duplicates(ignore_index=True)
        train, test = split(frame)
        leaky = pd.concat([train, test[3:13]], ignore_index=True)
        seen = look(tmp_path, leaky, test)
        assert seen.failed == {"rows"}
        found = seen["rows"]
        assert found.observed == found.details["count"] == 10
        assert found.details["count_with_target"] == 10
        assert found.details["share"] == pytest.approx(10 / len(test))
        assert found.details["examples"] == [
            {"test_row": 3 + i, "train_row": len(train) + i} for i in range(5)
        ]
        assert seen["near-rows"].observed == 0
        assert f"10 of {len(test)}" in found.message

    def test_a_copy_with_another_target_is_found(self, name, tmp_path):
        frame = frame_of(name).drop_duplicates(ignore_index=True)
        train, test = split(frame)
        copied = test[:10].assign(target=lambda f: f["target"] + 1)
        seen = look(tmp_path, pd.concat([train, copied]), test)["rows"]
        assert seen.outcome is Outcome.FAILED
        assert seen.observed == 10
        assert seen.details["count_with_target"] == 0

    def test_float_noise_is_near_and_not_equal(self, name, tmp_path):
        frame = frame_of(name).drop_duplicates(ignore_index=True)
        features = frame.columns.drop("target")
        train, test = split(frame)
        noisy = test[:10].copy()
        noisy[features] = noisy[features].astype(float) * (1 + 1e-9)
        seen = look(tmp_path, pd.concat([train, noisy], ignore_index=True), test)
        assert seen["rows"].observed == 0
        assert seen.failed == {"near-rows"}
        assert seen["near-rows"].observed == 10

    def test_new_training_rows_from_the_rows_that_base_is_judged_on(self, name, tmp_path):
        frame = frame_of(name).drop_duplicates(ignore_index=True)
        train, test = split(frame)
        head_train = pd.concat([train, test[:10]], ignore_index=True)
        seen = look(tmp_path, head_train, test[10:], base=(train, test))
        assert seen.failed == {"base-rows"}
        found = seen["base-rows"]
        assert found.observed == found.details["new_rows"] == 10
        assert found.details["examples"] == [
            {"train_row": len(train) + i, "base_test_row": i} for i in range(5)
        ]


@pytest.mark.parametrize("name", ["wine", "breast cancer", "diabetes"])
def test_oversampling_before_the_split_excuses_nothing(name, tmp_path):
    frame = frame_of(name)
    oversampled = pd.concat([frame, frame.sample(frac=0.5, random_state=1)])
    assert "rows" in look(tmp_path, *split(oversampled)).failed


def test_one_copied_row_may_be_natural_and_two_are_not(tmp_path):
    train, test = split(frame_of("breast cancer"))
    for copied, outcome in ((1, Outcome.PASSED), (2, Outcome.FAILED)):
        seen = look(tmp_path, pd.concat([train, test[:copied]]), test)
        assert seen["rows"].outcome is outcome
        assert seen["rows"].details["most_by_chance"] == 0


def test_a_limit_of_zero_allows_not_even_one_row(tmp_path):
    train, test = split(frame_of("breast cancer"))
    seen = look(tmp_path, pd.concat([train, test[:1]]), test, max_share=0)
    assert seen["rows"].outcome is Outcome.FAILED


def test_rows_that_were_leaked_on_base_already_are_not_new(tmp_path):
    train, test = split(frame_of("wine"))
    leaky = pd.concat([train, test[:5]], ignore_index=True)
    seen = look(tmp_path, leaky, test, base=(leaky, test))
    assert seen.failed == {"rows"}
    assert seen["base-rows"].outcome is Outcome.PASSED
    seen = look(tmp_path, leaky, test, base=(leaky[3:], test))
    assert seen["base-rows"].details["new_rows"] == 3
    assert seen["base-rows"].observed == 0


def test_weights_are_not_compared(tmp_path):
    train, test = split(frame_of("wine"))
    leaky = pd.concat([train.assign(w=1.0), test[:5].assign(w=2.0)])
    spec = {"target": "target", "weight": "w"}
    assert look(tmp_path, leaky, test.assign(w=3.0), spec=spec)["rows"].observed == 5


def test_without_training_data_on_base_every_row_is_new(tmp_path):
    train, test = split(frame_of("wine"))
    leaky = pd.concat([train, test[:5]], ignore_index=True)
    seen = look(tmp_path, leaky, test, base=(None, test))
    assert seen["base-rows"].observed == 5
    assert seen["base-rows"].details["new_rows"] == len(leaky)


def test_without_base_the_comparison_is_skipped_as_having_no_baseline(tmp_path):
    seen = look(tmp_path, *split(frame_of("wine")))
    assert seen["base-rows"].outcome is Outcome.SKIPPED
    assert seen["base-rows"].details == {"no_baseline": True}


def test_limits_are_the_users(tmp_path):
    train, test = split(frame_of("breast cancer"))  # 114 rows
    leaky = pd.concat([train, test[:10]])
    assert not look(tmp_path, leaky, test, max_share=0.09).failed
    assert look(tmp_path, leaky, test, max_share=0.08).failed == {"rows"}


class TestDifferentForms:
    """The same rows, held in another way on the other side."""

    def leaked(self, tmp_path: Path, train: Frame, test: Frame, **more: Any) -> Seen:
        return look(tmp_path, train, test, spec={"target": "y"}, **more)

    def frame(self) -> Frame:
        rows = np.arange(60)
        return pd.DataFrame(
            {
                "number": rows * 1.25,
                "whole": rows * 7,
                "text": [f"Straße  Nr. {i}" for i in rows],
                "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rows, "h"),
                "flag": rows % 2 == 0,
                "y": rows % 3,
            }
        )

    def test_the_order_of_the_columns_and_a_column_of_one_side_do_not_count(self, tmp_path):
        frame = self.frame()
        train, test = frame[:40].assign(only_here=1), frame[35:][frame.columns[::-1]]
        seen = self.leaked(tmp_path, train, test)["rows"]
        assert seen.observed == 5
        columns = seen.details["columns"]
        assert isinstance(columns, list)
        assert set(columns) == {"number", "whole", "text", "when", "flag"}

    def test_nulls_equal_nulls_whatever_they_are(self, tmp_path):
        frame = self.frame().astype({"text": object})
        frame.loc[30:, ["number", "text", "when"]] = None
        test = frame[35:].copy()
        test["number"] = test["number"].astype("Float64")
        assert self.leaked(tmp_path, frame[:40], test)["rows"].observed == 5

    def test_a_null_is_no_value(self, tmp_path):
        frame = self.frame()
        test = frame[35:].copy()
        test.loc[35:36, "text"] = None
        test["number"] = test["number"].mask(test.index == 37, 0.0)
        assert self.leaked(tmp_path, frame[:40], test)["rows"].observed == 2

    def test_categories_are_their_values(self, tmp_path):
        frame = self.frame()
        test = frame[35:].astype({"text": "category", "whole": "category", "flag": "category"})
        assert self.leaked(tmp_path, frame[:40], test)["rows"].observed == 5

    @pytest.mark.parametrize("kind", ["float64", "Int64", "uint16", "float32"])
    def test_whole_numbers_are_equal_in_every_type(self, tmp_path, kind):
        frame = self.frame()
        test = frame[35:].astype({"whole": kind})
        assert self.leaked(tmp_path, frame[:40], test)["rows"].observed == 5

    def test_large_whole_numbers_are_told_apart(self, tmp_path):
        train = pd.DataFrame({"big": 2**60 + np.arange(100), "y": np.arange(100) % 2})
        test = train.assign(big=train["big"] + 100)
        assert self.leaked(tmp_path, train, test)["rows"].observed == 0
        assert self.leaked(tmp_path, train, train)["rows"].observed == 100

    def test_another_spelling_of_a_text_is_near(self, tmp_path):
        frame = self.frame()
        test = frame[35:].copy()
        test["text"] = (
            test["text"].str.upper().str.replace("NR.", " \uff2e\uff32 ", regex=False) + "!"
        )
        seen = self.leaked(tmp_path, frame[:40], test)
        assert seen["rows"].observed == 0
        assert seen["near-rows"].observed == 5
        assert seen["near-rows"].outcome is Outcome.FAILED

    def test_rows_that_are_equal_are_not_near_as_well(self, tmp_path):
        frame = self.frame()
        seen = self.leaked(tmp_path, frame[:40], frame[35:])
        assert (seen["rows"].observed, seen["near-rows"].observed) == (5, 0)

    def test_fractions_are_near_in_as_many_digits_as_the_user_says(self, tmp_path):
        frame = self.frame()
        test = frame[35:].assign(number=frame["number"] * 1.002)
        assert self.leaked(tmp_path, frame[:40], test)["near-rows"].observed == 0
        seen = self.leaked(tmp_path, frame[:40], test, significant_digits=2)["near-rows"]
        assert seen.observed == 5

    def test_a_float32_column_is_near_its_float64(self, tmp_path):
        train, test = split(frame_of("breast cancer"))
        narrow = test[:20].astype(np.float32).astype({"target": int})
        seen = look(tmp_path, pd.concat([train, narrow.astype(float)]), test)
        assert seen["near-rows"].observed == 20

    def test_csv_holds_the_same_rows_as_parquet(self, tmp_path):
        frame = self.frame()
        seen = look(tmp_path, frame[:40], frame[35:], spec={"target": "y"}, suffix="csv")
        assert seen["rows"].observed == 5

    def test_lists_can_be_compared(self, tmp_path):
        vectors = [[float(i), 0.5] for i in range(40)]
        frame = pd.DataFrame({"v": vectors, "y": np.arange(40) % 2})
        assert self.leaked(tmp_path, frame[:30], frame[25:])["rows"].observed == 5


class TestNothingToCompare:
    @pytest.mark.parametrize("empty", ["train", "test"])
    def test_no_rows_are_an_error(self, tmp_path, empty):
        frame = frame_of("iris")
        train, test = (frame[:0] if empty == name else frame for name in ("train", "test"))
        with pytest.raises(DataNotReadable, match=f"{empty} has no rows"):
            look(tmp_path, train, test)

    @pytest.mark.parametrize("test", [{"b": 1.0, "y": 0}, {"a": None, "y": 0}])
    def test_no_feature_on_both_sides_is_an_error(self, tmp_path, test):
        train = pd.DataFrame({"a": [None] * 30, "y": [0] * 30})
        seen = look(tmp_path, train, pd.DataFrame([test] * 9), spec={"target": "y"})
        assert seen["rows"].outcome is Outcome.ERRORED
        assert seen["near-rows"].outcome is Outcome.ERRORED
        assert seen.outcome is Outcome.ERRORED

    def test_what_is_not_declared_is_skipped_and_said(self, tmp_path):
        seen = look(tmp_path, *split(frame_of("wine")), spec={})
        for part, what in (
            ("keys", "ids"),
            ("groups", "group"),
            ("time", "time"),
            ("features", "target"),
        ):
            assert seen[part].outcome is Outcome.SKIPPED
            assert f"add `{what}: " in seen[part].message

    @pytest.mark.parametrize("what", ["group", "time", "ids"])
    def test_a_declared_column_that_is_not_there_is_an_error(self, tmp_path, what):
        spec = {what: ["flavanoid"] if what == "ids" else "flavanoid"}
        seen = look(tmp_path, *split(frame_of("wine")), spec=spec)
        part = {"ids": "keys", "group": "groups", "time": "time"}[what]
        assert seen[part].outcome is Outcome.ERRORED
        assert "flavanoids" in seen[part].message
        assert seen.outcome is Outcome.ERRORED

    def test_a_target_that_is_not_there_is_an_error(self, tmp_path):
        seen = look(tmp_path, *split(frame_of("wine")), spec={"target": "gone"})
        assert seen["features"].outcome is Outcome.ERRORED

    @pytest.mark.parametrize("what", ["group", "time"])
    def test_a_column_of_nulls_is_an_error(self, tmp_path, what):
        train, test = (part.assign(g=np.nan) for part in split(frame_of("wine")))
        seen = look(tmp_path, train, test, spec={what: "g"})
        assert seen[{"group": "groups", "time": "time"}[what]].outcome is Outcome.ERRORED

    def test_base_without_rows_is_an_error(self, tmp_path):
        train, test = split(frame_of("wine"))
        seen = look(tmp_path, train, test, base=(train, test[:0]))
        assert seen["base-rows"].outcome is Outcome.ERRORED


KEYS = {"target": "target", "ids": ["customer", "month"], "group": "site"}
TIME = {"target": "target", "time": "when"}


class TestKeysAndGroups:
    def sides(self) -> tuple[Frame, Frame]:
        frame = frame_of("breast cancer")
        rows = np.arange(len(frame))
        named = frame.assign(
            customer=[f"c{i % 300}" for i in rows], month=rows // 300, site=rows // 6
        )
        return named[:456], named[456:]

    def test_keys_count_together_and_groups_alone(self, tmp_path):
        seen = look(tmp_path, *self.sides(), spec=KEYS)
        assert seen["keys"].observed == 0
        assert seen["groups"].observed == 0
        assert seen.outcome is Outcome.PASSED

    def test_an_entity_on_both_sides(self, tmp_path):
        train, test = self.sides()
        train = train.copy()
        train.loc[[1, 2, 3], ["customer", "month"]] = test[["customer", "month"]][:3].to_numpy()
        seen = look(tmp_path, train, test, spec=KEYS)
        assert seen.failed == {"keys"}
        assert seen["keys"].observed == 3
        assert seen["keys"].details["columns"] == ["customer", "month"]
        assert seen["keys"].details["examples"] == [
            {"test_row": i, "train_row": i + 1} for i in range(3)
        ]

    def test_a_group_on_both_sides(self, tmp_path):
        train, test = self.sides()
        seen = look(tmp_path, train, test.assign(site=test["site"] - 2), spec=KEYS)
        assert seen.failed == {"groups"}
        assert seen["groups"].observed == 12
        assert seen["groups"].details["values"] == 2

    def test_a_missing_key_is_nobodys(self, tmp_path):
        train, test = (part.copy() for part in self.sides())
        train.loc[:9, ["customer", "month"]] = [None, 1]
        test.loc[456:458, "customer"] = None
        seen = look(tmp_path, train, test, spec=KEYS)["keys"]
        assert seen.observed == 0
        assert seen.details["nulls"] == 3
        assert "110" in seen.message

    def test_ids_are_no_features(self, tmp_path):
        train, test = self.sides()
        copied = test[:4].assign(month=99)
        seen = look(tmp_path, pd.concat([train, copied]), test, spec={**KEYS, "group": None})
        assert seen.failed >= {"rows"}
        columns = seen["rows"].details["columns"]
        assert isinstance(columns, list)
        assert not {"customer", "month", "target"} & set(columns)

    def test_a_column_that_counts_the_rows_of_each_side_is_no_key(self, tmp_path):
        train, test = split(frame_of("wine"))
        train, test = (part.assign(row=range(len(part))) for part in (train, test))
        seen = look(tmp_path, train, test, spec={"target": "target", "ids": ["row"]})
        assert seen["keys"].outcome is Outcome.SKIPPED
        assert "numbers the rows" in seen["keys"].message


class TestTime:
    def sides(self) -> tuple[Frame, Frame]:
        frame = frame_of("diabetes")
        when = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(len(frame)), "D")
        dated = frame.assign(when=when)
        return dated[:350], dated[350:]

    @pytest.mark.parametrize("suffix", ["parquet", "csv"])
    def test_later_rows_pass_and_earlier_ones_warn(self, tmp_path, suffix):
        train, test = self.sides()
        assert look(tmp_path, train, test, spec=TIME, suffix=suffix)["time"].observed == 0
        test = test.assign(when=test["when"] - pd.Timedelta(days=7))
        seen = look(tmp_path, train, test, spec=TIME, suffix=suffix)["time"]
        # The last training row is of day 349; the eighth evaluation row is too.
        assert seen.observed == 6
        assert seen.outcome is Outcome.FAILED
        assert seen.severity == "warning"
        assert "2024-12-15" in seen.message

    def test_numbers_are_times_too(self, tmp_path):
        train, test = self.sides()
        train, test = train.assign(when=2020), test.assign(when=2021)
        assert look(tmp_path, train, test, spec=TIME)["time"].outcome is Outcome.PASSED
        seen = look(tmp_path, test, train, spec=TIME)["time"]
        assert seen.observed == len(train)

    def test_rows_without_a_time_are_not_counted(self, tmp_path):
        train, test = (part.copy() for part in self.sides())
        test.loc[350:359, "when"] = None
        seen = look(tmp_path, train, test, spec=TIME)["time"]
        assert seen.outcome is Outcome.PASSED
        assert seen.details["nulls"] == 10
        assert "of 82" in seen.message

    def test_what_is_no_time_is_an_error(self, tmp_path):
        train, test = (part.assign(when="last week") for part in self.sides())
        assert look(tmp_path, train, test, spec=TIME)["time"].outcome is Outcome.ERRORED


def blurred(target: Any, blur: float, seed: int = 0) -> Any:
    """A target with noise of so many standard deviations."""
    noise = np.random.default_rng(seed).normal(size=len(target))
    return target + blur * target.std() * noise


class TestTellingFeatures:
    def sides(self) -> tuple[Frame, Frame]:
        return split(frame_of("breast cancer"))

    def test_without_base_a_perfect_feature_warns(self, tmp_path):
        train, test = (part.assign(code=part["target"] * 2) for part in self.sides())
        seen = look(tmp_path, train, test)
        assert seen.failed == {"features/code"}
        assert seen["features/code"].severity == "warning"
        assert seen["features/code"].observed == 1.0

    def test_a_perfect_feature_that_base_does_not_have_fails(self, tmp_path):
        base = self.sides()
        train, test = (part.assign(code=part["target"] * 2) for part in base)
        seen = look(tmp_path, train, test, base=base)["features/code"]
        assert seen.outcome is Outcome.FAILED
        assert seen.severity is None
        assert "it is new" in seen.message

    @pytest.mark.parametrize(("table", "blur"), [("churn", 0.5), ("diabetes", 0.2)])
    def test_a_new_feature_that_tells_far_more_than_the_others_fails(self, tmp_path, table, blur):
        base = self.weak_sides(table)
        train, test = (part.assign(review=blurred(part["target"], blur)) for part in base)
        seen = look(tmp_path, train, test, base=base)
        assert seen.failed == {"features/review"}
        finding = seen["features/review"]
        assert finding.severity is None
        assert isinstance(finding.observed, float)
        assert 0.9 < finding.observed < 0.999
        assert "it is new" in finding.message
        told = look(tmp_path, train, test, base=base, max_feature_score=1)
        assert told["features"].outcome is Outcome.PASSED

    @pytest.mark.parametrize(("table", "blur"), [("churn", 1.2), ("diabetes", 0.6)])
    def test_a_new_feature_that_is_merely_good_passes(self, tmp_path, table, blur):
        base = self.weak_sides(table)
        train, test = (part.assign(bureau=blurred(part["target"], blur)) for part in base)
        seen = look(tmp_path, train, test, base=base)["features"]
        assert seen.outcome is Outcome.PASSED
        assert seen.details["columns"] == ["bureau"]

    def test_among_strong_features_a_strong_new_one_passes(self, tmp_path):
        train, test = self.sides()  # the best one alone has an area of 0.975
        best = "worst perimeter"
        base = train.drop(columns=best), test.drop(columns=best)
        seen = look(tmp_path, train, test, base=base)["features"]
        assert seen.outcome is Outcome.PASSED
        assert isinstance(seen.observed, float)
        assert seen.observed > 0.95

    def weak_sides(self, table: str) -> tuple[Frame, Frame]:
        if table == "diabetes":
            return split(frame_of("diabetes"))
        rng = np.random.default_rng(1)
        frame = pd.DataFrame({"target": rng.integers(0, 2, 600)})
        return split(frame.assign(tenure=blurred(frame["target"], 2.0, seed=2)))

    def test_a_feature_that_got_much_better_since_base_fails(self, tmp_path):
        base = self.sides()
        rng = np.random.default_rng(0)
        train, test = (
            part.assign(**{"mean texture": part["target"] + rng.normal(0, 0.2, len(part))})
            for part in base
        )
        seen = look(tmp_path, train, test, base=base)
        assert seen.failed == {"features/mean-texture"}
        finding = seen["features/mean-texture"]
        assert isinstance(finding.observed, float)
        assert finding.observed > 0.98
        assert finding.baseline == pytest.approx(0.77, abs=0.02)

    def test_a_feature_that_was_perfect_on_base_is_a_strong_one(self, tmp_path):
        train, test = (part.assign(code=part["target"] * 2) for part in self.sides())
        seen = look(tmp_path, train, test, base=(train, test))
        assert seen.outcome is Outcome.PASSED
        assert seen["features"].baseline == 1.0

    def test_a_base_too_small_to_compare_with_leaves_a_warning(self, tmp_path):
        train, test = (part.assign(code=part["target"] * 2) for part in self.sides())
        seen = look(tmp_path, train, test, base=(train[:8], test))["features/code"]
        assert seen.severity == "warning"
        assert "no base to compare with" in seen.message

    def test_a_feature_that_was_constant_on_base_fails(self, tmp_path):
        train, test = (part.assign(code=part["target"] * 2) for part in self.sides())
        seen = look(tmp_path, train, test, base=(train.assign(code=0), test))["features/code"]
        assert seen.severity is None
        assert seen.baseline == 0

    def test_ids_are_not_scored(self, tmp_path):
        train, test = (part.assign(code=part["target"] * 2) for part in self.sides())
        spec = {"target": "target", "ids": ["code"]}
        assert "features/code" not in look(tmp_path, train, test, spec=spec).failed

    def test_too_few_rows_are_skipped(self, tmp_path):
        train, test = self.sides()
        seen = look(tmp_path, train[:12], test)["features"]
        assert seen.outcome is Outcome.SKIPPED
        assert "too few" in seen.message


def test_copies_under_new_numbers_are_found_though_no_ids_are_declared(tmp_path):
    train, test = split(frame_of("wine"))
    train = pd.concat([train, test[:10]], ignore_index=True)
    train, test = train.assign(id=range(len(train))), test.assign(id=range(900, 900 + len(test)))
    assert look(tmp_path, train, test)["rows"].observed == 10


class TestModels:
    def test_ids_that_a_model_sees(self, tmp_path):
        train, test = split(frame_of("breast cancer"))
        model = Classifier(score=lambda rows: 0.5, features=("mean radius", "mean area", "target"))
        spec = {"target": "target", "ids": ["mean area"]}
        seen = look(tmp_path, train, test, spec=spec, model=model)["model-features"]
        assert seen.outcome is Outcome.FAILED
        assert seen.observed == 2
        assert seen.details["columns"] == ["mean area", "target"]

    @pytest.mark.parametrize(
        ("before", "severity"),
        [(("mean radius",), None), (("mean radius", "row_id"), "warning"), (None, "warning")],
        ids=["base does not see it", "base sees it", "no base"],
    )
    def test_what_looks_like_an_id_and_no_ids_are_declared(self, tmp_path, before, severity):
        frame = frame_of("breast cancer")
        train, test = split(frame.assign(row_id=np.random.default_rng(0).permutation(len(frame))))
        model = Classifier(score=lambda rows: 0.5, features=("mean radius", "row_id"))
        other = before and Classifier(score=lambda rows: 0.5, features=before)
        seen = look(
            tmp_path, train, test, model=model, base=(train, test) if before else None, other=other
        )["model-features"]
        assert seen.outcome is Outcome.FAILED
        assert seen.details["columns"] == ["row_id"]
        assert seen.severity == severity

    def test_nothing_is_guessed_where_ids_are_declared(self, tmp_path):
        frame = frame_of("breast cancer")
        train, test = split(frame.assign(row_id=range(len(frame)), case=range(len(frame))))
        model = Classifier(score=lambda rows: 0.5, features=("mean radius", "row_id"))
        spec = {"target": "target", "ids": ["case"]}
        seen = look(tmp_path, train, test, spec=spec, model=model)
        assert seen["model-features"].outcome is Outcome.PASSED

    def test_a_model_that_sees_none_passes(self, tmp_path):
        train, test = split(frame_of("breast cancer"))
        model = Classifier(score=lambda rows: 0.5, features=("mean radius",))
        seen = look(tmp_path, train, test, model=model)
        assert seen["model-features"].outcome is Outcome.PASSED
        assert not model.asked  # nothing leaked, so that no metric is needed

    def test_a_model_that_fails_costs_only_what_needs_it(self, tmp_path):
        train, test = split(frame_of("breast cancer"))
        leaky = pd.concat([train, test[:10]])
        seen = look(tmp_path, leaky, test, model=ModelFailed("it does not load"))
        assert seen["model-features"].outcome is Outcome.ERRORED
        assert seen["rows"].outcome is Outcome.FAILED
        assert seen["rows"].details["metric_error"] == "it does not load"

    def test_the_share_of_accuracy_that_the_leak_explains(self, tmp_path):
        train, test = split(frame_of("breast cancer"))
        known = set(test["mean radius"][:57])
        truth = dict(zip(test["mean radius"], test["target"], strict=True))

        def remembers(rows: Frame) -> Any:
            return [truth[r] if r in known else 1 - truth[r] for r in rows["mean radius"]]

        model = Classifier(score=remembers, features=("mean radius",))
        seen = look(tmp_path, pd.concat([train, test[:57]]), test, model=model)["rows"]
        right = test["mean radius"].isin(known).mean()
        apart = test["mean radius"][57:].isin(known).mean()
        assert seen.details["metric"] == "accuracy"
        assert seen.details["metric_value"] == pytest.approx(right)
        assert seen.details["metric_without"] == pytest.approx(apart)
        assert seen.details["metric_explained"] == pytest.approx(right - apart)
        share = (right - apart) / right
        assert seen.details["metric_explained_share"] == pytest.approx(share)
        assert "without" in seen.message

    def test_for_numbers_it_is_the_mean_absolute_error(self, tmp_path):
        train, test = split(frame_of("diabetes"))
        model = Other(values=lambda rows: np.zeros(len(rows)))
        seen = look(tmp_path, pd.concat([train, test[:20]]), test, model=model)["rows"]
        assert seen.details["metric"] == "mean_absolute_error"
        assert seen.details["metric_value"] == pytest.approx(test["target"].mean())
        assert seen.details["metric_without"] == pytest.approx(test["target"][20:].mean())

    def test_where_every_row_leaked_nothing_is_left_to_measure(self, tmp_path):
        _, test = split(frame_of("breast cancer"))
        model = Classifier(score=lambda rows: np.full(len(rows), 0.9), features=("mean radius",))
        seen = look(tmp_path, test, test, model=model)["rows"]
        assert seen.observed == len(test)
        assert seen.details["metric_error"] == "no row is left"


def test_hostile_names_and_values_stay_short(tmp_path):
    text = "\ud800</td>@everyone" + "x" * 10_000
    column = "x" * 5000
    frame = pd.DataFrame({column: [f"{i}{text[1:]}" for i in range(30)], "g": "v" * 10_000})
    seen = look(tmp_path, frame, frame, spec={"group": "g", "ids": [column]})
    assert seen.failed >= {"keys", "groups"}
    assert all(len(f.message) < 1000 for f in seen.findings)


def test_recommended_for_each_pair_of_train_and_test():
    data = {
        "train": DataSpec(path="a.csv"),
        "held": DataSpec(path="b.csv", role="test"),
        "now": DataSpec(path="c.csv", role="current"),
    }
    one = {"m": ModelSpec(path="m.joblib")}
    assert list(Leakage.recommend(data, {})) == [{"train": "train", "test": "held"}]
    assert list(Leakage.recommend(data, one)) == [{"train": "train", "test": "held", "model": "m"}]
    two = {**data, "test": DataSpec(path="d.csv")}
    assert [entry["id"] for entry in Leakage.recommend(two, {})] == [
        "leakage-train-held",
        "leakage-train-test",
    ]
    assert not list(Leakage.recommend({"test": data["held"]}, one))


def test_a_data_set_that_base_names_and_cannot_be_had_is_an_error(tmp_path):
    train, test = split(frame_of("wine"))
    (tmp_path / "base").mkdir()
    train.to_parquet(tmp_path / "train.parquet")
    test.to_parquet(tmp_path / "test.parquet")
    data = {name: {"path": f"{name}.parquet", "target": "target"} for name in ("train", "test")}
    with make_inputs(tmp_path, data=data, base_root=tmp_path / "base") as inputs:
        seen = Seen(Leakage(type="leakage", train="train", test="test").run(inputs))
    assert seen["base-rows"].outcome is Outcome.ERRORED
    assert seen.outcome is Outcome.ERRORED


def test_findings_are_json(tmp_path):
    train, test = split(frame_of("wine"))
    for finding in look(tmp_path, train, test, base=(train, test)).findings:
        assert jsonable(finding.details) == finding.details
        assert not isinstance(finding.observed, str)


def test_no_baseline_for_a_data_set_is_not_an_error(tmp_path):
    train, test = split(frame_of("wine"))
    seen = look(tmp_path, train, test, base=(train, None))
    assert seen["base-rows"].outcome is Outcome.SKIPPED
    assert seen.outcome is Outcome.PASSED
