"""``cmcompile import poms``: a spec from an ini file."""

from __future__ import annotations

from pathlib import Path

import click

from cmcompile.cli.imported_check import finish
from cmcompile.cli.importing import content, name_of, output_options, rows_option, with_rows

_PATH = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("poms", short_help="A spec from an ini file of POMS.")
@click.argument("source", type=_PATH)
@rows_option
@output_options
def command(
    source: Path,
    rows: tuple[str, ...],
    output: str | None,
    dry_run: bool,
    includes: tuple[Path, ...],
    format_: str,
) -> int:
    """Write the campaign whose steps are the stages of SOURCE, an ini file that POMS wrote."""
    from cmcompile.imports.poms.stages import from_ini

    del includes
    imported = from_ini(name_of(output, source.stem), source.name, content(source))
    return finish(with_rows(imported, rows), "poms", format_, dry_run=dry_run)
