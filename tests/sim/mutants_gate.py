"""Mutants of the gate, the word, the child and the ids."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from mutant import Mutant
from mutants_worlds import OVERRULING, RACING, TWINS

from cmcompile.apply.child import serve
from cmcompile.apply.child.errors import MessageError
from cmcompile.apply.child.pipe import Pipe
from cmcompile.apply.claim import Claim, Claiming, next_name
from cmcompile.apply.gate import Closed, Gate, Passed
from cmcompile.apply.outside import Desk
from cmcompile.apply.submission import Submission
from cmcompile.ledger import sighting
from cmcompile.model.applied import End, Result
from cmcompile.model.child import Driver, NoReply, Order, Reply, Word
from cmcompile.model.event import Abandoned, Body, Claimed, Draft, Subject, Submitting
from cmcompile.model.states import GroupRecord, LedgerState, Workflow
from cmcompile.model.transaction import Landed, Proposal, Sight
from cmcompile.reconcile.facts import Facts
from cmcompile.sim.seed import Patch

_call = serve.call
_new = Claiming._new


def _ungated(self: Gate) -> Passed:
    """Say the word without a gate on the ledger."""
    return Passed(self._desk.new_id())


def _gate_as_fact(self: Gate) -> Passed | Closed:
    """Append the gate to any tip, as a fact."""
    proposal = self._proposal()
    gate = proposal.drafts[-1].id
    if isinstance(self._desk.book.record(proposal), Landed):
        return Passed(gate)
    return Closed("the remote is down", (gate,), sure=False)


def _unjudged(self: Gate, sight: Sight) -> Proposal:
    """Propose the gate on whatever tip."""
    return self._proposal()


def _nobody_lives(self: Facts, workflow: Workflow) -> object:
    """Give up each claim that has no gate yet, as if its process were gone."""
    if workflow.claim is not None and workflow.live:
        yield self._draft(workflow, Abandoned(None, "its process is gone"))


def _everybody_lives(self: Facts, workflow: Workflow) -> object:
    """Give no claim up."""
    return iter(())


def _silent(self: Submission, claim: Claim, closed: Closed) -> Result:
    """Leave a gate whose word is not said to others."""
    end = End.LOST if closed.lost else End.STALE
    if not closed.gates:
        return self._abandoned(claim, end, closed.why)
    return self._ended(claim, end if closed.sure else End.UNASKED, closed.why)


def _retried(order: Order, driver: Driver, told: Callable[[str], None] = serve.tell) -> Reply:
    """Call again where no reply came."""
    reply = _call(order, driver, told)
    return _call(order, driver, told) if isinstance(reply, NoReply) else reply


def _end_is_go(pipe: Pipe, order: Order, told: Callable[[str], None]) -> Word | None:
    """Take the end of the pipe for the word."""
    line = serve._read(pipe)
    try:
        return Word(order.claim, "", "0" * 16, "nobody") if line is None else serve.word_for(order, line)
    except MessageError:
        return None


def _id_of(*parts: object) -> str:
    return sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]


def _draft_of_subject(self: Desk, subject: Subject, body: Body, claim: str = "", decision: str = "") -> Draft:
    """Give an event the id that its twin has."""
    said = type(body).__name__ if isinstance(body, Claimed | Submitting) else repr(body)
    id_ = _id_of(subject, said, claim)
    return Draft(subject, id_, self.stamp(), self.by, body, claim, self.ci, decision)


class _Derived:
    """A desk whose ids are not random."""

    def __init__(self, desk: Desk, id_: str) -> None:
        self._desk = desk
        self._id = id_

    def __getattr__(self, name: str) -> object:
        return getattr(self._desk, name)

    def new_id(self) -> str:
        return self._id


def _claim_of_subject(self: Claiming, record: GroupRecord | None, state: LedgerState) -> object:
    """Give a claim the id that its twin has."""
    desk = self._desk
    self._desk = _Derived(desk, _id_of(self._item.subject, next_name(record)))  # type: ignore[assignment]
    try:
        return _new(self, record, state)
    finally:
        self._desk = desk


def _ours(*args: object) -> bool:
    """Take events with one's own ids for one's own, whoever wrote them."""
    return True


_AS_FACT: Patch = (Gate, "run", _gate_as_fact)
_UNJUDGED: Patch = (Gate, "_judge", _unjudged)
_NOBODY_LIVES: Patch = (Facts, "_dead", _nobody_lives)
_TWINS: tuple[Patch, ...] = ((Desk, "draft", _draft_of_subject), (Claiming, "_new", _claim_of_subject))

MUTANTS = (
    Mutant("no gate", ((Gate, "run", _ungated),), "calls have gates", why="there is no gate"),
    Mutant("no gate, and two live", ((Gate, "run", _ungated),), "never twice", setup=RACING, seed=6),
    Mutant("the gate is a fact", (_AS_FACT,), "never twice", setup=RACING),
    Mutant("the gate is not judged", (_UNJUDGED,), "never twice", setup=RACING),
    # A wrong check does no harm by itself: gate and abandonment exclude each other.
    Mutant(
        "every process is gone, the gate is a fact",
        (_NOBODY_LIVES, _AS_FACT),
        "never twice",
        setup=RACING,
        seed=7,
    ),
    Mutant("no process is ever gone", ((Facts, "_dead", _everybody_lives),), "claims are given back", seed=2),
    Mutant(
        "a gate without the word is left",
        ((Submission, "_closed", _silent),),
        "gates are answered",
        setup=OVERRULING,
        seed=1,
    ),
    Mutant("a time-out is retried", ((serve, "call", _retried),), "calls have gates", why="2 calls", seed=5),
    Mutant("a time-out is retried, and two live", ((serve, "call", _retried),), "never twice", seed=5),
    Mutant("the end of the pipe is the word", ((serve, "_heard", _end_is_go),), "calls have gates"),
    # Ids that are not random are told from one's own by the commits; without that too, twins both pass.
    Mutant(
        "ids are not random, and believed",
        (*_TWINS, (sighting, "_is_ours", _ours)),
        "calls have gates",
        why="2 calls",
        setup=TWINS,
        seed=23,
    ),
)
