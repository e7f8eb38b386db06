"""The action's container, started as GitHub's runner starts it."""

import json
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import REQUIREMENTS, TOKEN, Done, Project, read_json, read_outputs
from tests.e2e.git_server import git_server
from tests.e2e.github.prism import GitHubApi
from tests.e2e.github.stand_in import Fault

pytestmark = pytest.mark.e2e
HARMLESS, HARMFUL = "regularise", "fewer-features"
RUNNER = 1001
"""The user that owns the files of a hosted runner."""


@pytest.fixture
def run(image, api, project, tmp_path):
    def run(branch: str, *, token: str = TOKEN, event: str = "pull_request", **inputs: str) -> Done:
        project.git("checkout", "-q", branch)
        return run_container(image, api, project, tmp_path / "runner", event, token, inputs)

    return run


def run_container(
    image: str,
    api: GitHubApi,
    project: Project,
    runner: Path,
    event: str,
    token: str,
    inputs: dict[str, str],
    server: str = "http://127.0.0.1:9",
) -> Done:
    """`docker run` with the mounts and variables of GitHub's runner."""
    for name in ("home", "workflow", "file_commands", "runner_temp"):
        (runner / name).mkdir(parents=True, exist_ok=True)
    branch = project.git("symbolic-ref", "--short", "HEAD")
    (runner / "workflow" / "event.json").write_text(json.dumps(project.event(branch)))
    for name in ("output", "summary", "env", "path", "state"):
        (runner / "file_commands" / name).write_text("")
    (runner / "runner_temp" / "credentials").write_text(TOKEN)
    for folder in (project.root, runner):
        subprocess.run(["chown", "-R", f"{RUNNER}:{RUNNER}", str(folder)], check=True)
    variables = {
        "GITHUB_ACTIONS": "true",
        "CI": "true",
        "GITHUB_WORKSPACE": "/github/workspace",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        "GITHUB_REPOSITORY": "octo/shop",
        "GITHUB_SERVER_URL": server,
        "GITHUB_API_URL": api.url,
        "GITHUB_OUTPUT": "/github/file_commands/output",
        "GITHUB_STEP_SUMMARY": "/github/file_commands/summary",
        "GITHUB_ENV": "/github/file_commands/env",
        "GITHUB_PATH": "/github/file_commands/path",
        "GITHUB_STATE": "/github/file_commands/state",
        "RUNNER_TEMP": "/github/runner_temp",
        "HOME": "/github/home",
        "ACTIONS_RUNTIME_TOKEN": TOKEN,
        "INPUT_GITHUB-TOKEN": token,
    }
    variables |= {f"INPUT_{name.upper().replace('_', '-')}": v for name, v in inputs.items()}
    mounts = {project.root: "/github/workspace"}
    mounts |= {folder: f"/github/{folder.name}" for folder in runner.iterdir()}
    command = ["docker", "run", "--rm", "--network=host", "--workdir=/github/workspace"]
    for source, target in mounts.items():
        command += ["--volume", f"{source}:{target}"]
    for name, value in variables.items():
        command += ["--env", f"{name}={value}"]
    done = subprocess.run(
        [*command, image], check=False, capture_output=True, text=True, timeout=600
    )
    commands = runner / "file_commands"
    return Done(
        code=done.returncode,
        log=done.stdout + done.stderr,
        summary=(commands / "summary").read_text(),
        outputs=read_outputs((commands / "output").read_text()),
        result=read_json(project.root / ".mlgate" / "result.json"),
    )


def violations(api: GitHubApi) -> list[str]:
    return [line for line in api.log.read_text().splitlines() if "iolation" in line]


def test_the_first_run_comments_and_the_second_updates_the_same_comment(run, api):
    harmful = run(HARMFUL)
    assert harmful.code == 1, harmful.log
    [first] = api.stand_in.bodies()
    assert "accuracy" in first
    assert "regressed" in first
    harmless = run(HARMLESS)
    assert harmless.code == 0, harmless.log
    [second] = api.stand_in.bodies()
    assert second != first
    calls = [call.split(" ")[0] for call in api.stand_in.calls()]
    assert calls.count("POST") == calls.count("PATCH") == 1
    assert violations(api) == []


