"""What only a git store must do: leave the user's repository alone, and respect how it is set up."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from repositories import Clones, git, hook, make_bare, seeded

from cmcompile.git import stream
from cmcompile.git.run import Result, run
from cmcompile.ledger.git_store import GitStore
from cmcompile.model.ledger import (
    Commit,
    HistoryError,
    LedgerError,
    Push,
    RefusedError,
    Tip,
    UnreachableError,
)

CLAIMED = "runs/step1/0a/1-11/w00/0001-claimed.json"
BRANCH = "refs/heads/cm/c"
SEEN = "refs/cmcompile/remotes/origin/cm/c"
TRACKING = "refs/remotes/origin/cm/c"


@pytest.fixture
def git_remote(tmp_path: Path) -> Path:
    """Make the remote."""
    return seeded(tmp_path)


@pytest.fixture
def clone(git_remote: Path) -> Clones:
    """Make what makes clones of it."""
    return Clones(git_remote)


def append(store: GitStore, path: str = CLAIMED, data: bytes = b"1") -> Commit:
    commit = store.commit(store.tip(), {path: data}, "An event")
    assert store.push(commit) is Push.DONE
    assert store.tip() == commit.tip
    return commit


def refs(root: Path) -> set[str]:
    return set(git(root, "for-each-ref", "--format=%(refname)").splitlines())


@pytest.mark.parametrize("remote", ["origin", None])
def test_tree_and_index_are_untouched(clone: Clones, remote: str | None) -> None:
    root = clone()
    (root / "campaign.yaml").write_text("edited: true\n", encoding="utf-8")
    (root / "staged").write_text("staged\n", encoding="utf-8")
    git(root, "add", "staged")
    (root / "new").write_text("new\n", encoding="utf-8")
    index, head = (root / ".git/index").read_bytes(), git(root, "rev-parse", "HEAD")
    status, names = git(root, "status", "--porcelain=v2", "--branch"), refs(root)
    store = GitStore(root, "c", remote)
    tip = append(store).tip
    store.read(store.files(tip).values())
    assert store.shards(tip)
    assert list(store.history(tip))
    assert (root / ".git/index").read_bytes() == index
    assert git(root, "status", "--porcelain=v2", "--branch") == status
    assert git(root, "rev-parse", "HEAD") == head
    assert not (root / ".git/FETCH_HEAD").exists()
    ours = {SEEN, TRACKING} if remote else {BRANCH, "refs/cmcompile/local/cm/c"}
    assert refs(root) - names == ours, "and no temporary ref"


@pytest.mark.parametrize("kind", ["bare", "worktree", "subdirectory", "single branch", "mirror"])
def test_kinds_of_repositories(clone: Clones, tmp_path: Path, kind: str) -> None:
    root = clone(*{"bare": ["--bare"], "single branch": ["--single-branch"]}.get(kind, []))
    if kind == "worktree":
        git(root, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
        root = tmp_path / "linked"
    if kind == "subdirectory":
        root = root / "campaigns"
        root.mkdir()
    if kind == "mirror":
        git(root, "config", "remote.origin.fetch", "+refs/*:refs/*")
        git(root, "checkout", "--quiet", "--detach")
    store = GitStore(root, "c", "origin")
    append(store)
    tip = append(store, "steps/step1/0001-chained.json").tip
    assert GitStore(clone(), "c", "origin").tip() == tip
    assert set(store.files(tip)) == {CLAIMED, "steps/step1/0001-chained.json"}
    assert len(list(store.history(tip))) == 2


def test_sha256(tmp_path: Path) -> None:
    remote = make_bare(tmp_path / "remote.git", "--object-format=sha256")
    root = make_bare(tmp_path / "root.git", "--object-format=sha256")
    git(root, "remote", "add", "origin", remote.as_uri())
    store = GitStore(root, "c", "origin")
    append(store)
    commit = append(store, data=b"2")
    assert len(commit.tip.tree) == 64
    assert list(store.read(store.files(commit.tip).values()).values()) == [b"2"]
    assert [entry.changes[0].path for entry in store.history(commit.tip)] == [CLAIMED] * 2
    assert len(store.shards(commit.tip)) == 1
    local = GitStore(store.root, "c", None)
    append(local)


def test_only_the_branch_is_fetched(clone: Clones, git_remote: Path) -> None:
    root, other = clone(), clone()
    append(GitStore(other, "c", "origin"))
    append(GitStore(other, "d", "origin"))
    git(other, "tag", "v1", "refs/remotes/origin/cm/c")
    git(other, "push", "--quiet", "origin", "v1", "HEAD:refs/heads/other")
    before = refs(root)
    assert GitStore(root, "c", "origin").tip() is not None
    assert refs(root) - before == {SEEN, TRACKING}


def test_shallow_clone(clone: Clones) -> None:
    first = GitStore(clone(), "c", "origin")
    one, two = append(first), append(first, data=b"2")
    root = clone("--depth=1", "--single-branch")
    store = GitStore(root, "c", "origin")
    assert store.tip() == two.tip
    assert not store.complete(two.tip)
    assert set(store.files(two.tip)) == {CLAIMED}
    three = append(store, "runs/step1/0a/1-11/w00/0002-prepared.json")
    four = append(first, data=b"4")
    assert store.tip() == four.tip
    entries = list(store.history(four.tip))
    assert [entry.commit for entry in entries] == [c.tip.commit for c in (four, three, two)]
    assert entries[-1].parents == (one.tip.commit,), "though it is not here"
    assert entries[-1].changes == ()
    assert [len(entry.changes) for entry in entries[:2]] == [1, 1]
    git(root, "fetch", "--quiet", "--unshallow", "origin", BRANCH)
    assert store.complete(four.tip)
    assert len(list(store.history(four.tip))) == 4


def test_shallow_when_asked(clone: Clones) -> None:
    first = GitStore(clone(), "c", "origin")
    append(first)
    tip = append(first, data=b"2").tip
    root = clone("--single-branch")
    store = GitStore(root, "c", "origin", shallow=True)
    assert store.tip() == tip
    assert not store.complete(tip)
    head = git(root, "rev-parse", "HEAD")
    assert store.complete(Tip(head, "")), "the spec branch stays as it was"
    append(first, data=b"3")
    tip = append(first, data=b"4").tip
    assert store.tip() == tip
    assert len(list(store.history(tip))) == 3, "what came since is whole"


def test_shallow_clone_sees_a_fork(clone: Clones, git_remote: Path) -> None:
    first = GitStore(clone(), "c", "origin")
    one = append(first)
    append(first, data=b"2")
    store = GitStore(clone("--depth=1", "--single-branch"), "c", "origin")
    assert store.tip() is not None
    git(git_remote, "update-ref", BRANCH, one.tip.commit)
    with pytest.raises(HistoryError):
        store.tip()


def test_partial_clone(clone: Clones, git_remote: Path) -> None:
    git(git_remote, "config", "uploadpack.allowFilter", "true")
    first = GitStore(clone(), "c", "origin")
    tip = append(first, data=b"some bytes").tip
    store = GitStore(clone("--filter=blob:none", "--single-branch"), "c", "origin")
    assert store.tip() == tip
    later = append(store, "runs/step1/0a/1-11/w00/0002-prepared.json")
    git_remote.rename(git_remote.with_suffix(".gone"))
    files = store.files(later.tip)
    assert store.read(files.values())[files[CLAIMED]] == b"some bytes", "it came with its files"


def test_inherited_variables(clone: Clones, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, other = clone(), clone()
    before = refs(other), (other / ".git/index").read_bytes()
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    store = GitStore(root, "c", "origin")
    tip = append(store).tip
    assert next(iter(store.history(tip))).author == "Test Author <author@test.invalid>"
    monkeypatch.undo()
    assert (refs(other), (other / ".git/index").read_bytes()) == before
    assert SEEN in refs(root)
    assert not (tmp_path / "index").exists()


def test_pre_push_hook_runs(clone: Clones, tmp_path: Path) -> None:
    root = clone()
    hook(root, "pre-push", f"cat > {shlex.quote(str(tmp_path / 'pushed'))}")
    commit = append(GitStore(root, "c", "origin"))
    told = (tmp_path / "pushed").read_text(encoding="utf-8").split()
    assert told[1:3] == [commit.tip.commit, BRANCH]


def test_pre_push_hook_refuses(clone: Clones, git_remote: Path) -> None:
    root = clone()
    hook(root, "pre-push", "echo not on a Friday >&2; exit 1")
    store = GitStore(root, "c", "origin")
    with pytest.raises(RefusedError, match="not on a Friday"):
        store.push(store.commit(None, {CLAIMED: b""}, "x"))
    assert BRANCH not in refs(git_remote)


@pytest.mark.parametrize(
    "setting", ["receive.denyNonFastForwards", "receive.denyDeletes", "receive.fsckObjects"]
)
def test_protected_remotes_take_events(clone: Clones, git_remote: Path, setting: str) -> None:
    git(git_remote, "config", setting, "true")
    store = GitStore(clone(), "c", "origin")
    append(store)
    append(store, data=b"2")


def test_a_branch_in_the_way(clone: Clones, git_remote: Path) -> None:
    git(git_remote, "branch", "cm", "main")
    store = GitStore(clone(), "c", "origin")
    assert store.tip() is None
    with pytest.raises(RefusedError, match="cm"):
        store.push(store.commit(None, {CLAIMED: b""}, "x"))


@pytest.fixture
def signing_key(tmp_path: Path) -> Path:
    """Make a key to sign commits with."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed: no key to sign with can be made")
    key = tmp_path / "key"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "author@test.invalid", "-f", str(key)]
    subprocess.run(command, check=True)
    return key


