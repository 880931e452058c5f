"""Files of a revision, read with git from a real repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cmcompile.git import revision
from cmcompile.git.errors import GitError
from cmcompile.git.revision import Revision, resolve
from cmcompile.git.run import environment, run
from cmcompile.model.errors import SourceError
from cmcompile.spec.files import WorkingTree


def git(root: Path, *args: str) -> str:
    settings = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.org",
    }
    return subprocess.run(
        ["git", "-C", str(root), *args],
        env=environment(os.environ) | settings,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "-q", "-b", "main")
    (root / "a b" / "ü").mkdir(parents=True)
    (root / "a b" / "ü" / "x.yaml").write_bytes(b"old\r\n\0")
    (root / "in").symlink_to("a b/ü/x.yaml")
    (root / "dir").symlink_to("a b")
    (root / "out").symlink_to("../outside.yaml")
    (root / "absolute").symlink_to("/etc/passwd")
    (root / "dangling").symlink_to("nothing")
    (root / "loop").symlink_to("loop")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "one")
    git(root, "tag", "-a", "-m", "first", "v1")
    (root / "a b" / "ü" / "x.yaml").write_bytes(b"new")
    git(root, "commit", "-q", "-a", "-m", "two")
    (root / "a b" / "ü" / "x.yaml").write_bytes(b"not committed")
    return root


def test_reads_the_revision_not_the_working_tree(root: Path) -> None:
    assert Revision(root, "main").read("a b/ü/x.yaml") == b"new"
    assert Revision(root, "v1").read("a b/../a b/ü/x.yaml") == b"old\r\n\0"
    assert Revision(root, "HEAD~1").exists("a b/ü/x.yaml")
    assert Revision(root, "v1").commit == git(root, "rev-parse", "main~1")


def test_links_are_followed_inside(root: Path) -> None:
    files = Revision(root, "main")
    assert files.read("in") == b"new"
    assert files.read("dir/ü/x.yaml") == b"new"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("no.yaml", "absent"),
        ("a b/ü/x.yaml/y", "absent"),
        ("x\ny", "absent"),
        ("\ud800", "absent"),
        ("dangling", "absent"),
        ("out", "outside"),
        ("absolute", "outside"),
        ("../x", "outside"),
        ("/etc/passwd", "outside"),
        (".git/config", "outside"),
        ("a b", "unreadable"),
        (".", "unreadable"),
        ("loop", "unreadable"),
    ],
)
def test_refuses(root: Path, path: str, reason: str) -> None:
    files = Revision(root, "main")
    assert not files.exists(path)
    for _ in range(2):
        with pytest.raises(SourceError) as error:
            files.read(path)
        assert error.value.reason == reason


def test_too_large(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revision, "MAX_BYTES", 2)
    with pytest.raises(SourceError, match="larger"):
        Revision(root, "main").read("in")


def test_a_directory_below_the_top(root: Path) -> None:
    assert Revision(root / "a b", "main").read("ü/x.yaml") == b"new"


def test_a_branch_that_moves_changes_nothing(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "x").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    files = Revision(tmp_path, "main")
    (tmp_path / "x").write_text("2")
    git(tmp_path, "commit", "-q", "-a", "-m", "two")
    assert files.read("x") == b"1"


@pytest.mark.parametrize(
    "rev", ["nothing", "main~99", "0" * 40, "v1:in", "", "-h", "--all", "a\nb", "main:", "a b"]
)
def test_unknown_revision(root: Path, rev: str) -> None:
    with pytest.raises(GitError, match="revision"):
        resolve(root, rev)


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not in a git repository"):
        resolve(tmp_path, "main")
    with pytest.raises(GitError, match="can't read the repository"):
        resolve(tmp_path / "absent", "main")


def test_git_is_missing(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Revision(root, "main")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="not installed"):
        resolve(root, "main")
    with pytest.raises(SourceError, match="not installed"):
        files.read("in")


def test_shallow_clone_says_so(root: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", root.as_uri(), str(clone))
    with pytest.raises(GitError, match="shallow"):
        resolve(clone, "main~1")


def test_the_environment_of_a_hook(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert Revision(root, "main").read("in") == b"new"


def test_environment() -> None:
    inherited = {
        "PATH": "/bin",
        "GIT_DIR": "x",
        "GIT_WORK_TREE": "x",
        "GIT_CONFIG": "x",
        "GIT_TRACE": "1",
        "GIT_SSH_COMMAND": "ssh -i key",
        "GIT_ASKPASS": "ask",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
    }
    kept = environment(inherited)
    assert sorted(kept) == [
        "GIT_ASKPASS",
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_KEY_0",
        "GIT_GRAFT_FILE",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_SSH_COMMAND",
        "GIT_TERMINAL_PROMPT",
        "LC_ALL",
        "PATH",
    ]


def test_run_gives_exit_code_and_error(root: Path) -> None:
    result = run(root, "hash-object", "--stdin", stdin=b"new")
    assert (result.code, result.out.strip().decode()) == (0, git(root, "rev-parse", "main:a b/ü/x.yaml"))
    result = run(root, "cat-file", "blob", "0" * 40)
    assert result.code != 0
    assert result.error


def test_the_files_of_a_folder_are_those_of_the_commit(root: Path) -> None:
    first = Revision(root, "v1")
    assert first.below("a b") == ("ü/x.yaml",)
    assert first.below("a b/ü") == ("x.yaml",)
    assert "a b/ü/x.yaml" in first.below(".")
    for path in ("none", "a b/ü/x.yaml", "..", ".git"):
        with pytest.raises(SourceError):
            first.below(path)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    root = tmp_path / "r"
    (root / "real/deep").mkdir(parents=True)
    (root / "real/a.txt").write_text("a")
    (root / "real/deep/b.txt").write_text("b")
    (root / "other").mkdir()
    (root / "other/c.txt").write_text("c")
    (root / "link").symlink_to("real")
    (root / "real/file").symlink_to("a.txt")
    (root / "real/folder").symlink_to("../other")
    (root / "real/gone").symlink_to("nowhere")
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "folders")
    return root


def test_a_folder_has_the_files_that_the_working_tree_has_there(folders: Path) -> None:
    for root in (folders, folders / "real"):
        here, there = WorkingTree(root), Revision(root, "HEAD")
        for path in (p for p in ("real", "link", "other", "deep", ".") if (root / p).is_dir()):
            assert there.below(path) == here.below(path), path
    with pytest.raises(SourceError) as caught:
        Revision(folders, "HEAD").below("real/a.txt")
    assert caught.value.reason == "absent"


def test_a_folder_that_git_can_not_read_is_not_taken_for_absent(folders: Path) -> None:
    there = Revision(folders, "HEAD")
    tree = git(folders, "rev-parse", "HEAD:real/deep")
    (folders / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(SourceError) as caught:
        there.below("real")
    assert caught.value.reason == "unreadable"
