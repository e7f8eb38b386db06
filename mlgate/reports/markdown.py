"""The pull-request comment.

What the reader must act on comes first and is never folded; what passed is folded. What does not
fit is left out from the end of that order, and the comment says so.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final

from mlgate.errors import ExitCode
from mlgate.reports import comparisons, curves, distributions, sentences
from mlgate.reports.content import Content, Seen, arrange, grouped, long_texts, other_reasons
from mlgate.reports.escape import PASSAGE, SENTENCE, VALUE, Style, block, code, html_code, prose
from mlgate.results import ArtifactRecord, Finding, Outcome, RunResult

COMMENT_LIMIT: Final = 64_500
"""Characters: GitHub takes 65,536, and the platform adds a hidden marker."""
NAME: Final = 120
"""Characters of a finding's id or a path."""
RESULT_FILE: Final = "`.mlgate/result.json`"
STYLE: Final = Style(value=code, sentence=prose, passage=partial(code, limit=PASSAGE))

Lines = Iterator[str]


@dataclass(frozen=True, kw_only=True)
class Detail:
    """How much a comment shows."""

    passing: bool = True
    """Whether the folds list what passed."""
    long_texts: bool = True
    """Whether the folds show tracebacks and the like."""
    folds: bool = True
    """Whether there is a fold for each check."""
    below: bool = True
    """Whether findings have lines below their first: causes, remedies, counterexamples."""
    message: int = SENTENCE
    """Characters of a message; 0 leaves only the finding's id."""
    items: int | None = None
    """Lines of any one list; the others are counted."""
    dropped: str = ""
    """What is left out, as the comment says it."""


LEVELS: Final = (
    Detail(),
    Detail(passing=False, dropped="what passed is counted, not listed"),
    Detail(passing=False, long_texts=False, dropped="what passed and all tracebacks are left out"),
    Detail(folds=False, dropped="the details of each check are left out"),
    Detail(folds=False, below=False, message=160, dropped="each finding has one line"),
    Detail(folds=False, below=False, message=0, dropped="findings are only named"),
    Detail(folds=False, below=False, message=160, items=80, dropped="long lists are cut"),
    Detail(folds=False, below=False, message=80, items=20, dropped="long lists are cut"),
)
SMALLEST: Final = Detail(
    folds=False, below=False, message=80, items=0, dropped="everything is only counted"
)
"""Fits whatever the result holds."""


def render(result: RunResult, *, limit: int = COMMENT_LIMIT) -> str:
    """The comment, with as much detail as fits into `limit` characters.

    Lines are made one by one and making them stops at the limit, so that a result of any size costs
    no more than a full comment.
    """
    content = arrange(result)
    for detail in LEVELS:
        fitting = _within(_comment(content, detail), limit)
        if fitting is not None:
            return fitting
    return "\n".join(_comment(content, SMALLEST)) + "\n"


def _within(lines: Lines, limit: int) -> str | None:
    kept = []
    room = limit
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return None
        kept.append(line)
    return "\n".join(kept) + "\n"


def _comment(content: Content, detail: Detail) -> Lines:
    """All lines, with an empty one between sections."""
    yield _heading(content)
    for section in _sections(content, detail):
        first = next(section, None)
        if first is not None:
            yield ""
            yield first
            yield from section


def _sections(content: Content, detail: Detail) -> Iterator[Lines]:
    result = content.result
    notes = [f"Note: {note}" for note in result.notes]
    if result.checks:
        yield _items(other_reasons(content), detail)
        yield _goalposts(content, detail)
        yield _comparison(content, detail)
        yield _changed(content, detail)
        yield _no_baseline(content)
        base = sentences.base_name(result, STYLE)
        also = "Also failing" if content.regressed else "Failing"
        yield _listed(also, "❌", [[finding] for finding in content.failing], base, detail)
        yield _listed("Warnings", "⚠️", [[finding] for finding in content.warnings], base, detail)
        yield _listed("Could not run", "⚠️", grouped(content.errored), base, detail)
        yield _undecided(content, detail)
        yield _checked(content, detail)
        yield _items(notes, detail)
        if detail.folds:
            yield from (_check(seen, base, detail) for seen in content.checks)
            yield _files(content)
    else:
        yield _problems(content, detail)
        yield _items(notes, detail)
    if detail.dropped:
        yield iter([f"Shortened to fit: {detail.dropped}. The full result is in {RESULT_FILE}."])
    yield _footer(content)


