"""A session of the repository's own tests, isolated, and what came of it."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from mlgate.errors import CannotIsolate
from mlgate.privacy import foreign
from mlgate.sandbox import coverage_report
from mlgate.sandbox.coverage_report import REPORTS, Coverage, NotReadable
from mlgate.sandbox.ending import Output, stop, wait
from mlgate.sandbox.isolation import Isolation, git_folder, isolate, key_files
from mlgate.sandbox.text import last_line, one_line

RECORDER = Path(__file__).with_name("pytest_recorder.py")
PLUGIN = "mlgate_recorder"
"""Name that the recorder is imported by, which no file of a repository should have."""

LEFT_OUT = frozenset({".git", ".mlgate", "__pycache__", "node_modules"})
MARKERS = ("CACHEDIR.TAG", "pyvenv.cfg")
"""Files that mark a folder as a cache or an environment, which can be made again."""

LONGEST_LINE = 1 << 17
MOST_EVENTS = 200_000
CONVERSION = 120
"""Seconds that coverage.py may take to report on its database."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of the recorder's file; `mlgate.sandbox.pytest_recorder` documents the events."""

    event: Literal["collected", "not_collected", "started", "done", "finished"]
    test: str = ""
    tests: int = 0
    outcome: Literal["passed", "failed", "skipped", "errored"] | None = None
    seconds: float = 0.0
    message: str = ""
    file: str | None = None
    line: int | None = None
    traceback: str = ""
    markers: tuple[
        Literal["unit", "integration", "system", "acceptance", "regression", "load", "security"],
        ...,
    ] = ()


@dataclass(frozen=True, kw_only=True)
class Session:
    """What came of a session."""

    root: Path
    """Copy of the work tree that the tests ran in; gone by now."""
    done: tuple[Event, ...]
    """Tests that ended, and files that could not be collected, in the order of their ends."""
    running: tuple[Event, ...]
    """Tests that had started and never ended."""
    collected: int | None
    """Tests that were to run; None where that is not known."""
    finished: bool
    """Whether pytest came to the end of its session."""
    readable: bool
    """Whether the whole record could be read."""
    in_time: bool
    status: int
    """Exit status, as in `Popen.returncode`."""
    output: str
    """The end of what was printed."""
    coverage: Coverage | str | None = None
    """What the tests wrote of their coverage while they ran; a text says why it cannot be read."""


@dataclass(kw_only=True)
class _Record:
    """Events, sorted out."""

    done: list[Event] = field(default_factory=list)
    running: dict[str, Event] = field(default_factory=dict)
    collected: int | None = None
    finished: bool = False
    readable: bool = True


def run_pytest(
    *,
    python: Sequence[str],
    root: Path,
    directory: str,
    arguments: Sequence[str],
    seconds: float,
    reports: Sequence[str] = REPORTS,
) -> Session:
    """Run pytest in a copy of a work tree.

    The copy is the tests' own: they may write where they like, whoever owns the work tree, and what
    they write cannot change what other checks read. It has no `.git`, where a checkout leaves its
    token, and no caches: so pytest cannot take up where an earlier session failed.

    Args:
        python: Command that starts the Python of the tests' environment.
        root: Root of the repository's files.
        directory: Where to run, relative to `root`.
        arguments: Options and paths for pytest.
        seconds: Time for the whole session.
        reports: Reports of coverage, relative to `directory`: the first that the tests write is
            read. What is there before they run does not count.

    Raises:
        CannotIsolate: The work tree cannot be copied, or no process can be started.
    """
    with ExitStack() as stack:
        # pytest loads mlgate's plugin, where mlgate is installed.
        own = ["mlgate"] if list(python) == [sys.executable] else []
        isolation = isolate(python, packages=["pytest", *own])
        stack.callback(isolation.close)
        tree = isolation.folder / "tree"
        _copy(root, tree)
        isolation.give(tree)
        plugin = isolation.script(RECORDER, to=f"plugins/{PLUGIN}.py")
        record = isolation.scratch / "record.jsonl"
        place = _Place(isolation=isolation, tree=tree, cwd=tree / directory, git=git_folder(root))
        before = coverage_report.stamps(place.cwd, reports)
        options = ["-p", PLUGIN, f"--mlgate-record={record}", "--color=no"]
        ran = place.run(
            [*python, "-m", "pytest", *options, "--continue-on-collection-errors", *arguments],
            seconds,
            {"PYTHONPATH": str(plugin.parent)},
        )
        seen = _read(record)
        return Session(
            root=tree.resolve(),
            done=tuple(seen.done),
            running=tuple(seen.running.values()),
            collected=seen.collected,
            finished=seen.finished,
            readable=seen.readable,
            in_time=ran.in_time,
            status=ran.status,
            output=ran.output,
            coverage=_coverage(place, python, coverage_report.written(place.cwd, before)),
        )


