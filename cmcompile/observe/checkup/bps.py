"""BPS's plugins as `bps ping` and `bps submit` use them, and the files that BPS includes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from cmcompile.model.body import WmsRef
from cmcompile.observe.butler.said import said
from cmcompile.observe.checkup.pipelines import lacking
from cmcompile.observe.wms.plugin import NotToldError, service_of

#: Their checks before a submission would make the records, and a question changes nothing.
_RECORDED = ("EngineService", "ParslService")


def plugin(service: str, where: str) -> Mapping[str, object]:
    """Import a plugin, and let it check what it needs, such as variables.

    Returns
    -------
    reply
        ``fault``: why it can't be used; empty: it can.
    """
    recorded = service.rpartition(".")[2] in _RECORDED
    try:
        # Where its records are is no server, and is looked at by who asks.
        found = service_of(WmsRef(service, "" if recorded else where))
    except NotToldError as error:
        return {"fault": said(error)}
    if recorded:
        return {"fault": ""}
    # Some ping their server there: whether that answers is a question of its own.
    found.ping = lambda *_: (0, "")
    try:
        found.run_submission_checks()
    except NotImplementedError:
        return {"fault": ""}
    except (Exception, SystemExit) as error:  # a plugin may raise anything
        return {"fault": f"{type(error).__name__}: {said(error)}"}
    return {"fault": ""}


def ping(service: str, where: str) -> Mapping[str, object]:
    """Do what ``bps ping`` does.

    Returns
    -------
    reply
        ``status``, 0 where it answers; ``message``, its words; ``none``: the plugin has no ping.
    """
    try:
        status, message = service_of(WmsRef(service, where)).ping(None)
    except NotImplementedError:
        return {"none": True}
    return {"status": int(status), "message": " ".join(str(message or "").split())}


def includes(paths: Iterable[str], area: Path) -> Mapping[str, object]:
    """Return which include files are not there, with the variables of the environment filled in."""
    absent = {}
    for text in paths:
        full = os.path.expandvars(text)
        # Without a scheme it is a file; what has one is a matter of the server that it is on.
        if "://" not in full and not (area / Path(full).expanduser()).is_file():
            absent[text] = lacking(full)
    return {"lacking": absent}
