"""``cmcompile rescue --from-outcome --branch``: on a bare remote, from a clone with a dirty working tree."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from decide_repository import SPEC, ended, git, happened_later, make, run
from github_world import HEAD, TOKEN, GitHubWorld
from loopback import Clock, serving

from cmcompile.git import onward
from cmcompile.git import remote as remotes
from cmcompile.git.answer import Answer, Verdict

FILE = "campaigns/c/campaign.yaml"
BRANCH = "rescue/c/step1"
ENTRY = '        because: "1 quantum without outputs: 1 of isr"\n        groups: [2]\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a clone whose remote has a campaign with a group that failed."""
    clone = tmp_path / "clone"
    clone.mkdir()
    make(clone)
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(clone, "branch", "-M", "main")
    git(clone, "remote", "add", "origin", (tmp_path / "remote.git").as_uri())
    git(clone, "push", "-q", "-u", "origin", "main")
    fails(clone, 2)
    (clone / FILE).write_text(f"{SPEC}# an edit that is not committed\n")
    monkeypatch.chdir(clone)
    return clone


def fails(clone: Path, group: int) -> None:
    """Let a group end with one failed quantum."""
    happened_later(clone, group * 6, {f"g{group}": ended(f"isr tract={group}: x")})
    git(clone, "push", "-q", "origin", "cm/c")


def rescue(*args: str, code: int = 0) -> str:
    result = run("rescue", "c/step1", "--from-outcome", *args)
    assert result.exit_code == code, result.output
    return result.output


def there(root: Path, *args: str) -> str:
    return git(root.parent / "remote.git", *args)


def tip(root: Path, branch: str = BRANCH) -> str:
    return there(root, "rev-parse", branch)


def text(root: Path, branch: str = BRANCH) -> str:
    return there(root, "show", f"{branch}:{FILE}")


def by_others(root: Path, branch: str, edit: Callable[[str], str]) -> str:
    """Push an edit of the spec to a branch, from another clone; return the commit."""
    other = root.parent / "other"
    if not other.exists():
        git(root.parent, "clone", "-q", (root.parent / "remote.git").as_uri(), "other")
    git(other, "fetch", "-q", "origin")
    git(other, "checkout", "-q", "-B", branch, f"origin/{branch}")
    (other / FILE).write_text(edit((other / FILE).read_text()))
    git(other, "commit", "-qam", "by somebody else")
    git(other, "push", "-q", "origin", branch)
    return git(other, "rev-parse", "HEAD")


def merged(root: Path, *how: str) -> None:
    other = root.parent / "other"
    if not other.exists():
        git(root.parent, "clone", "-q", (root.parent / "remote.git").as_uri(), "other")
    git(other, "fetch", "-q", "origin")
    git(other, "checkout", "-q", "-B", "main", "origin/main")
    git(other, "merge", "-q", *(how or ("--no-ff", "-m", "Merge the rescue")), f"origin/{BRANCH}")
    if how:
        git(other, "commit", "-qm", "Squashed")
    git(other, "push", "-q", "origin", "main")


def test_it_is_one_commit_on_the_reviewed_branch_and_nothing_here_is_touched(root: Path) -> None:
    def here() -> tuple[str, ...]:
        asked = (("status", "--porcelain"), ("for-each-ref", "refs/heads"), ("diff",), ("rev-parse", "HEAD"))
        return tuple(git(root, *words) for words in asked)

    before = here()
    main = tip(root, "main")
    out = rescue("--branch")
    assert there(root, "rev-parse", f"{BRANCH}^") == main == tip(root, "main")
    assert there(root, "diff", "--name-only", main, BRANCH) == FILE
    assert f"    rescues:\n      rescue:\n{ENTRY}" in text(root)
    assert "not committed" not in text(root)
    assert there(root, "log", "-1", "--format=%B", BRANCH).splitlines() == [
        "c: rescues of step1: rescue",
        "",
        "step1/rescue: 1 quantum to run; 1 quantum without outputs: 1 of isr",
        "  step1/rescue.2 covers 2",
    ]
    assert f"made the branch {BRANCH}: {tip(root)[:12]}\n" in out
    assert f"git fetch origin {BRANCH}\n  cmcompile review --base origin/main --head FETCH_HEAD" in out
    assert here() == before


