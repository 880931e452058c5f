"""``difference(old, new)``: what changed between two compilations, by edit, group and key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from cmcompile.batch.document import TABLE
from cmcompile.compiler.difference.against import AsRun, against
from cmcompile.compiler.difference.changes import ABSENT, Change, Gathering, GroupKey, Order, change, same
from cmcompile.compiler.difference.cuts import Cuts, regrouping
from cmcompile.compiler.difference.pair import GroupPair
from cmcompile.compiler.difference.points import Plans
from cmcompile.compiler.difference.sides import Pass, PassKey, Side, passes_of
from cmcompile.compiler.difference.steering import steering_changes
from cmcompile.compiler.result import Compilation
from cmcompile.model.campaign import Extra, highest
from cmcompile.model.difference import Difference, Regrouping
from cmcompile.model.group import CompiledGroup, IncludeFile
from cmcompile.model.ids import in_words
from cmcompile.model.source import Span, plain

__all__ = ["difference", "one_sided", "against", "AsRun"]


def difference(old: Compilation, new: Compilation) -> Difference:
    """Compare two states of one campaign.

    Groups are paired by step and id. A value that differs is put down to the edit behind it: the key itself
    where its text was edited, else the var, list, axis, clause or collection that its text names.

    Parameters
    ----------
    old, new
        Both without errors.
    """
    return _Comparison(old, new).result()


def one_sided(made: Compilation, *, added: bool) -> Difference:
    """Return the difference for a campaign that only one side has: the new one where ``added``."""
    passes = passes_of(made)
    order = Order({key: (_ids(None), _ids(found)) for key, found in passes.items()})
    found = [regrouping(None, p, order) if added else regrouping(p, None, order) for p in passes.values()]
    count = len(made.groups)
    return Difference(
        campaign=made.spec.name,
        old=0 if added else count,
        new=count if added else 0,
        changed=0,
        added=count if added else 0,
        removed=0 if added else count,
        regroupings=tuple(r for r in found if r is not None),
        edits=(),
    )


class _Comparison:
    def __init__(self, old: Compilation, new: Compilation) -> None:
        self._old = old
        self._new = new
        self._then = {(g.group.step, g.group.id): g for g in old.groups}
        self._now = {(g.group.step, g.group.id): g for g in new.groups}
        self._passes = _paired(passes_of(old), passes_of(new))
        self._order = Order({key: (_ids(p), _ids(n)) for key, (p, n) in self._passes.items()})
        self._found = Gathering()
        self._cuts = Cuts(old.spec, new.spec)

    def result(self) -> Difference:
        changed = self._changed_groups()
        regroupings = self._regroupings()
        self._include_files()
        for old, new in self._passes.values():
            if old and new and new.groups:
                for made in steering_changes(old, new, self._old, self._new):
                    self._add(made, ((g.step, g.id) for g in new.groups))
        return Difference(
            campaign=self._new.spec.name,
            old=len(self._then),
            new=len(self._now),
            changed=changed,
            added=len(self._now.keys() - self._then.keys()),
            removed=len(self._then.keys() - self._now.keys()),
            regroupings=regroupings,
            edits=self._found.edits(self._order),
        )

    def _add(self, made: Change, groups: Iterable[GroupKey]) -> None:
        for group in groups:
            self._found.add(made, group)

    def _changed_groups(self) -> int:
        plans, changed = Plans(), 0
        for key, now in self._now.items():
            then = self._then.get(key)
            if then is None or then.digest == now.digest:
                continue
            changed += 1
            sides = (Side(self._old, then, then.group), Side(self._new, now, now.group))
            effects = plans.effects(GroupPair(*sides, self._cuts))
            for made, reach in effects:
                self._found.add(made, key, reach)
            if not effects:
                effects = self._folders(then, now)
                for made, _ in effects:
                    self._found.add(made, key)
            if not effects and (lines := self._tables(then, now)):
                span = next((s.span for s in self._new.spec.steps if s.name == key[0]), None)
                self._found.add(change("rows of the job table", lines, lines, (None, span)), key)
            elif not effects and _beyond_head(then.data) != _beyond_head(now.data):
                said = "the values are as they were"
                self._found.add(change("order of keys", said, said, (None, self._new.spec.span)), key)
        return changed

    def _folders(self, then: CompiledGroup, now: CompiledGroup) -> list[tuple[Change, str]]:
        """Return the payload files that only one side has; a folder that is named has what stands in it."""
        found: list[tuple[Change, str]] = []
        if not any(path.endswith(TABLE) for path in now.includes):
            return found
        # By where they are put: two campaigns have the same file in two folders.
        old, new = (
            {path: Span(source, 1, 1) for path in made.includes if (source := files[path].source)}
            for made, files in ((then, self._old.includes), (now, self._new.includes))
        )
        for path in sorted(old.keys() ^ new.keys()):
            name = path.rsplit("/", 1)[-1]
            was, comes = (name, ABSENT) if path in old else (ABSENT, name)
            found.append((change("payload", was, comes, (old.get(path), new.get(path))), "jobs.payload"))
        return found

    def _tables(self, then: CompiledGroup, now: CompiledGroup) -> str:
        """Return how the job table of a group differs; empty where it does not."""
        old, new = (
            next((files[path] for path in made.includes if path.endswith(TABLE)), None)
            for made, files in ((then, self._old.includes), (now, self._new.includes))
        )
        return _lines(old, new) if old and new and old.data != new.data else ""

    def _regroupings(self) -> tuple[Regrouping, ...]:
        found = []
        for old, new in self._passes.values():
            made = regrouping(old, new, self._order)
            if made is None:
                continue
            found.append(made)
            keys = self._only_one_side(old, new)
            for edit in _cut_edits(old, new, self._cuts):
                self._add(edit, keys)
        return tuple(found)

    def _only_one_side(self, old: Pass | None, new: Pass | None) -> list[GroupKey]:
        then = {(g.step, g.id) for g in old.groups} if old else set()
        now = {(g.step, g.id) for g in new.groups} if new else set()
        return list(then ^ now)

    def _include_files(self) -> None:
        users: dict[str, list[GroupKey]] = {}
        for key, made in self._now.items():
            then = self._then.get(key)
            for path in made.includes if then else ():
                is_made = not self._new.includes[path].source
                if then and not is_made and path in then.includes and _differ(self._old, self._new, path):
                    users.setdefault(path, []).append(key)
        for path, groups in users.items():
            old, new = self._old.includes[path], self._new.includes[path]
            lines = _lines(old, new)
            places = (Span(old.source, 1, 1), Span(new.source, 1, 1))
            self._add(change(f"include {path.rsplit('/', 1)[-1]}", lines, lines, places), groups)


def _paired(
    old: Mapping[PassKey, Pass], new: Mapping[PassKey, Pass]
) -> dict[PassKey, tuple[Pass | None, Pass | None]]:
    return {key: (old.get(key), new.get(key)) for key in dict.fromkeys([*new, *old])}


def _ids(made: Pass | None) -> list[str]:
    return [g.id for g in made.groups] if made else []


def _beyond_head(data: bytes) -> bytes:
    """Return a file without its first line, which names the campaign's file."""
    return data.partition(b"\n")[2]


