"""Decisions and facts on a remote that loses answers, moves, and goes away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from event_samples import ID
from ledgers import (
    StillClock,
    begin,
    claim_of,
    claiming,
    draft,
    events_on,
    gate_of,
    ids_of,
    ids_on,
    ledger_on,
    proposal,
    workflow,
    write,
    write_files,
)

from cmcompile.ledger.backoff import Patience
from cmcompile.ledger.book import Ledger
from cmcompile.ledger.memory_store import Fault, MemoryRemote, MemoryStore
from cmcompile.ledger.paths import directory
from cmcompile.ledger.placing import MisplacedError
from cmcompile.ledger.spool import Spool
from cmcompile.ledger.transact import decide, flush, record
from cmcompile.ledger.view import View
from cmcompile.model import event as e
from cmcompile.model.ledger import (
    Commit,
    HistoryError,
    LedgerError,
    Push,
    RefusedError,
    Tip,
    UnreachableError,
)
from cmcompile.model.transaction import Landed, Lost, Proposal, Spooled, Stop, Stopped, Unsure

G = e.Subject("step1", "1")


@pytest.fixture
def remote() -> MemoryRemote:
    made = MemoryRemote()
    begin(made)
    return made


class LateStore(MemoryStore):
    """A clone whose first push stays on its way until it is let through."""

    def __init__(self, remote: MemoryRemote, campaign: str) -> None:
        super().__init__(remote, campaign)
        self.late: Commit | None = None
        self.pushes = 0

    def push(self, commit: Commit) -> Push:
        self.pushes += 1
        if self.late is None:
            self.late = commit
            return Push.UNCLEAR
        return super().push(commit)

    def arrive(self) -> bool:
        assert self.late is not None
        return self.remote.swap(self.branch, self.late)


def once(action: Callable[[], object]) -> Callable[[], None]:
    """Return a call that does something the first time only."""
    left = [action]

    def call() -> None:
        if left:
            left.pop()()

    return call


# A decision and its race.


def test_a_decision_lands_with_the_next_number_of_its_directory(remote: MemoryRemote) -> None:
    ledger = ledger_on(remote)
    first = claim_of(workflow("1"))
    result = decide(ledger, lambda view: proposal(first))
    assert isinstance(result, Landed)
    assert [(event.number, event.draft) for event in result.events] == [(1, first)]
    assert result.tries == 1
    result = decide(
        ledger, lambda view: proposal(draft(first.subject, e.Prepared(), first.claim), gate_of(first))
    )
    assert isinstance(result, Landed)
    assert [(event.number, event.draft.kind) for event in result.events] == [
        (2, "prepared"),
        (3, "submitting"),
    ]


def test_the_judge_sees_what_landed_before(remote: MemoryRemote) -> None:
    mine, other = ledger_on(remote), ledger_on(remote)
    assert isinstance(decide(mine, claiming("1")), Landed)
    result = decide(other, claiming("1"))
    assert isinstance(result, Stopped)
    assert result.stop == Stop("step1/1@w00 is live", 4)
    assert result.overruled == ()
    assert len(ids_on(remote)) == 1


def test_twins_with_the_same_content_in_the_same_second_one_wins_and_both_know(remote: MemoryRemote) -> None:
    mine, twin = ledger_on(remote), ledger_on(remote)
    claimed = claim_of(workflow("1"))
    results: list[object] = []

    def judge(view: View) -> Proposal | Stop:
        if view.state.groups:
            return Stop("it is claimed")
        # The same to the last letter, but for the random ids.
        return proposal(draft(claimed.subject, claimed.body, claim_of(workflow("1")).claim))

    remote.before_push = once(lambda: results.append(decide(twin, judge)))
    results.append(decide(mine, judge))
    assert [type(result) for result in results] == [Landed, Stopped]
    assert isinstance(results[0], Landed)
    assert ids_on(remote) == [results[0].events[0].draft.id]


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.REPLY_LOST])
def test_a_lost_reply_neither_loses_nor_doubles(remote: MemoryRemote, fault: Fault) -> None:
    ledger = ledger_on(remote)
    remote.faults.append(fault)
    result = decide(ledger, claiming("1"))
    assert isinstance(result, Landed)
    assert ids_on(remote) == ids_of(event.draft for event in result.events)
    assert result.tries == (2 if fault is Fault.LOST else 1)


def test_a_push_that_was_lost_is_made_again_with_the_same_commit(remote: MemoryRemote) -> None:
    judged = []

    def judge(view: View) -> Proposal | Stop:
        judged.append(view.tip)
        return claiming("1")(view)

    remote.faults.extend([Fault.LOST, Fault.LOST, Fault.LOST])
    result = decide(ledger_on(remote), judge)
    assert isinstance(result, Landed)
    assert len(judged) == 1
    # Besides the first commit of the ledger, one alone was ever made.
    assert len(remote.commits) == 2


def test_a_push_that_arrives_late_and_is_buried_is_found_by_its_id(remote: MemoryRemote) -> None:
    store = LateStore(remote, "c")
    other = ledger_on(remote)

    def arrive_and_bury() -> None:
        assert store.arrive()
        write(other, claim_of(workflow("2")))

    remote.before_push = once(arrive_and_bury)
    result = decide(ledger_on(remote, store=store), claiming("1"))
    assert isinstance(result, Landed)
    assert len(ids_on(remote)) == 2
    assert result.events[0].draft.id in ids_on(remote)
    assert result.tries == 2


def test_a_push_whose_base_is_gone_does_not_arrive_any_more(remote: MemoryRemote) -> None:
    store = LateStore(remote, "c")
    other = ledger_on(remote)
    judged = 0

    def judge(view: View) -> Proposal | Stop:
        nonlocal judged
        judged += 1
        return claiming("1")(view)

    remote.before_push = once(lambda: write(other, claim_of(workflow("2"))))
    result = decide(ledger_on(remote, store=store), judge)
    assert isinstance(result, Landed)
    assert judged == 2
    assert not store.arrive()
    assert len(ids_on(remote)) == 2


def test_after_a_lost_race_the_decision_is_judged_on_the_new_tip(remote: MemoryRemote) -> None:
    other = ledger_on(remote)
    remote.before_push = once(lambda: write(other, claim_of(workflow("1"))))
    result = decide(ledger_on(remote), claiming("1"))
    assert isinstance(result, Stopped)
    assert len(ids_on(remote)) == 1


def test_numbers_are_given_anew_on_the_new_tip(remote: MemoryRemote) -> None:
    other = ledger_on(remote)
    remote.before_push = once(lambda: write(other, draft(G, e.Reviewed("not_found", "look"))))
    result = decide(ledger_on(remote), lambda view: proposal(draft(G, e.Rejected(("1@w00",), "dark"))))
    assert isinstance(result, Landed)
    assert [event.number for event in result.events] == [2]


def test_waits_after_lost_races_are_random_out_of_a_growing_range(remote: MemoryRemote) -> None:
    losing(remote)
    patience = Patience(tries=200, seconds=1e9, shortest=1.0, longest=10.0)
    waits = waits_of(remote, patience)
    assert len(waits) == 200
    assert all(0 <= wait <= min(2.0**n, 10.0) for n, wait in enumerate(waits))
    assert max(waits[10:]) > 9
    assert min(waits[10:]) < 1


def test_waits_grow_no_further_than_some_tries_take(remote: MemoryRemote) -> None:
    losing(remote)
    waits = waits_of(remote, Patience(tries=200, seconds=1e9, shortest=0.5, longest=1000.0))
    assert 7 < max(waits) <= 8


def test_waits_are_as_long_as_what_was_lost(remote: MemoryRemote) -> None:
    losing(remote)

    class Slow(MemoryStore):
        def push(self, commit: Commit) -> Push:
            clock_of(ledger).time += timedelta(seconds=5)
            return super().push(commit)

    patience = Patience(tries=200, seconds=1e9, shortest=0.5, longest=1000.0)
    ledger = ledger_on(remote, store=Slow(remote, "c"), patience=patience)
    assert isinstance(decide(ledger, claiming("1")), Lost)
    assert 2 < max(clock_of(ledger).waits[:3]) <= 20
    assert 70 < max(clock_of(ledger).waits) <= 80


def clock_of(ledger: Ledger) -> StillClock:
    assert isinstance(ledger.clock, StillClock)
    return ledger.clock


def waits_of(remote: MemoryRemote, patience: Patience) -> list[float]:
    ledger = ledger_on(remote, patience=patience)
    assert isinstance(decide(ledger, claiming("1")), Lost)
    return clock_of(ledger).waits


def losing(remote: MemoryRemote) -> None:
    """Let somebody else come first in each race."""
    other = ledger_on(remote)

    def race() -> None:
        remote.before_push = None
        write_files(other, {f"plans/{len(remote.commits):064d}.json": b"{}\n"})
        remote.before_push = race

    remote.before_push = race


def test_a_decision_that_loses_every_race_is_lost_and_nothing_is_recorded(remote: MemoryRemote) -> None:
    losing(remote)
    assert decide(ledger_on(remote, patience=Patience(tries=5)), claiming("1")) == Lost(5)
    assert ids_on(remote) == []


def test_a_commit_whose_base_is_gone_leaves_nothing_unsure(remote: MemoryRemote) -> None:
    class Overtaken(LateStore):
        def push(self, commit: Commit) -> Push:
            answer = super().push(commit)
            if self.pushes == 1:
                write(other, claim_of(workflow("2")))
                losing(remote)
            return answer

    other = ledger_on(remote)
    store = Overtaken(remote, "c")
    assert decide(ledger_on(remote, store=store, patience=Patience(tries=4)), claiming("1")) == Lost(4)
    assert not store.arrive()
    assert len(ids_on(remote)) == 1


def test_a_decision_is_given_up_after_its_time(remote: MemoryRemote) -> None:
    losing(remote)
    patience = Patience(tries=10_000, seconds=100.0, shortest=5.0, longest=20.0)
    ledger = ledger_on(remote, patience=patience)
    result = decide(ledger, claiming("1"))
    assert isinstance(result, Lost)
    assert 100 <= sum(clock_of(ledger).waits) <= 120


# Where it is not known.


def test_a_remote_that_never_answers_leaves_it_unsure(remote: MemoryRemote) -> None:
    remote.faults.extend([Fault.LOST] * 100)
    ledger = ledger_on(remote, patience=Patience(tries=4))
    result = decide(ledger, claiming("1"))
    assert isinstance(result, Unsure)
    assert [item.kind for item in result.drafts] == ["claimed"]
    assert result.tries == 4


def test_a_remote_that_goes_away_after_an_unclear_push_leaves_it_unsure(remote: MemoryRemote) -> None:
    class Leaving(MemoryStore):
        def push(self, commit: Commit) -> Push:
            answer = super().push(commit)
            remote.down = True
            return answer

    for fault in (Fault.REPLY_LOST, Fault.LOST, None):
        remote.down = False
        remote.faults.append(fault)
        ledger = ledger_on(remote, store=Leaving(remote, "c"), patience=Patience(tries=3))
        claimed = claim_of(workflow(str(fault).lower().replace(".", "-").replace(" ", "-")))
        result = decide(ledger, lambda view, claimed=claimed: proposal(claimed))  # type: ignore[misc]
        assert isinstance(result, Unsure), fault
        assert result.drafts == (claimed,)


def test_a_remote_that_comes_back_in_time_makes_it_known(remote: MemoryRemote) -> None:
    class Shaky(MemoryStore):
        def push(self, commit: Commit) -> Push:
            answer = super().push(commit)
            remote.down = True
            return answer

    ledger = ledger_on(remote, store=Shaky(remote, "c"))
    remote.faults.append(Fault.REPLY_LOST)
    clock = ledger.clock
    assert isinstance(clock, StillClock)
    sleep = clock.sleep

    def back(seconds: float) -> None:
        sleep(seconds)
        remote.down = len(clock.waits) < 3

    clock.sleep = back  # type: ignore[method-assign]
    result = decide(ledger, claiming("1"))
    assert isinstance(result, Landed)
    assert len(ids_on(remote)) == 1


@pytest.mark.parametrize("when", ["before", "push"])
def test_an_unreachable_remote_is_told_as_such_when_nothing_was_recorded(
    remote: MemoryRemote, when: str
) -> None:
    ledger = ledger_on(remote)
    if when == "before":
        remote.down = True
    else:
        remote.faults.append(Fault.UNREACHABLE)
    with pytest.raises(UnreachableError):
        decide(ledger, claiming("1"))
    remote.down = False
    assert ids_on(remote) == []


def test_an_unreachable_remote_after_an_unclear_push_of_the_same_commit(remote: MemoryRemote) -> None:
    remote.faults.extend([Fault.LOST, Fault.UNREACHABLE, Fault.UNREACHABLE])
    result = decide(ledger_on(remote), claiming("1"))
    assert isinstance(result, Landed)
    assert len(ids_on(remote)) == 1


def test_a_refusal_passes_through(remote: MemoryRemote) -> None:
    remote.refuses = "a hook says no"
    with pytest.raises(RefusedError, match="a hook says no"):
        decide(ledger_on(remote), claiming("1"))


@pytest.mark.parametrize("what", ["deleted", "rewound", "forked"])
def test_a_branch_that_does_not_go_on_passes_through(remote: MemoryRemote, what: str) -> None:
    ledger = ledger_on(remote)
    first = remote.branches["cm/c"]
    decide(ledger, claiming("1"))
    if what == "deleted":
        del remote.branches["cm/c"]
    else:
        remote.branches["cm/c"] = first
    if what == "forked":
        assert isinstance(decide(ledger_on(remote), claiming("2")), Landed)
    with pytest.raises(HistoryError):
        decide(ledger, claiming("3"))


def test_without_a_ledger_nothing_is_recorded() -> None:
    with pytest.raises(LedgerError, match="ledger init"):
        decide(ledger_on(MemoryRemote()), claiming("1"))


# Claims that somebody else ends.


def ending(kind: str, claimed: e.Draft) -> e.Draft:
    bodies: dict[str, e.Body] = {
        "abandoned": e.Abandoned(None, "too old"),
        "not_called": e.NotCalled(ID),
        "review": e.Reviewed("not_found", "look"),
        "observed": e.Observed("running", "running"),
    }
    return draft(claimed.subject, bodies[kind], claimed.claim)


@pytest.mark.parametrize("kind", ["abandoned", "not_called", "review"])
def test_own_gate_does_not_win_when_its_claim_was_ended_on_top(remote: MemoryRemote, kind: str) -> None:
    store = LateStore(remote, "c")
    mine, other = ledger_on(remote, store=store), ledger_on(remote)
    claimed = claim_of(workflow("1"))
    write(other, claimed)
    gates = []

    def judge(view: View) -> Proposal | Stop:
        gates.append(gate_of(claimed))
        return proposal(gates[-1])

    def arrive_and_end() -> None:
        assert store.arrive()
        write(other, ending(kind, claimed))

    remote.before_push = once(arrive_and_end)
    result = decide(mine, judge)
    # It was judged anew, and not even a judge that wants to go on may do so.
    assert len(gates) == 2
    assert isinstance(result, Stopped)
    assert result.stop.exit == 7
    assert [event.draft.id for event in result.overruled] == [gates[0].id]
    assert [item.draft.kind for item in result.by if isinstance(item, e.Event)] == [kind]
    assert sum(event.draft.kind == "submitting" for event in events_on(store)) == 1


def test_own_gate_wins_when_others_wrote_of_other_claims(remote: MemoryRemote) -> None:
    store = LateStore(remote, "c")
    mine, other = ledger_on(remote, store=store), ledger_on(remote)
    # A restart has a claim of its own in the same directory.
    claimed, stranger = claim_of(workflow("1")), claim_of(workflow("1"))
    write(other, claimed)
    write(other, stranger)

    def arrive_and_more() -> None:
        assert store.arrive()
        write(other, ending("abandoned", stranger))
        write(other, ending("observed", claimed))

    remote.before_push = once(arrive_and_more)
    assert isinstance(decide(mine, lambda view: proposal(gate_of(claimed))), Landed)


def test_what_the_judge_saw_does_not_overrule(remote: MemoryRemote) -> None:
    store = LateStore(remote, "c")
    mine, other = ledger_on(remote, store=store), ledger_on(remote)
    claimed = claim_of(workflow("1"))
    write(other, claimed)
    write(other, ending("review", claimed))

    def arrive_and_more() -> None:
        assert store.arrive()
        write(other, claim_of(workflow("2")))

    remote.before_push = once(arrive_and_more)
    result = decide(mine, lambda view: proposal(ending("abandoned", claimed)))
    assert isinstance(result, Landed)


def test_what_the_judge_saw_after_a_lost_race_does_not_overrule(remote: MemoryRemote) -> None:
    class LosesThenLate(LateStore):
        def push(self, commit: Commit) -> Push:
            if self.pushes == 0:
                self.pushes += 1
                write(other, ending("review", claimed))
                return Push.MOVED
            return super().push(commit)

    store = LosesThenLate(remote, "c")
    mine, other = ledger_on(remote, store=store), ledger_on(remote)
    claimed = claim_of(workflow("1"))
    write(other, claimed)

    def arrive_and_more() -> None:
        assert store.arrive()
        write(other, claim_of(workflow("2")))

    def judge(view: View) -> Proposal | Stop:
        # The race is lost to the review, and the next push is buried under a claim.
        remote.before_push = once(arrive_and_more) if store.pushes else None
        return proposal(ending("abandoned", claimed))

    assert isinstance(decide(mine, judge), Landed)


def test_a_file_that_cant_be_read_on_top_overrules_too(remote: MemoryRemote) -> None:
    store = LateStore(remote, "c")
    mine, other = ledger_on(remote, store=store), ledger_on(remote)
    claimed = claim_of(workflow("1"))
    write(other, claimed)

    def arrive_and_spoil() -> None:
        assert store.arrive()
        write_files(other, {f"{directory(claimed.subject)}/0003-abandoned.json": b"{"})

    remote.before_push = once(arrive_and_spoil)
    result = decide(mine, lambda view: proposal(gate_of(claimed)))
    assert isinstance(result, Stopped)
    assert [item.path for item in result.by if isinstance(item, e.Unreadable)] != []


def test_after_being_overruled_another_claim_may_be_made(remote: MemoryRemote) -> None:
    store = LateStore(remote, "c")
    mine, other = ledger_on(remote, store=store), ledger_on(remote)

    def arrive_and_end() -> None:
        assert store.arrive()
        (event,) = events_on(other.store)
        write(other, ending("abandoned", event.draft))

    remote.before_push = once(arrive_and_end)
    result = decide(mine, claiming("1"))
    assert isinstance(result, Landed)
    assert [str(event.subject) for event in result.events] == ["step1/1@w01"]


# Files.


def test_as_run_files_land_with_their_exact_bytes(remote: MemoryRemote) -> None:
    claimed = claim_of(workflow("1"))
    place = directory(claimed.subject)
    data = b"pipelineYaml: \xff\r\n"
    asked = Proposal((claimed,), {f"{place}/submit.yaml": data, f"{place}/include/a.yaml": b""}, "As run")
    ledger = ledger_on(remote)
    assert isinstance(decide(ledger, lambda view: asked), Landed)
    tip = ledger.tip()
    files = ledger.store.files(tip)
    assert ledger.store.read([files[f"{place}/submit.yaml"]]) == {files[f"{place}/submit.yaml"]: data}
    assert f"{place}/include/a.yaml" in files


def test_a_file_that_is_there_is_never_replaced(remote: MemoryRemote) -> None:
    ledger = ledger_on(remote)
    claimed = claim_of(workflow("1"))
    path = f"{directory(claimed.subject)}/submit.yaml"
    decide(ledger, lambda view: Proposal((claimed,), {path: b"a"}))
    with pytest.raises(MisplacedError, match="never replaced"):
        decide(ledger, lambda view: Proposal((gate_of(claimed),), {path: b"b"}))
    assert isinstance(decide(ledger, lambda view: Proposal((gate_of(claimed),), {path: b"a"})), Landed)


def test_rendered_pages_are_replaced_and_land_without_events(remote: MemoryRemote) -> None:
    ledger = ledger_on(remote)
    for text in (b"one\n", b"two\n"):
        remote.faults.append(Fault.REPLY_LOST)
        result = decide(ledger, lambda view, text=text: Proposal((), {"README.md": text}, "Pages"))  # type: ignore[misc]
        assert isinstance(result, Landed)
        files = ledger.store.files(ledger.tip())
        assert ledger.store.read([files["README.md"]])[files["README.md"]] == text


def test_a_plan_that_is_there_already_needs_no_commit(remote: MemoryRemote) -> None:
    ledger = ledger_on(remote)
    asked = Proposal((), {f"plans/{'0' * 64}.json": b"{}\n"}, "A plan")
    assert isinstance(decide(ledger, lambda view: asked), Landed)
    before = len(remote.commits)
    assert isinstance(decide(ledger, lambda view: asked), Landed)
    assert len(remote.commits) == before


@pytest.mark.parametrize(
    "files",
    [
        {"ledger.json/x": b""},
        {"else/where.txt": b""},
        {"runs/step1/00/1/w00/submit.yaml": b""},
        {"steps/step1/0001-chained.json": b""},
    ],
)
def test_files_that_cmcompile_would_not_know_again_are_refused(
    remote: MemoryRemote, files: dict[str, bytes]
) -> None:
    with pytest.raises(MisplacedError):
        decide(ledger_on(remote), lambda view: Proposal((claim_of(workflow("1")),), files))


def test_mistakes_in_proposals_are_told(remote: MemoryRemote) -> None:
    claimed = claim_of(workflow("1"))
    wrong = [
        Proposal(()),
        Proposal((claimed, claimed)),
        Proposal((draft(e.Subject("step1", "../x"), e.Rejected((), "")),)),
        Proposal((draft(workflow("1"), e.Accepted(())),)),
    ]
    for asked in wrong:
        with pytest.raises(MisplacedError):
            decide(ledger_on(remote), lambda view, asked=asked: asked)  # type: ignore[misc]
    assert ids_on(remote) == []


# Facts.


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def files_in(spool: Spool) -> list[str]:
    return sorted(path.name for path in spool.directory.iterdir()) if spool.directory.exists() else []


def seen_running(group: str = "1") -> Proposal:
    return proposal(draft(workflow(group), e.Observed("running", "running"), ID))


def test_a_fact_lands_through_many_lost_races(remote: MemoryRemote, spool: Spool) -> None:
    other = ledger_on(remote)
    losses = 30

    def race() -> None:
        nonlocal losses
        losses -= 1
        remote.before_push = None
        write_files(other, {f"plans/{losses:064d}.json": b"{}\n"})
        remote.before_push = race if losses else None

    remote.before_push = race
    fact = seen_running()
    result = record(ledger_on(remote, spool=spool, patience=Patience(tries=3, seconds=1.0)), fact)
    assert isinstance(result, Landed)
    assert result.tries == 31
    assert ids_on(remote) == ids_of(fact.drafts)
    assert files_in(spool) == []


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.REPLY_LOST])
def test_a_fact_is_not_doubled_by_a_lost_reply(remote: MemoryRemote, spool: Spool, fault: Fault) -> None:
    remote.faults.append(fault)
    fact = seen_running()
    assert isinstance(record(ledger_on(remote, spool=spool), fact), Landed)
    assert ids_on(remote) == ids_of(fact.drafts)


def test_recording_the_same_events_again_does_no_harm(remote: MemoryRemote, spool: Spool) -> None:
    fact = seen_running()
    for number in range(2):
        result = record(ledger_on(remote, spool=spool), fact)
        assert isinstance(result, Landed)
        assert result.tries == 1 - number
    assert ids_on(remote) == ids_of(fact.drafts)


def test_a_fact_is_kept_before_the_remote_is_asked(remote: MemoryRemote, spool: Spool) -> None:
    kept: list[list[str]] = []

    class Watching(MemoryStore):
        def tip(self) -> Tip | None:
            kept.append(files_in(spool))
            return super().tip()

    record(ledger_on(remote, store=Watching(remote, "c"), spool=spool), seen_running())
    assert [len(names) for names in kept] == [1, 1]
    assert files_in(spool) == []


@pytest.mark.parametrize("boundary", ["tip", "push", "unclear and gone", "never an answer"])
def test_facts_are_kept_while_the_remote_is_away_and_sent_first_later(
    remote: MemoryRemote, spool: Spool, boundary: str
) -> None:
    told: list[str] = []
    patience = Patience(tries=3)
    ledger = ledger_on(remote, spool=spool, tell=told.append, patience=patience)
    if boundary == "tip":
        remote.down = True
    elif boundary == "push":
        remote.faults.append(Fault.UNREACHABLE)
    elif boundary == "unclear and gone":
        remote.faults.extend([Fault.REPLY_LOST])
        waiting = ledger.clock
        assert isinstance(waiting, StillClock)
        waiting.sleep = lambda seconds: setattr(remote, "down", True)  # type: ignore[method-assign]
    else:
        remote.faults.extend([Fault.LOST] * 3)
    fact = seen_running()
    result = record(ledger, fact)
    assert isinstance(result, Spooled)
    assert files_in(spool) == [result.path.name]
    # In the log too: the disk of a runner may be gone tomorrow.
    assert fact.drafts[0].id in "\n".join(told)
    remote.down = False
    later = decide(ledger_on(remote, spool=spool), claiming("2"))
    assert isinstance(later, Landed)
    assert files_in(spool) == []
    newest_first = [entry.changes[0].path for entry in ledger.store.history(ledger.tip())]
    assert [path.rpartition("-")[2] for path in newest_first] == [
        "claimed.json",
        "observed.json",
        "ledger.json",
    ]
    assert ids_on(remote) == sorted([fact.drafts[0].id, later.events[0].draft.id])


def test_facts_that_are_new_to_nobody_are_left(remote: MemoryRemote, spool: Spool) -> None:
    ledger = ledger_on(remote, spool=spool)
    fact = seen_running()

    def facts(view: View) -> Proposal | Stop:
        known = view.state.groups.get(("step1", "1"))
        return Stop("it is known") if known is not None and known.workflows else fact

    other = ledger_on(remote)
    remote.before_push = once(lambda: write(other, draft(workflow("1"), e.Observed("running", "x"), ID)))
    result = record(ledger, facts)
    assert isinstance(result, Stopped)
    assert files_in(spool) == []
    assert len(ids_on(remote)) == 1


def test_facts_may_be_known_only_on_the_new_tip(remote: MemoryRemote, spool: Spool) -> None:
    mine = ledger_on(remote, spool=spool)
    write(ledger_on(remote), claim_of(workflow("1")))
    fact = seen_running()
    result = record(mine, lambda view: fact if view.state.groups else Stop("nothing is known of it"))
    assert isinstance(result, Landed)


def test_the_events_proposed_first_are_those_that_are_sent(remote: MemoryRemote, spool: Spool) -> None:
    other = ledger_on(remote)
    remote.before_push = once(lambda: write(other, claim_of(workflow("2"))))
    made: list[Proposal] = []

    def facts(view: View) -> Proposal | Stop:
        made.append(seen_running())
        return made[-1]

    result = record(ledger_on(remote, spool=spool), facts)
    assert isinstance(result, Landed)
    assert len(made) > 1
    assert result.events[0].draft == made[0].drafts[0]


def test_without_a_spool_an_unreachable_remote_is_an_error(remote: MemoryRemote) -> None:
    remote.down = True
    with pytest.raises(UnreachableError):
        record(ledger_on(remote), seen_running())


def test_a_disk_that_refuses_does_not_stop_facts(remote: MemoryRemote, tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where the directory should be", encoding="utf-8")
    told: list[str] = []
    fact = seen_running()
    result = record(ledger_on(remote, spool=Spool(tmp_path / "spool"), tell=told.append), fact)
    assert isinstance(result, Landed)
    assert fact.drafts[0].id in told[0]


def test_refused_facts_stay_and_others_are_sent(remote: MemoryRemote, spool: Spool) -> None:
    told: list[str] = []
    ledger = ledger_on(remote, spool=spool, tell=told.append)
    remote.refuses = "a hook says no"
    with pytest.raises(RefusedError):
        record(ledger, seen_running("1"))
    assert len(files_in(spool)) == 1
    left = flush(ledger)
    assert [path.name for path in left.left] == files_in(spool)
    assert "a hook says no" in told[-1]
    remote.refuses = ""
    assert len(flush(ledger).landed) == 1
    assert files_in(spool) == []


def test_two_processes_that_send_the_same_kept_fact_do_not_double_it(
    remote: MemoryRemote, spool: Spool
) -> None:
    remote.down = True
    fact = seen_running()
    record(ledger_on(remote, spool=spool), fact)
    remote.down = False
    twin = ledger_on(remote, spool=spool)
    remote.before_push = once(lambda: flush(twin))
    assert len(flush(ledger_on(remote, spool=spool)).landed) == 1
    assert ids_on(remote) == ids_of(fact.drafts)
    assert files_in(spool) == []


def test_a_remote_that_is_away_is_asked_once_for_all_kept_facts(remote: MemoryRemote, spool: Spool) -> None:
    remote.down = True
    for group in ("1", "2", "3"):
        spool.keep(seen_running(group))
    asked = 0

    class Asked(MemoryStore):
        def tip(self) -> Tip | None:
            nonlocal asked
            asked += 1
            return super().tip()

    flushed = flush(ledger_on(remote, store=Asked(remote, "c"), spool=spool))
    assert asked == 1
    assert len(flushed.left) == 3


def test_half_a_commit_is_no_history(remote: MemoryRemote) -> None:
    ledger = ledger_on(remote)
    first, second = claim_of(workflow("1")), claim_of(workflow("2"))
    write(ledger, first)
    with pytest.raises(HistoryError):
        record(ledger, proposal(first, second))


def test_a_ledger_tells_what_it_knows_without_asking(remote: MemoryRemote) -> None:
    ledger: Ledger = ledger_on(remote)
    assert ledger.last().tip is None
    decide(ledger, claiming("1"))
    remote.down = True
    assert ("step1", "1") in ledger.last().state.groups
