"""Entries of `rescues` as they are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cmcompile.model.group import Group
from cmcompile.model.policy import Remedy
from cmcompile.rescue.added import Together
from cmcompile.rescue.case import Entry, Ground
from cmcompile.rescue.cured import merged
from cmcompile.rescue.quanta import Left
from cmcompile.rescue.recovery import Recovery
from cmcompile.rescue.region import Region
from cmcompile.rescue.selector import selector, shortened
from cmcompile.rescue.shape import Shape
from cmcompile.rescue.taboo import ByHand, Taboo

#: More tasks than this are counted in a reason.
_TASKS = 4
_WORDS = {Remedy.MORE_MEMORY: "with more memory", Remedy.AVOID_SITE: "at another site"}


@dataclass(frozen=True, slots=True)
class Planned:
    """What an entry is to say.

    Attributes
    ----------
    uncounted
        Quanta that are lacking and that no source named.
    earlier
        Rescues of the same groups, made together with this one, that run before it.
    part
        How many of those there are.
    """

    groups: tuple[Group, ...]
    shape: Shape
    region: Region
    wanted: tuple[Left, ...]
    beside: int
    uncounted: int
    settings: dict[str, object]
    release: str
    inputs: tuple[str, ...]
    earlier: tuple[str, ...]
    part: int


class Writer:
    """Writes entries, each under a name that is free."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._taken = set(ground.taken)

    def entry(self, recovery: Recovery, planned: Planned, taboo: Taboo) -> Entry:
        """Return an entry with its name."""
        because = _because(planned)
        body: dict[str, object] = {"because": because}
        body["groups"] = self._groups(planned)
        if planned.shape.split is not None:
            body["split"] = list(planned.shape.split)
        clauses = planned.region.clauses()
        if clauses:
            body["where"] = clauses[0] if len(clauses) == 1 else clauses
        own = merged(self._of_tasks(planned), planned.settings)
        if planned.release:
            own = merged(own, {"vars": {"release": planned.release}})
        said = {key: value for key, value in recovery.settings.items() if key != "split"}
        self._finish(body, merged(said, own), planned.shape, taboo)
        name, ids = self._name(recovery.name), tuple(group.id for group in planned.groups)
        count = len(planned.wanted) + planned.uncounted
        return Entry(name, body, ids, count, planned.beside, planned.shape.workflows, (because,))

    def of_added(self, recovery: Recovery, found: Together, taboo: Taboo) -> Entry:
        """Return the entry for ids that came after their groups were sent, and for no others."""
        groups = tuple(found.groups)
        axes = [axis.name for axis in self._ground.step.split]
        body: dict[str, object] = {"because": found.because, "groups": selector(groups, axes)}
        body["where"] = found.clause
        own = merged({}, {"vars": {"release": found.release}}) if found.release else {}
        said = {key: value for key, value in recovery.settings.items() if key != "split"}
        self._finish(body, merged(said, own), Shape(groups, None), taboo)
        ids = tuple(group.id for group in groups)
        return Entry(self._name(recovery.name), body, ids, 0, 0, len(groups), (found.because,))

    def _finish(self, body: dict[str, object], own: dict[str, object], shape: Shape, taboo: Taboo) -> None:
        """Add to an entry what is set in it, and what every one needs."""
        body |= own
        if not self._ground.skips and "skip_existing_in" not in body:
            body["skip_existing_in"] = "prior"
        if not self._ground.named and "file" not in body:
            body["file"] = f"{self._ground.step.name}/${{{{ group.id }}}}.yaml"
        repeated = [o for one in taboo.by_hand if (o := self._repeated(one, shape)) is not None]
        if repeated:
            body["overrides"] = [*_list(body.get("overrides")), *repeated]

    def _name(self, wanted: str) -> str:
        name, number = wanted, 2
        while name in self._taken:
            name, number = f"{wanted}-{number}", number + 1
        self._taken.add(name)
        return name

    def _groups(self, planned: Planned) -> object:
        shape, axes = planned.shape, self._ground.step.split
        if shape.along and all(group.extra is None for group in planned.groups):
            keys = {name: _keys(planned.groups, name) for name in shape.along}
            if len(shape.along) == 1:
                name, some = next(iter(keys.items()))
                items = shortened(some)
                return {name: items[0] if len(items) == 1 else items}
        return selector(planned.groups, [axis.name for axis in axes])

    def _of_tasks(self, planned: Planned) -> dict[str, object]:
        """Return what makes BPS run some tasks, over the outputs of the others."""
        tasks = planned.region.tasks
        if tasks is None:
            return {}
        head = self._ground.pipeline.rpartition("#")[0] or self._ground.pipeline
        bps: dict[str, object] = {"pipelineYaml": f"{head}#{','.join(tasks)}"}
        before = [
            f"${{{{ step.collect }}}}/{name}.${{{{ group.parent }}}}" for name in reversed(planned.earlier)
        ]
        collections = [*before, *planned.inputs] if planned.inputs else []
        if collections:
            bps["payload"] = {"inCollection": ",".join([*collections, self._ground.in_collection])}
        return {"bps": bps}

    def _repeated(self, one: ByHand, shape: Shape) -> dict[str, object] | None:
        """Return an override of the step as the rescue repeats it, for its groups that hold the ids."""
        # A group that is cut as it was keeps the override by itself.
        kept = one.hit if shape.split is None else frozenset()
        holding = [
            g
            for g in shape.groups
            if (p := g.part(one.dimension)) and not one.ids.isdisjoint(p.ids) and g.id not in kept
        ]
        if not holding:
            return None
        groups: object = selector(holding, [axis.name for axis in self._ground.step.split])
        if shape.split is not None and shape.along:
            found = {name: shortened(_keys(holding, name)) for name in shape.along}
            groups = {name: items[0] if len(items) == 1 else items for name, items in found.items()}
        return {"groups": groups, "where": one.where, "because": one.because}


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _keys(groups: Sequence[Group], name: str) -> list[str]:
    return list(dict.fromkeys(part.key for g in groups if (part := g.part(name)) is not None))


def _because(planned: Planned) -> str:
    """Return why: the tasks whose quanta are run again, and what is different."""
    count = len(planned.wanted) + planned.uncounted
    head = f"{count} {'quantum' if count == 1 else 'quanta'} without outputs"
    failed = Counter(one.task for one in planned.wanted if not one.behind) or Counter(
        one.task for one in planned.wanted
    )
    tasks = [f"{number} of {task}" for task, number in failed.most_common(_TASKS)]
    more = len(failed) - len(tasks)
    text = f"{head}: {', '.join(tasks)}" if tasks else head
    text += f" and of {more} more tasks" if more > 0 else ""
    words = [
        word for remedy, word in _WORDS.items() if any(one.cure.remedy is remedy for one in planned.wanted)
    ]
    return ", ".join([text, *words])
