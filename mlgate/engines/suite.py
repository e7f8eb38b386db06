"""Suites of expectations: Great Expectations' files, and the same list inside mlgate.yml.

Great Expectations 1.x is the language; the spelling of before 1.0 (`expectation_type`) is read too.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import (
    BaseModel,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from mlgate.config.load import nearest
from mlgate.config.model import Strict
from mlgate.engines.catalogue import EXPECTATIONS, RUNTIME_KWARGS, Domain, Signature
from mlgate.engines.parameters import fill
from mlgate.engines.result_format import BASIC, ResultFormat
from mlgate.errors import Problem, SuiteNotReadable
from mlgate.results import Location

MAX_PROBLEMS: Final = 20
"""Problems of one file that an error lists."""

GxSeverity = Literal["critical", "warning", "info"]
"""Great Expectations' severities."""


@dataclass(frozen=True, kw_only=True)
class ExpectationSpec:
    """One expectation of a suite, with a known type and known arguments."""

    type: str
    """A key of `EXPECTATIONS`, or the name of a class of the repository."""
    kwargs: Mapping[str, Any]
    """Arguments, as the suite gives them, with the values of its parameters."""
    severity: GxSeverity = "critical"
    location: Location | None = None
    """Where the expectation begins; None where it does not stand in a suite file."""
    result_format: ResultFormat = BASIC
    """How much its result tells."""

    @property
    def custom(self) -> bool:
        """Whether it is a class of the repository."""
        return self.type not in EXPECTATIONS

    @property
    def signature(self) -> Signature:
        """How the expectation is called; of a class of the repository, as far as it can be told."""
        return EXPECTATIONS.get(self.type) or _signature(self.kwargs)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that it needs to be evaluated; none for one that asks which columns there are."""
        given = self.kwargs
        if self.type in {"expect_column_to_exist", "expect_table_columns_to_match_ordered_list"}:
            return ()
        single = (given.get(name) for name in ("column", "column_A", "column_B"))
        several = given.get("column_list")
        names = [*single, *(several if isinstance(several, list | tuple) else ())]
        return tuple(name for name in names if isinstance(name, str))


def _signature(kwargs: Mapping[str, Any]) -> Signature:
    """What the arguments of a class of the repository tell."""
    domain = Domain.TABLE
    if "column" in kwargs:
        domain = Domain.VALUES
    elif {"column_A", "column_list"} & kwargs.keys():
        domain = Domain.ROWS
    return Signature(
        domain=domain, required=frozenset(), optional=frozenset(kwargs), about_nulls=False
    )


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Expectations that belong together."""

    name: str
    expectations: tuple[ExpectationSpec, ...]
    """In the order of the file."""


