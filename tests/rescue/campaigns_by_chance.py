"""Small campaigns by chance, and the smallest rescue of them by trying all: independent of what is tested.

A campaign has a pipeline of tasks over visit, detector and tract; it was run with one submission per group,
and some of its quanta have no outputs. The brute force knows rows (one per visit and detector), which quanta
read which rows, and nothing else: it tries every set of tasks with every set of rows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome

DIMENSIONS: tuple[tuple[str, ...], ...] = (("visit", "detector"), ("visit",))
#: At most so many quanta has a campaign.
MOST = 30

Row = tuple[int, int]
ACTIONS = ("rescue", "rescue", "rescue", "more_memory", "review", "accept", "quarantine")


@dataclass
class Chance:
    """A campaign and what became of it.

    Attributes
    ----------
    tasks
        In order, each with its dimensions.
    groups
        Per group id, its visits.
    failures
        Per quantum, how it failed; what is not named succeeded.
    actions
        Per failed quantum, what a policy says.
    """

    tasks: dict[str, tuple[str, ...]]
    visits: list[int]
    detectors: list[int]
    size: int
    failures: dict[Quantum, Fault] = field(default_factory=dict)
    actions: dict[Quantum, str] = field(default_factory=dict)

    @property
    def groups(self) -> dict[str, list[int]]:
        cut = range(0, len(self.visits), self.size)
        return {str(n): self.visits[at : at + self.size] for n, at in enumerate(cut, 1)}

    def rows(self, group: str) -> list[Row]:
        return [(v, d) for v in self.groups[group] for d in self.detectors]

    def quanta(self, group: str) -> dict[Quantum, frozenset[Row]]:
        """Return the quanta of a group, with the rows that each reads."""
        found: dict[Quantum, set[Row]] = {}
        for task, dims in self.tasks.items():
            for visit, detector in self.rows(group):
                own = {"visit": visit, "detector": detector}
                text = ", ".join(f"{n}={own[n]}" for n in sorted(dims))
                found.setdefault(Quantum(task, f"{text}, instrument=A"), set()).add((visit, detector))
        return {quantum: frozenset(rows) for quantum, rows in found.items()}

    def outcome(self, group: str) -> Outcome:
        quanta = self.quanta(group)
        failed = [Failure(q, self.failures[q]) for q in quanta if q in self.failures]
        counts = {task: [q for q in quanta if q.task == task] for task in self.tasks}
        tasks = tuple(
            TaskOutcome(task, len(some), sum(q not in self.failures for q in some))
            for task, some in counts.items()
        )
        return Outcome(tasks, tuple(failed))

    def spec(self) -> str:
        return SPEC.replace("VISITS", str(self.visits)).replace("SIZE", str(self.size))


SPEC = """\
cmcompile: 1
campaign: c   # by chance
where: instrument='A'
collect: u/c
bps:
  pipelineYaml: ${DRP_PIPE_DIR}/p.yaml#${{ step.name }}
  payload: {butlerConfig: /repo/main}
inputs: [raw]
step_defaults: {collect: "u/c/${{ step.name }}"}
steps:
  # one step
  one:
    split: [{by: visit, values: VISITS, size: SIZE}]
    bps: {pipetask: {a: {requestMemory: 1000}}}
