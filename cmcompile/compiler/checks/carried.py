"""Overrides of the first pass that hold for some of the groups that a rescue group covers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cmcompile.compiler.step import RescuePass, StepGroups
from cmcompile.model import codes
from cmcompile.model.campaign import Layer, Override
from cmcompile.model.diagnostic import Findings, Related
from cmcompile.model.source import Mapping, Node, plain
from cmcompile.model.source import Sequence as ListNode

#: Keys of an override that say nothing about the file of a group.
_ABOUT = ("groups", "because", "priority")


def check_carried(groups: StepGroups, findings: Findings) -> None:
    """Report overrides that a rescue group can neither take over nor leave out for all that it covers."""
    for made in groups.rescues:
        for at, override in enumerate(groups.step.overrides):
            split = [] if not made.rescue.carry else list(_split(groups, made, at, override))
            if split:
                _report(groups, made, at, split, findings)


def _split(
    groups: StepGroups, made: RescuePass, at: int, override: Override
) -> Iterable[tuple[str, Sequence[str], Sequence[str]]]:
    """Yield the rescue groups in question, with the groups that the override hits and those it does not."""
    for group in made.groups:
        hit = [g for g in group.covers if at in groups.hits.get(g, ())]
        rest = [g for g in group.covers if g not in hit]
        if hit and rest:
            own = [made.rescue.overrides[n].layer for n in made.own.get(group.id, ())]
            layers = (*groups.step.rescue_defaults, made.rescue.layer, *own)
            if not _settings(override.layer) <= {s for layer in layers for s in _settings(layer)}:
                yield group.id, hit, rest


def _settings(layer: Layer) -> set[tuple[str, ...]]:
    """Return what a layer settles: its keys, those below `bps` and `vars`, and each clause of `where`.

    A rescue that sets a key otherwise has settled it; a clause only narrows, so just the same one counts.
    """
    found: set[tuple[str, ...]] = set()
    for entry in layer.body:
        if entry.key in ("bps", "vars") and isinstance(entry.value, Mapping):
            found |= {(entry.key, inner.key.removesuffix("+")) for inner in entry.value}
        elif entry.key == "where":
            found |= {("where", repr(plain(node))) for node in _clauses(entry.value)}
        elif entry.key not in _ABOUT:
            found.add((entry.key,))
    return found


def _clauses(node: Node) -> Iterable[Node]:
    if isinstance(node, Mapping):
        return (entry.value for entry in node)
    return node.items if isinstance(node, ListNode) else (node,)


def _report(
    groups: StepGroups,
    made: RescuePass,
    at: int,
    split: Sequence[tuple[str, Sequence[str], Sequence[str]]],
    findings: Findings,
) -> None:
    group, hit, rest = split[0]
    more = f"; so for {len(split) - 1} more groups of it" if len(split) > 1 else ""
    name = groups.step.name
    findings.add(
        codes.rescues.CARRY_UNCLEAR,
        made.rescue.span,
        f"{name}/{group} covers {hit[0]}, for which override {at + 1} of {name} holds, "
        f"and {rest[0]}, for which it does not{more}",
        "repeat in the rescue what shall hold, or write `carry: false` there: it drops the step's overrides",
        (Related(groups.step.overrides[at].groups.span, f"override {at + 1} of {name}"),),
        scope=name,
    )
