"""Rows that a server has at an address: asked once, bounded, and only a whole reply counts."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping

from cmcompile.model.ids import Id
from cmcompile.model.list_query import Answer
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.lists.cells import MOST, AskError, cell, word
from cmcompile.web.exchange import Bounds, Exchange, NoReply, Reply, Request, is_safe

_BOUNDS = Bounds(whole=120.0, longest=1 << 27)
_OK, _SAME = 200, 304
#: These may be another answer in a minute; all others are about what was asked.
_PASSING = (408, 425, 429)
#: Answers to a wrong request are shown up to so many letters.
_SHOWN = 200


def ask_url(url: str, form: str, *, token: str = "", mark: str = "", most: int = MOST) -> Answer | NoAnswer:
    """Ask a server for rows.

    Parameters
    ----------
    form
        ``csv``: a first line names the columns; ``json``: a list of objects, or of values; ``text``: words
        parted by blanks or commas, without names.
    token
        Is sent to a server that is asked by TLS, or is on this machine.
    mark
        What the former answer had; a server that has nothing else says so.

    Raises
    ------
    AskError
        When the server does not give it, or it can't be read.
    """
    if token and not is_safe(url):
        raise AskError("a token is sent by https only")
    headers = {
        "Accept": {"csv": "text/csv", "json": "application/json"}.get(form, "text/plain") + ", */*;q=0.1"
    }
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"If-None-Match": mark} if mark else {}
    reply = Exchange(_BOUNDS).send(Request("GET", url, headers))
    if isinstance(reply, NoReply):
        return NoAnswer(reply.why)
    if reply.status == _SAME and mark:
        return Answer((), (), same=True, mark=mark)
    if reply.status >= 500 or reply.status in _PASSING:
        return NoAnswer(f"the server answered with {reply.status}")
    if reply.status != _OK:
        raise AskError(_refused(reply))
    if form != "json" and not {"content-length", "transfer-encoding"} & set(reply.headers):
        return NoAnswer("the server does not say where its reply ends, so a part of it may be lacking")
    found = _read(_text(reply), form)
    if len(found.rows) > most:
        raise AskError(f"it has more than {most:,} rows")
    return Answer(found.columns, found.rows, mark=reply.headers.get("etag", ""))


def _refused(reply: Reply) -> str:
    to = reply.headers.get("location", "")
    if 300 <= reply.status < 400 and to:
        return f"the server leads on to {to[:_SHOWN]}: write that address"
    return f"the server answered with {reply.status}"


def _text(reply: Reply) -> str:
    try:
        return reply.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AskError("what the server gave is not UTF-8") from None


def _read(text: str, form: str) -> Answer:
    if form == "json":
        return _json(text)
    if form == "csv":
        try:
            rows = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
        except csv.Error as error:
            raise AskError(f"what the server gave is no csv: {error}") from None
        return _table(rows[1:], tuple(name.strip() for name in rows[0]) if rows else ())
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return _table([line.replace(",", " ").split() for line in lines], ())


def _table(rows: list[list[str]], columns: tuple[str, ...]) -> Answer:
    width = len(columns) or (len(rows[0]) if rows else 0)
    if len(set(columns)) < len(columns):
        raise AskError("what the server gave has two columns of one name")
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise AskError(f"row {number} of what the server gave has {len(row)} values, not {width}")
    return Answer(columns, tuple(tuple(word(value.strip()) for value in row) for row in rows))


def _json(text: str) -> Answer:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise AskError("what the server gave is no whole JSON") from None
    if not isinstance(found, list):
        raise AskError("what the server gave is no list of objects or values")
    if not all(isinstance(row, dict) for row in found):
        if any(isinstance(row, dict | list) for row in found):
            raise AskError("what the server gave is no list of objects or of values")
        return Answer((), tuple((cell(value),) for value in found))
    columns = tuple(dict.fromkeys(key for row in found for key, value in row.items() if _is_plain(value)))
    return Answer(columns, tuple(_cells(row, columns) for row in found))


def _cells(row: Mapping[str, object], columns: tuple[str, ...]) -> tuple[Id, ...]:
    return tuple(cell(row.get(name) if _is_plain(row.get(name)) else None) for name in columns)


def _is_plain(value: object) -> bool:
    return not isinstance(value, dict | list)
