"""``cmcompile import bps``: a spec from a tree of submit files."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.examples import examples
from cmcompile.cli.importing import FOLDER, content, name_of, output_options, plain, put
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.imports.bps.importer import Result
    from cmcompile.imports.bps.lists import ListFile

_SOURCE = click.Path(exists=True, path_type=Path)
#: Larger trees are taken for a wrong folder; ten years of Rubin are some 35,000 files.
_MOST = 100_000
#: What tells a submit file from one that others include.
_SUBMIT = re.compile(rb"^(?:pipelineYaml|qgraphFile|payload)[ \t]*:", re.MULTILINE)


@click.command(
    "bps",
    short_help="A spec from a tree of BPS submit files.",
    epilog=examples(
        "import bps production/ -o campaigns/dp02 --dry-run",
        "import bps production/ -o campaigns/dp02 --list exposures=explist.txt:band,exposure",
    ),
)
@click.argument("sources", nargs=-1, required=True, type=_SOURCE, metavar="SOURCE...")
@click.option(
    "--list",
    "lists",
    multiple=True,
    metavar="NAME=FILE[:COLUMNS]",
    help="Ids that files were cut from, as exposures=explist.txt:band,exposure; repeatable.",
)
@click.option(
    "--leave-out", multiple=True, metavar="GLOB", help="Submit files that are not imported; repeatable."
)
@click.option("--force", is_flag=True, help="Replace a campaign that is there and has no decisions.")
@output_options
def command(
    sources: tuple[Path, ...],
    output: str | None,
    lists: tuple[str, ...],
    leave_out: tuple[str, ...],
    force: bool,
    dry_run: bool,
    format_: str,
) -> int:
    """Write the campaign that compiles to the submit files in SOURCE: folders, or files.

    Steps, splits, what files have in common, what some have beside it, and rescues are found; what is left
    becomes groups and overrides one by one, and is listed. The campaign is compiled and compared with the
    files, as BPS reads both, before anything is written.
    """
    from cmcompile.cli.exit import Exit
    from cmcompile.imports.bps.importer import import_bps

    files, asked, label = _files(sources)
    for glob in leave_out:
        if not any(fnmatch(path, glob) for path in asked):
            raise click.UsageError(f"--leave-out {glob}: no file is meant by it")
    left_out = frozenset(p for p in asked if any(fnmatch(p, glob) for glob in leave_out))
    name = name_of(output, label)
    folder = _folder(name, force=force, dry_run=dry_run)
    result = import_bps(name, files, _lists(lists), left_out, asked)
    if not dry_run:
        below = {path.removeprefix(f"{FOLDER}{name}/"): data for path, data in result.files.items()}
        put(folder, below, force=force)
    if format_ == "json":
        _json(result, is_written=not dry_run)
    else:
        _text(result, is_written=not dry_run)
    return Exit.OK


def _files(sources: tuple[Path, ...]) -> tuple[dict[str, bytes], frozenset[str], str]:
    """Return YAML files by their path below what the sources have in common, those asked for, and a name.

    Beside a file that is named, those of its folder count too, as files that it may include.
    """
    import os

    below: dict[Path, list[Path]] = {}
    found: dict[Path, bytes] = {}
    asked: set[Path] = set()
    bases = []
    for source in (path.resolve() for path in sources):
        folder = source if source.is_dir() else source.parent
        if folder not in below:
            below[folder] = _yaml_below(folder)
            found |= {path: content(path) for path in below[folder] if path not in found}
        if source == folder:
            asked.update(below[folder])
            # A folder that holds submit files itself keeps its name.
            is_held = any(_SUBMIT.search(found[p]) for p in below[folder] if p.parent == folder)
            bases.append(folder.parent if is_held else folder)
        else:
            asked.add(source)
            found |= {source: content(source)} if source not in found else {}
            bases.append(folder.parent)
    base = Path(os.path.commonpath(bases))
    one = sources[0].resolve()
    label = base.name if len(sources) > 1 else one.name if one.is_dir() else one.stem
    names = {path: path.relative_to(base).as_posix() for path in found}
    return {names[p]: data for p, data in found.items()}, frozenset(names[p] for p in asked), label


def _yaml_below(folder: Path) -> list[Path]:
    """Return the YAML files of a folder and those below it, but for what is hidden.

    Raises
    ------
    CmcompileError
        When there are too many, or a folder can't be read.
    """
    import os

    def fail(error: OSError) -> None:
        raise CmcompileError(f"{error.filename}: {error.strerror}")

    found: list[Path] = []
    for at, folders, names in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (Path(at, name) for name in names if not name.startswith("."))
        found += [path for path in paths if path.suffix in (".yaml", ".yml") and path.is_file()]
        if len(found) > _MOST:
            raise CmcompileError(
                f"{folder} holds more than {_MOST} YAML files: name the folder that is meant"
            )
    return sorted(found)


def _lists(texts: tuple[str, ...]) -> list[ListFile]:
    found = {one.name: one for one in map(_list, texts)}
    if len(found) < len(texts):
        raise click.UsageError("--list: two have one name, and each list of a campaign has its own")
    return list(found.values())


def _list(text: str) -> ListFile:
    from cmcompile.imports.bps.lists import ListFile

    name, equals, rest = text.partition("=")
    if not equals or not name.isidentifier() or not rest:
        raise click.UsageError(f"--list {text}: write NAME=FILE or NAME=FILE:column,column")
    file, columns = rest, ""
    if not Path(file).exists() and ":" in rest:
        file, _, columns = rest.rpartition(":")
    names = tuple(column.strip() for column in columns.split(",")) if columns else ()
    if not all(column.isidentifier() for column in names):
        raise click.UsageError(f"--list {text}: {columns} are no names of columns")
    return ListFile(name, file, content(Path(file)), names)


def _folder(name: str, *, force: bool, dry_run: bool) -> Path:
    """Return where the campaign goes.

    Raises
    ------
    CmcompileError
        When something is there that is not to be replaced.
    """
    from cmcompile.spec.files import find_root

    folder = find_root(Path.cwd()) / "campaigns" / name
    if dry_run or not folder.exists():
        return folder
    if not force:
        raise CmcompileError(
            f"campaigns/{name} is there already: choose another name with -o, or replace it with --force"
        )
    if (folder / "decisions.yaml").exists():
        raise CmcompileError(f"campaigns/{name} has decisions, so it is in use: choose another name with -o")
    return folder


def _text(result: Result, *, is_written: bool) -> None:
    from cmcompile.cli.imported_said import lines, say_made

    if not is_written:
        click.echo(result.text, nl=False)
    _notes(result)
    for step in result.steps:
        rescued = f", {step.rescued} more as {', '.join(step.rescues)}" if step.rescues else ""
        listed = ", listed one by one" if step.explicit else ""
        overrides = (
            f", {step.overrides} override{'' if step.overrides == 1 else 's'}" if step.overrides else ""
        )
        click.echo(
            f"{step.name}: {step.groups} group{'' if step.groups == 1 else 's'}{listed}{rescued}{overrides}",
            err=True,
        )
    count = len(result.compared)
    files = "1 submit file is" if count == 1 else f"{count} submit files are"
    click.echo(f"{files} the same, compiled from {lines(result.text)} lines", err=True)
    if is_written:
        say_made(result.name, sorted(result.files))


def _notes(result: Result) -> None:
    from cmcompile.imports.bps.report import SORTS

    for fate, (name, about) in SORTS.items():
        some = [note for note in result.notes if note.fate is fate]
        if some:
            click.echo(f"{name}: {about}", err=True)
        for note in some:
            click.echo(f"  {plain(note.subject)}: {plain(note.text)}", err=True)


def _json(result: Result, *, is_written: bool) -> None:
    import json

    from cmcompile.cli.imported_said import lines
    from cmcompile.imports.bps.report import SORTS

    document = {
        "format": 1,
        "kind": "import",
        "source": "bps",
        "campaign": result.name,
        "written": is_written,
        "files": sorted(result.files),
        "compared": len(result.compared),
        "lines": lines(result.text),
        "steps": [
            {
                "step": s.name,
                "groups": s.groups,
                "rescues": list(s.rescues),
                "rescue_groups": s.rescued,
                "overrides": s.overrides,
                "extra": s.extra,
                "explicit": s.explicit,
            }
            for s in result.steps
        ],
        "notes": [{"sort": SORTS[n.fate][0], "subject": n.subject, "text": n.text} for n in result.notes],
    }
    click.echo(json.dumps(document, indent=1))
