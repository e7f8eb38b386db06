"""What is shown beside the code: one line for each finding that has a place there."""

import re
from collections.abc import Iterator
from typing import Final

from mlgate.platforms.interface import Annotation
from mlgate.reports import sentences
from mlgate.reports.comparisons import remark
from mlgate.reports.content import Content, arrange
from mlgate.reports.escape import Style, plain, visible
from mlgate.results import Outcome, RunResult

PATH: Final = 400
"""Characters of a path."""
STYLE: Final = Style(value=plain, sentence=plain)
_PROBLEM = re.compile(r"([^:\s]+):([1-9]\d{0,8}):\d+: (.+)", re.DOTALL)
"""How a problem in a configuration file names its place: file, line, column."""


def annotations(result: RunResult) -> list[Annotation]:
    """Failures, errors and what is undecided, the worst first: a platform may show only some."""
    content = arrange(result)
    found = _of_findings(content) if result.checks else _of_problems(content)
    return sorted(found, key=lambda annotation: annotation.level != "error")


def _of_findings(content: Content) -> Iterator[Annotation]:
    worst_first = (
        *content.regressed,
        *(f for f in content.goalposts if f.severity == "error"),
        *content.failing,
        *content.errored,
        *(f for f in content.goalposts if f.severity != "error"),
        *content.warnings,
        *content.undecided,
    )
    for finding in worst_first:
        if finding.location is None:
            continue
        warns = finding.severity == "warning"
        undecided = finding.outcome is Outcome.INCONCLUSIVE
        word = sentences.outcome_word(finding.outcome, warns=warns)
        yield Annotation(
            level="warning" if warns or undecided else "error",
            title=f"mlgate: {plain(finding.id, 120)}: {word}",
            message=remark(finding, STYLE) if undecided else plain(finding.message),
            file=visible(finding.location.file, PATH),
            line=finding.location.line,
        )


def _of_problems(content: Content) -> Iterator[Annotation]:
    """Problems of a configuration that stopped the run."""
    for reason in content.verdict.reasons:
        problem = _PROBLEM.fullmatch(reason)
        if problem:
            yield Annotation(
                level="error",
                title="mlgate: the configuration is wrong",
                message=plain(problem[3]),
                file=visible(problem[1], PATH),
                line=int(problem[2]),
            )
