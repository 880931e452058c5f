"""``cmcompile doctor``: whether a campaign can be sent, before it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, Place, find
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import current, format_option, screen

if TYPE_CHECKING:
    from cmcompile.cli.situation import Situation
    from cmcompile.model.checkup import Result
    from cmcompile.report.doctor import DoctorFormat

_EPILOG = (
    "Ends with 0 where all is fine, 3 with a fault, 6 where something could not be asked. The checks, with "
    "what helps, are described in docs/doctor.md."
)


class CheckName(click.ParamType[str]):
    """The name of a check; several with commas."""

    name = "check"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text as it is, where all its names are known."""
        from cmcompile.doctor.run import NAMES

        for part in value.split(","):
            if part not in NAMES:
                self.fail(f"there is no check {part!r}: the checks are {', '.join(NAMES)}", param, ctx)
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """Complete the last name."""
        del ctx, param
        from click.shell_completion import CompletionItem

        from cmcompile.doctor.run import NAMES

        before, comma, last = incomplete.rpartition(",")
        return [CompletionItem(f"{before}{comma}{name}") for name in NAMES if name.startswith(last)]


class StepName(click.ParamType[str]):
    """The name of a step of the campaign that is named before."""

    name = "step"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """Complete the steps; without a campaign, or where it can't be read, none."""
        del param
        from click.shell_completion import CompletionItem

        from cmcompile.cli.campaigns import read
        from cmcompile.model.errors import CmcompileError

        # Behind an option without its value, click leaves the arguments before it unparsed.
        campaign = ctx.params.get("campaign") or next(iter(ctx.args), "")
        try:
            spec, _ = read(find(str(campaign)))
        except (CmcompileError, OSError):
            return []
        steps = () if spec is None else spec.steps
        return [CompletionItem(step.name) for step in steps if step.name.startswith(incomplete)]


@click.command("doctor", short_help="Look for what would stop a campaign, before it is sent.", epilog=_EPILOG)
@click.argument("campaign", type=CampaignName())
@click.option("--only", type=CheckName(), multiple=True, metavar="CHECK", help="These checks only.")
@click.option(
    "--step", "steps", type=StepName(), multiple=True, metavar="STEP", help="What these steps need only."
)
@click.option("--all", "all_", is_flag=True, help="Tell also what is fine.")
@click.option(
    "--room",
    metavar="SIZE",
    help="How much must be free wherever a campaign writes, such as 500G.  [default: 10G]",
)
@click.option(
    "--hours",
    type=click.FloatRange(0),
    default=24.0,
    show_default=True,
    help="How long credentials must last.",
)
@click.option(
    "--patience",
    type=click.FloatRange(1),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="How long one question may take; the start of an environment thrice as long.",
)
@format_option("text", "json")
def command(
    campaign: str,
    only: tuple[str, ...],
    steps: tuple[str, ...],
    all_: bool,
    room: str | None,
    hours: float,
    patience: float,
    format_: DoctorFormat,
) -> int:
    """Check what CAMPAIGN needs before it is sent: Butler, inputs, pipeline, workload system, ledger, disk.

    Nothing is changed. Each environment of the campaign is set up once, and asked there. What could not be
    asked is never called fine.
    """
    from cmcompile.report.doctor import render_doctor

    place = find(campaign)
    names = [name for text in only for name in text.split(",")]
    results = examined(place, names, steps, room, hours, patience)
    text = render_doctor(place.name, results, format_, screen(), everything=all_)
    click.echo(text, nl=False, color=current().colour() or None)
    return exit_of(results)


def examined(
    place: Place,
    names: Sequence[str] = (),
    steps: Sequence[str] = (),
    room: str | None = None,
    hours: float = 24.0,
    patience: float = 120.0,
    *,
    quick: bool = False,
    known: Situation | None = None,
) -> tuple[Result, ...]:
    """Run checks on a campaign.

    Parameters
    ----------
    names, steps
        Only these; none: all.
    quick
        Without names: only those that need neither an environment nor the Butler.
    known
        The campaign, where it was read already.

    Raises
    ------
    InputError
        When the spec has errors.
    """
    from cmcompile.cli.doctor_asking import Asking
    from cmcompile.cli.doctor_case import case_of
    from cmcompile.cli.progress import progress
    from cmcompile.doctor.run import chosen, judged, questions

    checks = chosen(names, quick=quick)
    case, settings = case_of(place, steps, room, hours, known)
    with progress() as line:
        asked = questions(checks, case)
        answers = Asking(place, case, settings, patience, line).answers(asked)
    return judged(checks, case, answers)


def exit_of(results: Sequence[Result]) -> Exit:
    """Return the exit code of results: what is not known goes before what is wrong."""
    from cmcompile.report.doctor import faults, open_

    if open_(results):
        return Exit.UNKNOWN
    return Exit.ATTENTION if faults(results) else Exit.OK
