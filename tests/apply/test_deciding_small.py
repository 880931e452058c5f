"""Carrying out decisions, acceptance and collections: each action, and what a mishap leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from small_world import Small, ends, item

from cmcompile.model.applied import End
from cmcompile.model.child import NoReply, Order, Preparation, Reply
from cmcompile.model.decision import Verb
from cmcompile.model.event import Accepted, Chained, Rejected, Subject
from cmcompile.model.plan import Action
from cmcompile.model.states import GroupState, WorkflowState
from cmcompile.model.tagged import TagContent
from cmcompile.model.transaction import Proposal
from cmcompile.model.usage import Usage
from cmcompile.model.wms import NoAnswer
from cmcompile.sim.launcher import SimDriver

W00 = Subject("a", "all", "w00")


class Butler:
    """A Butler that does not hear some requests; implements ``Butler``."""

    def __init__(self, small: Small, deaf: set[str]) -> None:
        self._inner, self.deaf = small.scene.butler, deaf
        self.before_chain: Callable[[], None] = lambda: None

    def outcome(self, runs: Sequence[str], earlier: Sequence[str] = ()) -> object:
        return NoAnswer("away") if "outcome" in self.deaf else self._inner.outcome(runs, earlier)

    def usage(self, runs: Sequence[str]) -> Usage | NoAnswer:
        return NoAnswer("away") if "usage" in self.deaf else self._inner.usage(runs)

    def missing(self, runs: Sequence[str]) -> object:
        return NoAnswer("away") if "missing" in self.deaf else self._inner.missing(runs)

    def chain(self, collection: str, runs: Sequence[str]) -> NoAnswer | None:
        self.before_chain()
        return NoAnswer("away") if "chain" in self.deaf else self._inner.chain(collection, runs)

    def tag(
        self, collection: str, sources: Sequence[str], datasets: Sequence[str], where: str
    ) -> TagContent | NoAnswer:
        if "tag" in self.deaf:
            return NoAnswer("away")
        return self._inner.tag(collection, sources, datasets, where)

    def retire(self, runs: Sequence[str]) -> NoAnswer | None:
        return NoAnswer("away") if "retire" in self.deaf else self._inner.retire(runs)


def ended(state: str = "failed", campaign: str = "one") -> Small:
    small = Small(campaign)
    small.run_to_end(state)
    return small


def test_what_ended_well_is_accepted() -> None:
    small = ended("succeeded")
    assert ends(small.apply()) == [End.DONE]
    (body,) = (e.draft.body for e in small.events() if isinstance(e.draft.body, Accepted))
    assert (body.workflows, body.missing, body.quanta) == (("all@w00",), 0, 4)


def test_a_run_that_goes_on_again_is_not_accepted() -> None:
    small = ended("succeeded")
    plan = small.plan()
    small.scene.wms.reopen("1001")
    (result,) = small.apply(plan)
    assert result.end is End.STALE
    assert "is running now" in result.detail
    assert "accepted" not in small.kinds()


def test_without_an_answer_nothing_is_accepted() -> None:
    small = ended("succeeded")
    small.scene.wms.down.add(next(iter(small.state.groups.values())).workflows[0].claim.wms)  # type: ignore[union-attr]
    assert ends(small.apply()) == [End.UNASKED]


@pytest.mark.parametrize(
    ("verb", "kind"),
    [(Verb.ACCEPT, "accepted"), (Verb.REJECT, "rejected"), (Verb.SUPERSEDE, "superseded")],
)
def test_a_verdict(verb: Verb, kind: str) -> None:
    small = ended()
    decision = small.decide(verb, W00)
    plan = small.plan()
    assert End.DONE in ends(small.apply(plan))
    event = next(e for e in small.events() if e.draft.kind == kind)
    assert event.draft.decision == decision.id
    assert event.draft.body.workflows == ("all@w00",)  # type: ignore[union-attr]
    assert ends(small.apply(plan))[0] is End.USED
    assert small.kinds().count(kind) == 1


def test_a_gate_is_given_up_by_a_person() -> None:
    small = Small()
    small.hears = lambda told: small.interrupts.__setattr__("asked", 2 * (told.moment.value == "called"))
    small.driver = _Deaf
    small.apply()
    small.interrupts.asked = 0
    small.hears = lambda told: None
    small.wait()
    small.refresh()
    gate = small.workflow().gate or ""
    small.decide(Verb.ABANDON, W00, gate=gate)
    found = small.apply()
    assert found[0].end is End.DONE
    assert "abandoned" in small.kinds()


class _Deaf:
    """A driver whose call never arrives."""

    def __init__(self, driver: SimDriver) -> None:
        self._driver = driver

    def prepare(self, order: Order) -> Preparation:
        return self._driver.prepare(order)

    def call(self, order: Order) -> Reply:
        return NoReply("no line")


def test_cancelling_is_written_once_and_asked_again() -> None:
    small = Small()
    small.apply()
    small.scene.wms.down.add(small.workflow().claim.wms)  # type: ignore[union-attr]
    small.decide(Verb.CANCEL, W00)
    assert ends(small.apply()) == [End.UNASKED]
    assert ends(small.apply()) == [End.UNASKED]
    small.scene.wms.down.clear()
    assert ends(small.apply()) == [End.USED]
    assert small.kinds().count("cancelling") == 1
    small.wait()
    small.refresh()
    assert small.workflow().state is WorkflowState.CANCELLED


def test_retiring_writes_its_intent_once() -> None:
    small = ended()
    small.decide(Verb.RETIRE, W00)
    small.butler = Butler(small, {"missing", "retire"})  # type: ignore[assignment]
    assert ends(small.apply()) == [End.UNASKED]
    assert "retiring" not in small.kinds(), "it is not even there to be asked"
    small.butler.deaf.discard("missing")  # type: ignore[attr-defined]
    assert ends(small.apply()) == ends(small.apply()) == [End.UNASKED]
    assert small.kinds().count("retiring") == 1
    small.butler.deaf.clear()  # type: ignore[attr-defined]
    plan = small.plan()
    workflow = small.workflow()
    assert workflow.claim is not None
    assert item(plan, Action.RETIRE).preconditions["removes"] == workflow.claim.output_run
    assert ends(small.apply(plan)) == [End.DONE]
    assert small.kinds()[-1] == "retired"
    assert [run for _, run in small.scene.butler.retired] == [workflow.claim.output_run]


def test_a_removal_of_other_collections_than_were_listed_is_refused() -> None:
    small = ended()
    small.decide(Verb.RETIRE, W00)
    plan = small.plan()
    listed = item(plan, Action.RETIRE)
    other = replace(listed, preconditions={**listed.preconditions, "removes": "u/other"})
    stages = tuple(replace(s, items=tuple(other if i is listed else i for i in s.items)) for s in plan.stages)
    (result,) = small.apply(replace(plan, stages=stages))
    assert result.end is End.STALE
    assert "u/other" in result.detail
    assert small.scene.butler.retired == []


def test_what_was_retired_is_not_retired_again() -> None:
    small = ended()
    small.decide(Verb.RETIRE, W00)
    plan = small.plan()
    assert ends(small.apply(plan)) == [End.DONE]
    assert ends(small.apply(plan)) == [End.USED]


def adopting(small: Small, run: str, output: str = "u/mine") -> None:
    small.decide(Verb.ADOPT, small.first(), run=run, wms="sim.PandaService", output=output)


def test_a_run_is_taken_over() -> None:
    small = Small()
    adopting(small, small.by_hand("mine"))
    assert End.DONE in ends(small.apply())
    assert (small.workflow().run_id, small.workflow().live) == ("1001", True)


def test_a_run_that_is_not_there_is_not_taken_over() -> None:
    small = Small()
    adopting(small, "4242")
    (result, *_) = small.apply()
    assert (result.end, result.detail) == (End.STALE, "sim.PandaService does not show run 4242")


def test_a_run_of_the_ledger_is_not_taken_over_again() -> None:
    small = ended()
    adopting(small, "1001")
    small.apply()
    assert len(small.record().workflows) == 1


def test_a_run_of_another_group_is_not_taken_over() -> None:
    small = Small("covering")
    plan = small.plan()
    (one, _) = plan.items()
    stages = tuple(replace(stage, items=(one,)) for stage in plan.stages)
    small.apply(replace(plan, stages=stages))
    small.decide(Verb.ADOPT, Subject("a", "2"), run="1001", wms="sim.PandaService", output="u/mine")
    (result, *_) = small.apply()
    assert (result.end, result.detail) == (End.STALE, "run 1001 is that of a/1@w00 already")


# Collections.


def collected() -> Small:
    small = Small("collected")
    small.apply()
    small.wait()
    small.refresh()
    for one in [i for i in small.plan().items() if i.action is Action.ACCEPT]:
        small.write(Accepted(tuple(one.preconditions["judged"].split(", "))), subject=one.subject)
    return small


def test_a_collection_is_made_of_accepted_runs() -> None:
    small = collected()
    small.apply()
    assert len(small.scene.butler.chains["u/a"]) == 2
    assert small.state.steps["a"].chained == ("1@w00", "2@w00")


def test_a_butler_that_is_away_leaves_the_intent() -> None:
    small = collected()
    small.butler = Butler(small, {"chain"})  # type: ignore[assignment]
    (result, *_) = small.apply()
    assert result.end is End.UNASKED
    assert small.state.steps["a"].chaining
    small.butler = small.scene.butler
    small.apply()
    assert not small.state.steps["a"].chaining


def test_a_collection_that_others_made_meanwhile_is_made_again() -> None:
    """What was made late stands over the newer one: it must not stay so unknown to the ledger."""
    small = collected()
    butler = Butler(small, set())
    plan = small.plan()

    def others() -> None:
        butler.before_chain = lambda: None
        record = small.scene.views.of(small.scene.far.clone(), small.scene.far.at()).state
        draft = small.desk().draft(Subject("a", "2"), Rejected(("2@w00",), "bad"))
        done = small.desk().draft(Subject("a"), Chained("u/a", ("1@w00",)))
        small.book.record(Proposal((draft, done), message="others"))
        outputs = [record.groups["a", "1"].workflows[0].claim.output_run]  # type: ignore[union-attr]
        small.scene.butler.chain("u/a", outputs)

    butler.before_chain = others
    small.butler = butler  # type: ignore[assignment]
    (result, *_) = [r for r in small.apply(plan) if r.item.action is Action.CHAIN and r.subject.step == "a"]
    assert result.end is End.LOST
    assert len(small.scene.butler.chains["u/a"]) == 2, "what was made here came last"
    assert small.state.steps["a"].chaining
    assert small.record("a", "2").verdict is GroupState.REJECTED
    small.apply()
    assert len(small.scene.butler.chains["u/a"]) == 1
