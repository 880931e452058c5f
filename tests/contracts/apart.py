"""A workload system that is shared by many benches, as one of them sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cmcompile.model.event import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen, Wms


class Apart:
    """A `Wms` whose runs all have names that begin alike: it remembers those of earlier benches."""

    def __init__(self, wms: Wms, world: str) -> None:
        self._wms = wms
        self._world = world

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        answer = self._wms.find(where, [self._world + prefix for prefix in prefixes])
        return answer if isinstance(answer, NoAnswer) else tuple(self._named(run) for run in answer)

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, RunSeen] | NoAnswer:
        answer = self._wms.look(where, run_ids)
        if isinstance(answer, NoAnswer):
            return answer
        return {run_id: self._named(run) for run_id, run in answer.items()}

    def cancel(self, where: WmsRef, run_id: str) -> NoAnswer | None:
        return self._wms.cancel(where, run_id)

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        return self._wms.cancel_command(where, run_id)

    def settling(self, where: WmsRef) -> float:
        return self._wms.settling(where)

    def _named(self, run: RunSeen) -> RunSeen:
        assert run.name.startswith(self._world)
        return replace(run, name=run.name.removeprefix(self._world))
