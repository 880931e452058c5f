"""Single fields of a message: each reader takes the object and the key, and gives a value of its type."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TypeAlias

from cmcompile.apply.child.errors import MessageError
from cmcompile.model.stamp import moment_of, stamp

Object: TypeAlias = dict[str, object]

_IS_ID = re.compile(r"[0-9a-f]{16}").fullmatch


def fault(key: str, wanted: str) -> MessageError:
    """Say what is wrong with a field."""
    return MessageError(f"`{key}` is not {wanted}")


def text(found: Object, key: str) -> str:
    """Read a text, which may be empty."""
    value = found[key]
    if type(value) is not str:
        raise fault(key, "text")
    return value


def filled(found: Object, key: str) -> str:
    """Read a text that says something."""
    value = text(found, key)
    if not value.strip():
        raise fault(key, "a text that says something")
    return value


def an_id(found: Object, key: str) -> str:
    """Read the id of a claim or of an event."""
    value = text(found, key)
    if not _IS_ID(value):
        raise fault(key, "an id of 16 hex digits")
    return value


def moment(found: Object, key: str) -> str:
    """Read a moment, UTC."""
    value = text(found, key)
    try:
        right = stamp(moment_of(value)) == value
    except ValueError:
        right = False
    if not right:
        raise fault(key, "a moment such as 2026-11-20T08:00:00Z")
    return value


def yes_or_no(found: Object, key: str) -> bool:
    """Read a truth value."""
    value = found[key]
    if type(value) is not bool:
        raise fault(key, "true or false")
    return value


def count_or_none(found: Object, key: str) -> int | None:
    """Read a number of things, or null."""
    value = found[key]
    if value is None:
        return None
    if type(value) is not int or value < 0:
        raise fault(key, "a number of things, or null")
    return value


def inner(found: Object, key: str) -> Object:
    """Read an object."""
    value = found[key]
    if type(value) is not dict:
        raise fault(key, "an object")
    return value


def texts(found: Object, key: str) -> dict[str, str]:
    """Read texts by names that say something."""
    read = inner(found, key)
    if not all(name and type(value) is str for name, value in read.items()):
        raise fault(key, "an object of texts by name")
    return {name: str(value) for name, value in read.items()}


def files(found: Object, key: str) -> dict[str, bytes]:
    """Read bytes, written in base64, by path."""
    try:
        return {path: base64.b64decode(value, validate=True) for path, value in texts(found, key).items()}
    except (binascii.Error, ValueError):
        raise fault(key, "an object of base64 by path") from None


def several(found: Object, key: str) -> tuple[str, ...]:
    """Read a list of texts that say something."""
    value = found[key]
    if type(value) is not list or not all(type(item) is str and item.strip() for item in value):
        raise fault(key, "a list of texts that say something")
    return tuple(str(item) for item in value)
