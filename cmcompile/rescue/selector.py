"""Groups as a selector of the spec writes them, as short as can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from cmcompile.model.group import Group


def shortened(ids: Iterable[str]) -> list[object]:
    """Return ids with runs of three numbers and more as ranges: ``1..3``."""
    found: list[object] = []
    run: list[int] = []

    def close() -> None:
        found.extend([f"{run[0]}..{run[-1]}"] if len(run) > 2 else run)
        run.clear()

    for text in ids:
        number = int(text) if text.isdecimal() and text == str(int(text)) else None
        if number is None or (run and number != run[-1] + 1):
            close()
        if number is None:
            found.append(text)
        else:
            run.append(number)
    close()
    return found


def selector(chosen: Sequence[Group], axes: Sequence[str]) -> object:
    """Return how a spec says which groups of a step are meant.

    With several axes it is by axis where the groups are all combinations of some parts, else by id.

    Parameters
    ----------
    chosen
        Groups of the first pass, in order.
    axes
        The names of the step's axes.
    """
    ids = shortened(group.own_id for group in chosen)
    if len(axes) < 2 or any(group.extra is not None for group in chosen):
        return ids
    keys = {
        name: list(dict.fromkeys(part.key for g in chosen if (part := g.part(name)) is not None))
        for name in axes
    }
    if prod(map(len, keys.values())) != len(chosen):
        return ids
    found = {name: _one(shortened(some)) for name, some in keys.items()}
    return found if len(str(found)) < len(str(ids)) else ids


def _one(items: list[object]) -> object:
    return items[0] if len(items) == 1 else items
