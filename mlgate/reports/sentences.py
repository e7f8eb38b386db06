"""What every report says, in sentences, before a format gives them their looks."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from pydantic import JsonValue

from mlgate.errors import ExitCode
from mlgate.reports import examples, figures
from mlgate.reports.comparisons import carried, changed_rows, flips, row
from mlgate.reports.content import BUG, Content, Seen, is_comparison, lacks_baseline
from mlgate.reports.escape import Style
from mlgate.results import CheckResult, Finding, Outcome, Revision, RunResult

OUTCOME_WORDS: Final = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.INCONCLUSIVE: "undecided",
    Outcome.SKIPPED: "skipped",
    Outcome.ERRORED: "could not run",
}
WORST_FIRST: Final = (
    Outcome.FAILED,
    Outcome.ERRORED,
    Outcome.INCONCLUSIVE,
    Outcome.SKIPPED,
    Outcome.PASSED,
)
HEADING: Final = 140
"""Characters of a reason in the headline."""
BUG_REPORT: Final = (
    "A fault of mlgate, which says nothing about the model: please report the traceback."
)
_PASS_RATE = re.compile(r"pass rate >= (\d+(?:\.\d+)?(?:e-\d+)?)")
_ADVICE = re.compile(r"(?:usual cause|to fix it|read on)\b[:,] ", re.IGNORECASE)
_BREAK = re.compile(rf"\n+|;?\s(?={_ADVICE.pattern})", re.IGNORECASE)
"""Where an error's message goes on with its cause and its remedy."""


def headline(content: Content, style: Style) -> str:
    """The answer, and why, as a reviewer would say it."""
    result, verdict = content.result, content.verdict
    mlgate = "mlgate" if result.name == "default" else f"mlgate ({style.value(result.name)})"
    if verdict.outcome == "failed":
        return f"{mlgate}: failed — {_why_failed(content, style)}"
    if verdict.outcome == "passed":
        return f"{mlgate}: passed — {_why_passed(content, style)}"
    if verdict.outcome == "nothing_checked":
        return f"{mlgate} checked nothing"
    if not result.checks:
        return f"{mlgate} could not start, so nothing was checked"
    broken = sum(
        any(f.outcome is Outcome.ERRORED for f in seen.findings) for seen in content.checks
    )
    cause = " because of a bug in mlgate" if verdict.exit_code == ExitCode.BUG else ""
    return f"{mlgate} could not run {figures.counted(broken, 'check')}{cause}"


def _why_failed(content: Content, style: Style) -> str:
    regressed = [f for f in content.regressed if f.severity == "error"]
    if not regressed and len(content.failing) == 1:
        only = content.failing[0]
        known = only.subject in only.message or only.subject == only.id
        name = "" if known else f"{style.value(only.subject)}: "
        return name + style.sentence(_short(only.message))
    said = []
    if regressed:
        said.append(_moved(regressed[0], style))
        if len(regressed) > 1:
            said.append(f"{figures.counted(len(regressed) - 1, 'more metric')} regressed")
    if content.failing:
        failed = figures.counted(len(content.failing), "other finding" if regressed else "finding")
        said.append(f"{failed} failed")
    moved = sum(finding.severity == "error" for finding in content.goalposts)
    if moved and said:
        said.append(f"{figures.counted(moved, 'goalpost')} moved")
    return _listed(said) or _why_policy_failed(content, style)


def _why_policy_failed(content: Content, style: Style) -> str:
    """Why it failed where no finding of severity `error` did."""
    reason = content.verdict.reasons[0] if content.verdict.reasons else "no reason was given"
    for finding in content.undecided:
        if finding.message == reason:
            return f"{style.value(finding.subject)} is undecided, and the policy is to fail then"
    if any(f.message == reason and lacks_baseline(f) for f in content.skipped):
        return "there is nothing to compare with, and the policy is to fail then"
    return style.sentence(_short(reason))


