"""What imports share: their options, what they read, where the campaign goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cmcompile.cli.output import format_option
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.imports.imported import Imported

F = TypeVar("F", bound=Callable[..., Any])
FOLDER = "campaigns/"
SOURCE = click.Path(exists=True, dir_okay=False, path_type=Path)
DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)


def output_options(command: F) -> F:
    """Add the options that say where the campaign goes, and what is written."""
    folder = click.option(
        "--output", "-o", metavar="campaigns/NAME", help="Where the campaign goes; NAME is its name."
    )
    dry = click.option("--dry-run", is_flag=True, help="Print the spec and the notes, and write nothing.")
    return dry(folder(format_option("text", "json")(command)))


def include_option(about: str) -> Callable[[F], F]:
    """Return what adds the option that says where else to look.

    Parameters
    ----------
    about
        For what.
    """
    return click.option(
        "--include", "-I", "includes", multiple=True, metavar="DIR", type=DIRECTORY, help=about
    )


def settings_option(about: str) -> Callable[[F], F]:
    """Return what adds the option that sets names, see `given_values`.

    Parameters
    ----------
    about
        What is set.
    """
    return click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help=about)


def name_of(output: str | None, otherwise: str) -> str:
    """Return the name of the campaign that `--output` means, else one made of a name of the source."""
    from cmcompile.imports.names import campaign_name

    if output is None:
        return campaign_name(otherwise)
    name = output.rstrip("/").removeprefix("./").removeprefix(FOLDER)
    if not name or "/" in name or campaign_name(name) != name:
        raise click.UsageError(f"--output {output}: write campaigns/NAME, a folder of this repository")
    return name


def given_values(texts: Sequence[str]) -> dict[str, str]:
    """Return what ``--set NAME=VALUE`` says."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.isidentifier():
            raise click.UsageError(f"--set {text}: write NAME=VALUE")
        if key in found:
            raise click.UsageError(f"--set {key} is given twice")
        found[key] = value
    return found


def content(path: Path) -> bytes:
    """Return the bytes of a source.

    Raises
    ------
    CmcompileError
        When it can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise CmcompileError(f"{path}: {error.strerror}") from error


def contents(paths: Sequence[Path]) -> dict[str, bytes]:
    """Return the bytes of sources, by name.

    Raises
    ------
    CmcompileError
        When one can't be read, or two have one name: it is in what is said, and in what is made of them.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if not found.setdefault(path.name, path).samefile(path):
            raise CmcompileError(f"{found[path.name]} and {path} have one name: rename one")
    return {name: content(path) for name, path in found.items()}


def with_includes(imported: Imported, folders: Sequence[Path]) -> Imported:
    """Return an import with the files that its ``includeConfigs`` names, and those that they name in turn.

    Raises
    ------
    CmcompileError
        When one is in none of the folders.
    """
    from dataclasses import replace

    from cmcompile.imports.includes import included, relative_includes

    files = dict(imported.files)
    waiting = relative_includes(imported.tree)
    while waiting:
        name = waiting.pop(0)
        if name in files:
            continue
        found = next((folder / name for folder in folders if (folder / name).is_file()), None)
        if found is None:
            looked = ", ".join(str(folder) for folder in folders)
            raise CmcompileError(
                f"includeConfigs names {name}, which is not in {looked}; -I DIR says where to look"
            )
        files[name] = content(found)
        waiting += included(name, files[name])
    return replace(imported, files=files)


def plain(text: str) -> str:
    """Return a text of a source on one line, without what a terminal would act on."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))


def put(folder: Path, files: Mapping[str, bytes], *, force: bool = False) -> None:
    """Put a campaign in its place whole: all of it is there, or nothing.

    Parameters
    ----------
    files
        By path from the folder.
    force
        Whether what is there is replaced.

    Raises
    ------
    CmcompileError
        When it can't be written.
    """
    from tempfile import TemporaryDirectory

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(
            prefix=f".{folder.name}-", dir=folder.parent, ignore_cleanup_errors=True
        ) as scratch:
            new, old = Path(scratch) / "new", Path(scratch) / "old"
            for name, data in files.items():
                target = new / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            try:
                if force and folder.exists():
                    folder.rename(old)
                new.rename(folder)
            finally:
                # After an interrupt too: what was there goes back before the scratch folder is removed.
                if old.exists() and not folder.exists():
                    old.rename(folder)
    except OSError as error:
        raise CmcompileError(f"{folder}: {error.strerror}; nothing was written") from error


def rows_option(command: F) -> F:
    """Add the option that fills lists which the source has no rows for."""
    return click.option(
        "--rows",
        multiple=True,
        metavar="NAME=FILE",
        help="The rows of a list that would be empty; NAME as the import calls it. May be given again.",
    )(command)


def with_rows(imported: Imported, given: Sequence[str]) -> Imported:
    """Return an import with lists filled from files.

    Raises
    ------
    CmcompileError
        When there is no such list, or no such file.
    """
    from dataclasses import replace

    files, samples = dict(imported.files), dict(imported.samples)
    lists = imported.tree.get("lists", {})
    notes = list(imported.notes)
    filled: set[str] = set()
    for text in given:
        name, equals, path = text.partition("=")
        if not equals or not path:
            raise click.UsageError(f"--rows {text}: write NAME=FILE")
        if name in filled:
            raise click.UsageError(f"--rows {name} is given twice")
        filled.add(name)
        if name not in lists:
            known = ", ".join(lists) or "none"
            raise CmcompileError(f"--rows {text}: the import makes no list {name}; it makes {known}")
        file = lists[name]["file"]
        files[file] = content(Path(path))
        samples.pop(file, None)
        notes = [note for note in notes if note.subject != f"list {name}"]
    return replace(imported, files=files, samples=samples, notes=tuple(notes))
