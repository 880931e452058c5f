"""Single changes of groups, and how those of one edit are brought together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from cmcompile.model.difference import Edit, GroupRun, Kind
from cmcompile.model.ids import natural
from cmcompile.model.source import Span

#: A group: its step and its id.
GroupKey = tuple[str, str]
#: Stands for the value of a key that is not there.
ABSENT = object()


@dataclass(frozen=True, slots=True)
class Change:
    """What one edit does to one group.

    Attributes
    ----------
    written
        The old and the new text as written. Changes of one edit have the same, though values may differ.
    old, new
        The values for this group.
    """

    key: str
    kind: Kind
    span: Span | None
    written: tuple[str, str]
    old: object = field(default=None, compare=False)
    new: object = field(default=None, compare=False)
    steering: bool = field(default=False, compare=False)
    was: Span | None = field(default=None, compare=False)


def change(
    key: str,
    old: object,
    new: object,
    places: tuple[Span | None, Span | None],
    written: tuple[object, object] | None = None,
    *,
    steering: bool = False,
) -> Change:
    """Return a change; a side without value is ``ABSENT``.

    Parameters
    ----------
    places
        Where the old and the new value stand.
    written
        The values as written, where the rendered ones may differ from group to group.
    """
    kind: Kind = "added" if old is ABSENT else "removed" if new is ABSENT else "changed"
    before, after = written or (old, new)
    return Change(
        key=key,
        kind=kind,
        span=places[0] if kind == "removed" else places[1] or places[0],
        written=(canonical(before), canonical(after)),
        old=None if old is ABSENT else old,
        new=None if new is ABSENT else new,
        steering=steering,
        was=places[0],
    )


def canonical(value: object) -> str:
    """Return a text that is the same for the same data; ``1``, ``1.0`` and ``true`` differ."""
    return "" if value is ABSENT else json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)


def same(old: object, new: object) -> bool:
    """Tell whether two values are the same data; the order of keys makes no difference."""
    if old is ABSENT or new is ABSENT:
        return old is new
    if type(old) is not type(new):
        return False
    if isinstance(old, dict | list):
        return old == new and canonical(old) == canonical(new)
    return old == new


@dataclass(slots=True)
class _Gathered:
    change: Change
    groups: dict[GroupKey, None] = field(default_factory=dict)
    reaches: dict[str, None] = field(default_factory=dict)
    varies: bool = False
    steering: bool = True


class Order:
    """The natural order of all groups of both sides, for runs of them.

    Parameters
    ----------
    passes
        By step and rescue, in the order of the spec: the ids of the old side, and those of the new.
    """

    def __init__(self, passes: Mapping[tuple[str, str | None], tuple[Sequence[str], Sequence[str]]]) -> None:
        self._at: dict[GroupKey, int] = {}
        self._pass: dict[GroupKey, int] = {}
        self._sides: list[tuple[frozenset[str], frozenset[str]]] = []
        self._steps: dict[str, tuple[set[str], set[str]]] = {}
        for number, ((step, _), (old, new)) in enumerate(passes.items()):
            self._sides.append((frozenset(old), frozenset(new)))
            for all_of_step, ids in zip(
                self._steps.setdefault(step, (set(), set())), (old, new), strict=True
            ):
                all_of_step.update(ids)
            for name in sorted({*old, *new}, key=natural):
                self._at[step, name] = len(self._at)
                self._pass[step, name] = number

    def sorted(self, groups: Iterable[GroupKey]) -> list[GroupKey]:
        """Return groups in order."""
        return sorted(groups, key=lambda g: self._at[g])

    def runs(self, groups: Iterable[GroupKey]) -> tuple[GroupRun, ...]:
        """Return runs of groups that follow each other; all groups of a step are one run."""
        steps: dict[str, list[GroupKey]] = {}
        for key in self.sorted(groups):
            steps.setdefault(key[0], []).append(key)
        return tuple(run for keys in steps.values() for run in self._of_step(keys))

    def _of_step(self, keys: list[GroupKey]) -> Iterator[GroupRun]:
        if _is_one_of(keys, self._steps[keys[0][0]]):
            yield _run(keys, whole=True)
            return
        start = 0
        for at in range(1, len(keys) + 1):
            if at == len(keys) or not self._follows(keys[at - 1], keys[at]):
                run = keys[start:at]
                yield _run(run, whole=_is_one_of(run, self._sides[self._pass[run[0]]]))
                start = at

    def _follows(self, one: GroupKey, other: GroupKey) -> bool:
        return self._at[other] == self._at[one] + 1 and self._pass[other] == self._pass[one]


def _is_one_of(keys: list[GroupKey], sides: Iterable[Set[str]]) -> bool:
    """Tell whether groups are all that one side has."""
    fitting = [side for side in sides if len(side) == len(keys)]
    return any(all(name in side for _, name in keys) for side in fitting)


def _run(keys: list[GroupKey], *, whole: bool) -> GroupRun:
    return GroupRun(keys[0][0], keys[0][1], keys[-1][1], len(keys), whole)


class Gathering:
    """Brings together the changes of one edit."""

    def __init__(self) -> None:
        self._found: dict[Change, _Gathered] = {}

    def add(self, made: Change, group: GroupKey, reach: str | None = None) -> None:
        """Take in a change of one group.

        Parameters
        ----------
        reach
            The key of the submit file that differs because of it, where that is another key.
        """
        entry = self._found.get(made)
        if entry is None:
            entry = self._found[made] = _Gathered(made)
        elif not entry.varies:
            first = entry.change
            entry.varies = not (same(first.old, made.old) and same(first.new, made.new))
        entry.groups[group] = None
        entry.steering = entry.steering and made.steering
        if reach is not None and reach != made.key:
            entry.reaches[reach] = None

    def edits(self, order: Order) -> tuple[Edit, ...]:
        """Return the edits in the order of their places."""
        return tuple(_edit(e, order) for e in sorted(self._found.values(), key=_place))


def _place(entry: _Gathered) -> tuple[bool, str, int, int, str, str]:
    span = entry.change.span or Span("", 0, 0)
    return (entry.change.span is None, span.file, span.line, span.column, entry.change.key, _text(entry))


def _text(entry: _Gathered) -> str:
    return " ".join(entry.change.written)


def _edit(entry: _Gathered, order: Order) -> Edit:
    made = entry.change
    if entry.varies:
        made = replace(made, old=_as_written(made.written[0]), new=_as_written(made.written[1]))
    return Edit(
        key=made.key,
        kind=made.kind,
        span=made.span,
        old=made.old,
        new=made.new,
        groups=tuple("/".join(g) for g in order.sorted(entry.groups)),
        runs=order.runs(entry.groups),
        reaches=tuple(entry.reaches),
        varies=entry.varies,
        steering=entry.steering,
        was=made.was if made.kind == "changed" and made.was != made.span else None,
    )


def _as_written(text: str) -> object:
    return json.loads(text) if text else None
