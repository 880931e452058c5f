"""Ledgers built commit by commit in a real repository, healthy or tampered with."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from cmcompile.cli.verify import made_of
from cmcompile.compiler.claim import as_run_files
from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.compiler.sent import sent_from
from cmcompile.git.errors import GitError
from cmcompile.git.revision import Revision
from cmcompile.git.run import environment
from cmcompile.ledger.codec import encode
from cmcompile.ledger.listed import Columns
from cmcompile.ledger.paths import directory, event_path
from cmcompile.ledger.sent import members_of
from cmcompile.ledger.verify import Lack, Made, NotMade
from cmcompile.model.as_run import as_run_digest
from cmcompile.model.event import (
    Body,
    Claimed,
    Draft,
    Observed,
    Prepared,
    Process,
    SpecRef,
    Subject,
    Submitted,
    Submitting,
    WmsRef,
)
from cmcompile.model.group import EMPTY, SentGroup, SentGroups
from cmcompile.model.naming import run_names
from cmcompile.model.states import LedgerState
from cmcompile.spec.load import load
from cmcompile.version import EMIT, VERSION

SPEC = "campaigns/c/campaign.yaml"
INCLUDE = "campaigns/c/include/memory.yaml"
TEXT = """\
cmcompile: 1
campaign: c
where: instrument='HSC'
inputs: [HSC/raw]
collect: HSC/runs/c
bps:
  includeConfigs: [include/memory.yaml]
  pipelineYaml: /p/x.yaml
  payload: {payloadName: c, butlerConfig: /repo/main}
step_defaults: {collect: "${{ campaign.collect }}/${{ step.name }}"}
steps:
  step1:
    split: [{by: visit, values: 1..40, size: 10}]
