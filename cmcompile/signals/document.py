"""A signal as bytes, and the strict way back; needs no more than JSON, so that a worker is quick."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from cmcompile.signals.fields import LONGEST, BadSignalError, check_signal


def to_bytes(fields: Mapping[str, Any]) -> bytes:
    """Return a signal as it stands in its file: one line of ASCII.

    Raises
    ------
    BadSignalError
        When a field can't be used, or all of it is too long.
    """
    data = json.dumps(dict(check_signal(fields)), separators=(",", ":"), allow_nan=False).encode() + b"\n"
    if len(data) > LONGEST:
        raise BadSignalError(f"it is longer than {LONGEST} bytes")
    return data


def from_bytes(data: bytes) -> Mapping[str, Any]:
    """Return the fields of a signal.

    Raises
    ------
    BadSignalError
        When the bytes are no whole signal.
    """
    if len(data) > LONGEST:
        raise BadSignalError(f"it is longer than {LONGEST} bytes")
    try:
        # Bytes that are no text are no reason to lose a signal: a shell may have cut a letter in two.
        found = _DECODER.decode(data.decode(errors="replace"))
    except json.JSONDecodeError:
        raise BadSignalError("it is not JSON, or was cut") from None
    except RecursionError:
        raise BadSignalError("it is nested too deep") from None
    except BadSignalError:
        raise
    except ValueError:
        raise BadSignalError("it holds a number of thousands of digits") from None
    return check_signal(found)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadSignalError("it holds a key twice")
    return found


def _no_constant(word: str) -> NoReturn:
    raise BadSignalError(f"it holds {word}")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
