"""Comparisons with base, in words and with the digits that their intervals support."""

from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from mlgate.reports import figures
from mlgate.reports.content import Content
from mlgate.reports.escape import Style
from mlgate.results import Finding, Outcome

WORDS: Final = {
    Outcome.PASSED: "no regression",
    Outcome.FAILED: "regressed",
    Outcome.INCONCLUSIVE: "undecided",
}

MOST_ROWS: Final = 5
"""Rows that got worse of one comparison."""
MOST_FEATURES: Final = 8
"""Columns of such a row."""


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
    """How many rows the two models differ on, where the comparison counted them."""
    wrong = figures.number(finding.details.get("flipped_to_wrong"))
    right = figures.number(finding.details.get("flipped_to_right"))
    if wrong is not None and right is not None and (wrong or right):
        return f"{figures.counted(int(wrong), 'row')} flipped to wrong, {right:,.0f} to right"
    grew = figures.number(finding.details.get("error_grew"))
    shrank = figures.number(finding.details.get("error_shrank"))
    if grew is not None and shrank is not None and (grew or shrank):
        return f"the error grew on {figures.counted(int(grew), 'row')} and shrank on {shrank:,.0f}"
    return None


def carried(finding: Finding, style: Style) -> list[str]:
    """Which parts of the rows carry what got worse, one sentence each, without their full stops."""
    parts = finding.details.get("carried_by")
    said = []
    for part in parts if isinstance(parts, list) else []:
        rows = figures.number(part.get("rows")) if isinstance(part, dict) else None
        if not isinstance(part, dict) or rows is None:
            continue
        share, of_rows = (figures.number(part.get(key)) for key in ("share", "rows_share"))
        size = figures.counted(int(rows), "row")
        if of_rows is not None:
            size += f", {_percent(of_rows)} of them"
        much = "a part of the loss"
        if share is not None and share <= 1:
            much = f"{_percent(share)} of the loss"
        elif share is not None:
            much = "more than all of the loss: other rows gained"
        said.append(f"{_part(part, style)} ({size}) carries {much}")
    return said


def _part(part: dict[str, JsonValue], style: Style) -> str:
    """Which rows a slice holds."""
    name = style.value(str(part.get("column")))
    if part.get("missing") is True:
        return f"{name} missing"
    if isinstance(quarter := part.get("quarter"), str):
        ends = [part[key] for key in ("low", "high") if key in part]
        span = f", {' to '.join(map(style.value, figures.cells(ends)))}" if len(ends) == 2 else ""
        return f"{name} in its {style.sentence(quarter)} quarter{span}"
    if "value" not in part:
        return f"one value of {name}"
    return f"{name} = {style.value(figures.cell(part['value']))}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "< 1 %"


def changed_rows(finding: Finding, style: Style) -> list[str]:
    """A few rows that got worse, one line each."""
    rows = finding.details.get("changed_rows")
    return [
        _changed_row(row, style)
        for row in (rows[:MOST_ROWS] if isinstance(rows, list) else [])
        if isinstance(row, dict)
    ]


def _changed_row(row: dict[str, JsonValue], style: Style) -> str:
    answers = [
        f"{word} {style.value(figures.cell(row[key]))}"
        for key, word in (("truth", "truth"), ("base", "base says"), ("head", "head says"))
        if key in row
    ]
    said = f"row {style.sentence(figures.cell(row.get('row')))}: {', '.join(answers)}"
    features = row.get("features")
    if not isinstance(features, dict) or not features:
        return said
    shown = list(features.items())[:MOST_FEATURES]
    cells = [f"{style.value(name)} {style.value(figures.cell(cell))}" for name, cell in shown]
    more = int(figures.number(row.get("more_features")) or 0) + len(features) - len(shown)
    if more > 0:
        cells.append(figures.counted(more, "more column"))
    return f"{said}; {', '.join(cells)}"


def same_rows(content: Content) -> str | None:
    """On what both sides were measured, where every comparison was paired."""
    rows = {figures.number(finding.details.get("n")) for finding in content.compared}
    if not rows or None in rows:
        return None
    return f"on the same {rows.pop():,.0f} rows" if len(rows) == 1 else "on the same rows"
