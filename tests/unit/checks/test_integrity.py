"""The integrity check on real data: planted faults are found, untouched data are left alone."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from mlgate.checks.integrity import ASPECTS, Integrity
from mlgate.checks.interface import Measurement
from mlgate.config.model import DataSpec
from mlgate.errors import DataNotReadable
from mlgate.results import Finding, Outcome, combined
from tests.support import make_inputs

REAL = {"cancer": load_breast_cancer, "diabetes": load_diabetes, "wine": load_wine}
"""Real data: classes, a quantity, three classes."""


def real(name: str) -> pd.DataFrame:
    """Real data with an id and a column of categories, which scikit-learn's have not."""
    frame: pd.DataFrame = REAL[name](as_frame=True).frame
    feature = frame.iloc[:, 0]
    frame["band"] = pd.cut(feature, 4, labels=["low", "mid", "high", "top"]).astype(str)
    frame["id"] = np.arange(len(frame))
    return frame


class Case:
    """Runs the check on frames that are written to files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runs = 0

    def __call__(
        self,
        head: pd.DataFrame,
        base: pd.DataFrame | None = None,
        *,
        train: pd.DataFrame | None = None,
        spec: dict[str, Any] | None = None,
        **parameters: Any,
    ) -> Measurement:
        self.runs += 1
        folder = self.root / str(self.runs)
        own = {"path": "d.parquet", "target": "target", "ids": ["id"], **(spec or {})}
        data: dict[str, Any] = {"d": own}
        for side, frame in {"head": head, "base": base}.items():
            if frame is not None:
                (folder / side).mkdir(parents=True)
                frame.to_parquet(folder / side / "d.parquet")
        if train is not None:
            train.to_parquet(folder / "head" / "train.parquet")
            data["train"] = {**own, "path": "train.parquet", "role": "train"}
        base_root = None if base is None else folder / "base"
        with make_inputs(folder / "head", data=data, base_root=base_root) as inputs:
            return Integrity(type="integrity", data="d", **parameters).run(inputs)


@pytest.fixture
def run(tmp_path: Path) -> Case:
    return Case(tmp_path)


def found(seen: Measurement, outcome: Outcome = Outcome.FAILED) -> dict[str, Finding]:
    return {
        finding.id.removeprefix("integrity/"): finding
        for finding in seen.findings
        if finding.outcome is outcome
    }


def aspects(seen: Measurement) -> dict[str, Outcome]:
    return {finding.id.removeprefix("integrity/"): finding.outcome for finding in seen.findings}


@pytest.mark.parametrize("name", REAL)
def test_unchanged_data_pass_every_aspect_that_applies(run, name):
    frame = real(name)
    seen = run(frame, frame)
    skipped = {"conflicting-labels"} if name == "diabetes" else set()
    assert set(aspects(seen)) == {aspect.name for aspect in ASPECTS} - {"stale-data"}
    assert set(found(seen, Outcome.SKIPPED)) == skipped
    assert not found(seen)
    assert combined(seen.findings) is Outcome.PASSED
    assert seen.rows == len(frame)
    for finding in found(seen, Outcome.PASSED).values():  # each says how much it looked at
        assert finding.details.get("rows") or finding.details.get("columns")


@pytest.mark.parametrize("name", REAL)
def test_random_halves_of_real_data_never_fail(run, name):
    frame = real(name)
    half = len(frame) // 2
    for seed in range(20):
        shuffled = frame.sample(frac=1, random_state=seed)
        seen = run(shuffled[:half], shuffled[half : 2 * half])
        assert not found(seen), (seed, found(seen))
        assert not found(seen, Outcome.ERRORED)


def doubled(frame: pd.DataFrame) -> pd.DataFrame:
    more = pd.concat([frame, frame[: len(frame) // 10]], ignore_index=True)
    return more.assign(id=np.arange(len(more)))


def flipped(frame: pd.DataFrame) -> pd.DataFrame:
    some = frame[: len(frame) // 10]
    labels = frame["target"].unique()
    other = some["target"].map(dict(zip(labels, np.roll(labels, 1), strict=True)))
    more = pd.concat([frame, some.assign(target=other)], ignore_index=True)
    return more.assign(id=np.arange(len(more)))


def with_cells(frame: pd.DataFrame, column: Any, value: Any, rows: int) -> pd.DataFrame:
    cells = [value] * rows + frame[column].tolist()[rows:]
    return frame.assign(**{column: cells})


def planted(name: str, frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The data with a fault, and the finding that tells it."""
    feature = frame.columns[1]
    n = len(frame)
    faults = {
        "duplicates": lambda: (doubled(frame), "duplicate-rows"),
        "labels": lambda: (flipped(frame), "conflicting-labels"),
        "ids": lambda: (frame.assign(id=frame["id"].clip(upper=n - 3)), "unique-ids"),
        "constant": lambda: (frame.assign(**{feature: 1.5}), f"constant-columns/{feature}"),
        "all null": lambda: (frame.assign(**{feature: np.nan}), f"constant-columns/{feature}"),
        "numbers as text": lambda: (
            with_cells(frame.assign(**{feature: frame[feature].astype(str)}), feature, "?", 3),
            f"mixed-types/{feature}",
        ),
        "infinity": lambda: (with_cells(frame, feature, -np.inf, 2), f"infinities/{feature}"),
        "lost column": lambda: (frame.drop(columns=feature), f"schema/{feature}"),
        "other kind": lambda: (
            frame.assign(**{feature: "n/a " + frame[feature].astype(str)}),
            f"schema/{feature}",
        ),
        "truncated": lambda: (frame[: n // 2], "row-count"),
        "new category": lambda: (
            with_cells(frame, "band", "extreme ✓", n // 20),
            "unseen-categories/band",
        ),
        "encoding": lambda: (
            frame.assign(band=frame["band"].str.upper()),
            "unseen-categories/band",
        ),
        "nulls": lambda: (with_cells(frame, feature, None, n // 10), f"null-rate/{feature}"),
        "labels shifted": lambda: (
            frame[frame["target"] > frame["target"].median() - 1e-9],
            "label-shift",
        ),
    }
    return faults[name]()


FAULTS = [
    *("duplicates", "labels", "ids", "constant", "all null", "numbers as text", "infinity"),
    *("lost column", "other kind", "truncated", "new category", "encoding", "nulls"),
    "labels shifted",
]


PLANTED = [(name, fault) for name in REAL for fault in FAULTS]
PLANTED.remove(("diabetes", "labels"))  # its target is a quantity


@pytest.mark.parametrize(("name", "fault"), PLANTED)
def test_a_planted_fault_is_found_by_the_defaults(run, name, fault):
    frame = real(name)
    changed, told_by = planted(fault, frame)
    seen = run(changed, frame)
    assert told_by in found(seen)
    finding = found(seen)[told_by]
    assert finding.severity is None  # it blocks
    assert finding.details["kind"] == told_by.partition("/")[0]
    assert finding.details["count"]
    assert len(finding.message) < 400
    aspect = next(aspect for aspect in ASPECTS if aspect.name == finding.details["kind"])
    off = run(changed, frame, **{aspect.parameter: None})
    assert told_by not in aspects(off)
    assert len(off.findings) < len(seen.findings)


def examples(finding: Finding) -> list[Any]:
    held = finding.details["examples"]
    assert isinstance(held, list)
    return held


def test_rows_repeat_under_new_numbers_though_no_ids_are_declared(run):
    frame = real("wine")
    seen = found(run(doubled(frame), frame, spec={"ids": []}))["duplicate-rows"]
    assert seen.details["count"] == 17
    assert "(without id, which tells all rows apart)" in seen.message


def test_counts_and_examples_are_those_of_the_fault(run):
    frame = real("wine")
    n = len(frame)
    seen = found(run(doubled(frame), frame))["duplicate-rows"]
    assert seen.observed == pytest.approx(17 / (n + 17))
    assert examples(seen)[0] == [1, n + 1]
    seen = found(run(flipped(frame), frame))["conflicting-labels"]
    assert seen.details["count"] == 2 * 17
    assert examples(seen)[0] == {"rows": [1, n + 1], "labels": [0, 2]}
    seen = found(run(with_cells(frame, "ash", np.inf, 2), frame))["infinities/ash"]
    assert (seen.observed, seen.details["examples"]) == (2, [1, 2])
    seen = found(run(with_cells(frame, "band", "x", 9), frame))["unseen-categories/band"]
    assert (seen.observed, seen.details["examples"]) == (9 / n, {"x": 9})
    seen = found(run(with_cells(frame, "ash", None, 20), frame))["null-rate/ash"]
    assert (seen.observed, seen.baseline) == (20 / n, 0)
    seen = found(run(frame[:100], frame))["row-count"]
    assert (seen.observed, seen.baseline, seen.expected) == (100, n, ">= 0.9 of base's rows")


def test_total_variation_is_half_the_summed_difference(run):
    base = pd.DataFrame({"id": range(1000), "x": range(1000), "target": [0] * 500 + [1] * 500})
    head = base.assign(target=[0] * 300 + [1] * 700)
    finding = found(run(head, base))["label-shift"]
    assert finding.observed == pytest.approx(0.2)
    assert finding.details["examples"] == {"0": [0.5, 0.3], "1": [0.5, 0.7]}
    assert "label-shift" not in found(run(head, base, max_label_shift=0.2))


def test_the_same_labels_in_another_numeric_type_are_the_same(run):
    frame = real("cancer")
    for target in (frame["target"].astype(float), frame["target"].map(Decimal)):
        assert not found(run(frame.assign(target=target), frame))


def test_small_samples_do_not_fail_by_chance(run):
    base = pd.DataFrame({"id": range(20), "x": range(20), "target": [0, 1] * 10})
    head = pd.DataFrame({"id": range(20), "x": range(20), "target": [0] * 13 + [1] * 7})
    head.loc[0, "x"] = None
    seen = run(head, base)
    assert not found(seen)
    assert "chance" in found(seen, Outcome.PASSED)["label-shift"].message


def test_a_nearly_constant_column_is_told_apart_from_a_constant_one(run):
    frame = pd.DataFrame({"id": range(5000), "x": [0] * 4998 + [1, 2], "y": range(5000)})
    seen = found(run(frame, spec={"target": None}))
    assert set(seen) == {"top-value/x"}
    assert seen["top-value/x"].observed == 4998 / 5000
    assert seen["top-value/x"].details["value"] == 0


@pytest.mark.parametrize("share", [0.002, 0.01])
def test_a_rare_new_category_counts_where_the_reference_would_have_shown_it(run, share):
    """The limit is 0.1 %; by chance, the reference lacks what it would have once or twice."""
    rows = 2000
    kinds = ["a", "b"] * (rows // 2)
    base = pd.DataFrame({"id": range(rows), "x": range(rows), "kind": kinds, "target": kinds})
    head = with_cells(base, "kind", "c", int(share * rows))
    assert ("unseen-categories/kind" in found(run(head, base))) == (share == 0.01)
    seen = found(run(head, base, max_unseen_category_share=0))
    assert "unseen-categories/kind" in seen


@pytest.mark.parametrize("limit", [0.3, True, "0.9"])
def test_a_share_of_the_top_value_below_half_is_refused(limit):
    with pytest.raises(ValidationError):
        Integrity(type="integrity", data="d", max_top_value_share=limit)


@pytest.mark.parametrize("off", [None, False])
def test_null_and_false_switch_off_and_zero_does_not(run, off):
    frame = real("wine")
    one_twin = pd.concat([frame, frame[:1].assign(id=-1)])
    assert "duplicate-rows" not in aspects(run(one_twin, max_duplicate_share=off))
    assert "duplicate-rows" in found(run(one_twin, max_duplicate_share=0))
    assert "duplicate-rows" not in found(run(one_twin))  # one repeat is no share


def test_one_repeated_row_is_no_share(run):
    frame = pd.DataFrame({"id": range(20), "x": [1, *range(1, 20)], "target": [0, 0, *[1] * 18]})
    assert "duplicate-rows" not in found(run(frame))
    assert "duplicate-rows" in found(run(frame, max_duplicate_share=0.0))


def test_a_table_of_ids_has_no_rows_that_could_repeat(run):
    seen = run(pd.DataFrame({"id": range(20)}), spec={"target": None})
    assert {"duplicate-rows", "constant-columns"} <= set(found(seen, Outcome.SKIPPED))
    assert "unique-ids" in found(seen, Outcome.PASSED)


def test_categories_that_are_seen_once_are_expected_to_be_missed(run):
    common = pd.DataFrame({"id": range(2000), "x": range(2000), "kind": "a", "target": 1.0})
    base, head = common.copy(), common.copy()
    base.loc[:19, "kind"] = [f"seen once {n}" for n in range(20)]
    head.loc[:19, "kind"] = [f"other {n}" for n in range(20)]
    assert "unseen-categories/kind" not in found(run(head, base))
    assert "unseen-categories/kind" in found(run(head, common.assign(kind=["a", "b"] * 1000)))


@pytest.mark.parametrize("limit", [0.01, 0.05])
def test_the_limit_of_nulls_is_a_difference(run, limit):
    base = pd.DataFrame({"id": range(20_000), "x": np.arange(20_000.0), "target": 0})
    head = base.copy()
    base.loc[:5_999, "x"] = np.nan
    head.loc[:6_599, "x"] = np.nan
    seen = found(run(head, base, max_null_rate_increase=limit))
    assert ("null-rate/x" in seen) == (limit == 0.01)


class TestWithoutBaseline:
    def test_comparisons_are_skipped_and_the_rest_is_measured(self, run):
        seen = run(real("wine"))
        skipped = found(seen, Outcome.SKIPPED)
        against = {aspect.name for aspect in ASPECTS if aspect.against}
        assert set(skipped) == against - {"stale-data"}
        assert all(finding.details == {"no_baseline": True} for finding in skipped.values())
        assert combined(seen.findings) is Outcome.PASSED

    def test_comparisons_alone_are_not_green(self, run):
        off = {aspect.parameter: False for aspect in ASPECTS if not aspect.against}
        assert combined(run(real("wine"), **off).findings) is Outcome.SKIPPED

    def test_a_reference_of_head_is_compared_with(self, run):
        frame = real("wine")
        head = with_cells(frame[:80], "band", "other", 10)
        seen = run(head, train=frame, reference="train")
        assert "unseen-categories/band" in found(seen)
        assert set(found(seen, Outcome.SKIPPED)) == {"row-count"}  # base's alone says that

    def test_a_base_without_rows_is_errored(self, run):
        frame = real("wine")
        seen = run(frame, frame[:0])
        assert set(found(seen, Outcome.ERRORED)) == {
            a.name for a in ASPECTS if a.against and a.name != "stale-data"
        }
        assert "base's d has no rows" in found(seen, Outcome.ERRORED)["row-count"].message


class TestKnownFaults:
    def test_what_the_reference_has_too_is_a_warning(self, run):
        frame = doubled(real("wine")).assign(ash=1.0)
        seen = found(run(frame, frame))
        assert {id_: finding.severity for id_, finding in seen.items()} == {
            "duplicate-rows": "warning",
            "constant-columns/ash": "warning",
        }
        assert "not new: base's d has 17 of 195" in seen["duplicate-rows"].message

    def test_a_limit_that_is_set_always_counts(self, run):
        frame = doubled(real("wine"))
        seen = found(run(frame, frame, max_duplicate_share=0.02))
        assert seen["duplicate-rows"].severity is None

    def test_more_of_it_blocks(self, run):
        base = doubled(real("wine"))
        seen = found(run(doubled(pd.concat([base] * 2)), base))
        assert seen["duplicate-rows"].severity is None


class TestSchema:
    def test_a_new_column_warns(self, run):
        frame = real("wine")
        finding = found(run(frame.assign(new=frame["ash"] + 1), frame))["schema/new"]
        assert finding.severity == "warning"

    def test_whole_numbers_that_became_floats_are_the_same_kind(self, run):
        frame = real("wine")
        frame["whole"] = np.arange(len(frame)) % 50
        assert not found(run(with_cells(frame, "whole", None, 1), frame))

    def test_current_data_need_no_target_yet(self, run):
        frame = real("wine")
        seen = run(frame.drop(columns="target"), frame, spec={"role": "current"})
        assert not found(seen)
        assert not found(seen, Outcome.ERRORED)

    @pytest.mark.parametrize(
        ("column", "aspect"), [("target", "label-shift"), ("id", "unique-ids")]
    )
    def test_other_data_without_a_named_column_are_errored(self, run, column, aspect):
        frame = real("wine")
        seen = run(frame.drop(columns=column), frame)
        assert aspect in found(seen, Outcome.ERRORED)
        assert f"schema/{column}" in found(seen)


class TestMixedTypes:
    @pytest.mark.parametrize(
        "cells",
        [
            ["1.5", "x", *map(str, range(2, 60))],
            [str(n / 7) for n in range(50)],
        ],
    )
    def test_numbers_as_text_fail(self, run, cells):
        frame = pd.DataFrame({"id": range(len(cells)), "x": cells})
        assert set(found(run(frame, spec={"target": None}))) == {"mixed-types/x"}

    @pytest.mark.parametrize(
        "cells",
        [
            [f"{n:05}" for n in range(50)],
            [str(n) for n in range(10_000, 10_050)],
            [f"007{n}" for n in range(50)],
            [f"street {n}" for n in range(50)],
            ["inf", "-inf"] * 25,
        ],
    )
    def test_codes_and_words_are_text(self, run, cells):
        frame = pd.DataFrame({"id": range(len(cells)), "x": cells})
        assert not found(run(frame, spec={"target": None}, max_duplicate_share=None))


def test_equal_weights_and_a_single_row_are_no_constant_columns(run):
    frame = real("wine").assign(w=1.0)
    assert not found(run(frame, spec={"weight": "w"}))
    assert "constant-columns/w" in found(run(frame))
    one = run(frame[:1])
    assert {"constant-columns", "top-value"} <= set(found(one, Outcome.SKIPPED))


def test_labels_that_are_all_null_are_not_compared(run):
    frame = real("wine")
    seen = run(frame.assign(target=None), frame)
    assert {"conflicting-labels", "label-shift"} <= set(found(seen, Outcome.SKIPPED))
    assert {"constant-columns/target", "null-rate/target"} <= set(found(seen))


def test_equal_features_of_few_kinds_say_nothing_about_the_label(run):
    frame = pd.DataFrame({"id": range(400), "x": [1, 2] * 200, "target": [0, 0, 1, 1] * 100})
    seen = run(frame, max_duplicate_share=None)
    assert "kinds of rows" in found(seen, Outcome.SKIPPED)["conflicting-labels"].message


def test_many_columns_with_a_fault_are_bounded(run):
    frame = pd.DataFrame({f"c{n}": [1, 1, 1] for n in range(300)}).assign(id=range(3))
    seen = run(frame, spec={"target": None})
    constant = {id_: f for id_, f in found(seen).items() if id_.startswith("constant-columns")}
    assert len(constant) == 51
    assert constant["constant-columns"].details["count"] == 250


@pytest.mark.parametrize("frame", [real("wine")[:0], pd.DataFrame(index=range(3))])
def test_data_without_rows_or_columns_are_no_data(run, frame):
    with pytest.raises(DataNotReadable, match="has no"):
        run(frame)


def test_everything_switched_off_looks_at_nothing(run):
    off = {aspect.parameter: None for aspect in ASPECTS}
    assert combined(run(real("wine"), **off).findings) is None


def test_the_reference_is_another_data_set():
    with pytest.raises(ValidationError, match="leave it out"):
        Integrity(type="integrity", data="d", reference="d")


def test_it_is_recommended_for_each_data_set_with_a_role():
    data = {
        "train": DataSpec(path="a.csv"),
        "holdout": DataSpec(path="b.csv", role="test"),
        "prices": DataSpec(path="c.csv"),
    }
    assert list(Integrity.recommend(data, {})) == [
        {"id": "integrity-train", "data": "train"},
        {"id": "integrity-holdout", "data": "holdout"},
        {
            "id": "integrity-holdout-train",
            "data": "holdout",
            "reference": "train",
            "in_itself": False,
        },
    ]
    assert list(Integrity.recommend({"test": data["train"]}, {})) == [{"data": "test"}]


class TestAgainstAnotherDataSet:
    def test_only_what_the_reference_is_for_is_looked_at(self, run):
        frame = doubled(real("wine")).assign(ash=1.0)
        seen = run(frame[::2], train=frame[1::2], reference="train", in_itself=False)
        looked_at = {aspect.name for aspect in ASPECTS if aspect.against == "reference"}
        assert {name.partition("/")[0] for name in aspects(seen)} == looked_at - {"stale-data"}
        assert not found(seen)

    def test_the_same_file_under_two_names_fails(self, run):
        frame = real("wine")
        seen = run(frame, train=frame, reference="train", in_itself=False)
        assert set(found(seen)) == {"reference"}
        assert "are the same file" in found(seen)["reference"].message

    @pytest.mark.parametrize("name", REAL)
    def test_a_random_split_never_fails(self, run, name):
        frame = real(name)
        cut = int(0.7 * len(frame))
        for seed in range(20):
            shuffled = frame.sample(frac=1, random_state=seed)
            seen = run(shuffled[cut:], train=shuffled[:cut], reference="train", in_itself=False)
            assert not found(seen), (seed, found(seen))
            assert combined(seen.findings) is Outcome.PASSED


class TestLabelRelations:
    @pytest.mark.parametrize("name", REAL)
    def test_codes_that_were_exchanged_are_found_in_other_rows(self, run, name):
        frame = real(name)
        if name == "diabetes":
            turned = frame["target"].max() - frame["target"]
        else:
            turned = frame["target"].max() - frame["target"].astype(int)
        seen = run(frame.assign(target=turned)[::2], frame[1::2])
        failed = found(seen)["label-relations"]
        assert failed.severity is None
        assert "the codes of target may have been exchanged" in failed.message
        assert failed.details["columns"]

    def test_classes_in_words_are_found_too(self, run):
        frame = real("cancer")
        words = frame["target"].map({0: "malignant", 1: "benign"})
        other = frame["target"].map({1: "malignant", 0: "benign"})
        seen = run(frame.assign(target=other)[::2], frame.assign(target=words)[1::2])
        assert "label-relations" in found(seen)

    def test_the_codes_of_one_feature_are_named(self, run):
        frame = real("cancer")
        frame["spread"] = np.where(frame["mean radius"] > 14, "yes", "no")
        head = frame.assign(spread=frame["spread"].map({"yes": "no", "no": "yes"}))
        failed = found(run(head[::2], frame[1::2], max_unseen_category_share=None))
        assert "of spread to target turned around" in failed["label-relations/spread"].message

    def test_features_that_say_nothing_are_skipped(self, run):
        draw = np.random.default_rng(0)
        frame = pd.DataFrame(
            {"id": range(80), "a": draw.normal(size=80), "target": draw.integers(0, 2, 80)}
        )
        seen = run(frame[:40], frame[40:])
        assert aspects(seen)["label-relations"] is Outcome.SKIPPED

    def test_nulls_and_infinities_do_not_matter(self, run):
        frame = real("cancer")
        frame.loc[::7, "mean radius"] = None
        frame.loc[::11, "mean texture"] = np.inf
        seen = run(frame[::2], frame[1::2])
        assert aspects(seen)["label-relations"] is Outcome.PASSED


class TestBrokenText:
    def test_text_of_another_encoding_is_found(self, run):
        frame = real("wine")
        frame["site"] = np.array(["Köln", "Málaga", "Århus", "Zürich \N{EN DASH} Süd"])[
            np.arange(len(frame)) % 4
        ]
        assert not found(run(frame, frame))
        for encoding in ("latin-1", "cp1252"):
            broken = frame["site"].map(lambda t, e=encoding: t.encode().decode(e, "replace"))
            failed = found(run(frame.assign(site=broken)))["broken-text/site"]
            assert failed.observed == 178
            assert "KÃ¶ln" in str(failed.details["examples"])

    def test_capitals_of_other_languages_are_no_fault(self, run):
        frame = real("wine").assign(site="SÃO PAULO, CÂMARA, Â")
        frame.loc[0, "site"] = "MAÇÃ"
        assert "broken-text/site" not in found(run(frame))

    def test_what_base_has_too_is_a_warning(self, run):
        frame = real("wine")
        frame.loc[:20, "band"] = "KÃ¶ln"
        assert found(run(frame, frame))["broken-text/band"].severity == "warning"


class TestStaleData:
    SPEC = {"time": "day"}  # noqa: RUF012  # a class of tests

    def dated(self, rows: int, start: str, seed: int = 0) -> pd.DataFrame:
        draw = np.random.default_rng(seed)
        days = pd.Timestamp(start) + pd.to_timedelta(draw.integers(0, 200, rows), unit="D")
        return pd.DataFrame(
            {"id": range(rows), "a": draw.normal(size=rows), "target": draw.integers(0, 2, rows)}
        ).assign(day=days)

    def test_an_older_version_fails(self, run):
        seen = run(self.dated(300, "2024-01-01"), self.dated(300, "2024-03-01"), spec=self.SPEC)
        failed = found(seen)["stale-data"]
        assert failed.severity is None
        assert "d ends at 2024-07-18 00:00:00 and base's d at 2024-09-16" in failed.message
        assert "rows there" in failed.message

    def test_newer_data_and_another_sample_of_the_same_time_pass(self, run):
        for start in ("2024-03-01", "2024-01-01"):
            for seed in range(10):
                head, base = self.dated(300, start, seed + 1), self.dated(200, "2024-01-01")
                seen = run(head, base, spec=self.SPEC)
                assert aspects(seen)["stale-data"] is Outcome.PASSED

    def test_years_and_text_are_times_too(self, run):
        frames = [
            self.dated(90, start).assign(day=lambda f: f["day"].dt.strftime("%Y-%m-%d"))
            for start in ("2023-01-01", "2024-01-01")
        ]
        assert "stale-data" in found(run(*frames, spec=self.SPEC))
        frames = [frame.assign(day=frame["day"].str[:4].astype(int)) for frame in frames]
        assert "stale-data" in found(run(*frames, spec=self.SPEC))

    def test_evaluation_data_before_the_training_data_only_warn(self, run):
        old, new = self.dated(300, "2023-01-01"), self.dated(300, "2024-01-01")
        spec = {**self.SPEC, "role": "test"}
        seen = run(old, train=new, spec=spec, reference="train", in_itself=False)
        assert found(seen)["stale-data"].severity == "warning"
        seen = run(old, train=new, spec={**spec, "role": "current"}, reference="train")
        assert found(seen)["stale-data"].severity is None

    def test_a_time_that_is_no_time_is_an_error(self, run):
        frame = self.dated(50, "2024-01-01").assign(day="soon")
        assert "stale-data" in found(run(frame, frame[1:], spec=self.SPEC), Outcome.ERRORED)

    def test_a_time_that_is_not_there_is_an_error(self, run):
        frame = self.dated(50, "2024-01-01")
        assert "stale-data" in found(run(frame, frame[1:], spec={"time": "dya"}), Outcome.ERRORED)
