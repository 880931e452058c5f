"""Where one campaign stands, or the groups of all campaigns that a condition means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cmcompile.cli.address import Address, NoGroupError, everywhere, within
from cmcompile.cli.campaigns import Place
from cmcompile.cli.choose import select_groups
from cmcompile.cli.ledgers import Look, look
from cmcompile.cli.output import warn
from cmcompile.cli.situation import situation
from cmcompile.model.errors import CmcompileError, InputError

if TYPE_CHECKING:
    from cmcompile.model.status import CampaignStatus, Whereabouts

FAULTY = "its spec or its decisions have errors"


@dataclass(slots=True)
class Eyes:
    """How ledgers are looked at, for one page.

    Attributes
    ----------
    silent
        Remotes that did not answer.
    """

    at: str | None
    offline: bool
    silent: set[str] = field(default_factory=set)

    def look(self, place: Place, *, strict: bool) -> Look:
        """Read the ledger of a campaign; without ``strict`` it is fine that there was none at the moment."""
        return look(place, offline=self.offline, at=self.at, degrade=True, silent=self.silent, strict=strict)


def status_at(
    place: Place, addresses: Sequence[Address], eyes: Eyes, *, strict: bool, rows: bool
) -> CampaignStatus:
    """Return where a campaign stands; one that can't be read does not hide the others."""
    try:
        now = situation(place, eyes.look(place, strict=strict))
    except CmcompileError as error:
        if strict:
            raise
        from cmcompile.model.status import CampaignStatus

        fault, help_ = fault_of(place, error, eyes)
        return CampaignStatus(place.name, fault=fault, next=help_)
    from cmcompile.plan.summary import status_by

    chosen = now.chosen(addresses)
    return status_by(now.inputs, now.standings, now.look.seen(), chosen=chosen, rows=rows)


def faulty(campaign: str) -> str:
    """Return what is said of a campaign whose findings are not shown here."""
    return f"{FAULTY}, see `cmcompile validate {campaign}`"


def fault_of(place: Place, error: CmcompileError, eyes: Eyes) -> tuple[str, str]:
    """Return why nothing can be said of a campaign, and what to type about it."""
    return _fault(error, eyes), f"cmcompile validate {place.name}" if isinstance(error, InputError) else ""


def anywhere(names: Sequence[str], eyes: Eyes) -> tuple[list[Address], list[CampaignStatus]]:
    """Return the groups of all campaigns that stand as asked; campaigns without any are left out."""
    addresses: list[Address] = []
    found: list[CampaignStatus] = []
    for place in everywhere():
        here = within(place, names)
        try:
            status = status_at(place, here, eyes, strict=False, rows=True)
        except NoGroupError:
            continue
        if status.fault:
            warn(f"{place.name} is left out: {status.fault}")
            continue
        addresses += here
        found.append(status)
    if not found:
        raise NoGroupError(f"no group of any campaign has {' '.join(names)}")
    return addresses, found


def whereabouts(names: Sequence[str], eyes: Eyes) -> list[Whereabouts]:
    """Return where the data of an id went, in all campaigns.

    Raises
    ------
    NoGroupError
        When no group holds it.
    """
    from cmcompile.plan.summary import whereabouts_of

    rows: list[Whereabouts] = []
    refused: NoGroupError | None = None
    for place in everywhere():
        try:
            now = situation(place, eyes.look(place, strict=False))
            groups = select_groups(within(place, names), now.spec, now.groups(), now.answers())
        except NoGroupError as error:
            refused = error
            continue
        except CmcompileError as error:
            warn(f"{place.name} is left out: {_fault(error, eyes)}")
            continue
        standings = [now.standings[group.step, group.id] for group in groups]
        rows += whereabouts_of(now.spec.name, standings, now.inputs.state)
    if not rows:
        said = "none of them can be read" if refused is None else refused
        raise NoGroupError(f"no campaign holds {' '.join(names)}: {said}")
    return rows


def _fault(error: CmcompileError, eyes: Eyes) -> str:
    """Return what is wrong with a campaign; raises where it is the moment that was asked for."""
    if isinstance(error, InputError):
        return FAULTY
    if eyes.at is not None:
        raise error
    return str(error)
