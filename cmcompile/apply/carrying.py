"""What all items have in common that write to the ledger, ask others, and may come to nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cmcompile.apply.outside import Desk
from cmcompile.model.applied import End, Moment, Result, Told
from cmcompile.model.ledger import UnreachableError
from cmcompile.model.plan import Item
from cmcompile.model.transaction import Decided, Landed, Lost, Stopped


def carry_out(desk: Desk, item: Item, do: Callable[[Item], Result], *, detailed: bool = False) -> Result:
    """Do what an item says, and tell when it is begun and ended.

    Parameters
    ----------
    detailed
        Whether the details are told with the end.

    Raises
    ------
    LedgerError
        When the ledger can't be used any more.
    """
    desk.tell(Told(Moment.BEGUN, item.subject, item.action.value))
    try:
        result = do(item)
    except UnreachableError as error:
        result = Result(item, End.UNASKED, item.subject, str(error))
    result = replace(result, detail=desk.clean(result.detail))
    words = f"{result.end.value}: {result.detail}" if detailed and result.detail else result.end.value
    desk.tell(Told(Moment.ENDED, result.subject, words))
    return result


def came_to_nothing(item: Item, done: Decided, stopped: End) -> Result | None:
    """Return why the events of an item are not known to be in the ledger; None: they are.

    Parameters
    ----------
    stopped
        The end of an item that was found not to hold any more.
    """
    match done:
        case Landed():
            return None
        case Stopped(stop=stop):
            return Result(item, stopped, item.subject, stop.reason)
        case Lost(tries=tries):
            return Result(item, End.LOST, item.subject, f"others wrote faster, {tries} times")
    return Result(item, End.UNASKED, item.subject, f"it is not known whether it landed: {done.why}")
