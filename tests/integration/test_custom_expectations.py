"""Expectation classes of the repository, in real processes with the real Great Expectations."""

import json
import textwrap
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mlgate.checks.expectations import Expectations
from mlgate.checks.interface import Measurement
from mlgate.engines.validation import Modules, validate
from mlgate.errors import ExpectationModuleFailed, SuiteNotReadable
from mlgate.results import Outcome
from tests.differential.parity import data_of, suite_of
from tests.support import make_inputs

CLASSES = """\
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations import ExpectColumnValuesToMatchRegex
    from great_expectations.expectations.expectation import (
        ColumnAggregateExpectation,
        ColumnMapExpectation,
    )
    from great_expectations.expectations.metrics import (
        ColumnAggregateMetricProvider,
        ColumnMapMetricProvider,
        column_aggregate_value,
        column_condition_partial,
    )
    from shared_rules import LARGEST


    class ExpectColumnValuesToBeACode(ExpectColumnValuesToMatchRegex):
        regex: str = "^[A-Z]{2}$"


    class ColumnValuesEven(ColumnMapMetricProvider):
        condition_metric_name = "column_values.own_even"

        @column_condition_partial(engine=PandasExecutionEngine)
        def _pandas(cls, column, **kwargs):
            if (column > LARGEST).any():
                raise ValueError("a number beyond reach")
            return column % 2 == 0


    class ExpectColumnValuesToBeEven(ColumnMapExpectation):
        map_metric = "column_values.own_even"
        success_keys = ("mostly",)


    class ColumnRange(ColumnAggregateMetricProvider):
        metric_name = "column.own_range"

        @column_aggregate_value(engine=PandasExecutionEngine)
        def _pandas(cls, column, **kwargs):
            return column.max() - column.min()


    class ExpectColumnRangeToBeBetween(ColumnAggregateExpectation):
        min_value: float = 0
        max_value: float = 1
        metric_dependencies = ("column.own_range",)
        success_keys = ("min_value", "max_value")

        def _validate(self, metrics, runtime_configuration=None, execution_engine=None):
            return self._validate_metric_value_between(
                metric_name="column.own_range", metrics=metrics,
                runtime_configuration=runtime_configuration, execution_engine=execution_engine,
            )
"""
FRAME = pd.DataFrame(
    {
        "n": [2, 4, 5, 8],
        "far": [1, 2, 3, 10**9],
        "code": ["AB", "XY", "abc", None],
        "none": 4 * [None],
    }
).astype({"none": "float64"})


