"""Edited files: shown, written at once, committed by themselves."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

import click

from cmcompile.git.errors import GitError
from cmcompile.git.run import run
from cmcompile.model.errors import CmcompileError

#: More names than this are counted in a message.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Edit:
    """A file with its new bytes.

    Attributes
    ----------
    path
        Relative to the root.
    before
        None: it is new.
    """

    root: Path
    path: str
    before: bytes | None
    after: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """The message of a commit."""

    subject: str
    body: str = ""

    def __str__(self) -> str:
        return f"{self.subject}\n\n{self.body}" if self.body else self.subject


def person(root: Path) -> str:
    """Return who decides, as git knows him.

    Raises
    ------
    CmcompileError
        When git does not know.
    """
    from cmcompile.git.identity import identity

    try:
        return identity(root).author
    except GitError:
        hint = "say it with --by 'Name <mail>', or set git config user.name and user.email"
        raise CmcompileError(f"nobody knows who decides: {hint}") from None


def write(edit: Edit, message: Message, *, commit: bool) -> None:
    """Write a file, and commit it or say how that is done.

    Raises
    ------
    CmcompileError
        When nothing was written, or it was not committed.
    """
    from cmcompile.spec.edit.file import replace

    if commit:
        _check_clean(edit)
    replace(edit.root / edit.path, edit.before, edit.after)
    click.echo(f"wrote {edit.path}")
    if commit:
        _commit(edit, message)
    elif (edit.root / ".git").exists():
        _say_next(edit, message)


def _check_clean(edit: Edit) -> None:
    """Refuse to commit with the edit what somebody else has left in the file."""
    status = run(edit.root, "status", "--porcelain=v1", "-z", "--ignored", "--", edit.path)
    if status.code != 0:
        raise CmcompileError(f"--commit needs a git repository: {status.error}")
    if status.out:
        raise CmcompileError(
            f"{edit.path} has edits that are not committed, and --commit would take them along: "
            "commit them first, or leave --commit out"
        )


def _commit(edit: Edit, message: Message) -> None:
    if edit.before is None:
        run(edit.root, "add", "--intent-to-add", "--", edit.path)
    text = str(message).encode("utf-8", "replace")
    done = run(edit.root, "commit", "--quiet", "--only", "--file=-", "--", edit.path, stdin=text)
    if done.code != 0:
        if edit.before is None:
            run(edit.root, "rm", "--quiet", "--cached", "--", edit.path)
        told = " ".join((done.error or done.out.decode("utf-8", "replace")).split()) or "no reason given"
        raise CmcompileError(f"{edit.path} is written, but git did not commit it: {told}")
    commit = run(edit.root, "rev-parse", "--short", "HEAD").out.decode().strip()
    click.echo(f"committed {commit}: {message.subject}")


def _say_next(edit: Edit, message: Message) -> None:
    path = shlex.quote(edit.path)
    click.echo("next:")
    if edit.before is None:
        click.echo(f"  git add {path}")
    click.echo(f"  git commit -m {shlex.quote(message.subject)} -- {path}")


def names(items: list[str]) -> str:
    """Return names on lines of their own; of many the first ones."""
    more = len(items) - _SHOWN
    return "\n".join(items[:_SHOWN] + ([f"and {more} more"] if more > 0 else []))
