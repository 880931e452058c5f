"""Mutants of looking: before the gate, in each pass, and at what is live."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace

from mutant import Mutant
from mutants_worlds import (
    ACCEPTING,
    BY_HAND,
    COVERING,
    HIDING,
    LIMITED,
    LIMITING,
    REOPENING,
    RESTARTING,
    RESTARTS,
    UNHEARD,
)

from cmcompile.apply import claim, decisions, look_up, recheck, run, submission
from cmcompile.apply.claim import Claiming
from cmcompile.apply.declaration import Sendable
from cmcompile.apply.look_up import Clear, NotClear
from cmcompile.model.event import Abandoned, Body, Claimed, Draft, Reviewed, Subject, Submitted, WmsRef
from cmcompile.model.plan import Item
from cmcompile.model.reason import Reason
from cmcompile.model.states import LedgerState, Workflow, WorkflowState
from cmcompile.model.wms import RunSeen
from cmcompile.plan.admission import Admission
from cmcompile.plan.decided import Decided
from cmcompile.plan.world import World
from cmcompile.reconcile.facts import Facts
from cmcompile.reconcile.observe import Observation
from cmcompile.sim.runner import Interrupted, Runner, Work
from cmcompile.sim.seed import Patch
from cmcompile.state.claim import ClaimRecord

_judge, _draft, _named = look_up._judge, Facts._draft, Facts._named
_admission, _live, _used = Admission.__init__, ClaimRecord.live, recheck.used
_claimed, _pass_of = Claiming._claimed, Runner._pass_of
_ABSENT = frozenset({Reason.NOT_FOUND.value, Reason.RESTART_UNSEEN.value})


def _no_look_up(*args: object) -> Clear:
    """Ask nobody."""
    return Clear("0" * 64)


def _exact(
    workflows: Iterable[Workflow], where: WmsRef, prefix: str
) -> Iterator[tuple[WmsRef, tuple[str, ...]]]:
    """Ask for runs by the names that claims have, and no other."""
    found: dict[WmsRef, list[str]] = {}
    for workflow in workflows:
        if workflow.claim is not None:
            found.setdefault(workflow.claim.wms, []).append(workflow.claim.run_name)
    for place, names in found.items():
        yield place, tuple(names)


def _own_only(state: LedgerState, step: str, group: str, covers: Iterable[str] = ()) -> tuple[Workflow, ...]:
    """Leave out groups that share data."""
    record = state.groups.get((step, group))
    return () if record is None else record.workflows


def _not_recorded(
    self: Claiming, found: Sendable, subject: Subject, id_: str, runs: Sequence[str]
) -> Claimed:
    """Let a claim not say what it covers: whoever has another spec at hand does not know."""
    return replace(_claimed(self, found, subject, id_, runs), covers=())


def _whatever_is_shown(
    where: WmsRef, seen: tuple[RunSeen, ...], known: Iterable[Workflow]
) -> NotClear | None:
    """Let runs that are known be absent."""
    return _judge(where, seen, [replace(w, state=WorkflowState.RETIRED) for w in known])


def _believed(self: Facts, workflow: Workflow, body: Body) -> Draft:
    """Give up what is not found, and ask nobody."""
    if isinstance(body, Reviewed) and body.reason in _ABSENT:
        body = Abandoned(workflow.gate, body.why)
    return _draft(self, workflow, body)


def _by_name(self: Facts, workflow: Workflow, known: set[str]) -> Iterator[tuple[Workflow, Body]]:
    """Take the old run of a restart, found by its name, for the restart's reply."""
    claimed, former = workflow.claim, workflow.former_run_id
    if claimed is not None and claimed.restart and former and workflow.looked_up and workflow.gate:
        if self.observation.run(workflow, former) is not None:
            yield workflow, Submitted(former, workflow.gate, recovered=True)
        return
    yield from _named(self, workflow, known)


def _taken_up(self: Observation, workflow: Workflow, seen: RunSeen) -> bool:
    """Take a restart for taken up as soon as it was replied to."""
    return False


