"""The links of a campaign, its steps, groups and workflows, filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cmcompile.cli.situation import Situation
    from cmcompile.compiler.links import Template
    from cmcompile.compiler.names import GroupNames
    from cmcompile.model.event import Subject
    from cmcompile.model.states import LedgerState, Workflow
    from cmcompile.site.model import Key, Link


@dataclass(slots=True)
class Links:
    """Links by what they are about.

    Attributes
    ----------
    pages
        Of the campaign under None, of a step under its name and an empty group, then of groups.
    runs
        Of workflows.
    """

    pages: dict[Key | None, tuple[Link, ...]] = field(default_factory=dict)
    runs: dict[Subject, tuple[Link, ...]] = field(default_factory=dict)


def links_of(now: Situation) -> Links:
    """Return the links that the spec declares, for the groups that it makes."""
    from cmcompile.compiler.links import LinkLevel, templates

    found, made = Links(), now.made
    for step in now.spec.steps if made is not None else ():
        some = templates(now.spec, step)
        groups = made.steps[step.name].all() if made is not None and some else ()
        if made is None or not groups:
            continue
        shapes = made.shapes[step.name]
        names = shapes.names(groups[0])
        levels: dict[LinkLevel, list[Template]] = {level: [] for level in LinkLevel}
        for template in some:
            levels[template.level(names)].append(template)
        found.pages.setdefault(None, _filled(levels[LinkLevel.CAMPAIGN], names))
        found.pages[step.name, ""] = _filled(levels[LinkLevel.STEP], names)
        of_group, of_run = levels[LinkLevel.GROUP], levels[LinkLevel.WORKFLOW]
        for group in groups if of_group or of_run else ():
            key = group.step, group.id
            own = shapes.names(group)
            found.pages[key] = _filled(of_group, own)
            found.runs.update(_runs(of_run, own, key, now.inputs.state))
    return found


def _runs(
    some: list[Template], names: GroupNames, key: Key, state: LedgerState
) -> dict[Subject, tuple[Link, ...]]:
    from cmcompile.model.event import Subject

    record = state.groups.get(key)
    workflows = record.workflows if some and record is not None else ()
    return {Subject(*key, w.name): _filled(some, names, _values(w)) for w in workflows}


def _values(workflow: Workflow) -> dict[str, str]:
    """Return what a link may say of a workflow; what is not known of it has no value."""
    found = {"workflow.name": workflow.name}
    if workflow.run_id is not None:
        found["workflow.run"] = workflow.run_id
    if workflow.claim is not None:
        found["workflow.output"] = workflow.claim.output_run
    return found


def _filled(
    some: Iterable[Template], names: GroupNames, workflow: Mapping[str, str] | None = None
) -> tuple[Link, ...]:
    """Return links; one that has no value here, such as that of a run that is not there yet, is left out."""
    from cmcompile.compiler.expression import ExpressionError
    from cmcompile.site.model import Link

    found = []
    for template in some:
        try:
            found.append(Link(template.name, template.filled(names, workflow)))
        except ExpressionError:
            continue
    return tuple(found)
