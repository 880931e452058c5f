"""``cmcompile diff``: what changed since a revision, or against submit files that were used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import (
    CampaignName,
    NoCampaignError,
    Place,
    campaigns_at,
    every,
    find,
    usable,
)
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import current, echo_findings, format_option, source_lines
from cmcompile.cli.revisions import RevisionName
from cmcompile.model.errors import InputError, SourceError

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.git.revision import Revision
    from cmcompile.model.diagnostic import Findings
    from cmcompile.model.difference import Difference
    from cmcompile.model.source import Node

_NOW = "working tree"


@dataclass(frozen=True, slots=True)
class Compared:
    """A difference, what its sides are called, and files that could not be read."""

    found: Difference
    sides: tuple[str, str]
    unreadable: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether the sides differ, or may differ in what could not be read."""
        return bool(self.unreadable) or not self.found.empty


@click.command("diff", short_help="Say what changed since a revision, by group and key.")
@click.argument("campaign", required=False, type=CampaignName())
@click.argument("rev", required=False, type=RevisionName())
@click.option(
    "--against",
    "tree",
    metavar="TREE",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Compare with the submit files in a folder, as data; not with a revision.",
)
@click.option("--all", "whole", is_flag=True, help="Show everything, however long.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when something differs.")
@format_option("text", "json")
def command(
    campaign: str | None,
    rev: str | None,
    tree: Path | None,
    whole: bool,
    detailed_exitcode: bool,
    format_: str,
) -> int:
    """Say what changed in CAMPAIGN since the git revision REV (HEAD by default).

    Both states are compiled, and the groups are compared: there is one line per edit, with its place in the
    spec, the key, the old and the new value, and the groups it changes. Without CAMPAIGN all campaigns of the
    repository are compared.
    """
    if tree is not None:
        if campaign is None or rev is not None:
            raise click.UsageError("--against needs CAMPAIGN, and no REV")
        compared = [_with_tree(find(campaign), tree)]
    else:
        compared = list(_with_revision(*_asked(campaign, rev)))
    if format_ == "json":
        click.echo(_document(compared))
    else:
        click.echo(_text(compared, whole=whole), nl=False)
    return Exit.CHANGES if detailed_exitcode and any(c.differs for c in compared) else Exit.OK


def _asked(campaign: str | None, rev: str | None) -> tuple[list[Place], str, bool]:
    """Return the campaigns, the revision, and whether all campaigns are meant; a lone word may be either."""
    if campaign is None:
        return every(), "HEAD", True
    try:
        return [find(campaign)], rev or "HEAD", False
    except NoCampaignError:
        if rev is not None or not _is_revision(campaign):
            raise
        return every(), campaign, True


def _is_revision(text: str) -> bool:
    from cmcompile.git.errors import GitError
    from cmcompile.git.revision import resolve

    try:
        resolve(Path.cwd(), text)
    except GitError:
        return False
    return True


def _with_revision(places: list[Place], rev: str, complete: bool) -> Iterator[Compared]:
    from cmcompile.git.revision import Revision
    from cmcompile.spec.files import find_root

    root = places[0].root if places else find_root(Path.cwd())
    old = Revision(root, rev)
    sides = (f"{rev} ({old.commit[:7]})" if not old.commit.startswith(rev) else rev, _NOW)
    for place in places:
        yield Compared(_difference(place, old, sides[0]), sides)
    if complete:
        known = {place.path for place in places}
        for place in campaigns_at(root, old.commit):
            if place.path not in known:
                yield Compared(_one_sided(place, old, sides[0]), sides)


def _difference(place: Place, old: Revision, name: str) -> Difference:
    from cmcompile.compiler.difference import difference, one_sided
    from cmcompile.model.difference import Difference

    new = usable(place)
    if not old.exists(place.path):
        return one_sided(new, added=True)
    if _same_inputs(new, old):
        count = len(new.groups)
        return Difference(new.spec.name, count, count, 0, 0, 0, (), ())
    return difference(_as_it_was(place, old, name), new)


def _one_sided(place: Place, old: Revision, name: str) -> Difference:
    from cmcompile.compiler.difference import one_sided

    return one_sided(_as_it_was(place, old, name), added=False)


def _as_it_was(place: Place, old: Revision, name: str) -> Compilation:
    try:
        return usable(place, old)
    except InputError:
        click.echo(f"cmcompile: {place.path} does not compile at {name}:", err=True)
        raise


def _same_inputs(new: Compilation, old: Revision) -> bool:
    """Tell whether every file that was read is the same in a revision: then so is the result."""
    from hashlib import sha256

    try:
        return all(sha256(old.read(path)).hexdigest() == digest for path, digest in new.spec.inputs.items())
    except SourceError:
        return False


class _Tree:
    """The files of a folder; implements ``Sources`` for paths that start with the folder's name."""

    def __init__(self, folder: Path) -> None:
        from cmcompile.spec.files import WorkingTree

        self.lead = f"{folder.as_posix().rstrip('/')}/"
        self._files = WorkingTree(folder)

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.

        Raises
        ------
        SourceError
            When it can't be read.
        """
        return self._files.read(path.removeprefix(self.lead))

    def exists(self, path: str) -> bool:
        """Tell whether ``path`` is a file of the folder."""
        return self._files.exists(path.removeprefix(self.lead))


def _with_tree(place: Place, folder: Path) -> Compared:
    from cmcompile.compiler.difference import AsRun, against
    from cmcompile.model.diagnostic import Findings

    new = usable(place)
    tree, findings = _Tree(folder), Findings()
    paths = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.y*ml") if p.is_file())
    read = {path: _read(tree, path, findings) for path in paths}
    current().source_line = source_lines(tree)
    if len(findings):
        echo_findings(findings, err=True)
    unreadable = tuple(path for path, node in read.items() if node is None)
    documents = {path: node for path, node in read.items() if node is not None}
    found = against(new, AsRun(documents, unreadable), _includes(new))
    return Compared(found, (str(folder), _NOW), unreadable)


def _read(tree: _Tree, path: str, findings: Findings) -> Node | None:
    from cmcompile.spec.files import read_yaml

    return read_yaml(tree, tree.lead + path, findings, None)


def _includes(made: Compilation) -> dict[str, Node]:
    from cmcompile.model.diagnostic import Findings
    from cmcompile.spec.yaml import read

    files = {path: file for path, file in made.includes.items() if _is_yaml(path)}
    found = {path: read(file.source, file.data, Findings()) for path, file in files.items()}
    return {path: node for path, node in found.items() if node is not None}


def _is_yaml(path: str) -> bool:
    """Tell whether a file is one that BPS reads; jobs have payload files of any kind."""
    return path.endswith((".yaml", ".yml"))


def _text(compared: list[Compared], *, whole: bool) -> str:
    from cmcompile.report.difference import ALL, SHORT, difference_text

    bounds = ALL if whole else SHORT
    out = []
    for each in compared:
        out.append(difference_text(each.found, each.sides, bounds))
        if each.unreadable:
            one = len(each.unreadable) == 1
            what = (
                "1 file could not be read and is"
                if one
                else f"{len(each.unreadable)} files could not be read and are"
            )
            out.append(f"  {what} not compared\n")
    return "".join(out) or "there is no campaign\n"


def _document(compared: list[Compared]) -> str:
    from cmcompile.report.difference import FORMAT, difference_json

    listed = [{**difference_json(c.found, c.sides), "unreadable": list(c.unreadable)} for c in compared]
    return json.dumps({"format": FORMAT, "differences": listed}, indent=1, ensure_ascii=False)