def _listed(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def _short(message: str) -> str:
    """A message's first part, short enough for a heading; cut where it breathes, if it does."""
    first = message_lines(message)[0].rstrip(".")
    if len(first) <= HEADING:
        return first
    clauses = first[: HEADING + 1].rpartition("; ")[0]
    return clauses or f"{first[: HEADING - 1]}…"


def _moved(finding: Finding, style: Style) -> str:
    base, head = figures.number(finding.baseline), figures.number(finding.observed)
    numbers = row(finding)
    if base is None or head is None or numbers.base == numbers.head:
        return f"{style.value(finding.subject)} regressed"
    verb = "fell" if head < base else "rose"
    return f"{style.value(finding.subject)} {verb} from {numbers.base} to {numbers.head}"


def _why_passed(content: Content, style: Style) -> str:
    result = content.result
    warnings = len(content.warnings) + len(content.regressed)
    said = []
    if content.goalposts:
        said.append(f"{figures.counted(len(content.goalposts), 'goalpost')} moved")
    if result.ledger.passed == result.ledger.checks:
        said.append(figures.counted(result.ledger.checks, "check"))
    if content.compared and not content.regressed and not content.undecided:
        said.append(f"no regression against {base_name(result, style)}")
    if warnings:
        said.append(figures.counted(warnings, "warning"))
    if content.undecided:
        said.append(f"{len(content.undecided):,} undecided")
    if content.errored:
        said.append(f"{len(content.errored):,} could not run")
    if no_baseline(content) is not None:
        said.append("nothing to compare with")
    return ", ".join(said) or f"{result.ledger.passed:,} of {result.ledger.checks:,} checks"


def base_name(result: RunResult, style: Style) -> str:
    """What a reader calls the base."""
    return style.value(result.base.ref) if result.base and result.base.ref else "base"


def changed(result: RunResult) -> str | None:
    """What changed since base, as a sentence; still to be escaped. None where that is not told."""
    return result.changed and result.changed[:1].upper() + result.changed[1:]


def commit(revision: Revision | None) -> str:
    """A commit as people write it; still to be escaped."""
    if revision is None or revision.commit is None:
        return "no commit"
    return revision.commit[:7] + (" with uncommitted changes" if revision.modified else "")


def ledger(content: Content) -> str:
    """How much was checked: on green this is the reason to believe the green."""
    result, stock = content.result, content.result.ledger
    warn = sum(seen.only_warns for seen in content.checks)
    mild = f" ({warn:,} only warn)" if warn else ""
    outcomes = (
        f"{stock.passed:,} passed, {stock.failed:,} failed{mild}, "
        f"{stock.inconclusive:,} undecided, {stock.skipped:,} skipped, "
        f"{stock.errored:,} could not run"
    )
    findings = sum(len(check.findings) for check in result.checks)
    said = [
        f"{figures.counted(stock.checks, 'check')}: {outcomes}",
        f"{figures.counted(findings, 'finding')} on {stock.rows:,} rows and tests",
    ]
    used = {(record.role, record.path, record.version) for record in result.artifacts}
    for role, noun in (("model", "model"), ("data", "data file")):
        count = sum(record[0] == role for record in used)
        if count:
            said.append(figures.counted(count, noun))
    said.append(figures.duration(result.seconds))
    return " · ".join(said)


def skip_reason(content: Content, finding: Finding) -> str:
    """Why something was not measured. What the report says about the base anyway is said once."""
    if lacks_baseline(finding) or finding.message == content.result.no_baseline:
        return "nothing to compare with"
    return finding.message


def no_baseline(content: Content) -> str | None:
    """Why nothing, or not everything, was compared with base; None where everything was."""
    if content.result.no_baseline is not None:
        return content.result.no_baseline
    lacking = [finding for finding in content.skipped if lacks_baseline(finding)]
    return lacking[0].message if lacking else None


def check_word(seen: Seen) -> str:
    """How a check ended."""
    return outcome_word(seen.check.outcome, warns=seen.only_warns)


def check_facts(check: CheckResult, value: Callable[[str], str]) -> str:
    """How many findings ended in what, of which kinds, on how many rows, in what time.

    Args:
        check: The check.
        value: Escapes a kind.
    """
    outcomes = Counter(finding.outcome for finding in check.findings)
    facts = [f"{outcomes[o]:,} {OUTCOME_WORDS[o]}" for o in WORST_FIRST if outcomes[o]]
    kinds = Counter(filter(None, map(kind, check.findings)))
    if kinds:
        shown = [f"{count:,} {value(name)}" for name, count in kinds.most_common(4)]
        facts.append(", ".join(shown))
    marked = Counter(marker for finding in check.findings for marker in markers(finding))
    if marked:
        shown = [f"{count:,} {value(name)}" for name, count in marked.most_common(7)]
        facts.append(f"marked {', '.join(shown)}")
    covered = list(filter(None, map(coverage, check.findings)))
    facts += covered
    if check.rows not in {
        0,
        len(check.findings) - len(covered),
    }:  # of tests, the findings say how many
        facts.append(figures.counted(check.rows, "row"))
    return " · ".join([*facts, figures.duration(check.seconds)])


def kind(finding: Finding) -> str | None:
    """What sort of thing was looked at, where a check tells sorts apart; still to be escaped."""
    named = finding.details.get("kind")
    return named.replace("_", " ") if isinstance(named, str) else None


def markers(finding: Finding) -> list[str]:
    """The markers of a test of the repository; still to be escaped."""
    named = finding.details.get("markers")
    return [name for name in named if isinstance(name, str)] if isinstance(named, list) else []


def coverage(finding: Finding) -> str | None:
    """How much of the code the tests of the repository run, where a finding tells."""
    lines, branches = finding.observed, finding.details.get("branch_rate")
    if "covered_lines" not in finding.details or not isinstance(lines, int | float):
        return None
    text = f"coverage {100 * lines:.1f} % of lines"
    return f"{text}, {100 * branches:.1f} % of branches" if isinstance(branches, float) else text


def outcome_word(outcome: Outcome, *, warns: bool) -> str:
    """An outcome in words; `warns` where a failure does not block."""
    return "warning" if outcome is Outcome.FAILED and warns else OUTCOME_WORDS[outcome]


def explained(finding: Finding, base: str, style: Style) -> list[str]:
    """What helps to understand a finding, one line each: cause, remedy, both sides, worst rows.

    Args:
        finding: The finding.
        base: What a reader calls the base, already escaped.
        style: How the lines are escaped.
    """
    lines = [style.sentence(line) for line in message_lines(finding.message)[1:9]]
    if BUG in finding.details:
        lines.append(BUG_REPORT)
    here, there = figures.number(finding.observed), figures.number(finding.baseline)
    rate = _PASS_RATE.fullmatch(finding.expected or "")
    if here is not None and rate:
        lines.append(_pass_rate(finding, here, float(rate[1]), base))
    elif here is not None and there is not None and not is_comparison(finding):
        limit = style.sentence(figures.limit(finding.expected or ""))
        wanted = f", expected {limit}" if finding.expected else ""
        lines.append(f"here {figures.cell(here)}, on {base} {figures.cell(there)}{wanted}")
    if flipped := flips(finding):
        lines.append(flipped)
    lines += [*carried(finding, style), *changed_rows(finding, style)]
    return lines + examples.lines(finding, style)


def _pass_rate(finding: Finding, here: float, least: float, base: str) -> str:
    """Such as "pass rate 93.9 % (95 % interval 92.5 … 95 %), on main 100 %; expected 100 %"."""
    said = f"pass rate {_rate(here, finding.details.get('interval'), '95 % interval ')}"
    there = figures.number(finding.baseline)
    if there is not None:
        said += f", on {base} {_rate(there, finding.details.get('base_interval'))}"
    return f"{said}; expected {'' if least >= 1 else '≥ '}{figures.percent(least)}"


def _rate(share: float, interval: JsonValue, title: str = "") -> str:
    """A share of the rows, with its interval where that is known."""
    ends = list(map(figures.number, interval)) if isinstance(interval, list) else []
    known = [end for end in ends if end is not None]
    if len(known) != 2:
        return figures.percent(share)
    low, high = map(figures.percent, known)
    return f"{figures.percent(share)} ({title}{low.removesuffix(' %')}{figures.TO}{high})"


def message_lines(message: str) -> list[str]:
    """A message's lines, with its usual cause and its remedy as lines of their own; never none."""
    lines = [line.strip() for line in _BREAK.split(message.strip())]
    lines = [line[:1].upper() + line[1:] if _ADVICE.match(line) else line for line in lines if line]
    return lines or ["no reason was given"]
