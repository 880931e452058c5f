"""`cmcompile reconcile` over PanDA: a ledger in git, the real client, a monitor, and the exit code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from e2e_world import Clone, Place, drafted
from panda_relay import NEEDS, Relay, relaying
from panda_sources import World, served

from cmcompile.ledger.desk import LedgerBook
from cmcompile.ledger.transact import record
from cmcompile.model.body import WmsRef
from cmcompile.model.event import Process, Submitted, Submitting
from cmcompile.model.transaction import Landed, Proposal
from cmcompile.observe.panda.idds import SERVICE

pytestmark = [*NEEDS]

GROUPS = ("1", "2", "3")
_REFRESH = ("reconcile", "c", "--refresh-only")


@dataclass
class Night:
    """A campaign of three groups that were submitted, each with a run."""

    clone: Clone
    world: World
    relay: Relay

    home: Path

    def forget(self) -> None:
        """Let what the monitor said grow old."""
        for kept in self.home.rglob("replies/*.json"):
            kept.unlink()

    def states(self) -> dict[str, str]:
        state = LedgerBook(self.clone.ledger()).look().state
        return {workflow.group: workflow.state.value for workflow in state.workflows()}


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    world, clone = World(), Place(tmp_path).clone()
    assert clone.run("ledger", "init", "c").exit_code == 0
    for group in GROUPS:
        landed = clone.claim(group)
        assert isinstance(landed, Landed)
        made = clone.planted(group)
        process = Process("host", "boot", 1)
        gate = Submitting(made.claim.run_name, WmsRef(SERVICE), "look", "as-run", process, 2)
        passed = drafted(made, gate, f"{int(group):016x}")
        sent = drafted(
            made, Submitted(world.submit(made.claim.run_name), passed.id), f"{int(group) + 16:016x}"
        )
        record(clone.ledger(), Proposal((passed, sent), {}, "sent"))
    with served(world) as address, relaying(world) as relay:
        for name, value in relay.environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PANDAMON_URL", address)
        monkeypatch.setenv("CMCOMPILE_MONITOR_HOME", str(tmp_path / "monitor"))
        yield Night(clone, world, relay, tmp_path / "monitor")


def test_a_pass_over_panda(night: Night) -> None:
    """A night: all run, one is said to have failed, iDDS is down, one has an odd status, one is done."""
    assert night.clone.run(*_REFRESH).exit_code == 0
    assert night.states() == dict.fromkeys(GROUPS, "running")
    assert len(night.world.asked) == 3
    assert night.relay.commands == []
    # The monitor alone ends nothing.
    night.forget()
    night.world.lags = {1: "Failed", 2: "Finished"}
    assert night.clone.run(*_REFRESH).exit_code == 0
    assert night.states() == dict.fromkeys(GROUPS, "running")
    # Nor does it where iDDS is down.
    night.forget()
    night.relay.page = b"<html>Sign in</html>"
    told = night.clone.run(*_REFRESH)
    assert told.exit_code == 6
    assert "PanDAService gave no answer: a look at a run has no answer" in told.output
    assert night.states() == dict.fromkeys(GROUPS, "running")
    # What iDDS says counts, but for a word that nobody knows.
    night.forget()
    night.relay.page, night.world.lags = b"", {}
    night.world.runs[1].set("Cancelled")
    night.world.runs[3].set("Melting")
    told = night.clone.run(*_REFRESH)
    assert told.exit_code == 6
    assert "run 3 is 'Melting', and no such status is known here" in told.output
    assert night.states() == {"1": "cancelled", "2": "running", "3": "running"}
    # With the next one all is over.
    night.forget()
    night.world.runs[2].set("Cancelled")
    night.world.runs[3].set("Cancelled")
    night.clone.run(*_REFRESH)
    assert night.states() == dict.fromkeys(GROUPS, "cancelled")
    asked = len(night.world.asked)
    night.clone.run(*_REFRESH)
    assert len(night.world.asked) == asked
