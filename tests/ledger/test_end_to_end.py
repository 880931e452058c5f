"""What can befall a ledger, end to end: real git, real transactions, real commands.

A lost push reply, a deleted, rewound or forked branch, a foreign commit on it, a corrupted event, twin
writers: each ends in the designed result, none in a silent overwrite.
"""

from __future__ import annotations

import json
import re
import shlex
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from e2e_world import BRANCH, SEEN, Clone, Place, added, drafted
from ledger_builder import git
from ledgers import ids_of
from repositories import hook, make_bare, make_clone

from cmcompile.git.run import Result as Ran
from cmcompile.git.run import run as ran
from cmcompile.ledger.transact import decide, record
from cmcompile.ledger.view import View
from cmcompile.model.event import Prepared
from cmcompile.model.ledger import HistoryError, LedgerError, RefusedError, UnreachableError
from cmcompile.model.transaction import Landed, Lost, Proposal, Spooled, Stop, Stopped, Unsure

CLAIMED = "runs/step1/6b/1/w00/0001-claimed.json"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def mine(place: Place) -> Clone:
    """Make a clone whose campaign has a ledger."""
    clone = place.clone()
    result = clone.run("ledger", "init", "c")
    assert result.exit_code == 0, result.output
    assert f"branch cm/c on origin, {place.tip()[:12]}" in result.output
    return clone


def once(remote: Path, name: str, script: str) -> None:
    """Install a hook that does something the first time only."""
    flag = shlex.quote(str(remote.parent / f"{name}.done"))
    hook(remote, name, f"cat > /dev/null; [ -e {flag} ] && exit 0; touch {flag}; {script}")


def event_ids(place: Place) -> list[str]:
    """Return the ids of all events on the remote's branch, doubles too."""
    paths = [path for path in place.files() if re.search(r"/\d{4}-[a-z_]+\.json$", path)]
    return sorted(json.loads(git(place.remote, "show", f"{BRANCH}:{path}"))["id"] for path in paths)


# A lost push, and a lost reply.


@pytest.mark.parametrize(
    ("name", "pushes"),
    [("post-receive", 1), ("pre-receive", 2)],
    ids=["the reply is lost", "the push is lost"],
)
def test_a_lost_reply_neither_loses_nor_doubles(place: Place, mine: Clone, name: str, pushes: int) -> None:
    once(place.remote, name, "kill -9 $PPID")
    result = mine.claim("1")
    assert isinstance(result, Landed)
    assert result.tries == pushes
    assert event_ids(place) == ids_of(event.draft for event in result.events)
    assert len(place.commits()) == 2
    assert mine.run("verify", "c").exit_code == 0
    assert "claimed" in mine.run("status", "c/step1/1").output
    assert place.clone().run("verify", "c").exit_code == 0


@pytest.mark.parametrize("name", ["post-receive", "pre-receive"])
def test_a_ledger_is_made_once_though_the_reply_is_lost(place: Place, name: str) -> None:
    once(place.remote, name, "kill -9 $PPID")
    result = place.clone().run("ledger", "init", "c")
    assert result.exit_code == 0, result.output
    assert len(place.commits()) == 1


def test_a_reply_that_is_always_lost_leaves_it_unsure(place: Place, mine: Clone) -> None:
    hook(place.remote, "pre-receive", "kill -9 $PPID")
    before = place.refs()
    result = mine.claim("1")
    assert isinstance(result, Unsure), "nobody knows, and it says so"
    assert place.refs() == before


def test_a_fact_is_kept_while_the_remote_is_away_and_lands_later(place: Place, mine: Clone) -> None:
    claim = mine.claiming("1")
    assert isinstance(decide(mine.ledger(), lambda _: claim), Landed)
    place.remote.rename(place.remote.with_suffix(".gone"))
    result = mine.observe(claim, "running")
    assert isinstance(result, Spooled)
    with pytest.raises(UnreachableError):
        mine.claim("2")
    told = mine.run("status", "c")
    assert told.exit_code in (0, 3)
    assert "what was last seen is shown" in told.output
    assert mine.run("verify", "c").exit_code == 1
    assert mine.run("verify", "c", "--offline").exit_code == 0
    place.remote.with_suffix(".gone").rename(place.remote)
    flushed = mine.run("ledger", "flush", "c")
    assert flushed.exit_code == 0
    assert "1 event" in flushed.output
    assert len(event_ids(place)) == 2
    assert mine.run("verify", "c").exit_code == 0


# A branch that is not the one that was known.


def _deleted(place: Place) -> None:
    git(place.remote, "update-ref", "-d", BRANCH)


def _rewound(place: Place) -> None:
    git(place.remote, "update-ref", BRANCH, place.commits()[0])


def _forked(place: Place) -> None:
    place.write(added("README.md", "fork\n"), base=place.commits()[0])


