"""Answers that stand in files of the repository, of the Butler for one, so that compiling never asks.

Such a file begins with a head of comment lines, which say what was asked, when the rows last changed, and a
digest of the rows::

    # stored by cmcompile lists update
    # query: {"collections":["HSC/raw/all"],"dimensions":["visit"],"where":"instrument='HSC'"}
    # date: 2026-11-20T08:00:00Z
    # digest: sha256:9f86…
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from cmcompile.model.ids import Id

_FIRST = "# stored by cmcompile lists update"
_LINE = re.compile(r"# (query|date|digest): (.*)")


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list asks the Butler.

    Attributes
    ----------
    dimensions
        Whose ids are listed.
    datasets, collections
        Only data ids for which these dataset types exist in these collections.
    where
        In the Butler's query language.
    """

    dimensions: tuple[str, ...]
    datasets: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    where: str = ""

    def canonical(self) -> str:
        """Return the query as one line of JSON; one query has one text."""
        asked = {
            "dimensions": list(self.dimensions),
            "datasets": list(self.datasets),
            "collections": list(self.collections),
            "where": self.where,
        }
        return canonical(asked)


@dataclass(frozen=True, slots=True)
class OverlapQuery:
    """Which ids of an exposure-like dimension overlap which tracts.

    Attributes
    ----------
    dimension
        ``visit`` or ``exposure``.
    sky
        ``tract``.
    instrument, skymap
        What the ids mean something for.
    """

    dimension: str
    sky: str
    instrument: str
    skymap: str

    def canonical(self) -> str:
        """Return the query as one line of JSON."""
        return _json(
            {"join": [self.dimension, self.sky], "instrument": self.instrument, "skymap": self.skymap}
        )


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a stored file.

    Attributes
    ----------
    query
        The canonical text of what was asked.
    date
        When the rows last changed, UTC.
    digest
        Of the rows, ``sha256:…``.
    """

    query: str
    date: str
    digest: str

    def text(self) -> str:
        """Return the lines of the head."""
        return f"{_FIRST}\n# query: {self.query}\n# date: {self.date}\n# digest: {self.digest}\n"


def read_head(text: str) -> tuple[Head | None, str]:
    """Return the head of a file and what follows it; None: it has none, and was written by hand."""
    if not text.startswith(f"{_FIRST}\n"):
        return None, text
    rest = text[len(_FIRST) + 1 :]
    found: dict[str, str] = {}
    while (line := _LINE.match(rest.partition("\n")[0])) is not None:
        found[line[1]] = line[2]
        rest = rest.partition("\n")[2]
    return Head(found.get("query", ""), found.get("date", ""), found.get("digest", "")), rest


def digest_of(rows: str) -> str:
    """Return the digest of what follows a head."""
    return "sha256:" + sha256(rows.encode()).hexdigest()


def stored(query: str, rows: str, before: str | None, now: str) -> str:
    """Return the text of a stored file: that of before, where nothing changed.

    Parameters
    ----------
    before
        The file as it is; None: there is none.
    now
        The time, UTC; it is kept in the file where the rows are other ones than before.
    """
    head, old = (None, "") if before is None else read_head(before)
    same = head is not None and bool(head.date) and old == rows
    return Head(query, head.date if head is not None and same else now, digest_of(rows)).text() + rows


def in_order(rows: Iterable[tuple[Id, ...]]) -> list[tuple[Id, ...]]:
    """Return rows sorted, each once; numbers go before texts."""
    return sorted(set(rows), key=lambda row: [(isinstance(v, str), v) for v in row])


def canonical(asked: Mapping[str, object]) -> str:
    """Return what is asked as one line of JSON, without what is empty; one query has one text."""
    return _json({name: value for name, value in asked.items() if value})


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
