"""Short words for the events of tests: a workflow is told as a list of them, numbered in order."""

from __future__ import annotations

from collections.abc import Iterable

from cmcompile.model.event import (
    Abandoned,
    Body,
    Cancelling,
    Claimed,
    Draft,
    Event,
    NotCalled,
    Observed,
    Prepared,
    PrepareFailed,
    Process,
    Retired,
    Reviewed,
    SpecRef,
    Subject,
    Submitted,
    Submitting,
    Unknown,
    WmsRef,
)
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.states import Workflow, WorkflowState
from cmcompile.state.workflow import fold_workflow

PROCESS = Process("host", "boot", 1)
WMS = WmsRef("lsst.ctrl.bps.panda.PanDAService")
SPEC = SpecRef("campaigns/c/campaign.yaml", "0" * 40, "1.0", 1)
W00 = Subject("step1", "3", "w00")
FIRST, SECOND = "c1", "c2"


def at(number: int) -> str:
    """Return a time that grows with the number."""
    return f"2026-11-20T{number // 60:02}:{number % 60:02}:00Z"


def claimed(covers: tuple[str, ...] = (), **more: object) -> Claimed:
    known = {"covers": covers, **more}
    return Claimed("run", "prefix", "out", "path", WMS, "digest", SPEC, PROCESS, **known)  # type: ignore[arg-type]


RESTART = claimed(restart=True)
PREPARED = Prepared()
PREPARE_FAILED = PrepareFailed("no graph")
GATE = Submitting("run", WMS, "look", "as-run", PROCESS, 2)
GIVEN_UP = Abandoned(None, "its process is gone")
RETIRED = Retired("no room")


def abandoned(gate: str) -> Abandoned:
    return Abandoned(gate, "nothing found")


def not_called(gate: str) -> NotCalled:
    return NotCalled(gate)


def unknown(gate: str) -> Unknown:
    return Unknown(gate, "no reply")


def submitted(run: str = "r1", gate: str | None = None) -> Submitted:
    return Submitted(run, gate)


def observed(state: str, run: str = "", outcome: Outcome | None = None) -> Observed:
    return Observed(state, state.upper(), run, outcome)


def review(reason: str = "not_found") -> Reviewed:
    return Reviewed(reason, "look")


def cancelling(run: str = "r1") -> Cancelling:
    return Cancelling(run)


def event(
    number: int,
    body: Body,
    *,
    claim: str = FIRST,
    subject: Subject = W00,
    event_id: str = "",
    decision: str = "",
    time: str = "",
) -> Event:
    """Return an event; its id is ``e<number>`` where none is given."""
    draft = Draft(
        subject, event_id or f"e{number}", time or at(number), "Ann <a@b>", body, claim, "", decision
    )
    return Event(number, draft)


def told(*bodies: Body | tuple[str, Body], subject: Subject = W00, start: int = 1) -> list[Event]:
    """Return events in order; ``(claim, body)`` where the claim is not the first one."""
    found = []
    for number, said in enumerate(bodies, start):
        claim, body = said if isinstance(said, tuple) else (FIRST, said)
        found.append(event(number, body, claim=claim, subject=subject))
    return found


def folded(*bodies: Body | tuple[str, Body]) -> Workflow:
    return fold_workflow(W00, told(*bodies))


def seen(workflow: Workflow) -> tuple[WorkflowState, bool]:
    return workflow.state, workflow.live


def of(group: str, name: str, events: Iterable[Event], step: str = "step1") -> list[Event]:
    """Return events as those of another workflow, with ids of its own."""
    subject = Subject(step, group, name)
    return [
        event(
            e.number,
            e.draft.body,
            claim=f"{group}{name}{e.draft.claim}",
            subject=subject,
            event_id=f"{group}{name}{e.draft.id}",
            decision=e.draft.decision,
            time=e.draft.at,
        )
        for e in events
    ]


def quantum(task: str, number: int) -> Quantum:
    return Quantum(task, f"{{visit: {number}}}")


def outcome(
    counts: dict[str, int],
    failed: Iterable[tuple[str, int]] = (),
    cleared: Iterable[tuple[str, int]] = (),
    *,
    blocked: Iterable[tuple[str, int]] = (),
    complete: bool = True,
) -> Outcome:
    """Return an outcome of so many quanta per task, of which some failed."""
    failures = [Failure(quantum(*f), Fault.FAILED) for f in failed]
    failures += [Failure(quantum(*f), Fault.BLOCKED) for f in blocked]
    tasks = []
    for task, quanta in counts.items():
        bad = sum(1 for f in failures if f.quantum.task == task and f.fault is Fault.FAILED)
        stuck = sum(1 for f in failures if f.quantum.task == task and f.fault is Fault.BLOCKED)
        tasks.append(TaskOutcome(task, quanta, quanta - bad - stuck, bad, stuck))
    return Outcome(tuple(tasks), tuple(failures), tuple(quantum(*c) for c in cleared), complete)
