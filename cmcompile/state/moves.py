"""The legal moves: what may follow in a workflow, and what may be decided.

One table for the code and for ``docs/states.md``. `may_append` and `leads_to` are about events of workflows
(`cmcompile.state.transitions`), `refusal` about decisions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cmcompile.model.decision import Verb
from cmcompile.model.states import GroupRecord, GroupState, StepRecord, Workflow, WorkflowState
from cmcompile.state import checks
from cmcompile.state.checks import Check, Situation
from cmcompile.state.transitions import MOVES, RAN, Move, in_words, leads_to, may_append

__all__ = ["MOVES", "RULES", "Check", "Move", "Rule", "Situation", "leads_to", "may_append", "refusal"]

_S = WorkflowState
_G = GroupState
_SETTLED = frozenset({_G.ACCEPTED, _G.REJECTED})
_UNSETTLED = frozenset(GroupState) - _SETTLED


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table: when a decision is legal, and what it does.

    Attributes
    ----------
    about
        What it names: ``campaign``, ``step``, ``group``, ``workflow``.
    states
        Of the workflow that it names; empty: it names none.
    groups
        States of the group in which it is legal.
    undo
        How it is undone; empty: it can't be.
    """

    verb: Verb
    about: tuple[str, ...]
    does: str
    undo: str = ""
    states: frozenset[WorkflowState] = frozenset()
    groups: frozenset[GroupState] = frozenset(GroupState)
    checks: tuple[Check, ...] = field(default=())


_NOT_GOOD = frozenset(GroupState) - {_G.ACCEPTED}

RULES: dict[Verb, Rule] = {
    rule.verb: rule
    for rule in (
        Rule(
            Verb.ACCEPT,
            ("workflow",),
            "The group's outputs are good, whatever failed: they go into the step's collection.",
            "`reject`",
            frozenset(RAN),
            _NOT_GOOD,
            (checks.COUNTS, checks.NEWEST, checks.NONE_LIVE),
        ),
        Rule(
            Verb.REJECT,
            ("workflow",),
            "The group's outputs are bad: they leave the collection, and groups that used them go to review.",
            "`accept`",
            frozenset(RAN),
            frozenset(GroupState) - {_G.REJECTED},
            (checks.COUNTS, checks.NEWEST, checks.NO_OWN_LIVE),
        ),
        Rule(
            Verb.RETRY,
            ("workflow",),
            "The group is sent again as a new workflow; the former one counts no more where the new one "
            "takes nothing over from it.",
            "",
            frozenset({*RAN, _S.PREPARE_FAILED, _S.ABANDONED, _S.RETIRED}),
            _NOT_GOOD,
            (
                checks.COUNTS,
                checks.NEWEST,
                checks.NONE_LIVE,
                checks.NOT_ACCEPTED,
                checks.NOT_GOOD_YET,
            ),
        ),
        Rule(
            Verb.RESTART,
            ("workflow",),
            "The run is taken up again in the workload system, as the same workflow.",
            "",
            frozenset({_S.PARTIAL, _S.FAILED, _S.CANCELLED}),
            _NOT_GOOD,
            (checks.COUNTS, checks.NEWEST, checks.NONE_LIVE, checks.NOT_ACCEPTED, checks.HAS_RUN),
        ),
        Rule(
            Verb.ABANDON,
            ("workflow",),
            "A submission of which nobody knows whether its run exists is given up: the group is free. "
            "Should its run appear, it is found, and stops the group again.",
            "",
            frozenset({_S.SUBMITTING, _S.UNKNOWN}),
            frozenset(GroupState),
            (
                checks.REVIEWED,
                checks.NAMES_GATE,
            ),
        ),
        Rule(
            Verb.ADOPT,
            ("group",),
            "A run that was started by hand becomes the group's next workflow.",
            "`supersede`, once it is over",
            frozenset(),
            _NOT_GOOD,
            (checks.NONE_LIVE, checks.NOT_ACCEPTED),
        ),
        Rule(
            Verb.CANCEL,
            ("workflow",),
            "The workload system is asked to end the run; what it has made stays.",
            "",
            frozenset({_S.SUBMITTED, _S.RUNNING, _S.HELD, _S.CANCELLING}),
            frozenset(GroupState),
            (checks.LIVE, checks.HAS_RUN),
        ),
        Rule(
            Verb.RETIRE,
            ("workflow", "step"),
            "The outputs are removed, and the run is looked up no more.",
            "",
            frozenset({*RAN, _S.PREPARE_FAILED, _S.ABANDONED}),
            frozenset(GroupState),
            (
                checks.OVER,
                checks.NOT_JUDGED_GOOD,
                checks.NOTHING_RESTS,
                checks.NOT_CHAINED,
            ),
        ),
        Rule(
            Verb.HOLD,
            ("campaign", "step", "group"),
            "Nothing more of it is sent; what runs goes on.",
            "`release`",
            groups=_UNSETTLED,
        ),
        Rule(Verb.RELEASE, ("campaign", "step", "group"), "It is held no more.", "`hold`", groups=_UNSETTLED),
        Rule(
            Verb.SUPERSEDE,
            ("workflow",),
            "The group's workflows up to this one count no more: its definition may be edited, and it is "
            "sent anew.",
            "",
            frozenset({*RAN, _S.PREPARE_FAILED, _S.ABANDONED, _S.RETIRED}),
            frozenset(GroupState),
            (checks.COUNTS, checks.NO_OWN_LIVE),
        ),
    )
}


def refusal(
    verb: Verb,
    record: GroupRecord | None,
    workflow: Workflow | None,
    standing_state: GroupState | None = None,
    *,
    others: Iterable[Workflow] = (),
    step: StepRecord | None = None,
    gate: str = "",
    rests: str = "",
) -> str | None:
    """Tell why a decision about a group, or about one of its workflows, is not legal; None: it is.

    Parameters
    ----------
    record
        Of the group; None: the ledger has nothing of it.
    workflow
        The one that the decision names; None: it names none, or one that is not there.
    standing_state
        Where the group stands; None: it is not known, and not asked.
    others
        Workflows of other groups that share data with the group (`cmcompile.state.conflicts.in_conflict`).
    step
        Of the group's step, for what its collection holds.
    gate
        The gate that the decision names.
    rests
        Another accepted group of which the verdict names the workflow (`cmcompile.state.conflicts.rests_on`).

    Returns
    -------
    str or None
        One sentence without a full stop.
    """
    rule = RULES[verb]
    if standing_state is not None and standing_state not in rule.groups:
        name = "the group" if record is None else f"{record.step}/{record.group}"
        return f"{name} is {standing_state.value}"
    if "workflow" in rule.about and workflow is None:
        none = record is None or not record.workflows
        name = "the group" if record is None else f"{record.step}/{record.group}"
        return f"{name} was never sent" if none else f"{name} has no such workflow"
    if record is None:
        return None
    named = workflow if workflow is not None else Workflow(record.step, record.group, "", _S.CLAIMED, False)
    if rule.states and named.state not in rule.states:
        wanted = in_words([state.value for state in WorkflowState if state in rule.states])
        return f"{named} is {named.state.value}; {verb.value} needs one that is {wanted}"
    at = Situation(record, workflow, standing_state, tuple(others), step, gate, rests)
    return next((why for check in rule.checks if (why := check.refuse(at, named))), None)
