"""Carrying out what decisions and the acceptance rules of a spec ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cmcompile.apply.adopt import adopted
from cmcompile.apply.carrying import came_to_nothing
from cmcompile.apply.declaration import Declaration
from cmcompile.apply.look_up import final_now
from cmcompile.apply.outside import Sources
from cmcompile.apply.recheck import Recheck, used
from cmcompile.model.applied import End, Result
from cmcompile.model.event import (
    Abandoned,
    Accepted,
    Body,
    Cancelling,
    Draft,
    Rejected,
    Retired,
    Retiring,
    Subject,
    Superseded,
)
from cmcompile.model.ids import natural
from cmcompile.model.plan import Action, Item
from cmcompile.model.states import GroupState, LedgerState, Workflow, WorkflowState
from cmcompile.model.transaction import Decided, Proposal, Sight, Stop
from cmcompile.model.wms import NoAnswer
from cmcompile.plan.judged import judged_by
from cmcompile.state.moves import may_append
from cmcompile.state.removal import collections


class Decisions:
    """Carries out items that decide about groups, workflows, and steps as a whole."""

    def __init__(self, sources: Sources, plan: str, recheck: Recheck, declaration: Declaration) -> None:
        self._sources = sources
        self._desk = sources.desk
        self._plan = plan
        self._recheck = recheck
        self._declaration = declaration
        self._ends: dict[Action, Callable[[Item], Result]] = {
            Action.ACCEPT: self._accept,
            Action.CANCEL: self._cancel,
            Action.RETIRE: self._retire,
            Action.ADOPT: self._adopt,
        }

    def do(self, item: Item) -> Result:
        """Do what an item says.

        Raises
        ------
        UnreachableError, LedgerError
            When the ledger can't be asked now, or can't be used any more.
        """
        return self._ends.get(item.action, self._write)(item)

    # One transaction each.

    def _write(self, item: Item) -> Result:
        return self._decide(item, lambda state: self._drafts(item, state))

    def _drafts(self, item: Item, state: LedgerState) -> tuple[Draft, ...] | str:
        """Return the events of an item, or why there are none."""
        subject, why = item.subject, item.detail
        group = Subject(subject.step, subject.group)
        if item.action in (Action.ACCEPT, Action.REJECT):
            return (self._draft(item, group, self._verdict(item, state)),)
        workflow = _workflow(state, subject)
        if workflow is None:
            return f"there is no {subject}"
        if item.action is Action.SUPERSEDE:
            record = state.groups[subject.step, subject.group or ""]
            upto = [w for w in record.workflows if natural(w.name) <= natural(workflow.name)]
            names = tuple(f"{w.group}@{w.name}" for w in upto)
            return (self._draft(item, group, Superseded(names, why)),)
        if item.action is Action.ABANDON:
            body = Abandoned(item.preconditions.get("gate"), why)
            refused = may_append(workflow, "abandoned")
            return refused or (self._draft(item, subject, body, workflow.claim_id),)
        return f"nobody knows how to {item.action.value}"

    def _verdict(self, item: Item, state: LedgerState) -> Body:
        key = (item.subject.step, item.subject.group or "")
        found = self._recheck.judged(state, self._declaration)
        names = tuple(item.preconditions["judged"].split(", ")) if item.preconditions.get("judged") else ()
        if item.action is Action.REJECT:
            return Rejected(names, item.detail)
        position = found.positions.get(key)
        outcome = None if position is None else position.standing.outcome
        missing, quanta = (None, None) if outcome is None else (outcome.missing, outcome.quanta)
        return Accepted(names, item.detail or item.reason.words, missing, quanta)

    def _draft(self, item: Item, subject: Subject, body: Body, claim: str = "") -> Draft:
        return self._desk.draft(subject, body, claim, item.decision)

    def _decide(self, item: Item, drafts: Callable[[LedgerState], tuple[Draft, ...] | str]) -> Result:
        """Write the events of an item on a tip where the item still holds."""
        end = End.STALE

        def judge(sight: Sight) -> Proposal | Stop:
            nonlocal end
            if (by := used(item, sight.state)) is not None:
                end = End.USED
                return Stop(by)
            end = End.STALE
            if (refusal := self._recheck.refuse(item, sight.state, self._declaration)) is not None:
                return Stop(refusal.why)
            found = drafts(sight.state)
            return (
                Stop(found)
                if isinstance(found, str)
                else Proposal(found, message=f"{item.action.value} {item.subject}")
            )

        done = self._desk.book.decide(judge)
        return _result(item, done, end)

    # What asks others first, or after.

    def _accept(self, item: Item) -> Result:
        """Accept, after the runs that are judged were asked again: a run that had ended may run again."""
        key = (item.subject.step, item.subject.group or "")
        sight = self._desk.book.look()
        if (refusal := self._recheck.refuse(item, sight.state, self._declaration)) is not None:
            by = used(item, sight.state)
            # What covers a group is accepted with it.
            done = by is not None or self._accepted(key, sight.state)
            return Result(item, End.USED if done else End.STALE, item.subject, by or refusal.why)
        workflows = judged_by(self._recheck.judged(sight.state, self._declaration).world, key)
        found = final_now(self._sources.wms, workflows)
        if found is not None:
            return Result(item, End.STALE if found.answered else End.UNASKED, item.subject, found.why)
        return self._write(item)

    def _accepted(self, key: tuple[str, str], state: LedgerState) -> bool:
        position = self._recheck.judged(state, self._declaration).positions.get(key)
        return position is not None and position.standing.state is GroupState.ACCEPTED

    def _cancel(self, item: Item) -> Result:
        """Write the intent, then ask; the end is observed. Asking may be repeated, and every pass does.

        The intent is written once: a run that is to end counts as such until it has.
        """
        asked: list[Workflow] = []
        again = False

        def drafts(state: LedgerState) -> tuple[Draft, ...] | str:
            nonlocal again
            workflow = _workflow(state, item.subject)
            if workflow is None or workflow.run_id is None or workflow.claim is None:
                return f"{item.subject} has no run that could be cancelled"
            if (why := may_append(workflow, "cancelling")) is not None:
                return why
            asked[:] = [workflow]
            again = workflow.state is WorkflowState.CANCELLING and item.decision in workflow.decisions
            if again:
                return "it was asked to end before, and is again"
            body = Cancelling(workflow.run_id, item.detail)
            return (self._draft(item, item.subject, body, workflow.claim_id),)

        result = self._decide(item, drafts)
        if again:
            result = replace(result, end=End.USED)
        if result.end in (End.DONE, End.USED) and asked and asked[0].claim is not None:
            answer = self._sources.wms.cancel(asked[0].claim.wms, asked[0].run_id or "")
            if isinstance(answer, NoAnswer):
                return Result(item, End.UNASKED, item.subject, f"it will be asked again: {answer.why}")
        return result

    def _retire(self, item: Item) -> Result:
        """Write the intent, remove the outputs, write that they are removed; all may be repeated."""
        found: list[str] = []
        begun = False

        def begin(state: LedgerState) -> tuple[Draft, ...] | str:
            nonlocal begun
            found[:] = collections(state, item.subject)
            workflow = _workflow(state, item.subject)
            begun = workflow is not None and workflow.retiring
            if begun:
                return "its removal was begun"
            claim = "" if workflow is None else workflow.claim_id
            return (self._desk.draft(item.subject, Retiring(item.detail), claim),)

        # An intent in each pass, of a Butler that is away, would only make the ledger grow.
        runs = collections(self._desk.book.look().state, item.subject)
        answers = self._sources.butler.missing(runs)
        if isinstance(answers, NoAnswer):
            return Result(item, End.UNASKED, item.subject, f"nothing was removed: {answers.why}")
        result = self._decide(item, begin)
        if result.end is not End.DONE and not begun:
            return result
        answer = self._sources.butler.retire(found)
        if isinstance(answer, NoAnswer):
            return Result(item, End.UNASKED, item.subject, f"it will be done again: {answer.why}")

        def end(state: LedgerState) -> tuple[Draft, ...] | str:
            workflow = _workflow(state, item.subject)
            claim = "" if workflow is None else workflow.claim_id
            return (self._draft(item, item.subject, Retired(item.detail), claim),)

        return self._decide(item, end)

    def _adopt(self, item: Item) -> Result:
        return self._decide(
            item, lambda state: adopted(self._sources, item, self._plan, self._declaration, state)
        )


def _workflow(state: LedgerState, subject: Subject) -> Workflow | None:
    return state.workflow(subject.step, subject.group, subject.workflow)


def _result(item: Item, done: Decided, stopped: End = End.STALE) -> Result:
    return came_to_nothing(item, done, stopped) or Result(item, End.DONE, item.subject)
