"""Tasks as greenlets: one runs at a time, until it yields, ends, or is killed."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import TracebackType
from typing import Self

from greenlet import GreenletExit, getcurrent, greenlet

from cmcompile.model.body import Process
from cmcompile.sim.far.task import Killed, State, Task, Victims


class Turns:
    """Tasks, and what they did.

    Attributes
    ----------
    now
        Seconds since the world began.
    tasks
        All there ever were, by name.
    trace
        What happened: time, task (empty: the world itself), text.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.tasks: dict[str, Task] = {}
        self.trace: list[tuple[float, str, str]] = []
        #: Tasks that are not over; the one that ran last stands last.
        self._alive: list[Task] = []
        self._current: Task | None = None
        #: Where tasks return to when others are to go on.
        self._hub = getcurrent()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def spawn(
        self,
        name: str,
        run: Callable[[], object],
        process: Process,
        *,
        parent: Task | None = None,
        mortal: bool = True,
    ) -> Task:
        """Start a task; it begins at some later turn.

        Parameters
        ----------
        name
            A number is appended where there is one of that name.
        parent
            Whose child it is; by default that of the task that calls.
        """
        current = self._current
        if current is not None and not current.alive:
            raise Killed(current.name)
        same = sum(1 for other in self.tasks if other == name or other.startswith(f"{name}#"))
        task = Task(f"{name}#{same + 1}" if same else name, process, parent or current, mortal=mortal)
        task.greenlet = greenlet(lambda: self._body(task, run))
        if task.parent is not None:
            task.parent.children.append(task)
        self.tasks[task.name] = task
        self._alive.append(task)
        self.note(f"starts {task.name}")
        return task

    def current(self) -> Task | None:
        """Return the task that is running; None: the world itself."""
        return self._current

    def kill(self, task: Task, victims: Victims = Victims.ALONE) -> None:
        """Kill a task; it performs no effect from now on. One that is over stays as it is."""
        doomed = [] if victims is Victims.CHILD else [task]
        if victims is not Victims.ALONE:
            doomed += task.children
        doomed = [one for one in doomed if one.alive]
        for one in doomed:
            self.note(f"kills {one.name}")
            self._over(one, State.KILLED)
        for one in doomed:
            self._unwind(one)
        if self._current is not None and not self._current.alive:
            raise Killed(self._current.name)

    def close(self) -> None:
        """Kill all tasks that are not over."""
        for task in list(self._alive):
            self.kill(task)

    def note(self, text: str) -> None:
        """Append to the trace."""
        task = self._current
        self.trace.append((self.now, task.name if task is not None else "", text))

    def told(self) -> str:
        """Return the trace as a person reads it."""
        return "".join(f"{time:12.2f} {task or '-':16} {text}\n" for time, task, text in self.trace)

    def _body(self, task: Task, run: Callable[[], object]) -> None:
        try:
            task.result = run()
        except (Killed, GreenletExit):
            pass
        except (Exception, SystemExit) as error:
            task.error = error
            self.note(f"ends with {type(error).__name__}: {error}")
        finally:
            if task.alive:
                self._over(task, State.ENDED)

    def _over(self, task: Task, state: State) -> None:
        task.state = state
        self._alive.remove(task)
        for close in task.at_end:
            close()

    def _unwind(self, task: Task) -> None:
        """Let a dead task's own cleaning run, which has no effect in the world any more."""
        before, own = self._current, task.greenlet
        if not own or own is getcurrent():
            return  # it never began, is over, or unwinds by itself at its next boundary
        own.parent = getcurrent()
        self._current = task
        try:
            own.throw(Killed(task.name))
        finally:
            self._current = before

    def _resume(self, task: Task) -> None:
        self._alive.remove(task)
        self._alive.append(task)
        task.ready, task.until = None, -math.inf
        self._current = task
        try:
            if task.greenlet is not None:
                task.greenlet.parent = self._hub
                task.greenlet.switch()
        finally:
            self._current = None

    def _yield(self, task: Task) -> None:
        """Let others go on; return when it is this one's turn again."""
        self._hub.switch()
        if not task.alive:
            raise Killed(task.name)
