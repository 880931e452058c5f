"""Decisions: what a person wants done with groups and workflows, declared in ``decisions.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from cmcompile.model.event import Subject
from cmcompile.model.source import Span


class Verb(Enum):
    """What is decided."""

    ACCEPT = "accept"
    REJECT = "reject"
    RETRY = "retry"
    RESTART = "restart"
    ABANDON = "abandon"
    ADOPT = "adopt"
    CANCEL = "cancel"
    RETIRE = "retire"
    HOLD = "hold"
    RELEASE = "release"
    SUPERSEDE = "supersede"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision.

    Attributes
    ----------
    id
        Twelve hex digits over all it says; events name it.
    subject
        ``step``, ``step/group`` or ``step/group@workflow``; None: the whole campaign (``hold``, ``release``).
    at
        UTC, ``2026-11-20T08:00:00Z``.
    gate
        With ``abandon``: the id of the gate's event, as proof that it was looked at.
    run, wms, output
        With ``adopt``: the run's id, the WMS that has it (service, and ``service@where``), its output run.
    """

    id: str
    verb: Verb
    subject: Subject | None
    by: str
    at: str
    because: str
    span: Span
    gate: str = ""
    run: str = ""
    wms: str = ""
    output: str = ""
