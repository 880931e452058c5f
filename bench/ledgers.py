"""Writes repositories with a ledger: a campaign's groups, their workflows, and what became of them."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bench.campaigns import PATH, write_campaign
from cmcompile.compiler.compile import compile_spec
from cmcompile.ledger.codec import encode
from cmcompile.ledger.listed import Columns
from cmcompile.ledger.paths import directory, event_path
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
from cmcompile.model.outcome import Outcome, TaskOutcome
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load
from cmcompile.version import EMIT, VERSION

BRANCH = "refs/heads/cm/bench"
#: Groups to workflows to events as 25,000 to 35,000 to 105,000.
WORKFLOWS_PER_GROUP = 1.4
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
    commits
        Over how many commits the ledger's events are spread.
    """
    write_campaign(root, groups, ids)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "config", "user.name", "Bench")
    git(root, "config", "user.email", "bench@example.org")
    git(root, "config", "gc.auto", "0")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=The campaign")
    commit = git(root, "rev-parse", "HEAD").decode().strip()
    spec, _ = load(WorkingTree(root), PATH)
    if spec is None:
        raise RuntimeError("the campaign can't be read")
    result = compile_spec(spec)
    lists = Columns(spec.lists)
    files: list[list[tuple[str, bytes]]] = []
    events = 0
    made = _Maker(commit)
    for at, group in enumerate(result.groups):
        step = spec.step(group.group.step)
        members = members_of(group.group, step.split if step else (), lists)
        rows = list(made.group(group, members, at))
        events += sum(path.endswith(".json") for path, _ in rows)
        files.append(rows)
    head = [("ledger.json", _IDENTITY)]
    import_files(root, [head, *_spread(files, commits)])
    git(root, "repack", "-a", "-d", "--quiet")
    return Counts(len(result.groups), made.workflows, events)


def _spread(files: list[list[tuple[str, bytes]]], commits: int) -> Iterator[list[tuple[str, bytes]]]:
    size = -(-len(files) // commits)
    for at in range(0, len(files), size):
        yield [row for rows in files[at : at + size] for row in rows]


class _Maker:
    """Makes the events of groups: every seventh group needed a few workflows."""

    def __init__(self, commit: str) -> None:
        self._ids = _Ids()
        self._spec = SpecRef(PATH, commit, VERSION, EMIT)
        self.workflows = 0

    def group(
        self, group: CompiledGroup, members: Mapping[str, object], at: int
    ) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of each file: two workflows of five could not be prepared at first."""
        tries = 2 if at % 5 < 2 else 1
        for n in range(tries):
            subject = Subject(group.group.step, group.group.id, f"w{n:02d}")
            self.workflows += 1
            yield f"{directory(subject)}/submit.yaml", group.data
            yield from self._events(group, members, subject, at, last=n == tries - 1)

    def _events(
        self, group: CompiledGroup, members: Mapping[str, object], subject: Subject, at: int, *, last: bool
    ) -> Iterator[tuple[str, bytes]]:
        claim = self._ids.hex()
        prefix = f"{group.output}/{subject.workflow}"
        run = f"{prefix}-{claim[:6]}"
        claimed = Claimed(
            run_name=run.replace("/", "_"),
            prefix=prefix.replace("/", "_"),
            output_run=run,
            submit_path=f"submit/{run}",
            wms=_WMS,
            definition=group.digest,
            spec=self._spec,
            process=_HOST,
            file=group.path,
            item=self._ids.hex(64),
            plan=self._ids.hex(64),
            covers=group.group.covers,
            members=dict(members),  # type: ignore[arg-type]
            excluded=dict(group.group.excluded),
        )
        bodies: list[Body] = [claimed]
        if not last:
            bodies.append(PrepareFailed("the graph has no quanta", transient=True))
        else:
            gate = self._ids.hex()
            digests = self._ids.hex(64), self._ids.hex(64)
            bodies.append(Submitting(run.replace("/", "_"), _WMS, *digests, _HOST, 4712))
            bodies.append(Submitted(str(100_000 + at), gate))
            # So that there are three events for each workflow on the average.
            if at % 5 > 2:
                bodies.append(Observed("succeeded", "Finished", str(100_000 + at), _outcome(at)))
        for number, body in enumerate(bodies, 1):
            draft = Draft(subject, self._ids.hex(), _time(at, number), "Ann Other", body, claim)
            if isinstance(body, Submitting):
                draft = replace(draft, id=gate)
            yield event_path(subject, number, draft.kind), encode(draft)


def _outcome(at: int) -> Outcome:
    return Outcome(tuple(TaskOutcome(task, 400 + at % 50, 400 + at % 50) for task in _TASKS))


def _time(at: int, number: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(_START + 60 * at + number, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
