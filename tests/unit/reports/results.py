"""Results that no check would give, for tests of the reports."""

import dataclasses
from typing import Any

from mlgate.results import Finding, Outcome, RunResult
from tests.golden import cases

FIXED = {"schema", "outcome", "severity", "role", "version", "decision"}
"""Fields that take only certain words."""


def everywhere(result: RunResult, text: str) -> RunResult:
    """A result in which every text, and every name of a column, is the given one."""

    def replaced(value: Any, key: str = "") -> Any:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {
                f.name: replaced(getattr(value, f.name), f.name) for f in dataclasses.fields(value)
            }
            return dataclasses.replace(value, **fields)
        if isinstance(value, dict) and key in {"changed", "case"}:
            return {f"{text}{index}": replaced(item) for index, item in enumerate(value.values())}
        if isinstance(value, dict):
            return {name: replaced(item, name) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(replaced(item, key) for item in value)
        return text if isinstance(value, str) and key not in FIXED else value

    changed = replaced(result)
    assert isinstance(changed, RunResult)
    return changed


def findings(
    number: int, outcome: Outcome, message: str = "{}: 3 of 9 values are not", **more: Any
) -> tuple[Finding, ...]:
    """Findings with names and messages of their own."""
    return tuple(
        Finding(
            id=f"expectations/column-{index:05}/between",
            outcome=outcome,
            subject=f"column-{index:05}",
            message=message.format(index),
            **more,
        )
        for index in range(number)
    )


def with_findings(found: tuple[Finding, ...]) -> RunResult:
    """A failed run of one check with these findings."""
    check = cases.check("expectations", found, rows=9, seconds=1.0)
    return cases.run("failed", 1, [finding.message for finding in found], [check])
