"""Counterexamples of a behavioural test: the rows that break it most, before and after."""

from collections.abc import Callable
from typing import Final

from pydantic import JsonValue

from mlgate.reports import figures
from mlgate.reports.escape import Style
from mlgate.results import Finding

MOST: Final = 3
"""Rows of a finding that a report shows."""
MOST_CHANGED: Final = 3
"""Changed cells of a row."""
MOST_OF_CASE: Final = 4
"""Cells of a case."""
SIGNS: Final = (("[-", "-]"), ("{+", "+}"))
"""Around what a text loses and gains, as `git diff --word-diff` has it: plain characters, which a
log, a code span and a terminal show alike."""


def lines(finding: Finding, style: Style) -> list[str]:
    """The worst rows, one line each, and before them how many more there are."""
    examples = finding.details.get("counterexamples")
    found = [e for e in examples if isinstance(e, dict)] if isinstance(examples, list) else []
    shown = [_line(example, style) for example in found[:MOST]]
    violations = figures.number(finding.details.get("violations"))
    if not shown or violations is None or violations <= len(shown):
        return shown
    worst = f"the worst {len(shown)}" if len(shown) > 1 else "the worst"
    return [f"{worst} of {violations:,.0f}:", *shown]


def _line(example: dict[str, JsonValue], style: Style) -> str:
    said = [*_changed(example, style), *_case(example, style)]
    for name, escaped in (("prediction", style.value), ("score", style.sentence)):
        keys = (name, f"{name}_before", f"{name}_after")
        sides: list[JsonValue] = [example[key] for key in keys if example.get(key) is not None]
        if sides:
            said.append(f"{name} {_pair(sides, escaped)}")
            if name == "score" and (of := example.get("score_of")) is not None:
                said[-1] += f" (of {style.value(figures.cell(of))})"
    where = f"row {style.sentence(figures.cell(example['row']))}: " if "row" in example else ""
    return where + ", ".join(said)


def _changed(example: dict[str, JsonValue], style: Style) -> list[str]:
    """Cells before and after, with marks on what changed within a text."""
    cells = example.get("changed")
    if not isinstance(cells, dict):
        return []
    marks = example.get("marks")
    said = []
    for name, sides in list(cells.items())[:MOST_CHANGED]:
        found = marked(sides, marks.get(name)) if isinstance(marks, dict) else None
        pair = " → ".join(map(style.passage, found)) if found else _pair(sides, style.value)
        said.append(f"{style.value(name)} {pair}")
    return [*said, *_more(len(cells) - MOST_CHANGED)]


def _case(example: dict[str, JsonValue], style: Style) -> list[str]:
    """What the model was given, after what was expected of it."""
    given = example.get("case")
    if not isinstance(given, dict):
        return []
    is_limit = {name: name.startswith("expected") for name in given}
    cells = {name: cell for name, cell in given.items() if cell is not None or not is_limit[name]}
    names = sorted(cells, key=lambda name: not is_limit[name])
    said = [f"{style.value(name)} {_pair(cells[name], style.value)}" for name in names]
    return [*said[:MOST_OF_CASE], *_more(len(said) - MOST_OF_CASE)]


def _more(number: int) -> list[str]:
    return [figures.counted(number, "more column")] if number > 0 else []


def marked(sides: JsonValue, spans: JsonValue) -> list[str] | None:
    """Both versions of a text with signs around what changed; None where that is not told."""
    if not (isinstance(sides, list) and isinstance(spans, list) and len(sides) == len(spans) == 2):
        return None
    found = []
    for text, places, signs in zip(sides, spans, SIGNS, strict=True):
        if not (isinstance(text, str) and isinstance(places, list)):
            return None
        found.append(_signed(text, places, *signs))
    return found


def _signed(text: str, places: list[JsonValue], start_sign: str, end_sign: str) -> str:
    said, done = "", 0
    for place in places:
        ends = place if isinstance(place, list) and len(place) == 2 else []
        start, end = (e if type(e) is int else -1 for e in ends or (-1, -1))
        if not done <= start < end <= len(text):
            continue
        said += f"{text[done:start]}{start_sign}{text[start:end]}{end_sign}"
        done = end
    return said + text[done:]


def _pair(sides: JsonValue, escaped: Callable[[str], str]) -> str:
    """Before and after, or the one value that there is."""
    values = sides[:2] if isinstance(sides, list) else [sides]
    texts = list(map(escaped, figures.cells(values)))
    if len(texts) == 2 and values[0] == values[1]:
        return f"{texts[0]} as before"
    return " → ".join(texts)
