"""The branch that a simulated spec stands on: edits and decisions are merged, one after the other."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from cmcompile.apply.declaration import Sendable
from cmcompile.model.decision import Decision, Verb
from cmcompile.model.event import SpecRef, Subject
from cmcompile.model.source import Span
from cmcompile.model.states import LedgerState
from cmcompile.plan.inputs import Facts, Inputs
from cmcompile.sim.campaign import PATH, Variant
from cmcompile.sim.far.faults import Fault
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.store import Line

_READING = (Fault.UNREACHABLE, Fault.REMOTE_DOWN)


class SimDeclaration:
    """A campaign as one state of the branch declares it; implements ``Declaration``."""

    def __init__(self, variant: Variant, decisions: tuple[Decision, ...]) -> None:
        self.variant = variant
        self.decisions = decisions

    @property
    def ref(self) -> SpecRef:
        """Which state of the spec it is."""
        return self.variant.ref

    def inputs(self, state: LedgerState, now: datetime) -> Inputs:
        """Return what plans are made from."""
        variant = self.variant
        done = variant.compilation
        facts = Facts(now)
        return Inputs(done.spec, variant.declared, state, self.decisions, facts, done.collects, done.tagged)

    def sendable(self, step: str, group: str) -> Sendable | None:
        """Return a group with its bytes."""
        return self.variant.sendable.get((step, group))


class SimBranch:
    """What was merged so far; each clone reads it through the same line to the remote.

    Attributes
    ----------
    newest
        What the branch declares now.
    """

    def __init__(self, variants: tuple[Variant, ...]) -> None:
        self._variants = variants
        self.newest = SimDeclaration(variants[0], ())

    @property
    def edits(self) -> int:
        """How many edits of the spec are left."""
        return len(self._variants) - 1 - self.newest.variant.number

    @property
    def last(self) -> Variant:
        """The spec after all edits."""
        return self._variants[-1]

    def edit(self) -> None:
        """Merge the next edit of the spec."""
        number = self.newest.variant.number + 1
        self.newest = SimDeclaration(self._variants[number], self.newest.decisions)

    def made(
        self,
        verb: Verb,
        subject: Subject | None,
        by: str,
        at: str,
        because: str,
        *,
        gate: str = "",
        run: str = "",
        wms: str = "",
        output: str = "",
    ) -> Decision:
        """Return a decision that may be merged next."""
        number = len(self.newest.decisions) + 1
        said = "|".join((str(number), verb.value, str(subject), by, at, because, gate, run, wms, output))
        id_ = sha256(said.encode()).hexdigest()[:12]
        span = Span(PATH.replace("campaign", "decisions"), number, 1)
        return Decision(id_, verb, subject, by, at, because, span, gate, run, wms, output)

    def merge(self, decision: Decision) -> None:
        """Merge a decision."""
        self.newest = SimDeclaration(self.newest.variant, (*self.newest.decisions, decision))


class Reading:
    """The branch as a runner reads it; implements ``SpecBranch``."""

    def __init__(self, world: World, branch: SimBranch, line: Line) -> None:
        self._world = world
        self._branch = branch
        self._line = line

    def read(self, state: LedgerState) -> SimDeclaration:
        """Ask for the branch now.

        Raises
        ------
        UnreachableError
            When the remote can't be reached.
        """
        self._line.suffer(self._world.point("spec.read", _READING))
        found = self._branch.newest
        self._world.point("spec.read answered")
        return found
