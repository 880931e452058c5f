"""The quickstart is made whole or not at all, and the same each time."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from made_quickstart import quickstart as quickstart

from cmcompile.model.errors import CmcompileError
from cmcompile.quickstart import make as making
from cmcompile.quickstart.files import clone_files
from cmcompile.quickstart.make import make
from cmcompile.quickstart.sky import Sky

SMALL = Sky(visits=2, detectors=1, failing=0)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def git(root: Path, *args: str) -> str:
    return subprocess.run(
        ["git", *args], cwd=root, check=True, capture_output=True, text=True, encoding="utf-8"
    ).stdout.strip()


def test_the_same_choice_gives_the_same_files(quickstart: Path) -> None:
    again = quickstart.parent / "again"
    make(again, Sky(visits=8, detectors=4, failing=1), groups=2)
    renamed = {
        name: data.replace(str(again).encode(), str(quickstart).encode())
        for name, data in contents(again / "clone").items()
    }
    assert renamed == contents(quickstart / "clone")
    raws = contents(quickstart / "butler/QuickCam")
    assert len(raws) == 32
    assert contents(again / "butler/QuickCam") == raws


def test_nothing_is_left_to_commit_or_to_push(quickstart: Path) -> None:
    clone = quickstart / "clone"
    assert git(clone, "status", "--porcelain", "--branch") == "## main...origin/main"
    assert git(clone, "ls-remote", "origin", "main").split()[0] == git(clone, "rev-parse", "HEAD")
    assert git(clone, "config", "remote.origin.url") == str(quickstart / "remote.git")


def test_no_path_leads_to_where_it_was_made_before_it_was_moved(quickstart: Path) -> None:
    assert {p.name for p in quickstart.iterdir()} == {"remote.git", "clone", "butler"}
    assert {p.name for p in quickstart.parent.iterdir()} <= {"home", "again"}
    scratch = b"/.home."
    for root in (quickstart / "clone", quickstart / "butler"):
        assert not [p for p in root.rglob("*") if p.is_file() and scratch in p.read_bytes()]


def test_every_place_in_the_files_is_filled_in() -> None:
    for path, data in clone_files(SMALL, 1, Path("/somewhere")).items():
        assert b"@" not in data, path


def test_a_directory_that_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "mine").write_text("mine")
    with pytest.raises(CmcompileError, match="is there already"):
        make(home, SMALL, groups=1)
    assert contents(tmp_path) == {"home/mine": b"mine"}


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_no_directory_is_left_as_it_is(kind: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    if kind == "file":
        home.write_text("mine")
    else:
        home.symlink_to(tmp_path / "nowhere")
    with pytest.raises(CmcompileError, match="is there already"):
        make(home, SMALL, groups=1)
    assert [p.name for p in tmp_path.iterdir()] == ["home"]


def test_nothing_half_made_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(place: Path, _sky: Sky) -> None:
        place.mkdir()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "make_repository", broken)
    with pytest.raises(CmcompileError, match="No space left on device"):
        make(tmp_path / "home", SMALL, groups=1)
    assert list(tmp_path.iterdir()) == []


def test_who_came_first_keeps_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"

    def meanwhile(place: Path, _sky: Sky) -> None:
        place.mkdir()
        home.mkdir()
        (home / "theirs").write_text("theirs")

    monkeypatch.setattr(making, "make_repository", meanwhile)
    with pytest.raises(CmcompileError, match="can't be made"):
        make(home, SMALL, groups=1)
    assert contents(tmp_path) == {"home/theirs": b"theirs"}


def test_a_path_that_bps_would_misread_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CmcompileError, match="only letters, digits"):
        make(tmp_path / "my home", SMALL, groups=1)
    assert list(tmp_path.iterdir()) == []


def test_commits_have_an_author_where_git_knows_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setattr(making, "make_repository", lambda place, _sky: place.mkdir())
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    make(tmp_path / "home", SMALL, groups=1)
    clone = tmp_path / "home/clone"
    assert git(clone, "log", "-1", "--format=%an <%ae>") == "ann <ann@localhost>"
    assert git(clone, "config", "user.name") == "ann"
