"""Tells what the coverage proof of a step found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cmcompile.bps.query.idset import IdSet
from cmcompile.compiler.added import lifted
from cmcompile.compiler.checks.leaks import leaks_of
from cmcompile.compiler.checks.losses import losses_of
from cmcompile.compiler.checks.proof import Others, Proof, prove
from cmcompile.compiler.checks.runs import id_set
from cmcompile.compiler.checks.sweep import Cell, without
from cmcompile.compiler.checks.taken import Evaluator
from cmcompile.compiler.checks.universe import Universe
from cmcompile.compiler.checks.words import group_words, ids_words
from cmcompile.compiler.ids import Lists, sort_ids
from cmcompile.model import codes
from cmcompile.model.campaign import Spec, Step
from cmcompile.model.diagnostic import Code, Findings, Related
from cmcompile.model.group import CompiledGroup, Group
from cmcompile.model.source import Span

#: Findings of one kind and step beyond which the rest is counted.
_SHOWN = 20


class Coverage:
    """The proof for one step, and its findings."""

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
        self._excludes = spec.exclude
        self._made = [made[group.id] for group in first]
        self._groups = first
        self._findings = findings
        self._universe = Universe(spec, step, lists, first)
        self._evaluator = Evaluator({name: dim.every for name, dim in self._universe.dims.items()})

    def check(self) -> None:
        """Report leaks, gaps, ids taken out by hand, and what can't be checked."""
        if any(axis.name in self._axes_without_parts() for axis in self._step.split):
            return  # an axis that can't be cut is reported where it is cut
        for name in self._universe.mixed:
            self._not_checked(
                self._step.span,
                f"the coverage of {self._step.name} is not checked for {name}: "
                "some of its ids are numbers and some are text",
            )
        if not self._universe.dims:
            return
        proof = self.proof()
        self._report_unknown(proof.unknown)
        self._report_leaks(proof.leaks)
        self._report_gaps([cell for cell in proof.gaps if cell.owners])
        self._report_uncut([cell for cell in proof.gaps if not cell.owners])
        self._report_losses([cell for lost in proof.lost if (cell := self._by_hand(lost)) is not None])
        for name, others in proof.foreign.items():
            self._report_foreign(name, others)
        for name, others in proof.still.items():
            self._report_still(name, others)
        if not proof.complete:
            self._not_checked(
                self._step.span,
                f"the groups of {self._step.name} overlap in so many ways that not all of them are followed",
                "correct what is reported first",
            )

    def proof(self) -> Proof:
        """Return what the groups take, where that is not each id once."""
        return prove(self._universe, self._evaluator, self._made)

    def _axes_without_parts(self) -> set[str]:
        cut = {part.axis for group in self._groups if group.extra is None for part in group.parts}
        return {axis.name for axis in self._step.split} - cut

    def _add(
        self, code: Code, span: Span | None, message: str, hint: str = "", related: tuple[Related, ...] = ()
    ) -> None:
        self._findings.add(code, span or self._step.span, message, hint, related, scope=self._step.name)

    def _not_checked(self, span: Span | None, message: str, hint: str = "") -> None:
        self._add(codes.splitting.NOT_CHECKED, span, message, hint)

    def _counted(self, code: Code, total: int, what: str) -> None:
        if total > _SHOWN:
            self._add(code, self._step.span, f"{total - _SHOWN} {what} in {self._step.name}")

    def _span_of(self, at: int, name: str) -> Span:
        """Return where it is written what a group takes of a dimension."""
        group, step = self._groups[at], self._step
        if group.extra is not None:
            return next((e.span for e in step.extra if e.id == group.extra), step.span)
        axis = next((a for a in step.split if name in (a.name, a.dimension)), None)
        if axis is None:
            return step.span
        return axis.span if axis.where is None else axis.where.span

    def _report_leaks(self, cells: Sequence[Cell]) -> None:
        leaks = leaks_of(self._universe, self._groups, cells)
        for leak in leaks[:_SHOWN]:
            name, what = list(leak.ids)[-1], ids_words(leak.ids)
            more = ""
            if leak.more:
                more = f", and so in {leak.more} more such {'pairs' if leak.count == 2 else 'sets'} of groups"
            names = group_words([self._groups[at].id for at in leak.groups], leak.count, bare=True)
            other = next((at for at in leak.groups if at != leak.culprit), leak.culprit)
            span, second = self._span_of(leak.culprit, name), self._span_of(other, name)
            made_here = Related(second, f"group {self._groups[other].id} is made here")
            self._add(
                codes.splitting.LEAK,
                span,
                f"{what} is in {'two' if leak.count == 2 else leak.count} groups of {self._step.name}: "
                f"{names}{more}",
                "leave out the hand-written `where` for an exact predicate, or say in `allow` why it is so",
                (made_here,) if second != span else (),
            )
        self._counted(codes.splitting.LEAK, len(leaks), "more sets of groups share ids")

    def _report_gaps(self, cells: Sequence[Cell]) -> None:
        gaps: dict[tuple[tuple[str, tuple[int, ...]], ...], tuple[dict[str, IdSet], list[int], int]] = {}
        for cell in cells:
            for at in cell.owners.first:
                ids = self._named(cell, at)
                key = tuple((name, some.bounds) for name, some in ids.items())
                _, owners, more = gaps.setdefault(key, (ids, [], 0))
                owners.append(at)
                if at == cell.owners.first[-1]:
                    gaps[key] = (ids, owners, more + cell.owners.count - len(cell.owners.first))
        for ids, owners, more in list(gaps.values())[:_SHOWN]:
            names = group_words([self._groups[at].id for at in owners], len(owners) + more)
            span = self._span_of(owners[0], next(iter(ids)))
            self._add(
                codes.splitting.GAP,
                span,
                f"{ids_words(ids)} of {names} is taken by no group of {self._step.name}",
                "correct the `where` that takes it out, or leave it out with `exclude`, which says why",
                self._clause_to_blame(owners[0], ids, span),
            )
        self._counted(codes.splitting.GAP, len(gaps), "more sets of ids are taken by no group")

    def _named(self, cell: Cell, at: int) -> dict[str, IdSet]:
        """Return the ids by which a cell is told apart from the rest of a group that it is a part of."""
        all_own: dict[str, IdSet] = {}
        named: dict[str, IdSet] = {}
        for part in self._groups[at].parts:
            name = part.dimension
            if name is not None and name in cell.ids:
                all_own[name] = cell.ids[name]
                if cell.ids[name] != id_set(self._universe.dims[name].ids, part.ids):
                    named[name] = cell.ids[name]
        return named or all_own or dict(cell.ids)

    def _clause_to_blame(self, at: int, ids: Mapping[str, IdSet], span: Span) -> tuple[Related, ...]:
        for clause in self._made[at].clauses:
            where = clause.origin.span
            if where is None or where == span or clause.kind in ("override", "exclude"):
                continue
            if not any(self._holds(box, ids) for box in self._evaluator.clause(clause.text).boxes):
                return (Related(where, "this takes it out"),)
        return ()

    def _holds(self, box: Mapping[str, object], ids: Mapping[str, IdSet]) -> bool:
        """Tell whether a box over every id holds some of the ids of a cell in each dimension."""
        for name, some in ids.items():
            found = box.get(name)
            if isinstance(found, IdSet) and not self._universe.dims[name].own(found).intersect(some):
                return False
        return True

    def _report_uncut(self, cells: Iterable[Cell]) -> None:
        uncut: dict[str, list[IdSet]] = {}
        for cell in cells:
            uncut.setdefault(cell.bare, []).append(cell.ids[cell.bare])
        for name, sets in uncut.items():
            axis = self._universe.dims[name].axis
            limit = axis is not None and axis.limit is not None
            self._add(
                codes.splitting.TAKEN_OUT if limit else codes.splitting.GAP,
                axis.span if axis else None,
                f"{ids_words({name: sets[0].union(*sets[1:])})} is in no group of {self._step.name}",
                "`limit` leaves them out" if limit else "add a range for them, or an extra group",
            )

    def _report_losses(self, cells: Sequence[Cell]) -> None:
        losses = losses_of(self._universe, self._evaluator, self._made, [self._lost(c) for c in cells])
        for loss in losses[:_SHOWN]:
            what = f"{ids_words(loss.ids)} is taken out of {group_words(loss.groups, len(loss.groups))}"
            if loss.kept:
                all_of = len(loss.groups) + len(loss.kept)
                still = "still takes it" if len(loss.kept) == 1 else "still take it"
                what += (
                    f" only, {len(loss.groups)} of the {all_of} groups that hold it: "
                    f"{group_words(loss.kept, len(loss.kept))} {still}"
                )
            self._add(
                codes.splitting.TAKEN_OUT,
                loss.span,
                what,
                "`exclude` takes ids out of every group that holds them" if loss.kept else "",
            )
        self._counted(codes.splitting.TAKEN_OUT, len(losses), "more such places")

    def _by_hand(self, cell: Cell) -> Cell | None:
        """Leave out what the groups were sent without, and is excluded no more: that is told elsewhere."""
        found = [lifted(self._groups[at], self._excludes) for at in cell.would.first]
        if not all(found):
            return cell
        parts = {p.axis: p.dimension or p.axis for at in cell.would.first for p in self._groups[at].parts}
        gone = {
            name: frozenset.intersection(*(f.get(a, frozenset()) for f in found)) for a, name in parts.items()
        }
        dims = self._universe.dims
        ids = {name: id_set(dim.ids, tuple(sort_ids(gone.get(name, ())))) for name, dim in dims.items()}
        return without(cell, ids)

    def _lost(self, cell: Cell) -> tuple[Cell, list[tuple[int, dict[str, IdSet]]]]:
        return cell, [(at, self._named(cell, at)) for at in cell.would.first]

    def _report_foreign(self, name: str, others: Others) -> None:
        takes = "takes" if len(others.groups) == 1 else "take"
        self._add(
            codes.splitting.FOREIGN_ID,
            self._span_of(others.groups[0], name),
            f"{ids_words({name: others.ids})} is in another list or left out by `only`, and "
            f"{group_words([self._groups[at].id for at in others.groups], len(others.groups))} of "
            f"{self._step.name} {takes} it too",
            "leave out the hand-written `where`: the exact predicate takes the listed ids only",
        )

    def _report_still(self, name: str, others: Others) -> None:
        takes = "takes" if len(others.groups) == 1 else "take"
        self._add(
            codes.splitting.LEAK,
            self._span_of(others.groups[0], name),
            f"{ids_words({name: others.ids})} is excluded, and "
            f"{group_words([self._groups[at].id for at in others.groups], len(others.groups))} of "
            f"{self._step.name}, which does not hold it, {takes} it all the same".replace(
                "does not", "does not" if len(others.groups) == 1 else "do not"
            ),
            "leave out the hand-written `where`: `exclude` adds a clause to the groups that hold the id only",
        )

    def _report_unknown(self, unknown: Mapping[str, Sequence[int]]) -> None:
        by_place: dict[Span, list[str]] = {}
        for text, groups in unknown.items():
            by_place.setdefault(self._place_of(groups[0], text), []).append(text)
        for span, texts in by_place.items():
            more = f" (so {len(texts) - 1} more like it)" if len(texts) > 1 else ""
            self._not_checked(
                span,
                f"the coverage of {self._step.name} is proved as if {texts[0]!r} were always true{more}",
                "what it takes out is not known without a Butler",
            )

    def _place_of(self, at: int, text: str) -> Span:
        found = (c.origin.span for c in self._made[at].clauses if text in c.text)
        axes = (a.where.span for a in self._step.split if a.where and str(a.where.value) == text)
        return next(found, None) or next(axes, self._step.span)
