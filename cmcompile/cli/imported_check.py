"""What an import made is compiled before it is written; what its source does wrong is allowed in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.importing import FOLDER, content
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.cli.campaigns import Place
    from cmcompile.compiler.result import Compilation
    from cmcompile.imports.imported import Imported
    from cmcompile.model.ports import Sources


def compiled_files(imported: Imported) -> dict[str, bytes]:
    """Return the files that what was made compiles to, by path.

    Raises
    ------
    InputError
        When it does not validate.
    """
    return {group.path: group.data for group in _checked(imported)[2].groups}


def with_edits_of(imported: Imported, folder: Path) -> Imported:
    """Return an import with what was edited in the files of a folder before they were run.

    Raises
    ------
    InputError
        When what was made does not validate.
    """
    from cmcompile.imports.as_run import Made, with_edits

    _, imported, result = _checked(imported)
    made = [
        Made(one.group.step, {p.axis: p.n or p.ids[0] for p in one.group.parts}, one.path, one.data)
        for one in result.groups
    ]
    includes = {name.rpartition("/")[2] for name in imported.files}
    paths = [p for p in sorted(folder.iterdir()) if p.suffix in (".yaml", ".yml") and p.name not in includes]
    return with_edits(imported, made, {path.name: content(path) for path in paths})


def finish(imported: Imported, source: str, format_: str, *, dry_run: bool) -> int:
    """Check an import, write it, and say what came of it; returns the exit code.

    Parameters
    ----------
    source
        What it was imported from, as the command is named.

    Raises
    ------
    InputError
        When what was made does not validate; nothing is written then.
    CmcompileError
        When there is such a campaign already.
    """
    import click

    from cmcompile.cli.exit import Exit
    from cmcompile.cli.imported_said import say, say_json, show_notes

    place, imported, result = _checked(imported)
    folder = place.path.rpartition("/")[0]
    if not dry_run and (place.root / folder).exists():
        raise CmcompileError(f"{folder} is there already: choose another name with -o")
    files = _files(imported, folder)
    if not dry_run:
        _write(place.root, files)
    if format_ == "json":
        say_json(result, imported, source, files, is_written=not dry_run)
        return Exit.OK
    if dry_run:
        click.echo(imported.spec, nl=False)
    show_notes(imported.notes)
    say(result, imported, files, dry_run=dry_run)
    return Exit.OK


def _files(imported: Imported, folder: str) -> dict[str, bytes]:
    from cmcompile.cli.campaigns import FILE

    below = {f"{folder}/{name}": data for name, data in imported.files.items()}
    return {f"{folder}/{FILE}": imported.spec.encode(), **below}


def _checked(imported: Imported) -> tuple[Place, Imported, Compilation]:
    """Compile what was made before it is written; what its source does wrong is allowed in it.

    Raises
    ------
    InputError
        When what was made does not validate.
    """
    from cmcompile.cli.campaigns import FILE, Place, usable
    from cmcompile.cli.templates import Overlay
    from cmcompile.spec.files import WorkingTree, find_root

    root = find_root(Path.cwd())
    folder = f"{FOLDER}{imported.name}"
    place = Place(root, f"{folder}/{FILE}")
    samples = {f"{folder}/{name}": data for name, data in imported.samples.items()}

    def sources(made: Imported) -> Sources:
        return Overlay({**_files(made, folder), **samples}, WorkingTree(root))

    imported = _allowing(imported, place, sources(imported))
    return place, imported, usable(place, sources(imported))


def _allowing(imported: Imported, place: Place, sources: Sources) -> Imported:
    """Return an import that allows the errors which its source has: it is kept as it was run.

    Only what BPS would think of a file, and which ids a range takes, is allowed; an error in the spec itself
    is one of the import.
    """
    from dataclasses import replace

    from cmcompile.cli.campaigns import compiled
    from cmcompile.imports.imported import Fate, Note
    from cmcompile.model.codes import bps, splitting
    from cmcompile.model.diagnostic import Code, Severity

    kept = {c for c in vars(bps).values() if isinstance(c, Code)} | {splitting.LEAK, splitting.GAP}
    _, findings = compiled(place, sources)
    errors = [f for f in findings if f.code.severity is Severity.ERROR and f.allowed is None]
    if not errors or not all(f.code in kept for f in errors):
        return imported
    allow = dict(imported.tree.get("allow", {}))
    allow |= {f.code.name: f"kept as it was run: {f.code.title}" for f in errors}
    notes = [
        Note(Fate.DEFECT, f.code.name, f"{f.message}; kept as it was run, under `allow`") for f in errors
    ]
    tree = {**imported.tree, "allow": dict(sorted(allow.items()))}
    return replace(imported, tree=tree, notes=(*imported.notes, *notes))


def _write(root: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
