"""Behavioural tests in Python, with the same changes, statistics and words as in mlgate.yml.

    from mlgate.testing import assert_invariant

    def test_the_customer_id_does_not_matter(mlgate_model, mlgate_data):
        assert_invariant(mlgate_model("churn"), mlgate_data("test"), {"customer_id": "shuffle"})

The fixtures are those of mlgate's pytest plugin.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import ValidationError

from mlgate import __version__, pipeline
from mlgate.artifacts.access import Artifacts
from mlgate.checks.behavior import Behavior
from mlgate.checks.behavior_findings import look
from mlgate.checks.behavior_test import BehaviorTest
from mlgate.checks.subject import Subject
from mlgate.config.model import DataSpec, Policy
from mlgate.context import Overrides, gather
from mlgate.errors import MlgateError, NoBaseline, UsageError
from mlgate.multiplicity import corrected, may_change, notes
from mlgate.plan import Plan, Step
from mlgate.platforms.interface import Change
from mlgate.privacy import withholding
from mlgate.reports.console import STYLE, render
from mlgate.reports.curves import drawn
from mlgate.reports.sentences import explained
from mlgate.results import (
    CheckResult,
    Finding,
    Location,
    Outcome,
    Revision,
    RunResult,
    Side,
    take_stock,
)
from mlgate.runner import as_told, run_checks
from mlgate.verdict import decide

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class ModelUnderTest:
    """A model in a process of its own."""

    name: str
    """Its name in mlgate.yml."""
    side: Side
    _gate: "Gate" = field(repr=False)

    def predict(self, rows: "pd.DataFrame") -> "np.ndarray[Any, Any]":
        """Labels or values, shape (rows,). The model is given the columns that it sees."""
        return self.subject(rows).unchanged.labels

    def predict_proba(self, rows: "pd.DataFrame") -> "np.ndarray[Any, Any]":
        """Probabilities of the classes, shape (rows, classes)."""
        return self.subject(rows).unchanged.probabilities

    @property
    def classes(self) -> tuple[str | int | float | bool, ...] | None:
        """Labels in the order of the probabilities; None of a regressor."""
        return self.subject(None).description.classes

    def subject(self, rows: "pd.DataFrame | None") -> Subject:
        """The model and rows that it is tested on."""
        artifacts = self._gate.artifacts
        model = artifacts.model(self.name, self.side)
        return Subject(
            model=model,
            description=model.describe(),
            model_spec=artifacts.model_spec(self.name, self.side),
            data_spec=self._gate.spec_of(rows),
            data=None if rows is None else Rows(frame=rows),
        )

    def look(self, test: BehaviorTest, rows: "pd.DataFrame | None") -> Finding:
        """What a behavioural test finds."""
        base = NoBaseline("the test was not asked to compare")
        with withholding(on=self._gate.plan.config.privacy == "no-examples"):
            finding, *_ = look("test", test, self.subject(rows), base, self._gate.artifacts)[0]
            return as_told(finding)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows that a test brings itself."""

    frame: "pd.DataFrame"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A check of mlgate.yml, or one test of a `behavior` check."""

    name: str
    step: Step

    @property
    def location(self) -> Location:
        """Where it is asked for: in mlgate.yml, or in a file that it includes."""
        return self.step.places.get(self.name, self.step.location)


@dataclass(kw_only=True)
class Gate:
    """mlgate.yml, opened for tests: its models, its data, and its checks."""

    plan: Plan
    root: Path
    """The repository's root, which the files of locations are relative to."""
    artifacts: Artifacts
    base: Revision | MlgateError
    _stack: ExitStack = field(repr=False)
    _measured: dict[str, CheckResult] = field(default_factory=dict, repr=False)
    """What was measured in this session, by the names of the parts."""

    @classmethod
    def open(cls, file: Path, *, base: str | None = None) -> Self:
        """Read mlgate.yml and find the base; no model is started yet.

        Args:
            file: Path of mlgate.yml.
            base: Branch, tag or commit to compare with; the default branch if None.

        Raises:
            ConfigurationError: The file is missing or wrong.
        """
        stack = ExitStack()
        context = gather(
            directory=file.parent,
            config=file.name,
            change=Change(event="local"),
            environment=os.environ,
        )
        overrides = Overrides(base=base)
        plan = pipeline.plan_for(context, overrides)
        found = pipeline.find_base(context, overrides)
        scratch = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="mlgate-", ignore_cleanup_errors=True)
        )
        artifacts = stack.enter_context(
            pipeline.open_artifacts(plan, context, pipeline.head_of(context), found, Path(scratch))
        )
        return cls(plan=plan, root=context.root, artifacts=artifacts, base=found, _stack=stack)

    def close(self) -> None:
        """End the models' processes."""
        self._stack.close()

    def model(self, name: str | None = None, side: Side = "head") -> ModelUnderTest:
        """A model by its name; the name may be left out where there is one model.

        Raises:
            UsageError: There is no such model, or more than one and no name.
        """
        return ModelUnderTest(
            name=self._known("model", name, self.artifacts.model_names), side=side, _gate=self
        )

    def base_model(self, name: str | None = None) -> ModelUnderTest:
        """The base branch's version of a model; skips the test where there is none."""
        model = self.model(name, "base")
        try:
            self.artifacts.model(model.name, "base")
        except NoBaseline as error:
            import pytest

            pytest.skip(error.what)
        return model

    def data(self, name: str | None = None) -> "pd.DataFrame":
        """A copy of a data set by its name; the name may be left out where there is one."""
        known = self._known("data set", name, tuple(self.plan.config.data))
        frame = self.artifacts.data(known).frame.copy()
        frame.attrs["mlgate"] = known  # so that its target and ids are known to the model
        return frame

    def spec_of(self, rows: "pd.DataFrame | None") -> DataSpec:
        """What mlgate.yml says of rows: that of the data set that they come from."""
        named = None if rows is None else rows.attrs.get("mlgate")
        if named is None and len(self.plan.config.data) == 1:
            named = next(iter(self.plan.config.data))
        return self.artifacts.data_spec(named) if named else DataSpec(path="-")

    def parts(self) -> Iterator[Part]:
        """Every check of the plan; of a `behavior` check each test by itself."""
        for step in self.plan.steps:
            if not isinstance(step.check, Behavior):
                yield Part(name=step.check.name, step=step)
                continue
            for name, check in step.check.parts():
                yield Part(name=name, step=replace(step, check=check))

    def run(self, part: Part) -> RunResult:
        """The judged result of one check, which is that of a run of all checks."""
        check = self._corrected(part, self._measure(part))
        base = self.base
        result = RunResult(
            mlgate=__version__,
            name=self.plan.config.name,
            verdict=None,
            head=Revision(commit=None),
            base=base if isinstance(base, Revision) else None,
            no_baseline=base.what if isinstance(base, MlgateError) else None,
            checks=(check,),
            ledger=take_stock((check,)),
            notes=tuple(notes((check,))),
        )
        return replace(result, verdict=decide(result, self.policy))

    def _measure(self, part: Part) -> CheckResult:
        """What a check sees, asked for once in a session."""
        if part.name not in self._measured:
            plan = replace(self.plan, steps=(part.step,))
            (check,) = run_checks(plan, self.artifacts, time.monotonic, _quietly)
            self._measured[part.name] = check
        return self._measured[part.name]

    def _corrected(self, part: Part, check: CheckResult) -> CheckResult:
        """A check, corrected for the number of comparisons in all checks, as a run does it.

        The correction makes a regression undecided and nothing else, so that the other checks are
        measured only where there is one.
        """
        if not may_change(check):
            return check
        family = [p for p in self.parts() if p.name == part.name or p.step.check.compares]
        place = [p.name for p in family].index(part.name)
        return corrected([self._measure(p) for p in family])[place]

    @property
    def policy(self) -> Policy:
        """What the verdict makes of outcomes that are neither passed nor failed."""
        return self.plan.config.policy

    def _known(self, what: str, name: str | None, names: "tuple[str, ...] | Any") -> str:
        names = tuple(names)
        if name is None and len(names) == 1:
            return str(names[0])
        if name not in names:
            raise UsageError(
                f"mlgate.yml names no {what} {name!r}" if name else f"which {what}?",
                remedy=f"name one of: {', '.join(names) or 'none is there'}",
            )
        return str(name)


