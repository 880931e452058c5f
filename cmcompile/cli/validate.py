"""``cmcompile validate``: check campaigns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, NoCampaignError, Place, compiled, every, find
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import echo_findings, format_option, show_allowed_option, use_sources
from cmcompile.model.errors import InputError

if TYPE_CHECKING:
    from cmcompile.model.diagnostic import Diagnostic


@click.command("validate", short_help="Check campaigns; every finding has file:line:column.")
@click.argument("campaigns", nargs=-1, type=CampaignName())
@click.option("--strict", is_flag=True, help="End with 1 for warnings too.")
@click.option(
    "--deep", is_flag=True, help="Also ask the LSST packages: the real query parser and dimensions."
)
@format_option("text", "json", "github", "sarif")
@show_allowed_option
def command(campaigns: tuple[str, ...], strict: bool, deep: bool, format_: str) -> int:
    """Check CAMPAIGNS with their decisions, or all of the repository: nothing is written, no server asked."""
    del format_
    places = [find(c) for c in campaigns] or every()
    if not places:
        raise NoCampaignError("there is no campaign under campaigns/: `cmcompile new NAME` starts one")
    found: list[Diagnostic] = []
    for place in places:
        found += _check(place, deep=deep)
    _use_lines(places)
    found = list(dict.fromkeys(found))  # what several campaigns take from one library is told once
    echo_findings(found)
    return _verdict(found, strict=strict)


def _check(place: Place, *, deep: bool) -> tuple[Diagnostic, ...]:
    from datetime import UTC, datetime

    from cmcompile.cli.decided import check
    from cmcompile.plan.over import over

    try:
        result, findings = compiled(place)
    except InputError as error:
        return (*error.findings, *check(place, None))
    if deep:
        from cmcompile.cli.deep import check_deep

        findings = (*findings, *check_deep(result))
    return (*findings, *over(result.spec, datetime.now(UTC)), *check(place, result))


def _use_lines(places: list[Place]) -> None:
    from cmcompile.spec.files import WorkingTree

    use_sources(WorkingTree(places[0].root))


def _verdict(found: list[Diagnostic], *, strict: bool) -> int:
    from cmcompile.model.diagnostic import Severity

    counted = {d.severity for d in found if d.allowed is None}
    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return Exit.ERROR if counted & bad else Exit.OK
