"""What every entry of a registry promises, for each entry that there is."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mlgate import registry
from mlgate.artifacts import DATA_FORMATS, formats
from mlgate.checks import CHECKS
from mlgate.checks.interface import Check
from mlgate.checks.policy_suites import WHICH
from mlgate.config.model import DataSpec, ModelSpec
from mlgate.config.schema import config_schema
from mlgate.engines import ENGINES
from mlgate.engines.catalogue import DIRECTIONS, EXPECTATIONS, WANTED_VALUES
from mlgate.engines.interface import Engine
from mlgate.errors import DataNotReadable
from mlgate.plan import Step
from mlgate.platforms import PLATFORMS, detect
from mlgate.platforms.interface import Change, Platform, Publication
from mlgate.reports import REPORTS
from mlgate.results import Location, from_json
from mlgate.runner import run_check
from tests.integration.engines.sqlite import write
from tests.support import make_inputs

RESULTS = sorted((Path(__file__).parents[1] / "golden" / "results").glob("*.json"))
DATA = {
    "train": DataSpec(path="train.csv", target="y", ids=("id",)),
    "test": DataSpec(path="test.csv", target="y", ids=("id",)),
}
MODELS = {"m": ModelSpec(path="m.joblib")}


@pytest.mark.parametrize("name", CHECKS)
class TestChecks:
    def test_its_type_is_its_name_and_it_is_documented(self, name):
        kind: type[Check] = registry.load(CHECKS, name)
        assert issubclass(kind, Check)
        assert kind.__doc__
        schema = config_schema(CHECKS)["$defs"][f"check-{name}"]
        assert schema["properties"]["type"]["const"] == name
        undocumented = [
            key for key, value in schema["properties"].items()
            if key != "type" and not value.get("description")
        ]  # fmt: skip
        assert not undocumented

    def test_what_it_recommends_is_valid_and_names_what_there_is(self, name):
        kind: type[Check] = registry.load(CHECKS, name)
        for parameters in kind.recommend(DATA, MODELS):
            check = kind.model_validate({"type": name, **parameters})
            assert set(check.references().data) <= set(DATA)
            assert set(check.references().models) <= set(MODELS)

    def test_it_imports_nothing_heavy(self, name):
        module = CHECKS[name].partition(":")[0]
        script = f"import sys, {module}; print(*{{n.partition('.')[0] for n in sys.modules}})"
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        heavy = {"pandas", "sklearn", "scipy", "great_expectations", "pyarrow", "numpy", "joblib"}
        assert not set(done.stdout.split()) & heavy


def check_of(name: str) -> Check:
    """A check of each type that names files which do not exist."""
    every: dict[str, dict[str, Any]] = {
        "artifact-safety": {"models": ["m"], "files": ["*.pkl"]},
        "behavior": {
            "model": "m",
            "data": "test",
            "tests": [{"name": "t", "kind": "invariance", "change": {"id": "shuffle"}}],
        },
        "drift": {"current": "test", "reference": "train"},
        "evaluation-rows": {"model": "m", "data": "test"},
        "expectations": {"data": "test", "suite": "suite.json"},
        "fairness": {"model": "m", "data": "test", "sensitive": ["sex"]},
        "integrity": {"data": "test"},
        "latency": {"model": "m", "data": "test"},
        "leakage": {"train": "train", "test": "test"},
        "metrics": {"model": "m", "data": "test"},
        "pytest": {"paths": ["tests"]},
    }
    kind: type[Check] = registry.load(CHECKS, name)
    return kind.model_validate({"type": name, **every[name]})


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_whose_files_are_missing_is_never_green(name, tmp_path):
    data = {key: spec.model_dump(exclude_defaults=True) for key, spec in DATA.items()}
    (tmp_path / "repository").mkdir()
    with make_inputs(tmp_path / "repository", data=data, models={"m": "m.joblib"}) as inputs:
        step = Step(check=check_of(name), location=Location(file="mlgate.yml"), origin="configured")
        result = run_check(step, inputs, lambda: 0.0)
    assert result.outcome in {"errored", "failed"}
    assert result.reason or result.findings
    assert result.traceback is None
    assert result.rows == 0


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_a_report_says_something_of_every_result(name, path):
    result = from_json(path.read_bytes())
    text = registry.load(REPORTS, name)(result)
    assert text.strip()
    if name == "json":
        assert from_json(text) == result
    else:
        assert result.verdict is not None
        assert "mlgate" in text or (result.verdict.outcome == "passed" and name != "markdown")


@pytest.mark.parametrize("name", PLATFORMS)
class TestPlatforms:
    def test_it_is_made_from_an_environment_and_tells_what_changed(self, name):
        kind: type[Platform] = registry.load(PLATFORMS, name)
        assert isinstance(kind.from_environment({}).change(), Change)

    def test_what_it_cannot_show_never_raises(self, name, capsys):
        kind: type[Platform] = registry.load(PLATFORMS, name)
        publication = Publication(gate="default", passed=False, comment="c", summary="s")
        published = kind.from_environment({}).publish(publication)
        assert published.comment_url is None


def test_a_plain_shell_is_the_local_platform():
    assert type(detect({})).__name__ == "Local"
    assert type(detect({"GITHUB_ACTIONS": "true"})).__name__ == "GitHub"


FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", None, "ü"]})
WRITERS = {
    "csv": lambda path: FRAME.to_csv(path, index=False),
    "jsonl": lambda path: FRAME.to_json(path, orient="records", lines=True),
    "parquet": lambda path: FRAME.to_parquet(path),
}


@pytest.mark.parametrize("name", DATA_FORMATS)
class TestFormats:
    def test_rows_survive(self, name, tmp_path):
        path = tmp_path / f"data.{name}"
        WRITERS[name](path)
        pd.testing.assert_frame_equal(formats.read(path), FRAME, check_dtype=False)

    @pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\n"])
    def test_what_has_no_content_is_refused(self, name, tmp_path, content):
        path = tmp_path / f"data.{name}"
        path.write_bytes(content)
        with pytest.raises(DataNotReadable):
            formats.read(path)

    def test_a_missing_file_is_refused(self, name, tmp_path):
        with pytest.raises(DataNotReadable, match="cannot be opened"):
            formats.read(tmp_path / f"data.{name}")


def test_a_dvc_pointer_without_its_file_says_what_to_run(tmp_path):
    (tmp_path / "data.csv.dvc").write_text("outs: [{path: data.csv}]\n")
    with pytest.raises(DataNotReadable) as caught:
        formats.read(tmp_path / "data.csv")
    assert "dvc pull data.csv.dvc" in caught.value.remedy


@pytest.mark.parametrize("name", ["jsonl", "parquet"])
def test_another_format_under_this_name_is_refused(name, tmp_path):
    path = tmp_path / f"data.{name}"
    path.write_bytes(os.urandom(500))
    with pytest.raises(DataNotReadable, match=f"cannot be read as {name}"):
        formats.read(path)


def test_a_name_that_tells_no_format_is_refused(tmp_path):
    (tmp_path / "data.bin").write_text("a\n1\n")
    with pytest.raises(DataNotReadable, match="does not tell the format"):
        formats.read(tmp_path / "data.bin")


def _engines() -> Iterator[object]:
    """Spark needs Java, and is not among what `make test` installs."""
    for name in ENGINES:
        yield pytest.param(name, marks=[pytest.mark.e2e] if name == "spark" else [])


@pytest.mark.parametrize("name", list(_engines()))
def test_an_engine_keeps_the_order_of_the_suite(name, tmp_path):
    from mlgate.engines.suite import read_suite

    path = tmp_path / "suite.json"
    kinds = ["expect_column_values_to_not_be_null", "expect_table_row_count_to_be_between"]
    expectations = [
        {"type": kinds[0], "kwargs": {"column": "b"}},
        {"type": kinds[1], "kwargs": {"min_value": 1}},
        {"type": kinds[0], "kwargs": {"column": "a"}},
    ]
    path.write_text(json.dumps({"name": "s", "expectations": expectations}))
    FRAME.to_csv(tmp_path / "data.csv", index=False)
    write(tmp_path / "data.sqlite", "d", FRAME)
    table = {"sql": {"url": "sqlite:///data.sqlite", "table": "d"}}
    spec = table if name == "sql" else "data.csv"
    with make_inputs(tmp_path, data={"d": spec}, environment=os.environ) as inputs:
        engine: Engine = registry.load(ENGINES, name)()
        seen = engine.validate(inputs.data("d"), read_suite(path, shown="suite.json"))
    assert [result.success for result in seen.results] == [False, True, True]


def test_every_argument_of_an_expectation_says_which_way_it_is_stricter():
    known = {name for signature in EXPECTATIONS.values() for name in signature.kwargs}
    assert known - set(WHICH) == DIRECTIONS.keys()
    sets = {name for name, signature in EXPECTATIONS.items() if "value_set" in signature.kwargs}
    assert sets >= WANTED_VALUES.keys()
