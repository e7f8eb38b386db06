"""The check `policy`: what a pull request asks less of than its base did.

It is no entry of `checks`: every run with a base makes it, and base's `policy: {goalposts: …}` says
what comes of it. It looks at options, suites, case files and evaluation rows, and judges nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import JsonValue

from mlgate.checks.interface import Inputs
from mlgate.checks.policy_data import evaluation_data, rows_moved
from mlgate.checks.policy_suites import SuiteMove, expectations_of, suite_differences
from mlgate.checks.wording import brief
from mlgate.config.model import POLICY, CheckSpec
from mlgate.config.policy_diff import Move, Policy, differences, renamed
from mlgate.errors import BaselineNotFound, MlgateError, NoBaseline
from mlgate.results import Finding, Location, Outcome, Severity

if TYPE_CHECKING:
    from mlgate.checks.behavior import Behavior
    from mlgate.checks.expectations import Expectations


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What the comparison of two policies found."""

    findings: tuple[Finding, ...]
    stricter: int
    """Options that ask more than base's."""


def compare_policies(base: Policy, head: Policy, inputs: Inputs, severity: Severity) -> Compared:
    """Compare options, suites, case files and evaluation rows.

    Args:
        base: Base's side.
        head: Head's side.
        inputs: Files and data of both.
        severity: Of what is looser, and of what may be.
    """
    stricter = 0
    findings = []
    for move in differences(base, head):
        if move.kind == "stricter":
            stricter += 1
        else:
            findings.append(_of_option(move, base, severity))
    pairs = list(_pairs(base, head))
    for before, after in pairs:
        for finding in _files(inputs, before, after, head, severity):
            if finding is None:
                stricter += 1
            else:
                findings.append(finding)
    findings += _data(base, head, inputs, severity)
    return Compared(findings=tuple(_with_own_ids(findings)), stricter=stricter)


def _pairs(base: Policy, head: Policy) -> Iterator[tuple[CheckSpec, CheckSpec]]:
    kept = renamed(base.checks, head.checks)
    for check in base.checks:
        if check.name in kept:
            yield check, kept[check.name]


def _of_option(move: Move, base: Policy, severity: Severity) -> Finding:
    parts = [move.name if move.section in {"checks", "waivers"} else move.section]
    if move.section == "waivers":
        parts.insert(0, move.section)
    elif move.section != "checks" and move.name:
        parts.append(move.name)
    if move.option:
        parts.append(move.option)
    details: dict[str, JsonValue] = {
        "kind": move.kind,
        "place": f"{move.location.file}:{move.location.line}:{move.column}",
    }
    if move.base_line is not None:
        details["base_place"] = f"{base.config.file}:{move.base_line}"
    return Finding(
        id="/".join((POLICY, *parts)),
        outcome=Outcome.FAILED,
        subject=f"{move.name or move.section}{f' {move.option}' if move.option else ''}",
        message=move.sentence,
        observed=move.after,
        baseline=move.before,
        severity="warning" if move.subject and move.kind == "changed" else severity,
        location=move.location,
        details=details,
    )


def _files(
    inputs: Inputs, before: CheckSpec, after: CheckSpec, head: Policy, severity: Severity
) -> Iterator[Finding | None]:
    """What the files of a check ask less of; None for each thing that they ask more of."""
    if after.type == "expectations":  # imported already, as everything that is configured
        from mlgate.checks.expectations import Expectations

        if isinstance(before, Expectations) and isinstance(after, Expectations):
            yield from _suite(inputs, before, after, head, severity)
    elif after.type == "behavior":
        from mlgate.checks.behavior import Behavior

        if isinstance(before, Behavior) and isinstance(after, Behavior):
            yield from _cases(inputs, before, after, head, severity)


def _suite(
    inputs: Inputs, before: "Expectations", after: "Expectations", head: Policy, severity: Severity
) -> Iterator[Finding | None]:
    """What a check's suite asks less of; None for each thing that it asks more of."""
    try:
        if before.suite == after.suite and before.parameters == after.parameters:
            if not isinstance(after.suite, str):
                return
            files = [inputs.file(after.suite, side, role="suite") for side in ("head", "base")]
            if files[0].read_bytes() == files[1].read_bytes():
                return
        ours = expectations_of(inputs, after, "head")
        theirs = expectations_of(inputs, before, "base")
    except (MlgateError, OSError) as error:
        yield _not_compared(after, "suite", error)
        return
    for move in suite_differences(theirs, ours):
        yield None if move.kind == "stricter" else _of_suite(move, after, head, severity)


