"""The whole recipe: measure, judge, write. The only place that wires collaborators."""

import json
import os
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

import mlgate
from mlgate import registry
from mlgate.artifacts.access import Artifacts, Base
from mlgate.artifacts.base import choose_base, open_base
from mlgate.artifacts.changes import since_base
from mlgate.artifacts.interface import Workspace
from mlgate.checks import CHECKS
from mlgate.config.load import load, nearest
from mlgate.config.model import POLICY
from mlgate.context import Overrides, RunContext
from mlgate.digests import digests_of
from mlgate.errors import ExitCode, MlgateError, NoBaseline, ResultNotReadable, UsageError
from mlgate.multiplicity import corrected
from mlgate.multiplicity import notes as corrections
from mlgate.plan import Plan, make_plan
from mlgate.platforms.interface import Change, Publication
from mlgate.reports import ALWAYS, FILES, REPORTS
from mlgate.reports.annotations import annotations
from mlgate.reports.markdown import render as markdown_report
from mlgate.results import (
    ArtifactRecord,
    CheckResult,
    Outcome,
    Revision,
    RunResult,
    Verdict,
    from_json,
    take_stock,
)
from mlgate.runner import Around, Clock, run_checks
from mlgate.verdict import decide
from mlgate.waivers import require_an_end, waive

SUMMARY_LIMIT = 1_000_000
"""Characters of a job summary, under GitHub's limit of 1 MiB with room for longer encodings."""

MAX_RESULT = 64 << 20
"""Bytes that a result file may have."""


def gate(context: RunContext, overrides: Overrides, clock: Clock, around: Around) -> RunResult:
    """The whole job up to showing it: a judged result, written to the report folder.

    A configuration error or a bug is a result too, and no earlier run's result is left behind.
    """
    clear(context.report_dir)
    try:
        result = run(context, overrides, clock, around)
    except MlgateError as error:
        fix = [f"To fix it: {error.remedy}"] if error.remedy else []
        result = not_run(context.change, error.exit_code, [*error.what.splitlines(), *fix])
    except KeyboardInterrupt:
        interrupted = not_run(context.change, ExitCode.ERRORED, ["the run was interrupted"])
        write_reports(interrupted, context.report_dir, context.formats)
        raise
    except Exception as error:  # noqa: BLE001  # the result is written whatever happens
        trace = traceback.format_exc()[-8000:]
        reason = f"a bug in mlgate: {type(error).__name__}: {error}"
        result = not_run(context.change, ExitCode.BUG, [reason[:500], *trace.splitlines()])
    write_reports(result, context.report_dir, context.formats)
    return result


def run(context: RunContext, overrides: Overrides, clock: Clock, around: Around) -> RunResult:
    """Measure everything that the configuration asks for, and judge it.

    Raises:
        ConfigurationError: mlgate.yml is missing or wrong.
        UsageError: The overrides do not fit it.
    """
    start = clock()
    require_checkout(context)
    plan = plan_for(context, overrides)
    everything_ran = not overrides.only
    with tempfile.TemporaryDirectory(prefix="mlgate-", ignore_cleanup_errors=True) as scratch:
        head = head_of(context)
        base = find_base(context, overrides)
        with open_artifacts(plan, context, head, base, Path(scratch)) as artifacts:
            checks = run_checks(plan, artifacts, clock, around)
            checks = corrected(checks, warnings_block=overrides.fail_on == "warning")
            if everything_ran or POLICY in overrides.only:
                checks = (*goalposts(plan, artifacts, base, clock), *checks)
            waiving = waive(
                checks, plan.config.waivers, context.today, everything_ran=everything_ran
            )
            records = artifacts.records()
            changed = what_changed(plan, context, base, records)
            notes = (*artifacts.notes(), *corrections(checks), *waiving.notes)
            digests = digests_of(plan, records, context.root, CHECKS)
    result = RunResult(
        mlgate=mlgate.__version__,
        name=plan.config.name,
        verdict=None,
        head=head,
        base=base if isinstance(base, Revision) else None,
        no_baseline=base.what if isinstance(base, MlgateError) else None,
        checks=waiving.checks,
        artifacts=records,
        ledger=take_stock(waiving.checks),
        digests=digests,
        changed=changed,
        notes=notes,
        seconds=round(clock() - start, 3),
    )
    return replace(result, verdict=decide(result, plan.config.policy, overrides.fail_on))


