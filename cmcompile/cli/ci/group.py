"""``cmcompile ci``: the steps of CI jobs."""

from __future__ import annotations

import os

import click

from cmcompile.cli.lazy import Lazy, LazyGroup

_COMMANDS = {
    "review": "Review what a pull request would do.",
    "comment": "Tell a pull request what its review said.",
    "apply": "Carry out what was merged.",
    "reconcile": "Make a pass over campaigns.",
    "verify": "Prove that ledgers were not tampered with.",
    "next": "Propose the next campaign of a series.",
    "lists": "Propose what lists hold by now.",
}


@click.group(
    "ci",
    cls=LazyGroup,
    lazy={name: Lazy(f"cmcompile.cli.ci.{name}", "command", about) for name, about in _COMMANDS.items()},
    short_help="The steps of CI jobs.",
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Do what a CI job does with campaigns, each in one step; see docs/ci.md.

    GitHub's variables are read where they are set; elsewhere options say the same, so any CI system, cron,
    or a shell can run them. Where one campaign fails, the others go on. All may be run twice, late, or not
    at all: each looks at what there is, never at what started it.
    """
    from cmcompile.cli.ci.clone import settled

    ctx.with_resource(settled(os.environ))
