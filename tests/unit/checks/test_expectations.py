import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from mlgate.checks.expectations import Expectations
from mlgate.checks.interface import Measurement
from mlgate.config.model import Policy
from mlgate.errors import DataNotReadable, SuiteNotReadable
from mlgate.results import (
    CheckResult,
    Finding,
    Location,
    Outcome,
    Revision,
    RunResult,
    combined,
    take_stock,
)
from mlgate.verdict import FailOn, decide
from tests.support import make_inputs

FRAME = pd.DataFrame(
    {
        "age": [20.0, 30.0, 999.0, 640.0, None],
        "letter": ["x", "y", "z", "x", None],
        "empty": [None] * 5,
        "first name": ["a", "b", "c", "d", "e"],
    }
)


def item(kind: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": f"expect_{kind}", "kwargs": kwargs}


AGE = item("column_values_to_be_between", column="age", min_value=18, max_value=120)
NOT_NULL = item("column_values_to_not_be_null", column="first name")


def check(suite: Any, **more: Any) -> Expectations:
    return Expectations.model_validate(
        {"type": "expectations", "data": "train", "suite": suite, **more}
    )


def measure(root: Path, suite: Any, frame: pd.DataFrame = FRAME, **more: Any) -> Measurement:
    frame.to_parquet(root / "train.parquet")
    with make_inputs(root, data={"train": "train.parquet"}) as inputs:
        return check(suite, **more).run(inputs)


def one(root: Path, *suite: dict[str, Any], frame: pd.DataFrame = FRAME) -> Finding:
    (finding,) = measure(root, list(suite), frame).findings
    return finding


def test_a_failed_expectation_says_what_a_reviewer_would(tmp_path):
    finding = one(tmp_path, AGE)
    assert finding.outcome is Outcome.FAILED
    assert finding.id == "expectations/age/column_values_to_be_between"
    assert finding.subject == "age"
    assert finding.message == "age between 18 and 120: 2 of 4 values are not (999, 640)"
    assert finding.observed == 2
    assert finding.expected == "min_value 18, max_value 120"
    assert finding.severity is None
    assert finding.details == {
        "expectation": "expect_column_values_to_be_between",
        "engine": "duckdb",
        "element_count": 5,
        "unexpected_count": 2,
        "unexpected_percent": 50.0,
        "unexpected_percent_total": 40.0,
        "unexpected_percent_nonmissing": 50.0,
        "missing_count": 1,
        "missing_percent": 20.0,
        "partial_unexpected_list": [999.0, 640.0],
        "examples": [999.0, 640.0],
    }


def test_a_passed_expectation_says_how_many_values_it_looked_at(tmp_path):
    finding = one(tmp_path, NOT_NULL)
    assert finding.outcome is Outcome.PASSED
    assert finding.message == "'first name' not null: holds for all 5 values"


def test_the_rows_of_the_table_are_counted_once(tmp_path):
    seen = measure(tmp_path, [AGE, NOT_NULL])
    assert seen.rows == 5
    assert [f.outcome for f in seen.findings] == [Outcome.FAILED, Outcome.PASSED]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            item("column_values_to_be_unique", column="letter"),
            "letter unique: 2 of 4 values occur more than once ('x', 'x')",
        ),
        (
            item("column_values_to_not_be_null", column="age", mostly=0.95),
            "age not null for at least 95 %: 1 of 5 values are null",
        ),
        (
            item("column_values_to_match_regex", column="letter", regex="^[xy]"),
            "letter matches '^[xy]': 1 of 4 values do not ('z')",
        ),
        (
            item("column_values_to_not_match_regex", column="letter", regex="z"),
            "letter does not match 'z': 1 of 4 values do ('z')",
        ),
        (
            item("column_values_to_not_be_in_set", column="letter", value_set=["x"]),
            "letter not in ['x']: 2 of 4 values are ('x', 'x')",
        ),
        (
            item("column_mean_to_be_between", column="age", min_value=1000),
            "mean of age at least 1000: found 422.25",
        ),
        (
            item("column_mean_to_be_between", column="empty", min_value=1),
            "mean of empty at least 1: there is no value to compute it from",
        ),
        (
            item("column_distinct_values_to_equal_set", column="letter", value_set=["x", "w"]),
            "distinct values of letter are ['x', 'w']: not expected: 'y', 'z'; missing: 'w'",
        ),
        (
            item(
                "column_quantile_values_to_be_between",
                column="age",
                quantile_ranges={"quantiles": [0.5], "value_ranges": [[0, 1]]},
            ),
            "quantiles of age in their ranges: found 0.5: 640",
        ),
        (item("column_to_exist", column="agee"), "column agee exists: no"),
        (
            item("table_row_count_to_be_between", max_value=5, strict_max=True),
            "number of rows less than 5: found 5",
        ),
        (
            item("table_columns_to_match_set", column_set=["age", "letter"]),
            "columns are age and letter: found 'age', 'empty', 'first name', 'letter'",
        ),
        (
            item("column_pair_values_to_be_equal", column_A="letter", column_B="first name"),
            "letter equal to 'first name': 5 of 5 rows are not (",
        ),
        (
            item(
                "column_values_to_be_in_set",
                column="letter",
                value_set=["y"],
                row_condition="age < 25",
                condition_parser="pandas",
            ),
            "letter in ['y'] where age < 25: 1 of 1 values are not ('x')",
        ),
    ],
)
def test_messages_name_the_limit_the_value_and_the_count(tmp_path, given, message):
    finding = one(tmp_path, given)
    assert finding.outcome is Outcome.FAILED
    assert finding.message.startswith(message)


