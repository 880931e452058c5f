"""What whoever submits or accepts must have read and written, whether or not any harm came of it."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model.applied import Moment
from cmcompile.model.body import Process
from cmcompile.model.event import Abandoned, Accepted, NotCalled, Subject, Submitted, Submitting, Unknown
from cmcompile.sim.far.runs import Call
from cmcompile.sim.far.task import State, Task
from cmcompile.sim.story import Broken, Story

_ENDINGS = frozenset({"abandoned", "not_called", "review"})


def endings_are_heard(story: Story) -> Iterator[Broken]:
    """No word is said by who has read, after the gate, that somebody ended its claim, or put it to review.

    What is read after the word says nothing: a child that has it calls, however late its machine goes on.
    """
    for call in story.calls:
        gate = story.ledger.gates.get(call.gate)
        if gate is None:
            continue
        said = _word(story, call, gate.event.subject)
        reads = [at for at in story.journal.reads.get(story.parent(call.by), ()) if at <= said]
        if not reads:
            continue
        for one in story.ledger.written:
            draft = one.event.draft
            ended = draft.claim == call.claim and draft.kind in _ENDINGS and draft.id != call.gate
            stands = one.at <= reads[-1] and (one.lost is None or one.lost > reads[-1])
            if ended and stands and one.at >= gate.at:
                why = f"{call.kind} {call.name} by {call.by}, who had read {draft.kind} by {draft.by}"
                yield Broken("endings are heard", call.at, why)
                break


def _word(story: Story, call: Call, subject: Subject) -> float:
    """Return when the word for a call was said; that of the call, where whoever said it never told."""
    parent = story.parent(call.by)
    told = [
        one.at
        for one in story.journal.said
        if one.at <= call.at
        and one.task == parent
        and (one.told.moment, one.told.subject) == (Moment.CALLED, subject)
    ]
    return told[-1] if told else call.at


def gates_are_answered(story: Story) -> Iterator[Broken]:
    """Whoever passed a gate and was not killed has written what came of it, by itself."""
    if story.ledger.rewinds:
        return  # its clone may refuse to write
    tasks: dict[Process, Task] = {task.process: task for task in story.world.tasks.values()}
    answered: set[str | None] = set()
    for one in story.ledger.written:
        body = one.event.draft.body
        if not isinstance(body, NotCalled | Unknown | Submitted | Abandoned):
            continue
        # Others may find its run, and a person may give it up: that is no answer of its own.
        if not one.event.draft.decision and not getattr(body, "recovered", False):
            answered.add(body.gate)
    for id_, gate in story.ledger.gates.items():
        submitting = gate.event.draft.body
        task = tasks.get(submitting.process) if isinstance(submitting, Submitting) else None
        if task is not None and task.state is State.ENDED and task.error is None and id_ not in answered:
            why = f"{task.name} ended, and never wrote what came of gate {id_} of {gate.event.subject}"
            yield Broken("gates are answered", gate.at, why)


def accepted_are_over(story: Story) -> Iterator[Broken]:
    """No group is accepted while a run that is judged lives, and did so since before it was begun."""
    for one in story.ledger.written:
        body, subject = one.event.draft.body, one.event.subject
        if not isinstance(body, Accepted):
            continue
        begun = [
            said.at
            for said in story.journal.said
            if said.at <= one.at
            and said.task.startswith(f"{one.event.draft.by} ")
            and (said.told.moment.value, said.told.detail) == ("begun", "accept")
            and (said.told.subject.step, said.told.subject.group) == (subject.step, subject.group)
        ]
        runs = {
            run
            for record in story.ledger.state(one.at).groups.values()
            for workflow in record.workflows
            if record.step == subject.step and f"{workflow.group}@{workflow.name}" in body.workflows
            for run in workflow.runs
        }
        for run_id in sorted(runs & story.runs.keys()):
            intervals = story.runs[run_id].intervals
            if begun and any(start < begun[-1] and end > one.at for start, end in intervals):
                yield Broken(
                    "accepted runs are over", one.at, f"{subject} was accepted while run {run_id} lived"
                )