def require_checkout(context: RunContext) -> None:
    """Make sure that the pull request is what is checked out.

    Raises:
        UsageError: It is not, as with `pull_request_target`, which checks out the base branch: the
            base would be compared with itself.
    """
    repository, head = context.repository, context.change.head_commit
    if repository is None or head is None or context.change.pull_request is None:
        return
    found = repository.commit("HEAD") or ""
    if found != head and head not in repository.parents(found):
        if repository.commit(head) and repository.merge_base(found, head) == head:
            return  # a step of the job has committed on top of it
        raise UsageError(
            f"the pull request is at {head[:7]}, and {found[:7]} is checked out",
            cause="`pull_request_target` checks out the base branch",
            remedy="use the event `pull_request`, or give actions/checkout the `ref` to check",
        )


def goalposts(
    plan: Plan, artifacts: Artifacts, base: Revision | MlgateError, clock: Clock
) -> tuple[CheckResult, ...]:
    """The check `policy`; none where there is nothing to compare with."""
    if isinstance(base, NoBaseline):
        return ()
    from mlgate.goalposts import look_at_goalposts

    return look_at_goalposts(plan, artifacts, clock, CHECKS)


def plan_for(context: RunContext, overrides: Overrides) -> Plan:
    """What `run` would do; opens nothing but mlgate.yml."""
    file = context.root / context.config
    config = load(file, CHECKS, shown=context.config, root=context.root)
    require_an_end(config, context.today)
    return make_plan(config, CHECKS, only=overrides.only)


def find_base(context: RunContext, overrides: Overrides) -> Revision | MlgateError:
    """The commit to compare with, or why there is none."""
    if context.repository is None:
        return NoBaseline(
            "this folder is not in a git repository: there is nothing to compare with"
        )
    try:
        return choose_base(context.repository, context.wanted(overrides))
    except MlgateError as error:
        return error


def open_artifacts(
    plan: Plan, context: RunContext, head: Revision, base: Revision | MlgateError, scratch: Path
) -> Artifacts:
    """Both sides, opened when a check asks for them."""
    if os.geteuid() == 0:
        scratch.chmod(0o755)  # the model's process runs as another user

    def base_side() -> Base:
        if isinstance(base, MlgateError):
            raise base
        assert context.repository is not None  # noqa: S101  # it gave the base
        assert base.commit is not None  # noqa: S101
        return open_base(
            context.repository,
            base.commit,
            config=context.config,
            check_types=CHECKS,
            to=scratch / "base",
        )

    return Artifacts(
        config=plan.config,
        head=Workspace(side="head", root=context.root, commit=head.commit),
        open_base=base_side,
        cache=context.cache,
        requirements=context.requirements,
        variables=context.environment,
    )


def what_changed(
    plan: Plan,
    context: RunContext,
    base: Revision | MlgateError,
    records: Sequence[ArtifactRecord],
) -> str | None:
    """What differs between base and head beside the figures; None where there is no base."""
    if isinstance(base, MlgateError) or context.repository is None:
        return None
    return since_base(
        plan.config, base, context.root, context.repository, records, context.requirements
    )


def head_of(context: RunContext) -> Revision:
    """What is gated: the platform's word for a pull request, else what is checked out."""
    change, repository = context.change, context.repository
    if repository is None:
        return Revision(commit=change.head_commit, ref=change.head_ref)
    return Revision(
        commit=change.head_commit or repository.commit("HEAD"),
        ref=change.head_ref or repository.branch(),
        modified=change.event == "local" and repository.is_modified(),
    )


