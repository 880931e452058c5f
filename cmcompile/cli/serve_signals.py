"""``cmcompile serve-signals``: takes signals of jobs by HTTP, for workers that do not see the spool."""

from __future__ import annotations

import os
from pathlib import Path

import click

from cmcompile.cli.examples import examples
from cmcompile.cli.exit import Exit


@click.command(
    "serve-signals",
    short_help="Take signals of jobs by HTTP.",
    epilog=examples("serve-signals submit/", "serve-signals submit/ --host 0.0.0.0 --allow-remote"),
)
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--spool", is_flag=True, help="DIRECTORY is itself the spool of one run.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any free one."
)
@click.option("--allow-remote", is_flag=True, help="Listen on an address that others reach; needs a token.")
@click.option("--verbose", is_flag=True, help="Say what is taken too, not only what is refused.")
def command(directory: Path, spool: bool, host: str, port: int, allow_remote: bool, verbose: bool) -> int:
    """Take signals by HTTP and put them into the spools below DIRECTORY, which holds submit directories.

    Jobs send them with CMCOMPILE_SIGNALS=http://HOST:PORT. With CMCOMPILE_SIGNALS_TOKEN set, here and there,
    only signals that were signed with it are taken. It runs until it is interrupted.
    """
    from cmcompile.report.terminal import visible
    from cmcompile.signals.serve import Desk, SignalServer, is_loopback
    from cmcompile.signals.told import TOKEN

    token = os.environ.get(TOKEN, "")
    if not is_loopback(host) and not (allow_remote and token):
        missing = "--allow-remote" if not allow_remote else f"a token in {TOKEN}"
        raise click.UsageError(f"--host {host}: others reach this address, so it needs {missing}")

    def said(status: int, why: str) -> None:
        if verbose or why:
            click.echo(f"{status} {visible(why)}".rstrip(), err=True)

    try:
        host.encode("idna")  # what can't be written so is a TypeError later
        server = SignalServer(host, port, Desk(directory, spool, token), said)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "this is no name of a machine"
        raise click.ClickException(f"--host {host} --port {port}: {why}") from error
    with server:
        at = f"[{host}]" if ":" in host else host
        click.echo(f"takes signals at http://{at}:{server.server_address[1]}")
        server.serve_forever()
    return Exit.OK
