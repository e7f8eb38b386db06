"""Where rows are counted: engines that validate a suite of expectations against a table."""

from mlgate.engines.interface import EngineTypes

ENGINES: EngineTypes = {
    "auto": "mlgate.engines.auto:Auto",
    "duckdb": "mlgate.engines.duckdb_engine:DuckDb",
    "gx": "mlgate.engines.gx:GreatExpectations",
    "spark": "mlgate.engines.gx_spark:Spark",
    "sql": "mlgate.engines.gx_sql:Sql",
}
