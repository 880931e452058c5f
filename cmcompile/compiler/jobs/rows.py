"""Which jobs a group has: the distinct values of some columns within it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

from cmcompile.batch.table import COLUMN, FIRST, LAST
from cmcompile.compiler.ids import Lists, both_types, sort_key
from cmcompile.model import codes
from cmcompile.model.campaign import Axis, Exclude, ListData, Source
from cmcompile.model.diagnostic import Code
from cmcompile.model.group import Group, Part
from cmcompile.model.ids import Id

#: More jobs of one group than this are taken for a slip of the pen; a batch system takes fewer.
MAX_JOBS = 200_000
#: Has a meaning of its own: `job.n` is the number of the job.
NUMBER = "n"

Row: TypeAlias = tuple[Id, ...]


class RowsError(Exception):
    """A group's jobs can't be told.

    Attributes
    ----------
    code
        The kind of finding.
    hint
        What to do.
    """

    def __init__(self, code: Code, message: str, hint: str) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Rows:
    """The jobs of a group: the columns that tell them apart, and a row for each."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Held:
    """What a group holds of one axis.

    Attributes
    ----------
    part
        Without the ids that are excluded.
    axis
        None for a dimension that only a hand-made group names.
    source
        What the list is that it was cut from, if any.
    """

    part: Part
    axis: Axis | None
    source: Source | None

    @property
    def list(self) -> str | None:
        return None if self.source is None else self.source.list

    def is_named(self, column: str) -> bool:
        return column in (self.part.axis, self.part.dimension)


