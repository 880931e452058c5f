"""The BPS rules, run once per shape, and cheaply for further groups of a shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cmcompile.bps.document import Document, document
from cmcompile.bps.query.check import CODES
from cmcompile.bps.query.check import check as check_query
from cmcompile.bps.query.kinds import Problem, ProblemKind
from cmcompile.bps.rules import check, check_values
from cmcompile.compiler.checks.watched import odd_texts, watched, words_of_query
from cmcompile.compiler.emit import Slot
from cmcompile.compiler.names import GroupNames
from cmcompile.compiler.shape import Shape
from cmcompile.compiler.step import StepShapes
from cmcompile.compiler.writer import GroupWriter
from cmcompile.model import codes
from cmcompile.model.campaign import Spec, Step
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import CompiledGroup
from cmcompile.model.resolved import Leaf, Origin
from cmcompile.model.source import Span

#: Problems that only the whole predicate shows; the others belong to one clause.
_WHOLE = (ProblemKind.GOVERNOR, ProblemKind.SIZE)


#: Outputs shorter than this never make a run name too long.
_LONG = 100


class RuleRunner:
    """Runs the rules over the groups of a campaign."""

    def __init__(self, spec: Spec, writer: GroupWriter, findings: Findings) -> None:
        self._spec = spec
        self._writer = writer
        self._findings = findings
        self._clauses: set[str] = set()
        self._faulty: set[Span] = set()
        self._watched: dict[int, tuple[Shape, tuple[Slot, ...]]] = {}

    def check(self, step: Step, shapes: StepShapes, groups: Sequence[CompiledGroup]) -> None:
        """Check the groups of a step."""
        seen: dict[tuple[object, ...], Document] = {}
        for made in groups:
            shape = shapes.of(made.group)
            # A value that is a number in one group and text in another may break other rules.
            kinds = tuple(type(i) for part in made.group.parts for i in part.ids[:1])
            key = (id(shape), made.includes, kinds, *self._watched_values(shape, made, kinds))
            first = seen.get(key)
            if first is None:
                seen[key] = self._first(step, shape, shape.names_of(made.group), made)
                continue
            if str in kinds and shape.tree.get("qgraphFile") is None:
                self._clauses_of(step, made)
            if self._may_break_a_rule(shape, made, first):
                changed = [p.path for p in shape.program if isinstance(p, Slot)]
                tree = shape.rendered(shape.names_of(made.group))
                check_values(replace(first, tree=tree, group=made.group.id), changed, self._findings)

    def _watched_values(self, shape: Shape, made: CompiledGroup, kinds: Iterable[type]) -> Iterator[str]:
        """Yield the values of a group by which all rules may judge otherwise than for another group."""
        if id(shape) not in self._watched:
            self._watched[id(shape)] = (shape, watched(shape))
        slots = self._watched[id(shape)][1]
        if slots:
            names = shape.names_of(made.group)
            yield from (repr(shape.value(slot.leaf, names)) for slot in slots)
        if str in kinds:
            yield from odd_texts(made.group)
            yield from sorted(words_of_query(made))

    def _may_break_a_rule(self, shape: Shape, made: CompiledGroup, first: Document) -> bool:
        if (made.group.step, made.group.id) in self._writer.suspects or len(made.output) > _LONG:
            return True
        inputs, rendered = (t.get("payload", "inCollection") for t in (shape.tree, first.tree))
        if not isinstance(inputs, Leaf) or shape.names.text_is_dynamic(inputs.value):
            return True
        return made.output in str(getattr(rendered, "value", ""))

    def _first(self, step: Step, shape: Shape, names: GroupNames, made: CompiledGroup) -> Document:
        declared = self._spec.environments.get(shape.frame.stack.environment or "")
        variables = None if declared is None else frozenset((*declared.env, *declared.secrets))
        for text in () if declared is None else (*declared.setup, *declared.env.values()):
            shape.value(Leaf(text.value, Origin("environment", text.span)), names)  # what fails is reported
        found = document(
            shape.rendered(names),
            self._writer.include_tree(shape, names, made.path),
            variables=variables,
            step=step.name,
            group=made.group.id,
            dimensions=frozenset(a.dimension for a in shape.frame.axes if a.dimension),
            span=self._span(step, made),
        )
        check(found, self._findings)
        if shape.tree.get("qgraphFile") is None:
            self._query(step, shape, made)
        return found

    def _query(self, step: Step, shape: Shape, made: CompiledGroup) -> None:
        for clause in made.clauses:
            if clause.kind == "query":
                self._hidden(step, shape, made)
        self._clauses_of(step, made)
        for problem in check_query(made.where):
            if problem.kind in _WHOLE:
                self._add(self._span(step, made), step, problem)

    def _clauses_of(self, step: Step, made: CompiledGroup) -> None:
        """Check the clauses that no group before had; numbers in them break nothing, texts may."""
        for clause in made.clauses:
            span = clause.origin.span or self._span(step, made)
            if clause.text in self._clauses or span in self._faulty:
                continue
            self._clauses.add(clause.text)
            problems = [p for p in check_query(clause.text) if p.kind not in _WHOLE]
            for problem in problems:
                self._add(span, step, problem)
            if problems:
                self._faulty.add(span)

    def _add(self, span: Span, step: Step, problem: Problem) -> None:
        code = CODES[problem.kind]
        self._findings.add(code, span, problem.message, problem.hint, scope=step.name)

    def _hidden(self, step: Step, shape: Shape, made: CompiledGroup) -> None:
        """Warn of a query written by hand where there are clauses that it hides."""
        hidden = [layer.name for layer in shape.frame.stack.layers() if layer.get("where") is not None]
        axes = [a.name for a in shape.frame.axes if a.dimension]
        if "${{" in str(getattr(shape.tree.get("payload", "dataQuery"), "value", "")) or not (hidden or axes):
            return
        what = [*(f"the where of {name}" for name in hidden), *(f"the cut of axis {name}" for name in axes)]
        self._findings.add(
            codes.splitting.HIDDEN_WHERE,
            made.clauses[0].origin.span,
            f"`payload.dataQuery` of {step.name} hides {', '.join(what)}",
            "say it with `where`, or take in the rest with `${{ where }}`",
            scope=step.name,
        )

    @staticmethod
    def _span(step: Step, made: CompiledGroup) -> Span:
        return next((r.span for r in step.rescues if r.name == made.group.rescue), step.span)
