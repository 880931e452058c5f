"""Finding campaigns: by folder, by file, or by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.output import use_sources
from cmcompile.model.errors import CmcompileError, InputError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from cmcompile.compiler.result import Compilation
    from cmcompile.model.campaign import Spec
    from cmcompile.model.diagnostic import Diagnostic
    from cmcompile.model.ports import Sources

FILE = "campaign.yaml"


class NoCampaignError(CmcompileError):
    """There is no such campaign."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a campaign is.

    Attributes
    ----------
    root
        The root of the repository.
    path
        The spec file, relative to the root.
    """

    root: Path
    path: str

    @property
    def name(self) -> str:
        """The name of the campaign's folder."""
        return self.path.split("/")[-2] if "/" in self.path else self.root.name


def find(text: str) -> Place:
    """Return the campaign that a path or a name means.

    Raises
    ------
    NoCampaignError
        When there is none.
    """
    from cmcompile.spec.files import find_root

    given = Path(text)
    file = given / FILE if given.is_dir() else given
    if not file.is_file():
        root = find_root(Path.cwd())
        file = root / "campaigns" / text / FILE
        if not file.is_file():
            known = ", ".join(p.name for p in every()) or "none"
            raise NoCampaignError(
                f"no campaign is at {text!r}: name a folder with a {FILE}, or one of campaigns/ ({known})"
            )
    root = find_root(file.resolve().parent)
    return Place(root, file.resolve().relative_to(root.resolve()).as_posix())


def every(root: Path | None = None) -> list[Place]:
    """Return all campaigns of the repository, by name; of that where the shell stands, or of another one."""
    from cmcompile.spec.files import find_root

    root = root or find_root(Path.cwd())
    files = sorted((root / "campaigns").glob(f"*/{FILE}"))
    return [Place(root, f.relative_to(root).as_posix()) for f in files]


def campaigns_at(root: Path, commit: str) -> list[Place]:
    """Return all campaigns of a commit, by name."""
    from cmcompile.git.run import run

    listed = run(root, "ls-tree", "-r", "-z", "--name-only", commit, "campaigns").out.decode(errors="replace")
    found = sorted(p for p in listed.split("\0") if p.endswith(f"/{FILE}") and p.count("/") == 2)
    return [Place(root, path) for path in found]


def read(place: Place, sources: Sources | None = None) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    """Read a campaign from its working tree, or from other sources."""
    from cmcompile.spec.files import WorkingTree
    from cmcompile.spec.load import load

    sources = sources or WorkingTree(place.root)
    use_sources(sources)
    return load(sources, place.path)


def compiled(place: Place, sources: Sources | None = None) -> tuple[Compilation, tuple[Diagnostic, ...]]:
    """Read and compile a campaign; returns the findings of both, and does not stop at errors of compiling.

    Raises
    ------
    InputError
        When the spec can't be used at all.
    """
    from cmcompile.compiler.compile import compile_spec

    spec, findings = read(place, sources)
    if spec is None:
        raise InputError(findings)
    result = compile_spec(spec)
    return result, (*findings, *result.findings)


def usable(place: Place, sources: Sources | None = None) -> Compilation:
    """Read and compile a campaign.

    Raises
    ------
    InputError
        When there are errors.
    """
    result, findings = compiled(place, sources)
    if result.failed:
        raise InputError(findings)
    return result


class CampaignName(click.ParamType[str]):
    """A campaign on the command line; completes names and folders."""

    name = "campaign"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete the campaigns of the repository."""
        del ctx, param
        from click.shell_completion import CompletionItem

        return [CompletionItem(n) for n in _names(incomplete)]


def _names(incomplete: str) -> Iterable[str]:
    for place in every():
        folder = place.path.removesuffix(f"/{FILE}")
        text = folder if "/" in incomplete else place.name
        if text.startswith(incomplete):
            yield text
