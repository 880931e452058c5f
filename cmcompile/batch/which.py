"""Which batch system is asked: how commands name it, and what it calls itself.

Who submits writes the name down, and who asks later compares it: both have it from here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from shlex import join, quote

_NAMES = {
    "slurm": re.compile(r"^ClusterName\s*=\s*(\S+)", re.MULTILINE),
    "htcondor": re.compile(r"^-- Schedd: (\S+)", re.MULTILINE),
}
_SETTINGS = {"slurm": "SLURM_CONF", "htcondor": "CONDOR_CONFIG"}


def settings_of(system: str, where: str) -> dict[str, str]:
    """Return the variable that names the settings of a batch system, where ``where`` is a path; else none."""
    name = _SETTINGS.get(system)
    return {name: where} if name and where.startswith("/") else {}


def options_of(system: str, where: str) -> tuple[str, ...]:
    """Return what names another system than the default one in a command; a path is named by a variable."""
    if not where or where.startswith("/"):
        return ()
    return (f"--clusters={where}",) if system == "slurm" else ("-name", where)


def in_words(system: str, where: str, command: Sequence[str]) -> str:
    """Return a command as a person types it, with the variable that names the settings."""
    named = (f"{name}={quote(value)} " for name, value in settings_of(system, where).items())
    return "".join(named) + join(command)


def name_question(system: str, where: str) -> tuple[str, ...]:
    """Return the command that a batch system tells its name by."""
    to = options_of(system, where)
    if system == "slurm":
        return ("scontrol", *to, "show", "config")
    return ("condor_q", *to, "-allusers", "-totals")


def name_in(system: str, said: str) -> str | None:
    """Return the name in the answer; None: it holds none."""
    found = _NAMES[system].search(said)
    return None if found is None else found[1]
