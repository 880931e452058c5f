"""What must hold for a decision besides the states: the checks that the table of moves names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupRecord, GroupState, StepRecord, Workflow, WorkflowState

_S = WorkflowState
_G = GroupState


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision meets.

    Attributes
    ----------
    workflow
        The one that it names, or None.
    others
        Workflows of other groups that share data with it.
    step
        Of its step, where known.
    gate
        The gate that it names.
    rests
        An accepted group of which the verdict names the workflow, or empty.
    """

    record: GroupRecord
    workflow: Workflow | None
    state: GroupState | None = None
    others: tuple[Workflow, ...] = ()
    step: StepRecord | None = None
    gate: str = ""
    rests: str = ""

    @property
    def live(self) -> list[Workflow]:
        """The workflows of the group, or in conflict with it, that are not known to be over."""
        return [*self.record.live, *(w for w in self.others if w.live)]


@dataclass(frozen=True, slots=True)
class Check:
    """What must hold for a decision.

    Attributes
    ----------
    text
        As the page says it.
    refuse
        Why it does not hold, in one sentence without a full stop, or None.
    """

    text: str
    refuse: Callable[[Situation, Workflow], str | None]


def _is_over(at: Situation, named: Workflow) -> str | None:
    return f"{named} is not known to be over" if named.live else None


def _none_live(at: Situation, named: Workflow) -> str | None:
    live = at.live
    if not live:
        return None
    return f"{live[0]} is {live[0].state.value}: wait until it has ended, or cancel it"


def _no_own_live(at: Situation, named: Workflow) -> str | None:
    live = at.record.live
    return f"{live[0]} is {live[0].state.value}: wait until it has ended, or cancel it" if live else None


def _counts(at: Situation, named: Workflow) -> str | None:
    return f"{named} is superseded: it counts no more" if named.name in at.record.superseded else None


def _is_newest(at: Situation, named: Workflow) -> str | None:
    later = [w for w in at.record.counting if w.used or w.live]
    names = {w.name for w in (*later[-1:], *at.record.counting[-1:])}
    if named.name in names or not later:
        return None
    return f"{later[-1]} came after {named}: name that one"


def _good_needs_rejection(at: Situation, named: Workflow) -> str | None:
    if named.state is not _S.SUCCEEDED or at.record.verdict is _G.REJECTED or at.state is not _G.ACTIVE:
        return None
    return f"{named} succeeded: reject it first"


def _not_judged_good(at: Situation, named: Workflow) -> str | None:
    if named.name in at.record.superseded:
        return None
    if at.state is _G.ACCEPTED or at.record.verdict is _G.ACCEPTED:
        return f"{at.record.step}/{at.record.group} is accepted: reject or supersede it first"
    return None


def _not_accepted(at: Situation, named: Workflow) -> str | None:
    if at.record.verdict is _G.ACCEPTED:
        return f"{at.record.step}/{at.record.group} is accepted: reject it first"
    return None


def _not_chained(at: Situation, named: Workflow) -> str | None:
    step = at.step
    if step is None or step.retired or f"{named.group}@{named.name}" not in (step.chained or ()):
        return None
    return f"the collection {step.collection} holds {named}: let it be made anew without it first"


def _nothing_rests(at: Situation, named: Workflow) -> str | None:
    return (
        f"{at.rests} was accepted with what {named} made: reject or supersede it first" if at.rests else None
    )


def _has_run(at: Situation, named: Workflow) -> str | None:
    return f"the run of {named} is not known" if named.run_id is None else None


def _is_live(at: Situation, named: Workflow) -> str | None:
    return None if named.live else f"{named} is over"


def _is_reviewed(at: Situation, named: Workflow) -> str | None:
    if named.review is None:
        return f"{named} is still looked for: it can be given up when the look-up has found nothing"
    if named.review is Reason.UNREADABLE:
        return f"a file of {named} can't be read: a newer cmcompile may read it"
    return None


def _names_gate(at: Situation, named: Workflow) -> str | None:
    if not at.gate or at.gate == named.gate:
        return None
    return f"the gate of {named} is {named.gate}, not {at.gate}: look again"


OVER = Check("it is over", _is_over)
NONE_LIVE = Check("no workflow of the group, or that shares data with it, is live", _none_live)
NO_OWN_LIVE = Check("no workflow of the group is live", _no_own_live)
COUNTS = Check("it is not superseded", _counts)
NEWEST = Check("no later workflow of the group was submitted", _is_newest)
NOT_ACCEPTED = Check("the group is not accepted", _not_accepted)
HAS_RUN = Check("its run is known", _has_run)
NOT_GOOD_YET = Check("it did not end well, or was rejected, or is in review", _good_needs_rejection)
REVIEWED = Check("a person was asked to look", _is_reviewed)
NAMES_GATE = Check("the decision names its gate", _names_gate)
LIVE = Check("it is live", _is_live)
NOT_JUDGED_GOOD = Check("the group is not accepted, or the workflow is superseded", _not_judged_good)
NOTHING_RESTS = Check("no other group was accepted with its outputs", _nothing_rests)
NOT_CHAINED = Check("no chained collection holds it", _not_chained)
