"""Drift: what is not as the ledger and the spec say."""

from __future__ import annotations

from dataclasses import dataclass

from cmcompile.model.event import Subject
from cmcompile.model.worded import Worded


class DriftKind(Worded):
    """What kind of drift it is."""

    FOREIGN_RUN = "foreign_run", "a run that the ledger does not know"
    CANCELLED_OUTSIDE = "cancelled_outside", "it was cancelled, and nobody here asked for that"
    REOPENED = "reopened", "a run that had ended is running again"
    GONE = "gone", "a run that the ledger knows is not shown"
    OUTPUTS_GONE = "outputs_gone", "the outputs of an accepted group are not there"
    CONFIG_DIFFERS = "config_differs", "the spec makes other files than those that ran"


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that is not as it should be.

    Attributes
    ----------
    next
        The command that a person may type.
    """

    kind: DriftKind
    subject: Subject
    detail: str = ""
    next: str = ""
