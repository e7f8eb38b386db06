import os
import stat
from pathlib import Path

import pytest

from mlgate import pipeline
from mlgate.action import (
    account_of_run,
    credential,
    harmless,
    hidden,
    main,
    private_paths,
    validated,
    wanted,
    write_reports,
)
from mlgate.action_inputs import ActionInputs
from mlgate.errors import CannotIsolate, ExitCode, UsageError
from mlgate.platforms.interface import Change
from mlgate.sandbox.isolation import Account

TOKEN = "ghs_secret"
CHANGE = Change(event="pull_request", base_commit="b" * 40, base_ref="main")
SOMEBODY = Account(name="somebody", uid=47100, gid=47100)


def test_inputs_come_from_the_environment_with_their_hyphens():
    inputs = ActionInputs.from_environment(
        {
            "INPUT_BASE-REF": "v1",
            "INPUT_FAIL-ON": "warning",
            "INPUT_CONFIG": "",
            "INPUT_ONLY": " a ",
        }
    )
    assert inputs == ActionInputs(base_ref="v1", fail_on="warning", config="mlgate.yml", only="a")


@pytest.mark.parametrize(("name", "value"), [("COMMENT", "yes"), ("FAIL-ON", "errors")])
def test_an_input_with_a_wrong_value_is_an_error(name, value):
    with pytest.raises(UsageError, match=value):
        ActionInputs.from_environment({f"INPUT_{name}": value})


def test_the_token_is_in_no_representation_of_the_inputs():
    assert TOKEN not in repr(ActionInputs(github_token=TOKEN))


def test_an_input_names_the_base_before_the_event_does():
    environment = {"GITHUB_SERVER_URL": "https://ghe.example", "GITHUB_REPOSITORY": "o/r"}
    assert wanted(ActionInputs(), CHANGE, environment).commit == "b" * 40
    chosen = wanted(ActionInputs(base_ref="v1"), CHANGE, environment)
    assert (chosen.ref, chosen.commit, chosen.source) == ("v1", None, "https://ghe.example/o/r")


def test_the_credential_is_for_this_server_alone():
    variables = credential(TOKEN, {"GITHUB_SERVER_URL": "https://ghe.example"})
    assert variables["GIT_CONFIG_KEY_0"] == "http.https://ghe.example/.extraheader"
    assert TOKEN not in "".join(variables.values())  # it is encoded, as the header asks
    assert credential("", {}) == {}


def test_the_run_gets_no_token_no_input_and_no_command_file(tmp_path):
    environment = {
        "PATH": "/bin",
        "GITHUB_TOKEN": TOKEN,
        "INPUT_GITHUB-TOKEN": TOKEN,
        "ACTIONS_RUNTIME_TOKEN": TOKEN,
        "AWS_SECRET_ACCESS_KEY": TOKEN,
        "GITHUB_ENV": "/x",
        "PYTHONPATH": "/evil",
    }
    kept = harmless(environment, tmp_path)
    assert kept == {"PATH": "/bin", "HOME": str(tmp_path), "CI": "true", "PYTHONUNBUFFERED": "1"}


def test_the_run_gets_the_variables_that_the_workflow_names_for_data(tmp_path):
    environment = {"AWS_ACCESS_KEY_ID": "id", "AWS_REGION": "r", "AWS_OTHER": "x"}
    inputs = ActionInputs.from_environment(
        {"INPUT_DATA-ENVIRONMENT": "AWS_ACCESS_KEY_ID,\n AWS_REGION AZURE_STORAGE_KEY"}
    )
    kept = harmless(environment, tmp_path, inputs.data_variables)
    assert kept["AWS_ACCESS_KEY_ID"] == "id"
    assert kept["AWS_REGION"] == "r"
    assert not {"AWS_OTHER", "AZURE_STORAGE_KEY"} & set(kept)


@pytest.mark.parametrize(
    "name",
    ["GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "RUNNER_TEMP", "INPUT_GITHUB_TOKEN", "GH_TOKEN",
     "LD_PRELOAD", "PYTHONPATH", "GIT_SSH_COMMAND", "PATH", "HOME"],
)  # fmt: skip
def test_the_runners_variables_are_never_given_to_the_run(name):
    with pytest.raises(UsageError, match=name):
        ActionInputs.from_environment({"INPUT_DATA-ENVIRONMENT": f"AWS_REGION {name}"})


def test_a_secret_in_the_place_of_a_name_is_refused_and_not_repeated():
    with pytest.raises(UsageError) as caught:
        ActionInputs.from_environment({"INPUT_DATA-ENVIRONMENT": "s3cr3t/Value+="})
    assert "s3cr3t" not in caught.value.explain()


@pytest.fixture
def workspace(tmp_path):
    for git in (".git", "other/.git"):
        for name in ("config", "FETCH_HEAD", "objects/x", "refs/heads/main"):
            file = tmp_path / "workspace" / git / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("x")
    return tmp_path / "workspace"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_runners_files_and_git_are_private_but_not_the_objects(workspace, tmp_path):
    (tmp_path / "temp").mkdir()
    environment = {
        "GITHUB_OUTPUT": "/commands/output",
        "GITHUB_EVENT_PATH": "/workflow/event.json",
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "HOME": str(tmp_path),  # holds the workspace: it cannot be closed
    }
    private = set(private_paths(environment, workspace))
    assert private == {
        Path("/commands/output"),
        Path("/workflow/event.json"),
        tmp_path / "temp",
        *(
            workspace / git / name
            for git in (".git", "other/.git")
            for name in ("config", "FETCH_HEAD", "refs")
        ),
    }


