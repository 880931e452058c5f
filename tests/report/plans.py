"""Plans for the tests of what shows them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from cmcompile.model.event import Subject
from cmcompile.model.plan import Action, Cost, Item, Plan, PlanSource, Stage, StageName
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import GroupState

SPEC = "campaigns/dp02/campaign.yaml"
DECISIONS = "campaigns/dp02/decisions.yaml"
HOSTILE = "\x1b[31mred\u202e | <b>`@all`</b>\nsecond line"

A, R, S = Action, Reason, StageName


def item(action: Action, step: str, group: str | None, reason: Reason, **more: Any) -> Item:
    workflow = more.pop("workflow", None)
    return Item(
        action,
        Subject(step, group, workflow),
        reason,
        digest=sha256(f"{action} {step} {group}".encode()).hexdigest(),
        **{"because": Span(SPEC, 12, 3), **more},
    )


def source(**more: Any) -> PlanSource:
    made: dict[str, Any] = {
        "campaign": "dp02",
        "spec": SPEC,
        "commit": "1a2b3c4d5e6f7a8b9c0d",
        "inputs": {SPEC: "a" * 64, "campaigns/dp02/lists/tracts.txt": "b" * 64},
        "ledger": "3f2a1b9c0d1e4f5a",
        "version": "0.2.0",
        "emit": 4,
    }
    return PlanSource(**{**made, **more})


def plan() -> Plan:
    """Return a plan with something of every sort."""
    accepted = [
        item(A.ACCEPT, "step1", str(n), R.NO_FAILURES, workflow="w00", because=None, state=GroupState.ACTIVE)
        for n in range(1, 4)
    ]
    decided = [
        item(
            A.CANCEL,
            "step1",
            "8",
            R.DECIDED,
            workflow="w00",
            because=Span(DECISIONS, 7, 3),
            reversible=False,
            decision="abcdef012345",
            detail="the flat was wrong",
        )
    ]
    sent = [
        item(
            A.SUBMIT,
            "step1",
            str(n),
            R.NEVER_SENT,
            definition="d" * 64,
            state=GroupState.READY,
            preconditions={"workflows": "0", "definition": "d" * 64},
            cost=Cost(1500, (20.0, 35.5), "the former campaign") if n % 2 else None,
        )
        for n in range(20, 35)
    ]
    rescued = [item(A.RESCUE, "step1", "bad-psf.4", R.FAILURES, detail="12 quanta of 4", covers=("4", "5"))]
    later = [
        item(A.WAIT, "step3", str(n), R.NEEDS, detail="step1 (all): 10 of 40 are missing")
        for n in range(2000)
    ]
    bound = [item(A.WAIT, "step1", str(n), R.LIMIT, detail="running 10 of 10") for n in range(35, 41)]
    review = [
        item(A.REVIEW, "step1", "3", R.OUTCOME_UNKNOWN, detail=HOSTILE, next="cmcompile status dp02/step1/3"),
        *(
            item(
                A.REVIEW,
                "step1",
                str(n),
                R.OVER_LIMITS,
                detail=f"{n}0 of 3,000",
                next=f"cmcompile accept step1/{n}",
            )
            for n in (9, 10)
        ),
    ]
    refused = [
        item(
            A.REFUSE,
            "step1",
            "7",
            R.SENT_CHANGED,
            detail="requestMemory is 4096, was 2048",
            next="cmcompile rescue dp02/step1/7",
        )
    ]
    chain = [
        item(A.CHAIN, "step1", None, R.NEW_RUNS, detail="u/ann/dp02/step1: 3 runs"),
        item(A.CHAIN, "", None, R.NEW_RUNS, detail="u/ann/dp02"),
    ]
    return Plan(
        source(),
        (
            Stage(S.DECISIONS, tuple(decided)),
            Stage(S.ACCEPTANCE, tuple(accepted)),
            Stage(S.COLLECTIONS, tuple(chain)),
            Stage(S.SUBMISSION, tuple(sent + rescued)),
            Stage(S.NOT_NOW, tuple(later + bound + review + refused)),
        ),
        "9" * 64,
    )


def idle() -> Plan:
    """Return a plan that does nothing."""
    return Plan(source(commit="", ledger="", selectors=("dp02/step1",), limit=5), (), "8" * 64)
