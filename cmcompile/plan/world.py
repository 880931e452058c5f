"""The inputs, laid out so that each question about a group is answered by a look-up."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from cmcompile.model.campaign import Pace, Rescue, Step
from cmcompile.model.ids import natural
from cmcompile.model.source import Mapping
from cmcompile.model.states import GroupRecord, Workflow
from cmcompile.plan.declared import Declared
from cmcompile.plan.inputs import Inputs, Key
from cmcompile.state.conflicts import own_and_covering

#: Steps that the spec does not have come after those that it has.
_NO_STEP = 1_000_000


class World:
    """Look-ups over the inputs; nothing here judges."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.spec = inputs.spec
        self.state = inputs.state
        self.declared: dict[Key, Declared] = {d.key: d for d in inputs.declared}
        self.steps: dict[str, Step] = {s.name: s for s in inputs.spec.steps}
        self._order = {s.name: at for at, s in enumerate(inputs.spec.steps)}
        self._rescues: dict[Key, tuple[int, Rescue]] = {
            (s.name, r.name): (at, r) for s in inputs.spec.steps for at, r in enumerate(s.rescues)
        }

    @cached_property
    def passes(self) -> dict[tuple[str, str | None], tuple[Declared, ...]]:
        """The declared groups by step and rescue; None is the first pass."""
        found: dict[tuple[str, str | None], list[Declared]] = {}
        for declared in self.inputs.declared:
            found.setdefault((declared.group.step, declared.group.rescue), []).append(declared)
        return {key: tuple(groups) for key, groups in found.items()}

    @cached_property
    def rescuers(self) -> dict[Key, tuple[Key, ...]]:
        """The declared rescue groups that cover a first-pass group, in file order."""
        found: dict[Key, list[Key]] = {}
        for declared in self.inputs.declared:
            for covered in declared.group.covers:
                found.setdefault((declared.group.step, covered), []).append(declared.key)
        return {key: tuple(sorted(some, key=self.pass_order)) for key, some in found.items()}

    def groups(self) -> Iterator[Key]:
        """Return every group: the declared ones in order, then those that only the ledger knows."""
        yield from self.declared
        gone = [key for key in self.state.groups if key not in self.declared]
        yield from sorted(gone, key=self.place)

    @cached_property
    def has_job_limits(self) -> bool:
        """Whether anything bounds the number of jobs under way: else nobody counts them."""
        paces = [self.spec.pace, *(s.pace for s in self.spec.steps)]
        paces += [rescue.pace for s in self.spec.steps for rescue in s.rescues]
        limits = [layer.get("limits") for layer in self.spec.sites.values()]
        return any(pace.jobs is not None for pace in paces) or any(
            isinstance(node, Mapping) and "jobs" in node for node in limits
        )

    @cached_property
    def _highest_first(self) -> dict[Key, int]:
        """The places of groups, in the order of the spec, of steps that begin at the highest id."""
        some = {s.name for s in self.spec.steps if any(axis.descending for axis in s.split)}
        return {key: at for at, key in enumerate(self.declared) if key[0] in some} if some else {}

    def place(self, key: Key) -> tuple[int, str, int, object]:
        """Sort key: by step, first pass before rescues, then naturally by id, or as an axis is ordered."""
        step, group = key
        within: object = natural(group)
        if self._highest_first:
            at = self._highest_first.get(key)
            within = (0, at) if at is not None else (1, within)
        return (self._order.get(step, _NO_STEP), step, int("." in group), within)

    def pass_order(self, key: Key) -> tuple[int, object]:
        """Sort key within a step: rescues in file order, then naturally by id."""
        at = -1 if rescue_name(key) is None else self._rescues.get(pass_of(key), (_NO_STEP, None))[0]
        return (at, natural(key[1]))

    def record(self, key: Key) -> GroupRecord:
        """Return what the ledger says of a group by itself."""
        return self.state.groups.get(key) or GroupRecord(*key)

    def counting(self, key: Key) -> tuple[tuple[Workflow, ...], tuple[Workflow, ...]]:
        """Return the workflows that count for a group: its own, and those of rescue groups that cover it."""
        return own_and_covering(self.state, *key)

    def covers(self, key: Key) -> tuple[str, ...]:
        """Return the first-pass groups that a rescue group covers, by the spec and by its claims."""
        declared = self.declared.get(key)
        if "." not in key[1] and (declared is None or not declared.group.covers):
            return ()
        found = dict.fromkeys(declared.group.covers if declared else ())
        if key in self.state.groups and "." in key[1]:
            for workflow in self.state.groups[key].workflows:
                found.update(dict.fromkeys(workflow.claim.covers if workflow.claim else ()))
        return tuple(found)

    def touched(self, key: Key) -> tuple[Key, ...]:
        """Return the first-pass groups whose data a group works on: what it covers, or itself."""
        return tuple((key[0], g) for g in self.covers(key)) or (key,)

    def using(self, step: str) -> set[str]:
        """Return the steps that need a step, for their first pass or a rescue."""
        return {
            other.name
            for other in self.spec.steps
            for need in (*other.needs, *(need for rescue in other.rescues for need in rescue.needs))
            if need.step == step
        }

    def rescue(self, key: Key) -> Rescue | None:
        """Return the rescue that a group is of, as declared."""
        return self._rescues[pass_of(key)][1] if pass_of(key) in self._rescues else None

    def paces(self, key: Key) -> tuple[Pace, ...]:
        """Return what steers a group: of its rescue, its step and the campaign, nearest first."""
        rescue, step = self.rescue(key), self.steps.get(key[0])
        some = (rescue.pace if rescue else None, step.pace if step else None, self.spec.pace)
        return tuple(pace for pace in some if pace is not None)

    def priority(self, key: Key) -> int:
        """Return the priority of a group: the nearest that is not 0."""
        return next((pace.priority for pace in self.paces(key) if pace.priority), 0)


def rescue_name(key: Key) -> str | None:
    """Return the name of the rescue that a group is of, or None."""
    name, dot, _ = key[1].partition(".")
    return name if dot else None


def pass_of(key: Key) -> tuple[str, str]:
    """Return the step and the rescue of a rescue group."""
    return (key[0], rescue_name(key) or "")


def name_of(key: Key) -> str:
    """Return ``step/group``."""
    return f"{key[0]}/{key[1]}"
