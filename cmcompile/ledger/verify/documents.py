"""Saved plans and approvals: each is named after the digest of what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from cmcompile.ledger.paths import locate
from cmcompile.ledger.verify.values import Origins
from cmcompile.model.codes import ledger as codes
from cmcompile.model.diagnostic import Findings
from cmcompile.model.ledger import LedgerStore
from cmcompile.model.source import Span

ROOMS = ("plans/", "approvals/")
_DIGEST = "digest"
#: Files that are read at once.
CHUNK = 200


def document_digest(data: bytes) -> str:
    """Return the digest that a saved plan or an approval must be named after.

    It is the sha256 of the canonical JSON (sorted keys, no blanks, UTF-8) of the document without its key
    ``digest``.

    Raises
    ------
    ValueError
        When it is no JSON object, has a key twice, or names another digest itself; with a sentence.
    """
    try:
        document = json.loads(data, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except ValueError as error:
        raise ValueError(f"it is no JSON that cmcompile writes: {error}") from None
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")
    named = document.pop(_DIGEST, None)
    try:
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        found = sha256(text.encode()).hexdigest()
    except UnicodeEncodeError:
        raise ValueError("it holds half of a surrogate pair") from None
    if named not in (None, found):
        raise ValueError(f"it names the digest {named}, and what it says has {found}")
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands in it twice")
    return found


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no number")


def check_documents(
    store: LedgerStore, files: Mapping[str, str], origins: Origins, findings: Findings
) -> None:
    """Report saved plans and approvals whose bytes are not those that their names stand for.

    Parameters
    ----------
    files
        Ids by path, of a whole tip.
    """
    paths = [path for path in sorted(files) if path.startswith(ROOMS) and locate(path) is not None]
    for start in range(0, len(paths), CHUNK):
        chunk = paths[start : start + CHUNK]
        data = store.read(dict.fromkeys(files[path] for path in chunk))
        for path in chunk:
            if why := _wrong(path, data[files[path]]):
                findings.add(
                    codes.DOCUMENT_DIFFERS,
                    Span(path, 1, 1),
                    f"{path}, added by {origins.of(path)}, is not what its name stands for: {why}",
                    "a saved plan or an approval is named after the digest of what it says",
                )


def _wrong(path: str, data: bytes) -> str:
    """Return why the bytes don't fit the name; empty where they do."""
    name = path.rpartition("/")[2].removesuffix(".json")
    try:
        found = document_digest(data)
    except ValueError as error:
        return str(error)
    return "" if found == name else f"what it says has the digest {found[:12]}"
