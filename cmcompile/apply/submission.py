"""Submitting: from a claim through the gate to the reply, several children at once.

After the word nothing is ever tried again. Whatever is not known then is written as not known, and found out
by looking for the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cmcompile.apply.child.submitted import submitted_draft
from cmcompile.apply.claim import Claim, Claiming, NoClaim
from cmcompile.apply.declaration import Declaration
from cmcompile.apply.gate import Closed, Gate, not_called, own_workflow
from cmcompile.apply.look_up import NotClear, look_up
from cmcompile.apply.outside import Outside
from cmcompile.apply.recheck import Recheck
from cmcompile.model.applied import End, Moment, Result, Told
from cmcompile.model.child import Child, NoReply, NotReady, Ready, Taken, Word
from cmcompile.model.errors import InputError
from cmcompile.model.event import Abandoned, Body, PrepareFailed, Subject, Unknown
from cmcompile.model.ledger import LedgerError, UnreachableError
from cmcompile.model.plan import Item
from cmcompile.model.transaction import Judge, Proposal, Recorded, Sight, Spooled, Stop
from cmcompile.state.moves import may_append


@dataclass(slots=True)
class _Open:
    """A claim whose child prepares, or waits for the word."""

    claim: Claim
    child: Child
    called: bool = False


class Submission:
    """Carries out the items of a plan that submit."""

    def __init__(self, outside: Outside, plan: str, recheck: Recheck, declaration: Declaration) -> None:
        self._outside = outside
        self._desk = outside.desk
        self._plan = plan
        self._recheck = recheck
        self._declaration = declaration
        self._open: list[_Open] = []

    def run(self, items: Iterable[Item]) -> Iterator[Result]:
        """Carry out items in order; results come as they are known.

        Raises
        ------
        LedgerError
            When the ledger can't be used any more. No child is left behind that may still get the word.
        """
        waiting = list(items)
        try:
            while waiting or self._open:
                yield from self._begun(waiting)
                if self._interrupted():
                    yield from self._given_up()
                    yield from (Result(i, End.INTERRUPTED, i.subject) for i in waiting)
                    return
                if self._open:
                    yield from self._next()
        finally:
            for open_ in self._open:
                if not open_.called:
                    open_.child.stop()

    def _begun(self, waiting: list[Item]) -> Iterator[Result]:
        """Begin what may begin now; what others of our own are in the way of stays waiting."""
        for item in list(waiting):
            if len(self._open) >= self._outside.at_once or self._interrupted():
                return
            if _output(item) in {_output(o.claim.item) for o in self._open} - {""}:
                continue  # BPS registers a run in its output: one after the other
            result = self._begin(item)
            if result is not None and result.end is End.LATE and self._open:
                return  # a limit: there may be room as soon as an own one is through
            waiting.remove(item)
            if result is not None:
                yield result

    def _interrupted(self) -> bool:
        return self._outside.interrupts.asked > 0

    def _tell(self, moment: Moment, claim: Claim, detail: str = "") -> None:
        self._desk.tell(Told(moment, claim.subject, detail))

    # Before the gate.

    def _begin(self, item: Item) -> Result | None:
        """Claim, and start the child; a result is given where it came to nothing."""
        try:
            claim = Claiming(self._desk, item, self._plan, self._recheck, self._declaration).run()
        except UnreachableError as error:
            return Result(item, End.UNASKED, item.subject, str(error))
        if isinstance(claim, NoClaim):
            return Result(item, claim.end, item.subject, claim.why)
        self._tell(Moment.CLAIMED, claim, claim.claimed.run_name)
        child = self._outside.launcher.start(claim.order)
        if isinstance(child, NotReady):
            return self._not_ready(claim, child)
        self._open.append(_Open(claim, child))
        return None

    def _next(self) -> Iterator[Result]:
        """Take the first child that has prepared to its end."""
        child = self._outside.launcher.first([open_.child for open_ in self._open])
        open_ = next((o for o in self._open if o.child is child), None)
        if open_ is None:
            return  # a person interrupted
        ready = open_.child.prepared()
        result = (
            self._not_ready(open_.claim, ready) if isinstance(ready, NotReady) else self._gate(open_, ready)
        )
        open_.child.stop()
        self._open.remove(open_)
        yield result

    def _not_ready(self, claim: Claim, found: NotReady) -> Result:
        self._own(claim, PrepareFailed(found.message, found.transient), "prepare_failed")
        return self._ended(claim, End.FAILED, found.message)

    def _given_up(self) -> Iterator[Result]:
        """Stop all children that did not get the word, and give their claims back."""
        for open_ in self._open:
            open_.child.stop()
            yield self._abandoned(open_.claim, End.INTERRUPTED, "a person interrupted")
        self._open.clear()

    def _abandoned(self, claim: Claim, end: End, why: str) -> Result:
        """Give a claim back that has no gate."""
        self._own(claim, Abandoned(None, why), "abandoned")
        self._tell(Moment.GIVEN_UP, claim, why)
        return self._ended(claim, end, why)

    def _own(self, claim: Claim, body: Body, kind: str) -> Recorded | None:
        """Write what ends an own claim before its gate, where nobody has ended it yet."""
        draft = self._desk.draft(claim.subject, body, claim.id)

        def judge(sight: Sight) -> Proposal | Stop:
            own = own_workflow(sight.state, claim)
            if own is not None and own.claim_id == claim.id and may_append(own, kind) is not None:
                return Stop(f"{own} is {own.state.value}")
            return Proposal((draft,), message=f"{kind.replace('_', ' ')}: {claim.subject}")

        return self._record(judge, claim.subject)

    # The gate, and what follows.

    def _gate(self, open_: _Open, ready: Ready) -> Result:
        claim = open_.claim
        self._tell(Moment.PREPARED, claim, "" if ready.quanta is None else f"{ready.quanta} quanta")
        try:
            sight = self._desk.book.look()
            covers = claim.claimed.covers
            cleared = look_up(self._outside.sources.wms, sight.state, claim.key, covers, claim.claimed)
            if isinstance(cleared, NotClear):
                return self._abandoned(claim, End.UNASKED, cleared.why)
            self._declaration = self._outside.sources.branch.read(sight.state)
            if self._interrupted():
                return self._abandoned(claim, End.INTERRUPTED, "a person interrupted")
            pid = open_.child.pid
            passed = Gate(self._desk, claim, self._recheck, self._declaration, cleared, ready, pid).run()
        except (UnreachableError, InputError) as error:
            return self._abandoned(claim, End.UNASKED, f"nothing can be judged: {error}")
        if isinstance(passed, Closed):
            return self._closed(claim, passed)
        self._tell(Moment.GATE, claim, passed.gate)
        if self._interrupted():
            self._record(not_called(self._desk, claim, (passed.gate,)), claim.subject)
            return self._ended(claim, End.INTERRUPTED, "a person interrupted after the gate, before the word")
        return self._call(open_, passed.gate)

    def _closed(self, claim: Claim, closed: Closed) -> Result:
        if closed.gates:
            self._record(not_called(self._desk, claim, closed.gates), claim.subject)
        end = End.LOST if closed.lost else End.STALE
        if not closed.gates:
            return self._abandoned(claim, end, closed.why)
        return self._ended(claim, end if closed.sure else End.UNASKED, closed.why)

    def _call(self, open_: _Open, gate: str) -> Result:
        """Say the word, once, and write what came of it."""
        claim, desk = open_.claim, self._desk
        word = Word(claim.id, gate, desk.new_id(), desk.by, desk.ci)
        open_.called = True
        open_.child.go(word)
        self._tell(Moment.CALLED, claim)
        reply = open_.child.reply()
        if isinstance(reply, Taken):
            submitted = submitted_draft(claim.subject, claim.id, word, reply)
            facts = Proposal((submitted,), message=f"submitted {claim.subject}")
            kept = self._record(facts, claim.subject)
            self._tell(Moment.SUBMITTED, claim, reply.run_id)
            return self._ended(claim, End.DONE, f"run {reply.run_id}", kept)
        interrupted = reply is None
        why = reply.why if isinstance(reply, NoReply) else "a person stopped waiting for the reply"
        draft = desk.draft(claim.subject, Unknown(gate, why), claim.id)
        kept = self._record(Proposal((draft,), message=f"no reply: {claim.subject}"), claim.subject)
        end = End.INTERRUPTED if interrupted else End.UNKNOWN
        return self._ended(claim, end, why, kept)

    def _record(self, facts: Proposal | Judge, subject: Subject) -> Recorded | None:
        """Write facts; where even the disk refuses they were told, and are found out again by looking."""
        try:
            return self._desk.book.record(facts)
        except LedgerError as error:
            self._desk.tell(Told(Moment.SEEN, subject, f"could not be recorded: {error}"))
            return None

    def _ended(self, claim: Claim, end: End, detail: str, kept: Recorded | None = None) -> Result:
        self._tell(Moment.ENDED, claim, f"{end.value}: {detail}")
        return Result(claim.item, end, claim.subject, detail, isinstance(kept, Spooled))


def _output(item: Item) -> str:
    """Return the output collection of an item's group, or an empty text."""
    return item.preconditions.get("output", "")
