"""A plan: what would be done, in which order, and why; see ``docs/plan.md``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from cmcompile.model.event import Subject
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import GroupState


class Action(Enum):
    """What is done with the subject of an item."""

    SUBMIT = "submit"
    RESCUE = "rescue"
    RESTART = "restart"
    ADOPT = "adopt"
    ABANDON = "abandon"
    ACCEPT = "accept"
    REJECT = "reject"
    SUPERSEDE = "supersede"
    CHAIN = "chain"
    TAG = "tag"
    CANCEL = "cancel"
    RETIRE = "retire"
    WAIT = "wait"
    REVIEW = "review"
    REFUSE = "refuse"


#: Actions that pass the gate of the submission protocol.
GATED = frozenset({Action.SUBMIT, Action.RESCUE, Action.RESTART})
#: What changes nothing: it only says why.
IDLE = frozenset({Action.WAIT, Action.REVIEW, Action.REFUSE})


class StageName(Enum):
    """The stages of a plan, in the order in which they are carried out."""

    DECISIONS = "decisions"
    ACCEPTANCE = "acceptance"
    COLLECTIONS = "collections"
    REMOVAL = "removal"
    SUBMISSION = "submission"
    NOT_NOW = "not now"


@dataclass(frozen=True, slots=True)
class Cost:
    """What an item is expected to cost; None where it is not known.

    Attributes
    ----------
    core_hours
        Low and high estimate.
    source
        Where the figure is from.
    """

    quanta: int | None = None
    core_hours: tuple[float, float] | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do, or to wait for.

    Attributes
    ----------
    state
        Of the group, before.
    because
        Where in the spec or in the decisions it is asked for.
    definition
        The definition digest, with actions that submit; with ``tag`` the digest of the declaration.
    covers
        First-pass groups, with a rescue group.
    preconditions
        What must still hold when it is carried out, by name; a refusal shows which differ.
    reversible
        Whether it can be undone without loss.
    decision
        The id of the decision that asks for it, or empty.
    digest
        sha256 over campaign, subject, action, definition, attempt and decision: what an approval covers.
    """

    action: Action
    subject: Subject
    reason: Reason
    detail: str = ""
    state: GroupState | None = None
    because: Span | None = None
    definition: str = ""
    covers: tuple[str, ...] = ()
    preconditions: dict[str, str] = field(default_factory=dict)
    cost: Cost | None = None
    reversible: bool = True
    decision: str = ""
    next: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """Items that are carried out together, in order."""

    name: StageName
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class PlanSource:
    """What a plan was made from.

    Attributes
    ----------
    spec, commit
        The spec file; its commit, empty for a working tree.
    inputs
        Digests of the files read, by path.
    ledger
        The tip's commit; empty: there is no ledger yet.
    version, emit
        The cmcompile that made it.
    selectors
        As given; empty: everything.
    limit
        At most so many submissions were asked for; None: no such bound.
    """

    campaign: str
    spec: str
    commit: str
    inputs: dict[str, str]
    ledger: str
    version: str
    emit: int
    selectors: tuple[str, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done; the same inputs give the same plan.

    Attributes
    ----------
    digest
        sha256 over the canonical JSON without this field.
    """

    source: PlanSource
    stages: tuple[Stage, ...]
    digest: str = ""

    def items(self) -> Iterator[Item]:
        """Return all items in order."""
        for stage in self.stages:
            yield from stage.items

    @property
    def acts(self) -> bool:
        """Whether anything would be done."""
        return any(item.action not in IDLE for item in self.items())
