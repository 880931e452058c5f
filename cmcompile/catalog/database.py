"""A catalog in a database, SQLite or PostgreSQL."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from hashlib import sha256
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cmcompile.catalog.address import parsed, shown
from cmcompile.catalog.errors import CatalogError
from cmcompile.catalog.tables import ABOUT, FILLED, OUTPUTS, VERSION, tables
from cmcompile.model.catalog import Output

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table
    from sqlalchemy.sql.base import ReadOnlyColumnCollection

#: So many rows are written, and names asked for, at once: a database bounds what one statement may hold.
_AT_ONCE = 500
#: So long another writer is waited for, and a server that does not answer, in seconds.
_PATIENCE = 30
_FIELDS = tuple(one.name for one in fields(Output))
#: `group` is a word of SQL, and would have to be quoted by everybody who asks.
_COLUMNS = tuple("group_id" if name == "group" else name for name in _FIELDS)


class Catalog:
    """A catalog that is open.

    Parameters
    ----------
    address
        As `cmcompile.catalog.address.parsed` takes it.
    make
        Whether tables are made where there are none, and the file of SQLite too.

    Raises
    ------
    CatalogError
        When it can't be opened, or was made by a newer cmcompile; so do the methods when it can't be asked.
    """

    def __init__(self, address: str, *, make: bool = False) -> None:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        url = parsed(address)
        self.shown = shown(address)
        self._tables = tables()
        is_file = url.get_backend_name() == "sqlite"
        if is_file:
            _prepare_file(Path(str(url.database)), make=make)
        patience = {"timeout": _PATIENCE} if is_file else {"connect_timeout": _PATIENCE}
        # psycopg2 by itself sends row by row, and waits for an answer to each.
        ways = {"executemany_mode": "values_plus_batch"} if url.get_driver_name() == "psycopg2" else {}
        with self._told("opened"):
            # Without a pool: a command asks a few times, and a fork must not share a connection.
            self._engine: Engine = create_engine(url, connect_args=patience, poolclass=NullPool, **ways)
            self._check(make=make)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.dispose()

    def put(self, outputs: Iterable[Output]) -> int:
        """Add outputs and return how many are new; one that is known is told anew, and may be told again.

        What was known of a file and is not told again stays, unless its size became another one. Nothing is
        ever removed.
        """
        rest, new = iter(outputs), 0
        while some := list(islice(rest, _AT_ONCE)):
            # One statement can't change a row twice; and two who write must not wait for each other.
            rows = {str(row["id"]): row for row in map(_row, sorted(some, key=lambda o: o.at))}
            with self._told("written"), self._engine.begin() as connection:
                new += len(rows) - self._count(connection, list(rows))
                self._upsert(connection, [rows[id_] for id_ in sorted(rows)])
        return new

    def named(self, names: Collection[str], campaign: str | None = None) -> Mapping[str, Sequence[Output]]:
        """Return what is held under some names, newest first; a name that is not known is left out.

        Parameters
        ----------
        campaign
            Of this campaign alone; None: of any.
        """
        from sqlalchemy import select

        table = self._outputs
        found: dict[str, list[Output]] = {}
        with self._told("read"), self._engine.connect() as connection:
            rest = iter(dict.fromkeys(names))
            while some := list(islice(rest, _AT_ONCE)):
                query = select(*_chosen(table.c)).where(table.c.name.in_(some))
                if campaign is not None:
                    query = query.where(table.c.campaign == campaign)
                for row in connection.execute(query.order_by(table.c.at.desc(), table.c.id)):
                    output = Output(*row)
                    found.setdefault(output.name, []).append(output)
        return found

    def outputs(
        self, campaign: str | None = None, keys: Collection[tuple[str, str]] | None = None, name: str = ""
    ) -> Iterator[Output]:
        """Return outputs by campaign, step, group, job, name and time.

        Parameters
        ----------
        campaign
            Of this campaign alone; None: of any.
        keys
            Of these steps and groups alone; None: of all.
        name
            Of names that match; ``*`` stands for anything, ``?`` for one sign.
        """
        from sqlalchemy import select, tuple_

        columns = self._outputs.c
        order = (columns[name] for name in ("campaign", "step", "group_id", "job", "name", "at", "id"))
        query = select(*_chosen(columns)).order_by(*order)
        if campaign is not None:
            query = query.where(columns.campaign == campaign)
        if name:
            query = query.where(self._matches(columns.name, name))
        if keys is not None and len(keys) <= _AT_ONCE:
            query = query.where(tuple_(columns.step, columns.group_id).in_(list(keys)))
        with self._told("read"), self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=_AT_ONCE).execute(query):
                output = Output(*row)
                if keys is None or (output.step, output.group) in keys:
                    yield output

    def filled(self, campaign: str) -> frozenset[str]:
        """Return the output runs of a campaign from which nothing more is to come; see `fill`."""
        from sqlalchemy import select

        table = self._tables.tables[FILLED]
        query = select(table.c.run).where(table.c.campaign == campaign)
        with self._told("read"), self._engine.connect() as connection:
            return frozenset(connection.execute(query).scalars())

    def fill(self, campaign: str, runs: Iterable[str]) -> None:
        """Remember output runs that had ended before what their jobs told was put in."""
        rows = [{"campaign": campaign, "run": run} for run in dict.fromkeys(runs)]
        if not rows:
            return
        with self._told("written"), self._engine.begin() as connection:
            statement = _insert(connection)(self._tables.tables[FILLED]).on_conflict_do_nothing()
            connection.execute(statement, rows)

    @property
    def _outputs(self) -> Table:
        return self._tables.tables[OUTPUTS]

    def _matches(self, column: Any, pattern: str) -> Any:
        """Return what is true where a column matches a pattern of the shell, capitals as they are."""
        if self._engine.dialect.name == "sqlite":  # whose LIKE takes small letters for capitals
            return column.op("GLOB")(pattern.replace("[", "[[]"))
        return column.like(_like(pattern), escape="\\")

    def _count(self, connection: Connection, ids: Collection[str]) -> int:
        """Return how many of some rows are there."""
        from sqlalchemy import func, select

        table = self._outputs
        query = select(func.count()).select_from(table).where(table.c.id.in_(ids))
        return int(connection.execute(query).scalar_one())

    def _upsert(self, connection: Connection, rows: list[dict[str, object]]) -> None:
        from sqlalchemy import and_, case, or_

        table = self._outputs
        statement: Any = _insert(connection)(table)
        new = statement.excluded
        same = or_(new.size.is_(None), table.c.size.is_(None), new.size == table.c.size)
        kept = {
            "size": case((new.size.is_(None), table.c.size), else_=new.size),
            "checksum": case((and_(new.checksum == "", same), table.c.checksum), else_=new.checksum),
            "events": case((and_(new.events.is_(None), same), table.c.events), else_=new.events),
        }
        told = {name: new[name] for name in ("at", "source", "job", "data_id")}
        # What is older than what is known tells nothing: two that fill at once may come in any order.
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["id"], set_={**told, **kept}, where=new.at >= table.c.at
            ),
            rows,
        )

    def _check(self, *, make: bool) -> None:
        """See that the tables are there, and those that are understood here."""
        from sqlalchemy import inspect, select

        about = self._tables.tables[ABOUT]
        if make:
            self._make()
        elif not inspect(self._engine).has_table(ABOUT):
            raise CatalogError(f"there is no catalog in {self.shown}: `cmcompile catalog fill` makes one")
        with self._engine.begin() as connection:
            if make:
                connection.execute(
                    _insert(connection)(about).values(version=VERSION).on_conflict_do_nothing()
                )
            versions = list(connection.execute(select(about.c.version)).scalars())
        if versions != [VERSION]:
            raise CatalogError(f"the catalog in {self.shown} was made by another version of cmcompile")

    def _make(self) -> None:
        """Make the tables; two that do so at once may get in each other's way, once."""
        from sqlalchemy import inspect
        from sqlalchemy.exc import DBAPIError

        if all(inspect(self._engine).has_table(name) for name in (OUTPUTS, ABOUT, FILLED)):
            return
        try:
            self._tables.create_all(self._engine)
        except DBAPIError:
            self._tables.create_all(self._engine)

    @contextlib.contextmanager
    def _told(self, what: str) -> Iterator[None]:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except (SQLAlchemyError, UnicodeError) as error:
            # The first line of what the driver said: the rest repeats the statement with all its values.
            said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise CatalogError(f"the catalog in {self.shown} can't be {what}: {said}") from None


def _prepare_file(path: Path, *, make: bool) -> None:
    if path.exists():
        return
    if not make:
        raise CatalogError(f"there is no catalog at {path}: `cmcompile catalog fill` makes one")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CatalogError(f"no catalog can be made at {path}: {error.strerror}") from error


def _insert(connection: Connection) -> Any:
    """Return what makes a statement that may meet a row which is there: each database has its own."""
    from sqlalchemy.dialects import postgresql, sqlite

    return sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert


def _row(output: Output) -> dict[str, object]:
    identity = json.dumps([output.campaign, output.name, output.path, output.run])
    values: dict[str, object] = dict(zip(_COLUMNS, astuple(output), strict=True))
    return {"id": sha256(identity.encode()).hexdigest(), **values}


def _chosen(columns: ReadOnlyColumnCollection[str, Any]) -> list[Any]:
    return [columns[name] for name in _COLUMNS]


def _like(pattern: str) -> str:
    """Return a pattern of the shell as one of SQL."""
    for sign in ("\\", "%", "_"):
        pattern = pattern.replace(sign, "\\" + sign)
    return pattern.replace("*", "%").replace("?", "_")
