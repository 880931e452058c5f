"""Where a group stands, with what only the plan needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass

from cmcompile.model.decision import Decision
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import Standing, Workflow


@dataclass(frozen=True, slots=True)
class Want:
    """Why a group is to be sent, as soon as nothing stands in its way.

    Attributes
    ----------
    decision
        The decision that asks for it, where one does.
    restart
        The workflow whose run is to be restarted; None: a new workflow.
    span
        What asks for it, where that is no decision.
    builds_on
        Whether what its former workflows made is taken over, and not made anew.
    """

    reason: Reason
    detail: str = ""
    decision: Decision | None = None
    restart: Workflow | None = None
    span: Span | None = None
    builds_on: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a group stands.

    Attributes
    ----------
    want
        Why it is to be sent; None: it is not.
    ended
        Whether it was sent and all that was sent for it is over.
    good
        Whether its outputs are accepted, or would be: a rescue has nothing to do there.
    because
        What stands in its way, as declared.
    """

    standing: Standing
    want: Want | None = None
    ended: bool = False
    good: bool = False
    because: Span | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Its step and id."""
        return (self.standing.step, self.standing.group)
