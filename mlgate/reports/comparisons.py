"""Comparisons with base, in words and with the digits that their intervals support."""

from dataclasses import dataclass
from typing import Final

from mlgate.reports import figures
from mlgate.reports.content import Content
from mlgate.reports.escape import Style
from mlgate.results import Finding, Outcome

WORDS: Final = {
    Outcome.PASSED: "no regression",
    Outcome.FAILED: "regressed",
    Outcome.INCONCLUSIVE: "undecided",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One comparison with base, in words that still are to be escaped."""

    subject: str
    base: str
    head: str
    difference: str
    """With its interval, where it has one."""
    allowed: str
    word: str
    lower_is_better: bool


def row(finding: Finding) -> Row:
    """A comparison's numbers, with the digits that its interval supports."""
    details = finding.details
    base, head = figures.number(finding.baseline), figures.number(finding.observed)
    difference = figures.number(details.get("difference"))
    if difference is None and base is not None and head is not None:
        difference = head - base
    places = _places(finding, [value for value in (base, head) if value is not None], difference)
    shown = "" if difference is None else figures.signed(difference, places)
    ends = figures.span(finding.interval, places) if finding.interval else "no interval"
    if finding.interval == (0, 0) and difference == 0:
        shown, ends = "none", "same answers"
    word = WORDS[finding.outcome]
    if finding.outcome is Outcome.FAILED and finding.severity == "warning":
        word += " (warning)"
    return Row(
        subject=finding.subject,
        base=figures.cell(finding.baseline) if base is None else figures.fixed(base, places),
        head=figures.cell(finding.observed) if head is None else figures.fixed(head, places),
        difference=f"{shown} ({ends})".strip(),
        allowed=figures.limit(finding.expected or ""),
        word=word,
        lower_is_better=details.get("greater_is_better") is False,
    )


def _places(finding: Finding, values: list[float], difference: float | None) -> int:
    """Decimal places: those of the interval, or more where the limit would look just met."""
    places = figures.decimals(values, finding.interval)
    allowed = figures.number(finding.details.get("allowed_drop"))
    if difference is not None and allowed is not None and abs(difference) != allowed:
        while places < 6 and round(abs(difference), places) == round(allowed, places):
            places += 1
    return places


def remark(finding: Finding, style: Style) -> str:
    """What would decide an undecided finding, in one sentence."""
    rows = figures.number(finding.details.get("rows_needed"))
    drop = figures.number(finding.details.get("smallest_detectable_drop"))
    used = figures.number(finding.details.get("n"))
    if rows is None or drop is None or used is None:
        return style.sentence(finding.message)
    change = "rise" if finding.details.get("greater_is_better") is False else "drop"
    places = figures.decimals([drop], finding.interval)
    shown = f"can show a {change} of {figures.fixed(drop, places)} or more"
    return f"about {figures.about(rows)} rows would decide; these {used:,.0f} {shown}"


def flips(finding: Finding) -> str | None:
    """How many rows the two models disagree on, where the comparison counted them."""
    wrong = figures.number(finding.details.get("flipped_to_wrong"))
    right = figures.number(finding.details.get("flipped_to_right"))
    if wrong is None or right is None or not (wrong or right):
        return None
    return f"{figures.counted(int(wrong), 'row')} flipped to wrong, {right:,.0f} to right"


def same_rows(content: Content) -> str | None:
    """On what both sides were measured, where every comparison was paired."""
    rows = {figures.number(finding.details.get("n")) for finding in content.compared}
    if not rows or None in rows:
        return None
    return f"on the same {rows.pop():,.0f} rows" if len(rows) == 1 else "on the same rows"
