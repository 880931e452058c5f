"""The chained collections of steps and of the campaign: what each is to hold, and what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from cmcompile.model.campaign import highest
from cmcompile.model.event import CAMPAIGN
from cmcompile.model.reason import Reason
from cmcompile.model.source import Mapping, Span
from cmcompile.model.states import GroupState, StepRecord, Workflow, WorkflowState
from cmcompile.plan.decided import Decided
from cmcompile.plan.inputs import Key
from cmcompile.plan.world import World, rescue_name

_HAVE_RUNS = frozenset({WorkflowState.SUCCEEDED, WorkflowState.PARTIAL, WorkflowState.FAILED})


@dataclass(frozen=True, slots=True)
class Difference:
    """How a collection is to be changed, and where it is declared."""

    reason: Reason
    detail: str
    span: Span | None


class Chains:
    """What collections are to hold.

    A step's collection holds the runs that the verdicts of its accepted groups name: rescues before the first
    pass and later workflows before earlier ones, so that what was made anew is found first.

    What a pending decision takes back is left out already.
    """

    def __init__(self, world: World, decided: Decided) -> None:
        self._world = world
        self._decided = decided
        self._doomed = decided.doomed
        self._desired: dict[str, tuple[str, ...]] = {}

    def name(self, step: str) -> str:
        """Return the collection of a step, or of the campaign; empty where it has none of its own."""
        if step != CAMPAIGN and not self._is_bps(step):
            return ""  # the name of files, which no Butler has
        return self._world.inputs.collects.get("" if step == CAMPAIGN else step, "")

    def _is_bps(self, step: str) -> bool:
        declared = self._world.steps.get(step)
        return declared is None or declared.engine == "bps"

    def made_here(self, step: str) -> bool:
        """Tell whether cmcompile makes the collection of a step; BPS keeps one that the groups write to."""
        name, outputs = self.name(step), self._outputs.get(step, set())
        if name and "" in outputs and self._sets_output(step):
            return self.record(step).chained is not None
        return bool(name) and outputs != {name}

    def _sets_output(self, step: str) -> bool:
        """Tell whether groups that were only expanded may write to another place than the built-in one."""
        declared = self._world.steps.get(step)
        layers = (*self._world.spec.layers, *(declared.layers if declared else ()))
        payloads = [b.get("payload") for x in layers if isinstance(b := x.get("bps"), Mapping)]
        return any(isinstance(payload, Mapping) and "output" in payload for payload in payloads)

    @cached_property
    def _outputs(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for declared in self._world.inputs.declared:
            found.setdefault(declared.group.step, set()).add(declared.output)
        return found

    @cached_property
    def _accepted(self) -> dict[str, list[Key]]:
        found: dict[str, list[Key]] = {}
        for key, record in self._world.state.groups.items():
            if record.verdict is GroupState.ACCEPTED and key not in self._doomed:
                found.setdefault(key[0], []).append(key)
        return found

    def desired(self, step: str) -> tuple[str, ...]:
        """Return what a collection is to hold, in order: runs as ``<group>@<workflow>``.

        That of the campaign holds the collections of its steps, newest first.
        """
        if step not in self._desired:
            runs = self._of_campaign() if step == CAMPAIGN else self._of_step(step)
            self._desired[step] = runs
        return self._desired[step]

    def _of_step(self, step: str) -> tuple[str, ...]:
        groups = {(step, w.group): None for key in self._accepted.get(step, ()) for w in self.runs(key)}
        chosen = {f"{w.group}@{w.name}" for key in self._accepted.get(step, ()) for w in self.runs(key)}
        ordered = sorted(groups, key=self._world.pass_order)
        rescues = [key for key in ordered if rescue_name(key) is not None]
        found: list[str] = []
        for key in (*reversed(rescues), *(k for k in ordered if rescue_name(k) is None)):
            names = [f"{key[1]}@{w.name}" for w in reversed(self._world.record(key).workflows)]
            found += [name for name in names if name in chosen]
        return tuple(found)

    def _of_campaign(self) -> tuple[str, ...]:
        steps = [
            s.name
            for s in reversed(self._world.spec.steps)
            if self._accepted.get(s.name) and not self.removed(s.name)
        ]
        found = [name for step in steps if (name := self._collection(step))]
        return tuple(dict.fromkeys(found))

    def _collection(self, step: str) -> str:
        """Return where the accepted outputs of a step are: its collection, or the one that BPS keeps."""
        outputs = self._outputs.get(step, set()) if self._is_bps(step) else set()
        return self.name(step) or (next(iter(outputs)) if len(outputs) == 1 else "")

    def runs(self, key: Key) -> tuple[Workflow, ...]:
        """Return the workflows that the verdict of an accepted group names and that left outputs."""
        record = self._world.record(key)
        own, covering = self._world.counting(key)
        judged = {name if "@" in name else f"{key[1]}@{name}" for name in record.judged}
        return tuple(
            w
            for w in (*own, *covering)
            if w.state in _HAVE_RUNS and f"{w.group}@{w.name}" in judged and not self._taken(w)
        )

    def _taken(self, workflow: Workflow) -> bool:
        return self._decided.taking(workflow) is not None

    def removed(self, step: str) -> bool:
        """Tell whether the outputs of a step were removed as a whole, or are to be."""
        return self.record(step).retired or step in self._decided.retiring

    def record(self, step: str) -> StepRecord:
        """Return what the ledger says of a collection."""
        return self._world.state.steps.get(step) or StepRecord(step)

    def difference(self, step: str) -> Difference | None:
        """Return how a collection is to be changed; None: it is as it should be, or not ours."""
        name = self.name(step)
        if not name or (step != CAMPAIGN and not self.made_here(step)) or self.removed(step):
            return None
        desired, record = self.desired(step), self.record(step)
        has = record.chained or ()
        if desired == has and not record.chaining and (record.collection in ("", name) or not desired):
            return None
        if not desired and record.chained is None and not record.chaining:
            return None
        new, stale = set(desired) - set(has), set(has) - set(desired)
        detail = f"{name}: {len(desired)} {'collections' if step == CAMPAIGN else 'runs'}"
        detail += f", {len(new)} new" * bool(new) + f", {len(stale)} taken out" * bool(stale)
        if desired == has:
            renamed = record.collection not in ("", name)
            detail += f"; it was {record.collection}" if renamed else "; its making was begun and not ended"
        reason = Reason.STALE_RUNS if stale and not new else Reason.NEW_RUNS
        return Difference(reason, detail, self._span(step))

    def _span(self, step: str) -> Span | None:
        declared = self._world.steps.get(step)
        node = highest(declared.layers if declared else self._world.spec.layers, "collect")
        return None if node is None else node.span

    def lacking(self, step: str, accepted: Sequence[Key]) -> int:
        """Return how many runs of accepted groups the collection of a step does not hold yet."""
        if not self.made_here(step):
            return 0
        record = self.record(step)
        held = set(record.chained or ()) if record.collection in ("", self.name(step)) else set()
        runs = {f"{w.group}@{w.name}" for key in accepted for w in self.runs(key)}
        return len(runs - held)

    def digest(self, accepted: Iterable[Key]) -> str:
        """Return a digest of the runs of accepted groups."""
        runs = [f"{key[0]}/{w.group}@{w.name}" for key in accepted for w in self.runs(key)]
        return digest_of(runs)


def digest_of(runs: Iterable[str]) -> str:
    """Return the digest of runs, in order."""
    return sha256("\n".join(runs).encode()).hexdigest()
