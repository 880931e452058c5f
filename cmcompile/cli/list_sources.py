"""Asking databases, folders and addresses for the rows of lists."""

from __future__ import annotations

import os
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


class Marks:
    """What servers gave with their last answers, kept beside the clone; without it, all is asked for.

    Parameters
    ----------
    digests
        Of the rows that are stored now, by list: another answer than the one stored is asked for whole.
    """

    def __init__(self, path: Path, digests: dict[str, str]) -> None:
        self._path = path
        self._digests = digests

    def of(self, name: str, asked: str) -> str:
        """Return the mark of what is stored; empty: there is none, or the rows were not made from it.

        Parameters
        ----------
        asked
            All that the rows are made by: query, columns, file.
        """
        found = self._read().get(name)
        if not isinstance(found, dict) or not self._digests.get(name):
            return ""
        key = {"of": _key(asked), "digest": self._digests[name]}
        mark = found.get("mark")
        return mark if isinstance(mark, str) and found == {**key, "mark": mark} else ""

    def keep(self, name: str, asked: str, mark: str, digest: str) -> None:
        """Keep the mark of an answer, with the digest of the rows that it made."""
        import contextlib
        import json

        from cmcompile.ledger.safe_file import replace

        row = {"of": _key(asked), "digest": digest, "mark": mark}
        data = json.dumps({**self._read(), name: row}, indent=0, sort_keys=True).encode()
        with contextlib.suppress(OSError):  # then it is asked for whole
            replace(self._path, data, durable=False)

    def _read(self) -> dict[str, object]:
        import json

        from cmcompile.ledger.safe_file import read_own

        try:
            found = json.loads(read_own(self._path))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _key(asked: str) -> str:
    # An address may be a secret.
    return sha256(asked.encode()).hexdigest()