class Expectation(Strict):
    """An expectation as mlgate.yml or a suite file spells it."""

    type: str
    """Name of the expectation, such as `expect_column_values_to_be_between`."""
    kwargs: dict[str, Any] = Field(default={}, validate_default=True)
    """Arguments of the expectation, such as `column`, `min_value` and `mostly`."""
    severity: GxSeverity = "critical"
    """`critical` has the check's severity; `warning` and `info` show and never block."""
    description: str | None = None
    """For people; decides nothing."""
    meta: dict[str, Any] | None = None
    """For people and tools; decides nothing."""

    @model_validator(mode="before")
    @classmethod
    def _accept_forms_of_gx(cls, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        given = {key: item for key, item in value.items() if key not in _BOOKKEEPING}
        if "expectation_type" in given and "type" not in given:
            given["type"] = given.pop("expectation_type")
        return given

    @field_validator("type")
    @classmethod
    def _is_known(cls, value: str, info: ValidationInfo) -> str:
        if value not in EXPECTATIONS and not (info.context or {}).get(CUSTOM):
            hint = nearest(value, EXPECTATIONS) or " in Great Expectations 1.x"
            raise ValueError(f"there is no expectation {value[:100]!r}{hint}")
        return value

    @field_validator("kwargs")
    @classmethod
    def _fit_the_type(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if info.data.get("type") not in EXPECTATIONS:  # wrong and reported, or the repository's own
            return {name: item for name, item in value.items() if name not in RUNTIME_KWARGS}
        signature = EXPECTATIONS[info.data["type"]]
        given = {name: item for name, item in value.items() if name not in RUNTIME_KWARGS}
        wrong = [
            f"there is no argument {name[:100]!r}{nearest(name, signature.kwargs)}"
            for name in sorted(given.keys() - signature.kwargs)
        ]
        missing = sorted(signature.required - given.keys())
        wrong = wrong or [f"has no `{name}`" for name in missing]
        if wrong:
            known = ", ".join(sorted(signature.kwargs))
            raise ValueError(f"{'; '.join(wrong)}; {info.data['type']} knows {known}")
        return given

    def spec(
        self,
        location: Location | None = None,
        *,
        kwargs: Mapping[str, Any] | None = None,
        result_format: ResultFormat = BASIC,
    ) -> ExpectationSpec:
        """The expectation, at its place.

        Args:
            location: Where it begins in a suite file.
            kwargs: Its arguments with the values of their parameters; by default as they stand.
            result_format: How much its result tells.
        """
        return ExpectationSpec(
            type=self.type,
            kwargs=self.kwargs if kwargs is None else kwargs,
            severity=self.severity,
            location=location,
            result_format=result_format,
        )


_BOOKKEEPING = frozenset(
    {
        "expectation_context",
        "ge_cloud_id",
        "id",
        "notes",
        "rendered_content",
        "success_on_last_run",
    }
)
"""What Great Expectations writes beside an expectation for its own use."""


CUSTOM: Final = "custom"
"""Key of pydantic's context under which expectations may be of types that are not known here."""


class _File(BaseModel):
    """A suite file. Keys that mlgate has no use for are left alone: tools add their own."""

    expectations: list[Expectation]
    suite_parameters: dict[str, Any] | None = None
    """Values of parameters that the suite itself gives."""
    evaluation_parameters: dict[str, Any] | None = None
    """The same before 1.0."""


def read_suite(
    path: Path,
    *,
    shown: str,
    parameters: Mapping[str, Any] | None = None,
    result_format: ResultFormat = BASIC,
    custom: bool = False,
) -> Suite:
    """Read a suite file.

    Args:
        path: The file.
        shown: Its path from the repository's root, as errors and locations give it.
        parameters: Values of the suite's parameters, before those that the file itself gives.
        result_format: How much its results tell.
        custom: Whether expectations may be classes of the repository, whose types and arguments
            only Great Expectations knows.

    Raises:
        SuiteNotReadable: It is no JSON, has another shape, names an expectation or an argument that
            does not exist, or has a parameter without a value; lists every problem with its line
            and column.
    """
    text = _text(path, shown)
    document = _json(text, shown)
    places, repeated = _places(text)
    problems = [_at(text, places, shown, where, "stands twice") for where in repeated]
    try:
        file = _File.model_validate(document, context={CUSTOM: custom})
    except ValidationError as error:
        problems += [
            _at(text, places, shown, detail["loc"], _words(detail))
            for detail in error.errors(include_url=False)
        ]
        raise _not_readable(problems) from error
    values = {
        **(file.evaluation_parameters or {}),
        **(file.suite_parameters or {}),
        **(parameters or {}),
    }
    specs = []
    for index, item in enumerate(file.expectations):
        here = ("expectations", index)
        filled = fill(item.kwargs, values)
        problems += [
            _at(text, places, shown, (*here, "kwargs", *where), message)
            for where, message in filled.problems
        ]
        location = Location(file=shown, line=_line(text, places[here]))
        specs.append(item.spec(location, kwargs=filled.kwargs, result_format=result_format))
    if problems:
        raise _not_readable(problems)
    name = document.get("name") or document.get("expectation_suite_name") or path.stem
    return Suite(name=str(name), expectations=tuple(specs))


def _text(path: Path, shown: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SuiteNotReadable(
            f"{shown} cannot be opened: {error.strerror}",
            cause="the path in mlgate.yml is mistyped, or the file is not in the repository",
            remedy="paths start at mlgate.yml's folder",
        ) from error
    except UnicodeDecodeError as error:
        raise SuiteNotReadable(
            f"{shown} is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}",
            cause="it is no text file, or an editor saved it in another encoding",
            remedy="save the file as UTF-8",
        ) from error


def _json(text: str, shown: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{shown}:{error.lineno}:{error.colno}"
        what = f"{where}: not JSON: {error.msg}"
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, deep nesting
        what = f"{shown}:1:1: not JSON that mlgate reads: {str(error)[:200]}"
    raise SuiteNotReadable(
        what,
        cause="a suite is a JSON file as Great Expectations 1.x writes it; this one was edited by "
        "hand, cut short, or is something else",
        remedy="mend the place that is named, or export the suite again",
    )


def _not_readable(problems: Sequence[Problem]) -> SuiteNotReadable:
    ordered = sorted(problems, key=lambda problem: (problem.line, problem.column))
    lines = [str(problem) for problem in ordered[:MAX_PROBLEMS]]
    if len(ordered) > MAX_PROBLEMS:
        lines.append(f"and {len(ordered) - MAX_PROBLEMS} more problems")
    return SuiteNotReadable(
        "\n".join(lines),
        cause="a name is mistyped, or the suite is of another version of Great Expectations",
        remedy="correct the places that are named; mlgate reads suites of Great Expectations 1.x, "
        "and older ones with `expectation_type`",
    )


_JsonPath = tuple[str | int, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[][{},:]|[^][{},:"\s]+', re.DOTALL)
_DEPTH = 4
"""Levels that a message may name: `expectations`, the index, `kwargs`, the argument."""


def _places(text: str) -> tuple[dict[_JsonPath, int], list[_JsonPath]]:
    """Where each value of a JSON text stands, and the keys that stand twice.

    Python's JSON reader keeps no positions, and YAML's reads some JSON otherwise (tabs, `1e5`,
    pairs of surrogates). The text is known to be JSON, so that following its brackets is enough.

    Returns:
        The offset of each value, or of its key where it has one, down to `_DEPTH` levels; and the
        repeated keys.
    """
    places: dict[_JsonPath, int] = {}
    repeated: list[_JsonPath] = []
    path: list[str | int | None] = []  # None: an object whose next key is still to come
    for match in _TOKEN.finditer(text):
        part = match[0]
        if part in "}]":
            path.pop()
        elif part == ",":
            path[-1] = path[-1] + 1 if isinstance(path[-1], int) else None
        elif path and path[-1] is None:
            path[-1] = json.loads(part)
            if len(path) <= _DEPTH:
                here = _without_gaps(path)
                if here in places:
                    repeated.append(here)
                places[here] = match.start()
        elif part != ":":
            if len(path) <= _DEPTH:
                places.setdefault(_without_gaps(path), match.start())
            if part in "{[":
                path.append(None if part == "{" else 0)
    return places, repeated


def _without_gaps(path: Iterable[str | int | None]) -> _JsonPath:
    return tuple(part for part in path if part is not None)


def _at(
    text: str, places: Mapping[_JsonPath, int], shown: str, where: _JsonPath, message: str
) -> Problem:
    """A problem at the nearest place above it that is in the text."""
    known = where
    while known not in places:
        known = known[:-1]
    offset = places[known]
    return Problem(
        file=shown,
        line=_line(text, offset),
        column=offset - text.rfind("\n", 0, offset),
        path="".join(_dotted(where)).removeprefix("."),
        message=message,
    )


def _dotted(path: _JsonPath) -> Iterator[str]:
    for part in path:
        yield f"[{part}]" if isinstance(part, int) else f".{part[:100]}"


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _words(detail: Any) -> str:
    """One of pydantic's problems, as the author of a suite would say it."""
    kind = detail["type"]
    if kind == "missing":
        return f"has no `{detail['loc'][-1]}`"
    if kind == "extra_forbidden":
        key = str(detail["loc"][-1])
        hint = nearest(key, Expectation.model_fields)
        return f"unknown key {key[:100]!r}{hint or '; arguments belong under `kwargs`'}"
    if kind == "model_type":
        return f"should be a JSON object, not {repr(detail['input'])[:60]}"
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    message = detail["msg"].removeprefix("Input ").replace("valid dictionary", "JSON object")
    return f"{message}, not {repr(detail['input'])[:60]}"
