"""Environments built by uv, from wheels and projects in a temporary folder."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from uv import find_uv_bin

from mlgate.errors import EnvironmentNotBuilt
from mlgate.sandbox import confine
from mlgate.sandbox.environment import build, interpreter

Requirements = Callable[..., Path]

BACKEND = """
import json, os, pathlib, zipfile

INFO = {
    "METADATA": ["Metadata-Version: 2.1", "Name: spy", "Version: 1"],
    "WHEEL": ["Wheel-Version: 1.0", "Root-Is-Purelib: true", "Tag: py3-none-any"],
    "RECORD": [],
}

def build_wheel(folder, config_settings=None, metadata_directory=None):
    seen = {"environment": dict(os.environ)}
    for path in (".git/config", "/proc/%d/environ" % os.getppid()):
        try:
            seen[path] = pathlib.Path(path).read_text()
        except OSError as error:
            seen[path] = type(error).__name__
    name = "spy-1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("spy.py", "SEEN = " + repr(json.dumps(seen)))
        for file, lines in INFO.items():
            wheel.writestr("spy-1.dist-info/" + file, "\\n".join(lines) + "\\n")
    return name
"""


@pytest.fixture
def requirements(tmp_path: Path) -> Requirements:
    """Write a requirements file that finds `tiny` 1 and 2 in a folder, and nothing else."""
    for version in (1, 2):
        wheel(tmp_path / "wheels", "tiny", version)

    def write(*lines: str) -> Path:
        file = tmp_path / "requirements.txt"
        file.write_text("\n".join(["--no-index", f"--find-links {tmp_path}/wheels", *lines]))
        return file

    return write


def wheel(folder: Path, name: str, version: int) -> None:
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as file:
        # Of different sizes: bytecode is taken for current by a source's size and time.
        file.writestr(f"{name}.py", f"VERSION = {version}\n" * version)
        file.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/RECORD", "")


def build_tiny(file: Path, cache: Path) -> Path:
    return build(file, cache, [[]], "import tiny")


def version_in(python: Path) -> str:
    code = "import tiny; print(tiny.VERSION)"
    return subprocess.check_output([python, "-I", "-c", code], text=True).strip()


def test_without_requirements_it_is_mlgates_own(tmp_path: Path) -> None:
    assert interpreter(None, tmp_path) == (sys.executable,)
    assert list(tmp_path.iterdir()) == []


def test_an_environment_holds_what_the_file_says(
    requirements: Requirements, tmp_path: Path
) -> None:
    first = build_tiny(requirements("tiny==1"), tmp_path / "cache")
    second = build_tiny(requirements("tiny==2"), tmp_path / "cache")
    assert (version_in(first), version_in(second)) == ("1", "2")


def test_equal_files_share_an_environment(requirements: Requirements, tmp_path: Path) -> None:
    first = build_tiny(requirements("tiny==1"), tmp_path / "cache")
    (first.parent / "mark").touch()
    again = build_tiny(requirements("tiny==1"), tmp_path / "cache")
    assert (again.parent / "mark").exists()


def test_an_included_file_counts(requirements: Requirements, tmp_path: Path) -> None:
    file = requirements("-r more.txt", "tiny")
    (tmp_path / "more.txt").write_text("-c pins.txt")
    (tmp_path / "pins.txt").write_text("tiny==1")
    assert version_in(build_tiny(file, tmp_path / "cache")) == "1"
    (tmp_path / "pins.txt").write_text("tiny==2")
    assert version_in(build_tiny(file, tmp_path / "cache")) == "2"


def test_two_builds_at_once_build_once(requirements: Requirements, tmp_path: Path) -> None:
    file = requirements("tiny==1")
    with ThreadPoolExecutor(4) as pool:
        built = set(pool.map(build_tiny, [file] * 4, [tmp_path / "cache"] * 4))
    assert len(built) == 1
    folders = [path for path in (tmp_path / "cache" / "environments").iterdir() if path.is_dir()]
    assert len(folders) == 1


def test_the_first_choice_that_works_is_taken(requirements: Requirements, tmp_path: Path) -> None:
    probe = "import tiny; assert tiny.VERSION == 1"
    needs = [["tiny==2"], ["tiny==1"]]
    assert version_in(build(requirements(), tmp_path / "cache", needs, probe)) == "1"
    with pytest.raises(EnvironmentNotBuilt, match="AssertionError"):
        build(requirements(), tmp_path / "cache", needs[:1], probe)


def test_what_cannot_be_built_is_named_and_leaves_nothing(
    requirements: Requirements, tmp_path: Path
) -> None:
    with pytest.raises(EnvironmentNotBuilt) as caught:
        build_tiny(requirements("no-such-package"), tmp_path / "cache")
    assert "requirements.txt" in caught.value.what
    assert "no-such-package" in caught.value.what
    assert caught.value.cause
    assert caught.value.remedy
    folders = [path for path in (tmp_path / "cache" / "environments").iterdir() if path.is_dir()]
    assert folders == []


@pytest.fixture
def locked(requirements: Requirements, tmp_path: Path) -> Path:
    """A project whose lock file pins `tiny` 1, though 2 is there."""
    requirements()
    folder = tmp_path / "project"
    folder.mkdir()
    text = f"""
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = ["tiny==1"]

