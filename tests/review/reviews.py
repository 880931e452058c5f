"""Reviews made by hand: large ones, and ones in which every text is hostile."""

from __future__ import annotations

from hashlib import sha256

from cmcompile.model import codes
from cmcompile.model.decision import Decision, Verb
from cmcompile.model.diagnostic import Diagnostic
from cmcompile.model.difference import Difference, Edit, GroupRun
from cmcompile.model.event import Subject
from cmcompile.model.plan import Action, Cost, Item, Plan, PlanSource, Stage, StageName
from cmcompile.model.reason import Reason
from cmcompile.model.review import (
    REFUSAL,
    Asked,
    CampaignReview,
    Change,
    EditedDecision,
    EditedList,
    Estimate,
    LedgerSeen,
    Review,
    Risk,
)
from cmcompile.model.source import Span
from cmcompile.model.states import GroupState

EDITS = 100
BASE, HEAD = "b" * 40, "a" * 40


def item(action: Action, step: str, group: str, reason: Reason, **more: object) -> Item:
    digest = sha256(f"{action} {step} {group}".encode("utf-8", "surrogatepass")).hexdigest()
    return Item(action, Subject(step, group), reason, digest=digest, **more)  # type: ignore[arg-type]


def plan(name: str, items: tuple[Item, ...]) -> Plan:
    spec = f"campaigns/{name}/campaign.yaml"
    source = PlanSource(name, spec, HEAD, {spec: "c" * 64}, "d" * 40, "1.0", 1)
    return Plan(
        source, (Stage(StageName.SUBMISSION, items),), sha256(name.encode("utf-8", "replace")).hexdigest()
    )


def large(actions: int, campaigns: int = 1) -> Review:
    """Return a review of campaigns with so many plan actions each, each of them told by itself."""
    return Review(
        BASE, HEAD, ("origin/main", "HEAD"), tuple(_large(f"c{n:03}", actions) for n in range(campaigns))
    )


def _large(name: str, actions: int) -> CampaignReview:
    span = Span(f"campaigns/{name}/campaign.yaml", 12, 3)
    sent = actions // 2
    items = [
        item(Action.SUBMIT, f"step{n % 7}", str(n), Reason.NEVER_SENT, because=span) for n in range(sent)
    ]
    items += [
        item(Action.REFUSE, "step9", str(n), Reason.SENT_CHANGED, detail=f"w00: {n}", because=span)
        for n in range(actions - sent)
    ]
    groups = tuple(f"step{n % 7}/{n}" for n in range(sent))
    edits = tuple(
        Edit(
            f"vars.v{n}",
            "changed",
            Span(span.file, n + 1, 3),
            n,
            n + 1,
            groups[n::100],
            (run(groups[n::100]),),
        )
        for n in range(min(sent, EDITS))
    )
    made = plan(name, tuple(items))
    found = Difference(name, actions, actions, sent, 0, 0, (), edits)
    findings = tuple(
        Diagnostic(codes.names.UNUSED, f"var v{n} is not used", span=Span(span.file, n + 1, 3))
        for n in range(500)
    )
    return CampaignReview(
        name,
        span.file,
        Change.CHANGED,
        LedgerSeen(Asked.FRESH, "d" * 40, "2026-11-20T08:00:00Z"),
        files=(span.file,),
        difference=found,
        plan=made,
        before=Estimate(actions),
        after=Estimate(
            actions, 0, actions, 10 * actions, (1.0 * actions, 2.0 * actions), ("what 9 workflows took",)
        ),
        findings=findings,
    )


def run(groups: tuple[str, ...]) -> GroupRun:
    step, _, first = groups[0].partition("/")
    return GroupRun(step, first, groups[-1].partition("/")[2], len(groups), False)


def hostile(text: str) -> Review:
    """Return a review in which every text that others write is the one given."""
    span = Span(text or "x", 7, 3)
    items = (
        item(
            Action.SUBMIT,
            text,
            text,
            Reason.NEVER_SENT,
            detail=text,
            because=span,
            next=text,
            cost=Cost(3, (1, 2), text),
        ),
        item(Action.REFUSE, text, text, Reason.SENT_CHANGED, detail=text, because=span, next=text),
        item(Action.REFUSE, text, f"{text}2", Reason.DECIDED, detail=text, because=span, next=text),
        item(
            Action.REVIEW,
            text,
            f"{text}3",
            Reason.OUTCOME_UNKNOWN,
            detail=text,
            because=span,
            state=GroupState.REVIEW,
        ),
    )
    group = f"{text}/{text}"
    edit = Edit(
        text, "changed", span, text, f"{text}!", (group,), (GroupRun(text, text, text, 1, True),), (text,)
    )
    decision = Decision("f" * 12, Verb.ACCEPT, Subject(text, text, text), text, text, text, span)
    campaign = CampaignReview(
        text,
        text,
        Change.RENAMED,
        LedgerSeen(Asked.SILENT, "d" * 40, text),
        was=text,
        files=(text,),
        difference=Difference(text, 1, 1, 1, 0, 0, (), (edit,)),
        undiffed=text,
        plan=plan(text, items),
        unplanned=text,
        before=Estimate(1, 1, 1, 3, (1.0, 2.0), (text,)),
        after=Estimate(2, 1, 1, 3, (1.0, 2.0), (text,)),
        decisions=(EditedDecision(decision),),
        lists=(EditedList(text, text, 1, 2, 1, 0),),
        risks=(Risk("ledger", text, asks=True, span=span), Risk(REFUSAL, text, span=span)),
        findings=(Diagnostic(codes.names.UNUSED, text, text, span),),
    )
    without = CampaignReview(
        f"{text}9", text, Change.ADDED, LedgerSeen(Asked.NOT_KNOWN), undiffed=text, unplanned=text
    )
    return Review(BASE, HEAD, (text, text), (campaign, without), others=2, lines={span.file: frozenset({7})})
