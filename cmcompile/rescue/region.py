"""Which quanta a rescue would run: all that a group is lacking, within some tasks and some data.

Outputs that exist are skipped, so what is there already costs nothing; what counts is what is lacking and is
not to be run. A part of the data may be left out only where no quantum that is to be run would read it: one
of a whole visit, run over half of its detectors, would be wrong for good.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cmcompile.model.ids import Id
from cmcompile.model.policy import Remedy
from cmcompile.rescue.quanta import RUN_AGAIN, Lack, Left, Meeting
from cmcompile.rescue.words import Row, Rows, leaving, reduced, taking


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a group.

    Attributes
    ----------
    tasks
        The tasks that run; None: all of the step.
    keep
        The data ids of which the data are taken; None: all.
    drop
        The data ids of which the data are left out.
    """

    tasks: tuple[str, ...] | None = None
    keep: tuple[Row, ...] | None = None
    drop: tuple[Row, ...] = ()

    def clauses(self) -> list[str]:
        """Return what narrows the data, as clauses of a query."""
        kept = [] if self.keep is None else [taking(self.keep)]
        return kept + ([leaving(self.drop)] if self.drop else [])

    def size(self) -> int:
        """Return how long it is as text."""
        return sum(map(len, self.clauses())) + len(",".join(self.tasks or ()))


@dataclass(frozen=True, slots=True)
class Need:
    """What a group is lacking, sorted by what is to become of it.

    Attributes
    ----------
    wanted
        What is to be run.
    others
        What is lacking too, and is not to be run now.
    taboo
        The data ids in quarantine: none of their data is ever read.
    """

    wanted: tuple[Left, ...]
    others: tuple[Left, ...]
    taboo: tuple[Row, ...]

    def within(self, tasks: Iterable[str]) -> Need:
        """Return what is lacking of some tasks."""
        chosen = set(tasks)
        wanted = tuple(one for one in self.wanted if one.task in chosen)
        return Need(wanted, tuple(one for one in self.others if one.task in chosen), self.taboo)


def need(quanta: Sequence[Left], lacks: frozenset[Lack]) -> Need:
    """Return what is to be run of what a group is lacking.

    Parameters
    ----------
    lacks
        The kinds that are to be made good now; what waits for such a quantum goes with it.
    """
    taboo = reduced(one.row for one in quanta if one.cure.remedy is Remedy.QUARANTINE)
    never = Rows(taboo)
    wanted: list[Left] = []
    others: list[Left] = []
    for one in quanta:
        if one.cure.remedy is Remedy.QUARANTINE or never.hold(one.row):
            continue
        chosen = bool(one.behind & lacks) if one.behind else one.lack in lacks
        (wanted if chosen and one.cure.remedy in RUN_AGAIN else others).append(one)
    return Need(tuple(wanted), tuple(others), taboo)


def extras(needs: Need, region: Region) -> list[Left]:
    """Return what would run beside what is to be run."""
    inside = [one for one in needs.others if region.tasks is None or one.task in region.tasks]
    if not inside:
        return []
    dropped = Rows(region.drop)
    if region.keep is None:
        return [one for one in inside if not dropped.hold(one.row)]
    kept = region.keep
    meeting = Meeting(kept)
    return [
        one for one in inside if any(not dropped.hold({**one.row, **kept[at]}) for at in meeting.of(one.row))
    ]


def regions(needs: Need, *, by_task: bool) -> list[list[Region]]:
    """Return the ways to run what is to be run, and least beside it.

    Tasks are chosen only where data alone do not tell apart what is to be run: a file with fewer tasks must
    be told where the outputs of the others are.

    Parameters
    ----------
    by_task
        Whether tasks can be chosen in the group's file.

    Returns
    -------
    list of list of Region
        For each workflow that is necessary, in order, the regions that do equally well.
    """
    best = _best(needs, None)
    if not by_task or not extras(needs, best[0]):
        return [best]
    return [_best(needs.within(tasks), tasks) for tasks in _apart(needs)]


def _best(needs: Need, tasks: tuple[str, ...] | None) -> list[Region]:
    """Return the regions with the fewest quanta beside those that are to be run."""
    every = _of_tasks(needs, tasks)
    counts = [len(extras(needs, region)) for region in every]
    return [region for region, count in zip(every, counts, strict=True) if count == min(counts)]


