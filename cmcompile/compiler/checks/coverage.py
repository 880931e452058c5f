"""The coverage proof: each id in exactly one group of the first pass, judged by the rendered predicates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cmcompile.bps.query.idset import IdSet
from cmcompile.compiler.checks.taken import Box, Evaluator
from cmcompile.compiler.checks.universe import Universe, universe_of
from cmcompile.compiler.cover import Index
from cmcompile.compiler.ids import Lists, sort_ids
from cmcompile.model import codes
from cmcompile.model.campaign import Spec, Step
from cmcompile.model.diagnostic import Code, Findings, Related
from cmcompile.model.group import CompiledGroup, Group, Part
from cmcompile.model.ids import Id, in_words
from cmcompile.model.source import Span

#: Findings of one kind and step beyond which the rest is counted.
_SHOWN = 20
#: Pairs of groups beyond which owners of leaked ids are looked for no more.
_MOST_LEAKS = 1000


class Coverage:
    """The proof for one step."""

    def __init__(
        self,
        spec: Spec,
        step: Step,
        lists: Lists,
        first: Sequence[Group],
        made: Mapping[str, CompiledGroup],
        findings: Findings,
    ) -> None:
        self._step = step
        self._made = made
        self._first = first
        self._findings = findings
        self._universe: Universe = universe_of(spec, step, lists, first)
        self._evaluator = Evaluator(self._universe.ids)
        self._index = Index(first)
        self._leaked: dict[str, set[Id]] = {}
        self._leaks: dict[tuple[str, tuple[str, str]], set[Id]] = {}
        self._order = {group.id: at for at, group in enumerate(first)}
        self._lost: dict[tuple[str, Span | None, Id], list[str]] = {}
        self._foreign: dict[str, list[tuple[str, int]]] = {}

    def check(self) -> None:
        """Report leaks, gaps, ids taken out by hand, and what can't be checked."""
        if not self._universe.ids:
            return
        gaps: list[tuple[Group, str, tuple[Id, ...]]] = []
        unknown: dict[str, list[str]] = {}
        boxes: dict[str, tuple[Box, ...]] = {}
        hand_made = any(group.extra is not None for group in self._first)
        for group in self._first:
            made = self._made[group.id]
            if not hand_made and self._evaluator.takes_its_parts(group, made.clauses):
                continue
            own = self._own(group)
            written = [c for c in made.clauses if c.kind not in ("override", "exclude")]
            base = full = self._evaluator.taken(written, group)
            if len(written) < len(made.clauses):
                full = self._evaluator.taken(made.clauses, group)
            boxes[group.id] = full.boxes
            if base is full and not base.unknown and len(base.boxes) == 1 and base.boxes[0] == own:
                continue
            for text in base.unknown:
                unknown.setdefault(text, []).append(group.id)
            vague = _is_vague(made, full.unknown)
            for box in full.boxes:
                self._leak(group, own, box, vague=vague)
            gaps += [(group, name, ids) for name, ids in self._gap(own, base.boxes)]
            self._taken_out(group, made, own)
        for group in self._first:
            if group.extra is not None:
                self._held_twice(group, boxes)
        self._report_leaks()
        self._report_gaps(gaps)
        self._report_uncut()
        self._report_losses()
        self._report_foreign()
        self._report_unknown(unknown)

    def _own(self, group: Group) -> dict[str, IdSet]:
        own = {}
        for part in group.parts:
            name = part.dimension
            if name is not None and name in self._universe.ids:
                own[name] = self._evaluator.members(part)
        return own

    def _leak(self, group: Group, own: Mapping[str, IdSet], box: Box, *, vague: bool) -> None:
        for name, mine in own.items():
            if box[name] == mine or (vague and box[name].count == len(self._universe.ids[name])):
                continue
            more = tuple(box[name].difference(mine).ids())
            foreign = self._universe.foreign[name]
            strange = [i for i in more if i in foreign]
            if strange:
                self._foreign.setdefault(name, []).append((group.id, len(strange)))
            listed = tuple(i for i in more if i not in foreign)
            if listed and len(self._leaks) < _MOST_LEAKS:
                self._leaked.setdefault(name, set()).update(listed)
                self._owners(group, name, listed, own, box)

    def _owners(
        self, group: Group, name: str, ids: tuple[Id, ...], own: Mapping[str, IdSet], box: Box
    ) -> None:
        """Find the groups that these ids belong to, where they take them together with what the box takes."""
        others = [Part(n, n, "", None, tuple(box[n].ids())) for n in own if n != name and box[n]]
        probe = Group(group.step, "", (Part(name, name, "", None, ids), *others))
        wanted = frozenset(ids)
        for owner in self._index.sharing(probe):
            theirs = self._made[owner].group.part(name)
            if owner != group.id and theirs is not None:
                one, two = sorted((group.id, owner), key=self._order.__getitem__)
                self._leaks.setdefault((name, (one, two)), set()).update(wanted.intersection(theirs.ids))

    def _held_twice(self, extra: Group, boxes: Mapping[str, Sequence[Box]]) -> None:
        """Find groups that were cut for ids of a group made by hand, and take them too."""
        for other in self._index.sharing(extra):
            theirs = {p.dimension: p for p in self._made[other].group.parts if p.dimension}
            part = next((p for p in extra.parts if p.dimension in theirs), None)
            name = (part and part.dimension) or ""
            if other == extra.id or part is None or name not in self._universe.ids:
                continue
            both: set[Id] = set()
            for one in boxes[extra.id]:
                for two in boxes[other]:
                    met = {n: one[n].intersect(two[n]) for n in one}
                    if all(met.values()):
                        both.update(met[name].ids())
            held = both.intersection(part.ids, theirs[name].ids)
            if held:
                pair = (other, extra.id) if self._order[other] < self._order[extra.id] else (extra.id, other)
                self._leaks.setdefault((name, pair), set()).update(held)

    def _gap(self, own: Mapping[str, IdSet], boxes: Sequence[Box]) -> Iterable[tuple[str, tuple[Id, ...]]]:
        """Yield the ids of a group that its predicate takes nothing of, or not all of the combinations of."""
        for name, mine in own.items():
            left = mine
            for box in boxes:
                if len(boxes) == 1 or self._whole(own, box, name):
                    left = left.difference(box[name])
            if left:
                yield name, tuple(left.ids())

    @staticmethod
    def _whole(own: Mapping[str, IdSet], box: Box, name: str) -> bool:
        """Tell whether a box takes all of the group in the other dimensions."""
        return all(n == name or not own[n].difference(box[n]) for n in own)

    def _taken_out(self, group: Group, made: CompiledGroup, own: Mapping[str, IdSet]) -> None:
        for clause in made.clauses:
            if clause.kind not in ("override", "exclude"):
                continue
            after = self._evaluator.taken((clause,))
            for name, mine in own.items():
                left = mine
                for box in after.boxes:
                    left = left.difference(box[name])
                for value in left.ids():
                    self._lost.setdefault((name, clause.origin.span, value), []).append(group.id)

    def _add(
        self,
        code: Code,
        span: Span | None,
        message: str,
        hint: str = "",
        related: tuple[Related, ...] = (),
    ) -> None:
        self._findings.add(code, span, message, hint, related, scope=self._step.name)

    def _report_leaks(self) -> None:
        for (name, (one, two)), ids in list(self._leaks.items())[:_SHOWN]:
            self._add(
                codes.splitting.LEAK,
                self._span_of(one, name),
                f"{name} {in_words(sort_ids(ids))} is in two groups of {self._step.name}: {one} and {two}",
                "leave out the hand-written `where` for an exact predicate, or say in `allow` why it is so",
                self._related(two, name),
            )
        self._counted(codes.splitting.LEAK, len(self._leaks), "more pairs of groups share ids")

    def _related(self, group_id: str, name: str) -> tuple[Related, ...]:
        span = self._span_of(group_id, name)
        return (Related(span, f"group {group_id} is made here"),) if span else ()

    def _span_of(self, group_id: str, name: str) -> Span | None:
        group = self._made[group_id].group
        if group.extra is not None:
            return next((e.span for e in self._step.extra if e.id == group.extra), self._step.span)
        axis = next((a for a in self._step.split if a.dimension == name), None)
        if axis is None:
            return self._step.span
        return axis.span if axis.where is None else axis.where.span

    def _counted(self, code: Code, total: int, what: str) -> None:
        if total > _SHOWN:
            self._add(code, self._step.span, f"{total - _SHOWN} {what} in {self._step.name}")

    def _report_gaps(self, gaps: list[tuple[Group, str, tuple[Id, ...]]]) -> None:
        real = []
        for group, name, ids in gaps:
            missing = tuple(i for i in ids if i not in self._leaked.get(name, ()))
            if missing:
                real.append((group, name, missing))
        for group, name, missing in real[:_SHOWN]:
            self._add(
                codes.splitting.GAP,
                self._span_of(group.id, name),
                f"{name} {in_words(missing)} of group {group.id} is taken by no group of {self._step.name}",
                "correct the `where` that takes it out, or leave it out with `exclude`, which says why",
            )
        self._counted(codes.splitting.GAP, len(real), "more groups miss ids of theirs")

    def _report_uncut(self) -> None:
        for name, ids in self._universe.uncut.items():
            missing = [i for i in ids if i not in self._leaked.get(name, ())]
            if missing:
                axis = next(a for a in self._step.split if a.dimension == name)
                code = codes.splitting.TAKEN_OUT if axis.limit else codes.splitting.GAP
                self._add(
                    code,
                    axis.span,
                    f"{name} {in_words(missing)} of the list is in no group of {self._step.name}",
                    "`limit` leaves them out" if axis.limit else "add a range for them, or an extra group",
                )

    def _report_losses(self) -> None:
        """Say which ids were taken out by hand, and of which of the groups that hold them."""
        everywhere: dict[tuple[str, Id], set[str]] = {}
        for (name, _, value), groups in self._lost.items():
            everywhere.setdefault((name, value), set()).update(groups)
        merged: dict[tuple[str, Span | None, tuple[str, ...], tuple[str, ...]], list[Id]] = {}
        for (name, span, value), groups in self._lost.items():
            holders = self._index.sharing(Group("", "", (Part(name, name, "", None, (value,)),)))
            kept = tuple(h for h in holders if h not in everywhere[name, value])
            merged.setdefault((name, span, tuple(groups), kept), []).append(value)
        for (name, span, lost, kept), ids in list(merged.items())[:_SHOWN]:
            what = f"{name} {in_words(sort_ids(ids))} is taken out of {_groups(lost)}"
            if kept:
                all_of = len(lost) + len(kept)
                what += (
                    f" only, {len(lost)} of the {all_of} groups that hold it: {_groups(kept)} still take it"
                )
            self._add(
                codes.splitting.TAKEN_OUT,
                span or self._step.span,
                what,
                "`exclude` takes ids out of every group that holds them" if kept else "",
            )
        self._counted(codes.splitting.TAKEN_OUT, len(merged), "more such places")

    def _report_foreign(self) -> None:
        for name, found in self._foreign.items():
            ids = sum(n for _, n in found)
            self._add(
                codes.splitting.FOREIGN_ID,
                self._span_of(found[0][0], name),
                f"{_groups([g for g, _ in found])} of {self._step.name} also take {ids} ids of {name} "
                "that are not in the list of the step, but in another list or left out by `only`",
                "leave out the hand-written `where`: the exact predicate takes the listed ids only",
            )

    def _report_unknown(self, unknown: Mapping[str, list[str]]) -> None:
        for text, groups in list(unknown.items())[:_SHOWN]:
            self._add(
                codes.splitting.NOT_CHECKED,
                self._clause_span(groups[0], text),
                f"the coverage of {self._step.name} is proved as if {text!r} were always true",
                "what it takes out is not known without a Butler",
            )

    def _clause_span(self, group_id: str, text: str) -> Span | None:
        found = (c.origin.span for c in self._made[group_id].clauses if text in c.text)
        return next(found, None) or self._step.span


def _is_vague(made: CompiledGroup, unknown: Sequence[str]) -> bool:
    """Tell whether the cut of a group is not known: then all that it may take is no proof of a leak."""
    cuts = [c.text for c in made.clauses if c.kind in ("axis", "extra")]
    return any(text in cut for text in unknown for cut in cuts)


def _groups(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:8]) + (f" and {len(ids) - 8} more" if len(ids) > 8 else "")
    return f"group {shown}" if len(ids) == 1 else f"groups {shown}"
