"""Parsl, as a supervisor runs it.

Parsl keeps its files, and what a restart reads, in the directory ``runinfo`` of where it runs, and takes the
newest there for that of the run. Here each run has its own, in its submit directory.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from cmcompile.driver import submitting
from cmcompile.driver.supervisor import Ended

_USUAL = "runinfo"


def first(prepared: submitting.Workflow) -> Ended:
    """Submit a workflow; returns when all is over.

    Raises
    ------
    Exception
        When the first or the last job fails, or Parsl does.
    """
    workflow = prepared.workflow
    _own_directory(workflow)
    submitting.submit(prepared)
    return _ended(workflow)


def again(submit_path: Path) -> Ended:
    """Take up a workflow from its submit directory, as ``ParslService.restart`` does, to its end.

    Raises
    ------
    Exception
        As `first`.
    """
    import parsl
    from lsst.ctrl.bps.parsl.workflow import ParslWorkflow

    workflow = ParslWorkflow.read(str(submit_path))
    done = _own_directory(workflow)
    workflow.parsl_config.checkpoint_files = parsl.utils.get_last_checkpoint(done)
    if not (submit_path / "logs").is_dir():
        workflow.initialize_jobs()  # it was ended before its first job
    workflow.load_dfk()
    workflow.run()
    return _ended(workflow)


def stop() -> None:
    """End Parsl in this process: what it has in a queue is taken out."""
    import parsl

    parsl.dfk().cleanup()


def _own_directory(workflow: Any) -> str:  # an object of the plugin
    config = workflow.parsl_config
    if config.run_dir == _USUAL:
        config.run_dir = os.path.join(os.path.abspath(workflow.path), _USUAL)  # noqa: PTH100,PTH118  # as text
    return str(config.run_dir)


def _ended(workflow: Any) -> Ended:  # an object of the plugin
    """Tell how a run ended from its jobs; what became of quanta is a matter of the Butler."""
    futures = [job.future for job in workflow.jobs.values() if job.future is not None]
    failed = sum(future.exception() is not None for future in futures)
    if not failed:
        return Ended("succeeded", "SUCCEEDED")
    words = f"{failed} of {len(futures)} jobs failed"
    return Ended("failed" if failed == len(futures) else "partial", words)
