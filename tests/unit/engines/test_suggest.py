"""Suites are validated in Great Expectations itself, on real data sets with planted faults."""

import datetime as dt
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from mlgate.artifacts.formats import read
from mlgate.artifacts.interface import DataSet
from mlgate.config.model import DataSpec
from mlgate.engines.gx import GreatExpectations
from mlgate.engines.interface import ExpectationResult
from mlgate.engines.profile import profile
from mlgate.engines.suggest import MAX_EXPECTATIONS, suggest, suite
from mlgate.engines.suite import Expectation, Suite
from mlgate.errors import DataNotReadable

Frame = pd.DataFrame
REAL = ("breast_cancer", "wine", "diabetes")


@cache
def real(name: str) -> Frame:
    """A real data set in its own units, with a key and the target's upper part as 0/1 and as words.

    Ten columns of it at most, so that Great Expectations takes no minutes.
    """
    loaders = {
        "breast_cancer": lambda: load_breast_cancer(as_frame=True),
        "wine": lambda: load_wine(as_frame=True),
        "diabetes": lambda: load_diabetes(as_frame=True, scaled=False),
    }
    whole: Frame = loaders[name]().frame
    frame = whole.drop(columns="target").iloc[:, :10]
    high = whole["target"] > whole["target"].quantile(0.7)
    if name == "breast_cancer":
        high = whole["target"] == 0
    frame.insert(0, "id", [f"R{i:05}" for i in range(len(frame))])
    return frame.assign(code=high.astype(int), answer=high.map({True: "yes", False: "no"}))


@cache
def made() -> Frame:
    """A table with every kind of column."""
    rows = 400
    random = np.random.default_rng(0)
    low = random.normal(100, 10, rows)
    hours = pd.date_range("2021-01-01", periods=rows, freq="h")
    frame = Frame(
        {
            "order": [f"AB{i:04}" for i in range(rows)],
            "number": range(1000, 1000 + rows),
            "email": [f"u{i}@example.org" for i in range(rows)],
            "day": pd.date_range("2021-01-01", periods=rows).strftime("%Y-%m-%d"),
            "when": hours,
            "utc": hours.tz_localize("UTC"),
            "date": [dt.date(2021, 1, 1) + dt.timedelta(days=i) for i in range(rows)],
            "city": random.choice(["Zürich", "Genève", "東京", "São Paulo"], rows),
            "level": pd.Categorical(random.choice(["low", "high"], rows, p=[0.7, 0.3])),
            "grade": pd.Categorical(random.choice([1, 2, 3], rows)),
            "flag": random.random(rows) < 0.3,
            "maybe": random.choice(np.array([True, False, None]), rows, p=[0.2, 0.6, 0.2]),
            "amount": np.where(random.random(rows) < 0.1, np.nan, random.lognormal(3, 1.5, rows)),
            "visits": random.poisson(2, rows),
            "count": pd.array(random.integers(0, 1000, rows), dtype="Int64"),
            "share": random.random(rows),
            "low": low,
            "high": low + random.exponential(3, rows),
            "rare": [1.0 if i < 5 else None for i in range(rows)],
            "note": ["naïve 😀 words " * int(k) for k in random.integers(1, 9, rows)],
            "empty": [None] * rows,
            "lists": [[1, 2]] * rows,
        }
    )
    frame.loc[3, "count"] = pd.NA
    return frame


def written(frame: Frame, root: Path, suffix: str = ".csv") -> Path:
    path = root / f"data{suffix}"
    if suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    return path


def validate(document: dict[str, Any], frame: Frame) -> tuple[ExpectationResult, ...]:
    """What Great Expectations says, after mlgate's own reader has accepted the suite."""
    specs = tuple(Expectation.model_validate(e).spec() for e in document["expectations"])
    data = DataSet(
        name="data", spec=DataSpec(path="-"), side="head", path=Path("-"), read=lambda _: frame
    )
    return GreatExpectations().validate(data, Suite(name="s", expectations=specs)).results


def broken(document: dict[str, Any], frame: Frame) -> list[ExpectationResult]:
    """What fails, or looked at nothing: mlgate calls neither a success."""
    return [r for r in validate(document, frame) if not r.success or r.considered == 0]


def subjects(results: list[ExpectationResult], severity: str | None = None) -> set[str]:
    """Columns of some results; `table` for those about the table."""
    return {
        name
        for result in results
        if severity in {None, result.expectation.severity}
        for name in (result.expectation.columns or ("table",))
    }


@pytest.fixture(params=(*REAL, "made"))
def table(request, tmp_path) -> tuple[dict[str, Any], Frame]:
    """A suite and the table that it was suggested from, as it is read."""
    frame = made() if request.param == "made" else real(request.param)
    path = written(frame, tmp_path, ".parquet" if request.param == "made" else ".csv")
    return json.loads(suggest(path)), read(path)