def _quietly(step: Step, number: int, count: int) -> AbstractContextManager[object]:
    """Pytest tells of the progress."""
    del step, number, count
    return nullcontext()


def require(result: RunResult) -> None:
    """Let a test pass, fail or be skipped as the gate judges a result.

    What is undecided is skipped with the reason: the gate shows it, and it blocks nothing unless
    the policy says so.

    Raises:
        AssertionError: The gate would not pass; the text is the report.
    """
    import pytest

    verdict = result.verdict
    assert verdict is not None, "the result was not judged"  # noqa: S101
    if verdict.outcome == "nothing_checked":
        (check,) = result.checks
        if check.outcome in {Outcome.SKIPPED, Outcome.INCONCLUSIVE}:
            said = [f.message for f in check.findings if f.outcome is check.outcome]
            word = "undecided: " if check.outcome is Outcome.INCONCLUSIVE else ""
            pytest.skip(f"{word}{'; '.join(said) or check.reason or 'nothing'}"[:500])
    if verdict.outcome != "passed":
        raise AssertionError(render(result))


def assert_invariant(
    model: ModelUnderTest, rows: "pd.DataFrame", change: Mapping[str, Any], **options: Any
) -> Finding:
    """A change that must not matter does not.

    Args:
        model: The model, from the fixture `mlgate_model`.
        rows: The rows to change.
        change: What changes, by column, as in mlgate.yml: `{"customer_id": "shuffle"}`.
        options: `tolerance`, `min_pass_rate`, `on`, `where`, `sample`, `seed`, as in mlgate.yml.

    Returns:
        What was found: the pass rate, its interval, the counterexamples.

    Raises:
        AssertionError: Too many rows break it; the text shows the worst.
    """
    __tracebackhide__ = True
    return _assert(model, rows, {"kind": "invariance", "change": change, **options})