"""
MEMORY = "requestMemory: 2048\n"
Files: TypeAlias = dict[str, bytes | None]
#: 2026-11-01, UTC; each commit comes an hour after the one before.
START, HOUR = 1_793_491_200, 3600
WMS = WmsRef("lsst.ctrl.bps.panda.PanDAService")
PROCESS = Process("host", "boot", 1)


def git(root: Path, *args: str, stdin: str = "") -> str:
    """Run git and return what it printed, stripped."""
    done = subprocess.run(
        ["git", "-C", str(root), *args],
        env=environment(os.environ),
        input=stdin,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def make_specs(root: Path) -> dict[str, str]:
    """Make a repository whose main branch has three commits of a spec; return them by name."""
    root.mkdir(parents=True)
    git(root, "init", "--quiet")
    texts = {
        "first": (TEXT, MEMORY),
        "comment": ("# well\n" + TEXT, MEMORY),
        "other": (TEXT.replace("/p/x.yaml", "/p/y.yaml"), MEMORY),
        "memory": (TEXT, "requestMemory: 4096\n"),
        "larger": (TEXT.replace("size: 10", "size: 20"), MEMORY),
        "small": (TEXT.replace("size: 10", "size: 4"), MEMORY),
        "gone": (TEXT.replace("step1:", "step9:"), MEMORY),
        "broken": ("steps: [\n", MEMORY),
    }
    found = {}
    (root / INCLUDE).parent.mkdir(parents=True)
    for name, (text, memory) in texts.items():
        (root / SPEC).write_text(text, encoding="utf-8")
        (root / INCLUDE).write_text(memory, encoding="utf-8")
        git(root, "add", ".")
        git(root, "commit", "--quiet", "-m", name)
        found[name] = git(root, "rev-parse", "HEAD")
    return found


@dataclass(slots=True)
class Planted:
    """What one submission is made of; tests change it before it is recorded."""

    subject: Subject
    claim_id: str
    claim: Claimed
    files: dict[str, bytes]

    def path(self, number: int, kind: str) -> str:
        return event_path(self.subject, number, kind)

    def file(self, name: str = "submit.yaml") -> str:
        return f"{directory(self.subject)}/{name}"


@dataclass(slots=True)
class Builder:
    """Writes the commits of one ledger branch.

    Attributes
    ----------
    commits
        What each commit adds (or removes, with None).
    merges
        The commits that get a second parent, by their place.
    pins
        Whether groups that were made before stay as they were when a later spec is compiled.
    """

    root: Path
    campaign: str
    pins: bool = False
    sent: dict[tuple[str, str], SentGroup] = field(default_factory=dict)
    commits: list[Files] = field(default_factory=list)
    merges: dict[int, str] = field(default_factory=dict)
    numbers: dict[Subject, int] = field(default_factory=dict)
    compilations: dict[str, Compilation] = field(default_factory=dict)
    ids: int = 0

    def begin(self) -> Builder:
        self.commits.append({"ledger.json": ledger_json(self.campaign)})
        return self

    def new_id(self) -> str:
        self.ids += 1
        return f"{self.ids * 0x9E3779B97F4A7C15 % 2**64:016x}"

    def compiled(self, commit: str) -> Compilation:
        key = f"{commit} {len(self.sent) if self.pins else 0}"
        if key not in self.compilations:
            sent = SentGroups(dict(self.sent)) if self.pins else EMPTY
            self.compilations[key] = compile_at(self.root, commit, sent)
        return self.compilations[key]

    def make(self, group: str, commit: str, *, workflow: str = "w00", emit: int = EMIT) -> Planted:
        """Return a submission of a group, as its spec compiles to it."""
        result = self.compiled(commit)
        made = result.group("step1", group)
        assert made is not None
        axes = result.spec.steps[0].split
        self.sent["step1", group] = sent_from(made)
        claim_id = self.new_id()
        names = run_names(made.output, "step1", group, workflow, claim_id, shared=False)
        claim = Claimed(
            run_name=names.run_name,
            prefix=names.prefix,
            output_run=names.output_run,
            submit_path=f"/submit/{names.output_run}",
            wms=WMS,
            definition=made.digest,
            spec=SpecRef(SPEC, commit, VERSION if emit == EMIT else "0.0.1", emit),
            process=PROCESS,
            file=made.path,
            covers=made.group.covers,
            excluded=dict(made.group.excluded),
            members=members_of(made.group, axes, Columns(result.spec.lists)),
        )
        files = as_run_files(made, result.includes, claim.output_run, claim.submit_path)
        return Planted(Subject("step1", group, workflow), claim_id, claim, files)

    def event(self, made: Planted, body: Body, number: int | None = None, claim_id: str = "") -> Files:
        """Return the file of the next event of a submission."""
        if number is None:
            number = self.numbers.get(made.subject, 0) + 1
            self.numbers[made.subject] = number
        at = datetime.fromtimestamp(START + HOUR * len(self.commits), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        draft = Draft(made.subject, self.new_id(), at, "ci", body, claim_id or made.claim_id)
        return {event_path(made.subject, number, draft.kind): encode(draft)}

    def record(self, made: Planted) -> Planted:
        """Write the commits of a submission that went well."""
        files: Files = {made.file(name): data for name, data in made.files.items()}
        self.commits.append({**self.event(made, made.claim), **files})
        self.commits.append(self.event(made, Prepared({}, 10)))
        gate = self.event(made, self.gate_of(made))
        self.commits.append(gate)
        self.commits.append(self.event(made, Submitted(made.claim_id[:6], id_of(gate))))
        self.commits.append(self.event(made, Observed("succeeded", "finished")))
        return made

    def gate_of(self, made: Planted) -> Submitting:
        """Return the gate of a submission as it is now, files and all."""
        return Submitting(made.claim.run_name, WMS, "d", as_run_digest(made.files), PROCESS, 2)

    def submit(self, group: str, commit: str, *, emit: int = EMIT) -> Planted:
        return self.record(self.make(group, commit, emit=emit))

    def plant(self) -> list[str]:
        """Write all commits to the branch at once; return their ids."""
        branch = f"refs/heads/cm/{self.campaign}"
        stream = []
        for number, files in enumerate(self.commits):
            at = START + HOUR * number
            stream.append(f"commit {branch}\nmark :{number + 1}\n")
            stream.append(f"author Ann <ann@test.invalid> {at} +0000\n")
            stream.append(f"committer Ann <ann@test.invalid> {at} +0000\ndata 1\nm\n")
            if number in self.merges:
                stream.append(f"from :{number}\nmerge {self.merges[number]}\n")
            for path, data in files.items():
                if data is None:
                    stream.append(f"D {path}\n")
                else:
                    stream.append(f"M 100644 inline {path}\ndata {len(data)}\n{data.decode()}\n")
        git(self.root, "fast-import", "--quiet", "--force", stdin="".join(stream))
        return git(self.root, "rev-list", "--reverse", "--first-parent", branch).split()


def ledger_json(campaign: str) -> bytes:
    return json.dumps({"campaign": campaign, "format": 1, "id": "0" * 16}, indent=1).encode() + b"\n"


def id_of(files: Mapping[str, bytes | None]) -> str:
    (data,) = files.values()
    return str(json.loads(data or b"")["id"])


def changed(data: bytes | None, **fields: object) -> bytes:
    """Return an event's file with some fields changed."""
    found = json.loads(data or b"")
    return json.dumps({**found, **fields}, indent=1, sort_keys=True).encode() + b"\n"


def compile_at(root: Path, commit: str, sent: SentGroups = EMPTY) -> Compilation:
    spec, findings = load(Revision(root, commit), SPEC)
    assert spec is not None, findings
    return compile_spec(spec, sent)


@dataclass(slots=True)
class PlainCompiler:
    """Compiles specs without heeding what was sent; counts."""

    root: Path
    times: int = 0

    def __call__(self, spec: SpecRef, state: LedgerState) -> Made | NotMade:
        del state
        self.times += 1
        try:
            sources = Revision(self.root, spec.commit)
        except GitError as error:
            return NotMade(Lack.NO_COMMIT, str(error))
        loaded, _ = load(sources, spec.path)
        if loaded is None:
            return NotMade(Lack.NO_SPEC, "it can't be used")
        return made_of(compile_spec(loaded))


def with_spec(made: Planted, commit: str) -> Planted:
    made.claim = replace(made.claim, spec=replace(made.claim.spec, commit=commit))
    return made


def lines(items: Iterable[object]) -> str:
    return "\n".join(map(str, items))


def shallow(root: Path, path: Path, campaign: str, depth: int) -> Path:
    """Fetch only the end of a ledger into a new repository."""
    path.mkdir()
    git(path, "init", "--quiet")
    branch = f"refs/heads/cm/{campaign}"
    git(path, "fetch", "-q", f"--depth={depth}", root.as_uri(), f"{branch}:{branch}")
    return path
