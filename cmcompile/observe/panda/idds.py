"""iDDS, asked through panda-server as ``bps report`` does it; its client is imported inside the functions.

`bps report` itself is not asked: it calls a run SUCCEEDED of which jobs failed, and ``bps status`` calls the
same one FAILED. Here the name that iDDS has for the state counts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import RunSeen
from cmcompile.observe.panda import relayed
from cmcompile.observe.panda.patterns import patterns
from cmcompile.observe.panda.relayed import Request
from cmcompile.observe.panda.shape import OddReplyError
from cmcompile.observe.wms.plugin import NotToldError
from cmcompile.observe.wms.states import ENDED

SERVICE = "lsst.ctrl.bps.panda.PanDAService"
#: The class may be imported from its package, or from its module.
_PACKAGE, _NAME = SERVICE.rsplit(".", 1)
#: Without them the client would ask the servers of another experiment, which it has as a default.
_NEEDED = ("PANDA_URL", "PANDA_URL_SSL")
#: Of a run of which nothing can be said; its ``wms_state`` says why. No other source uses it.
UNTOLD = ""


class IddsRuns:
    """The runs of one iDDS; implements `cmcompile.observe.wms.plugin.Source`.

    Cost: one request for each id; `find` needs one more for each pattern of names.

    Parameters
    ----------
    client
        Returns what ``pandaclient.idds_api.get_api`` does: each method is a request, and is tried once.
    """

    def __init__(self, client: Callable[[], Any]) -> None:
        self._client = client

    def find(self, prefixes: Sequence[str], known: Sequence[str] = ()) -> Sequence[RunSeen]:
        """Return all runs whose names begin with one of some prefixes.

        Parameters
        ----------
        known
            Ids of runs that are left out, and not asked for.
        """
        starts, asked = tuple(prefixes), frozenset(known)
        try:
            asking = tuple(patterns(starts))
        except ValueError as error:
            raise NotToldError(str(error)) from None
        names: dict[str, str] = {}
        for pattern in asking:
            with _odd("a look-up by name"):
                found = relayed.named(self._client().get_request_id_by_name(name=pattern))
            names |= {run_id: name for name, run_id in found.items() if name.startswith(starts)}
        return [self._sure(id_, name) for id_, name in names.items() if id_ not in asked]

    def look(self, run_ids: Sequence[str]) -> Sequence[RunSeen]:
        """Return runs by their ids."""
        with _odd("a look at a run"):
            return [found.seen() for found in self._requests(run_ids)]

    def each(self, run_ids: Sequence[str]) -> Sequence[RunSeen]:
        """Return runs by their ids; one that is shown and can't be told has the state `UNTOLD`."""
        found = []
        with _odd("a look at a run"):
            for one in self._requests(run_ids):
                try:
                    found.append(one.seen())
                except OddReplyError as error:
                    found.append(RunSeen(one.run_id, one.name, UNTOLD, str(error), one.status))
        return found

    def cancel(self, run_id: str) -> None:
        """Do what ``bps cancel`` does, for a run that is shown and not over."""
        run = self._shown(run_id)
        if run.state in ENDED:
            return
        with _odd(f"cancelling run {run_id}"):
            relayed.taken(self._client().abort(request_id=int(run_id)))

    def _shown(self, run_id: str) -> RunSeen:
        found = self.look((run_id,))
        if not found:
            # iDDS says of what it does not know that it was done.
            raise NotToldError(f"iDDS does not show run {run_id}")
        return found[0]

    def _sure(self, run_id: str, name: str) -> RunSeen:
        """Return a run that was just listed."""
        run = self._shown(run_id)
        if run.name != name:
            raise NotToldError(f"run {run_id} is listed as {name}, and is {run.name}")
        return run

    def _requests(self, run_ids: Sequence[str]) -> Iterator[Request]:
        for run_id in dict.fromkeys(run_ids):
            # Without an id, or with 0, iDDS returns the requests of everybody.
            if not run_id.isascii() or not run_id.isdecimal() or not int(run_id) or run_id.startswith("0"):
                continue
            reply = self._client().get_requests(request_id=int(run_id), with_detail=False)
            found = relayed.request(reply, run_id)
            if found is not None:
                yield found


def is_panda(where: WmsRef) -> bool:
    """Tell whether a workload system is asked through the plugin of PanDA."""
    package, _, name = where.service.rpartition(".")
    return name == _NAME and f"{package}.".startswith(f"{_PACKAGE}.")


def client_of(service: Any) -> Callable[[], Any]:
    """Return how the client of the BPS plugin is made, as it makes it for each of its calls."""

    def client() -> Any:
        from lsst.ctrl.bps.panda.utils import get_idds_client

        return get_idds_client(service.config)

    return client


def require_server() -> None:
    """Make sure that the environment names the server, before the plugin is imported, and its client with it.

    Raises
    ------
    NotToldError
    """
    lacking = [name for name in _NEEDED if not os.environ.get(name)]
    if lacking:
        raise NotToldError(f"{' and '.join(lacking)} must be set where groups are submitted from")


@contextmanager
def _odd(what: str) -> Iterator[None]:
    try:
        yield
    except OddReplyError as error:
        raise NotToldError(f"{what} has no answer: {error}") from None
