"""Findings that may fail for a while. Between measuring and judging; pure.

A waived finding stays failed and is shown as a warning with the days that are left. A waiver never
covers what could not run, nor a file of a model that was blocked: neither was looked at, so that
nobody knows what would be waived. Nor does it cover the goalposts.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mlgate.config.model import POLICY, Config, Waiver
from mlgate.errors import ConfigurationError, Problem
from mlgate.results import CheckResult, Finding, Outcome, Waived

LONGEST: Final = 366
"""Days that a waiver may last from today."""
COVERED: Final = frozenset({Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.SKIPPED})
"""Outcomes that a waiver may cover: those that can fail the gate, except what could not run."""
BLOCKS_FILES: Final = "artifact-safety"
"""The check whose failures are files that were not opened; its findings on versions are others."""


@dataclass(frozen=True, kw_only=True)
class Waiving:
    """What waivers made of the checks."""

    checks: tuple[CheckResult, ...]
    notes: tuple[str, ...]
    """A sentence for each waiver: what it covers, that it has expired, or that it is not used."""


def require_an_end(config: Config, today: dt.date) -> None:
    """Make sure that every waiver ends within a year.

    Raises:
        ConfigurationError: One does not.
    """
    problems = [
        Problem(
            file=waiver.location.file,
            line=waiver.location.line,
            column=waiver.column,
            path="waivers",
            message=f"the waiver for {waiver.finding} ends {waiver.until.isoformat()}, in "
            f"{(waiver.until - today).days:,} days; at most {LONGEST} are allowed",
        )
        for waiver in config.waivers
        if (waiver.until - today).days > LONGEST
    ]
    if problems:
        raise ConfigurationError(problems, remedy="give an earlier `until`, and renew it then")


def waive(
    checks: Sequence[CheckResult],
    waivers: Sequence[Waiver],
    today: dt.date,
    *,
    everything_ran: bool = True,
) -> Waiving:
    """Mark what is waived.

    Args:
        checks: All results, corrected.
        waivers: Those of head's configuration.
        today: Day on which the run began. A waiver holds on its last day.
        everything_ran: Whether all checks ran, so that a waiver that covers nothing is not needed.
    """
    used: dict[Waiver, list[str]] = {waiver: [] for waiver in waivers}
    refused: dict[Waiver, list[str]] = {waiver: [] for waiver in waivers}

    def judged(check: CheckResult, finding: Finding) -> Finding:
        waiver = _first(waivers, finding.id, today)
        if waiver is None or finding.outcome is Outcome.PASSED:
            return finding
        if check.type == POLICY or not _may_be_waived(check, finding):
            refused[waiver].append(finding.id)
            return finding
        if finding.outcome is Outcome.FAILED:
            used[waiver].append(finding.id)
        if waiver.until < today:
            ended = f"its waiver expired on {waiver.until.isoformat()} ({_why(waiver)})"
            return replace(finding, message=f"{finding.message}; {ended}")
        left = (waiver.until - today).days
        note = Waived(
            reason=waiver.reason,
            owner=waiver.owner,
            until=waiver.until.isoformat(),
            days_left=left,
        )
        message = f"{finding.message}; waived until {note.until}, {_days(left)} ({_why(waiver)})"
        if finding.outcome is not Outcome.FAILED:
            message = finding.message
        return replace(finding, message=message, waiver=note, severity="warning")

    found = tuple(
        replace(check, findings=tuple(judged(check, finding) for finding in check.findings))
        for check in checks
    )
    broken = {check.id for check in checks if check.outcome is Outcome.ERRORED}
    notes: list[str] = []
    for waiver in waivers:
        notes.extend(
            _notes(
                waiver,
                used[waiver],
                refused[waiver],
                today,
                said=everything_ran and waiver.finding.partition("/")[0] not in broken,
            )
        )
    return Waiving(checks=found, notes=tuple(notes))


def matches(pattern: str, name: str) -> bool:
    """Whether a waiver's pattern names a finding; only `*` is special."""
    expression = ".*".join(map(re.escape, pattern.split("*")))
    return re.fullmatch(expression, name, re.DOTALL) is not None


def _first(waivers: Sequence[Waiver], name: str, today: dt.date) -> Waiver | None:
    """The waiver of a finding: one that holds, the exact one first; else one that has expired."""
    fitting = [waiver for waiver in waivers if matches(waiver.finding, name)]
    order = sorted(fitting, key=lambda w: (w.until < today, w.finding != name))
    return order[0] if order else None


def _may_be_waived(check: CheckResult, finding: Finding) -> bool:
    is_blocked = check.type == BLOCKS_FILES and "recorded" not in finding.details
    return finding.outcome in COVERED and not is_blocked


def _notes(
    waiver: Waiver, used: Sequence[str], refused: Sequence[str], today: dt.date, *, said: bool
) -> Iterator[str]:
    place = f"{waiver.location.file}:{waiver.location.line}"
    name = f"the waiver for {waiver.finding} ({place})"
    left = (waiver.until - today).days
    if refused:
        yield (
            f"{name} does not cover {_listed(refused)}: what could not run, a file that was "
            "blocked and the goalposts cannot be waived"
        )
    if used and left < 0:
        yield (
            f"{name} expired on {waiver.until.isoformat()}, so that {_listed(used)} "
            f"fails again ({_why(waiver)})"
        )
    elif used:
        yield (
            f"waived: {_listed(used)}, until {waiver.until.isoformat()}, {_days(left)} "
            f"({_why(waiver)})"
        )
    elif said and not refused:
        yield f"{name} is not used: nothing that it names failed; it can be removed"


def _why(waiver: Waiver) -> str:
    return f"{waiver.owner}: {waiver.reason}"


def _days(left: int) -> str:
    return "the last day" if left == 0 else f"{left:,} day{'' if left == 1 else 's'} left"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
