"""What real PanDA servers answer that misleads, and what cmcompile makes of it (make test-panda)."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest
from daemons import free_ports
from forgetful_proxy import forgetful_proxy
from panda_bench import SERVICE, Submitter
from panda_fixtures import submitter as submitter
from panda_fixtures import wms as wms
from panda_servers import STATUSES, Panda, client

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen, Wms
from cmcompile.observe.wms.systems import Systems

pytestmark = [pytest.mark.service("panda"), pytest.mark.xdist_group("panda")]

HERE = WmsRef(SERVICE)
#: iDDS's word, and cmcompile's.
ENDS = {
    "Transforming": "running",
    "Cancelling": "running",
    "Resuming": "running",
    "Suspended": "held",
    "Finished": "succeeded",
    "SubFinished": "partial",
    "Failed": "failed",
    "Expired": "failed",
    "Cancelled": "cancelled",
}


def name_of(words: str) -> str:
    return f"u_traps_{secrets.token_hex(4)}_{words}"


def looked(wms: Wms, *run_ids: str) -> dict[str, RunSeen]:
    answer = wms.look(HERE, run_ids)
    assert not isinstance(answer, NoAnswer), answer
    return dict(answer)


def found(wms: Wms, *prefixes: str) -> set[str]:
    answer = wms.find(HERE, prefixes)
    assert not isinstance(answer, NoAnswer), answer
    return {run.run_id for run in answer}


def nothing_known(wms: Wms, where: WmsRef, run_id: str) -> None:
    """Make sure that no question has an answer, and that each says why."""
    answers = [wms.find(where, ["u_"]), wms.look(where, [run_id]), wms.cancel(where, run_id)]
    for answer in answers:
        assert isinstance(answer, NoAnswer), answer
        assert answer.why


def test_states(panda: Panda, submitter: Submitter, wms: Systems) -> None:
    """Each run has tasks that iDDS's agents made; how they end is planted."""
    runs = {status: submitter.submit(name_of(status)) for status in ENDS}
    panda.expand(list(runs.values()))
    for status, run_id in runs.items():
        panda.plant(run_id, status, {"processed": 1, "failed": 1})
    seen = looked(wms, *runs.values())
    assert {status: (seen[run_id].state, seen[run_id].wms_state) for status, run_id in runs.items()} == {
        status: (state, status) for status, state in ENDS.items()
    }
    assert len({run.changed for run in seen.values()}) == len(seen)


def test_a_run_without_tasks_has_no_id(panda: Panda, submitter: Submitter, wms: Systems) -> None:
    """Until the agents have been there, iDDS leaves out the request's id in what ``bps report`` reads."""
    name = name_of("new")
    run_id = submitter.submit(name)
    (row,) = submitter.call("get_requests", request_id=run_id, with_detail=True)[1][1]
    assert (row["request_id"], row["name"]) == (None, name)
    assert looked(wms, run_id)[run_id].state == "submitted"
    assert found(wms, name) == {run_id}
    panda.expand([run_id])
    rows = submitter.call("get_requests", request_id=run_id, with_detail=True)[1][1]
    assert {row["request_id"] for row in rows} == {int(run_id)}
    assert len(rows) == 2
    assert looked(wms, run_id)[run_id].state == "running"


def test_names_are_matched_as_patterns(submitter: Submitter, wms: Systems) -> None:
    """``_`` stands for any character, also the one that separates the parts of a run's name."""
    name = name_of("a")
    other = name.replace("_", "-")
    mine, others = submitter.submit(name), submitter.submit(other)
    listed = submitter.call("get_request_id_by_name", name=f"{name}*")
    assert listed == [0, [True, {name: int(mine), other: int(others)}]]
    assert found(wms, name) == {mine}


def test_of_two_runs_of_a_name_one_is_listed(submitter: Submitter, wms: Systems) -> None:
    """So a second submission hides the first, or the other way round; both are shown by their ids."""
    name = name_of("twice")
    ids = {submitter.submit(name), submitter.submit(name)}
    assert len(ids) == 2
    (listed,) = submitter.call("get_request_id_by_name", name=name)[1][1].values()
    assert str(listed) in ids
    answer = wms.find(HERE, [name])
    assert isinstance(answer, NoAnswer) or {run.run_id for run in answer} <= ids
    assert set(looked(wms, *ids)) == ids


def test_one_submission_may_make_two_runs(panda: Panda, submitter: Submitter) -> None:
    """The relay itself repeats a request to iDDS whose reply was lost, up to half a minute later."""
    name = name_of("repeated")
    with forgetful_proxy(panda.ports[0]) as idds:
        run_id = submitter.tried(name, idds)
    kept = panda.ask("select request_id from requests where name = %s order by request_id", name)
    assert len(kept) == 2
    assert (int(run_id),) == kept[1]