def test_severities_of_great_expectations_become_ours(tmp_path):
    suite = [AGE | {"severity": s} for s in ("critical", "warning", "info")]
    severities = [finding.severity for finding in measure(tmp_path, suite).findings]
    assert severities == [None, "warning", "warning"]


def test_repeated_expectations_keep_different_ids_in_the_order_of_the_suite(tmp_path):
    pair = item("column_pair_values_to_be_equal", column_A="letter", column_B="empty")
    rows = item("table_row_count_to_equal", value=5)
    ids = [f.id for f in measure(tmp_path, [AGE, NOT_NULL, AGE, pair, rows, AGE]).findings]
    assert ids == [
        "expectations/age/column_values_to_be_between",
        "expectations/first name/column_values_to_not_be_null",
        "expectations/age/column_values_to_be_between-2",
        "expectations/letter,empty/column_pair_values_to_be_equal",
        "expectations/table/table_row_count_to_equal",
        "expectations/age/column_values_to_be_between-3",
    ]


def test_a_suite_file_gives_each_finding_its_line(tmp_path):
    folder = tmp_path / "expectations"
    folder.mkdir()
    lines = ",\n".join(map(json.dumps, (AGE, NOT_NULL)))
    (folder / "train.json").write_text(f'{{"name": "train", "expectations": [\n{lines}]}}')
    seen = measure(tmp_path, "expectations/train.json")
    assert [finding.location for finding in seen.findings] == [
        Location(file="expectations/train.json", line=2),
        Location(file="expectations/train.json", line=3),
    ]


def test_an_inline_suite_has_no_line_of_its_own(tmp_path):
    assert one(tmp_path, AGE).location is None


def test_the_spelling_of_before_1_0_is_read_in_mlgate_yml(tmp_path):
    old = {"expectation_type": NOT_NULL["type"], "kwargs": NOT_NULL["kwargs"]}
    assert one(tmp_path, old).outcome is Outcome.PASSED


# Never green


def test_an_empty_suite_file_is_never_green(tmp_path):
    (tmp_path / "suite.json").write_text('{"name": "train", "expectations": []}')
    with pytest.raises(SuiteNotReadable, match=r"suite\.json holds no expectation"):
        measure(tmp_path, "suite.json")