def _heading(content: Content) -> str:
    icon = {"passed": "✅", "failed": "❌"}.get(content.verdict.outcome, "⚠️")
    return f"## {icon} {sentences.headline(content, STYLE)}"


def _problems(content: Content, detail: Detail) -> Lines:
    """Why the run ended before any check."""
    reasons = content.verdict.reasons
    if content.verdict.exit_code == ExitCode.BUG:
        yield f"{sentences.BUG_REPORT} {prose(reasons[0]) if reasons else ''}"
        trace = "\n".join(reasons[1:])
        if trace:
            yield f"\n{block(trace)}"
        return
    if content.verdict.exit_code == ExitCode.USAGE:
        yield "The configuration or the command line is wrong. The model was not looked at."
    else:
        yield "This says nothing about the data or the model."
    yield ""
    yield from _items(list(chain.from_iterable(map(sentences.message_lines, reasons))), detail)


def _comparison(content: Content, detail: Detail) -> Lines:
    """Everything that was compared with base; folded where nothing changed for the worse."""
    compared = content.compared
    if not compared:
        return
    base = sentences.base_name(content.result, STYLE)
    rows = comparisons.same_rows(content)
    how = f", both models run now {rows}" if rows else ""
    news = [finding for finding in compared if finding.outcome is not Outcome.PASSED]
    if not news:
        more = f" and {len(compared) - 4:,} more" if len(compared) > 4 else ""
        yield f"Compared with {base}{how}: {', '.join(map(_values, compared[:4]))}{more}."
        if detail.folds:
            yield ""
            yield from _fold("✅ no regression", _table(compared, base, detail))
        return
    shown = compared if detail.folds else news
    yield f"**{'Worse than' if content.regressed else 'Compared with'} {base}**{how}"
    yield ""
    yield from _table(shown, base, detail)
    if len(shown) < len(compared):
        yield f"\n✅ no regression: {len(compared) - len(shown):,} more comparisons."
    if detail.below:
        yield from _moved(news, detail)


def _moved(compared: Sequence[Finding], detail: Detail) -> Lines:
    """Which rows got worse; what several metrics have in common is said once."""
    groups: dict[str, list[str]] = {}
    for finding in compared:
        flips = comparisons.flips(finding)
        for said in [*([flips] if flips else []), *comparisons.carried(finding, STYLE)]:
            groups.setdefault(said, []).append(code(finding.subject))
    if groups:
        yield ""
    for words, names in list(groups.items())[: detail.items]:
        yield f"- {', '.join(names)}: {words}"
    examples = dict.fromkeys(
        line for finding in compared for line in comparisons.changed_rows(finding, STYLE)
    )
    shown = list(examples)[: comparisons.MOST_ROWS]
    if shown and detail.folds:
        yield ""
        yield from _fold(f"Rows that got worse: {len(shown)} of them", (f"- {x}" for x in shown))


def _values(finding: Finding) -> str:
    row = comparisons.row(finding)
    return f"{code(row.subject)} {prose(row.base)} → {prose(row.head)}"


def _table(compared: Sequence[Finding], base: str, detail: Detail) -> Lines:
    yield f"| metric | {base} → head | difference (95 % interval) | allowed | verdict |"
    yield "|---|--:|--:|--:|---|"
    for finding in compared[: detail.items]:
        row = comparisons.row(finding)
        hint = " (lower is better)" if row.lower_is_better else ""
        word = f"**{row.word}**" if finding.outcome is Outcome.FAILED else row.word
        yield (
            f"| {code(row.subject)}{hint} | {prose(row.base)} → {prose(row.head)} "
            f"| {prose(row.difference)} | {prose(row.allowed, 60) if row.allowed else ''} "
            f"| {_icon(finding.outcome, warns=finding.severity == 'warning')} {word} |"
        )
    yield from _cut(compared, detail, before="\n")


