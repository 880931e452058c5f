"""What became of a group's quanta, over all workflows that count for it.

Its own workflows come first. A later one that takes no outputs over (``builds_on`` is empty) replaces what
the former ones left. One that does, and a rescue that covers the group, clears exactly the quanta that its
outcome names as cleared, and adds its own failures: a rescue of some tasks, or one narrowed by ``where``,
leaves all others as they are.

What is not known stays so: an ended workflow without an outcome, or one that gave counts alone, makes the
whole incomplete; when it is the one that the others build on, nothing is known (None).

Caveats are counted, not named: those of all that count are added up, since what builds on others makes only
what was not there. One of a rescue that covers several groups counts for each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence

from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.states import LedgerState, Workflow
from cmcompile.state.conflicts import has_ended, own_and_covering

_NOWHERE: frozenset[Quantum] = frozenset()


def outcome_of(state: LedgerState, step: str, group: str) -> Outcome | None:
    """Return the outcome of a group by the ledger; None: it is not known, or nothing of it has ended.

    A failure of a rescue counts for the group unless it is known to be of another one that the rescue covers.
    """
    own, covering = own_and_covering(state, step, group)
    if not covering:
        return group_outcome(own, ())
    others = {covered for w in covering if w.claim is not None for covered in w.claim.covers} - {group}
    elsewhere = {
        failure.quantum
        for other in others
        for workflow in own_and_covering(state, step, other)[0]
        if has_ended(workflow) and workflow.outcome is not None
        for failure in workflow.outcome.failures
    }
    return group_outcome(own, covering, elsewhere)


def group_outcome(
    own: Iterable[Workflow], covering: Iterable[Workflow], elsewhere: Container[Quantum] = _NOWHERE
) -> Outcome | None:
    """Fold the outcomes of a group's own and covering workflows.

    Parameters
    ----------
    own, covering
        Those that count, each in order; what has not ended is passed over.
    elsewhere
        Failures known to be of other groups; those of a covering workflow that are in neither count for each
        group that it covers.

    Returns
    -------
    Outcome or None
        None where no own workflow has ended, or what became of the one that the others build on is not known.
    """
    ended = [w for w in own if has_ended(w)]
    first = _first_that_counts(ended)
    if first is None:
        return None
    base = ended[first]
    later = ended[first + 1 :]
    rescues = [w for w in covering if has_ended(w) and not was_before(w, base)]
    if base.outcome is None:
        return None
    if not later and not rescues:
        return _alone(base.outcome)
    tally = _Tally(base.outcome)
    for workflow in later:
        tally.add(workflow.outcome, _NOWHERE)
    for workflow in rescues:
        tally.add(workflow.outcome, elsewhere)
    return tally.outcome()


def _first_that_counts(ended: Sequence[Workflow]) -> int | None:
    """Return the place of the last workflow that replaced the former ones."""
    for place in range(len(ended) - 1, 0, -1):
        claim = ended[place].claim
        if claim is None or not claim.builds_on:
            return place
    return 0 if ended else None


def was_before(rescue: Workflow, workflow: Workflow) -> bool:
    """Tell whether a rescue was of what a workflow has replaced since: they are never live together."""
    return bool(rescue.claimed_at) and rescue.claimed_at < (workflow.begun_at or workflow.claimed_at)


def _alone(outcome: Outcome) -> Outcome:
    if not outcome.cleared:
        return outcome
    return Outcome(outcome.tasks, outcome.failures, (), outcome.complete)


class _Tally:
    """Counts per task and the failures, while workflows are added."""

    def __init__(self, base: Outcome) -> None:
        self._tasks: dict[str, dict[Fault | None, int]] = {}
        self._caveats: dict[str, Counter[str]] = {}
        for task in base.tasks:
            counts = self._tasks.setdefault(task.task, dict.fromkeys((None, *Fault), 0))
            for fault, number in _counts(task).items():
                counts[fault] += number
        self._failures = {failure.quantum: failure for failure in base.failures}
        self._complete = base.complete
        self._add_caveats(base)

    def add(self, outcome: Outcome | None, elsewhere: Container[Quantum]) -> None:
        """Take what a later workflow cleared out, and put what it failed in."""
        if outcome is None:
            self._complete = False
            return
        self._complete = self._complete and outcome.complete
        self._add_caveats(outcome)
        for quantum in outcome.cleared:
            if quantum in self._failures:
                self._move(quantum.task, self._failures.pop(quantum).fault, None)
        for failure in outcome.failures:
            former = self._failures.get(failure.quantum)
            if former is None and failure.quantum in elsewhere:
                continue
            self._move(failure.quantum.task, None if former is None else former.fault, failure.fault)
            self._failures[failure.quantum] = failure

    def _add_caveats(self, outcome: Outcome) -> None:
        for task in outcome.tasks:
            if task.caveats:
                self._caveats.setdefault(task.task, Counter()).update(task.caveats)

    def _move(self, task: str, was: Fault | None, now: Fault | None) -> None:
        counts = self._tasks.setdefault(task, dict.fromkeys((None, *Fault), 0))
        if counts[was] > 0:
            counts[was] -= 1
        counts[now] += 1

    def outcome(self) -> Outcome:
        """Return what is left."""
        tasks = tuple(
            TaskOutcome(
                task,
                sum(counts.values()),
                counts[None],
                counts[Fault.FAILED],
                counts[Fault.BLOCKED],
                counts[Fault.OTHER],
                dict(self._caveats.get(task, {})),
            )
            for task, counts in self._tasks.items()
        )
        return Outcome(tasks, tuple(self._failures.values()), (), self._complete)


def _counts(task: TaskOutcome) -> dict[Fault | None, int]:
    """Return the counts of a task; quanta that are in none of them are of no known fault."""
    known = task.succeeded + task.failed + task.blocked + task.other
    return {
        None: task.succeeded,
        Fault.FAILED: task.failed,
        Fault.BLOCKED: task.blocked,
        Fault.OTHER: task.other + max(task.quanta - known, 0),
    }


def failures_by_task(failures: Iterable[Failure]) -> dict[str, int]:
    """Return how many failures are named per task."""
    named: dict[str, int] = {}
    for failure in failures:
        named[failure.quantum.task] = named.get(failure.quantum.task, 0) + 1
    return named
