"""The report for a terminal or a log: the verdict last, where the eye is when the run ends."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.reports import comparisons, curves, sentences
from mlgate.reports.content import Content, arrange, grouped, long_texts, other_reasons
from mlgate.reports.escape import Style, plain, spaced, tail
from mlgate.results import Finding, Outcome, RunResult

if TYPE_CHECKING:  # a report may go elsewhere, and then needs no rich
    from rich.console import Console

WIDTH: Final = 100
"""Columns where there is no terminal to ask."""
NAME: Final = 60
"""Characters of a name in a column."""
STYLE: Final = Style(value=plain, sentence=plain, passage=spaced)
GREEN, RED, YELLOW = "green", "bold red", "yellow"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line, of which one part has a color."""

    before: str = ""
    colored: str = ""
    color: str = YELLOW
    behind: str = ""
    hang: int = 4
    """Indentation of what does not fit into the first line."""


def render(result: RunResult) -> str:
    """The report as plain text; without rich, which takes a while to import."""
    lines = (part for line in _lines(arrange(result)) for part in _wrapped(line, WIDTH))
    return "".join(f"{part}\n" for part in lines)


def show(result: RunResult, console: "Console") -> None:
    """Print the report, in colors where the console has them."""
    from rich.text import Text

    for line in _lines(arrange(result)):
        start, end = len(line.before), len(line.before + line.colored)
        for index, part in enumerate(_wrapped(line, console.width)):
            text = Text(part)
            if index == 0:
                text.stylize(line.color, start, end)
            console.print(text, highlight=False, soft_wrap=True)


def _wrapped(line: Line, width: int) -> list[str]:
    """A line in parts that fit, broken only between words.

    A name or a path stays whole, so that it can be copied; and no part begins with what is harmless
    only in the middle of a line.
    """
    parts = textwrap.wrap(
        line.before + line.colored + line.behind,
        width=max(width, 40),
        subsequent_indent=" " * line.hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return parts or [""]


def _lines(content: Content) -> Iterator[Line]:
    for section in _sections(content):
        first = next(section, None)
        if first is not None:
            yield first
            yield from section
            yield Line()
    color = {"passed": GREEN, "failed": RED}.get(content.verdict.outcome, YELLOW)
    yield Line(colored=sentences.headline(content, STYLE), color=color, hang=2)


def _sections(content: Content) -> Iterator[Iterator[Line]]:
    result = content.result
    regressed = [f for f in content.regressed if f.severity != "warning"]
    warnings = [f for f in content.regressed if f.severity == "warning"]
    base = sentences.base_name(result, STYLE)
    yield _goalposts(content)
    yield _checks(content)
    yield _comparison(content)
    yield _found("failed", RED, [[f] for f in (*regressed, *content.failing)], base)
    yield _found("warning", YELLOW, [[f] for f in (*warnings, *content.warnings)], base)
    yield _found("could not run", YELLOW, grouped(content.errored), base)
    yield _found("undecided", YELLOW, [[finding] for finding in content.undecided], base)
    if (text := sentences.changed(result)) is not None:
        yield iter([Line(before=plain(text), hang=2)])
    if (reason := sentences.no_baseline(content)) is not None:
        yield iter([Line(before=f"Not compared: {plain(reason)}", hang=2)])
    yield _skipped(content)
    yield _sentences(other_reasons(content) if result.checks else content.verdict.reasons)
    yield _sentences(f"Note: {note}" for note in result.notes)
    if result.checks:
        yield iter([Line(before=sentences.ledger(content), hang=2)])


def _sentences(texts: Iterable[str]) -> Iterator[Line]:
    for text in texts:
        yield from (Line(before=plain(line), hang=2) for line in sentences.message_lines(text))


def _goalposts(content: Content) -> Iterator[Line]:
    """What the change asks less of; before everything else."""
    if content.goalposts:
        yield Line(before="This change moves its own goalposts:")
    for finding in content.goalposts:
        warns = finding.severity == "warning"
        word = sentences.outcome_word(finding.outcome, warns=warns)
        place = finding.location
        where = f" (at {plain(f'{place.file}:{place.line}')})" if place else ""
        color = _color(finding.outcome, warns=warns)
        behind = f"  {plain(finding.message)}{where}"
        yield Line(before="  ", colored=word, color=color, behind=behind)


def _checks(content: Content) -> Iterator[Line]:
    """One line for each check."""
    colors = [_color(s.check.outcome, warns=s.only_warns) for s in content.checks]
    rows = [
        (sentences.check_word(s), plain(s.check.id, NAME), sentences.check_facts(s.check, plain))
        for s in content.checks
    ]
    for color, (word, name, facts) in zip(colors, _aligned(rows), strict=True):
        yield Line(colored=word, color=color, behind=f"  {name}  {facts}")


def _comparison(content: Content) -> Iterator[Line]:
    """One line for each comparison with base."""
    if not content.compared:
        return
    rows = comparisons.same_rows(content)
    how = f", both models run now {rows}" if rows else ""
    yield Line(before=f"{sentences.base_name(content.result, STYLE)} → head{how}")
    shown = [comparisons.row(finding) for finding in content.compared]
    cells = _aligned(
        [
            (
                plain(row.subject, NAME) + (" (lower is better)" if row.lower_is_better else ""),
                f"{plain(row.base, NAME)} → {plain(row.head, NAME)}",
                row.difference,
                plain(row.allowed, NAME),
            )
            for row in shown
        ]
    )
    for finding, row, columns in zip(content.compared, shown, cells, strict=True):
        color = _color(finding.outcome, warns=finding.severity == "warning")
        yield Line(before=f"  {'  '.join(columns)}  ", colored=row.word, color=color)


def _found(word: str, color: str, groups: Sequence[Sequence[Finding]], base: str) -> Iterator[Line]:
    """Findings, each with what was seen, where to look, and what helps to understand it."""
    for group in groups:
        finding = group[0]
        yield Line(colored=word, color=color, behind=f"  {_names(group)}")
        if finding.outcome is Outcome.INCONCLUSIVE:
            first = comparisons.remark(finding, STYLE)
        else:
            first = plain(sentences.message_lines(finding.message)[0])
        lines = [first, *sentences.explained(finding, base, STYLE)]
        if finding.location:
            lines.append(f"at {plain(f'{finding.location.file}:{finding.location.line}')}")
        yield from (Line(before=f"    {line}", hang=6) for line in lines)
        yield from (Line(before=f"    {line}", hang=6) for line in curves.drawn(finding, base))
        for text in long_texts(finding):
            yield from (Line(before=f"    | {line}", hang=6) for line in tail(text, most=20))


def _skipped(content: Content) -> Iterator[Line]:
    for group in grouped(content.skipped):
        reason = plain(sentences.skip_reason(content, group[0]))
        yield Line(colored="skipped", color="dim", behind=f"  {_names(group)}: {reason}")


def _names(group: Sequence[Finding]) -> str:
    names = ", ".join(plain(finding.id, NAME) for finding in group[:3])
    return names + (f" and {len(group) - 3:,} more" if len(group) > 3 else "")


def _color(outcome: Outcome, *, warns: bool) -> str:
    if outcome is Outcome.FAILED and not warns:
        return RED
    return {Outcome.PASSED: GREEN, Outcome.SKIPPED: "dim"}.get(outcome, YELLOW)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[list[str]]:
    """Cells, padded to the widths of their columns; the last column stays as it is."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [
        [*(c + " " * (w - cell_len(c)) for c, w in zip(row[:-1], widths, strict=False)), row[-1]]
        for row in rows
    ]
