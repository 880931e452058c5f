"""``cmcompile import cm-service``: a spec from a campaign of cm-service."""

from __future__ import annotations

from pathlib import Path

import click

from cmcompile.cli.imported_check import finish
from cmcompile.cli.importing import (
    content,
    given_values,
    name_of,
    output_options,
    rows_option,
    with_includes,
    with_rows,
)
from cmcompile.model.errors import CmcompileError

_PATH = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("cm-service", short_help="A spec from a campaign of cm-service.")
@click.argument("sources", nargs=-1, required=True, type=_PATH)
@click.option(
    "--set",
    "settings",
    metavar="NAME=VALUE",
    multiple=True,
    help="The value of ${NAME}, or of a field that says MUST_OVERRIDE; as `cm-client load -v`.",
)
@click.option("--spec", default="", help="The specification that counts, such as that of a workload system.")
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
    from cmcompile.imports.cm_service.loading import load
    from cmcompile.imports.cm_service.settings import Settings

    given = Settings(given_values(settings))
    given.touched.add("name")
    loaded = load(_with_imports(sources, includes), given)
    if loaded.manifests:
        from cmcompile.imports.cm_service.v2 import imported
    else:
        from cmcompile.imports.cm_service.v1 import imported
    made = imported(loaded, given, name_of(output, given.given.get("name") or sources[0].stem), spec)
    folders = dict.fromkeys([*(path.parent for path in sources), *includes])
    made = with_rows(with_includes(made, list(folders)), rows)
    return finish(made, "cm-service", format_, dry_run=dry_run)


def _with_imports(sources: tuple[Path, ...], folders: tuple[Path, ...]) -> dict[str, bytes]:
    """Return the sources after the files that they import, by name."""
    from cmcompile.imports.cm_service.loading import imports_of

    found: dict[str, bytes] = {}

    def add(path: Path) -> None:
        if path.name in found:
            return
        data = content(path)
        found[path.name] = data
        for named in imports_of(path.name, data):
            name = named.rpartition("/")[2]
            other = next((f / name for f in (path.parent, *folders) if (f / name).is_file()), None)
            if other is None:
                raise CmcompileError(
                    f"{path} imports {named}, which is not beside it; -I DIR says where to look"
                )
            add(other)

    for path in sources:
        add(path)
    return found
