"""Commands that pages show without running them (loops, crontabs, services): the command line takes each."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from cmcompile.cli.lazy import LazyGroup
from cmcompile.cli.main import cli

ROOT = Path(__file__).parents[2]
PAGES = ("loops.md", "lists.md", "ci.md")
BLOCK = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(cmcompile [^`]*)`")
#: Where a command ends: what it does is told after two blanks.
END = re.compile(r"\s{2,}|&&|\|\||[;|]")


def commands(page: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    lines = [line for block in BLOCK.findall(text) for line in block.splitlines() if "cmcompile " in line]
    lines = [line[line.rindex("cmcompile ") :] for line in lines if not line.startswith(("#", "pass "))]
    found = [END.split(line)[0].strip() for line in [*lines, *INLINE.findall(text)]]
    return sorted({line for line in found if "…" not in line and not re.search(r"cmcompile [A-Z/]", line)})


@pytest.mark.parametrize("line", [line for page in PAGES for line in commands(page)])
def test_the_command_line_takes_it(line: str) -> None:
    words = shlex.split(line)[1:]
    command: click.Command = cli
    context = click.Context(cli, info_name="cmcompile")
    while isinstance(command, LazyGroup | click.Group):
        if not words:
            return
        found = command.get_command(context, words[0])
        assert found is not None, line
        command, words = found, words[1:]
    if words:  # else it is only named
        command.make_context("x", words, parent=context)


def test_there_are_such_lines() -> None:
    every = {page: commands(page) for page in PAGES}
    assert "cmcompile reconcile --loop --delay 300 dp02 hsc" in every["loops.md"]
    assert "cmcompile lists update dp02 --keep-going" in every["lists.md"]
    assert "cmcompile ci reconcile" in every["ci.md"]
    assert min(len(lines) for lines in every.values()) >= 4
