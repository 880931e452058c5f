"""Submitting: from a claim through the gate to the reply, several children at once.

After the word nothing is ever tried again. Whatever is not known then is written as not known, and found out
by looking for the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cmcompile.apply.child.errors import MessageError
from cmcompile.apply.child.submitted import submitted_draft
from cmcompile.apply.claim import Claim, Claiming, NoClaim
from cmcompile.apply.declaration import Declaration
from cmcompile.apply.gate import Closed, Gate, Passed, not_called, own_workflow
from cmcompile.apply.look_up import Clear, NotClear, look_up
from cmcompile.apply.outside import Outside
from cmcompile.apply.recheck import Recheck
from cmcompile.model.applied import End, Moment, Result, Told
from cmcompile.model.child import Child, NotReady, Ready, Taken, Word
from cmcompile.model.errors import CmcompileError, InputError
from cmcompile.model.event import Abandoned, Body, PrepareFailed, Subject, Unknown
from cmcompile.model.ledger import LedgerError, UnreachableError
from cmcompile.model.plan import Item
from cmcompile.model.states import LedgerState
from cmcompile.model.transaction import Judge, Proposal, Sight, Spooled, Stop
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
        self._deaf: Exception | None = None

    def run(self, items: Iterable[Item]) -> Iterator[Result]:
        """Carry out items in order; results come as they are known.

        Raises
        ------
        LedgerError
            When the ledger can't be used any more. No child is left behind that may still get the word.
        Exception
            What telling raised, as where nobody reads any more; it counts as an interrupt until then.
        """
        waiting = list(items)
        try:
            while waiting or self._open:
                yield from self._begun(waiting)
                if self._interrupted():
                    yield from self._given_up()
                    yield from (Result(i, End.INTERRUPTED, i.subject) for i in waiting)
                    break
                if self._open:
                    yield from self._next()
            if self._deaf is not None:
                raise self._deaf
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
        return self._outside.interrupts.asked > 0 or self._deaf is not None

    def _tell(self, moment: Moment, subject: Subject, detail: str = "") -> None:
        """Tell; where nobody listens, what is in doubt is brought to its end before that is an error."""
        try:
            self._desk.tell(Told(moment, subject, detail))
        except Exception as error:
            self._deaf = self._deaf or error

    @property
    def _why(self) -> str:
        return "a person interrupted" if self._deaf is None else "what happens could not be told any more"

    # Before the gate.

    def _begin(self, item: Item) -> Result | None:
        """Claim, and start the child; a result is given where it came to nothing."""
        try:
            wms, butler = self._outside.sources.wms, self._outside.sources.butler
            claiming = Claiming(self._desk, wms, item, self._plan, self._recheck, self._declaration, butler)
            claim = claiming.run()
        except UnreachableError as error:
            return Result(item, End.UNASKED, item.subject, self._desk.clean(str(error)))
        if isinstance(claim, NoClaim):
            return Result(item, claim.end, item.subject, self._desk.clean(claim.why))
        self._tell(Moment.CLAIMED, claim.subject, claim.claimed.run_name)
        try:
            child = self._outside.launcher.start(claim.order)
        except MessageError as error:
            child = NotReady(f"its order can't be said: {error}")
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
        why = self._desk.clean(found.message)
        kept = self._own(claim, PrepareFailed(why, found.transient), "prepare_failed")
        return self._ended(claim, End.FAILED, why, kept)

    def _given_up(self) -> Iterator[Result]:
        """Stop all children that did not get the word, and give their claims back."""
        for open_ in self._open:
            open_.child.stop()
            yield self._abandoned(open_.claim, End.INTERRUPTED, self._why)
        self._open.clear()

    def _abandoned(self, claim: Claim, end: End, why: str) -> Result:
        """Give a claim back that has no gate."""
        why = self._desk.clean(why)
        kept = self._own(claim, Abandoned(None, why), "abandoned")
        self._tell(Moment.GIVEN_UP, claim.subject, why)
        return self._ended(claim, end, why, kept)

    def _own(self, claim: Claim, body: Body, kind: str) -> str | None:
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
        self._tell(Moment.PREPARED, claim.subject, "" if ready.quanta is None else f"{ready.quanta} quanta")
        try:
            sight = self._desk.book.look()
            about = claim.claimed
            wms = self._outside.sources.wms
            cleared = look_up(wms, sight.state, claim.key, about.covers, about.wms, about.prefix)
            if isinstance(cleared, NotClear):
                return self._abandoned(claim, End.UNASKED, cleared.why)
            unread = self._read(sight.state)
            if unread:
                return self._abandoned(claim, End.UNASKED, unread)
            if self._interrupted():
                return self._abandoned(claim, End.INTERRUPTED, self._why)
            passed = self._pass(open_, cleared, ready)
        except UnreachableError as error:
            return self._abandoned(claim, End.UNASKED, f"nothing can be judged: {error}")
        if isinstance(passed, Closed):
            return self._closed(claim, passed)
        try:
            return self._passed(open_, passed.gate)
        except Exception:
            if not open_.called:
                self._record(not_called(self._desk, claim, (passed.gate,)), claim.subject)
            raise

    def _read(self, state: LedgerState) -> str:
        """Read the spec branch again; return why that can't be, or an empty text."""
        try:
            self._declaration = self._outside.sources.branch.read(state)
        except InputError:
            return "the spec has errors where it stands now, so nothing can be judged"
        except CmcompileError as error:
            return f"the spec can't be read where it stands now: {error}"
        return ""

    def _pass(self, open_: _Open, cleared: Clear, ready: Ready) -> Passed | Closed:
        """Try to pass the gate."""
        claim, pid = open_.claim, open_.child.pid
        gate = Gate(self._desk, claim, self._recheck, self._declaration, cleared, ready, pid)
        try:
            return gate.run()
        except UnreachableError:
            raise  # it is certain that no gate landed
        except CmcompileError:
            # One that was pushed before may still land, and nobody will say the word.
            if gate.proposed:
                self._record(not_called(self._desk, claim, gate.proposed), claim.subject)
            raise

    def _passed(self, open_: _Open, gate: str) -> Result:
        claim = open_.claim
        self._tell(Moment.GATE, claim.subject, gate)
        if not self._interrupted():
            return self._call(open_, gate)
        kept = self._record(not_called(self._desk, claim, (gate,)), claim.subject)
        return self._ended(claim, End.INTERRUPTED, f"{self._why} after the gate, before the word", kept)

    def _closed(self, claim: Claim, closed: Closed) -> Result:
        end = End.LOST if closed.lost else End.STALE
        if not closed.gates:
            return self._abandoned(claim, end, closed.why)
        kept = self._record(not_called(self._desk, claim, closed.gates), claim.subject)
        return self._ended(claim, end if closed.sure else End.UNASKED, self._desk.clean(closed.why), kept)

    def _call(self, open_: _Open, gate: str) -> Result:
        """Say the word, once, and write what came of it."""
        claim, desk = open_.claim, self._desk
        word = Word(claim.id, gate, desk.new_id(), desk.by, desk.ci)
        open_.called = True
        open_.child.go(word)
        self._tell(Moment.CALLED, claim.subject)
        reply = open_.child.reply()
        if isinstance(reply, Taken):
            submitted = submitted_draft(claim.subject, claim.id, word, reply)
            facts = Proposal((submitted,), message=f"submitted {claim.subject}")
            kept = self._record(facts, claim.subject)
            self._tell(Moment.SUBMITTED, claim.subject, reply.run_id)
            return self._ended(claim, End.DONE, f"run {reply.run_id}", kept)
        interrupted = reply is None
        why = "a person stopped waiting for the reply" if reply is None else desk.clean(reply.why)
        draft = desk.draft(claim.subject, Unknown(gate, why), claim.id)
        kept = self._record(Proposal((draft,), message=f"no reply: {claim.subject}"), claim.subject)
        end = End.INTERRUPTED if interrupted else End.UNKNOWN
        return self._ended(claim, end, why, kept)

    def _record(self, facts: Proposal | Judge, subject: Subject) -> str | None:
        """Write facts; where even the disk refuses they were told, and are found out again by looking.

        Returns
        -------
        str or None
            Why they are not on the branch; empty: they are kept on disk. None: they are there, or not needed.
        """
        try:
            kept = self._desk.book.record(facts)
        except LedgerError as error:
            why = self._desk.clean(f"could not be recorded: {error}")
            self._tell(Moment.SEEN, subject, why)
            return why
        return "" if isinstance(kept, Spooled) else None

    def _ended(self, claim: Claim, end: End, detail: str, kept: str | None = None) -> Result:
        words = f"{detail}; {kept}" if kept else detail
        self._tell(Moment.ENDED, claim.subject, f"{end.value}: {words}")
        return Result(claim.item, end, claim.subject, words, kept is not None)


def _output(item: Item) -> str:
    """Return the output collection of an item's group, or an empty text."""
    return item.preconditions.get("output", "")
