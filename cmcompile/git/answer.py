"""What the answer to a push means.

Three things must not be mistaken: a swap that happened, one that did not, and one of which nobody knows. What
can't be told with certainty is unclear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from cmcompile.git.run import Result


class Verdict(Enum):
    """What became of a push."""

    #: The remote reported that the branch stands at the new commit.
    DONE = "done"
    #: The branch does not stand where it must; nothing was changed.
    MOVED = "moved"
    #: The remote, or a hook, does not want it; nothing was changed.
    REFUSED = "refused"
    #: Nothing was sent.
    UNREACHED = "unreached"
    #: It may have happened or not.
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, and the words of git and the remote."""

    verdict: Verdict
    words: str


#: Another came first: told by git here, or by the remote, which swaps under a lock.
_MOVED_HERE = re.compile(
    r"stale info|fetch first|non-fast-forward|remote ref updated|already exists|needs force"
)
_MOVED_THERE = re.compile(
    r"cannot lock ref|failed to (lock|update ref)|reference already exists|incorrect old value|fetch first"
)
#: Reasons not to get a lock that have nothing to do with another writer.
_NO_LOCK = re.compile(
    r"cannot create|Permission denied|Read-only file system|No space left|quota", re.IGNORECASE
)
#: The remote failed while it worked: what it had done by then, it does not say.
_BROKEN = re.compile(r"internal (server )?error|time[d]?[ -]?out|try again", re.IGNORECASE)
#: Said only before anything is sent.
_BEFORE = re.compile(
    r"Could not read from remote repository|unable to access '|does not appear to be a git repository"
    r"|^fatal: repository '.*' not found|Authentication failed for|could not read (Username|Password)"
    r"|unable to connect to|Unable to look up|No such remote",
    re.MULTILINE,
)
#: Said when something was sent perhaps.
_AFTER = re.compile(r"RPC failed|hung up unexpectedly|unexpected disconnect|early EOF|Broken pipe|unpack")
_NOT_ALLOWED = re.compile(
    r"error: 403|marked as read only|denied to |not allowed to|Write access to repository not granted",
    re.IGNORECASE,
)
_HOOK_HERE = "failed to push some refs"
_PASSWORD = re.compile(r"(?<=://)[^/@\s']+@")


def judged(result: Result, branch: str) -> Answer:
    """Read the answer of ``git push --porcelain`` of one branch."""
    words = plain(result.error)
    for line in result.out.decode("utf-8", "replace").splitlines():
        flag, _, rest = line.partition("\t")
        names, _, summary = rest.partition("\t")
        if names.rpartition(":")[2] == branch:
            return Answer(_by_status(flag, summary, words), "\n".join(filter(None, (summary, words))))
    return Answer(_without_status(result.code, words), words or f"git push failed ({result.code})")


def _by_status(flag: str, summary: str, words: str) -> Verdict:
    """Judge the line that git prints of a branch."""
    if flag in (" ", "+", "-", "*", "="):
        return Verdict.DONE
    if flag != "!":
        return Verdict.UNCLEAR
    if summary.startswith("[rejected]"):
        return Verdict.MOVED if _MOVED_HERE.search(summary) else Verdict.UNCLEAR
    if not summary.startswith("[remote rejected]") or _BROKEN.search(summary):
        return Verdict.UNCLEAR
    if _MOVED_THERE.search(summary) and not _NO_LOCK.search(f"{summary}\n{words}"):
        return Verdict.MOVED
    return Verdict.REFUSED


def _without_status(code: int, words: str) -> Verdict:
    """Judge a push that ended before it had anything to say of the branch."""
    if code <= 0 or _AFTER.search(words):
        return Verdict.UNCLEAR
    if _BEFORE.search(words):
        return Verdict.REFUSED if _NOT_ALLOWED.search(words) else Verdict.UNREACHED
    if code == 1 and _HOOK_HERE in words:  # a pre-push hook of the user's: it runs before anything is sent
        return Verdict.REFUSED
    return Verdict.UNCLEAR


def plain(words: str) -> str:
    """Return what git printed without names and passwords in addresses."""
    return _PASSWORD.sub("", words)
