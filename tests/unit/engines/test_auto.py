import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mlgate.artifacts import formats
from mlgate.artifacts.interface import DataSet
from mlgate.config.model import DataSpec
from mlgate.engines.auto import Auto
from mlgate.engines.interface import Validation
from mlgate.engines.suite import Expectation, Suite
from mlgate.errors import DataNotReadable

FRAME = pd.DataFrame({"age": [20.0, 30.0, 999.0, None], "letter": ["x", "y", "z", None]})
MIXED: list[tuple[str, dict[str, Any]]] = [
    ("expect_column_value_z_scores_to_be_less_than",
     {"column": "age", "threshold": 9, "double_sided": True}),
    ("expect_column_values_to_be_unique", {"column": "letter"}),
    ("expect_column_values_to_match_regex", {"column": "letter", "regex": "(?i)[XY]"}),
    ("expect_column_values_to_be_in_set", {"column": "nowhere", "value_set": [1]}),
    ("expect_column_values_to_match_like_pattern", {"column": "letter", "like_pattern": "x%"}),
    ("expect_table_row_count_to_equal", {"value": 4}),
    ("expect_column_max_to_be_between", {"column": "age", "max_value": 1}),
]  # fmt: skip


def validate(path: Path, *questions: tuple[str, dict[str, Any]]) -> Validation:
    data = DataSet(
        name="data", spec=DataSpec(path=path.name), side="head", path=path, read=formats.read
    )
    specs = tuple(Expectation(type=kind, kwargs=kwargs).spec() for kind, kwargs in questions)
    return Auto().validate(data, Suite(name="suite", expectations=specs))


@pytest.fixture(params=["data.parquet", "data.csv", "data.jsonl"])
def path(request, tmp_path):
    path = tmp_path / request.param
    if path.suffix == ".parquet":
        FRAME.to_parquet(path)
    elif path.suffix == ".csv":
        FRAME.to_csv(path, index=False)
    else:
        FRAME.to_json(path, orient="records", lines=True)
    return path


def test_each_engine_decides_its_own_and_the_order_is_the_suite_s(path):
    seen = validate(path, *MIXED)
    assert [r.expectation.type for r in seen.results] == [kind for kind, _ in MIXED]
    engines = ["duckdb", "duckdb", "gx", "duckdb", "gx", "duckdb", "duckdb"]
    assert [result.engine for result in seen.results] == engines
    assert [r.success for r in seen.results] == [True, True, False, False, False, True, False]
    assert (seen.rows, seen.columns) == (4, ("age", "letter"))


def test_what_raises_is_a_result_and_costs_the_others_nothing(path):
    seen = validate(path, *MIXED)
    raised = [result.exception_message is not None for result in seen.results]
    assert raised == [False, False, False, True, True, False, False]


def test_a_file_that_cannot_be_read_is_an_error_that_explains(tmp_path):
    (tmp_path / "data.parquet").write_bytes(b"no parquet")
    with pytest.raises(DataNotReadable, match=r"data\.parquet"):
        validate(tmp_path / "data.parquet", *MIXED)


SCRIPT = """
import sys
from pathlib import Path
from mlgate.artifacts import formats
from mlgate.artifacts.interface import DataSet
from mlgate.config.model import DataSpec
from mlgate.engines.auto import Auto
from mlgate.engines.suite import Expectation, Suite

path = Path(sys.argv[1])
data = DataSet(name="d", spec=DataSpec(path="d"), side="head", path=path, read=formats.read)
suite = Suite(name="s", expectations=(
    Expectation(type="expect_column_values_to_be_unique", kwargs={"column": "letter"}).spec(),
    Expectation(type="expect_column_mean_to_be_between",
                kwargs={"column": "age", "max_value": 999}).spec(),
    Expectation(type="expect_column_values_to_match_regex",
                kwargs={"column": "letter", "regex": "^[x-z]$"}).spec(),
))
print(*(result.success for result in Auto().validate(data, suite).results))
print(*(name for name in ("pandas", "great_expectations", "scipy") if name in sys.modules))
"""


def test_a_native_suite_on_parquet_imports_neither_pandas_nor_great_expectations(tmp_path):
    FRAME.to_parquet(tmp_path / "data.parquet")
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "data.parquet")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["True True True", ""]
