"""How a process of untrusted code ends, and what it said last."""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass

from mlgate.privacy import foreign
from mlgate.sandbox.text import last_line

TICK = 0.2
"""Seconds between looks at whether a process still lives: a child of it may hold its pipes open."""

KEPT = 16 << 10
"""Bytes of output that are kept, of whatever a process prints."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """Why a process is no more, in the three parts of an error."""

    what: str
    """What follows the name of the process, such as `crashed (SIGSEGV)`."""
    cause: str
    remedy: str


def name_ending(status: int, memory: int | None = None) -> Ending:
    """Tell what an exit status means.

    Args:
        status: As in `Popen.returncode`: a signal's number is negative.
        memory: The limit that held, in MiB.
    """
    limit = f"the limit of {memory} MiB" if memory else "what the machine has"
    if status >= 0:
        return Ending(
            what=f"ended its own process (exit status {status})",
            cause="the code calls os._exit or sys.exit, or the interpreter could not start",
            remedy="let the code raise an exception instead of ending the process",
        )
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    if status == -signal.SIGKILL:
        return Ending(
            what="was killed (SIGKILL)",
            cause="the kernel kills what takes the last of the machine's memory",
            remedy="use fewer rows or a smaller model, or a machine with more memory",
        )
    if status == -signal.SIGABRT:
        return Ending(
            what=f"crashed ({name})",
            cause=f"native code gave up, often because its memory reached {limit}",
            remedy="give it more memory, or pin the library versions that the model was made with",
        )
    return Ending(
        what=f"crashed ({name})",
        cause="native code failed, often because library versions do not fit the model file",
        remedy="pin the library versions that the model was made with in `requirements`",
    )


class Output:
    """The end of what a process prints. Reading it keeps the process from blocking."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101  # every process of ours has one
        self._pipe = process.stdout
        os.set_blocking(self.fileno(), False)
        self._kept = b""
        self.open = True

    def fileno(self) -> int:
        """For selectors."""
        return self._pipe.fileno()

    def read(self) -> None:
        """Take what is there, a bounded amount at once."""
        with contextlib.suppress(BlockingIOError):
            read = os.read(self.fileno(), 1 << 16)
            self.open = bool(read)
            self._kept = (self._kept + read)[-KEPT:]

    @property
    def text(self) -> str:
        """The last that was printed."""
        return self._kept.decode("utf-8", errors="replace").strip()

    def quoted(self) -> str:
        """A sentence with the end of the output; empty where there is none."""
        return f" Its output ends: {foreign(last_line(self.text))}" if self.text else ""

    def close(self) -> None:
        """Close our end; a child that still prints gets a broken pipe."""
        self._pipe.close()


def wait(process: subprocess.Popen[bytes], output: Output, seconds: float) -> bool:
    """Wait for a process to end, reading its output. False where it had to be left running."""
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while True:
            ended = process.poll() is not None
            events = selector.select(min(TICK, max(0.0, deadline - time.monotonic())))
            if events:
                output.read()
                if not output.open:
                    selector.unregister(output)
            if ended:
                return True
            if time.monotonic() > deadline:
                return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children, whatever they do about it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
