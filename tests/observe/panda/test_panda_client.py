"""The real client of BPS in a real observer, and a relay on loopback in the place of panda-server."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from panda_relay import NEEDS, Relay, relaying
from panda_sources import World

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, Wanted
from cmcompile.observe.panda.idds import SERVICE
from cmcompile.observe.wms.systems import Systems

pytestmark = [*NEEDS]

WHERE = WmsRef(SERVICE, "https://idds.test/idds")


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with relaying(World()) as found:
        yield found


@pytest.fixture(scope="module")
def systems(relay: Relay) -> Iterator[Systems]:
    with Systems(environ={**os.environ, **relay.environ}) as found:
        yield found


def test_runs_are_found_looked_at_refreshed_and_cancelled(systems: Systems, relay: Relay) -> None:
    relay.world, relay.page = World(), b""
    one, two = relay.world.submit("u_op_c_w00-aaaaaa"), relay.world.submit("u_op_c_w01-bbbbbb")
    relay.world.runs[2].set("SubFinished")
    found = systems.find(WHERE, ["u_op_c_w"])
    assert not isinstance(found, NoAnswer), found
    assert {run.run_id: (run.state, run.wms_state) for run in found} == {
        one: ("running", "Transforming"),
        two: ("partial", "SubFinished"),
    }
    looked = systems.look(WHERE, [one, "99"])
    assert not isinstance(looked, NoAnswer)
    assert set(looked) == {one}
    shown = systems.refresh(WHERE, Wanted({one: "u_op_c_w00-aaaaaa"}, over=frozenset({two})))
    assert not isinstance(shown, NoAnswer), shown
    assert (set(shown.runs), set(shown.left)) == ({one}, {two})
    assert systems.cancel(WHERE, one) is None
    assert relay.world.runs[1].status == "ToCancel"
    assert {command["command_name"].partition("+")[2] for command in relay.commands} == {WHERE.where}
    assert isinstance(systems.cancel(WHERE, "99"), NoAnswer)


@pytest.mark.parametrize("page", [b"<html>Sign in</html>", b"", b'[false, "failed to execute"]', b"null"])
def test_what_is_no_reply_is_no_answer_and_is_asked_once(systems: Systems, relay: Relay, page: bytes) -> None:
    relay.page = page or b" "
    before = len(relay.commands)
    assert isinstance(systems.look(WHERE, ["1"]), NoAnswer)
    assert len(relay.commands) == before + 1
    relay.page = b""


def test_without_a_server_in_the_environment_nobody_is_asked() -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PANDA")}
    with Systems(environ=bare) as found:
        answer = found.look(WHERE, ["1"])
    assert isinstance(answer, NoAnswer)
    assert "PANDA_URL_SSL" in answer.why