def test_an_empty_inline_suite_is_a_mistake_in_the_configuration():
    with pytest.raises(ValidationError):
        check([])


def test_an_empty_table_is_never_green(tmp_path):
    with pytest.raises(DataNotReadable, match="train has no rows"):
        measure(tmp_path, [item("table_row_count_to_equal", value=0)], FRAME.head(0))


def test_a_suite_that_does_not_parse_is_never_green(tmp_path):
    (tmp_path / "suite.json").write_text('{"expectations": [')
    with pytest.raises(SuiteNotReadable, match=r"^suite\.json:1:19: not JSON"):
        measure(tmp_path, "suite.json")


def test_a_missing_suite_is_never_green(tmp_path):
    with pytest.raises(DataNotReadable, match=r"nowhere\.json"):
        measure(tmp_path, "nowhere.json")


def test_a_misspelt_expectation_in_mlgate_yml_is_named_with_the_nearest():
    with pytest.raises(ValidationError, match="did you mean 'expect_column_to_exist'"):
        check([item("column_to_exists", column="a")])


def test_an_expectation_that_raises_is_never_green(tmp_path):
    finding = one(tmp_path, item("column_values_to_match_regex", column="letter", regex="("))
    assert finding.outcome is Outcome.ERRORED
    assert "could not be evaluated: Invalid regular expression" in finding.message


@pytest.mark.parametrize("column", ["ages", "letters"])
def test_a_column_that_is_missing_fails_and_the_nearest_is_named(tmp_path, column):
    finding = one(tmp_path, item("column_values_to_be_in_set", column=column, value_set=[1]))
    assert finding.outcome is Outcome.FAILED
    assert f"the data have no column {column}; did you mean {column[:-1]!r}?" in finding.message


@pytest.mark.parametrize(
    "given",
    [
        item("column_values_to_be_in_set", column="empty", value_set=["x"]),
        item("column_sum_to_be_between", column="empty", min_value=0),
        item("column_distinct_values_to_be_in_set", column="empty", value_set=["x"]),
        item("column_pair_values_to_be_equal", column_A="empty", column_B="empty"),
    ],
)
def test_a_column_of_nulls_fails_where_great_expectations_lets_it_pass(tmp_path, given):
    finding = one(tmp_path, given)
    assert finding.outcome is Outcome.FAILED
    assert finding.message.endswith("no value was checked: every one is null")


def test_a_column_that_is_expected_to_be_null_passes(tmp_path):
    finding = one(tmp_path, item("column_values_to_be_null", column="empty"))
    assert finding.outcome is Outcome.PASSED


def test_a_condition_that_selects_no_row_decides_nothing(tmp_path):
    none = {"row_condition": "age < 0", "condition_parser": "pandas"}
    finding = one(tmp_path, item("column_values_to_be_unique", column="letter", **none))
    assert finding.outcome is Outcome.ERRORED
    assert finding.message.endswith("no value was checked: the condition leaves none")


@pytest.mark.parametrize("form", ["BOOLEAN_ONLY", "SUMMARY", "COMPLETE"])
@pytest.mark.parametrize("engine", ["auto", "gx"])
def test_a_column_of_nulls_fails_in_every_result_format(tmp_path, form, engine):
    suite = [
        item("column_values_to_be_in_set", column="empty", value_set=["x"]),
        item("column_sum_to_be_between", column="empty", min_value=0),
    ]
    seen = measure(tmp_path, suite, result_format=form, engine=engine)
    for finding in seen.findings:
        assert finding.outcome is Outcome.FAILED
        assert finding.message.endswith("no value was checked: every one is null")


def test_columns_that_should_tell_the_rows_and_are_missing_are_never_green(tmp_path):
    form = {"result_format": "SUMMARY", "unexpected_index_column_names": ["nowhere"]}
    (finding,) = measure(tmp_path, [AGE], result_format=form).findings
    assert finding.outcome is Outcome.ERRORED
    assert "nowhere" in finding.message


