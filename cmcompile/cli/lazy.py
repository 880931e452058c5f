"""A group of commands that are imported only when they are run."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


@dataclass(frozen=True, slots=True)
class Lazy:
    """Where a command is found, and what the list of commands says about it.

    Attributes
    ----------
    section
        The heading under which it is listed.
    """

    module: str
    attribute: str
    about: str
    section: str = "Commands"

    def load(self) -> click.Command:
        """Import the command."""
        command = getattr(importlib.import_module(self.module), self.attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.module}.{self.attribute} is not a click command")
        return command


class LazyGroup(click.Group):
    """A click group over a table of commands; help and completion of names import none of them."""

    def __init__(self, *args: Any, lazy: Mapping[str, Lazy], **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        del ctx
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of a name; None when there is none."""
        del ctx
        entry = self._lazy.get(cmd_name)
        return None if entry is None else entry.load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table, by its sections; the second column stands in one line through all of them."""
        del ctx
        width = max(map(len, self._lazy), default=0)
        for section in dict.fromkeys(entry.section for entry in self._lazy.values()):
            rows = [(f"{n:<{width}}", e.about) for n, e in self._lazy.items() if e.section == section]
            with formatter.section(section):
                formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of the first argument; an unknown name is answered with the nearest ones."""
        name = args[0]
        if name not in self._lazy and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"there is no command '{name}'{self._nearest(name)}")
        return super().resolve_command(ctx, args)

    def _nearest(self, name: str) -> str:
        from difflib import get_close_matches

        near = [f"'{found}'" for found in get_close_matches(name.lower(), self._lazy, n=2)]
        return f"; did you mean {' or '.join(near)}?" if near else ""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command, or an option of the group."""
        from click.shell_completion import CompletionItem

        names = [(name, entry) for name, entry in self._lazy.items() if name.startswith(incomplete)]
        found = [CompletionItem(name, help=entry.about) for name, entry in names]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]
