"""``cmcompile new``: start a campaign."""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.again import Again, When, Wish
from cmcompile.cli.campaigns import FILE, Place, find, usable
from cmcompile.cli.examples import examples
from cmcompile.cli.revisions import Origin
from cmcompile.cli.templates import (
    SCHEMA,
    TOP,
    Library,
    Overlay,
    Wanted,
    extending,
    find_library,
    renamed,
    skeleton,
)
from cmcompile.model.errors import CmcompileError
from cmcompile.report.terminal import visible

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.ports import Sources

#: More shared outputs than this are counted, not listed.
_SHOWN = 3
_WHEN = click.Choice(["then", "now"])


@dataclass(frozen=True, slots=True)
class Made:
    """The files of a new campaign, by path, and a warning.

    Attributes
    ----------
    again
        How an old campaign was made again; else None.
    """

    files: Mapping[str, bytes]
    below: Mapping[str, bytes] = field(default_factory=dict)
    copied_from: Compilation | None = None
    again: Again | None = None


@click.command(
    "new",
    short_help="Start a campaign.",
    epilog=examples(
        "new my-campaign",
        "new nv-1 --from library/nightly --set night=20260101 --set release=w_2026_01 --set ticket=DM-1",
        "new next --from dp02",
        "new again --from dp02@v1 --set ticket=DM-50001",
    ),
)
@click.argument("name")
@click.option(
    "--from",
    "source",
    type=Origin(),
    metavar="WHAT",
    help="Start from a library file (library/nightly), copy a campaign, or make an old one again (NAME@REV).",
)
@click.option(
    "--set", "settings", metavar="VAR=VALUE", multiple=True, help="Set a var or param, or the ticket."
)
@click.option("--with-rescues", is_flag=True, help="With NAME@REV: bring the rescues too.")
@click.option(
    "--libraries",
    type=_WHEN,
    default="then",
    show_default=True,
    help="With NAME@REV: library files as of when.",
)
@click.option(
    "--lists", type=_WHEN, default="then", show_default=True, help="With NAME@REV: lists as of when."
)
def command(
    name: str,
    source: str | None,
    settings: tuple[str, ...],
    with_rescues: bool,
    libraries: When,
    lists: When,
) -> None:
    """Make campaigns/NAME/campaign.yaml: a skeleton with comments, or what --from says.

    With a library file, its params are set with --set; those without a default are asked for on a terminal.
    With a campaign, its file, lists and include files are copied and the name is changed. With NAME@REV it is
    the campaign as that git revision has it, without its rescues: each group is proved to compile to the
    bytes of then, but for the name, and what is other since is listed. Nothing is overwritten, and nothing is
    written that does not validate.
    """
    from cmcompile.spec.files import WorkingTree, find_root

    root = find_root(Path.cwd())
    _check_name(name)
    path = f"campaigns/{name}/{FILE}"
    if (root / path).exists():
        raise CmcompileError(f"{path} is there already: choose another name")
    given = _settings(settings)
    if source is not None and "@" in source:
        wish = Wish(name, _given(given), with_rescues, libraries, lists)
        made = _again(source, wish)
    elif with_rescues or (libraries, lists) != ("then", "then"):
        raise click.UsageError("--with-rescues, --libraries and --lists need --from NAME@REV")
    else:
        made = _made(root, name, source, given)
    every = {**made.below, **made.files}
    result = usable(Place(root, path), Overlay(every, WorkingTree(root)))
    _write(root, every)
    for written in every:
        click.echo(f"made {written}")
    if made.again is not None and source is not None:
        from cmcompile.cli.again_told import told

        for line in told(source, made.again, result, wish, WorkingTree(root)):
            click.echo(visible(line))
    if made.copied_from is not None:
        _warn_of_shared_outputs(made.copied_from, result)
    click.echo(_next(root, name))


def _check_name(name: str) -> None:
    from cmcompile.spec.schema import schema

    rule = schema("campaign")["$defs"]["campaign_name"]
    if not re.search(rule["pattern"], name):
        raise click.UsageError(f"{name!r} can't be the name of a campaign: it must be {rule['x-form']}")


