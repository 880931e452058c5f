"""What every ``Host`` must do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from cmcompile.model.body import Process
from cmcompile.model.child import Host


class HostBench(Protocol):
    """A machine, and its processes. Checks run in one of them."""

    @property
    def host(self) -> Host:
        """The one under test."""

    def start(self) -> Process:
        """Start another process, which lives until it is ended."""

    def end(self, process: Process) -> None:
        """Kill a process that was started, and wait until it is gone."""


def this_process_lives(bench: HostBench) -> None:
    here = bench.host.here()
    assert here == bench.host.here()
    assert here.host
    assert here.boot_id
    assert here.pid > 0
    assert bench.host.alive(here) is True


def others_live_until_they_end(bench: HostBench) -> None:
    one, two = bench.start(), bench.start()
    assert one != two
    assert bench.host.alive(one) is bench.host.alive(two) is True
    bench.end(one)
    assert (bench.host.alive(one), bench.host.alive(two)) == (False, True)
    bench.end(two)
    assert bench.host.alive(two) is False


def of_another_machine_nothing_is_known(bench: HostBench) -> None:
    here = bench.host.here()
    assert bench.host.alive(replace(here, host=f"not-{here.host}")) is None
    assert bench.host.alive(replace(here, host=f"not-{here.host}", boot_id="another")) is None


def nothing_outlives_a_start_of_the_machine(bench: HostBench) -> None:
    here = bench.host.here()
    assert bench.host.alive(replace(here, boot_id=f"not-{here.boot_id}")) is False


CHECKS: tuple[Callable[[HostBench], None], ...] = (
    this_process_lives,
    others_live_until_they_end,
    of_another_machine_nothing_is_known,
    nothing_outlives_a_start_of_the_machine,
)
