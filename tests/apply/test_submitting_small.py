"""Submitting one item, in a small world: what each mishap leaves on the ledger, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import pytest
from small_world import Small, ends, item

from cmcompile.model.applied import End, Moment, Told
from cmcompile.model.child import (
    Child,
    Driver,
    Launcher,
    NoReply,
    NotReady,
    Order,
    Preparation,
    Ready,
    Reply,
    Taken,
)
from cmcompile.model.decision import Verb
from cmcompile.model.errors import InputError
from cmcompile.model.event import Abandoned, PrepareFailed, Subject, Submitted
from cmcompile.model.ledger import HistoryError, LedgerError, UnreachableError
from cmcompile.model.plan import Action
from cmcompile.model.rescued import Rescued
from cmcompile.model.states import LedgerState, WorkflowState
from cmcompile.model.transaction import Decided, Judge, Proposal, Recorded
from cmcompile.sim.branch import SimDeclaration
from cmcompile.sim.launcher import SimDriver

USER = "ann:pw" + "@"
GOOD = ["claimed", "prepared", "submitting", "submitted"]


class Does:
    """A driver that does one thing otherwise; implements ``Driver``."""

    def __init__(
        self,
        driver: SimDriver,
        prepare: Callable[[Order], Preparation] | None = None,
        call: Callable[[Order], Reply] | None = None,
    ) -> None:
        self._prepare = prepare or driver.prepare
        self._call = call or driver.call

    def prepare(self, order: Order) -> Preparation:
        return self._prepare(order)

    def call(self, order: Order) -> Reply:
        return self._call(order)


class Fails:
    """A ledger that can't be used any more from some moment on; implements ``Book``."""

    def __init__(self, small: Small, error: LedgerError) -> None:
        self._book = small.book
        self._error = error
        self.fails = ""

    def look(self) -> object:
        return self._book.look()

    def file(self, *args: object) -> object:
        return self._book.file(*args)  # type: ignore[arg-type]

    def directory(self, subject: Subject) -> str:
        return self._book.directory(subject)

    def decide(self, judge: Judge) -> Decided:
        if self.fails == "decide":
            raise self._error
        return self._book.decide(judge)

    def record(self, facts: Proposal | Judge) -> Recorded:
        if self.fails:
            raise self._error
        return self._book.record(facts)


@pytest.fixture
def small() -> Small:
    return Small()


def says(small: Small, prepare: Preparation | None = None, call: Reply | None = None) -> None:
    def made(driver: SimDriver) -> Driver:
        return Does(
            driver,
            None if prepare is None else (lambda _: prepare),
            None if call is None else (lambda _: call),
        )

    small.driver = made


def at(moment: Moment, then: Callable[[], object]) -> Callable[[Told], None]:
    """Return what does something as soon as a moment is told."""

    def hears(told: Told) -> None:
        if told.moment is moment:
            then()

    return hears


def interrupted(small: Small, number: int = 1) -> Callable[[], None]:
    def act() -> None:
        small.interrupts.asked = number

    return act


def test_all_goes_well(small: Small) -> None:
    assert ends(small.apply()) == [End.DONE]
    assert small.kinds() == GOOD
    assert small.workflow().state is WorkflowState.SUBMITTED
    assert [t.moment for t in small.told] == [
        *(Moment.CLAIMED, Moment.PREPARED, Moment.GATE, Moment.CALLED, Moment.SUBMITTED, Moment.ENDED)
    ]


@pytest.mark.parametrize(("transient", "left"), [(True, Action.SUBMIT), (False, Action.REVIEW)])
def test_a_preparation_that_fails(small: Small, transient: bool, left: Action) -> None:
    says(small, NotReady("no graph", transient))
    results = small.apply()
    assert (results[0].end, results[0].detail) == (End.FAILED, "no graph")
    assert small.kinds() == ["claimed", "prepare_failed"]
    assert [i.action for i in small.plan().items()] == [left]


def test_after_three_of_them_a_person_is_asked(small: Small) -> None:
    says(small, NotReady("no graph", transient=True))
    for _ in range(5):
        small.apply()
    assert small.kinds() == ["claimed", "prepare_failed"] * 3


