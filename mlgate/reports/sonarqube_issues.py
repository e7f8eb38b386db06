"""SonarQube's generic issue format (10.3 and later), for `sonar.externalIssuesReportPaths`."""

import json
from typing import Final

from pydantic import JsonValue

from mlgate.reports.problems import LEVELS, Problem, problems
from mlgate.results import RunResult

SEVERITIES: Final = {"error": "HIGH", "warning": "MEDIUM", "undecided": "LOW"}
_SECURITY: Final = "artifact-safety"


def render(result: RunResult) -> str:
    """The report, a JSON document."""
    found = problems(result)
    rules = sorted({(p.kind, LEVELS.index(p.level)) for p in found})
    report: JsonValue = {
        "rules": [_rule(kind, LEVELS[level]) for kind, level in rules],
        "issues": [_issue(problem) for problem in found],
    }
    return json.dumps(report, indent=2) + "\n"


def _id(kind: str, level: str) -> str:
    """A rule has one severity, so that each type of checks has a rule for each level."""
    return kind if level == "error" else f"{kind}-{level}"


def _rule(kind: str, level: str) -> JsonValue:
    quality = "SECURITY" if kind == _SECURITY else "RELIABILITY"
    return {
        "id": _id(kind, level),
        "name": f"mlgate: {kind}" if level == "error" else f"mlgate: {kind} ({level})",
        "description": f"What the check {kind} of mlgate.yml found.",
        "engineId": "mlgate",
        "cleanCodeAttribute": "TRUSTWORTHY" if kind == _SECURITY else "TESTED",
        "impacts": [{"softwareQuality": quality, "severity": SEVERITIES[level]}],
    }


def _issue(problem: Problem) -> JsonValue:
    place = problem.place
    return {
        "ruleId": _id(problem.kind, problem.level),
        "primaryLocation": {
            "message": f"{problem.id}: {problem.message}",
            "filePath": place.file,
            "textRange": {"startLine": max(1, place.line)},
        },
    }
