"""The embedded engine, as a plugin of BPS: ``wmsServiceClass: cmcompile.engine.service.EngineService``.

All verbs of ``bps`` work on one machine, with no server. A run is named by its number, or by its submit
directory. Where ``runsHome`` is set in a submit file, ``bps report`` and the like find the number when the
variable ``CMCOMPILE_RUNS`` names the same directory; a submit directory is always found.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from lsst.ctrl.bps import (
    BaseWmsService,
    BaseWmsWorkflow,
    BpsConfig,
    GenericWorkflow,
    WmsRunReport,
    WmsStates,
)

from cmcompile.engine import start
from cmcompile.engine.convert import converted
from cmcompile.engine.record import LIVE, RecordError, Records, Run, home_of
from cmcompile.engine.told import RUNS, report
from cmcompile.engine.workflow import Workflow, WorkflowError

_DAY = 86400.0


class EngineWorkflow(BaseWmsWorkflow):  # type: ignore[misc]
    """A workflow that is ready to be run.

    Attributes
    ----------
    workflow
        As it stands in the submit directory.
    """

    def __init__(self, name: str, config: BpsConfig, workflow: Workflow) -> None:
        super().__init__(name, config)
        self.workflow = workflow

    @classmethod
    def from_generic_workflow(
        cls, config: BpsConfig, generic_workflow: GenericWorkflow, out_prefix: str, service_class: str
    ) -> EngineWorkflow:
        """Make it from BPS's own."""
        made = cls(generic_workflow.name, config, converted(config, generic_workflow))
        made.service_class = service_class
        made.submit_path = out_prefix
        return made

    def write(self, out_prefix: str) -> None:
        """Write it into the submit directory, as JSON."""
        self.workflow.write(Path(out_prefix))


class EngineService(BaseWmsService):  # type: ignore[misc]
    """Runs workflows on this machine."""

    def prepare(
        self, config: BpsConfig, generic_workflow: GenericWorkflow, out_prefix: str | None = None
    ) -> EngineWorkflow:
        """Write the workflow into the submit directory; nothing is started."""
        place = str(out_prefix or config["submitPath"])
        made = EngineWorkflow.from_generic_workflow(config, generic_workflow, place, start.SERVICE)
        made.write(place)
        return made

    def submit(self, workflow: EngineWorkflow, **_: Any) -> EngineWorkflow:
        """Record the run and start it; it goes on when this process ends."""
        run = start.submit(self._home(), workflow.workflow, Path(workflow.submit_path))
        workflow.run_id = run.id
        return workflow

    def restart(self, wms_workflow_id: str) -> tuple[str | None, str | None, str]:
        """Take a run up again under the same id; what is done is not done again."""
        try:
            found = self._found(wms_workflow_id)
            if found is None:
                return None, None, _absent(wms_workflow_id)
            why = start.restart(*found)
        except (RecordError, WorkflowError, OSError) as error:
            return None, None, str(error)
        return (None, None, why) if why else (found[1].id, found[1].name, "")

    def list_submitted_jobs(
        self,
        wms_id: str | None = None,
        user: str | None = None,
        require_bps: bool = True,
        pass_thru: str | None = None,
        is_global: bool = False,
    ) -> list[str]:
        """Return ids of runs: the one that is named, or those that go on."""
        if wms_id is not None:
            return [str(wms_id)] if self._found(str(wms_id)) else []
        records = Records(self._home())
        return [
            run.id
            for run in self._runs(records)
            if records.standing(run.id).state in LIVE and _is_of(run, user)
        ]

    def report(
        self,
        wms_workflow_id: str | None = None,
        user: str | None = None,
        hist: float | None = 0,
        pass_thru: str | None = None,
        is_global: bool = False,
        return_exit_codes: bool = False,
    ) -> tuple[list[WmsRunReport], str]:
        """Tell how runs stand: one with its jobs, or all that go on or have ended lately."""
        try:
            if wms_workflow_id is not None:
                found = self._found(str(wms_workflow_id))
                return ([report(*found)], "") if found else ([], _absent(wms_workflow_id))
            records = Records(self._home())
            since = time.time() - float(hist or 0) * _DAY
            runs = [run for run in self._runs(records) if _is_of(run, user)]
            return [report(records, run) for run in runs if _is_shown(records, run, since)], ""
        except RecordError as error:
            return [], str(error)

    def get_status(
        self, wms_workflow_id: str, hist: float = 1, is_global: bool = False
    ) -> tuple[WmsStates, str]:
        """Tell the state of one run."""
        try:
            found = self._found(str(wms_workflow_id))
            if found is None:
                return WmsStates.UNKNOWN, _absent(wms_workflow_id)
            standing = found[0].standing(found[1].id)
        except RecordError as error:
            return WmsStates.UNKNOWN, str(error)
        is_plain = standing.state in LIVE or standing.state == "succeeded"
        return RUNS[standing.state], "" if is_plain else standing.word

    def cancel(self, wms_id: str, pass_thru: str | None = None) -> tuple[bool, str]:
        """Ask for the end of a run: running jobs are ended, nothing more is started."""
        try:
            found = self._found(str(wms_id))
            why = start.cancel(*found) if found else _absent(wms_id)
        except (RecordError, OSError) as error:
            return False, str(error)
        return not why, why

    def run_submission_checks(self) -> None:
        """Check that runs can be recorded here.

        Raises
        ------
        RecordError
            When they can't.
        """
        Records(self._home()).make()

    def ping(self, pass_thru: str | None) -> tuple[int, str]:
        """Tell whether runs can be recorded here."""
        try:
            self.run_submission_checks()
        except RecordError as error:
            return 1, str(error)
        return 0, ""

    def _home(self) -> Path:
        config = self.config
        return home_of(str(config["runsHome"]) if config and "runsHome" in config else "")

    def _found(self, name: str) -> tuple[Records, Run] | None:
        return start.found(self._home(), name)

    def _runs(self, records: Records) -> list[Run]:
        # Nothing was ever run.
        return list(records.runs()) if (records.home / "runs").exists() else []


def _absent(name: str) -> str:
    return (
        f"no run '{name}': give the number of a run below {home_of()}, or a submit directory; "
        "the variable CMCOMPILE_RUNS names another place for the records"
    )


def _is_shown(records: Records, run: Run, since: float) -> bool:
    return records.standing(run.id).state in LIVE or records.changed(run.id) >= since


def _is_of(run: Run, user: str | None) -> bool:
    if not user:
        return True
    try:
        return Workflow.read(Path(run.submit_path)).attributes.get("operator") == user
    except WorkflowError:
        return False