def test_a_lost_reply_is_not_known(small: Small) -> None:
    says(small, call=NoReply("the line broke"))
    results = small.apply()
    assert (results[0].end, results[0].detail) == (End.UNKNOWN, "the line broke")
    assert small.kinds() == ["claimed", "prepared", "submitting", "unknown"]


@pytest.mark.parametrize(
    ("moment", "kinds", "end"),
    [
        (Moment.CLAIMED, ["claimed", "abandoned"], End.INTERRUPTED),
        (Moment.PREPARED, ["claimed", "abandoned"], End.INTERRUPTED),
        (Moment.GATE, ["claimed", "prepared", "submitting", "not_called"], End.INTERRUPTED),
        (Moment.CALLED, GOOD, End.DONE),
    ],
)
def test_an_interrupt_at_each_moment(small: Small, moment: Moment, kinds: list[str], end: End) -> None:
    small.hears = at(moment, interrupted(small))
    assert ends(small.apply()) == [end]
    assert small.kinds() == kinds
    assert len(small.scene.wms.calls) == (end is End.DONE)


def test_a_second_interrupt_does_not_wait_for_the_reply(small: Small) -> None:
    small.hears = at(Moment.CALLED, interrupted(small, 2))
    assert ends(small.apply()) == [End.INTERRUPTED]
    assert small.kinds() == ["claimed", "prepared", "submitting", "unknown"]
    small.interrupts.asked = 0
    small.wait(100)
    small.refresh()
    assert small.workflow().run_id == "1001", "the child called all the same, and its reply was kept"


@pytest.mark.parametrize(
    ("moment", "kinds"),
    [
        (Moment.CLAIMED, ["claimed", "abandoned"]),
        (Moment.PREPARED, ["claimed", "abandoned"]),
        (Moment.GATE, ["claimed", "prepared", "submitting", "not_called"]),
        (Moment.CALLED, GOOD),
        (Moment.SUBMITTED, GOOD),
        (Moment.ENDED, GOOD),
    ],
)
def test_who_listens_may_go_away_at_any_moment(small: Small, moment: Moment, kinds: list[str]) -> None:
    """As with ``cmcompile apply | head``: nothing is left in doubt before the error is raised."""

    def gone() -> None:
        raise BrokenPipeError

    small.hears = at(moment, gone)
    with pytest.raises(BrokenPipeError):
        small.apply()
    assert small.kinds() == kinds
    assert small.workflow().state is not WorkflowState.SUBMITTING


def test_an_order_that_cannot_be_said_ends_its_item_alone() -> None:
    small = Small("covering")

    class Strict:
        def __init__(self, launcher: Launcher) -> None:
            self._launcher = launcher

        def start(self, order: Order) -> Child | NotReady:
            broken = order.subject.group == "1"
            return self._launcher.start(replace(order, output_run="") if broken else order)

        def first(self, children: object) -> Child | None:
            return self._launcher.first(children)  # type: ignore[arg-type]

    small.launcher = Strict
    assert sorted(end.value for end in ends(small.apply())) == ["done", "failed"]


def test_a_reply_that_nobody_takes_is_not_called_done(small: Small) -> None:
    """A remote that refuses pushes after the gate: the run is there, and the ledger does not say so."""
    book = Fails(small, LedgerError("a hook refuses"))
    small.book = book  # type: ignore[assignment]
    small.hears = at(Moment.CALLED, lambda: setattr(book, "fails", "record"))
    (result,) = small.apply()
    assert result.end is End.DONE
    assert result.spooled, "the exit code must say so"
    assert "could not be recorded: a hook refuses" in result.detail


def test_what_frees_a_claim_is_kept_while_the_remote_is_down(small: Small) -> None:
    def away() -> None:
        small.scene.line.go_down(1e5)
        small.interrupts.asked = 1

    small.hears = at(Moment.GATE, away)
    (result,) = small.apply()
    assert (result.end, result.spooled) == (End.INTERRUPTED, True)
    small.interrupts.asked = 0
    small.wait(2e5)
    small.refresh()
    assert small.kinds()[-1] == "not_called"


