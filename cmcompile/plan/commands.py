"""The command that a person may type to go on: one that is legal now, complete but for the reason."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model.decision import Verb
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupRecord, GroupState, Workflow
from cmcompile.model.wms import LOST
from cmcompile.plan.inputs import Key
from cmcompile.plan.world import World, name_of
from cmcompile.state.conflicts import in_conflict
from cmcompile.state.moves import refusal

#: What a person most likely decides about a reason, after a look: the first that is legal.
_VERBS: dict[Reason, tuple[Verb, ...]] = {
    Reason.OVER_LIMITS: (Verb.ACCEPT, Verb.RETRY),
    Reason.POLICY_HOLD: (Verb.RETRY, Verb.ACCEPT),
    Reason.REVIEW_ASKED: (Verb.ACCEPT, Verb.RETRY),
    # Nobody should be led to accept what nobody knows.
    Reason.OUTCOME_MISSING: (),
    Reason.OUTCOME_UNKNOWN: (Verb.ABANDON,),
    Reason.NOT_FOUND: (Verb.ABANDON,),
    Reason.GATE_ABANDONED_AS_CLAIM: (Verb.ABANDON,),
    Reason.RESTART_UNSEEN: (Verb.ABANDON,),
    Reason.TWO_GATES: (Verb.ABANDON, Verb.CANCEL, Verb.ACCEPT),
    Reason.TWO_RUNS: (Verb.CANCEL, Verb.ACCEPT),
    Reason.TWO_LIVE: (Verb.CANCEL, Verb.ABANDON),
    Reason.LATE_RUN: (Verb.CANCEL,),
    Reason.REOPENED: (),
    Reason.UNREADABLE: (),
    Reason.FOREIGN_RUN: (Verb.ADOPT,),
    Reason.INPUT_REJECTED: (Verb.REJECT, Verb.CANCEL),
    Reason.RUN_FAILED: (Verb.RETRY,),
    Reason.RUN_CANCELLED: (Verb.RETRY,),
    Reason.FAILURES: (Verb.RETRY,),
    Reason.PREPARE_FAILED: (Verb.RETRY,),
    Reason.REJECTED: (Verb.RETRY,),
    Reason.RETIRED: (Verb.RETRY,),
    Reason.SUPERSEDED: (Verb.SUPERSEDE,),
    Reason.SENT_GONE: (Verb.SUPERSEDE,),
}
_OF_LIVE = frozenset({Verb.ABANDON, Verb.CANCEL})
#: What a person fills in.
_BECAUSE = "--because '…'"
_RUN = "--run ID --wms CLASS --output RUN"


def command(verb: str, campaign: str, subject: str = "") -> str:
    """Return ``cmcompile log dp02/step1/3``; without a subject it is for the whole campaign."""
    return f"cmcompile {verb} {campaign}/{subject}" if subject else f"cmcompile {verb} {campaign}"


def release(campaign: str, subject: str) -> str:
    """Return the command that ends a hold."""
    return f"{command('release', campaign, subject)} {_BECAUSE}"


class Ways:
    """The commands for the groups of a campaign."""

    def __init__(self, world: World) -> None:
        self._world = world

    def on(
        self, reason: Reason, key: Key, state: GroupState | None = None, workflow: Workflow | None = None
    ) -> str:
        """Return the command for a reason, or an empty text where there is nothing to type.

        Where nothing that could be decided is legal, it is one that shows more.

        Parameters
        ----------
        state
            Where the group stands; None: as its workflows alone tell.
        workflow
            The one that the reason is about, where it is about one.
        """
        campaign = self._world.spec.name
        if reason is Reason.SENT_CHANGED:
            # To take the edit back is nearly always right, and a `supersede` that is typed at once is not.
            return command("diff", campaign)
        if reason is Reason.NOT_TAGGED:
            return command("apply", campaign)
        if reason is Reason.TAG_CHANGED:
            return f"{command('explain', campaign, name_of(key))} inputs"
        if reason not in _VERBS:
            return ""
        record = self._world.record(key)
        if reason is Reason.OUTCOME_MISSING and any(w.used and w.outcome is None for w in record.counting):
            # Each pass asks the Butler again, and says why it does not tell.
            return command("reconcile", campaign)
        for verb in _verbs(reason, workflow):
            for named in _named(verb, record, workflow):
                if self._legal(verb, record, named, state):
                    subject = name_of(key) if named is None else f"{name_of(key)}@{named.name}"
                    more = _RUN if verb is Verb.ADOPT else ""
                    return " ".join(filter(None, (command(verb.value, campaign, subject), more, _BECAUSE)))
        if reason is Reason.SENT_GONE:
            return command("diff", campaign)
        return "" if reason is Reason.SUPERSEDED else command("log", campaign, name_of(key))

    def _legal(
        self, verb: Verb, record: GroupRecord, named: Workflow | None, state: GroupState | None
    ) -> bool:
        key = (record.step, record.group)
        found = in_conflict(self._world.state, *key, self._world.covers(key))
        others = [w for w in found if w.group != record.group]
        step = self._world.state.steps.get(record.step)
        gate = (named.gate or "") if named is not None else ""
        return refusal(verb, record, named, state, others=others, step=step, gate=gate) is None


def _verbs(reason: Reason, workflow: Workflow | None) -> tuple[Verb, ...]:
    if reason is Reason.RUN_FAILED and workflow is not None and workflow.wms_says == LOST:
        # Its jobs did not fail: a restart keeps what they have done.
        return (Verb.RESTART, *_VERBS[reason])
    return _VERBS[reason]


def _named(verb: Verb, record: GroupRecord, workflow: Workflow | None) -> Iterator[Workflow | None]:
    """Yield what a decision may name, the likeliest first."""
    if verb is Verb.ADOPT:
        yield None
        return
    if workflow is not None and workflow in record.workflows:
        yield workflow
    if verb in _OF_LIVE:
        yield from reversed(record.live)
    else:
        yield from reversed(record.counting)
