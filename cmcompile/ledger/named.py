"""Documents of the ledger that are named after what they say: saved plans and approvals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

_DIGEST = "digest"


def document_digest(data: bytes) -> str:
    """Return the digest that a saved plan or an approval must be named after.

    It is the sha256 of the canonical JSON (sorted keys, no blanks, UTF-8) of the document without its key
    ``digest``.

    Raises
    ------
    ValueError
        When it is no JSON object, has a key twice, or names another digest itself; with a sentence.
    """
    return read_document(data)[0]


def read_document(data: bytes) -> tuple[str, dict[str, Any]]:
    """Return the digest of a document, and what it says without its digest.

    Raises
    ------
    ValueError
        As `document_digest`.
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
    found = digest_of(document)
    if named not in (None, found):
        raise ValueError(f"it names the digest {named}, and what it says has {found}")
    return found, document


def digest_of(document: Mapping[str, Any]) -> str:
    """Return the sha256 of the canonical JSON of a document that names no digest.

    Raises
    ------
    ValueError
        When a text is none that can be written.
    """
    try:
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return sha256(text.encode()).hexdigest()
    except UnicodeEncodeError:
        raise ValueError("it holds half of a surrogate pair") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands in it twice")
    return found


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no number")
