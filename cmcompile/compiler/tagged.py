"""Tagged inputs: what each is chosen from, and which groups read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from cmcompile.compiler.inputs import WrittenInput, writes_tagged
from cmcompile.compiler.names import GroupNames, NameFaultError
from cmcompile.compiler.shape import Shape
from cmcompile.compiler.step import StepGroups, StepShapes
from cmcompile.model import codes
from cmcompile.model.campaign import Spec
from cmcompile.model.diagnostic import Code, Findings
from cmcompile.model.group import Group
from cmcompile.model.resolved import Leaf
from cmcompile.model.source import Span
from cmcompile.model.tagged import NO_TAGS, TaggedInput, TaggedInputs

#: What can't stand in the name of a collection where several are listed, or would be taken for a pattern.
_ODD = re.compile(r"[\s,*?\[\]{}$]")


def has_tagged(spec: Spec) -> bool:
    """Tell whether a campaign declares any tagged input."""
    return any(map(writes_tagged, (*spec.layers, *(layer for s in spec.steps for layer in s.layers))))


def tagged_inputs(
    spec: Spec,
    steps: Mapping[str, StepGroups],
    shapes: Mapping[str, StepShapes],
    written: Mapping[str, Sequence[str]],
    findings: Findings,
) -> TaggedInputs:
    """Return the tagged inputs of a campaign that groups read.

    Parameters
    ----------
    written
        By collection: the steps that write or collect it; an empty name stands for the campaign.
    """
    if not has_tagged(spec):
        return NO_TAGS
    found = _Found(spec, written, findings)
    for step in steps.values():
        for group in step.all():
            found.take(group, shapes[group.step])
    return found.result()


class _Found:
    """Tagged inputs, as they are met group by group."""

    def __init__(self, spec: Spec, written: Mapping[str, Sequence[str]], findings: Findings) -> None:
        self._spec = spec
        self._written = written
        self._findings = findings
        self._declared: dict[str, TaggedInput] = {}
        self._reads: dict[tuple[str, str], tuple[str, ...]] = {}
        self._same: dict[int, tuple[Shape, tuple[TaggedInput | str, ...]]] = {}
        self._queried: set[Span | None] = set()
        self._reported: set[tuple[str, object]] = set()

    def take(self, group: Group, shapes: StepShapes) -> None:
        """Take in the inputs of a group."""
        shape = shapes.of(group)
        if not shape.frame.is_bps or not shape.inputs:
            return
        names = []
        for one in self._of(shape, group):
            if isinstance(one, TaggedInput):
                self._declare(one, group)
            names.append(one if isinstance(one, str) else one.name)
        self._reads[group.step, group.id] = tuple(dict.fromkeys(names))

    def _of(self, shape: Shape, group: Group) -> tuple[TaggedInput | str, ...]:
        known = self._same.get(id(shape))
        if known is not None:
            return known[1]
        names = shape.names_of(group)
        found = tuple(one for w in shape.inputs if (one := self._one(shape, names, w)) is not None)
        if not any(_differs(shape, leaf) for written in shape.inputs for leaf in _leaves(written)):
            self._same[id(shape)] = (shape, found)
        return found

    def _one(self, shape: Shape, names: GroupNames, written: WrittenInput) -> TaggedInput | str | None:
        name = _text(shape, names, written.leaf)
        if written.tagged is None or name is None:
            return name
        every = {key: [_text(shape, names, leaf) for leaf in written.texts(key)] for key in _KEYS}
        if any(text is None for texts in every.values() for text in texts):
            return None  # it was reported
        sources, datasets, where = (tuple(str(text) for text in every[key]) for key in _KEYS)
        of_campaign = any(written.layer is layer for layer in self._spec.layers)
        return TaggedInput(
            name,
            tuple(dict.fromkeys(sources)),
            tuple(dict.fromkeys(datasets)),
            "".join(where),
            None if of_campaign else shape.frame.step,
            tuple(dict.fromkeys(step for source in sources for step in self._written.get(source, ()))),
            written.tagged.span,
        )

    def _declare(self, one: TaggedInput, group: Group) -> None:
        known = self._declared.setdefault(one.name, one)
        if known is one:
            self._check_where(one)
        if known.digest != one.digest:
            same = known.span == one.span
            self._report(
                codes.tagged.TAGGED_TWICE,
                one,
                f"{one.name} is chosen otherwise for {group.step}/{group.id} than for the groups before it"
                if same
                else f"{one.name} is declared otherwise at {known.span}",
                "put what differs in the name, such as `${{ group.id }}`"
                if same
                else "give one of them another name, or say the same in both",
            )
        elif known.step != one.step and known.step is not None:
            self._declared[one.name] = replace(known, step=None)

    def result(self) -> TaggedInputs:
        """Check what was found, and return it."""
        declared = self._declared
        readers = {key: found for key, all_ in self._reads.items() if (found := _known(all_, declared))}
        for one in declared.values():
            self._check_name(one)
        reads: dict[str, set[str]] = {}
        for (step, _), some in readers.items():
            reads.setdefault(step, set()).update(some)
        for step, names in reads.items():
            for name in sorted(names):
                self._check_circle(declared[name], step, reads)
        return TaggedInputs(declared, readers)

    def _check_where(self, one: TaggedInput) -> None:
        """Report what the Butler would reject; where groups differ, of the first of them."""
        if not one.where or one.span in self._queried:
            return
        # Imported here: of no use to campaigns without any.
        from cmcompile.bps.query.check import CODES, check
        from cmcompile.bps.query.kinds import ProblemKind

        self._queried.add(one.span)
        for problem in check(one.where):
            if problem.kind is not ProblemKind.QUOTE:
                code = CODES[problem.kind]
                self._findings.add(code, one.span, problem.message, problem.hint, scope=one.step or "")

    def _check_name(self, one: TaggedInput) -> None:
        if one.name in self._written:
            by = ", ".join(step or "the campaign" for step in self._written[one.name])
            self._report(
                codes.tagged.TAGGED_WRITTEN,
                one,
                f"{one.name} is a tagged input, and {by} writes or collects it",
                "give the tagged input another name",
            )
        for name in (one.name, *one.sources):
            if odd := _ODD.search(name):
                self._report(
                    codes.tagged.TAGGED_BADLY,
                    one,
                    f"{name!r} is no name of one collection: it has {odd.group()!r} in it",
                    "name each collection by itself",
                )
        for source in one.sources:
            if source in self._declared:
                which = "itself" if source == one.name else f"{source}, another tagged input"
                self._report(
                    codes.tagged.TAGGED_BADLY,
                    one,
                    f"{one.name} is chosen from {which}",
                    "choose from the collections that hold the datasets",
                )

    def _check_circle(self, one: TaggedInput, reader: str, reads: Mapping[str, set[str]]) -> None:
        """Report a tagged input that waits for groups that wait for it."""
        for step in one.after:
            if not step or reader in self._before(step, reads):
                self._report(
                    codes.tagged.TAGGED_BADLY,
                    one,
                    f"{one.name} is read by {reader}, and chosen from what "
                    f"{step or 'the campaign'} makes, which comes after that",
                    "choose from what is there before, or let another step read it",
                )

    def _before(self, step: str, reads: Mapping[str, set[str]]) -> set[str]:
        """Return a step with all steps that it waits for."""
        found: set[str] = set()
        waiting = [step]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            declared = self._spec.step(name)
            waiting += [need.step for need in declared.needs] if declared else []
            waiting += [after for tag in reads.get(name, ()) for after in self._declared[tag].after]
        return found

    def _report(self, code: Code, one: TaggedInput, message: str, hint: str) -> None:
        if (code.name, one.span) not in self._reported:
            self._reported.add((code.name, one.span))
            self._findings.add(code, one.span, message, hint, scope=one.step or "")


_KEYS = ("from", "datasets", "where")


def _leaves(written: WrittenInput) -> Iterator[Leaf]:
    yield written.leaf
    for key in _KEYS:
        yield from written.texts(key)


def _differs(shape: Shape, leaf: Leaf) -> bool:
    """Tell whether a text may differ from group to group; what BPS fills in is not looked through."""
    return "{" in str(leaf.value) and (
        shape.names.text_is_dynamic(leaf.value) or "{" in str(leaf.value).replace("${{", "")
    )


def _text(shape: Shape, names: GroupNames, leaf: Leaf) -> str | None:
    """Return a text with all names filled in, those of BPS too; None where that can't be done."""
    text = shape.text_value(leaf, names)
    if text is None or "{" not in text:
        return text
    try:
        return shape.filled(text, names)
    except NameFaultError:
        return text


def _known(names: Sequence[str], declared: Mapping[str, TaggedInput]) -> tuple[str, ...]:
    return tuple(name for name in names if name in declared)
