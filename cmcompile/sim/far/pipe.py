"""Pipes between tasks."""

from __future__ import annotations

from collections import deque

from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.task import Task


class PipeEnd:
    """One of two ends; lines written to one are read at the other.

    It is closed when the task that holds it is over. What was written before can still be read.
    """

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self.closed = False
        self._world = world
        self._lines: deque[str] = deque()
        #: The beginning of a line that is being written to the other end.
        self._part = ""
        self._other = self

    def join(self, other: PipeEnd) -> None:
        """Make two ends one pipe."""
        self._other, other._other = other, self

    def hold(self, task: Task) -> None:
        """Let a task hold this end: when it is over, the end is closed."""
        if task.alive:
            task.at_end.append(self._shut)
        else:
            self._shut()

    def ready(self) -> bool:
        """Tell whether `read` would return at once: a line is there, or one of the ends is closed."""
        return bool(self._lines) or self.closed or self._other.closed

    def read(self) -> str | None:
        """Return the next line with its end; waits for it. None: one of the ends is closed.

        A last line without an end was cut off.
        """
        self._world.wait(self.ready, f"{self.name} read")
        line = self._taken() if self.ready() and not self.closed else None
        self._world.point(f"{self.name} has read")
        return line

    def write(self, line: str) -> None:
        """Write a line, given with its end, in two pieces: whoever is killed in between cuts it off.

        Raises
        ------
        BrokenPipeError
            When one of the ends is closed.
        """
        self._world.point(f"{self.name} write")
        self._open()
        cut = (len(line) // 2, len(line) - 1)[self._world.choices.pick("pieces", 2)]
        self._part = line[:cut]
        self._world.point(f"{self.name} half written")
        self._part = ""
        self._open()
        self._other._lines.append(line)
        self._world.point(f"{self.name} written")

    def _open(self) -> None:
        if self.closed or self._other.closed:
            raise BrokenPipeError(f"pipe {self.name} is closed")

    def _taken(self) -> str | None:
        if self._lines:
            return self._lines.popleft()
        part, self._other._part = self._other._part, ""
        return part or None

    def close(self) -> None:
        """Close this end; it may be repeated."""
        if not self.closed:
            self._world.point(f"{self.name} close")
            self._shut()

    def _shut(self) -> None:
        self.closed = True


def pipe(world: World, name: str) -> tuple[PipeEnd, PipeEnd]:
    """Return the two ends of a new pipe; nobody holds them yet."""
    near, far = PipeEnd(world, name), PipeEnd(world, f"{name}'")
    near.join(far)
    return near, far
