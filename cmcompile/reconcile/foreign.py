"""Runs that bear names of this campaign, and that nobody here started."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cmcompile.model.event import WmsRef
from cmcompile.model.states import LedgerState
from cmcompile.model.wms import RunSeen
from cmcompile.reconcile.observe import Observation


@dataclass(frozen=True, slots=True)
class Foreign:
    """A run that the ledger does not know, and the group whose name it bears."""

    step: str
    group: str
    where: WmsRef
    run: RunSeen


def foreign_runs(observation: Observation, state: LedgerState) -> Iterator[Foreign]:
    """Return the runs that no claim of the ledger accounts for.

    A run that bears the exact name of a claim that has a gate is that claim's, though its reply was lost.
    """
    known: set[str] = set()
    expected: set[str] = set()
    prefixes: dict[WmsRef, dict[str, tuple[str, str]]] = {}
    for workflow in state.workflows():
        claim = workflow.claim
        known.update(workflow.runs)
        if claim is None:
            continue
        prefixes.setdefault(claim.wms, {})[claim.prefix] = (workflow.step, workflow.group)
        if workflow.gate is not None:
            expected.add(claim.run_name)
    for where, shown in observation.runs.items():
        groups = prefixes.get(where, {})
        for run in shown.values():
            if run.run_id in known or run.name in expected:
                continue
            of = [prefix for prefix in groups if run.name.startswith(prefix)]
            if of:
                step, group = groups[max(of, key=len)]
                yield Foreign(step, group, where, run)
