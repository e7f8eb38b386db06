"""Each expectation where it is decided best: by DuckDB where it is exact, else by its owner.

A table in a database is the database's: every expectation is decided there.
"""

from mlgate.artifacts.interface import DataSet
from mlgate.engines.duckdb_engine import answer
from mlgate.engines.interface import Validation
from mlgate.engines.suite import Suite


class Auto:
    """DuckDB, and Great Expectations for what DuckDB leaves; it is imported only then."""

    def validate(self, data: DataSet, suite: Suite) -> Validation:
        """Validate a suite; each result names the engine that decided."""
        if data.sql is not None:
            from mlgate.engines.gx_sql import Sql

            return Sql().validate(data, suite)
        answers = answer(data, suite)
        results = dict(answers.results)
        left = sorted(answers.refusals)
        if left:
            rest = Suite(name=suite.name, expectations=tuple(suite.expectations[i] for i in left))
            from mlgate.engines.gx import GreatExpectations

            theirs = GreatExpectations().validate(data, rest)
            results |= dict(zip(left, theirs.results, strict=True))
        return Validation(
            rows=answers.rows,
            columns=answers.columns,
            results=tuple(results[i] for i in range(len(suite.expectations))),
        )
