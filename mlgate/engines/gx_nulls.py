"""Great Expectations outside of pandas: a comparison with a null is no comparison there.

In a database and on Spark, `NULL > 1` is neither true nor false, so that a row with a null in one
column breaks no expectation about several columns. Where a column holds nothing but nulls, nothing
was compared, and Great Expectations calls that a success.
"""

from collections.abc import Sequence
from dataclasses import replace

from mlgate.engines.catalogue import Domain
from mlgate.engines.gx import OpenBatch, validated
from mlgate.engines.interface import ExpectationResult, Validation
from mlgate.engines.suite import ExpectationSpec, Suite

_COUNTS_NULLS = "expect_column_values_to_not_be_null"


def validated_beside_nulls(
    suite: Suite, *, open_batch: OpenBatch, rows: int, columns: Sequence[str], engine: str
) -> Validation:
    """Validate a suite; what compared nothing considered nothing. Arguments as `validated`."""
    witnesses = {
        (column, str(condition)): ExpectationSpec(
            type=_COUNTS_NULLS, kwargs={"column": column, **condition}
        )
        for spec in suite.expectations
        if spec.signature.domain is Domain.ROWS
        for condition in [_condition(spec)]
        for column in spec.columns
        if column in columns
    }
    asked = replace(suite, expectations=(*suite.expectations, *witnesses.values()))
    seen = validated(asked, open_batch=open_batch, rows=rows, columns=columns, engine=engine)
    own = seen.results[: len(suite.expectations)]
    empty = {
        key
        for key, result in zip(witnesses, seen.results[len(own) :], strict=True)
        if result.exception_message is not None or result.unexpected_count == result.element_count
    }
    return replace(seen, results=tuple(_honest(result, empty) for result in own))


def _condition(spec: ExpectationSpec) -> dict[str, object]:
    names = ("row_condition", "condition_parser")
    return {name: spec.kwargs[name] for name in names if name in spec.kwargs}


def _honest(result: ExpectationResult, empty: set[tuple[str, str]]) -> ExpectationResult:
    spec = result.expectation
    if spec.signature.domain is not Domain.ROWS:
        return result
    condition = str(_condition(spec))
    if any((column, condition) in empty for column in spec.columns):
        return replace(result, considered=0)
    return result