def _made_anew(place: Place) -> None:
    _deleted(place)
    assert place.clone().run("ledger", "init", "c").exit_code == 0


HARM = {"deleted": _deleted, "rewound": _rewound, "forked": _forked, "made anew": _made_anew}


@pytest.mark.parametrize("harm", HARM)
def test_a_branch_that_does_not_go_on_stops_all_and_nothing_is_overwritten(
    place: Place, mine: Clone, harm: str
) -> None:
    claim = mine.claiming("1")
    assert isinstance(decide(mine.ledger(), lambda _: claim), Landed)
    known = place.tip()
    HARM[harm](place)
    there = place.refs()
    with pytest.raises(HistoryError, match=known):
        mine.claim("2")
    with pytest.raises(HistoryError):
        mine.observe(claim, "running")
    for command in ("status", "plan", "verify", "log"):
        result = mine.run(command, "c")
        assert result.exit_code == 1, (command, result.output)
        assert known in result.output
        assert "bring it back with" in result.output
    for again in ((), ("--again",)):
        result = mine.run("ledger", "init", "c", *again)
        assert result.exit_code == 1, "a ledger that has gone is not made anew"
    assert place.refs() == there
    # What the message says brings it back, and the fact that was kept lands then.
    way = re.search(r"bring it back with '([^']+)'", " ".join(result.output.split()))
    assert way is not None
    git(mine.root, *shlex.split(way[1])[1:])
    assert place.tip() == known
    assert mine.run("ledger", "flush", "c").exit_code == 0
    assert place.commits()[:-1][-1] == known
    assert len(event_ids(place)) == 2
    assert mine.run("verify", "c").exit_code == 0


def test_a_branch_that_is_deleted_between_reading_and_pushing_is_not_made_anew(
    place: Place, mine: Clone
) -> None:
    claim = mine.claiming("1")
    calls = []

    def judge(view: View) -> Proposal | Stop:
        calls.append(view)
        _deleted(place)
        return claim

    before = git(place.remote, "for-each-ref", "refs/heads/main")
    with pytest.raises(HistoryError, match="now it is gone"):
        decide(mine.ledger(), judge)
    assert len(calls) == 1
    assert git(place.remote, "for-each-ref") == before


# What others put on it.


def test_a_foreign_commit_is_built_on_and_reported(place: Place, mine: Clone) -> None:
    assert isinstance(mine.claim("1"), Landed)
    foreign = place.write(added("notes.txt", "hello\n"))
    assert isinstance(mine.claim("2"), Landed)
    assert place.commits()[-2] == foreign, "it stays, and stays where it is"
    assert "notes.txt" in place.files()
    result = mine.run("verify", "c")
    assert result.exit_code == 1
    assert f"commit {foreign[:12]} (Eve <eve@test.invalid>, " in result.output
    assert "error CM210" in result.output
    assert len(event_ids(place)) == 2
    status = mine.run("status", "c", "--format", "json")
    assert json.loads(status.stdout), "states are shown all the same"


def test_a_foreign_commit_between_reading_and_pushing_is_a_lost_race(place: Place, mine: Clone) -> None:
    claim = mine.claiming("1")
    foreign: list[str] = []

    def judge(view: View) -> Proposal | Stop:
        if not foreign:
            foreign.append(place.write(added("notes.txt", "hello\n")))
        return claim

    result = decide(mine.ledger(), judge)
    assert isinstance(result, Landed)
    assert result.tries == 2
    assert place.commits()[1:] == [foreign[0], result.tip.commit]


def test_a_foreign_merge_is_built_on_and_reported(place: Place, mine: Clone) -> None:
    assert isinstance(mine.claim("1"), Landed)
    tip, main = place.tip(), git(place.remote, "rev-parse", "main")
    tree = git(place.remote, "rev-parse", f"{tip}^{{tree}}")
    merge = git(place.remote, "commit-tree", tree, "-p", tip, "-p", main, "-m", "Merge")
    git(place.remote, "update-ref", BRANCH, merge)
    assert isinstance(mine.claim("2"), Landed)
    result = mine.run("verify", "c")
    assert result.exit_code == 1
    assert f"error CM205: commit {merge[:12]}" in result.output


