"""``cmcompile catalog``: which outputs of batch jobs there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.address import SYNTAX
from cmcompile.cli.examples import examples
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import current, format_option, screen
from cmcompile.cli.selector import SelectorType

if TYPE_CHECKING:
    from cmcompile.cli.situation import Situation
    from cmcompile.report.catalog import CatalogFormat, Taken

_ADDRESS = click.option(
    "--catalog", "address", metavar="URL",
    help="The catalog; else CMCOMPILE_CATALOG, cmcompile.catalog of git, or `catalog` of the campaign.",
)  # fmt: skip
_OFFLINE = click.option(
    "--offline", is_flag=True, help="Take the ledger as it was last fetched; the catalog is asked."
)
_SELECTOR = click.argument("selector", type=SelectorType(ledger=True))


@click.group("catalog", short_help="Say which outputs of batch jobs there are.")
def group() -> None:
    """Keep and show which outputs batch jobs have made: name, place, size, checksum, events, and by whom.

    The catalog is a database of SQLite or PostgreSQL. The ledger does not rest on it: it can be made again at
    any time, from signals and files.
    """


@group.command(
    "fill",
    short_help="Take in what jobs told of their outputs.",
    epilog=examples("catalog fill auau23") + "\n\n" + SYNTAX,
)
@_SELECTOR
@_ADDRESS
@_OFFLINE
@format_option("text", "json")
def fill(selector: str, address: str | None, offline: bool, format_: str) -> int:
    """Take in what the jobs of SELECTOR told of their outputs by signals, as far as they ended well.

    It may be repeated: what is known already stays, and nothing is ever removed.

    Exit code 3: the submit directory of a workflow is not here, or a signal of it can't be read.
    """
    from cmcompile.cli.catalog_filling import filled
    from cmcompile.cli.catalogs import opened

    now, keys, name = _asked(selector, offline=offline)
    with opened(now.place, now.spec, address, make=True) as catalog:
        taken = filled(now.place, now.look, catalog, keys, name)
    return _told(now.spec.name, "filled", taken, format_)


@group.command(
    "scan",
    short_help="Look for outputs among files.",
    epilog=examples("catalog scan auau23", "catalog scan auau23/DST_EVENT old/ --checksum md5")
    + "\n\n"
    + SYNTAX,
)
@_SELECTOR
@click.argument(
    "directories", nargs=-1, metavar="[DIRECTORY]...",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)  # fmt: skip
@click.option("--checksum", metavar="KIND", default="", help="Work out a checksum too: md5, sha256, …")
@_ADDRESS
@_OFFLINE
@format_option("text", "json")
def scan(
    selector: str,
    directories: tuple[Path, ...],
    checksum: str,
    address: str | None,
    offline: bool,
    format_: str,
) -> int:
    """Look for the outputs of SELECTOR among files, and take them in with their size.

    By the job tables of what was sent. Without DIRECTORY each output is looked for where its table says; with
    it, all below is gone through, and files are told by their path or by a name that no two outputs share.

    What is not found is not removed: it may be elsewhere. Files without a byte, and those of jobs that are
    known to have failed, are not taken in.

    Exit code 3: something can't be looked at.
    """
    from cmcompile.cli.catalog_filling import scanned
    from cmcompile.cli.catalogs import opened

    now, keys, name = _asked(selector, offline=offline)
    with opened(now.place, now.spec, address, make=True) as catalog:
        taken = scanned(now.place, now.look, catalog, keys, name, directories, checksum)
    return _told(now.spec.name, "scanned", taken, format_)


@group.command(
    "show",
    short_help="List outputs.",
    epilog=examples("catalog show auau23", "catalog show auau23 --duplicates --format csv") + "\n\n" + SYNTAX,
)
@_SELECTOR
@click.option(
    "--name", "pattern", metavar="PATTERN", default="", help="Outputs of such names; * and ? as in a shell."
)
@click.option("--duplicates", is_flag=True, help="Outputs that are there more than once.")
@click.option("--all", "all_", is_flag=True, help="List everything, however much it is.")
@_ADDRESS
@_OFFLINE
@format_option("text", "json", "csv")
def show(
    selector: str,
    pattern: str,
    duplicates: bool,
    all_: bool,
    address: str | None,
    offline: bool,
    format_: CatalogFormat,
) -> int:
    """List the outputs of SELECTOR that the catalog holds.

    Of outputs with one name the last one counts; the others are shown below it.
    """
    from cmcompile.cli.catalogs import opened
    from cmcompile.model.catalog import held
    from cmcompile.report.catalog import render_catalog

    now, keys, name = _asked(selector, offline=offline)
    with opened(now.place, now.spec, address) as catalog:
        every = catalog.outputs(now.spec.name, keys, pattern)
        found = held(one for one in every if name in ("", one.workflow))
    if duplicates:
        found = [one for one in found if one.others]
    text = render_catalog(selector, found, format_, screen(everything=all_))
    click.echo(text, nl=False, color=current().colour() or None)
    return Exit.OK


def _asked(selector: str, *, offline: bool) -> tuple[Situation, frozenset[tuple[str, str]] | None, str]:
    """Return the campaign, the groups that are meant (None: all), and the workflow, or an empty text."""
    from cmcompile.cli.address import parse, split_workflow
    from cmcompile.cli.ledgers import look
    from cmcompile.cli.situation import situation

    names, name = split_workflow([selector])
    addresses = parse(names)
    now = situation(addresses[0].place, look(addresses[0].place, offline=offline, degrade=True))
    return now, now.chosen(addresses), name


def _told(campaign: str, verb: str, taken: Taken, format_: str) -> int:
    from cmcompile.report.catalog import render_taken

    click.echo(render_taken(campaign, verb, taken, format_, screen()), nl=False)
    return Exit.ATTENTION if taken.faults else Exit.OK