def _settings(texts: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise click.UsageError(f"--set {text}: write VAR=VALUE")
        if key in found:
            raise click.UsageError(f"--set {key} is given twice")
        found[key] = value
    return found


def _made(root: Path, name: str, source: str | None, settings: dict[str, str]) -> Made:
    path = f"campaigns/{name}/{FILE}"
    if source is None:
        if settings:
            raise click.UsageError("--set needs --from: a skeleton has no vars")
        return Made({path: skeleton(name).encode()})
    if source.startswith("library/"):
        return _extending(name, find_library(root, source), settings)
    return _copy(root, name, find(source), settings)


def _given(settings: Mapping[str, str]) -> dict[str, object]:
    return {key: _value(value) for key, value in settings.items()}


def _again(source: str, wish: Wish) -> Made:
    """Return an old campaign, made again."""
    from cmcompile.cli.again import again
    from cmcompile.cli.compare_side import place_at
    from cmcompile.spec.files import WorkingTree

    if source.startswith("library/"):
        raise click.UsageError(f"--from {source}: a library file is taken as it is now; name a campaign")
    place, revision = place_at(source)
    if revision is None:
        raise click.UsageError(f"--from {source}: write NAME@REV")
    made = again(place, revision, wish, WorkingTree(place.root))
    _refuse_unknown(wish.values, _vars_of(made.old))
    return Made(made.files, copied_from=made.old, again=made)


def _vars_of(made: Compilation) -> set[str]:
    """Return the vars that a campaign sets in its layers."""
    from cmcompile.model.source import Mapping as MapNode

    layers = [layer.get("vars") for layer in made.spec.layers]
    return {e.key for node in layers if isinstance(node, MapNode) for e in node}


def _extending(name: str, library: Library, settings: Mapping[str, str]) -> Made:
    text = extending(name, library, _answers(library, settings))
    return Made({f"campaigns/{name}/{FILE}": text.encode()}, library.files)


def from_library(
    root: Path, sources: Sources, name: str, source: str, settings: Iterable[str]
) -> dict[str, bytes]:
    """Return the files of a new campaign that extends a library file; it validates, and nothing is written.

    Parameters
    ----------
    sources
        The files of the repository, such as those of a commit.
    source
        As ``library/nightly``.
    settings
        As ``VAR=VALUE``.

    Raises
    ------
    CmcompileError
        When there is no such library file, or what comes of it does not validate.
    """
    _check_name(name)
    made = _extending(name, find_library(root, source, sources), _settings(settings))
    every = {**made.below, **made.files}
    usable(Place(root, f"campaigns/{name}/{FILE}"), Overlay(every, sources))
    return every


def _answers(library: Library, settings: Mapping[str, str]) -> dict[str, object]:
    """Return the values of a library's params, those that are missing asked for."""
    known = {w.name: w for w in library.wanted}
    _refuse_unknown(settings, {*known, *library.names})
    missing = [w for w in known.values() if w.default is None and w.name not in settings]
    if missing and not on_terminal():
        said = "; ".join(f"--set {w.name}=…{f' ({w.about})' if w.about else ''}" for w in missing)
        raise click.UsageError(f"{library.path} asks for more: {said}")
    asked = {w.name: str(click.prompt(f"{w.name}{f' ({w.about})' if w.about else ''}")) for w in missing}
    given = {**asked, **settings}
    names = [*(n for n in known if n in given), *(n for n in given if n not in known)]
    return {n: _value(given[n], known.get(n)) for n in names}


def _refuse_unknown(settings: Iterable[str], known: set[str]) -> None:
    for key in settings:
        if key not in known and key not in TOP:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known)) or 'none'}"
            raise click.UsageError(f"--set {key}: there is no param or var of that name; {hint}")


def on_terminal() -> bool:
    """Tell whether a person can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


def _value(text: str, wanted: Wanted | None = None) -> object:
    """Return what a text on the command line means: what it would mean in YAML, else the text."""
    from cmcompile.model.diagnostic import Findings
    from cmcompile.model.source import plain
    from cmcompile.spec.yaml import read

    if not text or (wanted is not None and wanted.type in ("text", "string", "str")):
        return text
    node = read("--set", text.encode("utf-8", "replace"), Findings())
    return text if node is None else plain(node)


def _copy(root: Path, name: str, place: Place, settings: Mapping[str, str]) -> Made:
    from cmcompile.spec.files import WorkingTree

    source = usable(place)
    tree = WorkingTree(place.root)
    _refuse_unknown(settings, _vars_of(source))
    folder = posixpath.dirname(place.path)
    text = tree.read(place.path).decode("utf-8-sig")
    files = {f"campaigns/{name}/{FILE}": renamed(text, name, _given(settings)).encode()}
    for path in source.spec.inputs:
        if path.startswith(f"{folder}/") and path != place.path:
            files[f"campaigns/{name}/{path.removeprefix(f'{folder}/')}"] = tree.read(path)
    return Made(files, copied_from=source)


def _write(root: Path, files: Mapping[str, bytes]) -> None:
    there = [path for path in files if (root / path).exists()]
    if there:
        raise CmcompileError(f"{there[0]} is there already, and nothing is overwritten: choose another name")
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        with (root / path).open("xb") as stream:
            stream.write(data)
        if data.startswith(b"#!"):  # a payload that is run as it stands
            (root / path).chmod(0o755)


def _warn_of_shared_outputs(old: Compilation, new: Compilation) -> None:
    """Say where the copy would write what the original writes."""
    shared = sorted({g.output for g in old.groups} & {g.output for g in new.groups} - {""})
    if shared:
        more = f" and {len(shared) - _SHOWN} more" if len(shared) > _SHOWN else ""
        click.echo(
            f"attention: it writes the same collections as {old.spec.name}: "
            f"{', '.join(shared[:_SHOWN])}{more}; set another ticket, or edit `collect`",
            err=True,
        )


def _next(root: Path, name: str) -> str:
    lines = [
        "next:",
        f"  edit campaigns/{name}/{FILE}",
        f"  cmcompile validate {name}",
        f"  cmcompile compile {name}",
    ]
    if not (root / SCHEMA).exists():
        lines.append(f"  mkdir -p schemas && cmcompile schema campaign > {SCHEMA}   # for editors")
    return "\n".join([*lines, f"  git add campaigns/{name}"])
