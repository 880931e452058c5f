"""iDDS is asked as its client is, and nothing of it is believed that it does not say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from panda_replies import reply
from panda_sources import FakeIdds, World

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.panda.idds import SERVICE, UNTOLD, IddsRuns, is_panda, require_server
from cmcompile.observe.panda.patterns import patterns
from cmcompile.observe.wms.lines import Request
from cmcompile.observe.wms.plugin import NotToldError
from cmcompile.observe.wms.serve import answered, source_of

WHERE = WmsRef(SERVICE)


class Says:
    """A client that returns one thing to all that it is asked."""

    def __init__(self, **replies: Any) -> None:
        self._replies = replies
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**asked: Any) -> Any:
            self.asked.append((name, asked))
            return self._replies[name]

        return call


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def runs(world: World) -> IddsRuns:
    return IddsRuns(lambda: FakeIdds(world))


def no_answer(source: IddsRuns, ask: str, *texts: str) -> NoAnswer:
    found = answered(Request(1, ask, WHERE, texts, 10), {WHERE: source})
    assert isinstance(found, NoAnswer), found
    return found


def test_recorded_replies_are_runs() -> None:
    for name, state, word in (
        ("2", "running", "Transforming"),
        ("3", "succeeded", "Finished"),
        ("5", "partial", "SubFinished"),
    ):
        client = Says(get_requests=reply(f"idds_{name}"))
        (run,) = IddsRuns(lambda client=client: client).look((name,))  # type: ignore[misc]
        assert (run.run_id, run.state, run.wms_state) == (name, state, word)
        assert client.asked == [("get_requests", {"request_id": int(name), "with_detail": False})]


def test_trap_like_matches_more_than_was_asked_for(world: World, runs: IddsRuns) -> None:
    own = world.submit("u_op_c_step1_1_w00-aaaaaa")
    world.submit("u-op-c-step1-1-w00-bbbbbb")
    world.submit("uXopXcXstep1X1Xw00")
    world.submit("u_op_c_step1_10_w00-cccccc")
    assert [run.run_id for run in runs.find(["u_op_c_step1_1_w"])] == [own]


@pytest.mark.parametrize("prefix", ["u_op_%", "u_op_*", "u_op_c/../x", "u_op_c?json", "u_op_c#", "u_op_c\\"])
def test_what_means_something_in_a_url_or_a_pattern_is_not_sent(
    world: World, runs: IddsRuns, prefix: str
) -> None:
    world.submit("u_op_c_step1")
    assert runs.find([prefix]) == []
    exact = world.submit(f"{prefix}_w00")
    assert [run.run_id for run in runs.find([prefix])] == [exact]


@pytest.mark.parametrize("prefixes", [("",), ("u_op_c", "")])
def test_the_runs_of_everybody_are_not_asked_for(
    world: World, runs: IddsRuns, prefixes: tuple[str, ...]
) -> None:
    no_answer(runs, "find", *prefixes)
    assert world.relayed == []


@pytest.mark.parametrize("run_id", ["", "0", "00", "-1", "abc", "1 or 1", "٣", "1.0"])
def test_what_is_no_id_is_not_asked_for(world: World, runs: IddsRuns, run_id: str) -> None:
    world.submit("u_op_c")
    assert runs.look([run_id]) == []
    no_answer(runs, "cancel", run_id)
    assert world.relayed == []


def test_groups_with_a_common_beginning_are_looked_up_at_once() -> None:
    groups = [f"u_op_dp2_step1_{n}-{n + 9}_w" for n in range(1, 400, 10)]
    assert list(patterns(groups)) == ["u_op_dp2_step1_*"]
    assert list(patterns(["u_op_dp2_step1_1_w", "u_op_dp2_step1_1_w"])) == ["u_op_dp2_step1_1_w*"]
    assert len(list(patterns(["u_one_dp2_step1_w", "u_two_dp3_step1_w"]))) == 2
    assert list(patterns([])) == []


def test_trap_subfinished_is_told_two_ways_and_is_partial_here(world: World, runs: IddsRuns) -> None:
    run = world.submit("u_op_c")
    world.runs[1].set("SubFinished")
    assert [one.state for one in runs.look([run])] == ["partial"]


def test_trap_a_status_that_is_not_known_is_never_an_end(world: World, runs: IddsRuns) -> None:
    good, odd = world.submit("u_op_c_one"), world.submit("u_op_c_two")
    world.runs[2].set("Melting")
    assert "Melting" in no_answer(runs, "look", good, odd).why
    assert "Melting" in no_answer(runs, "find", "u_op_c").why
    each = {run.run_id: run for run in runs.each([good, odd])}
    assert (each[good].state, each[odd].state) == ("running", UNTOLD)
    assert "Melting" in each[odd].wms_state


def test_trap_an_agent_takes_a_retry_up(world: World, runs: IddsRuns) -> None:
    run = world.submit("u_op_c", status="Failed")
    (before,) = runs.look([run])
    world.runs[1].locking = "Locking"
    world.runs[1].changed += 1
    no_answer(runs, "look", run)
    world.runs[1].set("Resuming")
    world.runs[1].locking = "Idle"
    assert [one.state for one in runs.look([run])] == ["running"]
    world.runs[1].set("Failed")
    (after,) = runs.look([run])
    assert after.changed != before.changed


def test_the_polls_of_agents_are_no_changes(world: World, runs: IddsRuns) -> None:
    run = world.submit("u_op_c")
    before = runs.look([run])
    world.runs[1].changed += 5
    assert runs.look([run]) == before


@pytest.mark.parametrize(
    "said",
    [
        (255, "relay is down"),
        (0, (False, "failed to execute get_requests")),
        reply("idds_abc"),
        (0, (True, [False, "x"])),
        (0, (True, "Authentication no permission: x")),
        (0, (True, None)),
        (0, None),
        (0, (True, {"msg": "x"})),
        None,
        "<html>",
    ],
)
def test_every_code_of_a_reply_is_checked(said: Any) -> None:
    source = IddsRuns(lambda: Says(get_requests=said, get_request_id_by_name=said, abort=said))
    for ask, text in (("look", "3"), ("each", "3"), ("cancel", "3")):
        assert no_answer(source, ask, text).why
    if said != (0, (True, {"msg": "x"})):
        assert no_answer(source, "find", "u_op_c").why


def test_trap_success_replies_for_what_is_not_there(world: World, runs: IddsRuns) -> None:
    assert "does not show" in no_answer(runs, "cancel", "7").why
    assert "abort" not in world.relayed
    client = Says(
        get_requests=reply("idds_2"),
        abort=(0, (True, [[-1, {"status": -1, "message": "User x has no permission to update request 2"}]])),
    )
    assert "no permission" in no_answer(IddsRuns(lambda: client), "cancel", "2").why


def test_what_is_over_is_not_cancelled(world: World, runs: IddsRuns) -> None:
    run = world.submit("u_op_c", status="SubFinished")
    runs.cancel(run)
    assert "abort" not in world.relayed


def test_a_name_that_was_listed_must_be_that_of_the_run() -> None:
    client = Says(
        get_request_id_by_name=(0, (True, {"u_test_w_other": 3})),
        get_requests=reply("idds_3"),
    )
    assert "listed as" in no_answer(IddsRuns(lambda: client), "find", "u_test_w").why


def test_what_is_known_is_not_asked_for(world: World, runs: IddsRuns) -> None:
    known, new = world.submit("u_op_c_1"), world.submit("u_op_c_2")
    found = answered(Request(1, "find", WHERE, ("u_op_c",), 10, (known,)), {WHERE: runs})
    assert not isinstance(found, NoAnswer)
    assert [run.run_id for run in found] == [new]
    assert world.relayed == ["get_request_id_by_name", "get_requests"]


def test_trap_without_a_server_another_one_would_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANDA_URL", "http://127.0.0.1:9/server/panda")
    monkeypatch.delenv("PANDA_URL_SSL", raising=False)
    with pytest.raises(NotToldError, match="PANDA_URL_SSL"):
        source_of(WHERE)
    monkeypatch.setenv("PANDA_URL_SSL", "http://127.0.0.1:9/server/panda")
    require_server()


@pytest.mark.parametrize(
    ("service", "is_it"),
    [
        (SERVICE, True),
        ("lsst.ctrl.bps.panda.panda_service.PanDAService", True),
        ("lsst.ctrl.bps.pandas.PanDAService", False),
        ("own_plugin.PanDAService", False),
        ("lsst.ctrl.bps.htcondor.HTCondorService", False),
    ],
)
def test_the_plugin_is_known_wherever_it_is_imported_from(service: str, is_it: bool) -> None:
    assert is_panda(WmsRef(service)) is is_it