def test_the_same_outcome_again_adds_nothing(root: Path) -> None:
    rescue("--branch")
    first = tip(root)
    out = rescue("--branch")
    assert "step1/2: rescue.2 covers it and has not ended" in out
    assert f"the branch {BRANCH} holds what was proposed before, at {first[:12]}" in out
    assert "cmcompile review --base origin/main" in out
    assert tip(root) == first


def test_another_outcome_moves_the_branch_on(root: Path) -> None:
    rescue("--branch")
    first = tip(root)
    edited = by_others(root, BRANCH, lambda spec: spec.replace("groups: [2]", "groups: [2] # looked at"))
    fails(root, 4)
    out = rescue("--branch")
    assert f"moved on the branch {BRANCH}: {tip(root)[:12]}" in out
    assert there(root, "rev-list", "--first-parent", f"main..{BRANCH}").split() == [tip(root), edited, first]
    assert "groups: [2] # looked at" in text(root)
    assert "      rescue-2:\n" in text(root)
    assert "groups: [4]" in text(root)


def test_what_the_reviewed_branch_got_meanwhile_is_taken_along(root: Path) -> None:
    rescue("--branch")
    first = tip(root)
    main = by_others(root, "main", lambda spec: spec.replace("# the end", "# the very end"))
    assert f"holds what was proposed before, at {first[:12]}" in rescue("--branch")
    assert tip(root) == first, "nothing is to be said, so nothing is pushed"
    fails(root, 4)
    rescue("--branch")
    assert there(root, "log", "--first-parent", "--format=%s", f"{first}..{BRANCH}").splitlines() == [
        "c: rescues of step1: rescue-2",
        f"Merge origin/main into {BRANCH}",
    ]
    assert there(root, "merge-base", "main", BRANCH) == main
    assert "# the very end" in text(root)
    assert tip(root, "main") == main


def test_edits_of_the_same_lines_are_for_a_person(root: Path) -> None:
    rescue("--branch")
    first = tip(root)
    by_others(root, "main", lambda spec: spec.replace("values: 1..6}]\n", "values: 1..6}]\n    links: {}\n"))
    out = rescue("--branch", code=1)
    assert f"have gone different ways, both change the same lines of {FILE}" in out
    assert "merge origin/main into it by hand" in out
    assert tip(root) == first


@pytest.mark.parametrize("how", [(), ("--squash",)])
def test_after_it_was_merged_it_begins_anew(root: Path, how: tuple[str, ...]) -> None:
    rescue("--branch")
    first = tip(root)
    merged(root, *how)
    out = rescue("--branch")
    assert "nothing is written" in out
    assert "holds what was proposed" not in out
    assert tip(root) == first
    fails(root, 4)
    rescue("--branch")
    assert there(root, "merge-base", "--is-ancestor", first, BRANCH) == ""
    assert there(root, "diff", "--numstat", "main", BRANCH).split()[1:] == ["0", FILE]
    assert "groups: [4]" in there(root, "diff", "main", BRANCH)
    assert "groups: [2]" not in re.sub("(?m)^ .*$", "", there(root, "diff", "-U0", "main", BRANCH))


def test_a_name_and_what_else_is_asked_for(root: Path) -> None:
    fails(root, 4)
    rescue("--branch", "u/ann/rescue", "--groups", "4", "--set", "bps.requestMemory=9000", "-m", "memory")
    assert "        groups: [4]\n        bps: {requestMemory: 9000}\n" in text(root, "u/ann/rescue")
    assert there(root, "log", "-1", "--format=%b", "u/ann/rescue").splitlines()[0] == "memory"
    assert there(root, "branch", "--list", BRANCH) == ""