class RowMaker:
    """Makes the rows of groups.

    Parameters
    ----------
    every
        The lists of the campaign.
    lists
        The same, with the rows of each id found once.
    """

    def __init__(self, every: Iterable[ListData], lists: Lists, excludes: Sequence[Exclude]) -> None:
        self._columns = {rows.name: frozenset(rows.columns) for rows in every}
        self._lists = lists
        self._excludes = [(exclude, both_types(exclude.ids)) for exclude in excludes]

    def rows(self, group: Group, axes: Sequence[Axis], each: Sequence[str] | None) -> Rows:
        """Return the jobs of a group, sorted by their columns in the order given.

        Parameters
        ----------
        each
            The columns; None for all axes of the group.

        Raises
        ------
        RowsError
            When a column is not there, or the jobs are too many.
        """
        held = [_held(group, part, axes) for part in group.parts]
        columns = tuple(dict.fromkeys(each if each is not None else [h.part.axis for h in held]))
        for column in columns:
            _check_name(column)
        by_list = self._by_list(columns, held)
        pieces: list[tuple[tuple[str, ...], list[Row]]] = []
        for name, some in by_list.items():
            pieces.append((some, self._of_list(name, some, held)))
        free = [h for h in held if h.list is None or not self._needs_rows(h, by_list)]
        for one in free:
            own = tuple(c for c in columns if one.is_named(c))
            if own:
                pieces.append((own, [(i,) * len(own) for i in one.part.ids]))
        count = math.prod(len(rows) for _, rows in pieces)
        if count > MAX_JOBS:
            raise RowsError(
                codes.batch.TOO_MANY_JOBS,
                f"group {group.id} would have {count:,} jobs, and at most {MAX_JOBS:,} are possible",
                "cut the step into smaller groups",
            )
        return Rows(columns, tuple(self._sorted(self._joined(columns, pieces), columns, held, group)))

    def _by_list(self, columns: Sequence[str], held: Sequence[_Held]) -> dict[str, tuple[str, ...]]:
        """Return which columns are read from the rows of which list."""
        found: dict[str, list[str]] = {}
        own = {c: h for c in columns for h in held if h.is_named(c)}
        lists = list(dict.fromkeys(h.list for h in held if h.list is not None))
        other = [c for c in columns if c not in own]
        for column in other:
            name = next((n for n in lists if column in self._columns.get(n, ())), None)
            found.setdefault(name or self._only_list(other, lists, held), []).append(column)
        for name in lists:
            mine = [h for h in held if h.list == name]
            asked = [c for c, h in own.items() if h in mine]
            # Of one axis alone the ids are known; of two over one list, its rows say which go together.
            if name in found or (asked and len(mine) > 1):
                found.setdefault(name, []).extend(asked)
        return {name: tuple(some) for name, some in found.items()}

    def _only_list(self, columns: Sequence[str], lists: Sequence[str], held: Sequence[_Held]) -> str:
        """Return the one list that has some columns, where the step is split by none."""
        fits = [name for name, has in self._columns.items() if has.issuperset(columns)]
        if not lists and len(fits) == 1:
            return fits[0]
        axes = ", ".join(h.part.axis for h in held) or "none"
        if not lists and len(fits) > 1:
            raise RowsError(
                codes.batch.UNKNOWN_COLUMN,
                f"lists {', '.join(fits)} all have the columns {', '.join(columns)}",
                "split the step by an axis of the list that is meant",
            )
        has = sorted({c for name in lists or self._columns for c in self._columns.get(name, ()) if c})
        unknown = [c for c in columns if c not in has] or list(columns)
        raise RowsError(
            codes.batch.UNKNOWN_COLUMN,
            f"no list that the step is split by has the column {unknown[0]}",
            f"its axes are {axes}, the columns of lists {', '.join(has) or 'none with a name'}",
        )

    @staticmethod
    def _needs_rows(one: _Held, by_list: dict[str, tuple[str, ...]]) -> bool:
        return one.list in by_list

    def _of_list(self, name: str, columns: tuple[str, ...], held: Sequence[_Held]) -> list[Row]:
        """Return the distinct rows of a list within all parts that come from it."""
        mine = [h for h in held if h.list == name and h.axis is not None]
        outer = [(_only(h), h.part) for h in mine]
        at = self._lists.rows_within(name, outer)
        values = []
        for column in columns:
            one = next((h for h in mine if h.is_named(column)), None)
            if one is not None and one.source is not None:
                values.append(self._lists.column(name, one.source.column, one.part.dimension))
            else:
                values.append(self._lists.column(name, column))
        rows = zip(*values, strict=True) if at is None else (tuple(v[i] for v in values) for i in at)
        return list(dict.fromkeys(rows))

    @staticmethod
    def _joined(columns: tuple[str, ...], pieces: Sequence[tuple[tuple[str, ...], list[Row]]]) -> list[Row]:
        names = [c for some, _ in pieces for c in some]
        order = [names.index(c) for c in columns]
        if len(pieces) == 1:
            rows = pieces[0][1]
            return rows if order == list(range(len(order))) else [tuple(r[i] for i in order) for r in rows]
        whole = (tuple(v for row in combo for v in row) for combo in product(*(rows for _, rows in pieces)))
        return [tuple(row[i] for i in order) for row in whole]

    def _sorted(
        self, rows: list[Row], columns: tuple[str, ...], held: Sequence[_Held], group: Group
    ) -> list[Row]:
        for exclude, ids in self._excludes:
            at = columns.index(exclude.name) if exclude.name in columns else -1
            if at < 0 or (exclude.steps and group.step not in exclude.steps):
                continue
            # What an axis lost is gone from its part already, and stays as it was sent.
            if not any(h.is_named(exclude.name) for h in held):
                rows = [row for row in rows if row[at] not in ids]
        for at in reversed(range(len(columns))):
            down = any(h.is_named(columns[at]) and h.axis and h.axis.descending for h in held)
            rows.sort(key=lambda row, at=at: sort_key(row[at]), reverse=down)  # type: ignore[misc]
        return rows


def _held(group: Group, part: Part, axes: Sequence[Axis]) -> _Held:
    out = set(group.excluded.get(part.axis, ()))
    left = replace(part, ids=tuple(i for i in part.ids if i not in out)) if out else part
    axis = next((a for a in axes if a.name == part.axis), None)
    if axis is None:
        return _Held(left, None, None)
    if 0 <= part.source < len(axis.sources):
        return _Held(left, axis, axis.sources[part.source])
    return _Held(left, axis, next((s for s in axis.sources if s.list is not None), None))


def _only(one: _Held) -> Axis:
    """Return the axis of a part as if it had no other source."""
    if one.axis is None or one.source is None:
        raise ValueError("a part without a list has no rows")
    return replace(one.axis, sources=(one.source,))


def _check_name(column: str) -> None:
    if column == NUMBER:
        raise RowsError(
            codes.batch.UNKNOWN_COLUMN,
            f"a column can't be named {column}: `job.{column}` is the number of the job",
            "give it another name with `columns:` of the list, or the axis another `name`",
        )
    if not COLUMN.match(column) or column in (FIRST, *LAST):
        raise RowsError(
            codes.batch.UNKNOWN_COLUMN,
            f"{column!r} can't be a column of a job table: it becomes the variable JOB_{column} of a shell",
            f"use letters, digits and `_` only, and none of {', '.join((FIRST, *LAST))}",
        )
