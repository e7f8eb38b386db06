"""The GitHub Action: the one process that holds the token.

It prepares git, starts `mlgate run` as another user and without the token, validates the result
file and publishes it. It never opens a file of the repository: data, models, suites and even
mlgate.yml come from a stranger's pull request.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from mlgate import pipeline
from mlgate.action_inputs import ActionInputs
from mlgate.artifacts.base import AskMergeBase, Wanted, choose_base
from mlgate.artifacts.git import Repository, git_environment
from mlgate.errors import CannotIsolate, ExitCode, MlgateError, ResultNotReadable, UsageError
from mlgate.platforms.github import GitHub
from mlgate.platforms.github_commands import harmless as for_log
from mlgate.platforms.interface import Change
from mlgate.reports import FILES
from mlgate.results import Revision, RunResult
from mlgate.sandbox.isolation import Account, protect_this_process, unprivileged_user


def main(environment: Mapping[str, str]) -> int:
    """Gate one change and show the outcome; returns the exit code of the step."""
    protect_this_process()
    inputs = ActionInputs.from_environment(environment)
    platform = GitHub.from_environment(
        environment, token=inputs.github_token, comment=inputs.comment == "true"
    )
    change = platform.change()
    workspace = Path(environment.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    formats = pipeline.formats_in(inputs.formats)
    reports = workspace / inputs.working_directory / inputs.report_dir
    if not reports.resolve().is_relative_to(workspace):
        raise UsageError(f"report-dir {inputs.report_dir} lies outside of the workspace")
    try:
        result = measured(inputs, platform, change, environment, workspace)
    except MlgateError as error:  # the outcome is shown and written all the same
        result = pipeline.not_run(change, error.exit_code, error.explain().splitlines())
    write_reports(result, reports, workspace, formats)
    shown = os.path.relpath(reports, workspace)
    publication = pipeline.publication(
        result, f"{shown}/{FILES['json']}", f"{shown}/{FILES['markdown']}"
    )
    print(for_log(pipeline.render(result, "console")), flush=True)
    for problem in platform.publish(publication).problems:
        print(for_log(f"mlgate: {problem}"), flush=True)
    assert result.verdict is not None  # noqa: S101  # `validated` makes sure
    return result.verdict.exit_code


def measured(
    inputs: ActionInputs,
    platform: GitHub,
    change: Change,
    environment: Mapping[str, str],
    workspace: Path,
) -> RunResult:
    """The validated result of a run without the token.

    Raises:
        MlgateError: The run could not be prepared.
    """
    user = account_of_run(os.geteuid(), unprivileged_user())
    with tempfile.TemporaryDirectory(prefix="mlgate-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        git_dir, base = prepare_git(
            scratch / "git",
            workspace,
            wanted=wanted(inputs, change, environment),
            environment=git_environment(environment) | credential(inputs.github_token, environment),
            ask_merge_base=platform.merge_base,
        )
        if base is not None:
            change = replace(change, base_commit=base.commit, base_ref=base.ref or change.base_ref)
        closed = hidden(private_paths(environment, workspace), user)
        with closed, platform.group("mlgate run", sys.stdout):
            code = run_without_token(inputs, change, environment, workspace, scratch, git_dir, user)
        return validated(scratch / "results", change, code)


def account_of_run(effective_user: int, found: Account | None) -> Account | None:
    """The user that the run gets; None where this process is not root and so cannot choose one.

    It must be the image's own, which exists for this alone: all its processes are ended afterwards.

    Raises:
        CannotIsolate: This process is root, and there is no such user.
    """
    if effective_user == 0 and (found is None or found.name != RUN_AS):
        raise CannotIsolate(
            f"there is no user {RUN_AS} to run the code of the pull request as",
            cause="`mlgate action` was started as root outside of mlgate's image",
            remedy="use the action's image, or start it as an ordinary user",
        )
    return found if effective_user == 0 else None


RUN_AS = "mlgate"
"""The user that the Dockerfile makes."""


def wanted(inputs: ActionInputs, change: Change, environment: Mapping[str, str]) -> Wanted:
    """What to compare with, and where missing commits come from."""
    server = environment.get("GITHUB_SERVER_URL", "https://github.com")
    source = f"{server}/{environment.get('GITHUB_REPOSITORY', '')}"
    if inputs.base_ref:
        return Wanted(ref=inputs.base_ref, source=source)
    return Wanted(commit=change.base_commit, ref=change.base_ref, source=source)


def credential(token: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Variables that let git fetch from this server, and from no other, with the token."""
    if not token:
        return {}
    import base64

    server = environment.get("GITHUB_SERVER_URL", "https://github.com")
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{server}/.extraheader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
    }


def prepare_git(
    git_dir: Path,
    workspace: Path,
    *,
    wanted: Wanted,
    environment: Mapping[str, str],
    ask_merge_base: AskMergeBase | None,
) -> tuple[Path | None, Revision | None]:
    """A repository of our own beside the workspace's, with the base commit in it.

    It borrows the workspace's objects and has none of its configuration: that may hold the token
    which actions/checkout leaves there, and settings that start programs. A base that cannot be
    had is left to the run, which reports why.

    Returns:
        The new repository, None where the workspace is not in git; and the base commit.
    """
    theirs = Repository(root=workspace, environment=environment)
    head = theirs.commit("HEAD")
    if head is None:
        return None, None
    objects = workspace / theirs.path("objects")
    ours = Repository(root=workspace, git_dir=git_dir, environment=environment)
    ours.initialise(borrow_from=objects, shallow=workspace / theirs.path("shallow"))
    ours.set_references({**theirs.references(), "HEAD": head})
    try:
        return git_dir, choose_base(ours, wanted, ask_merge_base)
    except MlgateError as error:
        print(for_log(f"mlgate: no baseline yet: {error.what}"), flush=True)
        return git_dir, None


