"""A badge for a README, as shields.io's endpoint reads it."""

import json
from typing import Final

from mlgate.reports.content import arrange
from mlgate.reports.escape import visible
from mlgate.reports.figures import counted
from mlgate.results import RunResult

COLOURS: Final = {"passed": "brightgreen", "failed": "red"}
"""Everything else is orange: it is neither good nor decided."""


def render(result: RunResult) -> str:
    """The badge, a JSON document."""
    content = arrange(result)
    outcome = content.verdict.outcome
    said = {
        "passed": f"passed, {counted(result.ledger.checks, 'check')}",
        "failed": "failed",
        "errored": "could not run",
        "nothing_checked": "nothing checked",
    }[outcome]
    warnings = len(content.warnings)
    if outcome == "passed" and warnings:
        said += f", {counted(warnings, 'warning')}"
    badge = {
        "schemaVersion": 1,
        "label": "mlgate" if result.name == "default" else f"mlgate {visible(result.name, 40)}",
        "message": said,
        "color": COLOURS.get(outcome, "orange"),
        "isError": outcome != "passed",
    }
    return json.dumps(badge, indent=2) + "\n"
