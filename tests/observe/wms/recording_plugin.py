"""A BPS plugin that keeps its runs in files, and has what plugins are known for.

The directory is named by a variable. ``runs/<id>.json`` holds a run; ``fault`` holds what goes wrong, one
word for a line; ``calls`` grows with each call.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

from lsst.ctrl.bps import BaseWmsService, WmsRunReport, WmsStates

VARIABLE = "CMCOMPILE_TEST_RECORDING"
_LOG = logging.getLogger(__name__)


class RecordingService(BaseWmsService):  # type: ignore[misc]
    """Reports runs from files."""

    def report(
        self,
        wms_workflow_id: str | None = None,
        user: str | None = None,
        hist: float = 0,
        pass_thru: str | None = None,
        is_global: bool = False,
        return_exit_codes: bool = False,
    ) -> tuple[list[WmsRunReport], str]:
        self._called("report", wms_workflow_id)
        if wms_workflow_id is None and self._has("no summary"):
            return [], "Run summary not implemented yet, use --id"
        if self._has("swallowed"):
            _LOG.warning("could not reach the server")
            return [], ""
        if self._has("empty"):
            return [], ""
        runs = self._runs()
        if wms_workflow_id is not None and self._has("newer"):
            wms_workflow_id = max(runs, key=int)
        some = [run for id_, run in runs.items() if wms_workflow_id in (None, id_)]
        return [
            self._report(run) for run in some
        ], "" if some or wms_workflow_id is None else "Hint: check the id"

    def get_status(
        self, wms_workflow_id: str, hist: float = 1, is_global: bool = False
    ) -> tuple[WmsStates, str]:
        self._called("get_status", wms_workflow_id)
        if self._has("no status"):
            raise NotImplementedError
        run = self._runs().get(wms_workflow_id)
        word = run.get("status", run["word"]) if run else "UNKNOWN"
        return WmsStates[word], ""

    def list_submitted_jobs(
        self,
        wms_id: str | None = None,
        user: str | None = None,
        require_bps: bool = True,
        pass_thru: str | None = None,
        is_global: bool = False,
    ) -> list[str]:
        self._called("list_submitted_jobs", wms_id)
        live = ("PENDING", "RUNNING")
        return [id_ for id_, run in self._runs().items() if id_ == wms_id and run["word"] in live]

    def cancel(self, wms_id: str, pass_thru: str | None = None) -> tuple[bool, str]:
        self._called("cancel", wms_id)
        if self._has("refuses"):
            return False, "you may not"
        path = _home() / "runs" / f"{wms_id}.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"word": "DELETED"}))
        return True, ""

    def ping(self, pass_thru: str | None) -> tuple[int, str]:
        self._called("ping", None)
        if self._has("no ping"):
            raise NotImplementedError
        return (1, "nobody is there") if self._has("down") else (0, "")

    def _report(self, run: dict[str, Any]) -> WmsRunReport:
        return WmsRunReport(
            wms_id=run["id"],
            run=run["name"],
            path=run.get("path", "/nowhere"),
            run_summary=run.get("summary"),
            state=WmsStates[run["word"]],
            job_state_counts={WmsStates[word]: number for word, number in run.get("counts", {}).items()},
        )

    def _called(self, what: str, about: str | None) -> None:
        with (_home() / "calls").open("a") as file:
            file.write(f"{what} {about or ''} {sorted(self.config.items())}\n")
        if self._has("hangs"):
            time.sleep(600)
        if self._has("raises"):
            raise RuntimeError("the server\nsaid no")
        if self._has("exits"):
            sys.exit(3)
        if self._has("not implemented"):
            raise NotImplementedError
        if self._has("dies"):
            os.write(2, b"this was the end\n")
            os._exit(3)
        if self._has("prints"):
            print("report: 1 run")  # noqa: T201
            os.write(1, b'{"number": 1, "runs": []}\n')
            os.system("echo from a child")  # noqa: S605
            sys.stdin.read()

    def _runs(self) -> dict[str, dict[str, Any]]:
        paths = sorted((_home() / "runs").iterdir(), key=lambda path: int(path.stem))
        return {path.stem: json.loads(path.read_text()) for path in paths}

    def _has(self, fault: str) -> bool:
        path = _home() / "fault"
        return path.exists() and fault in path.read_text().splitlines()


class PanDAService(RecordingService):
    """Has the name of one whose server can be named."""


class EmptyService(RecordingService):
    """One without runs."""

    def _runs(self) -> dict[str, dict[str, Any]]:
        return {}

    def report(self, *args: Any, **named: Any) -> tuple[list[WmsRunReport], str]:
        return [], ""


class NoService:
    """None of BPS's."""


def _home() -> Path:
    return Path(os.environ[VARIABLE])
