"""The served far side as cmcompile sees it; nothing is ever asked twice."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from cmcompile.model.body import WmsRef
from cmcompile.model.child import NoReply, Order, Reply, Taken
from cmcompile.model.outcome import Outcome, Quantum
from cmcompile.model.tagged import TagContent
from cmcompile.model.usage import Usage
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.sim.served import told, usage_told
from cmcompile.sim.served.wire import Object, ask

T = TypeVar("T")

#: Seconds after which an answer is not waited for any more.
TIMEOUT = 10.0
#: What is assumed where the server does not say how long a run may stay hidden, in seconds.
_SETTLING = 900.0


class _Client:
    def __init__(self, path: Path, timeout: float = TIMEOUT) -> None:
        self._path = path
        self._timeout = timeout

    def _ask(self, request: Object, read: Callable[[object], T]) -> T | NoAnswer:
        """Ask once; an answer that can't be read is none."""
        answer = ask(self._path, request, self._timeout)
        if isinstance(answer, NoAnswer):
            return answer
        try:
            return read(answer)
        except (ValueError, TypeError) as error:
            return NoAnswer(f"the reply can't be read: {error}")


class ServedWms(_Client):
    """All workload systems of a served far side; implements ``Wms``.

    Parameters
    ----------
    path
        The socket.
    timeout
        Of each request, in seconds.
    """

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        """Return the runs whose names begin with one of some prefixes, as far as they are shown."""
        return self._ask({"ask": "find", **_at(where), "prefixes": list(prefixes)}, _runs)

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, RunSeen] | NoAnswer:
        """Return runs by their ids, as far as they are shown."""
        answer = self._ask({"ask": "look", **_at(where), "runs": list(run_ids)}, _runs)
        return answer if isinstance(answer, NoAnswer) else {run.run_id: run for run in answer}

    def cancel(self, where: WmsRef, run_id: str) -> NoAnswer | None:
        """Ask for the end of a run."""
        return self._ask({"ask": "cancel", **_at(where), "run": run_id}, _nothing)

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        """Return a command."""
        named = [self._path, "cancel", run_id, where.service, where.where]
        return shlex.join([sys.executable, "-m", "cmcompile.sim.served.hand", *map(str, named)])

    def settling(self, where: WmsRef) -> float:
        """Return what the server promises."""
        answer = self._ask({"ask": "settling", **_at(where)}, told.number)
        return _SETTLING if isinstance(answer, NoAnswer) else answer

    def call(self, order: Order, quanta: Sequence[Quantum], now: Callable[[], str]) -> Reply:
        """Submit what was ordered, or restart it: once.

        Parameters
        ----------
        now
            Returns the time, as events hold it.
        """
        request: Object = {**_at(order.wms), "claim": order.claim, "name": order.run_name}
        if order.restart:
            request |= {"ask": "restart", "run": order.restart}
        else:
            some = told.quanta_told(quanta)
            request |= {"ask": "submit", "output_run": order.output_run, "quanta": some}
        answer = self._ask(request, _id)
        return NoReply(answer.why) if isinstance(answer, NoAnswer) else Taken(answer, now())


class ServedButler(_Client):
    """The data repository of a served far side; implements ``Butler``; see `ServedWms`."""

    def outcome(self, runs: Sequence[str], earlier: Sequence[str] = ()) -> Outcome | NoAnswer:
        """Return what became of the quanta of some runs, oldest first."""
        request: Object = {"ask": "outcome", "runs": list(runs), "earlier": list(earlier)}
        return self._ask(request, told.outcome)

    def usage(self, runs: Sequence[str]) -> Usage | NoAnswer:
        """Return what the quanta of some runs took."""
        return self._ask({"ask": "usage", "runs": list(runs)}, usage_told.usage)

    def missing(self, runs: Sequence[str]) -> frozenset[str] | NoAnswer:
        """Return the runs of which there is no collection."""
        return self._ask({"ask": "missing", "runs": list(runs)}, lambda found: frozenset(told.texts(found)))

    def chain(self, collection: str, runs: Sequence[str]) -> NoAnswer | None:
        """Define a chained collection anew."""
        return self._ask({"ask": "chain", "collection": collection, "runs": list(runs)}, _nothing)

    def tag(
        self, collection: str, sources: Sequence[str], datasets: Sequence[str], where: str
    ) -> TagContent | NoAnswer:
        """Let a tagged collection hold what is asked for."""
        request: Object = {"ask": "tag", "collection": collection, "where": where}
        return self._ask(request | {"sources": list(sources), "datasets": list(datasets)}, told.content)

    def retire(self, runs: Sequence[str]) -> NoAnswer | None:
        """Remove the outputs of runs."""
        return self._ask({"ask": "retire", "runs": list(runs)}, _nothing)


def _at(where: WmsRef) -> Object:
    return {"where": [where.service, where.where]}


def _runs(found: object) -> tuple[RunSeen, ...]:
    if not isinstance(found, list):
        raise told.UntoldError("it is no list")
    return tuple(told.run(one) for one in found)


def _id(found: object) -> str:
    if not told.text(found).strip():
        raise told.UntoldError("it holds no run id")
    return told.text(found)


def _nothing(found: object) -> None:
    if found is not None:
        raise told.UntoldError(f"{found!r} is no answer to this")