def signing(root: Path, key: Path) -> None:
    public = key.with_suffix(".pub").read_text(encoding="utf-8") if key.exists() else ""
    signers = root / ".git/signers"
    signers.write_text(f"author@test.invalid {public}", encoding="utf-8")
    git(root, "config", "gpg.format", "ssh")
    git(root, "config", "gpg.ssh.allowedSignersFile", str(signers))
    git(root, "config", "user.signingKey", str(key))
    git(root, "config", "commit.gpgSign", "true")


def test_commits_are_signed(clone: Clones, signing_key: Path) -> None:
    root = clone()
    signing(root, signing_key)
    store = GitStore(root, "c", "origin")
    append(store)
    commit = append(store, data=b"2")
    git(root, "verify-commit", commit.tip.commit)
    git(root, "config", "log.showSignature", "true")
    entries = list(store.history(commit.tip))
    assert [len(entry.changes) for entry in entries] == [1, 1]
    assert entries[0].parents == (commit.base,)
    assert entries[0].message.startswith("An event")


def test_signing_that_fails(clone: Clones, tmp_path: Path) -> None:
    root = clone()
    signing(root, tmp_path / "no such key")
    with pytest.raises(LedgerError, match="signed"):
        GitStore(root, "c", "origin").commit(None, {CLAIMED: b""}, "x")


