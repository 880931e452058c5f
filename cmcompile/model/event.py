"""Events of the ledger: what was done and seen, one immutable file each.

The file's path says what an event is about (`Subject`), its number and kind; its JSON holds the rest. An
event is never changed or removed. The kinds of a workflow follow the submission protocol: ``claimed``,
``prepared``, ``submitting`` (the gate), ``submitted``, and then what was observed.
"""

from __future__ import annotations

from dataclasses import dataclass

from cmcompile.model.body import (
    Abandoned,
    Accepted,
    Body,
    Cancelling,
    Claimed,
    Member,
    NotCalled,
    Observed,
    Prepared,
    PrepareFailed,
    Process,
    Rejected,
    Retired,
    Retiring,
    Reviewed,
    SpecRef,
    Submitted,
    Submitting,
    Superseded,
    Unknown,
    WmsRef,
)
from cmcompile.model.collected import Chained, Chaining, Tagged, Tagging
from cmcompile.model.diagnosed import Diagnosed
from cmcompile.model.signal import Signalled
from cmcompile.model.usage import Measured

__all__ = [
    "Abandoned",
    "Accepted",
    "Body",
    "CAMPAIGN",
    "Cancelling",
    "Chained",
    "Chaining",
    "Claimed",
    "Diagnosed",
    "Draft",
    "Event",
    "KINDS",
    "Measured",
    "Member",
    "NotCalled",
    "OF_GROUP",
    "OF_STEP",
    "OF_WORKFLOW",
    "Observed",
    "PrepareFailed",
    "Prepared",
    "Process",
    "Rejected",
    "Retired",
    "Retiring",
    "Reviewed",
    "Signalled",
    "SpecRef",
    "Subject",
    "Submitted",
    "Submitting",
    "Superseded",
    "Tagged",
    "Tagging",
    "Unknown",
    "Unreadable",
    "WmsRef",
]


#: Stands for the campaign where a step is named, for its collections; no step can be named so.
CAMPAIGN = "_campaign"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What an event is about: a workflow, a group, or a step.

    Attributes
    ----------
    group, workflow
        None where the event is about the step, or the group, as a whole.
    """

    step: str
    group: str | None = None
    workflow: str | None = None

    def __str__(self) -> str:
        text = self.step if self.group is None else f"{self.step}/{self.group}"
        return text if self.workflow is None else f"{text}@{self.workflow}"


#: Kinds of events by what they are about; the kind stands in the file name.
OF_WORKFLOW: dict[str, type[Body]] = {
    "claimed": Claimed,
    "prepared": Prepared,
    "prepare_failed": PrepareFailed,
    "submitting": Submitting,
    "not_called": NotCalled,
    "abandoned": Abandoned,
    "unknown": Unknown,
    "submitted": Submitted,
    "observed": Observed,
    "measured": Measured,
    "diagnosed": Diagnosed,
    "signalled": Signalled,
    "review": Reviewed,
    "cancelling": Cancelling,
    "retiring": Retiring,
    "retired": Retired,
}
OF_GROUP: dict[str, type[Body]] = {
    "accepted": Accepted,
    "rejected": Rejected,
    "superseded": Superseded,
    "review": Reviewed,
}
OF_STEP: dict[str, type[Body]] = {
    "chaining": Chaining,
    "chained": Chained,
    "tagging": Tagging,
    "tagged": Tagged,
    "retiring": Retiring,
    "retired": Retired,
}
KINDS: dict[type[Body], str] = {
    body: kind for kinds in (OF_WORKFLOW, OF_GROUP, OF_STEP) for kind, body in kinds.items()
}


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is to be recorded; it gets its number where it lands.

    Attributes
    ----------
    id
        Random, 16 hex digits: tells the event from any other, also from that of a twin.
    claim
        The claim that it belongs to, for events of a workflow.
    at
        UTC, ``2026-11-20T08:00:00Z``.
    by
        Who: a person, or the name of a CI job.
    ci
        The page of the CI run, or empty.
    decision
        The id of the decision that asked for it, or empty.
    """

    subject: Subject
    id: str
    at: str
    by: str
    body: Body
    claim: str = ""
    ci: str = ""
    decision: str = ""

    @property
    def kind(self) -> str:
        """The kind, as the file name has it."""
        return KINDS[type(self.body)]


@dataclass(frozen=True, slots=True)
class Event:
    """A recorded event.

    Attributes
    ----------
    number
        Its place among the events of its subject, from 1.
    """

    number: int
    draft: Draft

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return self.draft.subject


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file of the ledger that is no event that can be read.

    Attributes
    ----------
    subject
        What it would be about; None where even the path is foreign.
    why
        One sentence.
    """

    path: str
    subject: Subject | None
    why: str
