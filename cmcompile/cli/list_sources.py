"""Asking databases, folders and addresses for the rows of lists."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.output import warn
from cmcompile.model.errors import CmcompileError
from cmcompile.model.list_query import FilesQuery, SqlQuery, UrlQuery
from cmcompile.model.wms import NoAnswer

if TYPE_CHECKING:
    from cmcompile.cli.list_rows import Layout
    from cmcompile.model.campaign import ListData, Spec
    from cmcompile.model.list_query import Answer, AnyQuery

#: What variables with addresses and tokens are called; the name that the spec gives follows.
DATABASE, TOKEN = "CMCOMPILE_DATABASE_", "CMCOMPILE_TOKEN_"


@dataclass(frozen=True, slots=True)
class Given:
    """What a source gave for a list.

    Attributes
    ----------
    layout
        How its file looks; None where the source says that it is as it was.
    """

    answer: Answer
    layout: Layout | None


def ask_for(spec: Spec, data: ListData, query: AnyQuery, mark: str = "") -> Given | NoAnswer:
    """Ask the source of a list once; a source that does not answer in time gives no answer.

    Parameters
    ----------
    query
        Filled in.
    mark
        What a server gave with its last answer.

    Raises
    ------
    CmcompileError
        When it can't be asked so, or has no row.
    """
    from cmcompile.apply.child.launch import ALLOWED
    from cmcompile.cli.clean import cleaner
    from cmcompile.cli.list_rows import layout_for
    from cmcompile.observe.butler.open import bounded
    from cmcompile.observe.lists.cells import AskError

    seconds, call = _asking(data.name, query, mark)

    def work() -> Answer | NoAnswer | AskError:
        try:
            return call()
        except AskError as error:
            return error

    found = bounded(work, seconds, f"the source of list {data.name}")
    clean = cleaner(os.environ, ALLOWED)
    if isinstance(found, AskError):
        raise CmcompileError(f"list {data.name}: {clean(str(found))}; nothing was changed")
    if isinstance(found, NoAnswer):
        return NoAnswer(f"list {data.name}: {clean(found.why)}")
    for line in found.passed_over:
        warn(f"list {data.name}: {clean(line)}")
    if found.same:
        return Given(found, None)
    if not found.rows:
        raise CmcompileError(
            f"the source of list {data.name} has no row: correct its query or wait for the data; "
            "nothing was changed"
        )
    return Given(found, layout_for(spec, data, found.columns))


def _asking(name: str, query: AnyQuery, mark: str) -> tuple[float, partial[Answer | NoAnswer]]:
    """Return how a source is asked, and for how many seconds it is waited for."""
    from cmcompile.observe.lists import files, sql
    from cmcompile.observe.lists.url import ask_url

    if isinstance(query, SqlQuery):
        address = _variable(name, DATABASE, query.database, "the address of the database")
        return sql.PATIENCE + 2.0 * sql.CONNECTING, partial(sql.ask_sql, address, query.sql)
    if isinstance(query, FilesQuery):
        path = os.path.expandvars(query.files)
        return files.PATIENCE + 10, partial(files.ask_files, path, query.columns, query.settled)
    if isinstance(query, UrlQuery):
        token = _variable(name, TOKEN, query.token, "the token") if query.token else ""
        return 150.0, partial(ask_url, query.url, query.form, token=token, mark=mark)
    raise TypeError(query)


def _variable(name: str, prefix: str, key: str, what: str) -> str:
    found = os.environ.get(prefix + key, "").strip()
    if not found:
        raise CmcompileError(
            f"list {name}: {prefix}{key} must hold {what}, and is not set; nothing was changed"
        )
    return found


@dataclass(frozen=True, slots=True)
class Mark:
    """What a server gave with its last answer, kept beside the clone; without it, all is asked for.

    Attributes
    ----------
    path
        Of the file with those of all lists.
    name
        Of the list.
    made_by
        All that the rows are made by: the query with variables filled in, columns, file. An address may be
        a secret: only a digest of this is written.
    digest
        Of the rows that are stored now; empty: they are asked for whole.
    """

    path: Path
    name: str
    made_by: str
    digest: str

    def known(self) -> str:
        """Return the mark of what is stored; empty: there is none, or the rows were not made from it."""
        found = self._read().get(self.name)
        mark = found.get("mark") if isinstance(found, dict) else None
        is_ours = isinstance(mark, str) and bool(self.digest) and found == self._row(mark, self.digest)
        return str(mark) if is_ours else ""

    def keep(self, mark: str, digest: str) -> None:
        """Keep the mark of an answer, with the digest of the rows that it made."""
        from cmcompile.ledger.safe_file import replace

        rows = {**self._read(), self.name: self._row(mark, digest)}
        with suppress(OSError):  # then it is asked for whole
            replace(self.path, json.dumps(rows, indent=0, sort_keys=True).encode(), durable=False)

    def _row(self, mark: str, digest: str) -> dict[str, str]:
        return {"of": sha256(self.made_by.encode()).hexdigest(), "digest": digest, "mark": mark}

    def _read(self) -> dict[str, object]:
        from cmcompile.ledger.safe_file import read_own

        try:
            found = json.loads(read_own(self.path))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
