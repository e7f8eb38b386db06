import os
from pathlib import Path

import pytest

from mlgate.sandbox.surroundings import (
    MOST_PROCESSES,
    devices,
    most_processes,
    private_files,
    remove,
)


def test_private_files_are_those_of_the_home_and_of_the_runner(tmp_path: Path) -> None:
    (tmp_path / "git-credentials-1.config").touch()
    (tmp_path / "cache.tar").touch()
    found = {
        *private_files(
            {"HOME": "/home/ann", "GITHUB_ENV": "/runner/env", "RUNNER_TEMP": str(tmp_path)}
        )
    }
    assert {Path("/home/ann/.ssh"), Path("/home/ann/.netrc"), Path("/runner/env")} <= found
    assert tmp_path / "git-credentials-1.config" in found
    assert tmp_path / "cache.tar" not in found
    assert Path("/home/ann") not in found


def test_nothing_is_private_where_no_variable_names_it() -> None:
    assert list(private_files({})) == []


def test_no_device_is_a_disk_or_a_terminal() -> None:
    found = {*devices(terminals=False)}
    assert Path("/dev/null") in found
    for path in found:
        assert not path.is_block_device()
        assert path.name not in ("tty", "ptmx", "pts", "mem", "kmsg")
    assert found <= {*devices(terminals=True)}


def test_processes_of_another_user_are_all_the_codes() -> None:
    assert most_processes(another_user=True) == MOST_PROCESSES


@pytest.mark.skipif(os.geteuid() == 0, reason="the kernel does not count root's")
def test_processes_that_a_user_has_already_are_not_the_codes() -> None:
    assert (most_processes(another_user=False) or 0) > MOST_PROCESSES


def test_a_folder_is_removed_however_deep_and_closed_it_is(tmp_path: Path) -> None:
    folder, kept = tmp_path / "scratch", tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    folder.mkdir()
    (folder / "link").symlink_to(kept)
    (folder / "shut").mkdir()
    (folder / "shut" / "file").touch()
    (folder / "shut").chmod(0)
    here = Path.cwd()
    os.chdir(folder)
    try:
        for _ in range(2000):
            os.mkdir("deep")  # noqa: PTH102  # as short as the path must be
            os.chdir("deep")
    finally:
        os.chdir(here)
    remove(folder)
    assert not folder.exists()
    assert (kept / "file").exists()
