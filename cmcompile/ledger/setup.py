"""Making a ledger, knowing it again, and asking what its remote lets be done to it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from cmcompile.ledger.protection import Allowed, RemoteChecks, remote_checks
from cmcompile.model.ledger import Commit, LedgerError, LedgerStore, Tip, UnreachableError

__all__ = [
    "initialise",
    "Initialised",
    "identity",
    "LedgerIdentity",
    "ExistsError",
    "remote_checks",
    "RemoteChecks",
    "Allowed",
    "FILE",
    "FORMAT",
]

FILE = "ledger.json"
FORMAT = 1
_TRIES = 5


@dataclass(frozen=True, slots=True)
class LedgerIdentity:
    """What ``ledger.json`` says.

    Attributes
    ----------
    format
        Of the whole ledger; a reader of a lower one must not read it.
    campaign
        The name of the campaign.
    id
        Random, 16 hex digits: two ledgers of the same name are told apart by it.
    """

    format: int
    campaign: str
    id: str


@dataclass(frozen=True, slots=True)
class Initialised:
    """A ledger that is there.

    Attributes
    ----------
    made
        Whether it was made now; False: it was there.
    """

    tip: Tip
    identity: LedgerIdentity
    made: bool


class ExistsError(LedgerError):
    """There is a ledger of that campaign."""


def initialise(
    store: LedgerStore,
    campaign: str,
    *,
    again: bool = False,
    random: Callable[[], str] = lambda: secrets.token_hex(8),
) -> Initialised:
    """Make the branch of a campaign, with nothing in it but ``ledger.json``.

    Parameters
    ----------
    again
        Whether a ledger of this campaign that is there is fine.
    random
        Makes the id.

    Raises
    ------
    ExistsError
        When there is one, and ``again`` is not set.
    LedgerError
        When the branch holds something else; and all that the store raises.
    """
    ours = LedgerIdentity(FORMAT, campaign, random())
    tip = store.tip()
    made: Commit | None = None
    for _ in range(_TRIES):
        if tip is not None:
            return _there(store, tip, ours, again)
        made = made or store.commit(None, {FILE: _encoded(ours)}, f"Ledger of campaign {campaign}")
        store.push(made)
        tip = store.tip()
    if tip is not None:
        return _there(store, tip, ours, again)
    raise UnreachableError(f"the ledger of '{campaign}' was pushed {_TRIES} times and is not there")


def _there(store: LedgerStore, tip: Tip, ours: LedgerIdentity, again: bool) -> Initialised:
    """Judge the ledger that is there: ours, another's, or another campaign's."""
    found = identity(store, tip)
    if found == ours:
        return Initialised(tip, found, True)
    if found.campaign != ours.campaign:
        raise LedgerError(f"the branch holds the ledger of '{found.campaign}', not of '{ours.campaign}'")
    if not again:
        raise ExistsError(f"campaign '{ours.campaign}' has a ledger already (id {found.id})")
    return Initialised(tip, found, False)


def identity(store: LedgerStore, tip: Tip) -> LedgerIdentity:
    """Return what ``ledger.json`` says at a tip.

    Raises
    ------
    LedgerError
        When it is not there, can't be read, or has a format that this version does not know.
    """
    oid = store.files(tip, [FILE]).get(FILE)
    if oid is None:
        raise LedgerError(f"the branch has no {FILE}: it is no ledger of cmcompile")
    try:
        data = json.loads(store.read([oid])[oid])
    except (ValueError, RecursionError):
        data = None
    match data:
        case {"format": int(number), "campaign": str(campaign), "id": str(own)}:
            if isinstance(number, bool) or number < 1:
                raise LedgerError(f"{FILE} has no format")
            if number > FORMAT:
                raise LedgerError(
                    f"the ledger has format {number}, and this cmcompile knows {FORMAT}: use a newer one"
                )
            return LedgerIdentity(number, campaign, own)
    raise LedgerError(f"{FILE} can't be read: it must hold format, campaign and id")


def _encoded(ours: LedgerIdentity) -> bytes:
    values = {"format": ours.format, "campaign": ours.campaign, "id": ours.id}
    return json.dumps(values, indent=1, sort_keys=True).encode() + b"\n"
