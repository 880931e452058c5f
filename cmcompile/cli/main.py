"""The command line ``cmcompile``: global options, and the table of commands."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn, TextIO

import click

from cmcompile.cli.exit import Exit, run
from cmcompile.cli.lazy import Lazy, LazyGroup
from cmcompile.cli.output import Reporting, colour_refused
from cmcompile.version import EMIT, VERSION

_SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Write a campaign": {
        "new": ("new", "Start a campaign."),
        "import": ("import_:group", "Make a campaign from what there is already."),
        "validate": ("validate", "Check campaigns; every finding has file:line:column."),
        "compile": ("compile", "Write the BPS submit file of every group."),
        "list": ("list", "List campaigns, steps and groups."),
        "explain": ("explain", "Say where each value of a group comes from."),
        "diff": ("diff", "Say what changed since a revision, by group and key."),
        "compare": ("compare", "Put two campaigns, or two revisions, side by side."),
        "review": ("review", "Say what an edit would do, for its review."),
        "lists": ("lists", "Ask what lists hold, and store it."),
        "rescue": ("rescue", "Declare a rescue of some groups."),
        "policy": ("policy_test:group", "Try what a policy says of failures."),
    },
    "Run it": {
        "doctor": ("doctor", "Look for what would stop a campaign, before it is sent."),
        "plan": ("plan", "Say what would be done, in which order, and why."),
        "apply": ("apply", "Carry out a plan."),
        "reconcile": ("reconcile", "Look at runs, record what is new, and go on."),
        "ci": ("ci.group", "Do the steps of CI jobs."),
    },
    "See how it stands": {
        "status": ("status", "Say where campaigns, steps and groups stand."),
        "production": ("production", "Say how the campaigns of a production stand together."),
        "changes": ("changes", "Say what became different since a moment."),
        "log": ("log", "Say what was done with a group, by whom, and why."),
        "failures": ("failures", "Say what failed, by class, task and site."),
        "stats": ("stats", "Say what workflows took: time, memory, failures."),
        "advise": ("advise", "Say what memory and size groups should have."),
        "logs": ("logs", "Show the logs of quanta, the failed ones first."),
        "outputs": ("outputs", "Count what runs wrote, and its size."),
        "catalog": ("catalog:group", "Say which outputs of batch jobs there are."),
        "forecast": ("forecast", "Say when a campaign will end."),
        "tell": ("tell", "Tell GitHub, Jira and others how campaigns stand."),
        "site": ("site", "Write the ledgers as a static site."),
    },
    "Tell from a job": {
        "signal": ("signal", "Say from a job how far it is."),
        "tee": ("tee", "Pass a payload's output through, and say what it tells."),
        "serve-signals": ("serve_signals", "Take signals of jobs by HTTP."),
    },
    "Decide": {
        "accept": ("decide:accept", "Decide that groups are good."),
        "reject": ("decide:reject", "Decide that groups are bad."),
        "retry": ("decide:retry", "Decide to send groups again."),
        "restart": ("decide:restart", "Decide to restart runs."),
        "abandon": ("decide:abandon", "Decide that a submission came to nothing."),
        "adopt": ("decide:adopt", "Decide to take over a run."),
        "cancel": ("decide:cancel", "Decide to cancel runs."),
        "retire": ("decide:retire", "Decide to remove outputs."),
        "hold": ("decide:hold", "Decide that nothing more is sent."),
        "release": ("decide:release", "Decide that sending goes on."),
        "supersede": ("decide:supersede", "Decide that workflows count no more."),
        "approve": ("approve", "Write down who approved a plan."),
    },
    "Keep the record": {
        "ledger": ("ledger", "Make a ledger; check what its remote allows."),
        "verify": ("verify", "Prove that a ledger was not tampered with."),
        "sql": ("sql", "Ask the ledgers in SQL."),
        "archive": ("archive:group", "Write as-run files to a read-only directory."),
        "sim": ("sim", "Try the submission protocol in a simulated world."),
    },
    "Set up": {
        "init": ("init", "Make a repository of campaigns."),
        "quickstart": ("quickstart", "Make a small campaign that runs on this machine."),
        "schema": ("schema", "Print the JSON Schemas that editors use."),
        "completion": ("completion", "Print the completion script of a shell."),
    },
}


def _lazy(place: str, about: str, section: str) -> Lazy:
    module, _, attribute = place.partition(":")
    return Lazy(f"cmcompile.cli.{module}", attribute or "command", about, section)


COMMANDS = {
    name: _lazy(place, about, section)
    for section, rows in _SECTIONS.items()
    for name, (place, about) in rows.items()
}

_EPILOG = "\b\nExit codes:\n" + "\n".join(f"  {code.value:<5}{code.about}" for code in Exit)


class Frame(LazyGroup):
    """The group that ends with our exit codes, however it is started."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> NoReturn:
        """Run a command line and end the process; the parameters are those of ``click.Command.main``."""
        reporting = Reporting()
        extra = {"prog_name": "cmcompile", **extra, "obj": reporting, "standalone_mode": False}
        sys.exit(run(lambda: click.Group.main(self, args, *rest, **extra), reporting))


@click.group(
    cls=Frame,
    lazy=COMMANDS,
    invoke_without_command=True,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour the output; auto: on a terminal, unless NO_COLOR is set.",
)
@click.version_option(f"{VERSION} (emit {EMIT})", message="cmcompile %(version)s")
@click.pass_context
def cli(ctx: click.Context, color: str) -> None:
    """Compile Rubin processing campaigns, written as YAML in git, into BPS submit files."""
    ctx.ensure_object(Reporting).color = color
    if color != "auto":
        ctx.color = color == "always"
    elif colour_refused():
        ctx.color = False
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> NoReturn:
    """Run the command line of this process, and end it."""
    # A command makes millions of values that all stay until it ends. To look for circles among them, again
    # and again, was a fifth of the work of `plan`; to free them one by one at the end, a tenth.
    gc.disable()
    code: object = None
    try:
        cli.main()
    except SystemExit as end:
        code = end.code
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)
    os._exit(code if isinstance(code, int) else 0)


def _flush(stream: TextIO | None) -> None:
    """Write what is left, as far as anybody reads it; whether somebody does was told before."""
    with suppress(OSError, ValueError):
        if stream is not None:
            stream.flush()


if __name__ == "__main__":
    main()
