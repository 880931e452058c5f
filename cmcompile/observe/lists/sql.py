"""Rows of a database, asked by one statement that reads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cmcompile.model.list_query import Answer
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.lists.cells import MOST, AskError, cell

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

#: Seconds for a statement, and for a connection.
PATIENCE, CONNECTING = 300, 15
_PIECE = 5000
#: Steps of SQLite after which it looks at the clock.
_STEPS = 100_000
_HINT = "write postgresql://USER@HOST/DATABASE, or sqlite:////a/path/file.db"
_DRIVERS = {"postgresql": "postgresql+psycopg2"}


def ask_sql(address: str, sql: str, most: int = MOST) -> Answer | NoAnswer:
    """Ask a database, which is only read from where its driver can see to that.

    Parameters
    ----------
    address
        As SQLAlchemy takes it; it is shown nowhere.
    most
        Rows at most.

    Raises
    ------
    AskError
        When the address or the statement is wrong, or there are too many rows.
    """
    from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

    text = _one_statement(sql)
    url = _parsed(address)
    try:
        with _connected(url) as connection:
            return _rows(connection, text, most)
    except OperationalError as error:
        words = _words(error, url)
        if "readonly" in words or "syntax error" in words or "no such" in words:  # as SQLite puts it
            raise AskError(words) from None
        return NoAnswer(words)
    except DBAPIError as error:
        if error.connection_invalidated or _is_cut_short(error):
            return NoAnswer(_words(error, url))
        raise AskError(_words(error, url)) from None
    except (SQLAlchemyError, OSError) as error:
        return NoAnswer(_words(error, url))


def _one_statement(sql: str) -> str:
    text = sql.strip().removesuffix(";").rstrip()
    # What follows a first statement could end the transaction that only reads.
    if ";" in text:
        raise AskError("it has more than one statement, or a semicolon in a text: write one without")
    if not text:
        raise AskError("there is no statement")
    return text


def _parsed(address: str) -> URL:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address)
        if url.drivername in _DRIVERS:
            url = url.set(drivername=_DRIVERS[url.drivername])
        url.get_dialect()
    except (ArgumentError, ValueError, ImportError):
        # What was written is not shown: there may be a password in it.
        raise AskError(f"its address can't be read, or the driver for it is not installed; {_HINT}") from None
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_absolute():
        raise AskError(f"its address names no whole path; {_HINT}")
    return url


@contextmanager
def _connected(url: URL) -> Iterator[Connection]:
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(postgresql_readonly=True)
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{PATIENCE}s'")
            yield connection.execution_options(no_parameters=True, stream_results=True)
    finally:
        engine.dispose()


def _engine(url: URL) -> Engine:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    try:
        if url.get_backend_name() == "sqlite":
            return create_engine(url, creator=lambda: _sqlite(str(url.database)), poolclass=NullPool)
        ways = {"connect_timeout": CONNECTING} if url.get_backend_name() == "postgresql" else {}
        return create_engine(url, connect_args=ways, poolclass=NullPool)
    except ImportError as error:
        raise AskError(f"its driver is not installed: {error.name}") from None


def _sqlite(path: str) -> Any:
    import sqlite3

    connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=CONNECTING)
    end = time.monotonic() + PATIENCE
    connection.set_progress_handler(lambda: int(time.monotonic() > end), _STEPS)
    return connection


def _rows(connection: Connection, sql: str, most: int) -> Answer:
    result = connection.exec_driver_sql(sql)
    try:
        if not result.returns_rows:
            raise AskError("it gives no rows: write a statement that reads")
        columns = tuple(map(str, result.keys()))
        rows: list[tuple[object, ...]] = []
        while piece := result.fetchmany(_PIECE):
            rows += map(tuple, piece)
            if len(rows) > most:
                raise AskError(f"it gives more than {most:,} rows: is a condition lacking?")
    finally:
        result.close()
    return Answer(columns, tuple(tuple(map(cell, row)) for row in rows))


def _is_cut_short(error: Any) -> bool:
    """Tell whether the server ended the statement, and not because of what it says."""
    code = str(getattr(error.orig, "pgcode", "") or "")
    return code.startswith(("57", "53", "08", "40"))


def _words(error: BaseException, url: URL) -> str:
    """Return what is wrong in one line, without the address, and without the statement."""
    original = getattr(error, "orig", None) or error
    text = " ".join(str(original).split())
    for secret in (url.render_as_string(hide_password=False), str(url.password or "")):
        text = text.replace(secret, "***") if secret else text
    return text or type(original).__name__
