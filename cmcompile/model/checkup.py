"""What is asked before a campaign is sent, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from cmcompile.model.diagnostic import Code
from cmcompile.model.source import Span
from cmcompile.model.wms import NoAnswer


class Verdict(Enum):
    """What a check found; what could not be asked is never fine."""

    FINE = "fine"
    FAULT = "fault"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked of the world; the same one is asked once, however many checks need it.

    Attributes
    ----------
    kind
        What is asked: ``butler``, ``collections``, ``data``, ``ping``, …
    place
        The key of the environment that it is asked in; empty: this process asks.
    about
        What it is about, such as the repository and the names of collections.
    """

    kind: str
    place: str
    about: tuple[str, ...] = ()


#: What a question was answered with: plain values by name.
Reply: TypeAlias = Mapping[str, object]
Answers: TypeAlias = Mapping[Question, Reply | NoAnswer]


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found of one thing.

    Attributes
    ----------
    check
        The name of the check, as ``--only`` takes it.
    code
        What a fault of it is called.
    said
        What is wrong, or what was seen, without a full stop.
    fix
        What to do; empty where nothing is to be done.
    command
        The command that helps, or that shows more; empty: there is none.
    span
        Where in the spec it comes from; None: nowhere.
    behind
        With what could not be asked: the check whose fault is in the way; empty: none is known.
    allowed
        The reason for which the campaign allows it; empty: it does not.
    """

    check: str
    code: Code
    verdict: Verdict
    said: str
    fix: str = ""
    command: str = ""
    span: Span | None = None
    behind: str = ""
    allowed: str = ""
