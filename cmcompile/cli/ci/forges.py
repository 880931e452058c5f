"""The forge of a job, and the pull requests that brought what stands on its branch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place
from cmcompile.git.tracked import Tracked

if TYPE_CHECKING:
    from cmcompile.model.forge import Forge

#: So many of the newest commits of a campaign are asked about.
_COMMITS = 10


def forge_here() -> Forge | None:
    """Return the forge that the environment names; None: it names none, or there is no token."""
    from cmcompile.cli.tell_github import TOKENS, forge_of

    if not os.environ.get("GITHUB_REPOSITORY") or not any(
        os.environ.get(name, "").strip() for name in TOKENS
    ):
        return None
    return forge_of(None)


def brought_by(forge: Forge, place: Place, into: Tracked, tip: str) -> tuple[int, ...]:
    """Return the merged pull requests that brought the newest commits of a campaign to a branch.

    It is asked anew each time: what started the job does not matter, and a job that was lost is made up for.

    Raises
    ------
    CmcompileError
        When the forge gives no answer.
    """
    from cmcompile.git.errors import GitError
    from cmcompile.git.run import run

    target = into.name
    listed = run(
        place.root,
        *("log", "--first-parent", f"--max-count={_COMMITS}", "--format=%H", tip),
        *("--", *made_from(place, tip)),
    )
    if listed.code != 0:
        raise GitError(f"the history of {place.name} can't be read: {listed.error}")
    pulls = (pull for commit in listed.out.decode("ascii").split() for pull in forge.pull_requests_of(commit))
    merged = {pull.number for pull in pulls if pull.merged and pull.into == target}
    return tuple(sorted(merged))


def made_from(place: Place, tip: str) -> tuple[str, ...]:
    """Return the folder of a campaign, and the files elsewhere that it is made from, such as a library."""
    from posixpath import dirname

    from cmcompile.cli.campaigns import read
    from cmcompile.git.revision import Revision

    folder = dirname(place.path)
    spec, _ = read(place, Revision(place.root, tip))
    files = () if spec is None else spec.inputs
    return (folder, *sorted(path for path in files if not path.startswith(f"{folder}/")))


def fetched(root: Path, remote: str, numbers: tuple[int, ...]) -> None:
    """Fetch the commits that reviews of pull requests name; who wants one that is not here says so."""
    from cmcompile.git.network import ask_remote

    for number in numbers:
        ref = f"refs/pull/{number}/head"
        ask_remote(
            root,
            *("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"),
            *(remote, f"+{ref}:refs/cmcompile/pull/{number}"),
        )