def test_nobody_is_known(clone: Clones, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = clone()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    monkeypatch.setenv("EMAIL", "made@up.invalid")  # git would find a name for it
    with pytest.raises(LedgerError, match=r"user\.name"):
        GitStore(root, "c", "origin").commit(None, {CLAIMED: b""}, "x")


@pytest.mark.parametrize(
    "name",
    ["", "-c", "a/b", "a..b", ".a", "a.", "a.lock", "a b", "a~1", "a:b", "a*", "a\n", "ä", "@{1}", "x" * 101],
)
def test_odd_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LedgerError):
        GitStore(tmp_path, name, None)
    if name not in ("a/b", "x" * 101):
        with pytest.raises(LedgerError):
            GitStore(tmp_path, "c", name)


@pytest.mark.parametrize(
    "remote", ["--upload-pack=x", "ext::sh", "https://a.invalid/x", "../x", "/x", "file:x"]
)
def test_addresses_are_no_remotes(tmp_path: Path, remote: str) -> None:
    with pytest.raises(LedgerError):
        GitStore(tmp_path, "c", remote)


def test_no_such_remote(clone: Clones) -> None:
    with pytest.raises(LedgerError, match="no git remote 'upstream'") as raised:
        GitStore(clone(), "c", "upstream").tip()
    assert not isinstance(raised.value, UnreachableError)


@pytest.mark.parametrize("remote", ["origin", None])
def test_no_repository(tmp_path: Path, remote: str | None) -> None:
    store = GitStore(tmp_path, "c", remote)
    for call in (store.tip, store.known, lambda: store.commit(None, {"x": b""}, "x")):
        with pytest.raises(LedgerError):
            call()
    for read in (store.files, store.shards, lambda tip: list(store.history(tip)), store.complete):
        with pytest.raises(LedgerError):
            read(Tip("1" * 40, "2" * 40))


