"""A database that dies, hangs or refuses in the middle of a run: never green, no password shown."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from tests.e2e.engines.orders import orders
from tests.e2e.engines.postgres import PASSWORD, Server

pytestmark = pytest.mark.e2e

SLOW = "SELECT * FROM orders WHERE pg_sleep({pause}) IS NOT NULL"
"""Takes the pause for each of 400 rows, each time that it is read."""
CONFIG = """\
version: 1
data:
  orders:
    sql:
      url: postgresql+psycopg://${{DB_USER}}:${{DB_PASSWORD}}@127.0.0.1:${{DB_PORT}}/postgres
      query: {query}
      timeout: {timeout}
checks:
  - type: expectations
    data: orders
    suite:
      - {{type: expect_table_row_count_to_equal, kwargs: {{value: 400}}}}
      - {{type: expect_column_values_to_not_be_null, kwargs: {{column: id}}}}
      - {{type: expect_column_mean_to_be_between, kwargs: {{column: amount, min_value: 1}}}}
      - {{type: expect_column_values_to_be_unique, kwargs: {{column: id}}}}
"""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A run that is over."""

    code: int
    outputs: str
    """Standard output and error, and every file that the run left."""
    result: dict[str, Any]

    @property
    def check(self) -> dict[str, Any]:
        return dict(self.result["checks"][0])


def shown(password: str) -> tuple[str, ...]:
    """The forms in which a password could get into a text."""
    return password, quote(password, safe=""), quote(password), json.dumps(password)[1:-1]


@contextmanager
def running(
    folder: Path, server: Server, *, query: str, timeout: int = 60, **environment: str
) -> Iterator["subprocess.Popen[str]"]:
    """`mlgate run` on a query, while it runs."""
    with server.engine() as engine, engine.begin() as connection:
        orders().to_sql("orders", connection, if_exists="replace", index=False)
    (folder / "mlgate.yml").write_text(CONFIG.format(query=query, timeout=timeout))
    process = subprocess.Popen(
        [sys.executable, "-m", "mlgate", "run"],
        cwd=folder,
        env=os.environ | server.environment | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: "subprocess.Popen[str]", folder: Path) -> Ended:
    text, _ = process.communicate(timeout=300)
    files = [path for path in sorted((folder / ".mlgate").rglob("*")) if path.is_file()]
    return Ended(
        code=process.returncode,
        outputs=text + "".join(path.read_text() for path in files),
        result=json.loads((folder / ".mlgate" / "result.json").read_text()),
    )


def assert_not_green(run: Ended, *passwords: str) -> None:
    assert run.code == 4, run.outputs
    assert run.check["outcome"] == "errored"
    assert run.result["verdict"]["outcome"] == "errored"
    for password in (PASSWORD, *passwords):
        for form in shown(password):
            assert form not in run.outputs


def test_a_database_that_answers_is_checked_and_its_password_is_not_shown(tmp_path, server):
    with running(tmp_path, server, query="SELECT * FROM orders") as process:
        run = ended(process, tmp_path)
    assert run.code == 0, run.outputs
    assert run.check["rows"] == 400
    assert {f["details"]["engine"] for f in run.check["findings"]} == {"sql"}
    assert run.result["artifacts"][0]["sha256"] is None
    assert not any(form in run.outputs for form in shown(PASSWORD))


def test_a_connection_that_is_ended_by_the_server_is_errored(tmp_path, server):
    with running(tmp_path, server, query=SLOW.format(pause=0.005)) as process:
        process_id = server.wait_for("%avg(%")
        with server.engine() as engine, engine.connect() as connection:
            connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": process_id})
        run = ended(process, tmp_path)
    assert_not_green(run)
    assert "connection to the database is lost" in run.check["reason"]


def test_a_server_that_is_killed_is_errored(tmp_path, own_server):
    with running(tmp_path, own_server, query=SLOW.format(pause=0.005)) as process:
        own_server.wait_for("%avg(%")
        own_server.signal(signal.SIGKILL)
        run = ended(process, tmp_path)
        (own_server.folder / "postmaster.pid").unlink()
    assert_not_green(run)
    assert "connection to the database is lost" in run.check["reason"]


def test_a_server_that_hangs_ends_the_run(tmp_path, own_server):
    with running(tmp_path, own_server, query=SLOW.format(pause=0.005), timeout=5) as process:
        own_server.wait_for("%avg(%")
        own_server.signal(signal.SIGSTOP)
        run = ended(process, tmp_path)
        own_server.signal(signal.SIGCONT)
    assert_not_green(run)
    assert "connection to the database is lost" in run.check["reason"]


def test_a_statement_that_takes_too_long_is_errored(tmp_path, server):
    with running(tmp_path, server, query=SLOW.format(pause=0.1), timeout=1) as process:
        run = ended(process, tmp_path)
    assert_not_green(run)
    assert "statement timeout" in run.check["reason"]


def test_a_wrong_password_is_errored_and_not_shown(tmp_path, server):
    wrong = "another-Secret/77%"
    with running(tmp_path, server, query="SELECT * FROM orders", DB_PASSWORD=wrong) as process:
        run = ended(process, tmp_path)
    assert_not_green(run, wrong)
    assert "password authentication failed" in run.check["reason"]


def test_a_missing_table_is_errored(tmp_path, server):
    with running(tmp_path, server, query="SELECT * FROM nowhere") as process:
        run = ended(process, tmp_path)
    assert_not_green(run)
    assert 'relation "nowhere" does not exist' in run.check["reason"]


def test_a_query_cannot_write(tmp_path, server):
    with server.engine() as engine, engine.begin() as connection:
        connection.execute(sa.text("CREATE SEQUENCE IF NOT EXISTS counter"))
    query = "SELECT * FROM orders WHERE nextval('counter') > 0"
    with running(tmp_path, server, query=query) as process:
        run = ended(process, tmp_path)
    assert_not_green(run)
    assert "read-only transaction" in run.check["reason"]
