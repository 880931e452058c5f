# mypy: ignore-errors
# Run with the stack, which has no types.
"""Submits workflows by the PanDA plugin, as ``bps submit`` does after its graph; imports the stack once.

Reads a line for each, with JSON: the name of the run, a directory of its own, and the address of iDDS, empty
where it is the usual one. Writes its id, or what was raised. Or it reads a method of the plugin's client and
its arguments, and writes what the method returns. A workflow has two labels, ``first`` with two jobs and
``then`` with one.
"""

import json
import os
import sys
from pathlib import Path

from lsst.ctrl.bps import BpsConfig, GenericWorkflow, GenericWorkflowExec, GenericWorkflowJob
from lsst.ctrl.bps.panda import PanDAService
from lsst.ctrl.bps.panda.utils import get_idds_client


def workflow_of(name):
    """Return a small workflow."""
    found = GenericWorkflow(name)
    for job_name, label in (("one", "first"), ("two", "first"), ("three", "then")):
        job = GenericWorkflowJob(job_name, label=label)
        job.executable = GenericWorkflowExec("true", "/bin/true", transfer_executable=False)
        job.arguments = job_name
        found.add_job(job)
    found.add_job_relationships(["one", "two"], "three")
    return found


def submitted(name, place, idds):
    """Prepare a workflow and submit it; return the id."""
    Path(place).mkdir(parents=True)
    settings = {
        "computeSite": "HERE",
        "submitPath": place,
        "fileDistributionEndPoint": f"{place}/files/",
        "fileDistributionEndPointDefault": f"{place}/files/",
        "runnerCommand": "_cmd_line_",
    }
    if idds:
        settings["iddsServer"] = idds
    service = PanDAService(BpsConfig(settings))
    workflow = service.prepare(BpsConfig(settings), workflow_of(name), place)
    service.submit(workflow)
    return workflow.run_id


def called(method, named):
    """Call a method of the plugin's client, by a new one as the plugin does."""
    return getattr(get_idds_client({}), method)(**named)


def main():
    """Answer until there are no more lines."""
    replies = os.dup(1)
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            reply = called(**asked) if "method" in asked else str(submitted(**asked))
        except Exception as error:
            reply = f"{type(error).__name__}: {error}"
        os.write(replies, f"{json.dumps(reply, default=str)}\n".encode())


if __name__ == "__main__":
    main()
