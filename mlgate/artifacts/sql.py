"""Tables in databases, through SQLAlchemy: connected to with secrets that no message repeats."""

import importlib.util
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, quote_plus

from mlgate.artifacts.sql_watch import CONNECT_TIMEOUT, Lost, watch
from mlgate.config.model import SqlSpec
from mlgate.config.sql import SECRET, VARIABLE
from mlgate.errors import DataNotReadable

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import URL, Engine

_HIDDEN: Final = "***"
_DOWNLOADED: Final = 50_000
"""Rows that are fetched at a time."""


@dataclass(frozen=True, kw_only=True)
class SqlTable:
    """A table in a database, or the rows of a query."""

    name: str
    """Name of the data set."""
    spec: SqlSpec
    directory: Path
    """Folder that the path of a SQLite file starts at: that of mlgate.yml."""
    environment: Mapping[str, str] = field(repr=False)
    """Variables that the URL may name."""

    @contextmanager
    def opened(self) -> "Iterator[Database]":
        """A connection to the database.

        Raises:
            DataNotReadable: A variable or a driver is missing, the database does not answer or
                refuses, or the connection is lost on the way. Nothing of the URL but the names of
                its variables is in the message, nor in an exception behind it.
        """
        url, secrets = self._url()

        def scrub(text: object) -> str:
            return _scrubbed(str(text), secrets)

        try:
            engine = _engine(url)
        except Exception as error:  # noqa: BLE001  # whatever a dialect makes of its URL
            raise self._cannot_begin(url, scrub(_words(error))) from None
        lost = watch(engine, seconds=self.spec.timeout, scrub=scrub)
        database = Database(table=self, engine=engine, scrub=scrub, lost=lost)
        try:
            yield database
        except DataNotReadable:
            raise
        except Exception as error:  # noqa: BLE001  # a driver's, SQLAlchemy's, pandas'
            raise self._failed(scrub(_words(error)), lost) from None
        finally:
            engine.dispose()
        if lost.reason is not None:
            raise self._failed(lost.reason, lost)

    def frame(self) -> "pd.DataFrame":
        """All rows, as pandas reads them.

        Numbers of a decimal type become floats. A date without time stays an object.

        Raises:
            DataNotReadable: As `opened`; or there are more rows than `max_rows`.
        """
        import pandas as pd
        import sqlalchemy as sa

        limit = self.spec.max_rows
        with self.opened() as database, database.engine.connect() as connection:
            rows = sa.select("*").select_from(database.rows_of).limit(limit + 1)
            if self.spec.table is not None:  # SQLite knows its types from the table alone
                table = sa.Table(
                    self.spec.table,
                    sa.MetaData(),
                    schema=self.spec.schema_,
                    autoload_with=connection,
                )
                rows = sa.select(*table.columns).limit(limit + 1)
            parts = list(pd.read_sql(rows, connection, chunksize=_DOWNLOADED))
        if sum(map(len, parts)) > limit:
            raise DataNotReadable(
                f"{self.name} has more than {limit:,} rows, which is too many to read into memory",
                cause="this check reads the whole table; only a suite of expectations runs in the "
                "database",
                remedy="name a `query` that selects fewer rows, or raise `max_rows`",
            )
        # An empty part has no types: what it would add is nothing.
        filled = [part for part in parts if len(part)]
        return pd.concat(filled, ignore_index=True) if filled else parts[0]

    def digest(self, frame: "pd.DataFrame") -> str:
        """SHA-256 of rows that were read: equal for equal rows in equal order."""
        import hashlib

        import pandas as pd

        found = hashlib.sha256(repr([(str(c), str(t)) for c, t in frame.dtypes.items()]).encode())
        try:
            found.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
        except TypeError:  # cells that hold lists or mappings
            found.update(frame.to_csv().encode())
        return found.hexdigest()

    def _url(self) -> "tuple[URL, tuple[str, ...]]":
        """The URL with its variables, and every text that must not be shown."""
        try:
            from sqlalchemy import make_url
            from sqlalchemy.exc import ArgumentError
        except ImportError:
            raise DataNotReadable(
                f"{self.name} is a table in a database, and SQLAlchemy is not installed",
                remedy="install `mlgate[sql]`, and the driver of the database",
            ) from None
        secrets: list[str] = []
        text = self._expanded(secrets)
        try:
            url = make_url(text)
        except (ArgumentError, ValueError):  # their messages hold the text
            raise DataNotReadable(
                f"the `url` of {self.name} is no URL of a database, with its variables in place",
                cause="a variable is empty or holds something else; a host, a port or a database "
                "has characters that end it",
                remedy="it must read like postgresql+psycopg://user:password@host:5432/database",
            ) from None
        password = str(url.password or "")
        parameters = [
            value
            for key, values in url.query.items()
            if SECRET.search(key)
            for value in ([values] if isinstance(values, str) else values)
        ]
        rendered = url.render_as_string(hide_password=False)
        plain = [*secrets, password, *parameters]
        hidden = {text, rendered, *plain, *map(quote, plain), *map(quote_plus, plain)}
        hidden |= {quote(part, safe=" +") for part in plain}
        return self._placed(url), tuple(sorted(filter(None, hidden), key=len, reverse=True))

    def _expanded(self, secrets: list[str]) -> str:
        """The URL with its variables in place. Values of secret ones are added to `secrets`."""
        template = self.spec.url
        scheme, separator, rest = template.partition("://")
        account, at, rest = rest.rpartition("@")
        place, question, parameters = rest.partition("?")
        if not separator:
            return self._filled(template, str)

        def hidden(value: str) -> str:
            secrets.append(value)
            return value

        user, colon, password = account.partition(":")
        return "".join(
            (
                self._filled(scheme, str) + separator,
                self._filled(user, lambda value: quote(value, safe="")) + colon,
                self._filled(password, lambda value: quote(hidden(value), safe="")) + at,
                self._filled(place, str) + question,
                self._filled(parameters, lambda value: quote_plus(hidden(value))),
            )
        )

    def _filled(self, part: str, written: Callable[[str], str]) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1]
            if found := self.environment.get(name):
                return written(found)
            raise DataNotReadable(
                f"the `url` of {self.name} names the variable {name}, which is not set",
                cause="the step does not pass it on; a pull request from a fork has no secrets",
                remedy=f"set {name} in the step's `env`, and name it among the variables that the "
                "action passes on",
            )

        return VARIABLE.sub(value, part)

    def _placed(self, url: "URL") -> "URL":
        """The URL with a SQLite file at its place, opened for reading only."""
        if url.get_backend_name() != "sqlite":
            return url
        file = self.directory / (url.database or "")
        if not file.is_file():
            raise DataNotReadable(
                f"the SQLite file of {self.name} is not there",
                cause="the path is mistyped; it starts at the folder of mlgate.yml",
                remedy="after `sqlite:///` comes a relative path, after `sqlite:////` an absolute "
                "one",
            )
        database = f"file:{quote(str(file.resolve()))}?mode=ro"
        return url.set(database=database, query={"uri": "true"})

    def _cannot_begin(self, url: "URL", words: str) -> DataNotReadable:
        return DataNotReadable(
            f"{self.name}: no driver for {url.drivername}: {words}",
            cause="the dialect's or the driver's package is not installed",
            remedy="install it beside mlgate, such as snowflake-sqlalchemy, sqlalchemy-bigquery or "
            "pymysql; psycopg comes with `mlgate[sql]`",
        )

    def _failed(self, words: str, lost: Lost) -> DataNotReadable:
        if lost.reason is not None:
            return DataNotReadable(
                f"{self.name}: the connection to the database is lost: {lost.reason}",
                cause="the server was stopped or restarted, refuses the account, does not answer, "
                "or took too long",
                remedy="run the job again when the database answers; `timeout` is the seconds that "
                "a statement may take",
            )
        return DataNotReadable(
            f"{self.name} cannot be read from its database: {words}",
            cause="the table, the schema or a column is mistyped, or the account may not read it",
            remedy="run the query with the same account to see the same error",
        )


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database that a connection can be had of."""

    table: SqlTable
    engine: "Engine" = field(repr=False)
    scrub: Callable[[object], str] = field(repr=False)
    """Takes the secrets out of a text."""
    lost: Lost
    """Whether the connection broke; then every further attempt fails at once."""

    @property
    def rows_of(self) -> Any:
        """The table, or the query as a table, for a SELECT of SQLAlchemy."""
        import sqlalchemy as sa

        spec = self.table.spec
        if spec.table is not None:
            return sa.table(spec.table, schema=spec.schema_)
        query = re.sub(r"[;\s]+\Z", "", spec.query or "")
        return sa.text(query + "\n").columns().subquery("rows_of_the_query")

    def size(self) -> tuple[int, tuple[str, ...]]:
        """Number of rows, and the names of the columns in their order."""
        import sqlalchemy as sa

        with self.engine.connect() as connection:
            nothing = sa.select("*").select_from(self.rows_of).where(sa.text("1 = 0"))
            columns = tuple(map(str, connection.execute(nothing).keys()))
            counted = sa.select(sa.func.count()).select_from(self.rows_of)
            return int(connection.execute(counted).scalar_one()), columns


def _engine(url: "URL") -> "Engine":
    """One connection at a time; opened when it is first needed."""
    import sqlalchemy as sa

    if url.drivername in {"postgresql", "postgres"}:  # SQLAlchemy 2.0 would take psycopg2
        driver = "psycopg2" if importlib.util.find_spec("psycopg2") else "psycopg"
        url = url.set(drivername=f"postgresql+{driver}")
    arguments: dict[str, Any] = {}
    if url.get_driver_name() in {"psycopg", "psycopg2", "pymysql", "mysqldb"}:
        arguments["connect_timeout"] = CONNECT_TIMEOUT
    if url.get_driver_name() in {"psycopg", "psycopg2"}:
        arguments |= {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
    return sa.create_engine(url, connect_args=arguments, hide_parameters=True)


def _words(error: BaseException) -> str:
    """What a driver says, without SQLAlchemy's copy of the statement."""
    said = str(getattr(error, "orig", None) or error) or type(error).__name__
    return " ".join(said.split())


def _scrubbed(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    return re.sub(r"(://)[^/\s@]*:[^/\s@]*@", rf"\1{_HIDDEN}@", text)
