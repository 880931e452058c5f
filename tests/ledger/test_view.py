"""Reading a ledger as far as it differs: always the same answer as reading all of it."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping

import pytest
from event_samples import BODIES, ID
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import begin, claim_of, draft, events_on, ledger_on, workflow, write, write_files

from cmcompile.ledger.memory_store import MemoryRemote, MemoryStore
from cmcompile.ledger.paths import directory, shard
from cmcompile.ledger.view import View, read_view
from cmcompile.model import event as e
from cmcompile.model.ledger import LedgerError, Tip
from cmcompile.model.reason import Reason
from cmcompile.model.states import NOTHING, GroupState, WorkflowState
from cmcompile.state.fold import LedgerFolding, fold

GROUPS = ("1", "2", "1-11", "rescue.1", "all")


class Seeing(MemoryStore):
    """A clone that remembers what was asked of it."""

    def __init__(self, remote: MemoryRemote, campaign: str) -> None:
        super().__init__(remote, campaign)
        self.below: list[list[str]] = []
        self.reads: list[list[str]] = []

    def files(self, tip: Tip, below: Iterable[str] | None = None) -> Mapping[str, str]:
        assert below is not None
        self.below.append(list(below))
        return super().files(tip, self.below[-1])

    def read(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        self.reads.append(list(ids))
        return super().read(self.reads[-1])


@pytest.fixture
def remote() -> MemoryRemote:
    made = MemoryRemote()
    begin(made)
    return made


def read(remote: MemoryRemote, former: View | None = None) -> tuple[View, Seeing]:
    store = Seeing(remote, "c")
    return read_view(store, store.tip(), LedgerFolding(), former=former), store


def test_without_a_ledger_there_is_nothing() -> None:
    view, store = read(MemoryRemote())
    assert view == View(None, NOTHING)
    assert store.below == store.reads == []


def test_an_empty_ledger_says_nothing_and_nothing_is_listed(remote: MemoryRemote) -> None:
    view, store = read(remote)
    assert view.state == NOTHING
    assert view.tip is not None
    assert store.below == store.reads == []


def test_the_state_is_the_fold_of_all_events(remote: MemoryRemote) -> None:
    drafts = [draft(subject, body, ID if subject.workflow else "") for subject, body in BODIES.values()]
    write(ledger_on(remote), *drafts, *[claim_of(workflow(group, 0, "step2")) for group in GROUPS])
    view, _ = read(remote)
    assert view.state == fold(events_on(MemoryStore(remote, "c")))
    assert view.state.steps["step1"].retired


def test_one_listing_and_one_reading_serve_all_shards(remote: MemoryRemote) -> None:
    write(ledger_on(remote), *[claim_of(workflow(str(number))) for number in range(40)])
    _, store = read(remote)
    assert len(store.below) == len(store.reads) == 1
    assert len(store.below[0]) > 30


def test_only_shards_that_differ_are_read_again(remote: MemoryRemote) -> None:
    ledger = ledger_on(remote)
    write(ledger, *[claim_of(workflow(str(number))) for number in range(40)])
    former, _ = read(remote)
    write(ledger, draft(workflow("7"), e.Observed("running", "x"), ID))
    view, store = read(remote, former)
    assert store.below == [[f"runs/step1/{shard('7')}"]]
    assert view == read(remote)[0]
    same = [key for key, part in view.parts.items() if part is former.parts.get(key)]
    assert len(same) == len(former.parts) - 1


def test_both_trees_of_a_shard_are_read_when_one_differs(remote: MemoryRemote) -> None:
    ledger = ledger_on(remote)
    write(ledger, claim_of(workflow("7")))
    former, _ = read(remote)
    write(ledger, draft(e.Subject("step1", "7"), e.Accepted(("7@w00",))))
    view, store = read(remote, former)
    assert store.below == [[f"groups/step1/{shard('7')}", f"runs/step1/{shard('7')}"]]
    record = view.state.groups["step1", "7"]
    assert len(record.workflows) == 1
    assert record.verdict is GroupState.ACCEPTED


def test_a_commit_that_changes_no_event_is_not_read(remote: MemoryRemote) -> None:
    ledger = ledger_on(remote)
    write(ledger, claim_of(workflow("7")))
    former, _ = read(remote)
    write_files(ledger, {"README.md": b"x\n"})
    view, store = read(remote, former)
    assert store.below == store.reads == []
    assert view.tip != former.tip
    assert view.state == former.state


def test_the_same_tree_is_not_listed(remote: MemoryRemote) -> None:
    class Blind(MemoryStore):
        def shards(self, tip: Tip) -> Mapping[str, str]:
            raise AssertionError("nothing is to be listed")

    ledger = ledger_on(remote)
    write(ledger, claim_of(workflow("7")))
    former, _ = read(remote)
    write_files(ledger, {})
    store = Blind(remote, "c")
    tip = store.tip()
    assert tip != former.tip
    assert read_view(store, tip, LedgerFolding(), former=former) == View(tip, former.state, former.parts)


def test_the_same_tip_is_not_listed(remote: MemoryRemote) -> None:
    write(ledger_on(remote), claim_of(workflow("7")))
    former, store = read(remote)
    assert store.known() == former.tip
    view, again = read(remote, former)
    assert view == former
    assert again.below == []


def test_as_run_files_are_never_read(remote: MemoryRemote) -> None:
    ledger = ledger_on(remote)
    claimed = claim_of(workflow("7"))
    write(ledger, claimed)
    place = directory(claimed.subject)
    names = ("submit.yaml", "include/0001-claimed.json", "x.json", "0001-Claimed.json")
    write_files(ledger, {f"{place}/{name}": name.encode() for name in names})
    view, store = read(remote)
    assert [len(ids) for ids in store.reads] == [1]
    assert view.state.faults == ()


def test_a_corrupted_event_puts_its_workflow_to_review(remote: MemoryRemote) -> None:
    ledger = ledger_on(remote)
    claimed = claim_of(workflow("7"))
    write(ledger, claimed, claim_of(workflow("8")))
    path = f"{directory(claimed.subject)}/0002-submitting.json"
    write_files(ledger, {path: b'{"format": 1'})
    view, _ = read(remote)
    (broken,) = view.state.groups["step1", "7"].workflows
    assert broken.review is Reason.UNREADABLE
    assert broken.live
    assert [fault.path for fault in view.state.faults] == [path]
    (whole,) = view.state.groups["step1", "8"].workflows
    assert (whole.review, whole.state) == (None, WorkflowState.CLAIMED)


def test_an_event_that_nobody_can_read_makes_a_group_of_its_own(remote: MemoryRemote) -> None:
    write_files(ledger_on(remote), {f"{directory(workflow('7'))}/0001-claimed.json": b""})
    view, _ = read(remote)
    assert view.state.groups["step1", "7"].live


def foreign_paths() -> list[str]:
    right = shard("7")
    wrong = "00" if right != "00" else "01"
    return [
        f"runs/step1/{wrong}/7/w00/0001-claimed.json",
        f"runs/step1/{right}/7/0001-claimed.json",
        f"runs/step1/{right}/7/w0/0001-claimed.json",
        f"groups/step1/{right}/7/note.txt",
        f"groups/step1/{wrong}/7/0001-accepted.json",
        "groups/step1/zz/7/0001-accepted.json",
        "steps/step1/note.txt",
        "steps/step1/deep/0001-chained.json",
    ]


@pytest.mark.parametrize("path", foreign_paths())
def test_a_foreign_file_is_a_fault_and_nothing_else(remote: MemoryRemote, path: str) -> None:
    ledger = ledger_on(remote)
    write(ledger, claim_of(workflow("8")))
    former, _ = read(remote)
    write_files(ledger, {path: b"{}\n"})
    view, _ = read(remote, former)
    assert [(fault.path, fault.subject) for fault in view.state.faults] == [(path, None)]
    assert view.state.groups == former.state.groups
    assert view == read(remote)[0]


def test_a_shard_that_is_gone_is_forgotten(remote: MemoryRemote) -> None:
    """Nobody removes events; a view does not invent them all the same."""
    ledger = ledger_on(remote)
    first = MemoryStore(remote, "c").tip()
    write(ledger, claim_of(workflow("7")))
    former, store = read(remote)
    view = read_view(store, first, LedgerFolding(), former=former)
    assert view.state == NOTHING
    assert view.parts == {}


def test_steps_and_shards_of_steps_with_odd_names_stay_apart(remote: MemoryRemote) -> None:
    write(
        ledger_on(remote),
        draft(e.Subject("steps"), e.Chained("u/a", ())),
        draft(e.Subject("runs"), e.Chained("u/b", ())),
        claim_of(workflow("7", 0, "steps")),
        claim_of(workflow("7", 0, "groups")),
        draft(e.Subject("_campaign"), e.Chained("u/c", ())),
    )
    view, _ = read(remote)
    assert view.state == fold(events_on(MemoryStore(remote, "c")))


def test_files_that_are_not_there_are_an_error(remote: MemoryRemote) -> None:
    write(ledger_on(remote), claim_of(workflow("7")))

    class Damaged(MemoryStore):
        def read(self, ids: Iterable[str]) -> Mapping[str, bytes]:
            raise LedgerError("there is no file with the id ab")

    store = Damaged(remote, "c")
    assert gc.isenabled()
    with pytest.raises(LedgerError, match="no file"):
        read_view(store, store.tip(), LedgerFolding())
    assert gc.isenabled()


ONE_COMMIT = st.lists(
    st.tuples(st.sampled_from(sorted(BODIES)), st.sampled_from(GROUPS), st.integers(0, 1)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60)
@given(st.lists(ONE_COMMIT, min_size=1, max_size=8), st.data())
def test_any_way_through_history_gives_the_same_view(
    commits: list[list[tuple[str, str, int]]], data: st.DataObject
) -> None:
    remote = MemoryRemote()
    begin(remote)
    ledger = ledger_on(remote)
    former: View | None = None
    for rows in commits:
        drafts = []
        for name, group, number in rows:
            given_subject, body = BODIES[name]
            subject = given_subject
            if subject.workflow is not None:
                subject = workflow(group, number)
            elif subject.group is not None:
                subject = e.Subject("step1", group)
            drafts.append(draft(subject, body, ID if subject.workflow else ""))
        write(ledger, *drafts)
        if data.draw(st.booleans()):
            former, _ = read(remote, former)
    view, _ = read(remote, former)
    assert view == read(remote)[0]
    assert view.state == fold(events_on(MemoryStore(remote, "c")))
