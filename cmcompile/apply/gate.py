"""The gate: the last judgement before the word, written by compare-and-swap on the tip that was judged.

A claim is judged as if it were not there: what would be planned now, without it, must be its own item.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from cmcompile.apply.claim import Claim
from cmcompile.apply.declaration import Declaration
from cmcompile.apply.look_up import Clear
from cmcompile.apply.outside import Desk
from cmcompile.apply.recheck import Recheck
from cmcompile.model.child import Ready
from cmcompile.model.event import Draft, NotCalled, Prepared, Submitting
from cmcompile.model.states import GroupRecord, LedgerState, Workflow
from cmcompile.model.transaction import Landed, Lost, Proposal, Sight, Stop, Stopped, Unsure
from cmcompile.state.moves import may_append


@dataclass(frozen=True, slots=True)
class Passed:
    """The gate is on the ledger, and nobody has ended or disputed its claim since."""

    gate: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The gate was not passed: nothing will be called.

    Attributes
    ----------
    gates
        Gates of this claim that landed, or may land yet.
    lost
        Whether another writer was faster, and not that the item does not hold any more.
    sure
        Whether it is known which of them landed.
    """

    why: str
    gates: tuple[str, ...] = ()
    lost: bool = False
    sure: bool = True


class Gate:
    """One claim on its way through its gate."""

    def __init__(
        self,
        desk: Desk,
        claim: Claim,
        recheck: Recheck,
        declaration: Declaration,
        cleared: Clear,
        ready: Ready,
        child: int,
    ) -> None:
        self._desk = desk
        self._claim = claim
        self._recheck = recheck
        self._declaration = declaration
        self._cleared = cleared
        self._ready = ready
        self._child = child
        self._lost = False
        #: The gate that was proposed last; it may land though the ledger can't be used any more.
        self.proposed: tuple[str, ...] = ()

    def run(self) -> Passed | Closed:
        """Try to pass.

        Raises
        ------
        UnreachableError
            When it is certain that no gate landed.
        LedgerError
            As `cmcompile.model.transaction.Book.decide`.
        """
        match self._desk.book.decide(self._judge):
            case Landed(events=events):
                return Passed(_gates(event.draft for event in events)[-1])
            case Stopped(stop=stop, overruled=overruled):
                gates = _gates(event.draft for event in overruled)
                return Closed(stop.reason, gates, lost=self._lost or bool(gates))
            case Lost(tries=tries):
                return Closed(f"others wrote faster, {tries} times", lost=True)
            case Unsure(drafts=drafts, why=why):
                return Closed(why, _gates(drafts), lost=True, sure=False)

    def _judge(self, sight: Sight) -> Proposal | Stop:
        claim = self._claim
        own = own_workflow(sight.state, claim)
        if own is None or own.claim_id != claim.id:
            return self._ended(f"the claim of {claim.subject} is not there any more")
        why = may_append(own, "submitting")
        if why is not None:
            return self._ended(why)
        state = without(sight.state, claim)
        refusal = self._recheck.refuse(claim.item, state, self._declaration)
        return Stop(refusal.why) if refusal is not None else self._proposal()

    def _ended(self, why: str) -> Stop:
        self._lost = True
        return Stop(why)

    def _proposal(self) -> Proposal:
        claim, desk, ready = self._claim, self._desk, self._ready
        before = claim.before
        submitting = Submitting(
            run_name=claim.claimed.run_name,
            wms=claim.claimed.wms,
            look_up=self._cleared.digest,
            as_run=claim.as_run,
            process=claim.claimed.process,
            child=self._child,
            former="" if before is None else self._cleared.mark(before.run_id or ""),
        )
        prepared = Prepared(dict(ready.files), ready.quanta)
        drafts = tuple(desk.draft(claim.subject, body, claim.id) for body in (prepared, submitting))
        self.proposed = _gates(drafts)
        return Proposal(drafts, message=f"gate of {claim.subject}")


def _gates(drafts: Iterable[Draft]) -> tuple[str, ...]:
    return tuple(draft.id for draft in drafts if draft.kind == "submitting")


def own_workflow(state: LedgerState, claim: Claim) -> Workflow | None:
    """Return the workflow of a claim as a state has it."""
    return state.workflow(*claim.key, claim.subject.workflow)


def without(state: LedgerState, claim: Claim) -> LedgerState:
    """Return a state as it would be without a claim that has no gate yet."""
    record = state.groups.get(claim.key)
    if record is None:
        return state
    kept = (claim.before if w.name == claim.subject.workflow else w for w in record.workflows)
    found = replace(record, workflows=tuple(w for w in kept if w is not None))
    was = claim.record
    if was is not None and _as_claimed(record, was, claim):
        # The claim makes a verdict void, as a rejection that a retry answers.
        found = replace(found, verdict=was.verdict, judged=was.judged, detail=was.detail)
    return replace(state, groups={**state.groups, claim.key: found})


def _as_claimed(record: GroupRecord, was: GroupRecord, claim: Claim) -> bool:
    """Tell whether nobody has said anything about a group as such since it was claimed."""
    own = {claim.item.decision}
    decided = {d for w in record.workflows for d in w.decisions} | own
    return (record.superseded, record.review, record.since) == (was.superseded, was.review, was.since) and (
        record.decisions - decided == was.decisions - decided
    )


def not_called(desk: Desk, claim: Claim, gates: tuple[str, ...]) -> Proposal:
    """Return the facts that free a claim whose gate may have been passed, and whose word is not said."""
    drafts = tuple(desk.draft(claim.subject, NotCalled(gate), claim.id) for gate in gates)
    return Proposal(drafts, message=f"the word for {claim.subject} was not said")
