"""Any events at all: of few workflows, claims, gates and runs, so that they contradict each other."""

from __future__ import annotations

from hypothesis import strategies as st
from state_events import GATE, GIVEN_UP, PREPARE_FAILED, PREPARED, RETIRED, claimed, outcome, quantum

from cmcompile.model.cause import Cause
from cmcompile.model.diagnosed import Diagnosis
from cmcompile.model.event import (
    Abandoned,
    Accepted,
    Body,
    Cancelling,
    Chained,
    Chaining,
    Diagnosed,
    Draft,
    Event,
    Measured,
    NotCalled,
    Observed,
    Rejected,
    Retiring,
    Reviewed,
    Signalled,
    Subject,
    Submitted,
    Superseded,
    Tagged,
    Tagging,
    Unknown,
    Unreadable,
)
from cmcompile.model.reason import Reason
from cmcompile.model.signal import SignalCounts

GROUPS = ["1", "2", "fix.1"]
NAMES = ["w00", "w01"]
CLAIMS = ["c1", "c2", ""]
IDS = [f"{number:x}" * 4 for number in range(9)]
RUNS = ["r1", "r2", ""]
STATES = ["running", "held", "succeeded", "partial", "failed", "cancelled", "odd"]

#: What a monitor told of the quantum that fails in `outcomes`.
TOLD = Diagnosed("monitor", "r1", (Diagnosis(quantum("isr", 1), Cause("pilot", 1305)),))

ids = st.sampled_from(IDS)
judged = st.lists(st.sampled_from([f"{g}@{n}" for g in GROUPS for n in NAMES]), max_size=3).map(tuple)
outcomes = st.sampled_from(
    [None, outcome({"isr": 3}, [("isr", 1)]), outcome({"isr": 3}, cleared=[("isr", 1)])]
)
reasons = st.sampled_from([reason.value for reason in Reason] + ["what"])
times = st.integers(0, 9).map(lambda second: f"2026-11-20T08:00:0{second}Z")

claims: st.SearchStrategy[Body] = st.builds(
    claimed,
    covers=st.sampled_from([(), ("1",), ("1", "2")]),
    restart=st.booleans(),
    adopted=st.booleans(),
)
of_workflow: st.SearchStrategy[Body] = st.one_of(
    claims,
    st.sampled_from([PREPARED, PREPARE_FAILED, GATE, GATE, GIVEN_UP, RETIRED, Retiring()]),
    st.builds(NotCalled, ids),
    st.builds(Abandoned, ids, st.just("looked")),
    st.builds(Unknown, ids, st.just("no reply")),
    st.builds(Submitted, st.sampled_from(RUNS[:2]), st.none() | ids),
    st.builds(Observed, st.sampled_from(STATES), st.just("W"), st.sampled_from(RUNS), outcomes),
    st.just(Measured("butler")),
    st.just(Signalled(SignalCounts(jobs=3))),
    st.just(TOLD),
    st.builds(Reviewed, reasons, st.just("look")),
    st.builds(Cancelling, st.sampled_from(RUNS)),
)
of_group: st.SearchStrategy[Body] = st.one_of(
    st.builds(Accepted, judged),
    st.builds(Rejected, judged, st.just("bad")),
    st.builds(Superseded, judged, st.just("anew")),
    st.builds(Reviewed, reasons, st.just("look")),
)
of_step: st.SearchStrategy[Body] = st.one_of(
    st.builds(Chaining, st.just("u/c"), st.just("digest")),
    st.builds(Tagging, st.sampled_from(["u/t", "u/v"]), st.sampled_from(["d", "e"])),
    st.builds(
        Tagged, st.sampled_from(["u/t", "u/v"]), st.sampled_from(["d", "e"]), st.just(1), st.just("ids")
    ),
    st.builds(Chained, st.just("u/c"), judged),
    st.sampled_from([RETIRED, Retiring()]),
)

workflow_subjects = st.builds(Subject, st.just("s"), st.sampled_from(GROUPS), st.sampled_from(NAMES))
group_subjects = st.builds(Subject, st.just("s"), st.sampled_from(GROUPS))
step_subjects = st.just(Subject("s"))
subjects = st.one_of(workflow_subjects, workflow_subjects, group_subjects, step_subjects)


def drafts(subject: st.SearchStrategy[Subject], body: st.SearchStrategy[Body]) -> st.SearchStrategy[Draft]:
    return st.builds(
        Draft,
        subject,
        ids,
        times,
        st.just("Ann <a@b>"),
        body,
        st.sampled_from(CLAIMS),
        st.just(""),
        st.sampled_from(["", "", "d1"]),
    )


def events_of(*some: st.SearchStrategy[Draft], size: int = 10) -> st.SearchStrategy[list[Event]]:
    """Return lists of events with few numbers, some of them given twice."""
    one = st.builds(Event, st.integers(0, 6), st.one_of(*some))
    return st.lists(one, max_size=size).flatmap(
        lambda found: (
            st.lists(st.sampled_from(found), max_size=2).map(lambda twice: found + twice)
            if found
            else st.just(found)
        )
    )


proper = events_of(
    drafts(workflow_subjects, of_workflow),
    drafts(workflow_subjects, of_workflow),
    drafts(group_subjects, of_group),
    drafts(step_subjects, of_step),
    size=16,
)
misplaced = events_of(drafts(subjects, st.one_of(of_workflow, of_group, of_step)))
one_workflow = events_of(drafts(st.just(Subject("s", "1", "w00")), of_workflow))
unreadable = st.lists(
    st.builds(
        Unreadable,
        st.sampled_from(["runs/s/aa/1/w00/0003-claimed.json", "runs/s/x", "README"]),
        st.none() | subjects,
        st.just("no JSON"),
    ),
    max_size=2,
)
