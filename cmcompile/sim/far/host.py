"""A machine of the simulated world, and its processes."""

from __future__ import annotations

from cmcompile.model.body import Process
from cmcompile.sim.far.scheduler import World

#: The first process id of a machine after its start.
_FIRST = 100


class SimHost:
    """A machine; implements ``Host`` for each task on it.

    Attributes
    ----------
    boot_id
        Changes with each start of the machine.
    """

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self._starts = 0
        self._next = _FIRST

    @property
    def boot_id(self) -> str:
        """The id of this start of the machine."""
        return f"{self.name}-boot-{self._starts}"

    def process(self) -> Process:
        """Return a new process, to spawn a task with."""
        self._next += 1
        return Process(self.name, self.boot_id, self._next - 1)

    def here(self) -> Process:
        """Return the process of the task that asks.

        Raises
        ------
        RuntimeError
            When no task of this machine does.
        """
        task = self.world.current()
        if task is None or task.process.host != self.name:
            raise RuntimeError(f"nothing that runs on {self.name} asks")
        return task.process

    def alive(self, process: Process) -> bool | None:
        """Tell whether a process lives; None: it is of another machine."""
        self.world.point("host.alive")
        if process.host != self.name:
            return None
        return any(task.alive and task.process == process for task in self.world.tasks.values())

    def reboot(self) -> None:
        """Kill all tasks on this machine, and start it anew."""
        self.world.note(f"{self.name} is started anew")
        self._starts += 1
        self._next = _FIRST
        there = [task for task in self.world.tasks.values() if task.alive and task.process.host == self.name]
        own = self.world.current()
        for task in sorted(there, key=lambda one: one is own):
            self.world.kill(task)
