"""Starts a process that answers questions: a model's, or a metric's."""

import subprocess
from contextlib import ExitStack
from pathlib import Path

from mlgate.sandbox.channel import Channel
from mlgate.sandbox.ending import Output, stop
from mlgate.sandbox.isolation import Isolation, git_folder


def start_worker(
    isolation: Isolation, script: Path, *, cwd: Path, memory: int, until: ExitStack
) -> tuple[Channel, subprocess.Popen[bytes], Output]:
    """Start one of mlgate's workers where untrusted code runs.

    Args:
        isolation: The place.
        script: The worker's file.
        cwd: Root of the repository's files, whose `.git` it must not read.
        memory: MiB that it may have.
        until: Ends the process and closes its pipes when it is closed.

    Returns:
        The pipes to it, the process, and what it prints.

    Raises:
        CannotIsolate: It cannot be started.
    """
    channel = Channel()
    until.callback(channel.close)
    command = [*isolation.python, "-I", "-B", "-u", str(isolation.script(script))]
    try:
        process = isolation.start(
            [*command, *map(str, channel.theirs)],
            cwd=cwd,
            memory=memory,
            hidden=git_folder(cwd),
            pass_fds=channel.theirs,
        )
    finally:
        channel.close_theirs()
    output = Output(process)
    until.callback(output.close)
    until.callback(stop, process)
    return channel, process, output
