"""Every command that a page shows is run here, in the order of the page, and says what the page says.

The commands of a page are run in one copy of the campaigns. A ``diff`` block is an edit, made when
its turn comes. ``…`` stands for anything. A command ends with 1 where the page shows an error, with 3
where it shows a fault, with 4 where approvals are lacking, else with 0.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```(console|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
#: Commands that set up a machine, which have tests of their own.
OTHERS = ("make ", ". ", "eval ", "pip ", "python ")
#: By exit code: what a page shows of a command that ends so.
ENDS = {1: r": error CM\d", 3: r": fault CM\d", 4: r"\d of \d approvals"}
RUN = ("cmcompile ", "git ", "cat ", "sed ")


@dataclass(frozen=True, slots=True)
class Command:
    """A command, and what it writes as the page shows it; nothing shown is nothing compared."""

    line: str
    output: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of files, as ``git apply`` takes it."""

    text: str


def acts(page: str) -> list[Command | Edit]:
    """Return what a page does."""
    found: list[Command | Edit] = []
    for kind, block in BLOCK.findall(page):
        if kind == "diff":
            found.append(Edit(block))
            continue
        for line, output in COMMAND.findall(block):
            if not line.startswith(OTHERS):
                found.append(Command(line.split("  #")[0].strip(), output.strip()))
    return found


def pages() -> list[Path]:
    """Return the pages that show commands."""
    every = [README, *sorted((ROOT / "docs").rglob("*.md"))]
    return [p for p in every if any(isinstance(a, Command) for a in acts(p.read_text(encoding="utf-8")))]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with the campaigns of this one, and a history of some commits."""
    for name in ("campaigns", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / ".gitignore").write_text("build/\nbin/\n")
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
    program = tmp_path / "bin/cmcompile"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cmcompile.cli.main "$@"\n')
    program.chmod(0o755)
    return tmp_path


def fault(command: Command, root: Path) -> str:
    """Run a command; return what is not as the page says, or nothing."""
    done = subprocess.run(
        ["sh", "-c", command.line],
        cwd=root,
        env={**os.environ, "PATH": f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    wanted = next((n for n, sign in ENDS.items() if re.search(sign, command.output)), 0)
    if done.returncode != wanted:
        return f"{command.line}: ends with {done.returncode}, not {wanted}\n{done.stdout}"
    pattern = re.escape(command.output).replace("…", ".*?")
    if command.output and re.fullmatch(pattern, done.stdout.strip(), re.DOTALL) is None:
        return f"{command.line}: says\n{done.stdout}"
    return ""


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_say_what_it_says(page: Path, repository: Path) -> None:
    faults = []
    for act in acts(page.read_text(encoding="utf-8")):
        if isinstance(act, Command):
            assert act.line.startswith(RUN), f"a command that is not run: {act.line}"
            faults.append(fault(act, repository))
            continue
        done = subprocess.run(
            ["git", "apply", "--unidiff-zero", "-"],
            cwd=repository,
            input=act.text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr + act.text
    assert not any(faults), "\n".join(filter(None, faults))


def test_the_readme_shows_commands() -> None:
    assert len(acts(README.read_text(encoding="utf-8"))) >= 3


def test_a_false_claim_is_seen(repository: Path) -> None:
    assert fault(Command("cmcompile validate first-light", "no findings"), repository) == ""
    assert "says" in fault(Command("cmcompile validate first-light", "1 error"), repository)
    assert "ends with 0" in fault(Command("cmcompile validate first-light", "x: error CM001"), repository)
    assert "ends with 1" in fault(Command("cmcompile validate nothing", ""), repository)


def test_the_spec_of_the_readme_is_that_of_first_light_shortened() -> None:
    shown = re.search(r"^```yaml\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    spec = yaml.safe_load((ROOT / "campaigns/first-light/campaign.yaml").read_text(encoding="utf-8"))
    assert shown is not None
    assert _is_part(yaml.safe_load(shown[1]), spec)


def _is_part(part: object, whole: object) -> bool:
    """Tell whether a value is another one with some keys left out."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and _is_part(value, whole[key]) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(_is_part, part, whole))
    return part == whole
