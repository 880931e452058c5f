"""What a query gives, as cells that every format can hold."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite


def plain(value: object) -> object:
    """Return a value that text, CSV and JSON can hold: bytes as hexadecimal digits, no infinite number."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return value


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Return names of columns of which none comes twice: JSON would keep the last of them only."""
    found: list[str] = []
    for name in names:
        number, made = 1, name
        while made in found:
            number += 1
            made = f"{name}_{number}"
        found.append(made)
    return tuple(found)