[tool.uv]
package = false
no-index = true
find-links = ["{tmp_path}/wheels"]
"""
    (folder / "pyproject.toml").write_text(text)
    subprocess.run([find_uv_bin(), "lock", "--quiet"], cwd=folder, check=True)
    (folder / "pyproject.toml").write_text(text.replace("tiny==1", "tiny"))
    return folder


@pytest.mark.parametrize("name", ["uv.lock", "pyproject.toml"])
def test_a_lock_file_decides_over_a_projects_own_words(
    locked: Path, tmp_path: Path, name: str
) -> None:
    assert version_in(build_tiny(locked / name, tmp_path / "cache")) == "1"


def test_a_project_without_a_lock_file_gets_what_it_names(locked: Path, tmp_path: Path) -> None:
    (locked / "uv.lock").unlink()
    assert version_in(build_tiny(locked / "pyproject.toml", tmp_path / "cache")) == "2"


def test_a_changed_lock_file_is_another_environment(locked: Path, tmp_path: Path) -> None:
    first = build_tiny(locked / "uv.lock", tmp_path / "cache")
    text = (locked / "pyproject.toml").read_text()
    (locked / "pyproject.toml").write_text(text.replace('"tiny"', '"tiny==2"'))
    subprocess.run([find_uv_bin(), "lock", "--quiet"], cwd=locked, check=True)
    second = build_tiny(locked / "uv.lock", tmp_path / "cache")
    assert (version_in(first), version_in(second)) == ("1", "2")


def test_the_version_of_python_is_the_one_that_is_asked_for(
    requirements: Requirements, tmp_path: Path
) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    file = requirements("tiny==1")
    asked = build(file, tmp_path / "cache", [[]], "import tiny", version)
    assert version_in(asked) == "1"
    assert asked != build_tiny(file, tmp_path / "cache")
    with pytest.raises(EnvironmentNotBuilt) as caught:
        build(file, tmp_path / "cache", [[]], "import tiny", "3.1")
    assert "3.1" in caught.value.what


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentNotBuilt, match="nowhere"):
        interpreter(tmp_path / "nowhere.txt", tmp_path / "cache")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose build tells what it sees."""
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "config").write_text("canary-5up3r-s3cr3t")
    (folder / "backend.py").write_text(BACKEND)
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "spy"\nversion = "1"\n'
    )
    (folder / "requirements.txt").write_text("--no-index\n.\n")
    return folder


def test_code_that_runs_while_building_finds_no_token(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "canary-5up3r-s3cr3t")
    monkeypatch.setenv("UV_INDEX_URL", "https://packages.example/simple")
    python = build(project / "requirements.txt", tmp_path / "cache", [[]], "import spy")
    code = "import spy; print(spy.SEEN)"
    told = subprocess.check_output([python, "-I", "-c", code], text=True)
    seen = json.loads(told)
    assert seen["environment"]["UV_INDEX_URL"] == "https://packages.example/simple"
    assert "GITHUB_TOKEN" not in seen["environment"]
    if confine.landlock_version() >= confine.OLDEST_LANDLOCK:
        assert "canary" not in told
        assert "PermissionError" in told


def test_a_changed_project_is_built_again(project: Path, tmp_path: Path) -> None:
    file = project / "requirements.txt"
    first = build(file, tmp_path / "cache", [[]], "import spy")
    assert build(file, tmp_path / "cache", [[]], "import spy") == first
    os.utime(project / "backend.py", ns=(1, 1))
    assert build(file, tmp_path / "cache", [[]], "import spy") != first
