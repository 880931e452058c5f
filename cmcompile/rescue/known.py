"""What became of the groups of a step, as far as a rescue may be made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from cmcompile.model.campaign import Spec, Step
from cmcompile.model.group import Group
from cmcompile.model.policy import Policy
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, LedgerState, Standing
from cmcompile.rescue.ground import Told
from cmcompile.rescue.quanta import cures
from cmcompile.state.outcome import outcome_of
from cmcompile.state.policy import ruled

_JUDGED = frozenset({GroupState.ACCEPTED, GroupState.REJECTED})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a campaign.

    Attributes
    ----------
    groups
        Those of the spec.
    state
        What the ledger says; None where none is known.
    standings
        Where its groups stand, by step and id.
    """

    spec: Spec
    groups: Sequence[Group]
    state: LedgerState | None
    standings: Mapping[tuple[str, str], Standing]

    def policy(self, step: Step) -> Policy | None:
        """Return the policy of a step; None: it has none."""
        name = step.pace.policy or self.spec.pace.policy
        return self.spec.policies.get(name) if name else None


def outcomes(
    known: Known, step: Step, chosen: Collection[str] | None
) -> tuple[dict[str, Told], tuple[str, ...]]:
    """Return what became of the groups of a step, and what is said of those that can't be judged yet.

    Parameters
    ----------
    chosen
        Ids of first-pass groups; None: all of the step.
    """
    found: dict[str, Told] = {}
    apart = []
    state, policy = known.state, known.policy(step)
    for group in known.groups:
        name = group.id
        wanted = group.step == step.name and group.rescue is None and (chosen is None or name in chosen)
        record = state.groups.get((step.name, name)) if wanted and state else None
        if record is None or state is None or record.verdict in _JUDGED:
            continue
        outcome = outcome_of(state, step.name, name)
        if record.live or outcome is None:
            why = "its run has not ended" if record.live else "what became of its quanta is not known"
            apart.append(f"{step.name}/{name}: {why}")
            continue
        reason = _left_alone(known, step, name, named=chosen is not None)
        if reason:
            apart += [f"{step.name}/{name}: {reason}"] if outcome.missing else []
        elif policy is None:
            found[name] = Told(outcome)
        elif not outcome.complete:
            apart.append(f"{step.name}/{name}: a policy can't judge it, since not all failures are named")
        else:
            found[name] = Told(outcome, cures(ruled(policy, outcome.failures)), budget=policy.budgets.rescues)
    return found, tuple(apart)


def _left_alone(known: Known, step: Step, name: str, *, named: bool) -> str:
    """Return why a group needs no rescue, whatever it is lacking; empty: it may need one."""
    standing = known.standings.get((step.name, name))
    if standing is not None and standing.reason is Reason.POLICY_RETRY:
        return "a policy sends it again"
    if standing is not None and standing.reason is Reason.ENDED_WELL and not named:
        return "it has no more failures than are accepted; name it with --groups to rescue it all the same"
    return ""
