"""The monitor of PanDA that a clone uses, and how often it may be asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.setting import setting
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.observe.panda.monitor import Monitor

#: git's setting, and the variable that goes before it: the address, as ``https://host:8443``.
SETTING, VARIABLE = "cmcompile.monitor", "PANDAMON_URL"
#: Hosts beside the monitor's whose logs may be fetched, with commas.
LOG_HOSTS, LOG_HOSTS_VARIABLE = "cmcompile.logHosts", "CMCOMPILE_LOG_HOSTS"
#: Requests in an hour to the host of the monitor, by all processes of this machine.
BUDGET, BUDGET_VARIABLE = "cmcompile.monitorBudget", "CMCOMPILE_MONITOR_BUDGET"


def monitor_of(root: Path) -> Monitor | None:
    """Return the monitor of a clone; None: none is set, and iDDS is asked for each run.

    Raises
    ------
    CmcompileError
        When a setting can't be meant.
    """
    address = setting(root, SETTING, VARIABLE)
    if not address:
        return None
    from cmcompile.observe.panda.budget import BUDGET as USUAL
    from cmcompile.observe.panda.monitor import Monitor

    if not _is_address(address):
        raise CmcompileError(
            f"{VARIABLE} or {SETTING} must be an address as https://host:8443, without a user"
        )
    named = setting(root, BUDGET, BUDGET_VARIABLE)
    if named and not (named.isascii() and named.isdecimal()):
        raise CmcompileError(
            f"{BUDGET_VARIABLE} or {BUDGET} is {named!r}: write a number of requests in an hour"
        )
    hosts = setting(root, LOG_HOSTS, LOG_HOSTS_VARIABLE).split(",")
    logs = frozenset(host.strip() for host in hosts if host.strip())
    return Monitor(address, budget=int(named) if named else USUAL, log_hosts=logs)


def _is_address(text: str) -> bool:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.username or parts.query)
        )
    except ValueError:
        return False
