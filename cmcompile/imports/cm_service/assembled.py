"""The parts of a campaign put together: what steps have in common goes up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cmcompile.imports.clauses import clauses, joined
from cmcompile.imports.cm_service.settings import RELEASE, Settings
from cmcompile.imports.cm_service.splits import Lists
from cmcompile.imports.fields import text_of
from cmcompile.imports.imported import Fate, Imported, Note
from cmcompile.imports.names import is_ticket, step_name, step_names
from cmcompile.imports.tree import kept_null, usual, without

_STACK = "stack"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a spec.

    Attributes
    ----------
    bps
        All its keys of BPS, those of the campaign too.
    setup, env
        All commands and variables of its environment.
    collect
        The template of its chained collection.
    """

    name: str
    needs: tuple[str, ...]
    where: str
    split: Sequence[Mapping[str, Any]]
    bps: dict[str, Any]
    setup: list[str]
    collect: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


def assembled(
    name: str,
    settings: Settings,
    lists: Lists,
    data: Mapping[str, Any],
    steps: Sequence[Step],
    inputs: Sequence[object],
    collect: str,
    notes: list[Note],
) -> Imported:
    """Return a campaign as a spec.

    Parameters
    ----------
    data
        What holds for the whole campaign.
    inputs, collect
        What its first steps read, and its chained collection.

    Raises
    ------
    ForeignError
        When two steps would be one.
    """
    names = step_names(step.name for step in steps)
    spec: dict[str, Any] = {"cmcompile": 1, "campaign": name}
    ticket = settings.value(text_of(data.get("ticket")))
    if is_ticket(ticket):
        spec["ticket"] = ticket
    elif ticket:
        notes.append(Note(Fate.LEFT, "ticket", f"{ticket} is no ticket such as DM-50001"))
    spec["about"] = settings.value(text_of(data.get("description")))
    release = settings.expressed(text_of(data.get("lsst_version")))
    environments, chosen = _environments(steps)
    trees = [kept_null(_labelled(step)) for step in steps]
    shared = usual(trees) if steps else {}
    where, wheres = _shared_where([step.where for step in steps])
    collects = {step.collect for step in steps}
    spec |= {"vars": {}, "environments": environments, "environment": chosen.get("", "")}
    spec |= {"lists": lists.entries, "where": where, "inputs": list(inputs)}
    spec |= {"collect": settings.expressed(collect), "bps": shared}
    one = collects.pop() if len(collects) == 1 else ""
    spec["step_defaults"] = {"collect": _under(one, spec["collect"])} if one else {}
    spec["steps"] = {}
    for step, tree, own in zip(steps, trees, wheres, strict=True):
        entry: dict[str, Any] = {
            "needs": _needs([step_name(other) for other in step.needs]),
            "environment": chosen.get(step.name, ""),
            "where": own,
            "split": list(step.split),
            "collect": "" if one else _under(step.collect, spec["collect"]),
            "bps": without(tree, shared),
        }
        spec["steps"][names[step.name]] = {key: value for key, value in entry.items() if value}
    # Last, when it is known which settings texts name.
    spec["vars"] = {**settings.variables(), **({RELEASE: release} if release else {})}
    asked = "nothing in these files asks for it"
    notes += [Note(Fate.LEFT, f"--set {unused}", asked) for unused in settings.unused()]
    kept = {key: value for key, value in spec.items() if value or key == "steps"}
    return Imported(name, kept, dict(lists.files), (*lists.notes, *notes), lists.samples)


def _shared_where(wheres: list[str]) -> tuple[str, list[str]]:
    """Return the clauses that all queries begin with, and what each has beside them."""
    if len(set(wheres)) == 1:
        return wheres[0], [""] * len(wheres)
    parts = [clauses(where) for where in wheres]
    if not wheres or any(part is None for part in parts):
        return "", wheres
    known = [part for part in parts if part is not None]
    count = 0
    for same in zip(*known, strict=False):
        if len(set(same)) > 1:
            break
        count += 1
    return joined(known[0][:count]), [joined(part[count:]) for part in known]


def _labelled(step: Step) -> dict[str, Any]:
    """Return the keys of BPS of a step; the label of the pipeline that bears the step's name follows it."""
    pipeline = step.bps.get("pipelineYaml")
    own = f"#{step_name(step.name)}"
    if not isinstance(pipeline, str) or not pipeline.endswith(own):
        return step.bps
    return {**step.bps, "pipelineYaml": f"{pipeline[: -len(own)]}#${{{{ step.name }}}}"}


def _needs(names: list[str]) -> object:
    return names[0] if len(names) == 1 else names


def _under(collection: str, campaign: object) -> str:
    """Return a collection, with a name for that of the campaign where it is below it."""
    text = str(campaign)
    below = text and collection.startswith(f"{text}/")
    return f"${{{{ campaign.collect }}}}{collection[len(text) :]}" if below else collection


def _environments(steps: Sequence[Step]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the environments, and which one the campaign and each step choose."""
    every = [_environment(step) for step in steps if step.setup or step.env]
    if not every:
        return {}, {}
    main = max(every, key=every.count)
    environments: dict[str, Any] = {_STACK: main}
    chosen = {"": _STACK}
    for step in steps:
        own = _environment(step)
        if own and own != main:
            same = next((name for name, known in environments.items() if known == own), None)
            chosen[step.name] = same or f"{_STACK}-{step_name(step.name)}"
            environments[chosen[step.name]] = own
    return environments, chosen


def _environment(step: Step) -> dict[str, Any]:
    parts = {"setup": list(step.setup), "env": dict(step.env)}
    return {key: value for key, value in parts.items() if value}
