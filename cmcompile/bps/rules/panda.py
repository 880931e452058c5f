"""Keys of jobs that mean something else on PanDA than their names say, or nothing.

Source: ``lsst-ctrl-bps-panda`` 30.0: ``retryUnlessExit`` is read nowhere in it, and ``numberOfRetries``
becomes ``maxAttempt`` of the task, which counts the first attempt too.
"""

from __future__ import annotations

from cmcompile.bps.view import View, entries, places, text_of
from cmcompile.model.codes import bps as codes
from cmcompile.model.resolved import Leaf

_PLUGIN = "PanDAService"


def check(view: View) -> None:
    """Report such keys where the groups go to PanDA."""
    service = text_of(view.find("wmsServiceClass")) or ""
    if service.rpartition(".")[2] != _PLUGIN:
        return
    for path, node in places(view):
        for key, value in entries(node):
            name = ".".join((*path, key))
            if key == "retryUnlessExit":
                message = f"`{name}` has no effect on PanDA: its plugin never reads it"
                hint = "remove it; which errors are tried again is decided by the server, and by `policy`"
                view.report(codes.NOT_ON_PANDA, value, message, hint)
            elif key == "numberOfRetries" and isinstance(value, Leaf) and isinstance(value.value, int):
                view.report(codes.ATTEMPTS_ON_PANDA, value, *_attempts(name, value.value))


def _attempts(name: str, number: int) -> tuple[str, str]:
    if number <= 1:
        return f"`{name}: {number}` means no second attempt on PanDA", "write 2 for one retry"
    again = "once" if number == 2 else f"{number - 1} times"
    return (
        f"`{name}: {number}` means {number} attempts in all on PanDA: a job is tried again {again}",
        f"write {number + 1} for {number} retries; nothing, if {number} attempts are meant",
    )
