"""The one call to a batch system, and what is asked before it: programs that answer well, badly, or not."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from contracts.batch_runs import order_of

from cmcompile.batch.document import Document, read_document
from cmcompile.batch.table import Job
from cmcompile.driver import batch_calls
from cmcompile.driver.batch import BatchDriver
from cmcompile.driver.batch_calls import RefusedError, called, calls_of, cluster_of, handed_on, tried
from cmcompile.ledger.clock import SystemClock
from cmcompile.model.body import WmsRef
from cmcompile.model.child import NoReply, NotReady, Ready, Setting, Taken

CONFIG = "echo 'ClusterName = tests'; echo 'MaxArraySize = 1001'"
TOTALS = "echo '-- Schedd: pool.local : <127.0.0.1:9618?...'"


def programs(place: Path, **scripts: str) -> dict[str, str]:
    """Put programs on a PATH of their own; each call is kept in the file ``calls``."""
    folder = place / "bin"
    folder.mkdir()
    for name, script in scripts.items():
        target = folder / name
        target.write_text(f'#!/bin/sh\necho "{name} $*" >>{place}/calls\n{script}\n')
        target.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


def document(system: str = "slurm", where: str = "") -> Document:
    jobs = [Job(1, ("run",), ("1",), command="true")]
    order = order_of(WmsRef(f"batch.{system}", where), "c_g_w00", "w00", jobs)
    return read_document(order.files["submit.yaml"])


@pytest.mark.parametrize(
    ("script", "reply"),
    [
        ("echo 17", "17"),
        ("echo '17;east'", "17"),
        # The jobs are there, whatever came after.
        ("echo 17; echo 'error: something' >&2; exit 1", "17"),
        ("echo 'sbatch: error: Socket timed out on send/recv operation' >&2; exit 1", "Socket timed out"),
        ("", "ended with 0 and gave no id: it said nothing"),
        ("echo Submitted batch job 17", "gave no id: Submitted batch job 17"),
        ("echo 17; echo 18", "gave no id"),
        ("echo 0", "gave no id"),
        ("sleep 30", "no reply within"),
        ("kill -9 $$", "ended with -9"),
    ],
)
def test_what_slurm_replies(tmp_path: Path, script: str, reply: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_calls, "CALLING", 2.0)
    environ = programs(tmp_path, sbatch=script)
    found = called(calls_of(document(), "c_g_w00", tmp_path, [1, 2, 3, 7], environ), tmp_path)
    if reply.isdecimal():
        assert found == reply
    else:
        assert isinstance(found, NoReply)
        assert reply in found.why
    # It is asked once, whatever comes of it.
    call = f"sbatch --parsable --job-name=c_g_w00 --array=1-3,7 --chdir={tmp_path} g.sbatch\n"
    assert (tmp_path / "calls").read_text() == call


@pytest.mark.parametrize(
    ("script", "reply"),
    [
        ("echo '31.0 - 31.4'", "31"),
        ("echo '31.0 - 32.4'", None),
        ("echo '1 job(s) submitted to cluster 31.'", None),
        ("echo 'ERROR: Failed to connect to local queue manager' >&2; exit 1", None),
    ],
)
def test_what_htcondor_replies(tmp_path: Path, script: str, reply: str | None) -> None:
    environ = programs(tmp_path, condor_submit=script)
    found = called(calls_of(document("htcondor", "s@east"), "c_g_w00", tmp_path, [1], environ), tmp_path)
    assert found == reply if reply else isinstance(found, NoReply)
    assert (tmp_path / "calls").read_text() == (
        "condor_submit -terse -name s@east -batch-name c_g_w00 g.sub\n"
    )


def test_a_program_that_is_not_there_is_no_reply(tmp_path: Path) -> None:
    calls = calls_of(document(), "c_g_w00", tmp_path, [1], {"PATH": str(tmp_path)})
    assert isinstance(called(calls, tmp_path), NoReply)


def test_which_system_it_is(tmp_path: Path) -> None:
    environ = programs(tmp_path, scontrol=CONFIG, condor_q=TOTALS)
    assert cluster_of(document(), environ, [1000]) == "tests"
    assert cluster_of(document("htcondor"), environ, [5000]) == "pool.local"
    with pytest.raises(RefusedError, match="cut the step into smaller groups"):
        cluster_of(document(), environ, [1, 1001])
    with pytest.raises(RefusedError, match="in so many gaps"):
        cluster_of(document(), environ, range(1, 60_000, 2))


@pytest.mark.parametrize("script", ["exit 1", "echo nothing", "true"])
def test_a_system_that_does_not_say_what_it_is_gets_nothing(tmp_path: Path, script: str) -> None:
    environ = programs(tmp_path, scontrol=script, condor_q=script)
    for system in ("slurm", "htcondor"):
        with pytest.raises(RefusedError):
            cluster_of(document(system), environ, [1])


@pytest.mark.parametrize(
    ("words", "refused", "transient"),
    [
        ("sbatch: error: invalid partition specified: no", True, False),
        ("allocation failure: Invalid account or account/partition combination specified", True, False),
        ("sbatch: error: Unable to contact slurm controller (connect failure)", True, True),
        # It would be taken, and wait.
        ("allocation failure: Requested partition configuration not available now", False, False),
    ],
)
def test_a_trial_tells_what_is_certain(tmp_path: Path, words: str, refused: bool, transient: bool) -> None:
    environ = programs(tmp_path, sbatch=f"echo '{words}' >&2; exit 1")
    calls = calls_of(document(), "c_g_w00", tmp_path, [1], environ)
    if not refused:
        tried(calls, tmp_path)
        return
    with pytest.raises(RefusedError, match="would refuse it") as error:
        tried(calls, tmp_path)
    assert error.value.transient is transient


def test_secrets_are_not_handed_on(tmp_path: Path) -> None:
    hidden = "cmcompile-test-secret"
    environ = {"A": "b", "TOKEN": hidden, "SLURM_JWT": hidden}
    assert handed_on(environ, ["TOKEN", "SLURM_JWT", "OTHER"]) == {"A": "b", "SLURM_JWT": hidden}
    shown = programs(tmp_path, scontrol=CONFIG, sbatch=f"env >>{tmp_path}/env; echo 5")
    order = order_of(WmsRef("batch.slurm"), "c_g_w00", "ab12", [Job(1, ("run",), ("1",), command="true")])
    order = replace(order, setting=Setting(secrets=("TOKEN",)))
    driver = BatchDriver(tmp_path / "area", SystemClock(), {**shown, "TOKEN": hidden})
    assert isinstance(driver.prepare(order), Ready)
    reply = driver.call(order)
    assert isinstance(reply, Taken)
    assert reply.run_id == "5"
    assert hidden not in (tmp_path / "env").read_text()


def test_what_is_not_as_claimed_is_not_prepared(tmp_path: Path) -> None:
    order = order_of(WmsRef("batch.slurm"), "c_g_w00", "ab12", [Job(1, ("run",), ("1",), command="true")])
    environ = programs(tmp_path, scontrol=CONFIG, condor_q=TOTALS, sbatch="true", condor_submit="true")
    for other in (
        replace(order, wms=WmsRef("batch.htcondor")),
        replace(order, wms=WmsRef("batch.slurm", "east")),
        replace(order, output_run="out/g/other"),
        replace(order, files={**order.files, "g.jobs.tsv": b"cut off"}),
        replace(order, files={**order.files, "../out.sh": b""}),
        replace(order, files={}),
        replace(order, restart="7"),
    ):
        answer = BatchDriver(tmp_path / "area", SystemClock(), environ).prepare(other)
        assert isinstance(answer, NotReady), other
    assert not list(tmp_path.rglob("out.sh"))
    assert isinstance(BatchDriver(tmp_path / "area", SystemClock(), environ).prepare(order), NotReady), (
        "what was begun once is not written over"
    )
