"""A PostgreSQL server of the tests' own, from Debian's package."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

PASSWORD = "s3cr$et/p@ss:w%rd#42"
"""Has every character that means something in a URL."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server."""

    port: int
    folder: Path
    user: str | None
    """Account that the server runs as; None for this process's."""

    @property
    def environment(self) -> dict[str, str]:
        """The variables that a URL in mlgate.yml names."""
        return {"DB_USER": "owner", "DB_PASSWORD": PASSWORD, "DB_PORT": str(self.port)}

    @contextmanager
    def engine(self) -> Iterator[sa.Engine]:
        """A connection for the tests themselves."""
        url = sa.URL.create(
            "postgresql+psycopg", "owner", PASSWORD, "127.0.0.1", self.port, "postgres"
        )
        engine = sa.create_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()

    @property
    def postmaster(self) -> int:
        """The process that all others are children of."""
        return int((self.folder / "postmaster.pid").read_text().splitlines()[0])

    def processes(self) -> list[int]:
        """The postmaster and its children."""
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.postmaster)], capture_output=True, text=True
        )
        return [self.postmaster, *map(int, children.stdout.split())]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all processes of the server."""
        for process in self.processes():
            with suppress(ProcessLookupError):  # children end by themselves after the postmaster
                os.kill(process, number)

    def wait_for(self, pattern: str) -> int:
        """Wait until a statement that is like a pattern runs; the id of its process."""
        query = sa.text(
            "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() "
            "AND query ILIKE :pattern"
        )
        with self.engine() as engine, engine.connect() as connection:
            for _ in range(1200):
                found = connection.execute(query, {"pattern": pattern}).scalar()
                connection.rollback()
                if found is not None:
                    return int(found)
                time.sleep(0.1)
        raise AssertionError(f"no statement like {pattern} began")


@contextmanager
def postgres() -> Iterator[Server]:
    """A server with an empty cluster, gone at the end."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="mlgate-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster = folder / "cluster"

    def run(*command: Any) -> None:
        subprocess.run(
            [str(part) for part in command],
            check=True,
            user=user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    try:
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o644)
        run(programs / "initdb", "-D", cluster, "-U", "owner", "--auth=scram-sha-256",
            f"--pwfile={folder / 'password'}", "--encoding=UTF8", "--locale=C.UTF-8",
            "--no-sync")  # fmt: skip
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run(programs / "pg_ctl", "-D", cluster, "-o", options, "-w", "-t", "60",
            "-l", folder / "log", "start")  # fmt: skip
        server = Server(port=port, folder=cluster, user=user)
        yield server
    finally:
        if (cluster / "postmaster.pid").exists():
            with suppress(subprocess.CalledProcessError):
                run(programs / "pg_ctl", "-D", cluster, "-m", "immediate", "-t", "10", "stop")
        if (cluster / "postmaster.pid").exists():
            server.signal(signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """The folder of initdb and pg_ctl; the package is installed where it is missing."""
    for attempt in range(2):
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if found:
            return found[-1].parent
        if attempt == 0:
            install("postgresql")
    raise AssertionError("Debian's package postgresql brings no initdb")


def install(package: str) -> None:
    """Install a package of Debian."""
    variables: Mapping[str, str] = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        subprocess.run(["apt-get", "-qq", *command], check=True, env=variables)
