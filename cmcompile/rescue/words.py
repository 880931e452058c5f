"""Data ids as the shortest text of a query that takes them, or leaves them out, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from typing import TypeAlias, cast

from cmcompile.bps.query.write import exact
from cmcompile.model.ids import Id

Row: TypeAlias = Mapping[str, Id]
#: Beyond so many dimensions the order that makes the text shortest is not searched for.
_SEARCHED = 4


class Rows:
    """Data ids that are asked whether they take in others; by look-up, not one by one."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._by_names: dict[tuple[str, ...], set[tuple[Id, ...]]] = {}
        for row in rows:
            names = tuple(sorted(row))
            self._by_names.setdefault(names, set()).add(tuple(row[n] for n in names))

    def hold(self, row: Row, *, smaller: bool = False) -> bool:
        """Tell whether all data of a data id are those of one of these.

        Parameters
        ----------
        smaller
            Whether only one with fewer dimensions counts.
        """
        return any(
            len(names) + smaller <= len(row)
            and all(name in row for name in names)
            and tuple(row[name] for name in names) in known
            for names, known in self._by_names.items()
        )


def reduced(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return rows, each once, without those that another one, with fewer dimensions, takes in."""
    unique = {tuple(sorted(row.items())): row for row in rows}
    known = Rows(unique.values())
    return tuple(row for row in unique.values() if not known.hold(row, smaller=True))


def taking(rows: Sequence[Row]) -> str:
    """Return a clause that takes the data of these data ids and of no others.

    Raises
    ------
    ValueError
        When an id can't be written in a query.
    """
    pieces = _pieces(rows)
    if len(pieces) == 1:
        return pieces[0]
    return " or ".join(f"({piece})" if " and " in piece else piece for piece in pieces)


def leaving(rows: Sequence[Row]) -> str:
    """Return a clause that leaves out the data of these data ids, and takes all others.

    Raises
    ------
    ValueError
        When an id can't be written in a query.
    """
    return " and ".join(_negated(piece) for piece in _pieces(rows))


def _negated(piece: str) -> str:
    if " and " in piece:
        return f"not ({piece})"
    if " in (" in piece:
        return piece.replace(" in (", " not in (", 1)
    return piece.replace(" = ", " != ", 1)


def _pieces(rows: Sequence[Row]) -> list[str]:
    """Return conjunctions that together take the rows, those of one set of dimensions side by side."""
    shapes: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        shapes.setdefault(tuple(row), []).append(row)
    merged: dict[tuple[str, ...], list[Row]] = {}
    for names, some in shapes.items():
        merged.setdefault(tuple(sorted(names)), []).extend(some)
    found: list[str] = []
    for sorted_names, some in merged.items():
        names = next(shape for shape in shapes if tuple(sorted(shape)) == sorted_names)
        found += _shortest(names, some)
    return found


def _shortest(names: tuple[str, ...], rows: Sequence[Row]) -> list[str]:
    orders = list(permutations(names)) if len(names) <= _SEARCHED else [names]
    return min((_nested(order, rows, names) for order in orders), key=lambda p: (sum(map(len, p)), len(p)))


def _nested(order: tuple[str, ...], rows: Sequence[Row], names: tuple[str, ...]) -> list[str]:
    """Return pieces in which, dimension by dimension, rows that differ in it alone are put together."""
    sets: list[dict[str, frozenset[Id]]] = [{n: frozenset([row[n]]) for n in names} for row in rows]
    for name in order:
        joined: dict[tuple[frozenset[Id], ...], set[Id]] = {}
        for one in sets:
            joined.setdefault(tuple(one[n] for n in names if n != name), set()).update(one[name])
        rest = [n for n in names if n != name]
        sets = [
            {**dict(zip(rest, key, strict=True)), name: frozenset(values)} for key, values in joined.items()
        ]
    return sorted(" and ".join(_exact(n, one[n]) for n in names) for one in sets)


def _exact(name: str, values: Iterable[Id]) -> str:
    ids = sorted(values, key=lambda v: (isinstance(v, str), v))
    return exact(name, cast("list[int]", ids))
