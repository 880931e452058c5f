"""How the cutting of a step differs: its axes and lists, the groups it gives, and the ids that moved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from cmcompile.compiler.difference.changes import ABSENT, Change, Order, change, same
from cmcompile.compiler.difference.sides import Pass
from cmcompile.compiler.ids import sort_ids
from cmcompile.model.campaign import Axis, Cut, ListData, Source, Spec
from cmcompile.model.difference import AxisIds, Move, Regrouping
from cmcompile.model.group import Group
from cmcompile.model.ids import Id, in_words, natural
from cmcompile.model.source import Span


class Cuts:
    """What differs in axes, lists, exclusions and names; each answer is worked out once for all groups.

    Parameters
    ----------
    before, after
        The spec on both sides.

    Attributes
    ----------
    names
        The edits behind names that are the same for all groups of a shape, by old and new shape and name.
    """

    def __init__(self, before: Spec, after: Spec) -> None:
        self.before = before
        self.after = after
        self.names: dict[tuple[int, int, str], tuple[Change, ...]] = {}
        self._axes: dict[tuple[int, int], tuple[tuple[Change, ...], Axis | None, Axis | None]] = {}
        self._exclusions: dict[frozenset[str], tuple[Change, ...]] = {}

    def axis(self, old: Axis | None, new: Axis | None) -> tuple[Change, ...]:
        """Return what differs in an axis as written, and in the lists that it reads."""
        key = (id(old), id(new))  # the axes are kept, so that no other gets their id
        if key not in self._axes:
            self._axes[key] = (tuple(_axis_changes(old, new, self.before, self.after)), old, new)
        return self._axes[key][0]

    def exclusions(self, names: frozenset[str]) -> tuple[Change, ...]:
        """Return the ids that `exclude` takes out of some axes or dimensions only on one side."""
        if names not in self._exclusions:
            self._exclusions[names] = tuple(_exclusion_changes(names, self.before, self.after))
        return self._exclusions[names]


def _axis_changes(old: Axis | None, new: Axis | None, before: Spec, after: Spec) -> tuple[Change, ...]:
    if old is None or new is None:
        found = new or old
        if found is None:
            return ()
        whole = ", ".join(f"{k} {v}" for k, (v, _) in _described(found).items()) or "as it is"
        was, is_now = (ABSENT, whole) if old is None else (whole, ABSENT)
        return (change(f"split.{found.name}", was, is_now, (found.span, found.span)),)
    then, now = _described(old), _described(new)
    out = []
    for key in [*now, *(k for k in then if k not in now)]:
        was, where = then.get(key, (ABSENT, old.span))
        value, place = now.get(key, (ABSENT, new.span))
        if not same(was, value):
            out.append(change(f"split.{new.name}.{key}", was, value, (where, place)))
    for name in dict.fromkeys(s.list for s in new.sources if s.list is not None):
        if name in {s.list for s in old.sources}:
            out += _list_changes(before.lists[name], after.lists[name])
    return tuple(out)


def _described(axis: Axis) -> dict[str, tuple[object, Span]]:
    """Return what is written for an axis, by key, with its place."""
    found: dict[str, tuple[object, Span]] = {}
    for at, source in enumerate(axis.sources):
        lead = f"parts[{at + 1}]." if len(axis.sources) > 1 else ""
        for key, value in _of_source(source).items():
            span = source.cut.span if key in ("size", "count", "ranges", "weight", "window") else None
            found[lead + key] = (value, span or source.span)
    for key, value in {"first": axis.first, "limit": axis.limit, "descending": axis.descending}.items():
        if value not in (1 if key == "first" else None, False) or (value == 0 and key == "first"):
            found[key] = (value, axis.span)
    return found


def _of_source(source: Source) -> dict[str, object]:
    found: dict[str, object] = {}
    if source.list is not None:
        found["list"] = source.list
        found["column"] = source.column
    if source.values is not None:
        found["values"] = in_words(source.values)
    kind, value = _of_cut(source.cut)
    if kind:
        found[kind] = value
    return found


def _of_cut(cut: Cut) -> tuple[str, object]:
    if cut.kind == "ranges":
        return "ranges", [list(pair) for pair in cut.ranges]
    if cut.kind == "weight":
        return "weight", f"{cut.column} {_number(cut.size)}"
    if cut.kind == "count":
        return "count", cut.count
    if cut.size:
        return cut.kind, _number(cut.size)
    return "", None


def _number(value: float) -> float:
    return int(value) if value == int(value) else value


def _list_changes(old: ListData, new: ListData) -> Iterable[Change]:
    if old.columns == new.columns:
        return
    places = (Span(old.file, 1, 1), Span(new.file, 1, 1)) if old.file == new.file else (old.span, new.span)
    yield change(f"list {new.name}", _rows(old), _rows(new), places, (old.columns, new.columns))


def _rows(rows: ListData) -> str:
    return f"{len(next(iter(rows.columns.values()), ()))} rows"


def _exclusion_changes(names: Collection[str], before: Spec, after: Spec) -> Iterator[Change]:
    old = [e for e in before.exclude if e.name in names]
    new = [e for e in after.exclude if e.name in names]
    then, now = {i for e in old for i in e.ids}, {i for e in new for i in e.ids}
    for entry in new:
        if late := sort_ids(set(entry.ids) - then):
            yield change(f"exclude.{entry.name}", ABSENT, in_words(late), (None, entry.span))
    for entry in old:
        if back := sort_ids(set(entry.ids) - now):
            yield change(f"exclude.{entry.name}", in_words(back), ABSENT, (entry.span, None))


def regrouping(old: Pass | None, new: Pass | None, order: Order) -> Regrouping | None:
    """Return how the groups of a pass differ; None where they have the same ids and hold the same data."""
    found = new or old
    if found is None:
        return None
    then = {g.id: g for g in old.groups} if old else {}
    now = {g.id: g for g in new.groups} if new else {}
    moves: list[Move] = []
    come: list[AxisIds] = []
    gone: list[AxisIds] = []
    if old and new:
        for axis in _axis_names(old, new):
            _moved(axis, _positions(axis, old), _positions(axis, new), moves, come, gone)
    step = found.step.name
    added = order.runs((step, name) for name in now if name not in then)
    removed = order.runs((step, name) for name in then if name not in now)
    if not (added or removed or moves or come or gone):
        return None
    rescue = found.rescue.name if found.rescue else None
    return Regrouping(
        step, rescue, len(then), len(now), added, removed, tuple(moves), tuple(come), tuple(gone)
    )


def _axis_names(old: Pass, new: Pass) -> list[str]:
    before = {a.name for a in old.axes}
    extra = [p.axis for g in new.groups if g.extra for p in g.parts]
    return list(dict.fromkeys([*(a.name for a in new.axes if a.name in before), *extra]))


def _positions(axis: str, made: Pass) -> Mapping[Id, str]:
    """Return in which part each id of an axis is."""
    at: dict[Id, set[str]] = {}
    seen: set[tuple[int, str]] = set()
    outer = _enclosing(axis, made.axes)
    for group in made.groups:
        part = next((p for p in group.parts if p.axis == axis), None)
        if part is None:
            continue
        key = "-".join([*(p.key for p in group.parts if p.axis in outer), part.key])
        if (id(part), key) not in seen:  # the parts of a product are shared by many groups
            seen.add((id(part), key))
            for value in part.ids:
                at.setdefault(value, set()).add(key)
    return {value: ", ".join(sorted(keys, key=natural)) for value, keys in at.items()}


def _enclosing(axis: str, axes: Sequence[Axis]) -> frozenset[str]:
    """Return the axes within whose groups an axis is cut: those before it over the same list."""
    at = next((n for n, a in enumerate(axes) if a.name == axis), 0)
    lists = {s.list for s in axes[at].sources} - {None} if axes else set()
    return frozenset(a.name for a in axes[:at] if lists & {s.list for s in a.sources})


def _moved(
    axis: str,
    then: Mapping[Id, str],
    now: Mapping[Id, str],
    moves: list[Move],
    come: list[AxisIds],
    gone: list[AxisIds],
) -> None:
    found: dict[tuple[str, str], list[Id]] = {}
    for value, key in now.items():
        if value in then and then[value] != key:
            found.setdefault((then[value], key), []).append(value)
    moves += [
        Move(axis, old, new, tuple(sort_ids(found[old, new])))
        for old, new in sorted(found, key=lambda pair: (natural(pair[0]), natural(pair[1])))
    ]
    for only, keys, other in ((come, now, then), (gone, then, now)):
        if ids := sort_ids(set(keys) - set(other)):
            only.append(AxisIds(axis, tuple(ids)))


def parts_differ(old: Group, new: Group, axis: str) -> bool:
    """Tell whether two groups of one id hold other ids of an axis, or have other numbers."""
    then, now = old.part(axis), new.part(axis)
    if then is None or now is None:
        return then is not now
    return then is not now and (then.ids, then.n, then.bounds) != (now.ids, now.n, now.bounds)