@pytest.mark.parametrize("error", [LedgerError("refused"), HistoryError("set back")])
def test_a_ledger_that_fails_leaves_no_child(small: Small, error: LedgerError) -> None:
    book = Fails(small, error)
    small.book = book  # type: ignore[assignment]
    small.hears = at(Moment.PREPARED, lambda: setattr(book, "fails", "decide"))
    with pytest.raises(LedgerError, match=str(error)):
        small.apply()
    assert not any(task.alive for task in small.scene.world.tasks.values())
    assert not small.scene.wms.calls
    assert small.kinds() == ["claimed"]
    small.book = book._book
    small.refresh()
    assert small.kinds() == ["claimed", "abandoned"], "its process is gone"


def test_a_gate_that_may_still_land_is_given_back(small: Small) -> None:
    """The push may land though the next one is refused: nobody will say the word."""
    book = Fails(small, LedgerError("refused"))

    def decide(judge: Judge) -> Decided:
        done = book._book.decide(judge)
        if any(event.draft.kind == "submitting" for event in getattr(done, "events", ())):
            raise LedgerError("refused")
        return done

    book.decide = decide  # type: ignore[method-assign]
    small.book = book  # type: ignore[assignment]
    with pytest.raises(LedgerError):
        small.apply()
    assert small.kinds() == ["claimed", "prepared", "submitting", "not_called"]


class Reads:
    """A spec branch that can't be read any more after so often; implements ``SpecBranch``."""

    def __init__(self, small: Small, times: int, error: Exception) -> None:
        self._branch, self._times, self._error = small.branch, times, error

    def read(self, state: LedgerState) -> SimDeclaration:
        self._times -= 1
        if self._times < 0:
            raise self._error
        return self._branch.read(state)  # type: ignore[return-value]

    def rescue(self, state: LedgerState, groups: Mapping[str, Collection[str]]) -> tuple[Rescued, ...]:
        return self._branch.rescue(state, groups)


@pytest.mark.parametrize("error", [UnreachableError("no network"), InputError(())])
def test_a_spec_that_cannot_be_read_before_the_gate(small: Small, error: Exception) -> None:
    plan = small.plan()
    small.branch = Reads(small, 1, error)
    (result,) = small.apply(plan)
    assert result.end is End.UNASKED
    assert small.kinds() == ["claimed", "abandoned"]
    assert not small.scene.wms.calls


@pytest.mark.parametrize("verb", [Verb.HOLD])
def test_a_hold_that_is_merged_while_preparing(small: Small, verb: Verb) -> None:
    small.hears = at(Moment.CLAIMED, lambda: small.decide(verb, None))
    (result,) = small.apply()
    assert result.end is End.STALE
    assert "held" in result.detail
    assert small.kinds() == ["claimed", "abandoned"]


def test_an_item_is_used_once(small: Small) -> None:
    plan = small.plan()
    assert ends(small.apply(plan)) == [End.DONE]
    (again,) = small.apply(plan)
    assert again.end is End.USED
    assert len(small.scene.wms.calls) == 1


def test_words_of_others_are_cleaned_before_they_are_written_or_told(small: Small) -> None:
    small.clean = lambda text: text.replace("hush", "***")
    says(small, NotReady("hush no graph"))
    small.apply()
    says(small, Ready(), NoReply("hush no line"))
    small.decide(Verb.RETRY, Subject(*_key(small), "w00"))
    small.apply()
    bodies = [event.draft.body for event in small.events()]
    assert "*** no graph" in [b.message for b in bodies if isinstance(b, PrepareFailed)]
    assert not any("hush" in str(b) for b in bodies)
    assert not any("hush" in told.detail for told in small.told)


def test_an_address_is_recorded_without_its_password(small: Small) -> None:
    says(small, call=Taken("1", "2026-11-20T08:00:00Z", f"https://{USER}host/run/1"))
    small.apply()
    urls = {e.draft.body.url for e in small.events() if isinstance(e.draft.body, Submitted)}
    assert urls == {"https://host/run/1"}


def _key(small: Small) -> tuple[str, str]:
    first = small.first()
    return first.step, first.group or ""


# Groups that were sent before.


