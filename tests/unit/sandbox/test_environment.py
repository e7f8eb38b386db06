import fcntl
import os
from pathlib import Path

import pytest

from mlgate.sandbox.environment import KEPT, KEPT_SECONDS, _for_uv, _read, _told, _why, prune

NOW = 1_800_000_000.0
LONG_AGO = NOW - 2 * KEPT_SECONDS


def test_uv_learns_the_index_and_no_token() -> None:
    seen = _for_uv(
        {
            "UV_INDEX_INTERNAL_PASSWORD": "index",
            "PIP_INDEX_URL": "https://pip.example",
            "https_proxy": "proxy",
            "SSL_CERT_FILE": "certificates",
            "UV_PUBLISH_TOKEN": "secret",
            "UV_PUBLISH_PASSWORD": "secret",
            "UV_GITHUB_TOKEN": "secret",
            "GITHUB_TOKEN": "secret",
            "PIP_INDEX_PASSWORD": "secret",
        }
    )
    assert seen["UV_INDEX_INTERNAL_PASSWORD"] == "index"
    assert seen["UV_INDEX_URL"] == "https://pip.example"
    assert seen["https_proxy"] == "proxy"
    assert seen["SSL_CERT_FILE"] == "certificates"
    assert "secret" not in seen.values()


def test_what_uv_is_told_itself_wins_over_pips() -> None:
    seen = _for_uv({"PIP_INDEX_URL": "https://pip.example", "UV_INDEX_URL": "https://uv.example"})
    assert seen["UV_INDEX_URL"] == "https://uv.example"


def test_everything_that_a_requirements_file_names_is_found(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(
        "numpy>=2  # a comment\n"
        "-r more.txt\n"
        "--constraint=pins.txt\n"
        "-c https://example.com/pins.txt\n"
        "-r /dev/zero\n"
        "-r missing.txt\n"
        "-e ./lib[extra]\n"
        "tool @ file:../tool\n"
        "other @ https://example.com/other.whl\n"
        "--find-links ./wheels\n"
        "./wheels/a-1-py3-none-any.whl\n"
    )
    (tmp_path / "more.txt").write_text("-r requirements.txt\n.\n")
    (tmp_path / "pins.txt").write_text("numpy==2.1\n")
    sources = _read(file)
    assert sorted(sources.texts[1:]) == ["-r requirements.txt\n.\n", "numpy==2.1\n"]
    names = ["lib", "../tool", "wheels/a-1-py3-none-any.whl", "."]
    assert set(sources.local) == {(tmp_path / name).resolve() for name in names}


@pytest.fixture
def environments(tmp_path: Path) -> Path:
    """As many as are always kept, used today."""
    for number in range(KEPT):
        used(tmp_path, f"used{number}", NOW)
    return tmp_path


def used(environments: Path, name: str, when: float) -> Path:
    folder = environments / name
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    (environments / f"{name}.lock").touch()
    os.utime(folder, (when, when))
    return folder


def test_environments_that_nobody_has_used_for_long_are_removed(environments: Path) -> None:
    old = used(environments, "old", LONG_AGO)
    recent = used(environments, "recent", NOW - KEPT_SECONDS / 2)
    prune(environments, NOW)
    assert not old.exists()
    assert recent.exists()
    assert len([path for path in environments.iterdir() if path.is_dir()]) == KEPT + 1


def test_some_environments_are_kept_however_old_they_are(tmp_path: Path) -> None:
    for number in range(KEPT + 2):
        used(tmp_path, f"old{number}", LONG_AGO - number)
    prune(tmp_path, NOW)
    left = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert left == {f"old{number}" for number in range(KEPT)}


def test_an_environment_that_somebody_is_about_to_use_stays(environments: Path) -> None:
    old = used(environments, "old", LONG_AGO)
    with (environments / "old.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        prune(environments, NOW)
    assert (old / "bin" / "python").exists()


def test_what_a_broken_build_has_left_is_removed(tmp_path: Path) -> None:
    old = used(tmp_path, "building-abc", LONG_AGO)
    new = used(tmp_path, "building-def", NOW - 60)
    prune(tmp_path, NOW)
    assert (old.exists(), new.exists()) == (False, True)


FAILED_BUILD = (
    "Resolved 3 packages\nerror: Failed to build `numpy==1.19.0`\n  cause: The build backend\n"
    + "  File x, line 1\n" * 500
    + "No module named 'distutils.msvccompiler'\n"
)


def test_a_failed_build_names_the_package_first_and_what_it_raised_last() -> None:
    told = _told(FAILED_BUILD)
    assert told.startswith("Failed to build `numpy==1.19.0` cause: The build backend File x")
    assert told.endswith("No module named 'distutils.msvccompiler'")
    assert len(told) < 1300
    assert "no wheel for Python 3.11" in _why(FAILED_BUILD, "3.11")


def test_what_uv_says_in_short_is_told_whole() -> None:
    said = "error: No solution found\n  cause: Because you require a==99"
    assert _told(said) == "No solution found cause: Because you require a==99"
    assert _told("ImportError: no\nhere") == "ImportError: no here"
    assert "two requirements conflict" in _why(said, "3.11")
    assert "as pip reads it" in _why("error: Couldn't parse requirement in `x`", "3.11")
