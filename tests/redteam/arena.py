"""A repository of hostile models, secrets around it, and a whole run over it."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import yaml

from mlgate.sandbox import confine
from tests.redteam.attacks import ACCURACY, LAST, Attack

ROOT = Path(__file__).parents[2]
HOSTILE = Path(__file__).with_name("hostile.py")
SECRET = "canary-7h15-mu57-n3v3r-b3-s33n"
ROWS = 200
WITH_SCOPES = 6
"""Version of Landlock that keeps signals inside."""

SECRET_FILES = (
    ".ssh/id_ed25519", ".netrc", ".aws/credentials", ".docker/config.json", ".git-credentials",
    ".gitconfig", ".config/gh/hosts.yml", ".pypirc", ".kube/config", ".config/gcloud/key.json",
    ".cache/huggingface/token",
)  # fmt: skip
"""Where credentials lie in a user's home."""
COMMAND_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
TOKENS = ("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "INPUT_GITHUB-TOKEN", "AWS_SECRET_KEY")


@dataclass(frozen=True, kw_only=True)
class User:
    """Who runs mlgate."""

    uid: int
    gid: int


@dataclass(kw_only=True)
class Ears:
    """Services that a model may try to reach; each remembers who came."""

    folder: Path
    heard: list[str] = field(default_factory=list)
    addresses: dict[str, Any] = field(default_factory=dict)
    _sockets: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Self:
        path = str(self.folder / "docker.sock")
        abstract = f"\0mlgate-redteam-{os.getpid()}-{id(self)}"
        self.addresses = {
            "tcp": self._listen("TCP", socket.AF_INET, ("127.0.0.1", 0)),
            "udp": self._listen("UDP", socket.AF_INET, ("127.0.0.1", 0), socket.SOCK_DGRAM),
            "unix_sockets": [
                self._listen("a Unix socket", socket.AF_UNIX, path),
                self._listen("an abstract socket", socket.AF_UNIX, abstract),
            ],
        }
        Path(path).chmod(0o777)
        return self

    def __exit__(self, *_: object) -> None:
        for sock in self._sockets:
            sock.close()

    def _listen(self, name: str, family: int, address: Any, kind: int = socket.SOCK_STREAM) -> Any:
        sock = socket.socket(family, kind)
        sock.bind(address)
        if kind == socket.SOCK_STREAM:
            sock.listen()
        self._sockets.append(sock)

        def hear() -> None:
            with contextlib.suppress(OSError):
                while True:
                    sock.accept()[0].close() if kind == socket.SOCK_STREAM else sock.recv(1)
                    self.heard.append(name)

        threading.Thread(target=hear, daemon=True).start()
        seen = sock.getsockname()
        return seen.decode() if isinstance(seen, bytes) else seen


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a whole `mlgate run` left."""

    code: int
    out: str
    result: dict[str, Any]
    report: str
    left: tuple[str, ...]
    """Processes that still lived half a second after it."""
    written: tuple[str, ...] = ()
    """Files of the job's runner that somebody wrote to."""

    def check(self, attack: Attack) -> dict[str, Any]:
        """The result of the check that asks one model."""
        found: dict[str, Any]
        [found] = [check for check in self.result["checks"] if check["id"] == attack.name]
        return found

    def says(self, attack: Attack) -> str:
        """Everything that the result says about one model."""
        check = self.check(attack)
        return "\n".join([check["reason"] or "", *(f["message"] for f in check["findings"])])


def possible(attacks: Sequence[Attack], landlock: int, *, filters: bool) -> list[Attack]:
    """The attacks that a kernel can keep from getting anywhere.

    Args:
        attacks: All of them.
        landlock: Its version of Landlock; 0 for none.
        filters: Whether it filters system calls.
    """
    lacks = {"landlock"} if landlock < confine.OLDEST_LANDLOCK else set()
    lacks |= {"scopes"} if landlock < WITH_SCOPES else set()
    lacks |= set() if filters else {"filter"}
    return [attack for attack in attacks if attack.needs not in lacks]


def assert_contained(run: Run, attacks: Sequence[Attack]) -> None:
    """What holds after every run: its result and report are there, and each model has its outcome.

    Nothing secret is in anything that it wrote, no process is left, the sound model passed, and no
    line of the log is a command to a runner.
    """
    assert SECRET not in run.out + run.report + json.dumps(run.result)
    wrong = {
        attack.name: run.says(attack)
        for attack in (*attacks, LAST)
        if run.check(attack)["outcome"] != attack.outcome
        or not re.search(attack.says, run.says(attack), re.DOTALL)
    }
    assert wrong == {}
    notes = "\n".join(run.result["notes"])
    assert [a.name for a in attacks if not re.search(a.note, notes)] == []
    assert not re.search("Sound.*differed", notes)  # it may have been warned of a full disk
    assert run.left == ()
    outcomes = {attack.outcome for attack in attacks}
    assert run.code == (1 if "failed" in outcomes else 4 if "errored" in outcomes else 0)
    unnamed = [a.name for a in attacks if a.outcome != "passed" and a.name not in run.report]
    assert unnamed == []
    assert re.findall(PLANTED, run.out, re.MULTILINE) == []


PLANTED = r"^\W*::(?:set-|add-|save-|stop-commands::x)|^\W*::\w+::planted|##\["
"""What a runner would take for a command, of those that models print."""


def make_repository(root: Path, attacks: Sequence[Attack], targets: Mapping[str, Any]) -> None:
    """A repository with a model for each attack, and a check for each model."""
    (root / "models").mkdir(parents=True)
    x = np.random.default_rng(0).normal(size=ROWS)
    label = np.where(x > 0, "yes", "no")
    pd.DataFrame({"x": x, "z": x[::-1], "label": label}).to_csv(root / "test.csv", index=False)
    shutil.copy(HOSTILE, root / "hostile.py")
    (root / "targets.json").write_text(json.dumps({"terces": SECRET[::-1], **targets}))
    models: dict[str, Any] = {}
    checks: list[dict[str, Any]] = []
    for attack in attacks:
        path = f"models/{attack.name}.joblib"
        (root / path).write_bytes(pickled(attack.name))
        models[attack.name] = {"path": path} | (attack.spec or {})
        if attack.way == "function":
            models[attack.name] |= {"path": f"hostile:{attack.name}_", "format": "function"}
        entry: dict[str, Any] = {
            "type": attack.check,
            "id": attack.name,
            "model": attack.name,
            "data": "test",
        }
        if attack.check == "metrics":
            entry["metrics"] = attack.metrics or ACCURACY
        else:
            entry |= {"seconds": 0.1} | ({"limits": attack.metrics} if attack.metrics else {})
        checks.append(entry)
    (root / "models" / "sound.joblib").write_bytes(pickled("Sound"))
    safety = {"type": "artifact-safety", "allow": ["hostile.*"]}
    config = {
        "version": 1,
        "data": {"test": {"path": "test.csv", "target": "label", "positive": "yes"}},
        "models": models,
        "checks": [safety, *checks],
    }
    (root / "mlgate.yml").write_text(yaml.safe_dump(config, sort_keys=False))
    git = ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "hostile"]):
        subprocess.run([*git, *command], check=True)
    with (root / ".git" / "config").open("a") as config_file:
        config_file.write(f'[http "https://github.com/"]\n\textraheader = basic {SECRET}\n')


