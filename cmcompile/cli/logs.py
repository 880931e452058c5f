"""``cmcompile logs``: the logs of quanta, the failed ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cmcompile.cli.address import SYNTAX, parse, split_workflow
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import current, format_option, screen
from cmcompile.cli.selector import DataIdType, SelectorType
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.model.logs import WantedLogs

#: With ``--all``, and with a data id, so many logs are read at most.
_MOST = 200
_SHOWN = 5


@click.command("logs", short_help="Show the logs of quanta, the failed ones first.", epilog=SYNTAX)
@click.argument("group", type=SelectorType(ledger=True))
@click.argument("what", type=DataIdType(), nargs=-1, metavar="[TASK] [DATAID]...")
@click.option("--failed", "which", flag_value="failed", help="Only what failed, all of it.")
@click.option("--all", "which", flag_value="all", help="Also what did not fail.")
@click.option(
    "--tail",
    type=click.IntRange(1, 100_000),
    default=None,
    metavar="N",
    help="Show the last N records of each log; without it the newest error.",
)
@click.option(
    "--butler", metavar="REPO", help="The repository to ask; without it payload.butlerConfig of the campaign."
)
@click.option(
    "--offline", is_flag=True, help="Take the ledger as it was last fetched; do not ask its remote."
)
@format_option("text", "json")
def command(
    group: str,
    what: tuple[str, ...],
    which: str | None,
    tail: int | None,
    butler: str | None,
    offline: bool,
    format_: str,
) -> int:
    """Show the logs of the newest workflow of GROUP; `dp02/step1/3@w01` is one workflow.

    TASK and DATAID, such as `isr visit=123 detector=4`, narrow what is shown. Logs are taken from the Butler,
    and from the files of the jobs while a run goes on, or when the Butler has none; where there are none
    either, from what the ledger keeps of PanDA's monitor. Of the first logs that tell of a failure the newest
    error is shown. A job may be of several quanta; what is wanted is then looked for in its name and text.

    Exits with 6 when the logs can't be reached from here.
    """
    from cmcompile.cli.log_sources import find_logs, workflow_of
    from cmcompile.report.logs import logs_json, logs_text

    names, workflow = split_workflow([group])
    found = workflow_of(parse(names), workflow, offline=offline)
    wanted = _wanted(what, which or "first", tail or 0)
    logs = find_logs(found, wanted, butler)
    if isinstance(logs, str):
        click.echo(f"cmcompile: {logs}", err=True)
        return Exit.UNKNOWN
    title = f"{found.name}, run {found.run}"
    if not logs.found and wanted.narrows:
        there = f"; it has logs of {', '.join(logs.tasks)}" if logs.tasks else ""
        raise CmcompileError(f"{title} has no log of {' '.join(what)}{there}")
    if format_ == "json":
        click.echo(logs_json(title, logs), nl=False)
    else:
        text = logs_text(title, logs, wanted, screen(everything=True), found.more(logs, wanted))
        click.echo(text, nl=False, color=current().colour() or None)
    return Exit.OK


def _wanted(what: tuple[str, ...], which: str, tail: int) -> WantedLogs:
    """Read task and data id.

    Raises
    ------
    click.UsageError
        When there are two tasks, or a key twice, or half of a pair.
    """
    from cmcompile.model.logs import WantedLogs

    tasks = [word for word in what if "=" not in word]
    if len(tasks) > 1:
        raise click.UsageError(
            f"one task at most: {', '.join(tasks)} are several; write a data id as visit=123"
        )
    data_id: dict[str, str] = {}
    for word in what:
        key, sign, value = word.partition("=")
        if sign and (not key or not value or key in data_id):
            raise click.UsageError(f"{word!r} is no part of a data id, or stands twice: write visit=123")
        if sign:
            data_id[key] = value
    most = _SHOWN if which == "first" else _MOST
    # The log of one quantum is wanted as it is.
    tail = tail or (20 if data_id and tasks else 0)
    return WantedLogs(next(iter(tasks), ""), data_id, which, most, tail)
