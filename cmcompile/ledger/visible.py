"""What can be seen of a remote without changing it: whether it takes a ledger, and protects one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cmcompile.git.answer import plain
from cmcompile.git.network import ask_remote
from cmcompile.git.refs import made_at
from cmcompile.git.remote import Asked, ask, push_address
from cmcompile.git.run import run
from cmcompile.ledger.names import branch
from cmcompile.ledger.protection import CHECK_BRANCH, Allowed

#: By what is refused: the setting of a plain git remote.
_SETTINGS = {"delete": "receive.denyDeletes", "rewrite": "receive.denyNonFastForwards"}
#: Hooks of a plain git remote that may refuse by themselves.
_HOOKS = ("pre-receive", "update", "reference-transaction")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a remote shows of a ledger.

    Attributes
    ----------
    unreached
        Why it can't be asked; empty: it answers.
    there
        Whether it has the ledger.
    refused
        Why nothing can be written, as far as the remote says so before anything is sent; empty: it takes it.
    ahead
        By how many seconds the newest commit of the ledger is later than a time.
    """

    unreached: str = ""
    there: bool = False
    refused: str = ""
    ahead: float = 0.0


@dataclass(frozen=True, slots=True)
class Protected:
    """Whether a remote refuses what may not be done to a ledger.

    Attributes
    ----------
    place
        The directory of a remote of this machine; empty: it is another's.
    how
        By what it is known.
    """

    delete: Allowed
    rewrite: Allowed
    place: str = ""
    how: str = ""


def seen(root: Path, campaign: str, remote: str | None, now: float) -> Seen:
    """Ask a remote about the ledger of a campaign; that it may be written to is asked by a push that is dry.

    Parameters
    ----------
    remote
        None: the repository itself.
    now
        Seconds since 1970.
    """
    name = f"refs/heads/{branch(campaign)}"
    if remote is None:
        found = run(root, "rev-parse", "--verify", "--quiet", name).out.decode().strip()
        return Seen(there=bool(found), ahead=made_at(root, found) - now if found else 0.0)
    said = ask(root, remote, name)
    if said.asked is Asked.ABSENT:
        return Seen()
    if said.asked is not Asked.THERE:
        return Seen(unreached=said.words or f"there is no remote {remote}")
    if run(root, "cat-file", "-e", f"{said.commit}^{{commit}}").code != 0:
        fetched = ask_remote(root, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", remote, name)
        if fetched.code != 0:
            return Seen(unreached=plain(fetched.error))
    # It stands where it is: nothing would be changed, dry or not. The remote is asked all the same.
    dry = ask_remote(root, "push", "--dry-run", "--porcelain", "--no-verify", remote, f"{said.commit}:{name}")
    refused = "" if dry.code == 0 else plain(dry.error) or f"git push --dry-run ended with {dry.code}"
    return Seen(there=True, refused=refused, ahead=made_at(root, said.commit) - now)


def protected(root: Path, remote: str | None) -> Protected:
    """Return what a remote refuses, as far as can be seen.

    A plain git repository of this machine says so in its configuration. Of any other one it is known where
    ``ledger check`` was tried before, and its branch could not be deleted: it stays, and its commit tells
    whether it could be rewritten.
    """
    if remote is None:
        return Protected(Allowed.ALLOWED, Allowed.ALLOWED)
    place = _directory(root, remote)
    if place is not None:
        found = {name: _by_setting(place, setting) for name, setting in _SETTINGS.items()}
        hook = next((name for name in _HOOKS if _is_hook(place, name)), "")
        if hook and Allowed.ALLOWED in found.values():
            # It may refuse what the settings let through.
            found = {n: Allowed.CANNOT_TELL if a is Allowed.ALLOWED else a for n, a in found.items()}
        if Allowed.CANNOT_TELL not in found.values():
            return Protected(found["delete"], found["rewrite"], str(place), "by its configuration")
    return _by_trial(root, remote)


def _by_setting(place: Path, setting: str) -> Allowed:
    found = run(place, "config", "--type=bool", "--get", setting)
    return Allowed.REFUSED if found.out.strip() == b"true" else Allowed.ALLOWED


def _is_hook(place: Path, name: str) -> bool:
    path = (
        run(place, "rev-parse", "--path-format=absolute", "--git-path", f"hooks/{name}").out.decode().strip()
    )
    return bool(path) and Path(path).is_file() and bool(Path(path).stat().st_mode & 0o111)


def _directory(root: Path, remote: str) -> Path | None:
    """Return the directory of a remote; None: it is not one of this machine."""
    pushed = push_address(root, remote)
    address = pushed or run(root, "remote", "get-url", remote).out.decode("utf-8", "surrogateescape").strip()
    path = Path(root / address.removeprefix("file://"))
    inside = path.is_dir() and run(path, "rev-parse", "--git-dir").code == 0
    return path if inside else None


def _by_trial(root: Path, remote: str) -> Protected:
    nothing = Protected(Allowed.CANNOT_TELL, Allowed.CANNOT_TELL)
    name = f"refs/heads/{CHECK_BRANCH}"
    said = ask(root, remote, name)
    if said.asked is not Asked.THERE:
        return nothing
    if run(root, "cat-file", "-e", f"{said.commit}^{{commit}}").code != 0:
        ask_remote(root, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", remote, name)
    told = run(root, "show", "--no-patch", "--format=%s%x09%cs", said.commit)
    subject, _, day = told.out.decode("utf-8", "replace").strip().partition("\t")
    how = f"tried on {day}; the branch {CHECK_BRANCH} stayed"
    if told.code != 0 or subject not in _MADE:
        return nothing
    return Protected(Allowed.REFUSED, _MADE[subject], "", how)


#: The commits of `protection.remote_checks`: the second is there where it could take the place of the first.
_MADE = {"Check": Allowed.REFUSED, "Check again": Allowed.ALLOWED}
