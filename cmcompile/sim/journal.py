"""What was seen while the world ran: whoever judges it afterwards needs more than what is left at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmcompile.model.applied import Told
from cmcompile.model.body import WmsRef
from cmcompile.model.ledger import Tip
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.wms import Settings, SimWms


@dataclass(frozen=True, slots=True)
class Answer:
    """What a workload system answered to a runner.

    Attributes
    ----------
    at
        When what it shows was so, in seconds of the world.
    shown
        The states of the runs by id; None: there was no answer.
    prefixes
        Of the names that were asked for.
    """

    at: float
    task: str
    where: WmsRef
    shown: Mapping[str, str] | None
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a runner told while it worked."""

    at: float
    task: str
    told: Told


@dataclass(frozen=True, slots=True)
class Stood:
    """The branch of the ledger at the remote, from some time on."""

    at: float
    tip: Tip


class Journal:
    """Takes down what happens.

    Attributes
    ----------
    answers, said
        In the order of time.
    reads
        When each task read the tip of the ledger, in seconds of the world, by its name.
    tips
        Each tip that the branch stood at, in the order of time.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.answers: list[Answer] = []
        self.said: list[Said] = []
        self.reads: dict[str, list[float]] = {}
        self.tips: list[Stood] = []

    def tell(self, told: Told) -> None:
        """Take down what a runner tells."""
        task = self._world.current()
        self.said.append(Said(self._world.now, "" if task is None else task.name, told))
        self._world.note(f"{told.subject} {told.moment.value}{': ' if told.detail else ''}{told.detail}")

    def read(self) -> None:
        """Take down that a task reads the tip of the ledger."""
        task = self._world.current()
        if task is not None:
            self.reads.setdefault(task.name, []).append(self._world.now)

    def stands(self, tip: Tip | None) -> None:
        """Take down where the branch stands."""
        if tip is not None and (not self.tips or self.tips[-1].tip != tip):
            self.tips.append(Stood(self._world.now, tip))


class WatchedWms(SimWms):
    """The workload systems; what they answer is taken down."""

    def __init__(self, world: World, settings: Settings, journal: Journal) -> None:
        super().__init__(world, settings)
        self._journal = journal

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        """Return the runs whose names begin with one of some prefixes."""
        asked = self.world.now
        answer = super().find(where, prefixes)
        self._taken(asked, where, answer, tuple(prefixes))
        return answer

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, RunSeen] | NoAnswer:
        """Return runs by their ids."""
        asked = self.world.now
        answer = super().look(where, run_ids)
        self._taken(asked, where, answer if isinstance(answer, NoAnswer) else tuple(answer.values()))
        return answer

    def _taken(
        self,
        asked: float,
        where: WmsRef,
        answer: tuple[RunSeen, ...] | NoAnswer,
        prefixes: tuple[str, ...] = (),
    ) -> None:
        task = self.world.current()
        shown = None if isinstance(answer, NoAnswer) else {run.run_id: run.state for run in answer}
        if task is not None:
            self._journal.answers.append(Answer(asked, task.name, where, shown, prefixes))
