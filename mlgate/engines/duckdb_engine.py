"""DuckDB: suites of Great Expectations in a few queries over the file, without importing it.

An expectation is decided here only where verdict and counts are those of Great Expectations on
pandas, for the type of the column and for the arguments; a differential test holds that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mlgate.artifacts.interface import DataSet
from mlgate.engines.catalogue import GX_ONLY, RUNTIME_KWARGS, Domain
from mlgate.engines.duckdb_aggregate import AGGREGATES
from mlgate.engines.duckdb_conditions import row_condition
from mlgate.engines.duckdb_divergence import DIVERGENCE
from mlgate.engines.duckdb_map import COLUMN
from mlgate.engines.duckdb_open import open_table
from mlgate.engines.duckdb_plan import NAME, Ask, Order, Plan, scan
from mlgate.engines.duckdb_rows import ROWS
from mlgate.engines.duckdb_schema import SCHEMA
from mlgate.engines.duckdb_spread import SPREAD
from mlgate.engines.duckdb_sql import NotNative, Sql
from mlgate.engines.duckdb_table import Table
from mlgate.engines.duckdb_unexpected import plain_index
from mlgate.engines.interface import ExpectationResult, Validation
from mlgate.engines.suite import ExpectationSpec, Suite

PLANS: Final[Mapping[str, Callable[[Ask], Plan]]] = {
    **COLUMN,
    **ROWS,
    **AGGREGATES,
    **SCHEMA,
    **SPREAD,
    **DIVERGENCE,
}
"""How each expectation is decided that DuckDB knows; the others are Great Expectations' own."""


_PARSERS: Final = (None, "pandas", "great_expectations", "spark")
"""Languages of a row condition, which an expectation without one may name, too."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What DuckDB decides of a suite."""

    rows: int
    columns: tuple[str, ...]
    results: Mapping[int, ExpectationResult]
    """By position in the suite."""
    refusals: Mapping[int, str]
    """Why the others are not decided here, by position."""


class DuckDb:
    """DuckDB alone. What it does not decide is a result with an exception message."""

    def validate(self, data: DataSet, suite: Suite) -> Validation:
        """Validate a suite on the file itself, or on the frame that is read from it."""
        answers = answer(data, suite)
        results = tuple(
            answers.results.get(i) or _refused(spec, answers.refusals[i])
            for i, spec in enumerate(suite.expectations)
        )
        return Validation(rows=answers.rows, columns=answers.columns, results=results)


def _refused(spec: ExpectationSpec, reason: str) -> ExpectationResult:
    message = f"DuckDB does not decide this one: {reason}"
    return ExpectationResult(
        expectation=spec, success=False, exception_message=message, engine=NAME
    )


def answer(data: DataSet, suite: Suite) -> Answers:
    """Decide what can be decided here.

    Raises:
        DataNotReadable: The file is missing, empty, truncated, or of another format.
    """
    results: dict[int, ExpectationResult] = {}
    refusals: dict[int, str] = {}
    numbered = all(not s.result_format.needs_rows for s in suite.expectations) or plain_index(data)
    with open_table(data, suite) as table:
        plans = _plans(table, suite, results, refusals, numbered=numbered)
        seen = _scanned(table, plans)
        for i, plan in plans.items():
            try:
                known = scan(table, plan.figures) if seen is None else seen
                results[i] = plan.finish([known[figure] for figure in plan.figures])
            except Exception as error:  # noqa: BLE001  # whatever it is, another engine decides
                refusals[i] = _reason(error)
        return Answers(
            rows=table.rows,
            columns=tuple(map(str, table.names)),
            results=results,
            refusals=refusals,
        )


def _plans(
    table: Table,
    suite: Suite,
    results: dict[int, ExpectationResult],
    refusals: dict[int, str],
    *,
    numbered: bool,
) -> dict[int, Plan]:
    order = Order(table)
    plans = {}
    for i, spec in enumerate(suite.expectations):
        absent = [column for column in spec.columns if column.lower() not in table.folded]
        if absent and spec.type in PLANS:
            results[i] = ExpectationResult(
                expectation=spec,
                success=False,
                exception_message=f"the data have no column {absent[0][:100]!r}",
                engine=NAME,
            )
            continue
        if spec.type not in PLANS:
            refusals[i] = GX_ONLY.get(spec.type, "it is a class of the repository")
            continue
        if not numbered and spec.signature.domain in {Domain.VALUES, Domain.ROWS}:
            refusals[i] = "its rows have labels of their own"
            continue
        try:
            _check_arguments(spec)
            where = row_condition(spec.kwargs, table)
            plans[i] = PLANS[spec.type](Ask(spec, table, where, order))
        except Exception as error:  # noqa: BLE001  # such as a mistaken argument
            refusals[i] = _reason(error)
    return plans


def _check_arguments(spec: ExpectationSpec) -> None:
    """Make sure that Great Expectations would not refuse an argument that a plan does not read."""
    given = spec.kwargs
    if not given.keys() <= spec.signature.kwargs | RUNTIME_KWARGS:
        raise NotNative("it has an argument that Great Expectations does not know")
    if not given.keys() >= spec.signature.required:
        raise NotNative("it lacks an argument")
    if given.get("condition_parser") not in _PARSERS:
        raise NotNative("its `condition_parser` is unknown")
    mostly = given.get("mostly", 1)
    if isinstance(mostly, bool) or not isinstance(mostly, int | float) or not 0 <= mostly <= 1:
        raise NotNative("its `mostly` is no share")


def _scanned(table: Table, plans: Mapping[int, Plan]) -> Mapping[Sql, Any] | None:
    """The figures of all plans in one scan; None where one of them breaks it."""
    import duckdb

    try:
        return scan(table, [figure for plan in plans.values() for figure in plan.figures])
    except duckdb.Error:
        return None


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, NotNative) else f"it raised {str(error)[:200]}"
