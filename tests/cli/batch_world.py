"""A clone with a campaign of two batch steps, whose jobs ran as a test says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ledger_builder import PROCESS, Builder, Files, Planted, git, id_of
from ledger_world import commit, write

from cmcompile.batch.document import read_document
from cmcompile.batch.run_files import (
    DOCUMENT,
    GIVEN,
    LOGS,
    NUMBERS,
    SIGNALS,
    SKIPPED,
    TAKEN,
    WORK,
    Given,
    given_bytes,
    skipped_bytes,
)
from cmcompile.batch.table import Table, read_table
from cmcompile.compiler.claim import as_run_files
from cmcompile.ledger.listed import Columns
from cmcompile.ledger.sent import members_of
from cmcompile.model.as_run import as_run_digest
from cmcompile.model.event import (
    Claimed,
    Observed,
    Prepared,
    SpecRef,
    Subject,
    Submitted,
    Submitting,
    WmsRef,
)
from cmcompile.model.naming import run_names
from cmcompile.model.outcome import Outcome
from cmcompile.model.signal import Signal, SignalKind, SignalOutput
from cmcompile.signals.codec import encode
from cmcompile.version import EMIT, VERSION

#: Two steps over three runs of two segments each; outputs of ``event`` are at a place of their own.
SPEC = """\
cmcompile: 1
campaign: c
batch: {system: slurm}
lists:
  runs: {file: runs.txt, columns: [run, segment]}
vars: {out: "OUT"}
step_defaults:
  engine: batch
  split: [{name: run, list: runs}]
  collect: c/${{ step.name }}
steps:
  event:
    jobs:
      command: "./go ${{ job.run }} ${{ job.segment }}"
      each: [run, segment]
      outputs: "${{ out }}/event-${{ job.run }}-${{ job.segment }}.root"
      resources: {memory: 1GB}
  calor:
    needs: {event: same}
    jobs:
      command: "./go ${{ job.run }} ${{ job.segment }}"
      each: [run, segment]
      inputs: "${{ out }}/event-${{ job.run }}-${{ job.segment }}.root"
      outputs: "calor-${{ job.run }}-${{ job.segment }}.root"
