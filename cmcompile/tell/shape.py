"""Values taken out of replies: each is what it must be, or the server is not believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmcompile.tell.errors import SilentError


def row(value: object, what: str) -> Mapping[str, Any]:
    """Return an object of JSON."""
    if not isinstance(value, dict):
        raise SilentError(f"the server answers with {what} that is no object")
    return value


def rows(value: object, what: str) -> list[Mapping[str, Any]]:
    """Return a list of objects."""
    if not isinstance(value, list):
        raise SilentError(f"the server answers with {what} that are no list")
    return [row(item, what) for item in value]


def number(found: Mapping[str, Any], key: str) -> int:
    """Return a whole number that must be there."""
    value = found.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise SilentError(f"the server answers without `{key}`")
    return value


def text(found: Mapping[str, Any], *keys: str) -> str:
    """Return a text at a path of keys; empty where there is none."""
    at: object = found
    for key in keys:
        at = at.get(key) if isinstance(at, dict) else None
    return at if isinstance(at, str) else ""