def assert_directional(
    model: ModelUnderTest,
    rows: "pd.DataFrame",
    change: Mapping[str, Any] | None = None,
    *,
    expect: Literal["increase", "decrease", "not_increase", "not_decrease"],
    **options: Any,
) -> Finding:
    """A change moves the score where it must.

    Args:
        model: The model, from the fixture `mlgate_model`.
        rows: The rows to change.
        change: What changes, by column; or give `monotonic={"column": …, "over": …}`.
        expect: Where the score of the class, or the prediction, must go.
        options: `class`, `monotonic`, and those of `assert_invariant`.

    Returns:
        What was found; of a sweep, `details["curve"]` is the mean score by value.

    Raises:
        AssertionError: Too many rows break it; the text shows the worst.
    """
    __tracebackhide__ = True
    given = {} if change is None else {"change": change}
    return _assert(model, rows, {"kind": "directional", "expect": expect, **given, **options})


def assert_minimum_functionality(model: ModelUnderTest, **options: Any) -> Finding:
    """The model gets cases right that it must.

    Args:
        model: The model, from the fixture `mlgate_model`.
        options: `rows`, `cases`, `texts` or `template`, and what is expected, as in mlgate.yml.

    Returns:
        What was found.

    Raises:
        AssertionError: Too many cases are wrong; the text shows some.
    """
    __tracebackhide__ = True
    return _assert(model, None, {"kind": "minimum_functionality", **options})


def _assert(
    model: ModelUnderTest, rows: "pd.DataFrame | None", given: Mapping[str, Any]
) -> Finding:
    import pytest

    __tracebackhide__ = True  # what failed is the test's line, not ours
    document = {
        "type": "behavior",
        "model": model.name,
        "data": "-",
        "tests": [{"name": "it", **given}],
    }
    try:
        (test,) = Behavior.model_validate(document).tests
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"][2:])
        raise UsageError(f"{where}: {first['msg']}" if where else first["msg"]) from None
    finding = model.look(test, rows)
    if finding.outcome is Outcome.SKIPPED:
        pytest.skip(finding.message)
    if finding.outcome is not Outcome.PASSED:
        lines = [
            finding.message.removeprefix("it: "),
            *explained(finding, "base", STYLE),
            *drawn(finding, "base"),
        ]
        raise AssertionError("\n".join(lines))
    return finding
