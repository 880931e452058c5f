# mypy: ignore-errors
# Run with the stack, which has no types.
"""A plugin of BPS that writes down what it is asked, and gives a run the id 42."""

import json
import os
from pathlib import Path

from lsst.ctrl.bps import BaseWmsService, BaseWmsWorkflow


class Workflow(BaseWmsWorkflow):
    """A workflow that is only named."""

    def write(self, out_prefix):
        (Path(out_prefix) / "recorded.txt").write_text(self.name)


class RecordingService(BaseWmsService):
    """Takes everything, unless ``TROUBLE`` says otherwise."""

    def prepare(self, config, generic_workflow, out_prefix=None):
        _note("prepare", config["uniqProcName"], jobs=len(generic_workflow), prefix=str(out_prefix))
        workflow = Workflow(generic_workflow.name, config)
        workflow.write(out_prefix)
        return workflow

    def submit(self, workflow, **kwargs):
        config = kwargs.pop("config")
        shown = dict(sorted(kwargs.items()))
        _note("submit", workflow.name, service=config["wmsServiceClass"], **shown)
        trouble = os.environ.get("TROUBLE", "")
        if trouble == "raises":
            raise RuntimeError("the queue did not answer")
        if trouble != "no id":
            workflow.run_id = "42"
        return workflow

    def restart(self, wms_workflow_id):
        _note("restart", wms_workflow_id)
        return ("43", "name", "") if os.environ.get("TROUBLE") != "refuses" else (None, None, "it runs still")

    def run_submission_checks(self):
        _note("checks", "")


def _note(what, name, **more):
    with Path(os.environ["RECORD"]).open("a") as file:
        file.write(json.dumps([what, name, more], default=str) + "\n")
