"""The drift check on real files: what is found, what is noise, and what is never green."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from mlgate.checks.drift import Drift
from mlgate.config.model import DataSpec
from mlgate.errors import BaselineNotFound, DataNotReadable, NoBaseline
from mlgate.results import Outcome, combined
from mlgate.runner import judge
from tests.support import make_inputs

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
INCONCLUSIVE, SKIPPED, ERRORED = Outcome.INCONCLUSIVE, Outcome.SKIPPED, Outcome.ERRORED


def compare(root, reference, current, *, suffix="parquet", spec=None, current_spec=None, **options):
    """The findings of current against reference by subject, and what was measured."""
    root.mkdir(exist_ok=True)
    for name, frame in {"train": reference, "test": current}.items():
        path = root / f"{name}.{suffix}"
        frame.to_parquet(path, index=False) if suffix == "parquet" else frame.to_csv(
            path, index=False
        )
    specs = {"train": spec or {}, "test": (spec or {}) if current_spec is None else current_spec}
    data = {name: {"path": f"{name}.{suffix}", **specs[name]} for name in specs}
    check = Drift.model_validate(
        {"type": "drift", "current": "test", "reference": "train", **options}
    )
    with make_inputs(root, data=data) as inputs:
        seen = check.run(inputs)
    return {finding.subject: finding for finding in seen.findings}, seen


def people(rows, seed=0, *, age=0.0, month=0.5):
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": draw.normal(40 + 10 * age, 10, rows),
            "contract": draw.choice(
                ["month", "year", "two years"], rows, p=[month, 0.7 - month, 0.3]
            ),
            "active": draw.random(rows) < 0.7,
            "joined": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(draw.integers(0, 300, rows), unit="D"),
        }
    )


class TestIds:
    def sides(self):
        return people(500).assign(user_id=range(500)), people(500, 1).assign(
            user_id=range(500, 1000)
        )

    def test_what_looks_like_an_id_is_not_compared_and_that_is_said(self, tmp_path):
        found, _ = compare(tmp_path, *self.sides())
        assert found["user_id"].outcome is SKIPPED
        assert "as an id does" in found["user_id"].message
        assert found["table"].outcome is PASSED

    @pytest.mark.parametrize("options", [{"columns": ["user_id"]}, {"spec": {"ids": ["age"]}}])
    def test_it_is_where_the_user_says_so(self, tmp_path, options):
        found, _ = compare(tmp_path, *self.sides(), **options)
        assert found["user_id"].outcome is FAILED


class TestWhatMoved:
    def test_a_fresh_sample_passes_and_every_column_was_looked_at(self, tmp_path):
        found, seen = compare(tmp_path, people(2000), people(1000, 1))
        assert {finding.outcome for finding in found.values()} == {PASSED}
        assert [found[name].details["kind"] for name in people(1)] == [
            "numeric", "categorical", "boolean", "datetime",
        ]  # fmt: skip
        assert seen.rows == 3000
        assert found["table"].id == "drift/table"
        assert found["age"].id == "drift/age"

    def test_a_reviewer_is_told_what_moved_how_far_and_how_sure_that_is(self, tmp_path):
        found, seen = compare(tmp_path, people(3000), people(2000, 1, age=0.7, month=0.6))
        age, contract = found["age"], found["contract"]
        assert age.outcome is contract.outcome is FAILED
        assert age.message.startswith("age moved: KS 0.2")
        assert "p < 0.001 after correction over 8 tests" in age.message
        assert "median 39." in age.message
        assert "3,000 values before, 2,000 now" in age.message
        assert age.expected == "KS < 0.05 or p >= 0.001"
        assert age.observed == age.details["effect"]
        assert age.details["wasserstein"] == pytest.approx(0.7, abs=0.1)
        assert age.details["psi"] > 0.2
        assert (age.details["n_reference"], age.details["n_current"]) == (3000, 2000)
        assert "'month' 49.3 % → 61 %, 'year' 21 % → 9.6 %" in contract.message
        shift = {row["category"]: row for row in contract.details["shifts"]}["'month'"]
        assert shift["current"] - shift["reference"] == pytest.approx(0.1, abs=0.03)
        assert found["active"].outcome is found["joined"].outcome is PASSED
        assert "2 of 4 columns of test drifted (age and contract)" in found["table"].message
        assert [finding.subject for finding in seen.findings[:2]] == ["table", "age"]
        assert found["table"].observed == 0.5

    def test_more_nulls_are_drift_of_their_own(self, tmp_path):
        current = people(1500, 1)
        current.loc[current.index % 5 == 0, "age"] = None
        found, _ = compare(tmp_path, people(1500), current)
        assert found["age"].outcome is FAILED
        assert found["age"].details["part"] == "nulls"
        assert "nulls 0 % → 20 %" in found["age"].message
        assert found["age"].details["parts"]["values"]["p_adjusted"] > 0.05

    def test_a_column_that_became_null_throughout_fails(self, tmp_path):
        found, _ = compare(tmp_path, people(500), people(500, 1).assign(age=None))
        assert found["age"].outcome is FAILED
        assert "nulls 0 % → 100 %" in found["age"].message

    def test_dates_move(self, tmp_path):
        current = people(800, 1)
        current["joined"] += pd.Timedelta(days=90)
        found, _ = compare(tmp_path, people(800), current)
        assert found["joined"].outcome is FAILED
        assert "median 2024-0" in found["joined"].message

    def test_dates_of_a_csv_file_are_dates(self, tmp_path):
        current = people(800, 1)
        current["joined"] += pd.Timedelta(days=90)
        found, _ = compare(tmp_path, people(800), current, suffix="csv")
        assert found["joined"].details["kind"] == "datetime"
        assert found["joined"].outcome is FAILED

    def test_a_new_category_of_some_size_fails(self, tmp_path):
        current = people(2000, 1)
        current.loc[:80, "contract"] = "gift"
        found, _ = compare(tmp_path, people(2000), current)
        assert found["contract"].outcome is FAILED
        assert "'gift' 0 % → 4" in found["contract"].message

    def test_a_shift_among_many_rows_that_is_below_the_floor_passes(self, tmp_path):
        found, _ = compare(tmp_path, people(60_000), people(60_000, 1, age=0.05))
        assert found["age"].details["p_adjusted"] < 0.001
        assert found["age"].outcome is PASSED

    def test_infinite_numbers_are_compared(self, tmp_path):
        current = people(500, 1)
        current.loc[:200, "age"] = np.inf
        found, _ = compare(tmp_path, people(500), current)
        assert found["age"].outcome is FAILED


class TestText:
    def texts(self, rows, seed, words):
        draw = np.random.default_rng(seed)
        return pd.DataFrame({"note": [" ".join(draw.choice(words, 6)) for _ in range(rows)]})

    def test_texts_of_the_same_words_pass(self, tmp_path):
        words = [f"word{i}" for i in range(400)]
        found, _ = compare(tmp_path, self.texts(600, 0, words), self.texts(600, 1, words))
        assert found["note"].outcome is PASSED
        assert found["note"].details["kind"] == "text"

    def test_texts_of_one_length_and_other_words_fail(self, tmp_path):
        old, new = ([f"{stem}{i:03}" for i in range(400)] for stem in ("wort", "mots"))
        current = self.texts(600, 1, [*old, *new[:100]])
        found, _ = compare(tmp_path, self.texts(600, 0, old), current)
        assert found["note"].outcome is FAILED
        assert found["note"].details["part"] == "vocabulary"
        assert found["note"].details["out_of_vocabulary_current"] > 0.15

    def test_texts_that_are_all_different_are_no_drift(self, tmp_path):
        frames = [
            pd.DataFrame({"session": [f"{i:08x}" for i in range(start, start + 400)]})
            for start in (1 << 24, 1 << 25)
        ]
        found, _ = compare(tmp_path, *frames)
        assert found["session"].outcome is PASSED


class TestColumns:
    def test_a_column_on_one_side_only_fails(self, tmp_path):
        reference, current = people(300), people(300, 1)
        found, _ = compare(tmp_path, reference.assign(old=1), current.assign(new=1))
        assert found["old"].outcome is found["new"].outcome is FAILED
        assert found["old"].message == "old is missing in test and is in train"
        assert found["new"].message == "new is missing in train and is in test"

    def test_a_column_of_another_type_fails(self, tmp_path):
        current = people(300, 1)
        current["age"] = current["age"].map("{:.0f} years".format)
        found, _ = compare(tmp_path, people(300), current)
        assert found["age"].outcome is FAILED
        assert "changed its type: numeric in train" in found["age"].message

    def test_whole_numbers_and_fractions_are_of_one_type(self, tmp_path):
        draw = np.random.default_rng(0)
        reference = pd.DataFrame({"n": draw.integers(0, 50, 500)})
        current = pd.DataFrame({"n": draw.integers(0, 50, 500).astype(float)})
        current.loc[0, "n"] = None
        found, _ = compare(tmp_path, reference, current)
        assert found["n"].outcome is PASSED

    def test_ids_group_and_time_differ_by_design(self, tmp_path):
        spec = {"ids": ["age"], "group": "contract", "time": "joined"}
        found, _ = compare(tmp_path, people(300), people(300, 1), spec=spec)
        assert set(found) == {"table", "active"}
        found, _ = compare(tmp_path, people(300), people(300, 1), spec=spec, columns=["age"])
        assert set(found) == {"table", "age"}

    def test_current_data_without_labels_lack_only_the_target(self, tmp_path):
        reference = people(300).rename(columns={"active": "y"})
        current = people(300, 1).drop(columns="active")
        spec = {"target": "y"}
        found, seen = compare(
            tmp_path, reference, current, spec=spec, current_spec={"role": "current"}
        )
        assert found["y"].outcome is SKIPPED
        assert combined(seen.findings) is PASSED
        found, _ = compare(tmp_path, reference, current, spec=spec)
        assert found["y"].outcome is FAILED

    def test_ignored_columns_are_not_looked_at(self, tmp_path):
        current = people(800, 1, age=1)
        found, seen = compare(tmp_path, people(800), current, ignore=["age"])
        assert "age" not in found
        assert combined(seen.findings) is PASSED

    def test_a_column_that_is_named_and_nowhere_is_an_error(self, tmp_path):
        options = {"columns": ["age", "agee"], "overrides": {"contrac": {"min_effect": 0.2}}}
        found, _ = compare(tmp_path, people(300), people(300, 1), **options)
        assert found["agee"].outcome is found["contrac"].outcome is ERRORED
        assert "age" in found["agee"].message.removeprefix("agee")

    def test_an_override_replaces_kind_and_floor(self, tmp_path):
        draw = np.random.default_rng(0)
        frames = [pd.DataFrame({"code": draw.choice(5, 900, p=p)}) for p in (
            [0.2] * 5, [0.3, 0.1, 0.2, 0.1, 0.3],
        )]  # fmt: skip
        rule = {"kind": "categorical", "min_effect": 0.01}
        found, _ = compare(tmp_path, *frames, overrides={"code": rule})
        assert found["code"].details["kind"] == "categorical"
        assert found["code"].details["min_effect"] == 0.01
        assert found["code"].outcome is FAILED
        rule["min_effect"] = 0.9
        found, _ = compare(tmp_path, *frames, overrides={"code": rule})
        assert found["code"].outcome is PASSED

    def test_lists_are_not_compared_and_not_green(self, tmp_path):
        frame = people(200).assign(tags=[["a"]] * 200)
        found, seen = compare(tmp_path, frame, people(200, 1).assign(tags=[["b"]] * 200))
        assert found["tags"].outcome is ERRORED
        assert combined(seen.findings) is ERRORED

    def test_names_and_values_of_any_length_stay_short(self, tmp_path):
        frames = [pd.DataFrame({"c" * 500: ["v" * 9000, "w" * 9000] * 100}) for _ in range(2)]
        frames[1].iloc[:, 0] = "x" * 9000
        _, seen = compare(tmp_path, *frames)
        assert seen.findings[1].outcome is FAILED
        assert all(len(finding.message) < 600 for finding in seen.findings)
        assert len(str(seen.findings[1].details)) < 4000
        assert all(len(finding.id) <= 120 for finding in seen.findings)

    def test_a_column_called_table_has_an_id_of_its_own(self, tmp_path):
        frames = [people(300, seed).rename(columns={"age": "table"}) for seed in (0, 1)]
        _, seen = compare(tmp_path, *frames)
        ids = [finding.id for finding in seen.findings]
        assert ids[0] == "drift/table"
        assert "drift/table-2" in ids
        assert len(set(ids)) == 5


class TestTableRule:
    def test_with_a_share_the_table_decides_and_columns_warn(self, tmp_path):
        frames = people(900), people(900, 1, age=1)
        found, _ = compare(tmp_path, *frames, max_drifted_share=0.3)
        assert found["age"].outcome is FAILED
        assert found["age"].severity == "warning"
        assert found["table"].outcome is PASSED
        found, _ = compare(tmp_path, *frames, max_drifted_share=0.2)
        assert found["table"].outcome is FAILED
        assert found["table"].severity is None

    def test_without_one_a_single_column_decides(self, tmp_path):
        found, _ = compare(tmp_path, people(900), people(900, 1, age=1))
        assert found["age"].severity is None
        assert found["table"].outcome is FAILED


class TestNeverGreen:
    @pytest.mark.parametrize("suffix", ["csv", "parquet"])
    def test_no_rows(self, tmp_path, suffix):
        with pytest.raises(DataNotReadable, match="no rows"):
            compare(tmp_path, people(50), people(50).iloc[:0], suffix=suffix)
        with pytest.raises(DataNotReadable, match="no rows"):
            compare(tmp_path, people(50).iloc[:0], people(50), suffix=suffix)

    def test_only_nulls(self, tmp_path):
        frames = [pd.DataFrame({"a": [None] * rows, "b": [np.nan] * rows}) for rows in (50, 60)]
        found, seen = compare(tmp_path, *frames)
        assert found["a"].outcome is found["b"].outcome is SKIPPED
        assert found["table"].outcome is ERRORED
        assert judge(seen)[0] is ERRORED

    def test_nothing_in_common(self, tmp_path):
        found, seen = compare(tmp_path, people(50)[["age"]], people(50)[["contract"]])
        assert found["table"].outcome is ERRORED
        assert judge(seen)[0] is FAILED

    def test_eight_rows_do_not_decide(self, tmp_path):
        _, seen = compare(tmp_path, people(8), people(8, 1))
        assert {finding.outcome for finding in seen.findings} == {INCONCLUSIVE}

    def test_eight_rows_of_another_world_are_found(self, tmp_path):
        found, _ = compare(tmp_path, people(500), people(8, 1, age=9))
        assert found["age"].outcome is FAILED

    def test_one_row_does_not_crash(self, tmp_path):
        _, seen = compare(tmp_path, people(1), people(1, 1))
        assert {finding.outcome for finding in seen.findings} == {INCONCLUSIVE}

    def test_a_damaged_file(self, tmp_path):
        people(50).to_parquet(tmp_path / "train.parquet")
        (tmp_path / "test.parquet").write_bytes(b"PAR1 and no more")
        check = Drift(type="drift", current="test", reference="train")
        data = {name: f"{name}.parquet" for name in ("train", "test")}
        refused = pytest.raises(DataNotReadable, match="cannot be read as parquet")
        with make_inputs(tmp_path, data=data) as inputs, refused:
            check.run(inputs)


class TestBase:
    def run(self, tmp_path, head, base, **options):
        roots = tmp_path / "head", tmp_path / "base"
        for root, frame in zip(roots, (head, base), strict=True):
            root.mkdir()
            if frame is not None:
                frame.to_csv(root / "train.csv", index=False)
        check = Drift(type="drift", current="train")
        with make_inputs(
            roots[0], data={"train": "train.csv"}, base_root=roots[1], **options
        ) as inputs:
            return {finding.subject: finding for finding in check.run(inputs).findings}

    def test_without_a_reference_base_is_it(self, tmp_path):
        found = self.run(tmp_path, people(900, 1, age=1), people(900))
        assert found["age"].outcome is FAILED

    def test_a_column_that_base_had(self, tmp_path):
        found = self.run(tmp_path, people(200)[["age"]], people(200))
        assert found["active"].message == "active is missing in train and is in base's train"

    def test_the_same_file_passes_by_its_rows(self, tmp_path):
        found = self.run(tmp_path, people(200), people(200))
        assert found["table"].outcome is PASSED
        assert "same file as base's: its 200 rows" in found["table"].message

    def test_the_same_file_without_rows_is_not_green(self, tmp_path):
        with pytest.raises(DataNotReadable, match="no rows"):
            self.run(tmp_path, people(9).iloc[:0], people(9).iloc[:0])

    def test_no_base_is_said(self, tmp_path):
        people(50).to_csv(tmp_path / "train.csv", index=False)
        check = Drift(type="drift", current="train")
        data = {"train": "train.csv"}
        with make_inputs(tmp_path, data=data) as inputs, pytest.raises(NoBaseline):
            check.run(inputs)

    def test_a_base_that_names_the_data_and_does_not_hold_them(self, tmp_path):
        with pytest.raises(BaselineNotFound):
            self.run(tmp_path, people(50), None)


class TestRates:
    """How often noise fails, and a shift is found; the seeds make them certain."""

    def test_forty_columns_without_drift_do_not_fail(self, tmp_path):
        draw = np.random.default_rng(7)

        def table():
            numbers = {f"n{i}": draw.normal(size=300) for i in range(25)}
            texts = {f"c{i}": draw.choice(list("abcdefgh"), 300) for i in range(15)}
            return pd.DataFrame({**numbers, **texts})

        runs = [compare(tmp_path, table(), table())[1] for _ in range(25)]
        assert sum(combined(seen.findings) is FAILED for seen in runs) <= 1

    def test_a_shift_of_a_fifth_of_a_standard_deviation_is_found(self, tmp_path):
        draw = np.random.default_rng(8)
        shifts = {f"n{i}": 0.2 for i in range(40)} | {f"same{i}": 0.0 for i in range(10)}
        reference = pd.DataFrame({name: draw.normal(size=5000) for name in shifts})
        current = pd.DataFrame({name: draw.normal(by, size=5000) for name, by in shifts.items()})
        found, _ = compare(tmp_path, reference, current)
        drifted = {name for name in shifts if found[name].outcome is FAILED}
        assert len(drifted & {f"n{i}" for i in range(40)}) >= 38
        assert not drifted & {f"same{i}" for i in range(10)}


class TestConfiguration:
    def test_a_data_set_is_not_its_own_reference(self):
        with pytest.raises(ValidationError, match="base's version"):
            Drift(type="drift", current="a", reference="a")

    def test_recommended_by_role_or_name(self):
        data = {
            "fit": DataSpec(path="a", role="train"),
            "test": DataSpec(path="b"),
            "reference": DataSpec(path="c"),
            "live": DataSpec(path="d", role="current"),
            "other": DataSpec(path="e"),
        }
        entries = list(Drift.recommend(data, {}))
        pairs = [(entry["current"], entry.get("reference")) for entry in entries]
        assert pairs == [
            ("test", "fit"), ("live", "reference"),
            ("fit", None), ("test", None), ("reference", None), ("live", None),
        ]  # fmt: skip
        assert len({entry["id"] for entry in entries}) == len(entries)
        for entry in entries:
            assert set(Drift.model_validate({"type": "drift", **entry}).references().data) <= set(
                data
            )
