"""``cmcompile import --adopt``: runs of an imported campaign become workflows of its groups, by decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cmcompile.cli.exit import Exit

if TYPE_CHECKING:
    from cmcompile.cli.adopting import Wanted
    from cmcompile.cli.campaigns import Place
    from cmcompile.cli.decided import Subjects
    from cmcompile.imports.adopt import Doubt, Match, Matched
    from cmcompile.model.body import WmsRef
    from cmcompile.model.decision import Decision

_WHY = "run before the campaign was imported"


def adopt(campaign: str, wanted: Wanted, *, dry_run: bool, commit: bool) -> int:
    """Write decisions that adopt the runs of a campaign; returns the exit code.

    Raises
    ------
    CmcompileError
        When the campaign can't be used, or a configuration can't be read.
    """
    from cmcompile.cli.adopting import SilentError, look_for
    from cmcompile.cli.campaigns import find
    from cmcompile.cli.decide import edited, entries, message
    from cmcompile.cli.decided import look
    from cmcompile.cli.importing import plain
    from cmcompile.cli.written import write
    from cmcompile.spec.edit.write import block

    place = find(campaign)
    about = look(place)
    try:
        found = look_for(place, about, wanted)
    except SilentError as error:
        click.echo(f"cmcompile: error: {error}; nothing was written", err=True)
        return Exit.UNKNOWN
    fresh = _decisions(about, found, wanted.because or _WHY, wanted.by)
    for doubt in found.doubts:
        _tell(place, doubt)
    for collection in found.unseen:
        click.echo(f"not adopted: {plain(collection)}: no workload system shows its run any more", err=True)
    for why, groups in found.unasked.items():
        few = f"{groups[0]} and {len(groups) - 1} more" if len(groups) > 1 else groups[0]
        click.echo(f"not looked for: {few}: {plain(why)}, or name it with --wms", err=True)
    end = Exit.ATTENTION if found.doubts or found.unseen or found.unasked else Exit.OK
    if not fresh:
        click.echo("nothing to adopt", err=True)
        return end
    for entry in entries(fresh):
        first, *others = block(entry, 2)
        click.echo("\n".join([f"- {first[2:]}", *others]))
    if not dry_run:
        write(edited(about, fresh), message(about, fresh), commit=commit)
        _link(place, [m for m in found.matches if any(d.subject == m.subject for d in fresh)])
    return end


def _decisions(about: Subjects, found: Matched, because: str, by: str) -> list[Decision]:
    """Return the entries for matches; what is not possible is said, and left out."""
    from cmcompile.cli.decide import now
    from cmcompile.cli.deciding import Said, sort
    from cmcompile.cli.written import person
    from cmcompile.model.decision import Verb

    at, who = now(), by or person(about.place.root)
    fresh: list[Decision] = []
    for match in sorted(found.matches, key=lambda m: (m.subject.step, str(m.subject))):
        extra = {"run": match.run.run_id, "wms": _wms(match.run.wms), "output": match.output_run}
        sorted_ = sort([match.subject], Said(Verb.ADOPT, who, at, because, extra), about)
        for line in [*sorted_.there, *sorted_.refused]:
            click.echo(line, err=True)
        fresh += sorted_.fresh
    return fresh


def _wms(where: WmsRef) -> str:
    return f"{where.service}@{where.where}" if where.where else where.service


def _link(place: Place, matches: Sequence[Match]) -> None:
    """Link submit directories from where they are looked for: outcomes are counted by the graphs in them."""
    from cmcompile.cli.area import area_of

    for match in matches:
        directory = "" if match.run.config is None else match.run.config.directory
        link = area_of(place.root) / "submit" / match.output_run
        if not directory or link.exists() or link.is_symlink():
            continue
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(directory, target_is_directory=True)
        click.echo(f"linked {link} to {directory}")


def _tell(place: Place, doubt: Doubt) -> None:
    """Say that a run is not adopted, and with which command a person may."""
    from cmcompile.cli.importing import plain

    click.echo(f"not adopted: {plain(doubt.run.name)} ({doubt.run.state}): {plain(doubt.why)}", err=True)
    if doubt.run.state == "cancelled" or not doubt.output_run:
        return
    for subject in doubt.candidates[:3]:
        click.echo(
            f"  cmcompile adopt {place.name}/{subject} --run {plain(doubt.run.run_id)}"
            f" --wms {_wms(doubt.run.wms)} --output {plain(doubt.output_run)} --because …",
            err=True,
        )
    if len(doubt.candidates) > 3:
        click.echo(f"  … or {len(doubt.candidates) - 3} other groups", err=True)
