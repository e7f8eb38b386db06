"""One suite on DuckDB, Great Expectations on pandas, PostgreSQL and Spark: the same verdicts."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mlgate.checks.expectations import Expectations
from mlgate.results import Outcome
from tests.e2e.engines.orders import DIFFERENCES, ROWS, SUITE, orders, traps
from tests.support import make_inputs

pytestmark = pytest.mark.e2e

URL = "postgresql+psycopg://${DB_USER}:${DB_PASSWORD}@127.0.0.1:${DB_PORT}/postgres"
QUESTIONS = [(kind, kwargs) for kind, kwargs, _ in SUITE]
COUNTS = ("element_count", "unexpected_count", "unexpected_percent", "missing_count")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    root: Path = tmp_path_factory.mktemp("orders")
    orders().to_parquet(root / "orders.parquet", index=False)
    orders().to_csv(root / "orders.csv", index=False)
    orders().to_json(root / "orders.jsonl", orient="records", lines=True, date_format="iso")
    (root / "parts").mkdir()
    orders().iloc[:150].to_parquet(root / "parts" / "a.parquet", index=False)
    orders().iloc[150:].to_parquet(root / "parts" / "b.parquet", index=False)
    return root


def outcomes(
    folder: Path,
    spec: str | dict[str, Any],
    engine: str = "auto",
    environment: Mapping[str, str] | None = None,
    suite: Sequence[tuple[str, dict[str, Any]]] = QUESTIONS,
    rows: int = ROWS,
) -> list[tuple[str, dict[str, Any]]]:
    check = Expectations.model_validate(
        {
            "type": "expectations",
            "data": "orders",
            "engine": engine,
            "suite": [{"type": kind, "kwargs": kwargs} for kind, kwargs in suite],
        }
    )
    with make_inputs(folder, data={"orders": spec}, environment=environment) as inputs:
        seen = check.run(inputs)
    assert seen.rows == rows
    return [
        (str(f.outcome), {key: f.details[key] for key in COUNTS if key in f.details})
        for f in seen.findings
    ]


@pytest.fixture(scope="module")
def expected(folder) -> list[tuple[str, dict[str, Any]]]:
    """What Great Expectations itself says on pandas."""
    return outcomes(folder, "orders.parquet", "gx")


def differences(
    found: list[tuple[str, dict[str, Any]]], wanted: list[tuple[str, dict[str, Any]]]
) -> list[str]:
    return [
        f"{kind} {kwargs}: {mine[0]} {mine[1]}, and on pandas {theirs[0]} {theirs[1]}"
        for (kind, kwargs, _), mine, theirs in zip(SUITE, found, wanted, strict=True)
        if mine[0] != theirs[0]
        or any(theirs[1][key] != pytest.approx(mine[1][key]) for key in mine[1].keys() & theirs[1])
    ]


def test_great_expectations_on_pandas_says_what_the_suite_was_written_for(expected):
    assert [outcome for outcome, _ in expected] == [outcome for *_, outcome in SUITE]
    assert {Outcome.PASSED, Outcome.FAILED} == {outcome for outcome, _ in expected}


def test_duckdb_says_the_same(folder, expected):
    assert not differences(outcomes(folder, "orders.parquet"), expected)


def test_postgresql_says_the_same(folder, expected, server):
    with server.engine() as engine, engine.begin() as connection:
        connection.execute(sa.text('CREATE SCHEMA IF NOT EXISTS "Shop"'))
        orders().to_sql("Orders", connection, schema="Shop", if_exists="replace", index=False)
    spec = {"sql": {"url": URL, "table": "Orders", "schema": "Shop"}}
    found = outcomes(folder, spec, environment=server.environment)
    assert not differences(found, expected)


def test_a_query_in_postgresql_says_the_same(folder, expected, server):
    with server.engine() as engine, engine.begin() as connection:
        orders().to_sql("orders_all", connection, if_exists="replace", index=False)
    spec = {"sql": {"url": URL, "query": "SELECT * FROM orders_all WHERE id >= 0"}}
    found = outcomes(folder, spec, environment=server.environment)
    assert not differences(found, expected)


@pytest.mark.usefixtures("_java")
@pytest.mark.parametrize("path", ["orders.parquet", "orders.csv", "orders.jsonl", "parts",
                                  "parts/*.parquet"])  # fmt: skip
def test_spark_says_the_same(folder, expected, path):
    found = outcomes(folder, path, "spark", environment=os.environ)
    assert not differences(found, expected)


@pytest.mark.usefixtures("_java")
def test_the_engines_differ_where_the_documentation_says_so(folder, server):
    traps().to_parquet(folder / "traps.parquet", index=False)
    with server.engine() as engine, engine.begin() as connection:
        traps().to_sql("traps", connection, if_exists="replace", index=False)
    suite = [(kind, kwargs) for kind, kwargs, *_ in DIFFERENCES]

    def found(spec: str | dict[str, Any], engine: str, environment: Any) -> list[str]:
        seen = outcomes(folder, spec, engine, environment, suite, rows=4)
        return [outcome for outcome, _ in seen]

    table = {"sql": {"url": URL, "table": "traps"}}
    assert found("traps.parquet", "gx", {}) == [d[2] for d in DIFFERENCES]
    assert found("traps.parquet", "auto", {}) == [d[2] for d in DIFFERENCES]
    assert found(table, "auto", server.environment) == [d[3] for d in DIFFERENCES]
    assert found("traps.parquet", "spark", os.environ) == [d[4] for d in DIFFERENCES]
