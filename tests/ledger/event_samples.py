"""Events of every kind, and how hypothesis makes others."""

from __future__ import annotations

from hypothesis import strategies as st

from cmcompile.model import event as e
from cmcompile.model.cause import Cause
from cmcompile.model.diagnosed import Diagnosis, JobCount, TaskJobs
from cmcompile.model.ids import Id
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.signal import Disagreed, SignalCounts
from cmcompile.model.usage import Spread, TaskUsage

ID = "0123456789abcdef"
AT = "2026-11-20T08:00:00Z"
WORKFLOW = e.Subject("step1", "1-11", "w00")
GROUP = e.Subject("step1", "rescue.1-11")
STEP = e.Subject("step1")

PROCESS = e.Process("host.example.org", "3f2c", 123)
WMS = e.WmsRef("lsst.ctrl.bps.panda.PanDAService", "usdf")
SPEC = e.SpecRef("campaigns/a/campaign.yaml", "c0ffee", "0.1.0", 1, "dirty,unpushed")
MEMBERS = {
    "visit": e.Member("11", 0, 3, "ab", "visits", "", ((1, 2), (7, 7))),
    "band": e.Member("r", -1, 1, "cd", values=("r",)),
}
OUTCOME = Outcome(
    (TaskOutcome("isr", 4, 3, 1, caveats={"NO_WORK": 2}), TaskOutcome("calibrate", 4, 2, 0, 1, 1)),
    (
        Failure(Quantum("isr", "detector=1"), Fault.FAILED, "no such thing"),
        Failure(
            Quantum("isr", "detector=3"),
            Fault.FAILED,
            "killed",
            Cause("transform", -9, "SLAC", 2, 4100, "https://logs/1"),
        ),
    ),
    (Quantum("isr", "detector=2"),),
    complete=False,
)
USAGE = TaskUsage(
    "isr", 400, 200, Spread(1, 2, 3), Spread(2, 3, 4), 600, 900, AT, AT, Spread(1024, 1100, 1200),
    (1, 1, 1, 2, 2, 2, 3, 3, 3), (0, 150, 30400),
)  # fmt: skip
BODIES: dict[str, tuple[e.Subject, e.Body]] = {
    "claimed": (
        WORKFLOW,
        e.Claimed(
            "u_w00", "u_w", "u/w00", "/x", WMS, "ab", SPEC, PROCESS, "step1/1-11.yaml", "it", "pl", ("1",),
            MEMBERS, {"visit": (2, "x")}, ("u/old",), restart=True, adopted=True,
        ),
    ),
    "prepared": (WORKFLOW, e.Prepared({"graph.qg": "ab"}, 8)),
    "prepare_failed": (WORKFLOW, e.PrepareFailed("no graph", transient=True)),
    "submitting": (WORKFLOW, e.Submitting("u_w00", WMS, "ab", "cd", PROCESS, 124, "m1")),
    "not_called": (WORKFLOW, e.NotCalled(ID)),
    "abandoned": (WORKFLOW, e.Abandoned(ID, "looked: not there")),
    "unknown": (WORKFLOW, e.Unknown(ID, "time-out")),
    "submitted": (WORKFLOW, e.Submitted("123", ID, recovered=True, url="https://x")),
    "observed": (WORKFLOW, e.Observed("partial", "finished", "123", OUTCOME)),
    "measured": (WORKFLOW, e.Measured("butler", (USAGE,))),
    "signalled": (
        WORKFLOW,
        e.Signalled(
            SignalCounts(*range(14, 0, -1)),
            (Disagreed("never-finished", 2, (7, 9)), Disagreed("exits-differ", 1)),
        ),
    ),
    "diagnosed": (
        WORKFLOW,
        e.Diagnosed(
            "monitor",
            "123",
            (Diagnosis(Quantum("isr", "detector=1"), Cause("pilot", 1305, "SLAC", 3, 1758), "killed"),),
            (JobCount("isr", 1, "pilot", 1305, "SLAC"), JobCount("", 2)),
            "kept/0123456789abcdef.json.gz",
            "ab" * 32,
            ("tasks: none",),
            (TaskJobs("isr", 3, 2, Spread(5, 60, 61), 95, 1758), TaskJobs("", 1)),
        ),
    ),
    "review": (WORKFLOW, e.Reviewed("not_found", "look")),
    "cancelling": (WORKFLOW, e.Cancelling("123", "too slow")),
    "retiring": (WORKFLOW, e.Retiring("old")),
    "retired": (WORKFLOW, e.Retired("old")),
    "accepted": (GROUP, e.Accepted(("1-11@w00",), "fine", 1, 8)),
    "rejected": (GROUP, e.Rejected(("1-11@w00",), "dark")),
    "superseded": (GROUP, e.Superseded(("1-11@w00",), "other seeing")),
    "group review": (GROUP, e.Reviewed("input_rejected", "look")),
    "chaining": (STEP, e.Chaining("u/step1", "ab")),
    "chained": (STEP, e.Chained("u/step1", ("1-11@w00",))),
    "tagging": (STEP, e.Tagging("u/good", "ab")),
    "tagged": (STEP, e.Tagged("u/good", "ab", 2, "cd")),
    "step retiring": (STEP, e.Retiring("old")),
    "step retired": (STEP, e.Retired()),
}  # fmt: skip


def draft(subject: e.Subject, body: e.Body) -> e.Draft:
    """Return a draft with all fields set."""
    return e.Draft(subject, ID, AT, "Ann <a@b>", body, ID if subject.workflow else "", "https://ci", "d1")


