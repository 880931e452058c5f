"""``cmcompile archive``: as-run files as a read-only directory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.output import format_option
from cmcompile.cli.progress import progress

if TYPE_CHECKING:
    from cmcompile.cli.address import Address
    from cmcompile.ledger.archive import Exported
    from cmcompile.model.states import LedgerState, Workflow

_SHOWN = 5


@click.group("archive", short_help="Write as-run files to a read-only directory.")
def group() -> None:
    """Keep what was run, outside of git."""


@group.command("export", short_help="Write as-run files and an index to a new directory.")
@click.argument("selectors", nargs=-1, required=True, metavar="CAMPAIGN[/STEP[/GROUP]]...")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The new directory.")
@click.option("--at", metavar="DATE|REV", help="The ledger as it was then.")
@click.option("--offline", is_flag=True, help="Take the ledger as it was last fetched.")
@format_option("text", "json")
def export_command(
    selectors: Sequence[str], output: Path, at: str | None, offline: bool, format_: str
) -> None:
    """Write the as-run files of submissions to a new directory that nobody can write to.

    Each submission is a folder STEP/GROUP/WORKFLOW with submit.yaml and its includes, exact bytes;
    archive.json says for each which run it was, its claim, its spec commit and the digests of its files.
    The directory is there whole or not at all; one that is there is never written over.
    """
    from cmcompile.cli.address import parse
    from cmcompile.cli.verify import opened
    from cmcompile.ledger.archive import export

    addresses = parse(selectors)
    places = list(dict.fromkeys(address.place for address in addresses))
    if len(places) != 1:
        raise click.UsageError("an archive holds one campaign: name selectors of one only")
    ledger, tip = opened(places[0], offline=offline, at=at)
    state = ledger.view(tip).state
    chosen = chooser(addresses, state)
    with progress() as line:
        done = export(
            ledger.store,
            tip,
            state,
            places[0].name,
            chosen,
            output,
            selectors=selectors,
            progress=lambda at, of: line("writing submissions", at, of),
        )
    _echo(done, output, places[0].name, format_)


def chooser(addresses: Sequence[Address], state: LedgerState) -> Callable[[Workflow], bool]:
    """Return what tells which workflows are meant; a selector that means none is an error.

    Raises
    ------
    NoGroupError
        When a selector asks for more than step and group, or means nothing in the ledger.
    """
    from cmcompile.cli.address import NoGroupError

    meant: set[tuple[str, str]] = set()
    for address in addresses:
        if address.condition is not None:
            raise NoGroupError(f"{address.text!r}: an archive is chosen by step and group")
        hits = {key for key in state.groups if _is_meant(address, key)}
        if not hits:
            raise NoGroupError(f"{address.text!r} means nothing that was ever sent")
        meant |= hits
    return lambda workflow: (workflow.step, workflow.group) in meant


def _is_meant(address: Address, key: tuple[str, str]) -> bool:
    step, group_id = key
    if address.step is not None and not fnmatchcase(step, address.step):
        return False
    return address.group is None or any(_is_item(item, group_id) for item in address.group.split(","))


def _is_item(item: str, group_id: str) -> bool:
    from cmcompile.cli.choose import id_matcher

    # The name of a rescue alone means all its groups.
    return id_matcher(item)(group_id) or group_id.partition(".")[0] == item


def _echo(done: Exported, output: Path, campaign: str, format_: str) -> None:
    if format_ == "json":
        import json

        document = {
            "format": 1,
            "campaign": campaign,
            "output": str(output),
            "workflows": done.workflows,
            "files": done.files,
            "bytes": done.bytes,
            "without_files": list(done.without),
        }
        click.echo(json.dumps(document, indent=1))
        return
    click.echo(f"{campaign}: {done.workflows:,} submissions, {done.files:,} files → {output} (read-only)")
    if done.without:
        more = f" and {len(done.without) - _SHOWN} more" if len(done.without) > _SHOWN else ""
        click.echo(f"  without as-run files: {', '.join(done.without[:_SHOWN])}{more}")
