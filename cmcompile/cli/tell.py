"""``cmcompile tell``: tell others how campaigns stand."""

from __future__ import annotations

import click

from cmcompile.cli.lazy import Lazy, LazyGroup

_COMMANDS = {
    "all": Lazy("cmcompile.cli.tell_campaigns", "everybody", "All that the spec of a campaign names."),
    "github": Lazy("cmcompile.cli.tell_github", "command", "Post what review wrote on a pull request."),
    "jira": Lazy("cmcompile.cli.tell_campaigns", "jira", "Bring the issues of a campaign up to date."),
    "webhook": Lazy("cmcompile.cli.tell_campaigns", "webhook", "Say what is new and needs a person."),
}


class _Campaigns(LazyGroup):
    """Takes what is no command for a campaign: ``tell dp02`` is ``tell all dp02``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``all`` before the name of a campaign."""
        if args and not args[0].startswith("-") and args[0] not in self._lazy:
            args = ["all", *args]
        return super().parse_args(ctx, args)


@click.group(
    "tell",
    cls=_Campaigns,
    lazy=_COMMANDS,
    short_help="Tell GitHub, Jira and others how campaigns stand.",
    subcommand_metavar="COMMAND|CAMPAIGN... [ARGS]...",
)
def command() -> None:
    """Tell others how campaigns stand: `cmcompile tell CAMPAIGN` tells all that its spec names under `tell`.

    What was told is remembered on the ledger branch, so nothing is told twice, from whatever clone.
    """
