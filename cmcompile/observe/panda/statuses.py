"""The names of states that PanDA's servers use, and what each stands for.

All names that the servers know are here. One that is not stands for nothing: a run that has it is not told.
The monitor of 2022 wrote names in lower case, that of 2026 as iDDS does; both are read.

Sources: ``idds.common.constants`` of iDDS 2.6.21 for requests and processings, ``statusForJob`` and the task
states of panda-server 1.0.4.
"""

from __future__ import annotations

from collections.abc import Mapping

#: ``RequestStatus``: a workflow. `cmcompile.model.wms.RunSeen.state` beside it.
#: SubFinished: some of it succeeded. ``bps report`` calls that SUCCEEDED, and ``bps status`` FAILED.
#: Suspended can be resumed; Expired is over, and BPS calls it FAILED.
REQUESTS: Mapping[str, str] = {
    "New": "submitted",
    "Ready": "submitted",
    "Building": "submitted",
    "Built": "submitted",
    "Throttling": "submitted",
    "Transforming": "running",
    "Extend": "running",
    "ToCancel": "running",
    "Cancelling": "running",
    "ToSuspend": "running",
    "Suspending": "running",
    "ToResume": "running",
    "Resuming": "running",
    "ToExpire": "running",
    "Expiring": "running",
    "ToFinish": "running",
    "ToForceFinish": "running",
    "ToClose": "running",
    "Terminating": "running",
    "Suspended": "held",
    "Finished": "succeeded",
    "SubFinished": "partial",
    "Failed": "failed",
    "Expired": "failed",
    "Cancelled": "cancelled",
}
#: What is to be expected of a run that just goes on; the monitor is believed these, and no others.
PLAIN = frozenset({"New", "Ready", "Building", "Built", "Throttling", "Transforming", "Extend"})

#: ``ProcessingStatus``: the tasks of a workflow, as the monitor counts them. True: it is over.
PROCESSINGS: Mapping[str, bool] = {
    **dict.fromkeys(("New", "Submitting", "Submitted", "Running", "FinishedOnStep", "FinishedOnExec"), False),
    **dict.fromkeys(("ToCancel", "Cancelling", "ToSuspend", "Suspending", "Suspended", "Cancel"), False),
    **dict.fromkeys(("ToResume", "Resuming", "ToExpire", "Expiring", "ToFinish", "ToForceFinish"), False),
    **dict.fromkeys(("Terminating", "ToTrigger", "Triggering", "Synchronizing", "Prepared"), False),
    **dict.fromkeys(("Finished", "SubFinished", "Failed", "Cancelled", "Expired", "Lost"), True),
    **dict.fromkeys(("FinishedTerm", "TimeOut", "Broken"), True),
}

#: Tasks of JEDI, as `TaskSeen.state`. ``exhausted`` waits for a person; ``finished`` is done in part.
TASKS: Mapping[str, str] = {
    **dict.fromkeys(("registered", "defined", "assigning", "ready", "pending", "prepared"), "submitted"),
    **dict.fromkeys(("topreprocess", "preprocessing", "toreassign", "reassigning"), "submitted"),
    **dict.fromkeys(("scouting", "scouted", "running", "finishing", "toretry", "toincexec"), "running"),
    **dict.fromkeys(("rerefine", "throttled", "passed", "tobroken", "toabort", "aborting"), "running"),
    **dict.fromkeys(("paused", "exhausted"), "held"),
    "done": "succeeded",
    "finished": "partial",
    **dict.fromkeys(("failed", "broken"), "failed"),
    "aborted": "cancelled",
}

#: Jobs, as `JobSeen.state`.
JOBS: Mapping[str, str] = {
    **dict.fromkeys(("pending", "defined", "waiting", "assigned", "throttled", "activated"), "submitted"),
    **dict.fromkeys(("sent", "starting", "running", "holding", "transferring", "merging"), "running"),
    "finished": "succeeded",
    "subfinished": "partial",
    "failed": "failed",
    **dict.fromkeys(("cancelled", "closed"), "cancelled"),
}

_REQUESTS = {name.lower(): name for name in REQUESTS}
_PROCESSINGS = {name.lower(): name for name in PROCESSINGS}


def request_status(name: str) -> str:
    """Return the name of a workflow's status as iDDS writes it; empty: there is no such status."""
    return _REQUESTS.get(name.lower(), "")


def processing_status(name: str) -> str:
    """Return the name of a processing's status as iDDS writes it; empty: there is no such status."""
    return _PROCESSINGS.get(name.lower(), "")
