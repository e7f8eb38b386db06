"""Great Expectations in a database: its SQL engine, through SQLAlchemy."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mlgate.artifacts.interface import DataSet
from mlgate.artifacts.sql_watch import CLASS
from mlgate.config.sql import is_query
from mlgate.engines.gx import quiet
from mlgate.engines.gx_nulls import validated_beside_nulls
from mlgate.engines.interface import ExpectationResult, Validation
from mlgate.engines.suite import ExpectationSpec, Suite
from mlgate.errors import DataNotReadable

if TYPE_CHECKING:
    from mlgate.artifacts.sql import Database

NAME: Final = "sql"
_QUERIES: Final = ("unexpected_rows_query", "base_query", "comparison_query")
"""Arguments that hold a statement."""


class Sql:
    """Great Expectations' SQL engine, where the rows are. Nothing is written to the database."""

    def validate(self, data: DataSet, suite: Suite) -> Validation:
        """Validate a suite in the database.

        Each expectation reads the table anew, so that a table that changes meanwhile may be
        counted in several states.

        Raises:
            DataNotReadable: The data set is a file; or the database cannot be reached, has no such
                table, or is lost on the way.
        """
        if data.sql is None:
            raise DataNotReadable(
                f"{data.name} is a file, and not a table in a database",
                remedy="give it `sql` in place of `path`, or the check another `engine`",
            )
        refused = {i: r for i, s in enumerate(suite.expectations) for r in _refusals(data, s)}
        asked = tuple(s for i, s in enumerate(suite.expectations) if i not in refused)
        with data.sql.opened() as database, quiet():
            rows, columns = database.size()
            seen = validated_beside_nulls(
                replace(suite, expectations=asked),
                open_batch=lambda context: _batch(context, data.name, database),
                rows=rows,
                columns=columns,
                engine=NAME,
            )
            theirs = iter([_clean(result, database) for result in seen.results])
        results = tuple(
            _refusal(spec, refused[i]) if i in refused else next(theirs)
            for i, spec in enumerate(suite.expectations)
        )
        return replace(seen, results=results)


def _refusals(data: DataSet, spec: ExpectationSpec) -> Iterator[str]:
    """Why an expectation is not asked."""
    for name in _QUERIES:
        query = spec.kwargs.get(name)
        if isinstance(query, str) and not is_query(query):
            yield f"`{name}` is not a single SELECT without a semicolon"
    other = spec.kwargs.get("comparison_data_source_name")
    if isinstance(other, str) and other != data.name:
        yield (
            f"there is no data source {other[:100]!r}: a query is compared with one in the same "
            f"database, whose name is that of the data set, {data.name!r}"
        )


def _refusal(spec: ExpectationSpec, reason: str) -> ExpectationResult:
    return ExpectationResult(expectation=spec, success=False, exception_message=reason, engine=NAME)


def _clean(result: ExpectationResult, database: "Database") -> ExpectationResult:
    """A result whose message is sure to hold no secret, whatever it was made from."""
    message = (result.exception_message or "").replace(f"({CLASS}) ", "")
    return replace(result, exception_message=database.scrub(message) or None)


def _batch(context: Any, name: str, database: "Database") -> Any:
    """The table as a batch, over the connection that is open.

    Great Expectations is given an engine and never the URL: it would look for variables of its own
    in it, keep it in its configuration and open connections that nobody watches. Its data source
    takes no engine, so it is made for an empty database and the engine put into its cache.
    """
    from great_expectations.execution_engine.sqlalchemy_execution_engine import (
        SqlAlchemyExecutionEngine,
    )
    from sqlalchemy import quoted_name

    source = context.data_sources.add_sql(name, connection_string="sqlite://")
    source.get_execution_engine()
    source._engine = database.engine  # noqa: SLF001
    source._execution_engine = SqlAlchemyExecutionEngine(  # noqa: SLF001
        engine=database.engine, create_temp_table=False
    )
    spec = database.table.spec
    if spec.table is None:
        asset = source.add_query_asset("data", query=(spec.query or "").strip().rstrip("; \n\t"))
    else:
        # A plain text would never be quoted: with None, SQLAlchemy quotes what needs it.
        schema = spec.schema_
        if schema is not None and schema != schema.lower():
            schema = quoted_name(schema, quote=True)  # else it is made lower case
        asset = source.add_table_asset(
            "data", table_name=quoted_name(spec.table, quote=None), schema_name=schema
        )
    batch = asset.add_batch_definition_whole_table("all").get_batch()
    if batch.data.execution_engine.engine is not database.engine:  # another version of it
        raise RuntimeError("Great Expectations did not keep to the database's own connection")
    return batch
