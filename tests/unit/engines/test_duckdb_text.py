"""What is read without pandas, and what is left to it."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from pandas._libs.parsers import STR_NA_VALUES  # type: ignore[import-not-found]

from mlgate.artifacts import formats
from mlgate.artifacts.interface import DataSet
from mlgate.config.model import DataSpec
from mlgate.engines.duckdb_json import parse_jsonl
from mlgate.engines.duckdb_open import memory_limit, open_table
from mlgate.engines.duckdb_text import NULLS, parse_csv
from mlgate.errors import DataNotReadable, UsageError

ROWS = pd.DataFrame(
    {
        "name": ["anna", "bert", None, "dora"],
        "born": ["2001-02-03", "1999-12-31", "1980-01-01", "2010-10-10"],
        "height": [1.5, 1.75, None, 1.625],
        "visits": [1, 2, 3, 4],
        "paid": [True, False, True, True],
    }
)

NATIVE = """
import sys
from pathlib import Path
from mlgate.artifacts import formats
from mlgate.artifacts.interface import DataSet
from mlgate.config.model import DataSpec
from mlgate.engines.auto import Auto
from mlgate.engines.suite import ExpectationSpec, Suite

path = Path(sys.argv[1])
data = DataSet(name="d", spec=DataSpec(path=path.name), side="head", path=path, read=formats.read)
column = {"column": "name"}
wanted = [
    ("expect_column_values_to_not_be_null", column),
    ("expect_column_values_to_match_regex", {**column, "regex": "^[a-z]+$"}),
    ("expect_column_values_to_be_unique", {"column": "visits"}),
    ("expect_column_mean_to_be_between", {"column": "height", "min_value": 1, "max_value": 2}),
    ("expect_column_median_to_be_between", {"column": "height", "min_value": 1, "max_value": 2}),
    ("expect_column_values_to_be_of_type", {"column": "height", "type_": "float64"}),
    ("expect_column_values_to_match_strftime_format", {"column": "born",
                                                       "strftime_format": "%Y-%m-%d"}),
]
specs = tuple(ExpectationSpec(type=t, kwargs=k) for t, k in wanted)
seen = Auto().validate(data, Suite(name="s", expectations=specs))
print([result.success for result in seen.results], seen.rows)
print(sorted({"great_expectations", "pandas"} & set(sys.modules)))
"""


def write(frame: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=True)
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_a_native_suite_imports_neither_pandas_nor_great_expectations(suffix: str, tmp_path: Path):
    path = write(ROWS, tmp_path / f"people{suffix}")
    command = [sys.executable, "-c", NATIVE, str(path)]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert found == [f"{[False, *[True] * 6]} 4", "[]"]


def test_nulls_of_csv_are_those_of_pandas():
    assert set(NULLS) == set(STR_NA_VALUES)


CSV = [
    ("a,b\n1,x\n2,y\n", ["int64", "str"]),
    ("a,b\n1,x\n,y\n", ["float64", "str"]),
    ("a,b\nTrue,2024-01-01\nfalse,2024-01-02\n", ["bool", "str"]),
    ("a,b\nTrue,NA\n,1.5\n", ["object", "float64"]),
    ('a,b\n"1","x, ""y"""\n', ["int64", "str"]),
    ("a,b\r\n1,x\r\n", ["int64", "str"]),
]


@pytest.mark.parametrize(("text", "dtypes"), CSV)
def test_csv_has_the_types_of_pandas(text: str, dtypes: list[str], tmp_path: Path):
    path = tmp_path / "data.csv"
    path.write_bytes(text.encode())
    with duckdb.connect() as connection:
        parsed = parse_csv(connection, path)
    assert parsed is not None
    assert list(parsed.dtypes) == dtypes
    assert [str(dtype) for dtype in formats.read_csv(path).dtypes] == dtypes


@pytest.mark.parametrize(
    "text",
    [
        "a\n1\n",  # blank lines of one column are rows to Arrow only
        "a,a\n1,2\n",
        "a,\n1,2\n",
        "a,A\n1,2\n",
        "a,b\n1,2,3\n",
        "a,b\n1\n",
        "a,b\n",
        "a,b\n18446744073709551616,x\n",
        "a,b\n+1,x\n",
        "a,b\n0x1F,x\n",
        "a,b\ninf,x\n",
        "a,b\nNAN,1.5\n",
        "\ufeffa,b\n1,x\n",
        "\na,b\n1,x\n",
        'a,b\n"","',  # cut within quotes
        "a,b\n1,x\r2,y\n",
        "a,b\nTrue,x\n1,y\n",
    ],
)
def test_a_csv_file_that_pandas_may_read_otherwise_is_left_to_it(text: str, tmp_path: Path):
    path = tmp_path / "data.csv"
    path.write_bytes(text.encode())
    with duckdb.connect() as connection:
        assert parse_csv(connection, path) is None