def pickled(name: str) -> bytes:
    """An object of a class of `hostile.py`: it is called, and then given its state."""
    return f"chostile\n{name}\n)R}}b.".encode()


def make_home(home: Path) -> list[str]:
    """A home with a secret wherever one may lie."""
    for name in SECRET_FILES:
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"secret = {SECRET}\n")
    return [str(home / name) for name in SECRET_FILES]


def survivors(marks: Sequence[str]) -> tuple[str, ...]:
    """Processes whose folder, environment or command tells that a run has started them."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        told = ""
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                told += (entry / name).read_text(errors="replace")
        with contextlib.suppress(OSError):
            told += str((entry / "cwd").readlink())
        if any(mark in told for mark in marks):
            with contextlib.suppress(OSError):
                found.append(f"{entry.name} {(entry / 'cmdline').read_text()!r}")
    return tuple(found)


@contextlib.contextmanager
def bystander(user: User | None) -> Iterator[int]:
    """A process of the same user with a secret in its environment."""
    process = subprocess.Popen(
        ["sleep", "600"], env={"TOKEN": SECRET}, cwd="/", **_as(user), start_new_session=True
    )
    try:
        yield process.pid
        assert process.poll() is None, "the bystander was killed"
    finally:
        process.kill()
        process.wait()


def run_outside(
    folder: Path,
    attacks: Sequence[Attack],
    *,
    python: Sequence[str],
    user: User | None = None,
    victim: User | None = None,
    launcher: Sequence[str] = (),
    deadly: bool = True,
) -> Run:
    """A whole run on a machine without a container.

    Args:
        folder: An empty folder that all users can reach.
        attacks: Models and their checks, in this order; a sound one comes last.
        python: Command of the Python that runs mlgate.
        user: User that runs mlgate; None for this one.
        victim: User that the models will have, if it is another one.
        launcher: Command to start mlgate through.
        deadly: Whether models may kill whatever the kernel lets them.
    """
    seconds = f"612.{uuid.uuid4().int}"  # by which a program is known as one of this run's
    home, temporary, reports = folder / "home", folder / "tmp", folder / "reports"
    commands = folder / "commands"
    for place in (home, temporary, reports, commands):
        place.mkdir()
    secret_files = make_home(home)
    (folder / "service-account.json").write_text(SECRET)
    for name in COMMAND_FILES:
        (commands / name).write_text("")
    with Ears(folder=folder) as ears, bystander(victim or user) as pid:
        make_repository(
            folder / "repository",
            [*attacks, LAST],
            {
                **ears.addresses,
                "secret_files": [*secret_files, str(folder / "service-account.json")],
                "command_files": [str(commands / name) for name in COMMAND_FILES],
                "reports": str(reports),
                "bystander": pid,
                "seconds": seconds,
                "deadly": deadly,
            },
        )
        if user is not None:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, user.uid, user.gid, follow_symlinks=False)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(temporary),
            "GOOGLE_APPLICATION_CREDENTIALS": str(folder / "service-account.json"),
            "MLGATE_CACHE": str(folder / "cache"),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            **{name: str(commands / name) for name in COMMAND_FILES},
            **dict.fromkeys(TOKENS, SECRET),
        }
        done = subprocess.run(
            [*launcher, *python, "-m", "mlgate", "run", "--report-dir", str(reports)],
            cwd=folder / "repository",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=300,
            check=False,
            **_as(user),
        )
        time.sleep(0.5)
        left = survivors([str(folder), seconds])
        for line in left:
            with contextlib.suppress(OSError):
                os.kill(int(line.split()[0]), signal.SIGKILL)
        assert ears.heard == [], "a model reached a service"
    assert [str(p) for p in temporary.iterdir()] == [], "something was left in the temporary folder"
    return Run(
        code=done.returncode,
        out=done.stdout,
        result=json.loads((reports / "result.json").read_text()),
        report=(reports / "report.md").read_text(),
        left=left,
        written=tuple(file.name for file in commands.iterdir() if file.read_text()),
    )


RUNNER = 1001
"""The user that owns the files of a hosted runner."""


def run_in_container(
    folder: Path, attacks: Sequence[Attack], *, image: str, options: Sequence[str] = ()
) -> Run:
    """A run of the action's container, started as GitHub's runner starts it.

    Args:
        folder: An empty folder.
        attacks: Models and their checks, in this order; a sound one comes last.
        image: The action's image.
        options: More options of `docker run`.
    """
    runner = folder / "runner"
    for name in ("home", "workflow", "file_commands", "runner_temp"):
        (runner / name).mkdir(parents=True)
    make_home(runner / "home")
    commands = runner / "file_commands"
    for name in COMMAND_FILES:
        (commands / name).write_text("")
    (runner / "workflow" / "event.json").write_text(json.dumps({"token": SECRET}))
    (runner / "runner_temp" / "git-credentials-1.config").write_text(SECRET)
    hidden = ["/github/workflow/event.json", "/github/runner_temp/git-credentials-1.config"]
    hidden.append("/github/workspace/.git/config")
    in_container = [f"/github/file_commands/{name}" for name in COMMAND_FILES]
    with Ears(folder=folder) as ears:
        [docker, _] = ears.addresses["unix_sockets"]
        make_repository(
            folder / "repository",
            [*attacks, LAST],
            {
                **ears.addresses,
                "unix_sockets": ["/var/run/docker.sock"],
                "secret_files": [*(f"/github/home/{name}" for name in SECRET_FILES), *hidden],
                "command_files": in_container,
                "reports": "/github/workspace/.mlgate",
                "bystander": 1,
                "seconds": "612",
                "deadly": True,
            },
        )
        subprocess.run(["chown", "-R", f"{RUNNER}:{RUNNER}", str(folder)], check=True)
        variables = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": "/github/workspace",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            "GITHUB_REPOSITORY": "octo/shop",
            "GITHUB_SERVER_URL": "http://127.0.0.1:9",
            "GITHUB_API_URL": "http://127.0.0.1:9",
            "RUNNER_TEMP": "/github/runner_temp",
            "HOME": "/github/home",
            "INPUT_COMMENT": "false",
            **dict(zip(COMMAND_FILES, in_container, strict=True)),
            **dict.fromkeys(TOKENS, SECRET),
        }
        mounts = {folder / "repository": "/github/workspace", docker: "/var/run/docker.sock"}
        mounts |= {place: f"/github/{place.name}" for place in runner.iterdir()}
        command = ["docker", "run", "--rm", "--network=host", "--workdir=/github/workspace"]
        command += [f"--volume={source}:{target}" for source, target in mounts.items()]
        command += [f"--env={name}={value}" for name, value in variables.items()]
        done = subprocess.run(
            [*command, *options, image],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=300,
            check=False,
        )
        assert ears.heard == [], "a model reached a service"
    outputs = (commands / "GITHUB_OUTPUT").read_text()
    assert "result-path" in outputs
    assert "written by a model" not in outputs
    for name in ("GITHUB_ENV", "GITHUB_PATH"):
        assert (commands / name).read_text() == "", f"{name} was written"
    reports = folder / "repository" / ".mlgate"
    return Run(
        code=done.returncode,
        out=done.stdout,
        result=json.loads((reports / "result.json").read_text()),
        report=(reports / "report.md").read_text() + (commands / "GITHUB_STEP_SUMMARY").read_text(),
        left=(),
    )


def _as(user: User | None) -> dict[str, Any]:
    if user is None:
        return {}
    return {"user": user.uid, "group": user.gid, "extra_groups": []}
