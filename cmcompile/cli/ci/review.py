"""``cmcompile ci review``: the report of a pull request, made without any right."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.ci.ends import fail_on
from cmcompile.cli.exit import Exit

if TYPE_CHECKING:
    from cmcompile.cli.ci.surroundings import Surroundings


@click.command("review", short_help="Review what a pull request would do.")
@click.option("--base", metavar="REV", help="What it is to go into; GitHub says it.")
@click.option("--head", metavar="REV", help="The edit; GitHub says it, else what is checked out.")
@click.option("--pull", type=click.IntRange(1), metavar="N", help="The pull request; GitHub says it.")
@click.option(
    "-o", "--out", metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
    default=Path("report"), show_default=True, help="Where the report is written.",
)  # fmt: skip
@fail_on("refused,unknown")
def command(base: str | None, head: str | None, pull: int | None, out: Path, failing: frozenset[Exit]) -> int:
    """Write the report of a pull request, and show it on the page of the run and beside the changed lines.

    It is `cmcompile review --base … --head … -o DIR`. Nothing is sent to anybody: no token is needed, so it
    may run for the pull request of a stranger. A job with more rights tells the report, see `cmcompile ci
    comment`.
    """
    from cmcompile.cli.ci.ends import outcome
    from cmcompile.cli.ci.reports import Of, mark, part
    from cmcompile.cli.ci.steps import step
    from cmcompile.cli.ci.surroundings import surroundings
    from cmcompile.cli.ci.telling import Ended, add_page, put_out, quiet, tell

    around = surroundings(os.environ)
    base, head = base or _base(around), head or around.head or "HEAD"
    if not base:
        raise click.UsageError("no CI system says what the edit is to go into: say it with --base")
    with quiet(around, "review"):
        code = step("review", "--base", base, "--head", head, "-o", str(out))
    mark(out, Of(pull or around.pull))
    page, annotations = part(out, "summary"), part(out, "annotations")
    if around.commands and annotations:
        click.echo(annotations, nl=False)
    if page:
        add_page(around, page)
    if not page or code in failing:
        tell(around, "review", [Ended("review", code)], failing)
    put_out(around, code=str(int(code)), report=str(out))
    return outcome([code], failing)


def _base(around: Surroundings) -> str:
    """Return what a pull request is to go into: its branch as it is now, else as the event has it."""
    from cmcompile.git.refs import leads_to
    from cmcompile.spec.files import find_root

    branch = f"origin/{around.into}"
    newer = around.into and leads_to(find_root(Path.cwd()), around.base, f"refs/remotes/{branch}")
    return branch if newer else around.base