def test_nothing_is_made_in_a_dry_run_or_where_nothing_is_needed(root: Path) -> None:
    assert "      rescue:\n" in rescue("--branch", "--dry-run")
    assert "nothing is written" in rescue("--branch", "--groups", "1")
    assert there(root, "branch", "--list", "rescue/*") == ""


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--branch", "--commit"), "leave --commit out"),
        (("--pull",), "add --branch"),
        (("--branch", "main"), "on a branch of their own"),
        (("--branch", "cm/c"), "on a branch of their own"),
        (("--branch", "a..b"), "is no name of a branch"),
    ],
)
def test_options_that_do_not_go_together(root: Path, args: tuple[str, ...], words: str) -> None:
    assert words in rescue(*args, code=64)
    result = run("rescue", "c/step1", "late", "--groups", "2", "--branch")
    assert result.exit_code == 64
    assert there(root, "branch", "--list", "rescue/*") == ""


def test_a_forge_is_told_where(root: Path) -> None:
    git(root, "config", "cmcompile.forge", "https://github.com/lsst-dm/campaigns")
    url = "https://github.com/lsst-dm/campaigns/compare/main...rescue/c/step1?expand=1"
    assert f"next:\n  open a pull request: {url}\n" in rescue("--branch")
    git(root, "config", "cmcompile.forge", "https://gitlab.com/lsst-dm/campaigns")
    assert (
        "  open a merge request into main: https://gitlab.com/lsst-dm/campaigns/-/merge_requests/new?"
        "merge_request[source_branch]=rescue/c/step1&merge_request[target_branch]=main"
    ) in rescue("--branch")


