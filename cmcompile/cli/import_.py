"""``cmcompile import``: specs from what others wrote."""

from __future__ import annotations

from pathlib import Path

import click

from cmcompile.cli.campaigns import CampaignName
from cmcompile.cli.examples import examples
from cmcompile.cli.lazy import Lazy, LazyGroup

_COMMANDS = {
    "bps": ("import_bps", "A spec from a tree of BPS submit files."),
    "prodstatus": ("import_prodstatus", "A spec from templates and a list of prodstatus."),
    "cm-service": ("import_cm_service", "A spec from a campaign of cm-service."),
    "poms": ("import_poms", "A spec from an ini file of POMS."),
    "slurp": ("import_slurp", "A spec from rules of SLURP or sphenixprod."),
}


@click.group(
    "import",
    cls=LazyGroup,
    lazy={
        name: Lazy(f"cmcompile.cli.{module}", "command", about) for name, (module, about) in _COMMANDS.items()
    },
    invoke_without_command=True,
    short_help="Make a spec from what there is already.",
    epilog=examples(
        "import bps production/ -o campaigns/dp02 --dry-run",
        "import --adopt dp02 --submit submit/ --dry-run",
    ),
)
@click.option(
    "--adopt",
    type=CampaignName(),
    metavar="CAMPAIGN",
    help="Write decisions that adopt the runs of a campaign.",
)
@click.option(
    "--submit",
    "submits",
    multiple=True,
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="With --adopt: where submit directories of the runs are; may be given again.",
)
@click.option(
    "--wms",
    default="",
    metavar="CLASS[@WHERE]",
    help="With --adopt: the BPS plugin that ran groups of which the spec does not say it.",
)
@click.option("--because", "-m", default="", metavar="WHY", help="With --adopt: why.")
@click.option("--by", default="", metavar="WHO", help="With --adopt: who decides; by default what git knows.")
@click.option("--dry-run", is_flag=True, help="With --adopt: show the entries, and write nothing.")
@click.option("--commit", is_flag=True, help="With --adopt: commit the file, and nothing else.")
@click.pass_context
def group(
    ctx: click.Context,
    adopt: str | None,
    submits: tuple[Path, ...],
    wms: str,
    because: str,
    by: str,
    dry_run: bool,
    commit: bool,
) -> int | None:
    """Make a campaign from what is there already; see docs/importing.md.

    What is written was compiled before, and compared with what it was made from: it comes to the same. What
    could not be put in a general form, or not at all, is listed.

    With --adopt the workload systems and the Butler are asked for runs of CAMPAIGN that were started without
    cmcompile; each that is plainly that of one group becomes an entry of decisions.yaml. The others are
    named. Exit code 3: there are such.
    """
    if ctx.invoked_subcommand is not None:
        if adopt is not None or submits or wms or because or by or dry_run or commit:
            raise click.UsageError("--adopt and its options stand alone: import first, then adopt")
        return None
    if adopt is None:
        click.echo(ctx.get_help())
        return None
    from cmcompile.cli.adopting import Wanted
    from cmcompile.cli.import_adopt import adopt as adopt_runs

    return adopt_runs(adopt, Wanted(submits, wms, because, by), dry_run=dry_run, commit=commit)
