"""Ids and groups in the words of findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from cmcompile.bps.query.idset import IdSet
from cmcompile.model.ids import in_words

#: Groups that a message names; the rest is counted.
_SHOWN = 8
#: Ids beyond which a message counts ids instead of looking for runs in them.
_MOST = 100_000


def ids_words(ids: Mapping[str, IdSet]) -> str:
    """Return ids of some dimensions: ``tract 4848, 4849``, ``detector 3 with exposure 7``."""
    return " with ".join(f"{name} {_words(some)}" for name, some in ids.items())


def _words(ids: IdSet) -> str:
    if ids.count <= _MOST:
        return in_words(tuple(ids.ids()))
    first = list(islice(ids.ids(), 3))
    return f"{', '.join(map(str, first))} and {ids.count - len(first)} more"


def group_words(ids: Sequence[str], count: int, *, bare: bool = False) -> str:
    """Return groups by their ids: ``group 3``, ``groups 1, 2 and 7 more``.

    Parameters
    ----------
    count
        How many they are, where not all are given.
    bare
        Leave out the word "group"; two are joined by "and".
    """
    if bare and count == len(ids) == 2:
        return " and ".join(ids)
    shown = ", ".join(ids[:_SHOWN]) + (f" and {count - _SHOWN} more" if count > _SHOWN else "")
    return shown if bare else f"group {shown}" if count == 1 else f"groups {shown}"
