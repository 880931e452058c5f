"""``cmcompile tee``: passes a payload's output through, and tells what it says of files and events.

What a worker runs is `cmcompile.cli.start`, which comes here only by way of the list of all commands.
"""

from __future__ import annotations

import click

from cmcompile.cli.passed_on import PassedOn


@click.command("tee", cls=PassedOn, short_help="Pass a payload's output through, and say what it tells.")
def command(arguments: tuple[str, ...]) -> int:
    """Pass a payload's output through, and say what it tells."""
    from cmcompile.signals.tee_command import main

    return main(arguments)
