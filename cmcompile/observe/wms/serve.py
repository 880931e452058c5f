"""The observer: a process that imports the stack once and answers any number of requests.

It reads requests from standard input and writes replies to standard output, as `lines` says, and ends with
its input. What plugins print goes to standard error.
"""

from __future__ import annotations

import math
import os
import signal
import sys
from collections.abc import Sequence
from typing import IO

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.observe.panda.idds import IddsRuns, client_of, is_panda, require_server
from cmcompile.observe.wms.condor import NAME, CondorRuns
from cmcompile.observe.wms.lines import LineError, Request, read_request, reply_line
from cmcompile.observe.wms.plugin import NotToldError, PluginRuns, Source, once, service_of

#: Seconds beyond those that the parent waits: it is the one to end this process, as long as it lives.
_MARGIN = 10


def main() -> None:
    """Serve until there are no more requests."""
    requests, replies = _streams()
    sources: dict[WmsRef, Source] = {}
    for line in requests:
        try:
            request = read_request(line)
        except LineError as error:
            sys.exit(f"a request can't be read: {error}")
        # A plugin that hangs for ever must not outlive a parent that was killed.
        signal.alarm(math.ceil(request.seconds) + _MARGIN)
        replies.write(reply_line(request.number, answered(request, sources)))
        replies.flush()
        signal.alarm(0)


def answered(request: Request, sources: dict[WmsRef, Source]) -> Sequence[RunSeen] | NoAnswer:
    """Answer a request.

    Parameters
    ----------
    sources
        The workload systems that were asked before; another one is added.
    """
    try:
        if request.where not in sources:
            sources[request.where] = source_of(request.where)
        source = sources[request.where]
        if isinstance(source, IddsRuns) and request.ask in ("find", "each"):
            each = request.ask == "each"
            return once(source.each(request.texts) if each else source.find(request.texts, request.known))
        if request.ask == "find":
            return once(source.find(request.texts))
        if request.ask == "look":
            return once(source.look(request.texts))
        if request.ask == "cancel":
            for run_id in request.texts:
                source.cancel(run_id)
            return ()
    except NotToldError as error:
        return NoAnswer(str(error))
    except (Exception, SystemExit) as error:  # whatever a plugin raises, it did not answer
        said = " ".join(str(error).split())
        return NoAnswer(f"{type(error).__name__}: {said}" if said else type(error).__name__)
    return NoAnswer(f"{request.ask} is nothing that can be asked")


def source_of(where: WmsRef) -> Source:
    """Return how a workload system is asked."""
    if where.service.rpartition(".")[2] == NAME:
        # Its schedd is named to the collector, not to the plugin.
        return CondorRuns(service_of(WmsRef(where.service)), where.where)
    if is_panda(where):
        require_server()
        return IddsRuns(client_of(service_of(where)))
    return PluginRuns(service_of(where))


def _streams() -> tuple[IO[bytes], IO[bytes]]:
    """Take standard input and output away from all that plugins print, read, or start."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, replies


if __name__ == "__main__":
    main()
