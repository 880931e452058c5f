"""Enumerations whose members have words for people."""

from __future__ import annotations

from enum import Enum
from typing import Self


class Worded(Enum):
    """Each member has a value, by which JSON names it, and ``words``, which a person reads."""

    words: str

    def __new__(cls, value: str, words: str) -> Self:
        """Make a member."""
        member = object.__new__(cls)
        member._value_ = value
        member.words = words
        return member
