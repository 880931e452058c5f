"""The look-up before the gate: every run that could be in the way is known to the ledger, and over now.

An answer that does not show all that it must show is no answer, however it came about.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cmcompile.model.event import Claimed, WmsRef
from cmcompile.model.states import LedgerState, Workflow, WorkflowState
from cmcompile.model.wms import NoAnswer, RunSeen, Wms
from cmcompile.state.claim import ENDED, SEEN
from cmcompile.state.conflicts import in_conflict

_OVER = frozenset(state.value for state in ENDED)


@dataclass(frozen=True, slots=True)
class Clear:
    """Nothing is in the way.

    Attributes
    ----------
    digest
        sha256 of the canonical JSON of what was asked and answered.
    seen
        All runs that were shown.
    """

    digest: str
    seen: tuple[RunSeen, ...] = ()

    def mark(self, run_id: str) -> str:
        """Return what tells a later change of a run from how it is now."""
        return next((run.changed for run in self.seen if run.run_id == run_id), "")


@dataclass(frozen=True, slots=True)
class NotClear:
    """A run may be in the way, or it can't be known.

    Attributes
    ----------
    answered
        Whether all was answered: a run is there that is not over, or that the ledger does not know.
    """

    why: str
    answered: bool = False


def look_up(
    wms: Wms, state: LedgerState, key: tuple[str, str], covers: Iterable[str], claimed: Claimed
) -> Clear | NotClear:
    """Ask every workload system that any workflow in conflict with a group was given to.

    Parameters
    ----------
    covers
        What the group covers by the spec; what claims cover is added.
    claimed
        The claim that is about to pass its gate.
    """
    workflows = in_conflict(state, *key, covers)
    asked: list[object] = []
    seen: list[RunSeen] = []
    for where, prefixes in _places(workflows, claimed):
        known = [w for w in workflows if w.claim is not None and w.claim.wms == where]
        answer = _ask(wms, where, prefixes, known)
        if isinstance(answer, NoAnswer):
            return NotClear(f"{_name(where)} gave no answer: {answer.why}")
        found = _judge(where, answer, known)
        if found is not None:
            return found
        seen.extend(answer)
        runs = sorted((run.run_id, run.name, run.state, run.changed) for run in answer)
        asked.append([where.service, where.where, list(prefixes), runs])
    text = json.dumps(asked, separators=(",", ":"), ensure_ascii=False)
    return Clear(sha256(text.encode("utf-8", "surrogateescape")).hexdigest(), tuple(seen))


def final_now(wms: Wms, workflows: Sequence[Workflow]) -> NotClear | None:
    """Ask again whether runs that had ended are still over, and as the ledger has them; None: they are."""
    for where in dict.fromkeys(w.claim.wms for w in workflows if w.claim is not None):
        some = [w for w in workflows if w.claim is not None and w.claim.wms == where and w.run_id]
        answer = wms.look(where, [w.run_id for w in some if w.run_id])
        if isinstance(answer, NoAnswer):
            return NotClear(f"{_name(where)} gave no answer: {answer.why}")
        for workflow in some:
            run = answer.get(workflow.run_id or "")
            if run is None:
                return NotClear(f"{_name(where)} does not show run {workflow.run_id} of {workflow}")
            if SEEN.get(run.state) is not workflow.state and workflow.state is not WorkflowState.RETIRED:
                return NotClear(f"run {run.run_id} of {workflow} is {run.state} now", answered=True)
    return None


def _places(workflows: Iterable[Workflow], claimed: Claimed) -> Iterator[tuple[WmsRef, tuple[str, ...]]]:
    """Yield each workload system with the prefixes that may stand there."""
    found: dict[WmsRef, dict[str, None]] = {claimed.wms: {claimed.prefix: None}}
    for workflow in workflows:
        if workflow.claim is not None:
            found.setdefault(workflow.claim.wms, {})[workflow.claim.prefix] = None
    for where, prefixes in found.items():
        yield where, tuple(prefixes)


def _ask(
    wms: Wms, where: WmsRef, prefixes: tuple[str, ...], known: Sequence[Workflow]
) -> tuple[RunSeen, ...] | NoAnswer:
    """Return the runs below some prefixes, and those adopted ones that have other names."""
    found = wms.find(where, prefixes)
    if isinstance(found, NoAnswer):
        return found
    others = [
        w.run_id
        for w in known
        if w.run_id and w.claim is not None and not w.claim.run_name.startswith(prefixes)
    ]
    if not others:
        return found
    more = wms.look(where, others)
    return more if isinstance(more, NoAnswer) else (*found, *more.values())


def _judge(where: WmsRef, seen: Sequence[RunSeen], known: Sequence[Workflow]) -> NotClear | None:
    names = {id_: str(w) for w in known for id_ in w.runs}
    for run in seen:
        if run.run_id not in names:
            why = f"{_name(where)} has run {run.run_id} ({run.name}), which the ledger does not know"
            return NotClear(why, answered=True)
        if run.state not in _OVER:
            return NotClear(f"run {run.run_id} of {names[run.run_id]} is {run.state} now", answered=True)
    shown = {run.run_id for run in seen}
    for workflow in known:
        absent = [run for run in workflow.runs if run not in shown]
        if absent and workflow.state is not WorkflowState.RETIRED:
            why = f"{_name(where)} does not show run {absent[0]} of {workflow}, which the ledger knows"
            return NotClear(f"{why}: its answer can't be trusted")
    return None


def _name(where: WmsRef) -> str:
    service = where.service.rpartition(".")[2]
    return f"{service} ({where.where})" if where.where else service
