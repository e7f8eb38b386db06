"""What is shown beside the code: one line for each problem that has a place there."""

from mlgate.platforms.interface import Annotation
from mlgate.reports.problems import GATE, problems
from mlgate.results import RunResult


def annotations(result: RunResult) -> list[Annotation]:
    """Failures, errors and what is undecided, the worst first: a platform may show only some."""
    return [
        Annotation(
            level="error" if problem.level == "error" else "warning",
            title="mlgate: the configuration is wrong"
            if problem.kind == GATE
            else f"mlgate: {problem.id}: {problem.word}",
            message=problem.message,
            file=problem.location.file,
            line=problem.location.line,
        )
        for problem in problems(result)
        if problem.location is not None
    ]
