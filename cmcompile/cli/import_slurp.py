"""``cmcompile import slurp``: a spec from production rules."""

from __future__ import annotations

import re
from pathlib import Path

import click

from cmcompile.cli.examples import examples
from cmcompile.cli.imported_check import check, finish
from cmcompile.cli.importing import (
    SOURCE,
    content,
    contents,
    given_values,
    include_option,
    name_of,
    output_options,
    rows_option,
    settings_option,
    with_rows,
)

#: Larger folders than this are not copied into a repository.
_FILES, _BYTES = 200, 5_000_000


@click.command(
    "slurp",
    short_help="A spec from rules of SLURP or sphenixprod.",
    epilog=examples(
        "import slurp rules.yaml --dry-run",
        "import slurp rules.yaml --rule DST_CALO --runs 52000..54000 -o campaigns/run9",
    ),
)
@click.argument("sources", nargs=-1, required=True, type=SOURCE)
@click.option("--rule", "rules", multiple=True, metavar="RULE", help="Only this rule; may be given again.")
@settings_option("What a {NAME} of a rule stands for.")
@click.option("--runs", metavar="A..B", help="The runs that the queries ask for; all by default.")
@include_option("Look here for payload files, in folders below too.")
@rows_option
@output_options
def command(
    sources: tuple[Path, ...],
    rules: tuple[str, ...],
    settings: tuple[str, ...],
    runs: str | None,
    rows: tuple[str, ...],
    output: str | None,
    dry_run: bool,
    includes: tuple[Path, ...],
    format_: str,
) -> int:
    """Write the campaign whose steps are the rules in SOURCES, of SLURP or of sphenixprod.

    Payload files are looked for below the folders of -I, and become part of the campaign.
    """
    from cmcompile.imports.slurp.made import Request
    from cmcompile.imports.slurp.rules import from_rules

    request = Request(
        name=name_of(output, sources[0].stem),
        sources=contents(sources),
        settings=given_values(settings),
        payloads=_payloads(includes),
        runs=_runs(runs),
        only=rules,
    )
    return finish(check(with_rows(from_rules(request), rows)), "slurp", format_, dry_run=dry_run)


def _runs(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,9})\.\.(\d{1,9})", text)
    if found is None or int(found[1]) > int(found[2]):
        raise click.UsageError(f"--runs {text}: write the lowest and the highest run, such as 22000..23000")
    return int(found[1]), int(found[2])


def _payloads(folders: tuple[Path, ...]) -> dict[str, bytes]:
    """Return the files below some folders, as far as they are few and small."""
    found: dict[str, bytes] = {}
    size = 0
    for folder in folders:
        for path in folder.rglob("*"):
            if not path.is_file() or path.is_symlink() or ".git" in path.parts:
                continue
            size += path.stat().st_size
            if len(found) >= _FILES or size > _BYTES:
                raise click.UsageError(f"-I {folder}: more than {_FILES} files, or {_BYTES:,} bytes")
            found[path.as_posix()] = content(path)
    return dict(sorted(found.items()))
