"""``cmcompile completion``: completion of commands and options in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_INSTALL = {
    "bash": "cmcompile completion bash > ~/.local/share/bash-completion/completions/cmcompile",
    "zsh": "cmcompile completion zsh > ~/.zfunc/_cmcompile   (with ~/.zfunc in fpath, before compinit)",
    "fish": "cmcompile completion fish > ~/.config/fish/completions/cmcompile.fish",
}


@click.command("completion")
@click.argument("shell", type=click.Choice(list(_INSTALL)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell, with the command that installs it."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"this version of click can't complete in {shell}")
    script = kind(ctx.find_root().command, {}, "cmcompile", "_CMCOMPILE_COMPLETE").source()
    # zsh takes a file as completion only if its first line is #compdef, so the hint stands last.
    click.echo(f"{script.strip()}\n\n# To install: {_INSTALL[shell]}")
