"""Making tagged inputs: the collections of chosen datasets that groups read."""

from __future__ import annotations

from cmcompile.apply.carrying import came_to_nothing
from cmcompile.apply.declaration import Declaration
from cmcompile.apply.outside import Sources
from cmcompile.apply.recheck import Recheck, used
from cmcompile.model.applied import End, Result
from cmcompile.model.event import Body, Tagged, Tagging
from cmcompile.model.plan import Item
from cmcompile.model.states import LedgerState, StepRecord, TagRecord
from cmcompile.model.tagged import TagContent, TaggedInput
from cmcompile.model.transaction import Proposal, Sight, Stop
from cmcompile.model.wms import NoAnswer


class Tagger:
    """Carries out items that make a tagged input; a making may be repeated.

    What was begun and not ended is begun by nobody else: the groups that read it wait until it is ended.
    """

    def __init__(self, sources: Sources, recheck: Recheck, declaration: Declaration) -> None:
        self._sources = sources
        self._desk = sources.desk
        self._recheck = recheck
        self._declaration = declaration

    def make(self, item: Item) -> Result:
        """Write the intent, make the collection, write what it holds.

        Raises
        ------
        UnreachableError, LedgerError
            When the ledger can't be asked now, or can't be used any more.
        """
        one = self._declared(item)
        if one is None:
            return Result(item, End.STALE, item.subject, "it is declared otherwise by now")
        begun = self._write(item, one, None)
        if begun is not None:
            return begun
        answer = self._sources.butler.tag(one.name, one.sources, one.datasets, one.where)
        if isinstance(answer, NoAnswer):
            return Result(item, End.UNASKED, item.subject, f"it will be made again: {answer.why}")
        done = Result(item, End.DONE, item.subject, f"{one.name}: {answer.count}")
        return self._write(item, one, answer) or done

    def _declared(self, item: Item) -> TaggedInput | None:
        """Return what the item makes, where it is still declared so."""
        state = self._desk.book.look().state
        tags = self._recheck.judged(state, self._declaration).tags
        one = tags.declared.get(item.preconditions["collection"])
        return one if one is not None and one.digest == item.preconditions["declaration"] else None

    def _write(self, item: Item, one: TaggedInput, made: TagContent | None) -> Result | None:
        """Write the intent, or what was made; a result is given where that came to nothing."""
        end = End.STALE
        changed = False

        def judge(sight: Sight) -> Proposal | Stop:
            nonlocal end, changed
            changed = False
            record = _record(sight.state, item)
            found = self._refused(item, sight.state) if made is None else self._known(record, one, made)
            if found is not None:
                end, why = found
                return Stop(why)
            if made is None and record.begun == one.digest:
                # Each pass that comes to nothing would leave one more.
                end = End.DONE
                return Stop("it is begun already")
            # Others may have made it meanwhile, and what was made here took the place of that.
            changed = made is not None and record.begun != one.digest
            body: Body = Tagging(one.name, one.digest)
            if made is not None and not changed:
                body = Tagged(one.name, one.digest, made.count, made.digest)
            draft = self._desk.draft(item.subject, body)
            return Proposal((draft,), message=f"{draft.kind} {one.name}")

        done = self._desk.book.decide(judge)
        nothing = came_to_nothing(item, done, end)
        if nothing is not None and nothing.end is End.DONE:  # it is begun already
            return None
        if nothing is not None or not changed:
            return nothing
        return Result(item, End.LOST, item.subject, "others made it meanwhile; it is made again")

    def _refused(self, item: Item, state: LedgerState) -> tuple[End, str] | None:
        """Return why it is not to be made."""
        if (by := used(item, state)) is not None:
            return End.USED, by
        refusal = self._recheck.refuse(item, state, self._declaration)
        return None if refusal is None else (End.STALE, refusal.why)

    def _known(self, record: TagRecord, one: TaggedInput, made: TagContent) -> tuple[End, str] | None:
        """Return that others made just this meanwhile."""
        same = (record.declaration, record.datasets, record.begun) == (one.digest, made.digest, "")
        return (End.USED, f"{one.name} was made") if same else None


def _record(state: LedgerState, item: Item) -> TagRecord:
    step = state.steps.get(item.subject.step) or StepRecord(item.subject.step)
    return step.tag(item.preconditions["collection"])
