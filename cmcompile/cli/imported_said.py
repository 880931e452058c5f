"""What is said of an import: the notes, what was made, what comes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from cmcompile.cli.importing import FOLDER, plain

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.imports.imported import Imported, Note

#: More parts of a source of which the same is to be said are counted.
_SHOWN = 3


def show_notes(notes: Iterable[Note]) -> None:
    """Write what is to be said of an import, the most important first; what is plainly there is counted."""
    from cmcompile.imports.imported import ABOUT, Fate, few, in_order

    listed = in_order(list(notes))
    for fate in Fate:
        some = [note for note in listed if note.fate is fate]
        if not some:
            continue
        if fate is Fate.MAPPED:
            click.echo(f"{fate.value}: {len(some)} fields", err=True)
            continue
        click.echo(f"{fate.value}: {ABOUT[fate]}", err=True)
        for text in dict.fromkeys(note.text for note in some):
            subjects = [plain(note.subject) for note in some if note.text == text]
            click.echo(f"  {few(subjects, _SHOWN)}: {plain(text)}", err=True)


def say_json(
    result: Compilation, imported: Imported, source: str, files: Sequence[str], *, is_written: bool
) -> None:
    """Write what came of an import for programs."""
    import json

    from cmcompile.imports.imported import in_order

    groups = Counter(one.group.step for one in result.groups)
    document = {
        "format": 1,
        "kind": "import",
        "source": source,
        "campaign": imported.name,
        "written": is_written,
        "files": sorted(files),
        "compared": imported.compared,
        "lines": lines(imported.spec),
        "steps": [
            {
                "step": step.name,
                "groups": groups[step.name],
                "rescues": [],
                "rescue_groups": 0,
                "overrides": len(step.overrides),
                "extra": 0,
                "explicit": False,
            }
            for step in result.spec.steps
        ],
        "notes": [
            {"sort": note.fate.value, "subject": note.subject, "text": note.text}
            for note in in_order(imported.notes)
        ],
    }
    click.echo(json.dumps(document, indent=1))


def say(result: Compilation, imported: Imported, files: Sequence[str], *, dry_run: bool) -> None:
    """Write what came of an import for people."""
    name = imported.name
    count = len(result.groups)
    groups = f"{count} group{'' if count == 1 else 's'}"
    steps = len(result.spec.steps)
    tried = "; of lists that are still empty one row was tried" if imported.samples else ""
    click.echo(f"{name}: {steps} step{'' if steps == 1 else 's'}, {groups}{tried}", err=True)
    if not dry_run:
        say_made(name, files)


def lines(spec: str) -> int:
    """Return how many lines a spec has, without comments and empty ones."""
    return sum(1 for line in spec.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def say_made(name: str, files: Iterable[str]) -> None:
    """Write what was made for a campaign, and what comes next."""
    for path in files:
        click.echo(f"made {path}")
    click.echo(f"next:\n  cmcompile validate {name}\n  cmcompile compile {name}\n  git add {FOLDER}{name}")
