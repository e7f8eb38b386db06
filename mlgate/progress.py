"""What a person sees while checks run: a bar on a terminal, groups or lines in a log."""

from collections.abc import Iterator
from contextlib import contextmanager
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
        return _bar(stream)

    @contextmanager
    def line(step: Step, number: int, total: int) -> Iterator[None]:
        with platform.group(f"mlgate: {step.check.name}", stream):
            text = f"{number}/{total} {step.check.name} ({step.check.type})"
            print(text, file=stream, flush=True)
            yield

    return line


def _bar(stream: TextIO) -> Around:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(file=stream)

    @contextmanager
    def bar(step: Step, number: int, total: int) -> Iterator[None]:
        name = TextColumn("{task.description}", markup=False)
        columns = (BarColumn(20), MofNCompleteColumn(), name, TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            progress.add_task(step.check.name, total=total, completed=number - 1)
            yield

    return bar
