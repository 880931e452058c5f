"""From the plan's own judgement of all groups to the graph of a forecast: each rule is asked once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from math import ceil, inf
from statistics import median_high

from cmcompile.model.campaign import Need
from cmcompile.model.group import Group
from cmcompile.plan.declared import Declared
from cmcompile.plan.growth import growing
from cmcompile.plan.inputs import Facts, Inputs, Key
from cmcompile.plan.policed import policy_of, sent_again
from cmcompile.plan.rules import Acceptances
from cmcompile.plan.standing import Judged
from cmcompile.plan.world import World
from cmcompile.sim.forecast.beginning import Beginning
from cmcompile.sim.forecast.graph import PIECES, Gate, Graph, Node
from cmcompile.sim.forecast.limits import Lanes
from cmcompile.sim.forecast.unwritten import with_unwritten

#: A list that may still grow after so many days never closes, as far as a forecast goes.
_FAR = timedelta(days=3650)


def extract(found: Judged, emit: int) -> Graph:
    """Return the graph of a campaign, as it stands now.

    Parameters
    ----------
    found
        All groups judged.
    emit
        The version of the bytes that this cmcompile writes; as of a plan.
    """
    return _Extraction(found, emit).graph()


def size_of(group: Group) -> float:
    """Return how many ids, or combinations of ids, a group holds; what is excluded is left out."""
    size = 1
    for part in group.parts:
        size *= max(1, len(part.ids) - len(group.excluded.get(part.dimension or part.axis, ())))
    return float(size)


def sizes_of(declared: Iterable[Declared]) -> dict[Key, float]:
    """Return the sizes of groups in multiples of the middle one of their pass."""
    raw = {d.key: size_of(d.group) for d in declared}
    passes: dict[tuple[str, bool], list[float]] = {}
    for key, size in raw.items():
        passes.setdefault((key[0], "." in key[1]), []).append(size)
    middle = {name: median_high(sizes) for name, sizes in passes.items()}
    return {key: size / middle[key[0], "." in key[1]] for key, size in raw.items()}


class _Extraction:
    def __init__(self, found: Judged, emit: int) -> None:
        self._judged = found
        self._world = found.world
        keys = sorted(found.world.declared, key=found.world.place)
        self._index = {key: at for at, key in enumerate(keys)}
        self._lanes = Lanes(found.world, self._index)
        self._beginning = Beginning(found, emit, self._index)
        self._gates: list[Gate] = []
        self._known: dict[object, int] = {}

    def graph(self) -> Graph:
        world, inputs = self._world, self._world.inputs
        sizes = sizes_of(inputs.declared)
        ranks = sorted(self._index, key=lambda k: (-world.priority(k), world.place(k)))
        order = {key: at for at, key in enumerate(ranks)}
        shared = _shared_outputs(inputs)
        acceptances = Acceptances(world)
        nodes = []
        for key in self._index:
            declared, policy = world.declared[key], policy_of(world, key)
            nodes.append(
                Node(
                    key=key,
                    start=self._beginning.of(key),
                    size=sizes[key],
                    lane=self._lanes.of(key),
                    gates=tuple(dict.fromkeys(self._gate(n, declared.group) for n in self._needs(key))),
                    covers=tuple(self._covers(key, declared.group)),
                    rescuers=tuple(self._index[r] for r in world.rescuers.get(key, ())),
                    output=declared.output if declared.output in shared else "",
                    opens=self._opens(declared.group),
                    order=order[key],
                    looked=acceptances.of(key).rule.review,
                    budgets=None if policy is None else policy.budgets,
                )
            )
        steps = tuple(s.name for s in world.spec.steps)
        retries: Counter[str] = Counter()
        for (step, _), record in world.state.groups.items():
            retries[step] += sent_again(record.counting)
        whole = with_unwritten(world, nodes)
        return Graph(steps, whole, tuple(self._gates), self._lanes.limits(), self._lanes.lanes(), retries)

    def _needs(self, key: Key) -> tuple[Need, ...]:
        return self._judged.needs.of(key)

    def _gate(self, need: Need, group: Group) -> int:
        """Return the gate of a need; groups that need the same groups share one."""
        members = self._judged.needs.needed(need, group)
        # The groups of a barrier are one and the same tuple each time.
        which = (need.step, need.rescue, need.accepted, id(members) if need.kind == "all" else members)
        if which not in self._known:
            self._known[which] = len(self._gates)
            self._gates.append(self._made(need, members))
        return self._known[which]

    def _made(self, need: Need, members: tuple[Key, ...]) -> Gate:
        chains, name = self._judged.chains, need.step
        nothing = ""
        if need.rescue is None and not self._world.passes.get((need.step, None)):
            nothing = "it has no group"
        elif members and chains.removed(need.step):
            nothing = "its outputs are removed"
        enough = len(members) if need.accepted is None else ceil(need.accepted * len(members) - 1e-9)
        name = need.step if need.rescue is None else f"{need.step}/{need.rescue}"
        places = tuple(self._index[key] for key in members)
        return Gate(name, places, enough, chains.made_here(need.step), nothing)

    def _covers(self, key: Key, group: Group) -> Iterable[tuple[int, int]]:
        """Yield what a rescue group covers, and its share of each: those of one rescue share it evenly."""
        for covered in group.covers:
            parent = (key[0], covered)
            if parent not in self._index:
                continue
            rescuers = self._world.rescuers.get(parent, ())
            beside = [r for r in rescuers if self._world.declared[r].group.rescue == group.rescue]
            place, many = beside.index(key), len(beside)
            low, high = place * PIECES // many, (place + 1) * PIECES // many
            yield self._index[parent], (1 << high) - (1 << low)

    def _opens(self, group: Group) -> float:
        """Return in how many seconds the list of a group is closed, as a whole number; infinite: never."""
        if self._world.record((group.step, group.id)).workflows or not self._grows(group, timedelta(0)):
            return 0.0
        if self._grows(group, _FAR):
            return inf
        low, high = timedelta(0), _FAR
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            low, high = (middle, high) if self._grows(group, middle) else (low, middle)
        return float(int(high.total_seconds()))

    def _grows(self, group: Group, wait: timedelta) -> bool:
        inputs = self._world.inputs
        facts = Facts(inputs.facts.now + wait, inputs.facts.list_dates)
        return growing(World(Inputs(inputs.spec, (), inputs.state, (), facts)), group) is not None


def _shared_outputs(inputs: Inputs) -> frozenset[str]:
    seen: set[str] = set()
    shared: set[str] = set()
    for declared in inputs.declared:
        (shared if declared.output in seen else seen).add(declared.output)
    return frozenset(shared - {""})
