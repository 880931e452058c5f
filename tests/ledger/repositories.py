"""Real repositories for tests of the ledger."""

from __future__ import annotations

import os
import subprocess
from itertools import count
from pathlib import Path

from cmcompile.git.run import environment


def git(root: Path, *args: str, stdin: str = "", check: bool = True) -> str:
    """Run git and return what it printed, stripped."""
    done = subprocess.run(
        ["git", "-C", str(root), *args],
        env=environment(os.environ),
        input=stdin,
        check=check,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def make_bare(path: Path, *options: str) -> Path:
    """Make an empty bare repository."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--bare", *options)
    return path


def make_clone(remote: Path, path: Path, *options: str) -> Path:
    """Clone a repository; ``origin`` is the remote."""
    git(remote.parent, "clone", "--quiet", *options, remote.as_uri(), str(path))
    return path


def seeded(path: Path) -> Path:
    """Make a bare repository with one commit on main, as a spec branch has."""
    remote = make_bare(path / "remote.git")
    work = make_clone(remote, path / "seed")
    (work / "campaign.yaml").write_text("campaign: c\n", encoding="utf-8")
    git(work, "add", "campaign.yaml")
    git(work, "commit", "--quiet", "-m", "A campaign")
    git(work, "push", "--quiet", "origin", "HEAD:refs/heads/main")
    return remote


class Clones:
    """Makes new clones of a remote, with options of ``git clone``."""

    def __init__(self, remote: Path) -> None:
        self._remote = remote
        self._numbers = count(1)

    def __call__(self, *options: str) -> Path:
        return make_clone(self._remote, self._remote.parent / f"clone{next(self._numbers)}", *options)


def hook(repository: Path, name: str, script: str) -> None:
    """Install a hook of a shell script, in a bare repository or a clone."""
    hooks = repository / ("hooks" if (repository / "HEAD").exists() else ".git/hooks")
    hooks.mkdir(exist_ok=True)
    path = hooks / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
