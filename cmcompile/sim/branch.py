"""The branch that a simulated spec stands on: edits and decisions are merged, one after the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256

from cmcompile.apply.declaration import Sendable
from cmcompile.model.decision import Decision, Verb
from cmcompile.model.event import SpecRef, Subject
from cmcompile.model.ledger import UnreachableError
from cmcompile.model.outcome import Quantum
from cmcompile.model.rescued import Rescued
from cmcompile.model.source import Span
from cmcompile.model.states import LedgerState
from cmcompile.plan.inputs import Facts, Inputs
from cmcompile.plan.standing import standings
from cmcompile.reconcile.direct import Draft, drafted, not_written
from cmcompile.rescue.known import Known
from cmcompile.sim.campaign import NAME, PATH, Variant, compiled, edited
from cmcompile.sim.far.faults import Fault
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.store import Line

_READING = (Fault.UNREACHABLE, Fault.REMOTE_DOWN)
_WRITING = (*_READING, Fault.PUSH_LOST, Fault.PUSH_REPLY_LOST, Fault.PUSH_LATE)
#: So often a rescue is made anew for a branch that moved; for how long a push is typically late, in seconds.
_TRIES, _LATE = 3, 2.0


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

    def write(self, base: SimDeclaration, text: str) -> bool:
        """Swap the spec for another text; tell whether it stood as it must.

        Edits that were left were made of the former text: they are not merged any more.
        """
        if self.newest is not base:
            return False
        made = edited(base.variant, text)
        self._variants = (*self._variants[: base.variant.number + 1], made)
        self.newest = SimDeclaration(made, base.decisions)
        return True

    def quanta(self, subject: Subject) -> tuple[Quantum, ...]:
        """Return what a run of a group is to make, by all edits that are there."""
        return self.last.quanta(subject)

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
    """The branch as a runner reads and writes it; implements ``SpecBranch``."""

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

    def rescue(self, state: LedgerState, groups: Mapping[str, Collection[str]]) -> tuple[Rescued, ...]:
        """Write rescues by compare-and-swap, as far as the way to the remote lets it."""
        for _ in range(_TRIES):
            try:
                base = self.read(state)
                draft = self._draft(base, state, groups)
                if not draft.written:
                    return draft.left
                landed = self._push(base, draft.after.decode())
            except UnreachableError as error:
                return tuple(not_written(NAME, step, some, str(error)) for step, some in groups.items())
            if landed is None:
                return draft.refused(NAME, "it is not known whether the branch took it")
            if landed:
                names = [f"{one.step}/{name}" for one in draft.written for name in one.rescues]
                self._world.note(f"a policy has written {', '.join(names)}")
                return draft.results(self._branch.newest.ref.commit)
        return tuple(not_written(NAME, step, some, "the branch moved") for step, some in groups.items())

    def _draft(
        self, base: SimDeclaration, state: LedgerState, groups: Mapping[str, Collection[str]]
    ) -> Draft:
        variant, inputs = base.variant, base.inputs(state, self._world.clock().now())
        every = tuple(one.group for one in variant.declared)
        return drafted(
            Known(inputs.spec, every, state, standings(inputs)),
            PATH,
            variant.text.encode(),
            lambda text: compiled(text.decode(), variant.files),
            groups,
        )

    def _push(self, base: SimDeclaration, text: str) -> bool | None:
        """Push; None: no answer came."""
        fault = self._world.point("spec.push", _WRITING)
        self._line.suffer(fault)
        if fault is Fault.PUSH_LATE:
            seconds = self._world.choices.seconds("late push", _LATE)
            self._world.later(
                seconds, "the push of a rescue arrives late", lambda: self._branch.write(base, text)
            )
            return None
        landed = None if fault is Fault.PUSH_LOST else self._branch.write(base, text)
        self._world.point("spec.push answered")
        return None if fault is Fault.PUSH_REPLY_LOST else landed