@pytest.fixture(params=REAL)
def data(request, tmp_path) -> tuple[dict[str, Any], Frame]:
    path = written(real(request.param), tmp_path)
    return json.loads(suggest(path)), read(path)


def test_the_data_and_random_halves_of_them_pass_their_own_suite(table):
    document, frame = table
    assert broken(document, frame) == []
    warnings = Counter[bool]()
    for seed in range(20):
        half = frame.sample(frac=0.5, random_state=seed)
        for result in validate(document, half):
            fine = result.success and result.considered != 0
            assert fine or result.expectation.severity == "warning", result
            if result.expectation.severity == "warning":
                warnings[fine] += 1
    assert warnings[False] <= 0.02 * warnings.total()


def test_the_suite_is_small_enough_to_review(table):
    document, frame = table
    by_column = Counter(e["kwargs"].get("column", "table") for e in document["expectations"])
    assert max(by_column.values()) <= 5
    assert by_column.total() <= 4 * len(frame.columns) + 10
    assert all(e["meta"]["notes"] for e in document["expectations"])


def numbers(frame: Frame) -> list[str]:
    return [c for c in frame.select_dtypes("number").columns if frame[c].nunique() > 10]


@pytest.mark.parametrize("factor", [1000, 0.001])
def test_another_unit_is_found_in_every_column_of_numbers(data, factor):
    document, frame = data
    names = numbers(frame)
    faulty = frame.assign(**{name: frame[name] * factor for name in names})
    assert len(names) >= 9
    assert set(names) <= subjects(broken(document, faulty))


def test_a_larger_unit_blocks(data):
    document, frame = data
    names = numbers(frame)
    faulty = frame.assign(**{name: frame[name] * 1000 for name in names})
    assert set(names) <= subjects(broken(document, faulty), "critical")


def test_swapped_columns_are_found(data):
    document, frame = data
    names = numbers(frame)
    pairs = list(zip(names[::2], names[1::2], strict=False))
    faulty = frame.assign(
        **{a: frame[b] for a, b in pairs}, **{b: frame[a] for a, b in pairs}, id=frame["id"]
    )
    found = subjects(broken(document, faulty))
    assert [pair for pair in pairs if not found & set(pair)] == []


def test_swapped_names_are_found(data):
    document, frame = data
    faulty = frame.rename(columns={"code": "answer", "answer": "code"})
    assert subjects(broken(document, faulty), "critical") >= {"table", "code", "answer"}


def test_an_exchange_of_codes_is_shown_and_another_spelling_blocks(data):
    document, frame = data
    turned = frame.assign(
        code=1 - frame["code"], answer=frame["answer"].map({"yes": "no", "no": "yes"})
    )
    assert subjects(broken(document, turned), "warning") == {"code", "answer"}
    spelt = frame.assign(answer=frame["answer"].map({"yes": "Y", "no": "N"}))
    assert subjects(broken(document, spelt), "critical") == {"answer"}


def test_one_null_in_ten_is_found_in_every_column(data):
    document, frame = data
    faulty = frame.drop(index=range(5, len(frame), 10)).reindex(frame.index)
    assert subjects(broken(document, faulty), "critical") >= set(frame.columns)


def test_a_duplicate_key_blocks(data):
    document, frame = data
    faulty = frame.assign(id=frame["id"].where(frame.index != 7, frame["id"][3]))
    assert subjects(broken(document, faulty), "critical") == {"id"}


def test_a_new_category_blocks(data):
    document, frame = data
    here = np.arange(len(frame)) % 20 == 0
    faulty = frame.assign(
        code=frame["code"].where(~here, 2), answer=frame["answer"].where(~here, "unknown")
    )
    assert subjects(broken(document, faulty), "critical") == {"code", "answer"}


def test_a_truncated_file_blocks(data):
    document, frame = data
    faulty = frame.sample(frac=0.1, random_state=0)
    assert subjects(broken(document, faulty), "critical") == {"table"}


def test_a_negative_value_blocks_where_there_was_none(data):
    document, frame = data
    names = [name for name in numbers(frame) if frame[name].min() >= 0]
    faulty = frame.assign(**{n: frame[n].where(frame.index != 9, -frame[n].max()) for n in names})
    assert len(names) >= 9
    assert set(names) <= subjects(broken(document, faulty), "critical")


def expectations(frame: Frame, column: str) -> dict[str, dict[str, Any]]:
    """Arguments of the expectations about a column, by type."""
    found = suite(profile(frame, "data"), "data")["expectations"]
    return {e["type"]: e["kwargs"] for e in found if e["kwargs"].get("column") == column}


