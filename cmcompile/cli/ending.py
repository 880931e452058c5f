"""The exit code of what was applied: one function of what came of the items."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cmcompile.cli.exit import Exit
from cmcompile.model.applied import End, Result

#: Of several codes the first counts.
ORDER = (
    *(Exit.INTERRUPTED, Exit.ERROR, Exit.UNKNOWN, Exit.PARTIAL, Exit.BLOCKED),
    *(Exit.ATTENTION, Exit.LOST, Exit.CHANGES, Exit.OK),
)
_NOT_DONE = frozenset({End.STALE, End.FAILED, End.LOST, End.LATE})


@dataclass(frozen=True, slots=True)
class Around:
    """What else bears on the exit code.

    Attributes
    ----------
    interrupted
        Whether a person asked to stop.
    error
        Whether it ended with an error.
    unasked
        Whether a source gave no answer, outside of any item.
    lost
        Whether others wrote faster, outside of any item.
    refused
        Whether an edit or a decision can't be carried out.
    attention
        Whether something needs a person.
    changes
        Whether that something was changed is to be told.
    """

    interrupted: bool = False
    error: bool = False
    unasked: bool = False
    lost: bool = False
    refused: bool = False
    attention: bool = False
    changes: bool = False


QUIET = Around()


def exit_of(results: Iterable[Result], around: Around = QUIET) -> Exit:
    """Return the exit code of results and what is around them.

    A preparation that failed needs a person: nothing was submitted, and why must be looked at. Facts
    that are only on this disk count as done in part: whoever throws the machine away must know.
    """
    results = list(results)
    return worst(_codes({result.end for result in results}, any(r.spooled for r in results), around))


def worst(codes: Iterable[Exit]) -> Exit:
    """Return the code that counts of several."""
    return min(codes, key=ORDER.index, default=Exit.OK)


def last_of_each(results: Iterable[Result]) -> list[Result]:
    """Return what came of each item in the end, where some were tried again."""
    return list({result.item.digest or str(result.subject): result for result in results}.values())


def _codes(ends: set[End], spooled: bool, around: Around) -> list[Exit]:
    partly = End.DONE in ends and bool(ends & _NOT_DONE)
    found = {
        Exit.INTERRUPTED: around.interrupted or End.INTERRUPTED in ends,
        Exit.ERROR: around.error,
        Exit.UNKNOWN: around.unasked or bool(ends & {End.UNKNOWN, End.UNASKED}),
        Exit.PARTIAL: partly or spooled,
        Exit.BLOCKED: around.refused or End.STALE in ends,
        Exit.ATTENTION: around.attention or End.FAILED in ends,
        Exit.LOST: around.lost or bool(ends & {End.LOST, End.LATE}),
        Exit.CHANGES: around.changes,
    }
    return [code for code, applies in found.items() if applies]
