"""What becomes of the quanta of simulated runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from cmcompile.model.cause import Cause
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.sim.far.choices import Choices


@dataclass(frozen=True, slots=True)
class Ill:
    """What a quantum fails of."""

    message: str
    cause: Cause | None = None


#: Tells whether a quantum fails, and of what; None: chance decides.
Verdict: TypeAlias = Callable[[Quantum], "Ill | bool | None"]
_CHANCE = Ill("simulated")

_TASKS = ("isr", "calibrate")


def usual(output_run: str) -> tuple[Quantum, ...]:
    """Return the quanta of a run of which nothing else is said, named after its group."""
    group = output_run.rpartition("/")[0] or output_run
    return tuple(Quantum(task, f"detector={n}, group={group}") for task in _TASKS for n in (0, 1))


class Fates:
    """Decides what becomes of quanta, over all runs.

    Attributes
    ----------
    lacking
        Quanta that failed in the newest run that tried them.
    """

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self.lacking: set[Quantum] = set()

    def decide(
        self, quanta: tuple[Quantum, ...], failing: float, again: float, fails: Verdict | None = None
    ) -> Outcome:
        """Let quanta fail or succeed.

        Parameters
        ----------
        failing, again
            The probability for one that never failed, and for one that failed before.
        fails
            Tells it instead of chance, where it gives no None.
        """
        failures: list[Failure] = []
        cleared: list[Quantum] = []
        without: set[str] = set()
        for quantum in quanta:
            before = quantum in self.lacking
            if quantum.data_id in without:
                failures.append(Failure(quantum, Fault.BLOCKED))
            elif ill := self._fails(quantum, again if before else failing, fails):
                failures.append(Failure(quantum, Fault.FAILED, ill.message, ill.cause))
                without.add(quantum.data_id)
            elif before:
                cleared.append(quantum)
        self.lacking |= {failure.quantum for failure in failures}
        self.lacking -= set(cleared)
        return told(quanta, tuple(failures), tuple(cleared))

    def _fails(self, quantum: Quantum, odds: float, fails: Verdict | None) -> Ill | None:
        known = None if fails is None else fails(quantum)
        if known is None:
            known = self._choices.chance("quantum fails", odds)
        return known if isinstance(known, Ill) else _CHANCE if known else None


def told(quanta: tuple[Quantum, ...], failures: tuple[Failure, ...], cleared: tuple[Quantum, ...]) -> Outcome:
    """Return the outcome of a run."""
    tasks = []
    for task in dict.fromkeys(quantum.task for quantum in quanta):
        total = sum(quantum.task == task for quantum in quanta)
        faults = [failure.fault for failure in failures if failure.quantum.task == task]
        failed, blocked = faults.count(Fault.FAILED), faults.count(Fault.BLOCKED)
        tasks.append(TaskOutcome(task, total, total - failed - blocked, failed, blocked))
    return Outcome(tuple(tasks), failures, cleared)


def state_of(outcome: Outcome) -> str:
    """Return how a run with an outcome ended."""
    if not outcome.missing:
        return "succeeded"
    return "failed" if outcome.missing == outcome.quanta else "partial"
