"""Behavioural tests: what a model must get right, must ignore, and which way it must move."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from mlgate.artifacts.models import format_of
from mlgate.checks.behavior_cases import MinimumFunctionality
from mlgate.checks.behavior_findings import look
from mlgate.checks.behavior_kinds import Test, TestsFile
from mlgate.checks.behavior_standard import STANDARD
from mlgate.checks.behavior_test import BehaviorTest, RowsTest
from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.checks.subject import Subject
from mlgate.checks.wording import brief, slug, unique
from mlgate.checks.wording import name as shown
from mlgate.config.direction import HIGHER, MORE
from mlgate.config.include import MOST_PATTERNS
from mlgate.config.model import DataSpec, ModelSpec, References
from mlgate.errors import MlgateError
from mlgate.results import Finding, Side

File = Annotated[str, Field(min_length=1)]


class Behavior(Check):
    """Behavioural tests of a model.

    Each test is a finding; what is observed is the share of the rows that behave as expected. Where
    all rows are looked at, that share decides; of a `sample`, its 95 % interval does, and a test
    that it cannot decide is inconclusive. The base branch's model is asked the same, on the same
    rows: its share is the finding's baseline, and rows that only head gets wrong are named even
    where the test passes. With `max_drop`, `<id>/<test>/regression` compares the two shares row by
    row. Where base cannot be asked, `details` say why under `no_base`.

    `details`: `kind`, `rows` (that count), `unchanged` (rows that the change left as they were, and
    that do not count), `violations`, `new_violations` (that base does not have), `interval` (95 %,
    of the pass rate) and `base_interval`, `sampled_of`, `curve` of a sweep with its `column` and
    `expect` (each point has `value`, mean `score`, base's as `base`, and the rows that go `wrong`
    from the value before), and `counterexamples`: the three worst rows, each with `row` (its
    position, from 0), `changed` (by column: before and after) or `case`, `marks` (where long texts
    changed), and `prediction` and `score` (of the class `score_of`), with `_before` and `_after`
    where there are two. Details of a comparison are those of the `metrics` check.
    """

    included: ClassVar[type[BaseModel] | None] = TestsFile

    type: Literal["behavior"]
    model: str
    """Model to test."""
    data: str | None = None
    """Data set whose rows are changed; not needed for minimum functionality alone."""
    tests: Annotated[tuple[Test, ...], MORE] = ()
    """The tests."""
    include: (
        File | Annotated[tuple[File, ...], Field(min_length=1, max_length=MOST_PATTERNS)] | None
    ) = None
    """Files with more tests: a path or pattern (`behavior/*.yml`), or a list of them. Each file is
    a mapping with `tests`."""
    standard: Annotated[bool, HIGHER] = False
    """Four more tests that every model should pass: it answers the same when asked twice, whatever
    the order of the rows, one by one as in a batch, and where rows are repeated."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.tests and not self.standard and self.include is None:
            raise ValueError("has no test: give `tests`, `include`, or `standard: true`")
        taken = {test.name for test in STANDARD} if self.standard else set()
        if repeated := list(_repeated(self.tests, taken)):  # each at its own place
            raise ValidationError.from_exception_data("tests", repeated)
        on_rows = [test for test in self._all if isinstance(test, RowsTest)]
        if self.data is None and on_rows:
            raise ValueError(f"needs `data`: the test {brief(on_rows[0].name)!r} is about its rows")
        return self

    def parts(self) -> Iterator[tuple[str, Self]]:
        """Each test as a check of its own, by the id of its finding."""
        names = unique(self.finding_id(slug(test.name)) for test in self._all)
        for name, test in zip(names, self._all, strict=True):
            yield name, self.model_copy(update={"tests": (test,), "standard": False})

    def places(self) -> Iterator[tuple[str, tuple[str | int, ...]]]:
        """The findings of tests, each at its test."""
        for index, (name, _) in enumerate(self.parts()):
            yield name, ("tests", index) if index < len(self.tests) else ("standard",)

    @property
    def _all(self) -> tuple[BehaviorTest, ...]:
        return (*self.tests, *(STANDARD if self.standard else ()))

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
        ids = unique(self.finding_id(slug(test.name)) for test in self._all)
        findings: list[Finding] = []
        rows, cases = 0, 0
        for id_, test in zip(ids, self._all, strict=True):
            found, counted = look(id_, test, head, base, inputs)
            findings.extend(found)
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


def _repeated(tests: Sequence[BehaviorTest], taken: AbstractSet[str]) -> Iterator[InitErrorDetails]:
    """A problem for each test whose name another has already."""
    seen = set(taken)
    for index, test in enumerate(tests):
        if test.name in seen:
            error = ValueError(f"two tests are called {brief(test.name)!r}")
            yield InitErrorDetails(
                type="value_error",
                loc=("tests", index, "name"),
                input=test.name,
                ctx={"error": error},
            )
        seen.add(test.name)
