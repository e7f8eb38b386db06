"""Behavioural tests: what a model must get right, must ignore, and which way it must move."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from mlgate.artifacts.models import format_of
from mlgate.checks.behavior_kinds import (
    BehaviorTest,
    ChangingTest,
    MinimumFunctionality,
    NotSeen,
    Tally,
    Test,
)
from mlgate.checks.counterexamples import counterexamples
from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.checks.subject import Subject
from mlgate.checks.wording import brief, percent, slug, unique
from mlgate.checks.wording import name as shown
from mlgate.config.model import DataSpec, ModelSpec, References
from mlgate.errors import MlgateError
from mlgate.results import Finding, Outcome, Side


class Behavior(Check):
    """Behavioural tests of a model.

    Each test is a finding; what is observed is the share of the rows that behave as expected. Head
    alone decides. The base branch's model is asked the same, on the same rows, and its share is the
    finding's baseline; where it cannot be asked, `details` say why under `no_base`.

    `details`: `kind`, `rows` (that count), `unchanged` (rows that the change left as they were, and
    that do not count), `violations`, and `counterexamples`: the three worst rows, each with `row`
    (its position, from 0), `changed` (by column: before and after) or `case`, and `prediction` and
    `score`, with `_before` and `_after` where there are two.
    """

    type: Literal["behavior"]
    model: str
    """Model to test."""
    data: str | None = None
    """Data set whose rows are changed; not needed for minimum functionality alone."""
    tests: tuple[Test, ...] = Field(min_length=1)
    """The tests."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        named = [test.name for test in self.tests]
        for name in named:
            if named.count(name) > 1:
                raise ValueError(f"two tests are called {brief(name)!r}")
        changing = [test for test in self.tests if isinstance(test, ChangingTest)]
        if self.data is None and changing:
            raise ValueError(f"needs `data`: the test {brief(changing[0].name)!r} changes its rows")
        return self

    def references(self) -> References:
        """The model, and the data if any."""
        return References(models=(self.model,), data=(self.data,) if self.data else ())

    @classmethod
    def recommend(
        cls, data: dict[str, DataSpec], models: dict[str, ModelSpec]
    ) -> Iterator[dict[str, Any]]:
        """Each model must ignore what identifies a row of the test data.

        Several entries carry the names of both in their ids; one alone is called `behavior`.
        """
        pairs = [
            (model, name, spec.ids)
            for model, model_spec in models.items()
            if format_of(model_spec, Path()) != "predictions"  # which answers no changed rows
            for name, spec in data.items()
            if (spec.role or name) == "test" and spec.ids
        ]
        for model, name, ids in pairs:
            own_id = {"id": f"behavior-{model}-{name}"} if len(pairs) > 1 else {}
            yield {**own_id, "model": model, "data": name, "tests": [_ignores(i) for i in ids]}

    def run(self, inputs: Inputs) -> Measurement:
        """Ask the model about every test.

        Raises:
            ModelFailed: The model does not load.
            DataNotReadable: The data cannot be read.
        """
        head = self._subject(inputs, "head")
        base = self._base(inputs)
        ids = unique(self.finding_id(slug(test.name)) for test in self.tests)
        findings = []
        rows, cases = 0, 0
        for id_, test in zip(ids, self.tests, strict=True):
            finding, counted = _look(id_, test, head, base, inputs)
            findings.append(finding)
            if isinstance(test, MinimumFunctionality):
                cases += counted
            else:  # all on the same rows
                rows = max(rows, counted)
        return Measurement(rows=rows + cases, findings=findings)

    def _subject(self, inputs: Inputs, side: Side) -> Subject:
        model = inputs.model(self.model, side)
        description = model.describe()
        if description.fixed:
            raise MlgateError(
                f"{shown(self.model)} answers no changed rows, and behavioural tests change rows",
                cause="it is a file of predictions, not a model",
                remedy="give the model itself, or remove this check",
            )
        return Subject(
            model=model,
            description=description,
            model_spec=inputs.model_spec(self.model, side),
            data_spec=inputs.data_spec(self.data) if self.data else DataSpec(path="-"),
            data=inputs.data(self.data) if self.data else None,
        )

    def _base(self, inputs: Inputs) -> Subject | MlgateError:
        """The base branch's model on head's data, or why it cannot be asked."""
        try:
            return self._subject(inputs, "base")
        except MlgateError as error:  # head alone decides
            return error


def _ignores(column: str) -> dict[str, Any]:
    change = {column: "shuffle"}
    return {"name": f"ignores {column}", "kind": "invariance", "change": change}


def _look(
    id_: str, test: BehaviorTest, head: Subject, base: Subject | MlgateError, inputs: Inputs
) -> tuple[Finding, int]:
    """The finding of a test, and the rows that count."""
    try:
        tally = test.measure(head, inputs)
        examples = list(counterexamples(tally))
    except NotSeen as error:
        return _undecided(id_, test, Outcome.SKIPPED, error.what), 0
    except MlgateError as error:
        return _undecided(id_, test, Outcome.ERRORED, error.sentence()), 0
    baseline, no_base = _baseline(test, base, inputs)
    details: dict[str, Any] = {
        "kind": test.kind,
        "rows": tally.rows,
        "unchanged": len(tally.counted) - tally.rows,
        "violations": tally.violations,
        "counterexamples": examples,
    }
    has_passed = tally.pass_rate >= test.min_pass_rate - 1e-12
    finding = Finding(
        id=id_,
        outcome=Outcome.PASSED if has_passed else Outcome.FAILED,
        subject=brief(test.name),
        message=f"{brief(test.name)}: {_sentence(test, tally)}",
        observed=tally.pass_rate,
        expected=f"pass rate >= {test.min_pass_rate:g}",
        baseline=baseline,
        severity=test.severity,
        details=details | ({"no_base": no_base} if no_base else {}),
    )
    return finding, tally.rows


def _undecided(id_: str, test: BehaviorTest, outcome: Outcome, why: str) -> Finding:
    return Finding(
        id=id_,
        outcome=outcome,
        subject=brief(test.name),
        message=f"{brief(test.name)}: {why}",
        expected=f"pass rate >= {test.min_pass_rate:g}",
        severity=test.severity,
        details={"kind": test.kind},
    )


def _baseline(
    test: BehaviorTest, base: Subject | MlgateError, inputs: Inputs
) -> tuple[float | None, str | None]:
    """The base model's pass rate, or why there is none."""
    if isinstance(base, MlgateError):
        return None, base.what
    try:
        return test.measure(base, inputs).pass_rate, None
    except NotSeen:  # what it does not see cannot change its answers
        return 1.0, None
    except MlgateError as error:
        return None, error.what


def _sentence(test: BehaviorTest, tally: Tally) -> str:
    """Such as "86 of 1,409 predictions change when customer_id is shuffled (6.1 %); none may"."""
    share = percent(tally.violations / tally.rows)
    allowed = 1 - test.min_pass_rate
    limit = f"at most {percent(allowed)} may" if allowed else "none may"
    return f"{tally.violations:,} of {tally.rows:,} {test.violation()} ({share}); {limit}"
