"""``cmcompile quickstart``: a small campaign with real tasks and a real Butler repository."""

from __future__ import annotations

import os
from pathlib import Path

import click

#: More of them than a laptop can do anything with.
_MOST = 100_000


@click.command("quickstart", short_help="Make a small campaign that runs on this machine.")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--visits", type=click.IntRange(1, _MOST), default=8, show_default=True, help="How many visits."
)
@click.option(
    "--detectors", type=click.IntRange(1, 200), default=4, show_default=True, help="Detectors of the camera."
)
@click.option(
    "--groups", type=click.IntRange(1), default=2, show_default=True, help="Groups of step1 and of step2."
)
@click.option(
    "--failing",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="How many quanta of step1 fail as long as their configuration is not changed.",
)
@click.option(
    "--in",
    "into",
    metavar="REPOSITORY",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Put the campaign into a repository of campaigns that is there already.",
)
def command(
    directory: Path, visits: int, detectors: int, groups: int, failing: int, into: Path | None
) -> None:
    """Make DIR with all that a campaign needs: a git remote and a clone, a pipeline, a Butler repository.

    The tasks are real PipelineTasks, the repository is a real one, BPS submits to the embedded engine; no
    server and no root are needed, only the packages of LSST: `pip install 'cmcompile[lsst]'`, or a stack that
    is set up. Of each visit and detector there are two quanta in step1. Nothing is overwritten.

    With --in, DIR gets the Butler repository alone, and the campaign is written into that REPOSITORY, for you
    to commit.
    """
    from cmcompile.quickstart.make import make
    from cmcompile.quickstart.sky import Sky

    if groups > visits:
        raise click.UsageError(f"--groups {groups}: there are only {visits} visits")
    made = make(directory, Sky(visits, detectors, failing), groups, into)
    click.echo(f"made {directory}: {visits} visits of {detectors} detectors")
    if into is not None:
        for path in made:
            click.echo(f"made {into / path}")
        return
    clone = os.path.join(directory, "clone")  # noqa: PTH118 - as the user wrote it
    click.echo(f"next:\n  cd {clone}\n  cmcompile ledger init quickstart\n  cmcompile apply quickstart")
