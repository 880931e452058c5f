"""The workload systems and the Butler that a command asks: real ones, or those that are simulated."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.area import area_of
from cmcompile.cli.catalogs import asked_of
from cmcompile.cli.monitoring import monitor_of
from cmcompile.cli.setting import setting

if TYPE_CHECKING:
    from cmcompile.apply.child.interrupts import Waking
    from cmcompile.apply.outside import Desk
    from cmcompile.cli.campaigns import Place
    from cmcompile.cli.observers import Used
    from cmcompile.ledger.book import Ledger
    from cmcompile.model.applied import Told
    from cmcompile.model.butler import Butler
    from cmcompile.model.child import Launcher
    from cmcompile.model.wms import Wms
    from cmcompile.observe.panda.monitor import Monitor
    from cmcompile.observe.wms.systems import Systems

#: Name the socket of a simulated workload system: git's setting, and the variable that goes before it.
SETTING, VARIABLE = "cmcompile.simulated", "CMCOMPILE_SIMULATED"
#: Where CI systems tell the page of a run.
_CI_PAGES = ("CMCOMPILE_CI_PAGE", "CI_JOB_URL", "BUILD_URL")
_GITHUB = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")


@dataclass(frozen=True, slots=True)
class Drivers:
    """What talks to the outside world.

    Attributes
    ----------
    launcher
        Makes what starts preparing children; only those who submit call it.
    """

    wms: Wms
    butler: Butler
    launcher: Callable[[Waking], Launcher]


def drivers(
    place: Place, butlers: Callable[[], Sequence[str]], used: Callable[[], Sequence[Used]]
) -> Drivers:
    """Return what talks to workload systems and Butler; this is the one place where that is chosen.

    Parameters
    ----------
    butlers
        Returns the Butler repositories that the groups of the campaign name; asked when one is needed.
    used
        Returns their workload systems with the environments that they are used from; asked when a plugin of
        BPS is needed. What was started for that ends with the command.
    """
    from cmcompile.ledger.book import beside_clone

    socket = simulated(place.root)
    if socket is not None:
        # The spool of the ledger: what a child keeps there is sent by whoever writes next.
        return _simulated(socket, beside_clone(place.root, place.name) / "spool")
    area = area_of(place.root)
    return _real(
        area,
        beside_clone(place.root, place.name) / "spool",
        butlers,
        _systems(used, area, monitor_of(place.root)),
        partial(asked_of, place),
    )


def _systems(used: Callable[[], Sequence[Used]], area: Path, monitor: Monitor | None = None) -> Systems:
    """Return what asks workload systems; it is closed when the command ends."""
    from cmcompile.cli.batch_asking import batch_ask
    from cmcompile.cli.observers import Observers
    from cmcompile.observe.batch.runs import BatchRuns
    from cmcompile.observe.wms.systems import Systems

    observers = Observers(used, os.environ, area)
    batch = BatchRuns(area, batch_ask(observers))
    found = Systems(choose=observers, monitor=monitor, batch=batch)
    _at_end(found.close)
    return found


def _at_end(close: Callable[[], None]) -> None:
    """Let the end of the command that is run close something."""
    import click

    command = click.get_current_context(silent=True)
    if command is not None:
        command.call_on_close(close)


def _real(
    area: Path,
    spool: Path,
    butlers: Callable[[], Sequence[str]],
    systems: Systems,
    catalog: Callable[[], str],
) -> Drivers:
    """Return what talks to BPS, its plugins and a Butler; nothing of the stack is imported yet."""
    from cmcompile.cli.campaign_butler import CampaignButler
    from cmcompile.cli.campaign_outputs import CampaignOutputs
    from cmcompile.driver.launcher import BpsLauncher
    from cmcompile.observe.batch.outputs import BatchOutputs

    def launcher(interrupts: Waking) -> Launcher:
        found = BpsLauncher(area, spool, interrupts, os.environ, catalog)
        _at_end(found.close)
        return found

    butler: Butler = CampaignButler(butlers, area)
    if systems.batch is not None:
        butler = CampaignOutputs(BatchOutputs(area, systems.batch), butler)
    return Drivers(systems, butler, launcher)


def simulated(root: Path) -> Path | None:
    """Return the socket of the simulated system; None: none is meant."""
    named = setting(root, SETTING, VARIABLE)
    return Path(named) if named else None


def _simulated(socket: Path, spool: Path) -> Drivers:
    from cmcompile.apply.child.launch import ALLOWED, SubprocessLauncher
    from cmcompile.sim.served.child import command
    from cmcompile.sim.served.client import ServedButler, ServedWms
    from cmcompile.sim.served.driver import VARIABLES

    def launcher(interrupts: Waking) -> Launcher:
        line = command(socket, spool)
        return SubprocessLauncher(lambda _: line, interrupts, allowed=(*ALLOWED, VARIABLES))

    return Drivers(ServedWms(socket), ServedButler(socket), launcher)


def desk(place: Place, ledger: Ledger, tell: Callable[[Told], None]) -> Desk:
    """Return where events of a campaign are written, under the name that git knows."""
    import secrets

    from cmcompile.apply.child.host import LocalHost
    from cmcompile.apply.child.launch import ALLOWED
    from cmcompile.apply.outside import Desk
    from cmcompile.cli.clean import cleaner
    from cmcompile.cli.written import person
    from cmcompile.ledger.desk import LedgerBook

    return Desk(
        place.name,
        LedgerBook(ledger),
        ledger.clock,
        LocalHost(),
        lambda: secrets.token_hex(8),
        person(place.root),
        ci_page(os.environ),
        tell,
        cleaner(os.environ, ALLOWED),
    )


def ci_page(environ: os._Environ[str] | dict[str, str]) -> str:
    """Return the page of the CI run that this is, or an empty text."""
    found = next((environ[name] for name in _CI_PAGES if environ.get(name)), "")
    if found or not all(environ.get(name) for name in _GITHUB):
        return found
    server, repository, run_id = (environ[name] for name in _GITHUB)
    return f"{server}/{repository}/actions/runs/{run_id}"
