"""Sent groups must stay as they were sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cmcompile.compiler.checks.words import group_words
from cmcompile.compiler.step import StepGroups
from cmcompile.model import codes
from cmcompile.model.campaign import Override, Spec, Step
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import CompiledGroup, SentGroup, SentGroups
from cmcompile.model.ids import natural
from cmcompile.model.source import Span

_WAYS_ON = "make a rescue for what shall differ, or record a `supersede` decision with a reason"


def check_sent(
    spec: Spec,
    sent: SentGroups,
    steps: Mapping[str, StepGroups],
    made: Mapping[str, Mapping[str, CompiledGroup]],
    findings: Findings,
) -> None:
    """Report edits that would alter or remove sent groups: once for each place, as far as it can be told."""
    by_pass: dict[tuple[str, str | None], list[SentGroup]] = {}
    for group in sent.groups.values():
        name, dot, _ = group.id.partition(".")
        by_pass.setdefault((group.step, name if dot else None), []).append(group)
    for (name, rescue), groups in by_pass.items():
        now = made.get(name, {})
        gone = [g for g in groups if g.id not in now]
        other = [g for g in groups if g.id in now and g.digest and now[g.id].digest != g.digest]
        pass_ = _Pass(spec, steps.get(name), name, rescue, groups)
        pass_.report_gone(gone, findings)
        pass_.report_changed(other, findings)


class _Pass:
    """The sent groups of a first pass or of a rescue."""

    def __init__(
        self, spec: Spec, made: StepGroups | None, step: str, rescue: str | None, sent: Sequence[SentGroup]
    ) -> None:
        self._spec = spec
        self._made = made
        self._name = step
        self._rescue = rescue
        self._sent = sent
        self._keys: dict[str, set[str]] = {}

    def report_gone(self, groups: Sequence[SentGroup], findings: Findings) -> None:
        by_place: dict[Span, list[str]] = {}
        for group in groups:
            by_place.setdefault(self._place_of_gone(group), []).append(group.id)
        for span, ids in by_place.items():
            was, them = ("was", "it") if len(ids) == 1 else ("were", "them")
            findings.add(
                codes.sent.SENT_GONE,
                span,
                f"{self._words(ids)} {was} sent, and the spec does not make {them} any more",
                f"take the edit back; {_WAYS_ON}",
                scope=self._name,
            )

    def report_changed(self, groups: Sequence[SentGroup], findings: Findings) -> None:
        if not groups:
            return
        ids = [group.id for group in groups]
        was, its = ("was", "its file or an include") if len(ids) == 1 else ("were", "their files or includes")
        findings.add(
            codes.sent.SENT_CHANGED,
            self._place_of_change(set(ids)),
            f"{self._words(ids)} {was} sent, and an edit would alter {its}",
            f"take the edit back (`cmcompile diff` shows it); {_WAYS_ON}",
            scope=self._name,
        )

    def _words(self, ids: Iterable[str]) -> str:
        names = sorted(ids, key=natural)
        return f"{group_words(names, len(names))} of {self._name}"

    def _span(self, step: Step) -> Span:
        return next((r.span for r in step.rescues if r.name == self._rescue), step.span)

    def _place_of_gone(self, group: SentGroup) -> Span:
        """Return the axis that no longer has a part of the group; else its rescue, its step, the campaign."""
        if self._made is None:
            return self._spec.span
        keys = [key for key, _ in group.parts.values()]
        if self._rescue is None and group.id == ("-".join(keys) or "all"):
            for axis in self._made.step.split:
                key, _ = group.parts.get(axis.name, ("", ()))
                if key not in self._keys_of(axis.name):
                    return axis.span
        return self._span(self._made.step)

    def _keys_of(self, axis: str) -> set[str]:
        if axis not in self._keys and self._made is not None:
            parts = (part for group in self._made.first for part in group.parts)
            self._keys[axis] = {part.key for part in parts if part.axis == axis}
        return self._keys[axis]

    def _place_of_change(self, altered: set[str]) -> Span:
        """Return what the altered groups have in common and no other sent group has."""
        if self._made is None:
            return self._spec.span
        step, sent = self._made.step, {group.id for group in self._sent}
        for override, hit in self._overrides(step):
            if sent.intersection(hit) == altered != sent:
                return override.span
        extra = next((e.span for e in step.extra if altered == {e.id} != sent), None)
        return extra or self._span(step)

    def _overrides(self, step: Step) -> Iterable[tuple[Override, set[str]]]:
        if self._made is None:
            return
        hits: Mapping[str, Sequence[int]] = self._made.hits
        overrides: Sequence[Override] = step.overrides
        if self._rescue is not None:
            made = next((r for r in self._made.rescues if r.rescue.name == self._rescue), None)
            hits, overrides = (made.own, made.rescue.overrides) if made else ({}, ())
        for at, override in enumerate(overrides):
            yield override, {group for group, which in hits.items() if at in which}