"""


def campaign(seed: int) -> Chance:
    """Return a campaign by chance; no quantum of several groups has one name."""
    chance = random.Random(seed)
    while True:
        tasks = {name: chance.choice(DIMENSIONS) for name in "abcd"[: chance.choice([1, 2, 2, 3, 3, 4])]}
        visits = sorted(chance.sample(range(1, 30), chance.choice([1, 2, 3, 4, 6])))
        detectors = list(range(chance.choice([1, 2, 3])))
        made = Chance(tasks, visits, detectors, chance.choice([1, 2, 3]))
        every = [q for group in made.groups for q in made.quanta(group)]
        if len(every) <= MOST:
            break
    _fail(made, chance)
    return made


def _fail(made: Chance, chance: random.Random) -> None:
    """Let quanta fail; of what reads the rows of a failed one of an earlier task, most never run."""
    rate = chance.choice([0.1, 0.3, 0.6])
    for group in made.groups:
        down: dict[str, set[Row]] = {}
        for quantum, rows in made.quanta(group).items():
            before = set().union(*(r for task, r in down.items() if task != quantum.task))
            if rows & before and chance.random() < 0.8:
                made.failures[quantum] = Fault.BLOCKED
            elif chance.random() < rate:
                made.failures[quantum] = chance.choice([Fault.FAILED, Fault.FAILED, Fault.OTHER])
                made.actions[quantum] = chance.choice(ACTIONS)
                down.setdefault(quantum.task, set()).update(rows)


@dataclass(frozen=True)
class Wanted:
    """What is to be run of a group, by the words of the documentation.

    Attributes
    ----------
    need
        Each with the rows that it must be able to read.
    never
        Rows that nothing may read.
    """

    need: dict[Quantum, frozenset[Row]]
    others: dict[Quantum, frozenset[Row]]
    never: frozenset[Row]


AGAIN = ("rescue", "more_memory")


def wanted(made: Chance, group: str) -> Wanted:
    quanta = made.quanta(group)
    lacking = {q: rows for q, rows in quanta.items() if q in made.failures}
    never = {row for q, rows in lacking.items() if made.actions.get(q) == "quarantine" for row in rows}
    order = list(made.tasks)
    need: dict[Quantum, frozenset[Row]] = {}
    others: dict[Quantum, frozenset[Row]] = {}
    for quantum, rows in lacking.items():
        left = rows - never
        if not left:
            continue
        action = made.actions.get(quantum)
        if made.failures[quantum] is Fault.BLOCKED:
            before = [
                made.actions[q]
                for q, r in lacking.items()
                if q in made.actions and order.index(q.task) < order.index(quantum.task) and r & rows
            ]
            run = not before or any(a in (*AGAIN, "quarantine") for a in before)
        else:
            run = action in AGAIN
        (need if run else others)[quantum] = left
    return Wanted(need, others, frozenset(never))


def fewest(made: Chance, group: str) -> int:
    """Return the fewest quanta that make good what is wanted, over all ways to choose tasks and rows.

    Passes follow each other; each runs what is lacking in its tasks and rows, and must give what it is for
    all the rows that it reads.
    """
    ask = wanted(made, group)
    if not ask.need:
        return 0
    best = len(ask.need) + len(ask.others)
    for parts in _partitions(list(dict.fromkeys(q.task for q in ask.need))):
        total = 0
        for tasks in parts:
            need = {q: rows for q, rows in ask.need.items() if q.task in tasks}
            others = {q: rows for q, rows in ask.others.items() if q.task in tasks}
            total += _pass(made.rows(group), need, others, ask.never)
        best = min(best, total)
    return best


def fewest_of_all_tasks(made: Chance, group: str) -> int:
    """Return the fewest quanta where tasks can't be chosen."""
    ask = wanted(made, group)
    return _pass(made.rows(group), ask.need, ask.others, ask.never) if ask.need else 0


def _pass(
    rows: list[Row],
    need: dict[Quantum, frozenset[Row]],
    others: dict[Quantum, frozenset[Row]],
    never: frozenset[Row],
) -> int:
    found = []
    allowed = [row for row in rows if row not in never]
    for count in range(len(allowed) + 1):
        for some in combinations(allowed, count):
            taken = set(some)
            if all(r <= taken for r in need.values()):
                found.append(len(need) + sum(bool(r & taken) for r in others.values()))
    return min(found)


def _partitions(items: list[str]) -> Iterator[list[list[str]]]:
    if not items:
        yield []
        return
    first, *rest = items
    for parts in _partitions(rest):
        yield [[first], *parts]
        for at in range(len(parts)):
            yield [*parts[:at], [first, *parts[at]], *parts[at + 1 :]]
