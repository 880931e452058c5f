"""``cmcompile import prodstatus``: a spec from what make-prod-groups was given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.examples import examples
from cmcompile.cli.imported_check import Checked, check, finish, with_edits_of
from cmcompile.cli.importing import (
    DIRECTORY,
    SOURCE,
    content,
    contents,
    include_option,
    name_of,
    output_options,
    with_includes,
)
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.imports.imported import Imported
    from cmcompile.imports.prodstatus.groups import Request


@click.command(
    "prodstatus",
    short_help="A spec from templates and a list of prodstatus.",
    epilog=examples("import prodstatus step1.yaml --list explist.txt --size 500 -o campaigns/pdr2"),
)
@click.argument("sources", nargs=-1, required=True, type=SOURCE)
@click.option("--list", "list_", type=SOURCE, help="The list: `<band> <id>` per line.")
@click.option("--size", type=click.IntRange(min=1), help="Exposures in a group: GROUPSIZE.")
@click.option("--band", default="all", show_default=True, help="BAND, as it was given.")
@click.option("--skip", type=click.IntRange(min=0), default=0, help="Groups left out at the beginning: SKIP.")
@click.option("--ngroups", type=click.IntRange(min=1), help="Groups that were made: NGROUPS.")
@click.option("--step", default="", help="The name of the step; by default that of the templates.")
@click.option("--ticket", default="", help="The ticket of the campaign.")
@click.option(
    "--as-run",
    type=DIRECTORY,
    help="The files as they were run; what was edited in one by hand becomes an override.",
)
@include_option("Look here for the files that includeConfigs names, after the folders of the sources.")
@output_options
def command(
    sources: tuple[Path, ...],
    list_: Path | None,
    size: int | None,
    band: str,
    skip: int,
    ngroups: int | None,
    step: str,
    ticket: str,
    as_run: Path | None,
    output: str | None,
    dry_run: bool,
    includes: tuple[Path, ...],
    format_: str,
) -> int:
    """Write the campaign whose groups are the files that make-prod-groups makes of the templates SOURCES.

    One of SOURCES may be a campaign.yaml of prodstatus, others a step.yaml: their steps then take the
    templates that they name.
    """
    from cmcompile.imports.prodstatus.groups import Request, from_templates

    texts = contents(sources)
    name = name_of(output, step or sources[0].stem)
    request: Request | None = None
    imported = _of_campaign(name, texts, list_, size)
    if imported is not None and (band != "all" or skip or ngroups or step or ticket):
        raise click.UsageError("--band, --skip, --ngroups, --step and --ticket are of templates alone")
    if imported is None:
        if list_ is None or size is None:
            raise click.UsageError("templates need --list and --size, as make-prod-groups does")
        request = Request(name, texts, list_.name, content(list_), size, band, skip, ngroups, step, ticket)
        imported = from_templates(request)
    folders = dict.fromkeys([*(path.parent for path in sources), *includes, *([as_run] if as_run else [])])
    checked = check(with_includes(imported, list(folders)))
    if request is not None:
        checked = _proved(checked, request)
    if as_run is not None:
        checked = check(with_edits_of(checked, as_run))
    return finish(checked, "prodstatus", format_, dry_run=dry_run)


def _proved(checked: Checked, request: Request) -> Checked:
    """Refuse an import whose groups are not the files that make-prod-groups writes.

    Raises
    ------
    CmcompileError
        When one is not.
    """
    from cmcompile.imports.prodstatus.proof import unlike

    made = {one.path.rpartition("/")[2]: one.data for one in checked.result.groups}
    if bad := unlike(request, made):
        few = ", ".join(bad[:3])
        raise CmcompileError(
            f"{len(bad)} of {len(made)} files would not be as make-prod-groups writes them: {few};"
            " `cmcompile import bps` takes in files that were made already"
        )
    click.echo(f"{len(made)} files are as make-prod-groups writes them", err=True)
    return replace(checked, imported=replace(checked.imported, compared=len(made)))


def _of_campaign(name: str, texts: dict[str, bytes], list_: Path | None, size: int | None) -> Imported | None:
    """Return the campaign of a campaign.yaml; None where none of the files is one."""
    from cmcompile.imports.prodstatus.campaign import Request, from_campaign, is_campaign, is_step

    found = [path for path, data in texts.items() if is_campaign(path, data)]
    steps = {path: data for path, data in texts.items() if is_step(path, data)}
    if not found and not steps:
        return None
    if len(found) > 1:
        raise click.UsageError(f"{' and '.join(found)} are campaigns: import one at a time")
    templates = {path: data for path, data in texts.items() if path not in found and path not in steps}
    rows = content(list_) if list_ is not None else b""
    path, campaign = (found[0], texts[found[0]]) if found else (next(iter(steps)), b"")
    return from_campaign(Request(name, path, campaign, templates, rows, size, steps))
