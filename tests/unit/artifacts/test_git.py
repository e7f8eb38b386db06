import os
import subprocess
from pathlib import Path

import pytest

from mlgate.artifacts.base import Wanted, choose_base, open_base
from mlgate.artifacts.git import SMALL, Repository, git_environment
from mlgate.errors import BaselineNotFound, NoBaseline


class Git:
    """A real repository to test with."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self("init", "-q", "-b", "main")

    def __call__(self, *arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        command = ["git", "-C", str(self.root), *identity, *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return str(done.stdout).strip()

    def commit(self, **files: str | bytes) -> str:
        for name, content in files.items():
            file = self.root / name.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        self("add", "-A")
        self("commit", "-q", "--allow-empty", "-m", "x")
        return self("rev-parse", "HEAD")

    def repository(self) -> Repository:
        return Repository(root=self.root, environment=git_environment(os.environ))


@pytest.fixture
def git(tmp_path):
    return Git(tmp_path / "repo")


def clone(git: Git, to: Path, *options: str) -> Git:
    subprocess.run(
        ["git", "clone", "-q", *options, f"file://{git.root}", str(to)],
        check=True,
        capture_output=True,
    )
    copy = Git.__new__(Git)
    copy.root = to
    return copy


def test_outside_of_git_there_is_no_toplevel(tmp_path):
    assert Repository(root=tmp_path, environment=git_environment(os.environ)).toplevel() is None


def test_the_toplevel_is_found_from_a_folder_below(git):
    git.commit(a__b="x")
    below = Repository(root=git.root / "a", environment=git_environment(os.environ))
    assert below.toplevel() == git.root


def test_the_base_of_a_branch_is_where_it_left_the_default_branch(git):
    fork = git.commit(a="1")
    git("checkout", "-q", "-b", "feature")
    git.commit(a="2")
    git("checkout", "-q", "main")
    git.commit(b="later on main")
    git("checkout", "-q", "feature")
    chosen = choose_base(git.repository(), Wanted())
    assert (chosen.commit, chosen.ref) == (fork, "main")


def test_the_base_of_a_merge_commit_is_the_tip_that_it_merges_into(git):
    git.commit(a="1")
    git("checkout", "-q", "-b", "feature")
    git.commit(a="2")
    git("checkout", "-q", "main")
    tip = git.commit(b="later on main")
    git("checkout", "-q", "--detach")
    git("merge", "-q", "--no-ff", "feature")
    assert choose_base(git.repository(), Wanted(commit=tip)).commit == tip


def test_a_clean_default_branch_is_compared_with_the_commit_before(git):
    first = git.commit(a="1")
    git.commit(a="2")
    assert choose_base(git.repository(), Wanted()).commit == first


def test_a_changed_work_tree_is_compared_with_its_own_commit(git):
    git.commit(a="1")
    head = git.commit(a="2")
    (git.root / "a").write_text("3")
    assert choose_base(git.repository(), Wanted()).commit == head


def test_the_first_commit_has_no_baseline(git):
    git.commit(a="1")
    with pytest.raises(NoBaseline, match="first commit"):
        choose_base(git.repository(), Wanted())


def test_a_repository_without_commits_has_no_baseline(git):
    with pytest.raises(NoBaseline, match="no commit yet"):
        choose_base(git.repository(), Wanted())


def test_no_default_branch_is_no_baseline(git):
    git.commit(a="1")
    git("branch", "-m", "trunk")
    with pytest.raises(NoBaseline, match="neither main nor master"):
        choose_base(git.repository(), Wanted())


def test_a_mistyped_base_is_an_error_with_a_remedy(git):
    git.commit(a="1")
    with pytest.raises(BaselineNotFound, match="mian is not in this clone") as caught:
        choose_base(git.repository(), Wanted(ref="mian"))
    assert "fetch-depth: 0" in caught.value.remedy


def test_a_base_that_looks_like_an_option_is_only_a_name(git):
    git.commit(a="1")
    with pytest.raises(BaselineNotFound):
        choose_base(git.repository(), Wanted(ref="--output=/tmp/x"))


def test_a_shallow_clone_of_a_merge_commit_fetches_the_one_commit_that_it_needs(git, tmp_path):
    git.commit(a="0")
    git.commit(a="1")
    git("checkout", "-q", "-b", "feature")
    git.commit(a="2")
    git("checkout", "-q", "main")
    tip = git.commit(b="3")
    git("merge", "-q", "--no-ff", "feature")
    shallow = clone(git, tmp_path / "shallow", "--depth=1")
    assert shallow.repository().commit(tip) is None
    assert choose_base(shallow.repository(), Wanted(commit=tip)).commit == tip
    assert shallow.repository().is_shallow()


def test_a_shallow_clone_of_a_branch_fetches_history_until_the_merge_base(git, tmp_path):
    fork = git.commit(a="1")
    git("checkout", "-q", "-b", "feature")
    git.commit(a="2")
    git("checkout", "-q", "main")
    tip = git.commit(b="3")
    shallow = clone(git, tmp_path / "shallow", "--depth=1", "--branch=feature")
    assert choose_base(shallow.repository(), Wanted(commit=tip)).commit == fork


def test_a_shallow_clone_asks_the_server_before_it_fetches_history(git, tmp_path):
    fork = git.commit(a="1")
    git("checkout", "-q", "-b", "feature")
    head = git.commit(a="2")
    git("checkout", "-q", "main")
    tip = git.commit(b="3")
    shallow = clone(git, tmp_path / "shallow", "--depth=1", "--branch=feature")
    asked = []

    def ask(base: str, to: str):
        asked.append((base, to))
        return fork

    assert choose_base(shallow.repository(), Wanted(commit=tip), ask).commit == fork
    assert asked == [(tip, head)]
    assert shallow.repository().is_shallow()


def test_a_shallow_clone_whose_remote_is_gone_says_which_fetch_depth_to_set(git, tmp_path):
    git.commit(a="1")
    tip = git.commit(a="2")
    git.commit(a="3")
    shallow = clone(git, tmp_path / "shallow", "--depth=1")
    shallow("remote", "set-url", "origin", str(tmp_path / "gone"))
    with pytest.raises(BaselineNotFound) as caught:
        choose_base(shallow.repository(), Wanted(commit=tip))
    assert "fetch-depth: 0" in caught.value.remedy


def open_at(git: Git, commit: str, to: Path):
    return open_base(git.repository(), commit, config="mlgate.yml", check_types={}, to=to)


def test_base_files_are_those_of_the_commit_and_the_work_tree_stays(git, tmp_path):
    commit = git.commit(src__a="old", data="old data")
    git.commit(src__a="new")
    (git.root / "data").write_text("uncommitted")
    base = open_at(git, commit, tmp_path / "base")
    assert (base.workspace.root / "src" / "a").read_text() == "old"
    assert (base.workspace.root / "data").read_text() == "old data"
    assert (git.root / "data").read_text() == "uncommitted"
    assert base.config is None


def test_large_files_are_copied_when_they_are_asked_for(git, tmp_path):
    commit = git.commit(model=b"x" * (SMALL + 1), small="y")
    base = open_at(git, commit, tmp_path / "base")
    assert not (base.workspace.root / "model").exists()
    assert base.fetch("model")
    assert (base.workspace.root / "model").stat().st_size == SMALL + 1
    assert not base.fetch("missing")


def test_links_that_lead_out_of_the_tree_are_left_out(git, tmp_path):
    (git.root / "out").symlink_to("/etc/passwd")
    (git.root / "up").symlink_to("../../outside")
    (git.root / "in").symlink_to("a")
    commit = git.commit(a="1")
    root = open_at(git, commit, tmp_path / "base").workspace.root
    assert not (root / "out").is_symlink()
    assert not (root / "up").is_symlink()
    assert (root / "in").read_text() == "1"


def test_a_wrong_configuration_of_the_base_is_an_error_that_says_where(git, tmp_path):
    (git.root / "mlgate.yml").write_text("version: 1\nchecks: [{type: nothing}]\n")
    commit = git.commit(a="1")
    with pytest.raises(BaselineNotFound, match=r"mlgate.yml:2:17: .*no check type"):
        open_at(git, commit, tmp_path / "base")


def test_the_configuration_of_a_repository_starts_no_program(git, tmp_path):
    commit = git.commit(a="1")
    canary = tmp_path / "canary"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {canary}\n")
    script.chmod(0o755)
    git("config", "core.fsmonitor", str(script))
    git("config", "core.hooksPath", str(tmp_path))
    repository = git.repository()
    assert repository.is_modified() is False
    repository.extract(commit, tmp_path)
    assert not canary.exists()


def test_a_repository_of_our_own_borrows_objects_and_not_the_configuration(git, tmp_path):
    first = git.commit(a="1")
    second = git.commit(a="2")
    git("config", "http.extraheader", "Authorization: secret")
    theirs = git.repository()
    ours = Repository(
        root=git.root, git_dir=tmp_path / "ours", environment=git_environment(os.environ)
    )
    ours.initialise(borrow_from=git.root / theirs.path("objects"), shallow=git.root / "none")
    ours.set_references({**theirs.references(), "HEAD": second})
    assert choose_base(ours, Wanted()).commit == first
    assert "secret" not in "".join(
        p.read_text(errors="replace") for p in (tmp_path / "ours").rglob("*") if p.is_file()
    )