_text = st.text(max_size=8)
_some = st.text(min_size=1, max_size=8)
_number = st.integers(0, 10**19 - 1)
_hex = st.text("0123456789abcdef", min_size=16, max_size=16)
_ids = st.one_of(st.integers(1 - 10**19, 10**19 - 1), _text)
_id_tuples: st.SearchStrategy[tuple[Id, ...]] = st.lists(_ids, max_size=4).map(tuple)
_texts = st.lists(_text, max_size=3).map(tuple)
_wms = st.builds(e.WmsRef, _some, _text)
_process = st.builds(e.Process, _text, _text, _number)
_spec = st.builds(e.SpecRef, _text, _text, _text, _number, _text)
_member = st.builds(
    e.Member,
    _text,
    st.integers(-1, 9),
    _number,
    _text,
    st.none() | _text,
    _text,
    st.lists(st.tuples(_ids, _ids), max_size=3).map(tuple),
    _id_tuples,
)
_quantum = st.builds(Quantum, _text, _text)
_caveats = st.dictionaries(_text, _number, max_size=2)
_outcome = st.builds(
    Outcome,
    st.lists(
        st.builds(TaskOutcome, _text, _number, _number, _number, _number, _number, _caveats), max_size=3
    ).map(tuple),
    st.lists(st.builds(Failure, _quantum, st.sampled_from(Fault), _text), max_size=3).map(tuple),
    st.lists(_quantum, max_size=3).map(tuple),
    st.booleans(),
)
_state = st.sampled_from(["running", "held", "succeeded", "partial", "failed", "cancelled"])
_times = st.datetimes().map(lambda at: at.replace(microsecond=0).isoformat() + "Z")
_quanta = st.none() | _number
_spread = st.builds(Spread, _number, _number, _number)
_some_quanta = st.integers(1, 10**19 - 1)
_numbers = st.lists(_number, max_size=3).map(tuple)
_usage = st.builds(
    TaskUsage,
    *(_some, _some_quanta, _some_quanta, _spread, _spread, _number, _number),
    *(_times, _times, st.none() | _spread, _numbers, _numbers),
)
_jobs_of_task = st.builds(TaskJobs, _text, st.integers(1, 9), _quanta, st.none() | _spread, _quanta, _quanta)
_reviewed = st.builds(e.Reviewed, _text, _text)
_of_workflow: st.SearchStrategy[e.Body] = st.one_of(
    st.builds(
        e.Claimed,
        *(_text, _text, _text, _text, _wms, _text, _spec, _process, _text, _text, _text, _texts),
        members=st.dictionaries(_text, _member, max_size=2),
        excluded=st.dictionaries(_text, _id_tuples, max_size=2),
        builds_on=_texts,
        restart=st.booleans(),
        adopted=st.booleans(),
    ),
    st.builds(e.Prepared, st.dictionaries(_text, _text, max_size=2), _quanta),
    st.builds(e.PrepareFailed, _text, st.booleans()),
    st.builds(e.Submitting, _text, _wms, _text, _text, _process, _number, _text),
    st.builds(e.NotCalled, _hex),
    st.builds(e.Abandoned, st.none() | _hex, _text),
    st.builds(e.Unknown, _hex, _text),
    st.builds(e.Submitted, _some, st.none() | _hex, st.booleans(), _text),
    st.builds(e.Observed, _state, _text, _text, st.none() | _outcome),
    st.builds(
        e.Signalled,
        st.builds(SignalCounts, jobs=st.integers(0, 10**18), events=st.integers(0, 10**18)),
        st.lists(st.builds(Disagreed, _some, st.integers(1, 9)), max_size=2).map(tuple),
    ),
    st.builds(e.Measured, _some, st.lists(_usage, max_size=2).map(tuple)),
    st.builds(
        e.Diagnosed,
        _some,
        _text,
        st.lists(
            st.builds(Diagnosis, st.builds(Quantum, _text, _text), st.builds(Cause, _some, _quanta), _text),
            max_size=2,
        ).map(tuple),
        st.lists(st.builds(JobCount, _text, st.integers(1, 9), _text, _quanta, _text), max_size=2).map(tuple),
        _text,
        _text,
        _texts,
        st.lists(_jobs_of_task, max_size=2).map(tuple),
    ),
    _reviewed,
    st.builds(e.Cancelling, _some, _text),
    st.builds(e.Retiring, _text),
    st.builds(e.Retired, _text),
)
_of_group: st.SearchStrategy[e.Body] = st.one_of(
    st.builds(e.Accepted, _texts, _text, _quanta, _quanta),
    st.builds(e.Rejected, _texts, _text),
    st.builds(e.Superseded, _texts, _text),
    _reviewed,
)
_of_step: st.SearchStrategy[e.Body] = st.one_of(
    st.builds(e.Chaining, _text, _text),
    st.builds(e.Tagging, _some, _some),
    st.builds(e.Tagged, _some, _some, st.integers(1, 10**18), _some),
    st.builds(e.Chained, _text, _texts),
    st.builds(e.Retiring, _text),
    st.builds(e.Retired, _text),
)


def _drafts(
    subject: e.Subject, bodies: st.SearchStrategy[e.Body], claim: st.SearchStrategy[str]
) -> st.SearchStrategy[e.Draft]:
    return st.builds(e.Draft, st.just(subject), _hex, _times, _text, bodies, claim, _text, _text)


#: Drafts of every kind.
drafts: st.SearchStrategy[e.Draft] = st.one_of(
    _drafts(WORKFLOW, _of_workflow, _hex),
    _drafts(GROUP, _of_group, st.just("") | _hex),
    _drafts(STEP, _of_step, st.just("")),
)
