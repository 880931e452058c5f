"""A policy has rescues written onto the spec branch: real commits on a bare remote, and their submission."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from apply_world import PATH, POLICY, Applied, applied_world, lines_of, under_policy
from ledger_builder import git
from ledger_world import program, run

from cmcompile.git import onward
from cmcompile.git import remote as remotes
from cmcompile.git.answer import Answer, Verdict
from cmcompile.git.errors import GitError
from cmcompile.git.tracked import Tracked

RULES = """\
cmcompile: 1
budgets: {group: {rescues: 1}}
rules:
- name: known
  match: {message: simulated}
  class: site
  action: rescue
  directly: true
  because: the node is gone
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Applied]:
    with applied_world(tmp_path) as made:
        monkeypatch.chdir(made.root)
        under_policy(made.root, RULES)
        yield made


def remote(world: Applied) -> Path:
    return world.root.parent / "remote.git"


def stands(world: Applied) -> str:
    branch = git(world.root, "symbolic-ref", "--short", "HEAD")
    return str(git(remote(world), "rev-parse", branch))


def failed(world: Applied, *, groups: int = 2) -> str:
    """Submit, let so many groups of step1 end with a failure, and return where the branch stood."""
    assert run("reconcile", "c", "--no-submit").exit_code == 0
    assert run("reconcile", "c").exit_code == 0
    names = {w.claim.run_name: str(w) for w in world.workflows().values() if w.claim is not None}
    for found in world.hand.runs():
        number = int(names[found["name"]].partition("/")[2][0])
        world.hand.end(found["run_id"], "", int(number <= groups))
    return stands(world)


def test_it_is_written_and_submitted_in_one_pass(world: Applied) -> None:
    before = failed(world)
    here = git(world.root, "rev-parse", "HEAD"), git(world.root, "status", "--porcelain")
    result = run("reconcile", "c")
    assert result.exit_code == 0, result.output
    after = stands(world)
    assert git(remote(world), "rev-parse", f"{after}^") == before
    said = git(remote(world), "log", "-1", "--format=%B", after)
    assert said.splitlines() == [
        "c: rescues by policy: step1/rescue",
        "",
        "step1/rescue: 2 quanta to run, for groups 1, 2",
        f"  2 by rule known ({POLICY}:4): rescue",
    ]
    assert git(remote(world), "diff", "--name-only", before, after) == PATH
    text = git(remote(world), "show", f"{after}:{PATH}")
    assert "      rescue:\n" in text
    assert "        groups: [1, 2]\n" in text
    # Nothing here was touched.
    assert here == (git(world.root, "rev-parse", "HEAD"), git(world.root, "status", "--porcelain"))
    sent = world.workflows()
    assert {"step1/rescue.1@w00", "step1/rescue.2@w00"} <= set(sent)
    for name in ("step1/rescue.1@w00", "step1/rescue.2@w00"):
        claim = sent[name].claim
        assert claim is not None
        assert claim.spec.commit == after
        assert len(claim.builds_on) == 1
    assert "+ wrote step1/rescue for groups 1, 2: 2 quanta, commit" in " ".join(result.stdout.split())
    assert run("verify", "c").exit_code == 0
    # A second pass finds nothing to do.
    assert run("reconcile", "c").exit_code == 0
    assert stands(world) == after


def test_the_plan_says_so_and_no_person_is_asked(world: Applied) -> None:
    before = failed(world)
    assert run("reconcile", "c", "--no-submit").exit_code == 0
    assert stands(world) == before
    text = " ".join(run("plan", "c").stdout.split())
    assert "wait step1/1 a policy has a rescue written for it" in text
    assert "the next reconcile writes its rescue" in text
    status = json.loads(run("status", "c", "--format", "json").stdout)
    assert status["campaigns"][0]["attention"] == []
    assert run("reconcile", "c", "--refresh-only").exit_code == 0
    assert stands(world) == before


