"""Expectations about data: a Great Expectations suite on one data set."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from mlgate import registry
from mlgate.checks.expectation_words import arguments, message, phrase
from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.checks.wording import brief, name, unique
from mlgate.config.load import nearest
from mlgate.config.model import References
from mlgate.engines import ENGINES
from mlgate.engines.interface import Engine, ExpectationResult, Validation
from mlgate.engines.suite import Expectation, ExpectationSpec, Suite, read_suite
from mlgate.errors import DataNotReadable, SuiteNotReadable
from mlgate.results import Finding, Outcome

MAX_EXAMPLES = 5
"""Unexpected values that a finding shows."""


class Expectations(Check):
    """A Great Expectations suite, validated on a data set.

    Each expectation is a finding. Its `details` hold `expectation` (the type), `engine` (what
    decided) and, where the expectation has them, `element_count`, `unexpected_count`,
    `unexpected_percent` and `missing_count` as Great Expectations defines them, and `examples`, a
    few unexpected values.

    Great Expectations lets an empty suite, an empty table and a column of nulls pass; this check
    does not: what looked at nothing is never green.
    """

    type: Literal["expectations"]
    data: str
    """Data set to look at."""
    suite: str | Annotated[list[Expectation], Field(min_length=1)]
    """Suite file of Great Expectations 1.x, relative to mlgate.yml; or its expectations, here."""
    engine: Literal["auto", "duckdb", "gx", "spark"] = "auto"
    """Where rows are counted. `auto`: DuckDB, Great Expectations on pandas for what DuckDB does not
    decide, and the database for data in one; `spark` needs `mlgate[spark]` and Java."""

    def references(self) -> References:
        """The data set."""
        return References(data=(self.data,))

    def run(self, inputs: Inputs) -> Measurement:
        """Validate the suite.

        Raises:
            SuiteNotReadable: The suite does not parse, or holds no expectation.
            DataNotReadable: The data cannot be read, or has no rows.
        """
        suite = self._suite(inputs)
        engine: Engine = registry.load(ENGINES, self.engine)()
        seen = engine.validate(inputs.data(self.data), suite)
        if not seen.rows:
            raise DataNotReadable(
                f"{self.data} has no rows, so no expectation says anything about it",
                cause="a filter or an earlier step left nothing over",
                remedy="write the file again; columns without rows are not data",
            )
        ids = unique(self._id(spec) for spec in suite.expectations)
        findings = tuple(
            _finding(id_, result, seen) for id_, result in zip(ids, seen.results, strict=True)
        )
        return Measurement(rows=seen.rows, findings=findings)

    def _suite(self, inputs: Inputs) -> Suite:
        if not isinstance(self.suite, str):
            specs = tuple(expectation.spec() for expectation in self.suite)
            return Suite(name=self.name, expectations=specs)
        path = inputs.file(self.suite, role="suite")
        root = inputs.head.root.resolve()
        within = path.resolve().is_relative_to(root)
        shown = path.resolve().relative_to(root).as_posix() if within else self.suite
        suite = read_suite(path, shown=shown)
        if not suite.expectations:
            raise SuiteNotReadable(
                f"{shown} holds no expectation, so nothing would be checked",
                cause="the suite was created and never filled; Great Expectations calls it a "
                "success",
                remedy="add expectations to it, or remove the check",
            )
        return suite

    def _id(self, spec: ExpectationSpec) -> str:
        return self.finding_id(_subject(spec), spec.type.removeprefix("expect_"))


def _subject(spec: ExpectationSpec) -> str:
    """The column or columns that an expectation is about."""
    named = spec.kwargs.get("column")
    columns = spec.columns or ([named] if isinstance(named, str) else [])
    return brief(",".join(columns), 80) or "table"


def _finding(id_: str, result: ExpectationResult, seen: Validation) -> Finding:
    spec = result.expectation
    outcome, text = _judged(result, seen)
    return Finding(
        id=id_,
        outcome=outcome,
        subject=_subject(spec),
        message=text,
        observed=_observed(result),
        expected=arguments(spec) or None,
        severity=None if spec.severity == "critical" else "warning",
        location=spec.location,
        details={"expectation": spec.type, "engine": result.engine, **_counts(result)},
    )


def _judged(result: ExpectationResult, seen: Validation) -> tuple[Outcome, str]:
    """The outcome, and a sentence for it.

    A column that is gone or all null is the data's failure. What Great Expectations could not
    evaluate, and a condition that selects no row, decide nothing: `errored`.
    """
    spec = result.expectation
    absent = [column for column in spec.columns if column not in seen.columns]
    if absent:
        hint = nearest(absent[0], seen.columns)
        return Outcome.FAILED, f"{phrase(spec)}: the data have no column {name(absent[0])}{hint}"
    if result.exception_message is not None:
        raised = brief(result.exception_message, 300)
        return Outcome.ERRORED, f"{phrase(spec)}: could not be evaluated: {raised}"
    if result.success and result.considered == 0:
        if spec.kwargs.get("row_condition") is None:
            return Outcome.FAILED, f"{phrase(spec)}: no value was checked: every one is null"
        why = "no value was checked: the condition leaves none"
        return Outcome.ERRORED, f"{phrase(spec)}: {why}"
    return Outcome.PASSED if result.success else Outcome.FAILED, message(result)


def _observed(result: ExpectationResult) -> Any:
    """The figure that was computed; for an expectation about each value, how many break it."""
    found = result.observed_value
    if found is None:
        return result.unexpected_count
    if isinstance(found, str):
        return brief(found, 200)
    return found if len(str(found)) <= 1000 else brief(found, 1000)


def _counts(result: ExpectationResult) -> dict[str, Any]:
    """The counts that the expectation has, and a few examples of what was not expected."""
    names = ("element_count", "unexpected_count", "unexpected_percent", "missing_count")
    counts = {key: getattr(result, key) for key in names if getattr(result, key) is not None}
    examples = list(_examples(result.partial_unexpected_list))
    return counts | ({"examples": examples} if examples else {})


def _examples(unexpected: Sequence[Any]) -> Iterator[Any]:
    """A few values, none of them long: numbers and flags as they are, all else as text."""
    for item in unexpected[:MAX_EXAMPLES]:
        plain = item is None or isinstance(item, bool | int | float)
        yield item if plain else brief(item, 80)