def between(values: object) -> tuple[Any, Any]:
    kwargs = expectations(Frame({"x": values}), "x")["expect_column_values_to_be_between"]
    return kwargs["min_value"], kwargs["max_value"]


@pytest.mark.parametrize(
    ("values", "bounds"),
    [
        ([*range(18, 91), 40], (0, 140)),
        ([*range(50, 101), 60], (20, 130)),
        (np.linspace(-0.11, 0.17, 50), (-0.3, 0.4)),
        (np.linspace(-9, -1, 50), (-14, 0)),
        (np.linspace(0.01, 0.99, 50), (0, 1)),
        (np.linspace(0.05, 0.16, 50), (0, 0.22)),
        ([0.5] * 30, (0.2, 0.8)),
        ([0.0] * 98 + [1.5, 1000.0], (0, 20000)),
        (
            pd.to_datetime(["2021-05-05", "2023-01-01"]),
            ("2016-01-01T00:00:00", "2029-01-01T00:00:00"),
        ),
        ([dt.date(2021, 5, 5)] * 2, ("2016-01-01", "2027-01-01")),
    ],
)
def test_ranges_are_wider_than_the_data_readable_and_keep_natural_bounds(values, bounds):
    assert between(values) == bounds


def test_an_infinity_leaves_its_side_open():
    frame = Frame({"x": [*np.linspace(1, 2, 50), np.inf]})
    found = expectations(frame, "x")
    assert found["expect_column_values_to_be_between"] == {
        "column": "x", "min_value": 0, "max_value": None
    }  # fmt: skip
    assert broken(suite(profile(frame, "d"), "d"), frame) == []


def test_a_column_with_few_nulls_may_have_a_few_more():
    frame = Frame({"x": [None] * 20 + [float(i) for i in range(980)]})
    kwargs = expectations(frame, "x")["expect_column_values_to_not_be_null"]
    assert 0.9 < kwargs["mostly"] < 0.98


def test_a_column_of_nulls_is_expected_to_be_there_and_nothing_else():
    assert expectations(Frame({"x": [None] * 50}), "x") == {}


def test_an_open_vocabulary_is_no_set_and_a_rare_category_leaves_room():
    words = ["common"] * 900
    some = Frame({"x": [*words, *["rare"] * 4]})
    assert expectations(some, "x")["expect_column_values_to_be_in_set"]["mostly"] == 0.98
    many = Frame({"x": [*words, *(f"word {c}" for c in "abcdefghijklm")]})
    assert "expect_column_values_to_be_in_set" not in expectations(many, "x")


def test_a_count_with_a_tail_is_no_set_of_codes():
    counts = [0] * 500 + [1] * 300 + [2] * 150 + [3] * 45 + [4] * 5
    assert "expect_column_values_to_be_in_set" not in expectations(Frame({"x": counts}), "x")
    assert "expect_column_values_to_be_in_set" in expectations(Frame({"x": counts[:-50]}), "x")


@pytest.mark.parametrize(
    ("name", "values", "key"),
    [
        ("row", range(50), True),
        ("customer_id", [7 * i % 101 for i in range(50)], True),
        ("customerId", [7 * i % 101 for i in range(50)], True),
        ("paid", [7 * i % 101 for i in range(50)], False),
        ("amount", [i / 7 for i in range(50)], False),
        ("token", [f"{i}x{i % 7}" for i in range(50)], True),
        ("title", [f"The title {chr(97 + i % 26)} of {i}" for i in range(50)], False),
        ("day", pd.date_range("2024-01-01", periods=50).strftime("%Y-%m-%d"), False),
    ],
)
def test_keys_are_unique_and_quantities_by_chance_are_no_keys(name, values, key):
    found = expectations(Frame({name: values}), name)
    assert ("expect_column_values_to_be_unique" in found) == key


def test_an_order_of_columns_needs_evidence():
    frame = made()[["low", "high"]]
    found = suite(profile(frame, "d"), "d")["expectations"]
    pairs = [e["kwargs"] for e in found if "column_A" in e["kwargs"]]
    assert [(k["column_A"], k["column_B"]) for k in pairs] == [("high", "low")]
    weak = frame.assign(high=frame["high"] + 12)  # breaks seldom, and the names share no word
    found = suite(profile(weak, "d"), "d")["expectations"]
    assert not [e for e in found if "column_A" in e["kwargs"]]


