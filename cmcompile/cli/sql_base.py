"""A database in memory that can be read only, with tables filled as far as a query needs them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cmcompile.model.errors import CmcompileError
from cmcompile.report.sql.rows import Source, rows
from cmcompile.report.sql.schema import BY_NAME, TABLES, ddl

#: Tells a file that `cmcompile sql -o` made, so that no other database is ever replaced.
_APPLICATION = 0x636D7371
#: No text of a result is longer, so that no query takes all memory.
_LENGTH = 64_000_000
#: The time is looked at after so many steps of SQLite's machine.
_STEPS = 20_000
#: These functions of SQLite do more than compute.
_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"})
_READS = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_FUNCTION}
)


class QueryError(CmcompileError):
    """A query can't be answered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave.

    Attributes
    ----------
    more
        Whether there were more rows than were asked for.
    """

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]
    more: bool = False


def answer(sources: Iterable[Source], query: str, seconds: float, most: int) -> Answer:
    """Return what a query gives, over the tables that it names only.

    Parameters
    ----------
    seconds
        For so long it may run.
    most
        At most so many rows.

    Raises
    ------
    QueryError
        When it is no query, does more than read, or takes too long.
    """
    with _opened(":memory:") as base:
        make(base, sources, _named(base, query))
        return ask(base, query, seconds, most)


def make(base: sqlite3.Connection, sources: Iterable[Source], names: Iterable[str]) -> None:
    """Fill tables; all others stay empty."""
    wanted = [table for table in TABLES if table.name in set(names)]
    for source in sources:
        for table in wanted:
            marks = ", ".join("?" * len(table.columns))
            statement = f"INSERT INTO {table.name} VALUES ({marks})"  # noqa: S608 - names of our own
            base.executemany(statement, rows(table.name, source))
    base.commit()


def ask(base: sqlite3.Connection, query: str, seconds: float, most: int) -> Answer:
    """Run a query that can do nothing but read."""
    end = time.monotonic() + seconds
    base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LENGTH)
    base.set_progress_handler(lambda: int(time.monotonic() > end), _STEPS)
    with _reading(base) as denied:
        try:
            cursor = base.execute(query)
            found = cursor.fetchmany(most + 1)
        except (sqlite3.Error, sqlite3.Warning, UnicodeError, MemoryError) as error:
            raise _error(error, denied, late=time.monotonic() > end) from None
    columns = tuple(told[0] for told in cursor.description or ())
    if not columns:
        raise QueryError("this is no query: write one that begins with SELECT or WITH")
    return Answer(columns, found[:most], len(found) > most)


def _error(error: BaseException, denied: Sequence[str], *, late: bool) -> QueryError:
    if denied:
        return QueryError(f"{denied[0]} is not allowed: a query may only read the tables")
    if late:
        return QueryError("the query took too long: narrow it, or give it more --seconds")
    return QueryError(f"the query can't be answered: {error}; `cmcompile sql --tables` lists the tables")


def _named(base: sqlite3.Connection, query: str) -> frozenset[str]:
    """Return the tables that a query reads, as SQLite finds them; the tables are empty."""
    read: set[str] = set()
    with _reading(base, read) as denied:
        try:
            base.execute(f"EXPLAIN {query}").close()
        except (sqlite3.Error, sqlite3.Warning, UnicodeError) as error:
            raise _error(error, denied, late=False) from None
    return frozenset(name for name in read if name in BY_NAME)


@contextmanager
def _reading(base: sqlite3.Connection, read: set[str] | None = None) -> Iterator[list[str]]:
    """Allow nothing but to read; give the names of what was refused, and of the tables that are read."""
    denied: list[str] = []
    names = {
        value: name.removeprefix("SQLITE_").replace("_", " ")
        for name, value in vars(sqlite3).items()
        if name in _ACTIONS
    }

    def judge(action: int, one: str | None, two: str | None, base_: str | None, by: str | None) -> int:
        del base_, by
        if action == sqlite3.SQLITE_READ and read is not None and one:
            read.add(one)
        if action == sqlite3.SQLITE_FUNCTION and (two or "").lower() in _FUNCTIONS:
            denied.append(f"the function {two}")
            return sqlite3.SQLITE_DENY
        if action in _READS:
            return sqlite3.SQLITE_OK
        # What a virtual table is declared by.
        declares = one in ("sqlite_master", "sqlite_schema")
        denied.append("a virtual table" if declares else names.get(action, "that"))
        return sqlite3.SQLITE_DENY

    base.set_authorizer(judge)
    try:
        yield denied
    finally:
        base.set_authorizer(None)


_ACTIONS = frozenset(
    {f"SQLITE_{verb}" for verb in ("ATTACH", "DETACH", "PRAGMA", "INSERT", "UPDATE", "DELETE", "ANALYZE")}
    | {f"SQLITE_{verb}" for verb in ("TRANSACTION", "SAVEPOINT", "REINDEX", "ALTER_TABLE")}
    | {
        f"SQLITE_{verb}_{temp}{what}"
        for verb in ("CREATE", "DROP")
        for temp in ("", "TEMP_")
        for what in ("TABLE", "VIEW", "INDEX", "TRIGGER")
    }
    | {"SQLITE_CREATE_VTABLE", "SQLITE_DROP_VTABLE"}
)


@contextmanager
def _opened(place: str) -> Iterator[sqlite3.Connection]:
    base = sqlite3.connect(place)
    try:
        for table in TABLES:
            base.execute(ddl(table))
        yield base
    finally:
        base.close()


def keep(path: Path, sources: Iterable[Source]) -> None:
    """Write all tables to a file, whole or not at all.

    Raises
    ------
    QueryError
        When there is a file that this command did not make, or it can't be written.
    """
    if path.exists() and not _is_ours(path):
        raise QueryError(f"{path} is there and was not made by this command: remove it, or name another file")
    new = path.with_name(f".{path.name}.new")
    try:
        with suppress(FileNotFoundError):
            new.unlink()
        with _opened(str(new)) as base:
            base.execute(f"PRAGMA application_id = {_APPLICATION}")
            make(base, sources, BY_NAME)
        new.replace(path)
    except (OSError, sqlite3.OperationalError) as error:
        with suppress(OSError):
            new.unlink()
        raise QueryError(f"{path} can't be written: {error}") from None


def ask_file(path: Path, query: str, seconds: float, most: int) -> Answer:
    """Run a query on a file that `keep` wrote."""
    base = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return ask(base, query, seconds, most)
    finally:
        base.close()


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(72)
    except OSError:
        return False
    return head[:15] == b"SQLite format 3" and head[68:72] == _APPLICATION.to_bytes(4, "big")
