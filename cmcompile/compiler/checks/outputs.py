"""Outputs and releases: one output should be written by one release."""

from __future__ import annotations

from collections.abc import Sequence

from cmcompile.model import codes
from cmcompile.model.campaign import Spec
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import CompiledGroup
from cmcompile.model.source import Span


def check_outputs(spec: Spec, groups: Sequence[CompiledGroup], findings: Findings) -> None:
    """Report outputs of two releases, and rescues of another release than what they cover."""
    first: dict[str, CompiledGroup] = {}
    reported: set[tuple[str, str]] = set()
    by_id = {(g.group.step, g.group.id): g for g in groups}
    for made in groups:
        if made.release is None:
            continue
        if made.output:
            other = first.setdefault(made.output, made)
            pair = (other.group.step, made.group.step)
            if other.release != made.release and pair not in reported:
                reported.add(pair)
                _two_releases(spec, other, made, findings)
        for covered in made.group.covers:
            before = by_id.get((made.group.step, covered))
            if before is not None and before.release not in (None, made.release):
                _other_release(spec, before, made, findings)
                break


def _two_releases(spec: Spec, one: CompiledGroup, two: CompiledGroup, findings: Findings) -> None:
    findings.add(
        codes.output.TWO_RELEASES,
        _span(spec, two),
        f"{one.output} is written by release {one.release} ({_name(one)}) "
        f"and by release {two.release} ({_name(two)})",
        "give each release an output of its own, for example with `${{ release }}` in it",
        scope=two.group.step,
    )


def _other_release(spec: Spec, before: CompiledGroup, made: CompiledGroup, findings: Findings) -> None:
    findings.add(
        codes.rescues.RELEASE_DIFFERS,
        _span(spec, made),
        f"{_name(made)} has release {made.release}, and {_name(before)}, which it covers, {before.release}",
        "use the release of the groups that it covers, or say in `allow` why not",
        scope=made.group.step,
    )


def _name(made: CompiledGroup) -> str:
    return f"{made.group.step}/{made.group.id}"


def _span(spec: Spec, made: CompiledGroup) -> Span | None:
    step = spec.step(made.group.step)
    if step is None:
        return None
    return next((r.span for r in step.rescues if r.name == made.group.rescue), step.span)