def test_the_outcome_is_in_the_summary_the_outputs_and_the_files(run, project):
    done = run(HARMFUL)
    assert done.outputs["verdict"] == done.result["verdict"]["outcome"] == "failed"
    assert done.outputs["exit-code"] == str(done.code) == "1"
    assert json.loads(done.outputs["failed-checks"])
    assert done.outputs["comment-url"].startswith("http")
    assert "accuracy" in done.summary
    for name in ("result-path", "report-path"):
        file = project.root / done.outputs[name]
        assert file.is_file()
        assert file.stat().st_uid == RUNNER
    head = project.git("rev-parse", HARMFUL)
    assert done.result["head"]["commit"] == head
    assert done.result["base"]["commit"] == project.git("rev-parse", "main")
    assert "::error file=" in done.log


def test_among_150_comments_of_others_the_own_one_is_found_again(run, api):
    api.stand_in.add_comments(75)
    run(HARMFUL, only="metrics")
    api.stand_in.add_comments(75)
    run(HARMLESS, only="metrics")
    assert len(api.stand_in.bodies()) == 1
    assert len(api.stand_in.state.comments) == 151
    assert violations(api) == []


@pytest.mark.parametrize(("branch", "code"), [(HARMLESS, 0), (HARMFUL, 1)])
def test_a_refused_comment_loses_neither_verdict_nor_summary(run, api, branch, code):
    api.stand_in.state.comments_permission = "read"
    done = run(branch, only="metrics")
    assert done.code == code
    assert "mlgate" in done.summary
    assert done.outputs["verdict"] == ("failed" if code else "passed")
    assert "pull-requests: write" in done.log


def test_two_bad_gateways_and_a_rate_limit_are_waited_for(run, api):
    wait = {"Retry-After": "1"}
    api.stand_in.fail(Fault(status=502), Fault(status=502), Fault(status=429, headers=wait))
    assert run(HARMLESS, only="metrics").code == 0
    assert len(api.stand_in.bodies()) == 1


@pytest.fixture
def shallow(project: Project, tmp_path: Path) -> Project:
    """What actions/checkout makes of a pull request: one commit, which merges it into its base."""
    event: dict[str, Any] = project.event(HARMFUL)
    project.git("checkout", "-q", "--detach", "main")
    project.git("merge", "-q", "--no-ff", "-m", "merge", HARMFUL)
    project.git("branch", "merge")
    source = f"file://{project.root}"
    options = ["-q", "--depth=1", "-b", "merge"]
    root = tmp_path / "shallow"
    clone = ["git", "-c", "safe.directory=*", "clone", *options, source, str(root)]
    subprocess.run(clone, check=True)

    class Shallow(Project):
        def event(self, branch: str, base: str = "main") -> dict[str, Any]:
            return event

    return Shallow(root=root)


def test_a_shallow_clone_fetches_the_base_commit_with_the_token(
    image, api, project, shallow, tmp_path
):
    (tmp_path / "server" / "octo").mkdir(parents=True)
    bare = tmp_path / "server" / "octo" / "shop"
    subprocess.run(["git", "-c", "safe.directory=*", "clone", "-q", "--bare", str(project.root),
                    str(bare)], check=True)  # fmt: skip
    shallow.git("remote", "remove", "origin")
    with git_server(tmp_path / "server", TOKEN) as url:
        done = run_container(
            image,
            api,
            shallow,
            tmp_path / "runner",
            "pull_request",
            TOKEN,
            {"only": "metrics"},
            url,
        )
    assert done.code == 1, done.log
    assert done.result["base"]["commit"] == project.git("rev-parse", "main")
    assert done.result["base"]["ref"] == "main"
    assert done.result["head"]["commit"] == project.git("rev-parse", HARMFUL)
    owners = {path.stat().st_uid for path in (shallow.root / ".git").rglob("*")}
    assert owners == {RUNNER}, "nothing was written into the workspace's repository"


def test_a_shallow_clone_without_a_server_says_which_fetch_depth_to_set(
    image, api, shallow, tmp_path
):
    only = {"only": "metrics"}
    done = run_container(image, api, shallow, tmp_path / "runner", "pull_request", TOKEN, only)
    assert done.code == 4, done.log
    assert "fetch-depth: 0" in done.log


def test_a_wrong_configuration_is_reported_in_the_comment(run, api, project):
    project.git("checkout", "-q", HARMLESS)
    text = (project.root / "mlgate.yml").read_text()
    (project.root / "mlgate.yml").write_text(text.replace("positive:", "positiv:", 1))
    done = run(HARMLESS)
    assert done.code == 2
    assert "did you mean" in done.log
    assert "mlgate.yml:4:" in api.stand_in.bodies()[0]