def private_paths(environment: Mapping[str, str], workspace: Path) -> Iterator[Path]:
    """What a stranger's code must not read: the runner's files, and git's but for its objects."""
    for name in (
        "GITHUB_ENV", "GITHUB_EVENT_PATH", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE",
        "GITHUB_STEP_SUMMARY",
    ):  # fmt: skip
        if environment.get(name):
            yield Path(environment[name])
    for name in ("RUNNER_TEMP", "HOME"):
        folder = Path(environment.get(name) or "/nonexistent")
        if folder.is_dir() and not workspace.is_relative_to(folder.resolve()):
            yield folder
    for depth in ("", "*/", "*/*/"):  # a workflow may check out several repositories
        for git in workspace.glob(f"{depth}.git"):
            if git.is_dir() and not git.is_symlink():
                yield from (entry for entry in git.iterdir() if entry.name not in _OBJECTS)


_OBJECTS = {"objects", "lfs"}
"""Contents of the repository: git's objects, and those of Git LFS."""


@contextmanager
def hidden(paths: Iterator[Path], user: Account | None) -> Iterator[None]:
    """Take the permissions of others away from files and folders, and give them back.

    Raises:
        CannotIsolate: One stays readable for the user that the run gets.
    """
    with ExitStack() as stack:
        for path in paths if user else ():
            if path.is_symlink() or not path.exists():
                continue
            mode = path.stat().st_mode & 0o7777
            path.chmod(mode & 0o700)
            stack.callback(path.chmod, mode)
            now = path.stat()
            if now.st_mode & 0o077 or (user and now.st_uid == user.uid):
                raise CannotIsolate(
                    f"{path} stays readable for the code of the pull request",
                    cause="the file system ignores permissions, or the file belongs to that user",
                    remedy="run the action on a runner whose workspace is an ordinary folder",
                )
        yield


def run_without_token(
    inputs: ActionInputs,
    change: Change,
    environment: Mapping[str, str],
    workspace: Path,
    scratch: Path,
    git_dir: Path | None,
    user: Account | None,
) -> int:
    """Start `mlgate run`, wait for it, and end whatever it leaves behind."""
    results, home = scratch / "results", scratch / "home"
    for folder in (results, home):
        folder.mkdir()
        if user is not None:
            os.chown(folder, user.uid, user.gid)
    scratch.chmod(0o755)
    command = [sys.executable, "-P", "-m", "mlgate", "run", "--report-dir", str(results)]
    command += ["--config", inputs.config, "-C", str(workspace / inputs.working_directory)]
    command += ["--change", change.to_json(), "--fail-on", inputs.fail_on]
    command += ["--git-dir", str(git_dir)] if git_dir else []
    command += ["--requirements", inputs.requirements] if inputs.requirements else []
    for name in inputs.only.replace(",", " ").split():
        command += ["--only", name]
    # While a stranger's code may print, the log obeys no workflow command.
    resume = uuid.uuid4().hex
    print(f"::stop-commands::{resume}", flush=True)
    process: subprocess.Popen[bytes] | None = None
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the report is printed from the validated result
            stderr=sys.stdout,
            env=harmless(environment, home, inputs.data_variables),
            cwd="/",
            start_new_session=True,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
        return process.wait()
    finally:
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # it is the leader of its own session
        _end_all_of(user)
        print(f"::{resume}::", flush=True)


def _end_all_of(user: Account | None) -> None:
    """End every process of a user that exists for this run alone."""
    if user is None:
        return
    killer = "import os, signal; os.kill(-1, signal.SIGKILL)"
    subprocess.run(
        [sys.executable, "-I", "-c", killer],
        check=False,
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


_HARMLESS = {
    *("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX"),
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT", "MLGATE_MEMORY_LIMIT"),
}


def harmless(
    environment: Mapping[str, str], home: Path, for_data: Sequence[str] = ()
) -> dict[str, str]:
    """The variables of the run: where programs, certificates and package indexes are.

    Args:
        environment: The variables of this process.
        home: The run's home.
        for_data: Names that the workflow adds, which reading data needs. The run keeps them from
            the code of the repository.
    """
    names = _HARMLESS | {*for_data}
    kept = {key: value for key, value in environment.items() if key in names}
    return kept | {"HOME": str(home), "CI": "true", "PYTHONUNBUFFERED": "1"}


def validated(folder: Path, change: Change, code: int) -> RunResult:
    """The run's result, if it is one and agrees with how the run ended."""
    try:
        result = pipeline.read_result(folder / FILES["json"])
    except ResultNotReadable as error:
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        reason = f"the run ended with {how} and left no result: {error.what}"
        return pipeline.not_run(change, ExitCode.ERRORED, [reason])
    assert result.verdict is not None  # noqa: S101  # `read_result` makes sure
    if code != result.verdict.exit_code:
        reason = f"the run ended with {code}, its result says {result.verdict.exit_code}"
        return pipeline.not_run(change, ExitCode.ERRORED, [reason])
    return result


def write_reports(
    result: RunResult, folder: Path, workspace: Path, formats: Sequence[str] = ()
) -> None:
    """Write the reports where later steps find them, owned as the workspace is.

    The folder's content comes from a stranger: links in it are removed, never followed.
    """
    owner = workspace.stat()
    made: Sequence[Path] = [p for p in (folder, *folder.parents) if not p.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES.values():
        place = folder / name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        place.unlink(missing_ok=True)
    pipeline.write_reports(result, folder, formats)
    if os.geteuid() == 0:
        written = [path for name in FILES.values() if (path := folder / name).exists()]
        for path in (*made, *written):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
