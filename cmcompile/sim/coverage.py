"""How much of what can happen did happen, over many runs: faults, moves of workflows, delays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cmcompile.model.event import Draft, Event, Subject
from cmcompile.model.states import Workflow
from cmcompile.sim.far.faults import Fault
from cmcompile.sim.story import Story
from cmcompile.state.transitions import MOVES, Move
from cmcompile.state.workflow import fold_workflow

#: What is asked of a long run of the simulator: each fault in so many of all seeds, each move so often.
SHARE, TIMES = 0.05, 100
#: Upper bounds of delays, in seconds.
_DELAYS = ((60, "a minute"), (900, "15 minutes"), (7200, "2 hours"), (86400, "a day"), (10**9, "more"))
_NONE = "none"
#: What is written of words of a monitor, or of jobs: simulated systems have none, no state rests on it.
_ELSEWHERE = frozenset({"diagnosed", "signalled"})
#: An event that no row allows.
_ILLEGAL = "not in the table"


@dataclass(slots=True)
class Coverage:
    """Counts over some seeds; those of several may be added.

    Attributes
    ----------
    faults
        Of the seeds in which each fault happened.
    moves
        By the words of the row.
    delays
        Of the runs, by how long they were not shown.
    """

    seeds: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    moves: Counter[str] = field(default_factory=Counter)
    delays: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, other: Coverage) -> None:
        """Add the counts of other seeds."""
        self.seeds += other.seeds
        self.faults.update(other.faults)
        self.moves.update(other.moves)
        self.delays.update(other.delays)
        self.counts.update(other.counts)

    def lacking(self, share: float = SHARE, times: int = TIMES) -> list[str]:
        """Return what happened too seldom, in words."""
        found = [
            f"{fault.value}: in {self.faults[fault.value]} of {self.seeds} seeds"
            for fault in Fault
            if self.faults[fault.value] < share * self.seeds
        ]
        possible = [row_of(move) for move in MOVES if move.kind not in _ELSEWHERE]
        return found + [f"{row}: {self.moves[row]} times" for row in possible if self.moves[row] < times]

    def told(self) -> Iterator[str]:
        """Return the counts, line by line."""
        yield "seeds in which it happened"
        for fault in Fault:
            share = self.faults[fault.value] / max(self.seeds, 1)
            yield f"  {share:6.1%}  {fault.value}"
        yield "moves of workflows"
        for row in (*rows(), _ILLEGAL):
            yield f"  {self.moves[row]:7}  {row}"
        yield "for how long runs were not shown"
        total = max(sum(self.delays.values()), 1)
        for name in (_NONE, *(name for _, name in _DELAYS)):
            words = name if name in (_NONE, "more") else f"up to {name}"
            yield f"  {self.delays[name] / total:6.1%}  {words}"
        yield "counts"
        for name, count in sorted(self.counts.items()):
            yield f"  {count:7}  {name}"


def rows() -> list[str]:
    """Return the words of the rows of the table of moves."""
    return [row_of(move) for move in MOVES]


def row_of(move: Move) -> str:
    """Return a row of the table of moves in words."""
    start = ", ".join("new" if state is None else state.value for state in move.start)
    if len(move.start) > 6:
        start = f"{len(move.start)} states"
    return f"{move.kind} in {start}" + (f", where {move.when.text}" if move.when else "")


def coverage(story: Story) -> Coverage:
    """Count what happened in one run."""
    found = Coverage(seeds=1)
    found.faults.update({fault.value for fault in story.world.fired})
    found.moves.update(_moves(story))
    found.delays.update(_delay(seconds) for seconds in story.hidden.values())
    found.counts.update(call.kind for call in story.calls)
    found.counts["runs"] = len(story.runs)
    found.counts["passes"] = sum(task.parent is None for task in story.world.tasks.values())
    found.counts["commits"] = len(story.journal.tips)
    return found


def _delay(seconds: float) -> str:
    if seconds <= 0:
        return _NONE
    return next(name for bound, name in _DELAYS if seconds <= bound)


def _moves(story: Story) -> Iterator[str]:
    """Return the row of each event of a workflow, folded step by step as the branch had it."""
    events: dict[Subject, list[Event]] = {}
    for one in story.ledger.written:
        subject = one.event.subject
        if subject.workflow is None:
            continue
        before = events.setdefault(subject, [])
        number = one.event.number
        # What was lost when the branch was set back is not before what landed since.
        before[:] = [event for event in before if event.number < number]
        yield _row(fold_workflow(subject, before) if before else None, one.event.draft)
        before.append(one.event)


def _row(workflow: Workflow | None, draft: Draft) -> str:
    state = None if workflow is None else workflow.state
    for move in MOVES:
        fits = move.kind == draft.kind and state in move.start
        if fits and (move.when is None or workflow is None or move.when.holds(workflow)):
            return row_of(move)
    return _ILLEGAL


def total(some: Iterable[Coverage]) -> Coverage:
    """Return the sum of counts."""
    found = Coverage()
    for one in some:
        found.add(one)
    return found
