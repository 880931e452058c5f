"""Every command that a page shows is run here, and says what the page says."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Commands of other programs, which have tests of their own or set up the machine.
OTHERS = ("make ", ". ", "eval ", "pip ", "git ", "python ")


def shown() -> Iterator[tuple[str, str, str]]:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
                if not command.startswith(OTHERS):
                    yield page.name, command.split("  #")[0].strip(), output


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with the campaigns of this one, and a history of two commits."""
    for name in ("campaigns", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    spec = tmp_path / "campaigns/first-light/campaign.yaml"
    text = spec.read_text()
    spec.write_text(text.replace("size: 10", "size: 20"))
    for command in ("init -q", "add -A", "commit -q -m one"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    spec.write_text(text)
    for number in range(3):
        subprocess.run(
            ["git", "commit", "-q", "-a", "--allow-empty", "-m", f"{number}"], cwd=tmp_path, check=True
        )
    return tmp_path


@pytest.mark.parametrize(("page", "command", "output"), shown())
def test_a_command_says_what_the_page_says(page: str, command: str, output: str, repository: Path) -> None:
    words = shlex.split(command)
    assert words[0] == "cmcompile", f"{page} shows a command that is not run: {command}"
    done = subprocess.run(
        [sys.executable, "-m", "cmcompile.cli.main", *words[1:]],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if output.strip():
        pattern = re.escape(output.strip()).replace("…", ".*?")
        assert re.fullmatch(pattern, done.stdout.strip(), re.DOTALL), done.stdout


def test_pages_show_commands() -> None:
    assert sum(page == "README.md" for page, _, _ in shown()) >= 3
