"""Record in a ledger what submitting groups would leave there; nothing is submitted.

    python demo/record.py CAMPAIGN GROUP=EVENT[,EVENT…] …

GROUP is ``step/group``; an EVENT is ``claimed``, ``prepared``, ``submitting``, ``submitted``, ``unknown``,
``accepted``, or what a workload system shows: ``running``, ``succeeded``, ``partial``, ``failed``. With
``claimed`` a workflow begins; what follows belongs to it.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping
from dataclasses import replace

from cmcompile.cli.campaigns import find
from cmcompile.cli.ledgers import look
from cmcompile.cli.situation import Situation, situation
from cmcompile.compiler.claim import as_run_files
from cmcompile.compiler.sent import rescue_axes
from cmcompile.git.revision import resolve
from cmcompile.ledger.paths import directory
from cmcompile.ledger.sent import members_of
from cmcompile.ledger.transact import decide
from cmcompile.ledger.as_run import as_run_digest
from cmcompile.model.event import (
    Accepted,
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
    Unknown,
    WmsRef,
)
from cmcompile.model.group import CompiledGroup
from cmcompile.ledger.naming import run_names
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.stamp import stamp
from cmcompile.ledger.proposal import Landed, Proposal
from cmcompile.version import EMIT, VERSION

_WMS = WmsRef("lsst.ctrl.bps.panda.PanDAService", "usdf")
_PROCESS = Process("submit-1", "00000000-0000-0000-0000-000000000000", 4711)
_QUANTA = 400


class Recorder:
    """Writes the events of one group, each in a commit of its own."""

    def __init__(self, now: Situation, step: str, group: str) -> None:
        self._now = now
        self._at = Subject(step, group)
        self._claim = ""
        self._gate = ""
        self._files: Mapping[str, bytes] = {}

    def record(self, kind: str) -> None:
        """Record one event."""
        body = self._body(kind)
        subject = self._at if not isinstance(body, Accepted) else replace(self._at, workflow=None)
        claim = "" if isinstance(body, Accepted) else self._claim
        at = stamp(self._now.look.ledger.clock.now())
        draft = Draft(subject, secrets.token_hex(8), at, "Ann Other", body, claim)
        if isinstance(body, Submitting):
            self._gate = draft.id
        done = decide(
            self._now.look.ledger, lambda _: Proposal((draft,), self._files, f"{draft.kind} {subject}")
        )
        self._files = {}
        if not isinstance(done, Landed):
            raise SystemExit(f"{kind} of {subject}: {done}")

    def _body(self, kind: str) -> Body:
        match kind:
            case "claimed":
                return self._claimed()
            case "prepared":
                return Prepared(quanta=_QUANTA)
            case "submitting":
                run = self._run_name
                return Submitting(run, _WMS, secrets.token_hex(32), self._as_run, _PROCESS, 4712)
            case "submitted":
                return Submitted(str(secrets.randbelow(90_000) + 10_000), self._gate)
            case "unknown":
                return Unknown(self._gate, "the connection was lost after the word was given")
            case "accepted":
                return Accepted((f"{self._at.group}@{self._at.workflow}",), "no failures", 0, _QUANTA)
            case _:
                ended = kind in ("succeeded", "partial", "failed")
                return Observed(kind, kind, outcome=_outcome(kind) if ended else None)

    def _claimed(self) -> Claimed:
        compilation = self._now.compiled()
        made = compilation.group(self._at.step, self._at.group or "")
        if made is None:
            raise SystemExit(f"there is no group {self._at}")
        record = self._now.inputs.state.groups.get((made.group.step, made.group.id))
        number = 0 if record is None else len(record.workflows)
        self._at = replace(self._at, workflow=f"w{number:02d}")
        self._claim = secrets.token_hex(8)
        claimed = self._claim_of(made)
        self._run_name = claimed.run_name
        files = as_run_files(made, compilation.includes, claimed.output_run, claimed.submit_path)
        self._as_run = as_run_digest(files)
        self._files = {f"{directory(self._at)}/{path}": data for path, data in files.items()}
        return claimed

    def _claim_of(self, made: CompiledGroup) -> Claimed:
        spec, group = self._now.spec, made.group
        step = next(s for s in spec.steps if s.name == group.step)
        rescue = next((r for r in step.rescues if r.name == group.rescue), None)
        axes = step.split if rescue is None else rescue_axes(step, rescue)
        outputs = [d.output for d in self._now.inputs.declared]
        shared = outputs.count(made.output) > 1
        name = self._at.workflow or ""
        names = run_names(made.output, group.step, group.id, name, self._claim, shared=shared)
        return Claimed(
            run_name=names.run_name,
            prefix=names.prefix,
            output_run=names.output_run,
            submit_path=f"submit/{names.output_run}",
            wms=_WMS,
            definition=made.digest,
            spec=SpecRef(spec.path, resolve(self._now.place.root, "HEAD"), VERSION, EMIT),
            process=_PROCESS,
            file=made.path,
            covers=group.covers,
            members=members_of(group, axes, spec.lists),
            excluded=dict(group.excluded),
        )


def _outcome(kind: str) -> Outcome:
    if kind == "succeeded":
        return Outcome((TaskOutcome("isr", _QUANTA, _QUANTA),))
    bad = 7 if kind == "partial" else _QUANTA
    failures = tuple(
        Failure(Quantum("isr", f"detector={n}, visit=1228"), Fault.FAILED, "MemoryError") for n in range(bad)
    )
    return Outcome((TaskOutcome("isr", _QUANTA, _QUANTA - bad, bad),), failures)


def main(campaign: str, wanted: list[str]) -> None:
    """Run the command line."""
    place = find(campaign)
    for text in wanted:
        address, _, kinds = text.partition("=")
        step, _, group = address.partition("/")
        recorder = Recorder(situation(place, look(place), files=True), step, group)
        for kind in kinds.split(","):
            recorder.record(kind)
        sys.stdout.write(f"{campaign}/{address}: {kinds.replace(',', ', ')}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
