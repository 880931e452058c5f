"""Preparing children as tasks of the world: the real child code, over simulated pipes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from cmcompile.apply.child.errors import MessageError
from cmcompile.apply.child.messages import encode, word_of
from cmcompile.apply.child.parent import End, PipeChild
from cmcompile.apply.child.serve import serve
from cmcompile.model.child import (
    Child,
    Driver,
    Interrupts,
    NoReply,
    NotReady,
    Order,
    Preparation,
    Ready,
    Reply,
    Taken,
)
from cmcompile.model.event import Draft, Subject
from cmcompile.model.outcome import Quantum
from cmcompile.model.ports import Clock
from cmcompile.model.stamp import stamp
from cmcompile.model.wms import NoAnswer
from cmcompile.sim.far.host import SimHost
from cmcompile.sim.far.pipe import PipeEnd, pipe
from cmcompile.sim.far.runs import Job
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.skipped import not_there
from cmcompile.sim.far.task import Task
from cmcompile.sim.far.wms import SimWms

#: For how long a child that is closed is waited for, in seconds.
_GRACE = 5.0


def usual_quanta(subject: Subject) -> tuple[Quantum, ...]:
    """Return none: the quanta of a run are then named after its output."""
    return ()


@dataclass(slots=True)
class Preparing:
    """How preparing goes.

    Attributes
    ----------
    takes
        For how long, typically, in seconds.
    transient, hard
        The probabilities that it fails.
    quanta
        Returns what a run of a group is to make: a rescue makes again what it covers.
    """

    takes: float = 600.0
    transient: float = 0.05
    hard: float = 0.01
    quanta: Callable[[Subject], tuple[Quantum, ...]] = usual_quanta


class Heard:
    """The child's end of its pipe, which remembers the gate that the last word named."""

    def __init__(self, end: PipeEnd) -> None:
        self._end = end
        self.gate = ""

    def read(self) -> str | None:
        """Return the next line."""
        line = self._end.read()
        try:
            self.gate = word_of(line or "").gate
        except MessageError:
            self.gate = ""
        return line

    def write(self, line: str) -> None:
        """Say a line."""
        self._end.write(line)


class SimDriver:
    """Prepares by waiting, and calls the simulated workload system; implements ``Driver``."""

    def __init__(self, world: World, wms: SimWms, clock: Clock, heard: Heard, how: Preparing) -> None:
        self._world = world
        self._wms = wms
        self._clock = clock
        self._heard = heard
        self._how = how

    def prepare(self, order: Order) -> Preparation:
        """Make the graph; it may fail."""
        world, how = self._world, self._how
        world.sleep(how.takes / 2 + min(world.choices.seconds("preparing", how.takes / 2), 20 * how.takes))
        if world.choices.chance("preparing fails for now", how.transient):
            return NotReady("a server was not there", transient=True)
        if world.choices.chance("preparing fails", how.hard):
            return NotReady("the pipeline has an error")
        return Ready({"graph.qgraph": "0" * 64}, 4)

    def call(self, order: Order) -> Reply:
        """Ask for the run, once."""
        gate = self._heard.gate
        if order.restart:
            answer = self._wms.restart(order.wms, order.restart, order.claim, gate)
        else:
            every, runs = self._how.quanta(order.subject), self._wms.runs.values()
            quanta = not_there(every, order.files, runs, order.output_run)
            job = Job(order.run_name, order.output_run, quanta, order.claim, gate)
            answer = self._wms.submit(order.wms, job)
        if isinstance(answer, NoAnswer):
            return NoReply(answer.why)
        return Taken(answer, stamp(self._clock.now()))


class SimFar:
    """The parent's end of a pipe, and the task at the other end; implements ``Far``."""

    def __init__(self, world: World, near: PipeEnd, task: Task, interrupts: Interrupts) -> None:
        self._world = world
        self._near = near
        self._task = task
        self._interrupts = interrupts

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._task.process.pid

    @property
    def alive(self) -> bool:
        """Whether the child is not over."""
        return self._task.alive

    @property
    def answers(self) -> bool:
        """Whether `read` would return at once."""
        return self._near.ready()

    def wait(self) -> bool:
        """Wait until it would. False: a person interrupted, twice."""
        self._world.wait(lambda: self._near.ready() or self._interrupts.asked > 1, "child")
        return self._near.ready()

    def read(self) -> str | None:
        """Return the next line."""
        return self._near.read()

    def write(self, line: str) -> None:
        """Say a line."""
        self._near.write(line)

    def end(self) -> End:
        """Tell how the child ended."""
        self._world.wait(lambda: not self._task.alive, "child ends", self._world.now + _GRACE)
        if self._task.alive:
            return End("it closed its pipe")
        killed = self._task.state.value == "killed"
        return End("it was ended by signal 9" if killed else "it ended with exit code 0", killed)

    def close(self, *, said: bool, heard: bool) -> None:
        """Close the pipe; a child without the word is killed if it does not end."""
        self._near.close()
        if said and not heard:
            return
        self._world.wait(lambda: not self._task.alive, "child ends", self._world.now + _GRACE)
        if not said and self._task.alive:
            self._world.kill(self._task)


class SimLauncher:
    """Starts children on a host; implements ``Launcher``.

    Parameters
    ----------
    keep
        Keeps a reply where a later process of the host finds it.
    """

    def __init__(
        self,
        host: SimHost,
        wms: SimWms,
        clock: Clock,
        keep: Callable[[Draft], None],
        how: Preparing,
        interrupts: Interrupts,
        driver: Callable[[World, SimWms, Clock, Heard, Preparing], Driver] = SimDriver,
    ) -> None:
        self._host = host
        self._world = host.world
        self._wms = wms
        self._clock = clock
        self._keep = keep
        self._how = how
        self._interrupts = interrupts
        self._driver = driver

    def start(self, order: Order) -> Child | NotReady:
        """Start a child, and give it its order."""
        world, parent = self._world, self._world.current()
        world.point("child start")
        near, far = pipe(world, f"pipe of {order.claim[:6]}")
        heard = Heard(far)
        driver = self._driver(world, self._wms, self._clock, heard, self._how)
        name = f"child of {'the world' if parent is None else parent.name}"

        def run() -> object:
            return serve(heard, driver, self._keep, world.note)

        task = world.spawn(name, run, self._host.process())
        far.hold(task)
        if parent is not None:
            near.hold(parent)
        started = SimFar(world, near, task, self._interrupts)
        child = PipeChild(started, order.claim)
        world.point("child started")
        try:
            started.write(encode(order))
        except OSError as error:
            child.stop()
            return NotReady(f"the child could not be told its order: {error}", transient=True)
        return child

    def first(self, children: Collection[Child]) -> Child | None:
        """Wait until one of some children has prepared, or has ended. None: a person interrupted."""
        interrupts = self._interrupts
        self._world.wait(lambda: any(map(_answers, children)) or interrupts.asked > 0, "first child")
        return next(filter(_answers, children), None)


def _answers(child: Child) -> bool:
    return isinstance(child, PipeChild) and isinstance(child.far, SimFar) and child.far.answers
