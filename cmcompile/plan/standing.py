"""Where every group stands: by the ledger, the spec and the decisions together."""

from __future__ import annotations

from dataclasses import dataclass

from cmcompile.model.collector import paused_collector
from cmcompile.model.states import GroupState, Standing
from cmcompile.plan.admission import Admission
from cmcompile.plan.chains import Chains
from cmcompile.plan.decided import Decided
from cmcompile.plan.gathered import gathered
from cmcompile.plan.inputs import Inputs, Key
from cmcompile.plan.needs import Needs
from cmcompile.plan.past import Past
from cmcompile.plan.policed import policed
from cmcompile.plan.position import Position
from cmcompile.plan.present import Present
from cmcompile.plan.spoiled import spoiled, unfounded
from cmcompile.plan.tags import Tags
from cmcompile.plan.world import World


@dataclass(frozen=True, slots=True)
class Judged:
    """All groups judged, and what the judging rests on.

    Attributes
    ----------
    positions
        Ready are all that nothing stands in the way of, limits left out.
    """

    world: World
    decided: Decided
    chains: Chains
    needs: Needs
    tags: Tags
    positions: dict[Key, Position]


def judged(inputs: Inputs) -> Judged:
    """Judge every group, limits left out; standings and a plan may both be made from it."""
    world = World(inputs)
    decided = Decided(world, Past(world).of)
    past = Past(world, decided)
    positions = {key: past.of(key) for key in world.groups()}
    positions.update(policed(world, positions, {p.key for p in decided.pending}))
    rejected = {key for key, r in inputs.state.groups.items() if r.verdict is GroupState.REJECTED}
    bad = rejected | {p.key for p in decided.rejecting}
    if bad:
        positions.update(spoiled(world, positions, bad, decided.settles))
    positions.update(unfounded(world, positions, decided))
    chains = Chains(world, decided)
    present = Present(world, positions, decided, lambda: needs, lambda: tags)
    needs = Needs(world, positions.__getitem__, decided.doomed, present.idle, chains)
    tags = Tags(world, needs)
    now = {key: present.of(position) for key, position in positions.items()}
    now.update(gathered(now))
    return Judged(world, decided, chains, needs, tags, now)


def standings(inputs: Inputs) -> dict[Key, Standing]:
    """Return where every group stands: the declared ones in order, then those that only the ledger knows."""
    with paused_collector():
        return standings_of(judged(inputs))


def standings_of(found: Judged) -> dict[Key, Standing]:
    """Return where every group stands, of groups that were judged already."""
    positions = found.positions
    admission = Admission(found.world, found.decided)
    ready = [p for p in positions.values() if p.standing.state is GroupState.READY]
    late = {p.key: p for p in admission.of(ready).late}
    return {key: late.get(key, position).standing for key, position in positions.items()}
