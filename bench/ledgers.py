"""Writes repositories with a ledger: a campaign's groups, their workflows, and what became of them."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.campaigns import PATH, write_campaign
from cmcompile.compiler.claim import as_run_files
from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.ledger.codec import encode
from cmcompile.ledger.listed import Columns
from cmcompile.ledger.paths import directory, event_path, locate
from cmcompile.ledger.sent import members_of
from cmcompile.model.event import (
    Body,
    Claimed,
    Draft,
    Observed,
    PrepareFailed,
    Process,
    SpecRef,
    Subject,
    Submitted,
    Submitting,
    WmsRef,
)
from cmcompile.model.group import CompiledGroup
from cmcompile.model.naming import run_names
from cmcompile.model.outcome import Outcome, TaskOutcome
from cmcompile.model.stamp import stamp
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load
from cmcompile.version import EMIT, VERSION

BRANCH = "refs/heads/cm/bench"
_TASKS = ("isr", "calibrateImage", "consolidateVisitSummary", "makeDirectWarp")
_WMS = WmsRef("lsst.ctrl.bps.panda.PanDAService", "usdf")
_HOST = Process("submit-1.example", "4f0e7e2c-0f6a-4a0c-9a51-1f0f6b0a0001", 4711)
_START = 1_790_000_000
_IDENTITY = b'{"campaign": "bench", "format": 1, "id": "0000000000000001"}\n'


@dataclass(frozen=True, slots=True)
class Counts:
    """What a ledger holds."""

    groups: int
    workflows: int
    events: int


class _Ids:
    """Random ids, the same in every run."""

    def __init__(self) -> None:
        self._some = random.Random(2)

    def hex(self, digits: int = 16) -> str:
        return f"{self._some.getrandbits(4 * digits):0{digits}x}"


def write_repository(root: Path, groups: int, ids: int | None = None, commits: int = 1) -> Counts:
    """Write a repository: the campaign on ``main``, its ledger on ``cm/bench``.

    Parameters
    ----------
    groups
        How many groups were sent. The campaign has a few more: rescue groups, and some of its last step.
    ids
        How many visits; as of `write_campaign` unless given.
    commits
        Over how many commits the ledger's events are spread.
    """
    write_campaign(root, groups + groups // 80 + 60, ids)
    git(root, "init", "--quiet", "--initial-branch=main")
    for key, value in {"user.name": "Bench", "user.email": "bench@example.org", "gc.auto": "0"}.items():
        git(root, "config", key, value)
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=The campaign")
    spec, _ = load(WorkingTree(root), PATH)
    if spec is None:
        raise RuntimeError("the campaign can't be read")
    result = compile_spec(spec)
    maker = _Maker(result, git(root, "rev-parse", "HEAD").decode().strip())
    first = [group for group in result.groups if group.group.rescue is None][:groups]
    files = [list(maker.group(group, at)) for at, group in enumerate(first)]
    import_files(root, [[("ledger.json", _IDENTITY)], *_spread(files, commits)])
    git(root, "repack", "-a", "-d", "--quiet")
    return Counts(len(first), maker.workflows, maker.events)


def _spread(files: list[list[tuple[str, bytes]]], commits: int) -> Iterator[list[tuple[str, bytes]]]:
    size = -(-len(files) // commits)
    for at in range(0, len(files), size):
        yield [row for rows in files[at : at + size] for row in rows]


class _Maker:
    """Makes the files of groups: of five, two could not be prepared at first."""

    def __init__(self, result: Compilation, commit: str) -> None:
        self._result = result
        self._lists = Columns(result.spec.lists)
        self._axes = {step.name: step.split for step in result.spec.steps}
        self._ids = _Ids()
        self._spec = SpecRef(PATH, commit, VERSION, EMIT)
        self.workflows = 0
        self.events = 0

    def group(self, made: CompiledGroup, at: int) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of each file of a group."""
        tries = 2 if at % 5 < 2 else 1
        for n in range(tries):
            self.workflows += 1
            subject = Subject(made.group.step, made.group.id, f"w{n:02d}")
            claim = self._ids.hex()
            claimed = self._claimed(made, subject, claim)
            as_run = as_run_files(made, self._result.includes, claimed.output_run, claimed.submit_path)
            for path, data in as_run.items():
                yield f"{directory(subject)}/{path}", data
            yield from self._events(subject, claim, self._bodies(claimed, at, last=n == tries - 1), at)

    def _claimed(self, made: CompiledGroup, subject: Subject, claim: str) -> Claimed:
        names = run_names(
            made.output, subject.step, made.group.id, subject.workflow or "", claim, shared=False
        )
        return Claimed(
            run_name=names.run_name,
            prefix=names.prefix,
            output_run=names.output_run,
            submit_path=f"submit/{names.output_run}",
            wms=_WMS,
            definition=made.digest,
            spec=self._spec,
            process=_HOST,
            file=made.path,
            item=self._ids.hex(64),
            plan=self._ids.hex(64),
            members=members_of(made.group, self._axes[subject.step], self._lists),
            excluded=dict(made.group.excluded),
        )

    def _bodies(self, claimed: Claimed, at: int, *, last: bool) -> Iterator[tuple[Body, str]]:
        """Yield bodies with the ids of their events, three for each workflow on the average."""
        yield claimed, self._ids.hex()
        if not last:
            yield PrepareFailed("the graph has no quanta", transient=True), self._ids.hex()
            return
        gate, run = self._ids.hex(), str(100_000 + at)
        digests = self._ids.hex(64), self._ids.hex(64)
        yield Submitting(claimed.run_name, _WMS, *digests, _HOST, 4712), gate
        yield Submitted(run, gate), self._ids.hex()
        if at % 5 > 2:
            yield Observed("succeeded", "Finished", run, _outcome(at)), self._ids.hex()

    def _events(
        self, subject: Subject, claim: str, bodies: Iterable[tuple[Body, str]], at: int
    ) -> Iterator[tuple[str, bytes]]:
        for number, (body, id_) in enumerate(bodies, 1):
            self.events += 1
            draft = Draft(subject, id_, _time(at, number), "Ann Other", body, claim)
            yield event_path(subject, number, draft.kind), encode(draft)


