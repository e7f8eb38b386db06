import os
import string
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mlgate.sandbox.isolation import PASSED_ON, all_but, clean_environment, git_folder, key_files

names = st.text(string.ascii_uppercase + "_", min_size=1)


@given(st.dictionaries(names | st.sampled_from(sorted(PASSED_ON)), st.just("secret")))
def test_no_variable_passes_that_is_not_on_the_list(variables: dict[str, str]) -> None:
    clean = clean_environment(variables, Path("/scratch"))
    passed = {name for name, value in clean.items() if value == "secret"}
    assert passed == {n for n in variables if n in PASSED_ON or n.startswith("LC_")}


def test_home_and_temporary_files_are_the_processs_own() -> None:
    clean = clean_environment({"HOME": "/root", "TMPDIR": "/var/tmp"}, Path("/scratch"))
    assert clean["HOME"] == "/scratch/home"
    assert clean["TMPDIR"] == "/scratch/tmp"
    assert clean["PATH"] == os.defpath


def test_threads_of_a_model_wait_without_spinning_unless_the_run_says_otherwise() -> None:
    assert clean_environment({}, Path("/scratch"))["OMP_WAIT_POLICY"] == "PASSIVE"
    told = clean_environment({"OMP_WAIT_POLICY": "ACTIVE"}, Path("/scratch"))
    assert told["OMP_WAIT_POLICY"] == "ACTIVE"


def test_all_but_a_folder_is_everything_else(tmp_path: Path) -> None:
    hidden = tmp_path / "repository" / ".git"
    hidden.mkdir(parents=True)
    (tmp_path / "repository" / "src").mkdir()
    (tmp_path / "repository" / "file").touch()
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to("/")
    granted = set(all_but(hidden))
    here = {path for path in granted if path.is_relative_to(tmp_path)}
    assert here == {
        tmp_path / "repository" / "src",
        tmp_path / "repository" / "file",
        tmp_path / "other",
    }
    assert Path("/usr") in granted
    assert not any(hidden.is_relative_to(path) for path in granted)


def test_of_several_hidden_paths_none_is_granted_by_another(tmp_path: Path) -> None:
    (tmp_path / ".git" / "deep").mkdir(parents=True)
    (tmp_path / "keys").mkdir()
    for file in ("keys/a.json", "keys/b.json", ".git/deep/key", "data"):
        (tmp_path / file).touch()
    hidden = [tmp_path / ".git", tmp_path / "keys" / "a.json", tmp_path / ".git" / "deep" / "key"]
    here = {path for path in all_but(*hidden) if path.is_relative_to(tmp_path)}
    assert here == {tmp_path / "keys" / "b.json", tmp_path / "data"}


def test_key_files_are_those_that_variables_name_and_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "key.json").touch()
    (tmp_path / "link").symlink_to("key.json")
    variables = {
        "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "link"),
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "OTHER": str(tmp_path / "key.json"),
    }
    assert list(key_files(variables)) == [tmp_path / "key.json"]


def test_the_git_folder_is_that_of_the_nearest_work_tree(tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    (inner / "deep").mkdir(parents=True)
    (tmp_path / "outer" / ".git").mkdir()
    assert git_folder(inner / "deep") == tmp_path / "outer" / ".git"
    (inner / ".git").mkdir()
    assert git_folder(inner / "deep") == inner / ".git"


def test_the_git_folder_of_a_linked_work_tree_is_the_real_one(tmp_path: Path) -> None:
    real = tmp_path / "main" / ".git"
    (real / "worktrees" / "linked").mkdir(parents=True)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / ".git").write_text(f"gitdir: {real}/worktrees/linked\n")
    assert git_folder(tmp_path / "linked") == real
