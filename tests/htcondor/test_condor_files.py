"""What BPS prepares for HTCondor, for a compiled group, as the driver has it done; no pool is needed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_world import environment, make_world

from cmcompile.compiler.claim import with_claim

CLAIM = "0123456789abcdef"
RUN = "u/tiny/step1/1/w00-abcdef"
NAME = RUN.replace("/", "_")
SERVICE = "lsst.ctrl.bps.htcondor.HTCondorService"
GOLDEN = Path(__file__).parent / "golden.txt"
#: Set, the golden file is written anew; look at what changed.
UPDATE = "UPDATE_GOLDEN"
#: What the child does, but for the pipe: the gate is not passed.
PREPARE = """
import os, sys
from pathlib import Path
from cmcompile.driver.bps import BpsDriver
from cmcompile.ledger.clock import SystemClock
from cmcompile.model.body import WmsRef
from cmcompile.model.child import Order
from cmcompile.model.event import Subject

claim, run, name, service, submit_path, data = sys.argv[1:]
order = Order("tiny", Subject("step1", "1"), claim, WmsRef(service, ""), name, run, submit_path,
              {"submit.yaml": Path(data).read_bytes()})
print(BpsDriver(Path.cwd(), SystemClock(), os.environ).prepare(order), file=sys.stderr)
"""

pytestmark = pytest.mark.service("lsst")


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepare group 1 of step 1, in a world of its own; return the submit directory."""
    home = tmp_path_factory.mktemp("condor") / "world"
    # In processes: BPS changes loggers and directory of the one that it runs in.
    _run(home.parent, sys.executable, make_world.__code__.co_filename, str(home))
    clone = home / "clone"
    _run(clone, sys.executable, "-m", "cmcompile.cli.main", "compile", "tiny", "-o", str(home / "out"))
    path = f"${{PWD}}/submit/{RUN}"
    data = home / "submit.yaml"
    data.write_bytes(with_claim((home / "out" / "step1" / "1.yaml").read_bytes(), RUN, path))
    told = _run(
        clone,
        sys.executable,
        "-c",
        PREPARE,
        CLAIM,
        RUN,
        NAME,
        SERVICE,
        path,
        str(data),
        **environment(home, Path(sys.prefix)),
    )
    assert "Ready(" in told, told
    return clone / "submit" / RUN


def _run(where: Path, *command: str, **variables: str) -> str:
    ended = subprocess.run(
        command, cwd=where, env={**os.environ, **variables}, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stderr


def neutral(text: str, submitted: Path) -> str:
    """Return a text without what differs from run to run: places, and the ids of quanta."""
    home = submitted.parents[len(Path(RUN).parts) + 1]
    text = text.replace(str(home), "HOME").replace(sys.prefix, "PREFIX")
    text = re.sub(r"[^ ]*/lsst/ctrl/bps/htcondor/", "PLUGIN/", text)
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)


def files(submitted: Path) -> dict[str, str]:
    """Return what HTCondor reads, by path, with sorted lines where the order is that of ids."""
    found = {}
    for path in sorted(submitted.rglob("*")):
        if path.suffix in (".dag", ".sub", ".conf") or path.name == "final_job.bash":
            lines = neutral(path.read_text(), submitted).splitlines()
            ordered = sorted(lines) if path.suffix == ".dag" else lines
            found[neutral(path.relative_to(submitted).as_posix(), submitted)] = "\n".join(ordered)
    return dict(sorted(found.items()))


def test_the_files_are_those_looked_at(submitted: Path) -> None:
    text = "".join(f"==> {path} <==\n{content}\n\n" for path, content in files(submitted).items())
    if os.environ.get(UPDATE):
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


def settings(text: str) -> dict[str, str]:
    return {key.strip(): value for line in text.splitlines() for key, _, value in [line.partition("=")]}


def test_nodes_are_the_quanta_in_their_order(submitted: Path) -> None:
    """Ready-made names: one node for a quantum, two of BPS's own, and the edges of the pipeline."""
    dag = files(submitted)[f"{NAME}.dag"].splitlines()
    nodes = sorted(line.split()[1] for line in dag if line.startswith("JOB "))
    measured = [f"ID_measure_{visit}_{detector}" for visit in (101, 102) for detector in (1, 2)]
    assert nodes == sorted([*measured, "ID_gather_101_", "ID_gather_102_", "pipetaskInit"])
    edges = {tuple(line.split()[1::2]) for line in dag if line.startswith("PARENT ")}
    assert edges == {("pipetaskInit", name) for name in measured} | {
        (name, f"ID_gather_{name.split('_')[2]}_") for name in measured
    }
    assert sum(line.startswith("FINAL finalJob ") for line in dag) == 1
    assert f'SET_JOB_ATTR bps_run= "{NAME}"' in dag


def test_resources_and_retries_are_those_of_the_spec(submitted: Path) -> None:
    jobs = {
        path.rpartition("/")[2]: settings(text) for path, text in files(submitted).items() if ".sub" in path
    }
    gather, measure, final = (
        jobs[name] for name in ("ID_gather_101_.sub", "ID_measure_101_1.sub", "finalJob.sub")
    )
    assert "int(1024 * pow(2, NumJobStarts)), 65536" in gather["request_memory"]
    assert "int(512 * pow(2, NumJobStarts)), 65536" in measure["request_memory"]
    assert "int(4096 * pow(2, NumJobStarts)), 65536" in final["request_memory"]
    assert {job["max_retries"] for job in jobs.values()} == {"3"}
    assert {job["request_cpus"] for job in jobs.values()} == {"1"}
    assert measure["retry_until"] == "member(ExitCode, {1,2})"
    assert {job["getenv"] for job in jobs.values()} == {"True"}


def test_jobs_find_their_graph_from_anywhere(submitted: Path) -> None:
    """A job of HTCondor does not run where BPS ran: a relative path leads nowhere there."""
    for path in submitted.rglob("*.sub"):
        words = settings(path.read_text())
        graph = next(word for word in words["arguments"].split() if word.endswith(".qg"))
        assert Path(graph) == submitted / f"{NAME}.qg"
        assert words["executable"].startswith(("$ENV(CTRL_MPEXEC_DIR)/", str(submitted)))


def test_prepare_asked_nobody_for_a_run(submitted: Path) -> None:
    """DAGMan's own files are written when it is submitted."""
    assert not list(submitted.glob("*.condor.sub"))
    assert not list(submitted.glob("*.info.json"))
