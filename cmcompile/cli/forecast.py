"""``cmcompile forecast``: when a campaign will end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, Place, find
from cmcompile.cli.ledgers import Look, look
from cmcompile.cli.output import current, echo_findings, format_option, screen
from cmcompile.cli.situation import Situation, situation
from cmcompile.model.errors import CmcompileError, InputError
from cmcompile.model.stopping import stops

if TYPE_CHECKING:
    from cmcompile.model.event import Event, Subject
    from cmcompile.model.forecast import Forecast
    from cmcompile.sim.forecast.declared import Declared
    from cmcompile.sim.forecast.times import Kind


class _Interval(click.ParamType[float]):
    """A duration such as ``15m``, in seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        from cmcompile.sim.forecast.declared import seconds

        found = value if isinstance(value, float) else seconds(str(value))
        if not found:
            self.fail(f"{value!r} is no duration: write 90s, 15m, 6h or 2d", param, ctx)
        return found


class UnwrittenPlotError(CmcompileError):
    """A plot can't be written."""


@click.command("forecast", short_help="Say when a campaign will end.")
@click.argument("campaign", type=CampaignName())
@click.option(
    "--slots", type=click.IntRange(1), metavar="N",
    help="So many workflows at once, in place of the campaign's limit.",
)  # fmt: skip
@click.option(
    "--durations", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="FILE",
    help="How long things take; else as measured.",
)  # fmt: skip
@click.option(
    "--needs",
    type=click.Choice(["overlap", "barrier"]),
    help="All needs of one sort; else as written, compared.",
)
@click.option("--every", type=_Interval(), metavar="15m", help="From one pass of reconcile to the next.")
@click.option(
    "--runs", type=click.IntRange(1, 1000), default=20, show_default=True, metavar="N",
    help="So often durations and failures are drawn.",
)  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Others give other draws.")
@click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Draw it, as SVG."
)
@click.option("--offline", is_flag=True, help="Take the ledger as it was last fetched; ask nobody.")
@format_option("text", "json")
def command(
    campaign: str,
    slots: int | None,
    durations: Path | None,
    needs: str | None,
    every: float | None,
    runs: int,
    seed: int,
    plot: Path | None,
    offline: bool,
    format_: str,
) -> None:
    """Say when CAMPAIGN will end, from the ledger as it is now. Nothing is done.

    What is accepted is done, what runs goes on, and what failed is sent again or rescued as its policy says,
    else waits for a declared rescue or a person. Durations and failures are drawn anew in each run. Said are
    the end, the critical path, and what holds work up.
    """
    from cmcompile.sim.forecast.variant import needs_named
    from cmcompile.sim.forecast.whole import Question, forecast
    from cmcompile.version import EMIT

    place = find(campaign)
    now = situation(place, look(place, offline=offline), files=True)
    if stops(now.findings):
        raise InputError(now.findings)
    declared = _declared(now, durations)
    tip = now.look.view.tip
    found = forecast(
        now.inputs,
        Question(slots, needs_named(needs), every, runs, seed),
        EMIT,
        measured=measured(now),
        declared=declared,
        ledger="" if tip is None else tip.commit,
    )
    _echo(found, format_, plot)


def _declared(now: Situation, file: Path | None) -> Declared:
    from cmcompile.model.diagnostic import Findings, errors_in
    from cmcompile.sim.forecast.declared import SILENT, load_durations
    from cmcompile.spec.files import WorkingTree

    if file is None:
        return SILENT
    root, path = _root_of(now.place, file)
    findings = Findings()
    steps = [step.name for step in now.spec.steps]
    found = load_durations(WorkingTree(root), path, steps, findings)
    told = findings.sorted()
    if found is None or any(errors_in(told)):
        raise InputError(told)
    if told:
        echo_findings(told, err=True)
    return found


def _root_of(place: Place, file: Path) -> tuple[Path, str]:
    """Return where a file is: in the repository, or beside itself."""
    whole, root = file.resolve(), place.root.resolve()
    if whole.is_relative_to(root):
        return root, whole.relative_to(root).as_posix()
    return whole.parent, whole.name


def measured(now: Situation) -> Mapping[tuple[str, bool], Kind]:
    """Return what the workflows of a campaign took, by step and whether of its rescues."""
    from cmcompile.sim.forecast.extract import sizes_of
    from cmcompile.sim.forecast.measured import kinds, worth_reading

    subjects = worth_reading(now.inputs.state)
    return kinds(_events(now.look, subjects), now.judged.world, sizes_of(now.inputs.declared))


def _events(seen: Look, subjects: Iterable[Subject]) -> Iterable[Event]:
    """Return the events of workflows; what can't be read is left out."""
    from cmcompile.ledger.codec import decode
    from cmcompile.ledger.paths import directory, locate
    from cmcompile.model.event import Event

    tip, store = seen.view.tip, seen.ledger.store
    places = [directory(subject) for subject in subjects]
    if tip is None or not places:
        return []
    paths = {
        path: oid
        for path, oid in store.files(tip, places).items()
        if (found := locate(path)) is not None and found.number
    }
    contents = store.read(paths.values())
    events = (decode(path, contents[oid]) for path, oid in paths.items())
    return [event for event in events if isinstance(event, Event)]


def _echo(found: Forecast, format_: str, plot: Path | None) -> None:
    from cmcompile.report.forecast import forecast_json, forecast_svg, forecast_text

    if plot is not None:
        try:
            plot.write_text(forecast_svg(found), encoding="utf-8")
        except OSError as error:
            raise UnwrittenPlotError(f"{plot} can't be written: {error.strerror}") from None
    if format_ == "json":
        click.echo(forecast_json(found), nl=False)
        return
    click.echo(forecast_text(found, screen()), nl=False, color=current().colour() or None)
    if plot is not None:
        click.echo(f"drawn in {plot}")
