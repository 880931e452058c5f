"""PanDA keeps the contract of ``Wms``, with the ways of its client and of its monitor, if there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from contracts import wms as contract
from panda_sources import PandaBench, World, served

from cmcompile.model.wms import NoAnswer, Refreshing, Wms

#: iDDS lists one id for each name: only the monitor shows that there are two.
_NEEDS_MONITOR = "two_runs_of_one_name_are_two"


@pytest.fixture(params=["monitor", "idds only"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PandaBench]:
    world = World()
    if request.param == "idds only":
        yield PandaBench(world, World(), None, tmp_path)
        return
    with served(world) as address:
        yield PandaBench(world, World(), address, tmp_path)


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_contract(check: Callable[[contract.WmsBench], None], bench: PandaBench) -> None:
    if check.__name__ == _NEEDS_MONITOR and bench.address is None:
        pytest.skip("iDDS alone hides one of two runs with one name")
    check(bench)


def test_it_is_a_wms(bench: PandaBench) -> None:
    wms: Wms = bench.wms
    assert isinstance(wms, Refreshing)


def test_trap_idds_alone_hides_a_run_of_the_same_name(bench: PandaBench) -> None:
    one, two = bench.submit("p_x_w00"), bench.submit("p_x_w00")
    found = set(contract.found(bench, "p_x_w"))
    assert found == ({one, two} if bench.address is not None else {two})


def test_what_the_monitor_shows_and_idds_does_not_is_no_run(bench: PandaBench) -> None:
    bench.submit("p_x_w00")
    del bench.world.runs[1]
    assert contract.found(bench, "p_x_w") == {}


def test_a_run_that_can_not_be_told_is_no_answer(bench: PandaBench) -> None:
    run = bench.submit("p_x_w00")
    bench.world.runs[1].set("Melting")
    assert isinstance(bench.wms.find(bench.where, ["p_x_w"]), NoAnswer)
    assert isinstance(bench.wms.look(bench.where, [run]), NoAnswer)
