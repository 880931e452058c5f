"""Never twice: no workflow is started while another one of the same data may be live."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cmcompile.model.event import Subject
from cmcompile.model.states import WorkflowState
from cmcompile.sim.far.runs import Call, Run
from cmcompile.sim.story import Broken, Story


def never_twice(story: Story) -> Iterator[Broken]:
    """Judge every call: nothing in conflict with it may be live then, but for what nobody can prevent.

    That is a run that was started by hand; one whose gate, or the caller's, a person gave up or was lost when
    the ledger was set back; one that ran again after the caller's look-up, or after its outputs were removed;
    and the second run of a request that was carried out twice. None of these counts where the caller was
    shown the run live, or its ledger had it so.
    """
    for call in story.calls:
        key = story.key(call.name)
        if key is None:
            yield Broken("never twice", call.at, f"a call for {call.name}, which is no name of a group")
            continue
        for run in threats(story, call):
            other = story.key(run.name)
            if other is None or not story.share(key, other):
                continue
            excuse = excused(story, call, run)
            if not excuse:
                yield Broken(
                    "never twice", call.at, f"{_name(call)} while run {run.run_id} ({run.name}) may live"
                )
            elif seen := known(story, call, run):
                why = f"{_name(call)} while run {run.run_id} ({run.name}) lives ({excuse}), and {seen}"
                yield Broken("never twice", call.at, why)


def threats(story: Story, call: Call) -> Iterator[Run]:
    """Return the runs that live when a call is made, or are on their way to it."""
    own = set(call.run_ids) if call.kind == "submit" else set()
    coming = {
        run_id
        for other in story.calls
        if other is not call and other.at <= call.at and (other.arrived or math.inf) > call.at
        for run_id in other.run_ids
    }
    for run_id in dict.fromkeys((*call.live, *call.awaiting, *coming)):
        if run_id not in own:
            yield story.runs[run_id]


def excused(story: Story, call: Call, run: Run) -> str:
    """Return why a run may live when a call is made, though it should not; empty: there is no excuse."""
    gates = [gate for _, gate in run.causes if gate]
    if any(not gate for _, gate in run.causes):
        return "by hand"
    if any(story.given_up.get(gate, math.inf) <= call.at for gate in (*gates, call.gate)):
        return "given up by a person"
    if story.lost((*gates, call.gate), call.at):
        return "the ledger was set back"
    answers = story.looked_up(call)
    began = min((answer.at for answer in answers), default=call.at)
    since = max((start for start, _ in run.intervals if start <= call.at), default=0.0)
    if run.reopened and since >= began:
        return "running again"
    if _retired(story, call, run):
        return "its outputs were removed, so it need not be shown any more"
    twice = any(run.run_id in other.run_ids[1:] for other in story.calls)
    return "one request was carried out twice" if twice else ""


def _retired(story: Story, call: Call, run: Run) -> bool:
    """Tell whether the outputs of a run were removed before a call, by the ledger at its gate."""
    gate = story.ledger.gates.get(call.gate)
    if gate is None:
        return False
    return any(
        workflow.state is WorkflowState.RETIRED and run.run_id in workflow.runs
        for record in story.ledger.state(gate.at).groups.values()
        for workflow in record.workflows
    )


def known(story: Story, call: Call, run: Run) -> str:
    """Return how the caller, or the ledger at its gate, knew that a run lives; or an empty text."""
    if _unasked(story, call, run):
        return "its look-up did not ask for that"
    for answer in story.looked_up(call):
        if answer.shown is not None and answer.shown.get(run.run_id) in ("submitted", "running", "held"):
            return "its look-up showed that"
    gate = story.ledger.gates.get(call.gate)
    if gate is None or story.lost([call.gate], call.at):
        return ""
    own = gate.event.subject
    for record in story.ledger.state(gate.at).groups.values():
        for workflow in record.workflows:
            other = Subject(workflow.step, workflow.group, workflow.name) != own
            if other and workflow.live and run.run_id in workflow.runs:
                return f"the ledger had it as {workflow.state.value}"
    return ""


def _unasked(story: Story, call: Call, run: Run) -> bool:
    """Tell whether a look-up left out a group that it must ask for: its own, or one in its ledger."""
    answers, gate = story.looked_up(call), story.ledger.gates.get(call.gate)
    key = story.key(run.name)
    if not answers or gate is None or key is None or run.where != call.where or run.taken > answers[0].at:
        return False
    if any(a.where == run.where and run.name.startswith(a.prefixes) for a in answers):
        return False
    record = story.ledger.state(gate.at).groups.get(key)
    return key == story.key(call.name) or (record is not None and any(w.claim for w in record.workflows))


def _name(call: Call) -> str:
    return f"{call.kind} {call.name} by {call.by}"