SPY = """
import glob, os

class Spy:
    classes_ = ["benign", "malignant"]

    def predict(self, rows):
        import numpy as np
        seen = [repr(dict(os.environ))]
        places = ["/proc/*/environ", "/proc/*/cmdline", "/github/*/*", "/github/workspace/.git/*",
                  "/github/workspace/.git/config", "/tmp/*/*", "/tmp/mlgate-*/git/*"]
        for place in places:
            for name in glob.glob(place):
                try:
                    seen.append(open(name, "rb").read().decode("latin-1"))
                except OSError:
                    pass
        found = "ghs_" + "e2eToken" in "".join(seen)
        raise ValueError(f"spy saw the token: {found}; places read: {len(seen)}")

    def predict_proba(self, rows):
        return self.predict(rows)
"""


def test_the_code_of_a_model_finds_no_token(run, project):
    project.git("checkout", "-q", HARMLESS)
    basic = "Authorization: basic " + TOKEN
    project.git("config", "http.http://127.0.0.1:9/.extraheader", basic)
    (project.root / "spy.py").write_text(SPY)
    with (project.root / "mlgate.yml").open("a") as config:
        config.write("\n  - {type: artifact-safety, allow: [spy.*]}\n")
    script = "import joblib, spy; joblib.dump(spy.Spy(), 'models/model.joblib')"
    make = ["docker", "run", "--rm", "--workdir=/w", "--env=PYTHONPATH=/w", "--volume",
            f"{project.root}:/w", "--entrypoint=python", "mlgate-e2e", "-c", script]  # fmt: skip
    subprocess.run(make, check=True)
    done = run(HARMLESS, only="metrics")
    assert done.code == 4, done.log
    assert "spy saw the token: False" in done.log
    assert "spy saw the token: True" not in done.log
    assert TOKEN not in done.log
    assert (project.root / ".git" / "config").stat().st_mode & 0o777 == 0o644


TEST_THAT_SPIES = """
import glob, os

def test_spy():
    seen = [repr(dict(os.environ))]
    for place in ["/proc/*/environ", "/github/*/*", "/github/workspace/.git/config"]:
        for name in glob.glob(place):
            try:
                seen.append(open(name, "rb").read().decode("latin-1"))
            except OSError:
                pass
    assert "ghs_" + "e2eToken" not in "".join(seen)

def test_it_may_write():
    open("written-by-a-test", "w").close()

def test_workflow_commands_are_off():
    print("::error::injected-by-a-test")
    os.write(2, b"\\n::error::injected-by-a-test\\n")
"""


def test_the_repositorys_own_tests_find_no_token_and_may_write(run, project):
    project.git("checkout", "-q", HARMLESS)
    (project.root / "tests" / "code" / "test_spy.py").write_text(textwrap.dedent(TEST_THAT_SPIES))
    done = run(HARMLESS, only="pytest")
    assert done.code == 0, done.log
    names = [f["subject"] for c in done.result["checks"] for f in c["findings"]]
    assert any("test_spy" in name for name in names)
    assert not (project.root / "written-by-a-test").exists()


def test_a_model_runs_in_the_environment_of_its_own_requirements(run, project):
    project.git("checkout", "-q", HARMLESS)
    config = (project.root / "mlgate.yml").read_text()
    own = config.replace("path: models/model.joblib", f"path: models/model.joblib{REQUIREMENTS}")
    (project.root / "mlgate.yml").write_text(own)
    (project.root / "requirements.txt").write_text("scikit-learn==1.7.2\npandas<3\n")
    script = "import sklearn, sys; sys.exit(sklearn.__version__ != '1.7.2')"
    (project.root / "tests" / "models" / "test_version.py").write_text(
        f"import subprocess, sys\n\n\ndef test_version():\n"
        f"    assert subprocess.call([sys.executable, '-c', {script!r}]) == 0\n"
    )
    assert "model: cancer\n" in own[own.index("type: pytest") :]
    one = own.replace("paths: [tests]", "paths: [tests/models/test_version.py]")
    (project.root / "mlgate.yml").write_text(one)
    done = run(HARMLESS, only="pytest")
    assert "test_version" in str(done.result["checks"])
    assert done.code == 0, done.log


def test_the_image_is_the_command_line_too(image):
    command = ["docker", "run", "--rm", image, "--version"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.startswith("mlgate ")