def _outcome(at: int) -> Outcome:
    return Outcome(tuple(TaskOutcome(task, 400 + at % 50, 400 + at % 50) for task in _TASKS))


def last_events(root: Path, most: int = 100) -> list[tuple[Subject, str, int]]:
    """Return workflows that are under way: subject, claim, and the number of their last event."""
    last: dict[Subject, tuple[int, str, str]] = {}
    for path in git(root, "ls-tree", "-r", "--name-only", BRANCH).decode().splitlines():
        at = locate(path)
        if at is not None and at.subject is not None and at.kind:
            last[at.subject] = max(last.get(at.subject, (0, "", "")), (at.number, at.kind, path))
    found = [(s, n, path) for s, (n, kind, path) in last.items() if kind == "submitted"]
    some = found[:: max(1, len(found) // most)][:most]
    return [(s, json.loads(git(root, "cat-file", "blob", f"{BRANCH}:{p}"))["claim"], n) for s, n, p in some]


def seen_running(subject: Subject, claim: str, number: int, at: int) -> tuple[str, bytes]:
    """Return one more event of a workflow: its run is seen running."""
    draft = Draft(subject, f"{at:016x}", _time(at, 0), "Ann Other", Observed("running", "Running"), claim)
    return event_path(subject, number, draft.kind), encode(draft)


def _time(at: int, number: int) -> str:
    return stamp(datetime.fromtimestamp(_START + 60 * at + number, UTC))


def import_files(root: Path, commits: Iterable[Iterable[tuple[str, bytes]]], base: str | None = None) -> None:
    """Put commits on the ledger's branch by ``git fast-import``, in the plainest way."""
    git(root, "fast-import", "--quiet", "--force", stdin=stream(commits, base))


def stream(commits: Iterable[Iterable[tuple[str, bytes]]], base: str | None = None) -> bytes:
    """Return what ``git fast-import`` reads for some commits."""
    parts: list[bytes] = []
    for at, files in enumerate(commits):
        who = f"Bench <bench@example.org> {_START + at} +0000"
        parts.append(f"commit {BRANCH}\ncommitter {who}\ndata 4\nsome\n".encode())
        if at == 0 and base is not None:
            parts.append(f"from {base}\n".encode())
        for path, data in files:
            parts.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
    return b"".join(parts)


def git(root: Path, *args: str, stdin: bytes = b"") -> bytes:
    """Run git and return what it prints."""
    command = ["git", "-C", str(root), *args]
    return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout
