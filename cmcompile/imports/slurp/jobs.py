"""The step of a rule: resources, options of the batch system, the command."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cmcompile.imports.fields import text_of, whole
from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Fate, Note
from cmcompile.imports.slurp.fields import JOB, OPTION

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*\Z", re.IGNORECASE)
_UNITS = {"": "MB", "M": "MB", "G": "GB", "T": "TB"}
#: Runs in a group: as many as share a folder.
_RUNS = 100
#: Options that HTCondor's files of jobs name otherwise.
_RENAMED = {"periodichold": "periodic_hold", "periodicremove": "periodic_remove"}


def step(
    job: Mapping[str, object],
    needs: Sequence[str],
    listed: str,
    variables: Mapping[str, Any],
    collect: str,
    jobs: Mapping[str, Any],
    about: str = "",
) -> dict[str, Any]:
    """Return the step of a rule: groups of runs, the newest first.

    Parameters
    ----------
    needs
        The rules whose outputs it reads.
    listed
        The name of its list.
    """
    found: dict[str, Any] = {"engine": "batch"}
    if about:
        found["about"] = about
    if needs:
        found["needs"] = dict.fromkeys(needs, "same")
    axis = {"name": "run", "list": listed, "column": "runnumber", "size": _RUNS}
    found["split"] = [{**axis, "order": "descending", "close": "now"}]
    found |= {"vars": variables, "collect": collect}
    if asked := options(job):
        found["batch"] = {"options": asked}
    return {**found, "jobs": jobs}


def program(script: str, rule: str, *, is_shipped: bool, otherwise: str) -> str:
    """Return what runs a script: where payload files are, if they go with the campaign.

    Parameters
    ----------
    otherwise
        What runs it where they do not.

    Raises
    ------
    ForeignError
        When there is no script.
    """
    if not script:
        raise ForeignError(f"rule {rule} has neither a script nor an executable: there is nothing to run")
    return f"cd {rule} && ./{script.rpartition('/')[2]}" if is_shipped else otherwise


def size(text: str, subject: str, notes: list[Note]) -> str:
    """Return a size as cmcompile writes it; empty where it is none."""
    found = _SIZE.match(text)
    if found is None or found[2].upper() == "K":
        if text:
            notes.append(Note(Fate.LEFT, subject, f"{text} is no size in megabytes or more"))
        return ""
    return f"{found[1]}{_UNITS[found[2].upper()]}"


def options(job: Mapping[str, object]) -> dict[str, Any]:
    """Return the options of HTCondor that a rule sets."""
    found: dict[str, Any] = {}
    for key in (field.key for field in JOB.fields if field.here == OPTION):
        if text := text_of(job.get(key)).strip():
            found[_RENAMED.get(key, key)] = int(text) if whole(text.removeprefix("-")) is not None else text
    return found


def resources(
    params: Mapping[str, object], job: Mapping[str, object], subject: str, notes: list[Note]
) -> dict[str, Any]:
    """Return what a job asks for."""
    memory = job.get("request_memory") or params.get("mem")
    if isinstance(memory, list):
        if memory[1:]:
            rest = ", ".join(map(str, memory[1:]))
            text = f"then {rest}: `more_memory` of a policy gives jobs more, up to its `cap`"
            notes.append(Note(Fate.TO_DO, f"{subject}: request_memory", text))
        memory = memory[0] if memory else None
    asked = {
        "memory": size(text_of(memory), f"{subject}: memory", notes),
        "disk": size(text_of(job.get("request_disk") or params.get("disk")), f"{subject}: disk", notes),
    }
    found: dict[str, Any] = {key: value for key, value in asked.items() if value}
    cores = whole(text_of(job.get("request_cpus"))) or 1
    return {**found, "cores": cores} if cores > 1 else found
