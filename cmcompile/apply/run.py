"""Carrying out a plan, item by item: decisions, acceptance, collections, removal, then submissions."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.apply.carrying import carry_out
from cmcompile.apply.chaining import Collections
from cmcompile.apply.decisions import Decisions
from cmcompile.apply.declaration import Declaration
from cmcompile.apply.outside import Outside
from cmcompile.apply.recheck import Recheck, used
from cmcompile.apply.submission import Submission
from cmcompile.apply.tagging import Tagger
from cmcompile.model.applied import End, Result
from cmcompile.model.plan import GATED, IDLE, Action, Item, Plan
from cmcompile.model.states import LedgerState


def apply_plan(plan: Plan, outside: Outside, declaration: Declaration) -> Iterator[Result]:
    """Carry out what a plan would do; each item is judged again on the tip that it is written to.

    Items that were carried out before are passed over, so that a plan that was interrupted goes on where it
    stopped.

    Parameters
    ----------
    declaration
        What the spec branch declares now.

    Yields
    ------
    Result
        One for each item that acts, as soon as it is known.

    Raises
    ------
    LedgerError
        When the ledger can't be used any more.
    """
    recheck = Recheck(plan.source, outside.desk.clock)
    items = [item for item in plan.items() if item.action not in IDLE]
    decisions = Decisions(outside.sources, plan.digest, recheck, declaration)
    collections = Collections(outside.sources, recheck, declaration)
    tags = Tagger(outside.sources, recheck, declaration)
    makers = {Action.CHAIN: collections.make, Action.TAG: tags.make}
    for item in items:
        if item.action in GATED:
            continue
        if outside.interrupts.asked:
            yield Result(item, End.INTERRUPTED, item.subject)
        else:
            makes = makers.get(item.action)
            yield carry_out(outside.desk, item, makes or decisions.do, detailed=makes is None)
    yield from Submission(outside, plan.digest, recheck, declaration).run(
        item for item in items if item.action in GATED
    )


def left(plan: Plan, state: LedgerState) -> list[Item]:
    """Return the items of a plan that act and were not carried out yet."""
    return [item for item in plan.items() if item.action not in IDLE and used(item, state) is None]
