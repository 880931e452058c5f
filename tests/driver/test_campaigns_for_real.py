"""Campaigns through the command line: BPS, a Butler, an engine and its jobs, all real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from driver_world import PARSL, PARTS, PIPELINE, repository, shared_below
from ledger_builder import git

from cmcompile.engine.record import Records

pytestmark = pytest.mark.service("lsst")

ENGINE = "cmcompile.engine.service.EngineService"
#: A run or a command that takes longer has gone wrong, also on a machine that has much else to do; seconds.
LATE = 400.0
PLANTED = "word-that-nobody-may-find"
#: Of each visit a job. That of visit 2 is well; that of visit 3 fails in detector 0 by design, and in
#: detector 1 as long as there is a file.
SPEC = f"""\
cmcompile: 1
campaign: small
environments:
  here:
    setup: ['export PATH="{Path(sys.executable).parent}:$PATH"']
    env: {{PYTHONPATH: '{PARTS}', SMALL: HERE, GROUP: '${{{{ step.name }}}}-${{{{ group.id }}}}'}}
    secrets: [SOME_TOKEN]
environment: here
inputs: [Cam/raw]
where: {{data: instrument='Cam'}}
collect: u/small
bps:
  wmsServiceClass: SERVICE
  runsHome: RUNS
  computeSite: local
  site: {{local: {{class: lsst.ctrl.bps.parsl.sites.Local, cores: 2, retries: 0}}}}
  pipelineYaml: HERE/pipeline.yaml#step1
  project: p
  campaign: small
  operator: o
  payload: {{payloadName: small, butlerConfig: REPO, output: 'u/${{{{ group.id }}}}'}}
  requestMemory: 512
  numberOfRetries: 0
  finalJob: {{requestCpus: 1, requestMemory: 512}}
  clusterAlgorithm: lsst.ctrl.bps.quantum_clustering_funcs.dimension_clustering
  cluster: {{both: {{pipetasks: small, dimensions: visit}}}}
step_defaults: {{collect: '${{{{ campaign.collect }}}}/${{{{ step.name }}}}'}}
steps:
  step1:
    split: [{{by: visit, values: [2, 3], size: 2}}]
"""
RESCUE = """\
    rescues:
      again:
        groups: [1]
        because: one detector fails by design
        skip_existing_in: prior
        bps: {pipelineYaml: HERE/whole.yaml#step1, extraQgraphOptions: --dataset-query-constraint off}
"""


class Clone:
    """A clone with a campaign, and the commands as a person types them."""

    def __init__(self, path: Path, repo: Path, service: str) -> None:
        self.path, self.root = path, path / "clone"
        self.names = {"REPO": str(repo), "HERE": str(path), "RUNS": str(path / "runs"), "SERVICE": service}
        git(path, "init", "-q", "--bare", "origin.git")
        git(path, "clone", "-q", "origin.git", "clone")
        (path / "pipeline.yaml").write_text(PIPELINE)
        (path / "whole.yaml").write_text(PIPELINE.replace("[3]", "[]"))
        self.write(SPEC)
        git(self.root, "push", "-q", "-u", "origin", "HEAD")

    def write(self, text: str) -> None:
        """Commit the spec."""
        for name, value in self.names.items():
            text = text.replace(name, value)
        file = self.root / "campaigns" / "small" / "campaign.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", "spec")

    def cm(self, *words: str, ends: Sequence[int] = (0,)) -> str:
        """Run a command, which must end with one of some codes; return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "cmcompile.cli.main", *words],
            cwd=self.root,
            env={**os.environ, "SOME_TOKEN": PLANTED},
            capture_output=True,
            text=True,
            timeout=LATE,
        )
        assert done.returncode in ends, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def over(self, run: str) -> None:
        """Wait until a run is over."""
        records, end = Records(self.path / "runs"), time.monotonic() + LATE
        while records.is_held(run):
            assert time.monotonic() < end, "the run does not end"
            time.sleep(0.2)

    def runs(self) -> list[str]:
        """Return the ids of all runs."""
        return [run.id for run in Records(self.path / "runs").runs()]

    def ran(self) -> Counter[str]:
        """Return how often the task was run, by visit and detector."""
        return Counter((self.path / "ran").read_text().splitlines())

    def close(self) -> None:
        """End what still lives."""
        records = Records(self.path / "runs")
        for run in self.runs() if (self.path / "runs" / "runs").exists() else ():
            records.ask_to_cancel(run)
            self.over(run)


