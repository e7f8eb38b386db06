"""What mlgate.yml may say of a database."""

import pytest
from pydantic import ValidationError

from mlgate.checks import CHECKS
from mlgate.config.load import load
from mlgate.config.model import DataSpec
from mlgate.config.sql import is_query, literal_secrets
from mlgate.errors import ConfigurationError

CHECK = "checks: [{type: integrity, data: orders}]\n"


@pytest.mark.parametrize(
    "url",
    [
        "${WAREHOUSE_URL}",
        "postgresql+psycopg://${PGUSER}:${PGPASSWORD}@db.example.org:5432/shop",
        "postgresql://reader@db.example.org/shop",
        "postgresql://db.example.org/shop?sslmode=require&sslcert=client.crt",
        "snowflake://${USER}:${PASSWORD}@account/db/schema?warehouse=small&role=reader",
        "databricks://token:${DATABRICKS_TOKEN}@host?http_path=/sql/1.0/x",
        "bigquery://project/dataset",
        "mssql+pyodbc://?odbc_connect=${ODBC}",
        "sqlite:///data/shop.sqlite",
    ],
)
def test_a_url_without_a_secret_is_accepted(url):
    assert not list(literal_secrets(url))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://reader:hunter2@db.example.org/shop",
        "postgresql://${PGUSER}:hunter2@db.example.org/shop",
        "postgresql://${PGUSER}:${PGPASSWORD}hunter2@db.example.org/shop",
        "postgresql://reader:hun/ter2@db.example.org/shop",
        "postgresql://reader:a@hunter2@db.example.org/shop",
        "postgresql://db.example.org/shop?user=reader&password=hunter2",
        "mssql+pyodbc://?odbc_connect=DRIVER=x;PWD=hunter2",
        "snowflake://account/db?token=hunter2",
    ],
)
def test_a_url_with_a_secret_is_refused_without_repeating_it(url):
    problems = list(literal_secrets(url))
    assert len(problems) == 1
    assert "environment variable" in problems[0]
    assert "hunter2" not in problems[0]


@pytest.mark.parametrize("url", ["hunter2", "$HOME", "data/shop.sqlite", "postgresql://h/$db"])
def test_what_is_no_url_is_refused_without_repeating_it(url):
    problems = list(literal_secrets(url))
    assert len(problems) == 1
    assert url not in problems[0]


def test_a_password_in_mlgate_yml_is_a_problem_at_its_line(tmp_path):
    (tmp_path / "mlgate.yml").write_text(
        "version: 1\ndata:\n  orders:\n    sql:\n"
        "      url: postgresql://reader:hunter2@db/shop\n      table: orders\n" + CHECK
    )
    with pytest.raises(ConfigurationError) as raised:
        load(tmp_path / "mlgate.yml", CHECKS)
    assert str(raised.value).startswith("mlgate.yml:5:12: data.orders.sql.url: holds a password")
    assert "hunter2" not in raised.value.explain()


def test_a_url_in_place_of_the_mapping_is_not_repeated(tmp_path):
    (tmp_path / "mlgate.yml").write_text(
        "version: 1\ndata:\n  orders:\n    sql: postgresql://reader:hunter2@db/shop\n" + CHECK
    )
    with pytest.raises(ConfigurationError) as raised:
        load(tmp_path / "mlgate.yml", CHECKS)
    assert "mlgate.yml:4:10: data.orders.sql: should be a mapping" in str(raised.value)
    assert "hunter2" not in raised.value.explain()


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({}, "has no `path`"),
        ({"path": "a.csv", "sql": {"url": "${U}", "table": "t"}}, "either a file or a table"),
        ({"sql": {"url": "${U}"}}, "either a `table` or a `query`"),
        ({"sql": {"url": "${U}", "table": "t", "query": "SELECT 1"}}, "either a `table`"),
        ({"sql": {"url": "${U}", "query": "SELECT 1", "schema": "s"}}, "`schema` goes with"),
        ({"sql": {"url": "${U}", "table": "t"}, "format": "csv"}, "which is for files"),
        ({"sql": {"url": "${U}", "query": "DELETE FROM t"}}, "not a single SELECT"),
        ({"sql": {"url": "${U}", "query": "SELECT 1; DROP TABLE t"}}, "not a single SELECT"),
    ],
)
def test_a_data_set_is_one_file_or_one_table(spec, words):
    with pytest.raises(ValidationError, match=words):
        DataSpec.model_validate(spec)


def test_the_place_of_a_table_does_not_tell_its_database():
    spec = DataSpec.model_validate({"sql": {"url": "${U}", "table": "orders", "schema": "shop"}})
    assert spec.place == "sql: shop.orders"


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("SELECT * FROM t", True),
        ("  select 1 ;\n", True),
        ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("SELECT ';'", False),
        ("SELECT 1;SELECT 2", False),
        ("UPDATE t SET a = 1", False),
        ("SELECTED", False),
        ("", False),
    ],
)
def test_a_query_is_one_statement_that_reads(text, yes):
    assert is_query(text) is yes
