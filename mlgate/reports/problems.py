"""What is wrong, each with its place: what other tools list, and show beside the code."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from mlgate.reports.comparisons import remark
from mlgate.reports.content import (
    Content,
    Seen,
    arrange,
    is_comparison,
    lacks_baseline,
    other_reasons,
)
from mlgate.reports.escape import Style, plain, spaced, visible
from mlgate.reports.sentences import outcome_word
from mlgate.results import Finding, Location, Outcome, RunResult

Level = Literal["error", "warning", "undecided"]
LEVELS: Final[tuple[Level, ...]] = ("error", "warning", "undecided")
"""The worst first."""
WRONG: Final = frozenset({Outcome.FAILED, Outcome.ERRORED, Outcome.INCONCLUSIVE})
GATE: Final = "gate"
"""Kind of what belongs to no check: a wrong configuration, a run that checked nothing."""
CONFIGURATION: Final = "mlgate.yml"
"""Where a format that needs a place shows what has none."""
PATH: Final = 400
"""Characters of a path."""
NAME: Final = 120
"""Characters of a finding's id."""
STYLE: Final = Style(value=plain, sentence=plain, passage=spaced)
_IN_CONFIGURATION = re.compile(r"([^:\s]+):([1-9]\d{0,8}):\d+: (.+)", re.DOTALL)
"""How a problem in a configuration file names its place: file, line, column."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that failed, could not run or is undecided. Its texts are harmless lines."""

    kind: str
    """Type of the check, or `gate`."""
    level: Level
    """`error` is what makes the gate fail; `undecided` has a severity of its own nowhere."""
    id: str
    word: str
    """How it ended: `failed`, `warning`, `undecided`, `could not run`, `skipped`."""
    message: str
    location: Location | None
    """None where neither the finding nor its check has a place."""

    @property
    def place(self) -> Location:
        """The location, or the first line of the configuration."""
        return self.location or Location(file=CONFIGURATION)

    @property
    def fingerprint(self) -> str:
        """The same for the same finding of another run: 64 hexadecimal digits."""
        return hashlib.sha256(f"{self.kind}\0{self.id}".encode()).hexdigest()


def problems(result: RunResult) -> list[Problem]:
    """The worst first; never empty for a result that did not pass.

    Raises:
        ValueError: The result was not judged.
    """
    content = arrange(result)
    reasons = blocking_reasons(content)
    wrong = [
        (finding, seen)
        for seen in content.checks
        for finding in seen.findings
        if finding.outcome in WRONG or blocks(finding, seen, reasons)
    ]
    wrong.sort(key=lambda pair: not is_comparison(pair[0]))
    found = [_of_finding(finding, seen, reasons) for finding, seen in wrong]
    found += _of_the_gate(content)
    return sorted(found, key=lambda problem: LEVELS.index(problem.level))


def blocking_reasons(content: Content) -> frozenset[str]:
    """Why the gate fails: severity and policy had their say in these sentences."""
    return frozenset(content.verdict.reasons if content.verdict.outcome != "passed" else ())


def blocks(finding: Finding, seen: Seen, reasons: frozenset[str]) -> bool:
    """Whether a finding is one of the reasons why the gate fails."""
    if finding.outcome in WRONG or lacks_baseline(finding):
        return finding.message in reasons or f"{seen.check.id}: {finding.message}" in reasons
    return False


def _of_finding(finding: Finding, seen: Seen, reasons: frozenset[str]) -> Problem:
    undecided = finding.outcome is Outcome.INCONCLUSIVE
    level: Level = "undecided" if undecided else "warning"
    place = finding.location
    return Problem(
        kind=visible(seen.check.type),
        level="error" if blocks(finding, seen, reasons) else level,
        id=plain(finding.id, NAME),
        word=outcome_word(finding.outcome, warns=finding.severity == "warning"),
        message=remark(finding, STYLE) if undecided else plain(finding.message),
        location=place and Location(file=visible(place.file, PATH), line=place.line),
    )


def _of_the_gate(content: Content) -> Iterator[Problem]:
    """What no finding tells: a wrong configuration, a policy, a run that checked nothing."""
    verdict = content.verdict
    reasons = other_reasons(content)
    if verdict.outcome == "nothing_checked":
        reasons = ["nothing was checked", *verdict.reasons]
    elsewhere = []
    for reason in reasons:
        place = _IN_CONFIGURATION.fullmatch(reason)
        if place is None:
            elsewhere.append(reason)
            continue
        yield Problem(
            kind=GATE,
            level="error",
            id="configuration",
            word="wrong",
            message=plain(place[3]),
            location=Location(file=visible(place[1], PATH), line=int(place[2])),
        )
    if elsewhere:
        yield Problem(
            kind=GATE,
            level="error",
            id="verdict",
            word=verdict.outcome.replace("_", " "),
            message=plain("; ".join(elsewhere)),
            location=None,
        )
