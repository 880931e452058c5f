"""What a batch system is given: a batch script of Slurm, or a submit description of HTCondor.

Neither names the run: that is given at the call, so that the bytes follow from the spec alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from shlex import quote

from cmcompile.batch.document import Document, Resources
from cmcompile.batch.run_files import LOGS, NUMBERS

#: Options that are set from the spec elsewhere, and what sets them.
_FROM_SPEC: Mapping[str, Mapping[str, str]] = {
    "slurm": {
        "mem": "jobs.resources.memory",
        "mempercpu": "jobs.resources.memory",
        "mempergpu": "jobs.resources.memory",
        "cpuspertask": "jobs.resources.cores",
        "tmp": "jobs.resources.disk",
        "time": "jobs.resources.walltime",
        "clusters": "batch.where",
    },
    "htcondor": {
        "requestmemory": "jobs.resources.memory",
        "requestcpus": "jobs.resources.cores",
        "requestdisk": "jobs.resources.disk",
        "allowedexecuteduration": "jobs.resources.walltime",
    },
}
#: Options that cmcompile sets itself, or that would keep it from finding the jobs again.
_OWN: Mapping[str, str] = {
    "slurm": " array chdir error help input jobname nodes ntasks openmode output parsable quiet testonly"
    " usage verbose version wait workdir wrap ",
    "htcondor": " args arguments batchname cmd dagmanjobid elif else endif err error executable hold if in"
    " include initialdir initialdirectory input iwd job jobbatchname jobiwd jobleaveinqueue jobuniverse"
    " leaveinqueue log maxidle maxmaterialize noopjob out output queue shouldtransferfiles stderr stdin"
    " stdout transferexecutable ulog universe userlog ",
}
#: A job that HTCondor holds for its memory or its time never goes on as it is: it leaves the queue, and a
#: rescue sends it with more. 34: beyond its memory; 21: by the machine's policy, which says why; 46, 47: too
#: long.
_GIVEN_UP = (
    "(JobStatus == 5) && (HoldReasonCode == 34 || HoldReasonCode == 46 || HoldReasonCode == 47"
    ' || (HoldReasonCode == 21 && regexp("memory", HoldReason, "i")))'
)
_KEYS = {
    "slurm": re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z"),
    "htcondor": re.compile(r"(\+|MY\.|My\.|my\.)?[A-Za-z_][A-Za-z0-9_]*\Z"),
}
_VALUES = {
    # Quotes, backslashes and a comment sign mean something to sbatch on such a line.
    "slurm": re.compile(r"[^\x00-\x1f\x7f\"'\\#]*\Z"),
    # A backslash at the end of a line takes in the next one.
    "htcondor": re.compile(r"[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\\]\Z|\Z"),
}


def option_problem(system: str, key: str, value: str) -> tuple[str, str] | None:
    """Say why an option can't be set, and what to do; None where it can."""
    plain = re.sub(r"[-_]|^(\+|my\.)", "", key.lower())
    if not _KEYS[system].match(key):
        hint = "write it as after `--`: `mail-type`" if system == "slurm" else "write it as in a submit file"
        return "is no name of an option", hint
    # Of Slurm's options the beginning is enough: `--cluster` is `--clusters`.
    taken = f" {plain}" if system == "slurm" else f" {plain} "
    for name, instead in _FROM_SPEC[system].items():
        if f" {name} ".startswith(taken):
            return "is set from the spec", f"set `{instead}`"
    if taken in _OWN[system]:
        return "is set by cmcompile", "take it out: the jobs could not be found again"
    if not _VALUES[system].match(value) or not value.isprintable():
        return "has a value that can't stand on one line of the file", "write it without quotes and line ends"
    return None


def submit_bytes(document: Document, head: str) -> bytes:
    """Return the file that the batch system is given for a group.

    Parameters
    ----------
    head
        A comment for its first lines.
    """
    lines = _slurm(document) if document.system == "slurm" else _htcondor(document)
    first = ["#!/bin/bash"] if document.system == "slurm" else []
    return ("\n".join([*first, f"# {head}", *lines]) + "\n").encode()


def _slurm(document: Document) -> list[str]:
    asked = {
        "output": f"{LOGS}/%a.out",
        "open-mode": "append",
        **_resources_of_slurm(document.resources),
        # Begun anew after its node was lost, a job may run while its first start still does.
        **({} if "requeue" in document.options else {"no-requeue": ""}),
        **document.options,
    }
    return [
        *(f"#SBATCH {_option(key, value)}" for key, value in asked.items()),
        "# cmcompile adds --job-name, --array and --chdir, which names the directory of this file.",
        f"exec /bin/bash {quote('./' + document.script)}",
    ]


def _resources_of_slurm(asked: Resources) -> dict[str, str]:
    found = {"ntasks": "1"}
    if asked.cores is not None:
        found["cpus-per-task"] = str(asked.cores)
    if asked.memory is not None:
        found["mem"] = f"{asked.memory}M"
    if asked.disk is not None:
        found["tmp"] = f"{asked.disk}M"
    if asked.walltime is not None:
        # Slurm counts in minutes.
        found["time"] = str(-(-asked.walltime // 60))
    return found


def _option(key: str, value: str) -> str:
    if not value:
        return f"--{key}"
    text = f"--{key}={value}"
    return f'"{text}"' if re.search(r"\s", text) else text


def _htcondor(document: Document) -> list[str]:
    asked = document.resources
    found = {
        "universe": "vanilla",
        "executable": "/bin/bash",
        "transfer_executable": "false",
        "should_transfer_files": "NO",
        "arguments": f"{document.script} $(job)",
        "log": f"{LOGS}/condor.log",
        "output": f"{LOGS}/$(job).out",
        "error": f"{LOGS}/$(job).err",
        "periodic_remove": _GIVEN_UP,
    }
    if asked.cores is not None:
        found["request_cpus"] = str(asked.cores)
    if asked.memory is not None:
        found["request_memory"] = str(asked.memory)
    if asked.disk is not None:
        found["request_disk"] = f"{asked.disk}MB"
    if asked.walltime is not None:
        found["allowed_execute_duration"] = str(asked.walltime)
    return [
        *(f"{key} = {value}" for key, value in {**found, **document.options}.items()),
        f"# cmcompile adds -batch-name, and writes the numbers of the jobs to {NUMBERS}.",
        f"queue job from {NUMBERS}",
    ]
