"""Expectations about data: a Great Expectations suite on one data set."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, ValidationError, field_validator, model_validator

from mlgate.checks.expectation_details import bounded, value_of
from mlgate.checks.expectation_words import arguments, message, phrase
from mlgate.checks.interface import Check, Inputs, Measurement
from mlgate.checks.wording import brief, name, unique
from mlgate.config.direction import ELSEWHERE, NEITHER
from mlgate.config.load import nearest
from mlgate.config.model import References
from mlgate.engines.catalogue import EXPECTATIONS
from mlgate.engines.formula import NAME
from mlgate.engines.interface import ExpectationResult, Validation
from mlgate.engines.parameters import Place, fill
from mlgate.engines.result_format import FormatName, ResultFormat
from mlgate.engines.suite import CUSTOM, Expectation, ExpectationSpec, Suite, read_suite
from mlgate.engines.validation import Modules, validate
from mlgate.errors import DataNotReadable, SuiteNotReadable
from mlgate.privacy import foreign
from mlgate.results import Finding, Outcome

MAX_EXAMPLES = 5
"""Unexpected values that a finding shows."""


class Expectations(Check):
    """A Great Expectations suite, validated on a data set.

    Each expectation is a finding, in the order of the suite. Its `details` hold `expectation` (the
    type), `engine` (what decided), what the result holds in Great Expectations' own words
    (`element_count`, `unexpected_count`, `unexpected_percent`, `partial_unexpected_list` …; more
    with another `result_format`), and `examples`, a few unexpected values.

    An expectation of severity `critical`, the default, has the check's own severity; `warning` and
    `info` show and do not block, unless `--fail-on warning` lets every warning block.

    Great Expectations lets an empty suite, an empty table and a column of nulls pass; this check
    does not: what looked at nothing is never green.
    """

    type: Literal["expectations"]
    data: str
    """Data set to look at."""
    suite: Annotated[str | Annotated[list[Expectation], Field(min_length=1)], ELSEWHERE]
    """Suite file of Great Expectations 1.x, relative to mlgate.yml; or its expectations, here."""
    parameters: Annotated[dict[str, JsonValue], ELSEWHERE] = Field(default={})
    """Values of the suite's parameters: `{"$PARAMETER": "lo * 0.5"}` takes half of `lo`. The
    arithmetic is Great Expectations': `+ - * / ^`, `abs`, `round`, `trunc`, `now()`,
    `timedelta(days=1)` and others."""
    result_format: Annotated[FormatName | ResultFormat, ELSEWHERE] = "BASIC"
    """How much a result tells: `BOOLEAN_ONLY`, `BASIC`, `SUMMARY` or `COMPLETE`, or a mapping with
    Great Expectations' keys. Changes no verdict."""
    engine: Literal["auto", "duckdb", "gx", "spark"] = "auto"
    """Where rows are counted. `auto`: DuckDB where it is exact, else Great Expectations on pandas,
    and the database for data in one; `duckdb`: DuckDB alone, and what it does not decide is an
    error; `gx`: Great Expectations alone; `spark` needs `mlgate[spark]` and Java."""
    expectation_modules: tuple[str, ...] = ()
    """Python files with expectation classes of your own, relative to mlgate.yml: a class
    `ExpectColumnValuesToBePrime` is the expectation `expect_column_values_to_be_prime`. They run
    in Great Expectations, in a process of their own."""
    timeout: Annotated[float, NEITHER] = Field(default=600, gt=0)
    """Seconds that the expectations of `expectation_modules` may take."""

    @model_validator(mode="before")
    @classmethod
    def _admit_own_classes(cls, value: object) -> object:
        """Leave expectations of unknown types to the modules, if there are some."""
        if not isinstance(value, Mapping) or not value.get("expectation_modules"):
            return value
        suite = value.get("suite")
        if not isinstance(suite, list):
            return value
        return {**value, "suite": [_admitted(item) for item in suite]}

    @field_validator("parameters")
    @classmethod
    def _can_be_named(cls, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        for key in value:
            if not NAME.fullmatch(key) or key.upper() in {"E", "PI"}:
                raise ValueError(
                    f"no expression can name {key[:100]!r}: a name has letters, digits and `_`, "
                    "begins with a letter, and is not one of the constants e and pi"
                )
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.engine == "duckdb" and self.expectation_modules:
            raise ValueError(
                "`engine: duckdb` runs no `expectation_modules`; leave one of them out"
            )
        if not isinstance(self.suite, str):
            wrong = [
                f"suite[{i}].kwargs{_dotted(place)}: {message}"
                for i, item in enumerate(self.suite)
                for place, message in fill(item.kwargs, self.parameters).problems
            ]
            if wrong:
                raise ValueError("; ".join(wrong))
        return self

    def references(self) -> References:
        """The data set."""
        return References(data=(self.data,))

    def run(self, inputs: Inputs) -> Measurement:
        """Validate the suite.

        Raises:
            SuiteNotReadable: The suite does not parse, holds no expectation, or has a parameter
                without a value.
            ExpectationModuleFailed: The repository's own classes could not be used.
            DataNotReadable: The data cannot be read, or has no rows.
        """
        suite = self._suite(inputs)
        modules = Modules(
            files={path: inputs.file(path, role="suite") for path in self.expectation_modules},
            root=inputs.head.root,
            seconds=self.timeout,
        )
        seen = validate(self.engine, inputs.data(self.data), suite, modules)
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
            specs = tuple(
                item.spec(
                    kwargs=fill(item.kwargs, self.parameters).kwargs,
                    result_format=ResultFormat.model_validate(self.result_format),
                )
                for item in self.suite
            )
            return Suite(name=self.name, expectations=specs)
        path = inputs.file(self.suite, role="suite")
        root = inputs.head.root.resolve()
        within = path.resolve().is_relative_to(root)
        shown = path.resolve().relative_to(root).as_posix() if within else self.suite
        suite = read_suite(
            path,
            shown=shown,
            parameters=self.parameters,
            result_format=ResultFormat.model_validate(self.result_format),
            custom=bool(self.expectation_modules),
        )
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


def _admitted(item: object) -> object:
    """An expectation of a type that only the modules know; as it stands where it is none."""
    if not isinstance(item, Mapping) or item.get("type") in EXPECTATIONS:
        return item
    try:
        return Expectation.model_validate(item, context={CUSTOM: True})
    except ValidationError:
        return item  # and is reported at its place


def _dotted(place: Place) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part[:100]}" for part in place)


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
        details={**_counts(result), "expectation": spec.type, "engine": result.engine},
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
        return Outcome.ERRORED, f"{phrase(spec)}: could not be evaluated: {foreign(raised)}"
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
    """What the result holds, bounded; and a few examples of what was not expected."""
    examples = list(_examples(result.partial_unexpected_list))
    return bounded(result.to_gx()) | ({"examples": examples} if examples else {})


def _examples(unexpected: Sequence[Any]) -> Iterator[Any]:
    """A few values, none of them long: numbers and flags as they are, all else as text."""
    for item in unexpected[:MAX_EXAMPLES]:
        shown = value_of(item)
        plain = shown is None or isinstance(shown, bool | int | float)
        yield shown if plain else brief(item, 80)
