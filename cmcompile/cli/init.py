"""``cmcompile init``: a new repository of campaigns."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.model.schemas import SchemaKind

#: Schemas of what people edit.
_SCHEMAS: tuple[SchemaKind, ...] = ("campaign", "decisions", "library", "policy")
#: What it is made with; `new --from` copies the rest of the library where it is needed.
_LIBRARY = ("policies/default.yaml",)
_BRANCH = "main"


@click.command("init", short_help="Make a repository of campaigns.")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--forge",
    type=click.Choice(["github", "none"]),
    default="github",
    show_default=True,
    help="Whose CI runs campaigns; none: no files of a forge.",
)
@click.option("--name", help="The heading of its page; without it the name of the directory.")
@click.option(
    "--source",
    metavar="OWNER/NAME@COMMIT",
    help="Where workflows take cmcompile from; without it where this one was installed from.",
)
def command(directory: Path, forge: str, name: str | None, source: str | None) -> None:
    """Make DIR a git repository of campaigns, or put what is missing into one that is there.

    It gets a page, a place for campaigns with the default policy, schemas and settings for editors, checks
    before commits, and the workflows that review pull requests, run what is merged, and report. What is there
    is kept as it is, and nothing is committed.
    """
    from cmcompile.cli.origin import given, installed
    from cmcompile.init.files import repository_files

    title = name or directory.resolve().name
    origin = given(source) if source else installed()
    if origin is None:
        raise click.UsageError(
            f"--source {source}: write OWNER/NAME@COMMIT, the commit with all its 40 digits"
        )
    files = repository_files(title, forge, _shipped(), (origin.repository, origin.commit))
    made, kept = _write(directory, files)
    new = _ensure_git(directory)
    for path in made:
        click.echo(f"made {path}")
    for path in kept:
        click.echo(f"kept {path}, which was there")
    click.echo(_next(directory, new=new, forge=forge) if made else "all of it was there already")
    if not origin.known and any(path.startswith(".github/workflows/") for path in made):
        words = f"{origin.repository} and {origin.commit}"
        click.echo(f"  in .github/workflows: replace {words} by where cmcompile is, see docs/ci.md")


def _shipped() -> dict[str, bytes]:
    from cmcompile.cli.templates import shipped_file
    from cmcompile.spec.schema import schema_text

    found = {f"schemas/{kind}-v1.schema.json": schema_text(kind).encode() for kind in _SCHEMAS}
    return found | {f"campaigns/library/{path}": shipped_file(path) for path in _LIBRARY}


def _write(root: Path, files: Mapping[str, bytes]) -> tuple[list[str], list[str]]:
    """Write what is not there; return what was made and what was kept."""
    kept = [path for path in files if os.path.lexists(root / path)]
    made = [path for path in files if path not in kept]
    try:
        for path in made:
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as stream:
                stream.write(files[path])
    except OSError as error:
        raise CmcompileError(
            f"{error.filename or root} can't be made: {error.strerror or error}; what was made before stays"
        ) from None
    return sorted(made), sorted(path for path in kept if (root / path).read_bytes() != files[path])


def _ensure_git(root: Path) -> bool:
    """Make a git repository where there is none; tell whether it was made.

    That the directory lies in another repository does not count: campaigns are looked for at the root of one.
    """
    from cmcompile.git.errors import GitError
    from cmcompile.git.run import run

    if os.path.lexists(root / ".git"):
        return False
    done = run(root, "init", "--quiet", f"--initial-branch={_BRANCH}")
    if done.code != 0:
        raise GitError(f"git init: {done.error}")
    return True


def _next(root: Path, *, new: bool, forge: str) -> str:
    lines = ["next:", f"  cd {root}", "  cmcompile new my-campaign", "  git add -A && git commit"]
    if new:
        lines.append(f"  git remote add origin URL && git push -u origin {_BRANCH}")
    if forge == "github":
        lines.append("  on the forge: protect the branch, and require its checks; see docs/ci.md")
    return "\n".join(lines)
