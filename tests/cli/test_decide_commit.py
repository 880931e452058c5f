"""``--commit``: one commit of one file, with hooks and signing as git is set up, and nothing else touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from decide_repository import PATH, git, make, run

from cmcompile.spec.edit import file as edit_file
from cmcompile.spec.edit.layout import EditError

HOLD = ("hold", "c/step1", "--because", "bad weather", "--commit")


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(make(tmp_path))
    return tmp_path


def hook(root: Path, text: str) -> None:
    path = root / ".git/hooks/pre-commit"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_new_file_is_committed_by_itself(repository: Path) -> None:
    (repository / "staged").write_text("1")
    (repository / "loose").write_text("1")
    git(repository, "add", "staged")
    result = run(*HOLD)
    assert result.exit_code == 0, result.output
    assert git(repository, "status", "--porcelain") == "A  staged\n?? loose"
    assert git(repository, "show", "--format=%an <%ae>|%B", "--name-only", "HEAD").split("\n") == [
        "Test Author <author@test.invalid>|c: hold step1",
        "",
        "bad weather",
        "",
        "",
        PATH,
    ]
    assert f"committed {git(repository, 'rev-parse', '--short', 'HEAD')}: c: hold step1" in result.stdout


def test_a_known_file_is_committed_by_itself(repository: Path) -> None:
    assert run(*HOLD).exit_code == 0
    spec = repository / "campaigns/c/campaign.yaml"
    spec.write_text(spec.read_text() + "# dirty\n")
    assert run("release", *HOLD[1:]).exit_code == 0
    assert git(repository, "status", "--porcelain") == "M campaigns/c/campaign.yaml"
    assert git(repository, "diff", "--name-only", "HEAD~1", "HEAD") == PATH


def test_edits_of_others_are_not_taken_along(repository: Path) -> None:
    assert run(*HOLD).exit_code == 0
    path = repository / PATH
    path.write_text(path.read_text() + "# mine\n")
    before = path.read_bytes()
    result = run("release", *HOLD[1:])
    assert result.exit_code == 1
    assert "has edits that are not committed" in result.stderr
    assert path.read_bytes() == before


def test_hooks_are_run(repository: Path) -> None:
    hook(repository, "echo no decisions on Fridays >&2; exit 1")
    head = git(repository, "rev-parse", "HEAD")
    result = run(*HOLD)
    assert result.exit_code == 1
    assert f"{PATH} is written, but git did not commit it: no decisions on Fridays" in result.stderr
    assert git(repository, "rev-parse", "HEAD") == head
    assert git(repository, "status", "--porcelain") == f"?? {PATH}"
    hook(repository, "echo ran > .git/ran")
    (repository / PATH).unlink()
    assert run(*HOLD).exit_code == 0
    assert (repository / ".git/ran").exists()


def test_commits_are_signed_where_git_is_set_up_so(repository: Path) -> None:
    git(repository, "config", "commit.gpgSign", "true")
    git(repository, "config", "gpg.program", "false")
    result = run(*HOLD)
    assert result.exit_code == 1
    assert "sign" in result.stderr


def test_many_groups_are_counted_in_the_message(repository: Path) -> None:
    assert run("hold", "c/step1/*", *HOLD[2:]).exit_code == 0
    message = git(repository, "show", "--format=%B", "--no-patch", "HEAD").strip()
    names = "\n".join(f"step1/{n}" for n in range(1, 7))
    assert message == f"c: hold 6 groups of step1\n\nbad weather\n\n{names}"


def test_without_git_the_file_is_written_and_nothing_is_said_of_git(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    root = tmp_path_factory.mktemp("plain")
    (root / "campaigns/c").mkdir(parents=True)
    spec = repository / "campaigns/c/campaign.yaml"
    (root / "campaigns/c/campaign.yaml").write_text(spec.read_text())
    monkeypatch.chdir(root)
    result = run("hold", "c", "--by", "Ann", "--because", "x")
    assert result.exit_code == 0
    assert "git" not in result.stdout
    assert run("release", "c", "--by", "Ann", "--because", "x", "--commit").exit_code == 1


def test_a_file_changes_at_once_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    edit_file.replace(path, None, b"one")
    path.chmod(0o640)
    with pytest.raises(EditError):
        edit_file.replace(path, b"other", b"two")
    assert path.read_bytes() == b"one"
    edit_file.replace(path, b"one", b"two")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    edit_file.replace(link, b"two", b"three")
    assert link.is_symlink()
    assert path.read_bytes() == b"three"
    with pytest.raises(FileNotFoundError):
        edit_file.replace(tmp_path / "no/folder", None, b"")
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == [".git"]
