"""Groups with more failures than the spec accepts, of which a policy says what becomes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from cmcompile.model.outcome import Outcome
from cmcompile.model.policy import Policy, Remedy
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import GroupState, Standing, Workflow
from cmcompile.model.wms import LOST
from cmcompile.plan.commands import command
from cmcompile.plan.inputs import Key
from cmcompile.plan.position import Position, Want
from cmcompile.plan.proposals import proposed
from cmcompile.plan.rules import Acceptances
from cmcompile.plan.telling import Teller
from cmcompile.plan.wants import hard_failure
from cmcompile.plan.world import World, name_of
from cmcompile.state.acceptance import judge
from cmcompile.state.policy import PolicyVerdict, Spent, evaluate

_FAILURES = frozenset({Reason.FAILURES, Reason.OVER_LIMITS})
_RUN_FAILED = (GroupState.FAILED, Reason.RUN_FAILED)
#: As with a rescue that is declared, nobody is waited for.
_GOES_ON = {GroupState.REVIEW: GroupState.PARTIAL}


def policed(world: World, positions: Mapping[Key, Position], decided: Container[Key]) -> dict[Key, Position]:
    """Return the groups of which a policy says what becomes of them, where they stand by it.

    Without a policy there are none; a group about which a person has decided is left to that.

    Parameters
    ----------
    decided
        Groups that a pending decision is about.
    """
    if not world.spec.policies:
        return {}
    return dict(_Policed(world, positions).all(decided))


def policy_of(world: World, key: Key) -> Policy | None:
    """Return the policy of a group: that of the nearest of rescue, step and campaign that names one."""
    name = next((pace.policy for pace in world.paces(key) if pace.policy), None)
    return None if name is None else world.spec.policies.get(name)


class _Policed:
    """Asks the policies, group by group: what is sent again counts for the groups after it."""

    def __init__(self, world: World, positions: Mapping[Key, Position]) -> None:
        self._world = world
        self._positions = positions
        self._teller = Teller(world)
        self._acceptances = Acceptances(world)
        self._retries: Counter[str] = Counter()
        for (step, _), record in world.state.groups.items():
            self._retries[step] += sent_again(record.counting)

    def all(self, decided: Container[Key]) -> Iterator[tuple[Key, Position]]:
        """Yield the groups with where they stand."""
        done: dict[Key, Position] = {}
        for key, position in self._positions.items():
            if "." in key[1] and key not in decided:
                done.update(self._rescued_again(key, position, decided))
        yield from done.items()
        for key, position in self._positions.items():
            outcome = position.standing.outcome
            if outcome is None or key in decided or key in done or "." in key[1]:
                continue
            if not self._is_asked(key, position, outcome):
                continue
            policy = policy_of(self._world, key)
            if policy is not None:
                yield key, self._by(policy, key, position, outcome)

    def _is_asked(self, key: Key, position: Position, outcome: Outcome) -> bool:
        """Tell whether a group ended with more failures than accepted, and nothing else is amiss."""
        standing = position.standing
        if not position.ended or position.want is not None or key not in self._world.declared:
            return False
        if standing.state is GroupState.REVIEW:
            return standing.reason in _FAILURES
        if standing.state is not GroupState.FAILED or standing.reason is not Reason.RUN_FAILED:
            return False
        own, covering = self._world.counting(key)
        last = [w for w in (*own, *covering) if w.used][-1:]
        if any(w.wms_says == LOST for w in last):
            # Jobs that were lost with the machine did not fail, and a restart keeps what they have done.
            return False
        return judge(self._acceptances.of(key).rule, outcome).reason in _FAILURES

    def _rescued_again(self, key: Key, position: Position, decided: Container[Key]) -> dict[Key, Position]:
        """Return a rescue group that is sent again, and what it covers; empty: it is not.

        It is for all that is left of what it covers: no other rescue of it came later, and nothing of it is
        good already, since what was accepted with this rescue would rest on less than what there is then.
        """
        policy, touched = policy_of(self._world, key), self._world.touched(key)
        if policy is None or not self._has_failures(key, position):
            return {}
        own = self._world.counting(key)[0]
        spent = Spent(sent_again(own), 0, self._retries[key[0]])
        verdicts = [self._verdict(policy, key, other, spent) for other in touched if other not in decided]
        found = [one for one in verdicts if one is not None and one.remedy is Remedy.RETRY]
        if not found or len(found) < len(touched):
            return {}
        if hard_failure(own, None, self._world.declared[key].definition) is not None:
            return {}
        self._retries[key[0]] += 1
        covered = {other: self._positions[other] for other in touched}
        waiting = {c: replace(p, standing=_going_on(p.standing, name_of(key))) for c, p in covered.items()}
        return {key: self._again(policy, key, position, found[0]), **waiting}

    def _has_failures(self, key: Key, position: Position) -> bool:
        """Tell whether a rescue group ended with failures, and nothing else is amiss."""
        standing = position.standing
        ended = position.ended and position.want is None and key in self._world.declared
        partial = standing.state is GroupState.PARTIAL and standing.reason is Reason.FAILURES
        return ended and (partial or (standing.state, standing.reason) == _RUN_FAILED)

    def _verdict(self, policy: Policy, rescue: Key, key: Key, spent: Spent) -> PolicyVerdict | None:
        """Return what is said of a group that a rescue covers; None: the rescue was not the last one."""
        position = self._positions.get(key)
        if position is None or position.standing.outcome is None:
            return None
        last = [w for w in self._world.counting(key)[1] if w.used][-1:]
        if [w.group for w in last] != [rescue[1]]:
            return None
        if not self._is_asked(key, position, position.standing.outcome):
            return None
        return evaluate(policy, position.standing.outcome, spent)

    def _by(self, policy: Policy, key: Key, position: Position, outcome: Outcome) -> Position:
        own, covering = self._world.counting(key)
        sent = any(w.used for w in covering)
        verdict = evaluate(policy, outcome, Spent(sent_again(own), self._rescues(key), self._retries[key[0]]))
        why_not = ""
        if verdict.remedy is Remedy.RETRY:
            failed = hard_failure(own, None, self._world.declared[key].definition)
            if failed is None and not sent:
                self._retries[key[0]] += 1
                return self._again(policy, key, position, verdict)
            why_not = "a rescue that covers it was sent" if failed is None else failed.detail
        elif verdict.remedy is Remedy.ACCEPT:
            if not self._acceptances.of(key).rule.review:
                return self._accepted(policy, position, verdict)
            why_not = "the spec asks for a look"
        return self._asks(policy, key, position, verdict, why_not)

    def _rescues(self, key: Key) -> int:
        """Return how many rescue groups ever covered a group, as whoever makes the next one counts them."""
        return len(self._covering.get(key, frozenset()) | set(self._world.state.covering.get(key, ())))

    @cached_property
    def _covering(self) -> dict[Key, set[str]]:
        found: dict[Key, set[str]] = {}
        for step, group in self._world.declared:
            for covered in self._world.declared[step, group].group.covers:
                found.setdefault((step, covered), set()).add(group)
        return found

    def _again(self, policy: Policy, key: Key, position: Position, verdict: PolicyVerdict) -> Position:
        span = _place(verdict)
        want = Want(Reason.POLICY_RETRY, _words(policy, verdict), span=span, builds_on=True)
        found = self._teller.ready(key, want, position.standing.since)
        return replace(
            found, standing=replace(found.standing, outcome=position.standing.outcome), because=span
        )

    def _accepted(self, policy: Policy, position: Position, verdict: PolicyVerdict) -> Position:
        standing = self._teller.ended_well(position.standing, _words(policy, verdict))
        return replace(position, standing=standing, good=True, because=_place(verdict))

    def _asks(
        self, policy: Policy, key: Key, position: Position, verdict: PolicyVerdict, more: str
    ) -> Position:
        standing = position.standing
        detail = "; ".join(filter(None, (standing.detail, more, _words(policy, verdict))))
        if verdict.directly:
            next_ = command("reconcile", self._world.spec.name)
            return replace(position, standing=_direct(standing, detail, next_), because=_place(verdict))
        next_ = proposed(self._world, key, verdict) or standing.next
        standing = replace(standing, detail=detail, next=next_)
        if verdict.holds:
            standing = replace(standing, state=GroupState.REVIEW, reason=Reason.POLICY_HOLD)
        return replace(position, standing=standing, because=_place(verdict))


def _going_on(standing: Standing, rescue: str) -> Standing:
    """Return the standing of a group of which a rescue goes on."""
    state = _GOES_ON.get(standing.state, standing.state)
    return replace(standing, state=state, reason=Reason.RESCUE_DECLARED, detail=rescue, next="")


def _direct(standing: Standing, detail: str, next_: str) -> Standing:
    """Return the standing of a group of which the next pass writes the rescue."""
    state = _GOES_ON.get(standing.state, standing.state)
    words = f"{detail}; the next reconcile writes its rescue"
    return replace(standing, state=state, reason=Reason.POLICY_RESCUE, detail=words, next=next_)


def sent_again(workflows: tuple[Workflow, ...]) -> int:
    """Return how often a group was sent beside its first workflow, restarts among them."""
    return max(sum(1 + w.restarts for w in workflows if w.used or w.live) - 1, 0)


def _words(policy: Policy, verdict: PolicyVerdict) -> str:
    return f"policy {policy.name}: {verdict.detail}"


def _place(verdict: PolicyVerdict) -> Span | None:
    return None if verdict.rule is None else verdict.rule.span
