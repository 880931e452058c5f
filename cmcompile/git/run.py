"""Git as a child process, with an environment that points nowhere else."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cmcompile.git.errors import GitError

#: Kept of the inherited ``GIT_`` variables: how to reach and trust a remote, and configuration. All others
#: (``GIT_DIR``, ``GIT_INDEX_FILE``, … which git sets in its hooks) would lead to another repository.
_KEPT = ("GIT_SSH", "GIT_SSL_", "GIT_HTTP_", "GIT_PROXY_", "GIT_CONFIG_", "GIT_ASKPASS")


@dataclass(frozen=True, slots=True)
class Result:
    """What a git command answered.

    Attributes
    ----------
    code
        Exit code; negative when a signal ended git.
    out
        Standard output.
    error
        Standard error, stripped.
    """

    code: int
    out: bytes
    error: str


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for git: no other repository, no prompt, messages in English."""
    kept = {k: v for k, v in inherited.items() if not k.startswith("GIT_") or k.startswith(_KEPT)}
    return kept | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def run(root: Path, *args: str, stdin: bytes = b"") -> Result:
    """Run git in a directory and wait for it.

    Parameters
    ----------
    root
        The directory, of a working tree or a bare repository.
    args
        The arguments of git.
    stdin
        What git reads.

    Raises
    ------
    GitError
        When git can't be started.
    """
    command = ["git", "-C", str(root), *args]
    try:
        done = subprocess.run(
            command, input=stdin, capture_output=True, check=False, env=environment(os.environ)
        )
    except FileNotFoundError:
        raise GitError("git is not installed, or not on PATH") from None
    except (OSError, ValueError) as error:
        raise GitError(f"git can't be started: {error}") from None
    return Result(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip())