def test_a_plain_fetch_hides_nothing(clone: Clones, git_remote: Path) -> None:
    root = clone()
    store = GitStore(root, "c", "origin")
    one, two = append(store), append(store, data=b"2")
    git(git_remote, "update-ref", BRANCH, one.tip.commit)
    git(root, "fetch", "--quiet", "--prune")
    assert git(root, "rev-parse", TRACKING) == one.tip.commit
    assert store.known() == two.tip
    with pytest.raises(HistoryError):
        store.tip()
    git(git_remote, "update-ref", "-d", BRANCH)
    git(root, "fetch", "--quiet", "--prune")
    git(root, "gc", "--quiet", "--prune=now")
    with pytest.raises(HistoryError):
        store.tip()
    assert set(store.files(two.tip)) == {CLAIMED}, "what was seen is kept"


def test_what_git_fetched_counts_as_seen(clone: Clones, git_remote: Path) -> None:
    first = GitStore(clone(), "c", "origin")
    one, two = append(first), append(first, data=b"2")
    store = GitStore(clone(), "c", "origin")
    assert store.known() == two.tip
    git(git_remote, "update-ref", BRANCH, one.tip.commit)
    with pytest.raises(HistoryError):
        store.tip()


def commands(error: HistoryError) -> tuple[str, str]:
    """Return the commands of a message: to bring the branch back, and to agree with what is there."""
    back, meant = re.findall(r"'(git [^']+)'", str(error))
    return back, meant


@pytest.mark.parametrize("remote", ["origin", None])
@pytest.mark.parametrize("gone", [True, False])
@pytest.mark.parametrize("agree", [True, False])
def test_the_ways_out_work(
    clone: Clones, git_remote: Path, remote: str | None, gone: bool, agree: bool
) -> None:
    root = clone()
    store = GitStore(root, "c", remote)
    one, two = append(store), append(store, data=b"2")
    move = ("-d", BRANCH) if gone else (BRANCH, one.tip.commit)
    git(git_remote if remote else root, "update-ref", *move)
    with pytest.raises(HistoryError) as raised:
        store.tip()
    command = commands(raised.value)[agree]
    subprocess.run(["sh", "-ec", command], cwd=root, check=True, capture_output=True)
    expected = two.tip if not agree else None if gone else one.tip
    assert store.tip() == store.known() == expected


def test_settings_change_nothing(clone: Clones, git_remote: Path, tmp_path: Path) -> None:
    root = clone()
    settings = {
        "color.ui": "always",
        "core.quotePath": "true",
        "diff.mnemonicPrefix": "true",
        "diff.orderFile": str(tmp_path / "absent"),
        "diff.renames": "copies",
        "fetch.prune": "true",
        "fetch.pruneTags": "true",
        "i18n.commitEncoding": "ISO-8859-1",
        "i18n.logOutputEncoding": "ISO-8859-1",
        "log.decorate": "full",
        "log.follow": "true",
        "log.showRoot": "true",
        "push.default": "nothing",
        "push.followTags": "true",
        "push.recurseSubmodules": "only",
        "submodule.recurse": "true",
        "remote.origin.tagOpt": "--tags",
        "format.pretty": "oneline",
        "tag.gpgSign": "false",
    }
    for name, value in settings.items():
        git(root, "config", name, value)
    git(root, "tag", "-a", "-m", "x", "mine")
    store = GitStore(root, "c", "origin")
    one, two = "runs/step1/0a/1-11/w00/ä.yaml", "runs/step1/0a/1-11/w01/ä.yaml"
    append(store, one, b"same bytes\n" * 9)
    commit = store.commit(store.tip(), {one: b"other\n", two: b"same bytes\n" * 9}, "Für wen")
    assert store.push(commit) is Push.DONE
    assert store.tip() == commit.tip
    entries = list(store.history(commit.tip))
    assert [[c.path for c in e.changes] for e in entries] == [[one, two], [one]]
    assert entries[0].changes[1].before is None, "no copy"
    assert entries[0].message.startswith("Für wen\n\nNonce: ")
    assert "refs/tags/mine" not in refs(git_remote)