def test_columns_that_great_expectations_cannot_address_are_left_out_and_that_is_said():
    frame = Frame({"a": range(50), "A": range(50, 100), "": range(50), "b": range(50)})
    document = suite(profile(frame, "data"), "data")
    assert {e["kwargs"].get("column") for e in document["expectations"]} == {None, "b"}
    assert "3 columns are left out" in document["meta"]["notes"][1]
    assert broken(document, frame) == []


def test_values_that_have_no_limits_have_no_expectations_about_limits():
    found = expectations(Frame({"x": [np.inf] * 50}), "x")
    assert "expect_column_quantile_values_to_be_between" not in found
    skewed = [*np.linspace(0, 1, 99), 1e308]
    document = suite(profile(Frame({"x": skewed}), "d"), "d")
    assert broken(document, Frame({"x": skewed})) == []
    found = expectations(Frame({"x": [1e308, -1e308] * 50}), "x")
    assert "expect_column_values_to_be_in_set" not in found


def test_a_wide_table_has_a_suite_within_the_cap_that_says_what_is_missing():
    random = np.random.default_rng(0)
    frame = Frame(random.normal(size=(50, 200)), columns=[f"x{i}" for i in range(200)])
    document = suite(profile(frame, "data"), "data")
    assert len(document["expectations"]) == MAX_EXPECTATIONS
    assert {e["severity"] for e in document["expectations"]} == {"critical"}
    assert "302 more expectations are left out" in document["meta"]["notes"][1]


def test_the_text_is_deterministic_json_that_great_expectations_reads(tmp_path):
    import great_expectations as gx

    path = written(made(), tmp_path, ".parquet")
    text = suggest(path)
    assert text == suggest(path)
    assert text.endswith("}\n")
    document = json.loads(text)
    loaded = gx.ExpectationSuite(**document)
    assert loaded.name == "data"
    assert [e.expectation_type for e in loaded.expectations] == [
        e["type"] for e in document["expectations"]
    ]
    assert [str(e.severity.value) for e in loaded.expectations] == [
        e["severity"] for e in document["expectations"]
    ]


def test_the_documentation_shows_what_is_written():
    root = Path(__file__).parents[3]
    shown = (root / "docs/suggest.md").read_text().split("```json\n")[1].split("```")[0]
    text = suggest(root / "examples/breast-cancer/data/train.parquet")
    blocks = shown.removeprefix("[\n").removesuffix("\n]\n").split(",\n    {")
    assert len(blocks) == 5
    assert [block for block in blocks if block not in text] == []


def test_the_format_can_be_given(tmp_path):
    path = written(real("wine"), tmp_path).rename(tmp_path / "data.txt")
    assert json.loads(suggest(path, format="csv"))["name"] == "data"
    with pytest.raises(DataNotReadable, match=r"data\.txt: its name does not tell the format"):
        suggest(path)


def test_a_file_without_rows_has_no_suite(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("a,b\n")
    with pytest.raises(DataNotReadable, match=r"data\.csv has no rows"):
        suggest(path)


@pytest.mark.parametrize("form", ["datetime64[us]", "datetime64[us, UTC]", "date"])
def test_the_years_around_the_last_end_with_the_last_year_that_there_is(form):
    days = [dt.date(1, 1, 1)] * 20 + [dt.date(9999, 12, 31)] * 20
    zone = dt.UTC if "UTC" in form else None
    moments = [dt.datetime(d.year, d.month, d.day, tzinfo=zone) for d in days]
    frame = Frame({"x": days if form == "date" else pd.Series(moments, dtype=form)})
    assert broken(suite(profile(frame, "data"), "data"), frame) == []


columns = st.one_of(
    st.lists(st.floats() | st.none(), min_size=40, max_size=40),
    st.lists(st.integers(-(2**60), 2**60), min_size=40, max_size=40),
    st.lists(st.sampled_from([0, 1]), min_size=40, max_size=40),
    st.lists(st.booleans() | st.none(), min_size=40, max_size=40),
    st.lists(st.text(st.characters(codec="utf-8")) | st.none(), min_size=40, max_size=40),
    st.lists(st.sampled_from(["a", "b", None]), min_size=40, max_size=40),
    st.lists(st.from_regex(r"\A[A-Z]{2}[0-9]{3}\Z"), min_size=40, max_size=40),
    st.lists(st.dates(), min_size=40, max_size=40),
    st.lists(st.dates(dt.date(1800, 1, 1), dt.date(2200, 1, 1)), min_size=40, max_size=40).map(
        lambda days: pd.to_datetime(days).to_list()
    ),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(columns, min_size=1, max_size=4))
def test_any_table_passes_its_own_suite(drawn):
    frame = Frame({f"x{i}": values for i, values in enumerate(drawn)})
    document = suite(profile(frame, "data"), "data")
    assert broken(json.loads(json.dumps(document, allow_nan=False)), frame) == []
