"""Outputs and releases: one output should be written by one release."""

from __future__ import annotations

from collections.abc import Sequence

from cmcompile.compiler.checks.words import group_words
from cmcompile.model import codes
from cmcompile.model.campaign import Spec
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import CompiledGroup
from cmcompile.model.source import Span

#: The step, what makes the groups, their release, and the release that it differs from.
_Pair = tuple[str, str | None, str, str]


def check_outputs(spec: Spec, groups: Sequence[CompiledGroup], findings: Findings) -> None:
    """Report outputs of two releases, and rescues of another release than what they cover."""
    _two_releases(spec, groups, findings)
    _other_release(spec, groups, findings)


def _two_releases(spec: Spec, groups: Sequence[CompiledGroup], findings: Findings) -> None:
    """Report each pair of steps or rescues that write one output with two releases, once."""
    first: dict[str, CompiledGroup] = {}
    reported: set[tuple[_Pair, _Pair]] = set()
    for made in groups:
        if made.release is None or not made.output:
            continue
        other = first.setdefault(made.output, made)
        if other.release is None or other.release == made.release:
            continue
        pair = (
            (other.group.step, other.group.rescue, other.release, made.release),
            (made.group.step, made.group.rescue, made.release, other.release),
        )
        if pair not in reported:
            reported.add(pair)
            findings.add(
                codes.output.TWO_RELEASES,
                _span(spec, made),
                f"{other.output} is written by release {other.release} ({_name(other)}) "
                f"and by release {made.release} ({_name(made)})",
                "give each release an output of its own, for example with `${{ release }}` in it",
                scope=made.group.step,
            )


def _other_release(spec: Spec, groups: Sequence[CompiledGroup], findings: Findings) -> None:
    """Report each rescue that has another release than groups that it covers, once."""
    by_id = {(g.group.step, g.group.id): g for g in groups if g.group.rescue is None}
    found: dict[_Pair, tuple[CompiledGroup, CompiledGroup, list[str]]] = {}
    for made in groups:
        group = made.group
        for covered in group.covers if made.release is not None else ():
            before = by_id.get((group.step, covered))
            if before is None or before.release in (None, made.release):
                continue
            pair = (group.step, group.rescue, made.release or "", before.release or "")
            found.setdefault(pair, (made, before, []))[2].append(group.id)
    for (step, _, release, other), (made, before, ids) in found.items():
        names = list(dict.fromkeys(ids))
        has, covers = ("has", "it covers") if len(names) == 1 else ("have", "they cover")
        more = " and others" if len(ids) > 1 else ""
        findings.add(
            codes.rescues.RELEASE_DIFFERS,
            _span(spec, made),
            f"{group_words(names, len(names))} of {step} {has} release {release}, and "
            f"{before.group.id}{more}, which {covers}, {other}",
            "use the release of the groups that it covers, or say in `allow` why not",
            scope=step,
        )


def _name(made: CompiledGroup) -> str:
    return f"{made.group.step}/{made.group.id}"


def _span(spec: Spec, made: CompiledGroup) -> Span | None:
    step = spec.step(made.group.step)
    if step is None:
        return None
    return next((r.span for r in step.rescues if r.name == made.group.rescue), step.span)
