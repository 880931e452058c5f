from __future__ import annotations

import pytest
from far_worlds import dull, start

from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.faults import Rates
from cmcompile.sim.far.pipe import PipeEnd, pipe
from cmcompile.sim.far.scheduler import TICK, World
from cmcompile.sim.far.task import KillAt, State


def all_read(end: PipeEnd, into: list[str | None]) -> None:
    while not into or into[-1] is not None:
        into.append(end.read())


@pytest.mark.parametrize("seed", range(20))
def test_lines_go_both_ways_in_order(seed: int) -> None:
    with World(Choices(seed), Rates(0.5)) as world:
        near, far = pipe(world, "pipe")
        heard: list[str | None] = []

        def echo() -> None:
            while (line := far.read()) is not None:
                far.write(f"<{line}")

        def say() -> None:
            for number in range(5):
                near.write(f"{number}\n")
            heard.extend(near.read() for _ in range(5))
            near.close()
            near.close()

        far.hold(start(world, "echo", echo))
        near.hold(start(world, "say", say))
        assert world.run()
        assert heard == [f"<{number}\n" for number in range(5)]
        assert {task.state for task in world.tasks.values()} == {State.ENDED}, "the echo saw the end of file"
        assert near.read() is None


@pytest.mark.parametrize(
    ("boundary", "read"),
    [
        (1, [None]),
        (2, ["hel", None]),
        (3, ["hello\n", None]),
        (4, ["hello\n", None]),
        (5, ["hello\n", "wor", None]),
        (6, ["hello\n", "world\n", None]),
    ],
)
def test_end_of_file_when_the_writer_dies(boundary: int, read: list[str | None]) -> None:
    with World(Choices.dull(), kill_at=KillAt("writer", boundary)) as world:
        near, far = pipe(world, "pipe")
        heard: list[str | None] = []

        def write() -> None:
            near.write("hello\n")
            near.write("world\n")
            world.sleep(1e9)

        start(world, "reader", lambda: all_read(far, heard))
        near.hold(start(world, "writer", write))
        world.run()
        assert heard == read
        assert world.tasks["reader"].state is State.ENDED


def test_writing_to_the_dead() -> None:
    with dull() as world:
        near, far = pipe(world, "pipe")
        child = start(world, "child", lambda: world.sleep(10.0))
        far.hold(child)
        near.write("nobody reads it\n")
        world.kill(child)
        assert near.ready()
        with pytest.raises(BrokenPipeError):
            near.write("x\n")
        assert near.read() is None
        late, other = pipe(world, "late")
        late.hold(child)
        assert other.read() is None, "whoever is dead holds nothing"


def test_a_reader_that_dies_in_between_breaks_the_pipe() -> None:
    with dull() as world:
        near, far = pipe(world, "pipe")
        child = start(world, "child", lambda: world.sleep(1e6))
        far.hold(child)
        world.run(1.0)
        raised: list[bool] = []

        def write() -> None:
            with pytest.raises(BrokenPipeError):
                near.write("x\n")
            raised.append(True)

        # Its second boundary stands between the pieces.
        world.later(1.5 * TICK, "", lambda: world.kill(child))
        start(world, "writer", write)
        world.run()
        assert raised == [True]
