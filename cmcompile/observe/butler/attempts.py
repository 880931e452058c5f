"""What became of each quantum in each run, by the quantum provenance graph, and what that comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome


class End(Enum):
    """How a quantum ended in a run, in the words of the quantum provenance graph."""

    SUCCESSFUL = "successful"
    FAILED = "failed"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    WONKY = "wonky"


_FAULTS = {End.FAILED: Fault.FAILED, End.BLOCKED: Fault.BLOCKED}
_WORDS = {
    End.UNKNOWN: "neither a log nor metadata: its job did not run, or was killed",
    End.WONKY: "metadata without a log",
}


@dataclass(frozen=True, slots=True)
class Attempts:
    """One quantum in all runs that have it.

    Attributes
    ----------
    ends
        By run, oldest first.
    mixed
        The runs that outputs of it are taken from, where they are of several: those of one hide only a part
        of what the other left.
    """

    quantum: Quantum
    ends: Mapping[str, End]
    mixed: tuple[str, ...] = field(default=())


#: Says why a quantum failed in a run.
Why = Callable[[Quantum, str], str]
#: Says with which caveat a quantum succeeded in a run; empty: with none.
Caveat = Callable[[Quantum, str], str]


def outcome_of(
    all_: Iterable[Attempts],
    tasks: Sequence[str],
    runs: Sequence[str],
    why: Why,
    caveat: Caveat = lambda *_: "",
    *,
    complete: bool = True,
) -> Outcome:
    """Return what became of the quanta of some runs.

    Parameters
    ----------
    all_
        The quanta of these runs, and of earlier ones.
    tasks
        In the order of the pipeline.
    runs
        What is counted, oldest first: of each quantum the newest that has it.
    complete
        Whether all earlier runs are known.
    """
    place = {run: number for number, run in enumerate(runs)}
    counts = {task: dict.fromkeys(End, 0) for task in tasks}
    caveats: dict[str, Counter[str]] = {task: Counter() for task in tasks}
    failures, cleared = [], []
    for attempts in sorted(all_, key=lambda one: one.quantum):
        run = max((run for run in attempts.ends if run in place), key=place.__getitem__, default=None)
        if run is None:
            continue
        end = End.WONKY if attempts.mixed else attempts.ends[run]
        counts[attempts.quantum.task][end] += 1
        if end is not End.SUCCESSFUL:
            failures.append(_failure(attempts, run, end, why))
            continue
        if said := caveat(attempts.quantum, run):
            caveats[attempts.quantum.task][said] += 1
        if any(former is not End.SUCCESSFUL for former in attempts.ends.values()):
            cleared.append(attempts.quantum)
    rows = tuple(_counted(task, ends, caveats[task]) for task, ends in counts.items() if any(ends.values()))
    return Outcome(rows, tuple(failures), tuple(cleared), complete)


def _counted(task: str, ends: Mapping[End, int], caveats: Mapping[str, int]) -> TaskOutcome:
    other = ends[End.UNKNOWN] + ends[End.WONKY]
    good, failed, blocked = ends[End.SUCCESSFUL], ends[End.FAILED], ends[End.BLOCKED]
    return TaskOutcome(task, sum(ends.values()), good, failed, blocked, other, dict(caveats))


def _failure(attempts: Attempts, run: str, end: End, why: Why) -> Failure:
    if attempts.mixed:
        message = f"its outputs are of several runs: {', '.join(attempts.mixed)}"
    elif end is End.FAILED:
        message = why(attempts.quantum, run)
    else:
        message = _WORDS.get(end, "")
    return Failure(attempts.quantum, _FAULTS.get(end, Fault.OTHER), message)
