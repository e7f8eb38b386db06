"""What a session of pytest is worth: only one that went as it should can be green."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mlgate.checks.pytest import Pytest
from mlgate.results import Finding, Location, Outcome, combined
from mlgate.sandbox.pytest_session import Event, Session

ROOT = Path("/copy")


def done(name: str, outcome: Any = "passed", **fields: Any) -> Event:
    return Event(event="done", test=f"tests/test_a.py::{name}", outcome=outcome, **fields)


def session(*events: Event, **fields: Any) -> Session:
    """A session that went as it should, but for `fields`."""
    usual: dict[str, Any] = {
        "root": ROOT,
        "running": (),
        "collected": len(events),
        "finished": True,
        "readable": True,
        "in_time": True,
        "status": 0,
        "output": "",
    }
    return Session(done=events, **(usual | fields))


def outcome_of(seen: Session) -> Outcome | None:
    return combined(Pytest().findings(seen))


def about_session(seen: Session) -> Finding:
    [finding] = [item for item in Pytest().findings(seen) if item.subject == "session"]
    return finding


def test_a_session_in_which_every_test_passed_is_green() -> None:
    assert outcome_of(session(done("test_1"), done("test_2"))) is Outcome.PASSED


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"finished": False}, "left before its session was over (exit status 0)"),
        ({"finished": False, "status": -11}, "crashed (SIGSEGV)"),
        ({"in_time": False, "finished": False, "status": -9}, "longer than 600 seconds"),
        ({"readable": False}, "cannot be relied on"),
        ({"status": 1}, "pytest failed, although no test did"),
        ({"status": 3}, "exit status 3"),
        ({"collected": 5}, "4 of 5 tests did not end"),
    ],
)
def test_passed_tests_do_not_make_a_broken_session_green(
    fields: dict[str, Any], words: str
) -> None:
    seen = session(done("test_1"), **fields)
    assert outcome_of(seen) in {Outcome.FAILED, Outcome.ERRORED}
    assert words in about_session(seen).message


@pytest.mark.parametrize("status", [0, 5])
def test_a_session_without_tests_fails(status: int) -> None:
    seen = session(status=status)
    assert outcome_of(seen) is Outcome.FAILED
    assert "no test was collected in tests" in about_session(seen).message


def test_skipped_tests_alone_are_skipped() -> None:
    assert outcome_of(session(done("test_1", "skipped", message="no GPU"))) is Outcome.SKIPPED


def test_a_test_without_an_outcome_is_not_green() -> None:
    assert outcome_of(session(done("test_1", None))) is Outcome.ERRORED


def test_the_worst_of_two_reports_of_a_test_counts() -> None:
    seen = session(done("test_1"), done("test_1", "failed"), done("test_1"))
    [finding] = Pytest().findings(seen)
    assert finding.outcome is Outcome.FAILED


def test_a_running_test_is_named_when_the_process_ends() -> None:
    running = Event(event="started", test="tests/test_a.py::test_2", file="/copy/tests/test_a.py")
    seen = session(done("test_1"), running=(running,), finished=False, status=-11, collected=3)
    [finding] = [item for item in Pytest().findings(seen) if "test_2" in item.subject]
    assert finding.outcome is Outcome.ERRORED
    assert "this test was running when" in finding.message
    assert "SIGSEGV" in finding.message
    assert "2 of 3 tests did not end" in about_session(seen).message


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("ERROR: file not found: testz\n\n===== no tests ran =====", "file not found: testz"),
        ("usage:\npytest: error: unrecognized arguments: --cov\n rootdir: /x", "arguments: --cov"),
        ("python: No module named pytest", "No module named pytest"),
        ("", "exit status 4"),
    ],
)
def test_the_telling_line_of_the_output_is_shown(output: str, words: str) -> None:
    assert words in about_session(session(status=4, output=output)).message


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("/copy/tests/code/test_a.py", "code"),
        ("/copy/tests/data/deep/test_a.py", "data"),
        ("/copy/services/churn/tests/models/test_a.py", "model"),
        ("/copy/tests/test_a.py", None),
        ("/copy/src/models/test_a.py", None),
    ],
)
def test_tests_are_told_apart_by_their_folder(file: str, kind: str | None) -> None:
    [finding] = Pytest().findings(session(done("test_1", file=file, line=3)))
    assert finding.details["kind"] == kind
    assert finding.location == Location(file=file.removeprefix("/copy/"), line=3)


@pytest.mark.parametrize("file", [None, "/etc/passwd", "/copy/../etc/passwd", "relative.py"])
def test_a_file_outside_of_the_repository_is_no_location(file: str | None) -> None:
    [finding] = Pytest().findings(session(done("test_1", file=file)))
    assert finding.location is None


def test_the_id_of_a_finding_is_that_of_the_test() -> None:
    [finding] = Pytest(id="suite").findings(session(done("test_1[a/b]")))
    assert finding.id == "suite/tests/test_a.py::test_1[a/b]"


def test_text_of_a_test_is_one_line_of_bounded_length() -> None:
    events = [done("test_1" + "x" * 9000, "failed", message="a\nb\x1b[0m" + "y" * 9000)]
    [finding] = Pytest().findings(session(*events))
    assert len(finding.subject) < 600
    assert len(finding.message) < 600
    assert (finding.message + finding.subject).isprintable()


@pytest.mark.parametrize("paths", [[], [""], ["-x"], ["tests", "--collect-only"]])
def test_paths_are_paths(paths: list[str]) -> None:
    with pytest.raises(ValidationError):
        Pytest.model_validate({"paths": paths})


def test_the_model_is_a_reference() -> None:
    assert Pytest(model="churn").references().models == ("churn",)
    assert Pytest().references().models == ()
