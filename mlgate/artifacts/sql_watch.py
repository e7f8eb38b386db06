"""A database's connection under watch: no statement hangs, and what is lost is not tried again."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.privacy import foreign

if TYPE_CHECKING:
    from sqlalchemy import Engine

CONNECT_TIMEOUT: Final = 15
"""Seconds in which a server has to answer."""
_GRACE: Final = 5
"""Seconds more than the server itself is given to end a statement that takes too long."""
_TIMER: Final = "mlgate_timer"


@dataclass(kw_only=True)
class Lost:
    """Whether a connection broke."""

    reason: str | None = None
    """In the driver's words, without secrets; None while it holds."""


class Said(Exception):
    """What a driver said, without secrets."""


CLASS: Final = f"{__name__}.{Said.__name__}"
"""How SQLAlchemy names the class in front of the words."""


class ConnectionLost(Exception):
    """A connection that broke is asked for again."""


def watch(engine: "Engine", *, seconds: int, scrub: Callable[[object], str]) -> Lost:
    """Limit a new engine's statements in time, and clean its errors.

    The server is told the limit, and to change nothing, where it can be: PostgreSQL. Where the
    server does not keep to it, such as one that has stopped, the connection is cut from this side.

    Args:
        engine: An engine that has not connected yet.
        seconds: What a statement may take.
        scrub: Takes secrets out of a text.

    Returns:
        Whether the connection broke, to be asked at the end.
    """
    from sqlalchemy import event

    lost = Lost()
    dialect = engine.dialect.name
    limit = seconds if dialect == "sqlite" else seconds + _GRACE

    def refuse(*_arguments: Any) -> None:
        if lost.reason is not None:
            raise ConnectionLost(lost.reason)

    def connected(connection: Any, _record: Any) -> None:
        if dialect == "postgresql":
            cursor = connection.cursor()
            cursor.execute(f"SET statement_timeout = {seconds * 1000:d}")
            cursor.execute("SET default_transaction_read_only = on")
            cursor.close()
            connection.commit()

    def before(connection: Any, *_arguments: Any) -> None:
        timer = threading.Timer(limit, _cut, [connection.connection.dbapi_connection])
        timer.daemon = True
        connection.info[_TIMER] = timer
        timer.start()

    def after(connection: Any, *_arguments: Any) -> None:
        if timer := connection.info.pop(_TIMER, None):
            timer.cancel()

    def failed(context: Any) -> Any:
        if context.connection is not None:
            after(context.connection)
        error = context.original_exception
        words = foreign(scrub(" ".join(str(error).split()) or type(error).__name__)[:500])
        if context.is_disconnect or context.connection is None:
            lost.reason = lost.reason or words
        known = context.sqlalchemy_exception
        if known is None:
            return None
        # The same class, for whoever looks at it, around words that may be shown.
        clean: Any = type(known)(None, None, Said(words))
        clean.code = None  # of a page about the class of the error
        return clean

    event.listen(engine, "do_connect", refuse)
    event.listen(engine, "connect", connected)
    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    event.listen(engine, "handle_error", failed)
    return lost


def _cut(connection: Any) -> None:
    """End what a driver's connection is doing, from another thread; its statement raises."""
    with contextlib.suppress(Exception):  # it may have ended by itself a moment ago
        if hasattr(connection, "interrupt"):  # SQLite
            connection.interrupt()
        elif hasattr(connection, "fileno"):  # a copy of the socket: shutting it down wakes the read
            with socket.socket(fileno=os.dup(connection.fileno())) as copy:
                copy.shutdown(socket.SHUT_RDWR)
        else:
            connection.close()
