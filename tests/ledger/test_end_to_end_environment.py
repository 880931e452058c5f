"""The ledger in odd surroundings, end to end: settings, filters, hooks, clones, names, remotes that hang."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e_world import BRANCH, SEEN, Clone, Place
from ledger_builder import INCLUDE, git
from repositories import hook, make_bare, make_clone

from cmcompile.git import network
from cmcompile.git.identity import identity
from cmcompile.git.run import run as ran
from cmcompile.ledger.archive import ArchiveError, remove, write_file
from cmcompile.ledger.transact import decide
from cmcompile.model.ledger import LedgerError, RefusedError, UnreachableError
from cmcompile.model.transaction import Landed, Proposal, Spooled, Unsure


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run as CI does, wherever the tests are started."""
    monkeypatch.setattr(network, "_has_terminal", lambda: False)


def works(place: Place, clone: Clone) -> None:
    """Make a ledger in a clone, submit to it, and read it there and elsewhere."""
    result = clone.run("ledger", "init", "c", "--again")
    assert result.exit_code == 0, result.output
    claim = clone.claiming("1")
    assert isinstance(decide(clone.ledger(), lambda _: claim), Landed)
    assert isinstance(clone.claim("2"), Landed)
    assert git(clone.root, "rev-parse", SEEN) == place.tip()
    assert_bytes(place, claim)
    for reader in (clone, place.clone()):
        result = reader.run("verify", "c")
        assert result.exit_code == 0, result.output
        assert "2 compared" in result.output
        assert reader.run("status", "c").exit_code in (0, 3)


def assert_bytes(place: Place, claim: Proposal) -> None:
    """Compare the files of a claim on the branch, as git keeps them, with those that were given."""
    there = place.files()
    for path, data in claim.files.items():
        assert ran(place.remote, "cat-file", "blob", there[path]).out == data