@pytest.fixture(
    params=[
        pytest.param(ENGINE, id="engine"),
        pytest.param(PARSL, id="parsl", marks=[pytest.mark.service("minutes"), pytest.mark.service("parsl")]),
    ]
)
def clone(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Clone]:
    """Give a clone whose campaign goes to an engine; nothing lives on."""
    repo = shutil.copytree(repository(shared_below(tmp_path_factory)), tmp_path / "repo")
    made = Clone(tmp_path, repo, request.param)
    yield made
    made.close()


def test_a_restart_and_a_rescue_until_all_is_accepted(clone: Clone) -> None:
    (clone.path / "stop").touch()
    clone.cm("ledger", "init", "small")
    assert "1 to submit" in clone.cm("plan", "small")
    told = clone.cm("apply", "small", "--auto-approve")
    assert "prepared: 4 quanta" in told
    assert "done: run 1" in told
    # Git sees nothing of what was written below the area.
    assert git(clone.root, "status", "--porcelain").strip() == ""
    clone.over("1")
    clone.cm("reconcile", "small", ends=(3,))
    assert "2 of 4 quanta failed" in clone.cm("status", "small", ends=(0, 3))
    assert clone.ran() == {"2 0": 1, "2 1": 1, "3 0": 1, "3 1": 1}

    (clone.path / "stop").unlink()
    clone.cm("restart", "small/step1/1", "-m", "the file is gone", "--commit")
    git(clone.root, "push", "-q")
    assert "done: run 1" in clone.cm("apply", "small", "--auto-approve")
    clone.over("1")
    clone.cm("reconcile", "small", ends=(3,))
    assert "1 of 4 quanta failed" in clone.cm("status", "small", ends=(0, 3))
    # The job that was done is not done again, and there is no other run.
    assert {"2 0": 1, "2 1": 1}.items() <= clone.ran().items()
    assert clone.ran()["3 1"] == 2
    assert clone.runs() == ["1"]

    spec = (clone.root / "campaigns/small/campaign.yaml").read_text()
    clone.write(spec + RESCUE)
    git(clone.root, "push", "-q")
    # What the first run did is not done again.
    assert "prepared: 1 quanta" in clone.cm("apply", "small", "--auto-approve")
    clone.over("2")
    clone.cm("reconcile", "small", ends=(0, 3))
    clone.cm("reconcile", "small", ends=(0, 3))
    status = clone.cm("status", "small", ends=(0, 3))
    assert "nothing needs a person; the group is accepted" in status
    assert "healthy" in clone.cm("verify", "small")

    origin = clone.path / "origin.git"
    files = git(origin, "ls-tree", "-r", "--name-only", "cm/small").split()
    [submit] = [name for name in files if "/again.1/" in name and name.endswith("submit.yaml")]
    as_run = git(origin, "show", f"cm/small:{submit}")
    assert '"--dataset-query-constraint off --skip-existing-in u/1/w00-' in as_run
    _nowhere(clone)


def _nowhere(clone: Clone) -> None:
    """Look for the secret in all objects of both repositories."""
    for root in (clone.root, clone.path / "origin.git"):
        listed = git(root, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
        assert len(listed) > 20
        done = subprocess.run(
            ["git", "cat-file", "--batch"],
            cwd=root,
            input="\n".join(listed).encode(),
            capture_output=True,
            check=True,
        )
        assert PLANTED.encode() not in done.stdout
        # Events say which file was made: the search is one that can find something.
        assert b"pipeline.yaml" in done.stdout
