"""What can be asked of a served far side, and what is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer
from cmcompile.sim.far.quanta import usual
from cmcompile.sim.far.runs import Job, Run
from cmcompile.sim.served import told, usage_told
from cmcompile.sim.served.real_time import RealTime
from cmcompile.sim.served.troubles import Trouble, Troubles
from cmcompile.sim.served.wire import Object

#: How often a trouble befalls requests, and after how many; 0 times: always.
_TIMES = (("times", 1), ("spared", 0))
_ENDS = ("", "succeeded", "failed", "cancelled")
_Handler: TypeAlias = Callable[[Object], object]


class Requests:
    """Carries requests out, one at a time; answers are JSON, or `NoAnswer`.

    Those in ``by_hand`` are for tests and demonstrations: nothing goes wrong with them.
    """

    def __init__(self, side: RealTime, troubles: Troubles) -> None:
        self._side = side
        self._wms, self._butler = side.wms, side.butler
        self._troubles = troubles
        self.asked: dict[str, _Handler] = {
            "submit": self._submit,
            "restart": self._restart,
            "find": self._find,
            "look": self._look,
            "cancel": self._cancel,
            "settling": lambda _: side.pace.settling,
            "outcome": self._outcome,
            "usage": self._usage,
            "missing": self._missing,
            "chain": self._chain,
            "tag": self._tag,
            "retire": lambda r: self._butler.retire(told.texts(r["runs"])),
        }
        self.by_hand: dict[str, _Handler] = {
            "runs": self._runs,
            "collections": self._collections,
            "store": self._store,
            "end": self._end,
            "reopen": lambda r: self._wms.reopen(self._known(r).run_id),
            "hide": self._hide,
            "measure": self._measure,
            "trouble": self._trouble,
            "calm": lambda _: troubles.calm(),
        }

    def carry_out(self, request: Object) -> object:
        """Carry a request out.

        Raises
        ------
        ValueError, LookupError
            When it is none that is known.
        """
        kind = told.text(request["ask"])
        return (self.by_hand.get(kind) or self.asked[kind])(request)

    # What cmcompile asks.

    def _submit(self, request: Object) -> object:
        name, output = told.text(request["name"]), told.text(request["output_run"])
        quanta = told.quanta(request.get("quanta", []))
        job = Job(name, output, quanta, claim=told.text(request.get("claim", "")))
        answer = self._wms.submit(_where(request), job)
        if isinstance(answer, str):
            self._wms.runs[answer].visible += self._side.hides * self._side.pace.speed
        return answer

    def _restart(self, request: Object) -> object:
        claim = told.text(request.get("claim", ""))
        return self._wms.restart(_where(request), told.text(request["run"]), claim)

    def _find(self, request: Object) -> object:
        answer = self._wms.find(_where(request), told.texts(request["prefixes"]))
        return answer if isinstance(answer, NoAnswer) else [told.run_told(run) for run in answer]

    def _look(self, request: Object) -> object:
        answer = self._wms.look(_where(request), told.texts(request["runs"]))
        return answer if isinstance(answer, NoAnswer) else [told.run_told(run) for run in answer.values()]

    def _cancel(self, request: Object) -> object:
        return self._wms.cancel(_where(request), told.text(request["run"]))

    def _outcome(self, request: Object) -> object:
        runs, earlier = told.texts(request["runs"]), told.texts(request.get("earlier", []))
        answer = self._butler.outcome(runs, earlier)
        return answer if isinstance(answer, NoAnswer) else told.outcome_told(answer)

    def _usage(self, request: Object) -> object:
        answer = self._butler.usage(told.texts(request["runs"]))
        return answer if isinstance(answer, NoAnswer) else usage_told.usage_told(answer)

    def _missing(self, request: Object) -> object:
        answer = self._butler.missing(told.texts(request["runs"]))
        return answer if isinstance(answer, NoAnswer) else sorted(answer)

    def _chain(self, request: Object) -> object:
        return self._butler.chain(told.text(request["collection"]), told.texts(request["runs"]))

    def _tag(self, request: Object) -> object:
        sources, datasets = told.texts(request["sources"]), told.texts(request["datasets"])
        collection, where = told.text(request["collection"]), told.text(request["where"])
        answer = self._butler.tag(collection, sources, datasets, where)
        if isinstance(answer, NoAnswer):
            return answer
        return {"count": answer.count, "digest": answer.digest}

    # What a person does.

    def _runs(self, request: Object) -> object:
        """Return all runs as they really are, in the order in which they were taken."""
        return [
            {"run_id": run.run_id, "name": run.name, "state": run.state, "claim": run.job.claim}
            for run in self._wms.runs.values()
        ]

    def _collections(self, request: Object) -> object:
        """Return what stands in the Butler: RUN collections, chained and tagged ones with what is in them."""
        chains = {name: list(runs) for name, runs in self._butler.chains.items()}
        tags = {name: sorted(map(list, held)) for name, held in self._butler.tags.items()}
        return {"runs": sorted(self._butler.collections), "chains": chains, "tags": tags}

    def _store(self, request: Object) -> object:
        """Put datasets into a collection that no run writes: pairs of type and data id."""
        found = told.quanta(request["datasets"])
        self._butler.stored[told.text(request["collection"])] = tuple((q.task, q.data_id) for q in found)
        return None

    def _end(self, request: Object) -> object:
        """End a run; with ``failed`` so many of its quanta, the first, fail; or those of a list do."""
        run, state = self._known(request), told.text(request.get("state", ""))
        failed = request.get("failed", 0)
        if state not in _ENDS:
            raise told.UntoldError(f"{state!r} is no way to end")
        if not run.live:
            return NoAnswer(f"run {run.run_id} is {run.state}")
        quanta = run.job.quanta or usual(run.job.output_run)
        bad = (
            frozenset(told.quanta(failed))
            if isinstance(failed, list)
            else frozenset(quanta[: int(told.number(failed))])
        )
        self._wms.settings.fails = lambda quantum: quantum in bad
        self._wms.end(run.run_id, state)
        return run.state

    def _known(self, request: Object) -> Run:
        return self._wms.runs[told.text(request["run"])]

    def _hide(self, request: Object) -> object:
        self._side.hides = told.number(request["seconds"])
        return None

    def _measure(self, request: Object) -> object:
        """Let the Butler tell what quanta took, from now on."""
        self._butler.measures = True
        return None

    def _trouble(self, request: Object) -> object:
        times, spared = (int(told.number(request.get(key, otherwise))) for key, otherwise in _TIMES)
        of = told.texts(request.get("of", []))
        self._troubles.arm(Trouble(request["trouble"]), of, times or None, spared)
        return None


def _where(request: Object) -> WmsRef:
    service, where = told.texts(request["where"])
    return WmsRef(service, where)
