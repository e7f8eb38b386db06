"""SARIF 2.1.0, as GitHub code scanning, Azure DevOps and editors read it.

What failed, could not run or is undecided is a result at its line; what passed is none, since
readers list every result as an alert. Source of the format: OASIS, Static Analysis Results
Interchange Format (SARIF) Version 2.1.0.
"""

import json
from typing import Final
from urllib.parse import quote

from pydantic import JsonValue

from mlgate.errors import DOCS
from mlgate.reports.escape import plain, visible
from mlgate.reports.problems import GATE, Problem, problems
from mlgate.results import RunResult

MOST: Final = 5_000
"""Results, the worst first: GitHub shows no more, and refuses a file of many more."""
SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS: Final = {"error": "error", "warning": "warning", "undecided": "note"}


def render(result: RunResult) -> str:
    """The report, a JSON document."""
    found = problems(result)
    shown = found[:MOST]
    kinds = sorted({problem.kind for problem in shown})
    run: dict[str, JsonValue] = {
        "tool": {
            "driver": {
                "name": "mlgate",
                "semanticVersion": result.mlgate,
                "informationUri": DOCS.removesuffix("/blob/main/docs"),
                "rules": [_rule(kind) for kind in kinds],
            }
        },
        "automationDetails": {"id": f"mlgate/{quote(visible(result.name), safe='')}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The repository's root."}}},
        "invocations": [_invocation(result, left_out=len(found) - len(shown))],
        "results": [_result(problem, kinds.index(problem.kind)) for problem in shown],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(kind: str) -> JsonValue:
    """A type of checks."""
    page = f"{DOCS}/errors.md" if kind == GATE else f"{DOCS}/configuration.md#{quote(kind)}"
    about = "The gate as a whole." if kind == GATE else f"The check {kind} of mlgate.yml."
    return {
        "id": kind,
        "shortDescription": {"text": message(about)},
        "helpUri": page,
        "properties": {"tags": ["machine-learning", "quality"]},
    }


def _invocation(result: RunResult, *, left_out: int) -> JsonValue:
    verdict = result.verdict
    assert verdict is not None  # noqa: S101  # `problems` has made sure
    said = [f"verdict: {verdict.outcome.replace('_', ' ')}", *map(plain, verdict.reasons[:20])]
    if left_out:
        said.append(f"{left_out:,} more results are in the other reports")
    return {
        "executionSuccessful": verdict.outcome in {"passed", "failed"},
        "exitCode": verdict.exit_code,
        "toolExecutionNotifications": [
            {"level": "note", "message": {"text": message(text)}} for text in said
        ],
    }


def _result(problem: Problem, rule: int) -> JsonValue:
    place = problem.place
    return {
        "ruleId": problem.kind,
        "ruleIndex": rule,
        "level": LEVELS[problem.level],
        "message": {"text": message(f"{problem.id}: {problem.word}. {problem.message}")},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": quote(place.file),
                        "uriBaseId": "%SRCROOT%",
                    },
                    "region": {"startLine": max(1, place.line)},
                }
            }
        ],
        "partialFingerprints": {"mlgateFinding/v1": problem.fingerprint},
        "properties": properties(problem),
    }


def properties(problem: Problem) -> dict[str, JsonValue]:
    """What a reader may filter by."""
    return {"finding": problem.id, "outcome": problem.word}


def message(text: str) -> str:
    """A message in plain text: `[text](address)` would be a link there (SARIF 2.1.0, 3.11.6)."""
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