def test_replaced_objects_are_read_as_they_are(clone: Clones) -> None:
    root = clone()
    store = GitStore(root, "c", "origin")
    tip = append(store, data=b"true").tip
    oid = store.files(tip)[CLAIMED]
    git(root, "replace", oid, git(root, "hash-object", "-w", "--stdin", stdin="false"))
    assert store.read([oid]) == {oid: b"true"}
    other = store.commit(None, {"x": b"y"}, "Other")
    git(root, "replace", "-f", tip.commit, other.tip.commit)
    git(root, "replace", "-f", tip.tree, other.tip.tree)
    assert list(store.files(tip)) == [CLAIMED]
    assert next(iter(store.history(tip))).tree == tip.tree
    assert len(store.shards(tip)) == 1


def test_foreign_merges_are_history(clone: Clones) -> None:
    root = clone()
    store = GitStore(root, "c", "origin")
    one = append(store)
    two = append(store, "b")
    git(root, "config", "log.diffMerges", "combined")
    merged = git(root, "commit-tree", two.tip.tree, "-p", one.tip.commit, "-p", two.tip.commit, "-m", "Merge")
    entries = list(store.history(Tip(merged, two.tip.tree)))
    assert [entry.commit for entry in entries] == [merged, one.tip.commit]
    assert entries[0].parents == (one.tip.commit, two.tip.commit)
    assert [change.path for change in entries[0].changes] == ["b"]


def test_a_lost_object_is_an_error(clone: Clones) -> None:
    root = clone()
    store = GitStore(root, "c", "origin")
    tip = append(store).tip
    (oid,) = store.files(tip).values()
    blob = root / ".git/objects" / oid[:2] / oid[2:]
    blob.chmod(0o644)
    blob.write_bytes(b"rubbish")
    with pytest.raises(LedgerError):
        store.read([oid])
    blob.unlink()
    with pytest.raises(LedgerError):
        store.read([oid])


def test_a_base_that_is_not_there(clone: Clones) -> None:
    root = clone()
    store = GitStore(root, "c", "origin")
    with pytest.raises(LedgerError, match="no commit could be made"):
        store.commit(Tip("1" * 40, "2" * 40), {CLAIMED: b""}, "x")


def test_leaving_history_early_ends_git(clone: Clones) -> None:
    store = GitStore(clone(), "c", "origin")
    for n in range(3):
        append(store, data=b"%d" % n)
    tip = store.tip()
    assert tip is not None
    entries = store.history(tip)
    assert next(entries).commit == tip.commit
    entries.close()  # type: ignore[attr-defined]


def test_one_process_makes_a_commit(clone: Clones, monkeypatch: pytest.MonkeyPatch) -> None:
    store = GitStore(clone(), "c", "origin")
    tip = append(store).tip
    calls: list[tuple[str, ...]] = []
    real = run

    def counted(root: Path, *args: str, stdin: bytes = b"") -> Result:
        calls.append(args)
        return real(root, *args, stdin=stdin)

    monkeypatch.setattr(stream, "run", counted)
    monkeypatch.setattr("cmcompile.git.identity.run", counted)
    files = {f"runs/step1/{n:02x}/g{n}/w00/0001-claimed.json": b"%d" % n for n in range(100)}
    commit = store.commit(tip, files, "A hundred events")
    assert ["fast-import" in args for args in calls] == [True]
    assert len(store.files(commit.tip)) == 101


def test_writers_at_the_same_time(clone: Clones) -> None:
    """Threads in one clone and in others append until each has won often enough; nothing gets lost."""
    shared = clone()
    first = GitStore(shared, "c", "origin")
    append(first, "ledger.json")
    faults: list[BaseException] = []

    def write(root: Path, who: int) -> None:
        store = GitStore(root, "c", "origin")
        try:
            for n in range(3):
                for _ in range(100):
                    commit = store.commit(store.tip(), {f"steps/step1/{who}-{n}.json": b""}, "An event")
                    if store.push(commit) is Push.DONE:
                        break
        except BaseException as error:
            faults.append(error)
            raise

    roots = [shared, shared, shared, clone()]
    threads = [threading.Thread(target=write, args=(root, who)) for who, root in enumerate(roots)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    tip = first.tip()
    assert tip is not None
    assert len(store_files := first.files(tip)) == 13, store_files
    assert len(list(first.history(tip))) == 13
