"""The curve of a sweep: the mean score at each value of a feature, and the steps that go wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from mlgate.reports import figures
from mlgate.reports.escape import code, plain, prose
from mlgate.results import Finding, Outcome

KEY: Final = "curve"
"""Key of a finding's details that holds one."""
MAX_SHOWN: Final = 5
"""Curves of one check that a report draws."""
MAX_POINTS: Final = 50
"""Points that a table lists."""
MAX_DRAWN: Final = 12
"""Points of a chart, so that their labels have room."""
WIDTH: Final = 24
"""Characters of the scale of a plot in text."""
LABEL: Final = 20
"""Characters of a value."""
HERE, THERE, BOTH = "●", "○", "◉"
GOES_WRONG: Final = {
    "increase": ("does not rise", "do not rise"),
    "decrease": ("does not fall", "do not fall"),
    "not_increase": ("rises", "rise"),
    "not_decrease": ("falls", "fall"),
}
"""What a row does, and what rows do, that break an expectation."""
WRONG_WAY: Final = ("goes the wrong way", "go the wrong way")


@dataclass(frozen=True, kw_only=True)
class Point:
    """One value of the feature. Its texts still are to be escaped."""

    label: str
    here: str
    """Mean score."""
    there: str | None
    """Base's."""
    step: str
    """In words, how many rows go the wrong way from the value before; empty if none does."""
    score: float
    base: float | None


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A sweep that can be shown."""

    column: str
    points: tuple[Point, ...]
    left_out: int
    """Points that are more than a report shows."""

    @property
    def has_base(self) -> bool:
        """Whether base was asked, too."""
        return all(point.base is not None for point in self.points)


def curve(finding: Finding) -> Curve | None:
    """The curve of a finding; None where there is none to show."""
    given = finding.details.get(KEY)
    rows = [point for point in given if isinstance(point, dict)] if isinstance(given, list) else []
    left_out, rows = max(0, len(rows) - MAX_POINTS), rows[:MAX_POINTS]
    scores = [score for row in rows if (score := figures.number(row.get("score"))) is not None]
    if len(rows) < 2 or len(scores) < len(rows):
        return None
    found = [figures.number(row.get("base")) for row in rows]
    bases = [base for base in found if base is not None]
    places = _places([*scores, *(bases if len(bases) == len(rows) else [])])
    labels = figures.cells([row.get("value") for row in rows])
    points = (
        Point(
            label=label,
            here=figures.fixed(score, places),
            there=None if base is None else figures.fixed(base, places),
            step=_step(finding, row.get("wrong")),
            score=score,
            base=base,
        )
        for row, label, score, base in zip(rows, labels, scores, found, strict=True)
    )
    column = finding.details.get("column")
    name = column if isinstance(column, str) else "the feature"
    return Curve(column=name, points=tuple(points), left_out=left_out)


def drawn(finding: Finding, base: str) -> list[str]:
    """A curve as lines of text for a terminal or a log, harmless there; none where it passed.

    Args:
        finding: The finding.
        base: What a reader calls the base, already escaped.
    """
    found = curve(finding)
    if found is None or finding.outcome is Outcome.PASSED:
        return []
    labels = [plain(point.label, LABEL) for point in found.points]
    name = plain(found.column, LABEL)
    columns = [[name, *labels], ["here", *(point.here for point in found.points)]]
    if found.has_base:
        columns.append([base[:LABEL], *(point.there or "" for point in found.points)])
    widths = [max(map(len, column)) for column in columns]
    marks = [f"{HERE} here" + (f", {THERE} {base[:LABEL]}" if found.has_base else "")]
    marks += _marks(found)
    steps = ["", *(point.step for point in found.points)]
    lines = [f"mean score at each value of {name}:"]
    for cells, mark, step in zip(zip(*columns, strict=True), marks, steps, strict=True):
        shown = "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        lines.append(f"  {shown}  {mark:{WIDTH}}  {step}".rstrip())
    return lines + [f"  and {found.left_out:,} more values"] * bool(found.left_out)


def _marks(found: Curve) -> list[str]:
    """The points of each value on one scale, the smallest score at the left."""
    every = [s for p in found.points for s in (p.score, p.base) if s is not None]
    low, extent = min(every), max(every) - min(every)
    lines = []
    for point in found.points:
        line = ["·"] * WIDTH
        for score, sign in ((point.base, THERE), (point.score, HERE)):
            if score is not None and (found.has_base or sign == HERE):
                place = round((WIDTH - 1) * (score - low) / extent) if extent else 0
                line[place] = BOTH if line[place] == THERE else sign
        lines.append("".join(line))
    return lines


def chart(finding: Finding) -> str | None:
    """The source of a Mermaid chart; None where none can be drawn.

    Nothing of a value or a name that could mean anything to Mermaid is in it: labels are letters,
    digits and a few signs, or the number of the point.
    """
    found = curve(finding)
    if found is None:
        return None
    lines = [[point.score for point in found.points]]
    if found.has_base:
        lines.append([point.base or 0.0 for point in found.points])
    low, high = min(map(min, lines)), max(map(max, lines))
    if max(abs(low), abs(high)) > 1e12 or high - low < 1e-6 * max(1, abs(low), abs(high)):
        return None
    places = max(0, _places([low, high]))
    margin = (high - low) / 20
    picked = _picked(len(found.points))
    labels = _labels([found.points[place].label for place in picked])
    return "\n".join(
        [
            "xychart-beta",
            f'    x-axis "{_safe(found.column) or "value"}" [{", ".join(labels)}]',
            f'    y-axis "mean score" {low - margin:.{places}f} --> {high + margin:.{places}f}',
            *(
                f"    line [{', '.join(f'{line[place]:.{places}f}' for place in picked)}]"
                for line in lines
            ),
        ]
    )


def title(finding: Finding, base: str) -> str:
    """What a chart and its table show, in Markdown."""
    found = curve(finding)
    column = code(found.column) if found else "a feature"
    lines = ""
    if found and found.has_base and chart(finding):
        lines = f"; the first line is here, the second {base}"
    return f"mean score at each value of {column}{lines}"


def in_markdown(finding: Finding, base: str) -> Iterator[str]:
    """A chart and a table.

    Args:
        finding: The finding.
        base: What a reader calls the base, already escaped.
    """
    found = curve(finding)
    if found is None:
        return
    if picture := chart(finding):
        yield f"```mermaid\n{picture}\n```\n"
    there = f" {base} |" if found.has_base else ""
    yield f"| {code(found.column)} | here |{there} steps that go wrong |"
    yield f"|--:|--:|{'--:|' if there else ''}---|"
    for point in found.points:
        of_base = f" {prose(point.there or '')} |" if there else ""
        step = prose(point.step) if point.step else ""
        yield f"| {code(point.label)} | {prose(point.here)} |{of_base} {step} |"
    if found.left_out:
        yield f"\nand {found.left_out:,} more values"


def _picked(number: int) -> Sequence[int]:
    """Evenly, the places of at most as many points as a chart shows; the first and the last too."""
    if number <= MAX_DRAWN:
        return range(number)
    return [round(i * (number - 1) / (MAX_DRAWN - 1)) for i in range(MAX_DRAWN)]


def _labels(values: Sequence[str]) -> list[str]:
    """Labels in quotes. They must differ: a chart draws equal ones at one place."""
    labels = [_safe(value) for value in values]
    if "" in labels or len(set(labels)) < len(labels):
        labels = [f"value {number}" for number in range(1, len(labels) + 1)]
    return [f'"{label}"' for label in labels]


def _safe(text: str) -> str:
    """What of a text means nothing to Mermaid."""
    ascii_minus = text.replace(figures.MINUS, "-")[: 4 * LABEL]
    kept = "".join(c for c in ascii_minus if c.isascii() and (c.isalnum() or c in " ._-+"))
    return " ".join(kept.split())[:LABEL]


def _step(finding: Finding, wrong: JsonValue) -> str:
    """Such as `3 of 210 rows fall`; empty where no row goes wrong."""
    number, rows = figures.number(wrong), figures.number(finding.details.get("rows"))
    if number is None or number < 1:
        return ""
    verbs = GOES_WRONG.get(str(finding.details.get("expect")), WRONG_WAY)
    if rows == number:
        many = "all " if number > 1 else ""
        return f"{many}{figures.counted(int(number), 'row')} {verbs[number > 1]}"
    of = f" of {rows:,.0f}" if rows else ""
    return f"{number:,.0f}{of} rows {verbs[number > 1]}"


def _places(values: Sequence[float]) -> int:
    """Decimals that show four steps of ten between the smallest and the largest."""
    extent = max(values) - min(values)
    return figures.decimals([extent], None) if extent else figures.decimals(values, None)
