"""What an import made is compiled before it is written; what its source does wrong is allowed in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.importing import FOLDER, content, put
from cmcompile.model.errors import CmcompileError, InputError

if TYPE_CHECKING:
    from cmcompile.cli.campaigns import Place
    from cmcompile.compiler.result import Compilation
    from cmcompile.imports.imported import Imported
    from cmcompile.model.diagnostic import Diagnostic
    from cmcompile.model.ports import Sources


@dataclass(frozen=True, slots=True)
class Checked:
    """An import that compiles.

    Attributes
    ----------
    place
        Where it goes.
    result
        What it compiles to.
    """

    place: Place
    imported: Imported
    result: Compilation


def check(imported: Imported) -> Checked:
    """Compile what was made before it is written; what its source does wrong is allowed in it.

    Raises
    ------
    InputError
        When what was made does not validate.
    """
    from cmcompile.cli.campaigns import FILE, Place, compiled
    from cmcompile.cli.templates import Overlay
    from cmcompile.spec.files import WorkingTree, find_root

    root = find_root(Path.cwd())
    folder = f"{FOLDER}{imported.name}"
    place = Place(root, f"{folder}/{FILE}")

    def sources(made: Imported) -> Sources:
        files = {**_files(made), **made.samples}
        return Overlay({f"{folder}/{name}": data for name, data in files.items()}, WorkingTree(root))

    result, findings = compiled(place, sources(imported))
    if allow := _allowed(findings):
        imported = _allowing(imported, allow)
        result, findings = compiled(place, sources(imported))
    if result.failed:
        raise InputError(findings)
    return Checked(place, imported, result)


def with_edits_of(checked: Checked, folder: Path) -> Imported:
    """Return an import with what was edited in the files of a folder before they were run."""
    from cmcompile.imports.as_run import Made, with_edits

    made = [
        Made(one.group.step, {p.axis: p.n or p.ids[0] for p in one.group.parts}, one.path, one.data)
        for one in checked.result.groups
    ]
    includes = {name.rpartition("/")[2] for name in checked.imported.files}
    paths = [p for p in sorted(folder.iterdir()) if p.suffix in (".yaml", ".yml") and p.name not in includes]
    return with_edits(checked.imported, made, {path.name: content(path) for path in paths})


def finish(checked: Checked, source: str, format_: str, *, dry_run: bool) -> int:
    """Write an import, and say what came of it; returns the exit code.

    Parameters
    ----------
    source
        What it was imported from, as the command is named.

    Raises
    ------
    CmcompileError
        When there is such a campaign already, or it can't be written.
    """
    import click

    from cmcompile.cli.exit import Exit
    from cmcompile.cli.imported_said import say, say_json, show_notes

    place, imported, result = checked.place, checked.imported, checked.result
    folder = place.path.rpartition("/")[0]
    if not dry_run and (place.root / folder).exists():
        raise CmcompileError(f"{folder} is there already: choose another name with -o")
    made = _files(imported)
    if not dry_run:
        put(place.root / folder, made)
    files = [f"{folder}/{name}" for name in made]
    if format_ == "json":
        say_json(result, imported, source, files, is_written=not dry_run)
        return Exit.OK
    if dry_run:
        click.echo(imported.spec, nl=False)
    show_notes(imported.notes)
    say(result, imported, files, dry_run=dry_run)
    return Exit.OK


def _files(imported: Imported) -> dict[str, bytes]:
    from cmcompile.cli.campaigns import FILE

    return {FILE: imported.spec.encode(), **imported.files}


def _allowed(findings: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return the errors that an import may allow, where there are no others: it is kept as it was run.

    Only what BPS would think of a file, and which ids a range takes, is allowed; an error in the spec itself
    is one of the import.
    """
    from cmcompile.model.codes import bps, splitting
    from cmcompile.model.diagnostic import Code, Severity

    kept = {c for c in vars(bps).values() if isinstance(c, Code)} | {splitting.LEAK, splitting.GAP}
    errors = [f for f in findings if f.code.severity is Severity.ERROR and f.allowed is None]
    return errors if all(f.code in kept for f in errors) else []


def _allowing(imported: Imported, errors: Sequence[Diagnostic]) -> Imported:
    from dataclasses import replace

    from cmcompile.imports.imported import Fate, Note

    allow = dict(imported.tree.get("allow", {}))
    allow |= {f.code.name: f"kept as it was run: {f.code.title}" for f in errors}
    notes = [
        Note(Fate.DEFECT, f.code.name, f"{f.message}; kept as it was run, under `allow`") for f in errors
    ]
    tree = {**imported.tree, "allow": dict(sorted(allow.items()))}
    return replace(imported, tree=tree, notes=(*imported.notes, *notes))
