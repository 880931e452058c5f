"""The served far side keeps the contracts that the simulated one keeps in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from contracts import butler as butler_contract
from contracts import wms as wms_contract
from served_far_sides import served, wait_for

from cmcompile.model.body import WmsRef
from cmcompile.model.outcome import Quantum
from cmcompile.sim.served.client import ServedButler, ServedWms
from cmcompile.sim.served.hand import Hand
from cmcompile.sim.served.troubles import Trouble

PANDA, CONDOR = WmsRef("lsst.panda", "doma"), WmsRef("lsst.htcondor")
_AT = [PANDA.service, PANDA.where]


class ServedWmsBench:
    def __init__(self, socket: Path) -> None:
        self.hand = Hand(socket)
        self.wms = ServedWms(socket)
        self.where: WmsRef = PANDA
        self.elsewhere: WmsRef = CONDOR
        self._cancelled: list[str] = []

    def submit(self, name: str) -> str:
        answer = self.hand.ask("submit", where=_AT, name=name, output_run=name)
        assert isinstance(answer, str)
        return answer

    def end(self, run_id: str, state: str) -> None:
        self.hand.end(run_id, state)
        wait_for(self.hand, run_id, state)

    def settle(self) -> None:
        wait_for(self.hand, self.hand.runs()[0]["run_id"], "cancelled")

    def break_down(self) -> None:
        self.hand.trouble(Trouble.REFUSE, times=0)


class ServedButlerBench:
    def __init__(self, socket: Path) -> None:
        self.hand = Hand(socket)
        self.butler = ServedButler(socket)
        self.hand.ask("measure")

    def ended(self, run: str, quanta: Mapping[Quantum, bool]) -> None:
        some = [[quantum.task, quantum.data_id] for quantum in quanta]
        run_id = self.hand.ask("submit", where=_AT, name=run, output_run=run, quanta=some)
        bad = [[quantum.task, quantum.data_id] for quantum, good in quanta.items() if not good]
        self.hand.ask("end", run=run_id, failed=bad)

    def chained(self, collection: str) -> tuple[str, ...] | None:
        found = self.hand.ask("collections")
        assert isinstance(found, dict)
        return tuple(found["chains"][collection]) if collection in found["chains"] else None

    def tagged(self, collection: str) -> frozenset[tuple[str, str]] | None:
        found = self.hand.ask("collections")
        assert isinstance(found, dict)
        held = found["tags"].get(collection)
        return None if held is None else frozenset((run, data_id) for run, _, data_id in held)

    def break_down(self) -> None:
        self.hand.trouble(Trouble.REFUSE, times=0)


@pytest.fixture
def socket() -> Iterator[Path]:
    with served("--waits", "1") as path:
        yield path


@pytest.mark.parametrize("check", wms_contract.CHECKS, ids=lambda check: check.__name__)
def test_wms(check: Callable[[wms_contract.WmsBench], None], socket: Path) -> None:
    check(ServedWmsBench(socket))


@pytest.mark.parametrize("check", butler_contract.CHECKS, ids=lambda check: check.__name__)
def test_butler(check: Callable[[butler_contract.ButlerBench], None], socket: Path) -> None:
    check(ServedButlerBench(socket))