@dataclass(frozen=True, kw_only=True)
class _Ran:
    """How a process ended."""

    in_time: bool
    status: int
    output: str


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where the tests run."""

    isolation: Isolation
    tree: Path
    cwd: Path
    git: Path | None

    def run(
        self, command: Sequence[str], seconds: float, variables: Mapping[str, str] | None = None
    ) -> _Ran:
        """Run a command in the copy of the work tree, and leave no process of it."""
        process = self.isolation.start(
            command,
            cwd=self.cwd,
            writable=[self.tree],
            hidden=self.git,
            variables={"PYTHONDONTWRITEBYTECODE": "1", **(variables or {})},
            apart=False,
        )
        output = Output(process)
        try:
            in_time = wait(process, output, seconds)
        finally:
            stop(process)
            output.close()
        return _Ran(in_time=in_time, status=process.returncode, output=output.text)


def _coverage(place: _Place, python: Sequence[str], name: str | None) -> Coverage | str | None:
    """What a report says that the tests wrote, or why it cannot be read."""
    try:
        return None if name is None else _read_coverage(place, python, name)
    except (CannotIsolate, NotReadable) as error:
        return f"{name} cannot be read: {error}"


def _read_coverage(place: _Place, python: Sequence[str], name: str) -> Coverage:
    file = place.cwd / name
    if file.suffix in {".json", ".xml"}:
        return coverage_report.read(file, name)
    made = place.isolation.scratch / "coverage.json"  # a database is read by coverage.py itself
    command = ["coverage", "json", "--quiet", f"--data-file={name}", "-o", str(made)]
    ran = place.run([*python, "-m", *command], CONVERSION)
    if not made.exists():
        why = foreign(last_line(ran.output)) if ran.in_time else "it took too long"
        raise NotReadable(f"coverage.py could not report on it: {why}")
    return coverage_report.read(made, name)


def _copy(root: Path, to: Path) -> None:
    """Copy a work tree without what the tests must not have or can make again."""
    secret = {*key_files(os.environ)}

    def left_out(folder: str, names: list[str]) -> set[str]:
        paths = {name: Path(folder, name) for name in names}
        return {
            name
            for name, path in paths.items()
            if _is_left_out(path, to.parent) or (secret and path.resolve() in secret)
        }

    try:
        shutil.copytree(root, to, symlinks=True, ignore=left_out)
    except (OSError, shutil.Error) as error:
        problems = error.args[0] if isinstance(error, shutil.Error) else [error]
        raise CannotIsolate(
            f"the work tree cannot be copied for its tests: {one_line(problems[0])}",
            cause="the disk is full, or a file of the work tree cannot be read",
            remedy="make room where TMPDIR points, or the file readable for mlgate",
        ) from error


def _is_left_out(path: Path, private: Path) -> bool:
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        made = any(os.path.lexists(path / marker) for marker in MARKERS)
        return made or path.name in LEFT_OUT or path == private
    return path.name in LEFT_OUT or not (stat.S_ISREG(mode) or stat.S_ISLNK(mode))


def _read(file: Path) -> _Record:
    """Read the record as far as it goes. A test may write to it, so nothing of it is trusted."""
    record = _Record()
    for line in _lines(file):
        try:
            event = _EVENT.validate_json(line)
        except ValidationError:
            record.readable = False
            continue
        match event.event:
            case "collected":
                record.collected = event.tests
            case "started":
                record.running[event.test] = event
            case "done" | "not_collected":
                start = record.running.pop(event.test, event)
                place = event if event.file else start
                record.done.append(replace(event, file=place.file, line=place.line))
            case "finished":
                record.finished = True
    return record


_EVENT = TypeAdapter(Event)


def _lines(file: Path) -> Iterator[bytes]:
    try:
        record = open(file, "rb", opener=_open)  # noqa: SIM115  # pathlib has no opener
    except FileNotFoundError:  # pytest ended before it began
        return
    except OSError:
        yield b"(not a record)"
        return
    with record:
        for _ in range(MOST_EVENTS if stat.S_ISREG(os.fstat(record.fileno()).st_mode) else 0):
            line = record.readline(LONGEST_LINE)
            if not line:
                return
            yield line
    yield b"(not a record)"


def _open(path: str, flags: int) -> int:
    """Open no link to a file that only mlgate may read, and wait at no pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