def test_beyond_its_budget_a_person_is_asked(world: Applied) -> None:
    failed(world, groups=1)
    assert run("reconcile", "c").exit_code == 0
    after = stands(world)
    world.end("", 1)
    result = run("reconcile", "c")
    assert result.exit_code == 3, result.output
    assert stands(world) == after
    assert "it was rescued once, the budget is 1" in " ".join(run("plan", "c").stdout.split())


def test_a_protected_branch_is_told_with_the_command(world: Applied) -> None:
    before = failed(world)
    hook = remote(world) / "hooks/pre-receive"
    branch = git(world.root, "symbolic-ref", "HEAD")
    hook.write_text(
        f"#!/bin/sh\nwhile read a b ref; do [ $ref = {branch} ] && echo 'GH006: it is protected' >&2"
        " && exit 1; done; exit 0\n"
    )
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    result = run("reconcile", "c", "--format", "json")
    assert result.exit_code == 3, result.output
    (told,) = [line for line in lines_of(result) if line["kind"] == "rescue"]
    assert told["written"] is False
    assert "does not take it" in str(told["detail"])
    assert "GH006: it is protected" in str(told["detail"])
    assert told["next"] == "cmcompile rescue c/step1 --from-outcome --groups 1 --groups 2"
    assert stands(world) == before
    assert not any("rescue" in name for name in world.workflows())
    text = run("reconcile", "c")
    assert text.exit_code == 3
    assert "not written" in text.stdout
    assert "cmcompile rescue c/step1 --from-outcome --groups 1 --groups 2" in text.stdout
    # The command that is told does it.
    assert run(*str(told["next"]).split()[1:]).exit_code == 0
    assert "groups: [1, 2]" in (world.root / PATH).read_text()


def moved(world: Applied, text: str) -> None:
    """Move the branch, from another clone."""
    other = world.root.parent / "other"
    if not other.exists():
        git(world.root.parent, "clone", "--quiet", remote(world).as_uri(), str(other))
    git(other, "pull", "--quiet", "--ff-only")
    path = other / PATH
    path.write_text(f"{path.read_text()}{text}")
    git(other, "commit", "--quiet", "-am", "by somebody else")
    git(other, "push", "--quiet", "origin", "HEAD")


