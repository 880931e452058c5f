"""Make the quickstart: all of it, or nothing."""

from __future__ import annotations

import getpass
import os
import shutil
import tempfile
from pathlib import Path

from cmcompile.git.errors import GitError
from cmcompile.git.identity import identity
from cmcompile.git.run import run
from cmcompile.model.errors import CmcompileError
from cmcompile.quickstart.files import clone_files
from cmcompile.quickstart.repository import make_repository
from cmcompile.quickstart.sky import Sky

REMOTE, CLONE, BUTLER = "remote.git", "clone", "butler"
_BRANCH = "main"


def make(home: Path, sky: Sky, groups: int, into: Path | None = None) -> tuple[str, ...]:
    """Make a remote, a clone with a campaign, and a Butler repository, below one directory.

    It is made beside the directory first, so that nothing half-made is ever found there.

    Parameters
    ----------
    home
        The directory: absent or empty.
    groups
        Into how many groups of visits the campaign is cut.
    into
        The root of a repository that is there already: it gets the campaign, and no remote or clone is made.

    Returns
    -------
    tuple
        The files of the campaign, relative to the root of its repository.

    Raises
    ------
    CmcompileError
        When there is something already, or it can't be written, or the LSST stack is absent.
    """
    home = Path(os.path.abspath(home))  # noqa: PTH100 - links stay as the user named them
    _check_free(home)
    into = None if into is None else Path(os.path.abspath(into))  # noqa: PTH100
    files = clone_files(sky, groups, home, into)
    if into is not None:
        _check_new(into, files)
    home.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=home.parent, prefix=f".{home.name}."))
    try:
        make_repository(scratch / BUTLER, sky)
        if into is None:
            _make_clone(scratch, home, files)
        scratch.chmod(0o755)
        scratch.replace(home)
        if into is not None:
            _write(into, files)
    except OSError as error:
        raise CmcompileError(f"{home} can't be made: {error.strerror or error}") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return tuple(sorted(files))


def _check_free(home: Path) -> None:
    try:
        taken = home.is_symlink() or (home.exists() and (not home.is_dir() or any(home.iterdir())))
    except OSError as error:
        raise CmcompileError(f"{home} can't be read: {error.strerror}") from None
    if taken:
        raise CmcompileError(
            f"{home} is there already, and nothing is overwritten: choose another directory, or remove it"
        )


def _check_new(into: Path, files: dict[str, bytes]) -> None:
    if not (into / ".git").exists():
        raise CmcompileError(f"{into} is no clone: name the root of one, which `cmcompile init` makes")
    there = [path for path in files if os.path.lexists(into / path)]
    if there:
        raise CmcompileError(f"{into / there[0]} is there already, and nothing is overwritten")


def _write(root: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as stream:
            stream.write(data)


def _make_clone(scratch: Path, home: Path, files: dict[str, bytes]) -> None:
    remote, clone = scratch / REMOTE, scratch / CLONE
    _write(clone, files)
    _git(scratch, "init", "--quiet", "--bare", f"--initial-branch={_BRANCH}", str(remote))
    # As a remote of ledgers should: what was sent can't be forgotten.
    for setting in ("receive.denyDeletes", "receive.denyNonFastForwards"):
        _git(remote, "config", setting, "true")
    _git(scratch, "init", "--quiet", f"--initial-branch={_BRANCH}", str(clone))
    _name_somebody(clone)
    _git(clone, "add", "--all")
    # Signing, and hooks of the user, are for work of their own.
    plain = ("-c", "commit.gpgSign=false", "-c", f"core.hooksPath={os.devnull}")
    _git(clone, *plain, "commit", "--quiet", "-m", "The quickstart of cmcompile")
    _git(clone, "remote", "add", "origin", str(remote))
    _git(clone, *plain, "push", "--quiet", "--set-upstream", "origin", _BRANCH)
    _git(clone, "remote", "set-url", "origin", str(home / REMOTE))


def _name_somebody(clone: Path) -> None:
    """Give commits an author where git knows none: the name of the login, in this clone only."""
    try:
        identity(clone)
    except GitError:
        login = getpass.getuser()
        _git(clone, "config", "user.name", login)
        _git(clone, "config", "user.email", f"{login}@localhost")


def _git(root: Path, *args: str) -> None:
    done = run(root, *args)
    if done.code != 0:
        raise GitError(f"git {args[0]}: {done.error}")