@pytest.mark.parametrize("how", ["changed in a later commit", "written so", "removed"])
def test_a_corrupted_event_is_never_passed_over(place: Place, mine: Clone, how: str) -> None:
    assert isinstance(mine.claim("1"), Landed)
    if how == "removed":
        bad = place.write(f"D {CLAIMED}", added(CLAIMED.replace("0001-claimed", "0002-submitted"), "{}"))
    elif how == "written so":
        bad = place.write(added(CLAIMED.replace("0001-claimed", "0002-submitting"), '{"kind": "subm'))
    else:
        bad = place.write(added(CLAIMED, '{"format": 1}\n'))
    result = mine.claim("1")
    assert result == Stopped(Stop("it is live", 4)), "nobody knows what it says: it is not sent again"
    assert place.tip() == bad
    assert isinstance(mine.claim("2"), Landed), "others go on"
    verified = mine.run("verify", "c")
    assert verified.exit_code == 1
    assert f"commit {bad[:12]} (Eve <eve@test.invalid>, " in verified.output
    status = mine.run("status", "c/step1/1")
    assert "review" in status.output
    assert "can't be read" in status.output
    planned = mine.run("plan", "c", "--detailed-exitcode")
    # Without its claim nobody knows the ids that it was sent with, so that others can't be cut around them.
    assert planned.exit_code == (3 if how == "written so" else 1)
    assert ("CM202" in planned.output) == (how != "written so")
    assert place.commits()[2] == bad


