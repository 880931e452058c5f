"""``cmcompile site``: the ledgers as a static site."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, NoCampaignError, Place, every, find
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import format_option, warn
from cmcompile.model.errors import CmcompileError, InputError

if TYPE_CHECKING:
    from cmcompile.cli.ledgers import Look
    from cmcompile.cli.site_folder import Wrote
    from cmcompile.model.holding import Holding
    from cmcompile.site.model import ForgePages, SiteCampaign


@click.command("site", short_help="Write the ledgers as a static site.")
@click.argument("campaigns", nargs=-1, type=CampaignName(), metavar="[CAMPAIGN]...")
@click.option("-o", "--output", "out", required=True, type=click.Path(path_type=Path), help="The folder.")
@click.option(
    "--outputs",
    "told",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `cmcompile outputs … --format json` wrote: datasets and sizes; may be given again.",
)
@click.option("--files/--no-files", default=True, show_default=True, help="Whether as-run files are written.")
@click.option("--offline", is_flag=True, help="Take the ledgers as they were last fetched; ask nobody.")
@format_option("text", "json")
def command(
    campaigns: tuple[str, ...], out: Path, told: tuple[Path, ...], files: bool, offline: bool, format_: str
) -> int:
    """Write what the ledgers say of CAMPAIGN, or of all campaigns, as a static site.

    The site needs no server: index.html can be opened as a file. Only files that changed are written, and
    only files of a former site are removed. A campaign that can't be read has its fault on the first page;
    the command then ends with 1.
    """
    from cmcompile.cli.site_data import sizes
    from cmcompile.model.collector import paused_collector

    outputs = [one for path in told for one in sizes(str(path), _text(path))]
    places = [find(name) for name in campaigns] or every()
    if not places:
        raise NoCampaignError("no campaign is here: name one, or go to a repository that has campaigns/")
    with paused_collector():
        wrote, faults = _written(places, outputs, out, files=files, offline=offline)
    if format_ == "json":
        click.echo(json.dumps(_document(out, places, wrote, faults), indent=1))
    else:
        click.echo(
            f"{out}: {len(places)} campaign{'' if len(places) == 1 else 's'}, {wrote.files:,} files, "
            f"{wrote.bytes / 1e6:,.1f} MB; {wrote.written:,} written, {wrote.removed:,} removed"
        )
    return Exit.ERROR if faults else Exit.OK


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CmcompileError(f"{path} can't be read: {error}") from None


def _written(
    places: Sequence[Place], outputs: Sequence[Holding], out: Path, *, files: bool, offline: bool
) -> tuple[Wrote, list[str]]:
    from cmcompile.cli.site_folder import write_site
    from cmcompile.site.make import MANIFEST, as_run_path, files_of, manifest
    from cmcompile.site.model import Site
    from cmcompile.version import VERSION

    silent: set[str] = set()
    found: list[SiteCampaign] = []
    stores: list[tuple[Look, set[str]]] = []
    for place in places:
        one, seen = _campaign(place, outputs, silent, files=files, offline=offline)
        found.append(one)
        if seen is not None:
            stores.append((seen, {oid for some in one.as_run.values() for oid in some.values()}))
    _no_twins(found)
    site = Site(tuple(found), VERSION, _forge(places[0].root), files)
    as_run = {as_run_path(oid): oid for _, some in stores for oid in some}
    made = files_of(site, _static())
    wrote = write_site(out, made, as_run, lambda ids: _read(stores, ids), manifest, MANIFEST)
    return wrote, [one.status.campaign for one in found if one.status.fault]


def _campaign(
    place: Place, outputs: Sequence[Holding], silent: set[str], *, files: bool, offline: bool
) -> tuple[SiteCampaign, Look | None]:
    """Return a campaign, and its ledger; one that can't be read does not hide the others."""
    from cmcompile.cli.ledgers import look
    from cmcompile.cli.site_data import site_campaign
    from cmcompile.cli.standing import FAULTY
    from cmcompile.model.status import CampaignStatus
    from cmcompile.site.model import SiteCampaign

    try:
        seen = look(place, offline=offline, degrade=True, silent=silent)
        return site_campaign(place, seen, outputs, as_run=files), seen
    except CmcompileError as error:
        bad = isinstance(error, InputError)
        fault = FAULTY if bad else str(error)
        warn(f"{place.name}: {fault}")
        help_ = f"cmcompile validate {place.name}" if bad else ""
        return SiteCampaign(CampaignStatus(place.name, fault=fault, next=help_), place.path), None


def _no_twins(found: Sequence[SiteCampaign]) -> None:
    names = [one.status.campaign for one in found]
    if twins := sorted({name for name in names if names.count(name) > 1}):
        raise CmcompileError(f"two campaigns are called {', '.join(twins)}: a site shows one of them")


def _read(stores: Sequence[tuple[Look, set[str]]], ids: Iterable[str]) -> Mapping[str, bytes]:
    wanted = set(ids)
    found: dict[str, bytes] = {}
    for seen, some in stores:
        here = wanted & some - found.keys()
        if here:
            found.update(seen.ledger.store.read(sorted(here)))
    return found


def _forge(root: Path) -> ForgePages | None:
    """Return where a forge shows the branch of the specs: the one that HEAD tracks, else the remote's own."""
    from cmcompile.cli.ledgers import remote_of
    from cmcompile.cli.page_links import forge_pages
    from cmcompile.git.errors import GitError
    from cmcompile.git.run import run
    from cmcompile.git.tracked import tracked

    try:
        branch = tracked(root)
        if branch is not None:
            return forge_pages(root, branch.remote or "", branch.name)
        remote = remote_of(root)
    except (GitError, CmcompileError):
        return None
    told = run(root, "symbolic-ref", "--quiet", "--short", f"refs/remotes/{remote}/HEAD")
    name = told.out.decode("utf-8", "replace").strip().removeprefix(f"{remote}/")
    return forge_pages(root, remote or "", name) if name else None


def _static() -> dict[str, bytes]:
    """Return the scripts and style sheets, which are package data."""
    from importlib.resources import files

    place = files("cmcompile.site") / "static"
    return {one.name: one.read_bytes() for one in place.iterdir() if one.name.endswith((".js", ".css"))}


def _document(out: Path, places: Sequence[Place], wrote: Wrote, faults: Sequence[str]) -> dict[str, object]:
    return {
        "format": 1,
        "output": str(out),
        "campaigns": [place.name for place in places],
        "faults": list(faults),
        "files": wrote.files,
        "bytes": wrote.bytes,
        "written": wrote.written,
        "removed": wrote.removed,
    }