def _changed(content: Content, detail: Detail) -> Lines:
    """What changed since base; only where somebody looks for a cause."""
    text = sentences.changed(content.result)
    if text and detail.message and (content.verdict.exit_code or content.undecided):
        yield prose(text, detail.message)


def _icon(outcome: Outcome, *, warns: bool) -> str:
    """The sign of an outcome; its word stands beside it."""
    if outcome is Outcome.FAILED and not warns:
        return "❌"
    return {Outcome.PASSED: "✅", Outcome.SKIPPED: "⏭️"}.get(outcome, "⚠️")


def _no_baseline(content: Content) -> Lines:
    reason = sentences.no_baseline(content)
    if reason is not None:
        yield f"**Not compared** — {prose(reason)}"


def _goalposts(content: Content, detail: Detail) -> Lines:
    """What the change asks less of; before everything else."""
    moved = content.goalposts
    if not moved:
        return
    yield f"**This change moves its own goalposts** ({len(moved):,})"
    for finding in moved[: detail.items]:
        icon = _icon(finding.outcome, warns=finding.severity == "warning")
        word = sentences.outcome_word(finding.outcome, warns=finding.severity == "warning")
        behind = _behind(prose(finding.message, detail.message or VALUE), finding, detail)
        named = "" if behind else f" **{code(finding.id, NAME)}**"
        yield f"- {icon} {word}{named}{behind}"
    yield from _cut(moved, detail, before="- ")


def _listed(
    title: str, icon: str, groups: Sequence[Sequence[Finding]], base: str, detail: Detail
) -> Lines:
    """Findings, each with what was seen, where to look, and what helps to understand it."""
    if groups:
        yield f"**{title}**"
    for group in groups[: detail.items]:
        finding = group[0]
        names = ", ".join(f"**{code(f.id, NAME)}**" for f in group[: detail.items])
        if kind := sentences.kind(finding):
            names += f" ({prose(kind, VALUE)})"
        first = sentences.message_lines(finding.message)[0]
        behind = _behind(prose(first, detail.message or VALUE), finding, detail)
        yield f"- {icon} {names}{behind}"
        if detail.below:
            yield from (f"  - {line}" for line in sentences.explained(finding, base, STYLE))
    yield from _cut(groups, detail, before="- ")


def _undecided(content: Content, detail: Detail) -> Lines:
    if content.undecided:
        yield "**Undecided**"
    for finding in content.undecided[: detail.items]:
        behind = _behind(comparisons.remark(finding, STYLE), finding, detail)
        yield f"- ⚠️ **{code(finding.id, NAME)}**{behind}"
    yield from _cut(content.undecided, detail, before="- ")


def _behind(words: str, finding: Finding, detail: Detail) -> str:
    """What stands behind a finding's name."""
    if not detail.message:
        return ""
    place = finding.location
    return f" — {words}" + (f" · {code(f'{place.file}:{place.line}', NAME)}" if place else "")


def _items(lines: Sequence[str], detail: Detail) -> Lines:
    for line in lines[: detail.items]:
        yield f"- {prose(line, detail.message or VALUE)}"
    yield from _cut(lines, detail, before="- ")


def _cut(every: Sequence[object], detail: Detail, before: str) -> Lines:
    """How many are not shown, where a list is cut."""
    if detail.items is not None and len(every) > detail.items:
        yield f"{before}and {len(every) - detail.items:,} more, listed in {RESULT_FILE}"


def _checked(content: Content, detail: Detail) -> Lines:
    """What was looked at; always there."""
    yield f"**Checked** — {sentences.ledger(content)}"
    groups = grouped(content.skipped)
    for group in groups[: detail.items]:
        names = ", ".join(code(finding.id, NAME) for finding in group[:3])
        more = f" and {len(group) - 3:,} more" if len(group) > 3 else ""
        reason = sentences.skip_reason(content, group[0])
        yield f"- ⏭️ skipped {names}{more} — {prose(reason, detail.message or VALUE)}"
    yield from _cut(groups, detail, before="- ")