def test_a_branch_that_others_make_meanwhile_is_gone_on_from(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, times = onward.put_onto, []

    def late(*args: object) -> object:
        times.append(1)
        if len(times) == 1:
            put(*args[:-1], "by another one")  # type: ignore[call-arg, arg-type]
        return put(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(onward, "put_onto", late)
    out = rescue("--branch")
    assert times == [1]
    assert "holds what was proposed before" in out
    assert there(root, "log", "--format=%s", f"main..{BRANCH}") == "by another one"


def test_a_branch_that_keeps_moving_is_left(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rescue("--branch")
    fails(root, 4)
    put = onward.put_onto

    def late(*args: object) -> object:
        by_others(root, BRANCH, lambda spec: f"{spec}# edit\n")
        return put(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(onward, "put_onto", late)
    assert "was moved by others 3 times meanwhile: run it again" in rescue("--branch", code=7)
    assert "rescue-2" not in text(root)


def test_without_a_remote_it_is_a_branch_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path)
    git(tmp_path, "branch", "-M", "main")
    happened_later(tmp_path, 0, {"g2": ended("isr tract=2: x")})
    monkeypatch.chdir(tmp_path)
    put, times = onward.put_onto, []

    def late(*args: object) -> object:
        times.append(1)
        if len(times) == 1:
            put(*args[:-1], "by another one")  # type: ignore[call-arg, arg-type]
        return put(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(onward, "put_onto", late)
    assert "holds what was proposed before" in rescue("--branch")
    assert git(tmp_path, "log", "--format=%s", f"main..{BRANCH}") == "by another one"
    assert f"cmcompile review --base main --head {BRANCH}\n" in rescue("--branch")
    git(tmp_path, "checkout", "-q", BRANCH)
    assert "on a branch of their own" in rescue("--branch", code=64)


def test_what_the_remote_does_not_take_is_told(root: Path) -> None:
    hook = root.parent / "remote.git/hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'GH013: rules of the repository' >&2\nexit 1\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    out = rescue("--branch", code=4)
    assert "GH013: rules of the repository" in out
    assert "nothing was done" in out


def test_a_remote_that_does_not_answer_is_told(root: Path) -> None:
    (root.parent / "remote.git").rename(root.parent / "away.git")
    rescue("--branch", code=1)


@pytest.mark.parametrize("arrives", [True, False])
def test_a_push_without_a_reply_is_looked_for(
    root: Path, monkeypatch: pytest.MonkeyPatch, arrives: bool
) -> None:
    push = remotes.push

    def silent(root: Path, remote: str, branch: str, old: str | None, new: str | None) -> Answer:
        if arrives:
            push(root, remote, branch, old, new)
        return Answer(Verdict.UNCLEAR, "the connection was cut")

    with monkeypatch.context() as patched:
        patched.setattr("cmcompile.git.onward.push", silent)
        out = rescue("--branch", code=0 if arrives else 6)
    assert ("the connection was cut; run it again" in out) is not arrives
    rescue("--branch")
    assert there(root, "rev-list", "--count", f"main..{BRANCH}") == "1"


@pytest.fixture
def forge(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubWorld]:
    world = GitHubWorld(Clock())
    with serving(world):
        monkeypatch.setenv("GITHUB_API_URL", world.address)
        monkeypatch.setenv("CMCOMPILE_GITHUB_TOKEN", TOKEN)
        git(root, "config", "cmcompile.forge", "https://github.com/lsst-dm/campaigns")
        yield world


def proposed(forge: GitHubWorld) -> list[int]:
    return sorted(number for number, pull in forge.pulls.items() if pull["head"]["ref"] == BRANCH)


def test_a_pull_request_is_opened_once_and_brought_up_to_date(root: Path, forge: GitHubWorld) -> None:
    out = rescue("--branch", "--pull")
    (number,) = proposed(forge)
    assert f"pull request {number}: made https://forge.test/pull/{number}" in out
    pull = forge.pulls[number]
    assert pull["title"] == "c: rescues of step1: rescue"
    assert "- `c: rescues of step1: rescue`\n  - `step1/rescue: 1 quantum to run" in pull["body"]
    assert f"pull request {number}: same" in rescue("--branch", "--pull")
    fails(root, 4)
    assert f"pull request {number}: updated" in rescue("--branch", "--pull")
    assert proposed(forge) == [number]
    assert "`c: rescues of step1: rescue-2`" in pull["body"]
    assert TOKEN not in out


def test_a_pull_request_that_was_closed_is_an_answer_until_there_is_more(
    root: Path, forge: GitHubWorld
) -> None:
    rescue("--branch", "--pull")
    (number,) = proposed(forge)
    forge.pulls[number]["state"] = "closed"
    assert f"its pull request {number} was closed" in rescue("--branch", "--pull")
    assert proposed(forge) == [number]
    fails(root, 4)
    rescue("--branch", "--pull")
    assert len(proposed(forge)) == 2


def test_text_of_others_is_no_markup_in_a_pull_request(root: Path, forge: GitHubWorld) -> None:
    rescue("--branch")
    other = root.parent / "other"
    by_others(root, BRANCH, lambda spec: f"{spec}# more\n")
    git(other, "commit", "-q", "--amend", "-m", "`@ann` <script>\x1b[31m\n\n::error::x [a](b)")
    git(other, "push", "-q", "--force", "origin", BRANCH)
    rescue("--branch", "--pull")
    body = forge.pulls[proposed(forge)[0]]["body"]
    assert "\x1b" not in body
    assert "- `` `@ann` <script>" in body
    assert "  - `::error::x [a](b)`" in body


def test_without_a_token_nothing_is_pushed(
    root: Path, forge: GitHubWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CMCOMPILE_GITHUB_TOKEN")
    assert "GitHub wants a token" in rescue("--branch", "--pull", code=8)
    assert there(root, "branch", "--list", "rescue/*") == ""
    git(root, "config", "--unset", "cmcompile.forge")
    monkeypatch.setenv("CMCOMPILE_GITHUB_TOKEN", TOKEN)
    assert "set GITHUB_REPOSITORY=OWNER/NAME" in rescue("--branch", "--pull", code=1)
    assert forge.pulls.keys() == {7}
    assert forge.pulls[7]["head"]["sha"] == HEAD