# Engines, formats, parameters, severities

FLAGGED = item("column_values_to_match_regex", column="letter", regex="(?i)[A-Z]")
"""Passes; DuckDB leaves patterns with flags to Great Expectations."""


@pytest.mark.parametrize(
    ("engine", "decided"),
    [("auto", ["duckdb", "gx"]), ("gx", ["gx", "gx"]), ("duckdb", ["duckdb", "duckdb"])],
)
def test_the_engine_decides_that_the_check_names(tmp_path, engine, decided):
    seen = measure(tmp_path, [NOT_NULL, FLAGGED], engine=engine)
    assert [finding.details["engine"] for finding in seen.findings] == decided
    assert seen.findings[0].outcome is Outcome.PASSED


@pytest.mark.parametrize("engine", ["auto", "gx", "duckdb"])
def test_a_typo_an_exception_or_an_empty_table_is_green_with_no_engine(tmp_path, engine):
    suite = [
        item("column_values_to_be_unique", column="lettr"),
        item("column_values_to_match_regex", column="letter", regex="("),
        item("column_values_to_be_in_set", column="empty", value_set=["x"]),
        NOT_NULL,
    ]
    seen = measure(tmp_path, suite, engine=engine)
    outcomes = [finding.outcome.value for finding in seen.findings]
    assert outcomes[0] == "failed"
    assert "did you mean 'letter'" in seen.findings[0].message
    assert outcomes[1] == "errored"
    assert outcomes[2] in {"failed", "errored"}  # DuckDB alone may not know the column's type
    assert outcomes[3] == "passed"
    with pytest.raises(DataNotReadable, match="has no rows"):
        measure(tmp_path, suite, FRAME.head(0), engine=engine)


def test_what_duckdb_alone_does_not_decide_is_never_green(tmp_path):
    (finding,) = measure(tmp_path, [FLAGGED], engine="duckdb").findings
    assert finding.outcome is Outcome.ERRORED
    assert "DuckDB does not decide this one" in finding.message


def test_an_unknown_engine_or_format_is_a_mistake_in_the_configuration():
    with pytest.raises(ValidationError, match="engine"):
        check([AGE], engine="polars")
    with pytest.raises(ValidationError, match="result_format"):
        check([AGE], result_format="VERBOSE")


@pytest.mark.parametrize("engine", ["auto", "gx"])
def test_details_hold_what_the_format_shows_within_bounds(tmp_path, engine):
    frame = pd.DataFrame({"n": range(1000), "id": [f"{i}" * 200 for i in range(1000)]})
    form = {"result_format": "COMPLETE", "unexpected_index_column_names": ["id"]}
    given = item("column_values_to_be_between", column="n", max_value=-1)
    (finding,) = measure(tmp_path, [given], frame, result_format=form, engine=engine).findings
    details: dict[str, Any] = finding.details
    assert details["unexpected_count"] == 1000
    assert details["partial_unexpected_counts"][0] == {"value": 0, "count": 1}
    assert details["unexpected_list"] == list(range(20))
    assert details["unexpected_index_list"][7]["n"] == 7
    shortened = details["shortened"]
    assert (shortened["unexpected_list"], shortened["unexpected_index_list"]) == (200, 1000)
    assert "unexpected_index_query" in shortened
    assert "unexpected_index_query" not in details
    assert len(json.dumps(details)) < 10_000


def test_whole_rows_are_few_and_short(tmp_path):
    frame = pd.DataFrame({f"c{i}": ["x" * 500] * 30 for i in range(80)})
    form = {"result_format": "BASIC", "include_unexpected_rows": True}
    given = item("column_values_to_be_in_set", column="c0", value_set=["y"])
    (finding,) = measure(tmp_path, [given], frame, result_format=form).findings
    rows: Any = finding.details["unexpected_rows"]
    assert (finding.outcome, finding.details["engine"]) == (Outcome.FAILED, "gx")
    assert finding.details["shortened"] == {"unexpected_rows": 20}
    assert (len(rows), len(rows[0])) == (5, 50)
    assert len(json.dumps(finding.details)) < 40_000


