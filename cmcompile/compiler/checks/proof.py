"""The coverage proof: each combination of ids is taken by just one group, by the rendered predicates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cmcompile.bps.query.idset import IdSet
from cmcompile.compiler.checks.runs import common, id_set, meets, whole
from cmcompile.compiler.checks.sweep import (
    LISTED,
    MISSED,
    OWNS,
    TAKES,
    WOULD,
    Cell,
    Item,
    Sweep,
    TooMuchWorkError,
    without,
)
from cmcompile.compiler.checks.taken import Box, Evaluator, Some, Taken
from cmcompile.compiler.checks.universe import Universe
from cmcompile.model.group import ClauseText, CompiledGroup, Part
from cmcompile.model.ids import Id

_BY_HAND = ("override", "exclude")


@dataclass(slots=True)
class Others:
    """Ids that groups take though they are not theirs to take, and the places of these groups."""

    ids: IdSet
    groups: list[int]


@dataclass(slots=True)
class Proof:
    """What the groups of a step take, where that is not each id once.

    Attributes
    ----------
    leaks
        Cells that several groups take.
    gaps
        Cells that no group takes.
    lost
        Cells that no group takes because overrides took them out.
    foreign
        By dimension: ids that are not the step's own and taken all the same.
    still
        By dimension: excluded ids that a group takes which does not hold them.
    unknown
        Texts that can't be worked out, with the groups that have them, by place.
    complete
        Whether everything was looked at.
    """

    leaks: list[Cell] = field(default_factory=list)
    gaps: list[Cell] = field(default_factory=list)
    lost: list[Cell] = field(default_factory=list)
    foreign: dict[str, Others] = field(default_factory=dict)
    still: dict[str, Others] = field(default_factory=dict)
    unknown: dict[str, list[int]] = field(default_factory=dict)
    complete: bool = True


def prove(universe: Universe, evaluator: Evaluator, groups: Sequence[CompiledGroup]) -> Proof:
    """Look at all combinations of the ids of a step."""
    return _Prover(universe, evaluator).proof(groups)


class _Prover:
    """Brings what each group takes into a form that can be swept."""

    def __init__(self, universe: Universe, evaluator: Evaluator) -> None:
        self._universe = universe
        self._evaluator = evaluator
        self._sets: dict[int, tuple[Part, IdSet]] = {}
        self._proof = Proof()
        self._seen: defaultdict[tuple[str, str], list[tuple[int, IdSet]]] = defaultdict(list)
        self._strangers = {n: _strangers(d.every, d.ids) for n, d in universe.dims.items() if d.has_others}

    def proof(self, groups: Sequence[CompiledGroup]) -> Proof:
        dims = self._universe.dims
        items = [Item(-1, {n: d.listed}, LISTED) for n, d in dims.items() if d.listed.count < d.listed.size]
        kinds: dict[tuple[tuple[str, ...], int], list[int]] = {}
        for at, made in enumerate(groups):
            taken = self._taken(made, made.clauses)
            # A predicate that could not be written may take anything: it is like no other.
            absent = at if taken.unknown and self._absent(made) else -1
            kinds.setdefault((taken.unknown, absent), []).append(at)
            for text in taken.unknown:
                self._proof.unknown.setdefault(text, []).append(at)
            items += self._takes(at, self._own(made), taken)
        self._tell_others()
        try:
            self._missed(self._sweep(items, list(kinds.values())), items, groups)
        except TooMuchWorkError:
            self._proof.complete = False
        return self._proof

    def _sweep(self, items: list[Item], kinds: list[list[int]]) -> list[Cell]:
        """Find leaks; return what no group takes and is not excluded."""
        sweep = Sweep(self._universe)
        try:
            sweep.run(items)
        finally:
            if len(kinds) < 2:
                self._proof.leaks += [self._real(cell) for cell in sweep.cells if cell.takers]
        # What two groups take is certain only where the same of both is unknown.
        for members in kinds if len(kinds) > 1 else ():
            if len(members) > 1:
                some = {-1, *members}
                of_kind = Sweep(self._universe)
                of_kind.run([item for item in items if item.group in some])
                self._proof.leaks += [self._real(cell) for cell in of_kind.cells if cell.takers]
        excluded = {name: dim.excluded for name, dim in self._universe.dims.items()}
        left = (without(cell, excluded) for cell in sweep.cells if not cell.takers)
        return [cell for cell in left if cell is not None]

    def _missed(self, cells: Sequence[Cell], items: Sequence[Item], groups: Sequence[CompiledGroup]) -> None:
        """Find out to whom what no group takes belongs."""
        if not cells:
            return
        marks = [item for at, made in enumerate(groups) for item in self._marks(at, made, self._own(made))]
        marks += [item for item in items if item.roles == LISTED]
        sweep = Sweep(self._universe, missed=True)
        sweep.run([*(Item(-1, cell.ids, MISSED) for cell in cells), *marks])
        for cell in map(self._real, sweep.cells):
            if all(cell.ids.values()):
                (self._proof.lost if cell.would else self._proof.gaps).append(cell)

    def _real(self, cell: Cell) -> Cell:
        return replace(cell, ids=self._universe.narrowed(cell.ids))

    def _taken(self, made: CompiledGroup, clauses: Iterable[ClauseText]) -> Taken:
        found = self._evaluator.taken(clauses, made.group)
        absent = self._absent(made)
        return replace(found, unknown=found.unknown + absent) if absent else found

    def _absent(self, made: CompiledGroup) -> tuple[str, ...]:
        """Return hand-written predicates of axes that could not be written, which is reported elsewhere."""
        kinds = [clause.kind for clause in made.clauses]
        axes = sum(part.dimension is not None for part in made.group.parts)
        if kinds.count("axis") >= axes or made.group.extra is not None or "query" in kinds:
            return ()
        layers = {clause.origin.layer for clause in made.clauses}
        texts = []
        for dim in self._universe.dims.values():
            axis = dim.axis
            replaced = axis is not None and axis.clause and "override" in kinds
            if axis and axis.where and axis.dimension and f"axis {axis.name}" not in layers and not replaced:
                texts.append(str(axis.where.value))
        return tuple(text for text in texts if text.strip())

    def _own(self, made: CompiledGroup) -> dict[str, Part]:
        parts = {part.dimension or part.axis: part for part in made.group.parts}
        return {name: part for name, part in parts.items() if name in self._universe.dims}

    def _takes(self, at: int, own: Mapping[str, Part], taken: Taken) -> list[Item]:
        if taken.boxes == (own,):
            return [Item(at, own, TAKES)]
        self._look_at_others(at, own, taken.boxes)
        boxes = [self._box(own, box) for box in taken.boxes]
        return [Item(at, box, TAKES) for box in (boxes if boxes == [own] else self._apart(own, boxes))]

    def _marks(self, at: int, made: CompiledGroup, own: Mapping[str, Part]) -> list[Item]:
        items = [Item(at, own, OWNS)]
        if any(clause.kind in _BY_HAND for clause in made.clauses):
            base = self._taken(made, [c for c in made.clauses if c.kind not in _BY_HAND])
            items += [Item(at, self._inside(own, self._box(own, box)), WOULD) for box in base.boxes]
        return items

    def _box(self, own: Mapping[str, Part], box: Box) -> dict[str, Some]:
        """Return a box over the step's own ids; what is just a part of the group becomes that part."""
        out: dict[str, Some] = {n: p for n, p in own.items() if n not in box and not self._is_dimension(n)}
        for name, some in box.items():
            part = own.get(name)
            if isinstance(some, IdSet):
                ids = self._universe.dims[name].own(some)
                if part is not None and ids == self._part(name, part):
                    out[name] = part
                elif ids.count < ids.size:
                    out[name] = ids
            else:
                out[name] = some
        return {name: out[name] for name in own if name in out} | out

    def _inside(self, own: Mapping[str, Part], box: Mapping[str, Some]) -> dict[str, Some]:
        """Return what a box has of a group's own."""
        met: dict[str, Some] = {**box}
        for name, part in own.items():
            some = box.get(name, part)
            met[name] = part if some is part else self._set(name, some).intersect(self._part(name, part))
        return met

    def _is_dimension(self, name: str) -> bool:
        axis = self._universe.dims[name].axis
        return axis is None or axis.dimension is not None

    def _part(self, name: str, part: Part) -> IdSet:
        known = self._sets.get(id(part))
        if known is None:
            known = (part, id_set(self._universe.dims[name].ids, part.ids))
            self._sets[id(part)] = known
        return known[1]

    def _set(self, name: str, some: Some | None) -> IdSet:
        if some is None:
            return whole(self._universe.dims[name].ids)
        return some if isinstance(some, IdSet) else self._part(name, some)

    def _apart(self, own: Mapping[str, Part], boxes: Sequence[dict[str, Some]]) -> list[dict[str, Some]]:
        """Part what a group takes from rows of its plain axes, and what it takes from any row.

        A plain axis adds no predicate. An id counts for the group's own rows where it stands in one of them.
        """
        for plain in [n for n in own if not self._is_dimension(n)]:
            for name in self._universe.related(plain):
                beside = self._universe.beside(name, plain, own[plain])
                out = []
                for box in boxes:
                    ids = self._set(name, box.get(name))
                    inside, outside = ids.intersect(beside), ids.difference(beside)
                    if outside:
                        rest = {n: some for n, some in box.items() if n != plain}
                        out.append({**rest, name: outside})
                        box = {**box, name: inside}
                    if inside:
                        out.append(box)
                boxes = out
        return list(boxes)

    def _look_at_others(self, at: int, own: Mapping[str, Part], boxes: Iterable[Box]) -> None:
        """Notice ids that are not the step's own, and excluded ones that the group does not hold."""
        for name, dim in self._universe.dims.items():
            for box in boxes:
                some = box.get(name)
                if dim.has_others and not isinstance(some, Part):
                    ids = some or whole(dim.every)
                    if meets(ids, self._strangers[name]):
                        self._seen["foreign", name].append((at, ids))
                if dim.excluded and not isinstance(some, Part) and self._is_dimension(name):
                    ids = dim.own(some) if some else whole(dim.ids)
                    if meets(ids, dim.excluded):
                        mine = self._part(name, own[name]) if name in own else whole(dim.ids)
                        ids = common(ids, dim.excluded).difference(mine)
                        self._seen["still", name].extend([(at, ids)] if ids else [])

    def _tell_others(self) -> None:
        for (what, name), found in self._seen.items():
            if not found:
                continue
            ids = IdSet.of_runs(found[0][1].universe, [run for _, ids in found for run in ids.runs()])
            groups = list(dict.fromkeys(at for at, _ in found))
            if what == "foreign":
                self._proof.foreign[name] = Others(common(ids, self._strangers[name]), groups)
            else:
                self._proof.still[name] = Others(ids, groups)


def _strangers(every: tuple[Id, ...], own: tuple[Id, ...]) -> IdSet:
    return id_set(every, own).complement()
