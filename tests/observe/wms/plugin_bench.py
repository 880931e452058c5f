"""A BPS plugin of the tests behind a real observer."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from cmcompile.model.body import WmsRef
from cmcompile.observe.wms.observer import STARTING, TIMEOUT
from cmcompile.observe.wms.systems import HERE, Systems

_TESTS = Path(__file__).parent
_ROOT = _TESTS.parents[2]
#: As in the plugin, which can't be imported without the stack.
VARIABLE = "CMCOMPILE_TEST_RECORDING"


def observing(home: Path, *, timeout: float = TIMEOUT, starting: float = STARTING) -> Systems:
    """Return systems whose observer has the plugin; its runs are kept in a directory."""
    path = os.pathsep.join(map(str, (_ROOT, _TESTS)))
    environ = {**os.environ, "PYTHONPATH": path, VARIABLE: str(home)}
    return Systems((sys.executable, *HERE[1:]), environ, timeout=timeout, starting=starting)


def service(name: str = "RecordingService") -> WmsRef:
    return WmsRef(f"recording_plugin.{name}")


class PluginBench:
    """What the plugin keeps; the observer is that of a caller, who may use it again."""

    def __init__(self, wms: Systems, home: Path) -> None:
        self.wms = wms
        self.where = service()
        self.elsewhere = service("EmptyService")
        self._home = home
        shutil.rmtree(home, ignore_errors=True)
        (home / "runs").mkdir(parents=True)

    def submit(self, name: str, **more: Any) -> str:
        run_id = str(len(list((self._home / "runs").iterdir())) + 1)
        self._write(run_id, {"id": run_id, "name": name, "word": "RUNNING", **more})
        return run_id

    def end(self, run_id: str, state: str) -> None:
        self.change(run_id, word=state.upper())

    def change(self, run_id: str, **more: Any) -> None:
        path = self._home / "runs" / f"{run_id}.json"
        self._write(run_id, json.loads(path.read_text()) | more)

    def settle(self) -> None:
        """Do nothing: a cancel is carried out at once."""

    def break_down(self) -> None:
        self.fault("raises")

    def fault(self, *faults: str) -> None:
        (self._home / "fault").write_text("\n".join(faults))

    def calls(self, what: str) -> list[str]:
        lines = (self._home / "calls").read_text().splitlines() if (self._home / "calls").exists() else []
        return [line for line in lines if line.startswith(f"{what} ")]

    def _write(self, run_id: str, run: dict[str, Any]) -> None:
        (self._home / "runs" / f"{run_id}.json").write_text(json.dumps(run))