def test_a_corrupted_object_in_the_clone_is_an_error(place: Place, mine: Clone) -> None:
    assert isinstance(mine.claim("1"), Landed)
    there = place.refs()
    oid = place.files()[CLAIMED]
    clone = place.clone("--no-local")
    assert clone.run("status", "c").exit_code in (0, 3)
    for pack in (clone.root / ".git/objects/pack").glob("*.pack"):
        pack.chmod(0o644)
        data = bytearray(pack.read_bytes())
        data[len(data) // 2 - 40 : len(data) // 2 + 40] = b"\0" * 80
        pack.write_bytes(bytes(data))
    for file in (clone.root / ".git/cmcompile").rglob("view.json"):
        file.unlink()
    result = clone.run("verify", "c")
    assert result.exit_code == 1, result.output
    assert oid
    assert place.refs() == there


# Twins.


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make all commits in the same second."""

    def run(root: Path, *args: str, stdin: bytes = b"") -> Ran:
        given = tuple("--date-format=raw" if arg == "--date-format=now" else arg for arg in args)
        return ran(root, *given, stdin=stdin.replace(b"> now\n", b"> 1793600000 +0000\n"))

    monkeypatch.setattr("cmcompile.git.stream.run", run)


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("same_ids", [False, True], ids=["other ids", "the same ids"])
def test_twins_in_the_same_second_one_wins_and_both_know_it(
    place: Place, mine: Clone, same_ids: bool
) -> None:
    twin = place.clone()
    made = mine.planted("1")
    results: list[object] = []

    def judge_of(id_: str, *, first: bool) -> object:
        def judge(view: View) -> Proposal | Stop:
            if ("step1", "1") in view.state.groups:
                return Stop("it is claimed", 4)
            if not first:
                results.append(decide(twin.ledger(), judge_of("1" * 16, first=True)))  # type: ignore[arg-type]
            return Proposal((drafted(made, made.claim, id_),), {}, "claim")

        return judge

    judge = judge_of("1" * 16 if same_ids else "2" * 16, first=False)
    results.append(decide(mine.ledger(), judge))  # type: ignore[arg-type]
    won, lost = results
    assert isinstance(won, Landed)
    assert lost == Stopped(Stop("it is claimed", 4))
    assert event_ids(place) == ["1" * 16]
    assert place.commits()[1:] == [won.tip.commit]
    assert len(place.commits()) == 2


@pytest.mark.usefixtures("frozen")
def test_twins_that_go_on_with_the_same_ids_are_stopped(place: Place, mine: Clone) -> None:
    """The judge does not see the twin: a process that was copied while it ran, random numbers and all."""
    twin = place.clone()
    claim = mine.claiming("1")
    done: list[object] = []

    def judge(view: View) -> Proposal | Stop:
        if not done:
            done.append(decide(twin.ledger(), lambda _: claim))
        return claim

    with pytest.raises(LedgerError, match="copy of a running machine"):
        decide(mine.ledger(), judge)
    assert isinstance(done[0], Landed)
    assert place.tip() == done[0].tip.commit


def test_own_events_below_those_of_others_are_known_as_own(place: Place, mine: Clone) -> None:
    """The reply is lost, and another writes on top before the tip is read."""
    other = place.clone()
    claim = mine.claiming("1")
    ledger = mine.ledger()
    push = ledger.store.push

    def and_then(commit: object) -> object:
        answer = push(commit)  # type: ignore[arg-type]
        assert isinstance(other.claim("2"), Landed)
        assert isinstance(other.claim("3"), Landed)
        return answer

    ledger.store.push = and_then  # type: ignore[method-assign, assignment]
    result = decide(ledger, lambda _: claim)
    assert isinstance(result, Landed)
    assert len(event_ids(place)) == 3


def test_the_same_fact_from_two_processes_is_there_once(place: Place, mine: Clone) -> None:
    """Facts, unlike decisions, may be sent by anybody who has them: by their ids they are the same."""
    made = mine.planted("1")
    claim = mine.claiming("1")
    assert isinstance(decide(mine.ledger(), lambda _: claim), Landed)
    fact = Proposal((drafted(made, Prepared({}, 10), "a" * 16),), {}, "prepared")
    for clone in (mine, place.clone()):
        assert isinstance(record(clone.ledger(), fact), Landed)
    assert len(event_ids(place)) == 2


def test_many_writers_at_once_and_none_is_overwritten(place: Place, mine: Clone) -> None:
    clones = [mine, *(place.clone() for _ in range(3))]
    with ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda pair: pair[1].claim(str(pair[0]), tries=50), enumerate(clones, 1)))
    assert [type(result) for result in results] == [Landed] * 4
    assert len(place.commits()) == 5
    assert len(event_ids(place)) == 4
    assert mine.run("verify", "c").exit_code == 0


def test_many_writers_of_one_group_and_one_has_it(place: Place, mine: Clone) -> None:
    clones = [mine, *(place.clone() for _ in range(3))]
    with ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda clone: clone.claim("1", tries=50), clones))
    assert sorted(type(result).__name__ for result in results) == ["Landed", *["Stopped"] * 3]
    assert len(place.commits()) == 2
    assert mine.run("verify", "c").exit_code == 0


# Making a ledger.


def test_a_ledger_is_made_once_by_two_at_once(place: Place) -> None:
    clones = [place.clone() for _ in range(2)]
    stores = [clone.ledger().store for clone in clones]
    made = [store.commit(None, {"ledger.json": b"{}\n"}, "x") for store in stores]
    assert made[0].tip.commit != made[1].tip.commit
    from cmcompile.ledger.setup import ExistsError, Initialised, initialise

    def begin(clone: Clone) -> object:
        try:
            return initialise(clone.ledger().store, "c")
        except ExistsError as error:
            return error

    with ThreadPoolExecutor() as pool:
        results = list(pool.map(begin, clones))
    winners = [result for result in results if isinstance(result, Initialised)]
    losers = [result for result in results if isinstance(result, ExistsError)]
    assert (len(winners), len(losers)) == (1, 1)
    assert winners[0].made
    assert winners[0].identity.id in str(losers[0])
    assert place.commits() == [winners[0].tip.commit]
    again = clones[0].run("ledger", "init", "c")
    assert again.exit_code == 1
    assert "has a ledger already" in again.output
    again = clones[1].run("ledger", "init", "c", "--again")
    assert again.exit_code == 0
    assert f"branch cm/c on origin, {place.tip()[:12]}" in again.output


def test_a_remote_that_forbids_to_make_one(place: Place) -> None:
    hook(place.remote, "pre-receive", "echo cm/ is for administrators >&2; exit 1")
    clone, before = place.clone(), place.refs()
    result = clone.run("ledger", "init", "c")
    assert result.exit_code == 1
    assert "cm/ is for administrators" in result.output
    assert place.refs() == before
    assert git(clone.root, "for-each-ref", "refs/cmcompile") == "", "it is not taken for one that was seen"
    (place.remote / "hooks/pre-receive").unlink()
    assert clone.run("ledger", "init", "c").exit_code == 0


def test_an_empty_remote(tmp_path: Path, place: Place) -> None:
    empty = make_bare(tmp_path / "empty.git")
    root = make_clone(empty, tmp_path / "of_empty")
    git(root, "pull", "-q", place.remote.as_uri(), "main")
    clone = Clone(root)
    assert clone.run("ledger", "init", "c").exit_code == 0
    assert git(empty, "for-each-ref", "--format=%(refname)") == BRANCH
    assert isinstance(clone.claim("1"), Landed)
    assert clone.run("status", "c").exit_code in (0, 3)
    assert clone.run("verify", "c").exit_code == 0


def test_a_branch_in_the_way_and_a_remote_that_takes_nothing_say_so(place: Place, mine: Clone) -> None:
    hook(place.remote, "update", "echo frozen for the release >&2; exit 1")
    before = place.refs()
    with pytest.raises(RefusedError, match="frozen for the release"):
        mine.claim("1")
    assert place.refs() == before
    (place.remote / "hooks/update").unlink()
    assert isinstance(mine.claim("1"), Landed)


def test_losing_every_race_is_told(place: Place, mine: Clone) -> None:
    claim, count = mine.claiming("1"), [0]

    def judge(view: View) -> Proposal | Stop:
        count[0] += 1
        place.write(added("README.md", f"{count[0]}\n"))
        return claim

    assert decide(mine.ledger(tries=3), judge) == Lost(3)
    assert event_ids(place) == []
    assert git(mine.root, "rev-parse", SEEN) == place.tip()
