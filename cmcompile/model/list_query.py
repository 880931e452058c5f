"""What a list asks that is not filled by the Butler: a database, files on disk, an address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from cmcompile.model.ids import Id
from cmcompile.model.stored import ListQuery, canonical


@dataclass(frozen=True, slots=True)
class SqlQuery:
    """Rows of a database.

    Attributes
    ----------
    sql
        One statement that reads.
    database
        Names the variable that holds the address: ``CMCOMPILE_DATABASE_<name>``.
    """

    sql: str
    database: str

    def canonical(self) -> str:
        """Return the query as one line of JSON."""
        return canonical({"sql": self.sql, "database": self.database})


@dataclass(frozen=True, slots=True)
class FilesQuery:
    """Files on disk, a row for each.

    Attributes
    ----------
    files
        The paths, with ``*``, ``?``, ``[…]``, and ``**`` for folders at any depth.
    columns
        A regular expression; its named groups are the columns.
    settled
        For how many seconds a file must have stayed the same.
    """

    files: str
    columns: str
    settled: int = 0

    def canonical(self) -> str:
        """Return the query as one line of JSON."""
        return canonical({"files": self.files, "columns": self.columns, "settled": self.settled})


@dataclass(frozen=True, slots=True)
class UrlQuery:
    """What a server has at an address.

    Attributes
    ----------
    form
        ``csv``, ``json`` or ``text``.
    token
        Names the variable that holds a token: ``CMCOMPILE_TOKEN_<name>``; empty: none is sent.
    """

    url: str
    form: str
    token: str = ""

    def canonical(self) -> str:
        """Return the query as one line of JSON."""
        return canonical({"url": self.url, "format": self.form})


AnyQuery: TypeAlias = ListQuery | SqlQuery | FilesQuery | UrlQuery


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source gave.

    Attributes
    ----------
    columns
        Their names, in order; empty where the source has none.
    passed_over
        What could not be taken for a row, each in words.
    same
        Whether the source says that it is as it was when it was asked last; there are no rows then.
    mark
        What tells that next time; empty: nothing does.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Id, ...], ...]
    passed_over: tuple[str, ...] = ()
    same: bool = False
    mark: str = ""