def test_a_branch_that_moved_is_read_again(world: Applied, monkeypatch: pytest.MonkeyPatch) -> None:
    failed(world)
    put, times = onward.put, []

    def late(*args: object) -> object:
        times.append(1)
        if len(times) < 3:
            moved(world, f"# edit {len(times)}\n")
        return put(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(onward, "put", late)
    result = run("reconcile", "c")
    assert result.exit_code == 0, result.output
    assert len(times) == 3
    text = git(remote(world), "show", f"{stands(world)}:{PATH}")
    assert "# edit 1\n# edit 2" in text
    assert text.count("groups: [1, 2]") == 1
    assert "step1/rescue.1@w00" in world.workflows()


def test_a_branch_that_keeps_moving_is_left(world: Applied, monkeypatch: pytest.MonkeyPatch) -> None:
    failed(world)
    put = onward.put

    def late(*args: object) -> object:
        moved(world, "# edit\n")
        return put(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(onward, "put", late)
    result = run("reconcile", "c")
    assert result.exit_code == 3, result.output
    assert "was moved by others 3 times meanwhile" in " ".join(result.stdout.split())
    assert "rescue" not in git(remote(world), "show", f"{stands(world)}:{PATH}")


def test_what_others_have_written_meanwhile_is_not_written_again(
    world: Applied, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed(world)
    put, times = onward.put, []

    def second(*args: object) -> object:
        times.append(1)
        put(*args[:-1], "by another runner")  # type: ignore[call-arg, arg-type]
        return put(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(onward, "put", second)
    assert run("reconcile", "c").exit_code == 0
    assert len(times) == 1
    assert git(remote(world), "show", f"{stands(world)}:{PATH}").count("groups: [1, 2]") == 1


def test_a_remote_that_is_gone_is_told(world: Applied, monkeypatch: pytest.MonkeyPatch) -> None:
    before = failed(world)
    away = remote(world).with_name("away.git")
    put = onward.put

    def gone(*args: object) -> object:
        remote(world).rename(away)
        try:
            return put(*args)  # type: ignore[arg-type]
        finally:
            away.rename(remote(world))

    monkeypatch.setattr(onward, "put", gone)
    result = run("reconcile", "c")
    assert result.exit_code == 3, result.output
    assert "can't be reached" in " ".join(result.stdout.split())
    assert stands(world) == before


@pytest.mark.parametrize("arrives", [True, False])
def test_a_push_without_a_reply_is_looked_for(
    world: Applied, monkeypatch: pytest.MonkeyPatch, arrives: bool
) -> None:
    before = failed(world)
    push = remotes.push

    def silent(root: Path, remote: str, branch: str, old: str | None, new: str | None) -> Answer:
        if arrives:
            push(root, remote, branch, old, new)
        return Answer(Verdict.UNCLEAR, "the connection was cut")

    with monkeypatch.context() as patched:
        patched.setattr("cmcompile.git.onward.push", silent)
        result = run("reconcile", "c")
    assert result.exit_code == (0 if arrives else 3), result.output
    assert (stands(world) != before) is arrives
    if not arrives:
        said = " ".join(result.stdout.split())
        assert "it is not known whether" in said
        assert "the connection was cut; the next pass reads the branch again" in said
        assert run("reconcile", "c").exit_code == 0
    assert git(remote(world), "rev-parse", f"{stands(world)}^") == before
    assert "step1/rescue.1@w00" in world.workflows()


def test_killed_between_push_and_submission(world: Applied) -> None:
    before = failed(world)
    # The remote's hook kills who pushes, after the branch has moved.
    hook = remote(world) / "hooks/post-receive"
    branch = git(world.root, "symbolic-ref", "HEAD")
    mark = remote(world) / "killed"
    killing = f"[ $ref = {branch} ] && [ ! -e {mark} ] && touch {mark} && kill -9 $(cat {mark}.pid)"
    hook.write_text(f"#!/bin/sh\nwhile read a b ref; do {killing}; done; exit 0\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    child = program(world.root, "reconcile", "c")
    Path(f"{mark}.pid").write_text(str(child.pid))
    try:
        child.communicate(timeout=60)
    finally:
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert git(remote(world), "rev-parse", f"{stands(world)}^") == before
    assert not any("rescue" in name for name in world.workflows())
    after = stands(world)
    assert run("reconcile", "c").exit_code == 0
    assert stands(world) == after
    assert {"step1/rescue.1@w00", "step1/rescue.2@w00"} <= set(world.workflows())
    assert len(world.runs()) == 5


def test_a_branch_that_is_checked_out_without_a_remote_is_left(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main", ".")
    (tmp_path / "a").write_text("1\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    base = git(tmp_path, "rev-parse", "HEAD")
    branch = Tracked(None, "refs/heads/main")
    assert onward.put(tmp_path, branch, base, "a", b"2\n", "second").answer.verdict is Verdict.REFUSED
    git(tmp_path, "checkout", "--quiet", "-b", "other")
    done = onward.put(tmp_path, branch, base, "a", b"2\n", "second")
    assert done.answer.verdict is Verdict.DONE
    assert git(tmp_path, "rev-parse", "main") == done.commit
    again = onward.put(tmp_path, branch, base, "a", b"3\n", "third")
    assert again.answer.verdict is Verdict.MOVED
    (tmp_path / "link").symlink_to("a")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "--quiet", "-m", "link")
    with pytest.raises(GitError, match="no plain file"):
        onward.put(tmp_path, branch, git(tmp_path, "rev-parse", "HEAD"), "link", b"3\n", "x")
    assert subprocess.run(["git", "status", "--porcelain"], cwd=tmp_path, capture_output=True).stdout == b""