def test_details_are_the_same_whoever_decides(tmp_path):
    suite = [AGE, NOT_NULL, item("column_values_to_not_be_null", column="age")]
    suite.append(item("column_distinct_values_to_be_in_set", column="letter", value_set=["x"]))
    suite.append(item("column_max_to_be_between", column="age", max_value=1))
    both = [
        [finding.details for finding in measure(tmp_path, suite, engine=engine).findings]
        for engine in ("auto", "gx")
    ]
    assert [d.pop("engine") for d in both[0]] == ["duckdb"] * 5
    assert [d.pop("engine") for d in both[1]] == ["gx"] * 5
    assert both[0] == both[1]


def test_boolean_only_and_excluded_values_show_no_value(tmp_path):
    for form in ("BOOLEAN_ONLY", {"result_format": "BASIC", "exclude_unexpected_values": True}):
        (finding,) = measure(tmp_path, [AGE], result_format=form).findings
        assert finding.outcome is Outcome.FAILED
        assert finding.message == "age between 18 and 120: 2 of 4 values are not"
        assert "999" not in json.dumps(finding.details)


def test_parameters_of_the_check_are_filled_in(tmp_path):
    given = item("column_values_to_be_between", column="age", max_value={"$PARAMETER": "lim * 2"})
    (finding,) = measure(tmp_path, [given], parameters={"lim": 350}).findings
    assert finding.message == "age at most 700: 1 of 4 values are not (999)"
    (tmp_path / "suite.json").write_text(json.dumps({"expectations": [given]}))
    (finding,) = measure(tmp_path, "suite.json", parameters={"lim": 500}).findings
    assert finding.outcome is Outcome.PASSED


def test_a_parameter_without_a_value_is_never_green(tmp_path):
    given = item("column_values_to_be_between", column="age", max_value={"$PARAMETER": "lmi"})
    with pytest.raises(ValidationError, match=r"suite\[0\]\.kwargs\.max_value: there is no parame"):
        check([given], parameters={"lim": 1})
    (tmp_path / "suite.json").write_text(json.dumps({"expectations": [given]}))
    with pytest.raises(SuiteNotReadable, match=r"suite\.json:1:\d+: .*did you mean 'lim'"):
        measure(tmp_path, "suite.json", parameters={"lim": 1})


@pytest.mark.parametrize("name", ["", "my-limit", "1st", "_x", "e", "Pi"])
def test_a_parameter_that_no_expression_can_name_is_refused(name):
    with pytest.raises(ValidationError, match="no expression can name"):
        check([AGE], parameters={name: 1})


@pytest.mark.parametrize(
    ("severities", "outcome"),
    [
        (["critical", "info"], "failed"),
        (["warning", "info"], "passed"),
        (["info"], "passed"),
    ],
)
def test_the_greatest_severity_that_fails_blocks_only_where_it_is_critical(
    tmp_path, severities, outcome
):
    suite = [AGE | {"severity": severity} for severity in severities] + [NOT_NULL]
    findings = tuple(measure(tmp_path, suite).findings)
    assert [f.outcome for f in findings] == [Outcome.FAILED] * len(severities) + [Outcome.PASSED]
    assert decided(findings, "error") == outcome
    assert decided(findings, "warning") == "failed"


