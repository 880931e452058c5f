"""Jobs as the wrapper of a batch step runs them, with payloads that say how far they are, or do not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from signal_examples import RUN

from cmcompile.batch.run_files import SIGNALS
from cmcompile.batch.script import NO_OUTPUT, script_bytes
from cmcompile.batch.table import Job, Table, table_bytes
from cmcompile.model.signal import Disagreed, Disagreement, JobSignals, SignalKind
from cmcompile.signals.fold import signalled_of
from cmcompile.signals.packed import jobs_of

#: What a payload calls `cmcompile`: as it starts on a worker.
_PROGRAM = f'#!/bin/sh\nexec "{sys.executable}" -c "from cmcompile.cli.start import main; main()" "$@"\n'
_COMMANDS = {
    "good": "cmcompile signal started; echo x >out; cmcompile signal finished --events 10 --output out",
    "bad": "cmcompile signal started; cmcompile signal failed 'no calibration' --exit 4; exit 4",
    "silent": "echo x >out",
    "liar": "cmcompile signal finished --exit 0 'all is well'; rm -f out",
    "modest": "echo x >out; cmcompile signal failed --exit 1",
    "mute": "cmcompile signal started; echo x >out",
    "tee": "cmcompile tee -- sh -c 'echo x >out; echo out.root, entries: 7'",
    "killed": "cmcompile tee -- sh -c 'kill -9 $$'",
}


def laid(tmp_path: Path, rows: tuple[Job, ...]) -> dict[str, str]:
    """Write a submit directory; return the environment in which its jobs run."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/cmcompile").write_text(_PROGRAM)
    (tmp_path / "bin/cmcompile").chmod(0o755)
    (tmp_path / "1.jobs.tsv").write_bytes(table_bytes(Table(("name",), rows)))
    (tmp_path / "1.sh").write_bytes(script_bytes("about", "1.sh", "1.jobs.tsv", ("name",), ()))
    (tmp_path / "run.txt").write_text(f"{RUN}\n")
    return {**os.environ, "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def jobs(tmp_path: Path) -> dict[str, JobSignals]:
    """Run all jobs; return what is known of them by name."""
    rows = tuple(
        Job(n, ("name",), (name,), outputs=() if name == "killed" else ("out",), command=command)
        for n, (name, command) in enumerate(_COMMANDS.items(), 1)
    )
    env = laid(tmp_path, rows)
    for row in rows:
        subprocess.run(["bash", tmp_path / "1.sh", str(row.number)], env=env, cwd="/", check=False)
    found = jobs_of(tmp_path / SIGNALS)
    assert len(found) == len(_COMMANDS)
    return {name: found[n] for n, name in enumerate(_COMMANDS, 1)}


def test_what_is_known_of_each(jobs: dict[str, JobSignals]) -> None:
    exits = {name: job.exit for name, job in jobs.items()}
    assert exits == {
        "good": 0,
        "bad": 4,
        "silent": 0,
        "liar": NO_OUTPUT,
        "modest": 0,
        "mute": 0,
        "tee": 0,
        "killed": 137,
    }
    assert {name: job.disagrees for name, job in jobs.items() if job.disagrees} == {
        "liar": Disagreement.FINISHED_BUT_FAILED,
        "modest": Disagreement.FAILED_BUT_ENDED_WELL,
        "mute": Disagreement.NEVER_FINISHED,
    }
    good, bad, tee, killed = (jobs[name].payload for name in ("good", "bad", "tee", "killed"))
    assert good is not None
    assert (good.kind, good.events, good.outputs[0].size, good.outputs[0].name) == (
        SignalKind.FINISHED,
        10,
        2,
        "out",
    )
    assert bad is not None
    assert (bad.kind, bad.exit, bad.message) == (SignalKind.FAILED, 4, "no calibration")
    assert tee is not None
    assert (tee.all_events, [o.name for o in tee.outputs]) == (7, ["out.root"])
    assert killed is not None
    assert (killed.kind, killed.exit, killed.message) == (SignalKind.FAILED, 137, "it was killed by signal 9")
    assert jobs["silent"].payload is None
    assert all(job.attempt == 1 for job in jobs.values())


def test_what_is_recorded_of_all(jobs: dict[str, JobSignals]) -> None:
    told = signalled_of(jobs.values())
    assert (told.counts.jobs, told.counts.ended, told.counts.bad, told.counts.silent) == (8, 8, 3, 1)
    assert (told.counts.finished, told.counts.failed, told.counts.disagree) == (3, 3, 3)
    assert (told.counts.events, told.counts.outputs) == (17, 2)
    assert told.disagreed == (
        Disagreed("finished-but-failed", 1, (4,)),
        Disagreed("failed-but-ended-well", 1, (5,)),
        Disagreed("never-finished", 1, (6,)),
    )


def test_a_job_that_is_told_to_end_says_so_on_both_sides(tmp_path: Path) -> None:
    command = "cmcompile tee -- sh -c 'echo ready; while :; do sleep 0.05; done'"
    env = laid(tmp_path, (Job(1, ("name",), ("x",), command=command, log="log"),))
    with subprocess.Popen(["bash", tmp_path / "1.sh", "1"], env=env, cwd="/") as process:
        until = time.monotonic() + 30
        while "ready" not in _read(tmp_path / "log") and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
    (found,) = jobs_of(tmp_path / SIGNALS).values()
    assert found.payload is not None
    assert found.wrapper is not None
    assert (found.payload.kind, found.payload.exit, found.exit) == (SignalKind.FAILED, 143, 143)
    assert "SIGTERM was sent to it" in found.wrapper.message
    assert found.disagrees is None


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""
