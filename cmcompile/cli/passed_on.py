"""Commands that read their own arguments: a worker runs them without click, here they are only listed."""

from __future__ import annotations

import click


class PassedOn(click.Command):
    """A command that is given all of its arguments as they are, ``--`` and ``--help`` too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take all arguments for those of the command."""
        ctx.params["arguments"] = tuple(args)
        return []
