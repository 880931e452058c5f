"""What a forecast looks at: groups, what each waits for, and the limits; numbers in place of names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from cmcompile.model.policy import Budgets
from cmcompile.plan.inputs import Key
from cmcompile.sim.forecast.times import Then

#: The failures of a group are split into so many equal pieces, for rescue groups that each mend a part.
PIECES = 60
ALL_PIECES = (1 << PIECES) - 1


class At(Enum):
    """Where a group stands as the forecast begins."""

    UNSENT = "unsent"
    LIVE = "live"
    GOOD = "good"
    ACCEPTED = "accepted"
    BAD = "bad"
    OVER = "over"
    STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class Start:
    """How a group stands as the forecast begins.

    Attributes
    ----------
    at
        ``GOOD``: to be accepted in the first pass; ``BAD``: ended, and not good; ``OVER``: it takes no part
        any more.
    why
        With ``STUCK``: why.
    chained
        With ``ACCEPTED``: whether the step's collection holds its runs.
    attempts
        How many workflows it has.
    passed
        With ``LIVE``: for how many seconds it has been under way.
    occupies
        With ``STUCK``: whether a workflow of it may live, and takes a place.
    sent
        How many of its workflows count against a policy's budget, restarts among them.
    rescues, newest
        How many rescue groups that cover it were sent, and the node of the one that was last; -1: none.
    takes_over
        Whether the workflow that it has, or is to get, makes only what is not there.
    then
        With ``BAD``: what a policy does about that.
    """

    at: At
    why: str = ""
    chained: bool = True
    attempts: int = 0
    passed: float = 0.0
    occupies: bool = False
    sent: int = 0
    rescues: int = 0
    newest: int = -1
    takes_over: bool = False
    then: Then = Then.PERSON


@dataclass(frozen=True, slots=True)
class Node:
    """A group.

    Attributes
    ----------
    size
        In multiples of the middle size of its pass.
    lane
        The limits that it falls under, as an index of `Graph.lanes`.
    gates
        What it needs, as indices of `Graph.gates`.
    covers
        The first-pass groups that it covers, and which of their pieces it mends.
    rescuers
        The rescue groups that cover it, in their order.
    output
        Its output collection; empty where it is not known, or is its own.
    opens
        Seconds until it may be sent, where its list may still grow.
    order
        Its place among all that are ready.
    looked
        Whether a person looks before it is accepted, in any case.
    budgets
        Of its policy; None: it has none.
    unwritten
        Whether it is a rescue group that a policy may have written, and that nothing declares yet.
    """

    key: Key
    start: Start
    size: float
    lane: int
    gates: tuple[int, ...]
    covers: tuple[tuple[int, int], ...]
    rescuers: tuple[int, ...]
    output: str
    opens: float
    order: int
    looked: bool = False
    budgets: Budgets | None = None
    unwritten: bool = False

    @property
    def name(self) -> str:
        """``step/group``."""
        return f"{self.key[0]}/{self.key[1]}"

    @property
    def rescue(self) -> bool:
        """Whether it is a rescue group."""
        return "." in self.key[1]


@dataclass(frozen=True, slots=True)
class Gate:
    """Something that groups need: enough of some groups accepted, and all that are in the collection.

    Attributes
    ----------
    step
        The needed one; a rescue of it with its name behind a slash.
    nothing
        Why it never opens, or empty.
    """

    step: str
    members: tuple[int, ...]
    enough: int
    chained: bool
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many workflows at once.

    Attributes
    ----------
    taken
        Of workflows that no group of the spec has.
    submitting
        At most so many prepared at once.
    """

    words: str
    most: int | None
    taken: int = 0
    submitting: int | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """Groups under the same limits and pauses: those of one pass of a step on one site.

    Attributes
    ----------
    key
        One of its groups.
    limits
        As indices of `Graph.limits`, the campaign's first.
    """

    key: Key
    limits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A campaign as a forecast looks at it.

    Attributes
    ----------
    nodes
        In the order of the plan: by step, first pass before rescues, then by id; then what policies may
        have written.
    retries
        By step: how many of its workflows were sent again.
    """

    steps: tuple[str, ...]
    nodes: tuple[Node, ...]
    gates: tuple[Gate, ...]
    limits: tuple[Limit, ...]
    lanes: tuple[Lane, ...]
    retries: Mapping[str, int] = field(default_factory=dict)
