"""The look-up before the gate: every run that could be in the way is known to the ledger, and over now.

An answer that does not show all that it must show is no answer, however it came about.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cmcompile.model.event import WmsRef
from cmcompile.model.states import LedgerState, Workflow, WorkflowState
from cmcompile.model.wms import NoAnswer, RunSeen, Wms
from cmcompile.state.claim import ENDED, SEEN
from cmcompile.state.conflicts import in_conflict

_NEVER_GATED = frozenset({WorkflowState.PREPARE_FAILED, WorkflowState.ABANDONED})
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
    wms: Wms, state: LedgerState, key: tuple[str, str], covers: Iterable[str], where: WmsRef, prefix: str
) -> Clear | NotClear:
    """Ask every workload system that any workflow in conflict with a group was given to.

    Parameters
    ----------
    covers
        What the group covers by the spec; what claims cover is added.
    where, prefix
        The system that the group is about to be given to, and what the names of its runs begin with.
    """
    workflows = in_conflict(state, *key, covers)
    others = _Others(state, {(w.step, w.group) for w in workflows} | {key})
    asked: list[object] = []
    seen: list[RunSeen] = []
    for place, prefixes in _places(workflows, where, prefix):
        known = [w for w in workflows if w.claim is not None and w.claim.wms == place]
        answer = _ask(wms, place, prefixes, known)
        if isinstance(answer, NoAnswer):
            return NotClear(f"{_name(place)} gave no answer: {answer.why}")
        ours = {run for w in known for run in w.runs}
        shown = [run for run in answer if run.run_id in ours or not others.has(place, run, prefixes)]
        found = _judge(place, shown, known)
        if found is not None:
            return found
        seen.extend(shown)
        runs = sorted((run.run_id, run.name, run.state, run.changed) for run in shown)
        asked.append([place.service, place.where, list(prefixes), runs])
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


def _places(
    workflows: Iterable[Workflow], where: WmsRef, prefix: str
) -> Iterator[tuple[WmsRef, tuple[str, ...]]]:
    """Yield each workload system with the prefixes that may stand there.

    A claim that ended before any gate is passed over: nothing was given to the system that it names, which
    may be none at all, such as a plugin that is not installed; it would be asked for ever.
    """
    found: dict[WmsRef, dict[str, None]] = {where: {prefix: None}}
    for workflow in workflows:
        if workflow.claim is not None and not _never_given(workflow):
            found.setdefault(workflow.claim.wms, {})[workflow.claim.prefix] = None
    for place, prefixes in found.items():
        yield place, tuple(prefixes)


def _never_given(workflow: Workflow) -> bool:
    """Tell whether no run of a workflow can exist: what ended its claim excludes a gate for it."""
    if workflow.gate is not None or workflow.used or workflow.looked_up or workflow.runs:
        return False
    return workflow.state in _NEVER_GATED


def _ask(
    wms: Wms, where: WmsRef, prefixes: tuple[str, ...], known: Sequence[Workflow]
) -> tuple[RunSeen, ...] | NoAnswer:
    """Return the runs below some prefixes, and those adopted ones that have other names."""
    found = wms.find(where, prefixes)
    if isinstance(found, NoAnswer):
        return found
    # A restart that is about to be made has no run of its own yet: that of the workflow is asked for.
    others = [
        run
        for w in known
        if w.claim is not None and not w.claim.run_name.startswith(prefixes)
        for run in w.runs
    ]
    if not others:
        return found
    more = wms.look(where, others)
    return more if isinstance(more, NoAnswer) else (*found, *more.values())


class _Others:
    """The names of groups that share no data with the one that is looked up.

    The beginning of one group's names may be that of another's: ``u_deep_w`` is one of ``u_deep_wide_w00``.
    """

    def __init__(self, state: LedgerState, keys: Container[tuple[str, str]]) -> None:
        self._prefixes: dict[WmsRef, set[str]] = {}
        for key, record in state.groups.items():
            if key in keys:
                continue
            for workflow in record.workflows:
                if workflow.claim is not None:
                    self._prefixes.setdefault(workflow.claim.wms, set()).add(workflow.claim.prefix)

    def has(self, where: WmsRef, run: RunSeen, own: Iterable[str]) -> bool:
        """Tell whether the name of a run is rather that of another group: more of it fits."""
        fits = max((len(prefix) for prefix in own if run.name.startswith(prefix)), default=0)
        theirs = (prefix for prefix in self._prefixes.get(where, ()) if len(prefix) > fits)
        return fits > 0 and run.name.startswith(tuple(theirs))


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
