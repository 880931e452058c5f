"""One issue for a campaign, one for each step, one comment of ours in each; whatever goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jira_world import OTHER, TOKEN, JiraWorld, jira
from loopback import QUICK, Clock, serving
from remembering import Branch

from cmcompile.model.issue import IssueReport
from cmcompile.model.ledger import LedgerError
from cmcompile.model.tell import JiraTarget
from cmcompile.tell.errors import GoneError, NotAllowedError, RefusedError, TellError, UnknownError
from cmcompile.tell.jira.client import Jira
from cmcompile.tell.jira.telling import Telling, Told
from cmcompile.tell.memory import FILE, read_memory


class Clone:
    """One process after another, each with the same branch."""

    def __init__(self, world: JiraWorld, ticket: str = "", kind: str = "Task") -> None:
        self.world, self.branch, self.ticket, self.runs = world, Branch(), ticket, 0
        self.target = JiraTarget(world.address, "DM", kind)

    def tell(self, text: str, *steps: str, files: Mapping[str, bytes] | None = None) -> list[Told]:
        self.runs += 1
        world = self.world

        def reports(keys: Mapping[str, str]) -> list[IssueReport]:
            return [
                IssueReport(
                    step,
                    f"cm-c-{step}" if step else "cm-c",
                    f"Campaign c {step}",
                    "made once",
                    f"cmcompile report of c{'/' if step else ''}{step}",
                    f"h3. {text} {keys.get('', '')}",
                    (files or {}) if not step else {},
                )
                for step in ("", *steps)
            ]

        id_ = f"{self.runs:016x}"
        return Telling(self.branch, jira(world), self.target, self.ticket, world.clock, id_).tell(reports)


@pytest.fixture(params=[True, False], ids=["cloud", "data center"])
def world(request: pytest.FixtureRequest) -> Iterator[JiraWorld]:
    made = JiraWorld(Clock(), cloud=request.param)
    with serving(made):
        yield made


def bodies(world: JiraWorld, key: str) -> list[str]:
    return [one["body"].split("\n")[0] for one in world.issues[key]["comments"]]


def test_issues_are_made_once_linked_and_kept(world: JiraWorld) -> None:
    clone = Clone(world)
    assert [(t.step, t.key, t.done) for t in clone.tell("one", "step1", "step2")] == [
        ("", "DM-1", "made"),
        ("step1", "DM-2", "made"),
        ("step2", "DM-3", "made"),
    ]
    assert world.links == [("DM-1", "DM-2"), ("DM-1", "DM-3")]
    assert [t.done for t in clone.tell("one", "step1", "step2")] == ["same"] * 3
    assert [t.done for t in clone.tell("two", "step1", "step2")] == ["updated"] * 3
    assert len(world.issues) == 3
    assert bodies(world, "DM-2") == ["h3. two DM-1"]
    assert len(world.links) == 2


def test_a_clone_that_remembers_nothing_finds_them(world: JiraWorld) -> None:
    Clone(world).tell("one", "step1")
    world.clock.sleep(60)
    assert [t.key for t in Clone(world).tell("one", "step1")] == ["DM-1", "DM-2"]


def test_the_ticket_of_the_spec_is_used_and_never_made(world: JiraWorld) -> None:
    key = world.issue(summary="A person's", description="by hand")
    world.comment(key, "talk\ncmcompile report of c forged", OTHER)
    world.comment(key, "we quote:\ncmcompile report of c 012345\nthe end")
    assert [t.key for t in Clone(world, key).tell("one", "step1")] == [key, "DM-2"]
    assert world.issues[key]["fields"] == {"labels": [], "summary": "A person's", "description": "by hand"}
    assert bodies(world, key) == ["talk", "we quote:", f"h3. one {key}"]
    clone = Clone(world, "DM-77")
    world.clock.sleep(60)
    (told, _) = clone.tell("one", "step1")
    assert isinstance(told.error, GoneError)
    assert len(world.issues) == 2


def test_attachments_are_replaced_by_name(world: JiraWorld) -> None:
    clone = Clone(world)
    clone.tell("one", files={"status.json": b"1", "history.csv": b"a"})
    world.issues["DM-1"]["files"].append(
        {"id": "999", "filename": "status.json", "author": OTHER, "data": b"a person's"}
    )
    assert clone.tell("one", files={"status.json": b"2", "history.csv": b"a"})[0].done == "updated"
    found = world.issues["DM-1"]["files"]
    assert sorted((one["filename"], one["data"]) for one in found) == [
        ("history.csv", b"a"),
        ("status.json", b"2"),
        ("status.json", b"a person's"),
    ]
    before = len(world.effects())
    assert clone.tell("one", files={"status.json": b"2", "history.csv": b"a"})[0].done == "same"
    assert len(world.effects()) == before


def test_an_issue_that_was_sent_without_an_answer_is_not_made_again(world: JiraWorld) -> None:
    world.faults, world.only = ["cut-after"], "POST"
    clone = Clone(world)
    (told,) = clone.tell("one")
    assert isinstance(told.error, UnknownError)
    assert clone.tell("one")[0].key == ("" if world.cloud else "DM-1")
    world.clock.sleep(700)
    assert [t.key for t in clone.tell("one")] == ["DM-1"]
    assert len(world.issues) == 1


def test_an_issue_that_never_arrived_is_made_when_it_can_not_arrive_any_more(world: JiraWorld) -> None:
    world.faults, world.only = ["cut-before"], "POST"
    clone = Clone(world)
    clone.tell("one")
    assert clone.tell("one")[0].why == "it is being made, and looked for by the next call"
    world.clock.sleep(700)
    assert [t.key for t in clone.tell("one")] == ["DM-1"]


def test_what_was_refused_is_told_and_tried_again_at_once(world: JiraWorld) -> None:
    clone = Clone(world, kind="Nothing")
    (told,) = clone.tell("one")
    assert isinstance(told.error, RefusedError)
    assert "issuetype: is required" in told.why
    assert read_memory(clone.branch.files[FILE]).making == {}
    clone.target = JiraTarget(world.address, "DM", "Task")
    assert clone.tell("one")[0].key == "DM-1"


def test_two_at_once_make_one(world: JiraWorld) -> None:
    clone = Clone(world)

    def other() -> None:
        clone.branch.before = lambda: None
        clone.tell("one")

    clone.branch.before = other
    clone.tell("one")
    assert len(world.issues) == 1


def test_one_issue_that_is_gone_leaves_the_others_alone(world: JiraWorld) -> None:
    clone = Clone(world)
    clone.tell("one", "step1", "step2")
    del world.issues["DM-2"]
    told = clone.tell("two", "step1", "step2")
    assert [type(t.error) for t in told] == [type(None), GoneError, type(None)]
    assert bodies(world, "DM-3") == ["h3. two DM-1"]


def test_a_token_that_is_refused(world: JiraWorld) -> None:
    wrong = Jira(world.address, "me@test.invalid", TOKEN, world.clock)
    with pytest.raises(NotAllowedError) as caught:
        wrong.found("DM", "x")
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("key", ["DM-1/../../x", "dm-1", "", "DM-1?x=1"])
def test_a_ticket_that_is_no_key_is_sent_nowhere(world: JiraWorld, key: str) -> None:
    with pytest.raises(RefusedError):
        jira(world).fields(key, "attachment")
    assert world.asked == []


ROUNDS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["", *QUICK, "401", "404"]), max_size=12),
        st.lists(st.sampled_from(["", "", "unseen", "lost", "down"]), max_size=3),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=100)
@given(rounds=ROUNDS, only=st.sampled_from(["", "POST", "PUT", "GET"]), cloud=st.booleans())
def test_after_all_faults_all_is_there_once(
    rounds: list[tuple[list[str], list[str]]], only: str, cloud: bool
) -> None:
    world = JiraWorld(Clock(), cloud=cloud)
    with serving(world):
        clone = Clone(world)
        for number, (faults, trouble) in enumerate(rounds):
            world.faults, world.only, clone.branch.faults = list(faults), only, list(trouble)
            with suppress(TellError, LedgerError):
                for told in clone.tell(f"round {number}", "step1", files={"status.json": b"%d" % number}):
                    assert TOKEN not in told.why
            world.clock.sleep(900)
        world.faults, clone.branch.faults = [], []
        clone.tell("last", "step1", files={"status.json": b"last"})
    assert len(world.issues) == 2
    keys = {one["fields"]["labels"][1]: key for key, one in world.issues.items()}
    top, step = keys["cm-c"], keys["cm-c-step1"]
    assert (bodies(world, top), bodies(world, step)) == ([f"h3. last {top}"], [f"h3. last {top}"])
    assert [one["data"] for one in world.issues[top]["files"]] == [b"last"]
    assert set(world.links) == {(top, step)}
