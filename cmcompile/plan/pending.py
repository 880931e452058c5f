"""A decision that was not carried out yet."""

from __future__ import annotations

from dataclasses import dataclass

from cmcompile.model.decision import Decision
from cmcompile.model.event import Subject
from cmcompile.model.states import Workflow
from cmcompile.plan.inputs import Key


@dataclass(frozen=True, slots=True)
class Pending:
    """A decision that was not carried out yet.

    Attributes
    ----------
    workflow
        The workflow that it is about; None where there is none.
    refused
        Why it can't be carried out, or None.
    after
        The decision about the same data, ``abandon step1/3@w00``, that is carried out before it is asked
        again whether this one can be; or empty.
    """

    decision: Decision
    subject: Subject
    workflow: Workflow | None
    refused: str | None
    after: str = ""

    @property
    def stands(self) -> bool:
        """Whether it can be carried out now."""
        return self.refused is None and not self.after

    @property
    def key(self) -> Key:
        """The step and the group."""
        return (self.subject.step, self.subject.group or "")

    @property
    def address(self) -> str:
        """The workflow, ``<group>@<name>``, or an empty text."""
        return "" if self.workflow is None else f"{self.workflow.group}@{self.workflow.name}"

    @property
    def words(self) -> str:
        """``accept step1/3@w00: the reason``."""
        return f"{self.decision.verb.value} {self.subject}: {self.decision.because}"
