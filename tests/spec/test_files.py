"""Files of a working tree: only those inside the repository, and the same answer each time."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import SourceError
from cmcompile.model.source import Span, plain
from cmcompile.spec import files
from cmcompile.spec.files import WorkingTree, find_root, join, read_yaml


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "campaigns" / "a").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("secret")
    (root / "campaigns" / "a" / "campaign.yaml").write_text("a: 1\n")
    (tmp_path / "outside.yaml").write_text("b: 2\n")
    return root


def reason(root: Path, path: str) -> str:
    tree = WorkingTree(root)
    assert not tree.exists(path)
    with pytest.raises(SourceError) as error:
        tree.read(path)
    return error.value.reason


def test_reads(root: Path) -> None:
    tree = WorkingTree(root)
    for path in ("campaigns/a/campaign.yaml", "./campaigns//a/../a/campaign.yaml"):
        assert tree.read(path) == b"a: 1\n"
        assert tree.exists(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("no.yaml", "absent"),
        ("campaigns/a/campaign.yaml/x", "absent"),
        ("../outside.yaml", "outside"),
        ("campaigns/../../outside.yaml", "outside"),
        ("/etc/passwd", "outside"),
        (".git/config", "outside"),
        ("campaigns/../.GIT/config", "outside"),
        ("x\0y", "outside"),
        ("campaigns", "unreadable"),
        (".", "unreadable"),
        ("x" * 5000, "unreadable"),
        ("\ud800", "unreadable"),
    ],
)
def test_refuses(root: Path, path: str, expected: str) -> None:
    assert reason(root, path) == expected


def test_links(root: Path) -> None:
    (root / "in.yaml").symlink_to("campaigns/a/campaign.yaml")
    (root / "out.yaml").symlink_to("../outside.yaml")
    (root / "absolute.yaml").symlink_to(root.parent / "outside.yaml")
    (root / "above").symlink_to("..")
    (root / "loop").symlink_to("loop")
    (root / "dangling").symlink_to("nothing")
    (root / "settings").symlink_to(".git/config")
    assert WorkingTree(root).read("in.yaml") == b"a: 1\n"
    assert reason(root, "out.yaml") == "outside"
    assert reason(root, "absolute.yaml") == "outside"
    assert reason(root, "above/outside.yaml") == "outside"
    assert reason(root, "loop") == "unreadable"
    assert reason(root, "dangling") == "absent"
    assert reason(root, "settings") == "outside"


def test_a_linked_root_is_the_root(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    assert WorkingTree(link).read("campaigns/a/campaign.yaml") == b"a: 1\n"


def test_pipes_and_sockets_do_not_hang(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root)  # a socket's name has to be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert reason(root, "socket") == "unreadable"
    assert reason(root, "pipe") == "unreadable"


def test_a_file_replaced_by_a_pipe_does_not_hang(root: Path) -> None:
    tree = WorkingTree(root)
    path = root / "x.yaml"
    path.write_text("x")
    assert tree.exists("x.yaml")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(SourceError, match="not a file any more"):
        tree.read("x.yaml")


def test_too_large(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 4)
    tree = WorkingTree(root)
    assert tree.exists("campaigns/a/campaign.yaml")
    with pytest.raises(SourceError, match="larger"):
        tree.read("campaigns/a/campaign.yaml")


def test_one_life_answers_the_same(root: Path) -> None:
    tree = WorkingTree(root)
    path = root / "campaigns" / "a" / "campaign.yaml"
    assert tree.read("campaigns/a/campaign.yaml") == b"a: 1\n"
    assert not tree.exists("later.yaml")
    path.write_text("changed")
    (root / "later.yaml").write_text("new")
    assert tree.read("campaigns/a/campaign.yaml") == b"a: 1\n"
    assert not tree.exists("later.yaml")
    assert WorkingTree(root).read("campaigns/a/campaign.yaml") == b"changed"


def test_find_root(root: Path, tmp_path: Path) -> None:
    deep = root / "campaigns" / "a"
    assert find_root(deep) == root
    assert find_root(deep / "campaign.yaml") == root
    worktree = tmp_path / "worktree"
    (worktree / "campaigns" / "b").mkdir(parents=True)
    assert find_root(worktree / "campaigns" / "b") == worktree
    (worktree / "campaigns" / ".git").write_text("gitdir: elsewhere")
    assert find_root(worktree / "campaigns" / "b") == worktree / "campaigns"
    (tmp_path / "bare").mkdir()
    assert find_root(tmp_path / "bare") == tmp_path / "bare"


@pytest.mark.parametrize(
    ("base", "relative", "expected"),
    [
        ("campaigns/a/campaign.yaml", "list.txt", "campaigns/a/list.txt"),
        ("campaigns/a/campaign.yaml", "../library/x.yaml", "campaigns/library/x.yaml"),
        ("campaigns/a/campaign.yaml", "./b/../c.yaml", "campaigns/a/c.yaml"),
        ("campaign.yaml", "x.yaml", "x.yaml"),
        ("campaign.yaml", "../x.yaml", None),
        ("campaigns/a/campaign.yaml", "../../../x.yaml", None),
        ("campaigns/a/campaign.yaml", "/x.yaml", None),
        ("campaign.yaml", ".git/config", None),
    ],
)
def test_join(base: str, relative: str, expected: str | None) -> None:
    assert join(base, relative) == expected


@pytest.mark.parametrize(
    ("path", "code"),
    [("no.yaml", "CM001"), ("campaigns", "CM002"), ("../outside.yaml", "CM011"), ("/etc/passwd", "CM011")],
)
def test_read_yaml_reports_where_the_file_is_named(root: Path, path: str, code: str) -> None:
    findings = Findings()
    named = Span("campaigns/a/campaign.yaml", 7, 3)
    assert read_yaml(WorkingTree(root), path, findings, named) is None
    (finding,) = findings
    assert (finding.code.name, finding.span) == (code, named)
    assert path in finding.message


def test_read_yaml(root: Path) -> None:
    findings = Findings()
    node = read_yaml(WorkingTree(root), "campaigns/a/campaign.yaml", findings, None)
    assert node is not None
    assert plain(node) == {"a": 1}
    assert len(findings) == 0


def test_the_files_of_a_folder(root: Path) -> None:
    (root / "campaigns/a/m/deep").mkdir(parents=True)
    for name in ("b.C", "a.C", "deep/c.C"):
        (root / "campaigns/a/m" / name).write_text("x")
    (root / "campaigns/a/m/linked").symlink_to("..")
    (root / "above").symlink_to("..")
    (root / "settings").symlink_to(".git")
    tree = WorkingTree(root)
    assert tree.below("campaigns/a/m") == ("a.C", "b.C", "deep/c.C")
    assert tree.below("campaigns/a/./m/") == tree.below("campaigns/a/m")
    assert not any(".git" in name for name in tree.below("."))
    for path, why in (
        ("above", "outside"),
        ("..", "outside"),
        (".git", "outside"),
        ("settings", "outside"),
        ("no", "absent"),
    ):
        with pytest.raises(SourceError) as error:
            tree.below(path)
        assert error.value.reason == why, path
    with pytest.raises(SourceError):
        tree.below("campaigns/a/campaign.yaml")


def test_a_folder_that_can_not_be_listed_is_not_taken_for_empty(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "campaigns/a/m/deep").mkdir(parents=True)
    (root / "campaigns/a/m/deep/c.C").write_text("x")
    scandir = os.scandir

    def failing(path: str) -> object:
        if str(path).endswith("deep"):
            raise OSError(116, "Stale file handle", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", failing)
    with pytest.raises(SourceError, match="stale file handle") as error:
        WorkingTree(root).below("campaigns/a/m")
    assert error.value.reason == "unreadable"
