"""``cmcompile approve``: write down who approved what, in the ledger."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("approve", short_help="Write down who approved a plan.")
@click.argument("kept", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="PLAN.json")
@click.option("--by", metavar="WHO", help="The person, 'Name <mail>'; else as git knows you.")
@click.option("--url", default="", metavar="URL", help="Where it was approved.")
@click.option("--pull", type=click.IntRange(1), metavar="N", help="Take the reviews of a pull request.")
@click.option("--repository", metavar="OWNER/NAME", help="The repository; else as GITHUB_REPOSITORY says.")
@click.option("--withdraw", is_flag=True, help="Take the person's approvals of this plan back.")
@click.option("--because", default="", metavar="TEXT", help="Why they are taken back.")
def command(
    kept: Path,
    by: str | None,
    url: str,
    pull: int | None,
    repository: str | None,
    withdraw: bool,
    because: str,
) -> int:
    """Write down in the ledger who approved the groups of PLAN.json, which `cmcompile plan -o` kept.

    A campaign whose spec says `review` sends a group only when enough people approved it as it is defined
    now; see docs/approvals.md. With --pull the reviews of a pull request count: the newest of each person,
    for the groups as they were at the commit that was reviewed. The token is taken from
    CMCOMPILE_GITHUB_TOKEN or GITHUB_TOKEN. The command may be run again at any time.

    Exit code 4: there is nothing to approve, or it was not committed; 6: the forge gave no answer, or it
    can't be told what was approved; 8: no token.
    """
    from cmcompile.cli.approving import approve, take_back
    from cmcompile.cli.approving_pull import approve_pull

    if pull is None and repository:
        raise click.UsageError("--repository goes with --pull")
    if pull is not None and (by or url or withdraw):
        raise click.UsageError(
            "--pull takes all from the pull request: it goes without --by, --url and --withdraw"
        )
    if because and not withdraw:
        raise click.UsageError("--because goes with --withdraw")
    if pull is not None:
        return approve_pull(kept, pull, repository)
    return take_back(kept, by, because) if withdraw else approve(kept, by, url)
