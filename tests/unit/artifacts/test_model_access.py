"""Which requirements a model of base is run with: those of its own commit, and all they name."""

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from mlgate.artifacts.access import Artifacts
from mlgate.artifacts.base import open_base
from mlgate.artifacts.git import SMALL
from mlgate.artifacts.interface import Workspace
from mlgate.errors import EnvironmentNotBuilt, NoBaseline
from tests.support import make_config
from tests.unit.artifacts.test_git import Git

LARGE = "# pinned\n" * (SMALL // 9 + 1)


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return Git(tmp_path / "repo")


@pytest.fixture
def model(tmp_path: Path) -> bytes:
    joblib.dump(LogisticRegression().fit(np.eye(2), [0, 1]), tmp_path / "m.joblib")
    return (tmp_path / "m.joblib").read_bytes()


@contextmanager
def sides(
    git: Git, base: str, to: Path, requirements: str = "needs/all.txt", *, configured: bool = True
):
    """The work tree against a commit of its repository."""
    opened = open_base(git.repository(), base, config="mlgate.yml", check_types={}, to=to)
    config = make_config(models={"m": {"path": "m.joblib", "requirements": requirements}})
    with Artifacts(
        config=config,
        head=Workspace(side="head", root=git.root, commit=None),
        open_base=lambda: replace(opened, config=config if configured else None),
        cache=to.parent / "cache",
    ) as inputs:
        yield inputs


def test_large_files_that_bases_requirements_name_come_from_its_commit(git, model, tmp_path):
    base = git.commit(
        **{
            "m.joblib": model,
            "needs/all.txt": "--no-index\n-r more.txt\n./wheels/tool-1-py3-none-any.whl\n",
            "needs/more.txt": f"{LARGE}-c ../pins.txt\n-r all.txt\n-r /etc/hostname\nnone-such\n",
            "pins.txt": LARGE,
            "needs/wheels/tool-1-py3-none-any.whl": LARGE,
            "needs/unnamed.txt": LARGE,
        }
    )
    git.commit(**{"needs/more.txt": "", "pins.txt": "", "needs/all.txt": ""})
    to = tmp_path / "base"
    with sides(git, base, to) as inputs:
        assert not (to / "pins.txt").exists()
        with pytest.raises(EnvironmentNotBuilt):
            inputs.model("m", "base")
    assert (to / "pins.txt").read_text() == LARGE
    assert (to / "needs/more.txt").read_text().startswith(LARGE)
    assert (to / "needs/wheels/tool-1-py3-none-any.whl").exists()
    assert not (to / "needs/unnamed.txt").exists()


@pytest.mark.parametrize("requirements", ["uv.lock", "pyproject.toml"])
def test_a_large_lock_file_of_base_comes_with_its_project(git, model, tmp_path, requirements):
    project = '[project]\nname = "shop"\nversion = "1"\n'
    base = git.commit(**{"m.joblib": model, "pyproject.toml": project, "uv.lock": LARGE})
    git.commit(**{"uv.lock": ""})
    to = tmp_path / "base"
    with sides(git, base, to, requirements) as inputs, pytest.raises(EnvironmentNotBuilt):
        inputs.model("m", "base")
    assert (to / "uv.lock").read_text() == LARGE
    assert (to / "pyproject.toml").read_text() == project


def test_where_base_has_neither_configuration_nor_requirements_there_is_no_baseline(
    git, model, tmp_path
):
    base = git.commit(**{"m.joblib": model})
    git.commit(**{"needs/all.txt": "scikit-learn"})
    with (
        sides(git, base, tmp_path / "base", configured=False) as inputs,
        pytest.raises(NoBaseline, match=r"needs/all.txt is not in the base commit"),
    ):
        inputs.model("m", "base")
