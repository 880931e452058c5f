"""A campaign that is edited, and a ledger that grows: compiled with what is kept, and without."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from cmcompile.cli.campaigns import Place
from cmcompile.cli.kept import FILE
from cmcompile.cli.ledgers import Look
from cmcompile.cli.situation import Situation, situation
from cmcompile.ledger.cache import Part
from cmcompile.ledger.listed import Columns
from cmcompile.ledger.paths import shard
from cmcompile.ledger.sent import members_of
from cmcompile.ledger.view import View
from cmcompile.model.body import Claimed, Process, SpecRef, WmsRef
from cmcompile.model.campaign import Axis, Step
from cmcompile.model.errors import InputError
from cmcompile.model.group import CompiledGroup
from cmcompile.model.plan import PlanSource
from cmcompile.model.states import GroupRecord, Workflow, WorkflowState
from cmcompile.plan.document import to_document
from cmcompile.plan.make import make_plan
from cmcompile.state.fold import assemble
from cmcompile.version import EMIT, VERSION

PATH = "campaigns/c/campaign.yaml"
WMS = WmsRef("some.Service")
Key = tuple[str, str]


@dataclass
class World:
    """A repository with one campaign, and the records of its ledger."""

    root: Path
    text: Callable[[], str]
    files: dict[str, str] = field(default_factory=dict)
    records: dict[Key, GroupRecord] = field(default_factory=dict)
    last: Situation | None = None

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "init", "--quiet", str(self.root)], check=True)

    @property
    def kept(self) -> Path:
        """The file beside the clone."""
        return self.root / ".git" / "cmcompile" / "c" / FILE

    def write(self) -> None:
        """Write the spec and its files as they are now."""
        for name, content in {"campaign.yaml": self.text(), **self.files}.items():
            path = self.root / "campaigns/c" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)

    def view(self) -> View:
        """Return the ledger as it would be read."""
        parts: dict[str, list[GroupRecord]] = {}
        for (step, group), record in sorted(self.records.items()):
            parts.setdefault(f"{step}/{shard(group)}", []).append(record)
        made = {
            key: Part(key, (sha256(repr(some).encode()).hexdigest(),), tuple(some))
            for key, some in parts.items()
        }
        return View(None, assemble(self.records.values(), ()), made)

    def look(self) -> Look:
        """Return a look at the ledger."""
        clock = SimpleNamespace(now=lambda: datetime(2027, 1, 1, tzinfo=UTC))
        return Look(cast("Any", SimpleNamespace(clock=clock)), self.view(), fresh=True)

    def situation(self, *, files: bool) -> Situation:
        """Return where the campaign stands."""
        return situation(Place(self.root, PATH), self.look(), files=files)

    def told(self, *, files: bool) -> str:
        """Return all that commands see of the campaign, as text."""
        try:
            now = self.situation(files=files)
        except InputError as error:
            return repr(error.findings)
        if files:
            self.last = now
        return all_of(now)

    def agrees(self, *, files: bool) -> tuple[str, str]:
        """Return what is told with what is kept, and what is told without."""
        self.write()
        with_kept = self.told(files=files)
        aside = self.kept.read_bytes() if self.kept.exists() else None
        self.kept.unlink(missing_ok=True)
        without = self.told(files=files)
        self.kept.unlink(missing_ok=True)
        if aside is not None:
            self.kept.write_bytes(aside)
            self.kept.chmod(0o600)
        return with_kept, without

    def compiled(self) -> list[CompiledGroup]:
        """Return the groups as the last plan saw them."""
        found = None if self.last is None else self.last.made
        return [] if found is None else list(found.groups)

    def send(self, groups: Iterable[CompiledGroup], **odd: Any) -> None:
        """Record that groups were sent; ``odd`` is what their claims say otherwise."""
        if self.last is None:
            return
        columns = Columns(self.last.spec.lists)
        for made in groups:
            step = self.last.spec.step(made.group.step)
            if step is not None:
                self._send(made, claim_of(made, step, columns), odd)

    def _send(self, made: CompiledGroup, claim: Claimed, odd: dict[str, Any]) -> None:
        key = (made.group.step, made.group.id)
        former = self.records.get(key, GroupRecord(*key))
        name = f"w{len(former.workflows):02d}"
        claim = replace(claim, **{k: v for k, v in odd.items() if k != "unread"})
        workflow = Workflow(
            *key,
            name,
            WorkflowState.FAILED,
            live=False,
            claim_id=name,
            claim=None if odd.get("unread") else claim,
            run_id="1",
            used=True,
            since="2026-12-01T00:00:00Z",
        )
        self.records[key] = replace(former, workflows=(*former.workflows, workflow))

    def supersede(self, key: Key) -> None:
        """Let no workflow of a group count any more."""
        record = self.records[key]
        self.records[key] = replace(record, superseded=frozenset(w.name for w in record.workflows))


def claim_of(made: CompiledGroup, step: Step, columns: Columns) -> Claimed:
    """Return the claim that a group would be sent with."""
    rescue = next((r for r in step.rescues if r.name == made.group.rescue), None)
    axes: tuple[Axis, ...] = step.split
    if rescue is not None and rescue.split is not None:
        by_name = {axis.name: axis for axis in step.split}
        axes = tuple(by_name[a] if isinstance(a, str) else a for a in rescue.split)
    return Claimed(
        run_name="r",
        prefix="p",
        output_run=f"{made.output}/w00",
        submit_path="s",
        wms=WMS,
        definition=made.digest,
        spec=SpecRef(PATH, "", VERSION, EMIT),
        process=Process("h", "b", 1),
        covers=made.group.covers,
        members=members_of(made.group, axes, columns),
        excluded=dict(made.group.excluded),
    )


def all_of(now: Situation) -> str:
    """Return all that commands see of a campaign, as text."""
    source = PlanSource("c", PATH, "", dict(sorted(now.spec.inputs.items())), "", VERSION, EMIT, (), None)
    plan = make_plan(now.inputs, source, None, already=now.judged)
    includes = {} if now.made is None else now.made.includes
    told = {
        "plan": to_document(plan),
        "declared": [repr(declared) for declared in now.inputs.declared],
        "standings": [repr(standing) for standing in now.standings.values()],
        "collects": dict(now.inputs.collects),
        "tagged": repr(now.inputs.tagged),
        "findings": [repr(found) for found in now.findings],
        # What was made for the jobs of one group has bytes only where the group was written now.
        "includes": sorted(
            (path, file.source, repr(file.source and file.data)) for path, file in includes.items()
        ),
    }
    return json.dumps(told, indent=1, default=str)
