"""A pytest plugin that writes what happens to each test, as it happens.

One JSON object a line, in the file that `--mlgate-record` names, so that a crash of the interpreter
keeps what ran before it and tells which test was running. Needs nothing but pytest, 7 or newer.
`event` is one of

- `collected`: so many `tests` were found; missing under pytest-xdist
- `not_collected`: the file or folder `test` could not be read, or is to be skipped
- `started`: `test` begins
- `done`: `test` ended, with `outcome`, `seconds`, `message`, `file`, `line`, `traceback`, `markers`
- `finished`: the session came to its end
"""

import json
import traceback
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

LONGEST_NAME, LONGEST_MESSAGE = 1000, 2000
LONGEST_TRACEBACK = 8000
MARKERS = ("unit", "integration", "system", "acceptance", "regression", "load", "security")
"""Kinds of test that are told apart by their markers."""
WORST_FIRST = ("failed", "errored", "skipped", "passed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare where to write."""
    parser.addoption("--mlgate-record", metavar="FILE", help="where mlgate reads what happened")


def pytest_configure(config: pytest.Config) -> None:
    """Record, but only in the process that sees all tests: pytest-xdist has others beside it."""
    file = config.getoption("--mlgate-record")
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(file, config.rootpath), "mlgate-record")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, None]:
    """Leave on the report where the test's own file failed; runs beside the test."""
    report = (yield).get_result()
    report.mlgate_markers = [name for name in MARKERS if item.get_closest_marker(name)]
    report.mlgate_file = str(item.path)
    report.mlgate_line = (item.location[1] or 0) + 1
    if call.excinfo is not None:
        report.mlgate_message = call.excinfo.exconly(tryshort=True)[:LONGEST_MESSAGE]
        report.mlgate_line = line_within(item.path, call.excinfo.value) or report.mlgate_line


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, None]:
    """Leave on the report where a file failed to be read."""
    report = (yield).get_result()
    call = getattr(report, "call", None)
    if call is not None and call.excinfo is not None:
        error = call.excinfo.value
        cause = error.__cause__ or error
        report.mlgate_file = str(collector.path)
        report.mlgate_line = line_within(collector.path, cause) or 1
        report.mlgate_message = f"{type(cause).__name__}: {cause}"[:LONGEST_MESSAGE]


def line_within(path: Path, error: BaseException) -> int | None:
    """The innermost line of a file that an exception came through; None where it did not."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    lines = [
        line
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == str(path)
    ]
    return lines[-1] if lines else None


class Recorder:
    """Gathers the phases of each test into one line."""

    def __init__(self, file: str, root: Path) -> None:
        self.root = root
        self.record = Path(file).open(  # noqa: SIM115  # closed in pytest_unconfigure
            "a", encoding="utf-8", errors="replace"
        )
        self.running: dict[str, dict[str, Any]] = {}

    def write(self, event: str, **fields: Any) -> None:
        """Write one event, and let nothing of it wait in a buffer."""
        self.record.write(json.dumps({"event": event, **fields}, ensure_ascii=False) + "\n")
        self.record.flush()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """All tests are known."""
        self.write("collected", tests=len(session.items))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file or folder was read."""
        if report.passed:
            return
        self.write(
            "not_collected",
            test=report.nodeid[:LONGEST_NAME],
            outcome="skipped" if report.skipped else "errored",
            message=skip_reason(report) or getattr(report, "mlgate_message", "not collected"),
            file=getattr(report, "mlgate_file", None) or str(self.root / report.fspath),
            line=getattr(report, "mlgate_line", 1),
            traceback=text_of(report),
        )

    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        """A test begins."""
        self.running[nodeid] = {"outcome": None, "seconds": 0.0}
        file, line, _ = location
        self.write(
            "started", test=nodeid[:LONGEST_NAME], file=str(self.root / file), line=(line or 0) + 1
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A phase of a test ended: setup, call or teardown."""
        test = self.running.setdefault(report.nodeid, {"outcome": None, "seconds": 0.0})
        test["seconds"] += report.duration
        test["markers"] = getattr(report, "mlgate_markers", [])
        outcome, message = judge(report)
        ranks = [rank for rank, name in enumerate(WORST_FIRST) if name == test["outcome"]]
        if outcome is None or (ranks and WORST_FIRST.index(outcome) >= ranks[0]):
            return
        test.update(
            outcome=outcome,
            message=message,
            file=getattr(report, "mlgate_file", None),
            line=getattr(report, "mlgate_line", None),
            traceback=text_of(report) if report.failed else "",
        )

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A test ended."""
        self.write(
            "done", test=nodeid[:LONGEST_NAME], **self.running.pop(nodeid, {"outcome": None})
        )

    def pytest_sessionfinish(self) -> None:
        """Nothing more will come."""
        self.write("finished")

    def pytest_unconfigure(self) -> None:
        """Leave no open file, which some suites take for an error."""
        self.record.close()


def judge(report: pytest.TestReport) -> tuple[str | None, str]:
    """The outcome that a phase stands for, and its message; None where it decides nothing."""
    reason = getattr(report, "wasxfail", None)
    if report.skipped:
        if reason is not None:
            return "skipped", f"expected to fail: {reason}" if reason else "expected to fail"
        return "skipped", skip_reason(report)
    if report.failed:
        message = getattr(report, "mlgate_message", None) or text_of(report)[-LONGEST_MESSAGE:]
        return "failed" if report.when == "call" else "errored", message
    if report.passed and report.when == "call":
        return "passed", "passed although it was expected to fail" if reason is not None else ""
    return None, ""


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why a test was skipped; empty where it was not."""
    if not report.skipped:
        return ""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")[:LONGEST_MESSAGE]


def text_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The end of what pytest shows for a failure."""
    return str(report.longrepr or "")[-LONGEST_TRACEBACK:]
