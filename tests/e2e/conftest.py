"""What the end-to-end tests share: the image, the example's repository, and GitHub's API."""

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.github.prism import GitHubApi, github_api

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "examples"))

BASE = os.environ.get("MLGATE_BASE_IMAGE", "python:3.12-slim-bookworm")
REQUIREMENTS = ", requirements: requirements.txt"
"""What gives the example's model an environment of its own; building it takes half a minute."""
TOKEN = "ghs_e2eTokenThatMustNeverBeSeen0123456789"


@pytest.fixture(scope="session")
def image() -> str:
    """The action's image, built from the unchanged Dockerfile."""
    name = "mlgate-e2e"
    command = [
        "docker",
        "build",
        "--quiet",
        "--network=host",
        f"--build-arg=BASE={BASE}",
        "-t",
        name,
    ]
    subprocess.run([*command, str(ROOT)], check=True, stdout=subprocess.DEVNULL)
    return name


@pytest.fixture(scope="session")
def api() -> Iterator[GitHubApi]:
    """GitHub's API behind a proxy that validates every request and answer."""
    with github_api() as running:
        yield running


@pytest.fixture(autouse=True)
def _fresh(request) -> None:
    """Each test meets a GitHub without comments, faults and records."""
    if "api" in request.fixturenames:
        request.getfixturevalue("api").stand_in.reset()


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a step ended."""

    code: int
    log: str
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Project:
    """A git repository of the example with a branch for each pull request of the demo."""

    root: Path

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.root), "-c", "safe.directory=*", *arguments]
        identity = {f"GIT_{role}_{key}": "mlgate@example.org" for role in ("AUTHOR", "COMMITTER")
                    for key in ("NAME", "EMAIL")}  # fmt: skip
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env=os.environ | identity
        )
        return done.stdout.strip()

    def event(self, branch: str, base: str = "main") -> dict[str, Any]:
        """The event of a pull request, as GitHub sends it, in the parts that are used."""
        head = {"ref": branch, "sha": self.git("rev-parse", branch)}
        return {
            "action": "synchronize",
            "number": 5,
            "pull_request": {
                "number": 5,
                "head": head | {"repo": {"full_name": "octo/shop", "fork": False}},
                "base": {"ref": base, "sha": self.git("rev-parse", base)},
            },
            "repository": {"full_name": "octo/shop", "default_branch": "main"},
        }


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Project:
    """The demo's repository, its model in mlgate's environment; copy it before changing it."""
    script: Any = importlib.import_module("demo")
    root = tmp_path_factory.mktemp("demo") / "breast-cancer"
    script.make_repository(root)
    project = Project(root=root)
    text = (root / "mlgate.yml").read_text()
    assert REQUIREMENTS in text
    (root / "mlgate.yml").write_text(text.replace(REQUIREMENTS, ""))
    project.git("commit", "-qa", "--amend", "--no-edit")
    for pull_request in script.PULL_REQUESTS:
        script.open_pull_request(root, pull_request)
    return project


@pytest.fixture
def project(demo, tmp_path) -> Project:
    """A copy of the demo's repository."""
    shutil.copytree(demo.root, tmp_path / "project", symlinks=True)
    return Project(root=tmp_path / "project")


def read_outputs(text: str) -> dict[str, str]:
    """The values of a GITHUB_OUTPUT file, heredocs included."""
    outputs: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, heredoc, delimiter = line.partition("<<")
        if heredoc:
            values = list(iter(lambda: next(lines), delimiter))
            outputs[name] = "\n".join(values)
        else:
            key, _, value = line.partition("=")
            outputs[key] = value
    return outputs


def read_json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text())) if path.exists() else {}
