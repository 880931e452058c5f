"""Strict JSON: one object, UTF-8, every key once, no NaN; whatever is wrong is a ``BadDocumentError``."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import NoReturn

#: So deep are no events; the reader itself would stop at a depth that depends on who called it.
MAX_DEPTH = 60
_TOKENS = re.compile(r'"(?>(?:[^"\\]|\\.)*)"|[\[\]{}]', re.DOTALL)


class BadDocumentError(ValueError):
    """The bytes are no document that can be used; the text says why, without a full stop."""


def shown(name: str) -> str:
    """Return a name of a document as it may stand in a sentence: short, on one line, printable."""
    return json.dumps(name[:60])[1:-1]


def load(data: bytes) -> dict[str, object]:
    """Read one JSON object.

    Raises
    ------
    BadDocumentError
        On anything but one plain object; the same for the same bytes, wherever it is called from.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise BadDocumentError("it is not UTF-8") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise BadDocumentError(f"it is nested deeper than {MAX_DEPTH} levels")
    try:
        found = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadDocumentError(f"it is not JSON: {error.msg} at {where}") from None
    except BadDocumentError:
        raise
    except ValueError:
        raise BadDocumentError("it holds a number of thousands of digits") from None
    if type(found) is not dict:
        raise BadDocumentError("it is not a JSON object")
    if "\\" in text:
        _refuse_surrogates(found)
    return found


def _depth(text: str) -> int:
    depth = deepest = 0
    for token in _TOKENS.finditer(text):
        sign = token[0]
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _refuse_surrogates(found: object) -> None:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadDocumentError("it holds half of a surrogate pair, which is no character") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        [(twice, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise BadDocumentError(f"the key `{shown(twice)}` is written twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise BadDocumentError(f"it holds {name}, which is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)