"""
RUNS = "".join(f"{run} {segment}\n" for run in (22000, 22001, 22002) for segment in (1, 2))
SLURM = WmsRef("batch.slurm")
#: 2026-11-20T08:00:00Z.
_EIGHT = 1_795_161_600


@dataclass(slots=True)
class Jobs:
    """One workflow, and its submit directory."""

    planted: Planted
    directory: Path
    table: Table
    count: int = 0

    def said(
        self,
        job: int,
        kind: str,
        minute: int = 0,
        *,
        exit_: int | None = None,
        events: int | None = None,
        message: str = "",
        outputs: Sequence[SignalOutput] = (),
    ) -> Jobs:
        """Let a job, or its wrapper, say something."""
        self.count += 1
        at = f"2026-11-20T08:{minute:02}:00Z"
        run = self.planted.claim.output_run
        signal = Signal(run, job, SignalKind(kind), at, exit_, events, tuple(outputs), message, "node7", 1)
        name = f"{job}-{(_EIGHT + 60 * minute) * 10**9 + self.count}-{'0' * 8}.json"
        (self.directory / SIGNALS / name).write_bytes(encode(signal))
        return self

    def ran(self, job: int, exit_: int = 0, *, events: int | None = None, message: str = "") -> Jobs:
        """Let a job run from minute ``job`` to five times that."""
        self.said(job, "begun", job)
        self.said(job, "finished" if exit_ == 0 else "failed", 5 * job, events=events, message=message)
        return self.said(job, "ended", 5 * job, exit_=exit_)

    def wrote(self, job: int, data: bytes = b"root") -> Jobs:
        """Write the outputs of a job."""
        found = self.table.job(job)
        assert found is not None
        for name in found.outputs:
            path = self.directory / WORK / str(job) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return self


@dataclass(slots=True)
class BatchWorld:
    """A clone, and its ledger."""

    root: Path
    out: Path
    builder: Builder
    gates: dict[str, str] = field(default_factory=dict)

    def sent(
        self,
        step: str,
        group: str,
        state: str = "running",
        *,
        workflow: str = "w00",
        outcome: Outcome | None = None,
        skipped: Sequence[int] = (),
    ) -> Jobs:
        """Record that a group was submitted, and how its run was seen last (empty: not yet)."""
        made = self._make(step, group, workflow)
        builder = self.builder
        run_id = str(4711 + len(builder.numbers))
        files: Files = {made.file(name): data for name, data in made.files.items()}
        builder.commits.append({**builder.event(made, made.claim), **files})
        builder.commits.append(builder.event(made, Prepared({}, 2)))
        gate = builder.event(
            made, Submitting(made.claim.run_name, SLURM, "d", as_run_digest(made.files), PROCESS, 2)
        )
        builder.commits.append(gate)
        builder.commits.append(builder.event(made, Submitted(run_id, id_of(gate))))
        if state:
            builder.commits.append(builder.event(made, Observed(state, state.upper(), outcome=outcome)))
        directory = self.root / made.claim.submit_path.removeprefix("${PWD}/")
        for name in (SIGNALS, LOGS, WORK):
            (directory / name).mkdir(parents=True)
        for name, data in made.files.items():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_bytes(data)
        table = read_table(made.files[read_document(made.files[DOCUMENT]).table])
        given = Given(made.claim.run_name, directory.relative_to(self.root).as_posix(), SLURM.service)
        numbers = "".join(f"{job.number}\n" for job in table.jobs if job.number not in skipped)
        own = {
            SKIPPED: skipped_bytes((job, "its outputs are there") for job in skipped),
            GIVEN: given_bytes(given),
            TAKEN: f"{run_id}\n".encode(),
            NUMBERS: numbers.encode(),
        }
        for name, data in own.items():
            (directory / name).write_bytes(data)
        return Jobs(made, directory, table)

    def _make(self, step: str, group: str, workflow: str) -> Planted:
        head = git(self.root, "rev-parse", "HEAD")
        result = self.builder.compiled(head)
        made = result.group(step, group)
        assert made is not None
        declared = result.spec.step(step)
        assert declared is not None
        claim_id = self.builder.new_id()
        names = run_names(made.output, step, group, workflow, claim_id, shared=False)
        claim = Claimed(
            run_name=names.run_name,
            prefix=names.prefix,
            output_run=names.output_run,
            submit_path=f"${{PWD}}/submit/{names.output_run}",
            wms=SLURM,
            definition=made.digest,
            spec=SpecRef("campaigns/c/campaign.yaml", head, VERSION, EMIT),
            process=PROCESS,
            file=made.path,
            covers=made.group.covers,
            excluded=dict(made.group.excluded),
            members=members_of(made.group, declared.split, Columns(result.spec.lists)),
        )
        files = as_run_files(made, result.includes, claim.output_run, claim.submit_path)
        return Planted(Subject(step, group, workflow), claim_id, claim, files)

    def published(self) -> BatchWorld:
        """Write the ledger to the remote; the clone has not seen it yet."""
        self.builder.plant()
        git(self.root, "push", "--quiet", "--force", "origin", "cm/c:cm/c")
        git(self.root, "branch", "--quiet", "-D", "cm/c")
        git(self.root, "update-ref", "-d", "refs/remotes/origin/cm/c")
        return self


def make_batch_world(path: Path, spec: str = SPEC) -> BatchWorld:
    """Make a bare remote, a clone of it, and the campaign in its only commit."""
    remote, root, out = path / "remote.git", path / "clone", path / "out"
    path.mkdir(parents=True, exist_ok=True)
    out.mkdir()
    git(path, "init", "--quiet", "--bare", str(remote))
    git(path, "clone", "--quiet", remote.as_uri(), str(root))
    write(root, "campaigns/c/campaign.yaml", spec.replace("OUT", str(out)))
    write(root, "campaigns/c/runs.txt", RUNS)
    write(root, ".gitignore", "submit/\n")
    commit(root)
    git(root, "push", "--quiet", "origin", "HEAD")
    return BatchWorld(root, out, Builder(root, "c").begin())