def not_run(change: Change, exit_code: ExitCode, reasons: Sequence[str]) -> RunResult:
    """The result of a run that could not begin."""
    return RunResult(
        mlgate=mlgate.__version__,
        name="default",
        verdict=Verdict(outcome="errored", exit_code=int(exit_code), reasons=tuple(reasons)),
        head=Revision(commit=change.head_commit, ref=change.head_ref),
        base=None,
        ledger=take_stock(()),
    )


def clear(folder: Path) -> None:
    """Make sure that reports can be written to a folder, and that none is there.

    Raises:
        UsageError: They cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in FILES.values():
            (folder / file).unlink(missing_ok=True)
        if folder.name == ".mlgate":  # in a work tree, and nothing to commit
            (folder / ".gitignore").write_text("*\n!waivers.yml\n")  # which people write
    except OSError as error:
        raise UsageError(
            f"reports cannot be written to {folder}: {error.strerror}",
            remedy="choose another folder with --report-dir",
        ) from error


def formats_in(text: str) -> tuple[str, ...]:
    """Report formats, separated by commas or spaces.

    Raises:
        UsageError: There is no such format.
    """
    names = tuple(dict.fromkeys(text.replace(",", " ").split()))
    for name in names:
        if name not in REPORTS:
            hint = nearest(name, REPORTS) or f"; known: {', '.join(REPORTS)}"
            raise UsageError(f"there is no report format {name!r}{hint}")
    return names


def write_reports(result: RunResult, folder: Path, formats: Sequence[str] = ()) -> None:
    """Write the files that every run leaves, and those of other formats that were asked for.

    Each is written in one step, so that none is ever half there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in dict.fromkeys((*ALWAYS, *formats)):
        file, text = FILES[name], render(result, name)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=folder, prefix=f".{file}.", delete=False
        ) as partial:
            partial.write(text)
        place = Path(partial.name)
        place.chmod(0o644)
        place.replace(folder / file)


def render(result: RunResult, name: str) -> str:
    """A result in one of the report formats."""
    text: str = registry.load(REPORTS, name)(result)
    return text


def read_result(path: Path) -> RunResult:
    """A judged result from a file that may come from a stranger.

    Raises:
        ResultNotReadable: The file is missing, too large, or no result of this schema.
    """
    try:
        # No link is followed and no pipe waited for: the folder may be a stranger's.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            content = file.read(MAX_RESULT + 1) or b""
        if len(content) > MAX_RESULT:
            raise ResultNotReadable(f"{path.name} is larger than {MAX_RESULT >> 20} MiB")
        result = from_json(content)
    except OSError as error:
        raise ResultNotReadable(
            f"{path.name} cannot be read: {error.strerror}", remedy="run `mlgate run` first"
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ResultNotReadable(
            f"{path.name} is not a result of this mlgate: {where}: {first['msg']}",
            cause="another version of mlgate wrote it, or it was changed",
        ) from error
    if result.verdict is None:
        raise ResultNotReadable(f"{path.name} has no verdict", cause="the run did not end")
    return result


def publication(result: RunResult, result_path: str, report_path: str) -> Publication:
    """Everything that a platform shows of a result."""
    assert result.verdict is not None  # noqa: S101  # both ways to a result judge it
    unsuccessful = {Outcome.FAILED, Outcome.ERRORED}
    return Publication(
        gate=result.name,
        passed=result.verdict.exit_code == ExitCode.PASSED,
        comment=render(result, "markdown"),
        summary=markdown_report(result, limit=SUMMARY_LIMIT),
        annotations=annotations(result),
        outputs={
            "verdict": result.verdict.outcome,
            "exit-code": str(result.verdict.exit_code),
            "failed-checks": json.dumps([c.id for c in result.checks if c.outcome in unsuccessful]),
            "result-path": result_path,
            "report-path": report_path,
        },
    )
