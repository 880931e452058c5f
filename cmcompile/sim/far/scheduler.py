"""The world: virtual time, tasks that take turns at their effects, and what happens by itself."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from greenlet import getcurrent

from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.clock import WorldClock
from cmcompile.sim.far.faults import CALM, Fault, Rates
from cmcompile.sim.far.mishaps import VICTIMS, Mishap, Table, Turn, table
from cmcompile.sim.far.task import KillAt, Killed, Task, Victims
from cmcompile.sim.far.timers import Timers
from cmcompile.sim.far.turns import Turns

#: How long each boundary takes, in seconds.
TICK = 0.01
#: For how long a paused task typically stands still, in seconds.
PAUSE = 1800.0
#: By how much a clock is typically wrong, in seconds.
SKEW = 300.0


class World(Turns):
    """A world in one thread: the same choices give the same run, and the same trace.

    Tasks go on one at a time, from one boundary (`point`) to the next. Whatever is called outside of any
    task, by a test or by `later`, passes no boundary and has no faults. Leave the world with ``with``, or
    `close` it, to end tasks that are not over.

    Parameters
    ----------
    choices
        Decide all that is random.
    rates
        How often tasks take turns, and what goes wrong how often.
    kill_at
        A crash that happens whatever is chosen.
    most
        So many boundaries are passed at most, by all tasks together; then all are killed and ``exhausted`` is
        set.

    Attributes
    ----------
    choices
        As given: what was chosen stands in them.
    fired
        How often each fault happened.
    exhausted
        Whether there were too many boundaries.
    """

    def __init__(
        self, choices: Choices, rates: Rates = CALM, *, kill_at: KillAt | None = None, most: int = 200_000
    ) -> None:
        super().__init__()
        self.choices = choices
        self.fired: Counter[Fault] = Counter()
        self.exhausted = False
        self._rates = rates
        self._kill_at = kill_at
        self._left = most
        self._timers = Timers()
        self._tables: dict[tuple[bool, tuple[Fault, ...]], Table] = {}

    @property
    def rates(self) -> Rates:
        """How often what goes wrong; may be set while the world runs."""
        return self._rates

    @rates.setter
    def rates(self, rates: Rates) -> None:
        self._rates = rates
        self._tables.clear()

    def point(self, label: str, faults: tuple[Fault, ...] = ()) -> Fault | None:
        """Pass a boundary: just before an effect takes place, or just after.

        Here other tasks may go on, time passes, and the task may be killed or paused.

        Parameters
        ----------
        faults
            What may go wrong with the effect that follows.

        Returns
        -------
        fault
            Which of them did; whoever calls makes it happen. None: nothing.

        Raises
        ------
        Killed
            When the task is killed here, or was before.
        """
        task = self._current
        if task is None:
            return None
        if not task.alive:
            raise Killed(task.name)
        task.passed += 1
        self.now += TICK
        self._left -= 1
        if self._left < 0:
            self._exhaust(task)
        if self._timers.due <= self.now:
            self._happen()
            if not task.alive:
                raise Killed(task.name)
        if self._kill_at is not None:
            self._planned(task, label, self._kill_at)
        table = self._tables.get((task.mortal, faults)) or self._table(task.mortal, faults)
        chosen = self.choices.pick(label, table.weights)
        return self._mishap(task, label, table.mishaps[chosen]) if chosen else None

    def wait(self, ready: Callable[[], bool], label: str, until: float = math.inf) -> bool:
        """Wait for a condition, or until a time of the world; return the condition.

        It begins with a boundary. The condition changes nothing and passes none. From outside of any task,
        the world runs meanwhile.
        """
        task = self._current
        if task is None:
            self.run(until, ready)
            return ready()
        self.point(label)
        if not ready() and self.now < until:
            task.ready, task.until = ready, until
            self._yield(task)
        return ready()

    def sleep(self, seconds: float) -> None:
        """Let a task wait."""
        self.wait(_never, "sleep", self.now + max(seconds, 0.0))

    def clock(self, skew: float = 0.0) -> WorldClock:
        """Return a clock that is wrong by so many seconds."""
        return WorldClock(self, skew)

    def some_clock(self) -> WorldClock:
        """Return a clock that is before or behind the time where `Fault.SKEW` happens."""
        if not self.drawn(Fault.SKEW):
            return self.clock()
        seconds = self.choices.seconds("skew", SKEW) * (1 - 2 * self.choices.pick("skew behind", 2))
        self.fire(Fault.SKEW, f"by {seconds} s")
        return self.clock(seconds)

    def later(self, delay: float, label: str, effect: Callable[[], object]) -> None:
        """Let something happen by itself, after so many seconds."""
        self._timers.add(self.now + max(delay, 0.0), label, effect)

    def fire(self, fault: Fault, text: str = "") -> None:
        """Tell that a fault happened."""
        self.fired[fault] += 1
        self.note(f"{fault.value}: {text}" if text else fault.value)

    def drawn(self, fault: Fault) -> bool:
        """Draw whether something goes wrong that is no matter of a boundary; whoever asks tells (`fire`)."""
        rate = self._rates.of(fault)
        return rate > 0 and self.choices.chance(fault.value, rate)

    def run(self, limit: float = math.inf, until: Callable[[], bool] | None = None) -> bool:
        """Run until nothing is left to do, or a time of the world, or a condition.

        Returns
        -------
        done
            Whether nothing is left: each task is over, or waits for what never comes.
        """
        if self._current is not None:
            raise RuntimeError("a task can't run the world")
        self._hub = getcurrent()
        while until is None or not until():
            ready = [task for task in self._alive if self._runnable(task)]
            if not ready:
                due = min([self._timers.due, *(task.until for task in self._alive)])
                if due > limit or due == math.inf:
                    self.now = max(self.now, limit if limit < math.inf else self.now)
                    return due == math.inf
                self.now = max(self.now, due)
                self._happen()
            elif self.now > limit:
                return False
            else:
                self._resume(ready[self.choices.pick("next", len(ready)) if len(ready) > 1 else 0])
        return False

    def _runnable(self, task: Task) -> bool:
        return task.until <= self.now or (task.ready is not None and task.ready())

    def _happen(self) -> None:
        """Let happen what is due."""
        current, self._current = self._current, None
        try:
            while self._timers.due <= self.now:
                label, effect = self._timers.pop()
                if label:
                    self.note(label)
                effect()
        finally:
            self._current = current

    def _table(self, mortal: bool, faults: tuple[Fault, ...]) -> Table:
        made = table(self._rates, faults, mortal=mortal)
        self._tables[mortal, faults] = made
        return made

    def _planned(self, task: Task, label: str, plan: KillAt) -> None:
        if plan.task == task.name and plan.boundary == task.passed:
            self.note(f"dies as planned at {label}")
            self.kill(task, plan.victims)

    def _mishap(self, task: Task, label: str, mishap: Mishap) -> Fault | None:
        if isinstance(mishap, Turn):
            if any(other is not task and self._runnable(other) for other in self._alive):
                self._yield(task)
            return None
        if mishap in VICTIMS:
            victims = VICTIMS[mishap]
            if victims is Victims.ALONE or any(child.alive for child in task.children):
                self.fire(mishap, f"at {label}")
                self.kill(task, victims)
            return None
        if mishap is Fault.PAUSE:
            seconds = self.choices.seconds("pause", PAUSE)
            self.fire(mishap, f"{seconds} s at {label}")
            task.until = self.now + seconds
            self._yield(task)
            return None
        self.fire(mishap, f"at {label}")
        return mishap

    def _exhaust(self, task: Task) -> None:
        self.exhausted = True
        self.note("too many boundaries: all tasks are killed")
        for other in [one for one in self._alive if one is not task]:
            self.kill(other)
        self.kill(task)


def _never() -> bool:
    return False
