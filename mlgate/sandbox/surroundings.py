"""What lies around untrusted code: files of the user, devices, processes, and what it leaves."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

PRIVATE_FILES = (
    ".ssh", ".gnupg", ".netrc", ".aws", ".azure", ".boto", ".config/gcloud", ".kube", ".docker",
    ".config/containers", ".git-credentials", ".gitconfig", ".config/git", ".config/gh", ".pypirc",
    ".npmrc", ".config/pip", ".pip", ".databrickscfg", ".dbt", ".snowsql", ".kaggle",
    ".cache/huggingface/token", ".huggingface", ".mlflow", ".pgpass", ".my.cnf", ".s3cfg",
    ".config/rclone", ".password-store", ".local/share/keyrings", ".vault-token", ".terraform.d",
    ".bash_history", ".zsh_history", ".python_history",
)  # fmt: skip
"""Where programs keep credentials in a user's home."""

RUNNER_FILES = (
    "GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY",
    "GITHUB_EVENT_PATH",
)  # fmt: skip
"""Variables that name files which a job and its runner speak by."""

DEVICES = (
    "null", "zero", "full", "random", "urandom", "shm", "nvidia*", "dri", "kfd", "accel",
)  # fmt: skip
TERMINALS = ("tty", "ptmx", "pts")
"""Devices that code may use: sources of bytes, shared memory, processors. A disk is none of them,
for root can read all of it, and a terminal is somebody's."""

MOST_PROCESSES = 4096
"""Processes and threads of untrusted code: room for a thread pool on each of many cores."""


def private_files(variables: Mapping[str, str]) -> Iterator[Path]:
    """Files and folders with credentials of the user, and files that the job's runner obeys."""
    if variables.get("HOME"):
        yield from (Path(variables["HOME"], name) for name in PRIVATE_FILES)
    yield from (Path(variables[name]) for name in RUNNER_FILES if variables.get(name))
    if variables.get("RUNNER_TEMP"):  # where actions/checkout leaves its token since version 6
        yield from Path(variables["RUNNER_TEMP"]).glob("git-credentials-*")


def devices(*, terminals: bool) -> Iterator[Path]:
    """The devices that untrusted code may use."""
    for name in (*DEVICES, *(TERMINALS if terminals else ())):
        yield from Path("/dev").glob(name)


def most_processes(*, another_user: bool) -> int | None:
    """How many processes and threads the code's user may have; None where the kernel does not care.

    It counts all of a user's, and those that run already are none of the code's.
    """
    if another_user:
        return MOST_PROCESSES
    if sys.platform != "linux" or os.geteuid() == 0:
        return None
    running = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            if process.stat().st_uid == os.geteuid():
                running += len([*(process / "task").iterdir()])
    return running + MOST_PROCESSES


def peak_memory(pid: int) -> int:
    """Bytes that a process had at most, as the kernel tells; 0 where it does not.

    What a model says of itself it may have made up.
    """
    try:
        with Path(f"/proc/{pid}/status").open() as status:
            fields = dict(line.split(":", 1) for line in status if ":" in line)
        return int(fields["VmHWM"].split()[0]) * 1024
    except (OSError, KeyError):
        return 0


def room(folder: Path) -> int:
    """Bytes that may still be written to the disk of a folder."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def remove(folder: Path) -> None:
    """Remove a folder that untrusted code has filled: however deep, and with whatever modes."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        return
    for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):  # these follow no link
        subprocess.run([*command, "--", str(folder)], check=False, stderr=subprocess.DEVNULL)
