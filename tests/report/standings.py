"""A campaign in the middle of its life, for the tests of what shows it."""

from __future__ import annotations

from datetime import UTC, datetime

from cmcompile.model.event import Claimed, Process, SpecRef, Unreadable, WmsRef
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.reason import Reason
from cmcompile.model.states import (
    GroupRecord,
    GroupState,
    LedgerState,
    Standing,
    StepRecord,
    Workflow,
    WorkflowState,
)
from cmcompile.model.status import Seen

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TIP = "3f2a1b9c0d1e4f5a6b7c8d9e0f1a2b3c4d5e6f70"
SEEN = Seen(TIP, "2026-11-20T07:48:00Z")
#: What moves a cursor, turns a direction, or looks like markup.
HOSTILE = "\x1b[31mred\u202e | <b>`@all`</b>\nsecond line"

R, S, W = Reason, GroupState, WorkflowState


def claimed(group: str, workflow: str, covers: tuple[str, ...] = ()) -> Claimed:
    run = f"u/ann/dp02/step1/{group}/{workflow}-0a1b2c"
    return Claimed(
        run_name=run.replace("/", "_"),
        prefix=f"u_ann_dp02_step1_{group}_w",
        output_run=run,
        submit_path=f"/scratch/ann/{run}",
        wms=WmsRef("lsst.ctrl.bps.panda.PanDAService", "pandaserver.example"),
        definition="d" * 64,
        spec=SpecRef("campaigns/dp02/campaign.yaml", "1a2b3c4d5e6f7a8b9c0d", "0.2.0", 4),
        process=Process("login3.example", "b00710", 4711),
        covers=covers,
        builds_on=tuple(f"u/ann/dp02/step1/{g}/w00-0a1b2c" for g in covers),
    )


def outcome(failed: int, blocked: int, messages: tuple[str, ...]) -> Outcome:
    failures = tuple(
        Failure(
            Quantum("characterizeImage", f"{{detector: {n}, visit: 1145348}}"),
            Fault.FAILED if n < failed else Fault.BLOCKED,
            message,
        )
        for n, message in enumerate(messages)
    )
    isr = TaskOutcome("isr", 1500, 1500, caveats={"ANY_OUTPUTS_MISSING|NO_WORK": 12})
    return Outcome(
        (isr, TaskOutcome("characterizeImage", 1500, 1500 - failed - blocked, failed, blocked)), failures
    )


def workflow(group: str, name: str, state: WorkflowState, **more: object) -> Workflow:
    made: dict[str, object] = {
        "live": False,
        "claim_id": "c1a1" * 4,
        "claim": claimed(group, name),
        "gate": "9a7e" * 4,
        "used": True,
        "since": "2026-11-20T03:00:00Z",
        **more,
    }
    return Workflow("step1", group, name, state, **made)  # type: ignore[arg-type]


LOST = outcome(9, 3, ("RuntimeError: no PSF\nstars: 2", HOSTILE, *("" for _ in range(10))))
SAVED = outcome(0, 1, ("",))


def state() -> LedgerState:
    """Return a ledger: step1/3 unknown, step1/4 failed in part and rescued, step1/1 accepted."""
    records = [
        GroupRecord(
            "step1",
            "1",
            (
                workflow(
                    "1", "w00", W.SUCCEEDED, run_id="4701", wms_says="Finished", outcome=outcome(0, 0, ())
                ),
            ),
            S.ACCEPTED,
            ("1@w00",),
        ),
        GroupRecord(
            "step1",
            "3",
            (
                workflow("3", "w00", W.ABANDONED, gate=None, used=False, detail="host login2 went down"),
                workflow(
                    "3",
                    "w01",
                    W.UNKNOWN,
                    live=True,
                    looked_up=True,
                    review=R.OUTCOME_UNKNOWN,
                    detail=HOSTILE,
                    decisions=frozenset({"abcdef012345"}),
                ),
            ),
        ),
        GroupRecord(
            "step1",
            "4",
            (
                workflow(
                    "4", "w00", W.PARTIAL, run_id="4704", wms_says="SubFinished", outcome=LOST, restarts=1
                ),
            ),
            superseded=frozenset(),
        ),
        GroupRecord(
            "step1",
            "bad-psf.4",
            (
                workflow(
                    "bad-psf.4",
                    "w00",
                    W.RUNNING,
                    live=True,
                    run_id="4710",
                    wms_says="Transforming",
                    claim=claimed("bad-psf.4", "w00", ("4",)),
                ),
            ),
        ),
        GroupRecord(
            "step1",
            "gone",
            (workflow("gone", "w00", W.RUNNING, live=True, run_id="4690"),),
            since="2026-11-19T01:00:00Z",
        ),
    ]
    return LedgerState(
        groups={(r.step, r.group): r for r in records},
        steps={"step1": StepRecord("step1", "u/ann/dp02/step1", ("0@w00",))},
        covering={("step1", "4"): ("bad-psf.4",)},
        faults=(
            Unreadable("runs/step1/zz/x/w00/0001-nonsense.json", None, "no kind of event is called nonsense"),
        ),
    )


def standings() -> dict[tuple[str, str], Standing]:
    """Return the standings of all groups of the campaign, as the spec orders them."""
    early, late = "2026-11-20T03:00:00Z", "2026-11-20T07:30:00Z"
    found = [
        Standing("step1", "0", S.ACCEPTED, R.ACCEPTED, "", "", "0@w00", early, outcome=outcome(0, 0, ())),
        Standing("step1", "1", S.ACCEPTED, R.ACCEPTED, "", "", "1@w00", early, outcome=outcome(0, 0, ())),
        Standing("step1", "2", S.ACTIVE, R.IN_FLIGHT, "", "", "2@w00", late),
        Standing(
            "step1",
            "3",
            S.REVIEW,
            R.OUTCOME_UNKNOWN,
            f"3@w01 passed its gate 5 h ago and no reply came, {HOSTILE}",
            "cmcompile explain dp02/step1/3 state",
            "3@w01",
            early,
        ),
        Standing(
            "step1", "4", S.PARTIAL, R.RESCUE_DECLARED, "bad-psf.4", "", "bad-psf.4@w00", early, outcome=SAVED
        ),
        *(
            Standing(
                "step1",
                str(n),
                S.REVIEW,
                R.OVER_LIMITS,
                f"{n * 10} of 3,000 quanta (accepted: 1%)",
                f"cmcompile accept dp02/step1/{n}@w00 --because '…'",
                f"{n}@w00",
                early,
                outcome=outcome(n * 10, 0, ()),
            )
            for n in range(5, 12)
        ),
        Standing("step1", "12", S.HELD, R.LIMIT, "running 10 of 10", since=late),
        Standing("step1", "13", S.READY, R.NEVER_SENT),
        Standing("step1", "bad-psf.4", S.ACTIVE, R.IN_FLIGHT, "", "", "bad-psf.4@w00", late),
        Standing(
            "step1", "bad-psf.5", S.HELD, R.BLOCKED_BY_REVIEW, "3@w01", "", "3@w01", early, blocked=True
        ),
        *(
            Standing("step3", str(n), S.WAITING, R.NEEDS, "step1 (all): 10 of 14 are missing")
            for n in range(40)
        ),
    ]
    return {(s.step, s.group): s for s in found}
