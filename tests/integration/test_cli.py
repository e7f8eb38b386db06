"""The command line as a user meets it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlgate.cli import main
from mlgate.reports import REPORTS

EXAMPLE = Path(__file__).parents[2] / "examples" / "breast-cancer"
HEAVY = {"great_expectations", "sklearn", "scipy", "pandas", "pyarrow", "numpy", "requests", "rich"}


def modules_after(*arguments: str) -> set[str]:
    """The top-level modules that a command imports."""
    script = (
        "import contextlib, io, sys\n"
        "from mlgate.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        f"    main({list(arguments)!r})\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return set(done.stdout.split())


def test_the_version_imports_nothing_heavy():
    loaded = modules_after("--version")
    assert "mlgate" in loaded
    assert not loaded & (HEAVY | {"pydantic", "yaml", "subprocess"})


@pytest.mark.parametrize("command", [["plan"], ["validate"]])
def test_the_plan_imports_nothing_heavy(command):
    loaded = modules_after(*command, "-C", str(EXAMPLE))
    assert "pydantic" in loaded
    assert not loaded & HEAVY


def test_the_plan_lists_every_check(capsys):
    assert main(["plan", "-C", str(EXAMPLE)], os.environ) == 0
    out = capsys.readouterr().out
    for name in ("expectations", "metrics", "behavior", "pytest"):
        assert f"{name}  (type {name}" in out


def test_validate_says_that_a_file_is_valid(capsys):
    assert main(["validate", "-C", str(EXAMPLE)], os.environ) == 0
    assert "mlgate.yml is valid" in capsys.readouterr().out


def test_a_wrong_configuration_is_explained_on_standard_error(tmp_path, capsys):
    (tmp_path / "mlgate.yml").write_text("version: 1\nchekcs: recommended\n")
    assert main(["validate", "-C", str(tmp_path)], os.environ) == 2
    error = capsys.readouterr().err
    assert "mlgate.yml:2:1: chekcs: unknown key 'chekcs'; did you mean 'checks'?" in error
    assert "configuration.md" in error


def test_a_folder_that_does_not_exist_is_explained(tmp_path, capsys):
    assert main(["plan", "-C", str(tmp_path / "gone")], os.environ) == 2
    assert "is not a folder" in capsys.readouterr().err


def test_a_configuration_outside_of_the_repository_is_refused(tmp_path, capsys):
    subprocess.run(["git", "init", "-q", str(tmp_path / "r")], check=True)
    assert main(["plan", "-C", str(tmp_path / "r"), "--config", "../mlgate.yml"], os.environ) == 2
    assert "outside of the repository" in capsys.readouterr().err


def test_a_report_that_is_no_result_is_refused(tmp_path, capsys):
    (tmp_path / "result.json").write_text("{}")
    assert main(["report", str(tmp_path / "result.json")], os.environ) == 2
    assert "is not a result of this mlgate" in capsys.readouterr().err


def test_an_unknown_report_format_is_explained(tmp_path, capsys):
    assert main(["report", str(tmp_path / "x"), "--format", "markdwon"], os.environ) == 2
    assert "did you mean 'markdown'" in capsys.readouterr().err


def test_a_run_writes_the_formats_that_are_asked_for_even_where_it_cannot_begin(tmp_path, capsys):
    (tmp_path / "mlgate.yml").write_text("version: 1\nchekcs: []\n")
    run = ["run", "-C", str(tmp_path), "--formats", "junit,sarif, badge"]
    assert main(run, os.environ) == 2
    left = {file.name for file in (tmp_path / ".mlgate").iterdir()}
    assert left == {
        ".gitignore",
        "result.json",
        "report.md",
        "junit.xml",
        "mlgate.sarif",
        "badge.json",
    }
    sarif = json.loads((tmp_path / ".mlgate" / "mlgate.sarif").read_text())["runs"][0]
    places = [result["locations"][0]["physicalLocation"] for result in sarif["results"]]
    assert [place["region"]["startLine"] for place in places] == [1, 2]
    assert main(run[:3], os.environ) == 2
    assert not (tmp_path / ".mlgate" / "junit.xml").exists()  # none of an earlier run is left
    assert main([*run[:3], "--formats", "pdf"], os.environ) == 2
    assert "there is no report format 'pdf'" in capsys.readouterr().err


@pytest.mark.parametrize("of", ["config", "result"])
def test_the_schema_is_json_schema(of, capsys):
    assert main(["schema", of], os.environ) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"


def test_a_folder_where_reports_cannot_be_written_is_explained(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    arguments = ["run", "-C", str(EXAMPLE), "--report-dir", str(tmp_path / "file" / "x")]
    assert main(arguments, os.environ) == 2
    assert "reports cannot be written" in capsys.readouterr().err


def test_a_file_of_the_repository_is_not_imported_in_place_of_a_library(tmp_path):
    (tmp_path / "yaml.py").write_text("raise SystemExit('hijacked')")
    (tmp_path / "mlgate.yml").write_text("version: 1\nchecks: recommended\n")
    command = [sys.executable, "-P", "-m", "mlgate", "plan"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 3
    assert "hijacked" not in done.stdout + done.stderr


def test_the_help_of_report_names_every_format(capsys):
    with pytest.raises(SystemExit):
        main(["report", "--help"], os.environ)
    out = capsys.readouterr().out
    assert all(name in out for name in REPORTS)


def test_a_first_suite_is_written_once_and_overwritten_only_by_force(tmp_path, capsys):
    output = tmp_path / "train.json"
    command = ["suggest", str(EXAMPLE / "data" / "train.parquet"), "--output", str(output)]
    assert main(command, os.environ) == 0
    suite = json.loads(output.read_text())
    assert len(suite["expectations"]) > 30
    output.write_text("mine")
    assert main(command, os.environ) == 2
    assert output.read_text() == "mine"
    assert "--force" in capsys.readouterr().err
    assert main([*command, "--force"], os.environ) == 0
    assert json.loads(output.read_text()) == suite


def test_a_first_suite_of_data_that_cannot_be_read_is_not_written(tmp_path, capsys):
    (tmp_path / "data.csv").write_text("")
    output = tmp_path / "suite.json"
    assert main(["suggest", str(tmp_path / "data.csv"), "--output", str(output)], os.environ) == 4
    assert "is empty" in capsys.readouterr().err
    assert not output.exists()