def decided(findings: tuple[Finding, ...], fail_on: FailOn) -> str:
    result = CheckResult(
        id="expectations",
        type="expectations",
        severity="error",
        outcome=combined(findings) or Outcome.ERRORED,
        reason=None,
        rows=5,
        seconds=0,
        findings=findings,
    )
    run = RunResult(
        mlgate="0",
        name="default",
        verdict=None,
        head=Revision(commit=None),
        base=None,
        checks=(result,),
        ledger=take_stock([result]),
    )
    return decide(run, Policy(), fail_on).outcome


def test_modules_are_not_for_duckdb():
    with pytest.raises(ValidationError, match="runs no `expectation_modules`"):
        check([AGE], engine="duckdb", expectation_modules=["own.py"])


def test_an_unknown_type_without_modules_is_named_with_the_nearest():
    with pytest.raises(ValidationError, match="there is no expectation 'expect_column_to_exists'"):
        check([item("column_to_exists", column="a")], expectation_modules=[])


def test_a_mistaken_argument_is_found_beside_classes_of_the_repository():
    own = item("column_values_to_be_prime", column="age")
    assert check([own], expectation_modules=["own.py"]).expectation_modules == ("own.py",)
    with pytest.raises(ValidationError, match="there is no argument 'colum'"):
        check([own, item("column_to_exist", colum="a")], expectation_modules=["own.py"])


NATIVE = """
import sys
from pathlib import Path
from mlgate.checks.expectations import Expectations
from tests.support import make_inputs

suite = [{"type": "expect_column_values_to_be_between",
          "kwargs": {"column": "age", "max_value": {"$PARAMETER": "lim * 2"}}}]
check = Expectations.model_validate({"type": "expectations", "data": "train", "suite": suite,
                                     "parameters": {"lim": 9}, "result_format": "COMPLETE"})
with make_inputs(Path(sys.argv[1]), data={"train": "train.parquet"}) as inputs:
    print(check.run(inputs).findings[0].details["unexpected_index_list"])
print(*(name for name in ("pandas", "great_expectations", "scipy") if name in sys.modules))
"""


def test_a_native_suite_imports_neither_pandas_nor_great_expectations(tmp_path):
    FRAME.to_parquet(tmp_path / "train.parquet")
    done = subprocess.run(
        [sys.executable, "-c", NATIVE, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.splitlines() == ["[0, 1, 2, 3]", ""]


# Hostile text


def test_long_values_and_names_are_cut(tmp_path):
    long = "x" * 10_000
    frame = pd.DataFrame({long: [long, "y"]})
    finding = one(
        tmp_path,
        item("column_values_to_be_in_set", column=long, value_set=[long[:-1]] * 50),
        frame=frame,
    )
    assert finding.outcome is Outcome.FAILED
    shown = json.dumps([finding.id, finding.message, finding.expected, finding.details])
    assert len(shown) < 1500


def test_braces_in_names_and_values_are_text(tmp_path):
    frame = pd.DataFrame({"{range}": ["{0.__class__}", "b"]})
    finding = one(
        tmp_path,
        item("column_values_to_be_in_set", column="{range}", value_set=["b"]),
        frame=frame,
    )
    assert finding.message == "'{range}' in ['b']: 1 of 2 values are not ('{0.__class__}')"


def test_examples_are_few(tmp_path):
    frame = pd.DataFrame({"n": range(1000)})
    given = item("column_values_to_be_between", column="n", max_value=-1)
    finding = one(tmp_path, given, frame=frame)
    assert finding.details["examples"] == [0, 1, 2, 3, 4]
    assert "1,000 of 1,000 values are not (0, 1, 2 …)" in finding.message


def test_dates_are_shown_as_dates(tmp_path):
    frame = pd.DataFrame({"d": pd.to_datetime(["2024-01-01", "2024-01-01"])})
    finding = one(tmp_path, item("column_values_to_be_unique", column="d"), frame=frame)
    assert finding.details["examples"] == ["2024-01-01 00:00:00"] * 2


def test_the_data_set_is_referred_to_by_name():
    assert check([AGE]).references().data == ("train",)
    assert list(Expectations.recommend({}, {})) == []
