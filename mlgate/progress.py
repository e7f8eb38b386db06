"""What a person sees while checks run: a moving line, groups in a workflow, or plain lines."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TextIO

from mlgate.plan import Step
from mlgate.platforms.interface import Platform
from mlgate.runner import Around


def watch(stream: TextIO, platform: Platform) -> Around:
    """What to put around each check.

    Args:
        stream: Where progress goes; standard error, so that standard output is the report alone.
        platform: Where the run takes place; it may fold the log.
    """
    if stream.isatty():
        return _spinner(stream)

    @contextmanager
    def line(step: Step) -> Iterator[None]:
        with platform.group(f"mlgate: {step.check.name}", stream):
            print(f"running {step.check.name} ({step.check.type})", file=stream, flush=True)
            yield

    return line


def _spinner(stream: TextIO) -> Around:
    from rich.console import Console

    console = Console(file=stream)

    def spin(step: Step) -> AbstractContextManager[object]:
        return console.status(f"{step.check.name} …")

    return spin
