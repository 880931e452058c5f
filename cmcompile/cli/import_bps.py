"""``cmcompile import bps``: a spec from a tree of submit files."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.importing import content, name_of, plain
from cmcompile.cli.output import format_option
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.imports.bps.importer import Result
    from cmcompile.imports.bps.lists import ListFile

_SOURCE = click.Path(exists=True, path_type=Path)
#: Larger trees are taken for a wrong folder; ten years of Rubin are some 35,000 files.
_MOST = 100_000
#: What tells a submit file from one that others include.
_SUBMIT = re.compile(rb"^(?:pipelineYaml|qgraphFile|payload)[ \t]*:", re.MULTILINE)


@click.command("bps", short_help="A spec from a tree of BPS submit files.")
@click.argument("sources", nargs=-1, required=True, type=_SOURCE, metavar="SOURCE...")
@click.option("--output", "-o", metavar="campaigns/NAME", help="Where the campaign goes; NAME is its name.")
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
@click.option("--dry-run", is_flag=True, help="Print the spec and the notes, and write nothing.")
@format_option("text", "json")
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
        if not any(fnmatch(path, glob) for path in files):
            raise click.UsageError(f"--leave-out {glob}: no file is meant by it")
    left_out = frozenset(p for p in asked if any(fnmatch(p, glob) for glob in leave_out))
    name = name_of(output, label)
    folder = _folder(name, force=force, dry_run=dry_run)
    result = import_bps(name, files, [_list(text) for text in lists], left_out, asked)
    if not dry_run:
        _write(folder, result)
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

    found: dict[Path, bytes] = {}
    asked: set[Path] = set()
    bases = []
    for source in (path.resolve() for path in sources):
        bases.append(_base(source))
        below = _yaml_below(source if source.is_dir() else source.parent)
        found |= {path: content(path) for path in below if path not in found}
        found |= {source: content(source)} if source.is_file() else {}
        asked |= set(below) if source.is_dir() else {source}
    base = Path(os.path.commonpath(bases))
    label = sources[0].resolve().stem if len(sources) == 1 else base.name
    names = {path: path.relative_to(base).as_posix() for path in found}
    return {names[p]: data for p, data in found.items()}, frozenset(names[p] for p in asked), label


def _base(source: Path) -> Path:
    """Return from where paths count: a folder that holds submit files itself keeps its name."""
    if source.is_file():
        return source.parent.parent
    direct = (path for path in _yaml_below(source) if path.parent == source)
    return source.parent if any(_SUBMIT.search(content(path)) for path in direct) else source


def _yaml_below(folder: Path) -> list[Path]:
    found = []
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix in (".yaml", ".yml") and not hidden and path.is_file():
            found.append(path)
        if len(found) > _MOST:
            raise CmcompileError(
                f"{folder} holds more than {_MOST} YAML files: name the folder that is meant"
            )
    return found


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


def _write(folder: Path, result: Result) -> None:
    """Put the campaign in its place whole: all of it is there, or nothing."""
    import shutil
    import tempfile

    folder.parent.mkdir(parents=True, exist_ok=True)
    base = f"campaigns/{result.name}/"
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        new, old = Path(scratch) / "new", Path(scratch) / "old"
        for path, data in result.files.items():
            target = new / path.removeprefix(base)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        if folder.exists():
            folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            if old.exists():
                shutil.move(old, folder)
            raise


def _text(result: Result, *, is_written: bool) -> None:
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
    click.echo(f"{files} the same, compiled from {_lines(result.text)} lines", err=True)
    if not is_written:
        return
    for path in sorted(result.files):
        click.echo(f"made {path}")
    click.echo(
        f"next:\n  cmcompile validate {result.name}\n  cmcompile compile {result.name}\n"
        f"  git add campaigns/{result.name}"
    )


def _notes(result: Result) -> None:
    from cmcompile.imports.bps.report import SORTS

    for fate, (name, about) in SORTS.items():
        some = [note for note in result.notes if note.fate is fate]
        if some:
            click.echo(f"{name}: {about}", err=True)
        for note in some:
            click.echo(f"  {plain(note.subject)}: {plain(note.text)}", err=True)


def _lines(text: str) -> int:
    return sum(1 for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def _json(result: Result, *, is_written: bool) -> None:
    import json

    from cmcompile.imports.bps.report import SORTS

    document = {
        "format": 1,
        "kind": "import",
        "source": "bps",
        "campaign": result.name,
        "written": is_written,
        "files": sorted(result.files),
        "compared": len(result.compared),
        "lines": _lines(result.text),
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
