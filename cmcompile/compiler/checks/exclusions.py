"""What ``exclude`` takes out, said once for each exclusion."""

from __future__ import annotations

from collections.abc import Mapping

from cmcompile.compiler.checks.words import group_words
from cmcompile.compiler.ids import both_types, sort_ids
from cmcompile.compiler.step import StepGroups
from cmcompile.model import codes
from cmcompile.model.campaign import Exclude, Spec
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import Group
from cmcompile.model.ids import Id, in_words


def check_exclusions(spec: Spec, steps: Mapping[str, StepGroups], findings: Findings) -> None:
    """Note which ids of which groups each exclusion takes out."""
    touched = {name: [group for group in made.first if group.excluded] for name, made in steps.items()}
    for exclude in spec.exclude:
        ids: set[Id] = set()
        hit: dict[str, list[str]] = {}
        for name, groups in touched.items():
            if not exclude.steps or name in exclude.steps:
                wanted = both_types(exclude.ids) if groups else frozenset()
                for group in groups:
                    found = wanted.intersection(_taken_out(group, exclude))
                    if found:
                        ids |= found
                        hit.setdefault(name, []).append(group.id)
        if hit:
            where = " and ".join(f"{group_words(gs, len(gs))} of {step}" for step, gs in hit.items())
            findings.add(
                codes.splitting.TAKEN_OUT,
                exclude.span,
                f"{exclude.name} {in_words(sort_ids(ids))} is excluded: taken out of {where}",
                scope=next(iter(hit)) if len(hit) == 1 else "",
            )


def _taken_out(group: Group, exclude: Exclude) -> tuple[Id, ...]:
    part = group.part(exclude.name)
    return group.excluded.get(part.axis, ()) if part else ()
