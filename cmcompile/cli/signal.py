"""``cmcompile signal``: a payload says how far it is.

What a worker runs is `cmcompile.cli.start`, which comes here only by way of the list of all commands.
"""

from __future__ import annotations

import click

from cmcompile.cli.passed_on import PassedOn


@click.command("signal", cls=PassedOn, short_help="Say from a job how far it is.")
def command(arguments: tuple[str, ...]) -> int:
    """Say from a job how far it is."""
    from cmcompile.signals.command import main

    return main(arguments)
