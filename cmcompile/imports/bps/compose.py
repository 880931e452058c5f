"""Drafts of steps to a spec: what all have in common above, the rest in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cmcompile.imports.bps.base import hoisted, over, release_of, replaced, ticket_of
from cmcompile.imports.bps.cuts import GivenList
from cmcompile.imports.bps.draft import Draft
from cmcompile.imports.bps.passes import Axis
from cmcompile.imports.bps.tree import Tree, find, put
from cmcompile.imports.tree import literal

RELEASE, TICKET = "release", "ticket"
_LABEL = "pipelineYaml"


@dataclass(slots=True)
class Campaign:
    """What an imported spec is to say.

    Attributes
    ----------
    lists
        Those that were given, whether a step is cut from them or not.
    needs
        Which steps a step needs.
    chains
        Collections that a step reads and no group writes, with the step whose outputs they seem to hold, and
        the step that reads them.
    allow
        Findings of the whole campaign.
    """

    name: str
    steps: list[Draft]
    lists: Sequence[GivenList]
    needs: dict[str, dict[str, str]] = field(default_factory=dict)
    chains: dict[str, tuple[str, str]] = field(default_factory=dict)
    allow: dict[str, str] = field(default_factory=dict)

    def every(self) -> list[tuple[Draft, Draft | None]]:
        """Return steps and rescues, each rescue with its step."""
        return [(d, p) for s in self.steps for d, p in [(s, None), *((r, s) for r in s.rescues)]]

    def copy(self) -> Campaign:
        """Return a campaign that may be changed without this one."""
        steps = [step.copy() for step in self.steps]
        return replace(
            self, steps=steps, needs=dict(self.needs), chains=dict(self.chains), allow=dict(self.allow)
        )

    def used_lists(self) -> list[GivenList]:
        """Return the lists that steps are cut from: those that were given, and those that are made."""
        used = {name for draft, _ in self.every() for name in draft.lists}
        made = (rows for draft, _ in self.every() for rows in draft.found.made)
        return [rows for rows in (*self.lists, *made) if rows.name in used]


def spec_of(campaign: Campaign) -> dict[str, object]:
    """Return the spec as mappings and lists."""
    out: dict[str, object] = {"cmcompile": 1, "campaign": campaign.name}
    trees = {id(d): d.tree for d, _ in campaign.every()}
    variables: dict[int, dict[str, object]] = {id(d): {} for d, _ in campaign.every()}
    ticket = ticket_of([d.tree for d, _ in campaign.every()])
    if ticket is not None:
        out["ticket"] = ticket
        trees = {key: replaced(tree, ticket, TICKET) for key, tree in trees.items()}
    for draft, _ in campaign.every():
        release = release_of(draft.tree)
        if release is not None:
            trees[id(draft)] = replaced(trees[id(draft)], release, RELEASE)
            variables[id(draft)] = {RELEASE: release}
    if lists := campaign.used_lists():
        out["lists"] = {rows.name: _list(rows) for rows in lists}
    shared = _shared_release([variables[id(s)].get(RELEASE) for s in campaign.steps])
    if shared:
        out["vars"] = {RELEASE: shared}
        for step in campaign.steps:
            if variables[id(step)].get(RELEASE) == shared:
                del variables[id(step)][RELEASE]
    lead = _shared_lead(campaign.steps)
    if lead:
        out["where"] = literal(" and ".join(lead))
    _name_labels(campaign.steps, trees)
    below, own = hoisted({str(id(s)): trees[id(s)] for s in campaign.steps})
    if below:
        out["bps"] = below
    if excluded := _excluded(campaign):
        out["exclude"] = excluded
    allow = dict(campaign.allow)
    if any(axis.cut.exclude or axis.cut.empty for d, _ in campaign.every() for axis in d.found.axes):
        allow["CM049"] = "numbers that no submit file has"
    if allow:
        out["allow"] = allow
    common = {RELEASE: shared} if shared else {}
    out["steps"] = {
        s.name: _step(campaign, s, own[str(id(s))], trees, variables, len(lead), common)
        for s in _in_order(campaign)
    }
    return out


def _in_order(campaign: Campaign) -> list[Draft]:
    """Return steps after those that they need, else in the order of their files."""
    left, out = list(campaign.steps), []
    while left:
        names = {s.name for s in left}
        ready = next((s for s in left if names.isdisjoint(campaign.needs.get(s.name, {}))), left[0])
        left.remove(ready)
        out.append(ready)
    return out


def _shared_release(releases: Sequence[object]) -> object:
    """Return the release of most steps, where there are several of it."""
    most = Counter(r for r in releases if r is not None).most_common(1)
    return most[0][0] if most and most[0][1] > 1 else None


def _list(rows: GivenList) -> dict[str, object]:
    return {"file": rows.file, "columns": list(rows.names)} if rows.names else {"file": rows.file}


def _shared_lead(steps: Sequence[Draft]) -> tuple[str, ...]:
    """Return the clauses with which the `where` of all steps begins that have one."""
    leads = [s.where for s in steps if s.where or any(r.query for r in s.wanted.values())]
    if len(steps) < 2 or not leads:
        return ()
    out = []
    for column in zip(*leads, strict=False):
        if len(set(column)) > 1:
            break
        out.append(column[0])
    return tuple(out)


def _name_labels(steps: Sequence[Draft], trees: dict[int, Tree]) -> None:
    """Let a `pipelineYaml` name the step, where it ends with its name in several steps."""
    ends = {s.name: str(find(trees[id(s)], (_LABEL,))) for s in steps}
    heads = [text.removesuffix(f"#{name}") for name, text in ends.items() if text.endswith(f"#{name}")]
    if len(heads) < 2:
        return
    for step in steps:
        text = ends[step.name]
        if text.endswith(f"#{step.name}"):
            put(trees[id(step)], (_LABEL,), f"{text.removesuffix(step.name)}${{{{ step.name }}}}")
            for rescue in step.rescues:
                there = find(trees[id(rescue)], (_LABEL,))
                if there == text:
                    put(trees[id(rescue)], (_LABEL,), find(trees[id(step)], (_LABEL,)))


def _excluded(campaign: Campaign) -> list[object]:
    out: list[object] = []
    for step in campaign.steps:
        for axis in step.found.axes:
            if axis.cut.exclude:
                ids = list(axis.cut.exclude)
                out.append(
                    {
                        axis.name: ids[0] if len(ids) == 1 else ids,
                        "steps": [step.name],
                        "because": "no submit file takes them",
                    }
                )
    return out


def _step(
    campaign: Campaign,
    draft: Draft,
    own: Tree,
    trees: Mapping[int, Tree],
    variables: Mapping[int, dict[str, object]],
    lead: int,
    shared: Mapping[str, object],
) -> dict[str, object]:
    out: dict[str, object] = {}
    if draft.name in campaign.needs:
        out["needs"] = campaign.needs[draft.name]
    _set_vars(out, variables[id(draft)], draft)
    if draft.where[lead:]:
        out["where"] = literal(" and ".join(draft.where[lead:]))
    if draft.found.axes:
        out["split"] = [_axis(axis) for axis in draft.found.axes]
    if draft.extra:
        out["extra"] = {
            key: {**group.members, "where": group.where, "because": "not made by the split"}
            for key, group in draft.extra.items()
        }
    out["file"] = draft.file
    if own:
        out["bps"] = own
    if draft.overrides:
        out["overrides"] = draft.overrides
    rescues = {r.name: _rescue(draft, r, trees, variables, shared) for r in draft.rescues}
    defaults = _common_layer(rescues)
    if defaults:
        out["rescue_defaults"] = defaults
    if rescues:
        out["rescues"] = rescues
    if draft.allow:
        out["allow"] = draft.allow
    return out


def _set_vars(out: dict[str, object], known: Mapping[str, object], draft: Draft) -> None:
    own = {**known, **draft.variables}
    if own:
        out["vars"] = own


def _axis(axis: Axis) -> dict[str, object]:
    head = {"by": axis.dimension} if axis.dimension else {"name": axis.name}
    out: dict[str, object] = {**head, **axis.cut.body}
    if axis.where:
        out["where"] = axis.where
    return out


def _rescue(
    parent: Draft,
    draft: Draft,
    trees: Mapping[int, Tree],
    variables: Mapping[int, dict[str, object]],
    shared: Mapping[str, object],
) -> dict[str, object]:
    out: dict[str, object] = {}
    if draft.groups is not None:
        out["groups"] = draft.groups
    if draft.split is not None:
        out["split"] = draft.split
    if not draft.carry:
        out["carry"] = False
    above = {**shared, **variables[id(parent)]}
    differing = {k: v for k, v in variables[id(draft)].items() if above.get(k) != v}
    _set_vars(out, differing, draft)
    out["file"] = draft.file
    own = over(trees[id(parent)], trees[id(draft)])
    if own:
        out["bps"] = own
    if draft.overrides:
        out["overrides"] = draft.overrides
    return out


def _common_layer(rescues: Mapping[str, dict[str, object]]) -> dict[str, object]:
    """Move what all rescues lay over the step to `rescue_defaults`."""
    if len(rescues) < 2:
        return {}
    layers = [r.get("bps") for r in rescues.values()]
    first = layers[0]
    if not isinstance(first, dict) or any(layer != first for layer in layers):
        return {}
    for rescue in rescues.values():
        del rescue["bps"]
    return {"bps": first}
