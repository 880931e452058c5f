"""Rescues that a policy has written into the spec, and those that could not be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Written:
    """Rescues of a step that stand on the spec branch now.

    Attributes
    ----------
    rescues
        Their names.
    groups
        Ids of the groups of the first pass that they are for.
    quanta
        How many quanta they are to run.
    why
        Line by line: what each is for, and the rules of the policy that ask for it.
    commit
        The commit that wrote them; empty where there is none yet.
    """

    step: str
    rescues: tuple[str, ...]
    groups: tuple[str, ...]
    quanta: int
    why: tuple[str, ...] = ()
    commit: str = ""


@dataclass(frozen=True, slots=True)
class NotWritten:
    """A rescue of a step that was not written, or of which nobody knows.

    Attributes
    ----------
    next
        The command that a person types.
    """

    step: str
    groups: tuple[str, ...]
    why: str
    next: str


Rescued: TypeAlias = Written | NotWritten