def _differ(old: Compilation, new: Compilation, path: str) -> bool:
    return old.includes[path].data != new.includes[path].data


def _lines(old: IncludeFile, new: IncludeFile) -> str:
    """Return how many lines only the old file has, and how many only the new one."""
    then, now = Counter(old.data.splitlines()), Counter(new.data.splitlines())
    return f"-{(then - now).total()} +{(now - then).total()} lines"


def _cut_edits(old: Pass | None, new: Pass | None, cuts: Cuts) -> list[Change]:
    """Return the edits that make a pass have other groups."""
    found = new or old
    if found is None:
        return []
    if old is None or new is None:
        what = f"rescues.{found.rescue.name}" if found.rescue else f"steps.{found.step.name}"
        number = f"{len(found.groups)} group" + ("s" if len(found.groups) != 1 else "")
        was, is_now = (ABSENT, number) if old is None else (number, ABSENT)
        return [change(what, was, is_now, (found.span, found.span))]
    out: list[Change] = []
    then, now = {a.name: a for a in old.axes}, {a.name: a for a in new.axes}
    for name in dict.fromkeys([*now, *then]):
        out += cuts.axis(then.get(name), now.get(name))
    out += cuts.exclusions(frozenset(n for a in (*old.axes, *new.axes) for n in (a.name, a.dimension) if n))
    if new.rescue and old.rescue:
        nodes = [highest((r.layer,), "groups") for r in (old.rescue, new.rescue)]
        values = [ABSENT if n is None else plain(n) for n in nodes]
        if not same(values[0], values[1]):
            spans = [n.span if n else None for n in nodes]
            key = f"rescues.{new.rescue.name}.groups"
            out.append(change(key, values[0], values[1], (spans[0], spans[1])))
    elif not new.rescue:
        out += _extra_edits(old.step.extra, new.step.extra)
    return out


def _extra_edits(old: tuple[Extra, ...], new: tuple[Extra, ...]) -> list[Change]:
    then, now = {e.id: e for e in old}, {e.id: e for e in new}
    out = [_extra_edit(now[i], added=True) for i in now if i not in then]
    return out + [_extra_edit(then[i], added=False) for i in then if i not in now]


def _extra_edit(extra: Extra, *, added: bool) -> Change:
    ids = "; ".join(f"{name} {in_words(members)}" for name, members in extra.members.items())
    was, is_now = (ABSENT, ids) if added else (ids, ABSENT)
    return change(f"extra.{extra.id}", was, is_now, (extra.span, extra.span))
