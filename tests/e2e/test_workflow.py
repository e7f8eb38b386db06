"""A real workflow with `uses: ./`, run by a real workflow runner, against GitHub's API."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import BASE, ROOT, TOKEN, Done, Project
from tests.e2e.github.prism import GitHubApi
from tests.e2e.github.stand_in import Fault

pytestmark = pytest.mark.e2e

WORKFLOW = """\
name: gate
on: pull_request
permissions: {}
jobs:
  gate:
    runs-on: ubuntu-latest
    permissions: {contents: read, pull-requests: write}
    steps:
      - uses: actions/checkout@v5
      - id: gate
        uses: ./
        with:
          working-directory: project
      - if: always()
        run: |
          echo "verdict is $VERDICT"
        env:
          VERDICT: ${{ steps.gate.outputs.verdict }}
"""


@pytest.fixture
def repository(demo, tmp_path) -> Project:
    """The action beside the demo's project, with a branch for each of its pull requests."""
    root = tmp_path / "repository"
    demo.git("checkout", "-q", "main")
    shutil.copytree(demo.root, root / "project", ignore=shutil.ignore_patterns(".git"))
    for name in ("action.yml", "Dockerfile", ".dockerignore", "entrypoint.py", "LICENSE"):
        shutil.copy(ROOT / name, root / name)
    for name in ("mlgate", "requirements"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".github" / "workflows").mkdir(parents=True)
    (root / ".github" / "workflows" / "gate.yml").write_text(WORKFLOW)
    repository = Project(root=root)
    repository.git("init", "-q", "-b", "main")
    repository.git("remote", "add", "origin", "https://github.com/octo/shop.git")
    repository.git("add", "-A")
    repository.git("commit", "-qm", "main")
    for branch in ("regularise", "fewer-features"):
        repository.git("checkout", "-q", "-b", branch, "main")
        for name in ("train.py", "models/model.joblib"):
            content = subprocess.check_output(["git", "-C", demo.root, "show", f"{branch}:{name}"])
            (root / "project" / name).write_bytes(content)
        repository.git("commit", "-qam", branch)
    return repository


def act(repository: Project, api: GitHubApi, branch: str, tmp_path: Path) -> Done:
    """Run the workflow of a pull request."""
    repository.git("checkout", "-q", branch)
    event = tmp_path / "event.json"
    event.write_text(json.dumps(repository.event(branch)))
    command = [str(Path(sys.executable).parent / "act"), "pull_request"]
    command += ["-W", ".github/workflows/gate.yml", "-e", str(event), "--bind", "--pull=false"]
    command += ["-P", f"ubuntu-latest={BASE}", "--network=host", "-s", f"GITHUB_TOKEN={TOKEN}"]
    command += ["--env", f"GITHUB_API_URL={api.url}", "--no-cache-server", "--rm"]
    done = subprocess.run(
        command,
        check=False,
        cwd=repository.root,
        capture_output=True,
        text=True,
        timeout=900,
        env=os.environ | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )
    return Done(code=done.returncode, log=done.stdout + done.stderr)


def test_a_workflow_comments_fails_and_passes(image, repository, api, tmp_path):
    api.stand_in.add_comments(150)
    harmful = act(repository, api, "fewer-features", tmp_path)
    assert harmful.code != 0, harmful.log
    assert "verdict is failed" in harmful.log, harmful.log
    [first] = api.stand_in.bodies()
    assert "regressed" in first
    harmless = act(repository, api, "regularise", tmp_path)
    assert harmless.code == 0, harmless.log
    assert "verdict is passed" in harmless.log
    [second] = api.stand_in.bodies()
    assert second != first
    pages = [call for call in api.stand_in.calls() if "page=3" in call or "page=2" in call]
    assert pages, api.stand_in.calls()
    assert TOKEN not in harmful.log + harmless.log


def test_a_workflow_whose_comment_is_refused_still_fails(image, repository, api, tmp_path):
    api.stand_in.state.comments_permission = "read"
    harmful = act(repository, api, "fewer-features", tmp_path)
    assert harmful.code != 0
    assert "verdict is failed" in harmful.log, harmful.log
    assert "pull-requests: write" in harmful.log
    assert api.stand_in.bodies() == []


def test_a_workflow_waits_for_a_server_that_is_overloaded(image, repository, api, tmp_path):
    wait = {"Retry-After": "1"}
    api.stand_in.fail(Fault(status=502), Fault(status=502), Fault(status=429, headers=wait))
    harmless = act(repository, api, "regularise", tmp_path)
    assert harmless.code == 0, harmless.log
    assert "verdict is passed" in harmless.log
    assert len(api.stand_in.bodies()) == 1
    assert api.stand_in.state.faults == []
