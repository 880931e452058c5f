"""The command that a policy proposes where a person is to decide."""

from __future__ import annotations

from cmcompile.model.policy import BY_RESCUE, Remedy
from cmcompile.plan.commands import command
from cmcompile.plan.inputs import Key
from cmcompile.plan.world import World
from cmcompile.state.policy import PolicyVerdict

#: What a rescue is made for. A retry that a person decides makes all anew; a rescue takes over what is there.
_RESCUED = BY_RESCUE | {Remedy.RETRY}


def proposed(world: World, key: Key, verdict: PolicyVerdict) -> str:
    """Return the command; empty: the policy has none of its own."""
    if verdict.proposal not in _RESCUED:
        return ""
    return f"{command('rescue', world.spec.name, key[0])} --from-outcome --groups {key[1]}"
