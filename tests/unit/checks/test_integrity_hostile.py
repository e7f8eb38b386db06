"""The integrity check on frames that nobody would write on purpose: it never crashes."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.artifacts.interface import DataSet
from mlgate.checks import integrity
from mlgate.checks.integrity import ASPECTS, Integrity
from mlgate.checks.integrity_findings import findings_of
from mlgate.checks.integrity_rows import duplicate_rows
from mlgate.checks.integrity_table import Table, cell_keys
from mlgate.config.model import DataSpec
from mlgate.errors import MlgateError
from mlgate.results import Finding, Outcome, jsonable
from tests.support import make_inputs


def table(frame: pd.DataFrame, **spec: Any) -> Table:
    data = DataSpec.model_validate({"path": "d.parquet", **spec})
    return Table.of(
        DataSet(name="d", spec=data, side="head", path=Path("d.parquet"), read=lambda _: frame)
    )


def look(head: pd.DataFrame, base: pd.DataFrame, **spec: Any) -> list[Finding]:
    """Every aspect on frames in memory; a reason for what cannot be looked at."""
    check = Integrity(type="integrity", data="d")
    findings: list[Finding] = []
    for aspect in ASPECTS:
        setting = getattr(check, aspect.parameter)
        limit = () if setting is True else (setting,)
        try:
            sides = [table(head, **spec), *([table(base, **spec)] if aspect.against else [])]
            findings += findings_of(aspect.name, aspect.measure(*sides, *limit), check.finding_id)
        except MlgateError as error:
            findings.append(
                Finding(
                    id=aspect.name, outcome=Outcome.ERRORED, subject="d", message=error.sentence()
                )
            )
    return findings


CELLS: dict[str, st.SearchStrategy[Any]] = {
    "whole": st.integers(-3, 3),
    "huge": st.integers(-(10**400), 10**400),
    "float": st.floats(),
    "text": st.text(max_size=5),
    "surrogate": st.sampled_from(["\ud800", "a", "\udfff1"]),
    "digits": st.sampled_from(["1", "2.5", "007", "nan", "inf", "1e999", "True", "", " 3 "]),
    "boolean": st.booleans(),
    "date": st.dates(),
    "datetime": st.datetimes(),
    "zone": st.datetimes(timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=2))])),
    "duration": st.timedeltas(),
    "decimal": st.decimals(allow_nan=False) | st.just(Decimal("nan")),
    "bytes": st.binary(max_size=3),
    "list": st.lists(st.integers(0, 2), max_size=2),
    "array": st.lists(st.integers(0, 2), max_size=2).map(np.array),
    "mapping": st.dictionaries(st.text(max_size=1), st.integers(), max_size=2),
    "set": st.frozensets(st.integers(0, 2)).map(set),
    "null": st.sampled_from([None, np.nan, pd.NA, pd.NaT]),
    "numpy": st.sampled_from([np.float32("inf"), np.int8(1), np.bool_(True), np.str_("x")]),
    "complex": st.complex_numbers(),
    "interval": st.sampled_from([pd.Interval(0, 1), pd.Period("2020-01"), pd.Timestamp(0)]),
}


@st.composite
def columns(draw: st.DrawFn, rows: int) -> "pd.Series[Any]":
    chosen = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=3))
    cells = st.one_of(*(CELLS[kind] for kind in chosen))
    drawn = draw(st.lists(cells, min_size=rows, max_size=rows))
    held = np.empty(rows, dtype=object)
    held[:] = [None] * rows
    for at, cell in enumerate(drawn):
        held[at] = cell
    column = pd.Series(held, dtype=object)
    form = draw(st.sampled_from(["object", "inferred", "category", "nullable"]))
    try:
        if form == "category":
            return column.astype("category")
        if form == "nullable":
            return column.convert_dtypes()
        return column.infer_objects() if form == "inferred" else column
    except (TypeError, ValueError, OverflowError):  # pandas cannot hold it like that
        return column


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(0, 12))
    names = draw(st.lists(st.sampled_from(["y", "id", "a", "b/é", 0, "0"]), max_size=4))
    parts = [draw(columns(rows)) for _ in names]
    frame = pd.DataFrame(dict(enumerate(parts)), index=range(rows))
    frame.columns = pd.Index(names, dtype=object)
    return frame


@settings(deadline=None, max_examples=150)
@given(head=frames(), base=frames(), ids=st.sampled_from([(), ("id",), ("id", "a")]))
def test_whatever_the_frames_hold_nothing_is_raised_but_our_errors(head, base, ids):
    findings = look(head, base, target="y", ids=ids)
    assert len(findings) >= len(ASPECTS)
    for finding in findings:
        assert len(finding.message) < 1000
        assert len(str(jsonable(finding.details))) < 3000
    if head.empty:
        assert {finding.outcome for finding in findings} == {Outcome.ERRORED}


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([0.0, -0.0, np.nan, 1.5]), st.text("ab")),
        min_size=1,
    )
)
def test_duplicates_are_those_of_pandas(rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "c"])
    seen = duplicate_rows(table(frame), 0.0)
    assert seen.details["count"] == int(frame.duplicated().sum())


@settings(deadline=None)
@given(
    st.lists(
        st.none() | st.integers(-1, 2) | st.text("1a") | st.booleans() | st.lists(st.integers(0, 2))
    )
)
def test_cells_have_equal_keys_if_and_only_if_they_are_equal(cells):
    keys = cell_keys(pd.Series(cells, dtype=object)).tolist()
    own = [(type(cell), cell) for cell in cells]  # True is not 1
    assert [keys.index(key) for key in keys] == [own.index(one) for one in own]


def test_every_not_a_number_has_the_same_key():
    bits = np.array([0x7FF8000000000000, 0x7FF8000000000001, 0xFFF8000000000000], dtype="u8")
    assert len(set(cell_keys(pd.Series(bits.view("f8"))).tolist())) == 1


def test_mixed_and_unhashable_cells_are_seen(tmp_path):
    frame = pd.DataFrame(
        {
            "mixed": pd.Series([1, "one", [1], {"a": 1}, None, True] * 10, dtype=object),
            "lists": pd.Series([[1, 2], [1, 2], [], None, [3], [3]] * 10, dtype=object),
            "ключ": ["ä", "ß", "漢", "🦆", None, "\u202e"] * 10,
        }
    )
    found = {finding.id: finding for finding in look(frame, frame)}
    mixed = found["integrity/mixed-types/mixed"]
    assert mixed.outcome is Outcome.FAILED
    assert mixed.observed == 5
    assert "integrity/mixed-types/lists" not in found
    assert found["integrity/duplicate-rows"].details["count"] == 54


def test_lines_of_json_with_every_kind_of_cell_are_measured(tmp_path):
    line = '{"x": %s, "tags": ["a", {"b": 1}], "y": %d}\n'
    cells = ['"text"', "1", "2.5", "null", "[1]", "true", '"漢"', '"1"']
    text = "".join(line % (cell, at % 2) for at, cell in enumerate(cells * 5))
    (tmp_path / "d.jsonl").write_text(text)
    spec = {"path": "d.jsonl", "target": "y"}
    with make_inputs(tmp_path, data={"d": spec}, base_root=tmp_path) as inputs:
        seen = Integrity(type="integrity", data="d").run(inputs)
    assert seen.rows == 40
    failed = {finding.id for finding in seen.findings if finding.outcome is Outcome.FAILED}
    assert {"integrity/mixed-types/x", "integrity/duplicate-rows"} <= failed
    assert not [finding for finding in seen.findings if finding.outcome is Outcome.ERRORED]


def test_long_names_and_values_are_kept_short():
    text = "x" * 100_000
    frame = pd.DataFrame({text: [text] * 5, "deep": [[[text] * 5] * 5] * 5})
    for finding in look(frame, frame):
        assert len(finding.id) + len(finding.subject) + len(finding.message) < 1000
        assert len(str(finding.details)) < 2000


@pytest.mark.parametrize("names", [["a", "a"], [0, "0"]])
def test_two_columns_of_one_name_are_refused(names):
    with pytest.raises(MlgateError, match="several columns of one name"):
        table(pd.DataFrame([[1, 2]], columns=pd.Index(names, dtype=object)))


def test_aspects_are_the_parameters():
    own = set(integrity.Integrity.model_fields) - {
        "type", "id", "was", "severity", "data", "reference", "in_itself",
    }  # fmt: skip
    assert [aspect.parameter for aspect in ASPECTS if aspect.parameter in own] == list(
        dict.fromkeys(aspect.parameter for aspect in ASPECTS)
    )
    assert own == {aspect.parameter for aspect in ASPECTS}


def test_decimals_and_dates_are_of_one_type():
    frame = pd.DataFrame(
        {
            "money": pd.Series([Decimal("1.5"), Decimal(2), None] * 5, dtype=object),
            "day": pd.Series([dt.date(2020, 1, 1), None, dt.date(2020, 1, 2)] * 5, dtype=object),
        }
    )
    kinds = table(frame).kinds
    assert (kinds["money"], kinds["day"]) == ("number", "date")
    assert not [f for f in look(frame, frame) if f.id.startswith("integrity/mixed-types/")]
