from __future__ import annotations

from dataclasses import replace

import pytest
from far_worlds import done, dull

from cmcompile.sim.far.host import SimHost
from cmcompile.sim.far.task import State


def test_a_start_of_the_machine_kills_all_on_it() -> None:
    with dull() as world:
        alpha, beta = SimHost(world, "alpha"), SimHost(world, "beta")
        one, two = alpha.process(), alpha.process()
        own = world.spawn("one", lambda: world.sleep(10.0), one)
        world.spawn("two", lambda: world.sleep(1e6), two)
        other = world.spawn("other", lambda: world.sleep(1e6), beta.process())
        world.run(20.0)
        assert own.state is State.ENDED
        assert (alpha.alive(one), alpha.alive(two), beta.alive(two)) == (False, True, None)
        before = alpha.boot_id
        alpha.reboot()
        assert alpha.boot_id != before
        assert alpha.alive(two) is False
        assert beta.alive(other.process) is True
        anew = alpha.process()
        assert anew == replace(one, boot_id=alpha.boot_id), "numbers begin anew, and are told apart"


def test_a_task_that_starts_its_own_machine_anew_dies_last() -> None:
    with dull() as world:
        host = SimHost(world, "alpha")
        log: list[str] = []

        def reboot() -> None:
            world.sleep(1.0)
            host.reboot()
            log.append("lives")

        tasks = [
            world.spawn("one", reboot, host.process()),
            world.spawn("two", lambda: world.sleep(1e6), host.process()),
        ]
        world.run()
        assert [task.state for task in tasks] == [State.KILLED] * 2
        assert log == []


def test_who_asks_must_run_there() -> None:
    with dull() as world:
        host = SimHost(world, "beta")
        with pytest.raises(RuntimeError):
            host.here()
        with pytest.raises(RuntimeError):
            done(world, host.here)
