"""``cmcompile status --view``: tables of jobs and quanta."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cmcompile.cli.address import Address, everywhere, parse
from cmcompile.cli.output import warn
from cmcompile.cli.standing import Eyes
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.cli.campaigns import Place
    from cmcompile.cli.situation import Situation
    from cmcompile.cli.units import Facts
    from cmcompile.model.batch import JobFact
    from cmcompile.model.body import WmsRef
    from cmcompile.model.view import View, ViewName
    from cmcompile.model.wms import NoAnswer
    from cmcompile.observe.batch.commands import Said
    from cmcompile.observe.batch.queue import Ask
    from cmcompile.report.screen import Screen
    from cmcompile.report.views import ViewFormat

#: What is expected, and not what was sent alone, is a part of these.
_WITH_UNSENT = frozenset({"pending", "runs", "missing"})


def view_page(
    name: ViewName,
    selectors: Sequence[str],
    places: Sequence[Place],
    eyes: Eyes,
    format_: ViewFormat,
    screen: Screen,
) -> tuple[str, bool]:
    """Return a view of the campaigns that selectors name, and whether it is complete.

    Parameters
    ----------
    places
        The campaigns where no selector names one; none: all.

    Raises
    ------
    CmcompileError
        When a campaign that is named can't be read.
    """
    from cmcompile.report.views import render_views

    addresses = parse(selectors)
    places = list(dict.fromkeys(a.place for a in addresses)) or places or everywhere()
    views: list[View] = []
    whole = True
    for place in places:
        try:
            some = [a for a in addresses if a.place == place]
            views.append(_view(name, place, some, eyes, strict=bool(selectors)))
        except CmcompileError as error:
            if selectors:
                raise
            warn(f"{place.name} is left out: {error}")
            whole = False
    whole = whole and not any(view.faults for view in views)
    if format_ in ("ids", "rows", "csv"):
        for view in views:
            for fault in view.faults:
                warn(f"{view.campaign}: {fault}")
    return render_views(views, format_, screen), whole


def _view(name: ViewName, place: Place, addresses: Sequence[Address], eyes: Eyes, *, strict: bool) -> View:
    from datetime import UTC, datetime

    from cmcompile.cli.situation import situation
    from cmcompile.cli.units import units_of
    from cmcompile.report.views import view_of

    now = situation(place, eyes.look(place, strict=strict))
    chosen = now.chosen(addresses)
    asks = not eyes.offline and eyes.at is None
    units = units_of(now, chosen, _facts(now) if asks else None, unsent=name in _WITH_UNSENT)
    return view_of(name, units, datetime.now(UTC))


def _facts(now: Situation) -> Facts:
    """Return what asks the batch systems of a campaign; nothing is asked yet."""
    found: list[Facts] = []

    def facts(run: str) -> Mapping[int, JobFact] | NoAnswer:
        if not found:
            found.append(_asking(now))
        return found[0](run)

    return facts


def _asking(now: Situation) -> Facts:
    import os

    from cmcompile.cli.area import area_of
    from cmcompile.cli.batch_asking import batch_ask
    from cmcompile.cli.observers import Observers, used_by
    from cmcompile.observe.batch.outputs import BatchOutputs
    from cmcompile.observe.batch.runs import BatchRuns

    area = area_of(now.place.root)
    observers = Observers(lambda: tuple(used_by(now.compiled())), os.environ, area)
    return BatchOutputs(area, BatchRuns(area, _once(batch_ask(observers)))).facts


def _once(ask: Ask) -> Ask:
    """Return what asks each question once: all workflows of a view are looked for in the same answer."""
    told: dict[tuple[WmsRef, tuple[str, ...]], Said | NoAnswer] = {}

    def asked(where: WmsRef, command: Sequence[str]) -> Said | NoAnswer:
        key = (where, tuple(command))
        if key not in told:
            told[key] = ask(where, command)
        return told[key]

    return asked
