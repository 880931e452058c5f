"""Rescues of what groups are lacking: fewest quanta, then fewest workflows, then the shortest text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cmcompile.model.group import Group
from cmcompile.model.ids import Id
from cmcompile.model.policy import Remedy
from cmcompile.rescue.added import together
from cmcompile.rescue.case import Case, Entry, Ground, Passed, Proposal
from cmcompile.rescue.cured import one_valued, settings, settled
from cmcompile.rescue.entry import Planned, Writer
from cmcompile.rescue.quanta import RUN_AGAIN, Lack, Left
from cmcompile.rescue.recovery import Recovery
from cmcompile.rescue.region import Need, Region, extras, joined, need, regions
from cmcompile.rescue.shape import Load, Shape, cells_of, shapes
from cmcompile.rescue.taboo import Taboo, taboos
from cmcompile.rescue.words import Rows


@dataclass(frozen=True, slots=True)
class _Job:
    """A group with what is to be run of it now.

    Attributes
    ----------
    ways
        For each workflow that it takes, the regions that do equally well.
    """

    case: Case
    needs: Need
    ways: list[list[Region]]
    settings: dict[str, object]

    @property
    def key(self) -> str:
        """What groups of one rescue have in common."""
        tasks = [way[0].tasks for way in self.ways]
        inputs = self.case.inputs if tasks != [None] else None
        return json.dumps([self.settings, self.case.release, tasks, inputs])

    def of_part(self, number: int) -> Need:
        """Return what one of its workflows is to run."""
        tasks = self.ways[number][0].tasks
        return self.needs if tasks is None else self.needs.within(tasks)

    @property
    def ids(self) -> dict[str, frozenset[Id]]:
        """The ids of the group by dimension."""
        return {p.dimension: frozenset(p.ids) for p in self.case.group.parts if p.dimension}


def make(ground: Ground, cases: Sequence[Case], recoveries: Sequence[Recovery]) -> Proposal:
    """Return the rescues of groups that are lacking quanta.

    Parameters
    ----------
    recoveries
        In order: a group is made good by the first that has something to run for it.
    """
    axes = [name for axis in ground.step.split for name in (axis.name, axis.dimension) if name]
    still = one_valued(cases, axes)
    passed: list[Passed] = []
    open_cases: list[Case] = []
    for case in cases:
        mine, notes = settled(ground, case, still)
        passed += [Passed(case.group.id, note, person=True) for note in notes]
        found = _refused(mine)
        if found is None:
            open_cases.append(mine)
        else:
            passed.append(found)
    made = _Maker(ground, taboos(ground, open_cases), Writer(ground))
    for recovery in recoveries:
        done = made.recover(recovery, open_cases)
        open_cases = [case for case in open_cases if case.group.id not in done]
    passed += made.passed
    passed += [p for case in open_cases if (p := _nothing(case)) is not None]
    return Proposal(tuple(made.entries), made.taboo.excludes, tuple(passed))


def _refused(case: Case) -> Passed | None:
    """Return why nothing is made for a group yet."""
    wanted = case.added or case.uncounted
    if not wanted and not any(one.cure.remedy in RUN_AGAIN for one in case.quanta):
        return None
    if case.waits_for:
        return Passed(case.group.id, f"{case.waits_for} covers it and has not ended")
    if case.rescues >= case.budget:
        return _spent(case, 1)
    return None


def _spent(case: Case, wanted: int) -> Passed:
    more = f", and this takes {wanted}" if wanted > 1 else ""
    why = f"{case.rescues} of {case.budget} rescues are made{more}: declare one by hand, accept or reject it"
    return Passed(case.group.id, why, person=True)


def _nothing(case: Case) -> Passed | None:
    """Return what is said of a group for which no entry is made."""
    never = Rows(one.row for one in case.quanta if one.cure.remedy is Remedy.QUARANTINE)
    kinds: Counter[str] = Counter()
    for one in case.quanta:
        if never.hold(one.row):
            kinds["in quarantine"] += 1
        elif one.cure.remedy in RUN_AGAIN:
            kinds["in no recovery of the step"] += 1
        else:
            kinds[one.cure.remedy.words] += 1
    if not kinds:
        return None
    person = any(one.cure.remedy in (Remedy.HOLD, Remedy.REVIEW) for one in case.quanta)
    told = (f"{count} {'quantum' if count == 1 else 'quanta'}: {word}" for word, count in kinds.items())
    return Passed(case.group.id, ", ".join(told), person=person)


class _Maker:
    """Makes entries, recovery by recovery."""

    def __init__(self, ground: Ground, taboo: Taboo, writer: Writer) -> None:
        self._ground = ground
        self._writer = writer
        self.taboo = taboo
        self.entries: list[Entry] = []
        self.passed: list[Passed] = []

    def recover(self, recovery: Recovery, cases: Sequence[Case]) -> set[str]:
        """Make the entries of one recovery; returns the groups that are dealt with."""
        jobs = []
        done: set[str] = set()
        for case in cases if recovery.lacks - {Lack.ADDED} else ():
            needs = need(case.quanta, recovery.lacks)
            # What no source named can't be told from the rest: the whole group is run. So it is where what is
            # there is left out of it anyway.
            if case.uncounted or self._ground.leaves_out:
                needs = replace(needs, others=())
            if not needs.wanted and not case.uncounted:
                continue
            by_task = bool(self._ground.pipeline) and case.inputs is not None
            ways = regions(needs, by_task=by_task)
            if case.rescues + len(ways) > case.budget:
                self.passed.append(_spent(case, len(ways)))
                done.add(case.group.id)
                continue
            jobs.append(_Job(case, needs, ways, settings(self._ground, case, needs.wanted)))
        buckets: dict[str, list[_Job]] = {}
        for job in jobs:
            buckets.setdefault(job.key, []).append(job)
        for bucket in buckets.values():
            done |= self._bucket(recovery, bucket)
        if Lack.ADDED in recovery.lacks:
            done |= self._added(recovery, [c for c in cases if c.added and c.group.id not in done])
        return done

    def _added(self, recovery: Recovery, cases: Sequence[Case]) -> set[str]:
        """Make the entries of ids that came after groups were sent."""
        for one in together(cases):
            self.entries.append(self._writer.of_added(recovery, one, self.taboo))
        return {case.group.id for case in cases}

    def _bucket(self, recovery: Recovery, jobs: list[_Job]) -> set[str]:
        """Make the entries of groups that share what is done differently."""
        parts = [
            joined([(job.of_part(n), job.ids) for job in jobs], [job.ways[n] for job in jobs])
            for n in range(len(jobs[0].ways))
        ]
        if any(region is None for region in parts):
            if len(jobs) == 1:  # a group alone always has a region
                raise AssertionError(jobs[0].case.group.id)
            return {name for job in jobs for name in self._bucket(recovery, [job])}
        found = [region for region in parts if region is not None]
        return self._shaped(recovery, jobs, found)

    def _shaped(self, recovery: Recovery, jobs: list[_Job], parts: list[Region]) -> set[str]:
        by_id = {job.case.group.id: job for job in jobs}
        # A file with fewer tasks names the outputs of one group: such groups are not put together.
        alone = any(region.tasks is not None for region in parts)
        loads = {name: self._load(job, parts[0]) for name, job in by_id.items()}
        chosen = self._chosen(recovery, loads, alone=alone)
        for shape in chosen:
            mine = [by_id[group.id] for group in shape.groups]
            names: list[str] = []
            for at, region in enumerate(parts):
                self.entries.append(self._entry(recovery, mine, region, shape, tuple(names), at))
                names.append(self.entries[-1].name)
        return {group.id for shape in chosen for group in shape.groups}

    def _chosen(self, recovery: Recovery, loads: dict[str, Load], *, alone: bool) -> list[Shape]:
        first, axes = self._ground.first, self._ground.step.split
        split = recovery.split
        if split is None:
            return shapes(axes, first, loads, None if alone else recovery.most, self._apart)
        kept = [name for name in split if isinstance(name, str)]
        whole, groups = len(kept) == len(split) and bool(kept), []
        for cell in cells_of(first, kept).values() if whole else [list(first)]:
            wanted = [group for group in cell if group.id in loads]
            held = {one.quantum for group in wanted for one in loads[group.id].quanta}
            count = len(held) + sum(loads[group.id].more for group in wanted)
            fits = recovery.most is None or count <= recovery.most
            if wanted and fits and not self._apart(wanted) and (not whole or len(wanted) == len(cell)):
                groups += wanted
        made = len(cells_of(groups, kept)) if whole else 0
        return [Shape(tuple(groups), tuple(split), tuple(kept), made)] if groups else []

    def _apart(self, groups: Sequence[Group]) -> bool:
        """Tell whether an override of the step holds for some of these groups, and can't be repeated."""
        repeated = {one.where for one in self.taboo.by_hand}
        for at, override in enumerate(self._ground.step.overrides):
            hit = [group for group in groups if at in self._ground.hits.get(group.id, ())]
            where = override.layer.get("where")
            if 0 < len(hit) < len(groups) and str(getattr(where, "value", "")) not in repeated:
                return True
        return False

    @staticmethod
    def _load(job: _Job, region: Region) -> Load:
        beside = extras(job.needs, region)
        wanted = [one for one in job.needs.wanted if region.tasks is None or one.task in region.tasks]
        return Load((*wanted, *beside), job.case.uncounted)

    def _entry(
        self,
        recovery: Recovery,
        jobs: Sequence[_Job],
        region: Region,
        shape: Shape,
        earlier: tuple[str, ...],
        at: int,
    ) -> Entry:
        wanted: dict[object, Left] = {}
        beside: dict[object, Left] = {}
        for job in jobs:
            tasks = region.tasks
            wanted.update(
                (one.quantum, one) for one in job.needs.wanted if tasks is None or one.task in tasks
            )
            beside.update((one.quantum, one) for one in extras(job.needs, region))
        more = sum(job.case.uncounted for job in jobs)
        planned = Planned(
            groups=shape.groups,
            shape=shape,
            region=replace(region, drop=self.taboo.open(region.drop)),
            wanted=tuple(wanted.values()),
            beside=len(beside),
            uncounted=more,
            settings=settings(self._ground, jobs[0].case, jobs[0].of_part(at).wanted),
            release=jobs[0].case.release,
            inputs=jobs[0].case.inputs or (),
            earlier=earlier,
            part=at,
        )
        return self._writer.entry(recovery, planned, self.taboo)
