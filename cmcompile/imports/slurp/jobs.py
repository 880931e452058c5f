"""The job of a rule: resources, options of the batch system, the command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cmcompile.imports.fields import text_of
from cmcompile.imports.imported import Fate, Note

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*\Z", re.IGNORECASE)
_UNITS = {"": "MB", "M": "MB", "G": "GB", "T": "TB"}
_OPTIONS = {
    "accounting_group": "accounting_group",
    "accounting_group_user": "accounting_group_user",
    "priority": "priority",
    "request_xferslots": "request_xferslots",
    "requirements": "requirements",
    "periodichold": "periodic_hold",
    "periodicremove": "periodic_remove",
    "max_retries": "max_retries",
}


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
    for theirs, ours in _OPTIONS.items():
        if text := text_of(job.get(theirs)).strip():
            found[ours] = int(text) if re.fullmatch(r"-?\d+", text) else text
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
    cores = text_of(job.get("request_cpus"))
    return {**found, "cores": int(cores)} if cores.isdigit() and int(cores) > 1 else found


def executable(text: str, payload: str) -> str:
    """Return the name of what a job runs, without the folder of the payload."""
    name = text.replace("{payload}", payload)
    return name.rpartition("/")[2]