def _of_tasks(needs: Need, tasks: tuple[str, ...] | None) -> list[Region]:
    found = [Region(tasks, None, needs.taboo)]
    inside = [one for one in needs.others if tasks is None or one.task in tasks]
    if not inside:
        return found
    found.append(Region(tasks, reduced(one.row for one in needs.wanted), needs.taboo))
    wanted = Meeting((one.row for one in needs.wanted), same=False)
    apart = [one.row for one in inside if not wanted.of(one.row)]
    if apart:
        found.append(Region(tasks, None, reduced([*needs.taboo, *apart])))
    return found


def _apart(needs: Need) -> list[tuple[str, ...]]:
    """Return tasks in as few parts, in order, as let each run without what is not to be run."""
    parts: list[list[str]] = []
    for task in dict.fromkeys(one.task for one in needs.wanted):
        part = [*parts[-1], task] if parts else [task]
        inside = needs.within(part)
        clean = not extras(
            inside, Region(tuple(part), reduced(one.row for one in inside.wanted), needs.taboo)
        )
        if clean and parts:
            parts[-1].append(task)
        else:
            parts.append([task])
    return [tuple(part) for part in parts]


def applies(row: Row, ids: Mapping[str, frozenset[Id]]) -> bool:
    """Tell whether a group may hold data of a data id.

    Parameters
    ----------
    ids
        The ids of the group by dimension.
    """
    return all(name not in ids or value in ids[name] for name, value in row.items())


def joined(
    needs: Sequence[tuple[Need, Mapping[str, frozenset[Id]]]], ways: Sequence[Sequence[Region]]
) -> Region | None:
    """Return the shortest region that is for all of some groups what it is for each; None: there is none.

    Parameters
    ----------
    needs
        What each group is lacking, and its ids by dimension.
    ways
        The regions of each group that do equally well.
    """
    tasks = ways[0][0].tasks
    whole = _whole(tasks, needs, ways)
    if whole is not None:
        return whole
    found = [make(tasks, needs, ways) for make in (_keeping, _dropping)]
    usable = [region for region in found if region is not None]
    slim = (_slim(region, needs, ways) for region in usable)
    usable += [region for region in slim if region is not None]
    return min(usable, key=lambda region: (region.size(), region.keep is not None), default=None)


_Needs: TypeAlias = Sequence[tuple[Need, Mapping[str, frozenset[Id]]]]
_Ways: TypeAlias = Sequence[Sequence[Region]]


def _whole(tasks: tuple[str, ...] | None, needs: _Needs, ways: _Ways) -> Region | None:
    taboo = reduced(row for one, _ in needs for row in one.taboo)
    return _checked(Region(tasks, None, taboo), needs, ways)


def _keeping(tasks: tuple[str, ...] | None, needs: _Needs, ways: _Ways) -> Region | None:
    rows = [one.row for some, _ in needs for one in some.wanted]
    taboo = reduced(row for one, _ in needs for row in one.taboo)
    return _checked(Region(tasks, reduced(rows), taboo), needs, ways)


def _dropping(tasks: tuple[str, ...] | None, needs: _Needs, ways: _Ways) -> Region | None:
    rows: list[Row] = []
    for way in ways:
        own = [region for region in way if region.keep is None]
        if not own:
            return None
        # The one that leaves most out is the last of those that do equally well.
        rows += own[-1].drop
    return _checked(Region(tasks, None, reduced(rows)), needs, ways)


def _slim(region: Region, needs: _Needs, ways: _Ways) -> Region | None:
    """Return a region without what the groups say themselves, if it is the same without."""
    axes = {name for _, ids in needs for name in ids}
    keep = None if region.keep is None else reduced(_without(row, axes) for row in region.keep)
    drop = reduced(_without(row, axes) for row in region.drop)
    if not all((*drop, *(keep or ()))):
        return None
    return _checked(Region(region.tasks, keep, drop), needs, ways)


def _without(row: Row, names: Collection[str]) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _checked(region: Region, needs: _Needs, ways: _Ways) -> Region | None:
    """Return a region if it leaves nothing out, and takes nothing more in, than each group's own."""
    for (one, ids), way in zip(needs, ways, strict=True):
        keep = None if region.keep is None else tuple(r for r in region.keep if applies(r, ids))
        drop = tuple(r for r in region.drop if applies(r, ids))
        own = Region(region.tasks, keep, drop)
        if len(extras(one, own)) > len(extras(one, way[0])) or not _takes_all(one, drop):
            return None
    return region


def _takes_all(needs: Need, drop: Iterable[Row]) -> bool:
    """Tell whether what is left out is nothing that is to be run, but for what is in quarantine."""
    never = Rows(needs.taboo)
    meeting = Meeting((row for row in drop if not never.hold(row)), same=False)
    return not any(meeting.of(one.row) for one in needs.wanted)
