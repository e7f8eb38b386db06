"""The `pytest` check: the repository's own tests, each of them a finding."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue

from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.checks.wording import percent
from mlgate.config.direction import HIGHER, MORE, NEITHER
from mlgate.config.model import References
from mlgate.privacy import foreign
from mlgate.results import Finding, Location, Outcome
from mlgate.sandbox.coverage_report import REPORTS, Coverage
from mlgate.sandbox.ending import name_ending
from mlgate.sandbox.pytest_session import Event, Session, run_pytest
from mlgate.sandbox.text import one_line

KINDS = {"code": "code", "data": "data", "models": "model"}
"""What the tests below `tests/<folder>` are about, by folder."""

FAILURES, NOTHING_COLLECTED = 1, 5
"""Exit statuses of pytest: tests failed, or there were none."""

WORST_FIRST = (Outcome.FAILED, Outcome.ERRORED, Outcome.SKIPPED, Outcome.PASSED)

ROUNDING = 1e-12
"""By which a share of lines may miss a limit of as many decimals."""
NOT_MEASURED = (
    "the tests wrote no report of coverage; usual cause: they do not measure it; to fix it: add "
    "pytest-cov to their environment and `--cov` to `args`"
)

TestPath = Annotated[str, Field(pattern=r"^[^-]")]


class Pytest(Check):
    """The repository's own tests: what pytest finds in some folders, each test a finding.

    Details of a test: `kind` (`code`, `data` or `model`, by the folder below `tests`), `markers`
    (`unit`, `integration`, `system`, `acceptance`, `regression`, `load`, `security`, where it has
    some), `seconds` and, for a failure, `traceback`. Where the session itself went wrong, a finding
    named `session` tells how, with the end of the `output` in its details.

    Where the tests write a report of coverage while they run, a finding named `coverage` has the
    share of the lines; its details are `source`, `lines`, `covered_lines` and, where branches are
    measured, `branches`, `covered_branches` and `branch_rate`.
    """

    compares: ClassVar[bool] = False

    type: Literal["pytest"] = "pytest"
    paths: Annotated[tuple[TestPath, ...], MORE] = Field(default=("tests",), min_length=1)
    """Files, folders or test ids, relative to mlgate.yml."""
    model: str | None = None
    """Model whose environment the tests run in. Default: mlgate's own environment."""
    args: tuple[str, ...] = ()
    """Further options for pytest, such as `-k` and its expression."""
    timeout: Annotated[float, NEITHER] = Field(default=600, gt=0)
    """Seconds that all tests together may take."""
    min_coverage: Annotated[float | None, HIGHER] = Field(default=None, gt=0, le=1)
    """Least share of the lines that the tests must run: 0.8 is 80 %. The tests must measure it, as
    with `args: [--cov=src]`."""
    coverage: TestPath | None = None
    """Report of coverage that the tests write, relative to mlgate.yml: coverage.py's JSON or
    database, or Cobertura's XML. Default: `coverage.json`, `coverage.xml` or `.coverage`, whichever
    they write."""

    def references(self) -> References:
        """The model, if any."""
        return References(models=(self.model,) if self.model else ())

    def run(self, inputs: Inputs) -> Measurement:
        """Run the tests. Those that ran before a crash keep their outcomes."""
        session = run_pytest(
            python=inputs.environment(self.model),
            root=inputs.head.root,
            directory=inputs.directory,
            arguments=[*self.args, *self.paths],
            seconds=self.timeout,
            reports=REPORTS if self.coverage is None else (self.coverage,),
        )
        ran = sum(event.event == "done" and event.outcome != "skipped" for event in session.done)
        return Measurement(rows=ran, findings=self.findings(session))

    def findings(self, session: Session) -> list[Finding]:
        """What a session tells: of each test the worst that happened, and of the session itself."""
        worst: dict[str, Finding] = {}
        for finding in (*self._ended(session), *self._cut_off(session)):
            worst[finding.id] = min(worst.get(finding.id, finding), finding, key=_rank)
        findings = list(worst.values())
        about = self._about_session(session, findings)
        return [*findings, *about, *self._coverage(session.coverage)]

    def _coverage(self, seen: Coverage | str | None) -> Iterator[Finding]:
        """The finding about coverage; none where it was neither measured nor asked for."""
        wanted = self.min_coverage is not None or self.coverage is not None
        expected = None if self.min_coverage is None else f">= {self.min_coverage:g}"
        if isinstance(seen, Coverage):
            short = self.min_coverage is not None and seen.line_rate < self.min_coverage - ROUNDING
            yield Finding(
                id=self.finding_id("coverage"),
                outcome=Outcome.FAILED if short else Outcome.PASSED,
                subject="coverage",
                message=_sentence(seen, self.min_coverage),
                observed=seen.line_rate,
                expected=expected,
                details=_details(seen),
            )
        elif wanted or seen is not None:
            yield Finding(
                id=self.finding_id("coverage"),
                outcome=Outcome.ERRORED if wanted else Outcome.SKIPPED,
                subject="coverage",
                message=seen or NOT_MEASURED,
                expected=expected,
            )

    def _ended(self, session: Session) -> Iterator[Finding]:
        """A finding for each test that ended, and for each file that could not be collected."""
        for event in session.done:
            message = foreign(one_line(event.message))
            match event.outcome:
                case "passed":
                    text = f"passed in {event.seconds:.2f} s" + (f": {message}" if message else "")
                case "skipped":
                    text = f"skipped: {message or 'no reason given'}"
                case "failed":
                    text = f"failed: {message}"
                case "errored" if event.event == "not_collected":
                    text = f"could not be collected: {message}"
                case "errored":
                    text = f"could not run, for a fixture or the process failed: {message}"
                case None:
                    text = "ended without an outcome"
            outcome = Outcome(event.outcome or "errored")
            yield self._finding(event, session, outcome=outcome, message=text)

    def _cut_off(self, session: Session) -> Iterator[Finding]:
        """A finding for each test that was running when the process ended."""
        for event in session.running:
            message = f"this test was running when {_end_of(session, self.timeout)}"
            yield self._finding(event, session, outcome=Outcome.ERRORED, message=message)

    def _about_session(self, session: Session, findings: list[Finding]) -> Iterator[Finding]:
        """A finding for what concerns no single test; none where all went as it should."""
        bad = any(item.outcome in {Outcome.FAILED, Outcome.ERRORED} for item in findings)
        missing = (session.collected or 0) - sum(event.event == "done" for event in session.done)
        lost = f"{missing} of {session.collected} tests did not end" if missing > 0 else ""
        outcome = Outcome.ERRORED
        if not session.in_time or not session.finished:
            message = "; ".join(filter(None, [_end_of(session, self.timeout), lost]))
        elif not session.readable:
            message = "something wrote into the record of the tests: it cannot be relied on"
        elif bad:
            return  # the findings say it
        elif session.status in {0, NOTHING_COLLECTED} and not findings:
            outcome = Outcome.FAILED
            where = ", ".join(map(one_line, self.paths))
            message = f"no test was collected in {where}: check `paths` and `args`"
        elif session.status == FAILURES:
            outcome = Outcome.FAILED
            message = f"pytest failed, although no test did{_complaint(session)}"
        elif session.status not in {0, NOTHING_COLLECTED}:
            message = f"pytest ended with exit status {session.status}{_complaint(session)}"
        elif lost:
            message = lost
        else:
            return
        yield Finding(
            id=self.finding_id("session"),
            outcome=outcome,
            subject="session",
            message=message,
            details={"output": session.output[-8000:]},
        )

    def _finding(
        self, event: Event, session: Session, *, outcome: Outcome, message: str
    ) -> Finding:
        test = one_line(event.test)
        file = _within(event.file, session.root)
        details: dict[str, JsonValue] = {"kind": _kind(file), "seconds": round(event.seconds, 3)}
        if event.markers:
            details["markers"] = list(event.markers)
        if event.traceback and outcome is not Outcome.SKIPPED:
            details["traceback"] = event.traceback[-8000:]
        return Finding(
            id=self.finding_id(test),
            outcome=outcome,
            subject=test,
            message=message,
            location=Location(file=file, line=max(1, event.line or 1)) if file else None,
            details=details,
        )


