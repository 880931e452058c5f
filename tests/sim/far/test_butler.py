from __future__ import annotations

import pytest
from far_worlds import PANDA, always, done, dull, job

from cmcompile.model.wms import NoAnswer
from cmcompile.sim.far.butler import SimButler
from cmcompile.sim.far.faults import Fault, Rates
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.wms import SimWms


def ended(world: World, *states: str) -> tuple[SimWms, SimButler]:
    """Return a repository in which runs ended so, ``u/0``, ``u/1`` and so on."""
    wms = SimWms(world)
    butler = SimButler(world, wms)
    for number, state in enumerate(states):
        wms.submit(PANDA, job(str(number)))
        wms.end(str(1001 + number), state)
    return wms, butler


def test_a_cancelled_run_leaves_no_collection() -> None:
    _, butler = ended(dull(), "succeeded", "cancelled", "failed")
    assert set(butler.collections) == {"u/0", "u/2"}


def test_a_restart_writes_the_same_collection() -> None:
    world = dull()
    wms, butler = ended(world, "failed")
    assert butler.collections["u/0"].missing == 4
    wms.restart(PANDA, "1001")
    world.run(until=lambda: bool(wms.live()))
    wms.end("1001", "succeeded")
    assert butler.collections["u/0"].missing == 0


def test_outputs_deleted_by_hand() -> None:
    world = dull()
    _, butler = ended(world, "succeeded", "succeeded")
    butler.delete_by_hand("u/0")
    assert butler.missing(["u/0", "u/1"]) == frozenset({"u/0"})
    assert world.fired == {Fault.HAND_DELETE: 1}
    assert butler.retired == []


@pytest.mark.parametrize(
    ("fault", "carried_out"), [(Fault.REPLY_LOST, True), (Fault.NOT_ARRIVED, False), (Fault.TOO_MANY, False)]
)
def test_what_changes_something_may_lose_request_or_reply(fault: Fault, carried_out: bool) -> None:
    world = always(fault)
    _, butler = ended(world, "succeeded", "succeeded")
    assert isinstance(done(world, lambda: butler.chain("c", ["u/0"])), NoAnswer)
    assert ("c" in butler.chains) is carried_out
    assert isinstance(done(world, lambda: butler.retire(["u/1"])), NoAnswer)
    assert ("u/1" not in butler.collections) is carried_out
    assert [run for _, run in butler.retired] == ["u/1"] * carried_out
    assert [what for _, *what in butler.chained] == [["c", ("u/0",)]] * carried_out


def test_asking_may_get_no_reply() -> None:
    world = always(Fault.REPLY_LOST)
    _, butler = ended(world, "succeeded")
    assert isinstance(done(world, lambda: butler.outcome(["u/0"])), NoAnswer)
    assert isinstance(done(world, lambda: butler.missing(["u/0"])), NoAnswer)
    world.rates = Rates()
    assert done(world, lambda: butler.missing(["u/0"])) == frozenset()
