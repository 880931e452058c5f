"""Commands that pages (loops, crontabs, services) and help texts show without running them: each is taken."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
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
        if not words or words[0].startswith("-"):
            break
        found = command.get_command(context, words[0])
        assert found is not None, line
        command, words = found, words[1:]
    if words:  # else it is only named
        command.make_context("x", words, parent=context)


def helped(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """Yield the names of commands, and the examples that their help has."""
    if isinstance(command, LazyGroup | click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from helped(found, (*words, name))
    _, _, shown = (command.epilog or "").partition("Examples:\n")
    lines = [line.strip() for line in shown.partition("\n\n")[0].splitlines()]
    yield " ".join(words), lines


#: Commands that must have some; others may.
HELPED = {
    *("new", "compare", "production", "import", "import bps", "import slurp", "import poms"),
    *("import cm-service", "import prodstatus", "catalog fill", "catalog scan", "catalog show"),
    *("serve-signals", "ci lists"),
}


def test_the_examples_of_help_texts_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = {name: lines for name, lines in helped(cli, ()) if lines}
    assert found.keys() >= HELPED
    for name, lines in found.items():
        for line in lines:
            assert line.startswith(f"cmcompile {name}"), line
            for word in line.split():
                if word.endswith("/"):
                    Path(word).mkdir(exist_ok=True)
                elif word.endswith((".yaml", ".ini", ".txt")) and "=" not in word:
                    Path(word).touch()
            test_the_command_line_takes_it(line)


def test_there_are_such_lines() -> None:
    every = {page: commands(page) for page in PAGES}
    assert "cmcompile reconcile --loop --delay 300 dp02 hsc" in every["loops.md"]
    assert "cmcompile lists update dp02 --keep-going" in every["lists.md"]
    assert "cmcompile ci reconcile" in every["ci.md"]
    assert min(len(lines) for lines in every.values()) >= 4