def item(kind: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": f"expect_{kind}", "kwargs": kwargs}


EVEN = item("column_values_to_be_even", column="n")
BETWEEN = item("column_values_to_be_between", column="n", min_value=0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "expectations").mkdir(parents=True)
    FRAME.to_parquet(root / "train.parquet")
    (root / "shared_rules.py").write_text("LARGEST = 1000\n")
    return root


def measure(root: Path, module: str, suite: Any, **more: Any) -> Measurement:
    (root / "expectations" / "own.py").write_text(textwrap.dedent(module))
    given = {"type": "expectations", "data": "train", "suite": suite} | more
    given.setdefault("expectation_modules", ["expectations/own.py"])
    check = Expectations.model_validate(given)
    with make_inputs(root, data={"train": "train.parquet"}) as inputs:
        return check.run(inputs)


def test_classes_run_beside_the_others_in_the_order_of_the_suite(root):
    suite = [
        BETWEEN,
        item("column_values_to_be_a_code", column="code"),
        item("column_values_to_be_even", column="n", mostly={"$PARAMETER": "least / 100"}),
        item("column_values_to_be_even", column="far"),
        item("column_values_to_be_even", column="none"),
        item("column_values_to_be_even", column="nn"),
        item("column_range_to_be_between", column="n", max_value=3) | {"severity": "warning"},
        item("column_range_to_be_between", column="none", max_value=3),
        item("column_values_to_be_even", column="n", mostly="high"),
        item("column_values_to_be_unique", column="n"),
    ]
    text = json.dumps({"name": "own", "expectations": suite})
    (root / "suite.json").write_text(text)
    seen = measure(root, CLASSES, "suite.json", parameters={"least": 75}, result_format="SUMMARY")
    found = [(f.outcome.value, f.details["engine"]) for f in seen.findings]
    assert found == [
        ("passed", "duckdb"),
        ("failed", "gx"),
        ("passed", "gx"),
        ("errored", "gx"),
        ("failed", "gx"),
        ("failed", "gx"),
        ("failed", "gx"),
        ("failed", "gx"),
        ("errored", "gx"),
        ("passed", "duckdb"),
    ]
    code, even, far, none, typo, wide, nothing = seen.findings[1:8]
    assert code.message == "code: column values to be a code: 1 of 3 values are not ('abc')"
    assert code.id == "expectations/code/column_values_to_be_a_code"
    assert code.details["partial_unexpected_index_list"] == [2]
    assert code.location is not None
    assert code.location.file == "suite.json"
    assert even.details["unexpected_percent"] == 25.0
    assert "a number beyond reach" in far.message
    assert none.message.endswith("no value was checked: every one is null")
    assert typo.message.endswith("the data have no column nn; did you mean 'none'?")
    assert (wide.observed, wide.severity) == (6, "warning")
    assert nothing.outcome is Outcome.FAILED
    assert seen.rows == 4


BUILT_IN_TYPE = """\
    from great_expectations.expectations import expectation


    class ExpectColumnValuesToBeBetween(expectation.ColumnMapExpectation):
        map_metric = "column_values.nonnull"
"""
BUILT_IN_METRIC = """\
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations import metrics


    class Mine(metrics.ColumnMapMetricProvider):
        condition_metric_name = "column_values.between"

        @metrics.column_condition_partial(engine=PandasExecutionEngine)
        def _pandas(cls, column, **kwargs):
            return column == column
"""


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("import a_package_that_nobody_has\n", r"own\.py:1: ModuleNotFoundError: No module named"),
        ("import sys\nsys.exit(0)\n", r"own\.py:2: SystemExit: 0"),
        ("def f():\n    return f()\n\nf()\n", r"own\.py:2: RecursionError"),
        ("class Expect(\n", "SyntaxError"),
        (
            "import os\nprint('bye', flush=True)\nos._exit(0)\n",
            r"exit status 0\) .*Its output ends: bye",
        ),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", r"crashed \(SIGSEGV\)"),
        (BUILT_IN_TYPE, "replaces the expectation expect_column_values_to_be_between of Great"),
        (BUILT_IN_METRIC, r"replaces the metric column_values\.between\S* of Great Expectations"),
    ],
    ids=["import", "exit", "recursion", "syntax", "os._exit", "crash", "type", "metric"],
)
def test_a_module_that_cannot_be_used_is_an_error_that_explains(root, module, message):
    with pytest.raises(ExpectationModuleFailed, match=message):
        measure(root, module, [BETWEEN, EVEN])


def test_a_module_that_does_not_end_is_stopped(root):
    with pytest.raises(ExpectationModuleFailed, match="took longer than 15 seconds"):
        measure(root, "while True:\n    pass\n", [EVEN], timeout=15)


def test_a_type_that_no_module_defines_is_named_with_its_place_and_the_nearest(root):
    suite = [BETWEEN, item("column_values_to_be_evn", column="n")]
    (root / "suite.json").write_text(
        '{"expectations": [\n' + ",\n".join(map(json.dumps, suite)) + "]}"
    )
    with pytest.raises(SuiteNotReadable) as caught:
        measure(root, CLASSES, "suite.json")
    assert caught.value.what == (
        "suite.json:3: there is no expectation 'expect_column_values_to_be_evn'; "
        "did you mean 'expect_column_values_to_be_even'?"
    )


def test_rows_that_are_no_file_are_handed_over(root):
    module = root / "expectations" / "own.py"
    module.write_text(textwrap.dedent(CLASSES))
    modules = Modules(files={"own.py": module}, root=root, seconds=600)
    seen = validate("auto", data_of(FRAME), suite_of((EVEN["type"], EVEN["kwargs"])), modules)
    (result,) = seen.results
    assert (result.success, result.unexpected_count, result.engine) == (False, 1, "gx")
    assert seen.rows == 4


def test_modules_are_loaded_only_where_the_suite_needs_them(root):
    seen = measure(root, "raise SystemExit(1)\n", [BETWEEN])
    assert [finding.outcome for finding in seen.findings] == [Outcome.PASSED]


def test_classes_neither_see_the_environment_nor_change_the_run(root, monkeypatch):
    monkeypatch.setenv("A_SECRET", "hush")
    module = (
        CLASSES
        + """\

    import os

    import mlgate.verdict

    mlgate.verdict.decide = None
    if "A_SECRET" in os.environ:
        raise RuntimeError("leaked")
    """
    )
    seen = measure(root, module, [EVEN])
    assert [finding.outcome for finding in seen.findings] == [Outcome.FAILED]
    from mlgate.verdict import decide

    assert decide is not None


FORGED = """\
    import os
    import sys

    with open(sys.argv[2], "w") as file:
        file.write('{"results": []}')
    os._exit(0)
"""


def test_an_answer_for_fewer_expectations_than_were_asked_is_never_green(root):
    with pytest.raises(ExpectationModuleFailed, match="answered 0 of 1 expectations"):
        measure(root, FORGED, [EVEN])
