"""``cmcompile import cm-service``: a spec from a campaign of cm-service."""

from __future__ import annotations

from pathlib import Path

import click

from cmcompile.cli.examples import examples
from cmcompile.cli.imported_check import check, finish
from cmcompile.cli.importing import (
    SOURCE,
    content,
    given_values,
    include_option,
    name_of,
    output_options,
    rows_option,
    settings_option,
    with_includes,
    with_rows,
)
from cmcompile.model.errors import CmcompileError


@click.command(
    "cm-service",
    short_help="A spec from a campaign of cm-service.",
    epilog=examples(
        "import cm-service rc2.yaml --dry-run",
        "import cm-service start.yaml campaign.yaml --set TICKET=DM-50001 -o campaigns/rc2",
    ),
)
@click.argument("sources", nargs=-1, required=True, type=SOURCE)
@settings_option("The value of ${NAME}, or of a field that says MUST_OVERRIDE; as `cm-client load -v`.")
@click.option("--spec", default="", help="The specification that counts, such as that of a workload system.")
@include_option(
    "Look here for the files that Imports or includeConfigs names, after the folders of the sources."
)
@rows_option
@output_options
def command(
    sources: tuple[Path, ...],
    settings: tuple[str, ...],
    spec: str,
    rows: tuple[str, ...],
    output: str | None,
    dry_run: bool,
    includes: tuple[Path, ...],
    format_: str,
) -> int:
    """Write the campaign that the files SOURCES of cm-service declare: spec blocks and steps, or manifests.

    Files that they import are looked for beside them, whatever folder they name.
    """
    from cmcompile.imports.cm_service import v1, v2
    from cmcompile.imports.cm_service.loading import load
    from cmcompile.imports.cm_service.settings import Settings

    given = Settings(given_values(settings))
    loaded = load(_with_imports(sources, includes), given)
    if loaded.manifests and spec:
        raise click.UsageError("--spec chooses among specifications, and these files are manifests")
    name = name_of(output, given.take("name") or sources[0].stem)
    made = v2.imported(loaded, given, name) if loaded.manifests else v1.imported(loaded, given, name, spec)
    folders = dict.fromkeys([*(path.parent for path in sources), *includes])
    made = with_rows(with_includes(made, list(folders)), rows)
    return finish(check(made), "cm-service", format_, dry_run=dry_run)


def _with_imports(sources: tuple[Path, ...], folders: tuple[Path, ...]) -> dict[str, bytes]:
    """Return the sources after the files that they import, by name."""
    from cmcompile.imports.cm_service.loading import imports_of

    found: dict[str, bytes] = {}
    seen: dict[str, Path] = {}

    def add(path: Path) -> None:
        known = seen.setdefault(path.name, path)
        if known is not path:
            if not known.samefile(path):
                raise CmcompileError(f"{known} and {path} have one name: rename one")
            return
        data = content(path)
        for named in imports_of(path.name, data):
            name = named.rpartition("/")[2]
            other = next((f / name for f in (path.parent, *folders) if (f / name).is_file()), None)
            if other is None:
                raise CmcompileError(
                    f"{path} imports {named}, which is not beside it; -I DIR says where to look"
                )
            add(other)
        found[path.name] = data

    for path in sources:
        add(path)
    return found