SETTINGS: dict[str, dict[str, str]] = {
    "pushing": {
        "push.default": "nothing",
        "remote.pushDefault": "elsewhere",
        "branch.main.pushRemote": "elsewhere",
        "remote.origin.push": "refs/heads/*:refs/heads/x/*",
        "push.followTags": "true",
        "push.recurseSubmodules": "check",
        "push.negotiate": "true",
    },
    "a mirror": {"remote.origin.mirror": "true", "push.default": "matching"},
    "fetching": {
        "fetch.prune": "true",
        "fetch.pruneTags": "true",
        "remote.origin.prune": "true",
        "transfer.fsckObjects": "true",
        "fetch.unpackLimit": "1",
        "fetch.writeCommitGraph": "true",
        "fetch.negotiationAlgorithm": "skipping",
    },
    "protocol 0": {"protocol.version": "0"},
    "bytes and names": {
        "core.autocrlf": "true",
        "core.eol": "crlf",
        "core.safecrlf": "true",
        "i18n.commitEncoding": "latin1",
        "i18n.logOutputEncoding": "latin1",
        "user.name": "Ünï",
        "core.ignoreCase": "true",
        "core.precomposeUnicode": "true",
        "core.protectNTFS": "true",
    },
    "colours, pagers, formats": {
        "color.ui": "always",
        "color.push": "always",
        "core.pager": "false",
        "format.pretty": "oneline",
        "log.date": "relative",
        "core.abbrev": "4",
        "diff.external": "false",
        "diff.renames": "copies",
        "log.showRoot": "true",
    },
    "packs and hooks": {
        "fastimport.unpackLimit": "0",
        "gc.auto": "1",
        "gc.autoDetach": "false",
        "core.hooksPath": "/nowhere",
        "core.fsmonitor": "/bin/false",
    },
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_the_user_change_nothing(place: Place, name: str) -> None:
    clone = place.clone()
    for key, value in SETTINGS[name].items():
        git(clone.root, "config", key, value)
    works(place, clone)


ODD = {
    'Ann "Q" <x> O\'Neil, Jr.': 'Ann "Q" x O\'Neil, Jr',
    "漢字\tünï\nB\\": "漢字\tünïB",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_names_of_people(place: Place, name: str) -> None:
    clone = place.clone()
    git(clone.root, "config", "user.name", name)
    works(place, clone)
    assert git(place.remote, "log", "-1", "--format=%an", BRANCH) == ODD[name]


@pytest.mark.parametrize("name", ["", " ", "<>", "."])
def test_nobody_is_told_what_to_type(place: Place, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = place.clone()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git(clone.root, "config", "user.email", "ann@test.invalid")
    if name:
        git(clone.root, "config", "user.name", name)
    before = place.refs()
    result = clone.run("ledger", "init", "c")
    assert result.exit_code == 1
    assert "git config user.name NAME" in result.output
    assert place.refs() == before
    git(clone.root, "config", "user.name", "Ann")
    assert clone.run("ledger", "init", "c").exit_code == 0


def test_filters_and_attributes_change_no_bytes(place: Place) -> None:
    clone = place.clone()
    attributes = (
        "* text=auto eol=crlf ident\n*.yaml filter=lfs diff=lfs merge=lfs working-tree-encoding=UTF-16\n"
    )
    (clone.root / ".git/info").mkdir(exist_ok=True)
    (clone.root / ".git/info/attributes").write_text(attributes, encoding="ascii")
    for key, value in {"clean": "sed s/a/b/", "smudge": "sed s/b/a/", "required": "true"}.items():
        git(clone.root, "config", f"filter.lfs.{key}", value)
    works(place, clone)
    git(clone.root, "config", "filter.lfs.process", "false")
    claim = clone.claiming("3")
    path = next(iter(claim.files)).replace("submit.yaml", "odd.yaml")
    odd = b"a: 1\r\nb: 2\n\r\xff\x00\x1a $Id$ \n\n"
    claim = Proposal(claim.drafts, {**claim.files, path: odd}, "odd")
    assert isinstance(decide(clone.ledger(), lambda _: claim), Landed)
    assert_bytes(place, claim)


def test_the_spec_of_a_commit_is_read_without_filters(place: Place) -> None:
    """In the working tree the include has other line ends; what counts is the commit."""
    clone = place.clone()
    git(clone.root, "config", "core.autocrlf", "true")
    (clone.root / INCLUDE).unlink()
    git(clone.root, "checkout", "--", INCLUDE)
    assert b"\r\n" in (clone.root / INCLUDE).read_bytes()
    works(place, clone)


@pytest.mark.parametrize(
    "options",
    [
        ["--single-branch"],
        ["--filter=blob:none"],
        ["--filter=tree:0", "--no-checkout"],
        ["--shared"],
        ["--origin=origin", "--reject-shallow"],
    ],
    ids=" ".join,
)
def test_kinds_of_clones(place: Place, options: list[str]) -> None:
    git(place.remote, "config", "uploadpack.allowFilter", "true")
    git(place.remote, "config", "uploadpack.allowAnySHA1InWant", "true")
    clone = place.clone(*options)
    if "--no-checkout" in options:
        git(clone.root, "checkout", "-q", "main")
    works(place, clone)


def test_a_shallow_clone_submits_and_does_not_claim_to_have_seen_all(place: Place) -> None:
    first = place.clone()
    works(place, first)
    clone = place.clone("--depth=1")
    assert isinstance(clone.claim("3"), Landed)
    result = clone.run("verify", "c")
    assert result.exit_code == 3, result.output
    assert "error" not in result.output
    assert first.run("verify", "c").exit_code == 0


def test_sha256(tmp_path: Path, place: Place) -> None:
    """A repository of the other object format, from end to end."""
    remote = make_bare(tmp_path / "sha256.git", "--object-format=sha256")
    root = tmp_path / "sha256"
    root.mkdir()
    git(root, "init", "-q", "--object-format=sha256")
    git(root, "remote", "add", "origin", remote.as_uri())
    source = place.clone().root
    shutil.copytree(source / "campaigns", root / "campaigns")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "A campaign")
    git(root, "push", "-q", "origin", "HEAD:refs/heads/main")
    clone = Clone(root)
    assert clone.run("ledger", "init", "c").exit_code == 0
    assert isinstance(clone.claim("1"), Landed)
    assert len(git(remote, "rev-parse", BRANCH)) == 64
    for reader in (clone, Clone(make_clone(remote, tmp_path / "reader"))):
        result = reader.run("verify", "c")
        assert result.exit_code == 0, result.output
        assert "1 compared" in result.output


def test_the_variables_of_a_hook_lead_nowhere_else(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone, other = place.clone(), place.clone()
    before = git(other.root, "for-each-ref"), (other.root / ".git/index").read_bytes()
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_COMMON_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "objects"))
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", str(tmp_path / "more"))
    monkeypatch.setenv("GIT_NAMESPACE", "other")
    monkeypatch.setenv("GIT_PREFIX", "campaigns/")
    monkeypatch.setenv("GIT_QUARANTINE_PATH", str(tmp_path))
    monkeypatch.setenv("GIT_REPLACE_REF_BASE", "refs/heads/")
    monkeypatch.setenv("GIT_SHALLOW_FILE", str(tmp_path / "shallow"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", "/")
    works(place, clone)
    assert (git(other.root, "for-each-ref"), (other.root / ".git/index").read_bytes()) == before
    assert list(tmp_path.glob("objects*")) == []


def test_a_hook_of_the_user_may_call_cmcompile(place: Place) -> None:
    """As in a pre-commit or a post-commit hook, where git has set its variables."""
    clone = place.clone()
    assert clone.run("ledger", "init", "c").exit_code == 0
    call = shlex.join([sys.executable, "-c", "from cmcompile.cli.main import cli; cli()", "verify", "c"])
    hook(clone.root, "post-commit", f"{call} > .git/told 2>&1; echo $? >> .git/told")
    git(clone.root, "commit", "-q", "--allow-empty", "-m", "x")
    assert (clone.root / ".git/told").read_text(encoding="utf-8").endswith("0\n")


def test_a_pre_push_hook_of_core_hooks_path_that_refuses(place: Place, tmp_path: Path) -> None:
    clone = place.clone()
    (tmp_path / "hooks").mkdir()
    script = tmp_path / "hooks/pre-push"
    script.write_text("#!/bin/sh\necho 'no pushes during the release' >&2\nexit 1\n", encoding="ascii")
    script.chmod(0o755)
    git(clone.root, "config", "core.hooksPath", str(tmp_path / "hooks"))
    before = place.refs()
    told = clone.run("ledger", "init", "c")
    assert told.exit_code == 1
    assert "no pushes during the release" in told.output
    assert place.refs() == before
    script.chmod(0o644)
    assert clone.run("ledger", "init", "c").exit_code == 0
    script.chmod(0o755)
    before = place.refs()
    with pytest.raises(RefusedError, match="no pushes during the release"):
        clone.claim("1")
    assert place.refs() == before


def test_signed_commits(place: Place, tmp_path: Path) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed: no key to sign with can be made")
    clone, key = place.clone(), tmp_path / "key"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "author@test.invalid", "-f", str(key)]
    subprocess.run(command, check=True)
    public = key.with_suffix(".pub").read_text(encoding="ascii")
    (tmp_path / "signers").write_text(f"author@test.invalid {public}", encoding="ascii")
    settings = {"gpg.format": "ssh", "user.signingKey": str(key), "commit.gpgSign": "true"}
    for name, value in {**settings, "gpg.ssh.allowedSignersFile": str(tmp_path / "signers")}.items():
        git(clone.root, "config", name, value)
    works(place, clone)
    for commit in git(clone.root, "rev-list", SEEN).split():
        git(clone.root, "verify-commit", commit)
    assert identity(clone.root).signs
    git(clone.root, "config", "user.signingKey", str(tmp_path / "none"))
    before = place.refs()
    with pytest.raises(LedgerError, match=r"commit\.gpgSign asks"):
        clone.claim("3")
    assert place.refs() == before


def _instead_of(place: Place, root: Path) -> None:
    git(root, "config", f"url.{place.remote.parent.as_uri()}/.insteadOf", "forge:")
    git(root, "config", "remote.origin.url", "forge:remote.git")


def _push_instead_of(place: Place, root: Path) -> None:
    git(root, "config", f"url.{place.remote}.pushInsteadOf", place.remote.as_uri())


def _push_address(place: Place, root: Path) -> None:
    git(root, "config", "remote.origin.pushurl", str(place.remote))


def _unborn(place: Place, root: Path) -> None:
    git(place.remote, "symbolic-ref", "HEAD", "refs/heads/nothing")


def _replaced(place: Place, root: Path) -> None:
    tree = git(root, "rev-parse", "HEAD^{tree}")
    git(root, "replace", "HEAD", git(root, "commit-tree", "-m", "x", tree))
    (root / ".git/info/grafts").write_text(git(root, "rev-parse", "HEAD") + "\n", encoding="ascii")


def _renamed(place: Place, root: Path) -> None:
    git(root, "remote", "rename", "origin", "up.stream")
    git(root, "remote", "add", "elsewhere", "https://example.invalid/x")
    git(root, "config", "cmcompile.remote", "up.stream")


@pytest.mark.parametrize("prepare", [_instead_of, _push_instead_of, _push_address, _unborn, _replaced])
def test_remotes_and_objects(place: Place, prepare: Callable[[Place, Path], None]) -> None:
    clone = place.clone()
    prepare(place, clone.root)
    if prepare is not _unborn:
        works(place, clone)
        return
    assert clone.run("ledger", "init", "c").exit_code == 0
    assert isinstance(clone.claim("1"), Landed)
    assert clone.run("verify", "c").exit_code == 0


def test_a_remote_of_another_name(place: Place) -> None:
    clone = place.clone()
    _renamed(place, clone.root)
    assert clone.run("ledger", "init", "c").exit_code == 0
    assert clone.run("verify", "c").exit_code == 0
    assert git(place.remote, "rev-parse", BRANCH)


@pytest.mark.parametrize("there", ["nothing", "older", "other"])
def test_a_push_address_that_is_another_repository(place: Place, tmp_path: Path, there: str) -> None:
    clone = place.clone()
    assert clone.run("ledger", "init", "c").exit_code == 0
    assert isinstance(clone.claim("1"), Landed)
    other = make_bare(tmp_path / "other.git")
    if there != "nothing":
        commit = place.commits()[0 if there == "older" else -1]
        git(place.remote, "push", "-q", other.as_uri(), f"{commit}:{BRANCH}")
    git(clone.root, "config", "remote.origin.pushurl", other.as_uri())
    before = place.refs()
    with pytest.raises(LedgerError, match="read from one address and pushed to another"):
        clone.claim("2")
    assert place.refs() == before


# Remotes that do not answer.


def test_a_remote_that_was_moved(place: Place) -> None:
    clone = place.clone()
    works(place, clone)
    place.remote.rename(place.remote.with_suffix(".gone"))
    with pytest.raises(UnreachableError, match="does not appear to be a git repository"):
        clone.claim("3")
    for command in ("verify", "archive export -o x", "ledger check"):
        result = clone.run(*command.split(), "c")
        assert result.exit_code == 1
        assert "does not appear to be a git repository" in result.output
    assert clone.run("status", "c").exit_code in (0, 3), "what was last seen is enough for it"


def asleep(clone: Clone, service: str) -> None:
    script = clone.root.parent / f"{service}-{clone.root.name}"
    script.write_text("#!/bin/sh\nexec sleep 600\n", encoding="ascii")
    script.chmod(0o755)
    git(clone.root, "config", f"remote.origin.{service}", str(script))
    git(clone.root, "config", "cmcompile.timeout", "1")


def test_a_remote_that_hangs_when_it_is_read(place: Place) -> None:
    clone = place.clone()
    works(place, clone)
    claim = clone.claiming("3")
    asleep(clone, "uploadpack")
    start = time.monotonic()
    with pytest.raises(UnreachableError, match=r"no end within 1 s; 'git config cmcompile\.timeout SECONDS'"):
        clone.claim("3")
    for command in ("verify", "ledger check"):
        result = clone.run(*command.split(), "c")
        assert result.exit_code == 1
        assert "cmcompile.timeout" in result.output
    assert clone.run("status", "c").exit_code in (0, 3)
    assert isinstance(clone.observe(claim, "running"), Spooled)
    assert time.monotonic() - start < 60


def test_a_remote_that_hangs_when_it_is_written(place: Place) -> None:
    clone = place.clone()
    works(place, clone)
    before = place.refs()
    asleep(clone, "receivepack")
    result = clone.claim("3", tries=2)
    assert isinstance(result, Unsure), "the push may have been taken"
    assert result.tries == 2
    assert place.refs() == before
    git(clone.root, "config", "--unset", "remote.origin.receivepack")
    assert isinstance(clone.claim("3"), Landed)


def test_a_remote_that_takes_the_push_and_hangs_then(place: Place) -> None:
    clone = place.clone()
    works(place, clone)
    hook(place.remote, "post-receive", "exec sleep 600")
    git(clone.root, "config", "cmcompile.timeout", "1")
    result = clone.claim("3")
    assert isinstance(result, Landed)
    assert result.tip.commit == place.tip()
    (place.remote / "hooks/post-receive").unlink()
    assert clone.run("verify", "c").exit_code == 0


@pytest.mark.parametrize("value", ["soon", "-3", "1.5"])
def test_a_time_out_that_is_none(place: Place, value: str) -> None:
    clone = place.clone()
    git(clone.root, "config", "cmcompile.timeout", value)
    result = clone.run("ledger", "init", "c")
    assert result.exit_code == 1
    assert "cmcompile.timeout must be a whole number of seconds" in result.output


# Names of files that somebody else has put there.


@pytest.mark.parametrize(
    "name", [r"na\357ve.yaml", r"a\nb.yaml", r"\033[31mred.yaml", "-rf", "SUBMIT.yaml", ".GIT/x"]
)
def test_odd_names_of_files_are_reported_and_break_nothing(place: Place, tmp_path: Path, name: str) -> None:
    clone = place.clone()
    works(place, clone)
    foreign = place.write(f'M 100644 inline "runs/step1/6b/1/w00/{name}"', "data 1", "x")
    result = clone.run("verify", "c")
    assert result.exit_code == 1
    assert "error CM210" in result.output
    assert f"commit {foreign[:12]} (Eve" in result.output
    assert "\033[31mred" not in result.output
    for command in ("verify c --format json", "verify c --format github", "log c", "status c"):
        assert clone.run(*command.split()).exit_code in (0, 1, 3)
    out = tmp_path / "archive"
    result = clone.run("archive", "export", "c", "-o", str(out))
    if "357" in name:
        assert result.exit_code == 1
        assert "can't be the name of a file" in result.output
        assert not out.exists()
    else:
        assert result.exit_code == 0
        remove(out)


def test_an_archive_never_writes_one_file_over_another(tmp_path: Path) -> None:
    """As ``submit.yaml`` and ``SUBMIT.yaml`` would where they are the same file."""
    write_file(tmp_path, "step1/1/w00/submit.yaml", b"1")
    with pytest.raises(ArchiveError, match="upper case"):
        write_file(tmp_path, "step1/1/w00/submit.yaml", b"2")
    assert (tmp_path / "step1/1/w00/submit.yaml").read_bytes() == b"1"
