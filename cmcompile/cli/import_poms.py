"""``cmcompile import poms``: a spec from an ini file."""

from __future__ import annotations

from pathlib import Path

import click

from cmcompile.cli.examples import examples
from cmcompile.cli.imported_check import check, finish
from cmcompile.cli.importing import SOURCE, content, name_of, output_options, rows_option, with_rows


@click.command(
    "poms",
    short_help="A spec from an ini file of POMS.",
    epilog=examples("import poms mc8.ini --dry-run", "import poms mc8.ini -o campaigns/mc8"),
)
@click.argument("source", type=SOURCE)
@rows_option
@output_options
def command(
    source: Path,
    rows: tuple[str, ...],
    output: str | None,
    dry_run: bool,
    format_: str,
) -> int:
    """Write the campaign whose steps are the stages of SOURCE, an ini file that POMS wrote."""
    from cmcompile.imports.poms.stages import from_ini

    imported = from_ini(name_of(output, source.stem), source.name, content(source))
    return finish(check(with_rows(imported, rows)), "poms", format_, dry_run=dry_run)
