"""A real data repository; implements ``Butler``."""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, TypeVar

from cmcompile.model.holding import Held
from cmcompile.model.outcome import Outcome
from cmcompile.model.tagged import TagContent
from cmcompile.model.usage import Usage
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.butler import graphs
from cmcompile.observe.butler.attempts import outcome_of
from cmcompile.observe.butler.holdings import Tell, holdings
from cmcompile.observe.butler.open import located
from cmcompile.observe.butler.provenance import Provenance
from cmcompile.observe.butler.tags import tag
from cmcompile.observe.butler.usage import READING, usage
from cmcompile.observe.butler.worker import Worker

T = TypeVar("T")

#: Seconds after which an answer is not waited for any more: of short questions, and of long work.
QUICK, LONG = 120.0, 1800.0
#: The same for what quanta took, beside the time that reading takes at most: nothing waits for that.
USAGE = QUICK + READING
#: More patterns than this are one wider one.
_PATTERNS = 200
#: Seconds after which PostgreSQL's client gives a server up, where the environment does not say.
_CONNECT = ("PGCONNECT_TIMEOUT", "20")


class Repository:
    """One data repository, whatever its registry is kept in.

    It is opened for reading; only `chain`, `tag` and `retire` open it for writing. All answers are asked for
    in one thread, so a locked database or a server that is gone holds nobody up for ever.

    Parameters
    ----------
    config
        The repository as BPS names it: a path, an address, or a label.
    area
        Where BPS runs; the submit directories with the graphs of runs are below it.
    quick, long
        Limits in seconds: see `QUICK` and `LONG`.
    """

    def __init__(self, config: str, area: Path, quick: float = QUICK, long: float = LONG) -> None:
        self._config, self._area = located(config, area), area
        self._quick, self._long = quick, long
        self._worker = Worker(f"the Butler {config}")

    def outcome(self, runs: Sequence[str], earlier: Sequence[str] = ()) -> Outcome | NoAnswer:
        """Return what became of the quanta, by the quantum provenance graph over the graphs of the runs.

        An earlier run whose graph is gone leaves open what was cleared: the outcome is then not complete.
        """

        def question(butler: Any) -> Outcome | NoAnswer:
            former = [run for run in dict.fromkeys(earlier) if run not in runs]
            lacking = _lacking(butler, (*former, *runs))
            if absent := [run for run in runs if run in lacking]:
                return _absent(absent)
            if not runs:
                return Outcome()
            counted = [graphs.load(self._area, run) for run in runs]
            left = [run for run in former if run not in lacking]
            before, complete = graphs.load_known(self._area, left)
            found = Provenance(butler, [*before, *counted])
            tasks = tuple(dict.fromkeys(task for graph in counted for task in graph.tasks))
            return outcome_of(found.attempts(), tasks, runs, found.why, found.caveat, complete=complete)

        return self._ask(question, self._long)

    def usage(self, runs: Sequence[str]) -> Usage | NoAnswer:
        """Return what the quanta took, by their metadata."""

        def question(butler: Any) -> Usage | NoAnswer:
            lacking = _lacking(butler, runs)
            return _absent(sorted(lacking)) if lacking else usage(butler, runs, time.monotonic)

        return self._ask(question, min(self._long, USAGE))

    def missing(self, runs: Sequence[str]) -> frozenset[str] | NoAnswer:
        """Return the runs without a collection."""
        if not runs:
            return frozenset()
        return self._ask(lambda butler: _lacking(butler, runs), self._quick)

    def chain(self, collection: str, runs: Sequence[str]) -> NoAnswer | None:
        """Define a chained collection anew, where all its runs are there."""

        def action(butler: Any) -> NoAnswer | None:
            from lsst.daf.butler import CollectionType

            if lacking := _lacking(butler, runs):
                return _absent(sorted(lacking))
            kind = _kinds(butler, [collection]).get(collection)
            if kind not in (None, "CHAINED"):
                return NoAnswer(f"{collection} is a {kind} collection, and was left as it is")
            if kind is None:
                butler.collections.register(collection, CollectionType.CHAINED)
            elif tuple(butler.collections.get_info(collection).children) == tuple(runs):
                return None
            butler.collections.redefine_chain(collection, list(runs))
            return None

        return self._ask(action, self._quick, writes=True)

    def tag(
        self, collection: str, sources: Sequence[str], datasets: Sequence[str], where: str
    ) -> TagContent | NoAnswer:
        """Let a tagged collection hold what is asked for."""
        return self._ask(lambda b: tag(b, collection, sources, datasets, where), self._long, writes=True)

    def retire(self, runs: Sequence[str]) -> NoAnswer | None:
        """Remove RUN collections with their files, also from the chains that hold them."""

        def action(butler: Any) -> NoAnswer | None:
            kinds = _kinds(butler, runs)
            if other := sorted(run for run, kind in kinds.items() if kind != "RUN"):
                return NoAnswer(f"{', '.join(other)} is no RUN collection; nothing was removed")
            if kinds:
                butler.removeRuns(sorted(kinds), unlink_from_chains=True)
            return None

        return self._ask(action, self._long, writes=True)

    def holdings(self, run: str, tell: Tell = lambda _: None) -> tuple[Held, ...] | NoAnswer | None:
        """Return what a RUN collection holds; None: there is no such collection.

        Parameters
        ----------
        tell
            Is told now and then how many datasets were counted; it is called in another thread.
        """

        def question(butler: Any) -> tuple[Held, ...] | None:
            return None if _lacking(butler, [run]) else holdings(butler, self._area, run, tell)

        return self._ask(question, self._long)

    def below(self, outputs: Sequence[str]) -> frozenset[str] | NoAnswer:
        """Return the RUN collections just below some outputs."""
        wanted = frozenset(outputs)

        def question(butler: Any) -> frozenset[str]:
            from lsst.daf.butler import CollectionType

            found = butler.collections.query(_patterns(wanted), collection_types={CollectionType.RUN})
            return frozenset(name for name in found if name.rpartition("/")[0] in wanted)

        return self._ask(question, self._quick) if wanted else frozenset()

    def _ask(
        self, question: Callable[[Any], T | NoAnswer], limit: float, *, writes: bool = False
    ) -> T | NoAnswer:
        def asked() -> T | NoAnswer:
            from lsst.daf.butler import Butler

            os.environ.setdefault(*_CONNECT)
            with Butler.from_config(self._config, writeable=writes) as butler:
                return question(butler)

        return self._worker.ask(asked, limit)


def _kinds(butler: Any, names: Iterable[str]) -> dict[str, str]:
    """Return the types of those collections that are there."""
    from lsst.daf.butler import MissingCollectionError

    found = {}
    for name in dict.fromkeys(names):
        try:
            found[name] = str(butler.collections.get_info(name).type.name)
        except MissingCollectionError:
            continue
    return found


def _lacking(butler: Any, runs: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(runs)
    return wanted - _kinds(butler, wanted).keys()


def _patterns(outputs: frozenset[str]) -> list[str]:
    """Return globs of all that is below some outputs; of very many, one of what is below all of them."""
    if len(outputs) > _PATTERNS:
        parts = [output.split("/") for output in sorted(outputs)]
        same = [
            a for a, b in takewhile(lambda pair: pair[0] == pair[1], zip(parts[0], parts[-1], strict=False))
        ]
        outputs = frozenset(["/".join(same)]) if same else frozenset()
    return sorted(f"{glob.escape(output)}/*" for output in outputs) or ["*"]


def _absent(runs: Sequence[str]) -> NoAnswer:
    return NoAnswer(f"there is no collection {', '.join(runs)}")
