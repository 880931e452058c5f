"""Every verb of the real `bps`, with real quanta in a real Butler."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from bps_calls import Bps
from engine_runs import pid_of_runner, until
from tiny_butler import Tiny, make_butler

from cmcompile.engine.journal import entries
from cmcompile.engine.record import LIVE, Standing

pytestmark = pytest.mark.service("lsst")


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Butler repository."""
    place = tmp_path_factory.mktemp("engine") / "repo"
    make_butler(place)
    return place


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bps]:
    """Give what calls `bps`."""
    with Bps(tmp_path_factory.mktemp("bps") / "said") as found:
        yield found


@pytest.fixture
def tiny(tmp_path: Path, repo: Path, calls: Bps) -> Iterator[Tiny]:
    """Give a place for runs; none of them lives at the end."""
    found = Tiny(tmp_path / "tiny", repo, calls)
    yield found
    (found.place / "wait").unlink(missing_ok=True)
    for run in found.records.runs() if (found.place / "runs/runs").exists() else ():
        found.records.ask_to_cancel(run.id)
        ended(found, run.id)


def ended(tiny: Tiny, run_id: str) -> Standing:
    records = tiny.records
    until(lambda: records.standing(run_id).state not in LIVE and not records.is_held(run_id))
    return records.standing(run_id)


def datasets(tiny: Tiny, name: str, dataset_type: str) -> int:
    from lsst.daf.butler import Butler

    with Butler.from_config(str(tiny.repo)) as butler:
        return len(butler.query_datasets(dataset_type, collections=f"u/tester/{name}", explain=False))


def test_a_run_from_submit_to_its_report(tiny: Tiny) -> None:
    run_id = tiny.submit("good", fresh=True)
    assert ended(tiny, run_id) == Standing("succeeded", "SUCCEEDED", 6)
    assert datasets(tiny, "good", "tiny_part") == 4
    assert datasets(tiny, "good", "tiny_whole") == 1
    code, text = tiny.bps("report", "--id", run_id)
    assert code == 0
    assert [line.split()[-1] for line in text.splitlines() if line.startswith("part ")] == ["4"]
    assert "State: SUCCEEDED" in text
    assert tiny.bps("status", "--id", str(tiny.place / "submit/good"))[0] == 0
    found = entries(tiny.records.place(run_id))
    assert len([e for e in found if e.kind == "end"]) == 7
    run = tiny.records.run(run_id)
    assert run is not None
    assert (run.name, run.output_run) == ("u_tester_good_run", "u/tester/good/run")
    # The stack was imported once, for all of them.
    assert (tiny.records.place(run_id) / "runner.log").read_text(encoding="utf-8").count("\n") == 1


def test_quanta_fail_and_the_run_is_taken_up_again(tiny: Tiny) -> None:
    tiny.say("fail1")
    tiny.say("die2")
    run_id = tiny.submit("bad")
    assert ended(tiny, run_id).word == "PARTIAL"
    assert datasets(tiny, "bad", "tiny_part") == 2
    code, text = tiny.bps("report", "--id", run_id, "--return-exit-codes")
    assert code == 0
    assert "-9" in text
    row = next(line.split() for line in text.splitlines() if line.startswith("whole "))
    assert row[1:] == ["0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "1", "1"]
    logs = list((tiny.place / "submit/bad/logs/part").glob("*.1.log"))
    assert sum("it is said to fail" in log.read_text(encoding="utf-8") for log in logs) == 1
    assert tiny.bps("status", "--id", run_id)[0] == 19
    tiny.unsay("fail1")
    tiny.unsay("die2")
    code, text = tiny.bps("restart", "--id", str(tiny.place / "submit/bad"))
    assert f"Run Id: {run_id}\nRun Name: u_tester_bad_run" in text
    assert ended(tiny, run_id).word == "SUCCEEDED"
    assert datasets(tiny, "bad", "tiny_whole") == 1
    starts = [e.job for e in entries(tiny.records.place(run_id)) if e.kind == "start"]
    assert len(starts) == 6 + 4
    assert "pipetaskInit" not in starts[6:]


def test_a_killed_runner_and_a_cancel(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    from lsst.ctrl.bps import WmsStates

    from cmcompile.engine.service import EngineService

    for name, value in tiny.environment.items():
        monkeypatch.setenv(name, value)
    # Each call of the real program costs seconds: what other tests call is asked in this process.
    service = EngineService({})
    tiny.say("wait")
    run_id = tiny.submit("killed")
    run = tiny.records.run(run_id)
    assert run is not None
    until(lambda: (tiny.place / "began").exists())
    assert service.get_status(run_id)[0] is WmsStates.RUNNING
    assert "still running" in service.restart(run_id)[2]
    os.kill(pid_of_runner(tiny.records, run), signal.SIGKILL)
    assert ended(tiny, run_id).word == "SUPERVISOR_GONE"
    tiny.unsay("began")
    assert service.restart(run_id) == (run_id, "u_tester_killed_run", "")
    until(lambda: (tiny.place / "began").exists())
    assert "Successfully canceled" in tiny.bps("cancel", "--id", run_id)[1]
    assert ended(tiny, run_id).word == "CANCELLED"
    assert service.get_status(run_id)[0] is WmsStates.DELETED
    assert service.cancel(run_id) == (False, f"run {run_id} is over: CANCELLED")
    assert service.report() == ([], "")
    assert "u_tester_killed_run" in tiny.bps("report", "--hist", "1", "--user", "tester")[1]
    tiny.unsay("wait")
    assert service.restart(run_id)[0] == run_id
    assert ended(tiny, run_id).word == "SUCCEEDED"


def test_what_is_not_there_is_told(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    from lsst.ctrl.bps import WmsStates

    from cmcompile.engine.service import EngineService

    assert tiny.bps("ping", fresh=True)[0] == 0
    assert "Restart failed: no run '77'" in tiny.bps("restart", "--id", "77")[1]
    monkeypatch.setenv("CMCOMPILE_RUNS", str(tiny.place / "runs"))
    service = EngineService({})
    assert "no run '77'" in service.report("77")[1]
    assert service.get_status("77")[0] is WmsStates.UNKNOWN
    assert service.list_submitted_jobs("77") == []
    assert service.report() == ([], "")
    (tiny.place / "runs/host").write_text("elsewhere", encoding="utf-8")
    assert service.ping(None)[0] == 1
    (tiny.place / "runs/host").unlink()
