"""What ``bps submit`` does, in two halves: up to the workflow, and giving it to the workload system.

Source: ``lsst.ctrl.bps.drivers.submit_driver`` of ``lsst-ctrl-bps`` 30.0.0; a test compares the two.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_PANDA = "lsst.ctrl.bps.panda.PanDAService"


@dataclass(frozen=True, slots=True)
class Workflow:
    """What BPS prepared.

    Attributes
    ----------
    config, workflow
        Objects of BPS. There is no workflow where the workload system is to build the graph itself.
    options
        What ``bps submit`` hands to the plugin besides.
    """

    config: Any
    workflow: Any
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def service(self) -> str:
        """The plugin class that BPS gives it to."""
        return str(self.config["wmsServiceClass"])

    @property
    def name(self) -> str:
        """The name of the run."""
        return str(self.config["uniqProcName"])

    @property
    def output_run(self) -> str:
        """The RUN collection."""
        return str(self.config["outputRun"])

    @property
    def submit_path(self) -> Path:
        """The submit directory."""
        return Path(str(self.config[".bps_defined.submitPath"]))

    @property
    def runs_home(self) -> str:
        """Where a plugin is to record the run; empty where the file does not say."""
        return str(self.config["runsHome"]) if "runsHome" in self.config else ""

    @property
    def graph(self) -> Path | None:
        """The quantum graph; None: the workload system makes it."""
        if self.workflow is None:
            return None
        return Path(str(self.config[".bps_defined.runQgraphFile"]))

    @property
    def pipeline(self) -> Path | None:
        """The pipeline file; None: a graph was given."""
        found, name = self.config.search("pipelineYaml")
        return Path(str(name).partition("#")[0]) if found and name else None


def prepare(config_file: Path) -> Workflow:
    """Do what comes before the call.

    Raises
    ------
    Exception
        Whatever BPS raises; the workload system was not asked for a run.
    """
    from lsst.ctrl.bps import drivers

    options = _options(config_file)
    options["runWmsSubmissionChecks"] = True
    remote = _remote_build(config_file, options)
    if remote is None:
        config, workflow = drivers.prepare_driver(str(config_file), **options)
        return Workflow(config, workflow, options)
    config = drivers._init_submission_driver(str(config_file), **options)
    return Workflow(config, None, {**options, "remote_build": remote, "config_file": str(config_file)})


def submit(prepared: Workflow) -> str:
    """Ask the workload system, once, to take a run; return its id, empty where it gave none.

    Raises
    ------
    Exception
        Whatever BPS raises; it may have been taken all the same.
    """
    from lsst.ctrl.bps.submit import submit as call

    made = call(prepared.config, prepared.workflow, **prepared.options)
    run_id = (prepared.workflow or made).run_id
    return "" if run_id is None else str(run_id).strip()


def link(prepared: Workflow, run_id: str) -> None:
    """Make the link from the id to the submit directory, where the file asks for one; it may fail."""
    from lsst.ctrl.bps.bps_utils import _make_id_link

    with contextlib.suppress(Exception):
        _make_id_link(prepared.config, run_id)


def restart(service: str, run: str) -> tuple[str, str]:
    """Ask a workload system, once, to take up a run again; return its id, empty where it gave none, and why.

    Parameters
    ----------
    run
        The id, or the submit directory where the plugin wants that.

    Raises
    ------
    Exception
        Whatever BPS raises; it may have been taken all the same.
    """
    from lsst.ctrl.bps.restart import restart as call

    run_id, _, message = call(service, run)
    return "" if run_id is None else str(run_id).strip(), str(message or "")


def _options(config_file: Path) -> dict[str, Any]:
    """Return what the command line of ``bps submit FILE`` gives."""
    from lsst.ctrl.bps.cli.cmd.commands import submit as command

    found = dict(command.make_context("submit", [str(config_file)]).params)
    found.pop("config_file", None)
    return found


def _remote_build(config_file: Path, options: dict[str, Any]) -> Any:  # an object of BPS
    """Return the section ``remoteBuild`` where PanDA is to build the graph; else None."""
    from lsst.ctrl.bps import BPS_DEFAULTS, BPS_SEARCH_ORDER, BpsConfig

    config = BpsConfig(
        str(config_file),
        search_order=BPS_SEARCH_ORDER,
        defaults=BPS_DEFAULTS,
        wms_service_class_fqn=options.get("wms_service"),
    )
    _, section = config.search("remoteBuild", opt={"default": {}})
    if not section or config["wmsServiceClass"] != _PANDA:
        return None
    return section if section.search("enabled", opt={"default": False})[1] else None