def _check(seen: Seen, base: str, detail: Detail) -> Lines:
    """Everything that one check found, folded."""
    check = seen.check
    icon = _icon(check.outcome, warns=seen.only_warns)
    kind = "" if check.type == check.id else f" ({html_code(check.type)})"
    name = f"{icon} {sentences.check_word(seen)}: {html_code(check.id)}{kind}"
    yield from _fold(
        f"{name} — {sentences.check_facts(check, html_code)}", _all(seen, base, detail)
    )


def _all(seen: Seen, base: str, detail: Detail) -> Lines:
    found = sorted(seen.findings, key=lambda f: sentences.WORST_FIRST.index(f.outcome))
    shown = [f for f in found if detail.passing or f.outcome is not Outcome.PASSED]
    if not shown:
        yield "Everything passed."
        return
    yield "| outcome | finding | what was seen |"
    yield "|---|---|---|"
    for finding in shown:
        warns = finding.severity == "warning"
        word = sentences.outcome_word(finding.outcome, warns=warns)
        name = code(finding.id.removeprefix(f"{seen.check.id}/"), NAME)
        yield (
            f"| {_icon(finding.outcome, warns=warns)} {word} | {name} | {prose(finding.message)} |"
        )
    for finding in shown if detail.long_texts else ():
        for text in long_texts(finding):
            yield f"\n{code(finding.id, NAME)}:\n"
            yield block(text)
    if detail.long_texts:
        yield from _distributions(shown)
        yield from _curves(shown, base)


def _distributions(findings: Sequence[Finding]) -> Lines:
    """What moved, drawn, and where nulls are."""
    drawn = [(f, text) for f in findings if (text := distributions.drawn(f)) is not None]
    for finding, text in drawn[: distributions.MAX_SHOWN]:
        yield f"\n{code(finding.id, NAME)}, by its distribution:\n"
        yield block(text)
    for finding in findings:
        nulls = distributions.null_map(finding)
        if not nulls:
            continue
        yield f"\n{code(finding.id, NAME)}, columns with nulls:\n"
        yield "| column | before | now |"
        yield "|---|--:|--:|"
        for column, before, now in nulls[: distributions.MAX_NULLS]:
            yield f"| {code(column)} | {100 * before:.1f} % | {100 * now:.1f} % |"
        if len(nulls) > distributions.MAX_NULLS:
            yield f"\nand {len(nulls) - distributions.MAX_NULLS:,} more, in {RESULT_FILE}"


def _curves(findings: Sequence[Finding], base: str) -> Lines:
    """Sweeps: a chart, and the same as a table for whoever cannot see it."""
    found = [finding for finding in findings if curves.curve(finding) is not None]
    for finding in found[: curves.MAX_SHOWN]:
        yield f"\n{code(finding.id, NAME)}, {curves.title(finding, base)}:\n"
        yield from curves.in_markdown(finding, base)


def _files(content: Content) -> Lines:
    records = content.result.artifacts
    if records:
        yield from _fold(f"Files read: {len(records):,}", _file_table(content))


def _file_table(content: Content) -> Lines:
    yield "| file | what | side | rows | SHA-256 |"
    yield "|---|---|---|--:|---|"
    for record in content.result.artifacts:
        rows = "" if record.rows is None else f"{record.rows:,}"
        yield (
            f"| {code(record.path)} | {record.role} {code(record.name)} | {record.version} "
            f"| {rows} | {_version(record)} |"
        )


def _version(record: ArtifactRecord) -> str:
    if record.sha256 is not None:
        return code(record.sha256[:12])
    return code(record.fingerprint, 60) if record.fingerprint else "none: a database"


def _fold(summary: str, lines: Iterable[str]) -> Lines:
    """A folded part. The empty lines make GitHub read what is inside as Markdown."""
    yield f"<details><summary>{summary}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"


def _footer(content: Content) -> Lines:
    result = content.result
    against = f" against {code(sentences.commit(result.base))}" if result.base else ""
    yield (
        f"<sub>mlgate {prose(result.mlgate, 20)} · {code(sentences.commit(result.head))}{against} "
        f"· full result: {RESULT_FILE}</sub>"
    )