def _of_suite(move: SuiteMove, check: "Expectations", head: Policy, severity: Severity) -> Finding:
    place = head.places[check.name]
    mark = head.mark((*place, "suite"))
    location = move.location
    if location is None or not isinstance(check.suite, str):
        location = Location(file=head.config.file, line=mark.line)
    else:
        location = Location(file=_beside(head, location.file), line=location.line)
    name = f"{move.name}/{move.argument}" if move.argument else move.name
    return Finding(
        id="/".join((POLICY, check.name, name)),
        outcome=Outcome.FAILED,
        subject=move.name,
        message=f"suite of check {check.name}: {move.sentence}",
        observed=move.after,
        baseline=move.before,
        severity=severity,
        location=location,
        details={"kind": move.kind, "place": f"{location.file}:{location.line}:1"},
    )


def _cases(
    inputs: Inputs, before: "Behavior", after: "Behavior", head: Policy, severity: Severity
) -> Iterator[Finding]:
    """Case files with the same name and another content."""
    files = {test.name: getattr(test, "cases", None) for test in before.tests}
    for test in after.tests:
        path = getattr(test, "cases", None)
        if path is None or files.get(test.name) != path:
            continue  # another file is another option, and told as one
        try:
            here, there = (inputs.file(path, side) for side in ("head", "base"))
            same = here.read_bytes() == there.read_bytes()
        except (MlgateError, OSError) as error:
            yield _not_compared(after, path, error)
            continue
        if not same:
            location = Location(file=_beside(head, path))
            yield Finding(
                id="/".join((POLICY, after.name, test.name, "cases")),
                outcome=Outcome.FAILED,
                subject=path,
                message=f"the cases of {brief(test.name)} of check {after.name} are others than "
                f"base's: {path} was edited; whether that is looser cannot be told",
                severity=severity,
                location=location,
                details={"kind": "changed", "place": f"{location.file}:1:1"},
            )


def _data(base: Policy, head: Policy, inputs: Inputs, severity: Severity) -> Iterator[Finding]:
    names = (*evaluation_data(head.checks, head.config), *evaluation_data(base.checks, base.config))
    for name in dict.fromkeys(names):
        if name in head.config.data and name in base.config.data:
            yield from _data_set(name, head, inputs, severity)


def _data_set(name: str, head: Policy, inputs: Inputs, severity: Severity) -> Iterator[Finding]:
    spec = head.config.data[name]
    there = inputs.data_spec(name, "base")
    if spec.sql is not None or there.sql is not None:
        return  # a table has one version; another query is another option, and told as one
    own_id = "/".join((POLICY, "data", name, "rows"))
    mark = head.mark(("data", name))
    try:
        ours, theirs = inputs.data(name), inputs.data(name, "base")
        if ours.identity == theirs.identity:
            return
        if ours.remote is not None or theirs.remote is not None:
            said = "another version of it is in the store"
        else:
            target = spec.target
            moved = rows_moved(theirs.frame, ours.frame, target=target, ids=spec.ids)
            if moved.none:
                return
            said = moved.sentence
    except (NoBaseline, BaselineNotFound) as error:
        yield Finding(
            id=own_id,
            outcome=Outcome.SKIPPED,
            subject=name,
            message=f"the evaluation rows of {name} were not compared: {error.what}",
        )
        return
    except MlgateError as error:
        yield Finding(
            id=own_id,
            outcome=Outcome.ERRORED,
            subject=name,
            message=f"the evaluation rows of {name} were not compared: {error.sentence()}",
        )
        return
    yield Finding(
        id=own_id,
        outcome=Outcome.FAILED,
        subject=f"evaluation rows of {name}",
        message=f"the evaluation rows of {name} are others than base's: {said}",
        severity=severity,
        location=Location(file=head.config.file, line=mark.line),
        details={"kind": "data", "place": f"{head.config.file}:{mark.line}:{mark.column}"},
    )


def _not_compared(check: CheckSpec, what: str, error: MlgateError | OSError) -> Finding:
    why = error.what if isinstance(error, MlgateError) else error.strerror
    is_new = isinstance(error, NoBaseline)
    return Finding(
        id="/".join((POLICY, check.name, what)),
        outcome=Outcome.SKIPPED if is_new else Outcome.ERRORED,
        subject=f"{check.name} {what}",
        message=f"{what} of check {check.name} was not compared with base's: {why}",
    )


def _beside(head: Policy, path: str) -> str:
    """A path of mlgate.yml, from the repository's root."""
    directory = head.config.directory
    return path if directory in {"", "."} else f"{directory}/{path}"


def _with_own_ids(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Findings whose ids differ, as annotations and reports need them."""
    from dataclasses import replace

    seen: dict[str, int] = {}
    for finding in findings:
        number = seen[finding.id] = seen.get(finding.id, 0) + 1
        yield finding if number == 1 else replace(finding, id=f"{finding.id}~{number}")
