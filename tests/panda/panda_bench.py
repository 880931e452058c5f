"""Runs of real PanDA servers, given to them by the BPS plugin."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.apart import Apart
from contracts.submitting import SubmittingProcess
from panda_servers import STATUSES, Panda

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import Wms

SERVICE = "lsst.ctrl.bps.panda.PanDAService"
_HERE = Path(__file__).parent
_NUMBERS = itertools.count(1)


class Submitter(SubmittingProcess):
    """A process that submits with the plugin, any number of times.

    Parameters
    ----------
    place
        A directory of its own.
    env
        What the client needs.
    """

    def __init__(self, place: Path, env: Mapping[str, str]) -> None:
        place.mkdir(parents=True, exist_ok=True)
        self._place = place
        super().__init__(_HERE / "panda_submitter.py", place / "submitter.out", env)

    def submit(self, name: str) -> str:
        """Submit a workflow, and return its id."""
        reply = self.tried(name)
        assert reply.isdigit(), reply
        return reply

    def tried(self, name: str, idds: str = "") -> str:
        """Submit a workflow, to an iDDS that may be named, and return its id or what was raised."""
        place = self._place / f"run-{next(_NUMBERS)}"
        return str(self._asked({"name": name, "place": str(place), "idds": idds}))

    def call(self, method: str, **named: object) -> Any:
        """Do what the plugin does with a method of its client, and return what that gives."""
        return self._asked({"method": method, "named": named})

    def _asked(self, asked: Mapping[str, object]) -> Any:
        reply = self.answer(asked)
        assert reply, self.printed()
        return json.loads(reply)


class PandaBench:
    """Real servers without agents: runs are accepted, and have no tasks; how they end is planted.

    Parameters
    ----------
    world
        What the names of its runs begin with.
    wms
        The one under test; it is not closed.
    elsewhere
        Another system, without runs.
    """

    def __init__(self, world: str, panda: Panda, submitter: Submitter, wms: Wms, elsewhere: WmsRef) -> None:
        self.wms: Wms = Apart(wms, world)
        self.where = WmsRef(SERVICE)
        self.elsewhere = elsewhere
        self._world, self._panda, self._submitter = world, panda, submitter
        self._runs: list[str] = []
        self._broken = contextlib.ExitStack()

    def submit(self, name: str) -> str:
        """Submit a run; it is shown at once, before it has tasks."""
        run_id = self._submitter.submit(self._world + name)
        self._runs.append(run_id)
        return run_id

    def end(self, run_id: str, state: str) -> None:
        """Write how it ended."""
        self._panda.plant(run_id, {"succeeded": "Finished", "failed": "Failed"}[state])

    def settle(self) -> None:
        """Do what the agents and JEDI do with the runs that were asked to end."""
        for run_id in self._runs:
            asked = self._panda.ask("select 1 from commands where request_id = %s", int(run_id))
            if asked and self._panda.status(run_id) == STATUSES["New"]:
                self._panda.plant(run_id, "Cancelled")

    def break_down(self) -> None:
        """Take the database away."""
        self._broken.enter_context(self._panda.no_database())

    def close(self) -> None:
        """Give the database back."""
        self._broken.close()