def test_what_is_not_known_is_cancelled_with_success(submitter: Submitter, wms: Systems) -> None:
    reply = submitter.call("abort", request_id=987654)
    assert reply[:1] == [0]
    assert reply[1][0] is True
    assert "No match requests" in str(reply)
    assert looked(wms, "987654") == {}
    answer = wms.cancel(HERE, "987654")
    assert isinstance(answer, NoAnswer), answer


def test_an_id_that_is_no_number(submitter: Submitter, wms: Systems) -> None:
    """The database refuses it, and iDDS calls it a request that can't be found, in a reply that succeeded."""
    reply = submitter.call("get_requests", request_id="abc", with_detail=False)
    assert reply[0] == 0
    assert reply[1][0] is True
    assert reply[1][1][0] is False
    assert "cannot be found" in reply[1][1][1]
    for odd in ("abc", "1 or 1=1", "", "None", "0", "-1"):
        answer = wms.look(HERE, [odd])
        assert isinstance(answer, NoAnswer) or answer == {}
        assert isinstance(wms.cancel(HERE, odd), NoAnswer), odd


def test_without_a_database(panda: Panda, submitter: Submitter, wms: Systems) -> None:
    """A ping is answered, a submission fails with an odd error, and a run that is there "cannot be found"."""
    run_id = submitter.submit(name_of("hidden"))
    with panda.no_database():
        assert submitter.call("ping") == [0, [True, {"Status": "OK"}]]
        assert "cannot be found" in str(submitter.call("get_requests", request_id=run_id, with_detail=True))
        assert submitter.tried(name_of("lost")).startswith("TypeError: int()")
        nothing_known(wms, HERE, run_id)
    assert looked(wms, run_id)[run_id].state == "submitted"


def test_a_run_is_taken_although_the_reply_is_lost(panda: Panda, submitter: Submitter, wms: Systems) -> None:
    """What was submitted is found by its name, by whoever did not get the id."""
    name = name_of("lost")
    submitter.submit(name)
    ((kept,),) = panda.ask("select request_id from requests where name = %s", name)
    assert found(wms, name) == {str(kept)}


def test_without_idds(panda: Panda, submitter: Submitter, wms: Systems) -> None:
    """The submit file names an iDDS, and something else is there.

    Where nothing is, the relay tries three times, up to half a minute apart.
    """
    run_id = submitter.submit(name_of("far"))
    nothing_known(wms, WmsRef(SERVICE, panda.idds.replace("/idds", "/other")), run_id)


@pytest.fixture(scope="module")
def deaf(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the variables of a client whose panda-server does not answer."""
    (port,) = free_ports(1)
    place = tmp_path_factory.mktemp("deaf")
    (place / "proxy.pem").write_text("no certificate\n")
    return client(f"http://127.0.0.1:{port}/server/panda", place)


def test_without_the_relay(deaf: dict[str, str], tmp_path: Path) -> None:
    with Systems(environ={**os.environ, **deaf}) as wms:
        nothing_known(wms, HERE, "1")
    with Submitter(tmp_path, deaf) as submitter:
        code, why = submitter.call("get_requests", request_id=1)
        assert code == 255
        assert "refused" in why
        assert submitter.tried("u_deaf").startswith("RuntimeError: Error submitting to PanDA service")


def test_a_cancelled_run_goes_on_for_a_while(panda: Panda, submitter: Submitter, wms: Systems) -> None:
    """The word is registered; iDDS's agents take it up, and JEDI would end the tasks.

    Meanwhile it is Cancelling, and may be Transforming again.
    """
    run_id = submitter.submit(name_of("cancelled"))
    panda.expand([run_id])
    assert wms.cancel(HERE, run_id) is None
    assert looked(wms, run_id)[run_id].state == "running"
    panda.take_up(run_id)
    assert looked(wms, run_id)[run_id].wms_state in ("Cancelling", "Transforming")
    assert looked(wms, run_id)[run_id].state == "running"
    panda.plant(run_id, "Cancelled")
    assert looked(wms, run_id)[run_id].state == "cancelled"
    assert wms.cancel(HERE, run_id) is None


def test_all_planted_statuses_are_those_of_idds(submitter: Submitter, panda: Panda) -> None:
    """The numbers that are planted are read back by iDDS under the names that they stand for."""
    run_id = submitter.submit(name_of("numbers"))
    for status in STATUSES:
        panda.plant(run_id, status)
        (row,) = submitter.call("get_requests", request_id=run_id, with_detail=False)[1][1]
        assert row["status"]["attributes"]["_name_"] == status
