"""Tasks of the simulated world: processes that run until they end or are killed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from greenlet import greenlet

from cmcompile.model.body import Process


class Killed(BaseException):
    """The task is dead: it is raised at its boundary, and again at each later one."""


class Victims(Enum):
    """Who dies at a boundary."""

    ALONE = "alone"
    CHILD = "child"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class KillAt:
    """A single crash, exactly there.

    Attributes
    ----------
    boundary
        The how-manieth boundary of the task, from 1.
    """

    task: str
    boundary: int
    victims: Victims = Victims.ALONE


class State(Enum):
    """Where a task stands."""

    ALIVE = "alive"
    ENDED = "ended"
    KILLED = "killed"


class Task:
    """A process in the world.

    Attributes
    ----------
    name
        Unique in its world.
    process
        As `cmcompile.model.child.Host` tells it from others.
    parent
        The task that started it, if any.
    mortal
        Whether chance may kill or pause it; people are not.
    passed
        How many boundaries it has passed.
    result, error
        What its function returned, or raised.
    at_end
        Called once, when it ends or dies, before anything of it is unwound: its pipes are closed there.
    """

    __slots__ = (
        "at_end",
        "children",
        "error",
        "greenlet",
        "mortal",
        "name",
        "parent",
        "passed",
        "process",
        "ready",
        "result",
        "state",
        "until",
    )

    def __init__(self, name: str, process: Process, parent: Task | None, *, mortal: bool) -> None:
        self.name, self.process, self.parent, self.mortal = name, process, parent, mortal
        self.children: list[Task] = []
        self.state = State.ALIVE
        self.passed = 0
        self.result: object = None
        self.error: BaseException | None = None
        self.at_end: list[Callable[[], None]] = []
        self.greenlet: greenlet | None = None
        #: What it waits for: a condition, or a time; it goes on with whichever comes first.
        self.ready: Callable[[], bool] | None = None
        self.until = -math.inf

    def __repr__(self) -> str:
        return f"<Task {self.name} {self.state.value}>"

    @property
    def alive(self) -> bool:
        """Whether it neither ended nor was killed."""
        return self.state is State.ALIVE