def test_a_column_that_turns_out_wider_late_is_read_again(tmp_path: Path):
    path = tmp_path / "data.csv"
    rows = [f"{i},{i}" for i in range(200_000)]
    rows[150_001] = "1.5,x"
    path.write_text("a,b\n" + "\n".join(rows))
    with duckdb.connect() as connection:
        parsed = parse_csv(connection, path)
        assert parsed is not None
        assert parsed.dtypes == ("float64", "str")
        found = connection.execute("SELECT c0, c1 FROM given WHERE r = 150001").fetchall()
        assert found == [(1.5, "x")]
        assert connection.execute("SELECT count(*), max(r) FROM given").fetchall()[0] == (
            200_000,
            199_999,
        )


@pytest.mark.parametrize(
    "line",
    [
        '{"created_at": "2024-01-01"}',
        '{"2024": 1}',
        '{"june": "x"}',
        '{"name": "12"}',
        '{"name": 1.0}',
        '{"name": [1]}',
        '{"name": true}\n{"name": null}',
        '{"name": "x"}{"name": "y"}',
        '{"name": "x"}\n\n{"name": "y"}',
        '{"name": "x", "name": "y"}',
        '{"name": 1e-320}',
        '{"name": "a\\u0000b"}',
        '{"name": "x"',
        '{"name": 18446744073709551615}',
    ],
)
def test_json_that_pandas_may_read_otherwise_is_left_to_it(line: str, tmp_path: Path):
    path = tmp_path / "data.jsonl"
    path.write_text(line + "\n")
    with duckdb.connect() as connection:
        assert parse_jsonl(connection, path) is None


def test_json_lines_have_the_types_of_pandas(tmp_path: Path):
    rows = [{"name": "x", "n": 1, "f": 0.5, "b": True, "m": 3}, {"name": None, "n": 2, "f": 1.0,
            "b": False}]  # fmt: skip
    path = tmp_path / "data.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    with duckdb.connect() as connection:
        parsed = parse_jsonl(connection, path)
    assert parsed is not None
    frame = formats.read_jsonl(path)
    assert list(parsed.names) == list(frame.columns)
    assert list(parsed.dtypes) == [str(dtype) for dtype in frame.dtypes]


def dataset(path: Path) -> DataSet:
    return DataSet(
        name="d", spec=DataSpec(path=path.name), side="head", path=path, read=formats.read
    )


@pytest.mark.parametrize(
    ("name", "content", "dtypes"),
    [
        ("plain.csv", "a,b\n1,x\n,y\n", ["float64", "str"]),
        ("plus.csv", "a,b\n+1,x\n2,y\n", ["int64", "str"]),
        ("inf.csv", "a,b\ninf,x\n2,y\n", ["float64", "str"]),
        ("one.csv", "a\n1\n2\n", ["int64"]),
        ("digits.csv", "a,b\n1,18446744073709551616\n2,1\n", ["int64", "object"]),
        ("plain.jsonl", '{"name": "x", "n": 1}\n{"name": "y"}\n', ["str", "float64"]),
        ("whole.jsonl", '{"name": 1.0}\n{"name": 2.0}\n', ["int64"]),
        ("digits.jsonl", '{"name": "1"}\n{"name": "2"}\n', ["int64"]),
    ],
)
def test_a_file_of_text_is_a_table_whoever_reads_it(
    name: str, content: str, dtypes: list[str], tmp_path: Path
):
    path = tmp_path / name
    path.write_text(content)
    with open_table(dataset(path)) as table:
        assert [column.dtype for column in table.columns] == dtypes
        assert table.rows == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.csv", b'a,b\n1,"x'),
        ("bytes.csv", b"a,b\n1,\xff\n"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3\n"),
        ("cut.jsonl", b'{"name": "x"}\n{"name": '),
        ("other.jsonl", b"PAR1"),
        ("cut.parquet", b"PAR1\0\0\0"),
    ],
)
def test_a_damaged_file_is_an_error(name: str, content: bytes, tmp_path: Path):
    path = tmp_path / name
    path.write_bytes(content)
    with (
        pytest.raises(DataNotReadable, match=f"{name} cannot be read as {path.suffix[1:]}"),
        open_table(dataset(path)),
    ):
        pass


def test_the_memory_limit_is_the_machines_word(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("MLGATE_MEMORY_LIMIT", "100MB")
    path = write(ROWS, tmp_path / "people.parquet")
    with open_table(dataset(path)) as table:
        setting = table.connection.execute("SELECT current_setting('memory_limit')").fetchall()
    assert setting == [("95.3 MiB",)]


def test_a_memory_limit_without_a_unit_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MLGATE_MEMORY_LIMIT", "512")
    with pytest.raises(UsageError, match="MLGATE_MEMORY_LIMIT is '512', which is not a size"):
        memory_limit()
