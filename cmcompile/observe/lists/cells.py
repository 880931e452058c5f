"""Values of sources, as they stand in files of lists."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from cmcompile.model.errors import CmcompileError
from cmcompile.model.ids import Id

#: Stands for a value that a row does not have.
NOTHING = "null"
#: Rows of a list at most: a query that forgot its condition is seen to be one.
MOST = 1_000_000
_WHOLE = re.compile(r"-?[1-9][0-9]{0,17}|0")


class AskError(CmcompileError):
    """A source was asked what it can't be asked: asking again does not help."""


def cell(value: object) -> Id:
    """Return a value as a list has it.

    Raises
    ------
    AskError
        When it is of a kind that no list holds.
    """
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str):
        return word(value.strip())
    raise AskError(f"a value is of the kind {type(value).__name__}, which no list holds")


def word(text: str) -> Id:
    """Return a text, as a number where it is one as people write it."""
    return int(text) if _WHOLE.fullmatch(text) else text
