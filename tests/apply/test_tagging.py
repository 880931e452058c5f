"""Tagged inputs through plan and apply: made once, before the groups that read them, and then left alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from small_world import Small, ends, item

from cmcompile.model.applied import End
from cmcompile.model.butler import Butler
from cmcompile.model.decision import Verb
from cmcompile.model.event import CAMPAIGN, Subject, Tagged, Tagging
from cmcompile.model.plan import Action, Item
from cmcompile.model.reason import Reason
from cmcompile.model.states import TagRecord
from cmcompile.model.tagged import TagContent
from cmcompile.model.transaction import Proposal
from cmcompile.model.wms import NoAnswer

W00 = Subject("a", "1", "w00")
GOOD = frozenset(("HSC/raw", "raw", f"detector={n}, exposure={n}, instrument=HSC") for n in (1, 2))


class Deaf:
    """A Butler whose answers to `tag` are lost, before or after it was done; implements ``Butler``."""

    def __init__(self, inner: Butler, *, done: bool = False) -> None:
        self._inner, self._done = inner, done
        self.then: Callable[[], None] = lambda: None
        self.outcome, self.missing = inner.outcome, inner.missing
        self.chain, self.retire, self.usage = inner.chain, inner.retire, inner.usage

    def tag(
        self, collection: str, sources: Sequence[str], datasets: Sequence[str], where: str
    ) -> TagContent | NoAnswer:
        if self._done:
            self._inner.tag(collection, sources, datasets, where)
        self.then()
        return NoAnswer("away")


def tags(small: Small) -> dict[str, TagRecord]:
    return {tag.collection: tag for step in small.state.steps.values() for tag in step.tags}


def of(small: Small, action: Action) -> list[Item]:
    return [item for item in small.plan().items() if item.action is action]


def test_a_campaign_with_tagged_inputs_runs_to_its_end() -> None:
    small = Small("tagged")
    for _ in range(12):
        small.reconcile()
        small.wait(4000.0)
    assert {k: r.verdict.value for k, r in small.state.groups.items() if r.verdict} == dict.fromkeys(
        [("a", "1"), ("a", "2"), ("b", "all")], "accepted"
    )
    held = small.scene.butler.tags
    assert held["u/good"] == GOOD
    assert {run.rpartition("/w00")[0] for run, _, _ in held["u/better"]} == {"u/all/a/1", "u/all/a/2"}
    kinds = small.kinds()
    assert (kinds.count("tagging"), kinds.count("tagged")) == (2, 2)
    first = kinds.index("submitting")
    assert kinds.index("tagging") < kinds.index("tagged") < first
    assert len(small.scene.butler.tagged) == 2


def test_what_is_tagged_stands_in_the_ledger_and_groups_wait_for_it() -> None:
    small = Small("tagged")
    plan = small.plan()
    found = item(plan, Action.TAG)
    assert (found.subject, found.reason) == (Subject(CAMPAIGN), Reason.NEW_TAG)
    assert found.detail == "u/good: raw of HSC/raw, instrument='HSC' and exposure in (1, 2)"
    waits = {str(i.subject): (i.reason, i.detail, i.next) for i in plan.items() if i.action is Action.WAIT}
    assert waits["a/1"] == (Reason.NOT_TAGGED, "u/good: it is to be made", "cmcompile apply c")
    assert ends(small.apply(plan)) == [End.DONE]
    (record,) = tags(small).values()
    assert (record.collection, record.count, record.begun) == ("u/good", 2, "")
    assert record.declaration == found.preconditions["declaration"] == found.definition
    assert not of(small, Action.TAG)
    assert len(of(small, Action.SUBMIT)) == 2
    assert ends(small.apply(plan)) == [End.USED]


def test_what_a_step_makes_is_chosen_when_all_of_it_is_accepted() -> None:
    small = Small("tagged")
    small.apply()
    small.apply()
    small.scene.wms.end("1001", "succeeded")
    small.refresh()
    small.apply()
    assert not of(small, Action.TAG)
    small.scene.wms.end("1002", "succeeded")
    small.refresh()
    small.apply()
    assert not of(small, Action.TAG), "the collection of the step does not hold both"
    small.apply()
    (found,) = of(small, Action.TAG)
    assert found.subject == Subject("b")
    assert "needs" in found.preconditions
    assert ends(small.apply()) == [End.DONE]
    assert tags(small)["u/better"].count == len(small.scene.butler.tags["u/better"])


@pytest.mark.parametrize("done", [False, True])
def test_what_was_begun_and_not_ended_is_made_again(done: bool) -> None:
    small = Small("tagged")
    small.butler = Deaf(small.scene.butler, done=done)
    for _ in range(2):
        (result,) = small.apply()
        assert result.end is End.UNASKED
    assert small.kinds() == ["tagging"], "each pass that comes to nothing would leave one more"
    assert not of(small, Action.SUBMIT)
    assert "was begun and not ended" in of(small, Action.TAG)[0].detail
    small.butler = small.scene.butler
    assert ends(small.apply()) == [End.DONE]
    assert small.kinds() == ["tagging", "tagged"]
    assert small.scene.butler.tags["u/good"] == GOOD
    assert len(small.scene.butler.tagged) == 1


def test_an_empty_choice_holds_its_groups_up() -> None:
    small = Small("tagged")
    small.scene.butler.stored["HSC/raw"] = ()
    (result,) = small.apply()
    assert result.end is End.UNASKED
    assert "no raw fits" in result.detail
    assert not of(small, Action.SUBMIT)


def test_a_declaration_may_change_before_anything_that_reads_it_is_sent() -> None:
    small = Small("retagged")
    small.apply()
    before = tags(small)["u/good"]
    small.scene.branch.edit()
    (found,) = of(small, Action.TAG)
    assert found.detail.endswith("it was declared otherwise")
    assert not of(small, Action.SUBMIT)
    assert ends(small.apply()) == [End.DONE]
    after = tags(small)["u/good"]
    assert before.declaration != after.declaration
    assert before.datasets != after.datasets
    assert {data_id[9] for _, _, data_id in small.scene.butler.tags["u/good"]} == {"2", "3"}


def test_after_a_group_was_sent_a_changed_declaration_is_refused() -> None:
    small = Small("retagged")
    small.apply()
    small.apply()
    small.scene.branch.edit()
    plan = small.plan()
    found = [i for i in plan.items() if i.action is Action.REFUSE]
    assert [(str(i.subject), i.reason) for i in found] == [
        ("a/1", Reason.TAG_CHANGED),
        ("a/2", Reason.TAG_CHANGED),
    ]
    assert "w00: u/good was made as it is not declared any more; take the edit back" in found[0].detail
    assert found[0].next == "cmcompile explain c/a/1 inputs"
    assert not [i for i in plan.items() if i.action in (Action.TAG, Action.SUBMIT)]
    small.apply(plan)
    assert small.scene.butler.tags["u/good"] == GOOD


def test_one_that_waits_beside_a_sent_group_says_so_and_goes_on_once_that_is_superseded() -> None:
    small = Small("retagged")
    small.apply()
    plan = small.plan()
    (stage,) = plan.stages[:1]
    small.apply(replace(plan, stages=(replace(stage, items=stage.items[:1]),)))
    assert list(small.state.groups) == [("a", "1")]
    small.scene.branch.edit()
    (waits,) = (i for i in of(small, Action.WAIT) if i.subject == Subject("a", "2"))
    assert (waits.reason, waits.detail) == (Reason.TAG_CHANGED, "u/good, which a/1 read")
    small.scene.wms.end("1001", "failed")
    small.refresh()
    small.decide(Verb.SUPERSEDE, W00)
    assert End.DONE in ends(small.apply())
    assert ends(small.apply()) == [End.DONE]
    assert small.scene.butler.tags["u/good"] != GOOD
    assert len(of(small, Action.SUBMIT)) == 2


def test_a_plan_whose_declaration_has_changed_is_stale() -> None:
    small = Small("retagged")
    plan = small.plan()
    small.scene.branch.edit()
    (result,) = small.apply(plan)
    assert result.end is End.STALE
    assert small.kinds() == []


def test_a_group_is_not_sent_while_what_it_reads_is_made_anew() -> None:
    """The item of a plan rests on what the collection held when it was made."""
    small = Small("retagged")
    small.apply()
    plan = small.plan()
    small.write(Tagging("u/good", "another"), subject=Subject(CAMPAIGN))
    assert {result.end for result in small.apply(plan)} == {End.STALE}
    made = tags(small)["u/good"]
    small.write(Tagged("u/good", made.declaration, 7, "others"), subject=Subject(CAMPAIGN))
    assert {result.end for result in small.apply(plan)} == {End.STALE}
    assert "claimed" not in small.kinds()


@pytest.mark.parametrize("same", [False, True])
def test_what_others_made_otherwise_meanwhile_is_made_again(same: bool) -> None:
    """What was made late stands over what the ledger says: it must not stay so unknown to it."""
    small = Small("tagged")
    plan = small.plan()
    butler = small.scene.butler
    content = small.do(lambda: butler.tag("u/good", ["HSC/raw"], ["raw"], "exposure in (1, 2)"))
    assert isinstance(content, TagContent)
    count, digest = content.count, content.digest
    name = item(plan, Action.TAG).preconditions["declaration"]

    class Late(Deaf):
        def tag(self, *told: object) -> TagContent | NoAnswer:
            body = Tagged("u/good", name, count, digest if same else "other data")
            draft = small.desk().draft(Subject(CAMPAIGN), body)
            small.book.record(Proposal((draft,), message="others"))
            return butler.tag(*told)  # type: ignore[arg-type]

    small.butler = Late(butler)
    (result,) = small.apply(plan)
    if same:
        assert (result.end, result.detail) == (End.USED, "u/good was made")
        assert small.kinds() == ["tagging", "tagged"]
        return
    assert result.end is End.LOST
    assert tags(small)["u/good"].begun == name
    small.butler = butler
    assert ends(small.apply()) == [End.DONE]
    assert tags(small)["u/good"].count == 2
