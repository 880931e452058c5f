"""A repository of campaigns at a forge, whose runs are simulated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actions_world import FORK, Actions, git
from apply_world import PATH, Applied, applied_world
from github_world import GitHubWorld
from ledger_world import edit
from loopback import Clock, serving


@dataclass
class Place:
    """The repository; its campaign ``c`` has a ledger in which nothing happened yet."""

    applied: Applied
    actions: Actions

    @property
    def root(self) -> Path:
        """A clone of somebody who may push."""
        return self.applied.root

    @property
    def forge(self) -> GitHubWorld:
        return self.actions.forge

    def base(self) -> str:
        return git(self.actions.remote, "rev-parse", "main")

    def opened(self, number: int, old: str, new: str, *, path: str = PATH, foreign: bool = False) -> str:
        """Open a pull request that edits the campaign, or push to it again; return its head."""
        git(self.root, "checkout", "--quiet", "--detach", "origin/main")
        edit(self.root, old, new, path)
        git(self.root, "commit", "--quiet", "-a", "-m", f"Edit {number}")
        head = git(self.root, "rev-parse", "HEAD")
        git(self.root, "push", "--quiet", "--force", "origin", f"HEAD:refs/pull/{number}/head")
        git(self.root, "checkout", "--quiet", "main")
        made = self.forge.pull(number, f"edit{number}", head)
        if foreign:
            made["head"]["repo"] = {"full_name": FORK}
        self.forge.pulls[number] = made
        return head

    def merged(self, number: int) -> str:
        """Merge a pull request; return what it was merged as."""
        pull: dict[str, Any] = self.forge.pulls[number]
        git(self.root, "fetch", "--quiet", "origin", "main", f"refs/pull/{number}/head")
        git(self.root, "checkout", "--quiet", "-B", "main", "origin/main")
        git(self.root, "merge", "--quiet", "--no-ff", "-m", f"Merge {number}", pull["head"]["sha"])
        git(self.root, "push", "--quiet", "origin", "main")
        commit = git(self.root, "rev-parse", "HEAD")
        pull.update(state="closed", merged_at="2026-11-20T09:00:00Z", merge_commit_sha=commit)
        return commit


@contextmanager
def place(path: Path) -> Iterator[Place]:
    """Make the repository, and serve its forge and its far side."""
    forge = GitHubWorld(Clock())
    forge.app, forge.login, forge.kind = True, "github-actions[bot]", "Bot"
    with applied_world(path) as applied, serving(forge):
        git(applied.root, "remote", "set-head", "origin", "main")
        variables = f"# of a far side\nCMCOMPILE_SIMULATED={applied.socket}\n"
        yield Place(applied, Actions(path, path / "remote.git", forge, variables))
