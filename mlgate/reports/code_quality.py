"""GitLab's code quality report, for `artifacts:reports:codequality`: a subset of Code Climate's."""

import json
from typing import Final

from mlgate.reports.problems import problems
from mlgate.results import RunResult

SEVERITIES: Final = {"error": "critical", "warning": "minor", "undecided": "info"}


def render(result: RunResult) -> str:
    """The report, a JSON document."""
    entries = [
        {
            "description": f"{problem.id}: {problem.word}. {problem.message}",
            "check_name": f"mlgate/{problem.kind}",
            "fingerprint": problem.fingerprint,
            "severity": SEVERITIES[problem.level],
            "location": {
                "path": problem.place.file,
                "lines": {"begin": max(1, problem.place.line)},
            },
        }
        for problem in problems(result)
    ]
    return json.dumps(entries, indent=2) + "\n"
