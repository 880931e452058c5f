"""What a remote shows of a ledger and of its protection, without anything being pushed."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from cmcompile.ledger.protection import Allowed, remote_checks
from cmcompile.ledger.visible import protected, seen


def git(root: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a clone with a remote that has a ledger of `c`, and refuses what it should."""
    remote, clone = tmp_path / "remote.git", tmp_path / "clone"
    git(tmp_path, "init", "-q", "--bare", str(remote))
    git(tmp_path, "init", "-q", str(clone))
    for name in ("receive.denyDeletes", "receive.denyNonFastForwards"):
        git(remote, "config", name, "true")
    git(clone, "remote", "add", "origin", str(remote))
    git(clone, "commit", "-q", "--allow-empty", "-m", "one")
    git(clone, "push", "-q", "origin", "HEAD:refs/heads/cm/c")
    return clone


def far(clone: Path) -> None:
    """Reach the remote as if it were another machine's."""
    program = clone.parent / "ssh"
    program.write_text('#!/bin/bash\neval "${@: -1}"\n')
    program.chmod(0o755)
    git(clone, "config", "core.sshCommand", str(program))
    git(clone, "config", "ssh.variant", "simple")
    git(clone, "remote", "set-url", "origin", f"ssh://there{clone.parent}/remote.git")


def test_a_ledger_is_seen_and_nothing_is_pushed(clone: Path) -> None:
    before = git(clone.parent / "remote.git", "for-each-ref")
    found = seen(clone, "c", "origin", time.time())
    assert (found.there, found.unreached, found.refused) == (True, "", "")
    assert -60 < found.ahead <= 0
    assert git(clone.parent / "remote.git", "for-each-ref") == before
    assert not seen(clone, "other", "origin", 0).there


def test_the_hooks_of_the_clone_are_not_run(clone: Path) -> None:
    hook = clone / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert seen(clone, "c", "origin", 0).refused == ""


def test_a_ledger_that_others_made_is_fetched_to_be_dated(clone: Path) -> None:
    other = clone.parent / "other"
    git(clone.parent, "clone", "-q", str(clone.parent / "remote.git"), str(other), "-b", "cm/c")
    git(other, "commit", "-q", "--allow-empty", "-m", "two")
    git(other, "push", "-q", "origin", "HEAD")
    found = seen(clone, "c", "origin", time.time() - 100)
    assert found.there
    assert found.ahead == pytest.approx(100, abs=60)


def test_a_repository_without_remotes_is_asked_itself(clone: Path) -> None:
    assert not seen(clone, "c", None, 0).there
    git(clone, "branch", "cm/c")
    assert seen(clone, "c", None, 0).there
    assert protected(clone, None).delete is Allowed.ALLOWED


def test_a_remote_that_is_not_there_is_said_to_be_so(clone: Path) -> None:
    git(clone, "remote", "set-url", "origin", str(clone.parent / "none.git"))
    assert "none.git" in seen(clone, "c", "origin", 0).unreached
    assert protected(clone, "origin").delete is Allowed.CANNOT_TELL


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_a_plain_remote_of_this_machine_says_it_by_its_configuration(form: str, clone: Path) -> None:
    remote = clone.parent / "remote.git"
    git(clone, "remote", "set-url", "origin", form.format(remote))
    found = protected(clone, "origin")
    assert (found.delete, found.rewrite, found.place) == (Allowed.REFUSED, Allowed.REFUSED, str(remote))
    git(remote, "config", "receive.denyDeletes", "false")
    git(remote, "config", "--unset", "receive.denyNonFastForwards")
    found = protected(clone, "origin")
    assert (found.delete, found.rewrite) == (Allowed.ALLOWED, Allowed.ALLOWED)


def test_the_address_that_is_pushed_to_counts(clone: Path) -> None:
    other = clone.parent / "other.git"
    git(clone.parent, "init", "-q", "--bare", str(other))
    git(clone, "remote", "set-url", "--push", "origin", str(other))
    assert protected(clone, "origin").place == str(other)
    assert protected(clone, "origin").delete is Allowed.ALLOWED


def test_a_hook_of_the_remote_may_refuse_too(clone: Path) -> None:
    remote = clone.parent / "remote.git"
    git(remote, "config", "receive.denyDeletes", "false")
    hook = remote / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 0\n")
    assert protected(clone, "origin").delete is Allowed.ALLOWED
    hook.chmod(0o755)
    assert protected(clone, "origin").delete is Allowed.CANNOT_TELL


def test_of_another_machine_a_trial_tells(clone: Path) -> None:
    far(clone)
    assert protected(clone, "origin").delete is Allowed.CANNOT_TELL
    assert remote_checks(clone, "origin").delete is Allowed.REFUSED
    found = protected(clone, "origin")
    assert (found.delete, found.rewrite) == (Allowed.REFUSED, Allowed.REFUSED)
    assert "the branch cm/_check stayed" in found.how


def test_a_trial_that_could_rewrite_and_not_delete_is_seen_by_its_commit(clone: Path) -> None:
    git(clone.parent / "remote.git", "config", "receive.denyNonFastForwards", "false")
    far(clone)
    assert remote_checks(clone, "origin").rewrite is Allowed.ALLOWED
    found = protected(clone, "origin")
    assert (found.delete, found.rewrite) == (Allowed.REFUSED, Allowed.ALLOWED)


def test_a_branch_of_somebody_else_is_no_trial(clone: Path) -> None:
    far(clone)
    git(clone, "push", "-q", "origin", "HEAD:refs/heads/cm/_check")
    assert protected(clone, "origin").delete is Allowed.CANNOT_TELL
