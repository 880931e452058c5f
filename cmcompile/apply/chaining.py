"""Making the chained collections of steps and of the campaign."""

from __future__ import annotations

from cmcompile.apply.carrying import came_to_nothing
from cmcompile.apply.declaration import Declaration
from cmcompile.apply.outside import Sources
from cmcompile.apply.recheck import Recheck, used
from cmcompile.model.applied import End, Result
from cmcompile.model.event import CAMPAIGN, Chained, Chaining
from cmcompile.model.plan import Item
from cmcompile.model.states import LedgerState
from cmcompile.model.transaction import Proposal, Sight, Stop
from cmcompile.model.wms import NoAnswer
from cmcompile.plan.chains import digest_of


class Collections:
    """Carries out items that make a chained collection; a making may be repeated."""

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
        collection, members = item.preconditions["collection"], self._members(item)
        if digest_of(members) != item.preconditions["runs"]:
            return Result(item, End.STALE, item.subject, "it is to hold other runs by now")
        if not self._begun(item.subject.step):
            begun = self._write(item, begin=True)
            if begun is not None:
                return begun
        runs = members if item.subject.step == CAMPAIGN else self._runs(item.subject.step, members)
        answer = self._sources.butler.chain(collection, runs)
        if isinstance(answer, NoAnswer):
            return Result(item, End.UNASKED, item.subject, f"it will be made again: {answer.why}")
        return self._write(item, begin=False) or Result(
            item, End.DONE, item.subject, f"{collection}: {len(members)}"
        )

    def _begun(self, step: str) -> bool:
        """Tell whether an intent stands already; each pass that comes to nothing would leave one more."""
        record = self._desk.book.look().state.steps.get(step)
        return record is not None and record.chaining

    def _members(self, item: Item) -> tuple[str, ...]:
        state = self._desk.book.look().state
        return self._recheck.judged(state, self._declaration).chains.desired(item.subject.step)

    def _runs(self, step: str, members: tuple[str, ...]) -> tuple[str, ...]:
        """Return the runs of ``<group>@<workflow>``, in order."""
        state = self._desk.book.look().state
        return tuple(run for name in members if (run := _output(state, step, name)))

    def _write(self, item: Item, *, begin: bool) -> Result | None:
        """Write the intent, or the end; a result is given where that came to nothing."""
        end = End.STALE
        changed = False

        def judge(sight: Sight) -> Proposal | Stop:
            nonlocal end, changed
            changed = False
            state, step = sight.state, item.subject.step
            if (by := used(item, state)) is not None:
                end = End.USED
                return Stop(by)
            end = End.STALE
            chains = self._recheck.judged(state, self._declaration).chains
            if begin and (refusal := self._recheck.refuse(item, state, self._declaration)) is not None:
                return Stop(refusal.why)
            collection = item.preconditions["collection"]
            intent = begin
            if not begin and digest_of(chains.desired(step)) != item.preconditions["runs"]:
                # Others may have made it meanwhile, and what was made here took the place of that.
                intent = changed = True
            body = (
                Chaining(collection, digest_of(chains.desired(step)))
                if intent
                else Chained(collection, chains.desired(step))
            )
            draft = self._desk.draft(item.subject, body)
            return Proposal((draft,), message=f"{draft.kind} {collection}")

        done = self._desk.book.decide(judge)
        nothing = came_to_nothing(item, done, end)
        if nothing is not None or not changed:
            return nothing
        why = "what it is to hold has changed while it was made; it is made again"
        return Result(item, End.LOST, item.subject, why)


def _output(state: LedgerState, step: str, name: str) -> str:
    group, _, name = name.partition("@")
    workflow = state.workflow(step, group, name)
    return "" if workflow is None or workflow.claim is None else workflow.claim.output_run
