"""``cmcompile compile``: write the BPS submit file of every group."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, compiled, find
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import current, echo_findings, format_option, show_allowed_option
from cmcompile.cli.tree import Written, write_tree
from cmcompile.model.codes.output import STALE_FILE

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.diagnostic import Diagnostic

#: More names of a kind than this are counted, not listed.
_SHOWN = 10


@click.command("compile", short_help="Write the BPS submit file of every group.")
@click.argument("campaign", type=CampaignName())
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The folder; build/<campaign> by default."
)
@click.option("--prune", is_flag=True, help="Remove files that no group makes any more.")
@format_option("text", "json")
@show_allowed_option
def command(campaign: str, output: Path | None, prune: bool, format_: str) -> int:
    """Write the BPS submit file of every group of CAMPAIGN, the files they include, and a manifest.

    CAMPAIGN is a folder such as campaigns/dp02, or a name. Files whose bytes are right are not touched.
    With errors nothing is written.
    """
    place = find(campaign)
    result, findings = compiled(place)
    if format_ == "text":
        _echo_what_matters(findings, campaign)
    if result.failed:
        if format_ == "json":
            echo_findings(findings)
        return Exit.ERROR
    out = output or place.root / "build" / result.spec.name
    written = write(result, out, prune=prune)
    if format_ == "json":
        click.echo(json.dumps(_document(result, out, written), indent=1))
    else:
        click.echo(_summary(result, out, written))
    return Exit.OK


def _echo_what_matters(findings: Sequence[Diagnostic], campaign: str) -> None:
    """Show errors and warnings; notes are for whoever checks a campaign, not for each time it is compiled."""
    from cmcompile.model.diagnostic import Severity

    rest = [f for f in findings if f.severity is not Severity.NOTE or f.allowed is not None]
    if any(f.allowed is None for f in rest) or current().show_allowed:
        echo_findings(rest, err=True)
    if notes := len(findings) - len(rest):
        click.echo(f"{_counted(notes, 'note')}: `cmcompile validate {campaign}` shows them", err=True)


def write(result: Compilation, out: Path, *, prune: bool) -> Written:
    """Write a compiled campaign to a folder."""
    from cmcompile.report.manifest import manifest
    from cmcompile.version import EMIT, VERSION

    files = {made.path: made.data for made in result.groups}
    files.update({path: file.data for path, file in result.includes.items()})
    about = manifest(result.spec.name, VERSION, EMIT, result.spec.inputs, result.groups, result.includes)
    return write_tree(out, files, about, prune=prune)


def _summary(result: Compilation, out: Path, written: Written) -> str:
    steps = len({g.group.step for g in result.groups})
    lines = [
        f"{result.spec.name}: {_counted(len(result.groups), 'group')} in {_counted(steps, 'step')}, "
        f"{_counted(len(result.includes), 'include file')} → {_shown(out)}",
        f"  {len(written.new)} new, {len(written.changed)} changed, {written.unchanged} unchanged"
        + (f", {len(written.removed)} removed" if written.removed else ""),
    ]
    stale = [p for p in written.stale if p not in written.removed]
    if stale:
        lines.append(
            f"  note {STALE_FILE.name}: {_counted(len(stale), 'file')} that no group makes any more "
            f"(--prune removes them): {_some(stale)}"
        )
    if written.strange:
        lines.append(f"  {len(written.strange)} not made by cmcompile, left alone: {_some(written.strange)}")
    return "\n".join(lines)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more


def _shown(out: Path) -> str:
    try:
        return str(out.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(out)


def _document(result: Compilation, out: Path, written: Written) -> dict[str, object]:
    return {
        "format": 1,
        "campaign": result.spec.name,
        "output": str(out),
        "groups": len(result.groups),
        "new": written.new,
        "changed": written.changed,
        "unchanged": written.unchanged,
        "stale": written.stale,
        "removed": written.removed,
        "strange": written.strange,
    }
