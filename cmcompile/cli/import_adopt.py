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
    from cmcompile.cli.deciding import Sorted
    from cmcompile.imports.adopt import Doubt, Match, Matched
    from cmcompile.model.body import WmsRef
    from cmcompile.model.event import Subject

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
    sorted_ = _sorted(about, found, wanted.because or _WHY, wanted.by)
    fresh = sorted_.fresh
    for line in [*sorted_.there, *sorted_.refused]:
        click.echo(line, err=True)
    for doubt in found.doubts:
        _tell(place, doubt)
    for collection in found.unseen:
        click.echo(f"not adopted: {plain(collection)}: no workload system shows its run any more", err=True)
    for why, groups in found.unasked.items():
        few = f"{groups[0]} and {len(groups) - 1} more" if len(groups) > 1 else groups[0]
        click.echo(f"not looked for: {few}: {plain(why)}, or name it with --wms", err=True)
    is_left = found.doubts or found.unseen or found.unasked or sorted_.refused
    end = Exit.ATTENTION if is_left else Exit.OK
    if not fresh:
        click.echo("nothing to adopt", err=True)
        return end
    for entry in entries(fresh):
        first, *others = block(entry, 2)
        click.echo("\n".join([f"- {first[2:]}", *others]))
    if not dry_run:
        write(edited(about, fresh), message(about, fresh), commit=commit)
        taken = {decision.subject for decision in fresh}
        _link(place, [match for match in found.matches if match.subject in taken])
    return end


def _sorted(about: Subjects, found: Matched, because: str, by: str) -> Sorted:
    """Return the entries for matches, and what is said of those that are not possible."""
    from cmcompile.cli.decide import now
    from cmcompile.cli.deciding import Said, sort
    from cmcompile.cli.written import person
    from cmcompile.model.decision import Verb

    matches = sorted(found.matches, key=lambda m: (m.subject.step, str(m.subject)))
    extras: dict[Subject | None, dict[str, str]] = {
        m.subject: {"run": m.run.run_id, "wms": _wms(m.run.wms), "output": m.output_run} for m in matches
    }
    said = Said(Verb.ADOPT, by or person(about.place.root), now(), because)
    return sort(list(extras), said, about, extras)


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
        try:
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(directory, target_is_directory=True)
        except OSError as error:
            text = f"{link} could not be linked to {directory}: {error.strerror}; link it by hand"
            click.echo(f"cmcompile: warning: {text}", err=True)
        else:
            click.echo(f"linked {link} to {directory}")


def _tell(place: Place, doubt: Doubt) -> None:
    """Say that a run is not adopted, and with which command a person may."""
    from shlex import quote

    from cmcompile.cli.importing import plain

    click.echo(f"not adopted: {plain(doubt.run.name)} ({doubt.run.state}): {plain(doubt.why)}", err=True)
    if doubt.run.state == "cancelled" or not doubt.output_run:
        return
    for subject in doubt.candidates[:3]:
        click.echo(
            f"  cmcompile adopt {place.name}/{subject} --run {quote(plain(doubt.run.run_id))}"
            f" --wms {quote(_wms(doubt.run.wms))} --output {quote(plain(doubt.output_run))} --because …",
            err=True,
        )
    if len(doubt.candidates) > 3:
        click.echo(f"  … or {len(doubt.candidates) - 3} other groups", err=True)