def _until_review(self: Facts, workflow: Workflow, known: set[str]) -> Iterator[tuple[Workflow, Body]]:
    """Look no more for what is in review, or given up."""
    if workflow.review is None and workflow.state is not WorkflowState.ABANDONED:
        yield from _named(self, workflow, known)


def _without_review(self: Admission, world: World, decided: Decided) -> None:
    """Count no workflow that is in review."""
    state = world.state
    groups = {
        key: replace(
            record, workflows=tuple(replace(w, live=w.live and w.review is None) for w in record.workflows)
        )
        for key, record in state.groups.items()
    }
    world.state = replace(state, groups=groups)
    try:
        _admission(self, world, decided)
    finally:
        world.state = state


def _over_in_review(self: ClaimRecord, told: Container[str] = ()) -> bool:
    """Take what is in review for over."""
    return self.reviewed is None and _live(self, told)


def _used_by_claim(item: Item, state: LedgerState) -> str | None:
    """Take an item for used once it was claimed, whatever became of the claim."""
    record = state.groups.get((item.subject.step, item.subject.group or ""))
    for workflow in () if record is None else record.workflows:
        if workflow.claim is not None and workflow.claim.item == item.digest:
            return f"{workflow} was claimed"
    return _used(item, state)


def _not_asked(*args: object) -> None:
    """Accept without asking again."""


def _submits(self: Runner, work: Work, interrupts: Interrupted) -> Callable[[], object]:
    """Let a refresh do what a reconcile does."""
    if work is Work.REFRESH:
        outside = self._outside(interrupts)
        return lambda: self._reconcile(outside)
    return _pass_of(self, work, interrupts)


_TAKEN_UP: Patch = (Observation, "untaken", _taken_up)

MUTANTS = (
    Mutant(
        "no look-up",
        ((submission, "look_up", _no_look_up), (claim, "look_up", _no_look_up)),
        "never twice",
        setup=REOPENING,
    ),
    Mutant(
        "runs are looked up by exact names",
        ((look_up, "_places", _exact),),
        "never twice",
        why="did not ask",
        setup=BY_HAND,
        seed=6,
    ),
    Mutant(
        "others that share data are not looked up",
        ((look_up, "in_conflict", _own_only),),
        "never twice",
        setup=COVERING,
    ),
    Mutant(
        "an empty reply passes", ((look_up, "_judge", _whatever_is_shown),), "never twice", setup=COVERING
    ),
    Mutant(
        "covers are known from the spec alone",
        ((Claiming, "_claimed", _not_recorded),),
        "never twice",
        why="(u_a_r.1_",
        setup=COVERING,
        seed=3,
    ),
    Mutant("absence is believed", ((Facts, "_draft", _believed),), "never twice", setup=HIDING, seed=13),
    Mutant(
        "a restart's reply proves", (_TAKEN_UP,), "never twice", setup=RESTARTING, stage=(RESTARTS,), seed=15
    ),
    # Found by name it is taken for replied to: what holds it then is that a reply proves nothing either.
    Mutant(
        "a restart is found by name",
        ((Facts, "_named", _by_name), _TAKEN_UP),
        "never twice",
        setup=UNHEARD,
        stage=(RESTARTS,),
        seed=20,
    ),
    Mutant(
        "looking stops at review",
        ((Facts, "_named", _until_review),),
        "nothing is lost",
        setup=HIDING,
        seed=2,
    ),
    Mutant(
        "limits leave out review",
        ((Admission, "__init__", _without_review),),
        "limits hold",
        setup=LIMITING,
        stage=(LIMITED,),
        seed=2,
    ),
    Mutant(
        "review is not live",
        ((ClaimRecord, "live", _over_in_review),),
        "limits hold",
        setup=LIMITING,
        stage=(LIMITED,),
        seed=2,
    ),
    Mutant(
        "an item is used by a dead claim",
        tuple((room, "used", _used_by_claim) for room in (recheck, claim, decisions, run)),
        "groups end",
    ),
    Mutant(
        "accepted without asking again",
        ((decisions, "final_now", _not_asked),),
        "accepted runs are over",
        setup=ACCEPTING,
        seed=6,
    ),
    Mutant("a refresh submits", ((Runner, "_pass_of", _submits),), "refresh never submits", seed=4),
)
