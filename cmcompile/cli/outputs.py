"""``cmcompile outputs``: what the Butler holds of what runs wrote, counted and with its size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from cmcompile.cli.address import SYNTAX, Address, NoGroupError, parse, split_workflow
from cmcompile.cli.exit import Exit
from cmcompile.cli.ledgers import look
from cmcompile.cli.output import current, format_option, screen
from cmcompile.cli.selector import SelectorType
from cmcompile.cli.situation import Situation, situation
from cmcompile.model.wms import NoAnswer

if TYPE_CHECKING:
    from cmcompile.model.holding import Holding
    from cmcompile.model.states import Workflow
    from cmcompile.observe.butler.repository import Repository
    from cmcompile.report.outputs import OutputsFormat


@click.command("outputs", short_help="Count what runs wrote, and its size.", epilog=SYNTAX)
@click.argument("selector", type=SelectorType(ledger=True))
@click.option("--all", "all_", is_flag=True, help="List every run, however many there are.")
@click.option("--offline", is_flag=True, help="Take the ledger as it was last fetched; the Butler is asked.")
@click.option(
    "--butler", metavar="REPO", help="The repository to ask; without it payload.butlerConfig of the campaign."
)
@format_option("text", "json")
def command(selector: str, all_: bool, offline: bool, butler: str | None, format_: OutputsFormat) -> int:
    """Count the datasets that the runs of SELECTOR wrote, by task and dataset type, with their size.

    SELECTOR is a campaign, a step, some groups or, as `dp02/step1/3@w00`, one workflow. The runs are those
    that the ledger names and that were not retired; the Butler is asked, and nothing is changed. A size is
    what the Butler's own records say of the files; files are not looked at.
    """
    from cmcompile.cli.area import area_of
    from cmcompile.cli.butlers import butler_of
    from cmcompile.observe.butler.repository import Repository
    from cmcompile.report.outputs import render_outputs

    names, name = split_workflow([selector])
    addresses = parse(names)
    place = addresses[0].place
    now = situation(place, look(place, offline=offline, degrade=True))
    some = list(_workflows(now, addresses, name))
    if name and not some:
        raise NoGroupError(f"{names[0]} has no workflow {name} that was submitted and not retired")
    repository = Repository(butler or butler_of(now.spec), area_of(place.root))
    found = _counted(repository, some)
    if isinstance(found, NoAnswer):
        click.echo(f"cmcompile: {found.why}; nothing is known of the outputs", err=True)
        return Exit.UNKNOWN
    text = render_outputs(selector, found, format_, screen(everything=all_))
    click.echo(text, nl=False, color=current().colour() or None)
    return Exit.OK


def _workflows(now: Situation, addresses: list[Address], name: str) -> Iterator[Workflow]:
    """Yield the workflows of some groups that may have outputs, in the order of steps and groups."""
    from cmcompile.model.ids import natural
    from cmcompile.model.states import WorkflowState

    chosen = now.chosen(addresses)
    state = now.inputs.state
    steps = {step.name: number for number, step in enumerate(now.spec.steps)}
    keys = [key for key in state.groups if chosen is None or key in chosen]
    for key in sorted(keys, key=lambda k: (steps.get(k[0], len(steps)), k[0], natural(k[1]))):
        for one in state.groups[key].workflows:
            if one.used and one.state is not WorkflowState.RETIRED and name in ("", one.name):
                yield one


def _counted(repository: Repository, workflows: Iterable[Workflow]) -> list[Holding] | NoAnswer:
    from cmcompile.cli.progress import progress
    from cmcompile.model.holding import Holding

    some = [one for one in workflows if one.claim is not None]
    found = []
    with progress() as line:
        for number, one in enumerate(some, 1):
            run = "" if one.claim is None else one.claim.output_run
            stage = f"run {number:,} of {len(some):,}: datasets"
            held = repository.holdings(run, lambda done, stage=stage: line(stage, done, 0))  # type: ignore[misc]
            if isinstance(held, NoAnswer):
                return held
            found.append(Holding(str(one), run, one.state.value, held))
    return found