def test_a_rejected_group_may_be_sent_again(small: Small) -> None:
    """Its own claim makes the verdict void: that must not be held against it at its gate."""
    small.run_to_end("succeeded")
    subject = Subject(*_key(small), "w00")
    small.decide(Verb.REJECT, subject)
    assert End.DONE in ends(small.apply())
    small.decide(Verb.RETRY, subject)
    assert ends(small.apply()) == [End.DONE]
    assert len(small.scene.wms.calls) == 2


def test_a_verdict_given_while_preparing_counts(small: Small) -> None:
    small.run_to_end("failed")
    subject = Subject(*_key(small), "w00")
    small.decide(Verb.RETRY, subject)
    small.hears = at(Moment.CLAIMED, lambda: small.decide(Verb.ACCEPT, subject))
    (result,) = small.apply()
    assert result.end is End.STALE
    assert len(small.scene.wms.calls) == 1


def test_a_run_that_is_not_shown_any_more_costs_no_claim_in_each_pass(small: Small) -> None:
    run = small.run_to_end("failed")
    small.decide(Verb.RETRY, Subject(*_key(small), "w00"))
    run.visible = 1e12
    kinds = small.kinds()
    for _ in range(3):
        (result,) = small.apply()
        assert result.end is End.UNASKED
        assert "does not show run 1001" in result.detail
    assert small.kinds() == kinds
    run.visible = 0.0
    assert ends(small.apply()) == [End.DONE]


def test_an_unknown_run_of_a_group_that_was_never_claimed_is_found(small: Small) -> None:
    """The first claim is made, and given back: by it a pass knows what to ask for."""
    small.by_hand("u_a_all_w00-123456")
    (result,) = small.apply()
    assert result.end is End.UNASKED
    assert "which the ledger does not know" in result.detail
    assert small.kinds() == ["claimed", "abandoned"]
    small.refresh()
    assert small.kinds()[2:] == ["review"]


def test_a_run_of_another_group_whose_name_begins_alike_is_not_in_the_way(small: Small) -> None:
    small.run_to_end("failed")
    name = small.workflow().claim
    assert name is not None
    other = replace(
        name, prefix="u_a_all_wide_w", run_name="u_a_all_wide_w00-1", output_run="u/a/all_wide/w00-1"
    )
    small.by_hand("u_a_all_wide_w00-1")
    small.write(other, Submitted("1002", None), subject=Subject("a", "all_wide", "w00"), claim="c" * 16)
    small.decide(Verb.RETRY, Subject("a", "all", "w00"))
    assert End.DONE in ends(small.apply())


def test_an_adopted_run_with_a_name_of_its_own_can_be_restarted(small: Small) -> None:
    small.scene.branch.merge(
        small.scene.branch.made(
            Verb.ADOPT, small.first(), "Bob <b@c>", "2026-11-20T08:00:00Z", "mine",
            run=small.by_hand("my_own_name"), wms="sim.PandaService", output="u/mine",
        )
    )  # fmt: skip
    assert End.DONE in ends(small.apply())
    small.scene.wms.end("1001", "failed")
    small.refresh()
    assert small.workflow().state is WorkflowState.FAILED
    small.decide(Verb.RESTART, Subject(*_key(small), "w00"))
    assert ends(small.apply()) == [End.DONE]
    small.wait(2000)
    small.refresh()
    assert small.workflow().state is WorkflowState.RUNNING
    small.wait()
    small.refresh()
    assert small.workflow().state is WorkflowState.SUCCEEDED


def test_a_claim_that_was_given_up_by_others_is_lost(small: Small) -> None:
    def give_up() -> None:
        workflow = (
            small.scene.views.of(small.scene.far.clone(), small.scene.far.at())
            .state.groups[_key(small)]
            .workflows[0]
        )
        draft = small.desk().draft(
            Subject(*_key(small), "w00"), Abandoned(None, "too old"), workflow.claim_id
        )
        small.book.record(Proposal((draft,), message="others"))

    small.hears = at(Moment.PREPARED, give_up)
    (result,) = small.apply()
    assert result.end is End.LOST
    assert small.kinds() == ["claimed", "abandoned"]


def test_one_item_of_a_plan(small: Small) -> None:
    assert item(small.plan(), Action.SUBMIT).preconditions["workflows"] == "none"
