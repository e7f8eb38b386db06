"""Corrects a run's comparisons with base for their number. Between measuring and judging; pure.

A check sees its own metrics only. How much one comparison must show depends on how many were made
in the whole run, so that this comes after the last check and before the verdict.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from statistics import NormalDist
from typing import Final

from mlgate.results import CheckResult, Finding, Outcome, combined
from mlgate.stats.holm import holm

LEVEL: Final = 0.05
"""Chance, at most, that a run in which nothing changed finds any regression."""
REGRESSED: Final = "regressed"
INCONCLUSIVE: Final = "inconclusive"


def corrected(
    checks: Sequence[CheckResult], *, warnings_block: bool = False
) -> tuple[CheckResult, ...]:
    """The checks with Holm's correction over all comparisons that block.

    Each comparison with a `p_value` gets `p_adjusted` and `comparisons`. One that regressed, and
    whose adjusted p-value is above 5 %, is undecided: of so many, one would look like it by chance.
    A comparison that was not regressed stays what it was. Comparisons that only warn are a family
    of their own. Models that answer alike, and comparisons without an interval, have no p-value:
    they could not have regressed, and count for nothing.

    Args:
        checks: The results of all checks.
        warnings_block: Whether warnings fail the gate too; then all comparisons are one family.
    """
    found = [
        (finding, "error" if warnings_block else finding.severity or check.severity)
        for check in checks
        for finding in check.findings
        if _p_value(finding) is not None
    ]
    adjusted: dict[int, tuple[float, int]] = {}
    for family in dict.fromkeys(severity for _, severity in found):
        members = [finding for finding, severity in found if severity == family]
        p_values = holm([_p_value(finding) or 0.0 for finding in members])
        for finding, p_value in zip(members, p_values, strict=True):
            adjusted[id(finding)] = p_value, len(members)
    return tuple(_with(check, adjusted) for check in checks)


def may_change(check: CheckResult) -> bool:
    """Whether the correction could change a check: a comparison of it regressed."""
    return any(
        finding.details.get("decision") == REGRESSED and _p_value(finding) is not None
        for finding in check.findings
    )


def notes(checks: Iterable[CheckResult]) -> Iterator[str]:
    """What a reader must know of the correction; nothing where there was none."""
    families: dict[int, int] = {}
    for check in checks:
        for finding in check.findings:
            size = finding.details.get("comparisons")
            if isinstance(size, int) and size > 1:
                families[size] = max(families.get(size, 0), size)
    if families:
        yield (
            f"{max(families):,} comparisons with base were judged together: a regression must be "
            "beyond chance among all of them (Holm's correction)"
        )


def _with(check: CheckResult, adjusted: dict[int, tuple[float, int]]) -> CheckResult:
    findings = tuple(
        _judged(finding, *adjusted[id(finding)]) if id(finding) in adjusted else finding
        for finding in check.findings
    )
    if findings == check.findings:
        return check
    # A check that gave findings has the outcome of the worst; a reason of its own stays.
    outcome = (combined(findings) or check.outcome) if check.reason is None else check.outcome
    return replace(check, findings=findings, outcome=outcome)


def _judged(finding: Finding, p_value: float, comparisons: int) -> Finding:
    details = {**finding.details, "p_adjusted": p_value, "comparisons": comparisons}
    if details.get("decision") != REGRESSED or p_value <= LEVEL:
        return replace(finding, details=details)
    details["decision"] = INCONCLUSIVE
    details["rows_needed"] = _rows_needed(finding, p_value)
    return replace(
        finding,
        outcome=Outcome.INCONCLUSIVE,
        message=f"{finding.message}; but of {comparisons:,} comparisons one may look like this by "
        f"chance (p = {_p_value(finding):.2g}, {p_value:.2g} corrected for their number)",
        details=details,
    )


def _rows_needed(finding: Finding, p_value: float) -> int | None:
    """Rows at which the adjusted p-value would be at the level, if the drop stayed as it is."""
    rows, raw = finding.details.get("n"), _p_value(finding)
    if not isinstance(rows, int) or not raw or not 0 < raw < 1:
        return None
    normal = NormalDist()
    seen = -normal.inv_cdf(raw / 2)
    wanted = -normal.inv_cdf(LEVEL * raw / p_value / 2)
    return max(rows, math.ceil(rows * (wanted / seen) ** 2)) + 1


def _p_value(finding: Finding) -> float | None:
    """The p-value of a comparison with base; None for any other finding."""
    value = finding.details.get("p_value")
    if "decision" not in finding.details or isinstance(value, bool):
        return None
    return float(value) if isinstance(value, int | float) else None
