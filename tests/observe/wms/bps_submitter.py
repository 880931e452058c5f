# mypy: ignore-errors
# Run with the stack, which has no types.
"""Gives workflows of one job to BPS, as a driver does after its word: the stack is imported once for all.

Reads a line for each, with JSON: service, home of the records, name of the run, and submit directory. Writes
the id on standard output. A job ends with the exit code that it finds in the file ``end`` of its directory.
"""

import json
import os
import sys
from pathlib import Path

from lsst.ctrl.bps import BpsConfig, GenericWorkflow, GenericWorkflowExec, GenericWorkflowJob
from lsst.ctrl.bps.parsl.site import SiteConfig
from lsst.ctrl.bps.prepare import prepare
from parsl.executors import ThreadPoolExecutor

from cmcompile.driver import parsl, submitting
from cmcompile.driver.services import habits_of
from cmcompile.driver.supervisor import Supervisor
from cmcompile.ledger.clock import SystemClock
from cmcompile.model.body import WmsRef
from cmcompile.model.child import Order
from cmcompile.model.event import Subject

_JOB = "while [ ! -e {0}/end ]; do sleep 0.05; done; exit $(cat {0}/end)"


class Threads(SiteConfig):
    """A site of Parsl without workers of their own: each costs seconds of a processor before it begins."""

    def get_executors(self):
        return [ThreadPoolExecutor(label="threads", max_threads=1)]

    def select_executor(self, job):
        return "threads"


def workflow_of(name, place):
    """Return a workflow of one job."""
    found = GenericWorkflow(name)
    job = GenericWorkflowJob("one", label="one")
    job.executable = GenericWorkflowExec("sh", "/bin/sh", transfer_executable=False)
    job.arguments = f"-c '{_JOB.format(place)}'"
    found.add_job(job)
    return found


def submitted(service, home, name, place):
    """Prepare a workflow and submit it; return the id."""
    settings = {"wmsServiceClass": service, "runsHome": home, "submitPath": place, "operator": "tests"}
    site = {"class": "bps_submitter.Threads", "retries": 0, "cores": 8}
    config = BpsConfig({**settings, "computeSite": "here", "site": {"here": site}})
    prepared = submitting.Workflow(config, prepare(config, workflow_of(name, place), place))
    if not habits_of(service).blocks:
        return submitting.submit(prepared)
    subject = Subject("s", "1", "w00")
    order = Order("c", subject, "0" * 16, WmsRef(service, home), name, "u/r", place, {})
    return Supervisor(order, SystemClock(), parsl.stop).start(place, lambda: parsl.first(prepared))


def main():
    replies = os.dup(1)
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        place = Path(asked["place"])
        (place / "logs").mkdir(parents=True)
        os.chdir(place)
        os.write(
            replies, f"{submitted(*(asked[key] for key in ('service', 'home', 'name', 'place')))}\n".encode()
        )


if __name__ == "__main__":
    # Under its name, so that Parsl can read from its files what it wrote.
    from bps_submitter import main as begin

    begin()