def _sentence(seen: Coverage, least: float | None) -> str:
    """Such as "the tests run 83.1 % of 1,204 lines; at least 80 % are wanted"."""
    text = f"the tests run {percent(seen.line_rate)} of {seen.lines:,} lines"
    if seen.branch_rate is not None:
        text += f" and {percent(seen.branch_rate)} of {seen.branches:,} branches"
    return text if least is None else f"{text}; at least {percent(least)} of the lines are wanted"


def _details(seen: Coverage) -> dict[str, JsonValue]:
    details: dict[str, JsonValue] = {
        "source": seen.source,
        "lines": seen.lines,
        "covered_lines": seen.covered_lines,
    }
    if seen.branch_rate is not None:
        details["branches"] = seen.branches
        details["covered_branches"] = seen.covered_branches
        details["branch_rate"] = seen.branch_rate
    return details


def _end_of(session: Session, limit: float) -> str:
    """How a session that did not come to its end ended."""
    if not session.in_time:
        return f"the tests were stopped: they took longer than {limit:g} seconds (`timeout`)"
    if session.status < 0:
        return f"the process of the tests {name_ending(session.status).what}"
    why = _complaint(session) if session.status else ", as os._exit in a test does"
    return f"pytest left before its session was over (exit status {session.status}){why}"


def _complaint(session: Session) -> str:
    """The line of the output that most likely tells what is wrong."""
    lines = [line for line in session.output.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"(?i:error): |\bFAIL\b", line)]
    return f": {foreign(one_line((telling or lines)[-1], 300))}" if lines else ""


def _within(file: str | None, root: Path) -> str | None:
    """A file's path from the repository's root; None where it lies elsewhere."""
    path = Path(file or "/")
    if not path.is_relative_to(root) or ".." in path.parts:
        return None
    return path.relative_to(root).as_posix()


def _kind(file: str | None) -> str | None:
    parts = Path(file or "").parts
    kinds = (KINDS.get(below) for above, below in pairwise(parts) if above == "tests")
    return next(filter(None, kinds), None)


def _rank(finding: Finding) -> int:
    return WORST_FIRST.index(finding.outcome)
