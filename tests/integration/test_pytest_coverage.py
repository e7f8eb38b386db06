"""Coverage that the repository's own tests measure, with the real pytest-cov."""

import textwrap
from pathlib import Path
from typing import Any

import pytest

from mlgate.checks.interface import Measurement
from mlgate.checks.pytest import Pytest
from mlgate.reports.sentences import check_facts
from mlgate.results import CheckResult, Finding, Outcome
from mlgate.runner import judge
from tests.support import make_inputs

CODE = """\
def absolute(number):
    if number < 0:
        return -number
    return number
"""
TEST = "import own\n\n\ndef test_it():\n    assert own.absolute(3) == 3\n"
STALE = '{"totals": {"covered_lines": 99, "num_statements": 100}}'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two of four lines more than the definition, one of two branches."""
    root = tmp_path / "repository"
    (root / "tests").mkdir(parents=True)
    (root / "own.py").write_text(CODE)
    (root / "tests" / "test_own.py").write_text(TEST)
    (root / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    return root


def check(root: Path, **parameters: Any) -> tuple[Measurement, Finding | None]:
    with make_inputs(root) as inputs:
        seen = Pytest.model_validate(parameters).run(inputs)
    found = [item for item in seen.findings if item.subject == "coverage"]
    assert any(item.subject.endswith("::test_it") for item in seen.findings)
    return seen, found[0] if found else None


@pytest.mark.parametrize(
    ("report", "source"),
    [
        (["--cov-report=json"], "coverage.json"),
        (["--cov-report=xml"], "coverage.xml"),
        (["--cov-report="], ".coverage"),
    ],
)
def test_it_is_read_however_the_tests_report_it(root: Path, report: list[str], source: str) -> None:
    seen, found = check(root, args=["--cov=own", "--cov-branch", *report], min_coverage=0.75)
    assert found is not None
    assert found.outcome is Outcome.PASSED, found.message
    assert found.observed == 0.75
    assert found.message == (
        "the tests run 75 % of 4 lines and 50 % of 2 branches; "
        "at least 75 % of the lines are wanted"
    )
    assert found.details["source"] == source
    assert found.details["branch_rate"] == 0.5
    assert seen.rows == 1  # coverage is no test


def test_too_little_fails(root: Path) -> None:
    _, found = check(root, args=["--cov=own", "--cov-report=json"], min_coverage=0.76)
    assert found is not None
    assert found.outcome is Outcome.FAILED
    assert found.expected == ">= 0.76"


def test_without_a_limit_it_is_only_shown(root: Path) -> None:
    seen, found = check(root, args=["--cov=own", "--cov-report=json"])
    assert found is not None
    assert (found.outcome, found.observed) == (Outcome.PASSED, 0.75)
    result = CheckResult(
        id="pytest",
        type="pytest",
        severity="error",
        outcome=Outcome.PASSED,
        reason=None,
        rows=seen.rows,
        seconds=0,
        findings=tuple(seen.findings),
    )
    facts = check_facts(result, str)
    assert "coverage 75.0 % of lines" in facts
    assert "row" not in facts  # tests are none


def test_a_report_that_was_there_before_does_not_count(root: Path) -> None:
    for name in ("coverage.json", "coverage.xml", ".coverage"):
        (root / name).write_text(STALE)
    assert check(root)[1] is None
    seen, found = check(root, min_coverage=0.5)
    assert found is not None
    assert found.outcome is Outcome.ERRORED
    assert found.message.startswith("the tests wrote no report of coverage")
    assert judge(seen)[0] is Outcome.ERRORED


def test_a_report_has_another_name_where_the_check_says_so(root: Path) -> None:
    args = ["--cov=own", "--cov-report=xml:reports/mine.xml"]
    _, found = check(root, args=args, coverage="reports/mine.xml")
    assert found is not None
    assert (found.outcome, found.details["source"]) == (Outcome.PASSED, "reports/mine.xml")
    _, found = check(root, args=args, coverage="reports/other.xml")
    assert found is not None
    assert found.outcome is Outcome.ERRORED


def test_a_report_that_cannot_be_read_is_never_green_where_it_is_wanted(root: Path) -> None:
    writes = """\
        from pathlib import Path

        def test_it():
            Path("coverage.xml").write_text("<!DOCTYPE c [<!ENTITY a 'b'>]><c>&a;</c>")
    """
    (root / "tests" / "test_own.py").write_text(textwrap.dedent(writes))
    _, found = check(root, min_coverage=0.5)
    assert found is not None
    assert found.outcome is Outcome.ERRORED
    assert "coverage.xml cannot be read: it declares an entity" in found.message
    seen, found = check(root)
    assert found is not None
    assert found.outcome is Outcome.SKIPPED
    assert judge(seen)[0] is Outcome.PASSED


def test_a_database_that_is_none_is_told(root: Path) -> None:
    writes = """\
        from pathlib import Path

        def test_it():
            Path(".coverage").write_text("nonsense")
    """
    (root / "tests" / "test_own.py").write_text(textwrap.dedent(writes))
    _, found = check(root, min_coverage=0.5)
    assert found is not None
    assert found.outcome is Outcome.ERRORED
    assert ".coverage cannot be read: coverage.py could not report on it" in found.message
