"""A submission that was made twice is found without a monitor: the first run has an id just before."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from e2e_world import Place, drafted
from panda_relay import relaying
from panda_sources import PandaBench, World

from cmcompile.ledger.desk import LedgerBook
from cmcompile.ledger.transact import record
from cmcompile.model.body import WmsRef
from cmcompile.model.event import Process, Submitted, Submitting
from cmcompile.model.reason import Reason
from cmcompile.model.transaction import Landed, Proposal
from cmcompile.model.wms import NoAnswer, Wanted
from cmcompile.observe.panda.idds import SERVICE


def seen(bench: PandaBench, wanted: Wanted) -> set[str]:
    found = bench.wms.refresh(bench.where, wanted)
    assert not isinstance(found, NoAnswer)
    return set(found.runs)


def test_a_twin_is_found_by_its_id(tmp_path: Path) -> None:
    bench = PandaBench(World(), World(), None, tmp_path)
    for name in ("u_op_c_s_1_w00", "u_op_c_s_1_w00", "somebody", "u_op_c_s_1_w0", "u_op_c_s_1_w00"):
        bench.submit(name)
    wanted = Wanted({"5": "u_op_c_s_1_w00"}, prefixes=("u_op_c_s_1_w",))
    # iDDS lists one id of a name, and here that is the known one.
    assert "2" not in seen(bench, wanted)
    new = Wanted({"5": "u_op_c_s_1_w00"}, prefixes=("u_op_c_s_1_w",), fresh=frozenset({"5"}))
    assert seen(bench, new) - seen(bench, wanted) == {"2"}
    bench.world.runs[2].status = "Melting"
    assert "2" not in seen(bench, new)


def test_what_is_asked_for_them_is_bounded(tmp_path: Path) -> None:
    bench = PandaBench(World(), World(), None, tmp_path)
    names = {bench.submit(f"u_op_c_s_{n}_w00"): f"u_op_c_s_{n}_w00" for n in range(200)}
    known = {id_: name for id_, name in names.items() if int(id_) % 5 == 0}
    before = len(bench.world.relayed)
    seen(bench, Wanted(known, prefixes=("u_op_c",)))
    plain = len(bench.world.relayed) - before
    before = len(bench.world.relayed)
    seen(bench, Wanted(known, prefixes=("u_op_c",), fresh=frozenset(known)))
    assert len(bench.world.relayed) - before == plain + 20


@pytest.mark.service("lsst")
@pytest.mark.skipif(find_spec("pandaclient") is None, reason="lsst-ctrl-bps-panda is not installed")
def test_a_pass_tells_of_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world, clone = World(), Place(tmp_path).clone()
    assert clone.run("ledger", "init", "c").exit_code == 0
    assert isinstance(clone.claim("1"), Landed)
    made = clone.planted("1")
    name = made.claim.run_name
    gate = Submitting(name, WmsRef(SERVICE), "look", "as-run", Process("host", "boot", 1), 2)
    passed = drafted(made, gate, f"{1:016x}")
    world.submit(name)
    sent = drafted(made, Submitted(world.submit(name), passed.id), f"{2:016x}")
    record(clone.ledger(), Proposal((passed, sent), {}, "sent"))
    monkeypatch.delenv("PANDAMON_URL", raising=False)
    with relaying(world) as relay:
        for variable, value in relay.environ.items():
            monkeypatch.setenv(variable, value)
        clone.run("reconcile", "c", "--refresh-only")
    [workflow] = LedgerBook(clone.ledger()).look().state.workflows()
    assert workflow.review is Reason.TWO_RUNS
    assert workflow.live
    assert "needs a person" in clone.run("status", "c", "--offline").output