def test_what_is_hidden_is_closed_to_others_and_opened_again(workspace):
    config, refs = workspace / ".git" / "config", workspace / ".git" / "refs"
    config.chmod(0o644)
    refs.chmod(0o755)
    with hidden(iter([config, refs, workspace / "gone"]), SOMEBODY):
        assert (mode(config), mode(refs)) == (0o600, 0o700)
    assert (mode(config), mode(refs)) == (0o644, 0o755)


def test_what_is_hidden_is_opened_again_after_an_error(workspace):
    config = workspace / ".git" / "config"
    config.chmod(0o644)
    with pytest.raises(ZeroDivisionError), hidden(iter([config]), SOMEBODY):
        raise ZeroDivisionError
    assert mode(config) == 0o644


def test_a_file_that_belongs_to_the_runs_user_cannot_be_hidden(workspace):
    config = workspace / ".git" / "config"
    owner = Account(name="owner", uid=config.stat().st_uid, gid=config.stat().st_gid)
    with pytest.raises(CannotIsolate, match="config"), hidden(iter([config]), owner):
        pass


def test_a_link_is_not_followed_when_hiding(workspace, tmp_path):
    target = tmp_path / "target"
    target.write_text("x")
    target.chmod(0o644)
    link = workspace / ".git" / "link"
    link.symlink_to(target)
    with hidden(iter([link]), SOMEBODY):
        assert mode(target) == 0o644


def a_result(exit_code: int = 0):
    return pipeline.not_run(CHANGE, ExitCode(exit_code), ["because"])


def test_a_run_without_a_result_is_errored(tmp_path):
    result = validated(tmp_path, CHANGE, -9)
    assert result.verdict is not None
    assert result.verdict.exit_code == ExitCode.ERRORED
    assert "SIGKILL" in result.verdict.reasons[0]


def test_a_result_that_does_not_agree_with_the_exit_code_is_errored(tmp_path):
    pipeline.write_reports(a_result(0), tmp_path)
    result = validated(tmp_path, CHANGE, 1)
    assert result.verdict is not None
    assert result.verdict.exit_code == ExitCode.ERRORED


def test_a_result_that_agrees_is_kept(tmp_path):
    pipeline.write_reports(a_result(2), tmp_path)
    assert validated(tmp_path, CHANGE, 2) == a_result(2)


def test_a_result_that_is_a_link_or_a_pipe_is_not_read(tmp_path):
    secret = tmp_path / "secret"
    pipeline.write_reports(a_result(0), secret)
    (tmp_path / "result.json").symlink_to(secret / "result.json")
    assert validated(tmp_path, CHANGE, 0) != a_result(0)
    (tmp_path / "result.json").unlink()
    os.mkfifo(tmp_path / "result.json")
    assert validated(tmp_path, CHANGE, 0) != a_result(0)


def test_reports_replace_links_and_follow_none(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = tmp_path / "workspace" / ".mlgate"
    folder.mkdir(parents=True)
    (folder / "result.json").symlink_to(victim)
    (folder / "result.json.partial").symlink_to(victim)
    (folder / "report.md").mkdir()
    (folder / "junit.xml").symlink_to(victim)
    (folder / "mlgate.sarif").symlink_to(victim)
    write_reports(a_result(), folder, tmp_path / "workspace", ["junit"])
    assert victim.read_text() == "precious"
    assert not (folder / "result.json").is_symlink()
    assert (folder / "report.md").is_file()
    assert (folder / "junit.xml").read_text().startswith("<?xml")
    assert not (folder / "mlgate.sarif").exists()


def test_a_format_that_does_not_exist_is_refused_before_anything_runs(tmp_path):
    environment = {"GITHUB_WORKSPACE": str(tmp_path), "INPUT_FORMATS": "junit, saref"}
    with pytest.raises(UsageError, match="did you mean 'sarif'"):
        main(environment)


def test_root_runs_a_strangers_code_as_the_images_own_user_or_not_at_all():
    own = Account(name="mlgate", uid=47100, gid=47100)
    assert account_of_run(0, own) == own
    for found in (None, Account(name="nobody", uid=65534, gid=65534)):
        with pytest.raises(CannotIsolate, match="no user mlgate"):
            account_of_run(0, found)


def test_an_ordinary_user_cannot_choose_another():
    assert account_of_run(1000, None) is None


def test_a_run_that_cannot_be_prepared_leaves_a_result_a_summary_and_outputs(tmp_path):
    workspace, output, summary = (tmp_path / n for n in ("workspace", "output", "summary"))
    workspace.mkdir()
    environment = {
        "PATH": "/nonexistent",  # there is no git
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    assert main(environment) == ExitCode.ERRORED
    result = pipeline.read_result(workspace / ".mlgate" / "result.json")
    assert result.verdict is not None
    assert result.verdict.outcome == "errored"
    assert "mlgate" in summary.read_text()
    assert "errored" in output.read_text()
